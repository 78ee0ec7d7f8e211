#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stand-in's answers beside those of a real XNAT. Standard library only.

    wire_answers.py closed|open [STEP...]    prints where they differ, but for what is declared; STEP may hold `*`
"""
import contextlib
import fnmatch
import io
import json
import pathlib
import re
import sys

import places
from standin_server import StandIn

sys.path.insert(0, str(places.HERE / "wire"))

import wire  # noqa: E402

DECLARED = places.ROOT / "tests/standin/DIFFERENCES.md"
# Which recording each kind of site has, and how the stand-in becomes one.
SITES = {"closed": ("xnat-1.8.11.json", {}), "open": ("xnat-1.8.11-open.json", {"require_login": False})}
# An idle connection ends sooner than there, and rows come in the order that is promised nowhere.
SETTINGS = {"keep_alive_ms": 1000, "shuffle": False}


def recorded(site):
    """The real server's answers, in order."""
    return json.loads((places.HERE / "wire" / SITES[site][0]).read_text(encoding="utf-8"))


def ask_standin(site):
    """The stand-in's answers, by step."""
    with StandIn(**SETTINGS, **SITES[site][1]) as server, contextlib.redirect_stdout(io.StringIO()):
        out = pathlib.Path(server.directory) / "answers.json"
        wire.record(server.url, "admin", "admin", out, is_open=site == "open")
        return {step["step"]: step for step in json.loads(out.read_text(encoding="utf-8"))}


def differences(site):
    """(step, what, the real server's, the stand-in's) of everything that differs."""
    mine = ask_standin(site)
    for step in recorded(site):
        name = step["step"]
        if name not in mine:
            yield name, "answer", "there", "missing"
            continue
        for what, theirs, ours in wire.differences(step, mine[name]):
            yield name, what, theirs, ours


def declared():
    """(reason, patterns of steps, what differs) of each row of the table."""
    text = DECLARED.read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [(reason, *(re.findall(r"`([^`]+)`", cell) for cell in (steps, what))) for reason, steps, what in rows[2:]]


def fits(step, pattern):
    """Whether a pattern names a step; only `*` is special in it."""
    return fnmatch.fnmatchcase(step, pattern.replace("[", "[[]").replace("?", "[?]"))


def is_declared(rows, step, what):
    return any(what in parts and any(fits(step, pattern) for pattern in steps) for _, steps, parts in rows)


def main(site, *wanted):
    rows, seen = declared(), {}
    for step, what, theirs, ours in differences(site):
        if is_declared(rows, step, what) or (wanted and not any(fits(step, pattern) for pattern in wanted)):
            continue
        seen.setdefault(step, []).append((what, theirs, ours))
    for step, parts in seen.items():
        print(step)
        for what, theirs, ours in parts:
            print(f"    {what}\n        real      {json.dumps(theirs, ensure_ascii=False)}")
            print(f"        stand-in  {json.dumps(ours, ensure_ascii=False)}")
    print(f"{len(seen)} of {len(recorded(site))} answers differ")
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if sys.argv[1:2] and sys.argv[1] in SITES else __doc__)
