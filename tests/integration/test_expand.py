# SPDX-License-Identifier: Apache-2.0
"""expand: the pairs of a search, their ids, attributes, order and URLs."""

import os

import pytest

from abi_host import AbiHost
from plugin_case import case, make_case, make_standin, standin  # noqa: F401

BRAINS = "search?projects=sandbox&experiments=*_BRAIN&scans=T1&resources=DICOM"


def expand(case, search, **more):
    """The pairs, as objects."""
    ran = case.run("--json", "expand", case.url(search), **more)
    assert ran.code == 0, ran.err
    return ran.objects


def test_pairs_carry_ids_for_levels_and_the_label_of_the_resource(case):
    pairs = expand(case, BRAINS)
    rows = {row["ID"]: row for row in case.server.rows("/data/projects/sandbox/experiments?columns=ID,label,subject_ID")}
    assert [pair["experiment_label"] for pair in pairs] == [
        "shared_BRAIN", "subject001_BRAIN", "subject002_BRAIN", "subject003_BRAIN"]
    for pair in pairs:
        row = rows[pair["experiment_id"]]
        assert pair["id"] == pair["experiment_id"]
        assert pair["url"] == case.url(
            f"projects/sandbox/subjects/{row['subject_ID']}/experiments/{row['ID']}/scans/1/resources/DICOM")


def test_text_output_is_id_tab_url(case):
    ran = case.run("expand", case.url(BRAINS))
    assert [tuple(line.split("\t")) for line in ran.lines] == [(p["id"], p["url"]) for p in expand(case, BRAINS)]
    assert ran.err == ""


def test_all_attributes_of_a_scan_and_of_an_assessor(case):
    (scan,) = expand(case, "search?projects=sandbox&experiments=subject001_BRAIN&scans=2&resources=DICOM&id=resource")
    row = case.server.row("/data/projects/sandbox/experiments?columns=ID,label,subject_ID", label="subject001_BRAIN")
    resource = case.server.row(f"/data/experiments/{row['ID']}/resources?all=true", cat_id="2", label="DICOM")
    assert scan == {
        "id": resource["xnat_abstractresource_id"], "url": scan["url"], "project": "sandbox",
        "subject_id": row["subject_ID"], "subject_label": "subject001", "experiment_id": row["ID"],
        "experiment_label": "subject001_BRAIN", "experiment_date": "2024-01-02", "xsi_type": "xnat:mrSessionData",
        "scan_id": "2", "scan_type": "T2", "scan_quality": "usable", "scan_description": "T2",
        "resource_id": resource["xnat_abstractresource_id"], "resource_label": "DICOM", "files": 4, "bytes": 80000}
    (seg,) = expand(case, "search?projects=sandbox&assessors=seg_subject001*&resources=IMAGE&id=assessor&label=true")
    assert seg["id"] == seg["assessor_label"] == "seg_subject001_BRAIN"
    assert seg["assessor_id"] != row["ID"] == seg["experiment_id"]
    assert seg["files"] == 2 and seg["bytes"] == 40000 and seg["resource_label"] == "IMAGE"
    assert "scan_id" not in seg and "scan_type" not in seg
    assert f"/experiments/{row['ID']}/assessors/{seg['assessor_id']}/resources/IMAGE" in seg["url"]


@pytest.mark.parametrize("level, expected, label", [
    ("project", "sandbox", "Sandbox study"), ("subject", "subject_id", "subject001"),
    ("experiment", "experiment_id", "subject001_BRAIN"), ("scan", "3", "FLAIR"), ("resource", "resource_id", "NIFTI")])
def test_id_names_each_level(case, level, expected, label):
    search = f"search?projects=sandbox&experiments=subject001_BRAIN&scans=FLAIR&resources=NIFTI&id={level}"
    (pair,) = expand(case, search)
    assert pair["id"] == pair.get(expected, expected)
    (pair,) = expand(case, search + "&label=true")
    assert pair["id"] == label


def test_several_ids_are_joined_and_name_each_resource_once(case):
    pairs = expand(case, "search?projects=sandbox&id=experiment,scan,resource")
    assert len({pair["id"] for pair in pairs}) == len(pairs) == 8 * 8
    for pair in pairs:
        assert pair["id"] == "_".join([pair["experiment_id"], pair["scan_id"], pair["resource_id"]])


def test_ids_in_the_order_given(case):
    (pair, *_) = expand(case, BRAINS + "&id=scan,subject,project&label=true")
    assert pair["id"] == "T1_shared_subject_Sandbox study"


def test_files_and_the_path_in_the_id(case):
    search = "search?projects=odd&scans=6&resources=NAMES&files=sub/*&id=scan,resource&label=true"
    pairs = expand(case, search)
    assert [pair["id"] for pair in pairs] == ["NAMES_NAMES_sub%2Fa b%2Fd.txt", "NAMES_NAMES_sub%2Fdir%2Fc.txt"]
    assert pairs[0]["url"].endswith("/scans/6/resources/NAMES/files/sub/a%20b/d.txt")
    (empty,) = expand(case, "search?projects=odd&scans=6&resources=NAMES&files=empty.txt")
    assert (empty["files"], empty["bytes"]) == (1, 0)


def test_every_file_of_a_search_can_be_fetched_by_its_url(case):
    pairs = expand(case, "search?projects=odd&scans=NAMES&resources=NAMES&files=*&id=resource")
    assert len(pairs) == 18
    assert len({pair["id"] for pair in pairs}) == 18
    listing = "".join(f"{number}\t{pair['url']}\n" for number, pair in enumerate(pairs))
    ran = case.run("fetch", "--list", "-", case.path("out"), stdin=listing)
    assert ran.code == 0, ran.err
    for number, pair in enumerate(pairs):
        (found,) = case.path("out").joinpath(str(number)).iterdir()
        assert found.stat().st_size == pair["bytes"]
        assert pair["id"].endswith(found.name)


def test_every_resource_of_a_search_can_be_fetched_by_its_url(case):
    """Missing, doubled, numeric, escaped labels; shared sessions: each URL leads to just that resource."""
    pairs = expand(case, "search?projects=odd") + expand(case, "search?projects=sandbox&experiments=shared_BRAIN")
    listing = "".join(f"{number}\t{pair['url']}\n" for number, pair in enumerate(pairs))
    ran = case.run("fetch", "--list", "-", case.path("out"), stdin=listing)
    assert ran.code == 0, ran.err
    for number, pair in enumerate(pairs):
        files = [os.path.join(at, name) for at, _, names in os.walk(case.path("out") / str(number)) for name in names]
        if "files" in pair:
            assert len(files) == pair["files"], pair["url"]
            assert sum(os.path.getsize(name) for name in files) == pair["bytes"], pair["url"]
        else:
            assert len(files) > 0, pair["url"]


def test_odd_labels(case):
    """A number stands where the label is missing or not unique."""
    pairs = expand(case, "search?projects=odd&scans=5&id=resource&label=true")
    tails = {pair.get("resource_label"): pair["url"].rpartition("/")[2] for pair in pairs}
    assert tails["My Data"] == "My%20Data"
    assert tails["Q&A"] in ("Q&A", "Q%26A")
    assert tails["a%20b"] == "a%2520b"
    numbers = [pair["url"].rpartition("/")[2] for pair in pairs if pair.get("resource_label") in (None, "TWICE")]
    assert len(set(numbers)) == 3 and all(number.isdigit() for number in numbers)
    assert [pair["resource_id"] for pair in pairs if pair.get("resource_label") in (None, "TWICE")] == numbers
    # Digits are a label first, and the number of another resource only after that.
    assert [pair["url"].rpartition("/")[2] for pair in pairs if pair.get("resource_label") == "2023"] == ["2023"]


def test_order(make_case):
    """By project, subject label, experiment label, scan as a number, resource label, file; rows come in any order."""
    case = make_case("--shuffle=true", "--sample=projects=2,subjects=2,experiments=2,scans=11,resources=2")
    first = expand(case, "search?projects=*&id=experiment,scan,resource")
    assert len(first) == 2 * 2 * 2 * 11 * 2
    keys = [(p["project"], p["subject_label"], p["experiment_label"], int(p["scan_id"]), p["resource_label"])
            for p in first]
    assert keys == sorted(keys)
    assert expand(case, "search?projects=*&id=experiment,scan,resource") == first


def test_order_of_files(case):
    urls = [pair["url"] for pair in expand(case, "search?projects=sandbox&subjects=subject002&scans=T1&files=*")]
    assert len(urls) == 2 * 5 and urls == sorted(urls)


@pytest.mark.parametrize("search, level, what", [
    ("projects=nowhere", "projects", "nowhere"), ("projects=no*", "projects", "no*"),
    ("projects=sandbox&subjects=zzz", "subjects", "zzz"),
    ("projects=sandbox&subjects=subject001&experiments=other_*", "experiments", "other_*"),
    ("projects=sandbox&experiments=zzz&scans=T1", "experiments", "zzz"),
    ("projects=sandbox&scans=SWI&resources=DICOM", "scans", "SWI"),
    ("projects=sandbox&scans=T1&resources=BIDS", "resources", "BIDS"),
    ("projects=sandbox&resources=BIDS", "resources", "BIDS"),
    ("projects=sandbox&assessors=zzz", "assessors", "zzz"),
    ("projects=sandbox&assessors=seg*&resources=zzz", "resources", "zzz"),
    ("projects=sandbox&scans=T1&files=*.xyz", "file", "*.xyz")])
@pytest.mark.parametrize("bulk", ["true", "false"])
def test_no_match_is_success_and_the_log_names_the_level(make_case, search, level, what, bulk):
    case = make_case(bulk=bulk)
    ran = case.run("expand", case.url(f"search?{search}"))
    assert (ran.code, ran.out) == (0, ""), ran.err
    (line,) = [line for line in ran.err.splitlines() if "no match" in line]
    assert level in line.partition("xnat+http")[0] and f"'{what}'" in line, line


def test_repeated_id_is_a_warning_that_names_it(case):
    ran = case.run("expand", case.url("search?projects=sandbox&experiments=subject001_BRAIN&scans=1"))
    assert ran.code == 0 and len(ran.lines) == 2
    (line,) = ran.err.splitlines()
    assert line.startswith("ioplug: warning: ") and ran.lines[0].split("\t")[0] in line
    assert case.run("expand", case.url(BRAINS)).err == ""


def test_of_many_repeated_ids_some_are_named_and_all_are_counted(make_case):
    case = make_case(sample="projects=1,subjects=25,experiments=1,scans=1,resources=2")
    ran = case.run("expand", case.url("search?projects=project001"))
    assert ran.code == 0 and len(ran.lines) == 50
    assert ran.err.count("names more than one result;") == 20 and "5 more ids" in ran.err, ran.err


def test_data_url_gives_itself_unchanged_and_nobody_is_asked(case):
    text = case.url("projects/sandbox/experiments/*_BRAIN/scans/T1/resources/DICOM?overwrite=true&regex=0")
    ran = case.run("expand", text, user=None)
    assert (ran.code, ran.out) == (0, f"\t{text}\n")
    ran = case.run("--json", "expand", text, user=None)
    assert ran.objects[0]["url"] == text and ran.objects[0].get("id", "") == ""
    assert case.requests() == []


def test_several_urls(case):
    ran = case.run("expand", case.url(BRAINS), case.url("projects/odd/resources/X"), case.url("search?projects=none"))
    assert ran.code == 0
    assert len(ran.lines) == 5 and ran.lines[4] == "\t" + case.url("projects/odd/resources/X")


def test_scheme_login_insecure_and_verify_are_kept(case):
    host = f"{case.server.host}:{case.server.port}"
    netrc = case.write_netrc(f"machine {host} login alice password alice-pw\n")
    search = "search?projects=sandbox&experiments=subject001_BRAIN&scans=T1&resources=DICOM&insecure=true&verify=false"
    ran = case.run("expand", f"xnat://alice@{host}/{search}", user=None, netrc=netrc)
    assert ran.code == 0, ran.err
    (line,) = ran.lines
    url = line.split("\t")[1]
    assert url.startswith(f"xnat://alice@{host}/data/archive/projects/sandbox/")
    assert sorted(url.partition("?")[2].split("&")) == ["insecure=true", "verify=false"]
    ran = case.run("fetch", url, case.path("out"), user=None, netrc=netrc)
    assert ran.code == 0, ran.err


def test_form_decoding_of_values(case):
    for value in ["My+Data", "My%20Data", "Q%26A", "a%2520b", "My Data"]:
        assert len(expand(case, f"search?projects=odd&resources={value}")) == 1, value


def test_project_is_matched_by_its_name_too(case):
    for value in ["Odd+things", "Odd*", "odd", "o?d"]:
        pairs = expand(case, f"search?projects={value}&scans=PET&id=project")
        assert [pair["id"] for pair in pairs] == ["odd"], value
        assert "/projects/odd/" in pairs[0]["url"]


@pytest.mark.parametrize("projects", ["sandbox", "sand*", "Sandbox%20study"])
def test_the_label_of_a_project_is_its_name(case, projects):
    search = f"search?projects={projects}&experiments=subject001_BRAIN&scans=T1&resources=DICOM&id=project"
    ran = case.run("expand", case.url(search + "&label=true"))
    assert ran.code == 0 and [line.split("\t")[0] for line in ran.lines] == ["Sandbox study"], (ran.out, ran.err)
    ran = case.run("expand", case.url(search))
    assert [line.split("\t")[0] for line in ran.lines] == ["sandbox"], (ran.out, ran.err)


def test_attributes_that_cost_no_question(case):
    """The date and type of the session come with every search; of files path and digest, too."""
    case.clear()
    pairs = expand(case, "search?projects=sandbox&experiments=experiment001&scans=T1&resources=DICOM")
    asked = len(case.requests())
    assert [(pair["experiment_date"], pair["xsi_type"]) for pair in pairs] == [("2024-03-04", "xnat:mrSessionData")]
    case.clear()
    files = expand(case, "search?projects=sandbox&experiments=experiment001&scans=T1&resources=DICOM&files=*2.dcm")
    assert len(case.requests()) == asked + 1
    assert [pair["path"] for pair in files] == ["0002.dcm"]
    row = case.server.row(f"/data/experiments/{files[0]['experiment_id']}/scans/1/resources/DICOM/files", Name="0002.dcm")
    assert files[0]["md5"] == row["digest"] and files[0]["bytes"] == int(row["Size"])
    named = expand(case, "search?projects=Sandbox study&scans=T1&resources=DICOM")
    assert {pair["project_name"] for pair in named} == {"Sandbox study"}


def flat(items):
    return [(item.id, item.value, item.attributes) for item in items]


@pytest.mark.parametrize("search", [
    "search?projects=sandbox&id=experiment,scan,resource", "search?projects=odd&scans=6&resources=NAMES&files=*",
    "search?projects=sandbox&assessors=seg_*&id=resource&label=true", "projects/sandbox/resources/DOCUMENTS"])
def test_item_by_item_is_the_same(case, search):
    with AbiHost(case) as host:
        whole, handed = host.expand(case.url(search)), host.expand_each(case.url(search))
    assert whole.kind == handed.kind == "ok" and len(whole.items) >= 1 and handed.items == []
    assert flat(handed.handed) == flat(whole.items)


def test_item_by_item_can_be_stopped(case):
    url = case.url("search?projects=sandbox&id=experiment,scan,resource")
    with AbiHost(case) as host:
        stopped = host.expand_each(url, most=3)
        assert stopped.kind == "cancelled" and "3 of 64" in stopped.message and len(stopped.handed) == 3
        itself = host.expand_each(case.url("projects/sandbox/resources/DOCUMENTS"), most=1)
        assert itself.kind == "cancelled" and len(itself.handed) == 1
        again = host.expand_each(url)
        assert again.kind == "ok" and len(again.handed) == 64


def test_item_by_item_hands_nothing_of_a_search_that_fails(case):
    with AbiHost(case, retries=0) as host:
        nothing = host.expand_each(case.url("search?projects=sandbox&scans=none"))
        assert nothing.kind == "ok" and nothing.handed == []
        assert any("no match" in line for line in nothing.lines("warning"))
        case.server.fault(path="/data/", status=503, count=1000)
        failed = host.expand_each(case.url("search?projects=sandbox"))
        assert failed.kind == "network" and failed.handed == []


def test_item_by_item_warns_of_repeated_ids(case):
    with AbiHost(case) as host:
        found = host.expand_each(case.url("search?projects=sandbox&id=project"))
    assert [line for line in found.lines("warning") if "'sandbox'" in line and "more than one result" in line]
