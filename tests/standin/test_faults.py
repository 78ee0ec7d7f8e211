# SPDX-License-Identifier: Apache-2.0
"""Faults on demand: which request they meet, and what becomes of its answer."""
import contextlib
import hashlib
import threading
import time

import pytest
from helpers import raw

SCAN = "/data/experiments/SITE_E00001/scans/1/resources/DICOM"
DICOM = SCAN + "/files/0001.dcm"


@pytest.mark.parametrize("fault,status,mark", [
    ({"status": 500, "message": "a <b>bold</b> word"}, 500, "<h3>a <b>bold</b> word</h3>"),
    ({"status": 423}, 423, "<title>Status page</title>"), ({"status": 424}, 424, "<h3>"),
    ({"status": 403, "body": "tomcat", "message": "a < b"}, 403, "<b>Message</b> a &lt; b"),
    ({"status": 404, "body": "tomcat-404"}, 404, "<h3>Apache Tomcat/9.0.70</h3>"),
    ({"status": 502}, 502, "<center><h1>502 Bad Gateway"), ({"status": 413, "body": "nginx"}, 413, "<center>nginx"),
    ({"body": "html200"}, 200, "Maintenance"), ({"body": "login-page"}, 200, "Login.vm"),
    ({"status": 503, "body": "empty"}, 503, ""), ({"status": 200, "body": "raw", "message": "{}"}, 200, "{}"),
])
def test_fault_bodies(make_standin, fault, status, mark):
    """Each shape of a failure, once; the next request is answered as usual."""
    server = make_standin()
    server.fault(path="/data/projects", **fault)
    answer = server.get("/data/projects")
    assert answer.status == status and mark in answer.text
    assert server.rows("/data/projects")


def test_what_is_stored(make_standin):
    """Catalogs and disk as they are, and who is connected; no fault meets who asks."""
    server = make_standin()
    server.fault(status=503, count=-1)
    assert server.store("README") == {}
    server.clear_faults()
    project = "/data/projects/sandbox/resources"
    assert server.put(f"{project}/README").status == 200
    assert server.put(f"{project}/README/files/a/b.txt?inbody=true", b"text").status == 200
    while server.connections() > 0:
        time.sleep(0.01)
    with contextlib.closing(server.connection()) as connection:
        connection.connect()
        # Connected is what the kernel has taken; the server counts what it has taken from there.
        while server.connections() < 1:
            time.sleep(0.01)
        assert server.connections() == 1
    ((number, files),) = server.store("README").items()
    assert files == {"a/b.txt": (4, hashlib.md5(b"text").hexdigest(), b"text")}
    assert number == server.row(project, label="README")["xnat_abstractresource_id"]


def test_fault_counts(make_standin):
    """method, path, without, skip and count choose the requests."""
    server = make_standin()
    server.fault(method="GET", path="projects", without="subjects", skip=1, count=2, status=503, retry_after=7)
    statuses = [server.get("/data/projects").status for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    server.fault(path="projects", status=500, count=-1)
    assert (server.hits(), server.first_hits()) == ([2, 0], ["GET /data/projects", ""])
    assert [server.get("/data/projects").status for _ in range(3)] == [500] * 3
    assert server.log()[-1]["auth"] == "basic" and server.log()[-1]["status"] == 500
    server.clear_faults()
    assert server.get("/data/projects").status == 200
    with pytest.raises(AssertionError, match="unknown member"):
        server.fault(stauts=500)


def test_fault_retry_after_and_location(make_standin):
    """Headers that go with a fault."""
    server = make_standin()
    server.fault(status=503, retry_after=7)
    assert server.get("/data/projects").get("Retry-After") == "7"
    server.fault(status=302, location="http://elsewhere.example.org/")
    answer = server.get("/data/projects")
    assert (answer.status, answer.get("Location")) == (302, "http://elsewhere.example.org/")


def test_fault_on_the_wire(make_standin):
    """Cut, corrupt and stalled bodies; connections closed or reset before an answer."""
    server = make_standin()
    whole = server.get(DICOM).body
    server.fault(path="0001.dcm", close_after=5000)
    cut = server.get(DICOM)
    assert cut.error is not None and cut.body == whole[:5000]
    server.fault(path="0001.dcm", corrupt_at=7000)
    bad = server.get(DICOM).body
    assert [index for index in range(len(whole)) if bad[index] != whole[index]] == [7000]
    server.fault(path="0001.dcm", stall_after=10, stall_ms=400)
    started = time.monotonic()
    assert server.get(DICOM).body == whole and time.monotonic() - started > 0.35
    server.fault(path="format=zip", close_after=30000)
    assert server.get(SCAN + "/files?format=zip").error is not None
    for fault in ({"reset": True}, {"close_after": 0}):
        server.fault(path="0001.dcm", **fault)
        with pytest.raises(OSError):
            server.get(DICOM)


def told(server, path=DICOM):
    """Head and body of an answer as they come."""
    answer = raw(server, f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWxpY2U6YWxpY2UtcHc=\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


def test_fault_in_the_head(make_standin):
    server = make_standin()
    server.fault(path="0001.dcm", head_after=30)
    head, body = told(server)
    assert head.startswith(b"HTTP/1.1 200 \r\nDate: ") and (len(head), body) == (30, b"")
    server.fault(path="0001.dcm", no_http=True)
    assert told(server)[0].startswith(b"SSH-2.0")


@pytest.mark.parametrize("path", [DICOM, SCAN + "/files?format=zip", SCAN + "/files?format=json"])
def test_fault_in_the_length(make_standin, path):
    """Whatever the length is; nothing else can come on such a connection."""
    server = make_standin()
    server.fault(path=SCAN, say_length=100)
    head, body = told(server, path)
    assert b"Content-Length: 100\r\n" in head + b"\r\n" and b"Connection: close" in head and len(body) > 100
    server.fault(path=SCAN, say_length=10_000_000)
    assert server.get(path).error is not None


@pytest.mark.parametrize("path", [DICOM, SCAN + "/files?format=zip", SCAN + "/files?format=json"])
def test_fault_in_the_chunks(make_standin, path):
    server = make_standin()
    whole = server.get(path).body
    server.fault(path=SCAN, bad_chunk=40)
    head, body = told(server, path)
    assert b"Transfer-Encoding: chunked" in head and b"Content-Length" not in head
    assert body == b"28\r\n" + whole[:40] + b"\r\nno length\r\n"
    server.fault(path=SCAN, bad_chunk=1 << 40)
    assert told(server, path)[1].endswith(b"\r\nno length\r\n")
    server.fault(path=SCAN, no_end=True)
    body = told(server, path)[1]
    assert body.endswith(b"\r\n") and not body.endswith(b"\r\n0\r\n\r\n") and len(body) > len(whole)


def test_fault_of_single_bytes(make_standin):
    server = make_standin()
    whole = server.get(DICOM).body
    server.fault(path="0001.dcm", drip_bytes=20, drip_ms=10)
    started = time.monotonic()
    assert server.get(DICOM).body == whole and time.monotonic() - started >= 0.2


def test_sessions_that_are_lost_just_before_a_request(make_standin):
    server = make_standin()
    session = server.login()
    server.fault(path="projects", expire=True)
    assert server.get("/data/projects", cookie=session).status == 401
    assert server.sessions() == []


def test_a_request_is_held_until_it_is_let_go(make_standin):
    """What a test does meanwhile happens between two requests of a client."""
    server = make_standin()
    (number,) = {row["cat_ID"] for row in server.rows(SCAN + "/files")}
    server.fault(path="0001.dcm", hold=True)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(server.get(DICOM)))
    asking.start()
    while server.held() == 0:
        time.sleep(0.01)
    server.spoil(number, "0001.dcm", "remove")
    assert not answers
    server.let_go()
    asking.join(20)
    assert answers[0].status == 404 and server.held() == 0


def test_hits_are_counted(make_standin):
    server = make_standin()
    server.fault(path="projects", status=503, count=2)
    server.fault(path="users", status=503, count=-1)
    for _ in range(3):
        server.get("/data/projects")
    assert server.hits() == [2, 0]
    server.clear_faults()
    assert server.hits() == []
