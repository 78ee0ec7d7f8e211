# SPDX-License-Identifier: Apache-2.0
"""A user whose number nobody knows, in an empty environment, as in many containers: nothing but our own words."""

import os
import subprocess

import pytest
from plugin_case import IOPLUG, PLUGIN, Ran, case, make_standin, standin  # noqa: F401

STRANGER = 54321


@pytest.fixture
def stranger(case):
    """Runs the command as that user, with no variable but those given, each warning of GLib's being fatal."""
    words = ["unshare", "--user", f"--map-user={STRANGER}"]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0:
        if os.geteuid() != 0:
            pytest.skip("this machine lets ordinary users be nobody else (no user namespaces)")
        words = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]

    def run(*arguments, **env):
        given = {"PATH": os.environ["PATH"], "G_DEBUG": "fatal-warnings", **env}
        for name in ("LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                given[name] = os.environ[name]
        done = subprocess.run([*words, IOPLUG, "--plugin", PLUGIN, "-o", "lockout_guard=0", *map(str, arguments)], env=given, timeout=60,
                              capture_output=True, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


def test_a_user_without_a_home_can_work(case, stranger):
    search = case.url("search?projects=sandbox&scans=T1&resources=DICOM&id=experiment,scan")
    ran = stranger("expand", search, XNAT_HOST=case.server.url, XNAT_USER="alice", XNAT_PASS="alice-pw")
    assert ran.code == 0 and ran.err == "" and ran.out != "", (ran.code, ran.err)


def test_a_user_without_a_home_is_told_so(case, stranger):
    ran = stranger("expand", case.url("search?projects=sandbox"))
    assert ran.code == 5 and "no home directory" in ran.err and "NETRC" in ran.err, (ran.code, ran.err)
    assert [line for line in ran.err.splitlines() if not line.startswith("ioplug: ")] == []


def test_what_every_test_runs_under(case):
    """So that no mistake that GLib notices is reachable from input, wherever a test gets."""
    assert case.environment()["G_DEBUG"] == "fatal-warnings"
