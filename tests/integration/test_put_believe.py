# SPDX-License-Identifier: Apache-2.0
"""put: what proves that something is stored, where it goes, and whose files are never touched."""

import os
import time

import pytest

from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from put_case import resources, stored, uploads, whole, write, writes

BOX = "projects/sandbox/resources/"
DATA = os.urandom(200_000)


def test_a_silently_refused_overwrite_of_equal_size_is_no_success(make_case):
    """Without an MD5 to compare, the same size as before proves nothing: the file is read back."""
    case = make_case(checksums=False)
    case.new_resource("BOX", {"a.bin": b"before"})
    ran = case.run("put", write(case.path("a.bin"), b"after!"), case.url(BOX + "BOX?overwrite=true"), user="reader")
    assert ran.code == 5, (ran.code, ran.err)
    ran = case.run("put", case.path("a.bin"), case.url(BOX + "BOX?overwrite=true"))
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("label", ["a,b", "a+b", "x&y", "1234567"])
def test_asking_for_the_right_to_write_creates_nothing(case, label):
    """A large put asks first; the label of the resource may be one that a path distorts."""
    from urllib.parse import quote

    url = case.url(BOX + quote(label))
    ran = case.run("put", write(case.path("small.bin"), b"x"), url)
    assert ran.code == 0, ran.err
    before = {row["label"] for row in case.server.rows("/data/projects/sandbox/resources")}
    ran = case.run("put", write(case.path("large.bin"), os.urandom(9 << 20)), url)
    assert ran.code == 0, ran.err
    assert {row["label"] for row in case.server.rows("/data/projects/sandbox/resources")} == before


@pytest.mark.parametrize("label", ["null", "NULL", "My Data", "1234567"])
def test_asking_for_the_right_to_write_to_an_odd_one_creates_nothing(case, label):
    """XNAT takes a path that ends in /null for a new resource without a label."""
    case.server.relabel(case.new_resource("OLD"), label=label)
    before = len(case.server.rows("/data/projects/sandbox/resources"))
    ran = case.run("put", write(case.path("large.bin"), os.urandom(9 << 20)), case.url(BOX + label.replace(" ", "%20")))
    assert ran.code == 0, ran.err
    assert len(case.server.rows("/data/projects/sandbox/resources")) == before


def test_another_process_s_file_is_not_overwritten_by_a_second_try(case):
    """Something else that is listed after a failed try was never put by it."""
    case.new_resource("BOX")
    case.server.fault(method="PUT", path="/files/a.bin", count=1, status=503, retry_after=1)
    running = case.start("put", write(case.path("a.bin"), DATA), case.url(BOX + "BOX"))
    deadline = time.monotonic() + 10
    while not uploads(case) and time.monotonic() < deadline:
        time.sleep(0.01)
    case.server.clear_faults()
    case.server.put(f"/data/{BOX}BOX/files/a.bin?inbody=true", b"somebody else's")
    ran = case.finish(running)
    listed = stored(case, "/data/projects/sandbox", "BOX")["a.bin"]
    assert (ran.code, listed) in ((6, whole(b"somebody else's")), (0, whole(DATA))), (ran.code, ran.err)
    assert not (ran.code == 0 and listed != whole(DATA))


def test_files_that_came_with_a_leftover_are_no_conflict(make_case):
    """An uncatalogued leftover is repaired; the other files of the archive are there already, and no MD5 is listed."""
    case = make_case(checksums=False)
    case.new_resource("BOX")
    case.server.fault(method="PUT", path="/files/b.txt", count=1, request_after=3)
    for at in range(4):
        write(case.path(f"tree/{'abcd'[at]}.txt"), b"some text %d" % at)
    case.run("put", case.path("tree/b.txt"), case.url(BOX + "BOX"), retries=0)
    ran = case.run("put", case.path("tree"), case.url(BOX + "BOX"))
    assert ran.code == 0, ran.err
    assert len(stored(case, "/data/projects/sandbox", "BOX")) == 4


def test_different_resources_are_written_in_parallel(case):
    for name in ("RA", "RB"):
        case.new_resource(name)
    case.server.fault(method="PUT", path="/files/a.bin", count=2, delay_ms=1500)
    write(case.path("a.bin"), DATA)
    write(case.path("list"), b"")
    started = time.monotonic()
    runs = [case.start("put", case.path("a.bin"), case.url(BOX + name)) for name in ("RA", "RB")]
    assert [case.finish(run).code for run in runs] == [0, 0]
    assert time.monotonic() - started < 30
    spans = [(row["time_us"], row["time_us"] + row["took_us"]) for row in uploads(case)]
    assert len(spans) == 2 and max(span[0] for span in spans) < min(span[1] for span in spans)


def test_a_project_by_its_name(case):
    """As fetch finds it: the name stands where no ID fits."""
    ran = case.run("put", write(case.path("a.bin"), DATA), case.url("projects/Sandbox%20study/resources/BY_NAME"))
    assert ran.code == 0, ran.err
    assert len(resources(case, "/data/projects/sandbox", "BY_NAME")) == 1


@pytest.mark.parametrize("rest, words", [
    ("experiments/subject001_BRAIN/resources/R", ["experiments", "accession", "project"]),
    ("subjects/subject001/resources/R", ["subjects", "accession", "project"]),
    ("projects/nowhere/resources/R", ["projects", "nowhere"])])
def test_a_begin_that_is_not_there_is_named(case, rest, words):
    ran = case.run("put", write(case.path("a.bin"), DATA), case.url(rest))
    assert ran.code == 3 and all(word in ran.err for word in words), (ran.code, ran.err)
    assert writes(case) == []


def test_an_unknown_type_is_a_usage_error(case):
    url = case.url("projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/assessors/new/resources/R"
                   "?assessor_type=xnat:noSuchData")
    ran = case.run("put", write(case.path("a.bin"), DATA), url)
    assert ran.code == 2 and "noSuchData" in ran.err, (ran.code, ran.err)


def test_a_final_failure_says_what_is_there_now(case):
    case.new_resource("BOX")
    case.server.fault(method="PUT", path="/files/", count=-1, status=507)

    ran = case.run("put", write(case.path("a.bin"), DATA), case.url(BOX + "BOX"), retries=0)
    assert ran.code == 8 and "507" in ran.err and "0 of 1" in ran.err, (ran.code, ran.err)


@pytest.mark.parametrize("name", ["a.bin", "p%q", "s;m"])
@pytest.mark.parametrize("data", [b"after!", b"after it was longer"])
def test_an_old_md5_is_stale_whatever_the_size(case, name, data):
    """The file that replaced another is read back, by its path or out of the archive, where the catalog kept the MD5."""
    case.new_resource("BOX", {name: b"before"})
    case.server.set(checksums=False)
    ran = case.run("put", write(case.path(name), data), case.url(BOX + "BOX?overwrite=true"))
    assert ran.code == 0, (ran.code, ran.err)
    assert len(uploads(case)) == 1 and stored(case, "/data/projects/sandbox", "BOX")[name][0] == len(data)
