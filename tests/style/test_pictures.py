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
    import picture
    import report

    return report, picture, json.loads((root / "tests/bench/results.json").read_text(encoding="utf-8"))


def test_results_are_everywhere_the_last_ones(root, bench):
    """The picture, the tables and their details are those of results.json. Else: `tests/bench/run --readme`."""
    report, picture, found = bench
    assert (root / "tests/bench/results.svg").read_text(encoding="utf-8") == picture.draw(found)
    assert (root / "tests/bench/results.md").read_text(encoding="utf-8") == report.markdown(found)
    written = report.parts(found)
    assert len(written) == 2
    for document, part in written.items():
        assert part in document.read_text(encoding="utf-8"), document
    assert len(report.short_part(found).splitlines()) == 1 + 2 + 5 + 4
