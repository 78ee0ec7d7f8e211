# SPDX-License-Identifier: Apache-2.0
"""stat and list, through the public ABI."""
import hashlib
import urllib.parse

import pytest
from abi_host import RECURSIVE, WITH_MTIME, AbiHost
from plugin_case import case, make_case, make_standin, standin  # noqa: F401

SUBJECT = "projects/sandbox/subjects/subject001"
SESSION = f"{SUBJECT}/experiments/experiment001"
DICOM = f"{SESSION}/scans/T1/resources/DICOM"
TREE = {"a.txt": b"alpha", "d/b.txt": b"beta", "d/e/c.bin": b"", "d-x": b"dash", "z?*/é [1].txt": b"odd"}


@pytest.fixture
def host(case):  # noqa: F811
    with AbiHost(case) as host:
        yield host


def loud(result):
    return result.lines("error", "warning", "info")


def test_stat_at_each_level(case, host):  # noqa: F811
    """The type, the names of all levels above, and a URL that leads there again."""
    for rest, kind, wanted in [
            ("", "server", {}),
            ("projects/sandbox", "project", {"project": "sandbox", "project_name": "Sandbox study"}),
            ("projects/Sandbox study", "project", {"project": "sandbox"}),
            (SUBJECT, "subject", {"subject_label": "subject001"}),
            (SESSION, "experiment", {"experiment_label": "experiment001", "experiment_date": "2024-03-04",
                                     "xsi_type": "xnat:mrSessionData", "subject_label": "subject001"}),
            (f"{SESSION}/scans/T1", "scan", {"scan_id": "1", "scan_type": "T1", "scan_quality": "usable",
                                             "scan_description": "T1", "scan_xsi_type": "xnat:mrScanData"}),
            (f"{SESSION}/reconstructions/recon001", "reconstruction", {"reconstruction_id": "recon001"}),
            (DICOM, "resource", {"resource_label": "DICOM", "files": "4", "scan_type": "T1"}),
            ("projects/sandbox/resources/DOCUMENTS", "resource", {"files": "1", "bytes": "700"})]:
        one = host.stat(case.url(rest)).one
        assert one.id is None and one["type"] == kind, rest
        assert {name: one.attributes.get(name) for name in wanted} == wanted
        again = host.stat(one.value).one
        assert again.value == one.value
        # What was not asked for on the other way is not told.
        assert again.attributes.items() <= one.attributes.items()


def test_stat_by_accession(case, host):  # noqa: F811
    session = host.stat(case.url(SESSION)).one
    found = host.stat(case.url(f"experiments/{session['experiment_id']}")).one
    assert found["type"] == "experiment" and found["experiment_label"] == "experiment001"
    assert found["project"] == "sandbox" and found["experiment_date"] == "2024-03-04"
    subject = host.stat(case.url(f"subjects/{session['subject_id']}")).one
    assert (subject["type"], subject["subject_label"], subject["project"]) == ("subject", "subject001", "sandbox")
    scan = host.stat(case.url(f"experiments/{session['experiment_id']}/scans/1")).one
    assert (scan["scan_type"], scan["project"]) == ("T1", "sandbox")


def test_stat_of_files_and_directories(case, host):  # noqa: F811
    case.new_resource("TREE", TREE)
    url = case.url("projects/sandbox/resources/TREE/files/")
    for path, data in TREE.items():
        one = host.stat(url + urllib.parse.quote(path)).one
        assert (one["type"], one["path"], one["bytes"]) == ("file", path, str(len(data)))
        assert one["md5"] == hashlib.md5(data).hexdigest()
        assert "mtime" not in one.attributes
    for name in ("d", "d/"):
        one = host.stat(url + name).one
        assert (one["type"], one["path"], one["files"], one["bytes"]) == ("directory", "d", "2", "4")
        assert one.value.endswith("/files/d/")
    assert host.stat(url + "a.txt/").kind == "not-found"


def test_mtime_costs_one_question_more(case, host):  # noqa: F811
    url = case.url(DICOM + "/files/0001.dcm")
    host.stat(url)
    case.clear()
    assert "mtime" not in host.stat(url).one.attributes
    plain = len(case.requests())
    case.clear()
    assert 1e9 < int(host.stat(url, WITH_MTIME).one["mtime"]) < 1e11
    assert len(case.requests()) == plain + 1 and len(case.requests(method="HEAD")) == 1


@pytest.mark.parametrize("rest", [
    "projects/none", "projects/none/subjects/x", "projects/none/resources/x", "subjects/none", "experiments/none",
    "projects/sandbox/subjects/none", SUBJECT + "/experiments/none", SESSION + "/scans/none", SESSION + "/assessors/none",
    SESSION + "/reconstructions/none", SESSION + "/resources/none", SESSION + "/scans/1/resources/none",
    DICOM + "/files/none", DICOM + "/files/none/", SESSION + "/scans/none/resources/DICOM/files/x",
    SUBJECT + "/experiments/none/scans/1/resources/DICOM/files/x", "experiments/none/scans/1/resources/DICOM/files/x",
])
def test_what_is_not_there_is_an_answer(case, host, rest):  # noqa: F811
    """Soon, and without a word, whether or not other questions came before."""
    host.stat(case.url("projects/public"))
    for _ in range(2):
        case.clear()
        result = host.stat(case.url(rest))
        assert result.kind == "not-found" and result.message
        assert not loud(result)
        assert len(case.requests()) <= 3, case.requests()


def test_what_cannot_be_looked_at(case, host):  # noqa: F811
    for look in (host.stat, host.list):
        assert look(case.url("search?projects=sandbox")).kind == "usage"
        assert look(case.url("projects/sandbox/nonsense/x")).kind == "usage"
        assert look(case.url(f"{SUBJECT}/experiments/*")).kind == "ambiguous"
        assert look(case.url(f"{SUBJECT}/experiments/("), regex=True).kind == "not-found"
        assert look(case.url(f"{SUBJECT}/experiments/(?regex=true")).kind == "usage"
    assert host.list(case.url(DICOM + "/files/0001.dcm")).kind == "usage"
    assert host.list(case.url("projects/none")).kind == "not-found"
    assert host.list(case.url(DICOM + "/files/none/")).kind == "not-found"
    assert host.list(case.url("projects/sandbox"), stop=True).kind == "cancelled"


def kinds(result):
    return [(item["type"], item.id) for item in result.items]


def test_list_at_each_level(case, host):  # noqa: F811
    assert ("project", "sandbox") in kinds(host.list(case.server.plugin_url))
    assert host.list(case.server.plugin_url + "/").ids == host.list(case.server.plugin_url + "/data").ids
    assert kinds(host.list(case.url("projects/sandbox"))) == [
        ("subject", "shared_subject"), ("subject", "subject001"), ("subject", "subject002"), ("subject", "subject003"),
        ("resource", "DOCUMENTS")]
    assert kinds(host.list(case.url(SUBJECT))) == [
        ("experiment", "experiment001"), ("experiment", "subject001_BRAIN"), ("experiment", "subject001_FOLLOWUP"),
        ("resource", "NOTES")]
    assert kinds(host.list(case.url(SESSION))) == [
        ("scan", "1"), ("scan", "2"), ("scan", "3"), ("scan", "4"), ("reconstruction", "recon001")]
    assert kinds(host.list(case.url(SESSION + "/scans/T1"))) == [("resource", "DICOM"), ("resource", "NIFTI")]
    files = host.list(case.url(DICOM))
    assert kinds(files) == [("file", f"000{n}.dcm") for n in (1, 2, 3, 4)]
    assert all(item["md5"] and item["bytes"] and item["path"] == item["name"] for item in files.items)


def test_list_of_one_level(case, host):  # noqa: F811
    """A URL that ends in a level's name: what is there at that level, of a project all experiments, too."""
    for above, level in [("", "projects"), ("projects/sandbox", "subjects"), (SUBJECT, "experiments"), (SESSION, "scans"),
                         (SESSION, "resources"), (f"{SESSION}/scans/T1", "resources"), ("projects/sandbox", "resources")]:
        whole = host.list(case.url(above)).items
        wanted = [one.value for one in whole if one["type"] + "s" == level]
        for end in ["", "/"]:
            listed = host.list(case.url(f"{above}/{level}{end}".lstrip("/"))).items
            assert [one.value for one in listed] == wanted, (above, level)
    sessions = host.list(case.url("projects/sandbox/experiments")).items
    assert {one["type"] for one in sessions} == {"experiment"} and len({one["subject_label"] for one in sessions}) > 1
    deep = host.list(case.url(f"{SESSION}/scans/"), RECURSIVE).items
    assert {one["type"] for one in deep} == {"scan", "resource", "file"}
    for wrong in ["experiments", "subjects/", "projects/sandbox/scans", "projects/sandbox/subjects//"]:
        assert host.list(case.url(wrong)).kind == "usage", wrong
    for verb in [host.stat, lambda url: host.call("check", url)]:
        assert verb(case.url("projects/sandbox/subjects")).kind == "usage"


def test_what_is_listed_is_found_by_its_url(case, host):  # noqa: F811
    """Each item's URL leads to just that item, whatever it is called: labels of the project `odd` hold what means something
    in URLs and patterns."""
    seen = 0
    for project in ("odd", "sandbox", "other"):
        for item in host.list(case.url(f"projects/{project}"), RECURSIVE).items:
            found = host.stat(item.value)
            assert found.kind == "ok", (item, found)
            assert found.one.value == item.value
            for name in ("type", "path", "md5", "subject_id", "experiment_id", "scan_id", "assessor_id", "resource_id"):
                assert found.one.attributes.get(name) == item.attributes.get(name), (name, item)
            seen += 1
    assert seen > 100


def test_list_in_a_resource(case, host):  # noqa: F811
    """The next level, with sums for directories; or all, each directory before what is in it."""
    case.new_resource("TREE", TREE)
    url = case.url("projects/sandbox/resources/TREE")
    host.list(url)
    case.clear()
    found = host.list(url)
    assert len(case.requests("/files")) == 1
    assert kinds(found) == [("file", "a.txt"), ("file", "d-x"), ("directory", "d"), ("directory", "z?*")]
    assert (found.items[2]["files"], found.items[2]["bytes"]) == ("2", "4")
    assert kinds(host.list(found.items[2].value)) == [("file", "b.txt"), ("directory", "e")]
    case.clear()
    whole = host.list(url, RECURSIVE)
    assert len(case.requests("/files")) == 1
    assert kinds(whole) == [("file", "a.txt"), ("file", "d-x"), ("directory", "d"), ("file", "d/b.txt"),
                            ("directory", "d/e"), ("file", "d/e/c.bin"), ("directory", "z?*"),
                            ("file", "z?*/é [1].txt")]
    for item in whole.items:
        assert item.id == item["path"] and item["name"] == item["path"].rpartition("/")[2]
        if item["type"] == "file":
            assert item["md5"] == hashlib.md5(TREE[item["path"]]).hexdigest()
    assert kinds(host.list(url + "/files/d", RECURSIVE)) == [("file", "b.txt"), ("directory", "e"), ("file", "e/c.bin")]


def test_a_list_with_times_costs_one_question_for_each_file(case, host):  # noqa: F811
    case.new_resource("TREE", TREE)
    url = case.url("projects/sandbox/resources/TREE")
    assert not any("mtime" in item.attributes for item in host.list(url, RECURSIVE).items)
    case.clear()
    found = host.list(url, RECURSIVE | WITH_MTIME).items
    for item in found:
        assert ("mtime" in item.attributes) == (item["type"] == "file") and 1e9 < int(item.attributes.get("mtime", 2e9)) < 1e11
    assert len(case.requests(method="HEAD")) == len(TREE) and len(case.requests("/files?")) == 1
    assert [item.id for item in host.list(url, WITH_MTIME).items if "mtime" in item.attributes] == ["a.txt", "d-x"]
    case.server.fault(path="/files/d-x", method="HEAD", status=404)
    assert len([item for item in host.list(url, RECURSIVE | WITH_MTIME).items if "mtime" in item.attributes]) == len(TREE) - 1


def test_list_of_an_empty_resource(case, host):  # noqa: F811
    case.new_resource("EMPTY")
    assert host.list(case.url("projects/sandbox/resources/EMPTY")).ids == []
    assert host.stat(case.url("projects/sandbox/resources/EMPTY")).one["type"] == "resource"


def test_list_everything(case, host):  # noqa: F811
    """Names from the top down; as many requests as there are sessions and resources, not more for each file or scan."""
    host.stat(case.url("projects/sandbox"))
    case.clear()
    found = host.list(case.url(SESSION), RECURSIVE)
    names = found.ids
    assert "1/DICOM/0001.dcm" in names and names.index("1") < names.index("1/DICOM") < names.index("1/DICOM/0001.dcm")
    resources = [item for item in found.items if item["type"] == "resource"]
    assert len(case.requests()) <= 6 + len(resources) + len([item for item in found.items if item["type"] in (
        "assessor", "reconstruction")])
    case.clear()
    whole = host.list(case.url("projects/sandbox"), RECURSIVE)
    below = [item for item in whole.items if item.id.startswith("subject001/experiment001/")]
    assert [item.id.split("/", 2)[2] for item in below] == names
    assert len(whole.ids) == len(set(item.value for item in whole.items))


def test_a_listing_is_as_of_now(case, host):  # noqa: F811
    url = case.url("projects/sandbox")
    before = host.list(url).ids
    case.new_resource("LATER", {"x": b"x"})
    assert host.list(url).ids == before + ["LATER"]
    assert host.stat(url + "/resources/LATER").one["files"] == "1"
    case.server.request("DELETE", "/data/projects/sandbox/resources/LATER?removeFiles=true", user=("alice", "alice-pw"))
    assert host.stat(url + "/resources/LATER").kind == "not-found"
    assert host.list(url).ids == before


def test_a_lost_session_shows_nothing_less(make_case):  # noqa: F811
    """On a site that is open to guests a listing may silently be a guest's."""
    case = make_case(require_login=False)
    with AbiHost(case) as host:
        before = host.list(case.server.plugin_url).ids
        assert "sandbox" in before
        case.server.expire_sessions("alice")
        assert host.list(case.server.plugin_url).ids == before


def test_expanding_a_data_url_tells_its_attributes_on_demand(case, host):  # noqa: F811
    url = case.url(DICOM + "/files/0001.dcm")
    assert host.expand(url).one.attributes == {} and case.requests() == []
    one = host.expand(url, attributes=True).one
    looked = host.stat(url).one
    assert (one.id, one.value) == (None, url) and one.attributes == looked.attributes
    assert host.expand(case.url(DICOM + "/files/none"), attributes=True).kind == "not-found"
    assert host.expand(case.url("projects/sandbox"), attributes=True).kind == "usage"


def test_the_plugin_says_what_it_has(host):
    about = host.about()
    assert about["minor"] == 2 and {"stat_url", "list_url", "check_url", "expand_each"} <= set(about["verbs"])
