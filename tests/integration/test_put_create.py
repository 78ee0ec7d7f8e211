# SPDX-License-Identifier: Apache-2.0
"""put: the levels that are missing are created, each in one place, with the type that was named, or not at all."""

import pytest

from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from put_case import SCAN, TYPES, experiment, resources, scan_path, stored, uploads, whole, write, writes

DATA = b"new\n"
ALL = "projects/sandbox/subjects/{s}/experiments/{e}/scans/{c}/resources/{r}"


def put(case, rest, **more):
    return case.run("put", write(case.path("a"), DATA), case.url(rest), **more)


def created(case):
    """The objects that were asked to be made, from the top."""
    return [row["path"].partition("?")[0] for row in writes(case) if "/files/" not in row["path"]]


def test_all_levels_from_the_top_down(case):
    ran = put(case, ALL.format(s="S_new", e="E-new", c="7", r="R") + TYPES)
    assert (ran.code, ran.err) == (0, ""), ran.err
    row = experiment(case, "E-new")
    assert (row["subject_label"], row["xsiType"]) == ("S_new", "xnat:mrSessionData")
    scan = case.server.row(f"/data/experiments/{row['ID']}/scans", ID="7")
    assert (scan["type"], scan["xsiType"]) == ("7", "xnat:mrScanData")
    assert stored(case, scan_path(case, "7", "E-new"), "R") == {"a": whole(DATA)}
    paths = created(case)
    assert [path.split("/")[-2] for path in paths] == ["subjects", "experiments", "scans", "resources"], paths
    assert len(uploads(case)) == 1
    case.clear()
    assert put(case, ALL.format(s="S_new", e="E-new", c="7", r="R")).code == 0
    assert writes(case) == []


@pytest.mark.parametrize("rest, words", [
    (ALL.format(s="subject001", e="newer", c="1", r="R") + "?scan_type=xnat:mrScanData", ["newer", "experiment_type"]),
    (ALL.format(s="subject001", e="newer", c="1", r="R") + "?experiment_type=xnat:mrSessionData", ["'1'", "scan_type"]),
    (ALL.format(s="fresh", e="newer", c="1", r="R"), ["newer", "experiment_type"]),
    (ALL.format(s="subject001", e="subject001_BRAIN", c="99", r="R"), ["99", "scan_type"]),
    ("projects/sandbox/experiments/subject001_BRAIN/assessors/seg2/resources/R", ["seg2", "assessor_type"]),
    ("experiments/SITE_E00001/scans/99/resources/R", ["99", "scan_type"])])
def test_without_the_type_the_error_names_the_option(case, rest, words):
    ran = put(case, rest)
    assert ran.code == 2, ran.err
    for word in words:
        assert word in ran.err, ran.err
    assert writes(case) == []


def test_reconstruction(case):
    rest = "projects/sandbox/experiments/experiment001/reconstructions/recon002/resources/R"
    ran = put(case, rest)
    if ran.code != 0:
        assert ran.code == 2 and "reconstruction_type" in ran.err, ran.err
        ran = put(case, rest + "?reconstruction_type=xnat:reconstructedImageData")
    assert ran.code == 0, ran.err
    row = experiment(case, "experiment001")
    assert stored(case, f"/data/experiments/{row['ID']}/reconstructions/recon002", "R") == {"a": whole(DATA)}


def test_a_reconstruction_of_another_session_is_not_written_to(case):
    ran = put(case, "projects/sandbox/experiments/subject001_BRAIN/reconstructions/recon001/resources/R"
                    "?reconstruction_type=xnat:reconstructedImageData")
    assert ran.code == 6, (ran.code, ran.err)
    assert uploads(case) == []


@pytest.mark.parametrize("below", ["projects/sandbox/subjects/subject001/experiments/subject001_BRAIN",
                                   "projects/sandbox/experiments/subject001_BRAIN", "experiments/SITE_E00001"])
def test_assessor(case, below):
    ran = put(case, below + "/assessors/qc-1/resources/R?assessor_type=xnat:qcAssessmentData")
    assert ran.code == 0, ran.err
    row = case.server.row("/data/experiments/SITE_E00001/assessors", label="qc-1")
    assert row["xsiType"] == "xnat:qcAssessmentData"
    assert stored(case, f"/data/experiments/{row['ID']}", "R") == {"a": whole(DATA)}


def test_an_assessors_label_of_another_session_is_refused_in_plain_words(case):
    rest = "projects/sandbox/experiments/{}/assessors/qc-2/resources/R?assessor_type=xnat:qcAssessmentData"
    assert put(case, rest.format("subject001_BRAIN")).code == 0
    case.clear()
    ran = put(case, rest.format("subject002_BRAIN"))
    assert ran.code == 6 and "the label is used by another session of this project" in ran.err, (ran.code, ran.err)
    assert "qc-2" in ran.err and "HTTP 409" in ran.err and uploads(case) == [], ran.err
    assert len(ran.err.splitlines()) == 1 and len(created(case)) == 1, ran.err


@pytest.mark.parametrize("options", [
    "?experiments_type=xnat:petSessionData&scans_type=xnat:petScanData",
    "?experiment_type=xnat:petSessionData&scans_type=xnat:petScanData&subjects_type=xnat:subjectData"])
def test_plural_options(case, options):
    ran = put(case, ALL.format(s="S1", e="pet1", c="1", r="R") + options)
    assert (ran.code, ran.err) == (0, ""), ran.err
    row = experiment(case, "pet1")
    assert row["xsiType"] == "xnat:petSessionData"
    assert case.server.rows(f"/data/experiments/{row['ID']}/scans")[0]["xsiType"] == "xnat:petScanData"


def test_a_scan_below_an_accession(case):
    ran = put(case, "experiments/SITE_E00001/scans/99/resources/R?scan_type=xnat:mrScanData")
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case, "99"), "R") == {"a": whole(DATA)}
    assert ran.lines == [case.url("experiments/SITE_E00001/scans/99/resources/R/files/a")]


def test_types_of_levels_that_are_there_have_no_effect(case):
    ran = put(case, SCAN + "NEW?experiment_type=xnat:petSessionData&scan_type=xnat:petScanData&subject_type=x:y")
    assert ran.code == 0, ran.err
    assert experiment(case)["xsiType"] == "xnat:mrSessionData" and len(created(case)) == 1


def test_an_unknown_type_is_told_in_the_servers_words(case):
    ran = put(case, ALL.format(s="subject001", e="E9", c="1", r="R") +
              "?experiment_type=no:suchType&scan_type=xnat:mrScanData")
    assert ran.code in (2, 8) and "E9" in ran.err and ran.err.count("\n") == 1, (ran.code, ran.err)
    assert experiment(case, "E9") is None and uploads(case) == []


@pytest.mark.parametrize("rest", ["projects/nope/resources/R", "projects/nope/subjects/S/resources/R",
                                  "projects/nope/subjects/S/experiments/E/scans/1/resources/R" + TYPES,
                                  "projects/n*/subjects/S/resources/R"])
def test_a_project_is_never_created(case, rest):
    ran = put(case, rest)
    assert ran.code == 3 and "projects" in ran.err, (ran.code, ran.err)
    assert writes(case) == []


def test_a_new_experiment_needs_its_subject_in_the_url(case):
    ran = put(case, "projects/sandbox/experiments/fresh/scans/1/resources/R" + TYPES)
    assert ran.code == 2 and "subject" in ran.err and "fresh" in ran.err, (ran.code, ran.err)
    assert writes(case) == []


@pytest.mark.parametrize("rest", ["experiments/SITE_E99999/scans/1/resources/R", "subjects/SITE_S99999/resources/R",
                                  "experiments/fresh/resources/R"])
def test_an_unknown_accession_is_not_found(case, rest):
    ran = put(case, rest + TYPES)
    assert ran.code == 3, (ran.code, ran.err)
    assert writes(case) == []


@pytest.mark.parametrize("levels", [{"s": "sub%20ject"}, {"s": "a.b"}, {"e": "E+1"}, {"e": "%C3%A9"}, {"c": "1.2"},
                                    {"c": "T1 w"}, {"c": "a%2Fb"}, {"s": "x%26y"}])
def test_labels_that_xnat_refuses_are_refused_before_anything_is_sent(case, levels):
    ran = put(case, ALL.format(**{"s": "S1", "e": "E1", "c": "1", "r": "R", **levels}) + TYPES)
    assert ran.code == 2 and "letters" in ran.err, (ran.code, ran.err)
    assert writes(case) == []


@pytest.mark.parametrize("levels", [{"s": "new*"}, {"e": "new_[12]"}, {"c": "9%3F"}, {"r": "NEW*"}])
def test_patterns_name_nothing_new(case, levels):
    names = {"s": "subject001", "e": "subject001_BRAIN", "c": "1", "r": "R", **levels}
    ran = put(case, ALL.format(**names) + TYPES)
    assert ran.code == 2 and "pattern" in ran.err, (ran.code, ran.err)
    assert writes(case) == []


def test_patterns_find_what_is_there_and_create_below(case):
    ran = put(case, "projects/s*/subjects/*001/experiments/*_BRAIN/scans/T1/resources/NEW")
    assert ran.code == 4 or ran.code == 0, ran.err
    ran = put(case, "projects/sandbox/subjects/*001/experiments/*_BRAIN/scans/T1/resources/NEW")
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {"a": whole(DATA)}


def test_a_pattern_with_several_parents_is_ambiguous(case):
    ran = put(case, "projects/sandbox/subjects/subject00*/experiments/*_BRAIN/scans/T1/resources/NEW")
    assert ran.code == 4 and "subject002" in ran.err, (ran.code, ran.err)
    assert writes(case) == []


def test_resource_type(case):
    ran = put(case, SCAN + "TYPED?resource_type=xnat:dicomSeries")
    assert ran.code == 0 or (ran.code == 8 and "TYPED" in ran.err), (ran.code, ran.err)
    assert [row["path"].partition("?")[2] for row in writes(case)][0] == "xsiType=xnat:dicomSeries"


def test_an_experiment_is_never_moved(case):
    """Putting the label of another subject's session would move it there, and 200 is all that XNAT would say."""
    ran = put(case, "projects/sandbox/subjects/subject002/experiments/subject001_BRAIN/scans/1/resources/R" + TYPES)
    assert ran.code == 6, (ran.code, ran.err)
    assert "subject001_BRAIN" in ran.err and "subject001" in ran.err and "subject002" in ran.err
    assert writes(case) == [] and experiment(case)["subject_label"] == "subject001"


def test_an_experiment_of_another_subject_under_a_new_subject(case):
    ran = put(case, "projects/sandbox/subjects/brandnew/experiments/subject001_BRAIN/scans/1/resources/R" + TYPES)
    assert ran.code == 6, (ran.code, ran.err)
    assert experiment(case)["subject_label"] == "subject001"
    assert "brandnew" not in [row["label"] for row in case.server.rows("/data/projects/sandbox/subjects?columns=label")]


def test_labels_of_a_project_that_shares(case):
    """A shared session is found by its label in the sharing project; nothing is created there under its own."""
    ran = put(case, "projects/sandbox/subjects/shared_subject/experiments/shared_BRAIN/scans/T1/resources/NEW")
    assert ran.code == 0, ran.err
    assert stored(case, "/data/experiments/SITE_E00011/scans/1", "NEW") == {"a": whole(DATA)}


def test_two_resources_of_one_label_are_ambiguous(case):
    assert put(case, SCAN + "ONE").code == put(case, SCAN + "TWO").code == 0
    (number,) = resources(case, scan_path(case), "TWO")
    case.server.relabel(number, label="ONE")
    case.clear()
    ran = put(case, SCAN + "ONE/files/b")
    assert ran.code == 4, (ran.code, ran.err)
    assert all(one in ran.err for one in resources(case, scan_path(case), "ONE")), ran.err
    assert writes(case) == []
    ran = put(case, SCAN + number + "/files/b")
    assert ran.code == 0, ran.err
    rows = case.server.rows(f"{scan_path(case)}/resources/{number}/files")
    assert sorted(row["Name"] for row in rows) == ["a", "b"]


def test_a_scan_whose_id_is_anothers_type_is_told_apart_or_refused(case):
    """The server takes the segment for either and refuses to write; nothing may land in the other scan."""
    ran = put(case, "projects/odd/experiments/odd_session/scans/5/resources/DICOM")
    assert ran.code in (3, 4) and "scan" in ran.err, (ran.code, ran.err)
    other = f"/data/experiments/{experiment(case, 'odd_session', 'odd')['ID']}/scans/7"
    assert "a" not in stored(case, other, "DICOM") and uploads(case) == []


def test_a_number_of_another_scan_is_a_label_here(case):
    """The number of a resource elsewhere does not lead there: it is no ID under this scan."""
    (other,) = resources(case, scan_path(case, "2"), "DICOM")
    ran = put(case, SCAN + other)
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), other) == {"a": whole(DATA)}
    assert len(case.server.rows(scan_path(case, "2") + "/resources")) == 2
