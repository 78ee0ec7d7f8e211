# SPDX-License-Identifier: Apache-2.0
"""What the tests of faults share: the command against the stand-in server, on file systems that are odd."""
import os
import pathlib
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import plugin_case  # noqa: E402
from plugin_case import case, make_case, make_standin, standin  # noqa: E402,F401

SHIM = plugin_case.BUILD / "tests/faults/refuse.so"
ODDFS = plugin_case.BUILD / "tests/faults/oddfs"


@pytest.fixture
def refusing(tmp_path):
    """The environment of a run on whose disk some calls fail: refusing(times=errno.EPERM)."""
    # A sanitizer wants to come first, but need not.
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return lambda **calls: {"LD_PRELOAD": str(SHIM), "REFUSE_BELOW": str(tmp_path), "ASAN_OPTIONS": sanitizer,
                            **{f"REFUSE_{name.upper()}": str(value) for name, value in calls.items()}}


def unmount(place, server):
    """Takes a file system of the tests away."""
    subprocess.run(["umount", "-l", place], check=False)
    server.wait(20)


@pytest.fixture
def odd_disk(tmp_path):
    """Mounts an odd file system; odd_disk("--fold-case") is the path of its top. What it cannot do here is a skip."""
    mounted = []

    def mount(*oddities):
        if not ODDFS.exists():
            pytest.skip("built without libfuse3: no file system of our own (the shims cover the rule)")
        if not os.access("/dev/fuse", os.R_OK | os.W_OK):
            pytest.skip("no /dev/fuse here: no file system of our own (the shims cover the rule)")
        place, backing = tmp_path / f"disk{len(mounted)}", tmp_path / f"backing{len(mounted)}"
        place.mkdir()
        backing.mkdir()
        server = subprocess.Popen([ODDFS, *oddities, backing, place], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  text=True)
        end = time.monotonic() + 20
        while not os.path.ismount(place) and server.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        if server.poll() is not None:
            pytest.skip(f"nothing can be mounted here: {server.stderr.read().strip()} (the shims cover the rule)")
        mounted.append((place, server))
        return place

    yield mount
    for place, server in mounted:
        unmount(place, server)
