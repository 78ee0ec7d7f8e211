# SPDX-License-Identifier: Apache-2.0
"""URLs that the plugin refuses, through the command: kind, words of the message, and no request to the server."""

import pytest

from plugin_case import case, make_case, make_standin, standin  # noqa: F401

SCAN = "/data/archive/projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/scans/1"
DICOM = SCAN + "/resources/DICOM"
TYPE = DICOM.replace("scans/1", "scans/T1")

# What stands after SCHEME://HOST:PORT, and what the message must hold.
BAD_DATA = {
    "out-of-order": ("/data/experiments/E/subjects/S/resources/R", ["subjects"]),
    "twice": ("/data/projects/P/projects/Q/resources/R", ["projects"]),
    "unknown-level": ("/data/projects/P/sessions/E/resources/R", ["sessions"]),
    "singular": ("/data/project/P/resources/R", ["project"]),
    "two-below": ("/data/projects/P/experiments/E/scans/1/assessors/A/resources/R", ["assessors"]),
    "recon-and-scan": ("/data/experiments/E/reconstructions/r/scans/1/resources/R", ["scans"]),
    "scan-alone": ("/data/projects/P/scans/1/resources/R", ["scans"]),
    "no-resources": (SCAN, ["resources"]),
    "no-level": ("/data/archive/", ["level"]),
    "nothing-after-level": ("/data/projects/P/resources", ["resources"]),
    "after-resource": (DICOM + "/catalogs/x", ["files"]),
    "dot": (DICOM + "/files/./a", ["."]),
    "dots": (DICOM + "/files/a/../b", [".."]),
    "dots-encoded": (DICOM + "/files/%2e%2e/b", [".."]),
    "bad-escape": (DICOM + "/files/100%", ["%"]),
    "bad-escape-hex": (DICOM + "/files/%zz", ["%"]),
    "nul": (DICOM + "/files/a%00b", ["NUL"]),
    "newline-escape": (DICOM + "/files/a%0Ab", ["line feed"]),
    "no-utf8": (DICOM + "/files/%ff", ["UTF-8"]),
    "carriage-return": (DICOM + "\r", ["carriage return"]),
    "tab": (DICOM + "/files/a\tb", ["tab"]),
    "newline": (DICOM + "\n", ["line feed"]),
    "fragment": (DICOM + "/files/a#b", ["%23"]),
    "twice-option": (DICOM + "?overwrite=true&overwrite=true", ["overwrite", "twice"]),
    "type-and-plural": (DICOM + "?scan_type=xnat:mrScanData&scans_type=xnat:ctScanData", ["scan_type", "twice"]),
    "bad-boolean-overwrite": (DICOM + "?overwrite=yes", ["overwrite", "yes", "true"]),
    "bad-boolean-regex": (DICOM + "?regex=", ["regex"]),
    "bad-boolean-verify": (DICOM + "?verify=on", ["verify", "on"]),
    "bad-boolean-insecure": (DICOM + "?insecure=2", ["insecure", "2"]),
    "pattern-without-project": ("/data/experiments/*_BRAIN/scans/1/resources/DICOM", ["project"]),
    "pattern-subject": ("/data/subjects/s*/resources/NOTES", ["project"]),
    "no-data": ("/projects/P/resources/R", ["/data/"]),
}

BAD_SEARCH = {
    "unknown": ("/search?project_name=sandbox", ["projects", "subjects", "experiments", "scans", "resources"]),
    "singular-project": ("/search?project=sandbox", ["'projects'"]),
    "singular-subject": ("/search?subject=x", ["'subjects'"]),
    "singular-scan": ("/search?projects=sandbox&scan=T1", ["'scans'"]),
    "scans-and-assessors": ("/search?scans=T1&assessors=seg", ["scans", "assessors"]),
    "id-unknown": ("/search?projects=sandbox&id=session", ["session"]),
    "id-empty": ("/search?projects=sandbox&id=", ["id"]),
    "label-bad": ("/search?projects=sandbox&label=maybe", ["label", "maybe"]),
    "twice": ("/search?projects=a&projects=b", ["projects", "twice"]),
    "overwrite": ("/search?projects=a&overwrite=true", ["overwrite"]),
    "tab": ("/search?projects=a%09b", ["tab"]),
    "bad-escape": ("/search?projects=%4", ["%"]),
    "fragment": ("/search?projects=a#b", ["%23"]),
}

BAD_SERVER = {
    "password": ("xnat+http://alice:secret@HOST" + DICOM, ["password"]),
    "port-zero": ("xnat+http://127.0.0.1:0" + DICOM, ["65535"]),
    "port-large": ("xnat+http://127.0.0.1:65536" + DICOM, ["65535"]),
    "port-word": ("xnat+http://127.0.0.1:http" + DICOM, ["port"]),
    "no-host": ("xnat+http://" + DICOM, ["host"]),
    "ipv6-bare": ("xnat+http://::1:80" + DICOM, ["brackets"]),
    "scheme": ("ftp://HOST" + DICOM, ["ftp"]),
    "no-scheme": ("HOST" + DICOM, []),
}


def refused(case, ran, words, kind="usage"):
    assert ran.code == 2, (ran.code, ran.out, ran.err)
    assert ran.out == ""
    last = [line for line in ran.err.splitlines() if line.startswith(f"ioplug: {kind}: ")]
    assert len(last) == 1, ran.err
    for word in words:
        assert word.lower() in last[0].lower(), (word, last[0])
    assert case.requests() == []


@pytest.mark.parametrize("name", BAD_DATA)
def test_bad_data_url_of_fetch(case, name):
    text, words = BAD_DATA[name]
    refused(case, case.run("fetch", case.server.plugin_url + text, case.path("out")), words)
    assert not case.path("out").exists()


@pytest.mark.parametrize("name", BAD_DATA)
def test_bad_data_url_of_put(case, name):
    text, words = BAD_DATA[name]
    case.path("a").write_text("a")
    refused(case, case.run("put", case.path("a"), case.server.plugin_url + text), words)


@pytest.mark.parametrize("name", BAD_SEARCH)
def test_bad_search_url(case, name):
    text, words = BAD_SEARCH[name]
    refused(case, case.run("expand", case.server.plugin_url + text), words)


@pytest.mark.parametrize("name", BAD_SERVER)
def test_bad_server_part(case, name):
    text, words = BAD_SERVER[name]
    text = text.replace("HOST", f"{case.server.host}:{case.server.port}")
    ran = case.run("fetch", text, case.path("out"))
    refused(case, ran, words)
    assert "secret" not in ran.err


def test_control_character_is_located(case):
    """Most come from text files with Windows line ends; the message says which it is and where it stands."""
    text = case.server.plugin_url + DICOM
    ran = case.run("expand", text + "\r")
    refused(case, ran, ["carriage return", str(len(text) + 1)])


def test_unknown_option_of_a_data_url_is_a_warning(case):
    ran = case.run("fetch", case.server.plugin_url + DICOM + "?colour=blue&id=x&label=y", case.path("out"))
    assert ran.code == 0, ran.err
    assert "colour" in ran.err and "warning" in ran.err
    assert "'id'" not in ran.err and "'label'" not in ran.err
    assert len(list(case.path("out").iterdir())) == 4


@pytest.mark.parametrize("value", ["true", "1", "TRUE", "False", "0"])
def test_booleans(case, value):
    ran = case.run("fetch", f"{case.server.plugin_url}{TYPE}?overwrite={value}&regex={value}", case.path("out"))
    assert ran.code == 0, ran.err


def test_scheme_in_any_case_and_data_without_archive(case):
    url = case.server.plugin_url.replace("xnat+http", "XNAT+Http") + DICOM.replace("/data/archive", "/data")
    ran = case.run("fetch", url, case.path("out"))
    assert ran.code == 0, ran.err
    assert len(list(case.path("out").iterdir())) == 4


def test_plain_xnat_with_insecure_is_http_and_says_so(case):
    url = case.server.plugin_url.replace("xnat+http", "xnat") + DICOM + "?insecure=true"
    ran = case.run("-v", "fetch", url, case.path("out"))
    assert ran.code == 0, ran.err
    assert "xnat+http" in ran.err


def test_verify_false_warns(case):
    ran = case.run("fetch", case.server.plugin_url + DICOM + "?verify=false", case.path("out"))
    assert ran.code == 0, ran.err
    assert "verify=false" in ran.err and "warning" in ran.err


def test_literal_space_in_a_path(case):
    scan = "projects/odd/experiments/odd_session/scans/6/resources/NAMES/files/"
    for name in ["a b.txt", "a%20b.txt"]:
        ran = case.run("fetch", case.url(scan + name), f"{case.path('out')}/")
        assert ran.code == 0, ran.err
    assert [path.name for path in case.path("out").iterdir()] == ["a b.txt"]


def test_prefix(make_case):
    case = make_case(prefix="/my/xnat")
    ran = case.run("expand", case.url("search?projects=sandbox&experiments=subject001_BRAIN&scans=T1&resources=DICOM"))
    assert ran.code == 0, ran.err
    (line,) = ran.lines
    assert line.split("\t")[1].startswith(case.server.plugin_url + "/data/archive/projects/sandbox/")
    ran = case.run("fetch", line.split("\t")[1], case.path("out"))
    assert ran.code == 0, ran.err


def test_label_without_project_says_to_name_it(case):
    ran = case.run("fetch", case.url("experiments/subject001_BRAIN/scans/1/resources/DICOM"), case.path("out"))
    assert ran.code == 3, (ran.code, ran.err)
    assert "project" in ran.err and "subject001_BRAIN" in ran.err


def test_search_for_put(case):
    case.path("a").write_text("a")
    search = case.url("search?projects=sandbox")
    refused(case, case.run("put", case.path("a"), search), ["search"])
