#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a network of fastr against a server of its own, with the XNATStorage that fastr brings along or with the plugin, and
counts what it cost. Runs in fastr's environment.

    fastr_runs.py            # prints the table of host-api/engines/fastr/README.md, as measured
    fastr_runs.py --write    # writes it there
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from engine_site import ENGINES, PLUGIN, ROOT  # noqa: E402

sys.path.insert(0, str(ROOT / "tests/interop"))

from archive_state import archive_state, changes  # noqa: E402
from standin_server import StandIn  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
README = ENGINES / "fastr/README.md"
OURS, THEIRS = ENGINES / "fastr", HERE / "original"
PROJECT, IMAGES = "project001", 2
LOGINS = (("POST", "/data/JSESSION"), ("PUT", "/data/services/auth"))


def make_home(directory, server, plugins, lines=()):
    """The home of a user of fastr: a login, the one step that the documents tell, and what the tests need besides."""
    configuration = directory / ".fastr/config.d"
    configuration.mkdir(parents=True)
    netrc = directory / ".netrc"
    netrc.write_text(f"machine {server.host}:{server.port} login alice password alice-pw\n")
    netrc.chmod(0o600)
    (configuration / "xnatstorage.py").write_text(f"plugins_path.append('{plugins}')\n" + "".join(f"{one}\n" for one in lines))
    (configuration / "tests.py").write_text(f"tools_path.append('{HERE}/tools')\n"
                                            "process_pool_worker_number = 2\nslurm_job_check_interval = 1\n")
    return directory


def environment_of(home, **more):
    """Of the processes of fastr: nothing of the caller's settings. Compiled files of all that fastr imports are kept with
    its environment, and none beside the sources."""
    drop = ("XNAT", "PYTHON", "FASTR", "IOPLUG", "NETRC", "XDG_", "SLURM", "SBATCH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(drop)}
    tools = os.path.dirname(sys.executable)
    return {**kept, "HOME": str(home), "IOPLUG_PATH": str(PLUGIN.parent), "XNATSTORAGE_STATE_DIR": str(home / "state"),
            "PATH": f"{tools}:{os.environ.get('PATH', '/usr/bin:/bin')}", **more,
            "PYTHONPYCACHEPREFIX": os.path.join(os.path.dirname(tools), "pycache")}


def sessions_of(server):
    return {one["id"] for one in server.sessions()}


class Job:
    """What a job left in its directory: what its program printed, and whatever stands on standard error."""

    def __init__(self, directory):
        told = directory / "__fastr_extra_job_info__.yaml"
        process = json.loads(told.read_text()).get("process", {}) if told.exists() else {}
        self.name = f"{directory.parent.name}/{directory.name}"
        self.printed = process.get("stdout", "")
        written = directory / "__fastr_stderr__.txt"
        self.errors = process.get("stderr", "no trace of the job") + (written.read_text() if written.exists() else "")


class Run:
    """What came of a network: its exit code and output, what is new in the archive, the requests, and what is left."""

    def __init__(self, server, directory, ran, before, known):
        self.code, self.output = ran.returncode, ran.stdout + ran.stderr
        self.log, self.sessions = server.log(), sessions_of(server) - known
        after = archive_state(server, (PROJECT,))
        self.changes = {place: what for place, (_, what) in changes(before, after).items()}
        self.jobs = [Job(path) for path in sorted(directory.glob("tmp/*/*")) if path.is_dir()]

    @property
    def logins(self):
        return [one for one in self.log if (one["method"], one["path"]) in LOGINS]

    @property
    def transfers(self):
        """Answers that hold an image, alone or in an archive."""
        return [one for one in self.log if re.search(r"/scans/.*/files", one["path"]) and one["bytes_out"] > 15000]

    @property
    def results(self):
        """What the network stored. What fastr notes of the run itself, with times and paths, has no bytes to compare."""
        return {place: None if place.endswith(".prov.json") else what for place, what in self.changes.items()}


def run_network(directory, plugins, execution, images=IMAGES, lines=(), **environment):
    """One network over so many images. Its URLs are those that users of the original have."""
    with StandIn(sample=f"projects=1,subjects={images},experiments=1,scans=2,resources=2,files=1") as server:
        home = make_home(pathlib.Path(directory), server, plugins, lines)
        before = archive_state(server, (PROJECT,))
        known = sessions_of(server)
        server.clear_log()
        host = f"{server.host}:{server.port}"
        search = (f"xnat://{host}/search?projects={PROJECT}&experiments=subject*&scans=1&resources=NIFTI&id=experiment&label=true"
                  "&insecure=true")
        sink = (f"xnat+http://{host}/data/archive/projects/{PROJECT}/experiments/{{sample_id}}/assessors/sums_{{sample_id}}"
                "/resources/SUMS/files/sums{ext}?assessor_type=xnat:qcAssessmentData")
        ran = subprocess.run([sys.executable, str(HERE / "network.py"), execution, search, sink, str(home / "tmp")],
                             env=environment_of(home, **environment), cwd=home, capture_output=True, text=True, timeout=600,
                             check=False)
        return Run(server, home, ran, before, known)


SHARED = "xnatstorage_settings['session_cache'] = True"
COLUMNS = {
    "fastr's own": (THEIRS, "ProcessPoolExecution", ()),
    "this one": (OURS, "LinearExecution", ()),
    "with `session_cache`": (OURS, "ProcessPoolExecution", (SHARED,)),
}
ROWS = {
    "requests": lambda run: len(run.log),
    "logins": lambda run: len(run.logins),
    "sessions left to the server's timeout": lambda run: len(run.sessions),
    "transfers of an image": lambda run: len(run.transfers) // IMAGES,
}


def run_columns(directory):
    """{column: run}, two at a time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        begun = {}
        for number, (name, (plugins, execution, lines)) in enumerate(COLUMNS.items()):
            place = pathlib.Path(directory) / str(number)
            begun[name] = pool.submit(run_network, place, plugins, execution, lines=lines)
        return {name: run.result() for name, run in begun.items()}


def numbers_of(runs):
    """{row: {column: number}}"""
    return {row: {name: count(run) for name, run in runs.items()} for row, count in ROWS.items()}


def table_of(numbers):
    lines = ["| | " + " | ".join(COLUMNS) + " |", "| --- |" + " ---: |" * len(COLUMNS)]
    lines += [f"| {row} | " + " | ".join(str(cells[name]) for name in COLUMNS) + " |" for row, cells in numbers.items()]
    return "".join(f"{line}\n" for line in lines)


TABLE = re.compile(r"^\| \| " + re.escape(" | ".join(COLUMNS)) + r" \|\n(?:\|.*\|\n)+", re.MULTILINE)


def numbers_in(page):
    """The same as they stand in the page."""
    lines = TABLE.search(page)[0].splitlines()[2:]
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {row: dict(zip(COLUMNS, map(int, told))) for row, *told in cells}


def main():
    with tempfile.TemporaryDirectory() as directory:
        table = table_of(numbers_of(run_columns(directory)))
    if "--write" in sys.argv[1:]:
        README.write_text(TABLE.sub(lambda _: table, README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table, end="")


if __name__ == "__main__":
    main()
