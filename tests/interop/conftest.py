# SPDX-License-Identifier: Apache-2.0
"""What the tests of the clients share: a server each, and something to upload."""
import places  # noqa: F401  (first: it says where the stand-in is)
import pytest
from standin_server import make_standin, standin  # noqa: F401


@pytest.fixture
def upload(tmp_path):
    """A file of 37 bytes and a tree of three files."""
    tree = tmp_path / "upload"
    (tree / "sub").mkdir(parents=True)
    (tree / "one.txt").write_text("one\n")
    (tree / "two.txt").write_text("two two\n")
    (tree / "sub" / "three.txt").write_text("three three three\n")
    single = tmp_path / "small.txt"
    single.write_text("seven words, one line, for an upload\n")
    return single, tree


def names_in(server, *parent):
    """Paths of the files of a resource as the server lists them, without the client under test."""
    return sorted(row["URI"].split("/files/", 1)[1] for row in server.rows("/data/" + "/".join(parent) + "/files"))


@pytest.fixture
def listed(standin):  # noqa: F811
    return lambda *parent: names_in(standin, *parent)
