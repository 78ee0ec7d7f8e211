# SPDX-License-Identifier: Apache-2.0
"""Measures: runs things in turns, and takes from the server's log what they asked of it. Knows no client."""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))

from request_log import most_at_once, trips  # noqa: E402

# What takes this long is not run again: the ratio is far from every bound. Where both are long and alike, it is.
LONG_S, ALIKE_S = 5.0, 60.0
# What is over so soon is run more often: chance has a large part in it.
SHORT_S, MORE = 0.4, 3


class Failed(Exception):
    """What was to be measured did not do its work."""


class Sample:
    """One measurement: seconds, and what it cost. `memory` is the peak in KiB, or None; `part` the share of the work
    that was done, where the seconds are reckoned from a part."""

    def __init__(self, seconds, memory=None, part=1.0, cpu=None):
        self.seconds, self.memory, self.part, self.cpu = seconds / part, memory, part, cpu
        self.requests = self.connections = self.bytes = self.sessions = self.at_once = self.server = self.trips = None
        self.log = []

    def take_log(self, lines):
        self.log = lines
        self.requests = round(len(lines) / self.part)
        self.connections = len({line["connection"] for line in lines})
        self.bytes = round(sum(line["bytes_in"] + line["bytes_out"] for line in lines) / self.part)
        self.sessions = len({line["session"] for line in lines if line["path"].endswith("/JSESSION")})
        self.at_once = most_at_once(lines)
        self.trips = trips(lines)
        self.server = busy_seconds(lines) / self.part
        return self


def busy_seconds(lines):
    """How long the server had at least one request to answer: no client can be faster with these requests."""
    total = until = 0
    for line in sorted(lines, key=lambda line: line["time_us"]):
        end = line["time_us"] + line["took_us"]
        total += max(end - max(until, line["time_us"]), 0)
        until = max(until, end)
    return total / 1e6


class Figure:
    """Several samples of one thing: the median of the seconds, the largest of the rest."""

    def __init__(self, samples):
        self.samples = samples
        self.seconds = statistics.median(sample.seconds for sample in samples)
        self.part = samples[0].part
        for name in ("memory", "requests", "connections", "bytes", "sessions", "at_once", "trips", "server"):
            values = [getattr(sample, name) for sample in samples if getattr(sample, name) is not None]
            setattr(self, name, max(values) if values else None)

    def as_dict(self):
        return {"seconds": round(self.seconds, 5), "times": [round(one.seconds, 5) for one in self.samples],
                "requests": self.requests, "connections": self.connections, "bytes": self.bytes,
                "at_once": self.at_once, "trips": self.trips, "server_seconds": self.server, "memory_kib": self.memory,
                "part": self.part}


def run_measured(tools, command, env, accept=(0,), part=1.0):
    """Runs a command to its end, which did so large a part of the work; (Sample, standard output)."""
    with tempfile.NamedTemporaryFile(prefix="measure-") as report:
        ran = subprocess.run([tools.measure, report.name, *map(str, command)], env=env, capture_output=True,
                             stdin=subprocess.DEVNULL, check=False)
        if ran.returncode not in accept:
            raise Failed(f"{' '.join(map(str, command))[:300]}: {ran.returncode}: {ran.stderr.decode()[-500:]}")
        seconds, memory, cpu = report.read().split()
    return Sample(float(seconds), int(memory), part, float(cpu)), ran.stdout


def observe(server, action):
    """Runs `action`, which gives a Sample, with a log of its own."""
    server.clear_log()
    sample = action()
    return sample.take_log(server.log())


def timed(action, pid=None, part=1.0):
    """A Sample of something that another process does for us; its peak of memory is that of `pid`."""
    if pid:
        with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as peak:
            peak.write("5")
    began = time.monotonic()
    action()
    seconds = time.monotonic() - began
    return Sample(seconds, peak_of(pid) if pid else None, part)


def peak_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def turns_of(samples, repeats, long_s):
    """How often something is to be run, from how long it took so far."""
    if not samples:
        return 1
    took = min(sample.seconds * sample.part for sample in samples)
    return 1 if took > long_s else repeats * MORE if took < SHORT_S else repeats


def in_turns(server, repeats, actions, long_s=LONG_S):
    """Runs all actions one after the other, again and again, so that what else the machine does falls on all of them.
    {name: Figure}."""
    samples = {name: [] for name in actions}
    for turn in range(repeats * MORE):
        for name, action in actions.items():
            if turn < turns_of(samples[name], repeats, long_s):
                samples[name].append(observe(server, action))
    return {name: Figure(found) for name, found in samples.items()}


def machine():
    """The machine in one line."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown")
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, Linux {os.uname().release}; load before the run {load:.1f}"
