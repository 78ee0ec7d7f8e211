# SPDX-License-Identifier: Apache-2.0
"""What the tests in datmat share: the plugin in its place, with a login at a server."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from engine_site import ENGINES, PLUGIN, make_standin, site, standin  # noqa: E402,F401

sys.path.insert(0, str(ENGINES / "datmat"))

import datmat_xnatstorage  # noqa: E402


@pytest.fixture
def storage(site, monkeypatch):  # noqa: F811
    """The class, and after the test no session."""
    monkeypatch.setattr(datmat_xnatstorage.XNATStorage, "plugin", str(PLUGIN))
    monkeypatch.setattr(datmat_xnatstorage.XNATStorage, "settings", site.settings)
    yield datmat_xnatstorage.XNATStorage
    assert site.server.sessions() == []
