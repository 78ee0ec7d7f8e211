# SPDX-License-Identifier: Apache-2.0
"""What the stand-in charges: latency, logins, catalogs, queries, writes, archives."""
import threading
import time

import pytest

from helpers import ALICE


SCAN = "/data/experiments/SITE_E00001/scans/1"
DICOM = SCAN + "/resources/DICOM/files/0001.dcm"


def test_latency_blocks_nobody(make_standin):
    """Slow answers run side by side."""
    server = make_standin(latency_ms=200)
    session = server.login()
    threads = [threading.Thread(target=server.get, args=(DICOM,), kwargs={"cookie": session}) for _ in range(16)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started < 1.5


def taken(server, path, session, **settings):
    """Seconds until the first byte and until the last, at these costs."""
    server.set(**settings)
    connection = server.connection()
    started = time.monotonic()
    connection.request("GET", path, headers={"Cookie": f"JSESSIONID={session}"})
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read(1)
    first = time.monotonic() - started
    answer.read()
    whole = time.monotonic() - started
    connection.close()
    server.set(**{name: 0 for name in settings})
    return first, whole


BULK = "/data/experiments?xsiType=xnat:imageSessionData&project=sandbox&columns=ID,xnat:imageScanData/ID,"
LABEL, NUMBER = "xnat:imageScanData/file/label", "xnat:imageScanData/file/xnat_abstractresource_id"
FILES = SCAN + "/resources/DICOM/files"


@pytest.mark.parametrize("setting,charged,free", [
    ({"catalog_us_per_file": 50000}, [DICOM, FILES, FILES + "?format=zip"], ["/data/experiments"]),
    ({"list_us_per_file": 50000}, [FILES], [DICOM, FILES + "?format=zip", "/data/experiments"]),
    ({"archive_us_per_file": 50000}, [FILES + "?format=zip", FILES + "?format=tar"], [DICOM, FILES]),
    ({"bulk_ms": 200}, ["/data/experiments", BULK + LABEL], [DICOM, FILES, "/data/projects"]),
    ({"bulk_us_per_row": 20000}, ["/data/experiments", BULK + LABEL], [DICOM, FILES]),
    ({"bulk_us_per_number": 20000}, [BULK + NUMBER], ["/data/experiments", BULK + LABEL, FILES]),
])
def test_costs_before_the_first_byte(shared, setting, charged, free):
    """Catalogs and queries are done with when an answer begins: all four files of the resource, or each row."""
    session = shared.login()
    for path in charged:
        assert taken(shared, path, session, **setting)[0] > 0.19, path
    for path in free:
        assert taken(shared, path, session, **setting)[1] < 0.15, path


@pytest.mark.parametrize("setting,charged,free", [
    ({"disk_mb_per_s": 1}, ["zip"], ["tar", "zip&compression=8"]),
    ({"archive_mb_per_s": 1}, ["zip", "tar"], ["zip&compression=8", "tar.gz"]),
    ({"deflate_mb_per_s": 1}, ["zip&compression=8", "tar.gz"], ["zip", "tar"]),
])
def test_costs_of_archives(make_standin, setting, charged, free):
    """Packing has a rate, with compression another one; a stored member is read for its checksum before."""
    server = make_standin()
    session = server.login()
    files = f"{SCAN}/resources/LARGE/files"
    server.put(files + "/a.bin", b"a" * 600000, cookie=session, user=None)
    for format in charged:
        assert 0.5 < taken(server, f"{files}?format={format}", session, **setting)[1] < 1.2, format
    for format in free:
        assert taken(server, f"{files}?format={format}", session, **setting)[1] < 0.3, format


def test_what_a_connection_carries(make_standin):
    """Each carries its rate, whatever goes over it; several do so side by side, and one is not faster for several requests."""
    server = make_standin()
    session = server.login()
    files = f"{SCAN}/resources/LARGE/files"
    server.put(files + "/a.bin", b"a" * 600000, cookie=session, user=None)
    for path in (files + "/a.bin", files + "?format=zip", files + "?format=tar"):
        assert taken(server, path, session)[1] < 0.4, path
        assert taken(server, path, session, connection_mb_per_s=1)[1] > 0.5, path
    server.set(connection_mb_per_s=1)

    def bring(parts):
        connection = server.connection()
        for part in parts:
            answer = server.get(files + "/a.bin", cookie=session, headers={"Range": part}, connection=connection)
            assert answer.status == 206 and len(answer.body) == 200000
        connection.close()

    def seconds(of_each):
        threads = [threading.Thread(target=bring, args=(parts,)) for parts in of_each]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - started

    parts = [f"bytes={n}-{n + 199999}" for n in (0, 200000, 400000)]
    assert seconds([parts]) > 0.55
    assert any(seconds([[part] for part in parts]) < 0.5 for _ in range(5))


def timed(do):
    started = time.monotonic()
    status = do().status
    return status, time.monotonic() - started > 0.19


def test_costs_of_logins(make_standin):
    """A password costs its digest, a wrong one too; a session costs nothing."""
    server = make_standin(login_ms=200)
    session = server.login()
    assert timed(lambda: server.request("POST", "/data/JSESSION", user=ALICE)) == (200, True)
    assert timed(lambda: server.get("/data/auth", user=("alice", "wrong"))) == (401, True)
    assert timed(lambda: server.get("/data/auth", cookie=session)) == (200, False)


def test_costs_of_writes(make_standin):
    """Whatever changes the archive costs the same; what only reads, nothing."""
    server = make_standin(write_ms=200)
    session = server.login()
    resource = f"{SCAN}/resources/NEW"
    write = {"cookie": session, "user": None}
    assert timed(lambda: server.put(resource, type=None, **write)) == (200, True)
    assert timed(lambda: server.put(resource + "/files/a.txt", b"a", **write)) == (200, True)
    assert timed(lambda: server.delete(resource, **write)) == (200, True)
    assert timed(lambda: server.get(SCAN + "/resources", cookie=session)) == (200, False)
