# SPDX-License-Identifier: Apache-2.0
"""What the tests of the Python module share: the file plugin, and the real plugin with a server."""
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("TEST_BUILD") or ROOT / "build")
os.environ.setdefault("STANDIN", str(BUILD / "tests/standin/standin"))
sys.path.insert(0, str(ROOT / "tests/tools"))

import ioplug  # noqa: E402
from standin_server import make_standin, standin  # noqa: E402,F401

PLUGINS = BUILD / "tests/plugins"
PLUGIN = pathlib.Path(os.environ.get("TEST_PLUGIN") or BUILD / "plugin/xnatstorage.so")


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def plugins():
    """The directory of the small plugins."""
    return PLUGINS


@pytest.fixture
def file_host():
    with ioplug.Host(PLUGINS / "file.so") as host:
        yield host


@pytest.fixture
def fault_host():
    with ioplug.Host(PLUGINS / "fault.so") as host:
        yield host


class Site:
    """One server, and what a host needs for it."""

    def __init__(self, server, directory):
        self.server, self.directory = server, pathlib.Path(directory)
        self.netrc = self.login("alice")

    def login(self, user, password=None):
        path = self.directory / f"netrc-{user}"
        path.write_text(f"machine {self.server.host}:{self.server.port} login {user} password {password or user + '-pw'}\n")
        path.chmod(0o600)
        return path

    def url(self, rest):
        """A URL from what stands behind /data/, or a search."""
        between = "" if rest.startswith("search?") else "data/"
        return f"{self.server.plugin_url}/{between}{rest}"

    @property
    def settings(self):
        return {"netrc": self.netrc, "retry_delay": 0.02, "lockout_guard": 0}

    def host(self, **more):
        return ioplug.Host(PLUGIN, settings={**self.settings, **more.pop("settings", {})}, **more)


@pytest.fixture
def site(standin, tmp_path):  # noqa: F811
    return Site(standin, tmp_path)


@pytest.fixture
def python(tmp_path):
    """Runs a program of its own; gives what it printed. Its log goes to standard error, where nothing else may be."""

    def run(text, *arguments, code=0, **env):
        program = tmp_path / "program.py"
        program.write_text(text)
        ran = subprocess.run([sys.executable, "-B", str(program), *map(str, arguments)], capture_output=True, text=True,
                             timeout=60, check=False, env={**os.environ, **env})
        assert ran.returncode == code, (ran.returncode, ran.stdout, ran.stderr)
        return ran.stdout

    return run
