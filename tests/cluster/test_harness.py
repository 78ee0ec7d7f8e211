# SPDX-License-Identifier: Apache-2.0
"""The cluster of the tests is one: several nodes that take tasks, that can be lost, and that leave nothing behind."""
import pathlib
import signal
import subprocess
import sys
import time

from slurm import SECONDS, family, running_cluster, slurm_cluster  # noqa: F401 (fixtures)

# Runs until its file `go-on` is there.
WAITS = "#!/bin/sh\nwhile [ ! -e go-on ]; do sleep 0.1; done\necho $SLURMD_NODENAME >> ran-$SLURM_ARRAY_TASK_ID\n"


def running_on(cluster, job):
    """The nodes of the tasks that run, by the task's number in the array."""
    lines = cluster.run("squeue", "-h", "-r", "-t", "running", "-j", job, "-o", "%K %N").splitlines()
    return dict(line.split() for line in lines)


def arrives(condition):
    deadline = time.monotonic() + SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_tasks_run_on_all_nodes(slurm_cluster, tmp_path):
    job = slurm_cluster.submit(WAITS, "--array=1-6", cwd=tmp_path)
    slurm_cluster.until(lambda: len(running_on(slurm_cluster, job)) == 6)
    assert set(running_on(slurm_cluster, job).values()) == {"node1", "node2", "node3"}
    (tmp_path / "go-on").touch()
    assert slurm_cluster.wait(job) == {f"{job}_{task}": "COMPLETED" for task in range(1, 7)}
    assert {path.read_text() for path in tmp_path.glob("ran-*")} == {"node1\n", "node2\n", "node3\n"}


def test_nothing_is_left_of_a_test_that_is_killed(tmp_path):
    program = (f"import sys, time; sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r}); import slurm\n"
               f"cluster = slurm.Cluster(nodes=1)\n"
               f"cluster.submit('#!/bin/sh\\ntouch started\\nsleep 1000', cwd={str(tmp_path)!r})\n"
               f"print(cluster.directory, flush=True); time.sleep(1000)\n")
    with subprocess.Popen([sys.executable, "-B", "-c", program], stdout=subprocess.PIPE, text=True) as process:
        directory = process.stdout.readline().strip()
        came = arrives(lambda: (tmp_path / "started").exists())
        running = family(f"SLURM_CONF={directory}/slurm.conf")
        process.send_signal(signal.SIGKILL)
    assert came and len(running) > 4
    assert arrives(lambda: not pathlib.Path(directory).exists() and not family(f"SLURM_CONF={directory}/slurm.conf"))
