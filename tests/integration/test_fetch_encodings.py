# SPDX-License-Identifier: Apache-2.0
"""fetch: what stands before the server packs its answers, although nobody asked for it."""

import gzip

import pytest
from plugin_case import make_standin, standin  # noqa: F401
from test_fetch_hostile import BOX, DATA, liar  # noqa: F401


def packed(data, kind, encoding="gzip", status=200):
    return lambda handler: handler.say(status, gzip.compress(data), [("Content-Type", kind),
                                                                     ("Content-Encoding", encoding)])


def test_nothing_packed_is_asked_for(liar):
    liar.new_resource("BOX", {"a.bin": DATA})
    seen = []

    def lie(handler):
        seen.append(handler.headers.get_all("Accept-Encoding"))
        handler.say(200, DATA)

    liar.lie("/files/a.bin", lie)
    assert liar.fetch(BOX + "/files/a.bin").code == 0
    assert seen == [["identity"]]


@pytest.mark.parametrize("path, kind, status", [(r"/files\?format=json", "application/json", 200),
                                                (r"/files\?format=json", "text/html", 403),
                                                ("/files/a.bin", "application/octet-stream", 200),
                                                ("/files/a.bin", "text/html", 400)])
def test_an_encoding_that_comes_unasked_is_named(liar, path, kind, status):
    liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie(path, packed(DATA, kind, status=status))
    ran = liar.fetch(BOX + "/files/a.bin", retries=1)
    assert ran.code in (5, 8, 9), (ran.code, ran.err)
    assert "Content-Encoding: gzip" in ran.err and "not asked for" in ran.err, ran.err


def test_the_name_of_an_encoding_is_no_way_into_a_terminal(liar):
    liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie("/files/a.bin", packed(DATA, "text/plain", "\x1b[2Jx" + "y" * 500))
    ran = liar.fetch(BOX + "/files/a.bin", retries=0)
    assert ran.code == 9 and "Content-Encoding: ??2Jxyyy" in ran.err and "y" * 40 not in ran.err, ran.err


def test_a_file_that_is_right_as_it_comes_may_be_called_packed(liar):
    """Some servers declare a.nii.gz so."""
    data = gzip.compress(DATA)
    liar.new_resource("BOX", {"a.nii.gz": data})
    liar.lie("/files/a.nii.gz", lambda handler: handler.say(200, data, [("Content-Encoding", "gzip")]))
    ran = liar.fetch(BOX + "/files/a.nii.gz")
    assert ran.code == 0 and liar.path("out").read_bytes() == data, ran.err
