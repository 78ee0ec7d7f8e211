# SPDX-License-Identifier: Apache-2.0
"""What the checks of style and documents share."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ("plugin", "host-api", "tests")


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def build():
    return pathlib.Path(os.environ.get("TEST_BUILD", ROOT / "build"))


@pytest.fixture(scope="session")
def c_files():
    """All C files, and there are some."""
    found = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.[ch]"))
    assert len(found) > 50
    return found


@pytest.fixture(scope="session")
def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def output():
    """Runs a program and gives what it printed."""

    def run(*command):
        return subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout

    return run
