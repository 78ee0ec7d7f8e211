# SPDX-License-Identifier: Apache-2.0
"""Searches: which items the selectors take, what is shared, and what a user may see."""

import json
import time

import pytest

from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from put_case import lose_session_during

BRAIN = "projects=sandbox&experiments=subject001_BRAIN&"


def expand(case, search, **more):
    ran = case.run("--json", "expand", case.url("search?" + search), **more)
    assert ran.code == 0, ran.err
    return ran.objects


def take(case, search, key, **more):
    return sorted({pair.get(key) for pair in expand(case, search, **more)})


@pytest.mark.parametrize("pattern, labels", [
    ("subject00?", ["subject001", "subject002", "subject003"]), ("subject00[13]", ["subject001", "subject003"]),
    ("subject00[!13]", ["subject002"]), ("[ts]*1", ["subject001"]), ("*", None), ("SUBJECT*", []),
    ("subject00[1-2]", ["subject001", "subject002"]), ("subject00%5C1", []), ("ubject*", []), ("subject", []),
    ("SITE_S0000*", []), ("SITE_S00002", ["subject002"]), ("[[]", []), ("subject001%5B]", [])])
@pytest.mark.parametrize("bulk", ["true", "false"])
def test_shell_patterns_see_the_whole_label(make_case, pattern, labels, bulk):
    case = make_case(bulk=bulk)
    found = take(case, f"projects=sandbox&subjects={pattern}&scans=1&resources=DICOM", "subject_label")
    assert found == (["shared_subject", "subject001", "subject002", "subject003"] if labels is None else labels)


@pytest.mark.parametrize("expression, labels", [
    ("subject00[13]", ["subject001", "subject003"]), ("sub", ["shared"]), ("ubject", []), (".*1$", ["subject001"]),
    ("subject001|subject003", ["subject001", "subject003"]), ("(?i)SUBJECT001", ["subject001"]),
    ("subject00(?!1)", ["subject002", "subject003"]), ("SITE_S00001", []), ("", None)])
def test_regular_expressions_match_from_the_start(case, expression, labels):
    if labels is None:
        ran = case.run("expand", case.url("search?projects=sandbox&subjects=&regex=true"))
        assert ran.code == 2, ran.err
        return
    wanted = ["subject001", "subject002", "subject003"] if labels == ["shared"] else labels
    search = f"projects=sandbox&subjects={expression}&scans=T1&resources=DICOM&regex=true"
    assert take(case, search, "subject_label") == wanted


def test_a_star_crosses_slashes_in_scan_types_and_files(case):
    assert take(case, "projects=odd&scans=T1*contrast&resources=EMPTY", "scan_id") == ["5"]
    urls = [pair["url"] for pair in expand(case, "projects=odd&scans=6&files=*.txt&id=resource")]
    assert any(url.endswith("/files/sub/dir/c.txt") for url in urls)
    assert any(url.endswith("/files/.hidden") for url in
               [pair["url"] for pair in expand(case, "projects=odd&scans=6&files=*hidden")])


@pytest.mark.parametrize("pattern, names", [
    ("a?b.txt", {"a%20b.txt", "a%23b.txt", "a%2Bb.txt"}), ("[1].txt", {"%5B1%5D.txt"}), ("[[]1].txt", {"%5B1%5D.txt"}),
    ("sub/*", {"sub/dir/c.txt", "sub/a%20b/d.txt"}), ("empty.txt", {"empty.txt"}), ("c.txt", set()),
    ("sub/dir/c.txt", {"sub/dir/c.txt"}), ("%C3%A9.txt", {"%C3%A9.txt"}), ("upper.txt", {"upper.txt"}),
    ("q?.txt", {"q%3F.txt"}), ("a%2Bb.txt", {"a%2Bb.txt"}), ("a+b.txt", {"a%20b.txt"})])
def test_files(case, pattern, names):
    pairs = expand(case, f"projects=odd&scans=6&resources=NAMES&files={pattern}")
    assert {pair["url"].partition("/NAMES/files/")[2] for pair in pairs} == names


def test_a_scan_id_before_its_type_and_all_scans_of_a_type(case):
    assert take(case, "projects=odd&scans=5", "scan_id") == ["5"]
    assert take(case, "projects=sandbox&experiments=subject001_FOLLOWUP&scans=T1", "scan_id") == ["1", "4"]
    assert take(case, BRAIN + "scans=4", "scan_type") == ["PD"]
    # A pattern sees the type alone, never the ID.
    assert take(case, BRAIN + "scans=%3F&resources=DICOM", "scan_id") == []
    assert take(case, "projects=odd&scans=[5]", "scan_id") == ["7"]


def test_a_resource_label_before_its_number(case):
    rows = case.server.rows("/data/experiments/SITE_E00012/scans/5/resources")
    (first, *_) = [row["xnat_abstractresource_id"] for row in rows if row["label"] == "TWICE"]
    (pair,) = expand(case, f"projects=odd&scans=5&resources={first}&id=resource")
    assert pair["id"] == first and pair["resource_label"] == "TWICE"
    assert len(expand(case, "projects=odd&scans=5&resources=2023")) == 1
    assert len(expand(case, "projects=odd&scans=5&resources=TWICE")) == 2


@pytest.mark.parametrize("bulk", ["true", "false"])
def test_escaped_labels(make_case, bulk):
    case = make_case(bulk=bulk)
    for text in ["Q%26A", "Q%26amp;A", "Q%26*", "Q%3FA"]:
        (pair,) = expand(case, f"projects=odd&scans=5&resources={text}&id=resource&label=true")
        assert pair["id"] == pair["resource_label"] == "Q&A", text


def test_a_runaway_expression_ends(case):
    path = f"/data/projects/sandbox/subjects/{'a' * 60}b"
    for below in ["", "/experiments/runaway?xsiType=xnat:mrSessionData",
                  "/experiments/runaway/scans/1?xsiType=xnat:mrScanData", "/experiments/runaway/scans/1/resources/DICOM"]:
        assert case.server.put(path + below).status in (200, 201)
    began = time.monotonic()
    ran = case.run("expand", case.url("search?projects=sandbox&subjects=(a|aa)%2B%24&regex=true"))
    assert time.monotonic() - began < 10
    assert ran.code == 2, (ran.code, ran.err)


def test_a_bad_expression_has_a_position(case):
    for name in ["projects", "subjects", "experiments", "scans", "resources", "files"]:
        project = "" if name == "projects" else "projects=sandbox&"
        ran = case.run("expand", case.url(f"search?{project}{name}=ab(c&regex=true"))
        assert ran.code == 2 and "ab(c" in ran.err and any(digit in ran.err for digit in "345"), ran.err
    assert case.requests() == []


# --- shared subjects and sessions ---


def test_shared_through_both_projects_is_one_by_its_own(case):
    ran = case.run("-v", "--json", "expand", case.url("search?projects=*&scans=T1&resources=DICOM&experiments=*_BRAIN"))
    pairs = [pair for pair in ran.objects if pair["experiment_id"] == "SITE_E00011"]
    assert [(pair["project"], pair["experiment_label"], pair["subject_label"]) for pair in pairs] == [
        ("other", "other_BRAIN", "other_subject")]
    assert any("more than one project" in line and "1 " in line for line in ran.err.splitlines()), ran.err


def test_shared_through_the_sharing_project_only(case):
    (pair,) = expand(case, "projects=sandbox&subjects=shared_subject&experiments=shared_BRAIN&scans=T1&resources=DICOM"
                           "&id=subject,experiment&label=true")
    assert pair["id"] == "shared_subject_shared_BRAIN" and pair["project"] == "sandbox"
    assert "/projects/sandbox/subjects/SITE_S00004/experiments/SITE_E00011/" in pair["url"]
    ran = case.run("fetch", pair["url"], case.path("out"))
    assert ran.code == 0 and len(list(case.path("out").iterdir())) == 4, ran.err


def test_labels_count_in_the_project_that_is_searched(case):
    """All projects, but the label of the sharing one: it is seen through that one alone."""
    pairs = expand(case, "projects=*&experiments=shared_BRAIN&scans=T1&resources=DICOM")
    assert [pair["project"] for pair in pairs] == ["sandbox"]
    assert expand(case, "projects=sandbox&experiments=other_BRAIN") == []


@pytest.mark.parametrize("bulk", ["true", "false"])
def test_a_project_that_the_user_may_not_read(make_case, bulk):
    case = make_case(bulk=bulk)
    everything = take(case, "projects=*&scans=T1&resources=DICOM", "project", user="alice")
    assert everything == ["locked", "other", "public", "sandbox"]
    assert take(case, "projects=*&scans=T1&resources=DICOM", "project", user="reader") == ["other", "public", "sandbox"]
    ran = case.run("expand", case.url("search?projects=locked&scans=T1&resources=DICOM"), user="reader")
    assert (ran.code, ran.out) == (0, "") or ran.code in (3, 5), (ran.code, ran.err)


# --- sessions ---


@pytest.mark.parametrize("bulk", ["true", "false"])
@pytest.mark.parametrize("require_login", [True, False])
def test_a_list_is_complete_though_the_session_ends_on_the_way(make_case, bulk, require_login):
    """On an open site a lost session makes a guest, who is shown less without a word."""
    case = make_case(bulk=bulk, require_login=require_login)
    search = case.url("search?projects=*&scans=T1&resources=DICOM&id=project,experiment,scan")
    want = case.run("expand", search).out
    assert want.count("\n") > 5
    below = ["imageScanData"] if bulk == "true" else ["/experiments\\?", "all=true"]
    for path in ["/data/projects\\?", *below]:
        case.clear()
        ran = lose_session_during(case, path, "expand", search)
        assert (ran.code, ran.out) == (0, want), (path, ran.err)
        # A closed site refuses whoever comes after the end of the session, if anybody does.
        assert len(case.requests("/data/JSESSION", "POST")) in ((1, 2) if require_login else (2,)), path


def test_a_guest_sees_the_public(make_case):
    case = make_case(require_login=False)
    more = {"user": None, "guest": True, "netrc": case.path("none")}
    assert take(case, "projects=*&scans=T1&resources=DICOM", "project", **more) == ["public"]


@pytest.mark.parametrize("bulk", [True, False])
def test_files_in_resources_whose_labels_a_path_distorts(make_case, bulk):
    """The bulk query tells no numbers, and XNAT does not decode labels in a path."""
    case = make_case(bulk=bulk)
    scan = "experiments/" + case.server.row("/data/projects/sandbox/experiments", label="subject001_BRAIN")["ID"] + "/scans/1"
    number = case.new_resource("PLAIN", {"a.txt": b"a"}, scan)
    case.server.relabel(number, label="My Data")
    ran = case.run("expand", case.url("search?projects=sandbox&experiments=subject001_BRAIN&resources=My%20Data&files=*"))
    assert ran.code == 0 and len(ran.lines) == 1 and ran.lines[0].endswith("/files/a.txt"), ran.err


def test_a_project_that_cannot_be_read_is_an_error_when_it_is_named(case):
    ran = case.run("expand", case.url("search?projects=locked"), user="outsider")
    assert ran.code == 5 and "403" in ran.err, (ran.code, ran.out, ran.err)
    ran = case.run("expand", case.url("search?projects=l*"), user="outsider")
    assert ran.code == 0 and ran.out == "", (ran.code, ran.out, ran.err)


@pytest.mark.parametrize("bulk", [True, False])
def test_a_shared_session_is_seen_through_its_owner_wherever_that_sorts(make_case, tmp_path, bulk):
    """A project's own list names that project as a shared session's, so the owner has to be asked for."""
    session = {"id": "SITE_E1", "label": "own_MR", "shares": [{"project": "aaa", "label": "shared_MR"}],
               "scans": [{"id": "1", "type": "T1", "resources": [{"label": "DICOM", "files": [{"path": "1.txt", "text": "1"}]}]}]}
    subject = {"id": "SITE_S1", "label": "own", "shares": [{"project": "aaa", "label": "shared"}], "experiments": [session]}
    archive = tmp_path / "archive.json"
    archive.write_text(json.dumps({"projects": [{"id": "aaa"}, {"id": "zzz", "subjects": [subject]}]}))
    case = make_case(archive=archive, bulk=bulk)
    found = [pair["url"].partition("/data/archive/")[2] for pair in expand(case, "projects=*")]
    assert found == ["projects/zzz/subjects/SITE_S1/experiments/SITE_E1/scans/1/resources/DICOM"]
    found = [pair["project"] for pair in expand(case, "projects=a*")]
    assert found == ["aaa"]


def test_a_guest_s_500_on_a_file_is_no_fault_of_the_server(make_case):
    """On an open site a session that was lost shows as 500 where a guest asks for the files of what he may not see."""
    case = make_case(require_login=False)
    url = case.url("projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/scans/1/resources/DICOM/files/0001.dcm")
    case.server.fault(path="files/0001.dcm", status=500, count=1)
    ran = case.run("fetch", url, case.path("one"), retries=0)
    assert ran.code == 7 and len(case.requests("/data/auth")) == 3, ran.err
    case.clear()
    case.server.fault(path="files/0001.dcm", status=500, count=1, delay_ms=600)
    running = case.start("fetch", url, case.path("one"), retries=0)
    deadline = time.monotonic() + 10
    while not case.requests("/files?") and time.monotonic() < deadline:
        time.sleep(0.01)
    case.server.expire_sessions("alice")
    ran = case.finish(running)
    assert ran.code == 0 and len(case.requests("files/0001.dcm")) == 2, ran.err


def test_a_subject_without_sessions_is_there(make_case):
    case = make_case()
    case.server.put("/data/projects/sandbox/subjects/lonely")
    ran = case.run("expand", case.url("search?projects=sandbox&subjects=lonely"))
    assert ran.code == 0 and "level experiments" in ran.err, ran.err
