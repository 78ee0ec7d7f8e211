# SPDX-License-Identifier: Apache-2.0
"""fetch of many: resources of one session are listed with one request, and come out of one archive where they are small. What
is not clearly told comes as if each had been asked for alone."""
import http.client
import json
import re
import time

import pytest
from abi_host import AbiHost
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401
from test_fetch_hostile import liar  # noqa: F401

SESSION = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
TOGETHER = r"/resources/[0-9]+,[0-9,]+/files\?"
SMALL = {"a.bin": b"alpha" * 100, "sub/b.bin": b"beta" * 100, "sub/empty": b""}
LARGE = {"large.bin": bytes(range(256)) * (5 << 12)}


def session_of(case):  # noqa: F811
    return case.server.row("/data/projects/sandbox/experiments", label="subject001_BRAIN")["ID"]


def fill(case, **labels):  # noqa: F811
    """Resources on scan 1 by label, each with the given files; (number, data URL's rest) by label. The file `own` tells
    them from one another."""
    made = {}
    for label, files in labels.items():
        number = case.new_resource(label, {**files, "own": label.encode() * 7}, parent=f"{SESSION}/scans/1")
        made[label] = (number, f"{SESSION}/scans/1/resources/{label}")
    return made


def two(case, files=SMALL):  # noqa: F811
    return fill(case, ONE=files, TWO=files)


def fetch(case, made, *, run=None, name="out", **more):  # noqa: F811
    """Fetches each of them by a list; what `ioplug` did."""
    case.clear()
    text = "".join(f"{label}\t{case.url(rest)}\n" for label, (_, rest) in made.items())
    return (run or case.run)("fetch", "--list", "-", case.path(name), stdin=text, **more)


def check(case, made, files=SMALL, name="out"):  # noqa: F811
    for label in made:
        assert tree_of(case.path(name) / label) == {**files, "own": label.encode() * 7}, label


def together(case, what):  # noqa: F811
    return [row["path"] for row in case.requests(f"format={what}") if re.search(TOGETHER, row["path"])]


def alone(case):  # noqa: F811
    """Requests for the files of one resource."""
    return [row["path"] for row in case.requests() if re.search(r"/resources/[0-9]+/files", row["path"])]


def test_one_listing_and_one_archive(case):  # noqa: F811
    """Of those that are named, and of no other."""
    made = two(case)
    other = case.new_resource("OTHER", LARGE, parent=f"{SESSION}/scans/1")
    ran = fetch(case, made)
    assert ran.code == 0, ran.err
    assert ran.lines == [f"{label}\t{case.path('out')}/{label}" for label in made]
    check(case, made)
    numbers = {number for number, _ in made.values()}
    (listing,), (archive,) = together(case, "json"), together(case, "tar")
    for path in (listing, archive):
        assert set(path.partition("/resources/")[2].partition("/")[0].split(",")) == numbers and other not in numbers
    assert alone(case) == []
    ran = fetch(case, made)
    assert ran.code == 0 and "0 fetched, 2 kept" in fetch(case, made, run=lambda *a, **m: case.run("-v", *a, **m)).err
    assert together(case, "tar") == alone(case) == [] and len(together(case, "json")) == 1


def test_resources_of_the_session_and_of_scans(case):  # noqa: F811
    """Some of one label on different scans, and a scan that has a type."""
    made = {}
    for n, parent in enumerate((SESSION, f"{SESSION}/scans/1", f"{SESSION}/scans/2")):
        number = case.new_resource("SAME", {"own": str(n).encode() * 7, "x/y": b"y"}, parent=parent)
        made[f"r{n}"] = (number, f"{parent}/resources/SAME")
    ran = fetch(case, made, jobs=1)
    assert ran.code == 0, ran.err
    for n in range(3):
        assert tree_of(case.path(f"out/r{n}")) == {"own": str(n).encode() * 7, "x/y": b"y"}
    assert len(together(case, "tar")) == 1 and alone(case) == []


def test_what_is_large_has_an_archive_of_its_own(case):  # noqa: F811
    made = {**two(case), **fill(case, THREE=LARGE)}
    ran = fetch(case, made, jobs=1)
    assert ran.code == 0, ran.err
    check(case, dict(list(made.items())[:2]))
    check(case, {"THREE": made["THREE"]}, LARGE)
    assert len(together(case, "json")) == 1
    (archive,) = together(case, "tar")
    assert made["THREE"][0] not in archive and any(made["THREE"][0] in path for path in alone(case))


def test_parts_of_what_is_small(case):  # noqa: F811
    """So many come out of one archive at most, and several archives at a time."""
    made = fill(case, **{f"R{n:02}": SMALL for n in range(20)})
    ran = fetch(case, made)
    assert ran.code == 0, ran.err
    check(case, made)
    assert alone(case) == [] and 4 <= len(together(case, "tar")) <= 8


def test_what_is_missing_in_part(case):  # noqa: F811
    """No archive for the sake of a small part of it."""
    made = two(case, {f"{n:02}.bin": bytes([n]) * 20000 for n in range(10)})
    files = {f"{n:02}.bin": bytes([n]) * 20000 for n in range(10)}
    assert fetch(case, made).code == 0
    for label in made:
        (case.path("out") / label / "03.bin").unlink()
    ran = fetch(case, made)
    assert ran.code == 0, ran.err
    check(case, made, files)
    assert together(case, "tar") == [] and len([path for path in alone(case) if "03.bin" in path]) == 2
    for label in made:
        for n in range(9):
            (case.path("out") / label / f"{n:02}.bin").unlink()
    assert fetch(case, made).code == 0
    check(case, made, files)
    assert len(together(case, "tar")) == 1


def test_single_files_of_several_resources(case):  # noqa: F811
    made = fill(case, **{f"R{n}": {} for n in range(4)})
    files = {label: (number, rest + "/files/own") for label, (number, rest) in made.items()}
    ran = fetch(case, files, jobs=2)
    assert ran.code == 0, ran.err
    check(case, made, {})
    assert len(together(case, "json")) == len(together(case, "tar")) == 2 and alone(case) == []


def test_dry_run(case):  # noqa: F811
    made = two(case)
    ran = fetch(case, made, run=lambda verb, *words, **more: case.run(verb, "--dry-run", *words, **more))
    assert ran.code == 0, ran.err
    assert len(ran.lines) == 8 and not case.path("out").exists()
    assert len(together(case, "json")) == 1 and together(case, "tar") == alone(case) == []


FAULTS = {"no-archive": {"path": TOGETHER + ".*format=tar", "status": 404, "body": "status-page"},
          "broken-archive": {"path": TOGETHER + ".*format=tar", "close_after": 2000},
          "wrong-bytes": {"path": TOGETHER + ".*format=tar", "corrupt_at": 700},
          "no-listing": {"path": TOGETHER + ".*format=json", "status": 500, "body": "status-page"},
          "not-known": {"path": TOGETHER, "status": 404, "body": "tomcat-404"},
          "broken-listing": {"path": TOGETHER + ".*format=json", "close_after": 300}}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_cannot(case, fault):  # noqa: F811
    """Each comes by itself, as far as it has not come."""
    made = two(case)
    case.server.fault(count=-1, **FAULTS[fault])
    ran = fetch(case, made)
    assert ran.code == 0, (fault, ran.err)
    check(case, made)
    assert sum(case.server.hits()) >= 1 and alone(case)


def test_a_file_that_is_not_there(case):  # noqa: F811
    """The archive lacks it without a word; it is one entry's failure."""
    made = two(case)
    case.server.spoil(made["ONE"][0], "a.bin", "remove")
    ran = fetch(case, made)
    assert ran.code == 3 and "a.bin" in ran.err, (ran.code, ran.err)
    assert [line.split("\t")[0] for line in ran.lines] == ["TWO"]
    check(case, {"TWO": made["TWO"]})
    assert not case.path("out/ONE").exists() and set(tree_of(case.path("out/ONE.partial"))) >= {"own", "sub/b.bin"}


def test_wrong_bytes_of_one(case):  # noqa: F811
    made = two(case)
    case.server.spoil(made["ONE"][0], "a.bin", "flip")
    ran = fetch(case, made, retries=1)
    assert ran.code == 9, (ran.code, ran.err)
    check(case, {"TWO": made["TWO"]})
    assert not case.path("out/ONE").exists()


def test_without_digests(case):  # noqa: F811
    """Then the member's name and size have to do; it names the resource."""
    made = two(case)
    for number, _ in made.values():
        for path in (*SMALL, "own"):
            case.server.spoil(number, path, "drop-digest")
    ran = fetch(case, made)
    assert ran.code == 0, ran.err
    check(case, made)
    assert len(together(case, "tar")) == 1 and alone(case) == []


def test_a_name_that_the_archive_changes(case):  # noqa: F811
    """The server writes the session's label for its ID wherever that stands; without digests nothing tells both apart."""
    session = session_of(case)
    made = fill(case, ONE={}, TWO={})
    names = {f"{session}.txt": b"by the ID", "subject001_BRAIN.txt": b"the label"}
    for number, _ in made.values():
        for path, data in names.items():
            case.server.add_file(number, path, data)
            case.server.spoil(number, path, "drop-digest")
    ran = fetch(case, made)
    assert ran.code == 0, ran.err
    check(case, made, names)


def test_a_name_that_leads_outside(case):  # noqa: F811
    made = two(case)
    case.server.add_file(made["ONE"][0], "../../outside", b"outside")
    ran = fetch(case, made)
    assert ran.code == 9, (ran.code, ran.err)
    check(case, {"TWO": made["TWO"]})
    assert not [one for one in case.directory.rglob("outside*")] and not case.path("out/ONE").exists()


def test_an_empty_resource(case):  # noqa: F811
    """That there are no files may be all that a guest is shown: it is looked at by itself."""
    made = {**two(case), **fill(case, NONE={})}
    assert case.server.delete(f"/data/{made['NONE'][1]}/files/own").status == 200
    ran = fetch(case, made, jobs=1)
    assert ran.code == 0, ran.err
    check(case, {label: made[label] for label in ("ONE", "TWO")})
    assert case.path("out/NONE").is_dir() and tree_of(case.path("out/NONE")) == {}


def test_a_number_that_is_a_label_as_well(case):  # noqa: F811
    """The server takes a number for a label, too, and tells of that resource as well, which nobody wants."""
    made = two(case)
    other = case.new_resource("OTHER", LARGE, parent=f"{SESSION}/scans/1")
    case.server.relabel(other, label=made["ONE"][0])
    ran = fetch(case, made)
    assert ran.code == 0, ran.err
    check(case, made)
    assert together(case, "tar") == []


def test_repeated_labels(case):  # noqa: F811
    """Members of both would have one name: they are named by number, and come alone."""
    made = two(case)
    case.server.relabel(made["TWO"][0], label="ONE")
    named = {label: (number, f"{SESSION}/scans/1/resources/{number}") for label, (number, _) in made.items()}
    ran = fetch(case, named)
    assert ran.code == 0, ran.err
    check(case, made)
    assert together(case, "tar") == []


def test_without_labels(case):  # noqa: F811
    """There the members bear the number."""
    made = two(case)
    for number, _ in made.values():
        case.server.relabel(number, label="")
    named = {label: (number, f"{SESSION}/scans/1/resources/{number}") for label, (number, _) in made.items()}
    ran = fetch(case, named)
    assert ran.code == 0, ran.err
    check(case, made)
    assert len(together(case, "tar")) == 1 and alone(case) == []


def test_a_scan_whose_id_is_the_type_of_another(case):  # noqa: F811
    """The numbers tell whose the files are."""
    session = "projects/odd/subjects/oddity/experiments/odd_session"
    made = {}
    for label, parent in (("ONE", f"{session}/scans/7"), ("TWO", session)):
        made[label] = (case.new_resource(label, {"own": label.encode() * 7}, parent=parent), f"{parent}/resources/{label}")
    made["5"] = (None, f"{session}/scans/5/resources/UNSTATED")
    ran = fetch(case, made, jobs=1)
    assert ran.code == 0, ran.err
    check(case, {label: made[label] for label in ("ONE", "TWO")}, {})
    assert len(together(case, "json")) == 1 and alone(case) == []
    listed = case.server.rows(f"/data/{made['5'][1]}/files")
    assert {row["Name"] for row in listed} == set(tree_of(case.path("out/5")))


def test_failures_are_told_of_the_one(case):  # noqa: F811
    made = {**two(case), "NONE": (None, f"{SESSION}/scans/1/resources/NONE"),
            "file": (None, f"{SESSION}/scans/1/resources/ONE/files/none")}
    ran = fetch(case, made)
    assert ran.code == 3, (ran.code, ran.err)
    check(case, {label: made[label] for label in ("ONE", "TWO")})
    assert "'none'" in ran.err and "resource 'NONE'" in ran.err, ran.err


@pytest.mark.parametrize("change", ["number", "no-number", "place", "unknown"])
def test_rows_that_do_not_tell_whose_they_are(liar, change):  # noqa: F811
    """Of one resource, or of nobody: that one, or all, are listed alone."""
    made = two(liar)
    first = made["ONE"][0]

    def lie(handler):
        upstream = http.client.HTTPConnection("127.0.0.1", liar.server.port, timeout=30)
        upstream.request("GET", handler.path, headers={"Cookie": handler.headers["Cookie"]})
        answer = json.loads(upstream.getresponse().read())
        for row in answer["ResultSet"]["Result"]:
            if row["cat_ID"] != first:
                continue
            if change == "number":
                row["cat_ID"] = made["TWO"][0]
            elif change == "no-number":
                row["cat_ID"] = ""
            elif change == "unknown":
                row["cat_ID"] = "999999"
            else:
                row["URI"] = row["URI"].replace("/scans/1/", "/scans/2/")
        upstream.close()
        handler.say(200, json.dumps(answer).encode(), [("Content-Type", "application/json")])

    liar.lie(TOGETHER + ".*format=json", lie)
    port = liar.between.server_address[1]
    text = "".join(f"{label}\txnat+http://127.0.0.1:{port}/data/archive/{rest}\n" for label, (_, rest) in made.items())
    ran = liar.run("fetch", "--list", "-", liar.path("out"), stdin=text, user=None,
                   netrc=liar.write_netrc("machine 127.0.0.1 login alice password alice-pw\n"))
    assert ran.code == 0, ran.err
    check(liar, made)
    assert any(f"/{first}/files" in path for path in alone(liar))
    assert together(liar, "tar") == []


def test_somebody_changes_one_after_the_listing(case):  # noqa: F811
    """It is listed once more, alone."""
    made = two(case)
    case.server.fault(method="GET", path=TOGETHER + ".*format=tar", hold=True)
    text = "".join(f"{label}\t{case.url(rest)}\n" for label, (_, rest) in made.items())
    case.path("list").write_text(text)
    process = case.start("fetch", "--list", case.path("list"), case.path("out"))
    end = time.monotonic() + 60
    while case.server.held() == 0:
        assert time.monotonic() < end, "nothing is held"
        time.sleep(0.005)
    place = f"/data/{made['ONE'][1]}/files/a.bin"
    assert case.server.put(place + "?inbody=true&overwrite=true", b"another").status == 200
    case.server.let_go()
    ran = case.finish(process)
    assert ran.code == 0, ran.err
    check(case, {"TWO": made["TWO"]})
    check(case, {"ONE": made["ONE"]}, {**SMALL, "a.bin": b"another"})


def test_a_session_that_was_lost_on_an_open_site(make_case):  # noqa: F811
    """A guest is shown nothing of it."""
    case = make_case(require_login=False)
    made = two(case)
    fetches = [(case.url(rest), case.path(f"first/{label}")) for label, (_, rest) in made.items()]
    with AbiHost(case) as host:
        assert host.fetch_many(fetches).kind == "ok"
        case.server.expire_sessions("alice")
        result = host.fetch_many([(url, str(path).replace("first", "second")) for url, path in fetches])
        assert result.kind == "ok", result
    check(case, made, name="first")
    check(case, made, name="second")


def test_stopped(case):  # noqa: F811
    """What has come stays for the next run."""
    made = two(case)
    case.server.fault(path=TOGETHER + ".*format=tar", stall_after=3000, stall_ms=60000)
    case.path("list").write_text("".join(f"{label}\t{case.url(rest)}\n" for label, (_, rest) in made.items()))
    process = case.start("fetch", "--list", case.path("list"), case.path("out"))
    end = time.monotonic() + 60
    while case.server.hits() == [0]:
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.01)
    process.send_signal(15)
    ran = case.finish(process)
    assert ran.code == 143, (ran.code, ran.err)
    case.server.clear_faults()
    assert fetch(case, made).code == 0
    check(case, made)


def test_a_list_by_labels(make_case):  # noqa: F811
    """As one writes it by hand: who is who is asked for all of them at once."""
    sample = "projects=1,subjects=10,experiments=2,scans=1,resources=2,files=3,size=500"
    case = make_case(sample=sample)
    lines = [f"{s:03}_{e}_{label}\t" + case.url(f"projects/project001/subjects/subject{s:03}/experiments/subject{s:03}_{e:02}"
                                                f"/scans/1/resources/{label}")
             for s in range(1, 11) for e in (1, 2) for label in ("DICOM", "NIFTI")]
    case.path("list").write_text("\n".join(lines))
    case.clear()
    ran = case.run("fetch", "--list", case.path("list"), case.path("out"))
    assert ran.code == 0, ran.err
    assert len(tree_of(case.path("out"))) == 120
    assert len(case.requests()) <= 20 + 20 + 6
    assert len(case.requests("/data/projects/project001/experiments")) == 1


@pytest.mark.parametrize("ways", [1, 2, 4])
def test_single_files_by_labels_and_ids(make_case, ways):  # noqa: F811
    """However one resource is named, it is one."""
    sample = "projects=1,subjects=1,experiments=1,scans=1,resources=1,files=300,size=1100"
    case = make_case("--latency-ms=50", sample=sample)
    row = case.server.row("/data/projects/project001/experiments", label="subject001_01")
    scan = case.server.row(f"/data/experiments/{row['ID']}/scans", ID="1")
    number = case.server.row(f"/data/experiments/{row['ID']}/scans/1/resources", label="DICOM")["xnat_abstractresource_id"]
    labels = "projects/project001/subjects/subject001/experiments/subject001_01"
    ids = f"projects/project001/experiments/{row['ID']}"
    named = [f"{labels}/scans/1/resources/DICOM", f"{ids}/scans/1/resources/DICOM", f"{labels}/scans/1/resources/{number}",
             f"{ids}/scans/{scan['type']}/resources/{number}"][:ways]
    case.path("list").write_text("".join(f"f{n}\t{case.url(named[n % ways])}/files/{n + 1:04}.dcm\n" for n in range(300)))
    case.clear()
    ran = case.run("fetch", "--list", case.path("list"), case.path("out"))
    assert ran.code == 0, ran.err
    assert len(tree_of(case.path("out"))) == 300
    assert len(case.requests()) <= 10, [row["path"] for row in case.requests()]
