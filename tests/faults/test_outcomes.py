# SPDX-License-Identifier: Apache-2.0
"""The table of outcomes is as OUTCOMES.md says, and nothing is ever lost, left behind, said wrongly or not at all."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import outcomes  # noqa: E402


@pytest.fixture(scope="session")
def found(request):
    """The outcomes of all rows that are to be looked at: they are found side by side."""
    keys = [item.callspec.params["key"] for item in request.session.items
            if item.originalname == "test_outcome_is_as_written"]
    return outcomes.measure(keys)


@pytest.mark.parametrize("key", outcomes.ROWS)
def test_outcome_is_as_written(found, key):
    cells, wrong = found[key]
    assert not wrong
    if outcomes.written().get(key) != cells:
        # What is under way at the time of a fault may depend on how busy the machine is: once more, by itself.
        cells, wrong = outcomes.measure([key])[key]
        assert not wrong
    assert outcomes.written().get(key) == cells, "if that is right, run tests/faults/outcomes.py --write"


def test_the_rest_of_the_file_is_as_written():
    rows = {key: (outcomes.written().get(key, []), []) for key in outcomes.ROWS}
    assert outcomes.FILE.read_text(encoding="utf-8") == outcomes.HEAD + outcomes.table(rows)
