# SPDX-License-Identifier: Apache-2.0
"""One operation under one fault: a server of its own, a run of the command, what came of it, and what must be true whatever
came of it."""
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from cli import mind_signals  # noqa: E402
from operations import archive_json  # noqa: E402
from plugin_case import Case, Ran  # noqa: E402
from standin_server import StandIn  # noqa: E402

KINDS = {0: "ok", 2: "usage", 3: "not-found", 4: "ambiguous", 5: "auth", 6: "conflict", 7: "network", 8: "server",
         9: "integrity", 10: "io", 11: "plugin", 129: "cancelled", 130: "cancelled", 143: "cancelled", -signal.SIGKILL: "killed"}
# Far longer than any run takes, also on a busy machine; nothing in the table depends on it.
HANGS = 90
# Single files cost the server so much that a tree of many always comes as an archive, however fast the machine is.
COSTS = {"catalog_us_per_file": 2000}
SETTINGS = {"retries": "3", "retry_delay": "0.01", "lockout_guard": "0", "jobs": "1"}
SECRETS = ("alice-pw", "wrong-pw", "YWxpY2U6")
LOGIN = "/data/JSESSION"


@dataclasses.dataclass
class Result:
    """What came of a run: its kind, how many requests met each fault, which one the first fault met first, and what is
    wrong."""

    kind: str
    hits: list
    met: str
    wrong: list
    log: list
    err: str

    @property
    def with_tries(self):
        """The kind, and of a success how many tries it took to get past the first fault."""
        if self.kind != "ok" or not self.hits or not self.hits[0]:
            return self.kind
        return f"ok, {self.hits[0] + 1} tries"


class Lab:
    """Runs operations, and collects what is wrong. All of it may be called from several threads."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="faults-"))
        self.archive = self.directory / "archive.json"
        self.archive.write_text(json.dumps(archive_json()))
        self.lock, self.count, self.known = threading.Lock(), 0, {}

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    @contextlib.contextmanager
    def case(self, operation, **options):
        """A server, and a place for a run."""
        with self.lock:
            self.count += 1
            place = self.directory / str(self.count)
        place.mkdir()
        (place / "tmp").mkdir()
        with StandIn(f"--archive={self.archive}", **{**COSTS, **options}) as server:
            case = Case(server, place)
            case.settings = dict(SETTINGS)
            yield case
        shutil.rmtree(place, ignore_errors=True)

    def undisturbed(self, operation):
        """The requests of an operation to which nothing happens."""
        with self.lock:
            lock = self.known.setdefault(operation.name, [threading.Lock(), None])
        with lock[0]:
            if lock[1] is None:
                result = self.run(operation)
                assert result.kind == "ok" and not result.wrong, (operation.name, result)
                lock[1] = result.log
            return lock[1]

    def first(self, operation, place):
        """The first request of that place of an operation; None if it has none."""
        wanted = selector(operation, place)
        if wanted is None:
            return None
        for line in self.undisturbed(operation):
            if line["method"] == wanted["method"] and re.search(wanted["path"], line["path"]):
                return line
        return None

    def run(self, operation, faults=(), *, before=None, during=None, again=True, leaks=0, settings=None, options=None,
            prefix=(), env=None, user="alice", password=None):
        """Runs an operation. `before(case)` is called first, `during(case, process)` while a request is held. `leaks`: so many
        sessions may be left, as nobody was told of them, or could end them; or a function that tells that of the request that
        was met. `again`: without the faults the same command must succeed afterwards."""
        with self.case(operation, **(options or {})) as case:
            if before is not None:
                before(case)
            operation.prepare(case, case.path("work"))
            for fault in faults:
                case.server.fault(**fault)
            words = case.command(*operation.arguments(case, case.path("work")), user=user, password=password,
                                 **(settings or {}))
            words = [*map(str, prefix(case) if callable(prefix) else prefix), *words]
            more = (env(case) if callable(env) else env) or {}
            ran = self.finish(case, words, during, {"TMPDIR": str(case.path("tmp")), **more})
            if case.path("work.kept").exists():
                case.path("work").rmdir()
                case.path("work.kept").rename(case.path("work"))
            if case.server.process.poll() is not None:
                return Result(KINDS.get(ran.code, f"exit code {ran.code}"), [], "",
                              [] if operation.writes else list(operation.wrong(case, case.path("work"), ran)), [], ran.err)
            hits, met = (case.server.hits(), case.server.first_hits()[0]) if faults else ([], "")
            log = case.server.log()
            wrong = list(self.wrong(case, operation, ran, log, leaks(met) if callable(leaks) else leaks, met))
            if again and ran.code != 0 and not wrong:
                wrong += self.run_again(case, operation)
            return Result(KINDS.get(ran.code, f"exit code {ran.code}"), hits, met, wrong, log, ran.err)

    @staticmethod
    def finish(case, words, during, env):
        """The command, to its end."""
        process = subprocess.Popen(words, env=case.environment(**env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, preexec_fn=mind_signals if during else None)
        try:
            if during is not None and wait_until_held(case.server, process):
                during(case, process)
            out, err = process.communicate(timeout=HANGS)
        except subprocess.TimeoutExpired:
            process.kill()
            return Ran("hang", *process.communicate())
        finally:
            if during is not None and case.server.process.poll() is None:
                case.server.let_go()
        return Ran(process.returncode, out, err)

    def wrong(self, case, operation, ran, log, leaks, met):
        """What must not be, whatever the fault."""
        case.server.clear_faults()
        case.server.set(max_sessions=1000)
        if ran.code not in KINDS or (ran.code == -signal.SIGKILL and not operation.silent):
            yield f"ended with {ran.code}: {ran.err[-300:]}"
        if not operation.silent:
            yield from wrong_words(ran, log)
        # Who logs out has done all there was to do, whatever comes of that.
        done = Ran(0, ran.out, ran.err) if met == f"DELETE {LOGIN}" else ran
        yield from operation.wrong(case, case.path("work"), done)
        if left := os.listdir(case.path("tmp")):
            yield f"stray temporary files {left}"
        sessions = [one for one in case.server.sessions("alice") if not one["refused"]]
        if len(sessions) > leaks:
            yield f"{len(sessions)} sessions are left"
        refused = [line for line in log if (line["method"], line["path"], line["status"]) == ("POST", LOGIN, 401)]
        if len(refused) > 1:
            yield "a refused login was tried again"

    @staticmethod
    def run_again(case, operation):
        """Without the fault the same command completes what is missing, and tidies up."""
        operation = operation.but(silent=False)
        ran = case.run(*operation.arguments(case, case.path("work")), timeout=HANGS)
        wrong = [f"run again: {text}" for text in operation.wrong(case, case.path("work"), ran)]
        return wrong if ran.code == 0 else [f"run again: {ran.err[-300:]}", *wrong]


def wrong_words(ran, log):
    """A failure is said in a line of its kind, and nothing that is said is secret."""
    lines = [line for line in ran.err.splitlines() if not line.startswith("ioplug: warning: ")]
    kinds = [line.split(": ")[1] for line in lines if line.startswith("ioplug: ") and line.count(": ") > 1]
    if ran.code in KINDS and (KINDS[ran.code] not in kinds) != (ran.code == 0):
        yield f"{KINDS[ran.code]}, but it says: {ran.err[-300:]}"
    if any(line.startswith(("(", "**", "==")) for line in ran.err.splitlines()):
        yield f"a library speaks: {ran.err[:300]}"
    told = ran.err + ran.out
    sessions = {line["session"] for line in log if line["session"]}
    yield from (f"says a secret: {told[:300]}" for secret in {*SECRETS, *sessions} if secret in told)


def wait_until_held(server, process):
    """Whether a request is held; FALSE when the process has ended before."""
    end = time.monotonic() + HANGS
    while server.held() == 0:
        if process.poll() is not None or time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def selector(operation, place):
    """The requests of one place in an operation, as faults select them; None if it has none."""
    if place == "login":
        return {"method": "POST", "path": "/data/JSESSION"}
    if place == "question":
        return {"method": "GET", "path": "format=json"}
    if operation.transfer is None:
        return None
    return {"method": "PUT" if operation.writes else "GET", "path": operation.transfer}
