# SPDX-License-Identifier: Apache-2.0
"""What the tests of the Python module share: the file plugin, and the real plugin with a server."""
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import ioplug  # noqa: E402
from engine_site import BUILD, PLUGIN, ROOT, Site, make_standin, site, standin  # noqa: E402,F401

PLUGINS = BUILD / "tests/plugins"


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
