# SPDX-License-Identifier: Apache-2.0
"""Transfers: retries, broken bodies that are continued, stalls, how many at a time, and memory."""

import os
import socket
import sys
import time

import pytest
from plugin_case import LEAN, SMALL_TIMES, case, make_case, make_standin, standin, tree_of  # noqa: F401
from session_case import certificate  # noqa: F401
from tls_front import TlsFront

BOX = "projects/sandbox/resources/BOX"
FILES = {"a.txt": b"alpha\n", "b.txt": b"beta\n", "sub/c.txt": b"gamma\n"}
LARGE = os.urandom(3 << 20)


def is_large(path):
    """Compared outside of an assertion: pytest would explain the difference of megabytes for minutes."""
    return path.read_bytes() == LARGE


def fetched_file(case, **settings):
    """Fetches a.txt; how often the server was asked for it."""
    case.new_resource("BOX", FILES)
    case.clear()
    ran = case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("one"), **settings)
    return ran, case.requests("files/a.txt")


@pytest.mark.parametrize("status", [408, 423, 424, 425, 429, 500, 502, 503, 504])
def test_passing_faults_are_retried(case, status):
    case.server.fault(path="files/a.txt", status=status, count=2)
    ran, asked = fetched_file(case)
    assert ran.code == 0, ran.err
    assert [row["status"] for row in asked] == [status, status, 200]
    assert "warning" in ran.err and ran.err.count("warning") == 1, ran.err


@pytest.mark.parametrize("status, code", [(400, 8), (403, 5), (405, 8), (404, 3), (410, 3), (417, 8), (422, 8)])
def test_other_statuses_are_final(case, status, code):
    case.server.fault(path="files/a.txt", status=status, count=-1, message="The reason is this")
    ran, asked = fetched_file(case)
    assert ran.code == code, (ran.code, ran.err)
    assert len(asked) == 1 and not case.path("one").exists()
    assert str(status) in ran.err


@pytest.mark.parametrize("status, code", [(503, 7), (500, 7), (502, 7), (504, 7), (429, 7)])
def test_retries_are_used_up(case, status, code):
    case.server.fault(path="files/a.txt", status=status, count=-1)
    ran, asked = fetched_file(case, retries=2)
    assert ran.code == code, (ran.code, ran.err)
    assert len(asked) == 3 and str(status) in ran.err


def test_no_retries(case):
    case.server.fault(path="files/a.txt", status=503, count=1)
    ran, asked = fetched_file(case, retries=0)
    assert ran.code == 7 and len(asked) == 1, ran.err


def test_the_servers_words_are_told(case):
    case.server.fault(path="files/a.txt", status=400, body="status-page", message="No such thing as this")
    ran, _ = fetched_file(case)
    assert ran.code == 8 and "No such thing as this" in ran.err and "<h3>" not in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("fault", [{"reset": True}, {"close_after": 0}, {"close_after": 1}])
def test_broken_connections_are_retried(case, fault):
    case.server.fault(path="files/a.txt", count=2, **fault)
    ran, asked = fetched_file(case)
    assert ran.code == 0, ran.err
    assert case.path("one").read_bytes() == FILES["a.txt"] and len(asked) == 3


def test_a_container_that_is_starting_is_waited_for(case):
    case.server.fault(path="files/a.txt", status=404, body="tomcat-404", count=2)
    # The first question for the login is asked before it, to find out whether the site is open; the second checks it.
    case.server.fault(path="/data/auth", status=404, body="tomcat-404", count=2, skip=2)
    ran, asked = fetched_file(case)
    assert ran.code == 0, ran.err
    assert len(asked) == 3


def test_a_listing_that_fails_for_a_moment(case):
    case.server.fault(path="/files.format=json", status=503, count=2)
    ran, _ = fetched_file(case)
    assert ran.code == 0, ran.err
    case.server.fault(path="/files.format=json", close_after=30, count=2)
    ran = case.run("fetch", case.url(BOX), case.path("tree"))
    assert ran.code == 0 and tree_of(case.path("tree")) == FILES, ran.err


def test_retry_after_is_honoured(case):
    case.server.fault(path="files/a.txt", status=503, retry_after=1, count=1)
    ran, asked = fetched_file(case)
    assert ran.code == 0, ran.err
    assert 0.95e6 <= asked[1]["time_us"] - asked[0]["time_us"] < 4e6


@pytest.mark.parametrize("archives", ["format=tar", "format=(tar|zip)"])
def test_a_busy_server_is_not_asked_in_other_ways(case, archives):
    """It said when to come back; more and smaller requests are the last that it needs."""
    case.new_resource("BOX", {f"{n:02}.bin": bytes([n]) * 500 for n in range(60)})
    case.server.fault(path=archives, status=503, body="nginx", retry_after=1, count=2)
    case.clear()
    begun = time.monotonic()
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0 and time.monotonic() - begun >= 2, ran.err
    assert [row["status"] for row in case.requests("format=", "GET") if "json" not in row["path"]] == [503, 503, 200]
    assert case.requests("/files/") == []


@pytest.mark.parametrize("status", [502, 503, 424])
def test_archives_that_never_come_are_gone_round(case, status):
    """What stands before the server may end one large answer each time, and let the small ones through."""
    files = {f"{n:02}.bin": bytes([n]) * 500 for n in range(30)}
    case.new_resource("BOX", files)
    case.server.fault(path="format=(tar|zip)", status=status, body="nginx", count=-1)
    ran = case.run("fetch", case.url(BOX), case.path("out"), retries=1)
    assert ran.code == 0 and tree_of(case.path("out")) == files, ran.err


@pytest.mark.parametrize("status", [502, 423])
def test_one_file_that_never_comes_does_not_stop_the_others(case, status):
    case.new_resource("BOX", {f"{n:02}.bin": bytes([n]) * 500 for n in range(30)})
    case.server.fault(path="format=(tar|zip)", status=500, body="status-page", count=-1)
    case.server.fault(path="files/04.bin", status=status, body="nginx", count=-1)
    ran = case.run("fetch", case.url(BOX), case.path("out"), jobs=1, retries=1)
    assert ran.code == 7 and "04.bin" in ran.err, (ran.code, ran.err)
    assert len(tree_of(case.path("out.partial"))) == 29


@pytest.mark.parametrize("fault", [{"status": 503, "body": "nginx"}, {"close_after": 0}])
def test_a_listing_of_sessions_has_one_set_of_tries(case, fault):
    url = "projects/sandbox/experiments/subject001_BRAIN/scans/1/resources/DICOM"
    case.server.fault(path="/experiments\\?", count=-1, **fault)
    case.clear()
    ran = case.run("fetch", case.url(url), case.path("out"), retries=3)
    assert ran.code == 7 and len(case.requests("/projects/sandbox/experiments")) <= 5, (ran.code, ran.err)


def test_a_server_that_closes_every_connection_is_given_up(case):
    case.new_resource("BOX", {f"{n:03}.bin": bytes([n]) * 500 for n in range(100)})
    case.server.fault(path="format=(tar|zip)", status=500, body="status-page", count=-1)
    case.server.fault(path="/files/", close_after=0, count=-1)
    case.clear()
    ran = case.run("fetch", case.url(BOX), case.path("out"), jobs=4, retries=2)
    assert ran.code == 7 and len(case.requests("/files/")) <= 2 * (4 + 2) * 3, (ran.code, ran.err)


def test_a_busy_listing_is_waited_for_once(case):
    url = "projects/sandbox/experiments/subject001_BRAIN/scans/1/resources/DICOM"
    case.server.fault(path="/files\\?", status=503, body="nginx", count=-1)
    case.clear()
    ran = case.run("fetch", case.url(url), case.path("out"), retries=3)
    assert ran.code == 7 and len(case.requests("/files?")) == 4, (ran.code, ran.err)


def test_a_server_that_goes_away_is_given_up(case):
    """Not each of the files has to find out by itself."""
    case.new_resource("BOX", {f"{n:03}.bin": bytes([n]) * 500 for n in range(200)})
    case.server.fault(path="format=(tar|zip)", status=500, body="status-page", count=-1)
    case.server.fault(path="/files/", status=503, body="nginx", count=-1)
    case.clear()
    ran = case.run("fetch", case.url(BOX), case.path("out"), jobs=4, retries=2)
    assert ran.code == 7 and "HTTP 503" in ran.err, (ran.code, ran.err)
    assert len(case.requests("/files/")) <= (4 + 2) * 3


def test_delays_grow(case):
    case.server.fault(path="files/a.txt", status=503, count=4)
    _, asked = fetched_file(case, retry_delay=0.1)
    gaps = [b["time_us"] - a["time_us"] for a, b in zip(asked, asked[1:])]
    assert len(gaps) == 4 and gaps[3] > gaps[0] and sum(gaps) > 0.4e6, gaps
    assert gaps[0] > 0.02e6


def test_a_body_that_stalls_is_asked_for_again(case):
    case.server.fault(path="files/a.txt", stall_after=2, stall_ms=20000, count=1)
    ran, asked = fetched_file(case, stall_timeout=1)
    assert ran.code == 0, ran.err
    assert len(asked) >= 1 and case.path("one").read_bytes() == FILES["a.txt"]


def test_a_server_that_never_answers(case):
    case.server.fault(path="files/a.txt", delay_ms=20000, count=-1)
    begun = time.monotonic()
    ran, _ = fetched_file(case, answer_timeout=1, retries=1)
    assert ran.code == 7, (ran.code, ran.err)
    assert time.monotonic() - begun < 10


def test_before_the_first_byte_the_longer_limit_counts(case):
    case.server.fault(path="files/a.txt", delay_ms=1800, count=-1)
    ran, asked = fetched_file(case, stall_timeout=1, answer_timeout=10)
    assert ran.code == 0 and len(asked) == 1, ran.err


def test_silences_within_an_archive_are_no_stall(case):
    files = {f"{n:02}.txt": b"%d" % n * 100 for n in range(30)}
    case.new_resource("BOX", files)
    case.server.fault(path="format=tar", stall_after=1000, stall_ms=1800, count=1)
    ran = case.run("fetch", case.url(BOX), case.path("out"), stall_timeout=1, answer_timeout=20)
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == files and len(case.requests("format=tar")) == 1
    assert case.requests("/files/") == []


def test_a_server_that_is_not_there(case):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"xnat+http://127.0.0.1:{port}/data/archive/{BOX}"
    ran = case.run("fetch", url, case.path("out"), user=None, retries=1,
                   netrc=case.write_netrc("default login alice password alice-pw\n"))
    assert ran.code == 7 and str(port) in ran.err, (ran.code, ran.err)
    assert not case.path("out").exists()


@pytest.mark.parametrize("cuts", [1, 3])
def test_a_broken_large_file_is_continued(case, cuts):
    case.new_resource("BOX", {"large.bin": LARGE})
    case.server.fault(path="files/large.bin", close_after=700000, count=cuts)
    ran = case.run("fetch", case.url(BOX + "/files/large.bin"), case.path("one"))
    assert ran.code == 0, ran.err
    assert is_large(case.path("one"))
    asked = case.requests("files/large.bin")
    assert [row["status"] for row in asked] == [200] + [206] * cuts
    assert "range" not in asked[0]
    starts = [int(row["range"].removeprefix("bytes=").removesuffix("-")) for row in asked[1:]]
    assert starts == sorted(starts) and starts[0] >= 500000
    assert sum(row["bytes_out"] for row in asked) < len(LARGE) + 300000 * (cuts + 1)


def test_a_server_without_ranges_starts_again(make_case):
    case = make_case(ranges=False)
    case.new_resource("BOX", {"large.bin": LARGE})
    case.server.fault(path="files/large.bin", close_after=700000, count=1)
    ran = case.run("fetch", case.url(BOX + "/files/large.bin"), case.path("one"))
    assert ran.code == 0, ran.err
    assert is_large(case.path("one"))
    assert [row["status"] for row in case.requests("files/large.bin")] == [200, 200]


@pytest.mark.parametrize("status", [416, 500, 501])
def test_a_server_that_refuses_ranges_starts_again(case, status):
    case.new_resource("BOX", {"large.bin": LARGE})
    case.server.fault(path="files/large.bin", close_after=700000, count=1)
    case.server.fault(path="files/large.bin", status=status, count=1)
    ran = case.run("fetch", case.url(BOX + "/files/large.bin"), case.path("one"), retries=1)
    assert ran.code == 0, ran.err
    assert is_large(case.path("one"))
    asked = case.requests("files/large.bin")
    assert [row["status"] for row in asked] == [200, status, 200] and "range" not in asked[-1]


@pytest.mark.parametrize("other", [LARGE[::-1], LARGE[:300000], LARGE + b"x"], ids=["other", "shorter", "longer"])
def test_a_file_that_changed_meanwhile_starts_again(case, other):
    """XNAT looks at no If-Range, and clamps nothing: where a file ends before the part that is missing begins, it
    declares a length below nothing."""
    number = case.new_resource("BOX", {"large.bin": LARGE})
    path = f"/data/{BOX}/files/large.bin"
    case.server.fault(path="files/large.bin", method="GET", close_after=700000, count=1)
    case.server.fault(path="files/large.bin", method="GET", status=503, retry_after=2, count=1)
    running = case.start("fetch", case.url(BOX + "/files/large.bin"), case.path("one"))
    end = time.monotonic() + 20
    while len(case.requests("files/large.bin", "GET")) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.5)
    assert case.server.put(path + "?overwrite=true&inbody=true", other).status == 200
    ran = case.finish(running)
    # The listing that was read at first is now untrue, so the only other end is an integrity error.
    assert number and ran.code in (0, 9), (ran.code, ran.err)
    # On a slow machine the second try may have come before the change; what must not be is a mixture.
    whole = not case.path("one").exists() or case.path("one").read_bytes() in (other, LARGE)
    assert whole


def test_no_more_than_jobs_at_a_time(case):
    case.new_resource("BOX", {f"{n}.bin": bytes([n]) * 5000 for n in range(12)})
    case.server.fault(path="format=", without="json", status=404, body="empty", count=-1)
    case.server.fault(path="/files/", delay_ms=120, count=-1)
    for jobs in (1, 3):
        case.clear()
        ran = case.run("fetch", case.url(BOX), case.path(f"out{jobs}"), jobs=jobs)
        assert ran.code == 0, ran.err
        rows = case.requests("/files/")
        spans = [(row["time_us"], row["time_us"] + row["took_us"]) for row in rows]
        most = max(sum(begin <= at < end for begin, end in spans) for at, _ in spans)
        assert len(rows) == 12 and most <= jobs and (jobs == 1 or most >= 2), most


def test_connections_are_used_again(case):
    case.new_resource("BOX", {f"{n}.bin": bytes([n]) * 5000 for n in range(12)})
    case.clear()
    assert case.run("fetch", case.url(BOX), case.path("out"), jobs=2).code == 0
    assert len({row["connection"] for row in case.requests()}) <= 4
    assert len(case.requests("/data/JSESSION", "DELETE")) == 1


def test_further_connections_go_on_with_the_tls_session(make_case, certificate):  # noqa: F811
    """A handshake costs a server more than most answers."""
    case = make_case(sample="projects=1,subjects=20,experiments=1,scans=2,resources=1", latency_ms=10)
    case.server.set(bulk=False)
    with TlsFront(case.server, certificate) as front:
        netrc = case.write_netrc(f"machine 127.0.0.1:{front.port} login alice password alice-pw\n")
        ran = case.run("expand", f"xnat+https://127.0.0.1:{front.port}/search?projects=project001&subjects=*",
                       user=None, netrc=netrc, ca_file=certificate / "cert.pem")
    assert ran.code == 0 and len(ran.lines) == 40, ran.err
    assert len(front.resumed) >= 3 and front.resumed.count(False) == 1, front.resumed


@pytest.mark.parametrize("count, archives", [(4, 0), (60, 1)])
def test_archive_or_single_files(case, count, archives):
    case.new_resource("BOX", {f"{n:02}.bin": bytes([n]) * 500 for n in range(count)})
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert len(case.requests("format=tar")) == archives
    assert len(case.requests("/files/")) == (0 if archives else count)
    assert not any("range" in row for row in case.requests("format=tar"))


# Small itself: what a process has before it becomes another one counts for its peak.
MEASURE = """
import os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


def peak(case, *arguments):
    """Runs the command; its peak in KiB."""
    ran = case.run(*arguments, prefix=[sys.executable, "-S", "-c", MEASURE], env=LEAN)
    assert ran.code == 0, ran.err
    code, kib = ran.lines[-1].split()
    assert code == "0", ran.err
    return int(kib)


def test_memory_does_not_grow_with_the_file(case):
    case.new_resource("BOX")
    size = 300 << 20
    assert case.server.put(f"/data/{BOX}/files/huge.bin?inbody=true", bytes(size)).status == 200
    assert peak(case, "fetch", case.url(BOX), case.path("out")) <= 24 * 1024 * SMALL_TIMES
    assert os.stat(case.path("out/huge.bin")).st_size == size


def test_memory_does_not_grow_with_an_archive(case):
    case.new_resource("BOX", {f"{n}.bin": bytes([n]) * (4 << 20) for n in range(30)})
    assert peak(case, "fetch", case.url(BOX), case.path("out")) <= 24 * 1024 * SMALL_TIMES
    assert len(case.requests("format=tar")) == 1 and case.requests("/files/") == []
