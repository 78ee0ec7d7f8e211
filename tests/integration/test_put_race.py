# SPDX-License-Identifier: Apache-2.0
"""Several processes at once: each object is made once, no file is lost, and every process succeeds."""

import time
from urllib.parse import quote

import pytest

from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from put_case import SCAN, TYPES, experiment, resources, scan_path, stored, whole, write, writes

PROCESSES = 4


def login(case):
    """A netrc file that is written once, not while another process reads it."""
    text = f"machine {case.server.host}:{case.server.port} login alice password alice-pw\n"
    return {"user": None, "netrc": case.write_netrc(text, name="netrc-race")}


def all_at_once(case, urls):
    """One put a process, of a file with content of its own; the contents, and what the processes said."""
    more = login(case)
    files = [write(case.path(f"file{number}"), b"content %d\n" % number * 50) for number in range(len(urls))]
    running = [case.start("put", path, url, **more) for path, url in zip(files, urls, strict=True)]
    return [path.read_bytes() for path in files], [case.finish(process) for process in running]


@pytest.mark.parametrize("latency", [0, 15, 40])
def test_the_same_objects_are_created_once(make_case, latency):
    case = make_case("--latency-ms", str(latency))
    rest = "projects/sandbox/subjects/racer/experiments/race/scans/7/resources/R/files/"
    data, ran = all_at_once(case, [case.url(rest + f"{number}" + TYPES) for number in range(PROCESSES)])
    assert [one.code for one in ran] == [0] * PROCESSES, [one.err for one in ran]
    subjects = [row["label"] for row in case.server.rows("/data/projects/sandbox/subjects?columns=label")]
    assert subjects.count("racer") == 1
    row = experiment(case, "race")
    assert row["subject_label"] == "racer"
    assert [scan["ID"] for scan in case.server.rows(f"/data/experiments/{row['ID']}/scans")] == ["7"]
    want = {f"{number}": whole(content) for number, content in enumerate(data)}
    assert stored(case, f"/data/experiments/{row['ID']}/scans/7", "R") == want


@pytest.mark.parametrize("label", ["R", "with space"])
def test_one_resource_many_files(make_case, label):
    """The later of two overlapping writes is refused by the server; it is sent again."""
    case = make_case("--latency-ms", "10")
    assert case.run("put", write(case.path("first"), b"first"), case.url(SCAN + label.replace(" ", "%20"))).code == 0
    rest = SCAN + label.replace(" ", "%20") + "/files/"
    data, ran = all_at_once(case, [case.url(rest + f"{number}") for number in range(PROCESSES)])
    assert [one.code for one in ran] == [0] * PROCESSES, [one.err for one in ran]
    want = {f"{number}": whole(content) for number, content in enumerate(data)}
    assert stored(case, scan_path(case), label) == {**want, "first": whole(b"first")}


def test_the_same_file_by_all(make_case):
    case = make_case("--latency-ms", "10")
    path = write(case.path("same"), b"same" * 1000)
    more = login(case)
    running = [case.start("put", path, case.url(SCAN + "R"), **more) for _ in range(PROCESSES)]
    ran = [case.finish(process) for process in running]
    assert [one.code for one in ran] == [0] * PROCESSES, [one.err for one in ran]
    assert stored(case, scan_path(case), "R") == {"same": whole(b"same" * 1000)}


def test_different_files_of_one_name_have_one_winner(make_case):
    case = make_case("--latency-ms", "10")
    assert case.run("put", write(case.path("first"), b"first"), case.url(SCAN + "R")).code == 0
    data, ran = all_at_once(case, [case.url(SCAN + "R/files/name")] * 3)
    assert {one.code for one in ran} <= {0, 6}, [one.err for one in ran]
    assert 0 in [one.code for one in ran]
    assert stored(case, scan_path(case), "R")["name"] in [whole(content) for content in data]


def test_two_labels_that_are_one_resource_each(make_case):
    """Different resources of one scan do not hinder each other."""
    case = make_case("--latency-ms", "10")
    data, ran = all_at_once(case, [case.url(SCAN + f"R{number}") for number in range(PROCESSES)])
    assert [one.code for one in ran] == [0] * PROCESSES, [one.err for one in ran]
    for number, content in enumerate(data):
        assert stored(case, scan_path(case), f"R{number}") == {f"file{number}": whole(content)}
        assert len(resources(case, scan_path(case), f"R{number}")) == 1


# --- labels that only a POST keeps, which never refuses a second resource ---

ODD = "my R&D"


def odd_url(case, tail=""):
    return case.url(SCAN + quote(ODD, safe="") + tail)


def make_odd(case):
    """Another process makes a resource of that label."""
    path = f"{scan_path(case)}/resources?label={quote(ODD, safe='')}"
    answer = case.server.request("POST", path, user=("alice", "alice-pw"), headers={"Content-Type": "text/plain"})
    assert answer.status == 200, answer.text


def odd_numbers(case):
    rows = case.server.rows(f"{scan_path(case)}/resources")
    return sorted((row["xnat_abstractresource_id"] for row in rows if row["label"].replace("&amp;", "&") == ODD), key=int)


def names_in(case, number):
    return [row["Name"] for row in case.server.rows(f"{scan_path(case)}/resources/{number}/files")]


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def deletes(case):
    return [row["path"].rpartition("/")[2] for row in writes(case) if row["method"] == "DELETE"]


@pytest.mark.parametrize("latency", [10, 40])
@pytest.mark.parametrize("label", [ODD, "2024", "\u00e9"])
def test_a_resource_made_by_a_post_is_made_once(make_case, latency, label):
    case = make_case("--latency-ms", str(latency))
    rest = SCAN + quote(label, safe="") + "/files/"
    data, ran = all_at_once(case, [case.url(rest + f"{number}") for number in range(PROCESSES)])
    assert [one.code for one in ran] == [0] * PROCESSES, [one.err for one in ran]
    kept = [row["xnat_abstractresource_id"] for row in case.server.rows(f"{scan_path(case)}/resources")
            if row["label"] not in ("DICOM", "NIFTI")]
    assert len(kept) == 1 and sorted(names_in(case, kept[0])) == [f"{number}" for number in range(PROCESSES)]
    assert kept[0] not in deletes(case)
    ran = case.run("put", write(case.path("later"), b"later"), case.url(SCAN + quote(label, safe="")))
    assert ran.code == 0, ran.err


def start_overtaken(case, **fault):
    """A put that has listed none when another process makes one."""
    path = write(case.path("file"), b"content")
    case.server.fault(method="GET", path="/resources\\?.*all=true", count=1, delay_ms=800)
    if fault:
        case.server.fault(**fault)
    case.clear()
    running = case.start("put", path, odd_url(case))
    wait_for(lambda: case.server.sessions("alice"))
    time.sleep(0.3)
    make_odd(case)
    return running


def test_who_made_the_later_one_deletes_it(case):
    ran = case.finish(start_overtaken(case))
    assert ran.code == 0, ran.err
    (number,) = odd_numbers(case)
    assert names_in(case, number) == ["file"]
    assert len(deletes(case)) == 1 and int(deletes(case)[0]) > int(number)


def test_what_somebody_has_written_into_is_not_deleted(case):
    running = start_overtaken(case, method="POST", path="/resources\\?label", skip=1, count=1, delay_ms=600)
    wait_for(lambda: len(odd_numbers(case)) == 2)
    first, own = odd_numbers(case)
    case.server.add_file(own, "theirs", b"theirs")
    ran = case.finish(running)
    assert ran.code == 4 and first in ran.err and own in ran.err, (ran.code, ran.err)
    assert odd_numbers(case) == [first, own] and names_in(case, own) == ["theirs"] and deletes(case) == []


def test_who_made_the_first_one_keeps_it(case):
    case.server.fault(method="POST", path="/resources\\?label", count=1, delay_ms=600)
    running = case.start("put", write(case.path("file"), b"content"), odd_url(case))
    wait_for(lambda: odd_numbers(case))
    make_odd(case)
    ran = case.finish(running)
    assert ran.code == 0, ran.err
    first, other = odd_numbers(case)
    assert names_in(case, first) == ["file"] and names_in(case, other) == [] and deletes(case) == []


def test_one_that_is_about_to_be_deleted_is_waited_for(case):
    make_odd(case)
    make_odd(case)
    first, other = odd_numbers(case)
    running = case.start("put", write(case.path("file"), b"content"), odd_url(case))
    wait_for(lambda: case.requests("all=true"))
    assert case.server.delete(f"{scan_path(case)}/resources/{other}").status == 200
    ran = case.finish(running)
    assert ran.code == 0, ran.err
    assert odd_numbers(case) == [first] and names_in(case, first) == ["file"]


def test_those_that_were_there_before_stay_ambiguous(case):
    make_odd(case)
    make_odd(case)
    both = odd_numbers(case)
    case.clear()
    ran = case.run("put", write(case.path("file"), b"content"), odd_url(case))
    assert ran.code == 4 and all(number in ran.err for number in both), ran.err
    assert odd_numbers(case) == both and writes(case) == []
