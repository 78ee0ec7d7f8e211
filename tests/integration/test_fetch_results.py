# SPDX-License-Identifier: Apache-2.0
"""fetch: what a URL names, where it lands, and that no more is asked for than is needed."""

import hashlib
import re
from urllib.parse import quote

import pytest
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401

SCAN = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/scans/T1"
DICOM = SCAN + "/resources/DICOM"
NAMES = "projects/odd/subjects/oddity/experiments/odd_session/scans/6/resources/NAMES"


def bodies(case, what="/files/"):
    """Requests for bytes: a file below /files/, or an archive."""
    return [row for row in case.requests() if what in row["path"] or re.search("format=(tar|zip)", row["path"])]



def test_one_file_into_an_existing_directory(case):
    case.path("out").mkdir()
    ran = case.run("fetch", case.url(DICOM + "/files/0001.dcm"), case.path("out"))
    assert (ran.code, ran.lines) == (0, [str(case.path("out/0001.dcm"))]), ran.err
    assert list(tree_of(case.path("out"))) == ["0001.dcm"]
    assert [row["path"].rpartition("/")[2] for row in bodies(case)] == ["0001.dcm"]


def test_one_file_to_a_path_that_ends_in_a_slash(case):
    ran = case.run("fetch", case.url(DICOM + "/files/0001.dcm"), str(case.path("new/deep")) + "/")
    assert ran.code == 0, ran.err
    assert ran.lines == [str(case.path("new/deep/0001.dcm"))]
    assert case.path("new/deep/0001.dcm").stat().st_size == 20000


def test_one_file_to_a_path_itself(case):
    ran = case.run("fetch", case.url(DICOM + "/files/0001.dcm"), case.path("a/b/c.dcm"))
    assert (ran.code, ran.lines) == (0, [str(case.path("a/b/c.dcm"))]), ran.err
    assert list(tree_of(case.path("a"))) == ["b/c.dcm"]


def test_a_file_in_a_directory_lands_under_its_base_name(case):
    case.path("out").mkdir()
    ran = case.run("fetch", case.url(NAMES + "/files/sub/dir/c.txt"), case.path("out"))
    assert ran.lines == [str(case.path("out/c.txt"))], ran.err
    assert list(tree_of(case.path("out"))) == ["c.txt"]


@pytest.mark.parametrize("ending", ["", "/files", "/files/"])
def test_a_whole_resource(case, ending):
    ran = case.run("fetch", case.url(DICOM + ending), case.path("deep/out"))
    assert (ran.code, ran.lines) == (0, [str(case.path("deep/out"))]), ran.err
    assert sorted(tree_of(case.path("deep/out"))) == ["0001.dcm", "0002.dcm", "0003.dcm", "0004.dcm"]
    assert [one.name for one in case.path("deep").iterdir()] == ["out"]


@pytest.mark.parametrize("ending", ["sub", "sub/"])
def test_a_directory_of_a_resource(case, ending):
    ran = case.run("fetch", case.url(NAMES + "/files/" + ending), case.path("out"))
    assert ran.code == 0, ran.err
    assert sorted(tree_of(case.path("out"))) == ["a b/d.txt", "dir/c.txt"]
    assert len(bodies(case)) <= 2


def test_a_slash_after_a_file_names_a_directory_that_is_not_there(case):
    ran = case.run("fetch", case.url(DICOM + "/files/0001.dcm/"), case.path("out"))
    assert ran.code == 3, (ran.code, ran.err)
    assert not case.path("out").exists()


@pytest.mark.parametrize("base", [
    "projects/sandbox/resources/DOCUMENTS/files/protocol.txt",
    "projects/sandbox/subjects/subject001/resources/NOTES/files/notes.txt",
    "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/resources/REPORT/files/report.txt",
    "projects/sandbox/experiments/subject001_BRAIN/resources/REPORT/files/report.txt",
    "projects/sandbox/experiments/subject001_BRAIN/scans/1/resources/DICOM/files/0001.dcm",
    "projects/sandbox/experiments/subject001_BRAIN/assessors/seg_subject001_BRAIN/resources/IMAGE/files/image.nii.gz",
    "projects/sandbox/experiments/experiment001/reconstructions/recon001/resources/NIFTI/files/image.nii.gz",
    "experiments/SITE_E00001/scans/T1/resources/DICOM/files/0001.dcm",
    "experiments/SITE_E00001/resources/REPORT/files/report.txt",
    "subjects/SITE_S00001/resources/NOTES/files/notes.txt",
])
def test_every_level(case, base):
    ran = case.run("fetch", case.url(base), case.path("file"))
    assert ran.code == 0, ran.err
    listing = [row for row in case.requests() if row["path"].partition("?")[0].endswith("/files")]
    assert len(listing) == 1 and len(bodies(case)) == 1
    rows = case.server.rows(listing[0]["path"].partition("?")[0])
    row = [one for one in rows if one["URI"].endswith(base.partition("/files/")[2])][0]
    assert hashlib.md5(case.path("file").read_bytes()).hexdigest() == row["digest"]


def test_odd_names_land_as_the_listing_has_them(case):
    ran = case.run("fetch", case.url(NAMES), case.path("out"))
    assert ran.code == 0, ran.err
    rows = case.server.rows("/data/experiments/SITE_E00012/scans/6/resources/NAMES/files")
    wanted = {row["URI"].split("/files/", 1)[1]: row["digest"] for row in rows}
    found = {name: hashlib.md5(data).hexdigest() for name, data in tree_of(case.path("out")).items()}
    assert found == wanted
    assert len(wanted) == 18 and "6/inside.txt" in wanted and "SITE_E00012_T1.txt" in wanted


@pytest.mark.parametrize("name", ["a b.txt", "a+b.txt", "a#b.txt", "é.txt", "100%.txt", "x&y=z.txt", "q?.txt",
                                  "[1].txt",
                                  "semi;colon.txt", "%C3%A9 raw.txt", ".hidden", "UPPER.txt", "sub/a b/d.txt",
                                  "empty.txt", "SITE_E00012_T1.txt", "6/inside.txt"])
def test_each_odd_name_alone(case, name):
    ran = case.run("fetch", case.url(NAMES + "/files/" + quote(name)), case.path("file"))
    assert ran.code == 0, ran.err
    rows = case.server.rows("/data/experiments/SITE_E00012/scans/6/resources/NAMES/files")
    digest = {row["URI"].split("/files/", 1)[1]: row["digest"] for row in rows}[name]
    assert hashlib.md5(case.path("file").read_bytes()).hexdigest() == digest
    assert len(bodies(case)) == 1


def test_names_that_no_path_reaches(case):
    files = {"x.zip/inner.txt": b"in a directory called x.zip", "x.zip!y": b"mark", "files/files/a.txt": b"files",
             "resources/9/files/b.txt": b"resources", "per%cent.txt": b"percent"}
    case.new_resource("HARD", files)
    ran = case.run("fetch", case.url("projects/sandbox/resources/HARD"), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == files


@pytest.mark.parametrize("name, data", [("x.zip/inner.txt", b"first"), ("semi;colon", b"second"),
                                        ("deep/files/a.txt", b"third"), ("dir/per%cent.txt", b"fourth")])
def test_one_name_that_no_path_reaches(case, name, data):
    case.new_resource("HARD", {name: data, "other.txt": b"other"})
    ran = case.run("fetch", case.url("projects/sandbox/resources/HARD/files/" + quote(name)), case.path("file"))
    assert ran.code == 0, ran.err
    assert case.path("file").read_bytes() == data


def test_a_file_that_is_not_there_costs_no_body_and_no_warning(case):
    ran = case.run("fetch", case.url(DICOM + "/files/nothing.txt"), case.path("out"))
    assert ran.code == 3
    assert "nothing.txt" in ran.err and ran.err.count("\n") == 1, ran.err
    assert "warning" not in ran.err and not case.path("out").exists()
    assert bodies(case) == []
    assert sum(row["path"].partition("?")[0].endswith("/files") for row in case.requests()) <= 1


def test_an_empty_resource_is_an_empty_directory(case):
    url = "projects/odd/subjects/oddity/experiments/odd_session/scans/5/resources/EMPTY"
    ran = case.run("fetch", case.url(url), case.path("out"))
    assert (ran.code, ran.lines) == (0, [str(case.path("out"))]), ran.err
    assert case.path("out").is_dir() and list(case.path("out").iterdir()) == []
    assert bodies(case) == []


def test_an_empty_directory_counts_as_missing(case):
    case.path("out").mkdir()
    ran = case.run("fetch", case.url(DICOM), case.path("out"))
    assert ran.code == 0, ran.err
    assert len(tree_of(case.path("out"))) == 4


def test_zero_bytes_and_depth(case):
    deep = "/".join(f"d{n}" for n in range(40)) + "/leaf.txt"
    case.new_resource("DEEP", {deep: b"deep", "empty": b"", "sub/empty": b""})
    ran = case.run("fetch", case.url("projects/sandbox/resources/DEEP"), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == {deep: b"deep", "empty": b"", "sub/empty": b""}


def test_many_small_files_come_as_one_archive(make_case):
    case = make_case(sample="resources=1,files=1000,size=600")
    url = "projects/project001/subjects/subject001/experiments/subject001_01/scans/1/resources/DICOM"
    ran = case.run("fetch", case.url(url), case.path("out"))
    assert ran.code == 0, ran.err
    assert len(tree_of(case.path("out"))) == 1000
    assert len(bodies(case)) == 1 and "format=tar" in bodies(case)[0]["path"]


def test_links_in_the_path_that_the_user_names_are_followed(case):
    case.path("real").mkdir()
    case.path("link").symlink_to("real")
    ran = case.run("fetch", case.url(DICOM), case.path("link/out"))
    assert ran.code == 0, ran.err
    assert len(tree_of(case.path("real/out"))) == 4
    case.path("tree").mkdir()
    case.path("direct").symlink_to("tree")
    ran = case.run("fetch", case.url(DICOM), case.path("direct"))
    assert ran.code == 0, ran.err
    assert case.path("direct").is_symlink() and len(tree_of(case.path("tree"))) == 4


def test_a_search_is_no_entry_of_a_list(case):
    ran = case.run("fetch", "--list", "-", case.path("out"), stdin="a\t" + case.url("search?projects=sandbox"))
    assert ran.code == 2 and "expand" in ran.err
    assert case.requests() == []


def test_json(case):
    url = case.url(DICOM + "/files/0001.dcm")
    ran = case.run("--json", "fetch", url, case.path("x"))
    assert ran.code == 0 and ran.objects[0]["path"] == str(case.path("x")) and ran.objects[0]["url"] == url
