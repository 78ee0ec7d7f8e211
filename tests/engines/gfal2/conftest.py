# SPDX-License-Identifier: Apache-2.0
"""What the tests of gfal2 share: its tools as Debian has them, with this plugin beside its own, and a server."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("TEST_BUILD") or ROOT / "build")
os.environ.setdefault("STANDIN", str(BUILD / "tests/standin/standin"))
sys.path.insert(0, str(ROOT / "tests/tools"))

from standin_server import make_standin, standin  # noqa: E402,F401

ADAPTER = BUILD / "host-api/engines/gfal2/libgfal_plugin_xnat.so"


class Gfal:
    """gfal2's tools, the configuration and the plugins that they find, and a server."""

    def __init__(self, server, directory):
        self.server, self.directory = server, directory
        self.plugins, config = directory / "plugins", directory / "gfal2.d"
        self.plugins.mkdir()
        config.mkdir()
        os.symlink(ADAPTER, self.plugins / ADAPTER.name)
        own = next(pathlib.Path("/usr/lib").glob("*/gfal2-plugins/libgfal_plugin_file.so"))
        os.symlink(own, self.plugins / own.name)
        netrc = directory / "netrc"
        netrc.write_text(f"machine {server.host}:{server.port} login alice password alice-pw\n")
        netrc.chmod(0o600)
        (config / "xnat.conf").write_text(f"[XNAT PLUGIN]\nNETRC={netrc}\nRETRY_DELAY=0.02\nLOCKOUT_GUARD=0\n")
        for file in pathlib.Path("/etc/gfal2.d").glob("*.conf"):
            shutil.copy(file, config)
        (directory / "tmp").mkdir()
        self.env = {**os.environ, "GFAL_PLUGIN_DIR": str(self.plugins), "GFAL_CONFIG_DIR": str(config), "TZ": "UTC",
                    "IOPLUG_PATH": str(BUILD / "plugin"), "GFAL_PYTHONBIN": "/usr/bin/python3",
                    "TMPDIR": str(directory / "tmp")}

    def url(self, rest):
        return f"{self.server.plugin_url}/data/{rest}"

    def start(self, tool, *arguments, **more):
        env = {**self.env, **more.pop("env", {})}
        return subprocess.Popen([f"gfal-{tool}", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=env, **more)

    def run(self, tool, *arguments, code=0, env=None, input=None):
        """Runs a tool to its end, which is that of its session; gives what it printed, after a failure on standard error."""
        before = self.server.sessions()
        tool = self.start(tool, *arguments, env=env or {}, stdin=subprocess.PIPE)
        try:
            out, err = tool.communicate(input, timeout=120)
        finally:
            tool.kill()
        assert tool.returncode == code, (tool.returncode, out, err)
        assert code or err == b"", err
        assert len(self.server.sessions()) == len(before)
        return err.decode() + out.decode() if code else out

    def lines(self, tool, *arguments, **more):
        return self.run(tool, *arguments, **more).decode().splitlines()


@pytest.fixture
def gfal(standin, tmp_path):  # noqa: F811
    made = Gfal(standin, tmp_path)
    yield made
    assert not list((tmp_path / "tmp").iterdir())
