# SPDX-License-Identifier: Apache-2.0
"""One large file over several connections, where one alone is slow; and all that may be wrong with ranges."""
import os
import pathlib
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from abi_host import AbiHost
from plugin_case import SMALL_TIMES, Case
from standin_server import StandIn
from test_counts import most_at_once, peak_of

MB = 1 << 20
LARGE = os.urandom(24 * MB)
OTHER = LARGE[MB:] + LARGE[:MB]
# Alone it would take five seconds.
SLOW = 5
FILE = "/data/projects/sandbox/resources/BOX/files/large.bin"
LONG_AGO = 1_000_000_000


@pytest.fixture(scope="module")
def server():
    with StandIn() as started:
        assert started.put("/data/projects/sandbox/resources/BOX").status == 200
        started.holds = None
        yield started


@pytest.fixture
def case(server, tmp_path):
    """A server of slow connections, with the large file, which has been there for long."""
    server.clear_faults()
    if server.holds is not LARGE:
        store(server, LARGE)
    server.set(connection_mb_per_s=SLOW)
    server.clear_log()
    yield Case(server, tmp_path)
    server.set(connection_mb_per_s=0, ranges=True)


def store(server, data, date=LONG_AGO, digest=True, rate=SLOW):
    """Puts the file there; as if it had not been looked at again, if its digest or date are to be others."""
    server.set(connection_mb_per_s=0)
    assert server.put(FILE + "?overwrite=true&inbody=true", data).status == 200
    number = server.row("/data/projects/sandbox/resources", label="BOX")["xnat_abstractresource_id"]
    if not digest:
        server.spoil(number, "large.bin", "drop-digest")
    for one in pathlib.Path(server.directory, "root").rglob("*"):
        if one.is_file() and one.stat().st_size == len(data) and one.stat().st_mtime > LONG_AGO + 1000:
            os.utime(one, (date, date))
    server.holds = data if digest and date == LONG_AGO else None
    server.clear_log()
    server.set(connection_mb_per_s=rate)


def url(case):
    return case.url("projects/sandbox/resources/BOX/files/large.bin")


def asked(case):
    return case.requests("files/large.bin", "GET")


def is_file(path, data):
    """Compared outside of an assertion: pytest would explain the difference of megabytes for minutes."""
    return path.read_bytes() == data


def wait_for(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.03)
    assert condition()


def start(case, **settings):
    return case.start("fetch", url(case), case.path("out"), **settings)


def hurry(case):
    """What matters has happened."""
    case.server.set(connection_mb_per_s=0)


def meets_ranges(case, skip=1, **fault):
    """Every request but the first one meets the fault, if there is any; whether one has."""
    case.server.fault(path="files/large.bin", method="GET", skip=skip, count=-1, **fault)
    return lambda: case.server.hits()[-1] > 0


def test_several_connections(case):
    """Each byte is asked for by one of them, as long as none is given up; with no more memory than any file takes."""
    assert 1 << 20 < peak_of(case, "fetch", url(case), case.path("out")) <= (24 << 20) * SMALL_TIMES
    assert is_file(case.path("out"), LARGE) and case.path("out").stat().st_mtime == LONG_AGO
    rows = asked(case)
    assert rows[0]["status"] == 200 and {row["status"] for row in rows[1:]} == {206} and len(rows) <= 16
    parts = [tuple(int(end) for end in row["range"].removeprefix("bytes=").split("-")) for row in rows[1:]]
    assert all(0 < first <= last < len(LARGE) for first, last in parts)
    assert sum(row["bytes_out"] for row in rows) < 1.3 * len(LARGE)


def test_no_more_than_jobs(case):
    met = meets_ranges(case)
    running = start(case, jobs=2)
    wait_for(met)
    hurry(case)
    ran = case.finish(running)
    assert ran.code == 0 and ran.err == "" and is_file(case.path("out"), LARGE), ran.err
    rows = asked(case)
    # One more: the first answer is left before its end, which the server sees a moment later.
    assert 2 <= most_at_once(rows) <= 3 and len({row["connection"] for row in rows}) <= 3


def test_a_small_file_is_asked_for_once(case):
    store(case.server, LARGE[:8 * MB])
    running = start(case)
    time.sleep(0.6)
    hurry(case)
    ran = case.finish(running)
    assert ran.code == 0 and is_file(case.path("out"), LARGE[:8 * MB]), ran.err
    assert len(asked(case)) == 1




WRONG = [{"status": 500}, {"shift_range": 4096}, {"say_length": 5}, {"no_total": True}, {}]


@pytest.mark.parametrize("fault", WRONG, ids=lambda fault: str(next(iter(fault.values()), "whole")))
def test_wrong_ranges(case, fault):
    """The answer that has begun goes on, alone."""
    if not fault:
        case.server.set(ranges=False)
    met = meets_ranges(case, **fault)
    running = start(case)
    wait_for(met)
    hurry(case)
    ran = case.finish(running)
    assert ran.code == 0 and is_file(case.path("out"), LARGE) and ran.err == "", ran.err
    rows = asked(case)
    assert len(rows) <= 4 and "range" not in rows[0] and [row["bytes_out"] for row in rows if "range" not in row] == [len(LARGE)]


def test_ranges_of_other_bytes(case):
    """Their headers are right: what the first answer has as well tells, or the digest."""
    met = meets_ranges(case, false_range=4096)
    running = start(case)
    wait_for(met)
    hurry(case)
    ran = case.finish(running)
    assert ran.code == 0 and is_file(case.path("out"), LARGE), ran.err
    assert "range" not in asked(case)[-1] or [row["status"] for row in asked(case)].count(200) == 1


def test_wrong_ranges_are_remembered(case):
    """Of this server nothing more is asked for in parts, as long as the process lives."""
    met = meets_ranges(case, status=416)
    with AbiHost(case) as host, ThreadPoolExecutor() as pool:
        for turn in (0, 1):
            case.server.set(connection_mb_per_s=SLOW)
            fetched = pool.submit(host.fetch, url(case), str(case.path(f"out{turn}")))
            if turn == 0:
                wait_for(met)
            else:
                case.clear()
                time.sleep(0.6)  # by then a range would have been asked for
            hurry(case)
            case.server.clear_faults()
            assert fetched.result().kind == "ok" and is_file(case.path(f"out{turn}"), LARGE)
        assert len(asked(case)) == 1


@pytest.mark.parametrize("skip, after", [(0, 3 * MB), (2, 1 * MB)], ids=["first", "range"])
def test_a_cut(case, skip, after):
    """What breaks off is continued where it stopped."""
    case.server.fault(path="files/large.bin", method="GET", skip=skip, close_after=after)
    ran = case.run("fetch", url(case), case.path("out"))
    assert ran.code == 0 and is_file(case.path("out"), LARGE), ran.err
    assert case.server.hits() == [1]
    rows = asked(case)
    assert [row["status"] for row in rows].count(200) == 1 and len(rows) <= 16
    assert sum(row["bytes_out"] for row in rows) < 1.3 * len(LARGE)


def test_one_that_hangs_is_not_waited_for(case):
    """When the others are through, another request brings what it has left."""
    case.server.fault(path="files/large.bin", method="GET", skip=2, stall_after=MB, stall_ms=40000)
    running = start(case)
    wait_for(lambda: case.server.hits() == [1])
    hurry(case)
    ran = case.finish(running, timeout=30)
    assert ran.code == 0 and is_file(case.path("out"), LARGE), ran.err


def test_a_server_that_can_no_more(case):
    """The other connections end at once; what is missing is asked for as patiently as ever."""
    case.server.fault(path="files/large.bin", method="GET", skip=2, count=6, status=503)
    running = start(case)
    wait_for(lambda: case.server.hits()[-1] > 0)
    hurry(case)
    ran = case.finish(running)
    assert ran.code == 0 and is_file(case.path("out"), LARGE), ran.err
    assert [row["status"] for row in asked(case)].count(200) == 1


@pytest.mark.parametrize("other, digest", [(OTHER, True), (OTHER, False), (OTHER[:20 * MB], False)],
                         ids=["as-long", "as-long-no-digest", "shorter-no-digest"])
def test_a_file_that_is_replaced_meanwhile(case, other, digest):
    """It is one of both, or an error; never some of each."""
    store(case.server, LARGE, digest=digest)
    case.server.fault(path="files/large.bin", method="GET", skip=1, count=1, hold=True)
    running = start(case)
    wait_for(lambda: case.server.held() > 0)
    store(case.server, other, LONG_AGO + 100, rate=0)
    case.server.let_go()
    ran = case.finish(running)
    assert ran.code in (0, 9), ran.err
    assert not case.path("out").exists() or is_file(case.path("out"), LARGE) or is_file(case.path("out"), other)
    assert case.path("out").exists() == (ran.code == 0)


def test_versions_of_one_moment_are_not_told_apart_without_a_digest(case):
    """A file that was written just now may be another one of the same date a moment later."""
    store(case.server, LARGE, time.time() + 60, digest=False)
    running = start(case)
    time.sleep(0.6)
    hurry(case)
    ran = case.finish(running)
    assert ran.code == 0 and is_file(case.path("out"), LARGE), ran.err
    assert len(asked(case)) == 1


def test_it_stops_when_it_is_told_to(case):
    met = meets_ranges(case)
    running = start(case)
    wait_for(met)
    running.send_signal(signal.SIGINT)
    ran = case.finish(running, timeout=10)
    assert ran.code == 130, (ran.code, ran.err)
    assert [one.name for one in case.directory.iterdir() if one.is_file()] == []


def test_progress_grows(case):
    with AbiHost(case) as host:
        fetched = host.fetch(url(case), str(case.path("out")))
    assert fetched.kind == "ok"
    done = [done for done, _ in fetched.bytes]
    assert done == sorted(done) and done[-1] == len(LARGE) and len(set(done)) > 5
    assert len(asked(case)) > 1
