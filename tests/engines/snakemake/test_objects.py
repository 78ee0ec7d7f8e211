# SPDX-License-Identifier: Apache-2.0
"""Single objects: what is told of them and at which cost, what is found by wildcards, what is written and removed."""
import asyncio
import hashlib

import ioplug
import pytest
from snakemake.io import IOCache, flag, glob_wildcards
from snakemake_interface_common.exceptions import WorkflowError

SESSION = "projects/sandbox/experiments/subject001_BRAIN"
IMAGE = SESSION + "/scans/1/resources/NIFTI/files/image.nii.gz"
QC = "projects/sandbox/experiments/{0}/assessors/{0}_qc/resources/QC/files/qc.txt?assessor_type=xnat:qcAssessmentData"
SESSIONS = [f"subject00{number}_{kind}" for number in (1, 2, 3) for kind in ("BRAIN", "FOLLOWUP")]


def asked(site):
    """The requests since the last call, without those of the login."""
    log = [one["method"] + " " + one["path"] for one in site.server.log() if "/auth" not in one["path"] and
           "JSESSION" not in one["path"]]
    site.server.clear_log()
    return log


def store(storage_object, data):
    path = storage_object.local_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    storage_object.store_object()


def everything(storage_object):
    return storage_object.exists(), storage_object.mtime(), storage_object.size(), storage_object.checksum()


@pytest.fixture
def qc(provider, site):
    """Objects in assessors, all stored."""
    objects = [provider().object(site.url(QC.format(session))) for session in SESSIONS]
    for one in objects:
        store(one, one.query.encode())
    asked(site)
    return [one.query for one in objects]


def test_all_about_an_object_costs_one_question(provider, site):
    data = site.server.get("/data/experiments/SITE_E00001/scans/1/resources/NIFTI/files/image.nii.gz").body
    asked(site)
    exists, mtime, size, checksum = everything(provider().object(site.url(IMAGE)))
    log = asked(site)
    assert (exists, size, checksum) == (True, len(data), "md5:" + hashlib.md5(data).hexdigest()) and 1e9 < mtime < 1e11
    assert len([one for one in log if "/files?" in one]) == len([one for one in log if one.startswith("HEAD")]) == 1
    assert len(log) <= 3


def test_the_same_question_again_is_asked_again(provider, site):
    one = provider().object(site.url("projects/sandbox/resources/NEW/files/a.txt"))
    assert not one.exists()
    with ioplug.Host(one.provider.settings.plugin, settings=one.provider.settings.of_plugin()) as other:
        other.put(__file__, one.query)
    assert one.exists() and one.exists() and one.mtime() > 1e9
    site.server.delete("/data/projects/sandbox/resources/NEW")
    assert [one.exists(), one.exists()][1] is False
    with pytest.raises(FileNotFoundError):
        one.mtime()


def test_another_run_asks_for_no_times(provider, site):
    everything(provider().object(site.url(IMAGE)))
    asked(site)
    before = everything(provider().object(site.url(IMAGE)))
    log = asked(site)
    assert before[0] and not [one for one in log if one.startswith("HEAD")] and len([one for one in log if "/files?" in one]) == 1
    # Other bytes have another time.
    store(provider().object(site.url("projects/sandbox/resources/NEW/files/a.txt")), b"one")
    first = everything(provider().object(site.url("projects/sandbox/resources/NEW/files/a.txt")))
    with site.host() as host:
        host.put(__file__, site.url("projects/sandbox/resources/NEW/files/a.txt?overwrite=true"))
    asked(site)
    assert everything(provider().object(site.url("projects/sandbox/resources/NEW/files/a.txt")))[3] != first[3]
    assert len([one for one in asked(site) if one.startswith("HEAD")]) == 1


def test_what_is_written_anew_has_a_new_time(provider, site):
    """Also with the same bytes, of which the time was remembered."""
    one = provider().object(site.url("projects/sandbox/resources/NEW/files/a.txt"))
    store(one, b"same")
    assert everything(one)[0]
    one.remove()
    assert not one.exists()
    store(one, b"same")
    asked(site)
    assert everything(one)[0] and len([line for line in asked(site) if line.startswith("HEAD")]) == 1


@pytest.mark.parametrize("spoiled", ["", "no\tsense\n", "\0\xff\n" * 3, "x\ty\tz\tw\n" * 200])
def test_a_memory_that_cannot_be_read_is_done_without(provider, site, tmp_path, spoiled):
    (tmp_path / "local").mkdir()
    (tmp_path / "local/.known-times").write_bytes(spoiled.encode("latin-1"))
    assert everything(provider().object(site.url(IMAGE)))[0]


def test_a_memory_is_tidied(provider, site, tmp_path):
    one = provider().object(site.url("projects/sandbox/resources/NEW/files/a.txt"))
    store(one, b"x")
    told = everything(one)
    memory = tmp_path / "local/.known-times"
    line = [line for line in memory.read_text().splitlines(True) if "\t" in line][-1]
    memory.write_text(line * 300)
    asked(site)
    assert everything(provider().object(one.query)) == told
    assert memory.read_text() == line and not [one for one in asked(site) if one.startswith("HEAD")]


def test_outputs_of_assessors_are_looked_up_together(provider, site, qc):
    for query in qc:
        everything(provider().object(query))
    asked(site)
    again = provider()
    objects = [again.object(query) for query in qc]
    cache = IOCache(600)
    for one in objects:
        asyncio.run(one.inventory(cache))
        key = one.cache_key()
        assert cache.exists_in_storage[key] and cache.size[key] == len(one.query)
        assert cache.mtime[key].storage() > 1e9 and cache.checksum[key] == "md5:" + hashlib.md5(one.query.encode()).hexdigest()
    log = asked(site)
    assert not [one for one in log if one.startswith("HEAD")] and len([one for one in log if "/files?" in one]) == len(qc)
    assert len(log) <= len(qc) + 6


def test_what_went_away_meanwhile_is_not_believed(provider, site, qc):
    for query in qc:
        everything(provider().object(query))
    provider().object(qc[0]).remove()
    again = provider()
    assert [one.exists() for one in [again.object(query) for query in qc]] == [False] + [True] * (len(qc) - 1)


def test_an_inventory_that_fails_says_why(provider, site):
    site.server.user("alice", password="other")
    with pytest.raises(WorkflowError, match="login"):
        asyncio.run(provider().object(site.url(IMAGE)).inventory(IOCache(600)))


def wildcards(provider, query):
    return glob_wildcards(flag(query, "storage_object", provider.object(query)))


def test_wildcards_of_scans_are_one_search(provider, site):
    found = wildcards(provider(), site.url("projects/sandbox/experiments/{session}_BRAIN/scans/{scan}/resources/NIFTI/files/{f}"))
    log = asked(site)
    assert {"subject001", "subject002", "subject003"} <= set(found.session) and "1" in found.scan
    assert set(found.f) == {"image.nii.gz"} and len(found.f) == len(found.session)
    assert len([one for one in log if "/files?" not in one]) <= 4


def test_what_wildcards_found_is_known(provider, site):
    one = provider()
    query = site.url("projects/sandbox/experiments/{s,subject[0-9]+_BRAIN}/scans/1/resources/NIFTI/files/image.nii.gz")
    names = wildcards(one, query).s
    assert sorted(names) == ["subject001_BRAIN", "subject002_BRAIN", "subject003_BRAIN"]
    for name in names:
        everything(one.object(site.url(IMAGE).replace("subject001_BRAIN", name)))
    asked(site)
    again = provider()
    wildcards(again, query)
    search = asked(site)
    assert all(everything(again.object(site.url(IMAGE).replace("subject001_BRAIN", name)))[0] for name in names)
    assert search and asked(site) == []


@pytest.mark.parametrize("rest, found", [
    (SESSION + "/scans/{x}/resources/DICOM/files/0001.dcm", {"1", "2", "3", "4"}),
    (SESSION + "/scans/T{x}/resources/DICOM/files/0001.dcm", {"1", "2"}),
    (SESSION + "/scans/1/resources/{x}", {"DICOM", "NIFTI"}),
    (SESSION + "/scans/1/resources/DICOM/files/000{x}.dcm", {"1", "2", "3"}),
    (SESSION + "/resources/NOTES/files/{x}.txt", {"a", "d/b [1]"}),
    ("projects/sandbox/resources/{x}/files/a.txt", {"NOTES"}),
    ("projects/{x}/subjects/subject001/experiments/subject001_BRAIN/resources/NOTES/files/a.txt", {"sandbox"}),
    ("projects/sandbox/experiments/{x}/assessors/{x}_qc/resources/QC/files/qc.txt", set(SESSIONS)),
    ("projects/sandbox/experiments/{x}/scans/1/resources/NONE/files/a", set()),
    ("projects/none/resources/{x}/files/a", set()),
])
def test_wildcards_at_each_level(provider, site, qc, rest, found):
    for place in (SESSION, "projects/sandbox"):
        for name in ("a", "d/b [1]"):
            store(provider().object(site.url(f"{place}/resources/NOTES/files/{name}.txt")), b"x")
    values = wildcards(provider(), site.url(rest)).x
    # The server's own sessions may have more.
    assert set(values) >= found and (set(values) == found or rest.startswith(SESSION + "/scans/"))
    assert len(values) == len(set(values))


def test_directories(provider, site):
    tree = {"a.txt": b"alpha", "d/b.txt": b"beta"}
    one = provider().object(site.url("projects/sandbox/resources/TREE"))
    assert not one.exists()
    for name, data in tree.items():
        path = one.local_path() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (one.local_path() / ".snakemake_timestamp").touch()
    one.store_object()
    asked(site)
    assert one.exists() and one.mtime() > 1e9 and (one.size(), one.local_footprint(), one.checksum()) == (0, 9, None)
    with site.host() as host:
        items = host.list(one.query, recursive=True, mtime=True)
    assert {item.path for item in items if item.type == "file"} == set(tree)
    assert one.mtime() == max(item.mtime for item in items if item.mtime)
    asked(site)
    again = provider().object(one.query)
    assert again.exists() and again.mtime() == one.mtime() and again.size() == 0
    part = provider().object(one.query + "/files/d")
    assert part.exists() and part.local_footprint() == 4
    for name in tree:
        provider().object(f"{one.query}/files/{name}").remove()
    assert not provider().object(one.query).exists()


def test_an_output_that_differs_is_replaced_unless_the_url_refuses(provider, site):
    url = site.url("projects/sandbox/resources/NEW/files/a.txt")
    store(provider().object(url), b"one")
    store(provider().object(url), b"two")
    assert site.server.get("/data/projects/sandbox/resources/NEW/files/a.txt").body == b"two"
    with pytest.raises(ioplug.ConflictError):
        store(provider().object(url + "?overwrite=false"), b"three")


@pytest.mark.parametrize("option", ["overwrite=false", "overwrite=0", "verify=true&overwrite=FALSE", "over%77rite=false"])
def test_what_may_not_be_replaced_may_not_be_removed(provider, site, option):
    url = site.url("projects/sandbox/resources/NEW/files/a.txt")
    store(provider().object(url), b"one")
    with pytest.raises((WorkflowError, ioplug.UsageError), match="overwrite"):
        provider().object(f"{url}?{option}").remove()
    assert site.server.get("/data/projects/sandbox/resources/NEW/files/a.txt").body == b"one"
    provider().object(url + "?overwrite=true").remove()
    assert not provider().object(url).exists()


def test_a_setting_of_0_is_set(provider, site):
    def exists(**settings):
        site.server.fault(path="/files", status=503, count=1)
        return provider(**settings).object(site.url(IMAGE)).exists()

    assert exists()
    with pytest.raises(ioplug.Error, match="503"):
        exists(retries=0)
    told = provider(retries=0).settings.of_plugin()
    assert (told["retries"], told["lockout_guard"]) == (0, 0) and not {"guest", "jobs"} & told.keys()


def test_an_assessors_label_of_another_session(provider, site):
    rest = "projects/sandbox/experiments/{}/assessors/qc/resources/QC/files/a?assessor_type=xnat:qcAssessmentData"
    store(provider().object(site.url(rest.format("subject001_BRAIN"))), b"x")
    second = provider().object(site.url(rest.format("subject002_BRAIN")))
    with pytest.raises(WorkflowError, match="the label is used by another session of this project"):
        second.local_path().parent.mkdir(parents=True, exist_ok=True)
        second.local_path().write_bytes(b"y")
        asyncio.run(second.managed_store())


def test_removing_leaves_what_is_above(provider, site, qc):
    one = provider().object(qc[0])
    one.remove()
    one.remove()
    assert not one.exists()
    with site.host() as host:
        assert host.stat(qc[0].partition("/resources/")[0]).type == "assessor"
