# SPDX-License-Identifier: Apache-2.0
"""The stand-in as xnatpy sees it: its usual work, from login to logout."""
import datetime
import hashlib
import zipfile

import pytest
import xnat
import xnat.exceptions


@pytest.fixture
def session(standin):
    with xnat.connect(standin.url, user="alice", password="alice-pw") as connection:
        yield connection


@pytest.fixture
def brain(session):
    return session.projects["sandbox"].subjects["subject001"].experiments["subject001_BRAIN"]


def new_session(session):
    subject = session.classes.SubjectData(parent=session.projects["sandbox"], label="fresh")
    return session.classes.MrSessionData(parent=subject, label="fresh_1")


def paths(resource):
    return sorted(one.path for one in resource.files.values())


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def test_login_and_logout(standin):
    with xnat.connect(standin.url, user="alice", password="alice-pw") as connection:
        assert connection.logged_in_user == "alice"
        assert connection.xnat_version.startswith("1.8")
        assert standin.sessions("alice")
    assert standin.sessions("alice") == []


def test_login_from_netrc(standin, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {standin.host}:{standin.port} login alice password alice-pw\n")
    netrc.chmod(0o600)
    with xnat.connect(standin.url, netrc_file=str(netrc)) as connection:
        assert "sandbox" in connection.projects


def test_wrong_password(standin):
    with pytest.raises(xnat.exceptions.XNATLoginFailedError):
        xnat.connect(standin.url, user="alice", password="wrong")


def test_context_path(make_standin):
    server = make_standin(prefix="/xnat")
    with xnat.connect(server.url, user="alice", password="alice-pw") as connection:
        scan = connection.projects["sandbox"].experiments["subject001_BRAIN"].scans["T1"]
        assert len(scan.resources["DICOM"].files) == 4


def test_projects(session):
    assert {project.id for project in session.projects.values()} == {"sandbox", "other", "odd", "public", "locked"}
    project = session.projects["sandbox"]
    assert (project.name, project.description) == ("Sandbox study", "Files to play with")
    assert session.projects["Sandbox study"].id == "sandbox"


def test_browse_by_label_and_id(session, brain):
    project = session.projects["sandbox"]
    assert {subject.label for subject in project.subjects.values()} \
        == {"subject001", "subject002", "subject003", "shared_subject"}
    assert project.subjects["subject001"].demographics.gender == "female"
    assert project.experiments[brain.id].label == "subject001_BRAIN"
    assert session.experiments[brain.id].project == "sandbox"
    assert brain.subject_id == project.subjects["subject001"].id
    assert {scan.type for scan in brain.scans.values()} == {"T1", "T2", "FLAIR", "PD"}
    assert brain.scans["1"].type == brain.scans["T1"].type == "T1"


def test_fields(brain):
    assert brain.date == datetime.date(2024, 1, 2)
    assert brain.modality == "MR"
    assert brain.scans["T1"].frames == 176
    assert brain.assessors["seg_subject001_BRAIN"].rater == "alice"


def test_resources_of_every_level(session, brain):
    project = session.projects["sandbox"]
    assert paths(project.resources["DOCUMENTS"]) == ["protocol.txt"]
    assert paths(project.subjects["subject001"].resources["NOTES"]) == ["notes.txt"]
    assert paths(brain.resources["REPORT"]) == ["report.txt"]
    assert {one.label for one in brain.scans["1"].resources.values()} == {"DICOM", "NIFTI"}
    image = brain.assessors["seg_subject001_BRAIN"].resources["IMAGE"]
    assert paths(image) == ["image.nii.gz", "mask/brain.nii.gz"]


def test_shared_session(session):
    shared = session.projects["sandbox"].experiments["shared_BRAIN"]
    assert len(shared.scans) == 4
    assert shared.id == session.projects["other"].experiments["other_BRAIN"].id


def test_listing_as_table(session):
    table = session.projects["sandbox"].experiments.tabulate(columns=("ID", "label", "xsiType"))
    assert {row.label for row in table} >= {"subject001_BRAIN", "experiment001", "shared_BRAIN"}


def test_filter(session):
    found = session.projects["sandbox"].experiments.filter(label="subject001_BRAIN")
    assert [one.label for one in found.values()] == ["subject001_BRAIN"]


def test_download_file(brain, tmp_path):
    source = brain.scans["T1"].resources["DICOM"].files["0001.dcm"]
    target = tmp_path / "0001.dcm"
    source.download(str(target), verbose=False)
    assert md5(target) == source.digest
    assert target.stat().st_size == int(source.size)


def test_download_zip(brain, tmp_path):
    target = tmp_path / "dicom.zip"
    resource = brain.scans["T1"].resources["DICOM"]
    resource.download(str(target), verbose=False)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert {name.rsplit("/", 1)[1] for name in archive.namelist()} == set(paths(resource))


def test_download_directories(brain, tmp_path):
    brain.scans["T1"].resources["DICOM"].download_dir(str(tmp_path / "one"), verbose=False)
    assert len(list((tmp_path / "one").rglob("*.dcm"))) == 4
    brain.download_dir(str(tmp_path / "session"), verbose=False)
    assert len(list((tmp_path / "session").rglob("*.dcm"))) == 13
    assert len(list((tmp_path / "session").rglob("*.nii.gz"))) == 4


def test_create_down_to_a_file(session, upload, listed):
    created = new_session(session)
    scan = session.classes.MrScanData(parent=created, id="7", type="T1")
    resource = scan.create_resource("RAW")
    resource.upload(str(upload[0]), "sub/small.txt")
    again = session.projects["sandbox"].subjects["fresh"].experiments["fresh_1"].scans["7"]
    assert again.type == "T1"
    assert paths(again.resources["RAW"]) == ["sub/small.txt"]
    assert again.resources["RAW"].files["sub/small.txt"].digest == md5(upload[0])
    assert listed("experiments", created.id, "scans/7/resources/RAW") == ["sub/small.txt"]


def test_create_assessor(session, brain, upload):
    made = session.classes.QcAssessmentData(parent=brain, label="checked")
    made.create_resource("RESULT").upload(str(upload[0]), "small.txt")
    session.clearcache()
    again = session.projects["sandbox"].experiments["subject001_BRAIN"].assessors["checked"]
    assert paths(again.resources["RESULT"]) == ["small.txt"]


def test_change_a_field(session, brain):
    brain.note = "looked at"
    session.clearcache()
    assert session.projects["sandbox"].experiments["subject001_BRAIN"].note == "looked at"


def test_upload_leaves_what_is_there(brain, upload):
    resource = brain.resources["REPORT"]
    before = resource.files["report.txt"].digest
    resource.upload(str(upload[0]), "report.txt")
    resource.clearcache()
    assert resource.files["report.txt"].digest == before


def test_overwrite(brain, upload):
    resource = brain.resources["REPORT"]
    resource.upload(str(upload[0]), "report.txt", overwrite=True)
    resource.clearcache()
    assert resource.files["report.txt"].digest == md5(upload[0])


def test_upload_data(brain, listed):
    resource = brain.resources["REPORT"]
    resource.upload_data("text as it is", "typed.txt")
    assert listed("experiments", brain.id, "resources/REPORT") == ["report.txt", "typed.txt"]


@pytest.mark.parametrize("method", ["tgz_file", "tar_file", "per_file"])
def test_upload_directory(brain, upload, listed, method):
    resource = brain.create_resource("TREE")
    resource.upload_dir(str(upload[1]), method=method)
    assert listed("experiments", brain.id, "resources/TREE") == ["one.txt", "sub/three.txt", "two.txt"]


def test_upload_zip_and_extract(brain, upload, listed, tmp_path):
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(upload[1].rglob("*.txt")):
            archive.write(path, path.relative_to(upload[1]))
    resource = brain.create_resource("TREE")
    resource.upload(str(packed), "packed.zip", extract=True)
    assert listed("experiments", brain.id, "resources/TREE") == ["one.txt", "sub/three.txt", "two.txt"]


def test_delete_file_and_resource(brain, listed):
    resource = brain.scans["T1"].resources["DICOM"]
    resource.files["0002.dcm"].delete()
    assert listed("experiments", brain.id, "scans/1/resources/DICOM") == ["0001.dcm", "0003.dcm", "0004.dcm"]
    resource.delete()
    brain.scans["T1"].clearcache()
    assert [one.label for one in brain.scans["T1"].resources.values()] == ["NIFTI"]


def test_delete_objects(session, standin):
    session.classes.MrScanData(parent=new_session(session), id="7", type="T1")
    session.clearcache()
    subject = session.projects["sandbox"].subjects["fresh"]
    created = subject.experiments["fresh_1"]
    created.scans["7"].delete()
    assert standin.rows(f"/data/experiments/{created.id}/scans") == []
    created.delete()
    assert standin.rows(f"/data/projects/sandbox/subjects/{subject.id}/experiments") == []
    subject.delete()
    assert "fresh" not in {row["label"] for row in standin.rows("/data/projects/sandbox/subjects")}


def test_reader_may_not_write(standin):
    standin.user("reader", password="reader-pw", state="ok")
    with xnat.connect(standin.url, user="reader", password="reader-pw") as connection:
        experiment = connection.projects["sandbox"].experiments["subject001_BRAIN"]
        accession = experiment.id
        with pytest.raises(xnat.exceptions.XNATError):
            experiment.create_resource("MINE")
    assert {row["label"] for row in standin.rows(f"/data/experiments/{accession}/resources")} == {"REPORT"}
