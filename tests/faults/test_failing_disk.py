# SPDX-License-Identifier: Apache-2.0
"""A disk that fails while several connections bring parts of one file: an error of the disk, and nothing stays."""
import errno
import os

import plugin_case
import pytest

MB = 1 << 20
LARGE = os.urandom(40 * MB)
SHIM = plugin_case.BUILD / "tests/faults/disk.so"
FILE = "projects/sandbox/resources/BOX/files/large.bin"


@pytest.mark.parametrize("call, number, after", [("WRITE", errno.ENOSPC, 24 * MB), ("READ", errno.EIO, 8 * MB)])
def test_a_disk_that_fails_under_several_connections(make_case, call, number, after):
    case = make_case(connection_mb_per_s=8)
    case.new_resource("BOX", {"large.bin": LARGE})
    case.server.set(connection_mb_per_s=8)
    env = {"LD_PRELOAD": str(SHIM), "DISK_BELOW": str(case.path("out")), f"DISK_{call}": f"{number}:{after}",
           "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
    ran = case.run("fetch", case.url(FILE), f"{case.path('out')}/", env=env)
    assert ran.code == 10 and os.strerror(number) in ran.err, (ran.code, ran.err)
    assert any("range" in row for row in case.requests("files/large.bin"))
    assert list(case.path("out").iterdir()) == []
    case.server.set(connection_mb_per_s=0)
    ran = case.run("fetch", case.url(FILE), f"{case.path('out')}/")
    assert ran.code == 0, ran.err
    # Compared outside of the assertion, which would explain the difference of megabytes for minutes.
    is_whole = case.path("out/large.bin").read_bytes() == LARGE
    assert is_whole
