#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The table of what comes of each operation under each fault: runs all, or some, and prints the table or writes OUTCOMES.md.

    tests/faults/outcomes.py             # prints the table
    tests/faults/outcomes.py --write     # makes tests/faults/OUTCOMES.md anew
    tests/faults/outcomes.py stalled     # only rows with this in their name
"""
import concurrent.futures
import os
import pathlib
import sys

import answers
import moments
import surroundings
from lab import Lab
from operations import OPERATIONS

FILE = pathlib.Path(__file__).resolve().parent / "OUTCOMES.md"
ROWS = {row.key: row for row in [*answers.ROWS, *moments.ROWS, *surroundings.ROWS]}
# Most of a run is waiting.
AT_ONCE = 3 * (os.cpu_count() or 2)
NONE = "–"

HEAD = """\
# What comes of each operation under each fault

Written by `tests/faults/outcomes.py --write`, and compared by the tests; a change of the plugin that changes an outcome changes
this file. A cell says `ok`, with the number of tries if it took more than one, or the kind of the error; `–` where there is
no such moment. Several outcomes are those of several situations in the name of the row. For an answer that is spoilt they are:
spoilt at first (twice; a login once), and always. Where all transfers fail it is said how many requests were made. For faults
at each request: what mostly happens, and where something else does.

Whatever the outcome, for each cell it is checked that the command ends, with the exit code and the message of its kind and
without a secret in it; that what stands under a final name has the right bytes and is whole, and nothing else has been left
behind, here and on the server, or it is said; that no session is left on the server that the plugin knew of; that no refused
login was tried again; and that the same command, run again without the fault, completes what is missing.

"""


def measure(keys, report=lambda *told: None):
    """Runs all operations of these rows. {key: ([outcome by operation], [what is wrong])}"""
    lab, found = Lab(), {}
    try:
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            cells = {(key, operation.name): pool.submit(ROWS[key].outcome, lab, operation)
                     for key in keys for operation in OPERATIONS}
            for key in keys:
                outcomes = [cells[key, operation.name].result() or (NONE, []) for operation in OPERATIONS]
                found[key] = ([text for text, _ in outcomes], [f"{operation.name}: {text}" for operation, (_, wrong)
                                                              in zip(OPERATIONS, outcomes) for text in wrong])
                report(key, *found[key])
            return found
    finally:
        lab.close()


def line(key, cells):
    """A line of the table."""
    return f"| {key} | {' | '.join(cells)} |"


def table(found):
    """The table as text."""
    names = [operation.name for operation in OPERATIONS]
    lines = [line("fault", names), "|" + " --- |" * (len(names) + 1)]
    lines += [line(key, cells) for key, (cells, _) in found.items()]
    return "\n".join(lines) + "\n"


def written():
    """{key: [outcome by operation]} as the file says."""
    rows = [text.removeprefix("| ").removesuffix(" |").split(" | ")
            for text in FILE.read_text(encoding="utf-8").splitlines() if text.startswith("| ")]
    return {key: cells for key, *cells in rows}


def main(words):
    write = "--write" in words
    keys = [key for key in ROWS if all(word in key for word in words if word != "--write")]
    if not keys or (write and len(words) > 1):
        sys.exit(__doc__)

    def report(key, cells, wrong):
        print(line(key, cells), *(f"    wrong: {text}" for text in wrong), sep="\n", flush=True)

    found = measure(keys, report)
    if any(wrong for _, wrong in found.values()):
        sys.exit("something is wrong; nothing is written")
    if write:
        FILE.write_text(HEAD + table(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
