# SPDX-License-Identifier: Apache-2.0
"""How many answers a put waits for one after the other; and that what it asks ahead of time counts only if it is about what is
meant, and as it is when the file is sent."""
import json
import subprocess
import sys
import time

import pytest
from abi_host import AbiHost, environment
from far_case import certificate, far  # noqa: F401
from plugin_case import PLUGIN, case, make_case, make_standin, standin  # noqa: F401
from put_case import stored, uploads, whole, write, writes

SESSION = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
SCAN = f"{SESSION}/scans/T1"
PARENT = f"/data/{SESSION}/scans/1"
BY_LABELS = "/scans/T1/resources/NIFTI/files"

THREADS = """
import json, sys, threading
from abi_host import Loaded
loaded = Loaded(sys.argv[1], json.loads(sys.argv[2]))
kinds = []
threads = []
for line in sys.stdin:
    put = lambda given: kinds.append(loaded.run("put", given, {}, False)["kind"])
    threads.append(threading.Thread(target=put, args=(line.split(),)))
    threads[-1].start()
for thread in threads:
    thread.join()
loaded.plugin.cleanup()
print(*sorted(kinds))
"""


def test_a_file_into_a_resource(far):  # noqa: F811
    data = write(far.case.path("a.bin"), b"data")
    ran = far.run("put", data, far.url(f"{SCAN}/resources/NIFTI"))
    assert ran.code == 0 and far.trips() <= 4, (ran.err, far.case.requests())
    # Login, its check, where it goes, what is there, the file, what is there then, logout.
    assert len(far.case.requests()) == 7
    for name, most in (("b.bin", 5), ("c.bin", 3)):
        ran = far.run("put", write(far.case.path(name), b"data"), far.url(f"{SCAN}/resources/NIFTI"), session_cache=True)
        assert ran.code == 0 and far.trips() <= most, (ran.err, far.case.requests())
    assert {"a.bin", "b.bin", "c.bin"} < set(stored(far.case, PARENT, "NIFTI"))


@pytest.mark.parametrize("where, most", [
    ("projects/sandbox/experiments/subject001_BRAIN/scans/1/resources/NIFTI", 5), ("projects/sandbox/resources/BOX", 5)])
def test_a_file_into_a_resource_that_no_path_names_in_full(far, where, most):  # noqa: F811
    far.case.new_resource("BOX", {"there.txt": b"x"})
    ran = far.run("put", write(far.case.path("a.bin"), b"data"), far.url(where))
    assert ran.code == 0 and far.trips() <= most, (ran.err, far.case.requests())


def test_many_puts_of_one_process(case):  # noqa: F811
    """Each costs what the first one did: where it goes, what is there, the file, what is there then."""
    sessions = ["subject001/experiments/subject001_BRAIN", "subject001/experiments/subject001_FOLLOWUP"]
    for session in sessions:
        case.new_resource("OWN", {"there.txt": b"x"}, parent=f"projects/sandbox/subjects/{session}/scans/2")
    with AbiHost(case) as host:
        for number, session in enumerate(sessions * 2):
            case.clear()
            path = write(case.path(f"{number}.bin"), b"data")
            assert host.put(path, case.url(f"projects/sandbox/subjects/{session}/scans/2/resources/OWN")).kind == "ok"
            asked = [one for one in case.requests() if "/files" in one["path"] or "/experiments?" in one["path"]]
            assert len(asked) == 4 and len(case.requests()) == (4 if number else 7), case.requests()


@pytest.mark.parametrize("require_login", [True, False])
def test_nothing_is_sent_before_the_login_is_proved(make_case, require_login):  # noqa: F811
    """A guest is told the same of a public project, and so is who has a session that has died."""
    case = make_case(require_login=require_login)
    session = "projects/public/subjects/subject001/experiments/subject001_BRAIN/scans/1/resources"
    url = case.url(f"{session}/DICOM")
    assert case.run("put", write(case.path("a.bin"), b"data"), url, session_cache=True).code == 0
    case.server.expire_sessions()
    case.server.fault(method="GET", path="/data/auth", count=-1, delay_ms=300)
    case.clear()
    ran = case.run("put", write(case.path("b.bin"), b"data"), url, session_cache=True)
    assert ran.code == 0, ran.err
    assert len(case.requests("/data/JSESSION", "POST")) == 1
    proofs = [one["time_us"] + one["took_us"] for one in case.requests("/data/auth", "GET") if one["user"] == "alice"]
    (upload,) = writes(case)
    assert upload["time_us"] >= min(proofs) and upload["user"] == "alice"
    netrc = case.write_netrc(f"machine {case.server.host}:{case.server.port} login alice password wrong\n", name="wrong")
    case.clear()
    ran = case.run("put", write(case.path("c.bin"), b"data"), url, user=None, netrc=netrc)
    assert ran.code == 5 and writes(case) == [] and len(case.requests("/data/JSESSION", "POST")) == 1, ran.err


def row(number, path="image.nii.gz"):
    uri = f"/data/experiments/SITE_E00001/scans/1/resources/{number}/files/{path}"
    return {"Name": path, "Size": "3", "URI": uri, "collection": "NIFTI", "cat_ID": number, "digest": ""}


@pytest.mark.parametrize("rows", [
    [row("999", "other.txt")], [row("", "other.txt")], [row("2", "other.txt"), row("999", "more.txt")],
    [{**row("2", "other.txt"), "cat_ID": ""}], [{**row("2"), "URI": "/data/resources/NIFTI/files/other.txt"}], [], None])
def test_a_guess_about_something_else_does_not_count(case, rows):  # noqa: F811
    """By what such rows tell, nothing of that name would be there."""
    url = case.url(f"{SCAN}/resources/NIFTI")
    before = stored(case, PARENT, "NIFTI")
    answer = {"status": 200, "body": "raw", "message": json.dumps({"ResultSet": {"Result": rows}})}
    case.server.fault(method="GET", path=BY_LABELS, **(answer if rows is not None else {"status": 500}))
    case.clear()
    ran = case.run("put", write(case.path("image.nii.gz"), b"new"), url)
    assert ran.code == 6 and "image.nii.gz" in ran.err, (ran.code, ran.err)
    assert writes(case) == [] and case.server.hits() == [1]
    assert stored(case, PARENT, "NIFTI") == before


def test_a_guess_that_another_write_of_the_process_has_overtaken(case):  # noqa: F811
    """The second one is told that there is no such file, while the first one is still to be stored."""
    url = case.url(f"{SCAN}/resources/NIFTI/files/same.txt")
    case.server.fault(method="PUT", path="/files/same", hold=True)
    netrc = case.write_netrc(f"machine {case.server.host}:{case.server.port} login alice password alice-pw\n")
    settings = {**case.settings, "netrc": str(netrc)}
    env = environment(case, PLUGIN)
    env["PYTHONPATH"] = str(__file__).rpartition("/")[0]
    running = subprocess.Popen([sys.executable, "-B", "-c", THREADS, PLUGIN, json.dumps(settings)], env=env, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    for number in (1, 2):
        running.stdin.write(f"{write(case.path(f'{number}.txt'), b'%d' % number)} {url}\n")
        running.stdin.flush()
        while (len(case.requests(BY_LABELS, "GET")) < number or not case.server.held()) and time.monotonic() < deadline:
            time.sleep(0.01)
    case.server.let_go()
    out, _ = running.communicate(timeout=60)
    assert out.split() == ["conflict", "ok"]
    assert len(uploads(case)) == 1
    assert stored(case, PARENT, "NIFTI")["same.txt"] == whole(b"1")
