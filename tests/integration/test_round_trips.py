# SPDX-License-Identifier: Apache-2.0
"""How many answers are waited for one after the other, which is what a far server costs; and that what is asked ahead of
time counts only if it is what was meant."""
import json
import os
import signal
import time
from email.utils import parsedate_to_datetime

import pytest
from abi_host import AbiHost
from far_case import FAR_MS, Far, certificate, far  # noqa: F401
from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from tls_front import TlsFront

SESSION = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
FILE = f"{SESSION}/scans/T1/resources/NIFTI/files/image.nii.gz"


def test_a_file_by_labels(far):  # noqa: F811
    ran = far.run("fetch", far.url(FILE), far.case.path("cold"))
    assert ran.code == 0 and far.trips() <= 3, far.case.requests()
    assert far.run("fetch", far.url(FILE), far.case.path("first"), session_cache=True).code == 0
    ran = far.run("fetch", far.url(FILE), far.case.path("there"), session_cache=True)
    assert ran.code == 0 and far.trips() <= 2, far.case.requests()
    assert len({far.case.path(name).read_bytes() for name in ("cold", "first", "there")}) == 1


def test_looking_at_a_file(far):  # noqa: F811
    assert far.run("stat", far.url(FILE), session_cache=True).code == 0
    for name, kind, most in ((FILE, "ok", 1), (f"{FILE}.none", "not-found", 2)):
        far.case.clear()
        with AbiHost(far.case, user=None, session_cache=True, **far.settings) as host:
            assert host.stat(far.url(name)).kind == kind
        assert far.trips() <= most, far.case.requests()


def test_looking_at_a_file_and_its_date(far):  # noqa: F811
    """The date is asked for at the URL's path beside the listing, and counts with it."""
    far.run("stat", far.url(FILE), session_cache=True)
    ran = far.run("--json", "stat", far.url(FILE), session_cache=True)
    assert ran.code == 0 and far.trips() <= 1, far.case.requests()
    assert len(far.case.requests("image.nii.gz", "HEAD")) == 1
    dated = far.case.server.get(f"/data/{FILE}").get("Last-Modified")
    assert ran.objects[0]["mtime"] == parsedate_to_datetime(dated).timestamp()
    assert far.run("stat", far.url(f"{FILE}.none"), session_cache=True).code == 3
    assert far.trips() <= 2, far.case.requests()


def test_the_date_of_a_file_whose_path_is_that_of_another_scan_too(case):
    """There it is asked for once more, by the number of the resource."""
    for scan in ("1", "4"):
        case.new_resource("OWN", {"a.txt": scan.encode()}, parent=f"{SESSION}/scans/{scan}")
    assert case.server.put(f"/data/{SESSION}/scans/4?type=1", type=None).status == 200
    case.clear()
    ran = case.run("stat", case.url(f"{SESSION}/scans/1/resources/OWN/files/a.txt"))
    heads = [one["path"] for one in case.requests("a.txt", "HEAD")]
    assert ran.code == 0 and len(heads) == 2 and "/scans/1/resources/OWN/" not in heads[-1], heads


def test_a_type_that_is_the_id_of_another_scan(case):
    """XNAT lists the files of both at such a path; the ID goes before."""
    top = f"/data/{SESSION}/scans"
    for scan in ("1", "4"):
        case.new_resource("OWN", {f"of-{scan}.txt": scan.encode()}, parent=f"{SESSION}/scans/{scan}")
    assert case.server.put(f"{top}/4?type=1", type=None).status == 200
    assert case.run("fetch", case.url(f"{SESSION}/scans/1/resources/OWN"), case.path("out")).code == 0
    assert [path.name for path in case.path("out").iterdir()] == ["of-1.txt"]


def test_a_scan_that_is_named_by_type_among_several(case):
    case.new_resource("OWN", {"a.txt": b"a"}, parent=f"{SESSION}/scans/2")
    assert case.server.put(f"/data/{SESSION}/scans/3?type=T2", type=None).status == 200
    assert case.run("fetch", case.url(f"{SESSION}/scans/T2/resources/OWN"), case.path("out")).code == 0
    ran = case.run("fetch", case.url(f"{SESSION}/scans/T2/resources/NIFTI"), case.path("other"))
    assert ran.code == 4 and not case.path("other").exists(), ran.err


def test_a_number_in_the_place_of_a_label(case):
    """At a path it names the resource of that number wherever that is; here it must be this scan's."""
    number = case.new_resource("OWN", {"a.txt": b"a"}, parent=f"{SESSION}/scans/2")
    ran = case.run("fetch", case.url(f"{SESSION}/scans/1/resources/{number}"), case.path("out"))
    assert ran.code == 3 and not case.path("out").exists(), ran.err


@pytest.mark.parametrize("require_login", [True, False])
@pytest.mark.parametrize("age, most_requests, most_trips", [(3600, 6, 6), (0, 8, 5)])
def test_a_session_that_died_in_the_cache(make_case, certificate, require_login, age, most_requests,  # noqa: F811
                                          most_trips):
    """What a guest is shown meanwhile does not count, and the login is sent once. One that was not used for long has died, most
    likely, and costs no request more than it did."""
    case = make_case(f"--require-login={str(require_login).lower()}")
    with TlsFront(case.server, certificate) as front:
        far = Far(case, front, certificate)
        assert far.run("fetch", far.url(FILE), case.path("first"), session_cache=True).code == 0
        case.server.expire_sessions()
        (stored,) = (case.home / "state").glob("*.session")
        os.utime(stored, (time.time() - age,) * 2)
        case.server.set(latency_ms=FAR_MS)
        ran = far.run("fetch", far.url(FILE), case.path("second"), session_cache=True)
    assert ran.code == 0 and case.path("second").read_bytes() == case.path("first").read_bytes()
    assert len(case.requests("/data/JSESSION", "POST")) == 1
    assert len(case.requests()) <= most_requests and far.trips() <= most_trips, case.requests()


NOT_TOLD = json.dumps({"ResultSet": {"Result": [{"Name": "image.nii.gz", "Size": "3", "digest": "", "cat_ID": "",
                                                 "URI": f"/data/{SESSION}/scans/1/resources/NIFTI/files/image.nii.gz"}]}})


@pytest.mark.parametrize("fault", [{"status": 500, "body": "status-page"}, {"status": 401, "body": "status-page"},
                                   {"status": 404, "body": "tomcat"}, {"status": 503, "body": "nginx"},
                                   {"status": 200, "body": "empty"}, {"status": 200, "body": "login-page"},
                                   {"status": 200, "body": "raw", "message": NOT_TOLD}],
                         ids=lambda fault: f"{fault['status']}-{fault['body']}")
@pytest.mark.parametrize("require_login", [True, False])
def test_what_becomes_of_the_guess_does_not_matter(make_case, require_login, fault):  # noqa: F811
    """The files are listed by number then; nothing is asked or waited for on its account, and nobody logs in again."""
    case = make_case(f"--require-login={str(require_login).lower()}")
    case.server.fault(path="/T1/resources/NIFTI/files", count=-1, **fault)
    ran = case.run("fetch", case.url(FILE), case.path("out"), retry_delay=60)
    assert ran.code == 0 and case.path("out").stat().st_size > 3, ran.err
    assert case.server.hits() == [1]
    assert len(case.requests("/data/JSESSION", "POST")) == 1 and len(case.requests()) <= 8


def test_another_resource_at_the_path(case):
    """As when somebody renames between two answers: what the path leads to has another number than what is meant."""
    number = case.new_resource("OWN", {"image.nii.gz": b"another one"}, parent=f"{SESSION}/scans/2")
    row = {"Name": "image.nii.gz", "Size": "11", "digest": "", "cat_ID": number,
           "URI": f"/data/{SESSION}/scans/T1/resources/{number}/files/image.nii.gz"}
    case.server.fault(path="/T1/resources/NIFTI/files", status=200, body="raw",
                      message=json.dumps({"ResultSet": {"Result": [row]}}))
    assert case.run("fetch", case.url(FILE), case.path("out")).code == 0
    assert case.server.hits() == [1] and case.path("out").read_bytes() != b"another one"


def test_interrupted_while_the_login_is_checked(far):  # noqa: F811
    """At once, and the session that was not checked is ended."""
    far.case.server.set(latency_ms=0)
    far.case.server.fault(path="/data/auth", hold=True)
    process = far.case.start("fetch", far.url(FILE), far.case.path("out"), user=None, **far.settings)
    while far.case.server.held() == 0 or len(far.case.requests("/data/projects")) < 2:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    ran = far.case.finish(process)
    far.case.server.let_go()
    assert ran.code == 130 and not far.case.path("out").exists(), ran.err
    assert not far.case.server.sessions("alice")


def test_a_refused_login_is_sent_once(far):  # noqa: F811
    netrc = far.case.write_netrc(f"machine {far.host} login alice password wrong\n", name="wrong")
    ran = far.run("fetch", far.url(FILE), far.case.path("out"), netrc=netrc, lockout_guard=0)
    assert ran.code == 5 and len(far.case.requests("/data/JSESSION", "POST")) == 1, ran.err
    assert not far.case.requests("/files")
