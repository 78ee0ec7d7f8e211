# SPDX-License-Identifier: Apache-2.0
"""Networks that run to their end, beside those with the XNATStorage that fastr brings along."""
import concurrent.futures
import json
import re
import subprocess
import sys

import fastr
import fastr_runs
import pytest
from conftest import ENGINES
from engine_site import FULL, ROOT

sys.path.insert(0, str(ROOT / "tests/cluster"))

import slurm  # noqa: E402

MANY = 8


def run_on_slurm(directory, images):
    """Gives the run and the number that the cluster gives its next job."""
    with slurm.Cluster(nodes=2, cpus=1) as cluster:
        run = fastr_runs.run_network(directory, fastr_runs.OURS, "SlurmExecution", images, (fastr_runs.SHARED,),
                                     SLURM_CONF=str(cluster.conf))
        return run, int(cluster.submit("#!/bin/sh\n", cwd=directory))


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """All that takes long begins at once, as most of it is waiting for the steps before: by name, what will come of it."""
    place = tmp_path_factory.mktemp("runs")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield {"columns": pool.submit(fastr_runs.run_columns, place / "columns"),
               "slurm": pool.submit(run_on_slurm, place / "slurm", 1)}


@pytest.fixture(scope="module")
def runs(begun):
    """One with fastr's own XNATStorage and two with the plugin."""
    return begun["columns"].result()


def check(run, images):
    """A network with the plugin that ended well."""
    assert run.code == 0, run.output[-5000:] + "".join(job.printed[-2000:] + job.errors for job in run.jobs)
    assert f"sums: {images} success / 0 missing / 0 failed" in run.output
    # One source job for the search, and a job of the tool and of the sink for each image. A byte there fails a source job.
    assert len(run.jobs) == 1 + 2 * images and [job.errors for job in run.jobs if job.errors] == []
    assert len(run.transfers) == images


def check_on_slurm(run, following, images):
    """Each job is one of Slurm's; here, where all nodes are one machine, they share a session."""
    check(run, images)
    assert following == len(run.jobs) + 1 and len(run.logins) == 1


def test_a_job_that_fails_says_why_and_leaves_no_session(begun, site, tmp_path):
    """fastr cleans nothing up after an error; the process does when it ends."""
    home = fastr_runs.make_home(tmp_path / "home", site.server, fastr_runs.OURS)
    (tmp_path / "out").mkdir()
    command = [sys.executable, fastr.__path__[0] + "/utils/cmd/source.py", "-i", site.url("projects/sandbox/resources/NONE"),
               "-o", str(tmp_path / "out"), "-d", "Directory", "-s", "one"]
    ran = subprocess.run(command, env=fastr_runs.environment_of(home), capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 1
    (name, message, *_), = json.loads(re.search(r"^__FASTR_ERRORS__ = (.*)$", ran.stdout, re.MULTILINE)[1])
    assert name == "FastrValueError" and "NONE" in message
    assert site.server.sessions() == [] and [one for one in site.server.log() if one["method"] == "DELETE"]


def test_recipe(begun, site, tmp_path):
    """As it stands in the page of the engines: the step, and a network."""
    part = (ENGINES / "README.md").read_text(encoding="utf-8").split("\n## fastr\n")[1].split("\n## ")[0]
    step, network = re.findall(r"^```(?:sh|python)\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
    assert len((step + network).splitlines()) <= 15
    env = fastr_runs.environment_of(tmp_path, NETRC=str(site.netrc))
    subprocess.run(["sh", "-e", "-c", step], cwd=ROOT, env=env, check=True)
    (tmp_path / "network.py").write_text(network)
    ran = subprocess.run([sys.executable, "network.py", site.server.plugin_url, str(tmp_path / "out")], cwd=tmp_path, env=env,
                         capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0 and "copies: 1 success / 0 missing / 0 failed" in ran.stdout, ran.stdout + ran.stderr
    assert site.server.sessions() == []
    session = "/data/projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
    places = ("scans/1", "assessors/subject001_BRAIN_copy")
    there, copied = ({row["Name"]: row["digest"] for row in site.server.rows(f"{session}/{place}/resources/NIFTI/files")}
                     for place in places)
    assert copied.items() >= there.items()


@pytest.mark.parametrize("name", [name for name, (plugins, *_) in fastr_runs.COLUMNS.items() if plugins == fastr_runs.OURS])
def test_it_runs_to_the_end(runs, name):
    check(runs[name], fastr_runs.IMAGES)


def test_the_log_goes_to_fastrs(runs):
    """Warnings, too: the search has the old scheme."""
    for run in list(runs.values())[1:]:
        printed, = (job.printed for job in run.jobs if job.name == "images/id_0")
        assert re.search(r"\[WARNING\].*xnat:// is old", printed)


def test_results_are_the_same(runs):
    results = [run.results for run in runs.values()]
    assert results[0] == results[1] == results[2]
    sums = [what for place, what in results[0].items() if place.endswith("/files/sums.txt")]
    assert len(sums) == fastr_runs.IMAGES and len(set(sums)) == fastr_runs.IMAGES
    assert len([place for place in results[0] if place.endswith(".prov.json")]) == fastr_runs.IMAGES


def test_the_page_tells_what_is_measured(runs):
    page = fastr_runs.README.read_text(encoding="utf-8")
    told, found = fastr_runs.numbers_in(page), fastr_runs.numbers_of(runs)
    assert list(told) == list(found)
    for row in ("logins", "transfers of an image", "sessions left to the server's timeout"):
        assert told[row] == found[row]
    for name, count in found["requests"].items():
        assert abs(told["requests"][name] - count) <= 3, found["requests"]
    theirs, ours, shared = found["requests"].values()
    assert shared < ours < 0.6 * theirs


def test_versions_are_those_that_are_installed():
    wanted = (ROOT / "tests/interop/requirements-fastr.txt").read_text(encoding="utf-8")
    page = fastr_runs.README.read_text(encoding="utf-8")
    for name, version in re.findall(r"^(fastr|xnat)==(\S+)$", wanted, re.MULTILINE):
        assert f"{'xnatpy' if name == 'xnat' else name} {version}" in page
    version = re.search(r"^fastr==(\S+)$", wanted, re.MULTILINE)[1]
    assert f"| fastr | {version} |" in (ENGINES / "README.md").read_text(encoding="utf-8")


if FULL:
    @pytest.mark.parametrize("execution", ["LinearExecution", "ProcessPoolExecution"])
    def test_many_images(tmp_path, execution):
        check(fastr_runs.run_network(tmp_path, fastr_runs.OURS, execution, MANY, (fastr_runs.SHARED,)), MANY)

    def test_many_images_on_a_slurm_cluster(tmp_path):
        check_on_slurm(*run_on_slurm(tmp_path / "home", MANY), MANY)


def test_on_a_slurm_cluster(begun):
    check_on_slurm(*begun["slurm"].result(), 1)
