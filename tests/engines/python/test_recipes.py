# SPDX-License-Identifier: Apache-2.0
"""The recipes in the page of the engines run as they stand, and its versions are those of the tests."""
import os
import re

import conftest
import pytest

PAGE = (conftest.ROOT / "host-api/engines/README.md").read_text(encoding="utf-8")
RECIPES = {part.split("\n", 1)[0]: re.search(r"^```python\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)[1]
           for part in PAGE.split("\n## ")[1:] if "```python" in part}


def test_there_are_recipes_and_they_are_short():
    assert {"Python", "fsspec", "pandas", "Dask", "universal-pathlib"} <= set(RECIPES)
    assert not [name for name, text in RECIPES.items() if len(text.splitlines()) > 15]


def test_versions_are_those_that_are_installed():
    wanted = (conftest.ROOT / "tests/engines/requirements-python.txt").read_text(encoding="utf-8")
    for name, package in (("fsspec", "fsspec"), ("pandas", "pandas"), ("Dask", "dask"), ("universal-pathlib", "universal_pathlib")):
        version = re.search(rf"^{package}==(\S+)$", wanted, re.MULTILINE)[1]
        assert f"| {name} | {version} |" in PAGE


def logins(server):
    return len([one for one in server.log() if one["auth"] == "basic"])


@pytest.fixture
def recipe(site, python, tmp_path):
    def run(name, most_logins=1):
        made.append(most_logins)
        (tmp_path / "out").mkdir()
        assert site.server.sessions() == []
        return python(RECIPES[name], site.server.plugin_url, tmp_path / "out", IOPLUG_PATH=str(conftest.PLUGIN.parent),
                      NETRC=str(site.netrc)), tmp_path / "out"

    made = []
    yield run
    assert site.server.sessions() == [] and 0 < logins(site.server) <= made[0]


def test_python(recipe, site):
    out, directory = recipe("Python")
    assert out.strip().endswith("/resources/TABLES/files/subjects.txt")
    subjects = (directory / "subjects.txt").read_text().split()
    assert len(subjects) > 1 and all(list((directory / one).glob("*.nii.gz")) for one in subjects)


def test_fsspec(recipe):
    out, directory = recipe("fsspec")
    assert len(out.splitlines()) > 2 and all(line.endswith(" 20000 1f8b") for line in out.splitlines())
    assert len(list(directory.glob("*_BRAIN.nii.gz"))) == len(out.splitlines())


def test_pandas(recipe):
    assert recipe("pandas")[0] == "39.0\n"


def test_universal_pathlib(recipe):
    out, directory = recipe("universal-pathlib")
    lines = out.splitlines()
    assert len(lines) == 6 and all(line.endswith("image.nii.gz 20000") for line in lines[:4])
    assert lines[4:] == ["seen", "['notes.txt']"]


# It starts three processes, each with its imports.
def test_dask(recipe):
    """One session a process: of the two workers and of the one that asks."""
    assert recipe("Dask", most_logins=3)[0] == "16 320000\n"


@pytest.mark.skipif(not os.environ.get("TEST_FULL"), reason="runs with --full")
def test_dask_over_a_hundred_images(make_standin, python, tmp_path):
    server = make_standin(sample="projects=1,subjects=100,experiments=1,scans=1,resources=1,files=1")
    site = conftest.Site(server, tmp_path)
    text, changed = re.subn(r"/data/projects/\S+\"", "/data/projects/*/subjects/*/experiments/*/scans/*/resources/*/files/*\"", RECIPES["Dask"])
    assert changed == 1
    out = python(text, server.plugin_url, tmp_path, IOPLUG_PATH=str(conftest.PLUGIN.parent), NETRC=str(site.netrc))
    assert out.split()[0] == "100" and logins(server) <= 3 and server.sessions() == []
