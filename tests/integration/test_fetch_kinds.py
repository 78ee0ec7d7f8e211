# SPDX-License-Identifier: Apache-2.0
"""fetch: rights, odd answers of a real server to what is not there, and what is remembered within a process."""

import pytest
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401

DICOM = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/scans/1/resources/DICOM"


def test_a_reader_may_fetch(case):
    ran = case.run("fetch", case.url(DICOM), case.path("out"), user="reader")
    assert ran.code == 0 and len(tree_of(case.path("out"))) == 4, ran.err


@pytest.mark.parametrize("rest", [DICOM, "projects/sandbox/resources/DOCUMENTS",
                                  "experiments/SITE_E00001/scans/1/resources/DICOM"])
def test_an_outsider_gets_nothing(case, rest):
    ran = case.run("fetch", case.url(rest), case.path("out"), user="outsider")
    assert ran.code in (3, 5), (ran.code, ran.err)
    assert ran.err.startswith("ioplug: ") and not case.path("out").exists()


def test_a_refusal_is_an_auth_error(case):
    case.server.fault(path="files/0001.dcm", status=403, count=-1)
    ran = case.run("fetch", case.url(DICOM + "/files/0001.dcm"), case.path("out"))
    assert ran.code == 5 and "403" in ran.err, (ran.code, ran.err)


def test_an_experiment_that_is_not_there_is_no_fault_to_retry(case):
    ran = case.run("fetch", case.url("experiments/SITE_E99999/scans/T1/resources/DICOM"), case.path("out"))
    assert ran.code == 3 and "warning" not in ran.err, (ran.code, ran.err)
    assert len(case.requests("SITE_E99999")) <= 4


@pytest.mark.parametrize("level", ["scans/T1", "reconstructions/r"])
def test_a_500_on_a_listing_is_settled_by_the_experiment(case, level):
    case.server.fault(path="experiments/SITE_E00001/(scans|reconstructions|resources)[?]", status=500, count=-1)
    ran = case.run("fetch", case.url(f"experiments/SITE_E00001/{level}/resources/DICOM"), case.path("out"), retries=2)
    assert ran.code == 7 and "500" in ran.err, (ran.code, ran.err)
    assert not case.path("out").exists()


def test_levels_are_remembered_and_one_listing_serves_a_call(case):
    url = case.url(DICOM)
    lines = "".join(f"id{n}\t{url}/files/000{n}.dcm\n" for n in (1, 2, 3))
    case.clear()
    ran = case.run("fetch", "--list", "-", case.path("out"), stdin=lines)
    assert ran.code == 0, ran.err
    assert len(case.requests("/projects/sandbox/experiments?")) == 1
    assert len(case.requests("/files?format=json")) == 1


def test_a_not_found_asks_again(case):
    url = case.url("projects/sandbox/resources/")
    case.clear()
    ran = case.run("-j", "1", "fetch", "--list", "-", case.path("out"),
                   stdin=f"a\t{url}DOCUMENTS\nb\t{url}NONE\nc\t{url}DOCUMENTS\n")
    assert ran.code == 3 and [line[0] for line in ran.lines] == ["a", "c"], ran.err
    assert len(case.requests("/data/projects/sandbox/resources?format=json")) == 2


def test_one_line_for_an_operation(case):
    ran = case.run("-v", "fetch", case.url(DICOM), case.path("out"))
    told = [line for line in ran.err.splitlines() if "requests" in line and "bytes" in line]
    assert ran.code == 0 and len(told) == 1, ran.err
    count = int(told[0].split(" requests")[0].rpartition(" ")[2])
    assert count == len([row for row in case.requests() if row["method"] != "DELETE"])


def test_durable_delivers_the_same(case):
    ran = case.run("fetch", case.url(DICOM), case.path("out"), durable=True)
    assert ran.code == 0 and len(tree_of(case.path("out"))) == 4, ran.err


def test_progress_counts_to_the_end(case):
    ran = case.run("--progress", "always", "fetch", case.url(DICOM), case.path("out"))
    assert ran.code == 0 and ran.lines == [str(case.path("out"))], ran.err
    assert "4/4 files" in ran.err


def test_a_server_in_another_order_gives_the_same(make_case):
    case = make_case(shuffle=True)
    url = case.url("projects/sandbox/subjects/*/experiments/*/scans/*/resources/DICOM")
    first, second = [case.run("fetch", url, case.path("out")) for _ in range(2)]
    assert first.code == 4 and first.err == second.err


def test_under_a_context_path_of_an_old_server(make_case):
    case = make_case(prefix="/xnat", version="1.7")
    ran = case.run("fetch", case.url(DICOM), case.path("out"))
    assert ran.code == 0 and len(tree_of(case.path("out"))) == 4, ran.err
    names = "projects/odd/experiments/odd_session/scans/6/resources/NAMES"
    ran = case.run("fetch", case.url(names), case.path("names"))
    assert ran.code == 0 and len(tree_of(case.path("names"))) == 18, ran.err


def test_a_questionnaire_among_the_experiments_is_passed_over(case):
    """Whatever has no scans answers 500 to a question for them; a pattern may well match it."""
    case.server.fault(path="experiments/SITE_E0000[2-9]/scans[?]", status=500, count=-1)
    ran = case.run("fetch", case.url("projects/sandbox/subjects/subject001/experiments/*/scans/1/resources/NONE"),
                   case.path("out"))
    assert ran.code == 3 and "resources" in ran.err, (ran.code, ran.err)


def test_plain_labels_take_few_requests(case):
    """The one that asks for the server, the login, its check, the experiment, the files, the file and the goodbye."""
    case.clear()
    ran = case.run("fetch", case.url(DICOM + "/files/0001.dcm"), case.path("one"))
    assert ran.code == 0 and len(case.requests()) == 7, [row["path"] for row in case.requests()]


@pytest.mark.parametrize("verb", ["fetch", "put"])
def test_a_bad_expression_asks_nobody(case, verb):
    case.clear()
    url = case.url("projects/sandbox/subjects/(/resources/BOX?regex=true")
    case.path("one").write_bytes(b"x")
    ran = case.run(verb, *([url, case.path("out")] if verb == "fetch" else [case.path("one"), url]))
    assert ran.code == 2 and case.requests() == [], (ran.code, ran.err)
