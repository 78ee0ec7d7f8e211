# SPDX-License-Identifier: Apache-2.0
"""What the tests of packages share: the release tarball."""
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def run():
    """Runs a program, which must end with the code, and gives what it printed."""

    def call(*command, cwd=None, code=0, **environment):
        env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **environment}
        ran = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             check=False, stdin=subprocess.DEVNULL, cwd=cwd, env=env)
        assert ran.returncode == code, f"{ran.returncode}: {' '.join(map(str, command))}\n{ran.stdout[-4000:]}"
        return ran.stdout

    return call


@pytest.fixture(scope="session")
def tarball(tmp_path_factory, run):
    """The release tarball of the tree as it is, committed or not."""
    place = tmp_path_factory.mktemp("dist")
    checkout = place / "checkout"
    built = shutil.ignore_patterns(".git", "build*", ".venv*")
    shutil.copytree(ROOT, checkout, symlinks=True, ignore=lambda where, names: built(where, names) if where == str(ROOT) else ())
    run("git", "init", "--quiet", "--initial-branch=main", checkout)
    run("git", "-C", checkout, "add", "--all")
    run("git", "-C", checkout, "-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "--message=release")
    run("meson", "setup", place / "build", checkout, "--native-file", checkout / "host-api/packaging/release.ini")
    run("meson", "dist", "-C", place / "build", "--no-tests", "--formats", "gztar")
    (made,) = (place / "build/meson-dist").glob("*.tar.gz")
    return made
