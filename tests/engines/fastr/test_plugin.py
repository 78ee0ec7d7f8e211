# SPDX-License-Identifier: Apache-2.0
"""The plugin as fastr calls it: what it takes the place of, sources, sinks, and what goes wrong."""
import pathlib
import sys
import threading

import fastr
import pytest
from conftest import ENGINES, PLUGIN
from fastr import exceptions

SESSION = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
SCAN = f"{SESSION}/scans/1"


def pull(plugin, url, directory, datatype="Directory", name="sample"):
    """As a source job does it."""
    directory.mkdir(exist_ok=True)
    return {one: pathlib.Path(value) for one, (value,) in
            plugin.pull_source_data(url, str(directory), name, fastr.types[datatype]).items()}


def names(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def gets(site):
    return [one["path"] for one in site.server.log() if one["method"] == "GET"]


def test_it_stands_in_the_place_of_fastrs_own():
    for scheme in ("xnat", "xnat+http", "xnat+https"):
        assert fastr.resources.ioplugins[scheme].filename == str(ENGINES / "fastr/xnatstorage.py")


def test_a_data_url_is_itself(plugin, site):
    for rest in (f"{SCAN}/resources/NIFTI", "projects/sandbox/subjects/*1/experiments/*_BRAIN/scans/T1/resources/DICOM"):
        url = site.url(rest)
        assert plugin.expand_url(url) is url
    assert gets(site) == []


def test_a_search_is_a_tuple(plugin, site):
    found = plugin.expand_url(site.url("search?projects=sandbox&experiments=*_BRAIN&scans=T1&resources=NIFTI&id=subject&label=true"))
    assert isinstance(found, tuple) and {"subject001", "subject002"} <= {name for name, _ in found}
    assert all(isinstance(pair, tuple) and fastr.resources.ioplugins["xnat"].isurl(pair[1]) for pair in found)


def test_a_search_is_pulled(plugin, site, tmp_path, logged):
    url = site.url("search?projects=sandbox&experiments=subject*_BRAIN&scans=1&resources=NIFTI&id=experiment&label=true")
    found = pull(plugin, url, tmp_path / "out")
    assert len(found) > 1 and all(names(path) == ["image.nii.gz"] for path in found.values())
    assert {path.parent.name for path in found.values()} == set(found)
    # One session, one transfer for each image, and nothing was asked for provenance beside a resource.
    assert len([one for one in site.server.log() if one["auth"] == "basic"]) == 1
    assert len([path for path in gets(site) if path.endswith("/image.nii.gz")]) == len(found)
    assert not [path for path in gets(site) if "prov" in path]
    assert logged.loud == []


def test_nothing_found(plugin, site, tmp_path):
    with pytest.raises(exceptions.FastrValueError, match="No data found"):
        pull(plugin, site.url("search?projects=sandbox&experiments=none&scans=1&resources=NIFTI"), tmp_path / "out")


def test_ids_that_are_no_names_of_directories(plugin, site, tmp_path):
    """A scan's label is its type, which may hold a slash."""
    url = site.url("search?projects=odd&experiments=odd_session&scans=T1 w/o contrast&resources=2023&id=scan&label=true")
    (name, path), = pull(plugin, url, tmp_path / "out").items()
    assert name == "T1 w%2Fo contrast" and path.parent == tmp_path / "out" / name
    assert names(path) == ["digits.txt"]


def test_ids_that_stand_for_several(plugin, site):
    search = site.url("search?projects=sandbox&experiments=subject001_BRAIN&scans=*&resources=NIFTI")
    with pytest.raises(exceptions.FastrValueError, match="id=experiment,scan,resource"):
        plugin.expand_url(search)
    found = plugin.expand_url(search + "&id=experiment,scan")
    assert len({name for name, _ in found}) == len(found) > 1


def test_a_file_and_its_provenance(plugin, site, tmp_path, logged):
    """The probe is one listing and no body where there is none; it is brought where there is one."""
    url = site.url(f"{SCAN}/resources/NIFTI/files/image.nii.gz")
    assert pull(plugin, url, tmp_path / "a", "NiftiImageFileCompressed") == {"sample": tmp_path / "a/image.nii.gz"}
    assert names(tmp_path / "a") == ["image.nii.gz"]
    assert logged.loud == [] and len([path for path in gets(site) if path.endswith("/image.nii.gz")]) == 1
    (tmp_path / "image_nii_gz.prov.json").write_text("{}")
    assert plugin.put_url(str(tmp_path / "image_nii_gz.prov.json"), site.url(f"{SCAN}/resources/NIFTI/files/"))
    pull(plugin, url, tmp_path / "b", "NiftiImageFileCompressed")
    assert names(tmp_path / "b") == ["image.nii.gz", "image_nii_gz.prov.json"]


def test_the_probe_beside_a_resource_is_refused_here(plugin, site):
    url = site.url(f"{SCAN}/resources/NIFTI?verify=true")
    assert plugin.expand_url(url) == url
    with pytest.raises(exceptions.FastrValueError, match="no provenance beside a resource"):
        plugin.fetch_url(site.url(f"{SCAN}/resources/NIFTI.prov.json?verify=true"), "unused")
    assert site.server.log() == []


def test_files_that_belong_together(plugin, site, tmp_path):
    """fastr expects the second file exactly where it says."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "head.mhd").write_text("ObjectType = Image\nElementDataFile = head data.raw\n")
    (source / "head data.raw").write_bytes(bytes(64))
    sink = site.url(f"{SCAN}/resources/META/files/head.mhd")
    plugin.push_sink_data(str(source / "head.mhd"), sink, fastr.types["MetaImageFile"])
    assert pull(plugin, sink, tmp_path / "out", "MetaImageFile") == {"sample": tmp_path / "out/head.mhd"}
    assert names(tmp_path / "out") == ["head data.raw", "head.mhd"]


def test_names_are_those_of_the_server(plugin, site, tmp_path):
    (tmp_path / "my notes.txt").write_text("words")
    url = site.url(f"{SCAN}/resources/NOTES/files/my%20notes.txt")
    assert plugin.put_url(str(tmp_path / "my notes.txt"), url)
    assert pull(plugin, url, tmp_path / "out", "TxtFile") == {"sample": tmp_path / "out/my notes.txt"}
    whole = pull(plugin, site.url(f"{SCAN}/resources/NOTES/files/"), tmp_path / "whole")
    assert whole == {"sample": tmp_path / "whole/files"} and names(tmp_path / "whole") == ["files/my notes.txt"]


def test_a_directory_is_stored(plugin, site, tmp_path):
    (tmp_path / "tree/below").mkdir(parents=True)
    (tmp_path / "tree/one.txt").write_text("1")
    (tmp_path / "tree/below/two.txt").write_text("2")
    sink = site.url(f"{SESSION}/assessors/tree/resources/OUT/files/?assessor_type=xnat:qcAssessmentData")
    plugin.push_sink_data(str(tmp_path / "tree"), sink, fastr.types["Directory"])
    found = pull(plugin, site.url(f"{SESSION}/assessors/tree/resources/OUT"), tmp_path / "out")
    assert names(found["sample"]) == ["below/two.txt", "one.txt"]


def test_both_spellings_of_a_type(plugin, site, tmp_path):
    """Old URLs have both; only two values are a mistake."""
    (tmp_path / "a.txt").write_text("a")
    place = site.url(f"{SESSION}/assessors/both/resources/OUT/files/a.txt?assessor_type=xnat:qcAssessmentData")
    with pytest.raises(exceptions.FastrValueError, match="two values"):
        plugin.put_url(str(tmp_path / "a.txt"), place + "&assessors_type=xnat:mrScanData")
    assert plugin.put_url(str(tmp_path / "a.txt"), place + "&assessors_type=xnat:qcAssessmentData") is True
    assert [row["xsiType"] for row in site.server.rows(f"/data/{SESSION}/assessors") if row["label"] == "both"] == \
        ["xnat:qcAssessmentData"]
    site.server.expire_sessions()


def test_broken_bytes_are_not_delivered(plugin, site, tmp_path):
    site.server.fault(path="/files/image.nii.gz", corrupt_at=100, count=1)
    found = pull(plugin, site.url(f"{SCAN}/resources/NIFTI"), tmp_path / "out")
    assert site.server.hits() == [1]
    assert found["sample"].joinpath("image.nii.gz").read_bytes() == \
        site.server.get(f"/data/{SCAN}/resources/NIFTI/files/image.nii.gz").body
    site.server.expire_sessions()


def test_what_goes_wrong_has_fastrs_classes(plugin, site, tmp_path, monkeypatch):
    (tmp_path / "image.nii.gz").write_text("another")
    there = site.url(f"{SCAN}/resources/NIFTI/files/image.nii.gz")
    with pytest.raises(exceptions.FastrIOError, match="overwrite=true"):
        plugin.put_url(str(tmp_path / "image.nii.gz"), there)
    with pytest.raises(exceptions.FastrValueError, match="NOTHING"):
        plugin.fetch_url(site.url(f"{SCAN}/resources/NOTHING"), str(tmp_path / "out"))
    with pytest.raises(exceptions.FastrValueError, match="boolean"):
        plugin.expand_url(site.url(f"{SCAN}/resources/NIFTI?regex=maybe"))
    plugin.cleanup()
    monkeypatch.setattr(fastr.config, "xnatstorage_settings", {**site.settings, "netrc": site.login("alice", "wrong")})
    with pytest.raises(exceptions.FastrValueError, match="login"):
        plugin.fetch_url(there, str(tmp_path / "out"))


def test_a_server_that_is_not_there(plugin, site, tmp_path, monkeypatch):
    monkeypatch.setattr(fastr.config, "xnatstorage_settings", {**site.settings, "retries": 0})
    site.server.fault(path="/data", reset=True, count=-1)
    with pytest.raises(exceptions.FastrIOError):
        plugin.fetch_url(site.url(f"{SCAN}/resources/NIFTI"), str(tmp_path / "out"))
    site.server.clear_faults()


def test_what_is_stopped_is_an_interrupt(plugin, site, tmp_path):
    site.server.fault(path="/files/image.nii.gz", hold=True, count=1)

    def stop():
        while not site.server.held():
            pass
        plugin.cleanup()

    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(KeyboardInterrupt):
        plugin.fetch_url(site.url(f"{SCAN}/resources/NIFTI"), str(tmp_path / "out"))
    site.server.let_go()
    stopper.join()


def test_cleaned_up_it_can_be_used_again(plugin, site, tmp_path):
    for name in ("a", "b"):
        pull(plugin, site.url(f"{SCAN}/resources/NIFTI"), tmp_path / name)
        assert len(site.server.sessions()) == 1
        plugin.cleanup()
        plugin.cleanup()
        assert site.server.sessions() == []


def test_what_is_missing_is_said_by_the_job_that_needs_it(site, monkeypatch, tmp_path):
    """Other plugins' jobs clean up all plugins; that must not fail."""
    plugin = fastr.resources.ioplugins["xnat+http"]
    monkeypatch.setattr(fastr.config, "xnatstorage_plugin", str(tmp_path / "none.so"))
    with pytest.raises(exceptions.FastrImportError, match="none.so"):
        plugin.expand_url(site.url(f"{SCAN}/resources/NIFTI"))
    monkeypatch.setattr(fastr.config, "xnatstorage_plugin", str(PLUGIN))
    monkeypatch.setattr(fastr.config, "xnatstorage_settings", {"nonsense": 1})
    with pytest.raises(exceptions.FastrValueError, match="nonsense"):
        plugin.expand_url(site.url(f"{SCAN}/resources/NIFTI"))
    monkeypatch.setitem(sys.modules, "ioplug", None)
    with pytest.raises(exceptions.FastrImportError, match="pip install"):
        plugin.expand_url(site.url(f"{SCAN}/resources/NIFTI"))
    plugin.cleanup()


def test_values_are_refused(plugin, site):
    """Only files are there, no values."""
    with pytest.raises(exceptions.FastrNotImplementedError):
        plugin.fetch_value(site.url(f"{SCAN}/resources/NIFTI/files/image.nii.gz"))
    with pytest.raises(exceptions.FastrNotImplementedError):
        plugin.put_value(1, site.url(f"{SCAN}/resources/NIFTI/files/one"))
