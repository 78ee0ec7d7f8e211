#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the command at random moments, again and again, and looks at what it leaves; then runs it to its end, and looks again.

    tests/kills/kills.py                          # 20 kills
    tests/kills/kills.py --kills 200 --seed 7     # as many, from that seed
    tests/kills/kills.py --seed 7 --only 12       # the twelfth of them once more

A moment is a time (as far into the command as an undisturbed one takes, over a slow line), a request (some milliseconds after
it was answered), or a call by which the command changes files or speaks to the server. Every other command meets a file system
without unnamed files and extended attributes, as NFS is one. Ends with `N passed, N failed`.
"""
import argparse
import concurrent.futures
import contextlib
import errno
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from victims import VICTIMS, archive

from lab import HANGS, wait_until_held
from plugin_case import BUILD, Case, Ran
from slow_line import SlowLine
from standin_server import StandIn

SHIMS = BUILD / "tests/faults"
BYTES_PER_S = 6_000_000
SETTINGS = {"retries": "3", "retry_delay": "0.01", "lockout_guard": "0"}
# Of a command that was not hit: it had come to its end before.
DRAWS = 20
# How often one is killed before it may come to its end.
TIMES = (1, 1, 1, 2, 3)


class Moments:
    """How long the commands take that nobody kills, in three measures; each is measured once."""

    def __init__(self, range_):
        self.range = range_
        self.lock, self.known = threading.Lock(), {}

    def of(self, victim, poor):
        with self.lock:
            if (victim.name, poor) not in self.known:
                self.known[victim.name, poor] = self.measure(victim, poor)
            return self.known[victim.name, poor]

    def measure(self, victim, poor):
        with self.range.case(victim, poor) as case:
            counter = case.path("count")
            started = time.monotonic()
            ran = end_of(start(case, victim, {"KILL_COUNT": str(counter)}))
            seconds = time.monotonic() - started
            wrong = list(victim.after_end(case, case.path("work"), ran))
            assert ran.code == 0 and not wrong, (victim.name, ran.code, ran.err, wrong)
            return seconds, len(case.server.log()), int(counter.read_text())


class Range:
    """Makes a server, and a place for a command, for each kill."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="kills-"))
        self.archive = self.directory / "archive.json"
        self.archive.write_text(archive())
        self.lock, self.count = threading.Lock(), 0

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    @contextlib.contextmanager
    def case(self, victim, poor):
        """`poor`: a file system that lacks what not all have."""
        with self.lock:
            self.count += 1
            place = self.directory / str(self.count)
        for name in ("tmp", "source"):
            (place / name).mkdir(parents=True)
        with StandIn(f"--archive={self.archive}", latency_ms=4, write_ms=5, catalog_us_per_file=200) as server, \
                SlowLine(server, BYTES_PER_S, both=True) as line:
            case = Case(server, place)
            case.settings = {**SETTINGS, "netrc": case.write_netrc("machine 127.0.0.1 login alice password alice-pw\n")}
            case.line, case.poor = line, poor
            victim.prepare(case, case.path("work"))
            yield case
        shutil.rmtree(place, ignore_errors=True)


def shims(poor):
    """The libraries that kill, and that make the file system at `poor` a poor one."""
    names = ["kill.so", *(["refuse.so"] if poor else [])]
    # A sanitizer wants to come first, but need not.
    found = {"LD_PRELOAD": ":".join(str(SHIMS / name) for name in names),
             "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
    lacks = {"REFUSE_BELOW": str(poor), **dict.fromkeys(("REFUSE_UNNAMED", "REFUSE_XATTR"), str(errno.EOPNOTSUPP))}
    return {**found, **(lacks if poor else {})}


def start(case, victim, env=None, slow=True):
    """The command, under way."""
    words = case.command(*victim.arguments(case, case.path("work")), user=None)
    if slow:
        words = [case.line.url(word) for word in words]
        if case.path("list").exists():
            case.path("list").write_text(case.line.url(case.path("list").read_text()).replace(
                f":{case.server.port}/", f":{case.line.port}/"))
    env = case.environment(TMPDIR=str(case.path("tmp")), **shims(case.poor and case.path("work")), **(env or {}))
    return subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def end_of(process):
    try:
        out, err = process.communicate(timeout=HANGS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Ran("hang", b"", b"")
    return Ran(process.returncode, out, err)


def kill_by_time(case, victim, moment, rng):
    at = rng.uniform(0, moment[0])
    process = start(case, victim)
    time.sleep(at)
    process.kill()
    return f"after {at:.3f} s", end_of(process)


def kill_by_request(case, victim, moment, rng):
    number, after = rng.randrange(moment[1]), rng.choice((0, 0.001, 0.005, 0.02)) * rng.random()
    case.server.fault(hold=True, skip=number)
    process = start(case, victim)
    if wait_until_held(case.server, process):
        case.server.let_go()
        time.sleep(after)
        process.kill()
    case.server.clear_faults()
    return f"{1000 * after:.2f} ms after request {number}", end_of(process)


def kill_by_call(case, victim, moment, rng):
    number = rng.randint(1, moment[2])
    process = start(case, victim, {"KILL_AT": str(number)}, slow=False)
    return f"before call {number}", end_of(process)


WAYS = (kill_by_time, kill_by_time, kill_by_request, kill_by_call, kill_by_call)


def wait_until_gone(server):
    """What a killed one had sent may still be on its way, and be written after that of the next: two writers at once, of whom
    the dead one comes last. Nobody can see that; so the next one begins when the server has done with the first."""
    end = time.monotonic() + HANGS
    while server.connections():
        if time.monotonic() > end:
            raise TimeoutError("a killed command's connection stays")
        time.sleep(0.02)


def kill_and_look(case, victim, moment, rng):
    """Kills one command, perhaps several times. (the moments, what is wrong), None if it was never hit."""
    work, told, wrong = case.path("work"), [], []
    for _ in range(rng.choice(TIMES)):
        when, ran = rng.choice(WAYS)(case, victim, moment, rng)
        if ran.code != -signal.SIGKILL:
            break
        told.append(when)
        wrong += [f"killed {when}: {text}" for text in victim.after_kill(case, work, ran)]
        wait_until_gone(case.server)
    if not told:
        return None
    wrong += finish(case, victim, work)
    left = len(case.server.sessions("alice"))
    if left > len(told):
        wrong.append(f"{left} sessions are left of {len(told)} killed commands and those after them")
    return ", ".join(told), wrong


def finish(case, victim, work):
    """The same command once more; where a put says that what was left needs it, with overwrite=true."""
    ran = end_of(start(case, victim, slow=False))
    if victim.writes and not victim.overwrite and ran.code == 6 and "overwrite=true" in ran.err:
        victim = victim.but(overwrite=True)
        ran = end_of(start(case, victim, slow=False))
    yield from (f"run again: {text}" for text in victim.after_end(case, work, ran))
    if ran.code != 0:
        yield f"run again: {ran.code}: {ran.err[-500:]}"


def named(victim, poor):
    return f"{victim.name}, poor file system" if poor else victim.name


def one(range_, moments, seed, number):
    """The kill of that number: (victim, moments, what is wrong)."""
    rng = random.Random(f"{seed}/{number}")
    order = random.Random(f"{seed}").sample(VICTIMS, len(VICTIMS))
    for _ in range(DRAWS):
        victim, poor = order[number % len(order)].but(), number % 2 == 1
        moment = moments.of(victim, poor)
        with range_.case(victim, poor) as case:
            done = kill_and_look(case, victim, moment, rng)
        if done is not None:
            return named(victim, poor), *done
    return named(victim, poor), "", [f"not hit in {DRAWS} tries"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="how many commands are killed")
    parser.add_argument("--seed", type=int, help="where the random moments come from (printed)")
    parser.add_argument("--only", type=int, help="the number of the one that is to be repeated")
    words = parser.parse_args()
    seed = words.seed if words.seed is not None else random.SystemRandom().randrange(1_000_000)
    numbers = [words.only] if words.only is not None else range(1, words.kills + 1)
    print(f"kills: {len(numbers)}, --seed {seed}", flush=True)
    range_, failed = Range(), 0
    try:
        moments = Moments(range_)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            for number, (name, told, wrong) in zip(numbers, pool.map(lambda n: one(range_, moments, seed, n), numbers)):
                print(f"{number}: {name}: killed {told}: {'wrong' if wrong else 'right'}", *wrong, sep="\n    ", flush=True)
                failed += bool(wrong)
    finally:
        range_.close()
    print(f"{len(numbers) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
