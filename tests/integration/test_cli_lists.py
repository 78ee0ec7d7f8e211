# SPDX-License-Identifier: Apache-2.0
"""The command `ioplug fetch --list` from outside."""

import shutil
import signal
import subprocess
import time

import pytest

from cli import BOTH, FILE, IOPLUG, environment, files_below, ioplug, url
from cli import tree  # noqa: F401 (a fixture)


def test_list_of_an_expand(tree, tmp_path):
    found = ioplug(*FILE, "expand", url(tree) + "/")
    ran = ioplug(*FILE, "fetch", "--list", "-", "got", stdin=found.raw, cwd=tmp_path)
    assert ran.code == 0
    assert [line.split("\t")[0] for line in ran.lines] == ["a.txt", "b c.txt", "sub"]
    assert files_below(tmp_path / "got") == {"a.txt/a.txt": "alpha\n", "b c.txt/b c.txt": "beta\n", "sub/x": "x\n"}
    assert ran.err == "ioplug: summary: 3 fetched, 0 kept, 0 failed\n"


def test_list_names(tree, tmp_path):
    source = url(tree / "a.txt")
    ids = ["a", "a", "a~2", "a", "../x", "..", ".", "#no comment", " ", "é"]
    (tmp_path / "list").write_bytes("".join(f"{i}\t{source}\r\n" for i in ids).encode() + b"\r\n\n")
    ran = ioplug(*FILE, "-q", "fetch", "--list", str(tmp_path / "list"), "got", cwd=tmp_path)
    names = ["a", "a~2", "a~2~2", "a~3", "..%2Fx", "%2E%2E", "%2E", "#no comment", " ", "é"]
    assert ran.code == 0
    assert ran.lines == [f"{i}\tgot/{name}/a.txt" for i, name in zip(ids, names)]
    assert sorted(path.name for path in (tmp_path / "got").iterdir()) == sorted(names)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["got", "list", "source"]
    assert ran.err == ""


def test_list_goes_on_past_failures_in_order(tree, tmp_path):
    lines = f"one\tfault://5\ntwo\t{url(tree / 'a.txt')}\nthree\tfault://2\n\tfault://4\nfour\tnope://x\nfive\t\n"
    ran = ioplug(*BOTH, "fetch", "--json", "--list", "-", "got", stdin=lines.encode(), cwd=tmp_path)
    assert ran.code == 6
    assert [(entry["id"], entry.get("kind")) for entry in ran.objects] == [
        ("one", "conflict"),
        ("two", None),
        ("three", "not-found"),
        ("", "auth"),
        ("four", "usage"),
        ("five", "usage"),
    ]
    assert ran.objects[0] == {"id": "one", "url": "fault://5", "error": "as asked for", "kind": "conflict"}
    assert ran.objects[1] == {"id": "two", "url": url(tree / "a.txt"), "path": "got/two/a.txt"}
    told = ran.err.splitlines()
    assert told[0] == "ioplug: conflict: one: as asked for"
    assert "ioplug: auth: fault://4: as asked for" in told
    assert "ioplug: summary: 1 fetched, 0 kept, 5 failed" in told


def test_list_without_ids(tree, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(tree / "a.txt", other / "a.txt")
    lines = f"{url(tree / 'a.txt')}\n{url(tree / 'b c.txt')}\n{url(other / 'a.txt')}\n"
    ran = ioplug(*FILE, "fetch", "--list", "-", "got", stdin=lines.encode(), cwd=tmp_path)
    assert ran.code == 6
    assert ran.lines == ["\tgot/a.txt", "\tgot/b c.txt"]
    assert f"ioplug: conflict: {url(other / 'a.txt')}: " in ran.err
    assert files_below(tmp_path / "got") == {"a.txt": "alpha\n", "b c.txt": "beta\n"}


@pytest.mark.parametrize("jobs", ["1", "8"])
def test_two_trees_do_not_mix(tree, tmp_path, jobs):
    other = tmp_path / "other"
    other.mkdir()
    (other / "y").write_text("y\n")
    lines = f"{url(tree)}\n{url(other)}\nid\t{url(other)}\n"
    ran = ioplug(*FILE, "-j", jobs, "fetch", "--list", "-", "got", stdin=lines.encode(), cwd=tmp_path)
    assert ran.code == 6
    assert ran.lines == [f"\t{tmp_path}/got", f"id\t{tmp_path}/got/id"]
    assert files_below(tmp_path / "got") == {**files_below(tree), "id/y": "y\n"}


def test_same_path_under_different_names(tree, tmp_path):
    """Nothing in the URL shows that it is a tree: the first one is a file, the second and third both fill `got`."""
    lines = f"{url(tree / 'a.txt')}\n{url(tree / 'sub')}\n{url(tree)}\n"
    ran = ioplug(*FILE, "fetch", "--list", "-", "got", stdin=lines.encode(), cwd=tmp_path)
    assert ran.code == 6
    assert ran.lines == ["\tgot/a.txt", f"\t{tmp_path}/got"]


def test_lists_that_are_odd(tmp_path):
    empty = ioplug(*FILE, "fetch", "--list", "-", "got", stdin=b"\n\r\n", cwd=tmp_path)
    assert (empty.code, empty.out) == (0, "")
    missing = ioplug(*FILE, "fetch", "--list", "none", "got", cwd=tmp_path)
    assert missing.code == 10
    assert missing.err == "ioplug: io: cannot read the list none: No such file or directory\n"
    assert ioplug(*FILE, "fetch", "--list", ".", "got", cwd=tmp_path).code == 10
    (tmp_path / "file").write_text("")
    assert ioplug(*FILE, "fetch", "--list", "-", "file", cwd=tmp_path).code == 10
    binary = ioplug(*FILE, "fetch", "--list", "-", "got", stdin=b"\x00\xff\t\x00\n\xff\xfe\n", cwd=tmp_path)
    assert binary.code == 2
    assert not (tmp_path / "got").exists()


def test_entries_run_at_the_same_time(tree, tmp_path):
    lines = "".join(f"{i}\t{url(tree / 'a.txt')}\n" for i in range(8)).encode()
    slow = ["-o", "chunk_delay=400", "fetch", "--list", "-"]
    start = time.monotonic()
    assert ioplug(*FILE, *slow, "eight", stdin=lines, cwd=tmp_path).code == 0
    together = time.monotonic() - start
    start = time.monotonic()
    assert ioplug(*FILE, "-j4", *slow, "four", stdin=lines, cwd=tmp_path).code == 0
    halved = time.monotonic() - start
    assert 0.4 <= together < 1.6
    assert 0.8 <= halved < 2.4


def test_results_come_as_soon_as_order_allows(tree, tmp_path):
    lines = f"a\t{url(tree / 'a.txt')}\nb\tfault://hang\n".encode()
    with subprocess.Popen(
        [IOPLUG, *BOTH, "fetch", "--list", "-", "got"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env=environment(),
    ) as process:
        process.stdin.write(lines)
        process.stdin.close()
        assert process.stdout.readline() == b"a\tgot/a/a.txt\n"
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 143
