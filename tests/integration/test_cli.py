# SPDX-License-Identifier: Apache-2.0
"""The command `ioplug` from outside: expand, fetch, put, plugins, settings, usage and help."""

import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from cli import BOTH, EXAMPLE_HOST, FAULT, FILE, IOPLUG, PLUGINS, environment, files_below, ioplug, url
from cli import tree  # noqa: F401 (a fixture)

# --- expand ---------------------------------------------------------------------------------------------------------


def test_expand(tree):
    ran = ioplug(*FILE, "expand", url(tree) + "/")
    assert ran.code == 0
    assert ran.lines == [f"a.txt\t{url(tree / 'a.txt')}", f"b c.txt\t{url(tree / 'b c.txt')}", f"sub\t{url(tree / 'sub')}"]
    assert ran.err == ""


def test_expand_of_one_thing_has_an_empty_id(tree):
    assert ioplug(*FILE, "expand", url(tree / "a.txt")).out == f"\t{url(tree / 'a.txt')}\n"
    assert ioplug(*FILE, "--json", "expand", url(tree)).objects == [{"id": "", "url": url(tree)}]


def test_expand_nothing_is_success(tree):
    ran = ioplug(*FILE, "expand", url(tree) + "/*.nii")
    assert (ran.code, ran.out) == (0, "")
    assert "warning: nothing matches" in ran.err


def test_expand_json(tree):
    ran = ioplug(*FILE, "expand", "--json", url(tree) + "/*.txt")
    assert ran.objects == [
        {"id": "a.txt", "url": url(tree / "a.txt"), "name": "a.txt", "files": 1, "bytes": 6},
        {"id": "b c.txt", "url": url(tree / "b c.txt"), "name": "b c.txt", "files": 1, "bytes": 5},
    ]


def test_expand_goes_on_and_ends_with_the_first_failure(tree):
    ran = ioplug(*BOTH, "expand", "--json", "fault://4", url(tree / "a.txt"), "fault://2")
    assert ran.code == 5
    assert ran.objects == [
        {"url": "fault://4", "error": "as asked for", "kind": "auth"},
        {"id": "", "url": url(tree / "a.txt")},
        {"url": "fault://2", "error": "as asked for", "kind": "not-found"},
    ]
    assert ran.err.splitlines()[:2] == [
        "ioplug: auth: fault://4: as asked for",
        "ioplug: not-found: fault://2: as asked for",
    ]


def test_wild_output():
    plain = ioplug(*FAULT, "expand", "fault://wild")
    assert plain.out == "a%09b%0Ac\tfault://wild€\n"
    ran = ioplug(*FAULT, "--json", "expand", "fault://wild")
    assert len(ran.lines) == 1
    assert ran.objects == [
        {
            "id": "a\tb\nc",
            "url": "fault://wild€",
            "quote": '"\\\b\f\n\r\t\x01',
            "latin": "caf\ufffd",
            "files": 12,
            "bytes": "007",
        }
    ]


def test_bytes_that_are_no_text():
    ran = ioplug(*FILE, "--json", "expand", b"file:///x\xff\xfe")
    assert ran.code == 0
    assert ran.objects == [{"id": "", "url": "file:///x\ufffd\ufffd"}]
    assert ioplug(*FILE, "expand", b"\xff").code == 2
    assert ioplug(b"\xff\xfe").code == 2


# --- fetch and put --------------------------------------------------------------------------------------------------


def test_fetch_file(tree, tmp_path):
    ran = ioplug(*FILE, "fetch", url(tree / "b c.txt"), f"{tmp_path}/new/")
    assert (ran.code, ran.out, ran.err) == (0, f"{tmp_path}/new/b c.txt\n", "")
    assert (tmp_path / "new" / "b c.txt").read_text() == "beta\n"


def test_fetch_tree(tree, tmp_path):
    ran = ioplug(*FILE, "fetch", url(tree), str(tmp_path / "copy"), "--json")
    assert ran.objects == [{"id": "", "url": url(tree), "path": str(tmp_path / "copy")}]
    assert files_below(tmp_path / "copy") == files_below(tree)


def test_fetch_failure(tmp_path):
    ran = ioplug(*FILE, "--json", "fetch", url(tmp_path / "none"), str(tmp_path / "copy"))
    assert ran.code == 3
    (failed,) = ran.objects
    assert set(failed) == {"url", "error", "kind"}
    assert (failed["url"], failed["kind"]) == (url(tmp_path / "none"), "not-found")
    assert ran.err == f"ioplug: not-found: {failed['error']}\n"


def test_put(tree, tmp_path):
    target = tmp_path / "there" / "a.txt"
    ran = ioplug(*FILE, "put", str(tree / "a.txt"), url(tmp_path / "there") + "/")
    assert (ran.code, ran.out) == (0, url(target) + "\n")
    assert target.read_text() == "alpha\n"
    assert ioplug(*FILE, "put", str(tree / "a.txt"), url(target)).code == 0
    conflict = ioplug(*FILE, "put", str(tree / "b c.txt"), url(target), "--json")
    assert conflict.code == 6
    assert conflict.objects[0]["path"] == str(tree / "b c.txt")
    assert target.read_text() == "alpha\n"
    assert ioplug(*FILE, "put", str(tree / "b c.txt"), url(target) + "?overwrite=true").code == 0
    assert target.read_text() == "beta\n"


def test_put_json(tree, tmp_path):
    ran = ioplug(*FILE, "put", "--json", str(tree), url(tmp_path / "copy"))
    assert ran.objects == [{"path": str(tree), "url": url(tmp_path / "copy")}]


def test_words_after_two_dashes_are_no_options(tree, tmp_path):
    (tmp_path / "-j4").write_text("odd\n")
    ran = ioplug(*FILE, "put", "--", "-j4", url(tmp_path / "odd"), cwd=tmp_path)
    assert ran.code == 0
    assert (tmp_path / "odd").read_text() == "odd\n"


@pytest.mark.parametrize("verb", ["expand", "fetch"])
@pytest.mark.parametrize(
    "number, code, kind",
    [
        (1, 2, "usage"),
        (2, 3, "not-found"),
        (3, 4, "ambiguous"),
        (4, 5, "auth"),
        (5, 6, "conflict"),
        (6, 7, "network"),
        (7, 8, "server"),
        (8, 9, "integrity"),
        (9, 10, "io"),
        (10, 130, "cancelled"),
        (99, 8, "server"),
    ],
)
def test_kinds(verb, number, code, kind, tmp_path):
    arguments = [f"fault://{number}"] + ([str(tmp_path)] if verb == "fetch" else [])
    ran = ioplug(*FAULT, "-q", verb, *arguments)
    assert (ran.code, ran.out, ran.err) == (code, "", f"ioplug: {kind}: as asked for\n")


def test_words_of_the_server():
    ran = ioplug(*FAULT, "-q", "expand", "fault://words")
    assert ran.code == 5
    assert ran.err == "ioplug: auth: login refused (the server says: Your account is locked)\n"


def test_broken_answers_of_a_plugin(tmp_path):
    assert "returned no result" in ioplug(*FAULT, "fetch", "fault://null", "x", cwd=tmp_path).err
    ran = ioplug(*FAULT, "fetch", "fault://empty", "x", cwd=tmp_path)
    assert ran.code == 8
    assert "returned 0 results" in ran.err
    assert ioplug(*FAULT, "expand", "fault://empty").code == 0


# --- plugins and settings -------------------------------------------------------------------------------------------


def test_plugins():
    ran = ioplug(*BOTH, "plugins")
    assert ran.lines == [f"file\t1.0\tfile\t{PLUGINS}/file.so", f"fault\t1.0\tfault\t{PLUGINS}/fault.so"]
    ran = ioplug("plugins", "--json", *FILE)
    assert ran.objects == [{"name": "file", "version": "1.0", "schemes": ["file"], "file": f"{PLUGINS}/file.so"}]


def test_one_symbol_is_exported():
    listed = subprocess.run(["nm", "-D", "--defined-only", PLUGINS / "file.so"], capture_output=True, check=True)
    assert [line.split()[-1] for line in listed.stdout.splitlines()] == [b"ioplugin_entry"]


def test_search_path(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "file.so").symlink_to(PLUGINS / "file.so")
    (tmp_path / "two" / "fault.so").symlink_to(PLUGINS / "fault.so")
    (tmp_path / "two" / "text.so").write_text("no module")
    (tmp_path / "two" / "notes.txt").write_text("no module")
    env = environment(IOPLUG_PATH=f"{tmp_path}/one:{tmp_path}/none:{tmp_path}/two")
    ran = ioplug("plugins", env=env)
    assert ran.code == 0
    assert [line.split("\t")[0] for line in ran.lines] == ["file", "fault"]
    assert ran.err.count("warning: cannot load") == 1 and "text.so" in ran.err and "notes" not in ran.err
    # --plugin takes the place of the path.
    assert [line.split("\t")[0] for line in ioplug(*FAULT, "plugins", env=env).lines] == ["fault"]


def test_installed_and_moved(tmp_path):
    """A build tree has its plugins in plugin/; a program that was moved with its plugins finds them beside it."""
    program = tmp_path / "build" / "host-api" / "ioplug"
    program.parent.mkdir(parents=True)
    (tmp_path / "build" / "meson-info").mkdir()
    (tmp_path / "build" / "plugin").mkdir()
    shutil.copy(IOPLUG, program)
    shutil.copy(PLUGINS / "file.so", tmp_path / "build" / "plugin")
    done = subprocess.run([program, "plugins"], env=environment(), capture_output=True, check=True)
    assert done.stdout.decode() == f"file\t1.0\tfile\t{tmp_path}/build/plugin/file.so\n"
    moved = tmp_path / "moved" / "bin" / "ioplug"
    moved.parent.mkdir(parents=True)
    shutil.copy(IOPLUG, moved)
    done = subprocess.run([moved, "plugins"], env=environment(), capture_output=True, check=False)
    assert done.returncode == 11
    (looked,) = re.findall(rb"no plugin found; looked in (\S+) \(", done.stderr)
    assert looked.startswith(os.fsencode(tmp_path / "moved")) and looked.endswith(b"/ioplug")
    os.makedirs(looked)
    shutil.copy(PLUGINS / "file.so", os.fsdecode(looked))
    done = subprocess.run([moved, "plugins"], env=environment(), capture_output=True, check=True)
    assert done.stdout.startswith(b"file\t1.0\tfile\t" + looked)


def test_no_plugin(tmp_path):
    ran = ioplug("plugins", env=environment(IOPLUG_PATH=str(tmp_path)))
    assert ran.code == 11
    assert ran.err.startswith(f"ioplug: plugin: no plugin found; looked in {tmp_path} ")


@pytest.mark.parametrize(
    "name, words",
    [
        ("wrong-major.so", "made for plugin ABI 42.0, this host has 1.2"),
        ("wrong-symbol.so", "no ioplugin_entry symbol: not a plugin"),
        ("wrong-members.so", "has no free_result"),
        ("wrong-refusal.so", "it is not in the mood"),
        ("none.so", "No such file"),
    ],
)
def test_a_plugin_that_does_not_fit(name, words):
    ran = ioplug("--plugin", str(PLUGINS / name), "plugins")
    assert ran.code == 11
    assert ran.err.startswith("ioplug: plugin: cannot load ")
    assert words in ran.err


def test_first_plugin_keeps_the_scheme():
    ran = ioplug(*FILE, "--plugin", str(PLUGINS / "wrong-new.so"), "expand", "file:///x")
    assert (ran.code, ran.out) == (0, "\tfile:///x\n")
    assert "ioplug: warning: FILE:// stays with plugin file" in ran.err


def test_unknown_scheme():
    ran = ioplug(*BOTH, "expand", "http://me:secret@example.com/")
    assert ran.code == 2
    assert ran.err.startswith("ioplug: usage: no plugin serves http:// (known schemes: file, fault)")
    ran = ioplug(*BOTH, "--json", "expand", "http://me:secret@example.com/", "x")
    assert "secret" not in ran.out + ran.err
    assert ran.objects[0]["url"] == "http://me:***@example.com/"


def test_settings(tree, tmp_path):
    ran = ioplug(*BOTH, "-o", "colour=red", "expand", "file:///x")
    assert ran.code == 2
    assert "no setting is called 'colour'; there are: chunk_delay, jobs (see ioplug expand --help)" in ran.err
    start = time.monotonic()
    assert ioplug(*FILE, "-o", "chunk_delay=500", "fetch", url(tree / "a.txt"), str(tmp_path / "x")).code == 0
    assert time.monotonic() - start >= 0.5


def test_verb_that_a_plugin_lacks(tmp_path):
    ran = ioplug(*FAULT, "-q", "put", str(tmp_path), "fault://x")
    assert (ran.code, ran.err) == (2, "ioplug: usage: plugin fault cannot put\n")


# --- usage and help -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, hint",
    [
        ([], "ioplug --help"),
        (["frobnicate"], "ioplug --help"),
        (["--frobnicate"], "ioplug --help"),
        (["fetch", "--frobnicate"], "ioplug fetch --help"),
        (["expand"], "ioplug expand --help"),
        (["expand", ""], "ioplug expand --help"),
        (["fetch"], "ioplug fetch --help"),
        (["fetch", "a"], "ioplug fetch --help"),
        (["fetch", "a", ""], "ioplug fetch --help"),
        (["fetch", "a", "b", "c"], "ioplug fetch --help"),
        (["fetch", "--list", "l"], "ioplug fetch --help"),
        (["fetch", "--list", "l", "a", "b"], "ioplug fetch --help"),
        (["put", "a"], "ioplug put --help"),
        (["put", "--list", "l", "a", "b"], "ioplug put --help"),
        (["plugins", "a"], "ioplug plugins --help"),
        (["-j", "0", "plugins"], "ioplug --help"),
        (["-o", "x", "plugins"], "ioplug --help"),
        (["--progress", "x", "plugins"], "ioplug --help"),
        (["--json=no", "plugins"], "ioplug --help"),
    ],
)
def test_usage(arguments, hint):
    ran = ioplug(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert re.fullmatch(rf"ioplug: usage: .+ \(see {hint}\)\n", ran.err)


@pytest.mark.parametrize("command", ["expand", "fetch", "put", "plugins"])
def test_help(command):
    ran = ioplug(command, "--help", *FILE)
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[0].startswith(f"Usage: ioplug [OPTIONS] {command}")
    assert f"  ioplug {command} " in ran.out or f"{command} --list" in ran.out or f" {command}\n" in ran.out
    assert "Examples:" in ran.out
    assert "chunk_delay=0" in ran.out
    assert ioplug("--help", command, *FILE).out == ran.out
    assert max(map(len, ran.lines)) <= 160


def test_help_without_a_plugin(tmp_path):
    ran = ioplug("--help", env=environment(IOPLUG_PATH=str(tmp_path)))
    assert (ran.code, ran.err) == (0, "")
    for command in ["expand", "fetch", "put", "plugins"]:
        assert re.search(rf"ioplug .*{command}", ran.out)
    assert ioplug("frobnicate", "--help").code == 2


def test_version():
    version = ioplug("--version")
    assert version.code == 0
    assert re.fullmatch(r"ioplug \d+\.\d+\.\d+\n", version.out)
    for command in ["expand", "fetch", "put", "plugins"]:
        assert ioplug(command, "--version").out == version.out


# --- the example host -----------------------------------------------------------------------------------------------


def test_example_host(tree, tmp_path):
    """What a search finds does not stand in one place, and why something failed is said."""
    plugin = str(PLUGINS / "file.so")
    done = subprocess.run([EXAMPLE_HOST, plugin, url(tree) + "/*.txt", f"{tmp_path}/got"], capture_output=True, check=True)
    assert done.stdout.decode().splitlines() == [f"{tmp_path}/got/1/a.txt", f"{tmp_path}/got/2/b c.txt"]
    assert files_below(tmp_path / "got") == {"1/a.txt": "alpha\n", "2/b c.txt": "beta\n"}
    refused = subprocess.run([EXAMPLE_HOST, plugin, "http://x", "y"], capture_output=True, check=False)
    assert refused.returncode == 2
    assert b"no plugin serves http://" in refused.stderr
    failed = subprocess.run([EXAMPLE_HOST, plugin, "file://elsewhere.example.com/x", "y"], capture_output=True, check=False)
    assert failed.returncode == 1
    assert failed.stderr == b"a file URL is file:///PATH\n"


def test_example_host_is_short():
    source = pathlib.Path(__file__).parent.parent / "plugins" / "example-host.c"
    assert len(source.read_text().splitlines()) < 60
