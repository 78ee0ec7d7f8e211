# SPDX-License-Identifier: Apache-2.0
"""put: what stands before the server knows nothing of `Expect: 100-continue`."""

import time

import pytest
from plugin_case import make_standin, standin  # noqa: F401
from put_case import body
from test_fetch_hostile import BOX, liar  # noqa: F401

LARGE = bytes(range(256)) * (20 << 12)


@pytest.mark.parametrize("after_s", [0, 1.5], ids=["before the body", "in the middle of it"])
def test_an_expectation_that_fails_is_dropped_for_good(liar, after_s):
    """It takes one request more, once."""
    asked = []

    def refuse(handler):
        asked.append(handler.path)
        time.sleep(after_s)
        handler.say(417, b"no")
        handler.close_connection = True
        return False

    liar.between.expect = refuse
    liar.new_resource("BOX")
    liar.path("tree").mkdir()
    for name in ("a.bin", "b.bin", "c.bin"):
        liar.path("tree").joinpath(name).write_bytes(LARGE + name.encode())
    netrc = liar.write_netrc("machine 127.0.0.1 login alice password alice-pw\n")
    url = f"xnat+http://127.0.0.1:{liar.between.server_address[1]}/data/archive/{BOX}"
    for name in ("a.bin", "b.bin", "c.bin"):
        ran = liar.run("put", liar.path("tree/" + name), url + "/files/" + name, user=None, netrc=netrc)
        assert ran.code == 0, ran.err
    assert len(asked) == 3  # each in a process of its own
    asked.clear()
    ran = liar.run("put", liar.path("tree"), url + "/files/all/", user=None, netrc=netrc, jobs=1)
    assert ran.code == 0 and len(asked) == 1, (ran.code, ran.err, asked)
    assert body(liar, "/data/projects/sandbox", "BOX", "all/c.bin") == LARGE + b"c.bin"
