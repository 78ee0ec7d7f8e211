# SPDX-License-Identifier: Apache-2.0
"""datmat with this plugin: searches, projects and data URLs with all that is known of them, and sinks."""
import datetime
import importlib.metadata
import os
import pathlib
import re
import subprocess
import sys

import datmat
import pytest
from engine_site import ENGINES, PLUGIN
from yarl import URL

SESSION = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"


def names(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def session_of(site, label="subject001_BRAIN"):
    """Its accession ID and date, as the server says; the sessions that this costs are ended."""
    row = site.server.row("/data/projects/sandbox/experiments", label=label)
    site.server.expire_sessions()
    return row["ID"], datetime.date.fromisoformat(row["date"])


def pull(site, rest, directory):
    """{id: sample} as materialize gets it, and the requests that it cost."""
    directory.mkdir()
    site.server.clear_log()
    found = datmat.pull_source_data(rest if "://" in rest else site.url(rest), directory, "one")
    return {name: sample for name, (sample,) in found.items()}, site.server.log()


def check_image(sample, date):
    assert (sample.project_name, sample.subject_label, sample.experiment_label) == ("Sandbox study", "subject001", "subject001_BRAIN")
    assert (sample.experiment_date, sample.scan_id, sample.scan_type, sample.filename) == (date, "1", "T1", "NIFTI/files")
    assert names(pathlib.Path(sample.data_path)) == ["image.nii.gz"]


def test_it_stands_in_the_place_of_datmats_own(storage):
    assert {datmat.PLUGINS[scheme] for scheme in ("xnat", "xnat+http", "xnat+https")} == {storage}


def test_a_search(storage, site, tmp_path):
    """datmat drops what a search tells of its results, and asks for each again: that costs no request."""
    number, date = session_of(site)
    found, log = pull(site, "search?projects=sandbox&experiments=subject*_BRAIN&scans=T1&resources=NIFTI", tmp_path / "out")
    assert len(found) > 1
    check_image(found[f"{number}_1_NIFTI"], date)
    assert len([one for one in log if one["path"].endswith("/image.nii.gz")]) == len(found)
    assert len([one for one in log if "xsiType" in one["path"]]) <= 4
    assert len([one for one in log if one["path"].startswith("/data/projects?")]) == 1
    assert len([one for one in log if one["auth"] == "basic"]) == 1


def test_a_data_url(storage, site, tmp_path):
    _, date = session_of(site)
    found, _ = pull(site, f"{SESSION}/scans/1/resources/NIFTI", tmp_path / "out")
    check_image(found["one"], date)
    found, _ = pull(site, f"{SESSION}/scans/1/resources/NIFTI/files/image.nii.gz", tmp_path / "file")
    assert found["one"].filename == "NIFTI/files/image.nii.gz" and found["one"].scan_type == "T1"
    assert pathlib.Path(found["one"].data_path).is_file()


def test_a_whole_project(storage, site, tmp_path):
    """Its DICOM, if nothing else is asked for."""
    number, _ = session_of(site)
    url = site.server.plugin_url + "/projects/sandbox?experiments=subject001_BRAIN&scans=T*"
    found, _ = pull(site, url, tmp_path / "out")
    assert set(found) == {f"{number}_1_DICOM", f"{number}_2_DICOM"}
    assert all(len(names(pathlib.Path(sample.data_path))) == 4 for sample in found.values())


def test_results_of_one_name(storage, site, tmp_path):
    """Two resources of a scan may have one label: each is a sample of its own."""
    found, _ = pull(site, "search?projects=odd&experiments=odd_session&scans=T1*&resources=TWICE", tmp_path / "out")
    assert len(found) == 2
    assert sorted(name for sample in found.values() for name in names(pathlib.Path(sample.data_path))) == ["first.txt", "second.txt"]


def test_materialize(storage, site, tmp_path):
    (tmp_path / "work").mkdir()
    datmat.materialize(site.url("search?projects=sandbox&experiments=subject001_BRAIN&scans=*&resources=NIFTI"),
                       URL.build(scheme="eucaimresdir", path=str(tmp_path / "out")), tmp_path / "work")
    scans = [f"Sandbox%20study/subject001/subject001_BRAIN/{scan}/NIFTI/files/image.nii.gz" for scan in
             ("1_T1", "2_T2", "3_FLAIR", "4_PD")]
    assert names(tmp_path / "out") == scans and names(tmp_path / "work") == []


def test_a_sink(storage, site, tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "in/one.txt").write_text("1")
    target = site.url(f"{SESSION}/resources/FROM_DATMAT/files/")
    stored = datmat.materialize(URL.build(scheme="file", path=str(tmp_path / "in")), target, tmp_path / "work")
    assert "/resources/FROM_DATMAT" in stored
    found, _ = pull(site, f"{SESSION}/resources/FROM_DATMAT", tmp_path / "out")
    assert names(pathlib.Path(found["one"].data_path)) == ["one.txt"] and found["one"].scan_id is None


def test_errors_are_the_modules(storage, site, tmp_path):
    with pytest.raises(FileNotFoundError, match="NOTHING"):
        pull(site, f"{SESSION}/scans/1/resources/NOTHING", tmp_path / "out")


def test_the_page(site, tmp_path):
    """Its version and its recipe, as it stands."""
    page = (ENGINES / "README.md").read_text(encoding="utf-8")
    recipe = re.search(r"^## datmat\n.*?^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1]
    assert len(recipe.splitlines()) <= 15
    (tmp_path / "out").mkdir()
    (tmp_path / "program.py").write_text(recipe)
    ran = subprocess.run([sys.executable, "-B", tmp_path / "program.py", site.server.plugin_url, tmp_path / "out"],
                         env={**os.environ, "IOPLUG_PATH": str(PLUGIN.parent), "NETRC": str(site.netrc),
                              "PYTHONPATH": str(ENGINES / "datmat")}, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    found = names(tmp_path / "out")
    assert len(found) > 1 and all(re.fullmatch(r"images/Sandbox%20study/.*/\d+_T1/image\.nii\.gz", name) for name in found)
    assert site.server.sessions() == []
    assert f"| datmat (`host-api/engines/datmat`) | {importlib.metadata.version('datmat')} |" in page
