# SPDX-License-Identifier: Apache-2.0
"""What an XNAT's listings are like, oddities included."""
import pytest

from helpers import ADMIN, ALICE, OUTSIDER, READER, names, raw, scan_resource, session_id

BULK = ("/data/experiments?xsiType=xnat:imageSessionData&columns=ID,label,subject_label,xnat:imageScanData/ID,"
        "xnat:imageScanData/type,xnat:imageScanData/file/label")


@pytest.mark.parametrize("mount", ["/data/projects", "/REST/projects", "/data/archive/projects",
                                   "/REST/archive/projects"])
def test_mounts(shared, mount):
    """/data and /REST are one, /archive may stand between."""
    assert {"sandbox", "other", "odd", "public"} <= {row["ID"] for row in shared.rows(mount)}


@pytest.mark.parametrize("tail", ["scans", "assessors", "reconstructions", "files"])
def test_prefix_routing(shared, tail):
    """A tail without a route of its own is answered by the item before it, with 200."""
    answer = shared.get(f"/data/projects/sandbox/experiments/subject001_BRAIN/{tail}?format=json")
    assert answer.status == 200
    assert answer.json()["items"][0]["data_fields"]["label"] == "subject001_BRAIN"


def test_project_tail_is_refused(shared):
    """Below a project an unknown tail is 400."""
    assert shared.get("/data/projects/sandbox/scans").status == 400


def test_strings_everywhere(shared):
    """Cells are strings, NULL is "", totalRecords is a string and missing from lists of files."""
    result = shared.get("/data/experiments/SITE_E00001/scans?format=json").json()["ResultSet"]
    assert result["totalRecords"] == str(len(result["Result"]))
    assert all(isinstance(value, str) for row in result["Result"] for value in row.values())
    assert result["Result"][0]["note"] == ""
    files = shared.get("/data/experiments/SITE_E00001/scans/1/files?format=json").json()["ResultSet"]
    assert "totalRecords" not in files and files["title"] == "Files" and files["Columns"][0]["key"] == "URI"


def test_lists_have_no_length_and_no_validators(shared):
    """Lists come chunked, without ETag and Last-Modified."""
    answer = shared.get("/data/projects?format=json")
    assert answer.get("Transfer-Encoding") == "chunked"
    assert not answer.all("Content-Length") + answer.all("ETag") + answer.all("Last-Modified")


def test_order_of_rows_and_members_varies(shared):
    """Neither rows nor members of a row have an order."""
    seen = {shared.get("/data/experiments/SITE_E00001/resources?all=true&format=json").body for _ in range(12)}
    assert len(seen) > 1
    orders = {tuple(shared.rows("/data/projects")[0]) for _ in range(12)}
    assert len(orders) > 1


def test_sort(shared):
    """sortBy orders by a returned key, as text."""
    rows = shared.rows("/data/experiments/SITE_E00001/scans?sortBy=ID&sortOrder=DESC")
    assert [row["ID"] for row in rows] == ["4", "3", "2", "1"]


def test_default_columns(shared):
    """The columns that each listing has by itself, key columns included."""
    expected = {
        "/data/projects": "ID secondary_ID name description pi_firstname pi_lastname URI",
        "/data/projects/sandbox/subjects": "ID project label insert_date insert_user URI",
        "/data/projects/sandbox/experiments":
            "ID project date xsiType label insert_date xnat:subjectassessordata/id URI",
        "/data/experiments": "ID project date xsiType label insert_date URI",
        "/data/experiments/SITE_E00001/scans":
            "xnat_imagescandata_id ID type quality xsiType note series_description URI",
        "/data/experiments/SITE_E00001/assessors":
            "ID project label date xsiType insert_date session_ID session_label xnat:imageassessordata/id URI",
        "/data/experiments/SITE_E00001/resources": "xnat_abstractresource_id label element_name category cat_id "
            "cat_desc file_count file_size tags content format",
        "/data/experiments/SITE_E00001/scans/1/resources/DICOM/files":
            "Name Size URI collection file_tags file_format file_content cat_ID digest",
    }
    for path, columns in expected.items():
        assert set(shared.rows(path)[0]) == set(columns.split()), path


def test_extra_key_columns(shared):
    """The key of the rows' type comes along unasked; of abstract types the type and the project too."""
    rows = shared.rows("/data/experiments?xsiType=xnat:imageSessionData&columns=label")
    assert set(rows[0]) == {"label", "session_ID", "xsiType", "project", "URI"}
    rows = shared.rows("/data/experiments?xsiType=xnat:mrSessionData&columns=label")
    assert set(rows[0]) == {"label", "xnat:mrsessiondata/id", "URI"}


def test_keys_are_shortcuts_or_lower_case(shared):
    """A path comes back as its shortcut where that listing has one, else in lower case."""
    scans = shared.rows("/data/experiments/SITE_E00001/scans?columns=ID,xnat:imageScanData/type")
    assert {"ID", "type"} <= set(scans[0])
    bulk = shared.rows("/data/experiments?xsiType=xnat:imageSessionData&columns=xnat:imageScanData/type,"
                       "xnat:imageSessionData/label")
    assert {"xnat:imagescandata/type", "session_label"} <= set(bulk[0])


def test_unknown_columns(shared):
    """Unknown shortcuts and elements are dropped; unknown fields are errors, or an empty 200 in project lists."""
    assert set(shared.rows("/data/experiments?columns=ID,nonsense,foo:bar/x")[0]) == {"ID", "xsiType", "project", "URI"}
    assert shared.get("/data/experiments?columns=ID,xnat:imageSessionData/nonsense").status == 500
    answer = shared.get("/data/projects/sandbox/experiments?columns=ID,xnat:imageSessionData/nonsense")
    assert (answer.status, answer.body) == (200, b"")


def test_scan_columns_need_the_id(shared):
    """/scans with columns but without ID is 500."""
    assert shared.get("/data/experiments/SITE_E00001/scans?columns=type").status == 500


def test_bulk_rows_multiply(shared):
    """One row for each session, scan and resource; sessions without scans have one with empty cells."""
    rows = [row for row in shared.rows(BULK + "&project=odd")]
    empty = [row for row in rows if row["label"] == "no_scans"]
    assert len(empty) == 1 and empty[0]["xnat:imagescandata/id"] == ""
    none = [row for row in rows if row["xnat:imagescandata/id"] == "9"]
    assert [row["xnat:imagescandata/file/label"] for row in none] == [""]
    twice = [row for row in rows if row["xnat:imagescandata/file/label"] == "TWICE"]
    assert len(twice) == 2


def test_bulk_switches(make_standin):
    """The joined query may fail, time out, or lack a key."""
    server = make_standin()
    server.set(bulk=False)
    assert server.get(BULK).status == 500
    server.set(bulk="504")
    assert server.get(BULK).status == 504
    server.set(bulk="missing-key")
    assert "xnat:imagescandata/file/label" not in server.rows(BULK)[0]
    assert server.get("/data/projects/sandbox/experiments?format=json").status == 200


def test_project_filter_means_the_owner(shared):
    """project=P finds what P owns; shared sessions need a second question and carry their owner's labels."""
    own = {row["label"] for row in shared.rows(BULK + "&project=sandbox")}
    assert "other_BRAIN" not in own and "shared_BRAIN" not in own
    shares = shared.rows(BULK + "&xnat:imageSessionData/sharing/share/project=sandbox")
    assert {(row["label"], row["project"], row["subject_label"]) for row in shares} == {
        ("other_BRAIN", "other", "other_subject")}


def test_shared_rows_in_project_lists(shared):
    """Project lists show the share's label and project, but not when the type is xnat:imageSessionData."""
    row = shared.row("/data/projects/sandbox/experiments", label="shared_BRAIN")
    assert row["project"] == "sandbox"
    labels = {row["label"] for row in shared.rows("/data/projects/sandbox/experiments?xsiType=xnat:imageSessionData"
                                                  "&columns=ID,label")}
    assert "other_BRAIN" in labels and "shared_BRAIN" not in labels
    subject = shared.row("/data/projects/sandbox/subjects", label="shared_subject")
    assert subject["project"] == "other"


@pytest.mark.parametrize("path", ["/data/experiments/SITE_E00001/scans?type=T2", "/data/projects?ID=sandbox",
                                  "/data/experiments/SITE_E00001/assessors?label=nothing"])
def test_ignored_filters(shared, path):
    """Filters do nothing on scans, assessors and projects."""
    assert len(shared.rows(path)) == len(shared.rows(path.split("?")[0]))


def test_filters(shared):
    """Exact matches mind the case, a comma is OR, wildcards mean contains, in any case."""
    assert [row["label"] for row in shared.rows("/data/experiments?label=experiment001")] == ["experiment001"]
    assert shared.rows("/data/experiments?label=EXPERIMENT001") == []
    both = shared.rows("/data/experiments?project=sandbox,other")
    assert {row["project"] for row in both} == {"sandbox", "other"}
    found = {row["label"] for row in shared.rows("/data/projects/sandbox/experiments?label=brain*")}
    assert {"subject001_BRAIN", "subject002_BRAIN"} <= found


def test_unknown_filter_is_ignored(shared):
    """A misspelt filter leaves the list as it is."""
    assert len(shared.rows("/data/experiments?lable=x")) == len(shared.rows("/data/experiments"))


def test_empty_filter(shared):
    """An empty value does nothing alone and breaks the query beside another one."""
    assert len(shared.rows("/data/experiments?label=")) == len(shared.rows("/data/experiments"))
    assert shared.get("/data/experiments?label=&project=sandbox").status == 500
    answer = shared.get("/data/projects/sandbox/experiments?label=&project=sandbox")
    assert (answer.status, answer.body) == (200, b"")


def test_columns_narrow(shared):
    """A column of a sub-type silently leaves out everything else."""
    everything = {row["xsiType"] for row in shared.rows("/data/experiments")}
    narrowed = {row["xsiType"] for row in shared.rows("/data/experiments?columns=ID,modality,xsiType")}
    assert "xnat:qcAssessmentData" in everything and narrowed == {"xnat:mrSessionData"}


def test_type_filter(shared):
    """An unknown type is an error, or an empty 200 in project lists; a comma list is no filter."""
    assert shared.get("/data/experiments?xsiType=xnat:nonsense").status == 500
    answer = shared.get("/data/projects/sandbox/experiments?xsiType=xnat:nonsense")
    assert (answer.status, answer.body) == (200, b"")
    assert shared.rows("/data/experiments?xsiType=xnat:mrSessionData,xnat:petSessionData")


def test_accept_before_format(shared):
    """Accept is judged first: items never come as application/json, even with format=json."""
    item = "/data/experiments/SITE_E00001"
    assert shared.get(item).get("Content-Type").startswith("text/html")
    assert shared.get(item + "?format=json", headers={"Accept": "application/json"}).status == 406
    assert shared.get(item + "?format=json", headers={"Accept": "*/*"}).json()["items"]
    assert shared.get("/data/projects", headers={"Accept": "application/xml"}).status == 406
    assert shared.get("/data/projects", headers={"Accept": "*/*"}).rows()
    assert shared.get("/data/projects?format=nonsense").get("Content-Type") == "text/html"


def test_csv(shared):
    """The same keys in a header line."""
    lines = shared.get("/data/experiments/SITE_E00001/scans?format=csv&columns=ID,type").text.splitlines()
    assert set(lines[0].split(",")) == {"xnat_imagescandata_id", "ID", "type", "URI"} and len(lines) == 5


ERRORS = [
    ("/data/projects/NOPE", 404), ("/data/projects/NOPE/subjects", 404), ("/data/projects/NOPE/experiments", 404),
    ("/data/projects/NOPE/resources", 404), ("/data/projects/NOPE/files", 404),
    ("/data/subjects/NOPE", 404), ("/data/experiments/NOPE", 404), ("/data/experiments/SITE_E00001/scans/NOPE", 404),
    ("/data/projects/sandbox/subjects/NOPE/experiments", 404),
    ("/data/experiments/NOPE/scans", 500), ("/data/experiments/subject001_BRAIN/scans", 500),
    ("/data/experiments/NOPE/reconstructions", 500),
    ("/data/projects/sandbox/subjects/subject001/experiments/NOPE/scans", 404),
    ("/data/projects/NOPE/subjects/subject001/experiments/NOPE/scans", 500),
    ("/data/experiments/NOPE/assessors", 404),
    ("/data/experiments/NOPE/resources", 404), ("/data/experiments/SITE_E00001/scans/NOPE/resources", 404),
    ("/data/experiments/NOPE/files", 500), ("/data/experiments/SITE_E00001/scans/NOPE/files", 500),
    ("/data/projects/sandbox/subjects/NOPE/files", 404), ("/data/subjects/NOPE/resources", 404),
    ("/data/projects/sandbox/subjects/NOPE/experiments/SITE_E00001/scans/1/resources/DICOM/files", 404),
    ("/data/experiments/SITE_E00001/resources/NOPE", 404),
    ("/data/experiments/SITE_E00001/resources/999999/files", 404),
]


@pytest.mark.parametrize("path,status", ERRORS)
def test_errors(shared, path, status):
    """What is not there: 404 in some places, 500 in others, always a page with a heading."""
    answer = shared.get(path)
    assert answer.status == status
    assert "<title>Status page</title>" in answer.text and "<h3>" in answer.text


def test_unknown_label_is_an_empty_list(shared):
    """Files of a resource that the parent has not: 200 and no rows."""
    assert shared.rows("/data/experiments/SITE_E00001/resources/NOPE/files") == []


def test_empty_lists(shared):
    """A scan without resources: 200, no rows, totalRecords "0"."""
    session = session_id(shared, "odd_session", "odd")
    result = shared.get(f"/data/experiments/{session}/scans/9/resources?format=json").json()["ResultSet"]
    assert result["Result"] == [] and result["totalRecords"] == "0"


def test_visibility(shared):
    """A private project is 404 to strangers; of a protected one they get what is its own, and nothing of its subjects."""
    assert shared.get("/data/projects/sandbox", user=OUTSIDER).status == 404
    assert shared.get("/data/projects/sandbox/subjects", user=OUTSIDER).status == 404
    listed = {row["ID"] for row in shared.rows("/data/projects", user=OUTSIDER)}
    assert listed == {"locked", "public"}
    assert shared.get("/data/projects/locked/subjects", user=OUTSIDER).status == 403
    assert shared.get("/data/projects/locked/experiments", user=OUTSIDER).status == 403
    assert shared.get("/data/projects/locked", user=OUTSIDER).status == 200
    assert shared.get("/data/projects/locked/resources", user=OUTSIDER).status == 200
    subject = "subjects/subject001"
    for tail in (subject, "experiments/subject001_BRAIN", subject + "/resources", subject + "/files",
                 subject + "/experiments/subject001_BRAIN/scans"):
        assert shared.get(f"/data/projects/locked/{tail}", user=OUTSIDER).status == 404, tail


def test_fall_through_to_the_parent(shared):
    """In the long form a missing experiment or scan is answered with the subject's, or the project's, resources."""
    base = "/data/projects/sandbox"
    subject = base + "/subjects/subject001"
    assert [row["label"] for row in shared.rows(f"{subject}/experiments/NOPE/resources")] == ["NOTES"]
    scan = f"{subject}/experiments/subject001_BRAIN/scans/NOPE"
    assert [row["label"] for row in shared.rows(f"{scan}/resources")] == ["NOTES"]
    assert [row["label"] for row in shared.rows(f"{base}/experiments/NOPE/resources")] == ["DOCUMENTS"]
    assert [row["Name"] for row in shared.rows(f"{subject}/experiments/NOPE/files")] == ["notes.txt"]


def test_no_scans(shared):
    """A session without scans: ALL is 404 for resources and 500 for files."""
    session = session_id(shared, "no_scans", "odd")
    assert shared.get(f"/data/experiments/{session}/scans/ALL/resources").status == 404
    assert shared.get(f"/data/experiments/{session}/scans/ALL/files").status == 500


def test_scan_by_id_or_type(shared):
    """On file routes a scan is named by its ID or its type, both at once; items go by ID only."""
    session = session_id(shared, "odd_session", "odd")
    scans = {row["cat_id"] for row in shared.rows(f"/data/experiments/{session}/scans/5/resources")}
    assert scans == {"5", "7"}
    assert shared.get("/data/experiments/SITE_E00001/scans/T1").status == 404
    assert shared.rows("/data/experiments/SITE_E00001/scans/T1/resources")


def test_scan_names(shared):
    """ALL, *, comma lists, and [SLASH] with a decoded blank; NULL, meant for no type, finds nothing at all."""
    base = f"/data/experiments/{session_id(shared, 'odd_session', 'odd')}/scans"
    everything = {row["cat_id"] for row in shared.rows(f"{base}/ALL/resources")}
    assert everything == {"5", "6", "7", "8"} == {row["cat_id"] for row in shared.rows(f"{base}/*/resources")}
    for name in ("NULL", "6,NULL"):
        assert shared.get(f"{base}/{name}/resources").status == 404
        assert shared.get(f"{base}/{name}/files").status == 500
    assert {row["cat_id"] for row in shared.rows(f"{base}/6,8/resources")} == {"6", "8"}
    assert {row["cat_id"] for row in shared.rows(f"{base}/T1%20w%5BSLASH%5Do%20contrast/resources")} == {"5"}


def test_labels_are_matched_raw(shared):
    """A label with a blank is not found by its escaped form; one that looks escaped is."""
    base = f"/data/experiments/{session_id(shared, 'odd_session', 'odd')}/scans/5/resources"
    assert shared.rows(f"{base}/My%20Data/files") == []
    assert [row["Name"] for row in shared.rows(f"{base}/a%20b/files")] == ["escaped.txt"]
    number = scan_resource(shared, session_id(shared, "odd_session", "odd"), "5", "My Data")
    assert [row["Name"] for row in shared.rows(f"{base}/{number}/files")] == ["blank.txt"]


def test_odd_labels(shared):
    """Resources without label, with equal labels, all digits, escaped as XML; counts that were never made."""
    base = f"/data/experiments/{session_id(shared, 'odd_session', 'odd')}/scans/5/resources"
    rows = [row for row in shared.rows(base) if row["cat_id"] == "5"]
    labels = [row["label"] for row in rows]
    assert labels.count("TWICE") == 2 and {"", "2023", "Q&amp;A"} <= set(labels)
    assert {row["file_count"] for row in rows if row["label"] == "UNSTATED"} == {""}
    assert {row["Name"] for row in shared.rows(f"{base}/TWICE/files")} == {"first.txt", "second.txt"}
    assert [row["Name"] for row in shared.rows(f"{base}/NULL/files")] == ["unlabelled.txt"]
    assert [row["Name"] for row in shared.rows(f"{base}/2023/files")] == ["digits.txt"]


@pytest.mark.parametrize("path,status", [
    ("/data/projects/a;b", 500), ("/data/projects/a%3Bb", 500), ("/data/projects/a%25b", 500),
    ("/data//projects", 500), ("/data/projects/../x", 500), ("/data/projects/%2e%2e/x", 500),
    ("/data/projects/a%2Fb", 400), ("/data/projects/a%5Cb", 400),
    ("/data/projects/a[b]", 400), ("/data/projects/a|b", 400), ("/data/projects/\u00e9", 400),
])
def test_firewall(shared, path, status):
    """Paths that never reach XNAT, and who refuses them."""
    answer = raw(shared, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 %d " % status)


def test_long_head_is_refused(shared):
    """Request line and headers together fit into 8 KB."""
    answer = raw(shared, "GET /data/projects?x=" + "y" * 9000 + " HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_resources_all(shared):
    """all=true adds scans and assessors, with empty cells for the session's own."""
    rows = shared.rows("/data/experiments/SITE_E00001/resources?all=true")
    by_category = {row["category"]: row for row in rows}
    assert set(by_category) == {"resources", "scans", "assessors"}
    assert by_category["resources"]["cat_id"] == by_category["resources"]["cat_desc"] == ""
    assert by_category["assessors"]["cat_desc"] == "" and by_category["assessors"]["cat_id"] == "SITE_E00002"
    alone = shared.rows("/data/experiments/SITE_E00001/resources")
    assert [(row["cat_id"], row["cat_desc"]) for row in alone] == [("SITE_E00001", " ")]


def test_comma_lists(shared):
    """Several sessions and resources in one segment, for reading; unknown ones are skipped."""
    rows = shared.rows("/data/experiments/SITE_E00001,NOPE,SITE_E00003/resources?all=true")
    assert len([row for row in rows if row["label"] == "DICOM"]) == 8
    files = shared.rows("/data/experiments/SITE_E00001/scans/1/resources/DICOM,%20NIFTI,NOPE/files")
    assert {row["collection"] for row in files} <= {"DICOM", "NIFTI"}
    both = shared.rows("/data/experiments/SITE_E00001/scans/1/resources/DICOM,NIFTI/files")
    assert {row["collection"] for row in both} == {"DICOM", "NIFTI"}


def test_assessor_rows(shared):
    """Whoever may read the session gets its assessors' rows, an administrator who is no member, too."""
    for user in (ALICE, READER, ADMIN):
        rows = shared.rows("/data/experiments/SITE_E00001/resources?all=true", user=user)
        assert [row["cat_id"] for row in rows if row["category"] == "assessors"] == ["SITE_E00002"]


def test_assessor_by_its_own_id(shared):
    """An assessor's resources are found under /experiments/{its ID} and under its session, by ID or label."""
    paths = ["/data/experiments/SITE_E00002/resources", "/data/experiments/SITE_E00001/assessors/SITE_E00002/resources",
             "/data/experiments/SITE_E00001/assessors/seg_subject001_BRAIN/out/resources"]
    rows = [[(row["label"], row["cat_id"], row["cat_desc"]) for row in shared.rows(path)] for path in paths]
    assert rows == [[("IMAGE", "SITE_E00002", "Auto QC")]] * 3


def test_addresses_of_files(shared):
    """One resource's files are where the path says, even where they are not; those of several are where they are."""
    scan = "/data/experiments/SITE_E00001/scans/1/resources/"
    number = scan_resource(shared, "SITE_E00001", "1", "DICOM")
    subject = "/data/projects/sandbox/subjects/"

    def address(path):
        return {row["URI"].split("/files/")[0] for row in shared.rows(path + "/files")}
    assert address(f"{scan}DICOM") == address(f"{subject}subject001/experiments/subject001_BRAIN/scans/1") - {
        scan + scan_resource(shared, "SITE_E00001", "1", "NIFTI")} == {scan + number}
    assert address(f"{subject}subject001/experiments/subject001_BRAIN/scans/1/resources/DICOM") == {
        f"{subject}SITE_S00001/experiments/SITE_E00001/scans/1/resources/{number}"}
    assert address(f"/data/experiments/SITE_E00001/scans/2/resources/{number}") == {
        f"/data/experiments/SITE_E00001/scans/2/resources/{number}"}
    assert address(f"/data/experiments/SITE_E00001/resources/{number}") == {
        f"/data/experiments/SITE_E00001/resources/{number}"}
    assert address("/data/subjects/SITE_S00001/resources/NOTES").pop().startswith(subject + "SITE_S00001/resources/")


def test_paging(make_standin):
    """limit and offset are known since 1.8.9, take totalRecords away, and are ignored elsewhere."""
    server = make_standin()
    page = server.get("/data/experiments?format=json&limit=2").json()["ResultSet"]
    assert len(page["Result"]) == 2 and "totalRecords" not in page
    everything = server.get("/data/experiments?format=json&limit=*").json()["ResultSet"]
    assert "totalRecords" in everything
    assert len(server.rows("/data/experiments?limit=0")) == len(everything["Result"])
    assert server.get("/data/experiments?limit=x").status == 500
    assert len(server.rows("/data/projects?limit=1")) > 1
    old = make_standin(version="1.7")
    assert len(old.rows("/data/experiments?limit=2")) > 2


def test_old_project_experiment_resources(make_standin):
    """1.7 has no /projects/P/experiments/E/resources: the experiment itself answers."""
    path = "/data/projects/sandbox/experiments/subject001_BRAIN/resources?format=json"
    assert "ResultSet" in make_standin().get(path).json()
    assert "items" in make_standin(version="1.7").get(path).json()


def test_item_document(shared):
    """Items: numbers are numbers, NULL fields are left out, children by field."""
    item = shared.get("/data/experiments/SITE_E00001?format=json").json()["items"][0]
    scans = next(child for child in item["children"] if child["field"] == "scans/scan")["items"]
    fields = scans[0]["data_fields"]
    assert isinstance(fields["frames"], int) and "note" not in fields
    files = next(child for child in scans[0]["children"] if child["field"] == "file")["items"]
    assert isinstance(files[0]["data_fields"]["file_count"], int)


def test_shares_of_an_item(shared):
    """Owner first is not promised, but both are told."""
    session = session_id(shared, "shared_BRAIN")
    rows = shared.rows(f"/data/experiments/{session}/projects")
    assert {(row["ID"], row["label"]) for row in rows} == {("other", "other_BRAIN"), ("sandbox", "shared_BRAIN")}


def test_sharing(make_standin):
    """An object is shared by PUT of a project below it; twice is 409, without the right 403."""
    server = make_standin()
    url = "/data/experiments/SITE_E00001/projects/other"
    assert server.put(url + "?label=seen", type=None, user=READER).status == 403
    assert server.put(url + "?label=seen", type=None).status == 200
    assert server.row("/data/projects/other/experiments", label="seen")["ID"] == "SITE_E00001"
    assert server.put(url, type=None).status == 409


def test_shared_without_a_label(make_standin):
    """Such a session is listed under its own label, and found by its accession ID only."""
    server = make_standin()
    assert server.put("/data/experiments/SITE_E00001/projects/other", type=None).status == 200
    assert server.row("/data/projects/other/experiments", label="subject001_BRAIN")["ID"] == "SITE_E00001"
    assert server.get("/data/projects/other/experiments/subject001_BRAIN").status == 404
    assert server.get("/data/projects/other/experiments/SITE_E00001").status == 200


def test_shared_assessor(make_standin):
    """Below the project that it is shared into it is listed, and found, under that label; elsewhere under its own."""
    server = make_standin()
    for path, label in (("subjects/SITE_S00001", "subject"), ("experiments/SITE_E00001", "session"),
                        ("experiments/SITE_E00002", "seen")):
        assert server.put(f"/data/{path}/projects/other?label={label}", type=None).status == 200
    inside = "/data/projects/other/subjects/subject/experiments/session/assessors"
    outside = "/data/experiments/SITE_E00001/assessors"
    assert [row["label"] for row in server.rows(inside)] == ["seen"]
    assert [row["label"] for row in server.rows(outside)] == ["seg_subject001_BRAIN"]
    assert [row["label"] for row in server.rows(f"{inside}/seen/resources")] == ["IMAGE"]
    assert server.get(f"{inside}/seen?format=json").json()["items"][0]["data_fields"]["ID"] == "SITE_E00002"
    assert server.get(f"{outside}/seen/resources").status == 404
    query = "xsiType=xnat:imageAssessorData&columns=ID,label"
    assert [row["label"] for row in server.rows(f"/data/projects/other/experiments?{query}")] == ["seen"]


def test_fields_probe(shared):
    """fields=1 tells the shortcuts instead of data."""
    rows = shared.rows("/data/experiments?fields=1")
    assert {"key": "label", "xpath": "xnat:experimentData/label"} in rows


def test_no_readable_project(make_standin):
    """/subjects is 500 for somebody who can read no project at all."""
    server = make_standin()
    assert server.get("/data/subjects", user=OUTSIDER).status == 200
    assert server.put("/data/projects/public/accessibility/private", user=ADMIN).status == 200
    assert server.get("/data/subjects", user=OUTSIDER).status == 500
    assert server.get("/data/subjects", user=READER).status == 200


def test_wrong_filter_on_a_date(shared):
    """Dates are MM/DD/YYYY or a range of them; ISO dates find nothing."""
    assert {row["date"] for row in shared.rows("/data/experiments?date=06/02/2024")} == {"2024-06-02"}
    assert {row["date"] for row in shared.rows("/data/experiments?date=06/01/2024-06/30/2024")} == {"2024-06-02"}
    assert shared.rows("/data/experiments?date=2024-06-02") == []


def test_zip_of_all_scans(shared):
    """A session's scans in one archive, each below its ID and type."""
    answer = shared.get("/data/experiments/SITE_E00001/scans/ALL/files?format=zip", user=ALICE)
    assert "subject001_BRAIN/scans/3-FLAIR/resources/NIFTI/files/image.nii.gz" in names(answer)
