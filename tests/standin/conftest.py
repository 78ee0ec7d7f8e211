# SPDX-License-Identifier: Apache-2.0
"""The stand-in's fixtures for its own tests."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))

from standin_server import StandIn, make_standin, standin  # noqa: E402,F401


@pytest.fixture(scope="module")
def shared():
    """One server for the tests that change nothing in it."""
    with StandIn() as server:
        yield server
