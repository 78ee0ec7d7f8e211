# SPDX-License-Identifier: Apache-2.0
"""Fetching all that a search finds, each result into a directory of its own."""

import pytest

from cli import FILE, ioplug
from plugin_case import case, make_case, make_standin, standin  # noqa: F401

SEARCH = "search?projects=sandbox&scans=T1&resources=NIFTI&id=subject&label=true"


def files_below(path):
    return sorted(str(one.relative_to(path)) for one in path.rglob("*") if one.is_file())


def test_as_the_pipe_does(case):
    """But with one command, whose exit code is that of the search, too."""
    ran = case.run("expand", case.url(SEARCH))
    by_list = case.run("fetch", "--list", "-", case.path("list"), stdin=ran.out)
    at_once = case.run("fetch", case.url(SEARCH), case.path("search"))
    assert by_list.code == at_once.code == 0, at_once.err
    assert at_once.out == by_list.out.replace("/list/", "/search/") and len(at_once.lines) >= 3
    assert files_below(case.path("search")) == files_below(case.path("list")) != []
    assert "summary" in at_once.err


def test_json(case):
    ran = case.run("--json", "fetch", case.url(SEARCH), case.path("out"))
    assert {one["id"] for one in ran.objects} >= {"subject001", "subject002"} and all("path" in one for one in ran.objects)


def test_a_search_that_fails_or_finds_nothing(case):
    assert case.run("fetch", case.url("search?projects=none"), case.path("out")).code in (0, 3)
    ran = case.run("fetch", case.url(SEARCH.replace("subjects", "sub") + "&nonsense=1"), case.path("out"))
    assert ran.code == 2 and "nonsense" in ran.err and not case.path("out").exists()
    case.server.fault(path="/data/", status=403, count=-1)
    assert case.run("fetch", case.url(SEARCH), case.path("out")).code != 0 and not case.path("out").exists()


def test_layout(case):
    ran = case.run("fetch", "--layout", "{project}/{subject_label}_x/{scan_id}-{scan_type}/{resource_label}",
                   case.url("search?projects=sandbox&experiments=subject00?_BRAIN&scans=T1"), case.path("out"))
    assert ran.code == 0, ran.err
    assert "sandbox/subject001_x/1-T1/NIFTI/image.nii.gz" in files_below(case.path("out"))
    assert "sandbox/subject002_x/1-T1/DICOM/0001.dcm" in files_below(case.path("out"))
    again = case.run("-v", "fetch", "--layout", "{project}/{subject_label}_x/{scan_id}-{scan_type}/{resource_label}",
                     case.url("search?projects=sandbox&experiments=subject00?_BRAIN&scans=T1"), case.path("out"))
    assert again.code == 0 and again.out == ran.out


def test_values_stay_within_their_segment(case):
    """A scan's type may be anything."""
    top = "/data/projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/scans"
    for scan, kind in (("1", "../../up"), ("2", ".."), ("3", "a%2Fb")):
        assert case.server.put(f"{top}/{scan}?type={kind}", type=None).status == 200
    ran = case.run("fetch", "--layout", "{scan_type}/{resource_label}", case.url(
        "search?projects=sandbox&experiments=subject001_BRAIN&scans=*[./]*&resources=NIFTI"), case.path("deep/out"))
    assert ran.code == 0, ran.err
    assert files_below(case.path("deep")) == sorted(f"out/{name}/NIFTI/image.nii.gz"
                                                    for name in ("..%2F..%2Fup", "%2E%2E", "a%2Fb"))


@pytest.mark.parametrize("layout, words", [
    ("{subject_label}", "not unique"), ("{subject_label}/{resource_label}", "such as {experiment_label}"),
    ("{subject_label}/{experiment_label}/{resource_label}", "such as {scan_id}"), ("{nonsense}/{scan_id}", "{nonsense}"), ("{assessor_label}", "{assessor_label}")])
def test_a_layout_that_does_not_fit_brings_nothing(case, layout, words):
    ran = case.run("fetch", "--layout", layout, case.url("search?projects=sandbox&scans=T1"), case.path("out"))
    assert ran.code == 2 and words in ran.err and not case.path("out").exists(), ran.err
    assert not case.requests("/files")


def test_a_layout_where_the_fetch_of_another_waits(case):
    for label in ("OUT", "OUT.partial"):
        case.new_resource(label, {"a.txt": b"a"}, parent="projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/scans/1")
    ran = case.run("fetch", "--layout", "{resource_label}",
                   case.url("search?projects=sandbox&experiments=subject001_BRAIN&scans=1&resources=OUT*"), case.path("out"))
    assert ran.code == 2 and ".partial" in ran.err and not case.path("out").exists(), ran.err


@pytest.mark.parametrize("layout", ["", "fixed", "/{id}", "{id}/", "{id}//x", "../{id}", "{id}/..", "{id", "id}", "{}", "{a{b}}", "}{"])
def test_what_is_no_layout(layout):
    ran = ioplug(*FILE, "fetch", "--layout", layout, "file:///x/*", "out")
    assert ran.code == 2 and "layout" in ran.err, ran.err


def test_where_no_layout_is_taken(case):
    assert case.run("fetch", "--layout", "{id}", "--list", "-", case.path("out")).code == 2
    ran = case.run("fetch", "--layout", "{id}", case.url("projects/sandbox/resources/DOCUMENTS"), case.path("out"))
    assert ran.code == 2 and "search" in ran.err and not case.path("out").exists()


def test_a_file_where_the_directory_is_to_be(case):
    case.path("out").write_text("mine")
    assert case.run("fetch", case.url(SEARCH), case.path("out")).code == 10
    assert case.path("out").read_text() == "mine"
