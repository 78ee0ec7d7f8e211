# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command `ioplug` share: running it with small plugins that need no server."""

import json
import os
import pathlib
import signal
import subprocess

import pytest

# A warning or critical of GLib's ends the program that makes it, here as in tests/run.
os.environ.setdefault("G_DEBUG", "fatal-warnings")
BUILD = pathlib.Path(__file__).resolve().parent.parent.parent / "build"
IOPLUG = os.environ.get("TEST_IOPLUG", str(BUILD / "host-api" / "ioplug"))
PLUGINS = pathlib.Path(os.environ.get("TEST_PLUGINS", BUILD / "tests" / "plugins"))
EXAMPLE_HOST = os.environ.get("TEST_EXAMPLE_HOST", str(PLUGINS / "example-host"))
FILE = ["--plugin", str(PLUGINS / "file.so")]
FAULT = ["--plugin", str(PLUGINS / "fault.so")]
BOTH = FILE + FAULT


class Ran:
    """What a run of the command left behind."""

    def __init__(self, process):
        self.code = process.returncode
        self.raw = process.stdout
        self.out = os.fsdecode(process.stdout or b"")
        self.err = os.fsdecode(process.stderr or b"")

    @property
    def lines(self):
        return self.out.splitlines()

    @property
    def objects(self):
        return [json.loads(line) for line in self.raw.decode("utf-8").split("\n")[:-1]]


def mind_signals(*ignored):
    """For a program that is about to start: the signals that ask for an end work, whatever the tests were started with;
    those named are ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)


def environment(**extra):
    env = {name: value for name, value in os.environ.items() if not name.startswith("IOPLUG")}
    return {**env, **extra}


def ioplug(*arguments, stdin=b"", env=None, **more):
    """Runs the command; streams are captured unless others are given."""
    more.setdefault("stdout", subprocess.PIPE)
    more.setdefault("stderr", subprocess.PIPE)
    if "stdin" not in more:
        more["input"] = stdin
    return Ran(subprocess.run([IOPLUG, *arguments], env=env or environment(), timeout=60, check=False, **more))


@pytest.fixture
def tree(tmp_path):
    """A directory with two files and a directory, and its URL."""
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "a.txt").write_text("alpha\n")
    (source / "b c.txt").write_text("beta\n")
    (source / "sub" / "x").write_text("x\n")
    return source


def url(path):
    return "file://" + str(path).replace("%", "%25").replace(" ", "%20")


def files_below(path):
    return {str(found.relative_to(path)): found.read_text() for found in path.rglob("*") if found.is_file()}
