# SPDX-License-Identifier: Apache-2.0
"""The recipes of the engines' page for shells, and a place to run them: a server, a login, a directory."""
import gzip
import hashlib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tools"))
from slurm import PATH  # noqa: E402
from standin_server import make_standin, standin  # noqa: E402, F401 (fixtures)

IOPLUG = pathlib.Path(os.environ.get("TEST_IOPLUG") or ROOT / "build/host-api/ioplug")
PAGE = (ROOT / "host-api/engines/README.md").read_text(encoding="utf-8")
RECIPES = {part.split("\n", 1)[0]: re.search(r"^```sh\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)[1]
           for part in PAGE.split("\n## ")[1:] if "\n```sh\n" in part}
CACHE = " -o session_cache=true"
TASKS = 12
# The tests look with another login, so that the recipe's sessions are told from theirs.
EYES = ("admin", "admin")


class Study:
    """A server, and a directory in which recipes run against it."""

    def __init__(self, server, directory):
        self.server, self.directory = server, directory
        netrc = directory / "netrc"
        netrc.write_text(f"machine {server.host}:{server.port} login alice password alice-pw\n")
        netrc.chmod(0o600)
        for name in ("tmp", "study"):
            (directory / name).mkdir()
        self.study = directory / "study"
        self.env = {"PATH": f"{IOPLUG.parent}:{PATH}", "NETRC": str(netrc), "TMPDIR": str(directory / "tmp"),
                    "XNATSTORAGE_STATE_DIR": str(directory / "state")}

    def run(self, text, env):
        """Runs a recipe to its end; gives what it printed."""
        script = self.directory / "recipe.sh"
        script.write_text(text)
        ran = subprocess.run(["bash", script, self.server.plugin_url, self.study], env={**env, **self.env},
                             capture_output=True, text=True, check=False)
        assert ran.returncode == 0, (ran.returncode, ran.stdout, ran.stderr)
        return ran.stdout

    @property
    def images(self):
        """What the search found: scans by the results' IDs, as paths."""
        lines = (line.split("\t") for line in (self.study / "images.tsv").read_text().splitlines())
        return {name: url.removeprefix(self.server.plugin_url).split("/resources/")[0] for name, url in lines}

    def resources(self, scan):
        """The numbers of the scan's resources with results."""
        rows = self.server.rows(f"{scan}/resources", user=EYES)
        return [row["xnat_abstractresource_id"] for row in rows if row["label"] == "SIZES"]

    def results(self):
        """The text of each result by its ID, of those that are there. Each is whole, and in one resource."""
        found = {}
        for name, scan in self.images.items():
            numbers = self.resources(scan)
            assert len(numbers) <= 1, (scan, numbers)
            for row in self.server.rows(f"{scan}/resources/SIZES/files", user=EYES) if numbers else []:
                assert row["Name"] == f"{name}.txt" and name not in found, row
                body = self.server.get(row["URI"], user=EYES).body
                assert (len(body), hashlib.md5(body).hexdigest()) == (int(row["Size"]), row["digest"]), row
                found[name] = body.decode()
        return found

    def expected(self):
        """What the results have to be: the length of each image without its compression."""
        found = {}
        for name, scan in self.images.items():
            image = self.server.get(f"{scan}/resources/NIFTI/files/image.nii.gz", user=EYES).body
            found[name] = f"{len(gzip.decompress(image))}\n"
        return found

    def logins(self):
        return len(self.server.log(path="/data/JSESSION", method="POST"))

    def left_over(self):
        """Files of the tasks in the directory for temporary ones."""
        return sorted(str(path) for path in (self.directory / "tmp").rglob("*"))
