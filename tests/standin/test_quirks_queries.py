# SPDX-License-Identifier: Apache-2.0
"""Columns of listings, and what rows they join."""
import pytest

from helpers import ADMIN, ALICE

SESSIONS = "/data/experiments?xsiType=xnat:imageSessionData&columns="
SCAN = "xnat:imageScanData/"
FILE = SCAN + "file/"


def by_label(rows):
    return {row["label"]: row for row in rows}


def test_numbers_counts_and_sizes(shared):
    """Joined columns can say of each resource what the session's own list says, under lower-case keys."""
    names = ("label", "xnat_abstractresource_id", "file_count", "file_size")
    rows = shared.rows(SESSIONS + "ID," + SCAN + "ID," + ",".join(FILE + name for name in names) + "&project=odd")
    joined = [tuple(row["xnat:imagescandata/file/" + name] for name in names) for row in rows
              if row["xnat:imagescandata/file/xnat_abstractresource_id"]]
    listed = []
    for session in {row["ID"] for row in rows}:
        listed += [(row["label"], row["xnat_abstractresource_id"], row["file_count"], row["file_size"])
                   for row in shared.rows(f"/data/experiments/{session}/resources?all=true")]
    assert sorted(joined) == sorted(listed) and len(joined) > 10
    assert ("UNSTATED", "", "") in [(label, count, size) for label, _, count, size in joined]
    none = [row for row in rows if row["xnat:imagescandata/id"] == "9"]
    assert [row["xnat:imagescandata/file/xnat_abstractresource_id"] for row in none] == [""]


@pytest.mark.parametrize("name", ["file/URI", "file/content", "file/format", "file/tags", "file/description",
                                  "series_class", "xsiType"])
def test_columns_that_cannot_be_joined(shared, name):
    """What only some resources or scans have is an error, below a project an empty 200."""
    columns = f"ID,{SCAN}ID,{SCAN}{name}"
    assert shared.get(SESSIONS + columns + "&project=odd").status == 500
    answer = shared.get("/data/projects/odd/experiments?xsiType=xnat:imageSessionData&columns=" + columns)
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("name", ["quality", "series_description", "note", "frames", "modality", "uid"])
def test_fields_of_scans(shared, name):
    """Fields of all scans can be joined, whether they have a value or not."""
    key = ("xnat:imagescandata/" + name).lower()
    assert all(key in row for row in shared.rows(SESSIONS + f"ID,{SCAN}ID,{SCAN}{name}&project=sandbox"))


def test_resources_by_their_own_type(shared):
    """Resources are no part of the join under their own name: always empty."""
    rows = shared.rows(SESSIONS + "ID,xnat:resourceCatalog/label,xnat:abstractResource/file_count&project=sandbox")
    assert {(row["xnat:resourcecatalog/label"], row["xnat:abstractresource/file_count"]) for row in rows} == {("", "")}


def test_joined_columns_need_a_type(shared):
    """Without xsiType the rows are of a type that has no scans."""
    assert shared.get(f"/data/experiments?columns=ID,{SCAN}ID").status == 500
    answer = shared.get(f"/data/projects/sandbox/experiments?columns=ID,{SCAN}ID")
    assert (answer.status, answer.body) == (200, b"")


def test_assessors_in_one_query(shared):
    """Assessors with their resources, and the session that they belong to."""
    out = "xnat:imageAssessorData/out/file/"
    rows = shared.rows("/data/experiments?xsiType=xnat:imageAssessorData&project=sandbox&columns=ID,label,project,"
                       f"session_ID,{out}label,{out}xnat_abstractresource_id")
    row = by_label(rows)["seg_subject001_BRAIN"]
    listed = shared.row(f"/data/experiments/{row['ID']}/resources", label="IMAGE")
    assert set(row) == {"ID", "label", "project", "session_ID", "xsiType", "URI", "xnat:imageassessordata/id",
                        out.lower() + "label", out.lower() + "xnat_abstractresource_id"}
    assert row[out.lower() + "xnat_abstractresource_id"] == listed["xnat_abstractresource_id"]
    assert (row["session_ID"], row[out.lower() + "label"]) == ("SITE_E00001", "IMAGE")


def test_resources_of_sessions_and_subjects(shared):
    """The resources of the rows themselves can be joined, too."""
    path = "resources/resource/label"
    sessions = by_label(shared.rows(SESSIONS + f"ID,label,xnat:imageSessionData/{path}&project=sandbox"))
    assert sessions["subject001_BRAIN"]["xnat:imagesessiondata/" + path] == "REPORT"
    assert sessions["experiment001"]["xnat:imagesessiondata/" + path] == ""
    subjects = by_label(shared.rows(f"/data/projects/sandbox/subjects?columns=ID,label,xnat:subjectData/{path}"))
    assert subjects["subject001"]["xnat:subjectdata/" + path] == "NOTES"
    assert subjects["shared_subject"]["xnat:subjectdata/" + path] == ""


def test_elements_of_the_session_are_another_join(shared):
    """Scans as elements of the session, and by their own type: each with each."""
    rows = shared.rows(SESSIONS + f"ID,xnat:imageSessionData/scans/scan/ID,{SCAN}ID&ID=SITE_E00001")
    pairs = {(row["xnat:imagesessiondata/scans/scan/id"], row["xnat:imagescandata/id"]) for row in rows}
    assert len(rows) == len(pairs) == 16


def test_equal_rows(shared):
    """Below a project equal rows are one, unless something else is asked for as well; by project=P they are several."""
    columns = f"xsiType=xnat:imageSessionData&columns=ID,label,{SCAN}ID,{FILE}label"

    def twice(path, label="TWICE"):
        return len([row for row in shared.rows(path) if row["xnat:imagescandata/file/label"] == label])
    assert twice(f"/data/projects/odd/experiments?{columns}") == 1
    assert twice(f"/data/projects/odd/experiments?{columns}&label=odd_session") == 2
    assert twice(f"/data/experiments?{columns}&project=odd") == 2
    both = f"xsiType=xnat:imageSessionData&columns=ID,label,xnat:imageSessionData/scans/scan/ID,{FILE}label"
    assert twice(f"/data/projects/odd/experiments?{both}&label=odd_session", "DICOM") == 10
    rows = shared.rows(f"/data/projects/sandbox/experiments?{both}")
    assert len(rows) == len({tuple(sorted(row.items())) for row in rows})


def test_filters_choose_sessions(shared):
    """A filter on scans keeps the sessions that have such a scan, with all their scans."""
    rows = shared.rows(SESSIONS + f"ID,label,{SCAN}ID&project=odd&{SCAN}type=NOTHING")
    assert {row["label"] for row in rows} == {"odd_session"}
    assert sorted(row["xnat:imagescandata/id"] for row in rows) == ["5", "6", "7", "8", "9"]


def test_shares_as_columns(shared):
    """Into which project a session is shared, and under which label."""
    share = "xnat:imageSessionData/sharing/share/"
    rows = shared.rows(SESSIONS + f"ID,label,{share}project,{share}label")
    row = by_label(rows)["other_BRAIN"]
    assert (row[share.lower() + "project"], row[share.lower() + "label"]) == ("sandbox", "shared_BRAIN")
    assert by_label(rows)["experiment001"][share.lower() + "project"] == ""


def test_dates(shared):
    """When a session was made is known, when it was changed is not until it was."""
    row = by_label(shared.rows(SESSIONS + "ID,label,date,insert_date,last_modified"))["experiment001"]
    assert (row["date"], row["last_modified"]) == ("2024-03-04", "") and row["insert_date"]


def test_strangers_get_no_rows(make_standin):
    """A query over projects that somebody may not read is no error."""
    server = make_standin()
    answer = server.get(SESSIONS + f"ID,label,{SCAN}ID&project=sandbox&format=json", user=("outsider", "outsider-pw"))
    assert answer.status == 200 and answer.rows() == []


def test_several_values_of_a_filter(shared):
    """A comma separates values, of which one has to fit; joined columns come for each."""
    query = (f"/data/projects/sandbox/experiments?xsiType=xnat:imageSessionData&columns=ID,label,{SCAN}ID,{SCAN}file/label,"
             f"{SCAN}file/xnat_abstractresource_id")
    labels = {row["label"]: row["ID"] for row in shared.rows("/data/projects/sandbox/experiments")}
    two = sorted(label for label in labels if label.startswith("subject"))[:2]
    for field, values in (("label", two), ("ID", [labels[label] for label in two])):
        rows = shared.rows(f"{query}&{field}={','.join(values)}")
        assert {row["label"] for row in rows} == set(two)
        alone = sum(len(shared.rows(f"{query}&{field}={value}")) for value in values)
        assert len(rows) == alone > 2


def test_projects_are_filtered_for_administrators(shared):
    """ID= finds one project for an administrator, for others it says nothing."""
    assert [row["ID"] for row in shared.rows("/data/projects?ID=sandbox", user=ADMIN)] == ["sandbox"]
    assert len(shared.rows("/data/projects?ID=sandbox", user=ALICE)) > 1


def test_key_columns(shared):
    """What tells the rows apart comes along first, asked for or not; shared assessors and scans say no project."""
    head = shared.get("/data/projects/sandbox/experiments?format=csv&columns=ID,label").text.splitlines()[0]
    assert head == "xnat:subjectassessordata/id,ID,label,xsiType,project,URI"
    assert set(shared.rows("/data/experiments/SITE_E00001/scans?columns=ID,type")[0]) == {
        "xnat_imagescandata_id", "ID", "type", "URI"}
    assert set(shared.rows("/data/experiments/SITE_E00001/assessors?columns=label")[0]) == {
        "xnat:imageassessordata/id", "label", "URI"}
    assert set(shared.rows("/data/projects/sandbox/subjects?columns=label")[0]) == {"ID", "label", "URI"}


def test_assessors_below_a_project(shared):
    """Asked for by their type, a project lists its assessors."""
    rows = shared.rows("/data/projects/sandbox/experiments?xsiType=xnat:imageAssessorData&columns=ID,label")
    assert "seg_subject001_BRAIN" in by_label(rows)


def test_no_numbers(make_standin):
    """A site that refuses numbers, counts and sizes, and nothing else."""
    server = make_standin(bulk="no-numbers")
    assert server.rows(SESSIONS + f"ID,{SCAN}ID,{FILE}label")
    for name in ("xnat_abstractresource_id", "file_count", "file_size"):
        assert server.get(SESSIONS + f"ID,{SCAN}ID,{FILE}{name}").status == 500
    assert server.get("/data/projects/sandbox/experiments?xsiType=xnat:imageSessionData&columns=ID,"
                      f"{FILE}file_count").status == 500
    assert server.rows("/data/experiments/SITE_E00001/resources")


def test_forms(shared):
    """A table as XML and as a page; the same rows, in elements of their own names."""
    path = "/data/projects/other/subjects?columns=ID,label&format="
    number = shared.rows("/data/projects/other/subjects")[0]["ID"]
    answer = shared.get(path + "xml")
    assert answer.get("Content-Type").startswith("text/xml")
    assert answer.text == ('<ResultSet totalRecords="1"><results><columns><column>ID</column><column>label</column>'
                           '<column>URI</column></columns>\n<rows><row><cell>%s</cell><cell>other_subject</cell>'
                           '<cell>/data/subjects/%s</cell></row>\n</rows></results></ResultSet>' % (number, number))
    page = shared.get(path + "html").text
    assert "<th>label</th>" in page and "<td>other_subject</td>" in page and 'class="x_rs_tr_data odd"' in page
    files = "/data/experiments/SITE_E00001/resources/REPORT/files?format="
    assert '<column serverRoot="">URI</column>' in shared.get(files + "xml").text
    assert "<a href='/data/experiments/SITE_E00001/resources/" in shared.get(files + "html").text


def test_not_acceptable_is_said_by_the_container(shared):
    """406 comes as the container's page."""
    answer = shared.get("/data/projects", headers={"Accept": "application/zip"})
    assert answer.status == 406 and "HTTP Status 406" in answer.text
