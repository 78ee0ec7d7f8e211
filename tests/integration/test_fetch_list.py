# SPDX-License-Identifier: Apache-2.0
"""fetch --list with the real plugin: one session, list order, failures, names of directories."""

import hashlib

import pytest
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401

BASE = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/scans/{}/resources/{}"


def scan(case, number, label="DICOM"):
    return case.url(BASE.format(number, label))


def fetch(case, lines, *options, **more):
    case.clear()
    text = "".join(line + "\n" for line in lines)
    return case.run(*options, "fetch", "--list", "-", case.path("out"), stdin=text, **more)


def logins(case):
    return len(case.requests("/data/JSESSION", "POST")), len(case.requests("/data/JSESSION", "DELETE"))


def test_order_and_one_login(case):
    # The first ones take longest, so that order of completion is not list order.
    session = case.server.row("/data/projects/sandbox/experiments", label="subject001_BRAIN")["ID"]
    number = case.server.row(f"/data/experiments/{session}/scans/1/resources", label="DICOM")["xnat_abstractresource_id"]
    case.server.fault(path=f"/resources/{number},.*/files", delay_ms=400, count=-1)
    lines = [f"s{n}\t{scan(case, n)}" for n in (1, 2, 3, 4)]
    ran = fetch(case, lines)
    assert ran.code == 0, ran.err
    assert ran.lines == [f"s{n}\t{case.path('out')}/s{n}" for n in (1, 2, 3, 4)]
    assert sum(case.server.hits()) == 2
    assert logins(case) == (1, 1)
    assert [len(tree_of(case.path(f"out/s{n}"))) for n in (1, 2, 3, 4)] == [4, 4, 3, 2]


def test_one_session_is_asked_for_by_all(case):
    ran = fetch(case, [f"s{n}\t{scan(case, n)}" for n in (1, 2, 3, 4)])
    assert ran.code == 0, ran.err
    assert len({row["session"] for row in case.requests("/data/experiments")}) == 1
    # What the entries have in common is asked for once.
    assert len(case.requests("/data/projects/sandbox/experiments")) == 1
    assert case.requests("resources?format=json&all=true") == []


def test_what_expand_prints_is_a_list(case):
    expanded = case.run("expand", case.url("search?projects=sandbox&subjects=subject001&experiments=*_BRAIN&"
                                           "resources=NIFTI&id=experiment,scan&label=true"))
    assert expanded.code == 0 and len(expanded.lines) == 4, expanded.err
    ran = fetch(case, expanded.lines)
    assert ran.code == 0, ran.err
    assert [line.split("\t")[0] for line in ran.lines] == [line.split("\t")[0] for line in expanded.lines]
    assert sorted(tree_of(case.path("out"))) == sorted(
        f"subject001_BRAIN_{kind}/image.nii.gz" for kind in ("T1", "T2", "FLAIR", "PD"))


def test_single_files_lie_in_their_directories(case):
    ran = fetch(case, [f"one\t{scan(case, 1)}/files/0001.dcm", f"two\t{scan(case, 1)}/files/0002.dcm"])
    assert ran.code == 0, ran.err
    assert ran.lines == [f"one\t{case.path('out/one/0001.dcm')}", f"two\t{case.path('out/two/0002.dcm')}"]
    assert sorted(tree_of(case.path("out"))) == ["one/0001.dcm", "two/0002.dcm"]


def test_repeated_and_odd_ids(case):
    files = [f"{scan(case, 1)}/files/000{n}.dcm" for n in (1, 2, 3, 4)]
    ran = fetch(case, [f"a\t{files[0]}", f"a\t{files[1]}", f"a/b\t{files[2]}", f"..\t{files[3]}"])
    assert ran.code == 0, ran.err
    places = [line.split("\t")[1] for line in ran.lines]
    assert places[0] == str(case.path("out/a/0001.dcm")) and places[1] == str(case.path("out/a~2/0002.dcm"))
    assert places[2] == str(case.path("out/a%2Fb/0003.dcm"))
    assert all(place.startswith(str(case.path("out")) + "/") and ".." not in place for place in places)


def test_bare_urls_go_into_the_directory_itself(case):
    ran = fetch(case, [f"{scan(case, 1)}/files/0001.dcm", f"{scan(case, 1)}/files/0002.dcm"])
    assert ran.code == 0, ran.err
    assert ran.lines == [f"\t{case.path('out/0001.dcm')}", f"\t{case.path('out/0002.dcm')}"]


def test_two_that_would_write_one_path(case):
    ran = fetch(case, [f"{scan(case, 1)}/files/0001.dcm", f"{scan(case, 2)}/files/0001.dcm"])
    assert ran.code == 6, (ran.code, ran.err)
    assert ran.lines == [f"\t{case.path('out/0001.dcm')}"]
    listing = "/data/experiments/SITE_E00001/scans/1/resources/DICOM/files"
    digest = case.server.row(listing, Name="0001.dcm")["digest"]
    assert hashlib.md5(case.path("out/0001.dcm").read_bytes()).hexdigest() == digest


def test_it_goes_on_past_failures(case):
    lines = [f"bad\t{scan(case, 1, 'NONE')}", f"good\t{scan(case, 2)}", f"many\t{scan(case, '*')}",
             f"also\t{scan(case, 3)}"]
    ran = fetch(case, lines)
    assert ran.code == 3, (ran.code, ran.err)
    assert [line.split("\t")[0] for line in ran.lines] == ["good", "also"]
    assert "ioplug: not-found: " in ran.err and "ioplug: ambiguous: " in ran.err
    assert ran.err.splitlines()[-1] == "ioplug: summary: 2 fetched, 0 kept, 2 failed", ran.err
    assert sorted(one.name for one in case.path("out").iterdir()) == ["also", "good"]


def test_failures_are_lines_in_json(case):
    ran = fetch(case, [f"bad\t{scan(case, 1, 'NONE')}", f"good\t{scan(case, 2)}"], "--json")
    assert ran.code == 3
    bad, good = ran.objects
    assert bad["kind"] == "not-found" and "NONE" in bad["error"] and bad["url"] == scan(case, 1, "NONE")
    assert good["id"] == "good" and good["path"] == str(case.path("out/good"))


@pytest.mark.parametrize("end", ["\r", ""])
def test_line_ends_of_both_kinds(case, end):
    ran = fetch(case, [f"s1\t{scan(case, 1)}/files/0001.dcm{end}", f"s2\t{scan(case, 1)}/files/0002.dcm{end}"])
    assert ran.code == 0, ran.err
    assert sorted(tree_of(case.path("out"))) == ["s1/0001.dcm", "s2/0002.dcm"]


def test_a_list_from_a_file_again_transfers_nothing(case):
    case.path("list").write_text("".join(f"s{n}\t{scan(case, n)}\n" for n in (1, 2)))
    for archives in (1, 0):
        case.clear()
        ran = case.run("-j", "3", "fetch", "--list", case.path("list"), case.path("out"))
        assert ran.code == 0, ran.err
        assert len(case.requests("format=tar")) == archives and not case.requests(".dcm")
        assert len(tree_of(case.path("out"))) == 8


def test_jobs_limit_all_entries_together(case):
    case.server.fault(path="/files/", delay_ms=80, count=-1)
    case.server.fault(path="format=(tar|zip)", status=404, body="empty", count=-1)
    ran = fetch(case, [f"s{n}\t{scan(case, n)}" for n in (1, 2, 3, 4)], "-j", "2")
    assert ran.code == 0, ran.err
    rows = case.requests("/files/")
    spans = [(row["time_us"], row["time_us"] + row["took_us"]) for row in rows]
    assert len(rows) == 13
    assert max(sum(begin <= at < end for begin, end in spans) for at, _ in spans) <= 2


def test_a_refused_login_is_tried_once(case):
    ran = fetch(case, [f"s{n}\t{scan(case, n)}" for n in (1, 2, 3, 4)], password="wrong")
    assert ran.code == 5 and ran.out == "", (ran.code, ran.err)
    assert case.server.failures("alice") <= 1
