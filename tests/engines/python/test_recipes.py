# SPDX-License-Identifier: Apache-2.0
"""The recipes in the page of the engines run as they stand, and its versions are those of the tests."""
import re

import conftest
import pytest

PAGE = (conftest.ROOT / "host-api/engines/README.md").read_text(encoding="utf-8")
RECIPES = {part.split("\n", 1)[0]: re.search(r"^```python\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)[1]
           for part in PAGE.split("\n## ")[1:] if "```python" in part}


def test_there_are_recipes_and_they_are_short():
    assert {"Python", "fsspec", "pandas"} <= set(RECIPES)
    assert not [name for name, text in RECIPES.items() if len(text.splitlines()) > 15]


def test_versions_are_those_that_are_installed():
    wanted = (conftest.ROOT / "tests/engines/requirements-python.txt").read_text(encoding="utf-8")
    for name in ("fsspec", "pandas"):
        version = re.search(rf"^{name}==(\S+)$", wanted, re.MULTILINE)[1]
        assert f"| {name} | {version} |" in PAGE


@pytest.fixture
def recipe(site, python, tmp_path):
    def run(name):
        (tmp_path / "out").mkdir()
        assert site.server.sessions() == []
        return python(RECIPES[name], site.server.plugin_url, tmp_path / "out", IOPLUG_PATH=str(conftest.PLUGIN.parent),
                      NETRC=str(site.netrc)), tmp_path / "out"

    yield run
    assert site.server.sessions() == [] and len([one for one in site.server.log() if one["auth"] == "basic"]) == 1


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
