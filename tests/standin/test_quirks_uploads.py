# SPDX-License-Identifier: Apache-2.0
"""What an XNAT does with files that are stored, unpacked and deleted."""
import gzip
import hashlib
import io
import json
import socket
import tarfile
import threading
import time
import zipfile

import pytest

from helpers import ALICE, READER, local_member, names, new_resource, paths, raw, scan_resource

SESSION = "/data/experiments/SITE_E00001"
SCAN = SESSION + "/scans/1"
DICOM = SCAN + "/resources/DICOM/files"


def test_four_kinds_of_200(make_standin):
    """Stored, duplicate, not permitted and made on the way: all 200, told apart by type and listing."""
    server = make_standin()
    files = new_resource(server)
    stored = server.put(files + "/sub/a.txt", b"one")
    assert (stored.status, stored.body, stored.get("Content-Type")) == (200, b"", "text/plain")
    again = server.put(files + "/sub/a.txt", b"two")
    assert (again.status, again.get("Content-Type")) == (200, "text/html")
    assert again.json() == {"duplicates": ["sub/a.txt"]} and server.get(files + "/sub/a.txt").body == b"one"
    silent = server.put(files + "/b.txt", b"b", user=READER)
    assert (silent.status, silent.body, silent.get("Content-Type")) == (200, b"", None)
    assert paths(server, files) == {"sub/a.txt"}
    assert server.put(f"{SCAN}/resources/IMPLICIT/files/c.txt", b"c").status == 200
    assert "IMPLICIT" in {row["label"] for row in server.rows(SCAN + "/resources")}


def test_overwrite(make_standin):
    """Any value but false and 0 is true; what the new file does not say of itself, the old one has said."""
    server = make_standin()
    files = new_resource(server)
    server.put(files + "/a.txt?format=TEXT&content=NOTES", b"one")
    assert server.put(files + "/a.txt?overwrite=no&content=OTHER", b"three").body == b""
    row = server.rows(files)[0]
    assert (row["Size"], row["digest"]) == ("5", hashlib.md5(b"three").hexdigest())
    assert (row["file_format"], row["file_content"]) == ("TEXT", "OTHER")


def test_bodies(make_standin):
    """Which types are a body, what an empty or chunked one gets, what multipart can do."""
    server = make_standin()
    files = new_resource(server)
    assert server.put(files + "/j.json", b"{}", type="application/json").status == 400
    assert server.put(files + "/j.json", b"{}", type=None).status == 400
    assert server.put(files + "/j.json?inbody=true", b"{}", type="application/json").status == 200
    assert server.put(files + "/f", b"a=b", type="application/x-www-form-urlencoded").status == 500
    empty = server.put(files + "/e.txt", b"")
    assert empty.status == 500 and "In-body File posts must include the file" in empty.text
    assert "the request entity size is 0 but" in empty.text
    unknown = server.put(files + "/c.txt", iter([b"abc"]))
    assert unknown.status == 500 and "the request entity size is -1 but" in unknown.text
    assert server.put(files + "/z.txt", iter([b"abc"]), type="application/zip").status == 200
    assert server.put(files + "/zero.bin", b"", type="application/zip").status == 200
    boundary = b"--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"%s\"\r\n\r\n%s\r\n"
    body = boundary % (b"dir/m.txt", b"multi") + boundary % (b"empty.txt", b"") + b"--X--\r\n"
    assert server.put(files, body, type="multipart/form-data; boundary=X").status == 200
    assert paths(server, files) == {"j.json", "z.txt", "zero.bin", "m.txt", "empty.txt"}
    assert server.get(files + "/m.txt").body == b"multi" and server.get(files + "/empty.txt").body == b""


def test_old_servers_refuse_chunks(make_standin):
    """Before 1.8 a zip of unknown length is refused as well."""
    server = make_standin(version="1.7")
    files = new_resource(server)
    assert server.put(files + "/z.txt", iter([b"abc"]), type="application/zip").status == 500


@pytest.mark.parametrize("sent,stored", [
    ("a%20b.txt", "a b.txt"), ("a%2Bb.txt", "a+b.txt"), ("%C3%A9.txt", "%C3%A9.txt"),
    ("%C3%A9%20x.txt", "\u00e9 x.txt"), ("a%23b", "a%23b"), ("a%23%20b", "a# b"), ("a+%20b", "a  b"),
])
def test_names_as_stored(make_standin, sent, stored):
    """The tail is decoded as a whole where it holds %20 or %2B, and kept as it is otherwise."""
    server = make_standin()
    files = new_resource(server)
    assert server.put(f"{files}/{sent}", b"x").status == 200
    assert paths(server, files) == {stored}


@pytest.mark.parametrize("name", ["100%25.txt", "semi;colon.txt", "semi%3Bcolon.txt", "a//b.txt"])
def test_names_the_firewall_refuses(shared, name):
    """405 with an empty body and no cookie for what is no page's method; a page for the others."""
    path = f"{SCAN}/resources/DICOM/files/{name}"
    for method in ("PUT", "DELETE"):
        answer = shared.request(method, path, body=b"x", user=ALICE, headers={"Content-Type": "text/plain"})
        assert (answer.status, answer.body, answer.all("Set-Cookie")) == (405, b"", []), method
    page = shared.get(path)
    assert page.status == 500 and "<title>XNAT</title>" in page.text


def test_names_the_container_refuses(shared):
    """400 with the container's page, and the end of the connection."""
    answer = raw(shared, f"PUT {SCAN}/resources/DICOM/files/a[1].txt HTTP/1.1\r\nHost: x\r\n\r\n").decode()
    assert answer.startswith("HTTP/1.1 400 ") and "<h3>Apache Tomcat" in answer and "Connection: close" in answer


def test_old_names(make_standin):
    """1.7 decodes nothing."""
    server = make_standin(version="1.7")
    files = new_resource(server)
    server.put(files + "/a%20b.txt", b"x")
    assert paths(server, files) == {"a%20b.txt"}


def test_parents_are_needed(make_standin):
    """404 without the parent; more than one scan is none; a number that is no resource is 404."""
    server = make_standin()
    for path in ("/data/experiments/NOPE/resources/R/files/a", SESSION + "/scans/99/resources/R/files/a",
                 SESSION + "/scans/1,2/resources/R/files/a", SCAN + "/resources/99999/files/a"):
        answer = server.put(path, b"x")
        assert answer.status == 404 and "<h3>" in answer.text, path


def test_number_under_another_parent(make_standin):
    """A number is found for reading anywhere; writing under another parent makes a resource labelled with it."""
    server = make_standin()
    number = scan_resource(server, "SITE_E00001", "1", "DICOM")
    assert server.get(f"{SESSION}/scans/2/resources/{number}/files/0001.dcm").status == 200
    assert server.put(f"{SESSION}/scans/2/resources/{number}/files/x.txt", b"x").status == 200
    assert "x.txt" not in paths(server, DICOM)
    assert number in {row["label"] for row in server.rows(SESSION + "/scans/2/resources")}
    assert server.delete(f"{SESSION}/scans/3/resources/{number}").status == 200
    assert paths(server, DICOM)


def test_dropped_upload(make_standin):
    """A body that breaks off leaves a truncated file that is not listed and is in the way of the next try."""
    server = make_standin()
    files = new_resource(server)
    head = (f"PUT {files}/a.bin HTTP/1.1\r\nHost: x\r\nCookie: JSESSIONID={server.login()}\r\n"
            "Content-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\n")
    raw(server, head.encode() + b"x" * 300)
    assert paths(server, files) == set()
    assert server.put(files + "/a.bin", b"y" * 1000).json() == {"duplicates": ["a.bin"]}
    assert server.put(files + "/a.bin?overwrite=true", b"y" * 1000).body == b""
    assert server.get(files + "/a.bin").body == b"y" * 1000
    server.fault(path="a.bin", method="PUT", request_after=100)
    with pytest.raises(OSError):
        answer = server.put(files + "/a.bin?overwrite=true", b"z" * 1000)
        raise OSError(answer.status)
    row = server.rows(files)[0]
    assert (row["Size"], row["digest"]) == ("1000", hashlib.md5(b"y" * 1000).hexdigest())
    assert server.get(files + "/a.bin").body == b"z" * 100


def slow_put(server, path, results):
    """A body that takes its time; the status goes to @results."""
    head = (f"PUT {path} HTTP/1.1\r\nHost: x\r\nCookie: JSESSIONID={server.login()}\r\nConnection: close\r\n"
            "Content-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n")
    with socket.create_connection((server.host, server.port)) as connection:
        connection.sendall(head.encode() + b"12345")
        time.sleep(0.6)
        connection.sendall(b"67890")
        results.append(connection.recv(65536))


def test_overlapping_writes(make_standin):
    """Two writes into one resource: the one that ends later gets 500 and is not listed; other resources go on."""
    server = make_standin()
    files = new_resource(server)
    other = new_resource(server, "OTHER")
    results = []
    thread = threading.Thread(target=slow_put, args=(server, files + "/slow.txt", results))
    thread.start()
    time.sleep(0.2)
    assert server.put(files + "/quick.txt", b"q").status == 200
    assert server.put(other + "/quick.txt", b"q").status == 200
    thread.join()
    catalog = b"/data/xnat/archive/sandbox/arc001/subject001_BRAIN/SCANS/1/NEW/1_catalog.xml"
    assert results[0].startswith(b"HTTP/1.1 500 ")
    assert b"Another thread or process modified " + catalog + b" since I last read it." in results[0]
    assert paths(server, files) == {"quick.txt"}
    # It lies there all the same, in the way of the next try.
    assert server.get(files + "/slow.txt").status == 404
    assert server.put(files + "/slow.txt", b"again").json() == {"duplicates": ["slow.txt"]}
    assert server.put(files + "/slow.txt?overwrite=true", b"again").body == b""
    assert paths(server, files) == {"quick.txt", "slow.txt"}


def test_overlapping_writes_of_old(make_standin):
    """1.7 loses the other's entry without a word."""
    server = make_standin(version="1.7")
    files = new_resource(server)
    results = []
    thread = threading.Thread(target=slow_put, args=(server, files + "/slow.txt", results))
    thread.start()
    time.sleep(0.2)
    server.put(files + "/quick.txt", b"q")
    thread.join()
    assert results[0].startswith(b"HTTP/1.1 200 ") and paths(server, files) == {"slow.txt"}


def test_lost_answer(make_standin):
    """A proxy's 504 for work that is done all the same."""
    server = make_standin()
    files = new_resource(server)
    server.fault(method="PUT", path="a.txt", lose_result=True)
    answer = server.put(files + "/a.txt", b"x")
    assert answer.status == 504 and "<center><h1>504" in answer.text
    assert paths(server, files) == {"a.txt"}


def make_zip(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def test_extract(make_standin):
    """Archives are unpacked at the resource's root; existing members are told, the others stored all the same."""
    server = make_standin()
    files = new_resource(server)
    data = make_zip(**{"a.txt": b"a", "sub__b.txt": b"b", "empty.txt": b"", "x_catalog.xml": b"<c/>", "dir__": b""})
    assert server.put(files + "/ignored/up.zip?extract=true", data, type="application/zip").body == b""
    assert paths(server, files) == {"a.txt", "sub/b.txt", "empty.txt"}
    data = make_zip(**{"a.txt": b"A", "c.txt": b"c"})
    answer = server.put(files + "/up.zip?extract=true", data, type="application/zip")
    assert answer.json() == {"duplicates": ["a.txt"]} and "c.txt" in paths(server, files)
    for name, mode in (("t.tar", "w"), ("t.tar.gz", "w:gz"), ("t.tgz", "w:gz")):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as archive:
            info = tarfile.TarInfo(f"{name}.txt")
            info.size = 3
            archive.addfile(info, io.BytesIO(b"tar"))
        assert server.put(f"{files}/{name}?extract=true", out.getvalue()).status == 200
        assert f"{name}.txt" in paths(server, files)
    assert server.put(files + "/scan.nii.gz?extract=true", gzip.compress(b"volume")).status == 200
    assert server.get(files + "/scan.nii").body == b"volume"
    assert server.put(files + "/plain.bin?extract=true", b"plain").status == 200
    assert "plain.bin" in paths(server, files)


def test_old_extract(make_standin):
    """1.7: an overwritten member keeps its entry; a number that is no resource reads as empty, writes as a label."""
    server = make_standin(version="1.7")
    files = new_resource(server)
    server.put(files + "/a.txt", b"one")
    server.put(files + "/up.zip?extract=true&overwrite=true", make_zip(**{"a.txt": b"three"}), type="application/zip")
    row = server.rows(files)[0]
    assert (row["Size"], row["digest"]) == ("3", hashlib.md5(b"one").hexdigest())
    assert server.get(files + "/a.txt").body == b"three"
    assert server.rows(SCAN + "/resources/99999/files") == []
    assert server.put(SCAN + "/resources/99999/files/x.txt", b"x").status == 200
    assert "99999" in {row["label"] for row in server.rows(SCAN + "/resources")}


def test_extract_accepts(make_standin):
    """Deflated members with a descriptor of 4-byte sizes, signed or not; stored ones with known sizes; no directory."""
    server = make_standin()
    files = new_resource(server)
    body = (local_member("one.txt", b"1" * 70000) + local_member("two.txt", b"2", signature=False)
            + local_member("none.txt", b"") + local_member("stored.txt", b"s", method=0, described=False))
    assert server.put(files + "/up.zip?extract=true", body, type="application/zip").body == b""
    assert paths(server, files) == {"one.txt", "two.txt", "none.txt", "stored.txt"}
    assert server.get(files + "/one.txt").body == b"1" * 70000


@pytest.mark.parametrize("member,status", [
    (local_member("s.txt", b"data", method=0, described=True), 500),
    (local_member("w.txt", b"data", wide=True), 500),
    (local_member(b"\xe9.txt", b"data", utf8=False), 400),
])
def test_extract_refuses(make_standin, member, status):
    """Stored with a descriptor, 8-byte descriptors on small members, names that are not UTF-8: nothing is listed."""
    server = make_standin()
    files = new_resource(server)
    body = local_member("first.txt", b"1") + member
    assert server.put(files + "/up.zip?extract=true", body, type="application/zip").status == status
    assert paths(server, files) == set()


def test_extract_of_half_a_zip(make_standin):
    """A zip that ends inside a member: 500; what was unpacked lies there, unlisted and in the way."""
    server = make_standin()
    files = new_resource(server)
    body = make_zip(**{"first.txt": b"1", "second.txt": bytes(range(256)) * 100})
    half = body[:body.index(b"second.txt") + 60]
    assert server.put(files + "/up.zip?extract=true", half, type="application/zip").status == 500
    assert paths(server, files) == set() and server.get(files + "/first.txt").status == 404
    answer = server.put(files + "/up.zip?extract=true", body, type="application/zip")
    assert answer.json() == {"duplicates": ["first.txt", "second.txt"]}
    assert server.put(files + "/up.zip?extract=true&overwrite=true", body, type="application/zip").body == b""
    assert paths(server, files) == {"first.txt", "second.txt"}


def test_extract_of_members_that_climb(make_standin):
    """They are stored, and listed by where they lie; no path reaches them, an archive has them under that name."""
    server = make_standin()
    files = new_resource(server)
    body = make_zip(**{"../../climbed.txt": b"up", "in/../here.txt": b"in"})
    assert server.put(files + "/up.zip?extract=true", body, type="application/zip").body == b""
    place = "/data/xnat/archive/sandbox/arc001/subject001_BRAIN/SCANS/1/NEW/../../climbed.txt"
    assert paths(server, files) == {place, "in/../here.txt"}
    assert {row["Name"] for row in server.rows(files)} == {"climbed.txt", "here.txt"}
    assert f"subject001_BRAIN/scans/1/NEW/{place}" in names(server.get(files + "?format=zip&structure=simplified"))


def test_catalogs_by_name(make_standin):
    """What is called like a catalog is listed and not counted; the catalog itself is refused."""
    server = make_standin()
    files = new_resource(server)
    for name in ("x_catalog.xml", "a.txt"):
        assert server.put(f"{files}/{name}", b"<x/>").status == 200
    assert paths(server, files) == {"x_catalog.xml", "a.txt"}
    row = server.row(SCAN + "/resources", label="NEW")
    assert (row["file_count"], row["file_size"]) == ("1", "4")
    refused = server.put(files + "/1_catalog.xml", b"<x/>")
    assert refused.status == 500 and "XNAT cannot catalog" in refused.text


def test_extract_of_no_zip(make_standin):
    """What is no zip has no members, which is a success."""
    server = make_standin()
    files = new_resource(server)
    assert server.put(files + "/up.zip?extract=true", b"hello" * 100, type="application/zip").status == 200
    assert paths(server, files) == set()


def test_delete_by_prefix(make_standin):
    """DELETE takes all that begins so; 404 without a match; 1.7 wants the exact name and says 200 anyway."""
    server = make_standin()
    files = new_resource(server)
    for name in ("img1", "img10", "img1.json", "other"):
        server.put(f"{files}/{name}", b"x")
    assert server.delete(files + "/img1").status == 200
    assert paths(server, files) == {"other"}
    assert server.delete(files + "/img1").status == 404
    assert server.delete(files + "/other", user=READER).status == 403
    assert server.delete(SCAN + "/resources/NOPE/files/x").status == 400
    old = make_standin(version="1.7")
    files = new_resource(old)
    for name in ("img1", "img10"):
        old.put(f"{files}/{name}", b"x")
    assert old.delete(files + "/img1").status == 200 and paths(old, files) == {"img10"}
    assert old.delete(files + "/img1").status == 200


def test_subject_without_project(make_standin):
    """Below /subjects/S the catalog's document and the deletion of files are 500; lists, reading and writing work."""
    server = make_standin()
    base = "/data/subjects/SITE_S00001/resources/NOTES"
    assert server.get(base).status == 500 and server.delete(base + "/files/notes.txt").status == 500
    assert server.get(base + "/files/notes.txt").status == 200
    assert server.put(base + "/files/more.txt", b"more").status == 200
    assert paths(server, base + "/files") == {"notes.txt", "more.txt"}
    assert server.get("/data/projects/sandbox/subjects/subject001/resources/NOTES").get("Content-Type") == "text/xml"


def test_delete_resource(make_standin):
    """200 whether it was there or not."""
    server = make_standin()
    assert server.delete(SCAN + "/resources/DICOM").status == 200
    assert "DICOM" not in {row["label"] for row in server.rows(SCAN + "/resources")}
    assert server.delete(SCAN + "/resources/DICOM").status == 200
    assert server.delete(SCAN + "/resources/NIFTI", user=READER).status == 403


def test_request_log_of_bytes(make_standin):
    """The log tells bytes both ways."""
    server = make_standin()
    files = new_resource(server)
    server.put(files + "/a.txt", b"x" * 12345)
    server.get(DICOM + "/0001.dcm")
    assert server.log("a.txt")[0]["bytes_in"] == 12345
    line = server.log("0001.dcm")[0]
    assert (line["bytes_out"], line["status"], line["method"], line["user"]) == (20000, 200, "GET", "alice")
    with open(server.log_file) as lines:
        assert DICOM + "/0001.dcm" in [json.loads(line)["path"] for line in lines]
