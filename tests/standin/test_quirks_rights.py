# SPDX-License-Identifier: Apache-2.0
"""Who may do what: accounts that are made, their groups in a project, strangers, guests; and what shares add."""
import json

import pytest

from helpers import ADMIN, ALICE
from standin_server import StandIn

PROJECT = "/data/projects/STUDY"
SESSION = PROJECT + "/subjects/S1/experiments/MR1"
FILES = SESSION + "/scans/1/resources/DICOM/files"
MR = "?xsiType=xnat:mrSessionData"


@pytest.fixture(scope="module")
def server():
    """A site that lets guests in, with one project that an administrator has made."""
    with StandIn(require_login=False, shuffle=False) as one:
        fill(one)
        yield one


@pytest.fixture
def own():
    """The same, for a test that changes it."""
    with StandIn(require_login=False, shuffle=False) as one:
        fill(one)
        yield one


def fill(server):
    for path in (PROJECT, PROJECT + "/subjects/S1", SESSION + MR, SESSION + "/scans/1?xsiType=xnat:mrScanData&type=T1",
                 SESSION + "/scans/1/resources/DICOM"):
        assert server.put(path, type=None, user=ADMIN).status in (200, 201), path
    for name in ("0.dcm", "1.dcm"):
        assert server.put(f"{FILES}/{name}", b"x", user=ADMIN).status == 200


def account(server, name, **more):
    """POST /xapi/users by an administrator."""
    user = {"username": name, "password": name + "-pw", "enabled": True, "verified": True, **more}
    return server.request("POST", "/xapi/users", body=json.dumps(user), user=ADMIN,
                          headers={"Content-Type": "application/json"})


def person(server, group):
    """The login of a new account in a group of the project."""
    name = group.lower()
    account(server, name)
    if group != "Strangers":
        assert server.put(f"{PROJECT}/users/{group}/{name}", type=None, user=ADMIN).status == 200
    return name, name + "-pw"


def test_accounts(own):
    """201, 409 again, 403 for those who are no administrators; an account that is not verified is refused."""
    made = account(own, "new")
    assert (made.status, made.json()["username"]) == (201, "new") and account(own, "new").status == 409
    assert own.request("GET", "/data/auth", user=("new", "new-pw")).text == "User 'new' is logged in"
    assert own.request("POST", "/xapi/users", body=b"{}", user=ADMIN).status == 400
    assert own.request("POST", "/xapi/users", body=b"{}", user=ALICE).status == 403
    account(own, "late", verified=False)
    assert own.request("GET", "/data/auth", user=("late", "late-pw")).status == 401


def test_groups(own):
    """Owners list, give and take roles; nobody else; of names that are none 404."""
    owner, member = person(own, "Owners"), person(own, "Members")
    rows = {row["login"]: (row["GROUP_ID"], row["displayname"]) for row in own.rows(PROJECT + "/users", user=owner)}
    assert rows["members"] == ("STUDY_member", "Members") and rows["admin"] == ("STUDY_owner", "Owners")
    assert own.get(PROJECT + "/users", user=member).status == 403
    for path in ("Nobodies/members", "Members/nobody"):
        assert own.put(f"{PROJECT}/users/{path}", type=None, user=owner).status == 404
    assert own.delete(f"{PROJECT}/users/Members/members", user=owner).status == 200
    assert own.get(PROJECT + "/subjects", user=member).status == 403


def writes(server, user, name):
    """Status and type of each kind of write."""
    asked = [("PUT", f"{FILES}/{name}.txt?inbody=true"), ("PUT", FILES + "/0.dcm?inbody=true&overwrite=true"),
             ("PUT", SESSION + "/scans/1/resources/DICOM"), ("PUT", SESSION + f"/scans/1/resources/{name}"),
             ("PUT", PROJECT + f"/subjects/{name}"), ("PUT", PROJECT + f"/subjects/S1/experiments/{name}{MR}"),
             ("PUT", SESSION + f"/scans/{name}?xsiType=xnat:mrScanData"), ("DELETE", FILES + f"/{name}.txt"),
             ("DELETE", SESSION + f"/scans/1/resources/{name}")]
    answers = [server.request(method, path, user=user, body=b"y" if "/files/" in path else None,
                              headers={"Content-Type": "application/octet-stream"}) for method, path in asked]
    return [answer.status for answer in answers], answers[0].get("Content-Type")


@pytest.mark.parametrize("group,statuses,stored", [
    ("Owners", [200, 200, 409, 200, 201, 201, 200, 200, 200], "text/plain"),
    ("Members", [200, 200, 409, 200, 201, 201, 200, 403, 403], "text/plain"),
    # What is not there is deleted by everybody.
    ("Collaborators", [200, 200, 403, 403, 403, 403, 403, 403, 200], None),
    ("Strangers", [404, 404, 404, 404, 403, 403, 417, 404, 404], "text/html"),
])
def test_writes(own, group, statuses, stored):
    """Members create and delete nothing; collaborators' uploads are 200, without a type and without effect."""
    before = own.rows(FILES, user=ADMIN)
    assert writes(own, person(own, group), group) == (statuses, stored)
    after = own.rows(FILES, user=ADMIN)
    assert (before == after) == (stored != "text/plain")


def reads(server, user=None):
    """Status of each kind of read."""
    session = server.rows(PROJECT + "/experiments", user=ADMIN)[0]["ID"]
    number = server.rows(SESSION + "/scans/1/resources", user=ADMIN)[0]["xnat_abstractresource_id"]
    short = f"/data/experiments/{session}"
    asked = [PROJECT, PROJECT + "/subjects", PROJECT + "/experiments", short, SESSION + "/scans", SESSION + "/resources",
             FILES, FILES + "/1.dcm", short + "/scans", short + "/resources", short + "/scans/1/resources/DICOM/files",
             f"{short}/scans/1/resources/{number}/files", PROJECT + "/resources"]
    bulk = "/data/experiments?format=json&project=STUDY&xsiType=xnat:imageSessionData&columns=ID,xnat:imageScanData/ID"
    found = server.get(bulk, user=user)
    return [server.get(path + "?format=json", user=user).status for path in asked], len(found.rows())


@pytest.mark.parametrize("access,statuses,rows", [
    ("private", [404, 404, 404, 404, 500, 404, 404, 404, 500, 404, 500, 404, 404], 0),
    ("protected", [200, 403, 403, 404, 404, 404, 404, 404, 500, 404, 500, 404, 200], 0),
    ("public", [200] * 13, 1),
])
def test_guests(own, access, statuses, rows):
    """Of a project that is not public they get no rows from queries, and from short paths a failure."""
    made = own.put(f"{PROJECT}/accessibility/{access}", type=None, user=ADMIN)
    assert (made.status, made.text) == (200, access)
    assert reads(own) == (statuses, rows)
    assert reads(own, person(own, "Strangers")) == (statuses, rows)


def test_failure_before_the_resource(server):
    """What fails before anything can answer does without what every other answer has."""
    session = server.rows(PROJECT + "/experiments", user=ADMIN)[0]["ID"]
    for tail in ("scans", "scans/77/files", "files"):
        broken = server.get(f"/data/experiments/{session}X/{tail}", user=ADMIN)
        assert (broken.status, broken.get("Accept-Ranges")) == (500, None), tail
        assert "this.proj" in broken.text
    assert server.get(f"/data/experiments/{session}/resources", user=ADMIN).get("Accept-Ranges") == "bytes"


def test_projects_are_filtered_for_administrators_only(server):
    """A new project is one that everybody may know of."""
    account(server, "anybody")
    assert [row["ID"] for row in server.rows("/data/projects?ID=STUDY", user=ADMIN)] == ["STUDY"]
    listed = [row["ID"] for row in server.rows("/data/projects?ID=STUDY", user=("anybody", "anybody-pw"))]
    assert "STUDY" in listed and len(listed) > 1


def test_what_a_path_lacks(server):
    """A writer is told the first of its parts that leads nowhere."""
    for path, word in (("/data/projects/NONE/subjects/S1/experiments/MR1/scans/1", "project"),
                       (PROJECT + "/subjects/NONE/experiments/MR1/scans/1", "subject"),
                       (PROJECT + "/subjects/S1/experiments/NONE/scans/1", "experiment"), (SESSION + "/scans/77", "scan")):
        answer = server.put(path + "/resources/R", type=None, user=ADMIN)
        assert answer.status == 404 and f"Unable to identify {word}" in answer.text, path


def test_a_type_that_is_another_scans_id(own):
    """A scan whose ID is the type of another cannot be told from it."""
    assert own.put(SESSION + "/scans/T1?xsiType=xnat:mrScanData&type=T2", type=None, user=ADMIN).status == 200
    answer = own.put(SESSION + "/scans/T1/resources/R", type=None, user=ADMIN)
    assert answer.status == 404 and "Unable to identify scan" in answer.text


def test_what_is_shared_is_not_deleted_there(own):
    """DELETE below the project that it is shared into takes the share back, and so does the end of that project."""
    assert own.put("/data/projects/SECOND", type=None, user=ADMIN).status == 200
    shared = own.put(PROJECT + "/subjects/S1/projects/SECOND?label=S1_there", type=None, user=ADMIN)
    assert (shared.status, shared.get("Content-Type")) == (200, "text/html")
    session = own.rows(PROJECT + "/experiments", user=ADMIN)[0]["ID"]
    assert own.put(SESSION + "/projects/SECOND", type=None, user=ADMIN).text == session
    assert own.delete("/data/projects/SECOND/subjects/S1_there", user=ADMIN).status == 200
    assert own.rows("/data/projects/SECOND/subjects", user=ADMIN) == []
    assert own.delete("/data/projects/SECOND", user=ADMIN).status == 200
    assert [row["label"] for row in own.rows(PROJECT + "/subjects", user=ADMIN)] == ["S1"]
    assert own.get(SESSION, user=ADMIN).status == 200


def test_lists_by_right():
    """Where one may write; the site's settings are for its administrators."""
    with StandIn() as one:
        def listed(user, right):
            return {row["id"] for row in one.rows(f"/data/projects?data={right}", user=user)}

        reader = ("reader", "reader-pw")
        assert "sandbox" in listed(ALICE, "readable") & listed(ALICE, "writable") & listed(reader, "readable")
        assert "sandbox" not in listed(reader, "writable")
        limit = "/xapi/siteConfig/concurrentMaxSessions"
        assert one.get(limit, user=ADMIN).text == "1000" and one.get(limit, user=ALICE).status == 403
