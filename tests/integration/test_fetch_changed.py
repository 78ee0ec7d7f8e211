# SPDX-License-Identifier: Apache-2.0
"""fetch --keep-changed: files that were changed here are nobody's to replace."""

import os

import pytest
from cli import FILE, ioplug, url
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401

BOX = "projects/sandbox/resources/BOX"
FILES = {"a.txt": b"alpha\n", "b.txt": b"beta\n", "sub/c.txt": b"gamma\n"}


def first(case, files=None):
    number = case.new_resource("BOX", FILES if files is None else files)
    assert case.run("fetch", case.url(BOX), case.path("out")).code == 0
    return number


def again(case, *more, **settings):
    return case.run("fetch", *more, case.url(BOX), case.path("out"), **settings)


@pytest.mark.parametrize("change", [b"ALPHA\n", b"longer than before\n", b""])
def test_a_changed_file_stays_and_the_others_come(case, change):
    first(case)
    case.path("out/a.txt").write_bytes(change)
    case.path("out/b.txt").unlink()
    ran = again(case, "--keep-changed")
    assert ran.code == 6 and ran.out == "", ran.err
    assert ran.err.startswith("ioplug: conflict: 1 of 3 files in ") and "are kept: a.txt; move them away" in ran.err
    assert tree_of(case.path("out")) == {**FILES, "a.txt": change}
    # The same as a setting.
    assert again(case, keep_changed="true").err == ran.err
    ran = again(case)
    assert ran.code == 0 and "1 file here differed" in ran.err and tree_of(case.path("out")) == FILES
    # Who says that they are to be replaced need not be told.
    case.path("out/a.txt").write_bytes(change)
    ran = again(case, keep_changed="false")
    assert (ran.code, ran.err, tree_of(case.path("out"))) == (0, "", FILES)


def test_nothing_changed_is_a_success(case):
    first(case)
    assert (again(case, "--keep-changed").code, again(case, "--keep-changed").err) == (0, "")
    assert case.run("fetch", "--keep-changed", case.url(BOX), case.path("new")).code == 0
    assert tree_of(case.path("new")) == FILES


def test_what_changed_on_the_server_cannot_be_told_apart(case):
    first(case)
    assert case.run("put", write(case, "newer", b"newer\n"), case.url(BOX) + "/files/a.txt?overwrite=true").code == 0
    assert again(case, "--keep-changed").code == 6
    assert tree_of(case.path("out")) == FILES


def write(case, name, data):
    case.path(name).write_bytes(data)
    return case.path(name)


def test_ten_are_named_and_the_others_counted(case):
    files = {f"{i:02}.txt": b"x" * (i + 1) for i in range(13)}
    first(case, files)
    for name in files:
        write(case, f"out/{name}", b"mine")
    ran = again(case, "--keep-changed")
    assert ran.code == 6 and "13 of 13 files" in ran.err
    assert "00.txt, 01.txt, 02.txt, " in ran.err and "09.txt and 3 more;" in ran.err and "10.txt" not in ran.err
    assert set(tree_of(case.path("out")).values()) == {b"mine"}


@pytest.mark.parametrize("stamp", [None, 1_500_000_000], ids=["edited", "dated"])
def test_without_a_digest_the_bytes_decide(make_case, stamp):
    """Of equal size, and no MD5 is listed: it is known when the server's file has come."""
    case = make_case(checksums=False)
    first(case)
    for name, data in [("a.txt", b"ALPHA\n"), ("b.txt", FILES["b.txt"])]:
        write(case, f"out/{name}", data)
        if stamp is not None:
            os.utime(case.path(f"out/{name}"), (stamp, stamp))
    ran = again(case, "--keep-changed")
    assert ran.code == 6 and "1 of 3 files" in ran.err and "are kept: a.txt;" in ran.err, ran.err
    assert tree_of(case.path("out")) == {**FILES, "a.txt": b"ALPHA\n"}


def test_a_single_file_and_lists(case):
    first(case)
    write(case, "out/a.txt", b"mine")
    ran = case.run("fetch", "--keep-changed", case.url(BOX) + "/files/a.txt", case.path("out/a.txt"))
    assert ran.code == 6 and f"{case.path('out/a.txt')} differs from the server's file, and is kept" in ran.err
    case.path("list").write_text(f"out\t{case.url(BOX)}/files/a.txt\nnew\t{case.url(BOX)}/files/b.txt\n")
    ran = case.run("fetch", "--keep-changed", "--list", case.path("list"), case.path("."))
    assert ran.code == 6 and "out/a.txt differs from the server's file, and is kept" in ran.err
    assert case.path("out/a.txt").read_bytes() == b"mine" and case.path("new/b.txt").read_bytes() == FILES["b.txt"]


def test_a_dry_run_tells_the_conflict(case):
    first(case)
    write(case, "out/a.txt", b"mine")
    case.path("out/b.txt").unlink()
    ran = again(case, "--keep-changed", "--dry-run")
    assert ran.code == 6, ran.err
    assert [line.split("\t")[0] for line in ran.lines] == ["conflict", "fetch", "keep"], ran.out
    assert tree_of(case.path("out")) == {"a.txt": b"mine", "sub/c.txt": FILES["sub/c.txt"]}


def test_a_plugin_that_does_not_know_it_is_refused(tmp_path):
    (tmp_path / "there").write_text("theirs")
    (tmp_path / "mine").write_text("mine")
    ran = ioplug(*FILE, "fetch", "--keep-changed", url(tmp_path / "there"), str(tmp_path / "mine"))
    assert ran.code == 2 and "plugin file has no setting keep_changed" in ran.err
    ran = ioplug(*FILE, "fetch", "--keep-changed", "--list", "-", str(tmp_path),
                 stdin=f"\t{url(tmp_path / 'there')}\n".encode())
    assert ran.code == 2 and "plugin file has no setting keep_changed" in ran.err
    assert (tmp_path / "mine").read_text() == "mine"
    assert ioplug(*FILE, "put", "--keep-changed", "a", "file:///b").code == 2
