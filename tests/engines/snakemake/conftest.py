# SPDX-License-Identifier: Apache-2.0
"""What the tests in Snakemake share: a storage provider, and a workflow in a directory of its own."""
import logging
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from engine_site import PLUGIN, Site, make_standin, site, standin  # noqa: E402,F401
from snakemake_storage_plugin_xnat import StorageProvider, StorageProviderSettings  # noqa: E402


def settings_for(site, **more):  # noqa: F811
    return StorageProviderSettings(plugin=str(PLUGIN), netrc=str(site.netrc), retry_delay=0.02, lockout_guard=0.0, **more)


@pytest.fixture
def provider(site, tmp_path):  # noqa: F811
    """As Snakemake makes it; a new one each time, as another run would."""
    made = []

    def make(**more):
        made.append(StorageProvider(local_prefix=tmp_path / "local", logger=logging.getLogger("test"),
                                    settings=settings_for(site, **more)))
        return made[-1]

    yield make
    for one in made:
        one.host.close()


class Workflow:
    """A Snakefile, and runs of it."""

    def __init__(self, site, directory, text):  # noqa: F811
        self.site, self.directory = site, directory
        directory.mkdir()
        (directory / "Snakefile").write_text(text)
        self.env = {**os.environ, "IOPLUG_PATH": str(PLUGIN.parent), "NETRC": str(site.netrc),
                    "XNATSTORAGE_STATE_DIR": str(directory / "state"), "XDG_CACHE_HOME": str(directory / "cache"),
                    "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
        # Snakemake and its jobs are many processes, which would compile all of it each time. Installing anew removes it.
        self.env.pop("PYTHONDONTWRITEBYTECODE", None)
        (directory / "state").mkdir(mode=0o700)

    def run(self, *arguments, code=0, **env):
        """Runs it to the end; gives what Snakemake said."""
        ran = subprocess.run(["snakemake", "--cores", "2", *map(str, arguments)], cwd=self.directory,
                             env={**self.env, **{name: str(value) for name, value in env.items()}}, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
        assert ran.returncode == code, f"{ran.returncode}: {ran.stdout}"
        return ran.stdout


@pytest.fixture
def workflow(site, tmp_path):  # noqa: F811
    return lambda text, at=None: Workflow(at or site, tmp_path / "work", text)
