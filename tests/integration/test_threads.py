# SPDX-License-Identifier: Apache-2.0
"""One plugin instance, sixteen threads: all succeed over one login, and no session is left.

STRESS names the program, TEST_PLUGIN the plugin that it loads; without them those of the build directory."""

import os
import subprocess

from plugin_case import BUILD, PLUGIN, case, make_case, make_standin, standin  # noqa: F401

STRESS = os.environ.get("STRESS", str(BUILD / "tests/stress/stress"))


def test_sixteen_threads_share_one_login(case):
    netrc = case.write_netrc(f"machine {case.server.host}:{case.server.port} login alice password alice-pw\n")
    work = case.path("work")
    work.mkdir()
    done = subprocess.run([STRESS, PLUGIN, case.server.plugin_url, str(work), "2"], timeout=300, check=False,
                          env=case.environment(NETRC=str(netrc)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "WARNING: ThreadSanitizer" not in done.stderr, done.stderr[:8000]
    logins = [row for row in case.requests("/data/JSESSION", "POST") if row["status"] == 200]
    assert len(logins) == 1
    assert case.server.sessions() == []
    sessions = {row["session"] for row in case.requests() if row["user"] == "alice"}
    assert len(sessions) == 1
