# SPDX-License-Identifier: Apache-2.0
"""Several processes at once: each object is made once, no file is lost, and every process succeeds."""

import pytest

from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from put_case import SCAN, TYPES, experiment, resources, scan_path, stored, whole, write

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
