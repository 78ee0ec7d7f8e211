# SPDX-License-Identifier: Apache-2.0
"""The command `ioplug` and what surrounds it: signals, standard streams, the terminal."""

import json
import os
import pty
import re
import signal
import subprocess
import time

import pytest

from cli import FAULT, FILE, IOPLUG, environment, ioplug, mind_signals, url
from cli import tree  # noqa: F401 (a fixture)

# --- stopping -------------------------------------------------------------------------------------------------------


CLEANED_UP = "ioplug: warning: fault plugin: cleaned up\n"


def start_hanging(*arguments, stdin=None, ignored=()):
    process = subprocess.Popen(
        [IOPLUG, *FAULT, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        preexec_fn=lambda: mind_signals(*ignored),
    )
    assert b"hanging" in process.stderr.readline()
    return process


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("arguments", [["expand", "fault://hang"], ["fetch", "fault://hang", "x"]])
def test_a_signal_cancels_and_cleans_up(number, code, arguments):
    with start_hanging(*arguments) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (code, b"")
    assert err.decode() == "ioplug: cancelled: the host asked to stop\n" + CLEANED_UP


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_ignored_signal_stays_ignored(number):
    """As of a background job of a script, or under nohup."""
    with start_hanging("expand", "fault://hang", ignored=[number]) as process:
        process.send_signal(number)
        time.sleep(0.5)
        assert process.poll() is None
        other = signal.SIGTERM if number != signal.SIGTERM else signal.SIGINT
        process.send_signal(other)
        assert process.wait(20) == 128 + other


def test_a_signal_cancels_a_list(tmp_path):
    (tmp_path / "list").write_text("".join(f"{i}\tfault://hang\n" for i in range(20)))
    with start_hanging("-j", "2", "--json", "fetch", "--list", str(tmp_path / "list"), str(tmp_path)) as process:
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert [json.loads(line)["kind"] for line in out.splitlines()] == ["cancelled"] * 20
    assert "ioplug: summary: 0 fetched, 0 kept, 0 failed, 2 interrupted, 18 not started" in err.decode()
    assert CLEANED_UP in err.decode()


def test_a_second_signal_ends_at_once():
    with start_hanging("expand", "fault://deaf") as process:
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 130


def test_a_signal_ends_the_wait_for_a_list(tmp_path):
    with subprocess.Popen(
        [IOPLUG, *FILE, "fetch", "--list", "-", str(tmp_path)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 143
        assert b"ioplug: cancelled: " in process.stderr.read()


# --- standard streams -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["plugins"], ["expand", "file:///x"], ["--help"], ["--version"]])
def test_a_full_disk_is_an_error(arguments):
    with open("/dev/full", "wb") as full:
        ran = ioplug(*FILE, *arguments, stdout=full)
    assert ran.code == 10
    assert "ioplug: io: writing to standard output: No space left on device" in ran.err


def test_a_closed_pipe_is_an_error(tree, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    lines = "".join(f"{i}\t{url(tree / 'a.txt')}\n" for i in range(50)).encode()
    try:
        ran = ioplug(*FILE, "-j1", "fetch", "--list", "-", "got", stdin=lines, cwd=tmp_path, stdout=writing)
    finally:
        os.close(writing)
    assert ran.code == 10
    assert ran.err.splitlines()[-1] == "ioplug: io: writing to standard output: Broken pipe"
    assert len(list((tmp_path / "got").iterdir())) < 50


LOOKS = [["expand"], ["expand", "--json"], ["ls", "-R"], ["ls", "--json"], ["cat"], ["rm", "--dry-run"], ["plugins"]]


@pytest.mark.parametrize("arguments", LOOKS, ids=" ".join)
def test_who_has_seen_enough_of_a_look_may_leave(tree, arguments):
    """As `head` does: no message, but no success either."""
    (tree / "long").write_bytes(b"x" * 1_000_000)
    for i in range(3000):
        (tree / f"{i:0100}").touch()
    what = {"expand": [f"{url(tree)}/*"], "cat": [url(tree / "long")], "plugins": []}.get(arguments[0], [url(tree)])
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = ioplug(*FILE, *arguments, *what, stdout=writing)
    finally:
        os.close(writing)
    assert (ran.code, ran.err) == (10, "")


@pytest.mark.parametrize("redirection, code", [(">&-", 10), ("2>&-", 0), ("<&-", 0), (">&- 2>&- <&-", 10)])
def test_closed_streams(tree, tmp_path, redirection, code):
    """No file may get the number of a closed stream: results would end up in it."""
    command = f'"$0" "$@" {redirection}'
    arguments = [IOPLUG, *FILE, "fetch", url(tree / "a.txt"), str(tmp_path / "copy")]
    process = subprocess.run(["sh", "-c", command, *arguments], env=environment(), check=False, capture_output=True)
    assert process.returncode == code
    assert (tmp_path / "copy").read_text() == "alpha\n"


def test_levels():
    def told(*options):
        lines = ioplug(*FAULT, *options, "expand", "fault://log").err.splitlines()
        return [line.split(": ")[1] for line in lines if "cleaned up" not in line]

    assert told() == ["error", "warning"]
    assert told("-q") == ["error"]
    assert told("-v") == ["error", "warning", "info"]
    assert told("--debug") == ["error", "warning", "info", "debug"]
    assert told("--debug", "-q") == ["error"]
    assert "\x1b" not in ioplug(*FAULT, "expand", "fault://log").err


def on_terminal(*arguments, cwd, output=False):
    """Runs the command with standard error (and output, if wanted) on a terminal; returns what that got."""
    leader, terminal = pty.openpty()
    process = subprocess.Popen(
        [IOPLUG, *arguments],
        stdout=terminal if output else subprocess.DEVNULL,
        stderr=terminal,
        cwd=cwd,
        env=environment(TERM="xterm"),
    )
    os.close(terminal)
    text = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    os.close(leader)
    assert process.wait(30) == 0
    return text.decode()


def test_bar(tmp_path):
    (tmp_path / "big").write_bytes(b"x" * 65536 * 12)
    fetch = [*FILE, "-v", "-o", "chunk_delay=60", "fetch", url(tmp_path / "big"), "copy"]
    text = on_terminal(*fetch, cwd=tmp_path)
    assert re.search(r"fetching copy  0/1 files  [\d.]+ kB/786\.4 kB  \d+%  [\d.]+ [kM]?B/s", text)
    # A log line stands above the bar, and the bar is gone at the end.
    assert "\x1b[Kioplug: info: copied 1 files, 786432 bytes\r\n" in text
    assert text.endswith("\r\x1b[K")
    assert "\x1b" not in on_terminal(*fetch, "--progress", "never", cwd=tmp_path)
    assert "\x1b" not in on_terminal(*fetch, "-q", cwd=tmp_path)


def test_results_beside_the_bar(tree, tmp_path):
    """A result that is written while the bar is shown gets a line of its own."""
    (tmp_path / "big").write_bytes(b"x" * 65536 * 8)
    (tmp_path / "list").write_text(f"a\t{url(tree / 'a.txt')}\nb\t{url(tmp_path / 'big')}\n")
    fetch = [*FILE, "-o", "chunk_delay=60", "fetch", "--list", "list", "got"]
    text = on_terminal(*fetch, cwd=tmp_path, output=True)
    assert "\r\x1b[Ka\tgot/a/a.txt\r\n[" in text


def test_progress_without_a_terminal(tree, tmp_path):
    assert ioplug(*FILE, "fetch", url(tree), str(tmp_path / "a"), "--progress", "auto").err == ""
    told = ioplug(*FILE, "fetch", url(tree), str(tmp_path / "b"), "--progress", "always").err
    assert told.startswith("ioplug: progress: done b  3/3 files  13 B/13 B  100%")
    assert told.count("\n") == 1 and "\r" not in told
