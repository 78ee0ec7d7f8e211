# SPDX-License-Identifier: Apache-2.0
"""put of one file: where it goes, what is compared, what is sent, and the URL that is given back."""

import os
import socket

import pytest

from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from put_case import SCAN, TYPES, body, scan_path, stored, uploads, whole, write, writes

DATA = b"some bytes\n" * 100


@pytest.mark.parametrize("tail, path", [
    ("NEW", "a.bin"), ("NEW/files", "a.bin"), ("NEW/files/", "a.bin"), ("NEW/files/b.bin", "b.bin"),
    ("NEW/files/sub/", "sub/a.bin"), ("NEW/files/sub/c.bin", "sub/c.bin")])
def test_where_a_file_goes_and_the_final_url(case, tail, path):
    ran = case.run("put", write(case.path("a.bin"), DATA), case.url(SCAN + tail + TYPES + "&overwrite=false"))
    assert ran.code == 0, ran.err
    assert ran.lines == [case.url(SCAN + "NEW/files/" + path)]
    assert case.server.sessions() == []
    assert stored(case, scan_path(case), "NEW") == {path: whole(DATA)}
    assert body(case, scan_path(case), "NEW", path) == DATA
    assert len(uploads(case)) == 1 and ran.err == ""


def test_final_url_keeps_selectors_insecure_verify_and_regex(case):
    url = (f"xnat://{case.server.host}:{case.server.port}/data/projects/sandbox/subjects/subject001"
           "/experiments/.*_BRAIN/scans/T1/resources/DICOM/files/x/?regex=true&insecure=true&verify=false&overwrite=true"
           "&scan_type=xnat:mrScanData&resource_type=xnat:resourceCatalog")
    ran = case.run("put", write(case.path("a.bin"), DATA), url)
    assert ran.code == 0, ran.err
    base, _, query = ran.lines[0].partition("?")
    assert base == url.partition("/data/")[0] + ("/data/archive/projects/sandbox/subjects/subject001/experiments/"
                                                 ".*_BRAIN/scans/T1/resources/DICOM/files/x/a.bin")
    assert sorted(query.split("&")) == ["insecure=true", "regex=true", "verify=false"]
    assert stored(case, scan_path(case), "DICOM")["x/a.bin"] == whole(DATA)


def test_json_line(case):
    ran = case.run("--json", "put", write(case.path("a.bin"), DATA), case.url(SCAN + "NEW"))
    assert ran.objects == [{"path": str(case.path("a.bin")), "url": case.url(SCAN + "NEW/files/a.bin")}]


@pytest.mark.parametrize("selector", ["1", "T1", "%3F1", "[T]1"])
def test_scan_by_id_type_and_pattern(case, selector):
    ran = case.run("put", write(case.path("a"), DATA), case.url(SCAN.replace("scans/1", f"scans/{selector}") + "NEW"))
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {"a": whole(DATA)}


def test_two_scans_of_one_type_are_ambiguous_whichever_has_the_resource(case):
    url = "projects/sandbox/experiments/subject001_FOLLOWUP/scans/{}/resources/ONLY"
    assert case.run("put", write(case.path("a"), DATA), case.url(url.format("4"))).code == 0
    case.clear()
    ran = case.run("put", case.path("a"), case.url(url.format("T1")))
    assert ran.code == 4 and "scans/1" in ran.err and "scans/4" in ran.err, ran.err
    assert writes(case) == []


@pytest.mark.parametrize("where, parent", [
    ("projects/sandbox/resources/NEW", "/data/projects/sandbox"),
    ("projects/sandbox/subjects/subject001/resources/NEW", "/data/projects/sandbox/subjects/subject001"),
    ("projects/sandbox/experiments/subject001_BRAIN/resources/NEW", "/data/experiments/SITE_E00001"),
    ("projects/sandbox/experiments/subject001_BRAIN/assessors/seg_subject001_BRAIN/resources/NEW",
     "/data/experiments/SITE_E00002"),
    ("projects/sandbox/experiments/experiment001/reconstructions/recon001/resources/NEW",
     "/data/experiments/SITE_E00004/reconstructions/recon001"),
    ("experiments/SITE_E00001/scans/2/resources/NEW", "/data/experiments/SITE_E00001/scans/2"),
    ("experiments/SITE_E00001/resources/NEW", "/data/experiments/SITE_E00001"),
    ("subjects/SITE_S00001/resources/NEW", "/data/projects/sandbox/subjects/SITE_S00001"),
    ("experiments/SITE_E00002/resources/NEW", "/data/experiments/SITE_E00002"),
])
def test_each_level_holds_resources(case, where, parent):
    ran = case.run("put", write(case.path("a"), DATA), case.url(where))
    assert ran.code == 0, ran.err
    assert stored(case, parent, "NEW") == {"a": whole(DATA)}
    case.clear()
    ran = case.run("put", case.path("a"), case.url(where))
    assert ran.code == 0 and writes(case) == [], ran.err
    ran = case.run("fetch", ran.lines[0], case.path("back"))
    assert ran.code == 0 and case.path("back").read_bytes() == DATA


# --- a file that is already there ---


def test_identical_is_success_and_nothing_is_sent(case):
    path, url = write(case.path("a"), DATA), case.url(SCAN + "NEW")
    first = case.run("put", path, url)
    case.clear()
    again = case.run("put", path, url)
    assert (again.code, again.out, again.err) == (0, first.out, "")
    assert writes(case) == []


@pytest.mark.parametrize("other", [b"x" * len(DATA), b"short"])
def test_different_is_a_conflict_that_names_the_option(case, other):
    path, url = write(case.path("a"), DATA), case.url(SCAN + "NEW")
    case.run("put", path, url)
    case.clear()
    write(path, other)
    ran = case.run("put", path, url)
    assert ran.code == 6 and ran.out == ""
    assert ran.err.startswith("ioplug: conflict: "), ran.err
    assert "overwrite=true" in ran.err and ": a (different);" in ran.err, ran.err
    assert writes(case) == []
    assert stored(case, scan_path(case), "NEW") == {"a": whole(DATA)}
    ran = case.run("put", path, url + "?overwrite=true")
    assert ran.code == 0 and ran.err == "", ran.err
    assert stored(case, scan_path(case), "NEW") == {"a": whole(other)}
    assert body(case, scan_path(case), "NEW", "a") == other


def test_equal_size_without_a_listed_digest_is_a_conflict(make_case):
    case = make_case(checksums=False)
    path, url = write(case.path("a"), DATA), case.url(SCAN + "NEW")
    assert case.run("put", path, url).code == 0
    case.clear()
    ran = case.run("put", path, url)
    assert ran.code == 6 and "overwrite=true" in ran.err and "no MD5" in ran.err, ran.err
    assert writes(case) == []
    ran = case.run("put", path, url + "?overwrite=true")
    assert ran.code == 0 and len(uploads(case)) == 1, ran.err


@pytest.mark.parametrize("name", ["a.bin", "a b.bin"])
def test_a_stale_digest_after_overwrite_is_read_back_with_a_warning(case, name):
    """A server that was told to keep no digests any more leaves the old one in the catalog."""
    path, url = write(case.path(name), DATA), case.url(SCAN + "NEW")
    assert case.run("put", path, url).code == 0
    case.server.set(checksums=False)
    other = b"y" * len(DATA)
    write(path, other)
    case.clear()
    ran = case.run("put", path, url + "?overwrite=true")
    assert ran.code == 0, ran.err
    assert ran.err.count("warning") == 1 and name in ran.err
    reads = [row for row in case.requests("/files/", "GET")]
    assert len(reads) == 1 and len(uploads(case)) == 1


def test_overwrite_through_an_archive_on_an_old_server(make_case):
    """Such a release may go on listing size and digest of the file before; the bytes are what counts."""
    case = make_case(version="1.7")
    path, url = write(case.path("a b"), DATA), case.url(SCAN + "NEW")
    assert case.run("put", path, url).code == 0
    write(path, b"other")
    ran = case.run("put", path, url + "?overwrite=true")
    assert ran.code == 0, ran.err
    assert body(case, scan_path(case), "NEW", "a%20b") == b"other"


# --- names ---

NAMES = ["a b.txt", "a+b.txt", "a#b.txt", "100%.txt", "semi;colon.txt", "é.txt", "é x.txt", ".hidden", "[1].txt", "q?.txt",
         "x&y=z.txt", "star*.txt", "quote'\".txt", "%41.txt", "%20.txt", "-", "~", "日本.nii.gz", "x.zip", "y.tar.gz", "<a>"]


@pytest.mark.parametrize("version", ["1.7", "1.8"])
def test_names_are_kept(make_case, version):
    """One by one; each is stored under its own name and can be fetched by the URL that is given back."""
    case = make_case(version=version)
    back = []
    for name in NAMES:
        ran = case.run("put", write(case.path("names") / name, name.encode()), case.url(SCAN + "NEW/files/"))
        assert ran.code == 0, (name, ran.err)
        back += ran.lines
    assert stored(case, scan_path(case), "NEW") == {name: whole(name.encode()) for name in NAMES}
    ran = case.run("fetch", "--list", "-", case.path("back"), stdin="".join(url + "\n" for url in back))
    assert ran.code == 0, ran.err
    assert {path.name: path.read_bytes() for path in case.path("back").iterdir()} == {n: n.encode() for n in NAMES}


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\rb", "a\x7fb", "a\\b", "x_catalog.xml", ".~lock-x"])
def test_names_that_no_way_keeps_are_refused_before_anything_is_sent(case, name):
    ran = case.run("put", write(case.path("names") / name, DATA), case.url(SCAN + "NEW"))
    assert ran.code == 2 and ran.err.startswith("ioplug: usage: ") and ran.err.count("\n") == 1, ran.err
    assert case.requests() == []


def test_a_name_that_is_no_utf8_is_refused(case):
    folder = write(case.path("names") / "plain", DATA).parent
    with open(os.path.join(os.fsencode(folder), b"\xff\xfe"), "wb") as file:
        file.write(DATA)
    ran = case.run("put", folder, case.url(SCAN + "NEW"))
    assert ran.code == 10 and "UTF-8" in ran.err, ran.err
    assert writes(case) == []


def test_a_file_of_no_bytes(case):
    ran = case.run("put", write(case.path("empty"), b""), case.url(SCAN + "NEW/files/sub/zero.txt"))
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {"sub/zero.txt": whole(b"")}
    case.clear()
    assert case.run("put", case.path("empty"), case.url(SCAN + "NEW/files/sub/zero.txt")).code == 0
    assert writes(case) == []


def test_a_file_where_a_directory_is(case):
    assert case.run("put", write(case.path("a"), DATA), case.url(SCAN + "NEW/files/sub/x")).code == 0
    ran = case.run("put", case.path("a"), case.url(SCAN + "NEW/files/sub"))
    assert ran.code == 6, (ran.code, ran.err)
    assert stored(case, scan_path(case), "NEW") == {"sub/x": whole(DATA)}


# --- what is no file ---


def test_local_paths_that_cannot_be_sent(case):
    os.mkfifo(case.path("fifo"))
    os.symlink("nowhere", case.path("dangling"))
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(case.path("sock")))
    for name in ["fifo", "dangling", "sock", "missing"]:
        ran = case.run("put", case.path(name), case.url(SCAN + "NEW"))
        assert ran.code == 10 and name in ran.err, (name, ran.code, ran.err)
    ran = case.run("put", "/dev/null", case.url(SCAN + "NEW"))
    assert ran.code == 10, ran.err
    made.close()
    assert writes(case) == []


def test_an_unreadable_file(case):
    case.directory.chmod(0o755)
    path = write(case.path("open") / "secret", DATA)
    path.chmod(0)
    if os.geteuid() == 0:
        ran = case.run("put", path, case.url(SCAN + "NEW"), prefix=["setpriv", "--inh-caps=-all", "--bounding-set=-all"])
    else:
        ran = case.run("put", path, case.url(SCAN + "NEW"))
    assert ran.code == 10 and "secret" in ran.err, ran.err
    assert uploads(case) == []


def test_a_link_to_a_file_is_sent_as_that_file(case):
    write(case.path("real"), DATA)
    os.symlink("real", case.path("link"))
    ran = case.run("put", case.path("link"), case.url(SCAN + "NEW"))
    assert ran.code == 0, ran.err
    assert stored(case, scan_path(case), "NEW") == {"link": whole(DATA)}


# --- options ---


@pytest.mark.parametrize("option", ["overwrite=yes", "overwrite=", "overwrite=True1"])
def test_a_misspelt_boolean_is_refused(case, option):
    ran = case.run("put", write(case.path("a"), DATA), case.url(SCAN + "NEW?" + option))
    assert ran.code == 2 and "overwrite" in ran.err, ran.err
    assert case.requests() == []


def test_a_misspelt_option_is_a_warning_and_does_not_overwrite(case):
    path, url = write(case.path("a"), DATA), case.url(SCAN + "NEW")
    case.run("put", path, url)
    write(path, b"other")
    ran = case.run("put", path, url + "?overwrit=true")
    assert ran.code == 6 and "overwrit'" in ran.err and "warning" in ran.err, ran.err
