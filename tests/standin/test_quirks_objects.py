# SPDX-License-Identifier: Apache-2.0
"""What an XNAT does when objects are created, renamed, moved and deleted."""
from helpers import ADMIN, ALICE, OUTSIDER, READER

SESSION = "/data/experiments/SITE_E00001"
SCAN = SESSION + "/scans/1"


def test_create(make_standin):
    """201 with the bare ID for new subjects, experiments and assessors, 200 later; scans 200 and nothing."""
    server = make_standin()
    project = "/data/projects/sandbox"
    first = server.put(f"{project}/subjects/S9", type=None)
    assert first.status == 201 and first.get("Content-Type") == "text/plain" and first.text.startswith("SITE_S")
    assert server.put(f"{project}/subjects/S9", type=None).status == 200
    session = f"{project}/subjects/S9/experiments/S9_MR"
    assert server.put(session, type=None).status == 417
    made = server.put(session + "?xsiType=xnat:mrSessionData&date=2024-05-06", type=None)
    assert made.status == 201
    again = server.put(session + "?xsiType=xnat:mrSessionData", type=None)
    assert (again.status, again.text) == (200, made.text)
    scan = server.put(session + "/scans/7?xsiType=xnat:mrScanData&type=T1", type=None)
    assert (scan.status, scan.body) == (200, b"")
    assert server.put(session + "/scans/7?xsiType=xnat:ctScanData", type=None).status == 409
    assert server.put(session + "/scans/8?xsiType=xnat:imageScanData", type=None).status == 400
    assert server.put(session + "/scans/8?xsiType=xnat:nonsense", type=None).status == 400
    assert server.put(session + "/scans/8", type=None).status == 417
    assessor = session + "/assessors/A9?xsiType=xnat:qcAssessmentData"
    assert server.put(assessor, type=None).status == 201
    assert server.put(assessor, type=None).status == 200
    short = f"/data/experiments/{made.text}/assessors/B9?xsiType=xnat:qcAssessmentData"
    assert server.put(short, type=None).status == 422
    posted = server.request("POST", session + "/scans?xsiType=xnat:mrScanData&type=T2", user=ALICE)
    query = "?xsiType=xnat:mrScanData&type=T2"
    assert (posted.status, posted.text) == (200, server.url + session + "/scans/1")
    assert posted.get("Location") == posted.text + query
    assert server.request("POST", session + "/scans?xsiType=xnat:mrScanData&ID=7", user=ALICE).status == 409
    assert server.put(session + "/reconstructions/R9?type=mean", type=None).status == 200


def test_location_is_the_sites(make_standin):
    """What is created is told below the site's own address."""
    server = make_standin(site_url="https://xnat.example.org/site")
    answer = server.request("POST", SESSION + "/scans?xsiType=xnat:mrScanData&type=T2", user=ALICE)
    assert answer.get("Location").startswith("https://xnat.example.org/site/data/")


def test_create_failures(make_standin):
    """Rights and missing or invisible parents, each with its code."""
    server = make_standin()
    typed = "?xsiType=xnat:mrSessionData"
    assert server.put("/data/projects/sandbox/subjects/S9", type=None, user=READER).status == 403
    assert server.put("/data/projects/sandbox/subjects/S9", type=None, user=OUTSIDER).status == 422
    assert server.put("/data/projects/NOPE/subjects/S9", type=None).status == 422
    assert server.put("/data/projects/NOPE/experiments/E9" + typed, type=None).status == 422
    assert server.put("/data/projects/NOPE/subjects/S9/experiments/E9" + typed, type=None).status == 404
    assert server.put("/data/projects/sandbox/subjects/bad%20label", type=None).status == 500
    assert server.put(SESSION + "/scans/bad%20id?xsiType=xnat:mrScanData", type=None).status == 500
    assert server.put("/data/experiments/NOPE/scans/1?xsiType=xnat:mrScanData", type=None).status == 417
    assert server.put("/data/projects/sandbox/subjects/subject001/experiments/E9" + typed + "&date=soon",
                      type=None).status == 400
    assert "E9" not in {row["label"] for row in server.rows("/data/projects/sandbox/experiments")}
    assert server.put("/data/experiments/E9" + typed, type=None).status == 422


def test_projects(make_standin):
    """200 new or not, 417 for bad characters, 409 for a clash in any case or with an unseen one, 403 after deletion."""
    server = make_standin()
    assert server.put("/data/projects/fresh", type=None).status == 200
    assert server.put("/data/projects/fresh", type=None).status == 200
    assert server.put("/data/projects/FRESH", type=None).status == 409
    assert server.put("/data/projects/b.d", type=None).status == 417
    assert server.put("/data/projects/sandbox", type=None, user=OUTSIDER).status == 409
    assert server.delete("/data/projects/fresh").status == 200
    assert server.put("/data/projects/fresh", type=None).status == 403


def test_experiment_makes_its_subject_and_moves(make_standin):
    """PUT of an experiment makes a missing subject, and moves an existing one to another that exists."""
    server = make_standin()
    project = "/data/projects/sandbox/subjects"
    made = server.put(f"{project}/S8/experiments/S8_MR?xsiType=xnat:mrSessionData", type=None)
    assert made.status == 201 and server.row("/data/projects/sandbox/subjects", label="S8")
    moved = server.put(f"{project}/subject001/experiments/S8_MR", type=None)
    assert (moved.status, moved.text) == (200, made.text)
    assert server.row(f"{project}/subject001/experiments", label="S8_MR")["ID"] == made.text
    assert server.rows(f"{project}/S8/experiments") == []
    stays = server.put(f"{project}/NOBODY/experiments/S8_MR", type=None)
    assert (stays.status, stays.text) == (200, made.text)
    assert server.row(f"{project}/subject001/experiments", label="S8_MR")


def test_label_renames(make_standin):
    """label= on what exists renames it, says nothing and does nothing else."""
    server = make_standin()
    answer = server.put("/data/projects/sandbox/subjects/subject003?label=renamed&group=g", type=None)
    assert (answer.status, answer.body) == (200, b"")
    assert server.row("/data/projects/sandbox/subjects", label="renamed")
    assert server.put("/data/projects/sandbox/subjects/renamed?label=subject001", type=None).status == 409
    fresh = server.put("/data/projects/sandbox/subjects/segment?label=wins", type=None)
    assert fresh.status == 201 and server.row("/data/projects/sandbox/subjects", label="wins")["ID"] == fresh.text


def test_escaped_labels(make_standin):
    """& and the like are stored escaped as XML; path segments are not decoded."""
    server = make_standin()
    assert server.put(SCAN + "/resources/A&B", type=None).status == 200
    assert server.put(SCAN + "/resources/my%20label", type=None).status == 200
    assert {"A&amp;B", "my%20label"} <= {row["label"] for row in server.rows(SCAN + "/resources")}
    assert server.put(SCAN + "/resources/A&B", type=None).status == 409


def test_explicit_resource_under_in(make_standin):
    """A resource put under in/ comes out."""
    server = make_standin()
    assert server.put(f"{SESSION}/assessors/SITE_E00002/in/resources/IN", type=None).status == 200
    assert "IN" in {row["label"] for row in server.rows(f"{SESSION}/assessors/SITE_E00002/out/resources")}
    assert server.rows(f"{SESSION}/assessors/SITE_E00002/in/resources") == []


def test_delete_objects(make_standin):
    """Owners delete; others get 403, or 404 where they cannot see."""
    server = make_standin()
    assert server.delete(SESSION, user=READER).status == 403
    assert server.delete(SESSION, user=OUTSIDER).status == 404
    assert server.delete(SESSION).status == 200
    assert server.get(SESSION).status == 404 and server.get("/data/experiments/SITE_E00002").status == 404
    assert server.delete("/data/projects/sandbox/subjects/subject002", user=ADMIN).status == 200
