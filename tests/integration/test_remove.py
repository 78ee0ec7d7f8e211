# SPDX-License-Identifier: Apache-2.0
"""remove: just what is named goes, and what the listing shows afterwards decides."""
import urllib.parse

import pytest
from abi_host import AbiHost
from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from put_case import resources, write, writes
from test_twins import FILES as TWIN_FILES, PARENTS, fill, make_namesake, make_twins

SESSION = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
ROOMS = ["projects/sandbox", "projects/sandbox/subjects/subject001", SESSION, SESSION + "/scans/1",
         SESSION + "/assessors/seg_subject001_BRAIN"]
FILES = {"a.bin": b"first", "sub/b.bin": b"second", "sub/c.bin": b"third", "subway.bin": b"fourth"}


@pytest.fixture
def host(case):  # noqa: F811
    with AbiHost(case) as made:
        yield made


def make(case, parent="projects/sandbox", files=None, label="R"):  # noqa: F811
    """A resource with these files; its number."""
    path = f"/data/{parent}"
    assert case.server.put(f"{path}/resources/{label}", type=None).status == 200
    (number,) = resources(case, path, label)
    for name, data in (FILES if files is None else files).items():
        case.server.add_file(number, name, data)
    return number


def names(case, number, parent="projects/sandbox"):  # noqa: F811
    rows = case.server.rows(f"/data/{parent}/resources/{number}/files")
    return {row["URI"].partition(f"/resources/{number}/files/")[2] for row in rows}


def gone(result, url, files):
    assert result.kind == "ok", result
    assert result.one.value == url and result.one["files"] == str(files)
    return True


@pytest.mark.parametrize("parent", ROOMS, ids=str)
@pytest.mark.parametrize("tail, left, files", [("/files/a.bin", ["sub/b.bin", "sub/c.bin", "subway.bin"], 1),
                                               ("/files/sub/b.bin", ["a.bin", "sub/c.bin", "subway.bin"], 1),
                                               ("/files/sub", ["a.bin", "subway.bin"], 2),
                                               ("/files/sub/", ["a.bin", "subway.bin"], 2)], ids=str)
def test_files(case, host, parent, tail, left, files):  # noqa: F811
    number = make(case, parent)
    case.clear()
    result = host.remove(case.url(parent + "/resources/R" + tail))
    assert gone(result, case.url(parent + "/resources/R" + tail), files)
    assert names(case, number, parent) == set(left)
    assert [row["method"] for row in writes(case)] == ["DELETE"]
    again = host.remove(case.url(parent + "/resources/R" + tail))
    assert again.kind == "not-found", again


@pytest.mark.parametrize("parent", ROOMS, ids=str)
@pytest.mark.parametrize("files", [FILES, {}], ids=["full", "empty"])
def test_resources(case, host, parent, files):  # noqa: F811
    make(case, parent, label="KEPT")
    make(case, parent, files)
    url = case.url(parent + "/resources/R")
    assert gone(host.remove(url), url, len(files))
    assert resources(case, f"/data/{parent}", "R") == [] and len(resources(case, f"/data/{parent}", "KEPT")) == 1
    assert host.remove(url).kind == "not-found"
    # Nothing is remembered of it: it is made again where it is put.
    ran = case.run("put", write(case.path("n.bin"), b"new"), url)
    assert ran.code == 0, ran.err
    assert host.remove(url + "/files/n.bin").kind == "ok"


def test_by_number_and_with_a_scan_that_is_named_by_its_type(case, host):  # noqa: F811
    number = make(case, SESSION + "/scans/1")
    url = case.url(f"{SESSION}/scans/T1/resources/{number}")
    assert gone(host.remove(url), url, 4)
    assert resources(case, f"/data/{SESSION}/scans/1", "R") == []


@pytest.mark.parametrize("rest", ["projects/sandbox", SESSION, SESSION + "/scans/1", "projects/sandbox/resources/R/files/",
                                  "projects/sandbox/resources/R/files", "projects/sandbox/resources/*",
                                  "projects/sandbox/resources/R*/files/a.bin", "projects/*/resources/R",
                                  "projects/sandbox/resources/R?regex=true", "search?projects=sandbox",
                                  "search?projects=sandbox&resources=R"], ids=str)
def test_what_is_not_removed(case, host, rest):  # noqa: F811
    number = make(case)
    case.clear()
    result = host.remove(case.url(rest))
    assert result.kind == "usage" and result.items == [], result
    assert case.requests() == [] and names(case, number) == set(FILES)


@pytest.mark.parametrize("target, trap", [("img1", "img10"), ("img1", "img1.json"), ("img1", "img1/x"), ("a.nii", "a.nii.gz")])
def test_names_that_begin_alike(case, host, target, trap):  # noqa: F811
    """XNAT would remove both; the longer one can go, and then the other."""
    number = make(case, files={target: b"x", trap: b"y", "other": b"z"})
    url = case.url("projects/sandbox/resources/R/files/")
    case.clear()
    result = host.remove(url + target)
    assert result.kind == "conflict" and trap in result.message, result
    assert writes(case) == [] and names(case, number) == {target, trap, "other"}
    assert host.remove(url + trap).kind == "ok" and host.remove(url + target).kind == "ok"
    assert names(case, number) == {"other"}


def test_directory_with_names_that_begin_alike(case, host):  # noqa: F811
    number = make(case, files={"d/img1": b"x", "d/img10": b"y", "d": b"z", "d1/img": b"u"})
    assert host.remove(case.url("projects/sandbox/resources/R/files/d/")).one["files"] == "2"
    assert names(case, number) == {"d", "d1/img"}


@pytest.mark.parametrize("name, sent", [("a b.bin", True), ("a+b.bin", True), ("a=b&c,d.bin", True), ("a#b.bin", False),
                                        ("\u00e9.bin", False), ("a;b.bin", False), ("star*", False), ("\u00e9 x.bin", True)])
def test_odd_names(case, host, name, sent):  # noqa: F811
    """What cannot be named to XNAT without meaning something else is refused, and goes with its directory."""
    number = make(case, files={"d/" + name: b"x", "d/other": b"y"})
    url = case.url("projects/sandbox/resources/R/files/d/")
    case.clear()
    result = host.remove(url + urllib.parse.quote(name))
    assert result.kind == ("ok" if sent else "conflict"), result
    assert len(names(case, number)) == (1 if sent else 2) and len(writes(case)) == sent
    assert host.remove(url).one["files"] == ("1" if sent else "2")
    assert names(case, number) == set()


def test_name_that_another_one_encodes(case, host):  # noqa: F811
    """Older servers compare what they are sent as it is."""
    number = make(case, files={"a b.bin": b"x", "a%20b.bin": b"y"})
    case.clear()
    assert host.remove(case.url("projects/sandbox/resources/R/files/a%20b.bin")).kind == "conflict"
    assert writes(case) == [] and len(names(case, number)) == 2


def test_old_server(make_case):  # noqa: F811
    """It says 200 to whatever it does not understand."""
    case = make_case(version="1.7")
    number = make(case, files={"a b.bin": b"x", "c.bin": b"y", "d/e.bin": b"z"})
    url = case.url("projects/sandbox/resources/R/files/")
    with AbiHost(case) as host:
        assert host.remove(url + "c.bin").kind == "ok" and host.remove(url + "d").kind == "ok"
        assert host.remove(url + "a%20b.bin").kind == "server"
        assert len(names(case, number)) == 1


@pytest.mark.parametrize("tail", ["/files/a.bin", "/files/sub", ""], ids=["file", "directory", "resource"])
def test_no_right(case, tail):  # noqa: F811
    """A reader may not; a collaborator's DELETE of a resource is 200 without effect."""
    number = make(case)
    with AbiHost(case, user="reader") as host:
        result = host.remove(case.url("projects/sandbox/resources/R" + tail))
    assert result.kind == "auth", result
    assert names(case, number) == set(FILES)


def test_a_resource_that_stays_although_the_server_says_well(case, host):  # noqa: F811
    number = make(case)
    case.server.fault(method="DELETE", path="/resources/", status=200, body="empty", count=-1)
    case.clear()
    result = host.remove(case.url("projects/sandbox/resources/R"))
    assert result.kind == "auth" and "no right" in result.message, result
    assert len(writes(case)) == 1 and names(case, number) == set(FILES)


def test_a_file_that_stays(case, host):  # noqa: F811
    make(case)
    case.server.fault(method="DELETE", path="/files/", status=200, body="empty", count=-1)
    assert host.remove(case.url("projects/sandbox/resources/R/files/a.bin")).kind == "server"


@pytest.mark.parametrize("tail, files", [("/files/a.bin", 1), ("", 4)], ids=["file", "resource"])
@pytest.mark.parametrize("fault, sent", [({"status": 500}, 2), ({"status": 503}, 2), ({"reset": True}, 2),
                                         ({"lose_result": True}, 1)], ids=str)
def test_trouble(case, host, tail, files, fault, sent):  # noqa: F811
    """What is there still is removed by another try; what is gone is a success, whatever was answered."""
    make(case)
    case.server.fault(method="DELETE", path="/resources/", count=1, **fault)
    case.clear()
    url = case.url("projects/sandbox/resources/R" + tail)
    result = host.remove(url)
    assert gone(result, url, files)
    assert len([row for row in case.requests() if row["method"] == "DELETE"]) == sent


@pytest.fixture(params=PARENTS, ids=str)
def parent(request):
    return PARENTS[request.param]


def test_twins(case, host, parent):  # noqa: F811
    """With one of them the files of all would go; single files can."""
    numbers = make_twins(case, parent)
    fill(case, numbers[0])
    case.clear()
    for name in ("R", *numbers):
        result = host.remove(case.url(f"{parent}/resources/{name}"))
        assert result.kind == "conflict" and "catalog" in result.message, result
    assert writes(case) == []
    assert names(case, numbers[0], parent) == set(TWIN_FILES)
    assert host.remove(case.url(f"{parent}/resources/R/files/a.bin")).kind == "ok"
    assert [names(case, number, parent) for number in numbers] == [{"sub/b.bin"}] * 3


def test_namesake_with_a_catalog_of_its_own(case, host, parent):  # noqa: F811
    first = make_twins(case, parent, count=1)[0]
    second = make_namesake(case, parent)
    fill(case, first)
    assert host.remove(case.url(f"{parent}/resources/R")).kind == "ambiguous"
    assert host.remove(case.url(f"{parent}/resources/{second}")).kind == "ok"
    assert names(case, first, parent) == set(TWIN_FILES)


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 404}, {"status": 200, "body": "html200"}], ids=str)
def test_where_catalogs_are_not_told_no_namesake_is_removed(case, host, fault):  # noqa: F811
    first, second = make_twins(case, "projects/sandbox", count=2)
    case.server.fault(method="GET", path="^/data/projects/sandbox\\?", count=-1, **fault)
    case.clear()
    for number in (first, second):
        assert host.remove(case.url(f"projects/sandbox/resources/{number}")).kind == "conflict"
    assert writes(case) == []


def test_subject_without_its_project(case, host):  # noqa: F811
    """There XNAT removes a resource, but no file."""
    subject = case.server.row("/data/projects/sandbox/subjects", label="subject001")["ID"]
    number = make(case, "projects/sandbox/subjects/subject001")
    result = host.remove(case.url(f"subjects/{subject}/resources/R/files/a.bin"))
    assert result.kind == "usage" and "/projects/" in result.message, result
    assert names(case, number, "projects/sandbox/subjects/subject001") == set(FILES)
    assert host.remove(case.url(f"subjects/{subject}/resources/R")).kind == "ok"


def test_stop_flag(case, host):  # noqa: F811
    number = make(case)
    assert host.remove(case.url("projects/sandbox/resources/R"), stop=True).kind == "cancelled"
    assert names(case, number) == set(FILES)


@pytest.mark.parametrize("require_login", [True, False])
def test_lost_session(make_case, require_login):  # noqa: F811
    """What a guest is not shown is not gone."""
    case = make_case(require_login=require_login)
    number = make(case)
    case.server.fault(method="DELETE", path="/resources/", status=200, body="empty", count=1)
    case.server.fault(method="GET", path="/resources", count=1, skip=2, expire=True)
    with AbiHost(case) as host:
        result = host.remove(case.url("projects/sandbox/resources/R"))
    assert result.kind == "auth" and "no right" in result.message, result
    assert names(case, number) == set(FILES)
