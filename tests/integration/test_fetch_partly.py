# SPDX-License-Identifier: Apache-2.0
"""fetch: a tree that is there in part comes the way that costs less on this server, and each run gets further."""

import signal
import time

import pytest
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401
from slow_line import SlowLine

BOX = "projects/sandbox/resources/BOX"
MB = 1_000_000


def archives(case):
    return [row for row in case.requests("format=") if "format=json" not in row["path"]]


def singles(case):
    return [row for row in case.requests("/files/", "GET") if "format=" not in row["path"]]


def sample_of(files, size):
    return f"projects=1,subjects=1,experiments=1,scans=1,resources=1,files={files},size={size}"


SAMPLE = "projects/project001/subjects/subject001/experiments/subject001_01/scans/1/resources/DICOM"


def fetched(case, url, **settings):
    """Fetches; what is there then."""
    case.clear()
    ran = case.run("fetch", case.url(url), case.path("out"), **settings)
    assert ran.code == 0, ran.err
    return tree_of(case.path("out"))


def lose(case, names):
    for name in names:
        case.path("out").joinpath(name).unlink()


def listed(case, files):
    """A resource that was listed once: that reads the files for their digests, which a real server does not."""
    case.new_resource("BOX", files)
    case.server.rows(f"/data/{BOX}/files")


def test_a_tenth_of_many_small_ones_comes_as_an_archive(make_case):
    """Each single file would make the server read the whole catalog."""
    case = make_case(sample=sample_of(4000, 40), catalog_us_per_file=55, list_us_per_file=58, archive_us_per_file=120)
    all_of_them = fetched(case, SAMPLE)
    assert len(all_of_them) == 4000
    lose(case, sorted(all_of_them)[::10])
    assert fetched(case, SAMPLE) == all_of_them
    assert len(archives(case)) == 1 and len(singles(case)) <= 16


def test_single_files_that_cost_more_than_the_listing_tells(make_case):
    """They are begun with, and left for the archive when it shows."""
    case = make_case(sample=sample_of(300, 20000))
    all_of_them = fetched(case, SAMPLE)
    lose(case, sorted(all_of_them)[::5])
    case.server.fault(path="/files/", without="format=", delay_ms=500, count=-1)
    assert fetched(case, SAMPLE) == all_of_them
    assert len(archives(case)) == 1 and len(singles(case)) <= 16


def test_few_large_ones_come_singly(case):
    files = {f"{n:02}.bin": bytes([n]) * (2 * MB) for n in range(40)}
    case.new_resource("BOX", files)
    fetched(case, BOX)
    lose(case, [f"{n:02}.bin" for n in range(14, 40)])
    assert fetched(case, BOX) == files
    assert archives(case) == [] and len(singles(case)) == 26


def test_what_differs_is_missing(make_case):
    case = make_case(sample=sample_of(2000, 40), catalog_us_per_file=50)
    all_of_them = fetched(case, SAMPLE)
    for name in sorted(all_of_them)[::10]:
        case.path("out").joinpath(name).write_bytes(b"changed here")
    assert fetched(case, SAMPLE) == all_of_them
    assert len(archives(case)) == 1 and len(singles(case)) <= 16


def test_the_archive_of_the_directory_that_lacks_files(case):
    files = {f"{place}/{n:03}.txt": f"{place}{n}".encode() * 50 for place in ("a", "b/c") for n in range(300)}
    case.new_resource("BOX", files)
    fetched(case, BOX)
    lose(case, [f"b/c/{n:03}.txt" for n in range(0, 300, 2)])
    case.server.set(catalog_us_per_file=100)
    assert fetched(case, BOX) == files
    assert len(archives(case)) == 1 and "/files/b/c/?format=tar" in archives(case)[0]["path"]
    assert len(singles(case)) <= 16


def test_a_server_that_has_no_archive_of_a_directory(case):
    files = {f"{place}/{n:03}.txt": f"{place}{n}".encode() * 50 for place in ("a", "b") for n in range(300)}
    case.new_resource("BOX", files)
    fetched(case, BOX)
    lose(case, [f"b/{n:03}.txt" for n in range(0, 300, 2)])
    case.server.set(catalog_us_per_file=100)
    case.server.fault(path="/files/b/\\?", status=404, body="empty", count=-1)
    assert fetched(case, BOX) == files
    assert [row["status"] for row in archives(case)][-1] == 200 and len(archives(case)) <= 3
    assert len(singles(case)) <= 16


def test_an_archive_ends_when_nothing_more_is_needed(make_case):
    case = make_case(sample=sample_of(2000, 20000), catalog_us_per_file=100)
    all_of_them = fetched(case, SAMPLE)
    lose(case, sorted(all_of_them)[:300])
    assert fetched(case, SAMPLE) == all_of_them
    assert len(archives(case)) == 1 and archives(case)[0]["bytes_out"] < 25 * MB


def test_an_archive_that_breaks_is_not_asked_for_in_vain(case):
    """Its complete members count, and the rest costs less singly."""
    files = {f"{n:02}.bin": bytes([n]) * (2 * MB) for n in range(40)}
    listed(case, files)
    case.server.fault(path="format=(tar|zip)", close_after=29 * MB, count=-1)
    assert fetched(case, BOX) == files
    assert len(archives(case)) == 1 and len(singles(case)) == 26


def test_an_archive_that_is_left_within_its_first_bytes_is_no_failure(make_case):
    """Its first header comes so slowly that single files are the better way."""
    case = make_case(sample=sample_of(20, 900), catalog_us_per_file=500)
    whole = fetched(case, SAMPLE)
    assert archives(case)
    lose(case, whole)
    case.server.fault(path="format=(tar|zip)", drip_bytes=500, drip_ms=10)
    assert fetched(case, SAMPLE) == whole
    assert archives(case) and len(singles(case)) == 20


def test_after_a_cut_only_the_rest_comes(case):
    files = {f"{n:02}.bin": bytes([n]) * (2 * MB) for n in range(40)}
    listed(case, files)
    case.server.fault(path="format=(tar|zip)", stall_after=29 * MB, stall_ms=60000, count=-1)
    running = case.start("fetch", case.url(BOX), case.path("out"))
    end = time.monotonic() + 30
    while not case.path("out.partial").exists() or len(list(case.path("out.partial").glob("*.bin"))) < 14:
        assert time.monotonic() < end
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    case.finish(running)
    case.server.clear_faults()
    assert fetched(case, BOX) == files
    assert archives(case) == [] and len(singles(case)) == 26


@pytest.mark.parametrize("size, count", [(400_000, 40), (20_000, 800)])
def test_each_run_that_is_cut_off_gets_further(case, size, count):
    """Over a line on which the whole takes longer than each run has."""
    files = {f"{n:03}.bin": f"{n:03}".encode() * (size // 3) for n in range(count)}
    listed(case, files)
    come, runs = 0, 0
    with SlowLine(case.server, 4 * MB) as line:
        netrc = case.write_netrc(f"machine 127.0.0.1:{line.port} login alice password alice-pw\n")
        while not case.path("out").exists():
            running = case.start("fetch", line.url(case.url(BOX)), case.path("out"), user=None, netrc=netrc)
            time.sleep(2)
            running.send_signal(signal.SIGKILL)
            case.finish(running)
            runs += 1
            if case.path("out").exists():
                break
            now = sum(name in files for name in tree_of(case.path("out.partial")))
            assert now > come, (runs, now, come)
            come = now
    assert tree_of(case.path("out")) == files and runs >= 2


def test_jobs_limit_both_ways_together(make_case):
    case = make_case(sample=sample_of(300, 2000), latency_ms=20)
    all_of_them = fetched(case, SAMPLE)
    lose(case, sorted(all_of_them)[::4])
    assert fetched(case, SAMPLE, jobs=2) == all_of_them
    spans = [(row["time_us"], row["time_us"] + row["took_us"]) for row in case.requests("/files")]
    assert max(sum(begin <= at < end for begin, end in spans) for at, _ in spans) <= 2
