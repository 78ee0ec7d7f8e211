# SPDX-License-Identifier: Apache-2.0
"""The pictures, and the tables of results, show what is so today."""
import json
import subprocess
import sys

import pytest


def test_terminal_shows_what_the_command_writes(root, tools):
    ran = subprocess.run([sys.executable, root / "tests/tools/terminal_picture.py", "--check"], capture_output=True, text=True,
                         check=False, env=tools, stdin=subprocess.DEVNULL)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture
def bench(root, monkeypatch):
    """What writes the results, and the last results."""
    monkeypatch.syspath_prepend(str(root / "tests/bench"))
    import publish
    import records
    import report

    return publish, records, report, json.loads((root / "tests/bench/results.json").read_text(encoding="utf-8"))


def test_results_are_everywhere_the_last_ones(root, bench):
    """The pictures, the tables and their details are those of results.json. Else: `tests/bench/run --readme`."""
    publish, records, report, found = bench
    documents = records.documents(found)
    assert {"results.md", "results.svg"} <= set(documents)
    for name, made in documents.items():
        assert (root / "tests/bench" / name).read_text(encoding="utf-8") == made, name
    written = publish.parts(found)
    assert len(written) == 2
    for document, part in written.items():
        assert part in document.read_text(encoding="utf-8"), document
    assert len(report.short_part(found).splitlines()) == 1 + 2 + 5 + 4


def test_results_of_different_days_say_their_own(bench):
    """Those of the last day are told by the head alone."""
    *_, report, found = bench
    first, second = (dict(found["rows"][n], when=day) for n, day in ((0, "2001-02-03"), (1, "2001-02-04")))
    machines = {"2001-02-03": "an old machine", "2001-02-04": "a new one"}
    text = report.main_table({**found, "rows": [first, second], "machines": machines})
    assert text.count("(of 2001-02-03)") == 1 and "2001-02-04" not in text
    head = report.head({**found, "rows": [first, second], "machines": machines})
    assert "on 2001-02-03: an old machine" in head and "on 2001-02-04: a new one" in head
