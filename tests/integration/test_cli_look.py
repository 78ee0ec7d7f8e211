# SPDX-License-Identifier: Apache-2.0
"""The commands that look and remove, with the file plugin and with the real one."""

import json
import os
import pty
import subprocess

import pytest

from cli import FAULT, FILE, IOPLUG, PLUGINS, environment, ioplug
from plugin_case import case, make_case, make_standin, standin  # noqa: F401

TOP = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"


@pytest.fixture
def tree(tmp_path):
    top = tmp_path / "tree"
    (top / "sub" / "deep").mkdir(parents=True)
    (top / "a b.txt").write_text("alpha\n")
    (top / "sub" / "x").write_bytes(bytes(range(256)))
    (top / "sub" / "deep" / "\u202ey\n").write_text("odd")
    return top


def url(path):
    return f"file://{path}".replace(" ", "%20")


def test_names(tree):
    assert ioplug(*FILE, "ls", url(tree)).lines == ["a b.txt", "sub/"]
    ran = ioplug(*FILE, "ls", "-R", url(tree))
    assert (ran.code, ran.lines) == (0, ["a b.txt", "sub/", "sub/deep/", "sub/deep/%E2%80%AEy%0A", "sub/x"])
    rows = [line.split(None, 5) for line in ioplug(*FILE, "ls", "-lR", url(tree)).lines]
    assert rows[0] == ["file", "-", "6", "-", "-", "a b.txt"] and rows[1] == ["directory", "-", "-", "-", "-", "sub/"]
    assert len({line.index("-", 12) for line in ioplug(*FILE, "ls", "-l", url(tree)).lines}) <= 2
    pairs = ioplug(*FILE, "--json", "ls", url(tree)).objects
    assert [pair["id"] for pair in pairs] == ["a b.txt", "sub"] and pairs[0]["bytes"] == 6
    assert ioplug(*FILE, "cat", pairs[0]["url"]).out == "alpha\n"


def test_names_that_are_no_utf8(tmp_path):
    os.makedirs(os.fsencode(tmp_path) + b"/odd")
    for name in (b"caf\xe9", b"\xff", b"ab\xf0"):
        with open(os.fsencode(tmp_path) + b"/odd/" + name, "wb"):
            pass
    assert len(ioplug(*FILE, "ls", "-l", url(tmp_path / "odd")).raw.split(b"\n")) == 4


def test_several_and_one_that_is_not_there(tree):
    ran = ioplug(*FILE, "ls", url(tree / "none"), url(tree))
    assert ran.code == 3 and ran.lines == ["a b.txt", "sub/"] and "none" in ran.err
    ran = ioplug(*FILE, "--json", "stat", url(tree / "none"), url(tree / "sub/x"))
    assert ran.code == 3 and [one.get("kind") for one in ran.objects] == ["not-found", None]
    assert ran.objects[1]["bytes"] == 256 and isinstance(ran.objects[1]["mtime"], int)
    ran = ioplug(*FILE, "stat", url(tree / "sub/x"), url(tree))
    assert ran.lines[0] == f"url: {url(tree / 'sub/x')}" and "bytes: 256" in ran.lines
    assert ran.lines[ran.lines.index("") + 1] == f"url: {url(tree)}"


@pytest.mark.parametrize("part, want", [
    ([], bytes(range(256))), (["--range", "0-0"], b"\0"), (["--range", "10-19"], bytes(range(10, 20))),
    (["--range", "250-"], bytes(range(250, 256))), (["--range=250-900"], bytes(range(250, 256))),
    (["--range", "256-"], b"")], ids=str)
def test_bytes(tree, part, want):
    ran = ioplug(*FILE, "cat", *part, url(tree / "sub/x"))
    assert (ran.code, ran.raw, ran.err) == (0, want, "")


@pytest.mark.parametrize("part", ["", "5", "-5", "5-4", "a-b", "0x1-2", "1-2-3", " 1-2", "99999999999999999999-"])
def test_what_is_no_range(tree, part):
    ran = ioplug(*FILE, "cat", "--range", part, url(tree / "sub/x"))
    assert ran.code == 2 and "FROM-TO" in ran.err and ran.raw == b""


def test_bytes_beyond_the_end(tree):
    assert ioplug(*FILE, "cat", "--range", "300-400", url(tree / "sub/x")).code == 2


def test_bytes_into_a_full_disk(tree):
    with open("/dev/full", "wb") as full:
        ran = ioplug(*FILE, "cat", url(tree / "sub/x"), stdout=full)
    assert ran.code == 10 and ran.err == "ioplug: io: writing to standard output: No space left on device\n"


def test_how_much(tree):
    ran = ioplug(*FILE, "du", url(tree / "sub"))
    assert ran.lines == [f"259\t2\t{url(tree / 'sub')}"] and ran.code == 0
    assert ioplug(*FILE, "du", url(tree / "a b.txt")).lines == [f"6\t1\t{url(tree / 'a b.txt')}"]
    (pair,) = ioplug(*FILE, "--json", "du", url(tree)).objects
    assert (pair["files"], pair["bytes"]) == (3, 265)


def test_removal_is_asked_for(tree):
    ran = ioplug(*FILE, "rm", url(tree / "sub/x"))
    assert ran.code == 2 and "--yes" in ran.err and (tree / "sub/x").exists()
    ran = ioplug(*FILE, "rm", "--dry-run", url(tree / "sub/x"))
    assert ran.code == 0 and ran.lines == [f"would remove file, 256 B: {url(tree / 'sub/x')}"] and (tree / "sub/x").exists()
    ran = ioplug(*FILE, "rm", "--yes", url(tree / "none"), url(tree / "sub/x"))
    assert ran.code == 3 and ran.lines == [url(tree / "sub/x")] and not (tree / "sub/x").exists()


class Asked:
    """A removal that has asked its question on a terminal."""

    def __init__(self, target):
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen([IOPLUG, *FILE, "rm", url(target)], stdin=theirs, stdout=subprocess.PIPE,
                                        stderr=theirs, env=environment())
        os.close(theirs)
        said = b""
        while b"[y/N]" not in said:
            said += os.read(self.terminal, 1000)
        assert b"remove file, 256 B: " in said and target.exists()

    def end(self):
        """What it printed as a result."""
        out, _ = self.process.communicate(timeout=30)
        os.close(self.terminal)
        return out.decode()


@pytest.mark.parametrize("answer, gone", [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("yesterday\n", False),
                                          ("\x04", False)])
def test_the_question_on_a_terminal(tree, answer, gone):
    target = tree / "sub/x"
    asked = Asked(target)
    os.write(asked.terminal, answer.encode())
    assert asked.end() == (url(target) + "\n" if gone else "")
    assert asked.process.returncode == (0 if gone else 130) and target.exists() is not gone


def test_a_signal_at_the_question(tree):
    asked = Asked(tree / "sub/x")
    asked.process.terminate()
    asked.end()
    assert asked.process.returncode == 143 and (tree / "sub/x").exists()


@pytest.mark.parametrize("arguments, words", [
    (["ls"], "one URL or more"), (["stat"], "one URL"), (["cat", "file:///a", "file:///b"], "one URL"), (["du", ""], "empty"),
    (["expand", "-l", "file:///a"], "expand has no -l"), (["ls", "--yes", "file:///a"], "ls has no --yes"),
    (["put", "--range", "1-", "a", "file:///b"], "put has no --range"), (["cat", "-R", "file:///a"], "cat has no -R"),
    (["ls", "--dry-run", "file:///a"], "ls has no --dry-run"), (["ls", "--long=no", "file:///a"], "no value"),
    (["cat", "--json", "file:///a"], "no --json")], ids=str)
def test_usage(arguments, words):
    ran = ioplug(*FILE, *arguments)
    assert ran.code == 2 and words in ran.err, ran.err


@pytest.mark.parametrize("command", ["ls", "stat", "cat", "du", "rm"])
def test_help_and_a_plugin_that_is_too_old(command):
    helped = ioplug(*FILE, command, "--help")
    assert helped.code == 0 and f"ioplug [OPTIONS] {command}" in helped.out and "Examples:" in helped.out
    more = ["--yes"] if command == "rm" else []
    verb = {"ls": "list", "cat": "read", "rm": "stat", "du": "stat"}.get(command, command)
    ran = ioplug(*FAULT, command, *more, "fault://ok")
    assert ran.code == 2 and f"plugin fault cannot {verb}\n" in ran.err, ran.err
    ran = ioplug("--plugin", str(PLUGINS / "wrong-old.so"), command, *more, "wrong://x")
    assert ran.code == 2 and f"cannot {verb}: it is older than this command" in ran.err, ran.err


def test_an_archive(case):
    """All levels, down to bytes; a removal takes nothing else along."""
    names = case.run("ls", case.url(TOP).replace("/data/archive/" + TOP, "/")).lines
    assert "sandbox/" in names
    assert case.run("ls", case.url(f"{TOP}/scans/1")).lines == ["DICOM/", "NIFTI/"]
    assert case.run("ls", case.url(f"{TOP}/scans/1/resources/DICOM")).lines == [f"000{i}.dcm" for i in (1, 2, 3, 4)]
    rows = case.run("ls", "-l", case.url(TOP)).lines
    assert rows[0].split()[0] == "scan" and rows[0].split()[5:] == ["1/", "T1,", "T1,", "usable"]
    case.new_resource("R", {"a.bin": b"0123456789", "d/b.bin": b"xyz"})
    others = len(case.server.sessions())
    at = case.url("projects/sandbox/resources/R")
    assert case.run("cat", "--range", "2-4", at + "/files/a.bin").out == "234"
    assert case.run("du", at).lines[0].split("\t")[:2] == ["13", "2"]
    case.clear()
    ran = case.run("rm", "--dry-run", "--json", at)
    assert ran.objects[0]["files"] == 2 and not [row for row in case.requests("/R") if row["method"] == "DELETE"]
    assert case.run("rm", "-y", at + "/files/a.bin").lines == [case.url("projects/sandbox/resources/R/files/a.bin")]
    assert case.run("ls", "-R", at).lines == ["d/", "d/b.bin"]
    ran = case.run("--json", "rm", "-y", case.url("projects/sandbox"))
    assert ran.code == 2 and "project" in ran.err and ran.objects[0]["kind"] == "usage"
    assert json.loads(case.run("--json", "rm", "-y", at).out)["files"] == 1
    assert case.run("stat", at).code == 3
    assert len(case.server.sessions()) == others


def test_how_much_costs_no_listing_of_files(case):
    whole = case.run("du", case.url("projects/sandbox")).lines[0].split("\t")
    listed = case.run("--json", "ls", "-R", case.url("projects/sandbox")).objects
    files = [one for one in listed if one["type"] == "file"]
    assert whole[:2] == [str(sum(one["bytes"] for one in files)), str(len(files))]
    case.clear()
    assert case.run("du", case.url("projects/sandbox")).code == 0
    assert not case.requests("/files")


def test_what_may_not_be_seen_is_said_to_be_left_out(case):
    case.server.fault(path="experiments/SITE_E00003/", status=403, count=-1)
    ran = case.run("du", case.url("projects/sandbox/subjects/subject001"))
    assert ran.code == 0 and "not counted" in ran.err, ran.err
    ran = case.run("ls", "-R", case.url("projects/sandbox/subjects/subject001"))
    assert ran.code == 0 and "passed over" in ran.err, ran.err


def test_what_is_odd_about_a_url_is_said_once(case):
    at = case.url("projects/sandbox/resources/DOCUMENTS").replace("xnat+http://", "xnat://") + "?insecure=true&nonsense=1"
    for command in ("du", "stat", "ls"):
        ran = case.run(command, at)
        assert ran.code == 0 and ran.err.count("is old") == 1 and ran.err.count("nonsense") == 1, ran.err


def test_a_question_and_what_changes_meanwhile(tree):
    """Somebody else puts another thing there; and the rest of a long line is no answer to the next question."""
    asked = Asked(tree / "sub/x")
    (tree / "sub/x").unlink()
    (tree / "sub/x").mkdir()
    os.write(asked.terminal, b"y\n")
    asked.end()
    assert asked.process.returncode in (6, 10) and (tree / "sub/x").is_dir()


@pytest.mark.parametrize("words, meant", [
    (["fetsh", "a", "b"], "'fetch'"), (["pt", "a", "b"], "'put'"), (["sl", "file:///"], "'ls'"), (["--jbos", "3", "plugins"], "--jobs"),
    (["ls", "--recursiv", "file:///"], "--recursive"), (["--jsn=1", "plugins"], "--json"), (["help", "expnd"], "'expand'"),
    (["upload", "a", "b"], None), (["--compress", "plugins"], None)], ids=str)
def test_slips(words, meant):
    ran = ioplug(*FILE, *words)
    assert ran.code == 2 and (f"is {meant} meant?" in ran.err if meant else "meant" not in ran.err), ran.err


def test_help_is_a_command_too():
    assert ioplug(*FILE, "help").out == ioplug(*FILE, "--help").out
    assert ioplug(*FILE, "help", "fetch").out == ioplug(*FILE, "fetch", "--help").out != ioplug(*FILE, "help").out
    assert ioplug("-V").out == ioplug("--version").out and ioplug("-V").code == 0
