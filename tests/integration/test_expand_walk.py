# SPDX-License-Identifier: Apache-2.0
"""expand, session by session: what cannot be read is said, and the rest is found where that is no lie."""

import re
import urllib.parse

import pytest
from plugin_case import make_case, make_standin  # noqa: F401


def sessions(pairs):
    return {pair["experiment_label"] for pair in pairs}


@pytest.fixture
def walk(make_case):
    """A case whose server refuses the query that finds all at once."""
    return make_case(bulk=False)


def search(case, text, **settings):
    return case.run("--json", "expand", case.url("search?" + text), retries=1, **settings)


def accession(case, label):
    return case.server.row("/data/projects/sandbox/experiments?columns=ID,label", label=label)["ID"]


@pytest.mark.parametrize("status, words", [(404, "not there any more"), (403, "may not see it")])
def test_a_session_that_cannot_be_read_is_left_out_and_said(walk, status, words):
    before = sessions(search(walk, "projects=sandbox&scans=1").objects)
    assert len(before) > 2 and "subject002_BRAIN" in before
    number = accession(walk, "subject002_BRAIN")
    walk.server.fault(path=f"/data/experiments/{number}/", status=status, count=-1)
    ran = search(walk, "projects=sandbox&scans=1")
    assert ran.code == 0, ran.err
    assert sessions(ran.objects) == before - {"subject002_BRAIN"}
    warnings = [line for line in ran.err.splitlines() if "is left out" in line]
    assert len(warnings) == 1 and "subject002_BRAIN" in warnings[0] and words in warnings[0], ran.err


@pytest.mark.parametrize("text", ["scans=*", "assessors=*", "experiments=subject00*&scans=1"])
def test_nothing_but_refusals_is_an_error(walk, text):
    """It is no empty list, which would be taken for the truth; one session that can be read makes it one."""
    name = "assessor_id" if "assessors" in text else "experiment_id"
    first = search(walk, f"projects=sandbox&{text}").objects[0][name]
    walk.server.fault(path="/data/experiments/[^/?]+/", without=f"/{first}/", status=403, count=-1)
    ran = search(walk, f"projects=sandbox&{text}")
    assert ran.code == 0 and {pair[name] for pair in ran.objects} == {first}, (ran.code, ran.err)
    walk.server.fault(path="/data/experiments/[^/?]+/", status=403, count=-1)
    ran = search(walk, f"projects=sandbox&{text}")
    assert ran.code == 5 and "may see none of the" in ran.err, (ran.code, ran.err)
    # A project that is not named is passed over, as those that are listed to everybody and open to few.
    ran = search(walk, f"projects=sandbo?&{text}")
    assert ran.code == 0 and ran.objects == [] and "project sandbox is passed over" in ran.err, (ran.code, ran.err)


@pytest.mark.parametrize("status", [404, 403])
def test_the_only_session_is_an_error(walk, status):
    number = accession(walk, "subject002_BRAIN")
    walk.server.fault(path=f"/data/experiments/{number}/", status=status, count=-1)
    ran = walk.run("expand", walk.url("projects/sandbox/experiments/subject002_BRAIN/scans/1/resources/DICOM"))
    assert ran.code == 0  # itself
    ran = walk.run("fetch", walk.url("projects/sandbox/experiments/subject002_BRAIN/scans/1/resources/DICOM"),
                   walk.path("out"), retries=1)
    assert ran.code == {404: 3, 403: 5}[status] and "left out" not in ran.err, ran.err


def test_a_session_that_breaks_the_server_is_named_with_the_way_on(walk):
    before = sessions(search(walk, "projects=sandbox&scans=T1&regex=true").objects)
    number = accession(walk, "subject002_BRAIN")
    walk.server.fault(path=f"/data/experiments/{number}/", status=500, count=-1)
    ran = search(walk, "projects=sandbox&scans=1")
    assert ran.code == 7 and "subject002_BRAIN" in ran.err, (ran.code, ran.err)
    advice = re.search(r"as with regex=true and (experiments=\S+)", ran.err)[1]
    assert urllib.parse.unquote(advice) == "experiments=(?!subject002_BRAIN$)"
    ran = search(walk, f"projects=sandbox&scans=T1&regex=true&{advice}")
    assert ran.code == 0 and sessions(ran.objects) == before - {"subject002_BRAIN"}, ran.err


def test_an_assessor_that_breaks_the_server_is_told_once(walk):
    pair = search(walk, "projects=sandbox&assessors=*").objects[0]
    walk.server.fault(path=f"experiments/{pair['assessor_id']}/resources", status=500, count=-1)
    ran = search(walk, "projects=sandbox&assessors=*")
    (line,) = [line for line in ran.err.splitlines() if "to go on without it" in line]
    assert ran.code == 7 and line.count("to go on without it") == 1 and pair["assessor_label"] in line, ran.err


def test_a_listing_that_is_none_is_named_with_the_way_on(walk):
    number = accession(walk, "subject002_BRAIN")
    walk.server.fault(path=f"/data/experiments/{number}/", status=200, body="html200", count=-1)
    ran = search(walk, "projects=sandbox&scans=1")
    assert ran.code == 8 and "as with regex=true and experiments=(?!subject002_BRAIN$)" in ran.err, ran.err


def test_assessors_of_a_session_that_cannot_be_read(walk):
    before = sessions(search(walk, "projects=sandbox&assessors=*").objects)
    assert len(before) > 1
    label = sorted(before)[0]
    walk.server.fault(path=f"experiments/{accession(walk, label)}/assessors", status=403, count=-1)
    ran = search(walk, "projects=sandbox&assessors=*")
    assert ran.code == 0 and sessions(ran.objects) == before - {label}, (ran.code, ran.err)
    assert f"{label} is left out" in ran.err


def test_one_assessor_of_a_session_that_cannot_be_read(walk):
    """Its session and the session's other assessors are no worse for it."""
    pairs = search(walk, "projects=sandbox&assessors=*").objects
    lost = pairs[0]["assessor_id"]
    walk.server.fault(path=f"experiments/{lost}/resources", status=404, count=-1)
    ran = search(walk, "projects=sandbox&assessors=*")
    assert ran.code == 0, ran.err
    assert ran.objects == [pair for pair in pairs if pair["assessor_id"] != lost]
    assert f"assessors/{pairs[0]['assessor_label']} is left out" in ran.err


@pytest.mark.parametrize("status", [404, 403])
def test_a_project_that_is_passed_over_is_said(walk, status):
    walk.server.fault(path="/data/projects/odd/experiments", status=status, count=-1)
    ran = search(walk, "projects=*&scans=1")
    assert ran.code == 0 and "project odd is passed over" in ran.err, ran.err
    assert {pair["project"] for pair in ran.objects} >= {"sandbox"}
