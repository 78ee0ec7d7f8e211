# SPDX-License-Identifier: Apache-2.0
"""put --dry-run and rm --dry-run: what is planned is done, nothing else, and the plan itself changes nothing."""

import os

import pytest
from cli import FILE, ioplug, url as file_url
from dry_run_case import archive, as_refused, dry
from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from put_case import SCAN, TYPES, experiment, resources, scan_path, stored, uploads, write, writes
from test_twins import FILES as TWIN_FILES, PARENTS, fill, make_twins

FILES = {"a.txt": b"alpha\n", "sub/b c.txt": b"beta\n", "sub/é#.txt": b"gamma\n", ".dot": b"dot", "zero": b""}
NEW = "projects/sandbox/subjects/NEW/experiments/NEW_BRAIN/scans/7/resources/DICOM"


@pytest.fixture
def tree(tmp_path):
    for name, data in FILES.items():
        write(tmp_path / "tree" / name, data)
    return tmp_path / "tree"


def put_as_planned(case, path, url, parent, label):
    """A dry run and the put itself, which does just that; the plan."""
    plan = dry(case, "put", path, url, what="url")
    assert plan.code == 0, plan.err
    before = stored(case, parent, label) if experiment(case, "NEW_BRAIN") or "NEW" not in url else {}
    case.clear()
    ran = case.run("put", path, url)
    assert ran.code == 0, ran.err
    sent = plan.steps.get("send", {}) | plan.steps.get("replace", {})
    assert bool(uploads(case)) == bool(sent)
    made = [row for row in writes(case) if "/files" not in row["path"]]
    assert len(made) == len(plan.steps.get("create", {}))
    after = stored(case, parent, label)
    assert len(after) == len(before) + len(plan.steps.get("send", {}))
    assert {name for name in before if before[name] != after[name]} <= {one["url"].partition("/files/")[2] for one in plan.objects
                                                                       if one["action"] == "replace"}
    return plan


def test_all_levels_are_new(case, tree):
    types = "?experiment_type=xnat:mrSessionData&scan_type=xnat:mrScanData"
    plan = dry(case, "put", tree, case.url(NEW + types), what="url")
    assert plan.code == 0 and experiment(case, "NEW_BRAIN") is None, plan.err
    parts = NEW.split("/")
    assert [(one["url"], one["type"]) for one in plan.objects if one["action"] == "create"] == [
        (case.url("/".join(parts[:4])), "xnat:subjectData"), (case.url("/".join(parts[:6])), "xnat:mrSessionData"),
        (case.url("/".join(parts[:8])), "xnat:mrScanData"), (case.url(NEW), "xnat:resourceCatalog")]
    assert len(plan.steps["send"]) == 5 and plan.bytes("send") == sum(map(len, FILES.values()))
    assert {one["path"] for one in plan.objects if one["action"] == "send"} == {str(tree / name) for name in FILES}
    assert "would create 4 levels; send 5 files, 20 B; nothing was changed" in plan.err
    case.clear()
    ran = case.run("put", tree, case.url(NEW + types))
    assert ran.code == 0 and ran.lines == [case.url(NEW)], ran.err
    assert len([row for row in writes(case) if "/files" not in row["path"]]) == 4
    assert len(uploads(case)) == 1 and len(stored(case, scan_path(case, "7", "NEW_BRAIN"), "DICOM")) == 5
    again = dry(case, "put", tree, case.url(NEW), what="url")
    assert set(again.steps) == {"keep"} and len(again.steps["keep"]) == 5


@pytest.mark.parametrize("rest, levels", [
    (SCAN + "FRESH", 1), (SCAN.replace("scans/1", "scans/77") + "FRESH" + TYPES, 2),
    ("projects/sandbox/subjects/subject001/experiments/fresh/resources/R" + TYPES, 2), ("projects/sandbox/resources/FRESH", 1),
    ("projects/sandbox/subjects/fresh/resources/R", 2), (SCAN + "123", 1),
    ("projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/assessors/fresh/resources/R?assessor_type=xnat:qcAssessmentData", 2)],
    ids=str)
def test_what_is_missing_of_the_way(case, tree, rest, levels):
    plan = dry(case, "put", tree / "a.txt", case.url(rest), what="url")
    assert plan.code == 0 and len(plan.steps["create"]) == levels and len(plan.steps["send"]) == 1, plan.err
    case.clear()
    ran = case.run("put", tree / "a.txt", case.url(rest))
    assert ran.code == 0 and ran.lines == list(plan.steps["send"]), ran.err
    assert len([row for row in writes(case) if "/files" not in row["path"]]) == levels
    assert set(dry(case, "put", tree / "a.txt", case.url(rest)).steps) == {"keep"}


@pytest.mark.parametrize("tail", ["FRESH", "FRESH/files", "FRESH/files/", "FRESH/files/be%20low", "FRESH/files/be%20low/x/"])
def test_where_files_go(case, tree, tail):
    plan = dry(case, "put", tree, case.url(SCAN + tail), what="url")
    assert case.run("put", tree, case.url(SCAN + tail)).code == 0
    again = dry(case, "put", tree, case.url(SCAN + tail), what="url")
    assert again.steps == {"keep": plan.steps["send"]}


def test_lines(case, tree):
    ran = case.run("put", "-n", tree / "sub", case.url(SCAN + "FRESH"))
    at = case.url(SCAN + "FRESH")
    assert ran.lines == [f"create\t-\t{at}\txnat:resourceCatalog", f"send\t5\t{at}/files/b%20c.txt",
                         f"send\t6\t{at}/files/%C3%A9%23.txt"], ran.out


def test_overwrite_and_what_is_there(case, tree):
    url = case.url(SCAN + "FRESH")
    assert case.run("put", tree, url).code == 0
    write(tree / "a.txt", b"omega!!\n")
    write(tree / "zero", b"no more")
    write(tree / "more", b"more")
    refused = dry(case, "put", tree, url, what="url")
    assert refused.code == 6 and "overwrite=true" in refused.err
    assert refused.steps == {"conflict": {url + "/files/a.txt": 8, url + "/files/zero": 7}}
    assert "would fail for 2 files that differ, 15 B; nothing was changed" in refused.err
    assert case.run("put", tree, url).code == 6
    plan = put_as_planned(case, tree, url + "?overwrite=true", scan_path(case), "FRESH")
    assert plan.steps["replace"] == {url + "/files/a.txt": 8, url + "/files/zero": 7}
    assert plan.steps["send"] == {url + "/files/more": 4} and len(plan.steps["keep"]) == 3


def test_a_large_tree_in_an_archive(case):
    for n in range(300):
        write(case.path(f"tree/{n % 7}/{n:03}.dcm"), b"x" * n)
    assert case.server.put(f"/data/{SCAN}BIG", type=None).status == 200
    case.server.add_file(resources(case, scan_path(case), "BIG")[0], "0/007.dcm", b"x" * 7)
    plan = put_as_planned(case, case.path("tree"), case.url(SCAN + "BIG"), scan_path(case), "BIG")
    assert len(plan.steps["send"]) == 299 and len(plan.steps["keep"]) == 1 and "create" not in plan.steps


def test_an_empty_resource_and_an_empty_directory(case):
    case.path("none").mkdir()
    assert case.server.put(f"/data/{SCAN}EMPTY", type=None).status == 200
    plan = dry(case, "put", case.path("none"), case.url(SCAN + "EMPTY"))
    assert plan.code == 0 and plan.steps == {} and "would move no file" in plan.err
    write(case.path("none/zero"), b"")
    assert put_as_planned(case, case.path("none"), case.url(SCAN + "EMPTY"), scan_path(case), "EMPTY").bytes("send") == 0


def test_twins(case):
    parent = PARENTS["scan"]
    fill(case, make_twins(case, parent)[0])
    for name, data in TWIN_FILES.items():
        write(case.path("tree") / name, data)
    write(case.path("tree/new"), b"new")
    plan = dry(case, "put", case.path("tree"), case.url(parent + "/resources/R"), what="url")
    assert plan.code == 0 and len(plan.steps["keep"]) == 2 and len(plan.steps["send"]) == 1 and "create" not in plan.steps


# --- what the put itself would refuse ---

@pytest.mark.parametrize("rest, code, words", [
    ("projects/sandbox/subjects/x/experiments/y/resources/R", 2, "experiment_type"),
    ("projects/sandbox/subjects/x y/resources/R", 2, "only letters, digits"),
    (SCAN.replace("scans/1", "scans/x.y") + "R" + TYPES, 2, "only letters, digits"),
    (SCAN + "a%20b", 2, "a space"), (SCAN + "NEW*", 2, "pattern"),
    ("projects/none/resources/R", 3, "none"), ("projects/sandbox/subjects/none/experiments/subject001_BRAIN/resources/R" + TYPES, 6,
     "belongs to"),
    ("search?projects=sandbox", 2, "search"), ("projects/sandbox/subjects/subject001", 2, "resources"),
    (SCAN.replace("scans/1", "scans/T*") + "NIFTI", 4, "scans")], ids=str)
def test_what_is_refused(case, tree, rest, code, words):
    before = archive(case)
    as_refused(case, code, "put", tree, case.url(rest), words=words)
    assert archive(case) == before


@pytest.mark.parametrize("prepare, code", [
    (lambda tree: write(tree / "x_catalog.xml", b""), 2), (lambda tree: os.mkfifo(tree / "fifo"), 10),
    (lambda tree: (tree / "out").symlink_to("/etc/hostname"), 10)], ids=["reserved", "fifo", "link"])
def test_what_is_refused_of_the_files(case, tree, prepare, code):
    prepare(tree)
    as_refused(case, code, "put", tree, case.url(SCAN + "FRESH"))


def test_a_directory_in_the_way_on_the_server(case, tree):
    """No option replaces it, and where comparing ended nothing is promised."""
    assert case.run("put", tree, case.url(SCAN + "FRESH")).code == 0
    write(case.path("one"), b"one")
    for options in ("", "?overwrite=true"):
        plan = as_refused(case, 6, "put", case.path("one"), case.url(SCAN + "FRESH/files/sub" + options), words="is a directory")
        assert plan.steps == {}


def test_an_assessors_label_of_another_session(case, tree):
    """The server refuses it late; its list of assessors tells it before."""
    rest = "projects/sandbox/subjects/{}/experiments/{}/assessors/qc-2/resources/R?assessor_type=xnat:qcAssessmentData"
    first, second = (case.url(rest.format(subject, subject + "_BRAIN")) for subject in ("subject001", "subject002"))
    assert dry(case, "put", tree, second, what="url").code == 0
    assert case.run("put", tree, first).code == 0
    assert set(dry(case, "put", tree, first, what="url").steps) == {"keep"}
    for url in (second, case.url(rest.format("NEW", "NEW") + "&experiment_type=xnat:mrSessionData")):
        plan = dry(case, "put", tree, url)
        assert plan.code == 6 and "qc-2" in plan.err and "used by another session of this project" in plan.err, plan.err
        assert plan.steps == {}
    assert case.run("put", tree, second).code == 6
    case.server.fault(path="imageAssessorData", status=500, count=-1)
    assert dry(case, "put", tree, second, what="url").code == 0


def test_nobody_who_may_see_it(case, tree):
    as_refused(case, 5, "put", tree, case.url("projects/sandbox/resources/R"), user="alice", password="wrong")


@pytest.mark.parametrize("rest", [SCAN + "NIFTI", SCAN + "FRESH", "projects/sandbox/subjects/NEW/resources/R"])
def test_a_login_that_may_only_read(case, tree, rest):
    """Nothing but a write proves it, and the list of projects need not be right: so it is a warning."""
    plan = dry(case, "put", tree, case.url(rest), user="reader")
    assert plan.code == 0 and "ioplug: warning: " in plan.err and "the put would fail" in plan.err, plan.err
    assert case.run("put", tree, case.url(rest), user="reader").code == 5
    for fault in (dict(status=500), dict(body="html200", status=200)):
        case.server.fault(path="data=writable", count=-1, **fault)
        plan = dry(case, "put", tree, case.url(rest), user="reader")
        assert plan.code == 0 and "the put would fail" not in plan.err
        case.server.clear_faults()
    assert "warning" not in dry(case, "put", tree, case.url(rest)).err


# --- rm ---

@pytest.mark.parametrize("tail, words", [("BO*", "is a pattern"), ("BOX/files/", "nothing follows"), ("BOX/files/img1", "img10")])
def test_rm_promises_nothing_that_is_refused(case, tail, words):
    case.new_resource("BOX", {"img1": b"1", "img10": b"2"})
    url = case.url("projects/sandbox/resources/" + tail)
    plan = case.run("rm", "--dry-run", url)
    ran = case.run("rm", "--yes", url)
    assert plan.code == ran.code != 0 and plan.err == ran.err and words in plan.err and plan.out == ""


def test_rm_of_twins(case):
    numbers = make_twins(case, PARENTS["scan"])
    url = case.url(f"{PARENTS['scan']}/resources/{numbers[0]}")
    plan = case.run("rm", "--dry-run", url)
    assert plan.code == case.run("rm", "--yes", url).code == 6 and "catalog" in plan.err


def test_rm_of_what_can_go(case):
    case.new_resource("BOX", {"img1": b"1", "sub/img10": b"2"})
    for tail in ("/files/img1", "/files/sub", ""):
        case.clear()
        ran = case.run("rm", "--dry-run", case.url("projects/sandbox/resources/BOX" + tail))
        assert ran.code == 0 and ran.out.startswith("would remove ") and writes(case) == [], ran.err


def test_rm_by_a_plugin_that_cannot_plan(tmp_path):
    """It tells what there is, as before."""
    write(tmp_path / "file", b"x")
    ran = ioplug(*FILE, "rm", "--dry-run", file_url(tmp_path / "file"))
    assert ran.code == 0 and "would remove file, 1 B" in ran.out and (tmp_path / "file").exists()
