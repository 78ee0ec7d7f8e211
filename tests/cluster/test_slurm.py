# SPDX-License-Identifier: Apache-2.0
"""The recipe for Slurm, on three nodes: what the server sees of it, and what comes of lost nodes and cancelled jobs."""
import gzip
import os
import random
import re
import time

import pytest
from recipes import CACHE, PAGE, RECIPES, TASKS, Study, make_standin, standin  # noqa: F401 (fixtures)
from slurm import running_cluster, slurm_cluster  # noqa: F401 (fixtures)

# How often nodes fail; the seed may be given to see the same again.
ROUNDS = 20 if os.environ.get("TEST_FULL") else 1
SEED = int(os.environ.get("TEST_SEED") or random.randrange(1000000))
RECIPE = RECIPES["Slurm"]
PLAIN = RECIPE.replace(CACHE, "")
# One whose output tells where it was made.
DIFFERENT = PLAIN.replace('zcat "$work"/*.nii.gz | wc -c', 'echo "$SLURMD_NODENAME"')
WORK = 'work=$(mktemp -d) && trap \'rm -rf "$work"\' EXIT'
WORK_THAT_STAYS = 'work=work-$id && mkdir "$work"'
assert len({RECIPE, PLAIN, DIFFERENT, PLAIN.replace(WORK, WORK_THAT_STAYS)}) == 4


class Job:
    """The recipe's array: of all images, or of one."""

    def __init__(self, cluster, study, text):
        self.cluster, self.study = cluster, study
        self.number = re.fullmatch(r"Submitted batch job (\d+)\n", study.run(text, {**cluster.env, "SBATCH_OPEN_MODE": "append"}))[1]

    def wait(self):
        """Waits until every task has ended, which has to be well."""
        states = self.cluster.wait(self.number)
        outputs = "\n".join(f"{name}:\n{text}" for name, text in self.outputs().items())
        assert set(states.values()) == {"COMPLETED"}, f"{states}\n{outputs}\n{self.cluster.logs()}"
        return states

    def states(self):
        return list(self.cluster.states(self.number).values())

    def outputs(self):
        """What the tasks said."""
        return {path.name: path.read_text() for path in sorted(self.study.study.glob("slurm-*.out"))}

    def node(self):
        """Where the task runs, if there is one that does."""
        return self.cluster.run("squeue", "-h", "-r", "-t", "running", "-j", self.number, "-o", "%N").strip()


@pytest.fixture
def study(standin, tmp_path):  # noqa: F811
    return Study(standin, tmp_path)


def one(text):
    """The recipe for the first scan of one session alone."""
    return text.replace("experiments=*_BRAIN&scans=[TF]*", "experiments=subject001_BRAIN&scans=T1")


# --- what the server sees ---

def as_told(study, row):
    """The page's table says what was asked of the server so far."""
    requests, logins = map(int, re.search(rf"^\| {row} \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE).groups())
    assert study.logins() == logins and 0.9 * requests < len(study.server.log()) <= requests, len(study.server.log())


def test_version_is_the_one_that_is_installed(slurm_cluster):
    version = slurm_cluster.run("sinfo", "--version").split()[1].rpartition(".")[0]
    assert f"| Slurm | {version} |" in PAGE


def test_shared_session(slurm_cluster, study):
    states = Job(slurm_cluster, study, RECIPE).wait()
    assert len(states) == len(study.images) == TASKS
    as_told(study, "`session_cache=true`")
    assert study.logins() == 1 and len(study.server.sessions("alice")) == 1
    assert study.results() == study.expected() and study.left_over() == []


def test_a_session_for_each_process(slurm_cluster, study):
    Job(slurm_cluster, study, PLAIN).wait()
    as_told(study, "each process by itself")
    assert study.logins() == 1 + 2 * TASKS and study.server.sessions("alice") == []
    assert study.results() == study.expected() and study.left_over() == []


def test_a_shared_session_for_each_machine(slurm_cluster, study):
    """The nodes of the test share a directory for sessions, as they are one machine; others do not."""
    apart = "export XNATSTORAGE_STATE_DIR=$XNATSTORAGE_STATE_DIR-$SLURMD_NODENAME\n"
    Job(slurm_cluster, study, RECIPE.replace("set -eo pipefail\n", "set -eo pipefail\n" + apart)).wait()
    assert study.logins() == 1 + len(slurm_cluster.nodes)
    assert study.results() == study.expected()


# --- nodes that are lost ---

def test_a_node_is_killed(slurm_cluster, study):
    """And another one, in the middle of fetches and puts; the third does their work."""
    study.server.fault(method="GET", path="/scans/1/.*image.nii.gz", hold=True, count=-1)
    study.server.fault(method="PUT", path="/scans/2/.*/files/", hold=True, count=-1)
    job = Job(slurm_cluster, study, PLAIN)
    slurm_cluster.until(lambda: study.server.held() == 8)
    # No node has more than four of these tasks.
    for node in ("node1", "node2"):
        slurm_cluster.kill_node(node)
    study.server.clear_faults()
    study.server.let_go()
    job.wait()
    assert study.results() == study.expected()


def test_nodes_fail_at_any_moment(slurm_cluster, make_standin, tmp_path):  # noqa: F811
    """Of two nodes after each other power or network fails. In the end all results are there, once, and right."""
    print("seed", SEED)
    chance = random.Random(SEED)
    for turn in range(ROUNDS):
        (tmp_path / str(turn)).mkdir()
        study = Study(make_standin(latency_ms=20), tmp_path / str(turn))
        job = Job(slurm_cluster, study, chance.choice([RECIPE, PLAIN]))
        for node in chance.sample(slurm_cluster.nodes, 2):
            time.sleep(chance.random())
            chance.choice([slurm_cluster.kill_node, slurm_cluster.cut_off_node])(node)
        job.wait()
        slurm_cluster.until(lambda: not slurm_cluster.processes(SLURM_ARRAY_JOB_ID=job.number))
        assert study.results() == study.expected(), turn
        slurm_cluster.clear()


def both_writers(cluster, study, text, path):
    """One task whose node is cut off when it sends the request that `path` tells; it is requeued, and the second run has
    ended when the first goes on, which ends, too. Gives where they ran, and what both said."""
    study.server.fault(method="PUT", path=path, hold=True, count=1)
    job = Job(cluster, study, one(text))
    cluster.until(lambda: study.server.held() == 1)
    first = job.node()
    cluster.cut_off_node(first)
    second = cluster.until(lambda: job.node() not in ("", first) and job.node())
    job.wait()
    assert study.server.held() == 1
    study.server.let_go()
    cluster.until(lambda: not cluster.processes(SLURMD_NODENAME=first, SLURM_JOB_ID=job.number))
    assert study.server.sessions("alice") == [] and study.left_over() == []
    said, = job.outputs().values()
    return first, second, said


@pytest.mark.parametrize("path", ["/resources/SIZES[^/]*$", "/files/"], ids=["the resource", "the file"])
def test_a_task_runs_twice(slurm_cluster, study, path):
    """Both make the same: one resource, one file, and two that say so."""
    _, _, said = both_writers(slurm_cluster, study, PLAIN, path)
    assert study.results() == study.expected() and len(study.results()) == 1
    assert said.count("/resources/SIZES/files/") == 2 and "ioplug:" not in said


def test_a_task_runs_twice_and_makes_something_else(slurm_cluster, study):
    """The one whose output was there first has won, and the other one fails."""
    first, second, said = both_writers(slurm_cluster, study, DIFFERENT, "/files/")
    assert list(study.results().values()) == [f"{second}\n"] and first != second
    assert said.count("/resources/SIZES/files/") == said.count("ioplug: ") == said.count("ioplug: conflict: ") == 1, said


def test_a_task_runs_twice_and_may_replace_its_output(slurm_cluster, study):
    """The last one has won, and what is there is whole."""
    first, _, said = both_writers(slurm_cluster, study, DIFFERENT.replace("/SIZES/", "/SIZES/?overwrite=true"), "/files/")
    assert list(study.results().values()) == [f"{first}\n"]
    assert said.count("/resources/SIZES/files/") == 2 and "ioplug:" not in said


# --- a job that is cancelled ---

def test_scancel(slurm_cluster, study):
    """In the middle of fetches and puts: each session is ended, and what is there is whole, here and on the server."""
    study.server.fault(method="GET", path="/scans/1/.*image.nii.gz", stall_after=5000, stall_ms=600000, count=-1)
    study.server.fault(method="PUT", path="/scans/2/.*/files/", hold=True, count=-1)
    job = Job(slurm_cluster, study, PLAIN.replace(WORK, WORK_THAT_STAYS))
    slurm_cluster.until(lambda: study.server.hits() == [4, 4] and sorted(job.states()) == 4 * ["COMPLETED"] + 8 * ["RUNNING"])
    slurm_cluster.run("scancel", job.number)
    assert sorted(slurm_cluster.wait(job.number).values()) == 8 * ["CANCELLED"] + 4 * ["COMPLETED"]
    slurm_cluster.until(lambda: not slurm_cluster.processes(SLURM_ARRAY_JOB_ID=job.number))
    assert study.server.sessions("alice") == []
    study.server.let_go()
    study.server.clear_faults()
    results, expected = study.results(), study.expected()
    assert len(results) >= 4 and results == {name: expected[name] for name in results}
    for name, scan in study.images.items():
        there = {path.name: path.read_bytes() for path in (study.study / f"work-{name}").iterdir()}
        assert set(there) == (set() if scan.endswith("/1") else {"image.nii.gz", f"{name}.txt"})
        assert all(f"{len(gzip.decompress(there['image.nii.gz']))}\n" == expected[name] for _ in there)
