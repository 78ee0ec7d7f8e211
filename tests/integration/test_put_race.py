# SPDX-License-Identifier: Apache-2.0
"""Several processes at once: each object is made once, no file is lost, and every process succeeds."""

import os
import time

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


@pytest.mark.parametrize("label", ["R", "2024"])
def test_one_resource_many_files(make_case, label):
    """The later of two overlapping writes is refused by the server; it is sent again."""
    case = make_case("--latency-ms", "10")
    assert case.run("put", write(case.path("first"), b"first"), case.url(SCAN + label)).code == 0
    rest = SCAN + label + "/files/"
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


# --- a resource that does not exist yet ---

# How often the race is run; 200 for a night.
ROUNDS = int(os.environ.get("RACE_ROUNDS", "3"))
MANY = 8


def files_of(case, parent, number):
    return {row["Name"]: (int(row["Size"]), row["digest"])
            for row in case.server.rows(f"{parent}/resources/{number}/files")}


@pytest.mark.parametrize("label", ["R", "2024"], ids=["by PUT", "by POST"])
@pytest.mark.parametrize("shared", [True, False], ids=["one session", "a session each"])
def test_many_make_one_resource(make_case, label, shared):
    """XNAT refuses no second one of the same moment, and both write the one catalog anew, empty. However many there are
    afterwards: all files of all who succeeded are listed, whole, and everybody takes them for one."""
    case = make_case("--latency-ms", "2", "--create-race-ms", "60", "--max-sessions", "1000000")
    more = {**login(case), "session_cache": shared}
    data = [b"content %d\n" % number * 50 for number in range(MANY)]
    files = [write(case.path(f"file{number}"), content) for number, content in enumerate(data)]
    wanted = {f"file{number}": whole(content) for number, content in enumerate(data)}
    several = 0
    for turn in range(ROUNDS):
        scan = scan_path(case, str(1000 + turn))
        assert case.server.put(scan + "?xsiType=xnat:mrScanData&type=T9", type=None).status == 200
        url = case.url(SCAN.replace("/scans/1/", f"/scans/{1000 + turn}/") + label)
        running = [case.start("put", path, url, **more) for path in files]
        ran = [case.finish(process) for process in running]
        assert [one.code for one in ran] == [0] * MANY, [one.err for one in ran]
        numbers = sorted(resources(case, scan, label), key=int)
        several += len(numbers) > 1
        for number in numbers:
            assert files_of(case, scan, number) == wanted, turn
        ran = case.run("fetch", url, case.path(f"back{turn}"), **more)
        assert ran.code == 0, ran.err
        assert {one.name: one.read_bytes() for one in case.path(f"back{turn}").iterdir()} == \
            {path.name: path.read_bytes() for path in files}
    assert [row for row in writes(case) if row["method"] == "DELETE" and "/resources/" in row["path"]] == []
    # By PUT in one session, that is: the race was met.
    assert several > 0 or not shared or label != "R"


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("label", ["R", "2024"], ids=["by PUT", "by POST"])
def test_one_that_somebody_else_is_making_still(make_case, label):
    """The server is at work on another's when ours is answered; what ours sent at once would not be listed any more."""
    case = make_case("--create-race-ms", "500")
    case.server.fault(method="GET", path="/resources\\?.*all=true", count=1, delay_ms=600)
    running = case.start("put", write(case.path("file"), b"content"), case.url(SCAN + label))
    wait_for(lambda: case.server.sessions("alice"))
    cookie = case.server.sessions("alice")[0]["id"]
    if label == "R":
        # Ours begins 0.6 s after this, at the earliest, and takes half a second.
        time.sleep(0.9)
        other = case.server.put(f"{scan_path(case)}/resources/R", type=None, cookie=cookie)
    else:
        wait_for(lambda: resources(case, scan_path(case), label))
        path = f"{scan_path(case)}/resources?xnat:resourceCatalog/label={label}"
        other = case.server.request("POST", path, cookie=cookie)
    ran = case.finish(running)
    assert ran.code == 0 and other.status == 200, (ran.err, other.text)
    for number in resources(case, scan_path(case), label):
        assert files_of(case, scan_path(case), number) == {"file": whole(b"content")}


@pytest.mark.parametrize("label", ["R", "2024"])
def test_one_that_somebody_else_has_just_made(case, label):
    """It is empty, so that its maker may be letting others finish."""
    number = case.new_resource("X")
    case.server.relabel(number, label=label)
    case.clear()
    ran = case.run("put", write(case.path("file"), b"content"), case.url("projects/sandbox/resources/" + label))
    assert ran.code == 0, ran.err
    listed, sent = [next(row["time_us"] for row in case.requests(path) if "all=" not in row["path"])
                    for path in ("/resources?", f"/resources/{number}/files/file")]
    assert sent - listed >= 200_000
    before = len(case.requests("/resources?"))
    case.clear()
    assert case.run("put", write(case.path("next"), b"next"), case.url("projects/sandbox/resources/" + label)).code == 0
    assert len(case.requests("/resources?")) < before

