# SPDX-License-Identifier: Apache-2.0
"""Errors through the command: `ioplug: KIND: MESSAGE` in one line, the exit code of the kind, the server's own words."""

import json
import os
import socket

import pytest

from plugin_case import PLUGIN, case, make_case, make_standin, standin  # noqa: F401
from put_case import SCAN, write

CODES = {"usage": 2, "not-found": 3, "ambiguous": 4, "auth": 5, "conflict": 6, "network": 7, "server": 8, "integrity": 9,
         "io": 10}
DICOM = SCAN + "DICOM"


def one_line(ran, kind, *words):
    lines = [line for line in ran.err.splitlines() if not line.startswith("ioplug: warning: ")]
    assert len(lines) == 1 and lines[0].startswith(f"ioplug: {kind}: "), ran.err
    assert ran.code == CODES[kind] and ran.out == "", (ran.code, ran.out)
    for word in words:
        assert word in lines[0], (word, lines[0])
    assert len(lines[0]) < 1000
    return lines[0]


def test_the_less_obvious_ones(case):
    path = write(case.path("a"), b"a")
    open_netrc = case.write_netrc("default login alice password alice-pw\n", mode=0o644, name="open")
    line = one_line(case.run("fetch", case.url(DICOM), case.path("x"), user=None, netrc=open_netrc), "auth", "chmod")
    assert str(open_netrc) in line
    one_line(case.run("put", path, case.url("projects/sandbox/subjects/n/experiments/n/scans/1/resources/R")), "usage",
             "experiment_type")
    os.mkfifo(case.path("fifo"))
    one_line(case.run("put", case.path("fifo"), case.url(SCAN + "R")), "io", "fifo")
    write(case.path("file"), b"x")
    one_line(case.run("fetch", case.url(DICOM), case.path("file")), "io", "file")
    one_line(case.run("expand", case.url("search?projects=sandbox&subjects=(&regex=true")), "usage", "(")


def test_nobody_listens(case):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"xnat+http://127.0.0.1:{port}/"
    netrc = case.write_netrc("default login alice password alice-pw\n")
    path = write(case.path("a"), b"a")
    for words in [("expand", url + "search?projects=x"), ("put", path, url + "data/projects/x/resources/R"),
                  ("fetch", url + "data/projects/x/resources/R", case.path("out"))]:
        one_line(case.run(*words, user=None, netrc=netrc, retries=1), "network", str(port))


@pytest.mark.parametrize("status, kind", [(400, "server"), (403, "auth"), (404, "not-found"), (409, "conflict"),
                                          (405, "server"), (500, "network"), (501, "server"), (502, "network"),
                                          (503, "network")])
def test_status_and_words_of_the_server(case, status, kind):
    """The status page's own sentence is told, and not its HTML."""
    case.server.fault(method="GET", path="DICOM/files|/files\\?|resources/1/files", status=status, count=-1,
                      body="status-page", message="Words of the &amp; server")
    ran = case.run("fetch", case.url(DICOM), case.path("out"), retries=1, timeout=10)
    assert len(case.requests()) < 25
    # A server that goes on failing is either: it kept failing, or it failed for good.
    assert ran.code == CODES[kind] or (status >= 500 and ran.code in (7, 8)), (ran.code, ran.err)
    assert str(status) in ran.err and "Words of the & server" in ran.err and "<" not in ran.err, ran.err
    assert [line.startswith("ioplug: warning: ") for line in ran.err.splitlines()].count(False) == 1


def test_a_long_page_is_shortened(case):
    case.server.fault(method="GET", path="/files\\?", status=400, count=-1, body="status-page", message="word " * 3000)
    ran = case.run("fetch", case.url(DICOM), case.path("out"))
    assert ran.code == 8 and len(ran.err) < 1500 and ran.err.count("\n") == 1, len(ran.err)


@pytest.mark.parametrize("text", ["", "{", "[]", "{\"ResultSet\":{}}", "<html><body>Welcome</body></html>",
                                  "{\"ResultSet\":{\"Result\":[{\"ID\":", "[" * 100])
def test_no_xnat_answer(case, text):
    case.server.fault(method="GET", path="/data/projects", status=200, count=-1, body="raw", message=text)
    for words in [("expand", case.url("search?projects=s*")), ("put", write(case.path("a"), b"a"), case.url(DICOM))]:
        ran = case.run(*words, retries=1)
        assert ran.code in (7, 8), (words[0], ran.code, ran.err)
        assert ran.out == "", ran.err
        assert [line.startswith("ioplug: warning: ") for line in ran.err.splitlines()].count(False) == 1


def test_messages_hold_no_secret(case):
    netrc = case.write_netrc("default login alice password wrong-secret\n")
    ran = case.run("--debug", "expand", case.url("search?projects=sandbox"), user=None, netrc=netrc)
    assert ran.code == 5 and "alice" in ran.err
    ran_good = case.run("--debug", "put", write(case.path("a"), b"a"), case.url(SCAN + "R"))
    assert ran_good.code == 0
    sessions = {row["session"] for row in case.requests() if row["session"]}
    for secret in ["wrong-secret", "alice-pw", *sessions]:
        assert secret not in ran.err + ran_good.err
        assert secret not in ran.out + ran_good.out


def test_a_failed_expand_in_json(case):
    ran = case.run("--json", "expand", case.url("search?projects=sandbox&experiments=subject001_BRAIN&scans=1"),
                   case.url("search?bad=1"))
    assert ran.code == 2
    good = [json.loads(line) for line in ran.lines if "error" not in json.loads(line)]
    assert len(good) in (0, 2)


def test_the_plugin_that_is_missing(case):
    ran = case.run("--plugin", "/nonexistent/plugin.so", "expand", case.url("search?projects=x"))
    assert ran.code == 11 and "/nonexistent/plugin.so" in ran.err, (ran.code, ran.err)
    assert os.access(PLUGIN, os.R_OK)
