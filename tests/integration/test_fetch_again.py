# SPDX-License-Identifier: Apache-2.0
"""fetch: once more over what is there: only what is missing or differs."""

import os
import re
import time
from email.utils import parsedate_to_datetime

import pytest
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401

BOX = "projects/sandbox/resources/BOX"
FILES = {"a.txt": b"alpha\n", "b.txt": b"beta\n", "sub/c.txt": b"gamma\n"}


def again(case, **settings):
    """Fetches once more; the paths that were asked for."""
    case.clear()
    ran = case.run("fetch", case.url(BOX), case.path("out"), **settings)
    assert ran.code == 0, ran.err
    rows = [row for row in case.requests("/files") if not row["path"].endswith("/files?format=json")]
    return ran, rows


def first(case, files=None):
    number = case.new_resource("BOX", FILES if files is None else files)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    return number


def names(rows):
    return sorted(row["path"].rpartition("/files/")[2] for row in rows)


def test_nothing_is_transferred_twice(case):
    first(case)
    ran, rows = again(case)
    assert rows == [] and ran.err == ""
    assert tree_of(case.path("out")) == FILES


@pytest.mark.parametrize("change", [b"ALPHA\n", b"longer than before\n", b""])
def test_what_differs_is_replaced(case, change):
    first(case)
    stamp = os.stat(case.path("out/a.txt")).st_mtime
    case.path("out/a.txt").write_bytes(change)
    os.utime(case.path("out/a.txt"), (stamp, stamp))
    ran, rows = again(case)
    assert names(rows) == ["a.txt"]
    assert ran.err == "ioplug: warning: 1 file here differed from the server's, and was replaced\n"
    assert tree_of(case.path("out")) == FILES


def test_what_was_done_is_counted(case):
    first(case)
    case.path("out/a.txt").write_bytes(b"mine")
    case.path("out/b.txt").unlink()
    ran = case.run("-v", "fetch", case.url(BOX), case.path("out"))
    assert re.search(r"done, 2 files transferred, 1 kept, 1 replaced, \d+ requests, \d+ bytes, [\d.]+ s\n", ran.err), ran.err
    listed = case.path("list")
    case.path("out/b.txt").write_bytes(b"mine")
    listed.write_text(f"out\t{case.url(BOX)}/files/b.txt\nout/sub\t{case.url(BOX)}/files/sub/c.txt\n")
    ran = case.run("-v", "fetch", "--list", listed, case.path("."))
    assert "done, 2 files transferred, 0 kept, 1 replaced" in ran.err, ran.err
    assert case.run("-v", "fetch", "--list", listed, case.path(".")).err.count("0 files transferred, 2 kept") == 1


def test_what_is_missing_comes(case):
    first(case)
    case.path("out/sub/c.txt").unlink()
    case.path("out/sub").rmdir()
    _, rows = again(case)
    assert names(rows) == ["sub/c.txt"]
    assert tree_of(case.path("out")) == FILES


def test_many_missing_come_as_an_archive_and_others_stay(case):
    files = {f"{n:02}.txt": b"%d" % n * 50 for n in range(40)}
    first(case, files)
    kept = os.stat(case.path("out/39.txt")).st_ino
    for n in range(30):
        case.path(f"out/{n:02}.txt").unlink()
    _, rows = again(case)
    assert len(rows) == 1 and "format=tar" in rows[0]["path"]
    assert tree_of(case.path("out")) == files and os.stat(case.path("out/39.txt")).st_ino == kept


def test_local_files_stay_and_are_counted(case):
    first(case)
    case.path("out/mine.txt").write_text("mine")
    case.path("out/own").mkdir()
    case.path("out/own/two.txt").write_text("two")
    ran, rows = again(case)
    assert rows == []
    assert "warning" in ran.err and "2 " in ran.err and ran.err.count("\n") == 1, ran.err
    assert case.path("out/mine.txt").read_text() == "mine" and case.path("out/own/two.txt").read_text() == "two"


def test_a_single_file_is_not_fetched_twice(case):
    case.new_resource("BOX", FILES)
    for transfers in (1, 0):
        case.clear()
        ran = case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("one"))
        assert ran.code == 0 and ran.lines == [str(case.path("one"))], ran.err
        assert len(case.requests("/files/a.txt")) == transfers
    assert case.path("one").read_bytes() == FILES["a.txt"]


def test_a_single_file_that_differs_is_replaced(case):
    case.new_resource("BOX", FILES)
    case.path("one").write_bytes(b"ALPHA\n")
    assert case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("one")).code == 0
    assert case.path("one").read_bytes() == FILES["a.txt"]


def test_without_digests_a_question_is_enough(make_case):
    case = make_case(checksums=False)
    first(case)
    _, rows = again(case)
    assert sorted({row["status"] for row in rows if row["method"] == "GET"}) == [304]
    assert sum(row["bytes_out"] for row in rows) < 2000
    assert tree_of(case.path("out")) == FILES


def test_without_digests_a_local_change_of_equal_size_is_seen(make_case):
    case = make_case(checksums=False)
    first(case)
    case.path("out/a.txt").write_bytes(b"ALPHA\n")
    _, rows = again(case)
    assert [row["status"] for row in rows if row["path"].endswith("a.txt")][-1] == 200
    assert tree_of(case.path("out")) == FILES


@pytest.mark.parametrize("offset", [-3600, 3600])
def test_without_digests_another_time_is_a_difference(make_case, offset):
    case = make_case(checksums=False)
    first(case)
    stamp = os.stat(case.path("out/a.txt")).st_mtime + offset
    case.path("out/a.txt").write_bytes(b"ALPHA\n")
    os.utime(case.path("out/a.txt"), (stamp, stamp))
    again(case)
    assert tree_of(case.path("out")) == FILES


def test_without_digests_a_change_on_the_server_is_seen(make_case):
    case = make_case(checksums=False)
    first(case)
    time.sleep(1.1)
    answer = case.server.put("/data/" + BOX + "/files/a.txt?overwrite=true&inbody=true", b"other\n")
    assert answer.status == 200
    again(case)
    assert tree_of(case.path("out")) == {**FILES, "a.txt": b"other\n"}


def test_without_digests_the_time_is_the_servers(make_case):
    case = make_case(checksums=False)
    first(case)
    date = case.server.get("/data/" + BOX + "/files/a.txt").get("Last-Modified")
    assert os.stat(case.path("out/a.txt")).st_mtime == parsedate_to_datetime(date).timestamp()


def test_in_partial_size_is_enough(make_case):
    case = make_case(checksums=False)
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", status=404, count=-1)
    assert case.run("fetch", case.url(BOX), case.path("out")).code == 3
    assert sorted(tree_of(case.path("out.partial"))) == ["b.txt", "sub/c.txt"]
    case.server.clear_faults()
    _, rows = again(case)
    assert names(rows) == ["a.txt"]
    assert tree_of(case.path("out")) == FILES and not case.path("out.partial").exists()


def test_a_failed_refresh_of_a_tree_that_exists_leaves_it_whole(case):
    first(case)
    case.path("out/a.txt").write_bytes(b"local\n")
    case.path("out/b.txt").unlink()
    case.server.fault(path="files/a.txt", status=404, count=-1)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 3, (ran.code, ran.err)
    assert tree_of(case.path("out")) == {**FILES, "a.txt": b"local\n"}
    assert not case.path("out.partial").exists()


def test_a_file_where_the_server_has_a_directory(case):
    case.new_resource("BOX", FILES)
    case.path("out").mkdir()
    case.path("out/sub").write_text("a file")
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 10, (ran.code, ran.err)
    assert "sub" in ran.err and case.path("out/sub").read_text() == "a file"


def test_a_directory_where_the_server_has_a_file(case):
    case.new_resource("BOX", FILES)
    case.path("out/a.txt").mkdir(parents=True)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 10, (ran.code, ran.err)
    assert "a.txt" in ran.err and case.path("out/a.txt").is_dir()


def test_without_digests_a_tree_from_a_tar_has_the_servers_dates(make_case):
    """So the second run finds all unchanged."""
    case = make_case(checksums=False)
    first(case, {f"{n:02}.txt": b"%d\n" % n for n in range(20)})
    _, rows = again(case)
    assert len(rows) >= 20 and {row["status"] for row in rows} <= {304, 200} and sum(row["bytes_out"] for row in rows) == 0


def test_without_digests_a_tree_from_a_zip_settles(make_case):
    """There dates are coarse and without a zone; the second run brings the server's, the third finds all unchanged."""
    case = make_case(checksums=False)
    case.server.fault(path="format=tar", status=404, body="empty", count=-1)
    first(case, {f"{n:02}.txt": b"%d\n" % n for n in range(20)})
    again(case)
    _, rows = again(case)
    assert len(rows) >= 20 and {row["status"] for row in rows} <= {304, 200} and sum(row["bytes_out"] for row in rows) == 0
