# SPDX-License-Identifier: Apache-2.0
"""put when the server, a proxy or the connection fails: what is sent again, what is believed, what the error says."""

import os
import re
import threading
import time

import pytest

from plugin_case import LEAN, case, make_case, make_standin, standin  # noqa: F401
from put_case import (SCAN, TYPES, body, experiment, lose_session_during, resources, scan_path, stored, uploads, whole,
                      write)

DATA = os.urandom(300_000)


def put(case, rest=SCAN + "NEW", data=DATA, **more):
    return case.run("put", write(case.path("a.bin"), data), case.url(rest), **more)


def uploads_with_overwrite(case):
    return ["overwrite=true" in row["path"] for row in uploads(case)]


@pytest.mark.parametrize("fault", [
    {"status": 500, "message": "Another thread or process modified the catalog"}, {"status": 500}, {"status": 502},
    {"status": 503}, {"status": 504, "body": "nginx"}, {"status": 429, "retry_after": 0},
    {"request_after": 100_000}, {"request_after": 0}, {"status": 408}, {"status": 423}], ids=str)
def test_a_failed_try_is_repeated_with_overwrite_after_a_look(case, fault):
    case.server.fault(method="PUT", path="/files/", count=1, **fault)
    ran = put(case)
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {"a.bin": whole(DATA)}
    assert body(case, scan_path(case), "NEW", "a.bin") == DATA
    assert uploads_with_overwrite(case) == [False, True]
    order = [row["method"] for row in case.requests("/files") if "/NEW/" not in row["path"]]
    first, second = [at for at, method in enumerate(order) if method == "PUT"]
    assert "GET" in order[first:second]


def test_a_connection_that_is_reset(case):
    """One that was kept from an earlier request and ends before any answer may be replaced without a look."""
    case.server.fault(method="PUT", path="/files/", count=1, reset=True)
    ran = put(case)
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {"a.bin": whole(DATA)}
    assert body(case, scan_path(case), "NEW", "a.bin") == DATA
    assert len(uploads(case)) == 2


def test_a_504_after_the_work_was_done_sends_nothing_again(case):
    case.server.fault(method="PUT", path="/files/", count=1, lose_result=True)
    ran = put(case)
    assert ran.code == 0, ran.err
    assert len(uploads(case)) == 1
    assert stored(case, scan_path(case), "NEW") == {"a.bin": whole(DATA)}


def test_leftovers_of_a_broken_upload_are_replaced(case):
    """A broken upload leaves a truncated file that no listing shows, and a next try is told of duplicates."""
    case.server.fault(method="PUT", path="/files/", count=1, request_after=100_000)
    assert put(case, retries=0).code != 0
    assert stored(case, scan_path(case), "NEW") == {}
    case.clear()
    ran = put(case)
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {"a.bin": whole(DATA)}
    assert body(case, scan_path(case), "NEW", "a.bin") == DATA
    assert uploads_with_overwrite(case)[-1] is True


def test_what_finally_fails_says_what_is_there(case):
    case.server.fault(method="PUT", path="/files/", count=-1, status=503)
    ran = put(case, retries=2)
    assert ran.code == 7 and "0 of 1 files" in ran.err and "503" in ran.err, (ran.code, ran.err)
    assert len(uploads(case)) == 3
    assert ran.out == ""


def test_other_refusals_are_not_repeated(case):
    for status in [400, 409, 413]:
        case.server.clear_faults()
        case.clear()
        case.server.fault(method="PUT", path="/files/", count=-1, status=status, message="the server's own words")
        ran = put(case, data=os.urandom(1000))
        assert ran.code in (6, 8) and "the server's own words" in ran.err, (status, ran.code, ran.err)
        assert len(uploads(case)) == 1


def test_a_tree_whose_archive_breaks_off(case):
    files = {f"{number}.bin": os.urandom(50_000) for number in range(10)}
    for name, data in files.items():
        write(case.path("tree") / name, data)
    case.server.fault(method="PUT", path="/files/", count=1, request_after=200_000)
    ran = case.run("put", case.path("tree"), case.url(SCAN + "NEW"))
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {name: whole(data) for name, data in files.items()}
    for name, data in files.items():
        assert body(case, scan_path(case), "NEW", name) == data
    assert uploads_with_overwrite(case) == [False, True]


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"lose_result": True}, {"reset": True}], ids=str)
@pytest.mark.parametrize("level", ["/subjects/S9", "/experiments/E9", "/scans/9", "/resources/R", "/resources\\?xnat"])
def test_a_failed_creation_is_looked_at_and_repeated(case, level, fault):
    """Whatever the answer was: what is there afterwards is used; what is not is made once more."""
    odd = "xnat" in level
    label = "2024" if odd else "R"
    case.server.fault(method="POST" if odd else "PUT", path=level if odd else level + "(\\?|$)", count=2, **fault)
    ran = put(case, f"projects/sandbox/subjects/S9/experiments/E9/scans/9/resources/{label}{TYPES}", data=b"small")
    assert ran.code == 0, ran.err
    row = experiment(case, "E9")
    assert row["subject_label"] == "S9"
    assert len(case.server.rows(f"/data/experiments/{row['ID']}/scans")) == 1
    assert stored(case, f"/data/experiments/{row['ID']}/scans/9", label) == {"a.bin": whole(b"small")}
    asked = [r for r in case.requests() if r["method"] in ("PUT", "POST") and re.search(level + "(\\?|$|:)", r["path"])]
    assert len(asked) == (1 if "lose_result" in fault else 3), [r["path"] for r in asked]


def test_a_creation_that_goes_on_failing(case):
    case.server.fault(method="PUT", path="/scans/9\\?", count=-1, status=503)
    ran = put(case, SCAN.replace("scans/1", "scans/9") + "R" + TYPES, retries=2)
    assert ran.code == 7 and "scan 9" in ran.err and "503" in ran.err, (ran.code, ran.err)
    assert len(case.requests("/scans/9", "PUT")) == 3


def test_retry_after_of_an_upload(case):
    case.server.fault(method="PUT", path="/files/", count=1, status=429, retry_after=1)
    began = time.monotonic()
    assert put(case).code == 0
    assert 1 <= time.monotonic() - began < 3


# --- rights and sessions ---


def test_a_reader_may_not_write(case):
    """Such an upload is answered 200 with nothing stored."""
    ran = put(case, SCAN + "DICOM", user="reader")
    assert ran.code == 5 and "DICOM" in ran.err, (ran.code, ran.err)
    assert "a.bin" not in stored(case, scan_path(case), "DICOM")


def test_a_reader_is_told_before_much_is_sent(case):
    path = case.path("large")
    with open(path, "wb") as file:
        file.truncate(20 << 20)
    ran = case.run("put", path, case.url(SCAN + "DICOM"), user="reader")
    assert ran.code == 5, (ran.code, ran.err)
    assert uploads(case) == []
    assert sum(row["bytes_in"] for row in case.requests()) < 8 << 20


@pytest.mark.parametrize("rest", [SCAN + "NEW", "projects/sandbox/subjects/S9/experiments/E9/scans/1/resources/R" + TYPES,
                                  "projects/sandbox/resources/R"])
def test_a_reader_may_not_create(case, rest):
    ran = put(case, rest, user="reader")
    assert ran.code == 5, (ran.code, ran.err)
    assert uploads(case) == [] and experiment(case, "E9") is None


def test_a_guest_may_not_write(make_case):
    case = make_case(require_login=False)
    rest = "projects/public/subjects/subject001/experiments/subject001_BRAIN/scans/1/resources/DICOM"
    ran = put(case, rest, user=None, guest=True, netrc=case.path("none"))
    assert ran.code == 5, (ran.code, ran.err)
    parent = scan_path_in(case, "public")
    assert "a.bin" not in stored(case, parent, "DICOM")


def scan_path_in(case, project):
    return f"/data/experiments/{experiment(case, 'subject001_BRAIN', project)['ID']}/scans/1"


@pytest.mark.parametrize("require_login", [True, False])
@pytest.mark.parametrize("what, subject", [("/experiments", "subject001"), ("/scans", "subject*01"),
                                           ("/resources", "subject*01"), ("/files", "subject001"),
                                           ("/files", "subject*01")])
def test_a_session_that_ends_on_the_way(make_case, require_login, what, subject):
    """After the listing of the files it is the upload that meets the end; its body is sent again from its start. What a pattern
    names is looked for level by level."""
    case = make_case(require_login=require_login)
    rest = f"projects/public/subjects/{subject}/experiments/subject001_BRAIN/scans/1/resources/DICOM"
    path = write(case.path("a.bin"), DATA)
    ran = lose_session_during(case, what + "\\?", "put", path, case.url(rest))
    assert ran.code == 0, ran.err
    assert [row["status"] for row in case.requests("/data/JSESSION", "POST")] == [200, 200]
    assert stored(case, scan_path_in(case, "public"), "DICOM")["a.bin"] == whole(DATA)
    assert body(case, scan_path_in(case, "public"), "DICOM", "a.bin") == DATA


# --- local changes and cancellation ---


def test_a_file_that_changes_while_it_is_read(case):
    path = write(case.path("a.bin"), b"x" * (64 << 20))
    running = case.start("put", path, case.url(SCAN + "NEW"))
    stop = threading.Event()

    def change():
        while not stop.is_set():
            with open(path, "r+b") as file:
                file.write(os.urandom(8))
            time.sleep(0.005)

    changer = threading.Thread(target=change)
    changer.start()
    ran = case.finish(running)
    stop.set()
    changer.join()
    assert ran.code == 10 and "a.bin" in ran.err and "chang" in ran.err, (ran.code, ran.err)


def peak_memory(case, size):
    """KiB that a put of a file of so many bytes takes at most."""
    path = case.path(f"size{size}")
    with open(path, "wb") as file:
        file.truncate(size)
    running = case.start("put", path, case.url(SCAN + "NEW"), env=LEAN)
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    ran = case.finish(running)
    assert ran.code == 0, ran.err
    return usage.ru_maxrss


def test_memory_does_not_grow_with_the_file(case):
    small, large = peak_memory(case, 1 << 20), peak_memory(case, 150 << 20)
    assert large - small < 40_000, (small, large)
    (number,) = resources(case, scan_path(case), "NEW")
    sizes = {row["Name"]: row["Size"] for row in case.server.rows(f"{scan_path(case)}/resources/{number}/files")}
    assert sizes[f"size{150 << 20}"] == str(150 << 20)


def test_a_signal_ends_an_upload_and_the_session(case):
    import signal

    case.server.fault(method="PUT", path="/files/", count=1, delay_ms=3000)
    running = case.start("put", write(case.path("a.bin"), DATA), case.url(SCAN + "NEW"))
    deadline = time.monotonic() + 5
    while not case.requests("/resources/NEW", "PUT") and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    running.send_signal(signal.SIGTERM)
    began = time.monotonic()
    ran = case.finish(running)
    assert ran.code == 143 and time.monotonic() - began < 2.5, (ran.code, ran.err)
    assert case.server.sessions("alice") == []


def test_an_upload_that_the_listing_never_shows(case):
    """200 alone proves nothing: here nothing arrives, and the user may write."""
    case.server.fault(method="PUT", path="/files/", count=-1, status=200, body="empty")
    ran = put(case, data=b"small", retries=1)
    assert ran.code == 8 and "0 of 1 files" in ran.err, (ran.code, ran.err)
