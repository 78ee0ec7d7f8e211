# SPDX-License-Identifier: Apache-2.0
"""Labels of resources: which are made, and how; which are refused before anything is sent; and those that are there."""

import html
import signal
import time
from urllib.parse import quote

import pytest

from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from put_case import SCAN, TYPES, experiment, scan_path, stored, whole, write, writes

DATA = b"content"
SESSION = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
PARENTS = ["projects/sandbox", "projects/sandbox/subjects/subject001", SESSION, SESSION + "/scans/1",
           SESSION + "/assessors/seg_subject001_BRAIN", SESSION + "/reconstructions/rec1"]
BY_PATH = ["A(b)", "x+y", "Q&A", "it's", "a:b", "a@b", "a=b", "a~b", "a!b", "a$b", "dot.ted", "+", "R"]
BY_QUERY = ["2024", "\u00e9t\u00e9", "c,d", "e/f"]
BY_NOTHING = ["My Data", "#1", "a..b", "100%", "a%20b", "NULL", "null", "a;b", "a\\b", 'a"b', "<x>", "a{b}", "a|b", "a^b",
              "a`b", "\u00e9(1)", "a,b+c", "/a", "a/", "a//b", "a/./b", "\u00a0"]


def url_of(parent, label, tail=""):
    return f"{parent}/resources/{quote(label, safe='')}{tail}"


def put(case, rest, **more):
    return case.run("put", write(case.path("a"), DATA), case.url(rest), **more)


def rest_path(case, parent):
    """Where the parent's resources are listed."""
    return "/data/" + parent


def labels(case, parent):
    return [html.unescape(row["label"]) for row in case.server.rows(rest_path(case, parent) + "/resources")]


def number_of(case, parent, label):
    rows = case.server.rows(rest_path(case, parent) + "/resources")
    (number,) = [row["xnat_abstractresource_id"] for row in rows if html.unescape(row["label"]) == label]
    return number


def all_work(case, parent, wanted):
    """Each label is made just once, as it is, and found again."""
    if "/reconstructions/" in parent:
        assert case.server.put(rest_path(case, parent) + "?type=mean", type=None).status == 200
    before = labels(case, parent)
    for label in wanted:
        ran = put(case, url_of(parent, label))
        assert ran.code == 0, (label, ran.err)
    assert sorted(labels(case, parent)) == sorted([*before, *wanted])
    assert not [row["path"] for row in writes(case) if "?label=" in row["path"] or "&label=" in row["path"]]
    case.clear()
    for label in wanted:
        ran = put(case, url_of(parent, label))
        assert ran.code == 0, (label, ran.err)
        assert case.run("fetch", case.url(url_of(parent, label, "/files/a")), case.path("back")).code == 0
        assert case.path("back").read_bytes() == DATA
    assert writes(case) == []


@pytest.mark.parametrize("version", ["1.7", "1.8"])
def test_labels_of_a_path(make_case, version):
    case = make_case(version=version)
    all_work(case, SESSION + "/scans/1", BY_PATH)


@pytest.mark.parametrize("parent", PARENTS, ids=lambda parent: parent.rsplit("/", 2)[-2])
def test_labels_of_a_path_everywhere(case, parent):
    all_work(case, parent, ["x+y", "Q&A", "it's"])
    assert {row["method"] for row in writes(case)} <= {"PUT"}


@pytest.mark.parametrize("parent", [one for one in PARENTS if "/scans/" not in one and "/reconstructions/" not in one],
                         ids=lambda parent: parent.rsplit("/", 2)[-2])
def test_labels_of_a_query(case, parent):
    all_work(case, parent, BY_QUERY)


@pytest.mark.parametrize("label", BY_QUERY)
def test_labels_of_a_query_on_a_scan(case, label):
    all_work(case, SESSION + "/scans/1", [label])


@pytest.mark.parametrize("label", BY_NOTHING)
def test_labels_that_no_way_makes(case, label):
    """Nothing is sent: not for the levels above it either."""
    ran = put(case, url_of(SESSION + "/scans/1", label))
    assert ran.code == 2 and "write '" in ran.err, (ran.code, ran.err)
    ran = put(case, url_of("projects/sandbox/subjects/new/experiments/new/scans/1", label, TYPES))
    assert ran.code == 2 and "write '" in ran.err, (ran.code, ran.err)
    assert writes(case) == []


@pytest.mark.parametrize("label", ["a[1]", "a*", "a?"])
def test_patterns_are_no_labels(case, label):
    ran = put(case, url_of(SESSION + "/scans/1", label))
    assert ran.code == 2 and "pattern" in ran.err, (ran.code, ran.err)
    assert writes(case) == []


@pytest.mark.parametrize("label", [*BY_NOTHING, "a[1]"])
def test_one_that_is_there_goes_on_working(case, label):
    """An administrator, another program or an older release may have made it."""
    number = case.new_resource("OLD", {"old": b"old"}, parent=PARENTS[0])
    case.server.relabel(number, label=html.escape(label, quote=False))
    rest = url_of(PARENTS[0], label)
    case.clear()
    ran = put(case, rest)
    assert ran.code == 0, ran.err
    assert [row["method"] for row in writes(case)] == ["PUT"] and f"/resources/{number}/files/" in writes(case)[0]["path"]
    ran = case.run("fetch", case.url(rest), case.path("back"))
    assert ran.code == 0, ran.err
    assert {one.name: one.read_bytes() for one in case.path("back").iterdir()} == {"a": DATA, "old": b"old"}


@pytest.mark.parametrize("label", [*BY_NOTHING, "a[1]"])
@pytest.mark.parametrize("files", ["", "&files=*"])
def test_one_that_is_there_is_searched_for(case, label, files):
    case.server.put(rest_path(case, SESSION) + "/scans/1/resources/OLD", type=None)
    number = number_of(case, SESSION + "/scans/1", "OLD")
    case.server.add_file(number, "old", b"old")
    case.server.relabel(number, label=html.escape(label, quote=False))
    selector = quote(label.replace("[", "[[]"), safe="")
    ran = case.run("expand", case.url(f"search?projects=sandbox&resources={selector}{files}"))
    assert ran.code == 0 and len(ran.lines) == 1, (ran.code, ran.lines, ran.err)
    ran = case.run("fetch", ran.lines[0].partition("\t")[2], case.path("back"))
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("kind", ["unlabelled", "posted"])
def test_a_post_that_would_empty_another_s_catalog(case, kind):
    """All that were posted to a scan have one catalog, and the next one begins it anew."""
    query = "?xnat:resourceCatalog/label=8422" if kind == "posted" else ""
    answer = case.server.request("POST", scan_path(case) + "/resources" + query, user=("alice", "alice-pw"))
    number = answer.text.rpartition("/")[2]
    case.server.add_file(number, "precious", b"precious")
    case.clear()
    ran = put(case, url_of(SESSION + "/scans/1", "2024"))
    assert ran.code == 6 and number in ran.err, (ran.code, ran.err)
    assert ("no label" in ran.err) == (kind == "unlabelled")
    assert writes(case) == []
    ran = put(case, url_of(SESSION + "/scans/1", "Y2024"))
    assert ran.code == 0, ran.err
    assert [row["Name"] for row in case.server.rows(f"{scan_path(case)}/resources/{number}/files")] == ["precious"]


def test_a_post_is_sent_only_after_a_fresh_listing(case):
    """A try that failed may have worked all the same, or somebody else's may be there meanwhile: it would be emptied."""
    case.server.fault(method="POST", path="/resources\\?", count=2, status=500)
    ran = put(case, url_of(SESSION, "2024"))
    assert ran.code == 0, ran.err
    order = [row["method"] for row in case.requests("/resources")
             if "/files" not in row["path"] and row["method"] in ("GET", "POST")]
    posts = [i for i, method in enumerate(order) if method == "POST"]
    assert len(posts) == 3 and all(order[i - 1] == "GET" for i in posts), order
    assert labels(case, SESSION).count("2024") == 1


@pytest.mark.parametrize("fails", ["/scans/9\\?", "/resources/R$", "/files/"])
def test_what_a_failed_put_leaves_behind_is_named(case, fails):
    case.server.fault(method="PUT", path=fails, count=-1, status=503)
    rest = "projects/sandbox/subjects/S9/experiments/E9/scans/9/resources/R" + TYPES
    ran = put(case, rest, retries=1)
    assert ran.code == 7, (ran.code, ran.err)
    said = ran.err.partition("created on the way, and left there: ")[2]
    row = experiment(case, "E9")
    made = [f"subject S9 ({row['subject_ID']})", f"experiment E9 ({row['ID']})", "scan 9", "resource R"]
    count = {"/scans/9\\?": 2, "/resources/R$": 3, "/files/": 4}[fails]
    assert said.strip() == ", ".join(made[:count])
    case.server.clear_faults()
    ran = put(case, rest)
    assert ran.code == 0 and stored(case, f"/data/experiments/{row['ID']}/scans/9", "R") == {"a": whole(DATA)}


def test_what_a_put_that_was_stopped_leaves_behind_is_named(case):
    case.server.fault(method="PUT", path="/files/", count=-1, delay_ms=20_000)
    rest = "projects/sandbox/subjects/S9/resources/R"
    running = case.start("put", write(case.path("a"), DATA), case.url(rest))
    deadline = time.monotonic() + 10
    while not case.requests("/S9/resources/R") and not case.requests("/resources/R", "PUT"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    ran = case.finish(running)
    assert ran.code == 130 and "left there: subject S9" in ran.err and "resource R" in ran.err, (ran.code, ran.err)


def test_what_was_there_is_not_named(case):
    case.server.fault(method="PUT", path="/files/", count=-1, status=503)
    case.new_resource("BOX")
    ran = put(case, "projects/sandbox/resources/BOX", retries=1)
    assert ran.code == 7 and "created on the way" not in ran.err, (ran.code, ran.err)


def test_a_scan_whose_id_is_another_s_type(case):
    """XNAT finds both in a path, and refuses to write; it says no more than that it cannot identify the scan."""
    session = rest_path(case, SESSION)
    assert case.server.put(session + "/scans/77?xsiType=xnat:mrScanData&type=1", type=None).status == 200
    assert case.server.put(session + "/scans/78?xsiType=xnat:mrScanData&type=1", type=None).status == 200
    case.clear()
    for resource in ("R", "DICOM"):
        ran = put(case, SCAN + resource)
        assert ran.code == 4, (ran.code, ran.err)
        assert "scan ID 1 is also the type of scan 77, 78" in ran.err and "another ID" in ran.err
    assert writes(case) == []
    ran = put(case, SCAN.replace("/scans/1/", "/scans/77/") + "R")
    assert ran.code == 0, ran.err


def test_a_scan_whose_id_is_its_own_type(case):
    assert put(case, SCAN.replace("/scans/1/", "/scans/900/") + "R" + TYPES).code == 0
    case.clear()
    assert put(case, SCAN.replace("/scans/1/", "/scans/900/") + "S").code == 0
