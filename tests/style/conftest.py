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
def document():
    """Gives the text of a document by its path in the source tree."""

    def read(path):
        return (ROOT / path).read_text(encoding="utf-8")

    return read


@pytest.fixture(scope="session")
def documents():
    """The text of every document, by its path in the source tree."""
    paths = [ROOT / "README.md", *(path for part in (*PARTS, ".github") for path in (ROOT / part).rglob("*.md"))]
    assert len(paths) > 10
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(paths)}


@pytest.fixture(scope="session")
def tools(build):
    """The environment in which the programs of the build under test are found, and nothing of the user's is."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("XNAT") and not name.lower().endswith("_proxy") and name not in ("NETRC", "IOPLUG_PATH")}
    return {**environment, "TEST_IOPLUG": os.environ.get("TEST_IOPLUG", str(build / "host-api/ioplug")),
            "STANDIN": os.environ.get("STANDIN", str(build / "tests/standin/standin")),
            "PATH": f"{build / 'host-api'}:{os.environ['PATH']}"}


@pytest.fixture(scope="session")
def output():
    """Runs a program and gives what it printed."""

    def run(*command):
        return subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout

    return run
