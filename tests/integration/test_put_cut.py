# SPDX-License-Identifier: Apache-2.0
"""What a killed overwrite leaves: XNAT cuts the file that is replaced in its place, while its catalog goes on listing the
size and MD5 that it had. The next put and fetch notice, whoever was killed."""

import os
import signal
import time

import pytest
from plugin_case import Case, case, make_case, make_standin, standin, tree_of  # noqa: F401
from put_case import SCAN, body, scan_path, stored, uploads, whole, write

OLD = os.urandom(400_000)
NEW = os.urandom(600_000)
URL = SCAN + "CUT/files/a.bin"


def heads(case):
    return case.requests("/files/", "HEAD")


def put_first(case, data=OLD, name="a.bin"):
    path = write(case.path(name), data)
    ran = case.run("put", path, case.url(SCAN + f"CUT/files/{name}"))
    assert ran.code == 0, ran.err
    return path


def kill_overwrite(case, data=NEW, sent=150_000, name="a.bin"):
    """A client that dies in the middle of the body: nobody sees an answer."""
    connection = case.server.connection()
    path = f"{scan_path(case)}/resources/CUT/files/{name}?inbody=true&overwrite=true"
    connection.putrequest("PUT", case.server.prefix + path)
    for field in (("Authorization", "Basic YWxpY2U6YWxpY2UtcHc="), ("Content-Type", "application/octet-stream"),
                  ("Content-Length", str(len(data)))):
        connection.putheader(*field)
    connection.endheaders(data[:sent])
    connection.close()
    deadline = time.monotonic() + 10
    while len(body(case, scan_path(case), "CUT", name)) != sent and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(body(case, scan_path(case), "CUT", name)) == sent
    assert stored(case, scan_path(case), "CUT")[name] != whole(data)
    case.clear()


def test_fetch_says_that_the_file_looks_cut(case):
    put_first(case)
    kill_overwrite(case)
    ran = case.run("fetch", case.url(URL), case.path("out"))
    assert ran.code == 9 and not case.path("out").exists(), (ran.code, ran.err)
    assert "cut by an interrupted upload" in ran.err and "overwrite=true" in ran.err and "history" in ran.err


@pytest.mark.parametrize("sent", [0, 150_000])
def test_put_of_what_was_there_does_not_believe_the_listing(case, sent):
    path = put_first(case)
    kill_overwrite(case, sent=sent)
    ran = case.run("put", path, case.url(URL))
    assert ran.code == 6 and not uploads(case), (ran.code, ran.err)
    assert f"{sent} of {len(OLD)} bytes are stored" in ran.err and "overwrite=true" in ran.err
    ran = case.run("put", path, case.url(URL) + "?overwrite=true")
    assert ran.code == 0, ran.err
    assert body(case, scan_path(case), "CUT", "a.bin") == OLD
    assert "still lists" not in ran.err


def test_put_of_the_new_content_replaces_the_rest(case):
    put_first(case)
    kill_overwrite(case)
    ran = case.run("put", write(case.path("a.bin"), NEW), case.url(URL) + "?overwrite=true")
    assert ran.code == 0, ran.err
    assert body(case, scan_path(case), "CUT", "a.bin") == NEW
    assert stored(case, scan_path(case), "CUT") == {"a.bin": whole(NEW)}


def test_a_listed_file_that_is_gone_is_not_taken_for_there(case):
    path = put_first(case)
    (number,) = {row["cat_ID"] for row in case.server.rows(f"{scan_path(case)}/resources/CUT/files")}
    case.server.spoil(number, "a.bin", "remove")
    ran = case.run("put", path, case.url(URL))
    assert ran.code == 6 and "nothing is stored" in ran.err, (ran.code, ran.err)
    ran = case.run("put", path, case.url(URL) + "?overwrite=true")
    assert ran.code == 0, ran.err
    assert body(case, scan_path(case), "CUT", "a.bin") == OLD


def test_what_is_whole_costs_one_question(case):
    path = put_first(case)
    case.clear()
    ran = case.run("put", path, case.url(URL))
    assert ran.code == 0 and not uploads(case) and len(heads(case)) == 1, ran.err
    assert not case.requests("files/a.bin", "GET")


@pytest.mark.parametrize("fault", [{"status": 200, "body": "empty"}, {"status": 404, "body": "empty"},
                                   {"status": 405, "body": "empty"}, {"status": 500}])
def test_an_answer_to_head_alone_proves_nothing(case, fault):
    """What stands in front of a server may answer it in its own way."""
    path = put_first(case)
    case.server.fault(method="HEAD", path="a.bin", count=-1, **fault)
    ran = case.run("put", path, case.url(URL))
    assert ran.code == 0 and len(uploads(case)) == 1, ran.err


def test_a_repair_that_breaks_goes_on_until_the_file_is_whole(case):
    """The listing that shows the right size and MD5 all the time is no proof of it."""
    path = put_first(case)
    kill_overwrite(case)
    case.server.fault(method="PUT", path="a.bin", request_after=90_000, count=2)
    ran = case.run("put", path, case.url(URL) + "?overwrite=true")
    assert ran.code == 0, ran.err
    assert len(uploads(case)) == 3 and body(case, scan_path(case), "CUT", "a.bin") == OLD


@pytest.mark.parametrize("data", [NEW, OLD], ids=["other", "the-same"])
def test_an_overwrite_that_fails_for_good_says_what_it_left(case, data):
    put_first(case)
    if data is OLD:
        kill_overwrite(case)
    case.server.fault(method="PUT", path="a.bin", request_after=90_000, count=-1)
    ran = case.run("put", write(case.path("a.bin"), data), case.url(URL) + "?overwrite=true", retries=1)
    left = len(body(case, scan_path(case), "CUT", "a.bin"))
    assert ran.code == 7 and left < len(OLD), (ran.code, ran.err)
    assert f"what was there before is gone: a.bin ({left} of {len(data)} bytes are stored)" in ran.err
    assert ran.err.count("gone") == 1


def test_an_overwrite_that_is_refused_loses_nothing(case):
    put_first(case)
    case.server.fault(method="PUT", path="a.bin", status=500, count=-1)
    ran = case.run("put", write(case.path("a.bin"), NEW), case.url(URL) + "?overwrite=true", retries=1)
    assert ran.code == 7 and "gone" not in ran.err, (ran.code, ran.err)
    assert body(case, scan_path(case), "CUT", "a.bin") == OLD


def test_a_put_that_is_ended_says_what_it_may_have_cut(case):
    put_first(case)
    case.server.fault(method="PUT", path="a.bin", delay_ms=3000)
    running = case.start("put", write(case.path("a.bin"), NEW), case.url(URL) + "?overwrite=true")
    deadline = time.monotonic() + 10
    while len(case.server.get(f"{scan_path(case)}/resources/CUT/files/a.bin").body) == len(OLD):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    ran = case.finish(running)
    assert ran.code == 130 and "what was there before is gone: a.bin (perhaps" in ran.err, (ran.code, ran.err)


def test_a_put_that_is_ended_between_two_tries_says_what_it_may_have_cut(case):
    """The first try has cut the file, and the second is waited for."""
    put_first(case)
    case.clear()
    case.server.fault(method="PUT", path="a.bin", request_after=90_000, count=-1)
    running = case.start("put", write(case.path("a.bin"), NEW), case.url(URL) + "?overwrite=true", retry_delay="300")
    deadline = time.monotonic() + 60
    while not (uploads(case) and case.requests()[-1]["method"] != "PUT"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    ran = case.finish(running)
    assert ran.code == 130 and "what was there before is gone: a.bin (perhaps" in ran.err, (ran.code, ran.err)
    assert ran.err.count("overwrite=true") == 1


def test_of_many_files_the_largest_are_looked_at(case):
    """Each question makes the server read the whole catalog: what they cost together is bounded."""
    names = [f"{number:03}.bin" for number in range(300)]
    for number, name in enumerate(names):
        write(case.path(f"tree/{name}"), b"%d" % number * (500 if number == 77 else 10))
    assert case.run("put", case.path("tree"), case.url(SCAN + "CUT")).code == 0
    case.clear()
    ran = case.run("put", case.path("tree"), case.url(SCAN + "CUT"), "-v")
    assert ran.code == 0 and not uploads(case), ran.err
    assert len(heads(case)) == 66 and "the 66 largest" in ran.err, ran.err
    kill_overwrite(case, sent=30, name="077.bin")
    ran = case.run("put", case.path("tree"), case.url(SCAN + "CUT"))
    assert ran.code == 6 and "077.bin" in ran.err and "30 of 1000 bytes are stored" in ran.err, (ran.code, ran.err)
    ran = case.run("put", case.path("tree"), case.url(SCAN + "CUT") + "?overwrite=true")
    assert ran.code == 0 and len(uploads(case)) == 1, ran.err
    assert case.run("fetch", case.url(SCAN + "CUT"), case.path("out")).code == 0
    assert tree_of(case.path("out")) == tree_of(case.path("tree"))
