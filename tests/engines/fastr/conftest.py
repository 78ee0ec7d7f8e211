# SPDX-License-Identifier: Apache-2.0
"""What the tests in fastr share. fastr reads its configuration when it is imported, so it gets one before."""
import logging
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from engine_site import ENGINES, PLUGIN, make_standin, site, standin  # noqa: E402,F401

import pytest  # noqa: E402

HOME = tempfile.TemporaryDirectory(prefix="fastr-home-")
os.makedirs(os.path.join(HOME.name, "config.d"))
with open(os.path.join(HOME.name, "config.d/xnatstorage.py"), "w") as configuration:
    configuration.write(f"plugins_path.append('{ENGINES}/fastr')\nlogtype = 'none'\n")
os.environ["FASTRHOME"] = HOME.name
# fastr asks git about the checkout that its environment stands in, and fails where that is another user's.
os.environ.update(GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")

import fastr  # noqa: E402


@pytest.fixture
def plugin(site, monkeypatch):  # noqa: F811
    """fastr's instance of the plugin, with a login at a server."""
    instance = fastr.resources.ioplugins["xnat+http"]
    monkeypatch.setattr(fastr.config, "xnatstorage_plugin", str(PLUGIN))
    monkeypatch.setattr(fastr.config, "xnatstorage_settings", site.settings)
    yield instance
    instance.cleanup()
    assert site.server.sessions() == []


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)

    @property
    def loud(self):
        return [one.getMessage() for one in self.records if one.levelno >= logging.WARNING]


@pytest.fixture
def logged():
    """What goes to fastr's log."""
    lines = Lines()
    fastr.log.addHandler(lines)
    yield lines
    fastr.log.removeHandler(lines)
