# SPDX-License-Identifier: Apache-2.0
"""What an XNAT does with files: listing, sending and packing."""
import hashlib
import io
import os
import pathlib
import struct
import tarfile
import time
import zipfile

import pytest

from helpers import ALICE, names, new_resource, paths, raw, scan_resource, session_id

SESSION = "/data/experiments/SITE_E00001"
SCAN = SESSION + "/scans/1"
DICOM = SCAN + "/resources/DICOM/files"
LONG = "/data/projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"


def test_file_headers(shared):
    """One file: length, type by ending, disposition with a trailing semicolon, Last-Modified; no ETag."""
    answer = shared.get(DICOM + "/0001.dcm")
    assert answer.get("Content-Length") == str(len(answer.body)) == "20000"
    assert answer.get("Content-Type") == "application/octet-stream"
    assert answer.get("Content-Disposition") == 'attachment; filename="0001.dcm";'
    assert answer.get("Last-Modified") and answer.get("Cache-Control") == "must-revalidate"
    assert not answer.all("ETag") + answer.all("Content-MD5")


def test_listed_digest_and_size(shared):
    """What is listed is what is sent."""
    for row in shared.rows(DICOM):
        body = shared.get(row["URI"]).body
        assert (row["Size"], row["digest"]) == (str(len(body)), hashlib.md5(body).hexdigest())


def test_if_modified_since(shared):
    """304 for a file that has not changed, without its date."""
    modified = shared.get(DICOM + "/0001.dcm").get("Last-Modified")
    answer = shared.get(DICOM + "/0001.dcm", headers={"If-Modified-Since": modified})
    assert (answer.status, answer.body, answer.all("Last-Modified")) == (304, b"", [])
    assert answer.get("Content-Disposition") == 'attachment; filename="0001.dcm";'
    old = shared.get(DICOM + "/0001.dcm", headers={"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"})
    assert (old.status, len(old.body)) == (200, 20000)


def test_listing_uri(shared):
    """URI has the number of the resource and, for the long path, project and subject ID; paths stand in it raw."""
    number = scan_resource(shared, "SITE_E00001", "1", "DICOM")
    uris = {row["URI"] for row in shared.rows(DICOM)}
    assert f"/data/experiments/SITE_E00001/scans/1/resources/{number}/files/0001.dcm" in uris
    uris = {row["URI"] for row in shared.rows(f"{LONG}/scans/1/resources/DICOM/files")}
    assert (f"/data/projects/sandbox/subjects/SITE_S00001/experiments/SITE_E00001/scans/1/resources/{number}/files/"
            "0001.dcm") in uris
    odd = f"/data/experiments/{session_id(shared, 'odd_session', 'odd')}/scans/6/resources/NAMES/files"
    assert any(row["URI"].endswith("/files/sub/a b/d.txt") and row["Name"] == "d.txt" for row in shared.rows(odd))


def test_locator(shared):
    """Instead of URI the place on the disk, from the root or from the project's directory on."""
    below = "arc001/subject001_BRAIN/SCANS/1/DICOM/"
    for locator, prefix in (("projectPath", below), ("absolutePath", "/data/xnat/archive/sandbox/" + below)):
        for row in shared.rows(f"{DICOM}?locator={locator}"):
            assert row[locator] == prefix + row["Name"] and "URI" not in row


def test_head(shared):
    """HEAD of a file has the headers only, and is 404 where several scans are meant."""
    answer = shared.request("HEAD", DICOM + "/0001.dcm", user=ALICE)
    assert (answer.status, answer.get("Content-Length"), answer.body) == (200, "20000", b"")
    assert shared.request("HEAD", SESSION + "/scans/ALL/files", user=ALICE).status == 404


def test_missing_file(shared):
    """404 with the container's page, of several resources with the application's; or 204 when that is asked for."""
    answer = shared.get(DICOM + "/nothing.dcm")
    assert answer.status == 404 and "<title>HTTP Status 404" in answer.text
    assert "Unable to find catalog entry for given uri." in answer.text
    answer = shared.get(SCAN + "/files/nothing.dcm")
    assert answer.status == 404 and "<title>Status page" in answer.text and "Unable to find file." in answer.text
    assert shared.get(DICOM + "/nothing.dcm?accept-not-found=true").status == 204


def get_range(server, path, wanted, **more):
    return server.get(path, headers={"Range": wanted, **more})


@pytest.mark.parametrize("wanted,first,last", [
    ("bytes=0-99", 0, 99), ("bytes=100-", 100, 19999), ("bytes=-50", 19950, 19999), ("bytes=0-19999", 0, 19999),
])
def test_range(shared, wanted, first, last):
    """One range inside the file is answered with 206, exactly; If-Range is not looked at."""
    whole = shared.get(DICOM + "/0001.dcm").body
    for more in ({}, {"If-Range": "Mon, 01 Jan 2001 00:00:00 GMT"}):
        part = get_range(shared, DICOM + "/0001.dcm", wanted, **more)
        assert (part.status, part.get("Content-Range")) == (206, f"bytes {first}-{last}/20000")
        assert part.body == whole[first:last + 1] and part.get("Last-Modified")


def test_ranges_that_are_none(make_standin):
    """Several are 501; another unit is no range; what is no range at all has no bytes; without ranges, all is sent."""
    server = make_standin()
    several = get_range(server, DICOM + "/0001.dcm", "bytes=0-1,5-6")
    assert several.status == 501 and several.get("Content-Disposition") and not several.all("Last-Modified")
    assert several.all("Content-Type") == ["text/html"]
    assert get_range(server, DICOM + "/0001.dcm", "lines=0-1").status == 200
    nonsense = get_range(server, DICOM + "/0001.dcm", "bytes=x")
    assert (nonsense.status, nonsense.get("Content-Range"), nonsense.body) == (206, "bytes 0--1/20000", b"")
    server.set(ranges=False)
    assert get_range(server, DICOM + "/0001.dcm", "bytes=100-").status == 200


def test_ranges_past_the_end(make_standin):
    """Nothing is clamped: what is declared is not what comes, and the connection waits for another request."""
    server = make_standin(keep_alive_ms=300)
    whole = server.get(DICOM + "/0001.dcm").body
    past = get_range(server, DICOM + "/0001.dcm", "bytes=19990-20009")
    assert (past.status, past.get("Content-Range"), past.get("Content-Length")) == (206, "bytes 19990-20009/20000", "20")
    assert past.error is not None and past.body == whole[19990:]
    beyond = get_range(server, DICOM + "/0001.dcm", "bytes=20100-")
    assert (beyond.status, beyond.get("Content-Range"), beyond.get("Content-Length"), beyond.body) == (
        206, "bytes 20100-19999/20000", "-100", b"")


@pytest.mark.parametrize("path", [SCAN + "/files?format=zip", SCAN + "/files?format=json", "/data/projects"])
def test_ranges_of_unknown_length(shared, path):
    """Of archives and lists an open range is 500, and a closed one is not looked at."""
    for wanted in ("bytes=10-", "bytes=-10"):
        assert get_range(shared, path, wanted).status == 500
    whole = get_range(shared, path, "bytes=0-9")
    assert whole.status == 200 and len(whole.body) > 10 and not whole.all("Content-Range")


def test_several_resources_with_one_file(make_standin):
    """Of several resources only those before the first one without that file are looked into."""
    server = make_standin()
    server.set(shuffle=False)
    first, second = (row["label"] for row in server.rows(SCAN + "/resources"))
    for label, name in ((second, "second.txt"), (first, "both.txt"), (second, "both.txt")):
        assert server.put(f"{SCAN}/resources/{label}/files/{name}", label.encode()).status == 200
    found = {name: server.get(f"{SCAN}/files/{name}") for name in ("both.txt", "second.txt")}
    assert found["both.txt"].body == first.encode() and found["second.txt"].status == 404
    assert server.get(f"{SCAN}/resources/{second}/files/second.txt").status == 200


def test_folders(shared):
    """A folder is listed with its slash, and is no file without it."""
    files = f"/data/experiments/{session_id(shared, 'odd_session', 'odd')}/scans/6/resources/NAMES/files"
    assert {row["Name"] for row in shared.rows(files + "/sub/")} == {"c.txt", "d.txt"}
    assert shared.rows(files + "/nothing/") == []
    assert shared.get(files + "/sub").status == 404


@pytest.mark.parametrize("tail,name", [
    ("a%20b.txt", "a b.txt"), ("a%2Bb.txt", "a+b.txt"), ("a%23b.txt", "a#b.txt"), ("%C3%A9.txt", "\u00e9.txt"),
    ("q%3F.txt", "q?.txt"), ("x&y=z.txt", "x&y=z.txt"), ("sub/a%20b/d.txt", "sub/a b/d.txt"),
])
def test_reading_odd_names(shared, tail, name):
    """Entries are found raw, else decoded."""
    session = session_id(shared, "odd_session", "odd")
    files = f"/data/experiments/{session}/scans/6/resources/NAMES/files"
    row = next(row for row in shared.rows(files) if row["URI"].endswith("/files/" + name))
    assert hashlib.md5(shared.get(f"{files}/{tail}").body).hexdigest() == row["digest"]


def test_no_path_to_some_names(shared):
    """Names with % or ; are listed, and no path reaches them."""
    files = f"/data/experiments/{session_id(shared, 'odd_session', 'odd')}/scans/6/resources/NAMES/files"
    assert {"100%.txt", "semi;colon.txt"} <= paths(shared, files)
    assert shared.get(f"{files}/100%25.txt").status == 500
    assert shared.get(f"{files}/semi%3Bcolon.txt").status == 500
    assert "odd_session/scans/6-NAMES/resources/NAMES/files/100%.txt" in names(shared.get(
        f"/data/experiments/{session_id(shared, 'odd_session', 'odd')}/scans/6/files?format=zip"))


def test_zip_is_stored(shared):
    """The default zip stores, with sizes and CRC in front; UTF-8 flagged; no length told, no directories."""
    answer = shared.get(SCAN + "/files?format=zip")
    assert answer.get("Transfer-Encoding") == "chunked" and not answer.all("Content-Length")
    assert answer.get("Content-Disposition") == 'attachment; filename="subject001_BRAIN.zip";'
    flags, method = struct.unpack("<HH", answer.body[6:10])
    assert (flags, method, struct.unpack("<I", answer.body[18:22])[0]) == (0x0800, 0, 20000)
    assert not [name for name in names(answer) if name.endswith("/")]


def test_dates_in_archives(make_standin):
    """Members carry the files' dates; what DOS cannot tell is in an extra field."""
    server = make_standin()
    files = new_resource(server)
    for name, when in (("old.txt", 86400 * 365), ("new.txt", 1600000000)):
        server.put(f"{files}/{name}", name.encode())
        stored = [path for path in pathlib.Path(server.directory, "root").rglob("*.txt")
                  if path.read_bytes() == name.encode()]
        os.utime(stored[0], (when, when))
    answer = server.get(files + "?format=zip")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        members = {member.filename.split("/")[-1]: member for member in archive.infolist()}
        assert archive.testzip() is None
    assert members["old.txt"].date_time == (1980, 1, 1, 0, 0, 0) and not members["new.txt"].extra
    assert members["old.txt"].extra == struct.pack("<HHBi", 0x5455, 5, 1, 86400 * 365)
    assert members["new.txt"].date_time == time.localtime(1600000000)[:6]
    with tarfile.open(fileobj=io.BytesIO(server.get(files + "?format=tar").body)) as archive:
        assert sorted(member.mtime for member in archive) == [86400 * 365, 1600000000]


def test_zip_in_one_buffer(make_standin):
    """What fits into the container's buffer goes out with its length; a tar never does."""
    server = make_standin()
    files = new_resource(server)
    server.put(files + "/sub/a.txt", b"a" * 3000)
    server.put(files + "/sub/b.txt", b"b" * 3000)
    small = server.get(files + "/sub/?format=zip")
    assert small.get("Content-Length") == str(len(small.body)) and sorted(names(small)) == ["sub/a.txt", "sub/b.txt"]
    assert server.get(files + "/sub/?format=tar").get("Transfer-Encoding") == "chunked"
    server.put(files + "/sub/c.txt", b"c" * 3000)
    assert server.get(files + "/sub/?format=zip").get("Transfer-Encoding") == "chunked"


def test_zip_deflated(shared):
    """compression=8 deflates with descriptors; anything else but 0 is 500."""
    answer = shared.get(SCAN + "/files?format=zip&compression=8")
    flags, method = struct.unpack("<HH", answer.body[6:10])
    assert (flags, method) == (0x0808, 8) and names(answer)
    assert shared.get(SCAN + "/files?format=zip&compression=5").status == 500


def test_zip_names(shared):
    """Members are renamed: type behind the scan's ID, label for ID everywhere, a folder called like the scan too."""
    session = session_id(shared, "odd_session", "odd")
    listed = names(shared.get(f"/data/experiments/{session}/scans/5/files?format=zip"))
    prefix = "odd_session/scans/5-T1_w_o_contrast/resources/"
    assert f"{prefix}My Data/files/blank.txt" in listed and f"{prefix}2023/files/digits.txt" in listed
    rows = shared.rows(f"/data/experiments/{session}/resources?all=true")
    number = next(row["xnat_abstractresource_id"] for row in rows if row["label"] == "" and row["cat_id"] == "5")
    assert f"{prefix}{number}/files/unlabelled.txt" in listed
    odd = names(shared.get(f"/data/experiments/{session}/scans/6/files?format=zip"))
    assert "odd_session/scans/6-NAMES/resources/NAMES/files/odd_session_T1.txt" in odd
    assert "odd_session/scans/6-NAMES/resources/NAMES/files/6-NAMES/inside.txt" in odd
    untyped = names(shared.get(f"/data/experiments/{session}/files?all=true&format=zip"))
    assert "odd_session/scans/8/resources/DICOM/files/0001.dcm" in untyped
    assert "odd_session/scans/7/resources/DICOM/files/0001.dcm" in untyped


def test_zip_names_elsewhere(shared):
    """Session, subject, project and assessor have their own first directories."""
    assert names(shared.get(f"{SESSION}/resources/REPORT/files?format=zip")) == [
        "subject001_BRAIN/resources/REPORT/files/report.txt"]
    assert names(shared.get("/data/projects/sandbox/subjects/subject001/files?format=zip")) == [
        "subject001/resources/NOTES/files/notes.txt"]
    assert names(shared.get("/data/projects/sandbox/files?format=zip")) == [
        "sandbox/resources/DOCUMENTS/files/protocol.txt"]
    assert "seg_subject001_BRAIN/out/resources/IMAGE/files/mask/brain.nii.gz" in names(
        shared.get(f"{SESSION}/assessors/SITE_E00002/files?format=zip"))


def test_numbers_below_a_session(shared):
    """Several resources by number, wherever they are: with all=true the session's own, those of scans and of assessors are
    told with their places, and packed under them, without a scan's type; a number that is another one's label, too, names
    both. Without it they are said to be the session's."""
    rows = shared.rows(f"{SESSION}/resources?all=true")
    some = {(row["category"], row["label"], row["cat_id"]): row["xnat_abstractresource_id"] for row in rows}
    wanted = {"/resources": some["resources", "REPORT", ""], "/scans/1/resources": some["scans", "DICOM", "1"],
              "/scans/3/resources": some["scans", "NIFTI", "3"],
              "/assessors/SITE_E00002/out/resources": some["assessors", "IMAGE", "SITE_E00002"]}
    files = f"{SESSION}/resources/{','.join(wanted.values())}/files"
    listed = shared.rows(files + "?all=true")
    assert {row["cat_ID"] for row in listed} == set(wanted.values())
    for place, number in wanted.items():
        found = [row for row in listed if row["cat_ID"] == number]
        assert found and all(row["URI"].startswith(f"{SESSION}{place}/{number}/files/") for row in found)
    packed = names(shared.get(files + "?all=true&format=zip"))
    assert len(packed) == len(listed)
    for start in ("resources/REPORT", "scans/1/resources/DICOM", "scans/3/resources/NIFTI",
                  "assessors/SITE_E00002/out/resources/IMAGE"):
        assert any(name.startswith(f"subject001_BRAIN/{start}/files/") for name in packed), (start, packed)
    for row in shared.rows(files):
        assert row["URI"].startswith(f"{SESSION}/resources/{row['cat_ID']}/files/")
    assert all(name.startswith("subject001_BRAIN/resources/") for name in names(shared.get(files + "?format=zip")))
    odd = f"/data/experiments/{session_id(shared, 'odd_session', 'odd')}"
    digits = scan_resource(shared, odd.rpartition("/")[2], "5", "2023")
    assert {row["cat_ID"] for row in shared.rows(f"{odd}/resources/{digits}/files?all=true")} == {digits}


def test_zip_of_one_file_or_folder(shared):
    """One file: its base name. A folder: catalog paths, but the base name where only one file fits."""
    assert names(shared.get(DICOM + "/0001.dcm?format=zip")) == ["0001.dcm"]
    files = f"/data/experiments/{session_id(shared, 'odd_session', 'odd')}/scans/6/resources/NAMES/files"
    assert sorted(names(shared.get(files + "/sub/?format=zip"))) == ["sub/a b/d.txt", "sub/dir/c.txt"]
    assert names(shared.get(files + "/sub/dir/?format=zip")) == ["c.txt"]


def test_zip_structures(shared):
    """simplified: without types, resources, files; improved: by category, with the type in a zip alone; legacy: disk."""
    files = f"{SCAN}/resources/DICOM/files?format="
    assert "subject001_BRAIN/scans/1/DICOM/0001.dcm" in names(shared.get(files + "zip&structure=simplified"))
    assert "scans/1_T1/DICOM/0001.dcm" in names(shared.get(files + "zip&structure=improved"))
    assert "subject001_BRAIN/SCANS/1/DICOM/0001.dcm" in names(shared.get(files + "zip&structure=legacy"))
    with tarfile.open(fileobj=io.BytesIO(shared.get(files + "tar&structure=improved").body)) as archive:
        assert "scans/1/DICOM/0001.dcm" in archive.getnames()


def test_empty_zip_is_404(shared):
    """Nothing to pack is 404, or 204 when that is asked for."""
    files = f"/data/experiments/{session_id(shared, 'odd_session', 'odd')}/scans/5/resources/EMPTY/files?format=zip"
    assert shared.get(files).status == 404
    assert shared.get(files).get("Content-Disposition") == 'attachment; filename="odd_session.zip";'
    assert shared.get(files + "&accept-not-found=true").status == 204


def test_tar(shared):
    """tar and tar.gz; modes are octal 0060."""
    for format, type in (("tar", "application/x-tar"), ("tar.gz", "application/x-gtar")):
        answer = shared.get(f"{SCAN}/resources/DICOM/files?format={format}")
        assert answer.get("Content-Type") == type
        with tarfile.open(fileobj=io.BytesIO(answer.body)) as archive:
            members = archive.getmembers()
        assert len(members) == 4 and {member.mode for member in members} == {0o060}


def test_incomplete_zip(make_standin):
    """A file that has gone since, a name that comes twice, or a fault: a proper zip with members missing, and 200."""
    server = make_standin()
    server.fault(path="format=zip", zip_members=2)
    assert len(names(server.get(SCAN + "/files?format=zip"))) == 2
    assert len(names(server.get(SCAN + "/files?format=zip"))) == 5
    odd = session_id(server, "odd_session", "odd")
    for row in server.rows(f"/data/experiments/{odd}/scans/5/resources/TWICE/files"):
        server.add_file(row["cat_ID"], "same.txt", b"same")
    assert len(names(server.get(f"/data/experiments/{odd}/scans/5/resources/TWICE/files?format=zip"))) == 3


def test_stale_catalog(make_standin):
    """Listed files that are gone: 404, and left out of archives; digests may be missing or wrong."""
    server = make_standin()
    number = scan_resource(server, "SITE_E00001", "1", "DICOM")
    server.spoil(number, "0001.dcm", "remove")
    gone = server.get(DICOM + "/0001.dcm")
    assert gone.status == 404 and "<title>HTTP Status 404" in gone.text and "Unable to find file." in gone.text
    assert "0001.dcm" in paths(server, DICOM)
    assert len(names(server.get(DICOM + "?format=zip"))) == 3
    server.spoil(number, "0002.dcm", "drop-digest")
    server.spoil(number, "0003.dcm", "flip")
    server.spoil(number, "0004.dcm", "cut")
    assert len(server.get(DICOM + "/0004.dcm").body) == 10000
    rows = {row["Name"]: row for row in server.rows(DICOM)}
    assert rows["0002.dcm"]["digest"] == ""
    assert hashlib.md5(server.get(DICOM + "/0003.dcm").body).hexdigest() != rows["0003.dcm"]["digest"]
    refresh = "/data/services/refresh/catalog?resource=/archive/experiments/SITE_E00001/scans/1/resources/DICOM"
    assert server.request("POST", refresh, user=ALICE).status == 200
    assert "0001.dcm" not in paths(server, DICOM)
    row = next(row for row in server.rows(DICOM) if row["Name"] == "0003.dcm")
    assert hashlib.md5(server.get(DICOM + "/0003.dcm").body).hexdigest() == row["digest"]


def test_no_checksums(make_standin):
    """Without checksums digests are "", and overwriting keeps an old one."""
    server = make_standin(checksums=False)
    assert {row["digest"] for row in server.rows(DICOM)} == {""}
    server.set(checksums=True)
    files = new_resource(server)
    server.put(files + "/a.txt", b"one")
    server.set(checksums=False)
    server.put(files + "/a.txt?overwrite=true", b"two")
    assert server.rows(files)[0]["digest"] == hashlib.md5(b"one").hexdigest()
