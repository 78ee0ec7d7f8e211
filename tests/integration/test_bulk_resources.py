# SPDX-License-Identifier: Apache-2.0
"""Resources of assessors, sessions and subjects by one listing of the project, and what it does not settle."""
import json

import pytest

from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401

STUDY = "projects/project001"
SESSION_QUERY, ASSESSOR_QUERY = "imageSessionData/resources", "imageAssessorData"


@pytest.fixture(params=["true", "no-numbers", "false"])
def study(make_case, request):
    """Six sessions with an assessor each, on a server that tells all, no numbers, or nothing in one listing."""
    return make_case(sample="projects=1,subjects=6,experiments=1,scans=1,resources=1,assessors=1", bulk=request.param)


def ids(case, holder):
    """Of all sessions, subjects or assessors of the study."""
    if holder == "assessors":
        return sorted(row["ID"] for one in ids(case, "experiments")
                      for row in case.server.rows(f"/data/experiments/{one}/assessors"))
    return sorted(row["ID"] for row in case.server.rows(f"/data/{STUDY}/{holder}"))


def add_label(case, parent, *labels):
    """Makes resources of any labels, with a file that names the label; their numbers."""
    numbers = []
    for i, label in enumerate(labels):
        numbers.append(case.new_resource(f"NEW{i}", {"f.txt": label.encode()}, parent=parent))
        case.server.relabel(numbers[-1], label=label)
    return numbers


def search(case, rest):
    ran = case.run("--json", "expand", case.url(f"search?projects=project001&{rest}&id=assessor,resource"))
    assert ran.code == 0, ran.err
    return ran.objects


def test_odd_labels_of_an_assessor(study):
    """Without a label, with one that two have, or with a pattern's characters, a resource is given by its number."""
    one = ids(study, "assessors")[2]
    numbers = add_label(study, f"experiments/{one}", "TWICE", "TWICE", "", "a[b", "2023")
    pairs = {pair["resource_id"]: pair for pair in search(study, "assessors=*") if pair["assessor_id"] == one}
    assert len(pairs) == 6 and set(numbers) < set(pairs)
    for number, pair in pairs.items():
        by_label = pair.get("resource_label") in ("IMAGE", "2023")
        assert pair["url"].endswith("/resources/" + (pair["resource_label"] if by_label else number))
    for number in numbers:
        assert search(study, f"assessors=*&resources={number}") == [pairs[number]]
    assert search(study, "assessors=*&resources=2023") == [pairs[numbers[4]]]
    found = search(study, "assessors=*&resources=TWICE")
    assert [pair["resource_id"] for pair in found] == sorted(numbers[:2], key=int)


def test_an_assessor_s_id_goes_before_labels(make_case):
    """Among those of one session."""
    case = make_case(sample="projects=1,subjects=6,experiments=1,scans=1,resources=1,assessors=2")
    first, second, *_ = ids(case, "assessors")
    for bulk in ("true", "false"):
        case.server.set(bulk=bulk)
        assert [pair["assessor_id"] for pair in search(case, f"assessors={first}")] == [first]
        assert [pair["assessor_id"] for pair in search(case, "assessors=*_01_1")][:1] == [first]
        assert second not in [pair["assessor_id"] for pair in search(case, "assessors=*_01_1")]


@pytest.mark.parametrize("holder", ["experiments", "subjects"])
def test_one_resource_among_many_holders(study, holder):
    """By label, by number, without a label; two of one label are one too many."""
    first, other, *_ = ids(study, holder)
    (lone,) = add_label(study, f"{holder}/{first}", "LONE")
    twice = add_label(study, f"{holder}/{other}", "TWICE", "TWICE", "")
    for selector, text in (("LONE", b"LONE"), (lone, b"LONE"), (twice[0], b"TWICE"), (twice[2], b""), ("L*E", b"LONE")):
        out = study.path("out-" + selector.replace("*", "x"))
        ran = study.run("fetch", study.url(f"{STUDY}/{holder}/*/resources/{selector}"), out)
        assert ran.code == 0, ran.err
        assert tree_of(out) == {"f.txt": text}
    ran = study.run("fetch", study.url(f"{STUDY}/{holder}/*/resources/TWICE"), study.path("none"))
    assert ran.code == 4 and all(f"resource ID {number}" in ran.err for number in twice[:2]), ran.err
    ran = study.run("fetch", study.url(f"{STUDY}/{holder}/*/resources/NOWHERE"), study.path("none"))
    assert ran.code == 3 and "at level resources" in ran.err, ran.err


def test_one_assessor_among_many_sessions(study):
    one = ids(study, "assessors")[4]
    add_label(study, f"experiments/{one}", "LONE")
    for assessor in ("*", one, "seg_*"):
        out = study.path(f"out-{assessor.strip('*')}")
        ran = study.run("fetch", study.url(f"{STUDY}/experiments/*/assessors/{assessor}/resources/LONE"), out)
        assert ran.code == 0 and tree_of(out) == {"f.txt": b"LONE"}, ran.err
    ran = study.run("fetch", study.url(f"{STUDY}/experiments/*/assessors/none*/resources/LONE"), study.path("none"))
    assert ran.code == 3 and "at level assessors" in ran.err, ran.err


def test_a_session_that_the_listing_does_not_show_is_asked(make_case):
    """Experiments that are no image sessions are not among the rows, and have resources as well."""
    case = make_case(sample="projects=1,subjects=6,experiments=1,scans=1,resources=1")
    shown, hidden, *_ = ids(case, "experiments")
    add_label(case, f"experiments/{hidden}", "LONE")
    query = (f"/data/{STUDY}/experiments?format=json&xsiType=xnat:imageSessionData&columns=ID,label,"
             "xnat:imageSessionData/resources/resource/label,"
             "xnat:imageSessionData/resources/resource/xnat_abstractresource_id")
    answer = case.server.get(query).json()
    rows = answer["ResultSet"]["Result"]
    answer["ResultSet"]["Result"] = [row for row in rows if row["ID"] != hidden]
    assert len(rows) == len(answer["ResultSet"]["Result"]) + 1
    case.server.fault(path=SESSION_QUERY, status=200, body="raw", message=json.dumps(answer))
    case.clear()
    ran = case.run("fetch", case.url(f"{STUDY}/experiments/*/resources/LONE"), case.path("out"))
    assert ran.code == 0 and tree_of(case.path("out")) == {"f.txt": b"LONE"}, ran.err
    asked = [row["path"] for row in case.requests("/resources?")]
    assert len(asked) == 1 and hidden in asked[0] and shown not in asked[0]


def test_few_sessions_are_asked_one_by_one(make_case):
    """A listing of a whole project would be more work for the server."""
    case = make_case(sample="projects=1,subjects=6,experiments=1,scans=1,resources=1")
    first = ids(case, "experiments")[0]
    add_label(case, f"experiments/{first}", "LONE")
    ran = case.run("fetch", case.url(f"{STUDY}/experiments/subject00[123]*/resources/LONE"), case.path("out"))
    assert ran.code == 0, ran.err
    assert not case.requests(SESSION_QUERY)


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 500}, {"status": 200, "body": "empty"},
                                   {"status": 200, "body": "html200"}, {"close_after": 100}])
def test_a_listing_that_fails_is_gone_round(make_case, fault):
    case = make_case(sample="projects=1,subjects=6,experiments=1,scans=1,resources=1,assessors=1")
    want = search(case, "assessors=*")
    assert len(want) == 6
    case.server.fault(path=ASSESSOR_QUERY, count=-1, **fault)
    case.clear()
    assert search(case, "assessors=*") == want
    assert len(case.requests(ASSESSOR_QUERY)) <= 3


def test_a_server_that_refuses_assessors_is_not_asked_for_every_project(make_case):
    case = make_case(sample="projects=12,subjects=1,experiments=2,scans=1,resources=1,assessors=1", bulk="504")
    ran = case.run("expand", case.url("search?projects=*&assessors=*&id=assessor"), jobs=1)
    assert ran.code == 0 and len(ran.lines) == 24, ran.err
    assert len(case.requests(ASSESSOR_QUERY)) == 3


@pytest.fixture
def shared(case):
    """An assessor of the session that `other` shares into `sandbox`, shared too, and called otherwise there."""
    session = case.server.row("/data/projects/other/experiments", label="other_BRAIN")["ID"]
    (subject,) = [row["ID"] for row in case.server.rows("/data/projects/other/subjects")]
    made = case.server.put(f"/data/projects/other/subjects/{subject}/experiments/{session}/assessors/own_seg"
                           "?xsiType=xnat:qcAssessmentData")
    assert made.status == 201
    assert case.server.put(f"/data/experiments/{made.text}/projects/sandbox?label=shared_seg").status == 200
    case.new_resource("IMAGE", {"i.txt": b"image"}, parent=f"experiments/{made.text}")
    return case


@pytest.mark.parametrize("bulk", ["true", "false"])
@pytest.mark.parametrize("project, label, none", [("sandbox", "shared_seg", "own_seg"),
                                                  ("other", "own_seg", "shared_seg")])
def test_a_shared_assessor_is_found_by_its_label_there(shared, bulk, project, label, none):
    shared.server.set(bulk=bulk)
    session = "shared_BRAIN" if project == "sandbox" else "other_BRAIN"
    (pair,) = shared.run("--json", "expand", shared.url(f"search?projects={project}&assessors={label}")).objects
    assert (pair["project"], pair["experiment_label"], pair["assessor_label"]) == (project, session, label)
    assert shared.run("expand", shared.url(f"search?projects={project}&assessors={none}")).lines == []
    for experiment in (session, "*"):
        out = shared.path(f"out{experiment.strip('*')}")
        ran = shared.run("fetch", shared.url(f"projects/{project}/experiments/{experiment}/assessors/{label}/resources/"
                                             "IMAGE"), out)
        assert ran.code == 0 and tree_of(out) == {"i.txt": b"image"}, ran.err
    ran = shared.run("fetch", pair["url"], shared.path("by-url"))
    assert ran.code == 0 and tree_of(shared.path("by-url")) == {"i.txt": b"image"}, ran.err


def test_an_assessor_of_a_shared_session_that_is_not_shared_itself(shared):
    """The project's listing lacks it; who may read it sees it at the session."""
    session = shared.server.row("/data/projects/other/experiments", label="other_BRAIN")["ID"]
    (subject,) = [row["ID"] for row in shared.server.rows("/data/projects/other/subjects")]
    made = shared.server.put(f"/data/projects/other/subjects/{subject}/experiments/{session}/assessors/unshared"
                             "?xsiType=xnat:qcAssessmentData")
    shared.new_resource("IMAGE", {"i.txt": b"image"}, parent=f"experiments/{made.text}")
    want = ["shared_seg", "unshared", *(f"seg_subject00{i}_BRAIN" for i in (1, 2, 3))]
    for bulk in ("true", "no-numbers", "false"):
        shared.server.set(bulk=bulk)
        ran = shared.run("--json", "expand", shared.url("search?projects=sandbox&assessors=*&id=assessor"))
        assert sorted(pair["assessor_label"] for pair in ran.objects) == sorted(want)


def test_a_session_that_is_shared_without_its_subject(case):
    """Below the project it is not found by its subject: its assessors are listed by its own address."""
    session = case.server.row("/data/projects/sandbox/experiments", label="experiment001")
    subject = case.server.row("/data/projects/sandbox/subjects", label="subject001")["ID"]
    made = case.server.put(f"/data/projects/sandbox/subjects/{subject}/experiments/{session['ID']}/assessors/alone"
                           "?xsiType=xnat:qcAssessmentData")
    assert made.status == 201
    case.new_resource("IMAGE", {"i.txt": b"image"}, parent=f"experiments/{made.text}")
    assert case.server.put(f"/data/experiments/{session['ID']}/projects/other?label=visitor").status == 200
    case.server.fault(path="/projects/other/subjects/.*/assessors", status=404, count=-1)
    case.clear()
    ran = case.run("fetch", case.url("projects/other/experiments/visitor/assessors/alone/resources/IMAGE"),
                   case.path("out"))
    assert ran.code == 0 and tree_of(case.path("out")) == {"i.txt": b"image"}, ran.err
    assert [row["status"] for row in case.requests("/assessors")] == [404, 200]


def test_rights_decide_what_is_found(case):
    """An administrator who is no member finds the assessors; a stranger finds no project."""
    url = case.url("search?projects=sandbox&assessors=*&id=assessor")
    ran = case.run("expand", url, user="admin", password="admin")
    assert ran.code == 0 and len(ran.lines) == 3, ran.err
    ran = case.run("expand", url, user="outsider")
    assert (ran.code, ran.lines) == (0, []) and "at level projects" in ran.err, (ran.code, ran.out, ran.err)
