# SPDX-License-Identifier: Apache-2.0
"""Data URLs: which item a selector takes, and the errors when it is none or several."""

import json
import pytest
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401

ODD = "projects/odd/subjects/oddity/experiments/odd_session"


def fetched(case, rest, **more):
    """The files that a URL leads to."""
    ran = case.run("fetch", case.url(rest), case.path("out"), **more)
    assert ran.code == 0, ran.err
    return sorted(tree_of(case.path("out")))


def refused(case, rest, code, *words):
    """The message of a URL that leads nowhere; nothing may be left behind."""
    ran = case.run("fetch", case.url(rest), case.path("out"))
    assert ran.code == code, (ran.code, ran.err)
    for word in words:
        assert word in ran.err, ran.err
    assert ran.out == "" and not case.path("out").exists() and not case.path("out.partial").exists()
    assert not any("/files/" in row["path"] for row in case.requests())
    return ran.err


def test_a_scan_by_its_id_first(case):
    # Scan 7 has the type "5"; scan 5 is the one that has the ID.
    assert fetched(case, ODD + "/scans/5/resources/2023") == ["digits.txt"]


def test_a_scan_id_wins_even_without_resources(case):
    # Scan 9 has no resource; no other scan may stand in for it.
    refused(case, ODD + "/scans/9/resources/DICOM", 3, "resource", "DICOM")


def new_scan(case, scan, kind, label=None, files=()):
    """A scan of that ID and type in session SITE_E00001, with a resource."""
    session = "experiments/SITE_E00001"
    assert case.server.put(f"/data/{session}/scans/{scan}?xsiType=xnat:mrScanData&type={kind}").status == 200
    if label is not None:
        case.new_resource(label, files, parent=f"{session}/scans/{scan}")


@pytest.mark.parametrize("empty", [False, True])
def test_another_scan_of_that_type_does_not_stand_in(case, empty):
    """The server lists the files of both; whose they are, only the rows tell."""
    new_scan(case, 77, "plain", "THEIRS" if empty else None)
    new_scan(case, 78, "77", "THEIRS", {"wrong.txt": b"of scan 78"})
    rows = case.server.rows("/data/experiments/SITE_E00001/scans/77/resources/THEIRS/files")
    assert [row["Name"] for row in rows] == ["wrong.txt"]
    url = "projects/sandbox/experiments/subject001_BRAIN/scans/77/resources/THEIRS"
    if empty:
        assert fetched(case, url) == [] and case.path("out").is_dir()
        return
    ran = case.run("fetch", case.url(url), case.path("out"))
    assert ran.code == 3 and "resource" in ran.err and "THEIRS" in ran.err, (ran.code, ran.err)
    assert not case.path("out").exists()


def test_a_search_for_files_does_not_take_another_scans(case):
    new_scan(case, 77, "plain", "BOTH", {"of77.txt": b"77"})
    new_scan(case, 78, "77", "BOTH", {"of78.txt": b"78"})
    ran = case.run("expand", case.url("search?projects=sandbox&experiments=subject001_BRAIN&scans=77&resources=BOTH&"
                                      "files=*"))
    assert ran.code == 0 and [line.rpartition("/")[2] for line in ran.lines] == ["of77.txt"], ran.out


def test_a_label_that_is_this_resources_number(case):
    """Asked for by number, the server lists the other one's files as well."""
    scan = "experiments/SITE_E00001/scans/1"
    number = case.new_resource("my@files", {"mine.txt": b"mine", "both.txt": b"mine, too"}, parent=scan)
    other = case.new_resource("OTHER", {"both.txt": b"not mine", "theirs.txt": b"theirs"}, parent=scan)
    case.server.relabel(other, label=number)
    assert fetched(case, "projects/sandbox/experiments/subject001_BRAIN/scans/1/resources/my@files") == \
        ["both.txt", "mine.txt"]
    assert case.path("out/both.txt").read_bytes() == b"mine, too"


def test_a_scan_by_its_type(case):
    assert fetched(case, ODD + "/scans/T1%20w%2Fo%20contrast/resources/2023") == ["digits.txt"]


def test_a_scan_type_with_two_scans_is_ambiguous(case):
    error = refused(case, "projects/sandbox/experiments/subject001_FOLLOWUP/scans/T1/resources/DICOM", 4)
    assert "scan ID 1" in error and "scan ID 4" in error


def test_a_scan_type_with_two_scans_of_which_one_leads_there(case):
    case.new_resource("EXTRA", {"only.txt": b"1"}, parent="experiments/SITE_E00003/scans/4")
    assert fetched(case, "projects/sandbox/experiments/subject001_FOLLOWUP/scans/T1/resources/EXTRA") == ["only.txt"]


def test_a_resource_by_label_first_then_by_number(case):
    rows = case.server.rows("/data/experiments/SITE_E00012/scans/5/resources")
    number = {row["label"]: row["xnat_abstractresource_id"] for row in rows}
    # A label made of digits is a label before it is a number.
    assert fetched(case, ODD + "/scans/5/resources/2023") == ["digits.txt"]
    unlabelled = [row["xnat_abstractresource_id"] for row in rows if not row["label"]][0]
    case.path("out").rename(case.path("first"))
    assert fetched(case, f"{ODD}/scans/5/resources/{unlabelled}") == ["unlabelled.txt"]
    assert number["EMPTY"]


def test_a_label_that_is_another_resources_number(case):
    rows = case.server.rows("/data/experiments/SITE_E00012/scans/5/resources")
    first, second = sorted((row["xnat_abstractresource_id"] for row in rows if row["label"] == "TWICE"), key=int)
    case.server.relabel(second, label=first)
    assert fetched(case, f"{ODD}/scans/5/resources/{first}") == ["second.txt"]


def test_a_label_that_stands_twice_is_ambiguous(case):
    rows = case.server.rows("/data/experiments/SITE_E00012/scans/5/resources")
    first, second = sorted((row["xnat_abstractresource_id"] for row in rows if row["label"] == "TWICE"), key=int)
    refused(case, ODD + "/scans/5/resources/TWICE", 4, f"resource ID {first}", f"resource ID {second}")
    assert fetched(case, f"{ODD}/scans/5/resources/{second}") == ["second.txt"]


@pytest.mark.parametrize("label", ["Q&A", "Q%26A", "Q&amp;A", "Q%26amp%3BA"])
def test_an_escaped_label_matches_in_both_forms(case, label):
    assert fetched(case, f"{ODD}/scans/5/resources/{label}") == ["ampersand.txt"]


@pytest.mark.parametrize("label, file", [("My%20Data", "blank.txt"), ("My Data", "blank.txt"),
                                         ("a%2520b", "escaped.txt"), ("UNSTATED", "uncounted.txt")])
def test_odd_labels(case, label, file):
    assert fetched(case, f"{ODD}/scans/5/resources/{label}") == [file]


@pytest.mark.parametrize("path", [
    "projects/sand*/subjects/subject002/experiments/*_BRAIN/scans/T1/resources/NIFTI",
    "projects/sandbox/subjects/*002/experiments/subject00[2]_B%3FAIN/scans/T[!2-9]/resources/NIF*",
    "projects/Sandbox%20study/subjects/subject002/experiments/subject002_BRAIN/scans/1/resources/NIFTI",
    "projects/Sandbox%20study/experiments/subject002_BRAIN/scans/1/resources/NIFTI",
    "projects/*%20study/subjects/subject002/experiments/subject002_BRAIN/scans/1/resources/NIFTI",
    "projects/sandbox/subjects/SITE_S00002/experiments/subject002_BRAIN/scans/1/resources/NIFTI",
    "projects/sandbox/experiments/subject002_BRAIN/scans/FL*/resources/NIFTI",
    "projects/sandbox/subjects/.*2/experiments/.*BRAIN/scans/T1/resources/NIFTI?regex=true",
    "projects/sandbox/subjects/subject002/experiments/subject002_BR/scans/FLAI/resources/NIFTI?regex=true",
])
def test_patterns_that_lead_to_one(case, path):
    assert fetched(case, path) == ["image.nii.gz"]
    assert case.path("out/image.nii.gz").stat().st_size == 20000


def test_patterns_see_the_label_and_not_the_id(case):
    refused(case, "projects/sandbox/experiments/SITE_E0000[1]/scans/T1/resources/DICOM", 3, "experiment",
            "SITE_E0000[1]")


def test_patterns_know_upper_and_lower_case(case):
    refused(case, "projects/sandbox/experiments/subject002_brai*/scans/T1/resources/DICOM", 3, "experiment")


def test_a_star_crosses_a_slash(case):
    assert fetched(case, ODD + "/scans/T1*contrast/resources/2023") == ["digits.txt"]


@pytest.mark.parametrize("path, level, selector", [
    ("projects/nowhere/subjects/s/experiments/e/scans/T1/resources/DICOM", "project", "nowhere"),
    ("projects/nowhere/resources/DICOM", "project", "nowhere"),
    ("projects/sandbox/subjects/nobody/experiments/subject001_BRAIN/scans/T1/resources/DICOM", "subject", "nobody"),
    ("projects/sandbox/subjects/nobody/resources/NOTES", "subject", "nobody"),
    ("projects/sandbox/subjects/subject001/experiments/none/scans/T1/resources/DICOM", "experiment", "none"),
    ("projects/sandbox/subjects/subject001/experiments/subject002_BRAIN/scans/T1/resources/DICOM", "experiment",
     "subject002_BRAIN"),
    ("projects/sandbox/experiments/subject001_BRAIN/scans/T9/resources/DICOM", "scan", "T9"),
    ("projects/sandbox/experiments/subject001_BRAIN/assessors/none/resources/DICOM", "assessor", "none"),
    ("projects/sandbox/experiments/subject001_BRAIN/reconstructions/none/resources/DICOM", "reconstruction", "none"),
    ("projects/sandbox/experiments/subject001_BRAIN/scans/T1/resources/NONE", "resource", "NONE"),
    ("projects/sandbox/resources/NONE", "resource", "NONE"),
    ("projects/sandbox/resources/12345", "resource", "12345"),
    ("experiments/SITE_E99999/scans/T1/resources/DICOM", "experiment", "SITE_E99999"),
    ("experiments/SITE_E99999/resources/DICOM", "experiment", "SITE_E99999"),
    ("subjects/SITE_S99999/resources/NOTES", "subject", "SITE_S99999"),
])
def test_nothing_found_names_the_level(case, path, level, selector):
    error = refused(case, path, 3, selector)
    assert f"level {level}s" in error, error


@pytest.mark.parametrize("path", ["experiments/subject001_BRAIN/scans/T1/resources/DICOM",
                                  "subjects/subject001/resources/NOTES"])
def test_a_label_without_project_says_to_name_the_project(case, path):
    refused(case, path, 3, "name the project")


@pytest.mark.parametrize("path", ["experiments/*_BRAIN/scans/T1/resources/DICOM", "subjects/sub*/resources/NOTES"])
def test_a_pattern_without_project_is_a_usage_error(case, path):
    refused(case, path, 2)
    assert case.requests() == []


def test_many_are_listed_ten_at_most(case):
    error = refused(case, "projects/*/subjects/*/experiments/*/scans/*/resources/DICOM", 4, "and ")
    assert error.count("resource ID") == 10 and " more" in error


def test_a_bad_expression_is_a_usage_error(case):
    refused(case, "projects/sandbox/experiments/sub(/scans/T1/resources/DICOM?regex=true", 2)
    assert not any("experiments" in row["path"] for row in case.requests())


def test_a_runaway_expression_is_a_usage_error(case):
    case.server.put("/data/projects/sandbox/subjects/" + "a" * 60 + "b")
    error = refused(case, "projects/sandbox/subjects/(a|aa)+$/resources/NOTES?regex=true", 2)
    assert "(a|aa)+$" in error


def test_a_shared_session_is_found_under_its_label_there(case):
    base = "projects/sandbox/subjects/shared_subject/experiments/shared_BRAIN/scans/1/resources/NIFTI"
    assert fetched(case, base) == ["image.nii.gz"]


def test_what_is_seen_through_two_projects_is_one(case):
    assert fetched(case, "projects/[os]*/experiments/*[er]_BRAIN/scans/1/resources/NIFTI") == ["image.nii.gz"]


def test_a_project_that_is_not_visible_is_not_found(case):
    refused(case, "projects/sandbox/resources/DOCUMENTS".replace("sandbox", "secret"), 3, "project", "secret")


def test_a_project_by_its_name_without_other_levels(case):
    assert fetched(case, "projects/Sandbox%20study/resources/DOCUMENTS") == ["protocol.txt"]


def one_file(text):
    return [{"label": "R", "files": [{"path": "f.txt", "text": text}]}]


def test_an_id_goes_before_a_label_that_is_equal(make_case, tmp_path):
    """A label may be another experiment's accession ID."""
    experiments = [{"id": f"X-{n}", "label": label, "resources": one_file(f"experiment {n}")}
                   for n, label in ((1, "first"), (2, "X-1"), (3, "X-9"))]
    archive = tmp_path / "archive.json"
    subject = {"id": "S-1", "label": "s", "experiments": experiments}
    archive.write_text(json.dumps({"projects": [{"id": "p", "subjects": [subject]}]}))
    case = make_case(archive=archive)
    for selector, number in (("X-1", 1), ("X-2", 2), ("X-9", 3), ("first", 1)):
        for between in ("", "subjects/s/"):
            url = case.url(f"projects/p/{between}experiments/{selector}/resources/R/files/f.txt")
            ran = case.run("fetch", url, case.path(f"{selector}-{len(between)}"))
            assert ran.code == 0, ran.err
            assert case.path(f"{selector}-{len(between)}").read_text() == f"experiment {number}", selector
