# SPDX-License-Identifier: Apache-2.0
"""A Slurm cluster on this machine for tests: Debian's slurm-wlm with one controller and some nodes. Standard library only.

    with Cluster() as cluster:
        job = cluster.submit("#!/bin/sh\nhostname\n", "--array=1-12", cwd=directory)
        cluster.wait(job)                       # {"1_1": "COMPLETED", ...}
        cluster.run("squeue")                   # any command of Slurm's; what it printed
        subprocess.run(..., env=cluster.env)    # for what calls sbatch by itself: SLURM_CONF is in there

All runs as the calling user, root or not, with a key, sockets, ports and state of its own; nothing of systemd, control
groups or /etc/slurm is needed or touched. Nothing stays behind, even if the test is killed. Under pytest the fixture
`slurm_cluster` gives one cluster to all tests of a session, as it was after its start.
"""
import contextlib
import itertools
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

# Daemons are there, which is not on an ordinary user's PATH.
PATH = ":".join([os.environ.get("PATH", "/usr/bin:/bin"), "/usr/local/sbin", "/usr/sbin", "/sbin"])
# Nothing of the calling process's own cluster or job, if there is one, may reach this one.
FOREIGN = re.compile(r"(SLURM|SBATCH|SRUN|SQUEUE|SCANCEL|SINFO|SALLOC|MUNGE)")
ENDED = {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "TIMEOUT"}
# Busy machines are slow; what takes longer than this never comes.
SECONDS = 120
# Megabytes that nodes say they have, for those who ask for some; nothing is set aside, and nothing is measured.
MEMORY = 16384

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={directory}/munge.socket
CredType=cred/munge
StateSaveLocation={directory}/state
SlurmdSpoolDir={directory}/spool-%n
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdPidFile={directory}/slurmd-%n.pid
SlurmctldLogFile={directory}/slurmctld.log
SlurmdLogFile={directory}/slurmd-%n.log
# Without control groups, and without accounts.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MpiDefault=none
# The machine may have fewer processors than the nodes say.
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=0,batch_sched_delay=0
# A node that was taken for dead stays so until it is switched on again.
ReturnToService=0
JobRequeue=1
KillWait=2
SlurmdTimeout=300
SlurmctldTimeout=30
MessageTimeout=10
{nodes}
# Tasks are spread over the nodes.
PartitionName=all Nodes=ALL LLN=YES Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(count):
    """So many ports that are free now."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in found:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in found]


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def processes():
    """(number, parent, environment) of each process of this user that runs."""
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                yield int(entry.name), int(parent), (entry / "environ").read_bytes().split(b"\0")


def family(*marks):
    """The processes with all of these settings in their environment, and what came from them, but not the caller."""
    everyone = list(processes())
    found = {number for number, _, environment in everyone
             if number != os.getpid() and all(mark.encode() in environment for mark in marks)}
    while True:
        more = {number for number, parent, _ in everyone if parent in found} - found
        if not more:
            return found
        found |= more


def kill_family(*marks):
    """All at one moment, so that none sees another's end; and until nothing is left, as some had children meanwhile."""
    deadline = time.monotonic() + SECONDS
    while True:
        found = family(*marks)
        if not found:
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"these processes cannot be killed: {sorted(found)}")
        for what, number in itertools.product((signal.SIGSTOP, signal.SIGKILL), found):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, what)
        time.sleep(0.01)


def clear_away(directory):
    """Kills all that runs in the cluster with this directory, and removes that."""
    kill_family(f"SLURM_CONF={directory}/slurm.conf")
    shutil.rmtree(directory, ignore_errors=True)


class Cluster:
    """Running daemons: a controller and nodes, `node1` and so on, each of which takes `cpus` tasks."""

    def __init__(self, nodes=3, cpus=4):
        # The names of sockets are short, so this is no directory of pytest's, which are deep.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="slurm-"))
        self.nodes = [f"node{number}" for number in range(1, nodes + 1)]
        self.cpus = cpus
        self.conf = self.directory / "slurm.conf"
        self.daemons, self.nodes_lost = {}, False
        # Clears away when the pipe is closed, also by the end of this process.
        self.keeper = subprocess.Popen([sys.executable, "-B", __file__, str(self.directory)], stdin=subprocess.PIPE,
                                       start_new_session=True)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    @property
    def env(self):
        """The environment in which Slurm's commands speak to this cluster."""
        kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
        return {**kept, "SLURM_CONF": str(self.conf), "PATH": PATH}

    def stop(self):
        """Ends the cluster and all its jobs, and removes its files; may be called twice."""
        clear_away(self.directory)
        for daemon in self.daemons.values():
            daemon.wait()
        self.keeper.stdin.close()
        self.keeper.wait()

    def _start(self):
        (self.directory / "munge.key").write_bytes(os.urandom(128))
        (self.directory / "munge.key").chmod(0o400)
        (self.directory / "state").mkdir()
        munge = {name: f"--{name}-file={self.directory}/munge.{name}" for name in ("key", "log", "pid", "seed")}
        self._daemon("munged", "munged", "--foreground", "--force", "--num-threads=2", *munge.values(),
                     f"--socket={self.directory}/munge.socket")
        self.until(lambda: (self.directory / "munge.socket").exists() or self._fallen())
        # A port that was free may be another's by now.
        for _ in range(5):
            self._configure()
            self._daemon("slurmctld", "slurmctld", "-D", "-f", str(self.conf))
            for node in self.nodes:
                self._node_daemon(node)
            self.until(lambda: self._fallen() or all(listens(port) for port in self.ports.values()) and self._all_usable())
            if not self._fallen():
                return
            for name in ("slurmctld", *self.nodes):
                self.daemons[name].kill()
                self.daemons[name].wait()
        raise RuntimeError(f"the cluster did not start:\n{self.logs()}")

    def _configure(self):
        names = ["slurmctld", *self.nodes]
        self.ports = dict(zip(names, free_ports(len(names))))
        lines = [f"NodeName={node} NodeHostname=localhost NodeAddr=127.0.0.1 Port={self.ports[node]} CPUs={self.cpus} "
                 f"RealMemory={MEMORY}" for node in self.nodes]
        self.conf.write_text(CONFIGURATION.format(
            host=socket.gethostname().split(".")[0], port=self.ports["slurmctld"], user=pwd.getpwuid(os.getuid()).pw_name,
            directory=self.directory, nodes="\n".join(lines)), encoding="utf-8")

    def _daemon(self, name, *command, **env):
        with open(self.directory / f"{name}.out", "ab") as out:
            self.daemons[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                                  env={**self.env, **env}, cwd=self.directory, start_new_session=True)

    def _node_daemon(self, node):
        self._daemon(node, "slurmd", "-D", "-N", node, "-f", str(self.conf), SLURMD_NODENAME=node)

    def _fallen(self):
        return [name for name, daemon in self.daemons.items() if daemon.poll() is not None]

    # --- commands and jobs ---

    def run(self, *command, input=None, cwd=None, env=None):
        """What a command of Slurm's printed; it has to succeed. `env` is added to the cluster's."""
        ran = subprocess.run(command, input=input, cwd=cwd, env={**self.env, **(env or {})}, capture_output=True, text=True,
                             check=False)
        if ran.returncode:
            raise RuntimeError(f"{' '.join(command)}: {ran.returncode}: {ran.stderr}")
        return ran.stdout

    def submit(self, script, *options, cwd, env=None):
        """A batch script's text; gives the job's number. It runs in `cwd` and prints to a file there."""
        return self.run("sbatch", "--parsable", *options, input=script, cwd=cwd, env=env).strip()

    def states(self, job):
        """The state of the job, or of each task of an array, by name: `7`, or `7_1` and so on."""
        lines = self.run("squeue", "-h", "-r", "-t", "all", "-j", job, "-o", "%i %T").splitlines()
        return dict(line.split() for line in lines)

    def wait(self, job):
        """Waits until all of the job has ended; gives the states."""
        return self.until(lambda: (states := self.states(job)) and set(states.values()) <= ENDED and states)

    def _hurry(self):
        """Jobs that are requeued would wait for two minutes, in which the credentials of their first runs expire."""
        for line in self.run("squeue", "-h", "-r", "-t", "pending", "-o", "%i %r").splitlines():
            # One may have been cancelled meanwhile.
            if line.endswith(" BeginTime"):
                with contextlib.suppress(RuntimeError):
                    self.run("scontrol", "update", f"JobId={line.split()[0]}", "StartTime=now")

    def until(self, condition):
        """Waits until this is true, and gives what it was."""
        deadline = time.monotonic() + SECONDS
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"this did not come in {SECONDS} s: {self.run('squeue', '-a')}\n{self.logs()}")
            if self.nodes_lost:
                self._hurry()
            time.sleep(0.1)
        return found

    def clear(self):
        """Ends all jobs, and brings back all nodes."""
        for node in self.nodes:
            if self.daemons[node].poll() is not None:
                self.start_node(node)
        self.run("scancel", "--full", "--signal=KILL", "--user", str(os.getuid()))
        self.run("scancel", "--user", str(os.getuid()))
        kill_family(f"SLURM_CONF={self.conf}", "SLURM_CLUSTER_NAME=test")
        self.until(lambda: not self.run("squeue", "-h"))
        self.until(self._all_usable)

    def logs(self):
        """The ends of the daemons' logs."""
        paths = sorted([*self.directory.glob("*.log"), *self.directory.glob("*.out")])
        return "\n".join(f"{path.name}:\n{path.read_text(errors='replace')[-2000:]}" for path in paths)

    def processes(self, **settings):
        """The processes of this cluster with these settings in their environment, such as SLURM_JOB_ID."""
        return family(f"SLURM_CONF={self.conf}", *(f"{name}={value}" for name, value in settings.items()))

    # --- nodes ---

    def start_node(self, node):
        """Switches a node on that was lost, and waits until it takes jobs. It is as new: what ran on there has ended. Not
        while jobs wait that ran on it: as nothing makes them wait for two minutes here, the two runs would meet."""
        self._kill_all_on(node)
        shutil.rmtree(self.directory / f"spool-{node}", ignore_errors=True)
        self._node_daemon(node)
        self.until(lambda: listens(self.ports[node]))
        self.run("scontrol", "update", f"NodeName={node}", "State=RESUME")
        self.until(lambda: node in self._usable())

    def kill_node(self, node):
        """Power is cut: nothing of the node goes on, and the controller has noticed."""
        self._kill_all_on(node)
        self._lose(node)

    def cut_off_node(self, node):
        """The network is cut between controller and node: the controller takes it for dead, but its tasks run on."""
        self.daemons[node].kill()
        self._lose(node)

    def _kill_all_on(self, node):
        kill_family(f"SLURM_CONF={self.conf}", f"SLURMD_NODENAME={node}")

    def _lose(self, node):
        self.daemons[node].wait()
        self.nodes_lost = True
        self.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=lost")
        self.until(lambda: node not in self._usable())

    def _all_usable(self):
        return self._usable() == set(self.nodes)

    def _usable(self):
        """The nodes that answer and take jobs, now or when they have time."""
        return set(self.run("sinfo", "-h", "-N", "-t", "idle,mix,alloc", "-r", "-o", "%N").split())


try:
    import pytest
except ImportError:
    pytest = None

if pytest:

    @pytest.fixture(scope="session")
    def running_cluster():
        with Cluster() as cluster:
            yield cluster

    @pytest.fixture
    def slurm_cluster(running_cluster):
        """The cluster with all its nodes and no jobs."""
        running_cluster.clear()
        yield running_cluster
        running_cluster.clear()

if __name__ == "__main__":
    sys.stdin.read()
    clear_away(sys.argv[1])
