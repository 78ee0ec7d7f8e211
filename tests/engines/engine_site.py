# SPDX-License-Identifier: Apache-2.0
"""What the tests in every engine share: where things are, and a server with a login and what a host needs for it."""
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TEST_BUILD") or ROOT / "build")
PLUGIN = pathlib.Path(os.environ.get("TEST_PLUGIN") or BUILD / "plugin/xnatstorage.so")
ENGINES = ROOT / "host-api/engines"
# Set by `--full`: what is too heavy for every day.
FULL = bool(os.environ.get("TEST_FULL"))

os.environ.setdefault("STANDIN", str(BUILD / "tests/standin/standin"))
sys.path.insert(0, str(ROOT / "tests/tools"))

from standin_server import make_standin, standin  # noqa: E402,F401


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
        import ioplug

        return ioplug.Host(PLUGIN, settings={**self.settings, **more.pop("settings", {})}, **more)


@pytest.fixture
def site(standin, tmp_path):  # noqa: F811
    return Site(standin, tmp_path)
