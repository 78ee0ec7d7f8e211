# SPDX-License-Identifier: Apache-2.0
"""fetch: after a cut, in the same run and in the next one, only what is missing comes, as far as that is not far slower."""

import signal
import time

import pytest
from plugin_case import Case, make_case, make_standin, tree_of  # noqa: F401
from standin_server import StandIn

BOX = "projects/project001/subjects/subject001/experiments/subject001_01/scans/1/resources/DICOM"
FILES, SIZE = 300, 180_000
AT = FILES * SIZE * 6 // 10
# By the clock alone the archive once more would be the better way.
COSTS = {"catalog_us_per_file": 50, "latency_ms": 1}
LIMIT = 1.1


@pytest.fixture(scope="module")
def server():
    with StandIn(sample=f"projects=1,subjects=1,experiments=1,scans=1,resources=1,files={FILES},size={SIZE}", **COSTS) as one:
        one.rows(f"/data/{BOX}/files")  # the first list reads the files for their digests, which a real server does not
        yield one


@pytest.fixture
def case(server, tmp_path):
    server.clear_faults()
    server.clear_log()
    return Case(server, tmp_path)


def sizes(path):
    return {name: len(data) for name, data in tree_of(path).items()} if path.exists() else {}


def brought(case):
    """What the last run asked for beside lists, by the server's log: an archive that another run has left may be told late."""
    rows = case.requests("/files", "GET")
    begun = max(row["time_us"] for row in rows if row["path"].endswith("/files?format=json"))
    return [row for row in rows if row["time_us"] >= begun and not row["path"].endswith("/files?format=json")]


def archives(rows):
    return [row for row in rows if "format=" in row["path"]]


def size_of(rows):
    return sum(row["bytes_out"] for row in rows)


def cut_by(case, number, out):
    """Ends a run by a signal when most of an archive has come; what it has left."""
    case.server.fault(path="format=tar", stall_after=AT, stall_ms=60000)
    running = case.start("fetch", case.url(BOX), out)
    left = out if out.exists() else out.with_name("out.partial")
    end = time.monotonic() + 60
    while len(list(left.rglob("*.dcm"))) < FILES * 3 // 10:
        assert running.poll() is None and time.monotonic() < end
        time.sleep(0.05)
    running.send_signal(number)
    case.finish(running)
    case.server.clear_faults()
    return left


def end_of(case, out, left):
    """Fetches the rest of what was left; checks that it is all, and not much more than was missing."""
    there = sizes(left)
    ran = case.run("fetch", case.url(BOX), out)
    assert ran.code == 0, ran.err
    whole = sizes(out)
    missing = sum(size for name, size in whole.items() if name not in there)
    rows = brought(case)
    assert len(whole) == FILES and 0 < missing < sum(whole.values())
    assert size_of(rows) <= LIMIT * missing, (len(rows), size_of(rows), missing)
    assert not out.with_name("out.partial").exists()
    return rows


def test_what_a_killed_run_has_gathered_does_not_come_again(case):
    out = case.path("out")
    assert archives(end_of(case, out, cut_by(case, signal.SIGKILL, out))) == []


def test_a_tree_that_lacks_its_end_was_cut_off(case):
    """A run that is stopped leaves no other sign in a directory that was there before."""
    out = case.path("out")
    out.mkdir()
    assert archives(end_of(case, out, cut_by(case, signal.SIGINT, out))) == []


def test_a_tree_in_which_a_run_died_was_cut_off(case):
    """Whatever it lacks: a server's archive may have another order than the list."""
    out = case.path("out")
    out.mkdir()
    cut_by(case, signal.SIGKILL, out)
    for name in sorted(sizes(out))[::10]:
        out.joinpath(name).unlink()
    assert archives(end_of(case, out, out)) == []


def test_a_server_that_dies_and_comes_back(case):
    case.server.fault(path="format=tar", close_after=AT)
    case.server.fault(path="/files", without="files.format=json", status=502, body="nginx", count=-1)
    case.server.fault(path="/files/", status=502, body="nginx", count=-1)
    out = case.path("out")
    ran = case.run("fetch", case.url(BOX), out, retries=1)
    assert ran.code != 0 and len(sizes(case.path("out.partial"))) > FILES // 2, ran.err
    case.server.clear_faults()
    end_of(case, out, case.path("out.partial"))


@pytest.mark.parametrize("form", ["tar", "zip"])
def test_within_one_run_the_archive_is_not_begun_again(case, form):
    if form == "zip":
        case.server.fault(path="format=tar", status=404, body="empty", count=-1)
    case.server.fault(path=f"format={form}", close_after=AT)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    whole, rows = sizes(case.path("out")), brought(case)
    assert len(whole) == FILES
    assert len([row for row in archives(rows) if row["status"] == 200]) == 1
    assert size_of(rows) - AT <= LIMIT * (sum(whole.values()) - AT)


def test_single_files_that_are_too_slow_after_a_break(case):
    """They are begun with, and the archive comes once more."""
    case.server.fault(path="format=tar", close_after=AT)
    case.server.fault(path="/files/", delay_ms=1000, count=-1)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    rows = brought(case)
    assert len(sizes(case.path("out"))) == FILES
    assert len(archives(rows)) == 2 and 0 < len(rows) - 2 <= 16


def test_a_server_that_breaks_every_archive(case):
    """It is left for good when another one has brought nothing more."""
    case.server.fault(path="format=(tar|zip)", close_after=FILES * SIZE * 9 // 10, count=-1)
    case.server.fault(path="/files/", delay_ms=500, count=-1)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    rows = brought(case)
    assert len(sizes(case.path("out"))) == FILES
    assert len(archives(rows)) <= 2


@pytest.fixture
def folders(make_case):  # noqa: F811
    """A case, and the files of a resource in directories."""
    made = make_case(latency_ms=1)
    files = {f"{place}/{n:02}.bin": bytes([place]) * 50_000 for place in range(10, 16) for n in range(100)}
    made.new_resource("BOX", files)
    made.server.rows("/data/projects/sandbox/resources/BOX/files")
    made.server.set(catalog_us_per_file=100)
    return made, files


def test_whole_directories_come_out_of_their_archives(folders):
    made, files = folders
    url, at = made.url("projects/sandbox/resources/BOX"), sum(map(len, files.values())) * 6 // 10
    made.server.fault(path="format=tar", close_after=at)
    assert made.run("fetch", url, made.path("out")).code == 0
    rows = brought(made)
    assert sizes(made.path("out")) == {name: len(data) for name, data in files.items()}
    came = [row["path"].partition("/files")[2] for row in archives(rows)]
    assert came[0] == "?format=tar" and came[1:3] == ["/14/?format=tar", "/15/?format=tar"], came
    assert size_of(rows) <= LIMIT * sum(map(len, files.values()))


def test_missing_directories_of_a_server_that_has_no_archives_of_them(folders):
    made, files = folders
    url = made.url("projects/sandbox/resources/BOX")
    made.server.fault(path="/files/.*format=", status=404, body="empty", count=-1)
    made.server.fault(path="format=tar", close_after=sum(map(len, files.values())) * 6 // 10)
    assert made.run("fetch", url, made.path("out")).code == 0
    assert sizes(made.path("out")) == {name: len(data) for name, data in files.items()}
    assert len([row for row in archives(brought(made)) if "/files/" in row["path"]]) <= 2
