# SPDX-License-Identifier: Apache-2.0
"""The stand-in as pyxnat sees it: its usual work, from login to logout."""
import hashlib
import pathlib
import zipfile

import pytest
from pyxnat import Interface
from pyxnat.core.errors import DatabaseError


@pytest.fixture
def central(standin):
    interface = Interface(server=standin.url, user="alice", password="alice-pw")
    yield interface
    interface.disconnect()


@pytest.fixture
def subject(central):
    return central.select.project("sandbox").subject("subject001")


@pytest.fixture
def brain(subject):
    return subject.experiment("subject001_BRAIN")


def md5(path):
    return hashlib.md5(pathlib.Path(path).read_bytes()).hexdigest()


def test_login_and_logout(standin):
    with Interface(server=standin.url, user="alice", password="alice-pw") as central:
        assert central.select.project("sandbox").exists()
        assert standin.sessions("alice")
    assert standin.sessions("alice") == []


def test_wrong_password(standin):
    central = Interface(server=standin.url, user="alice", password="wrong")
    assert central.select.projects().get() == []
    assert [line["status"] for line in standin.log("/projects")] == [401]
    assert standin.sessions("alice") == []


def test_version(central):
    assert central.version()["version"].startswith("1.8")


def test_projects(central):
    assert set(central.select.projects().get()) == {"sandbox", "other", "odd", "public", "locked"}
    assert not central.select.project("nothing").exists()
    assert central.select.project("sandbox").attrs.get("name") == "Sandbox study"


def test_subjects(central, subject):
    labels = {one.label() for one in central.select.project("sandbox").subjects()}
    assert labels == {"subject001", "subject002", "subject003", "shared_subject"}
    assert subject.id() == central.select.project("sandbox").subject(subject.id()).id()
    assert subject.attrs.get("gender") == "female"


def test_experiments_and_scans(subject, brain):
    assert {one.label() for one in subject.experiments()} \
        == {"subject001_BRAIN", "subject001_FOLLOWUP", "experiment001"}
    assert brain.exists()
    assert brain.datatype() == "xnat:mrSessionData"
    assert brain.attrs.get("date") == "2024-01-02"
    assert sorted(brain.scans().get()) == ["1", "2", "3", "4"]
    assert brain.scan("1").attrs.get("type") == "T1"


def test_pattern(central):
    found = central.select("/projects/sandbox/subjects/*/experiments/*")
    assert {one.label() for one in found} >= {"subject001_BRAIN", "subject002_BRAIN", "subject003_BRAIN"}


def test_tables(central, brain):
    rows = central.array.experiments(project_id="sandbox").data
    assert len({row["ID"] for row in rows}) == 7
    assert {row["project"] for row in rows} == {"sandbox"}
    scans = central.array.scans(experiment_id=brain.id(), experiment_type="xnat:mrSessionData").data
    assert {row["xnat:imagescandata/id"] for row in scans} == {"1", "2", "3", "4"}


def test_resources_of_every_level(central, subject, brain):
    assert [one.label() for one in central.select.project("sandbox").resources()] == ["DOCUMENTS"]
    assert subject.resource("NOTES").files().get() == ["notes.txt"]
    assert brain.resource("REPORT").files().get() == ["report.txt"]
    assert {one.label() for one in brain.scan("1").resources()} == {"DICOM", "NIFTI"}
    assessor = brain.assessor("seg_subject001_BRAIN")
    assert sorted(assessor.out_resource("IMAGE").files().get()) == ["brain.nii.gz", "image.nii.gz"]
    reconstruction = subject.experiment("experiment001").reconstruction("recon001")
    assert reconstruction.out_resource("NIFTI").files().get() == ["image.nii.gz"]


def test_download_file(brain, tmp_path, standin):
    found = brain.scan("1").resource("DICOM").file("0001.dcm")
    target = found.get(str(tmp_path / "0001.dcm"))
    row = standin.row(f"/data/experiments/{brain.id()}/scans/1/resources/DICOM/files", Name="0001.dcm")
    assert md5(target) == row["digest"]
    assert found.size() == row["Size"]


def test_download_zip(brain, tmp_path):
    target = brain.scan("1").resource("DICOM").get(str(tmp_path), extract=False)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 4


def test_download_and_extract(brain, tmp_path):
    paths = brain.scan("1").resource("DICOM").get(str(tmp_path), extract=True)
    assert sorted(pathlib.Path(path).name for path in paths if path.endswith(".dcm")) \
        == ["0001.dcm", "0002.dcm", "0003.dcm", "0004.dcm"]


def test_download_scans(brain, tmp_path):
    brain.scans().download(str(tmp_path), type="T1,T2", extract=True)
    assert len(list(tmp_path.rglob("*.dcm"))) == 8


def test_create_down_to_a_file(central, upload, listed):
    subject = central.select.project("sandbox").subject("fresh")
    subject.create()
    session = subject.experiment("fresh_1")
    session.create(experiments="xnat:mrSessionData")
    scan = session.scan("7")
    scan.create(scans="xnat:mrScanData")
    scan.attrs.set("type", "T1")
    scan.resource("RAW").file("sub/small.txt").put(str(upload[0]), format="TXT", content="text")
    assert subject.exists() and session.exists() and scan.exists()
    assert scan.attrs.get("type") == "T1"
    assert scan.resource("RAW").file("sub/small.txt").exists()
    assert listed("experiments", session.id(), "scans/7/resources/RAW") == ["sub/small.txt"]


def test_create_in_one_go(central, upload, listed):
    session = central.select.project("sandbox").subject("fresh").experiment("fresh_1")
    session.resource("RAW").file("small.txt").insert(str(upload[0]))
    assert listed("experiments", session.id(), "resources/RAW") == ["small.txt"]


def test_create_assessor(brain, upload):
    assessor = brain.assessor("checked")
    assessor.create(assessors="xnat:qcAssessmentData")
    assert assessor.exists()
    assessor.out_resource("RESULT").file("small.txt").put(str(upload[0]))
    assert assessor.out_resource("RESULT").files().get() == ["small.txt"]


def test_change_fields(subject):
    subject.attrs.set("gender", "male")
    assert subject.attrs.get("gender") == "male"


def test_upload_overwrite(brain, upload, standin):
    listing = f"/data/experiments/{brain.id()}/resources/REPORT/files"
    brain.resource("REPORT").file("report.txt").put(str(upload[0]), overwrite=True)
    row = standin.row(listing, Name="report.txt")
    assert (row["digest"], row["Size"]) == (md5(upload[0]), "37")


def test_upload_leaves_what_is_there(brain, upload, standin):
    listing = f"/data/experiments/{brain.id()}/resources/REPORT/files"
    before = standin.row(listing, Name="report.txt")["digest"]
    brain.resource("REPORT").file("report.txt").put(str(upload[0]))
    assert standin.row(listing, Name="report.txt")["digest"] == before


def test_upload_directory(brain, upload, listed):
    resource = brain.resource("TREE")
    resource.create()
    resource.put_dir(str(upload[1]), extract=True)
    assert listed("experiments", brain.id(), "resources/TREE") == ["one.txt", "sub/three.txt", "two.txt"]


def test_upload_several(brain, upload, listed):
    resource = brain.resource("SEVERAL")
    resource.put([str(upload[1] / "one.txt"), str(upload[1] / "two.txt")])
    assert listed("experiments", brain.id(), "resources/SEVERAL") == ["one.txt", "two.txt"]


def test_delete(central, brain, upload, listed, standin):
    resource = brain.scan("1").resource("DICOM")
    resource.file("0002.dcm").delete()
    assert listed("experiments", brain.id(), "scans/1/resources/DICOM") == ["0001.dcm", "0003.dcm", "0004.dcm"]
    resource.delete()
    assert [one.label() for one in brain.scan("1").resources()] == ["NIFTI"]
    brain.scan("4").delete()
    assert sorted(brain.scans().get()) == ["1", "2", "3"]
    subject = central.select.project("sandbox").subject("subject003")
    subject.delete()
    assert not subject.exists()
    assert "subject003" not in {row["label"] for row in standin.rows("/data/projects/sandbox/subjects")}


def test_reader_may_not_write(standin, upload):
    standin.user("reader", password="reader-pw", state="ok")
    with Interface(server=standin.url, user="reader", password="reader-pw") as central:
        brain = central.select.project("sandbox").subject("subject001").experiment("subject001_BRAIN")
        with pytest.raises(DatabaseError, match="403"):
            brain.resource("MINE").create()
        # The server answers 200 to this and stores nothing; pyxnat believes the 200.
        brain.resource("REPORT").file("mine.txt").put(str(upload[0]))
        assert brain.resource("REPORT").files().get() == ["report.txt"]
