# SPDX-License-Identifier: Apache-2.0
"""Searches by what stands beside the levels: a session's type and date, a scan's quality and description."""

import urllib.parse

import pytest

from plugin_case import case, make_case, make_standin, standin  # noqa: F401

# label: type, date, scans: (ID, type, quality, description)
SESSIONS = {
    "one": ("xnat:mrSessionData", "2024-01-31", [("1", "T1", "usable", "t1 mpr <sag>"), ("2", "T2", "unusable", "t2 tse")]),
    "two": ("xnat:mrSessionData", "2024-06-30", [("T1", "PD", "usable", "pd"), ("1", "T1", "questionable", "t1 mpr <sag>")]),
    "three": ("xnat:petSessionData", "2023-12-31", [("1", "PET", "usable", "")]),
    "undated": ("xnat:petSessionData", None, [("1", "T1", None, None)])}


@pytest.fixture(params=["true", "no-numbers", "false"])
def filled(request, make_case):
    """With the columns in the bulk query, without them, and without that query."""
    case = make_case(bulk=request.param)
    server, top = case.server, "/data/projects/sandbox/subjects/NARROW"
    assert server.put(top, type=None).status in (200, 201)
    for label, (kind, date, scans) in SESSIONS.items():
        dated = f"&date={date[5:7]}/{date[8:]}/{date[:4]}" if date else ""
        assert server.put(f"{top}/experiments/{label}?xsiType={kind}{dated}", type=None).status == 201
        for number, scan_type, quality, description in scans:
            scan = f"{top}/experiments/{label}/scans/{number}"
            what = f"?xsiType={kind.replace('Session', 'Scan')}&type={scan_type}"
            if quality:
                what += f"&quality={quality}&series_description={urllib.parse.quote(description)}"
            assert server.put(scan + what, type=None).status in (200, 201)
            assert server.put(f"{scan}/resources/R", type=None).status in (200, 201)
    return case


def found(case, what):
    ran = case.run("--json", "expand", case.url("search?projects=sandbox&subjects=NARROW&" + what))
    assert ran.code == 0, ran.err
    return [(pair["experiment_label"], pair["scan_id"]) for pair in ran.objects], ran


ALL = [("one", "1"), ("one", "2"), ("three", "1"), ("two", "1"), ("two", "T1"), ("undated", "1")]


CASES = {
    "types=xnat:mrSessionData": ALL[:2] + ALL[3:5], "types=*pet*": [ALL[2], ALL[5]], "types=xnat:ct*": [],
    "types=xnat%3a(mr|ct)&regex=true": ALL[:2] + ALL[3:5],
    "dates=2024-01-31..2024-06-29": ALL[:2], "dates=2024-01-31..": ALL[:2] + ALL[3:5], "dates=..2024-01-30": [ALL[2]],
    "dates=2024-06-30..2024-06-30": ALL[3:5], "dates=2025-01-01..": [],
    "quality=usable": [ALL[0], ALL[2], ALL[4]], "quality=*usable": [*ALL[:3], ALL[4]], "quality=*": ALL,
    "descriptions=t1*": [ALL[0], ALL[3]], "descriptions=t1 mpr <sag>": [ALL[0], ALL[3]], "descriptions=T1*": [],
    "types=*mr*&dates=..2024-05-01&quality=usable&descriptions=t1*": [ALL[0]],
    # It narrows what the levels select: a scan whose ID is the selector goes before those of that type.
    "scans=T1": [ALL[0], ALL[4], ALL[5]], "scans=T1&quality=usable": [ALL[0], ALL[4]], "scans=T1&quality=questionable": []}


def test_further_selections(filled):
    assert {what: found(filled, what)[0] for what in CASES} == CASES


def test_what_is_told_of_each(case):
    """With the columns of the bulk query: no request more than without."""
    top = "/data/projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
    assert case.server.put(f"{top}/scans/1?series_description=a%20%26%20b&quality=questionable", type=None).status == 200
    ran = case.run("--json", "expand", case.url("search?projects=sandbox&experiments=subject001_BRAIN&scans=1&resources=NIFTI"))
    assert ran.code == 0 and len(ran.objects) == 1, ran.err
    pair = ran.objects[0]
    assert (pair["scan_quality"], pair["scan_description"]) == ("questionable", "a & b")
    assert pair["xsi_type"] == "xnat:mrSessionData" and len(pair["experiment_date"]) == 10
    asked = []
    for more in ("", "&quality=usable&descriptions=*&types=*&dates=1990-01-01.."):
        case.clear()
        ran = case.run("expand", case.url("search?projects=sandbox" + more))
        assert ran.code == 0 and ran.lines, ran.err
        asked.append(len(case.requests("/")))
    assert asked[0] == asked[1], asked


def test_assessors_by_session(case):
    search = "projects=sandbox&assessors=*&"
    everything = case.run("expand", case.url("search?" + search)).out
    assert everything and case.run("expand", case.url(f"search?{search}types=xnat:mrSessionData")).out == everything
    assert case.run("expand", case.url(f"search?{search}types=xnat:petSessionData")).out == ""
    ran = case.run("expand", case.url(f"search?{search}quality=usable"))
    assert ran.code == 2 and "assessors" in ran.err, ran.err


def test_files_of_what_is_left(case):
    search = "projects=sandbox&scans=1&resources=NIFTI&files=*&"
    assert len(case.run("expand", case.url(f"search?{search}quality=usable")).lines) > 0
    case.clear()
    assert case.run("expand", case.url(f"search?{search}quality=unusable")).out == ""
    assert case.requests("/files") == []


def test_where_nothing_was_left(filled):
    for what, level, words in (("dates=1900-01-01..1900-01-02", "experiments", "of those types and dates"),
                               ("types=none", "experiments", "of those types and dates"),
                               ("quality=none", "scans", "of that quality and those descriptions")):
        pairs, ran = found(filled, what)
        assert pairs == [] and f"level {level}" in ran.err and words in ran.err, ran.err


@pytest.mark.parametrize("value", ["", "2024", "2024-01-01", "2024-1-1..", "..", "2024-02-30..", "..2024-13-01", "a..b",
                                   "2024-01-01...2024-02-01", "2024-01-01..2023-01-01", "2024-01-01 ..", "-024-01-01.."])
def test_what_is_no_range_of_days(case, value):
    ran = case.run("expand", case.url(f"search?projects=sandbox&dates={value}"))
    assert ran.code == 2 and "dates" in ran.err and case.requests("/") == [], ran.err
