# SPDX-License-Identifier: Apache-2.0
"""fetch: archives rename their members; what lands has the listing's names and bytes."""

import signal
import time

import pytest
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401

SCAN = "experiments/SITE_E00001/scans/1"
BOX = "projects/sandbox/experiments/subject001_BRAIN/scans/1/resources/BOX"
PLAIN = {f"{n:02}.txt": b"%d" % n * (n + 1) for n in range(20)}


def archives(case):
    """Those that were delivered."""
    return [row["path"] for row in case.requests("format=") if "format=json" not in row["path"] and row["status"] == 200]


@pytest.fixture(params=["tar", "zip"])
def form(request):
    """What the server delivers: a zip is asked for where there is no tar."""
    return request.param


def refuse_tar(case, form):
    if form == "zip":
        case.server.fault(path="format=tar", status=404, body="empty", count=-1)


def singles(case):
    return sorted(row["path"].rpartition("/files/")[2] for row in case.requests("/files/", "GET")
                  if "format=" not in row["path"])


def test_renamed_members_are_found_by_size_and_digest(case, form):
    refuse_tar(case, form)
    files = {**PLAIN, "SITE_E00001_T1.txt": b"accession" * 9, "1/in.txt": b"like the scan" * 9,
             "sub/1/SITE_E00001.txt": b"both" * 99}
    case.new_resource("BOX", files, parent=SCAN)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == files
    assert len(archives(case)) == 1 and singles(case) == []


def test_renamed_members_of_one_size_are_asked_for_by_path(case, form):
    refuse_tar(case, form)
    files = {**PLAIN, "SITE_E00001_a.txt": b"1" * 500, "SITE_E00001_b.txt": b"2" * 500}
    case.new_resource("BOX", files, parent=SCAN)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == files


@pytest.mark.parametrize("checksums", [True, False])
@pytest.mark.parametrize("other", ["SITE_E00001_a.txt", "1/a.txt"])
def test_a_renamed_member_that_takes_another_ones_name(make_case, checksums, other, form):
    case = make_case(checksums=checksums)
    refuse_tar(case, form)
    taken = {"SITE_E00001_a.txt": "subject001_BRAIN_a.txt", "1/a.txt": "1-T1/a.txt"}[other]
    files = {**PLAIN, other: b"1" * 500, taken: b"2" * 500}
    case.new_resource("BOX", files, parent=SCAN)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == files


@pytest.mark.parametrize("checksums", [True, False])
def test_only_one_of_the_two_names_is_wanted(make_case, checksums):
    case = make_case(checksums=checksums)
    files = {**PLAIN, "SITE_E00001_a.txt": b"1" * 500, "subject001_BRAIN_a.txt": b"2" * 500}
    case.new_resource("BOX", files, parent=SCAN)
    case.server.fault(path="files/", status=404, body="empty", without=r"/files\?|BRAIN_a.txt|BRAIN_a", count=-1)
    case.server.fault(path="format=(tar|zip)", status=404, body="empty", count=-1)
    case.run("fetch", case.url(BOX), case.path("out"))
    case.server.clear_faults()
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == files


def test_without_digests_members_are_taken_by_path(make_case):
    case = make_case(checksums=False)
    files = {**PLAIN, "SITE_E00001_T1.txt": b"accession" * 9, "sub/x.txt": b"x"}
    case.new_resource("BOX", files, parent=SCAN)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == files
    assert len(archives(case)) <= 1 and "SITE_E00001_T1.txt" in singles(case)


def test_a_directory_comes_as_its_own_archive(case):
    files = {**{f"sub/{name}": data for name, data in PLAIN.items()}, **PLAIN}
    files["large.bin"] = b"x" * 100000
    case.new_resource("BOX", files, parent=SCAN)
    ran = case.run("fetch", case.url(BOX + "/files/sub"), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == PLAIN
    assert len(archives(case)) == 1 and "/files/sub/" in archives(case)[0] and singles(case) == []


def test_equal_base_names_in_several_directories(case):
    files = {f"{place}/{n:02}.txt": f"{place}{n:02}".encode() for place in ("a", "b", "a/b") for n in range(10)}
    case.new_resource("BOX", files, parent=SCAN)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == files


def test_names_that_look_like_an_archives_own_directories(case):
    files = {**PLAIN, "files/00.txt": b"A", "resources/9/files/00.txt": b"B", "x/resources/9/files/01.txt": b"C9"}
    for parent, base in ((SCAN, BOX), ("projects/sandbox", "projects/sandbox/resources/BOX")):
        case.new_resource("BOX", files, parent=parent)
        out = case.path("out-" + parent.replace("/", "-"))
        ran = case.run("fetch", case.url(base), out)
        assert ran.code == 0, ran.err
        assert tree_of(out) == files


@pytest.mark.parametrize("parent, base", [
    ("experiments/SITE_E00001", "projects/sandbox/experiments/subject001_BRAIN/resources/BOX"),
    ("projects/sandbox/subjects/SITE_S00001", "projects/sandbox/subjects/subject001/resources/BOX"),
    ("projects/sandbox", "projects/sandbox/resources/BOX"),
    ("experiments/SITE_E00002", "projects/sandbox/experiments/subject001_BRAIN/assessors/seg_subject001_BRAIN/"
                                "resources/BOX"),
])
def test_archives_of_every_level(case, parent, base):
    case.new_resource("BOX", PLAIN, parent=parent)
    ran = case.run("fetch", case.url(base), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == PLAIN
    assert len(archives(case)) == 1 and singles(case) == []


def test_a_resource_without_label_as_an_archive(case):
    number = case.new_resource("BOX", PLAIN, parent=SCAN)
    case.server.relabel(number, label="")
    ran = case.run("fetch", case.url(BOX.replace("BOX", number)), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == PLAIN and singles(case) == []


def test_large_files_do_not_go_into_the_archive_way(case):
    files = {**PLAIN, "large.bin": b"l" * (9 << 20)}
    case.new_resource("BOX", files, parent=SCAN)
    # A first listing reads the file for its digest, which looks like a catalog that takes its time.
    case.server.rows(f"/data/{SCAN}/resources/BOX/files")
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == files
    assert len(case.requests("large.bin")) == 1 and archives(case) == []


def test_an_interrupted_archive_keeps_whole_members(case, form):
    refuse_tar(case, form)
    files = {f"{n:02}.txt": bytes([65 + n]) * 5000 for n in range(30)}
    case.new_resource("BOX", files, parent=SCAN)
    case.server.fault(path=f"format={form}", stall_after=60000, stall_ms=30000, count=1)
    running = case.start("fetch", case.url(BOX), case.path("out"))
    end = time.monotonic() + 20
    while not case.path("out.partial").exists() or len(tree_of(case.path("out.partial"))) < 5:
        assert time.monotonic() < end
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    assert case.finish(running, timeout=10).code == 130
    kept = tree_of(case.path("out.partial"))
    assert kept and all(files[name] == data for name, data in kept.items())
    case.clear()
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0 and tree_of(case.path("out")) == files, ran.err
    assert not case.path("out.partial").exists()


def test_a_file_that_looks_like_a_page_is_a_file(case):
    page = b"<!DOCTYPE html>\n<html><head><title>Status page</title></head><body><h3>login</h3></body></html>\n"
    case.new_resource("PAGE", {"index.html": page, "data.xml": b"<xml/>"}, parent=SCAN)
    ran = case.run("fetch", case.url(BOX.replace("BOX", "PAGE")), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == {"index.html": page, "data.xml": b"<xml/>"}
