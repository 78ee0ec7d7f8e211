# SPDX-License-Identifier: Apache-2.0
"""put of directories: what is taken, what is refused before anything is sent, one archive for many small files."""

import os
import socket

import pytest
from abi_host import AbiHost
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401
from put_case import SCAN, body, resources, scan_path, stored, uploads, whole, write, writes

FILES = {"a.txt": b"alpha\n", "sub/b c.txt": b"beta\n", "sub/dir/é#.txt": b"gamma\n", ".hidden/.dot": b"dot", "zero": b""}


@pytest.fixture
def tree(tmp_path):
    for name, data in FILES.items():
        write(tmp_path / "tree" / name, data)
    return tmp_path / "tree"


def expected(prefix=""):
    return {prefix + name: whole(data) for name, data in FILES.items()}


@pytest.mark.parametrize("tail, prefix, final", [
    ("NEW", "", "NEW"), ("NEW/files", "", "NEW"), ("NEW/files/", "", "NEW"),
    ("NEW/files/below", "below/", "NEW/files/below"), ("NEW/files/be%20low/x/", "be low/x/", "NEW/files/be%20low/x")])
def test_where_a_tree_goes_and_the_final_url(case, tree, tail, prefix, final):
    ran = case.run("put", tree, case.url(SCAN + tail))
    assert (ran.code, ran.err) == (0, ""), ran.err
    assert ran.lines == [case.url(SCAN + final)]
    assert len(uploads(case)) == 1
    assert stored(case, scan_path(case), "NEW") == expected(prefix)
    case.clear()
    assert case.run("put", f"{tree}/", case.url(SCAN + tail)).code == 0
    assert writes(case) == []
    ran = case.run("fetch", ran.lines[0], case.path("back"))
    assert ran.code == 0, ran.err
    assert {str(p.relative_to(case.path("back"))): p.read_bytes()
            for p in case.path("back").rglob("*") if p.is_file()} == FILES


def test_only_what_is_missing_is_sent(case, tree):
    assert case.run("put", tree, case.url(SCAN + "NEW")).code == 0
    write(tree / "more", b"more")
    case.clear()
    assert case.run("put", tree, case.url(SCAN + "NEW")).code == 0
    assert [row["path"].partition("?")[0].rpartition("/")[2] for row in uploads(case)] == ["more"]
    assert stored(case, scan_path(case), "NEW") == {**expected(), "more": whole(b"more")}


def test_one_different_file_is_a_conflict_and_nothing_is_sent(case, tree):
    assert case.run("put", tree, case.url(SCAN + "NEW")).code == 0
    write(tree / "a.txt", b"omega\n")
    write(tree / "more", b"more")
    case.clear()
    ran = case.run("put", tree, case.url(SCAN + "NEW"))
    assert ran.code == 6 and "a.txt" in ran.err and "overwrite=true" in ran.err and "zero" not in ran.err, ran.err
    assert writes(case) == []
    ran = case.run("put", tree, case.url(SCAN + "NEW?overwrite=true"))
    assert ran.code == 0, ran.err
    want = {**expected(), "more": whole(b"more"), "a.txt": whole(b"omega\n")}
    assert stored(case, scan_path(case), "NEW") == want
    assert body(case, scan_path(case), "NEW", "a.txt") == b"omega\n"


def test_many_conflicts_are_counted(case):
    for number in range(20):
        write(case.path("many") / f"{number:02}", b"one")
    assert case.run("put", case.path("many"), case.url(SCAN + "NEW")).code == 0
    for number in range(20):
        write(case.path("many") / f"{number:02}", b"other")
    ran = case.run("put", case.path("many"), case.url(SCAN + "NEW"))
    assert ran.code == 6 and "00" in ran.err and "more" in ran.err and ran.err.count("\n") == 1, ran.err


def test_a_thousand_small_files_are_one_upload(case):
    for number in range(1000):
        write(case.path("many") / f"{number // 100}" / f"{number}.dcm", b"%d" % number)
    ran = case.run("put", case.path("many"), case.url(SCAN + "NEW"))
    assert ran.code == 0, ran.err
    assert len(uploads(case)) == 1 and len(case.requests()) <= 12
    assert len(stored(case, scan_path(case), "NEW")) == 1000
    assert list(case.directory.glob("*.zip")) == []


def test_what_the_archive_adds_is_no_progress(case, tree):
    """All of it is sent while the server is still at work, and never more than that."""
    case.server.fault(method="PUT", path="/files/", delay_ms=700)
    with AbiHost(case) as host:
        put = host.put(str(tree), case.url(SCAN + "PROGRESS"))
    total = sum(len(data) for data in tree_of(tree).values())
    assert put.kind == "ok" and put.bytes[-1] == [total, total] and put.bytes.count([total, total]) > 1
    assert all(done <= total for done, _ in put.bytes), put.bytes


def test_links(case, tree):
    os.symlink("../a.txt", tree / "sub" / "inside")
    ran = case.run("put", tree, case.url(SCAN + "NEW"))
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {**expected(), "sub/inside": whole(FILES["a.txt"])}


@pytest.mark.parametrize("kind", ["outside", "absolute", "directory", "dangling", "loop", "fifo", "socket"])
def test_what_cannot_be_sent_is_refused_before_anything_is(case, tree, kind):
    odd = tree / "sub" / "odd"
    write(case.path("elsewhere"), b"outside")
    made = socket.socket(socket.AF_UNIX)
    if kind == "fifo":
        os.mkfifo(odd)
    elif kind == "socket":
        made.bind(str(odd))
    else:
        os.symlink({"outside": "../../elsewhere", "absolute": str(case.path("elsewhere")), "directory": "dir",
                    "dangling": "nowhere", "loop": "odd"}[kind], odd)
    ran = case.run("put", tree, case.url(SCAN + "NEW"))
    made.close()
    assert ran.code == 10 and "sub/odd" in ran.err and ran.err.startswith("ioplug: io: "), (ran.code, ran.err)
    assert writes(case) == []


def test_a_link_to_the_tree_itself_is_followed(case, tree):
    os.symlink(tree, case.path("link"))
    ran = case.run("put", case.path("link"), case.url(SCAN + "NEW"))
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == expected()


def test_empty_directories(case, tree):
    (tree / "nothing" / "below").mkdir(parents=True)
    assert case.run("put", tree, case.url(SCAN + "NEW")).code == 0
    assert stored(case, scan_path(case), "NEW") == expected()
    case.path("empty").mkdir()
    ran = case.run("put", case.path("empty"), case.url(SCAN + "VOID"))
    assert ran.code == 0 and ran.lines == [case.url(SCAN + "VOID")], ran.err
    assert len(resources(case, scan_path(case), "VOID")) == 1 and stored(case, scan_path(case), "VOID") == {}


@pytest.mark.parametrize("name", ["DICOM_catalog.xml", ".~lock-1", "a\nb", "a\\b"])
def test_one_bad_name_refuses_the_tree(case, tree, name):
    write(tree / "sub" / name, b"x")
    ran = case.run("put", tree, case.url(SCAN + "NEW"))
    assert ran.code == 2, (ran.code, ran.err)
    assert case.requests() == []


def test_large_and_small_files_together(case, tree):
    data = os.urandom(3 << 20)
    write(tree / "large.bin", data)
    ran = case.run("put", tree, case.url(SCAN + "NEW"))
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW")["large.bin"] == whole(data)
    assert body(case, scan_path(case), "NEW", "large.bin") == data


def test_a_tree_that_meets_a_file(case, tree):
    """A file stands where a directory would have to be."""
    assert case.run("put", write(case.path("x"), b"x"), case.url(SCAN + "NEW/files/sub")).code == 0
    case.clear()
    ran = case.run("put", tree, case.url(SCAN + "NEW"))
    assert ran.code == 6 and "sub" in ran.err, (ran.code, ran.err)
    assert writes(case) == []


def test_old_server(make_case, tree):
    case = make_case(version="1.7")
    ran = case.run("put", tree, case.url(SCAN + "NEW"))
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == expected()




def small_files(case, number=16, size=1000):
    files = {f"{index:02}": os.urandom(size) for index in range(number)}
    for name, data in files.items():
        write(case.path("small") / name, data)
    return files


def test_an_archive_that_is_too_large_for_a_proxy_is_sent_in_parts(case):
    files = small_files(case)
    case.server.fault(method="PUT", path="/files/upload.zip", count=2, status=413, body="nginx")
    ran = case.run("put", case.path("small"), case.url(SCAN + "NEW"))
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {name: whole(data) for name, data in files.items()}
    statuses = [row["status"] for row in uploads(case)]
    assert statuses[:2] == [413, 413] and set(statuses[2:]) == {200} and 4 <= len(statuses[2:]) <= 6, statuses


def test_a_proxy_that_takes_single_files_only(case, tree):
    files = small_files(case)
    case.server.fault(method="PUT", path="/files/upload.zip", count=-1, status=413, body="nginx")
    ran = case.run("put", case.path("small"), case.url(SCAN + "NEW"))
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {name: whole(data) for name, data in files.items()}
    assert len(uploads(case)) == 4 + len(files)


@pytest.mark.parametrize("size", [1, 1000])
def test_a_single_file_that_is_too_large_is_said_to_be(case, size):
    small_files(case, size=size)
    case.server.fault(method="PUT", path="/files/", count=-1, status=413, body="nginx")
    ran = case.run("put", case.path("small"), case.url(SCAN + "NEW"))
    assert ran.code == 8 and "413" in ran.err and "sending 00:" in ran.err, (ran.code, ran.err)
    assert len(uploads(case)) == 5


@pytest.mark.parametrize("status", [400, 415])
def test_a_server_that_takes_no_archive_gets_the_files_one_by_one(case, status):
    files = small_files(case)
    case.server.fault(method="PUT", path="/files/upload.zip", count=-1, status=status)
    ran = case.run("put", case.path("small"), case.url(SCAN + "NEW"))
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {name: whole(data) for name, data in files.items()}
    assert len(uploads(case)) == 1 + len(files)


def test_files_that_only_an_archive_keeps_end_where_none_is_taken(case, tree):
    case.server.fault(method="PUT", path="/files/upload.zip", count=-1, status=400, message="no archives")
    ran = case.run("put", tree, case.url(SCAN + "NEW"))
    assert ran.code == 8 and "no archives" in ran.err, (ran.code, ran.err)
