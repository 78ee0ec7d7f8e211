# SPDX-License-Identifier: Apache-2.0
"""What the tests of the plugin share: the command `ioplug` with the real plugin against a stand-in server.

    def test_it(case):
        ran = case.run("fetch", case.url("projects/sandbox/resources/X"), case.path("out"))
        assert ran.code == 0, ran.err
        assert len(case.requests("/files/")) == 1

BUILD_DIR (or TEST_BUILD) names the build directory; STANDIN, TEST_IOPLUG and TEST_PLUGIN name single programs.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD_DIR") or os.environ.get("TEST_BUILD") or ROOT / "build")
os.environ.setdefault("STANDIN", str(BUILD / "tests/standin/standin"))
sys.path.insert(0, str(ROOT / "tests/tools"))

import standin_server  # noqa: E402
from cli import mind_signals  # noqa: E402
from standin_server import make_standin, standin  # noqa: E402,F401

IOPLUG = os.environ.get("TEST_IOPLUG", str(BUILD / "host-api/ioplug"))
PLUGIN = os.environ.get("TEST_PLUGIN", str(BUILD / "plugin/xnatstorage.so"))


# AddressSanitizer keeps what was freed out of use, by default until it is 256 MB. Without that a process has about half as much
# again as it would have, in what lies around each block and the map of all memory, and twice as much if it has little.
SANITIZED = os.environ.get("TEST_SLOWER", "1") != "1"
LEAN = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}
SMALL_TIMES, LARGE_TIMES = (2, 1.5) if SANITIZED else (1, 1)


class Ran:
    """What a run of the command left behind; unpacks as (code, out, err)."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, os.fsdecode(out or b""), os.fsdecode(err or b"")

    def __iter__(self):
        return iter((self.code, self.out, self.err))

    @property
    def lines(self):
        return self.out.split("\n")[:-1]

    @property
    def objects(self):
        return [json.loads(line) for line in self.lines]


class Case:
    """One server, one directory, one user's netrc file."""

    def __init__(self, server, directory):
        self.server, self.directory = server, pathlib.Path(directory)
        self.home = self.directory / "home"
        self.home.mkdir(exist_ok=True)
        self.settings = {"retry_delay": "0.02", "lockout_guard": "0"}

    def url(self, rest, scheme=None):
        """A data URL from what stands after /data/archive/, or a search URL when `rest` starts with search?."""
        base = self.server.plugin_url if scheme is None else scheme + self.server.url.partition("http")[2]
        return f"{base}/{rest}" if rest.startswith("search?") else f"{base}/data/archive/{rest}"

    def path(self, name):
        return self.directory / name

    def open_to_others(self):
        """Lets other users reach the directories of the case, below that for temporary files."""
        above = set(pathlib.Path(tempfile.gettempdir()).resolve().parents) | {pathlib.Path(tempfile.gettempdir()).resolve()}
        for one in [self.home, self.directory, *self.directory.parents]:
            if one not in above and one.stat().st_uid == os.geteuid():
                one.chmod(one.stat().st_mode & 0o7777 | 0o055)

    def write_netrc(self, text, mode=0o600, name="netrc"):
        """Writes a netrc file; its path."""
        path = self.home / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def environment(self, **extra):
        """The environment of a run: nothing of the tester's own logins, proxies or plugins."""
        drop = ("IOPLUG", "XNAT_", "NETRC", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
        env = {name: value for name, value in os.environ.items() if not name.upper().startswith(drop)}
        env.update(HOME=str(self.home), XDG_RUNTIME_DIR=str(self.home), XDG_CACHE_HOME=str(self.home / "cache"),
                   XNATSTORAGE_STATE_DIR=str(self.home / "state"))
        return {**env, **extra}

    def command(self, *arguments, user="alice", password=None, **settings):
        """The command line; `user=None` leaves the netrc setting out. Settings with a dot in mind: names as given."""
        words = [IOPLUG, "--plugin", PLUGIN]
        if user is not None:
            text = f"machine {self.server.host}:{self.server.port} login {user} password {password or user + '-pw'}\n"
            settings.setdefault("netrc", self.write_netrc(text, name=f"netrc-{user}"))
        for name, value in {**self.settings, **settings}.items():
            value = str(value).lower() if isinstance(value, bool) else str(value)
            words += ["-o", f"{name}={value}"]
        return words + [str(argument) for argument in arguments]

    def run(self, *arguments, user="alice", env=None, stdin="", timeout=60, prefix=(), **settings):
        """Runs the command to its end; `prefix` are words before it (setpriv, ...)."""
        words = [*prefix, *self.command(*arguments, user=user, **settings)]
        done = subprocess.run(words, env=self.environment(**(env or {})), input=stdin.encode(), capture_output=True,
                              timeout=timeout, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments, user="alice", env=None, **settings):
        """Starts the command in the background."""
        return subprocess.Popen(self.command(*arguments, user=user, **settings), env=self.environment(**(env or {})),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=mind_signals)

    @staticmethod
    def finish(process, timeout=60):
        """Waits for a started command."""
        out, err = process.communicate(timeout=timeout)
        return Ran(process.returncode, out, err)

    def new_resource(self, label, files=(), parent="projects/sandbox"):
        """Makes a resource with files (a dictionary: path -> bytes); its number."""
        answer = self.server.put(f"/data/{parent}/resources/{label}")
        assert answer.status == 200, (answer.status, answer.text)
        number = self.server.row(f"/data/{parent}/resources", label=label)["xnat_abstractresource_id"]
        for path, data in dict(files).items():
            self.server.add_file(number, path, data)
        return number

    def requests(self, path=None, method=None):
        """The server's log rows, oldest first."""
        return self.server.log(path, method)

    def clear(self):
        self.server.clear_log()


def tree_of(path):
    """All regular files below a directory: relative path -> bytes."""
    path = pathlib.Path(path)
    return {str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file()}


@pytest.fixture
def case(standin, tmp_path):  # noqa: F811
    """The default archive, a directory of the test's own."""
    return Case(standin, tmp_path)


@pytest.fixture
def make_case(make_standin, tmp_path):  # noqa: F811
    """A case over a server with options of its own."""
    return lambda *options, **settings: Case(make_standin(*options, **settings), tmp_path)
