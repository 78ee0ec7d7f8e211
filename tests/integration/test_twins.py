# SPDX-License-Identifier: Apache-2.0
"""Resources of one label at one place: those with one catalog are one, under the lowest number, for everything and
everybody; those with catalogs of their own are ambiguous."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401
from put_case import resources, whole, write, writes

SESSION = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
PARENTS = {"project": "projects/sandbox", "subject": "projects/sandbox/subjects/subject001", "session": SESSION,
           "scan": SESSION + "/scans/1", "assessor": SESSION + "/assessors/seg_subject001_BRAIN",
           "reconstruction": SESSION + "/reconstructions/rec1"}
FILES = {"a.bin": b"first", "sub/b.bin": b"second" * 100}


def make_twins(case, parent, label="R", count=3):
    """As several requests of one session do that come at the same moment; their numbers, the lowest first."""
    path = f"/data/{parent}"
    if "/reconstructions/" in parent:
        assert case.server.put(path + "?type=mean", type=None).status == 200
    cookie = case.server.login()
    case.server.set(create_race_ms=300)
    with ThreadPoolExecutor(count) as pool:
        made = list(pool.map(lambda _: case.server.put(f"{path}/resources/{label}", type=None, cookie=cookie), range(count)))
    case.server.set(create_race_ms=0)
    assert {one.status for one in made} == {200}
    numbers = sorted(resources(case, path, label), key=int)
    assert len(numbers) == count
    return numbers


def fill(case, number, files=FILES):
    for name, data in files.items():
        case.server.add_file(number, name, data)


def make_namesake(case, parent, label="R"):
    """Another resource of that label, with a catalog of its own."""
    path = f"/data/{parent}/resources"
    assert case.server.put(path + "/SPARE", type=None).status == 200
    (number,) = resources(case, f"/data/{parent}", "SPARE")
    case.server.relabel(number, label=label)
    return number


def asked_for_items(case):
    return [row["path"] for row in case.requests() if row["method"] == "GET" and
            row["path"].partition("?")[0].count("/") in (3, 5) and "experiments?" not in row["path"]
            and "resources" not in row["path"] and row["path"].startswith("/data/")]


@pytest.fixture(params=PARENTS, ids=str)
def parent(request):
    return PARENTS[request.param]


def test_fetch(case, parent):
    first = make_twins(case, parent)[0]
    fill(case, first)
    case.clear()
    ran = case.run("fetch", case.url(parent + "/resources/R"), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == FILES
    brought = [row["path"] for row in case.requests("/files/")]
    assert brought and all(f"/resources/{first}/files/" in path for path in brought), brought
    ran = case.run("fetch", case.url(parent + "/resources/R/files/sub/b.bin"), case.path("one"))
    assert ran.code == 0 and case.path("one").read_bytes() == FILES["sub/b.bin"], ran.err


def test_fetch_of_an_empty_one(case, parent):
    make_twins(case, parent)
    ran = case.run("fetch", case.url(parent + "/resources/R"), case.path("out"))
    assert ran.code == 0 and tree_of(case.path("out")) == {}, ran.err


def test_put(case, parent):
    numbers = make_twins(case, parent)
    fill(case, numbers[0])
    case.clear()
    ran = case.run("put", write(case.path("c.bin"), b"third"), case.url(parent + "/resources/R"))
    assert ran.code == 0, ran.err
    assert [row["method"] for row in writes(case)] == ["PUT"]
    assert f"/resources/{numbers[0]}/files/c.bin" in writes(case)[0]["path"]
    path = f"/data/{parent}/resources"
    for number in numbers:
        listed = {row["Name"]: (int(row["Size"]), row["digest"]) for row in case.server.rows(f"{path}/{number}/files")}
        assert listed == {"c.bin": whole(b"third"), "a.bin": whole(b"first"), "b.bin": whole(FILES["sub/b.bin"])}
    # By the number of any of them it is the same.
    ran = case.run("put", write(case.path("d.bin"), b"fourth"), case.url(f"{parent}/resources/{numbers[-1]}"))
    assert ran.code == 0 and f"/resources/{numbers[0]}/files/d.bin" in writes(case)[-1]["path"], ran.err


@pytest.mark.parametrize("levels", ["scans=1&resources=*", "assessors=*&resources=R"], ids=["scans", "assessors"])
def test_search(case, levels):
    parent = PARENTS["scan" if levels.startswith("scans") else "assessor"]
    first = make_twins(case, parent)[0]
    fill(case, first)
    search = f"search?projects=sandbox&subjects=subject001&experiments=subject001_BRAIN&{levels}"
    ran = case.run("--json", "expand", case.url(search + "&id=resource"))
    assert ran.code == 0, ran.err
    (found,) = [one for one in ran.objects if one["resource_label"] == "R"]
    assert found["url"].endswith("/resources/R") and found["id"] == found["resource_id"] == first
    ran = case.run("expand", case.url(search + "&files=*.bin&id=resource"))
    assert ran.code == 0, ran.err
    assert [line for line in ran.lines if "/resources/R/" in line] == \
        [line for line in ran.lines if line.startswith(first + "_")]
    assert sorted(line.partition("/files/")[2] for line in ran.lines if "/resources/R/" in line) == sorted(FILES)
    ran = case.run("fetch", found["url"], case.path("out"))
    assert ran.code == 0 and tree_of(case.path("out")) == FILES, ran.err


def test_without_repeated_labels_nothing_more_is_asked(case):
    for rest in (SESSION + "/scans/T1/resources/DICOM", "projects/sandbox/resources/R"):
        ran = case.run("put", write(case.path("a"), b"a"), case.url(rest))
        assert ran.code == 0, ran.err
    assert asked_for_items(case) == []
    make_twins(case, PARENTS["scan"])
    case.clear()
    assert case.run("fetch", case.url(SESSION + "/scans/1/resources/R"), case.path("out")).code == 0
    assert len(asked_for_items(case)) == 1


@pytest.mark.parametrize("filled", ["both", "first", "second", "none"])
def test_two_catalogs_are_ambiguous(case, parent, filled):
    """Also if one of them is empty: it is not for a program to say which was meant."""
    first = make_twins(case, parent, count=1)[0]
    second = make_namesake(case, parent)
    for number, is_filled in ((first, filled in ("both", "first")), (second, filled in ("both", "second"))):
        fill(case, number, FILES if is_filled else {})
    case.clear()
    ran = case.run("fetch", case.url(parent + "/resources/R"), case.path("out"))
    assert ran.code == 4 and first in ran.err and second in ran.err, (ran.code, ran.err)
    ran = case.run("put", write(case.path("c.bin"), b"third"), case.url(parent + "/resources/R"))
    assert ran.code == 4 and first in ran.err and second in ran.err, (ran.code, ran.err)
    assert writes(case) == []
    for number, is_filled in ((first, filled in ("both", "first")), (second, filled in ("both", "second"))):
        ran = case.run("fetch", case.url(f"{parent}/resources/{number}"), case.path(number))
        assert ran.code == 0 and tree_of(case.path(number)) == (FILES if is_filled else {}), ran.err


def test_search_finds_two_catalogs_by_their_numbers(case):
    first = make_twins(case, PARENTS["scan"], count=2)[0]
    second = make_namesake(case, PARENTS["scan"])
    ran = case.run("expand", case.url("search?projects=sandbox&subjects=subject001&scans=1&resources=R&id=resource"))
    assert ran.code == 0, ran.err
    assert sorted(ran.lines) == sorted(f"{number}\t{case.url('')}" + SESSION_OF(case) + f"/scans/1/resources/{number}"
                                       for number in (first, second))


def SESSION_OF(case):
    row = case.server.row("/data/projects/sandbox/experiments?columns=ID,label,subject_ID", label="subject001_BRAIN")
    return f"projects/sandbox/subjects/{row['subject_ID']}/experiments/{row['ID']}"


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 404}, {"status": 200, "body": "html200"}], ids=str)
def test_where_catalogs_are_not_told_it_stays_ambiguous(case, fault):
    first, second = make_twins(case, PARENTS["project"], count=2)
    case.server.fault(method="GET", path="^/data/projects/sandbox\\?", count=-1, **fault)
    case.clear()
    ran = case.run("put", write(case.path("c.bin"), b"third"), case.url("projects/sandbox/resources/R"))
    assert ran.code == 4 and first in ran.err and second in ran.err, (ran.code, ran.err)
    assert writes(case) == []
