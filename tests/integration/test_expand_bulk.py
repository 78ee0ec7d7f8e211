# SPDX-License-Identifier: Apache-2.0
"""Searches by the joined query and without it give the very same list, and cost as many requests as they should."""

import json

import pytest

from plugin_case import Case, case, make_case, make_standin, standin  # noqa: F401
from standin_server import StandIn

SEARCHES = [
    "projects=sandbox",
    "projects=sandbox&id=experiment,scan,resource",
    "projects=sandbox&id=experiment,scan,resource&label=true",
    "projects=sandbox&subjects=subject001&experiments=*_BRAIN&scans=T1&resources=DICOM",
    "projects=sandbox&subjects=SITE_S00002&scans=2",
    "projects=sandbox&experiments=subject00[12]_BRAIN&scans=T[12]&resources=N*",
    "projects=sandbox&experiments=SITE_E00001",
    "projects=sandbox&experiments=shared_BRAIN&id=subject,experiment&label=true",
    "projects=sandbox&subjects=shared_subject&id=subject&label=true",
    "projects=sandbox&subjects=other_subject",
    "projects=sandbox&experiments=other_BRAIN",
    "projects=other&id=subject,experiment&label=true",
    "projects=*&scans=T1&resources=DICOM&id=project,experiment,scan",
    "projects=*",
    "scans=1&resources=NIFTI&id=project",
    "projects=s*&regex=true&scans=T.&resources=DICOM",
    "projects=.*&experiments=.*BRAIN&scans=T1&resources=D&regex=true",
    "projects=odd",
    "projects=odd&scans=5",
    "projects=odd&scans=7&resources=DICOM",
    "projects=odd&scans=NOTHING",
    "projects=odd&scans=T1+w/o+contrast&resources=TWICE",
    "projects=odd&scans=T1*&resources=TWICE",
    "projects=odd&scans=*&resources=DICOM",
    "projects=odd&resources=2023",
    "projects=odd&resources=79",
    "projects=odd&resources=85",
    "projects=odd&resources=Q%26A",
    "projects=odd&resources=Q%26amp;A",
    "projects=odd&resources=?*",
    "projects=odd&experiments=no_scans",
    "projects=odd&scans=6&files=*.txt&id=scan,resource",
    "projects=sandbox&scans=4&files=*",
    "projects=Odd+things&scans=PET",
    "projects=locked",
    "projects=sandbox&resources=NIFTI&scans=[!T]*&id=scan&label=true",
    "projects=sandbox&assessors=*&id=experiment,assessor,resource",
    "projects=sandbox&assessors=seg_subject00[12]*&resources=IMAGE&id=assessor&label=true",
    "projects=sandbox&assessors=SITE_E00006",
    "projects=sandbox&subjects=subject00[12]&experiments=.*_BRAIN&assessors=seg_.*&regex=true",
    "projects=sandbox&assessors=*&resources=37",
    "projects=sandbox&assessors=*&files=*.nii.gz&id=assessor,resource",
    "projects=*&assessors=seg*&id=project,assessor",
    "projects=odd&assessors=*",
    "projects=other&assessors=NONE",
]


def lists(server, directory, **more):
    """All searches in one process, one list for each; a data URL, which gives itself, stands between two. What is noted of
    scans is told only where it costs nothing."""
    case = Case(server, directory)
    mark = case.url("projects/mark/resources/mark")
    urls = [url for search in SEARCHES for url in (case.url("search?" + search), mark)]
    ran = case.run("--json", "expand", *urls, **more)
    assert ran.code == 0, ran.err
    result = [[]]
    for pair in ran.objects:
        if pair["url"] == mark:
            result.append([])
            continue
        pair["url"] = pair["url"].partition("/data/")[2]
        noted = [pair.pop(name, None) for name in ("scan_quality", "scan_description")]
        assert "scan_id" in pair or noted == [None, None]
        result[-1].append(pair)
    assert result.pop() == []
    return list(zip(SEARCHES, result, strict=True))


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    with StandIn() as server:
        return lists(server, tmp_path_factory.mktemp("bulk"))


def test_expected_lists_are_not_empty(expected):
    empty = [search for search, pairs in expected if not pairs]
    assert empty == ["projects=sandbox&subjects=other_subject", "projects=sandbox&experiments=other_BRAIN",
                     "projects=odd&scans=NOTHING", "projects=odd&experiments=no_scans", "projects=odd&assessors=*",
                     "projects=other&assessors=NONE"]


@pytest.mark.parametrize("options", [["--bulk=false"], ["--bulk=504"], ["--bulk=missing-key"],
                                     ["--shuffle=true"], ["--bulk=false", "--shuffle=true"],
                                     ["--version=1.7", "--bulk=false"], ["--version=1.9"]], ids=" ".join)
def test_same_lists_without_the_joined_query(make_standin, tmp_path, expected, options):
    assert lists(make_standin(*options), tmp_path) == expected


def test_same_lists_from_a_server_that_tells_no_numbers(make_standin, tmp_path, expected):
    """But for the numbers, which are told where they cost nothing, and then are the same."""
    told = []
    for (search, pairs), (_, others) in zip(expected, lists(make_standin("--bulk=no-numbers"), tmp_path), strict=True):
        assert len(pairs) == len(others), search
        for pair, other in zip(pairs, others):
            assert other == {key: value for key, value in pair.items()
                             if key in other or key not in ("files", "bytes", "resource_id")}, search
            told.append("resource_id" in other)
    assert True in told and False in told


@pytest.mark.parametrize("status, asked", [(400, 1), (403, 1), (500, 2), (502, 1), (503, 1)])
def test_a_failed_query_is_tried_once_and_gone_round(case, status, asked):
    """A server that breaks over it is asked without numbers, too."""
    search = case.url("search?projects=sandbox&experiments=*_BRAIN&scans=T1&resources=DICOM")
    want = case.run("expand", search).out
    case.clear()
    case.server.fault(path="imageScanData", status=status, count=-1)
    ran = case.run("expand", search)
    assert (ran.code, ran.out, ran.err) == (0, want, "")
    assert len(case.requests("imageScanData")) == asked


@pytest.mark.parametrize("page", [{"status": 200, "body": "login-page"}, {"status": 200, "body": "html200"},
                                  {"status": 302, "body": "empty", "location": "/app/template/Login.vm"}])
def test_a_query_that_leads_to_a_page_is_gone_round(case, page):
    """The session lives, so the page is only what some proxy has for this one address."""
    search = case.url("search?projects=sandbox&experiments=*_BRAIN&scans=T1&resources=DICOM")
    want = case.run("expand", search).out
    case.clear()
    case.server.fault(path="imageScanData", count=-1, **page)
    ran = case.run("expand", search)
    assert (ran.code, ran.out) == (0, want), ran.err
    assert len(case.requests("imageScanData")) == 1


@pytest.mark.parametrize("status, most", [(400, 4), (502, 4), (403, 6), (500, 12)])
def test_a_server_that_refuses_is_not_asked_for_every_project(make_case, status, most):
    """Those that are under way at the same time, and a few more where the project may be the reason."""
    case = make_case(sample="projects=20,subjects=1,experiments=1,scans=1,resources=1")
    search = case.url("search?projects=*&id=experiment,scan,resource&label=true")
    want = case.run("expand", search)
    assert want.code == 0 and len(want.lines) == 20
    case.clear()
    case.server.fault(path="imageScanData", status=status, count=-1)
    ran = case.run("expand", search, jobs=4)
    assert (ran.code, ran.out) == (0, want.out), ran.err
    assert len(case.requests("imageScanData")) <= most


def test_a_slow_query_is_given_up(case):
    search = case.url("search?projects=sandbox&experiments=*_BRAIN&scans=T1&resources=DICOM")
    want = case.run("expand", search).out
    case.server.fault(path="imageScanData", delay_ms=4000, count=1)
    ran = case.run("expand", search, answer_timeout="0.5")
    assert (ran.code, ran.out) == (0, want), ran.err


def test_a_query_that_breaks_off_is_gone_round(case):
    search = case.url("search?projects=sandbox&experiments=*_BRAIN&scans=T1&resources=DICOM")
    want = case.run("expand", search).out
    for after in [0, 100, 5000]:
        case.server.clear_faults()
        case.server.fault(path="imageScanData", close_after=after, count=1)
        ran = case.run("expand", search)
        assert (ran.code, ran.out) == (0, want), (after, ran.err)


def rows(case):
    return [(row["method"], row["path"].partition("?")[0]) for row in case.requests()]


def test_requests_of_a_search(make_case):
    """Where the site is, login and its proof, own and shared sessions, one look at the session, logout: however many."""
    case = make_case("--sample=subjects=10,experiments=3,scans=4,resources=2")
    ran = case.run("expand", case.url("search?projects=*001&scans=T*&id=experiment,scan,resource&label=true"))
    assert ran.code == 0 and len(ran.lines) > 0
    assert len(case.requests()) <= 8
    case.clear()
    ran = case.run("expand", case.url("search?projects=project001&scans=T*&resources=DICOM"))
    assert ran.code == 0 and len(ran.lines) == 10 * 3
    assert len(case.requests()) <= 7, rows(case)


def test_requests_of_a_search_with_shared_sessions(case):
    ran = case.run("expand", case.url("search?projects=sandbox&scans=T1&resources=DICOM"))
    assert ran.code == 0
    assert len(case.requests()) <= 9, rows(case)


def test_scans_without_resources_cost_nothing_where_a_label_is_asked_for(make_case):
    """A row without a resource label cannot be what is looked for. Only where rows tell no numbers is it a question for the
    others whether there is a resource."""
    case = make_case(sample="projects=1,subjects=5,experiments=1,scans=1,resources=1")
    for row in case.server.rows("/data/projects/project001/experiments"):
        assert case.server.put(f"/data/experiments/{row['ID']}/scans/9?xsiType=xnat:mrScanData").status == 200
    for bulk, resources, fewest, most in (("true", "*", 4, 6), ("no-numbers", "DICOM", 4, 7),
                                          ("no-numbers", "D*", 4, 7), ("no-numbers", "*", 10, 17)):
        case.server.set(bulk=bulk)
        case.clear()
        ran = case.run("expand", case.url(f"search?projects=project001&resources={resources}"))
        assert ran.code == 0 and len(ran.lines) == 5, ran.err
        assert fewest <= len(case.requests()) <= most, rows(case)


def test_requests_of_a_walk_grow_with_the_matching_sessions_only(make_case):
    case = make_case("--sample=subjects=10,experiments=3,scans=4,resources=2", bulk=False)
    ran = case.run("expand", case.url("search?projects=project001&experiments=subject001_*&scans=T1&resources=DICOM"))
    assert ran.code == 0 and len(ran.lines) == 0 or len(ran.lines) <= 3
    below = [row for row in case.requests() if "/data/experiments/" in row["path"]]
    assert len(below) <= 2 * 3, rows(case)


@pytest.mark.parametrize("bulk, sessions", [("true", 0), ("no-numbers", 2), ("false", 2)])
def test_resource_numbers_cost_requests_for_the_matching_sessions_only(make_case, bulk, sessions):
    case = make_case(bulk=bulk)
    ran = case.run("expand", case.url("search?projects=sandbox&experiments=subject00[12]_BRAIN&scans=1&id=resource"))
    assert ran.code == 0 and len(ran.lines) == 4
    below = {row["path"].split("?")[0].split("/")[3] for row in case.requests("/data/experiments/")}
    assert len(below) == sessions


def test_a_refusal_of_numbers_is_remembered(make_case):
    """One project after the other, and search after search: numbers are asked for once."""
    case = make_case(sample="projects=12,subjects=1,experiments=1,scans=1,resources=2", bulk="no-numbers")
    ran = case.run("expand", *[case.url(f"search?projects=project*&scans={scans}") for scans in "*1"], jobs=1)
    assert ran.code == 0 and len(ran.lines) == 2 * 24, ran.err
    assert len(case.requests("abstractresource_id")) == 1
    assert len(case.requests("imageScanData")) == 1 + 2 * 2 * 12


def test_a_resource_of_a_number_is_found_in_one_query(make_case):
    """The session that has it is asked whether its label is the only one."""
    case = make_case(sample="projects=1,subjects=20,experiments=1,scans=2,resources=2")
    pairs = case.run("--json", "expand", case.url("search?projects=project001")).objects
    case.clear()
    ran = case.run("--json", "expand", case.url(f"search?projects=project001&resources={pairs[30]['resource_id']}"))
    assert ran.objects == [pairs[30]]
    assert len(case.requests("/data/experiments")) == 3
    case.server.set(bulk="no-numbers")
    ran = case.run("--json", "expand", case.url(f"search?projects=project001&resources={pairs[30]['resource_id']}"))
    assert ran.objects == [{name: value for name, value in pairs[30].items()
                            if name not in ("scan_quality", "scan_description")}]


def test_a_repeated_row_is_no_second_resource(case):
    """Joins can give a row twice; resources of one label have different numbers."""
    search = case.url("search?projects=sandbox&scans=T1&resources=DICOM")
    want = case.run("--json", "expand", search).objects
    answer = case.server.get("/data/experiments?format=json&xsiType=xnat:imageSessionData&project=sandbox&columns=ID,"
                             "label,project,subject_ID,subject_label,date,xnat:imageScanData/ID,xnat:imageScanData/type,"
                             "xnat:imageScanData/file/label,xnat:imageScanData/file/xnat_abstractresource_id,"
                             "xnat:imageScanData/file/file_count,xnat:imageScanData/file/file_size,"
                             "xnat:imageScanData/quality,xnat:imageScanData/series_description").json()
    scans = [row for row in answer["ResultSet"]["Result"] if row["xnat:imagescandata/type"] == "T1"]
    answer["ResultSet"]["Result"] = scans * 2
    case.server.fault(path="&project=sandbox", status=200, body="raw", message=json.dumps(answer), count=1)
    case.clear()
    assert case.run("--json", "expand", search).objects == want
    assert not case.requests("resources?all=true")


def test_an_empty_project_is_asked_for_once(case):
    """Own and shared sessions; then whether there is a project of that name at all, and whether it may be read."""
    assert case.server.put("/data/projects/EMPTY").status in (200, 201)
    ran = case.run("expand", case.url("search?projects=EMPTY"))
    assert (ran.code, ran.out) == (0, "") and "at level experiments" in ran.err, ran.err
    assert len(case.requests("imageScanData")) == 2
