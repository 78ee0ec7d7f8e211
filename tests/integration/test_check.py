# SPDX-License-Identifier: Apache-2.0
"""check: what a URL says, without asking anybody."""
import pytest
from abi_host import AbiHost
from plugin_case import case, make_case, make_standin, standin  # noqa: F401


@pytest.fixture
def host(case):  # noqa: F811
    with AbiHost(case) as host:
        yield host
    assert case.requests() == []


def options(item):
    return {name[7:]: value for name, value in item.attributes.items() if name.startswith("option_")}


def test_a_data_url(host):
    item = host.check("XNAT+HTTPS://jane@Example.com:8443/xnat/data/projects/P/subjects/S 1/experiments/E*/scans/4/"
                      "resources/R/files/a/b c?overwrite=1&scans_type=xnat:mrScanData&regex=true").one
    assert item.value == ("xnat+https://jane@example.com:8443/xnat/data/archive/projects/P/subjects/S%201/experiments/E*/"
                          "scans/4/resources/R/files/a/b%20c?regex=true")
    assert item["search"] == "false" and item["level"] == "path" and item["path"] == "a/b c"
    assert (item["server"], item["login"]) == ("https://example.com:8443/xnat", "jane")
    assert [item[level] for level in ("project", "subject", "experiment", "scan", "resource")] == ["P", "S 1", "E*", "4", "R"]
    assert options(item) == {"overwrite": "true", "regex": "true", "verify": "true", "insecure": "false",
                             "scan_type": "xnat:mrScanData", "subject_type": "xnat:subjectData",
                             "resource_type": "xnat:resourceCatalog"}
    assert host.check(item.value).one.value == item.value


def test_a_search(host):
    url = ("xnat://h/search?projects=P&experiments=*_BRAIN&scans=T1&resources=DICOM&files=*.dcm&types=*mr*"
           "&dates=..2024-02-29&id=subject,experiment&label=true&insecure=true&verify=false")
    item = host.check(url).one
    assert item.value == url and item["search"] == "true" and item["server"] == "http://h"
    assert "level" not in item.attributes and "login" not in item.attributes
    assert (item["project"], item["experiment"], item["scan"], item["resource"]) == ("P", "*_BRAIN", "T1", "DICOM")
    assert options(item) == {"files": "*.dcm", "types": "*mr*", "dates": "..2024-02-29",
                             "id": "subject,experiment", "label": "true", "regex": "false", "insecure": "true", "verify": "false"}
    assert options(host.check("xnat+https://h/search?projects=P").one)["id"] == "experiment"


@pytest.mark.parametrize("rest, level", [
    ("", "server"), ("/xnat/", "server"), ("/data", "server"), ("/data/projects/P", "project"),
    ("/data/subjects/X_S1", "subject"), ("/data/experiments/X_E1", "experiment"),
    ("/data/experiments/X_E1/scans/1", "scan"), ("/data/experiments/X_E1/assessors/A", "assessor"),
    ("/data/experiments/X_E1/reconstructions/A", "reconstruction"), ("/data/projects/P/resources/R", "resource"),
    ("/data/projects/P/resources/R/files/", "resource"), ("/data/projects/P/resources/R/files/d/", "path"),
])
def test_where_it_ends(host, rest, level):
    item = host.check("xnat+https://h" + rest).one
    assert item["level"] == level
    assert item.attributes.get("also_below") == ("experiments" if level == "project" else None)
    assert host.check(item.value).one.attributes == item.attributes


@pytest.mark.parametrize("url", ["", "ftp://h/data/projects/P", "xnat+https://h/projects/P", "xnat+https://h/data/scans/1",
                                 "xnat+https://me:secret@h/data/projects/P", "xnat+https://h/data/projects/P/x/y",
                                 "xnat+https://h/search?projects=P&nonsense=1"])
def test_what_is_wrong(host, url):
    result = host.check(url)
    assert result.kind == "usage" and result.message and "secret" not in result.message
    assert result.items == []
    assert not any("secret" in line for _, line in result.log)


def test_the_other_verbs_want_a_resource(host, tmp_path):
    assert host.fetch("xnat+https://h/data/projects/P", tmp_path).kind == "usage"
    assert host.put(tmp_path, "xnat+https://h/data/projects/P").kind == "usage"
    assert host.expand("xnat+https://h/data/projects/P").kind == "usage"
