# SPDX-License-Identifier: Apache-2.0
"""fetch of many: one listing for each resource, an outcome for each fetch."""
import os
import resource
import time

import pytest
from abi_host import AbiHost
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401

BASE = "projects/sandbox/resources/"
FILES = {f"d{n % 3}/{n:03}.bin": bytes([n]) * 500 for n in range(60)}


@pytest.fixture
def host(case):  # noqa: F811
    with AbiHost(case) as made:
        yield made


def told(result):
    """Kind by index; each was told once."""
    assert len({index for index, _ in result.outcomes}) == len(result.outcomes)
    return {index: outcome.kind for index, outcome in result.outcomes}


def listings(case):  # noqa: F811
    return [row for row in case.requests("/files?format=json")]


def test_files_of_one_resource(case, host):  # noqa: F811
    case.new_resource("R", FILES)
    fetches = [(case.url(f"{BASE}R/files/{name}"), f"{case.path('out')}/{name.replace('/', '_')}/") for name in FILES]
    case.clear()
    result = host.fetch_many(fetches)
    assert result.kind == "ok", result
    assert told(result) == {n: "ok" for n in range(60)}
    assert [item.value for item in result.items] == [
        str(case.path(f"out/{name.replace('/', '_')}/{os.path.basename(name)}")) for name in FILES]
    assert {os.path.basename(name): data for name, data in tree_of(case.path("out")).items()} == {
        os.path.basename(name): data for name, data in FILES.items()}
    assert len(listings(case)) == 1
    # All are there: they are compared, and nothing is brought. Nothing is remembered of the listing.
    case.clear()
    assert told(host.fetch_many(fetches)) == {n: "ok" for n in range(60)}
    assert len(case.requests("/files")) == len(listings(case)) == 1


def test_trees_and_files_of_several_resources(case, host):  # noqa: F811
    for label in "ABC":
        case.new_resource(label, {"sub/x.bin": label.encode(), "y.bin": label.encode() * 2})
    fetches = [(case.url(f"{BASE}A"), case.path("a")), (case.url(f"{BASE}B/files/y.bin"), case.path("b.bin")),
               (case.url(f"{BASE}A/files/sub"), case.path("sub")), (case.url(f"{BASE}C/files/sub/x.bin"), f"{case.path('c')}/"),
               (case.url(f"{BASE}A/files/y.bin"), case.path("y"))]
    case.clear()
    result = host.fetch_many(fetches)
    assert [item.value for item in result.items] == [str(case.path(name)) for name in ("a", "b.bin", "sub", "c/x.bin", "y")]
    assert tree_of(case.path("a")) == {"sub/x.bin": b"A", "y.bin": b"AA"}
    assert tree_of(case.path("sub")) == {"x.bin": b"A"}
    assert case.path("b.bin").read_bytes() == b"BB" and case.path("c/x.bin").read_bytes() == b"C"
    assert case.path("y").read_bytes() == b"AA"
    assert len(listings(case)) == 3


def test_failures_do_not_stop_others(case, host):  # noqa: F811
    case.new_resource("R", FILES)
    case.path("file").write_bytes(b"in the way")
    case.path("busy").mkdir()
    (case.path("busy") / "000.bin").mkdir()
    good = case.url(f"{BASE}R/files/d0/000.bin")
    fetches = [(good, case.path("good")), (case.url(f"{BASE}R/files/none"), case.path("1")),
               (case.url(f"{BASE}NONE"), case.path("2")), (good, case.path("file/below")), (good, case.path("busy/")),
               (good, ""), ("", case.path("6")), ("xnat://", case.path("7")), (case.url("search?projects=x"), case.path("8")),
               (case.url(f"{BASE}*"), case.path("9")), (case.url(f"{BASE}R/files/d1/001.bin"), case.path("last"))]
    result = host.fetch_many(fetches)
    assert told(result) == {0: "ok", 1: "not-found", 2: "not-found", 3: "io", 4: "io", 5: "usage", 6: "usage", 7: "usage",
                            8: "usage", 9: "ambiguous", 10: "ok"}
    assert [item.value is not None for item in result.items] == [index in (0, 10) for index in range(11)]
    assert result.kind == "not-found" and result.message == dict(result.outcomes)[1].message
    assert case.path("good").read_bytes() == FILES["d0/000.bin"] and case.path("file").read_bytes() == b"in the way"


def test_one_destination_twice(case, host):  # noqa: F811
    """The later one is a conflict, whichever comes first; and a tree has its directory for itself."""
    case.new_resource("R", FILES)
    case.path("dir").mkdir()
    url = case.url(f"{BASE}R/files/")
    fetches = [(url + "d0/000.bin", case.path("x")), (url + "d1/001.bin", case.path("x")),
               (url + "d0/003.bin", case.path("dir")), (url + "d0/003.bin", case.path("dir") / "003.bin"),
               (url + "d0/", case.path("tree")), (url + "d1/", case.path("sub/../tree")),
               (url + "d0/006.bin", str(case.path("tree")) + "/"), (url + "d0/006.bin", case.path("tree~")),
               (url + "d2", case.path("dir"))]
    result = host.fetch_many(fetches)
    assert told(result) == {0: "ok", 1: "conflict", 2: "ok", 3: "conflict", 4: "ok", 5: "conflict", 6: "conflict", 7: "ok",
                            8: "conflict"}
    assert case.path("x").read_bytes() == FILES["d0/000.bin"]
    assert set(tree_of(case.path("tree"))) == {name[3:] for name in FILES if name.startswith("d0/")}


def test_one_url_twice(case, host):  # noqa: F811
    case.new_resource("R", FILES)
    url = case.url(f"{BASE}R/files/d0/000.bin")
    case.clear()
    result = host.fetch_many([(url, case.path(str(n))) for n in range(3)])
    assert told(result) == {0: "ok", 1: "ok", 2: "ok"} and len(listings(case)) == 1
    assert {case.path(str(n)).read_bytes() for n in range(3)} == {FILES["d0/000.bin"]}


def test_nothing(host):
    result = host.fetch_many([])
    assert result.kind == "ok" and result.items == [] and result.outcomes == []


def test_stop_flag(case, host):  # noqa: F811
    case.new_resource("R", FILES)
    result = host.fetch_many([(case.url(f"{BASE}R"), case.path("out"))] * 2, stop=True)
    assert result.kind == "cancelled" and len(result.items) == 2
    # Of what was not begun nothing is told.
    assert told(result) == {1: "conflict"} and not case.path("out").exists()


def test_out_of_an_archive_and_one_by_one(make_case):  # noqa: F811
    """The same files, whichever way they come."""
    case = make_case("--latency-ms=20")
    case.new_resource("R", {**FILES, "large.bin": b"x" * (3 << 20), "odd;name.bin": b"odd"})
    fetches = [(case.url(f"{BASE}R/files/{name}"), f"{case.path('out')}/{n}/")
               for n, name in enumerate([*FILES, "large.bin", "odd;name.bin"])]
    with AbiHost(case) as host:
        case.clear()
        assert set(told(host.fetch_many(fetches)).values()) == {"ok"}
        assert case.requests("format=tar") and len(case.requests("/files")) < 10
        first = tree_of(case.path("out"))
        case.server.fault(path="format=(tar|zip)", without="odd", status=404, body="empty", count=2)
        again = [(url, f"{case.path('again')}/{n}/") for n, (url, _) in enumerate(fetches)]
        assert set(told(host.fetch_many(again)).values()) == {"ok"}
    assert tree_of(case.path("again")) == first and len(first) == 62


def test_wrong_bytes_in_an_archive(make_case):  # noqa: F811
    """The one that is wrong is asked for by its path; what is wrong there, too, fails alone."""
    case = make_case("--latency-ms=20")
    case.new_resource("R", FILES)
    fetches = [(case.url(f"{BASE}R/files/{name}"), f"{case.path('out')}/{n}/") for n, name in enumerate(FILES)]
    case.server.fault(path="files/d0/000.bin", status=404, count=-1)
    case.server.fault(path="format=tar", corrupt_at=700, count=1)
    with AbiHost(case) as host:
        result = host.fetch_many(fetches)
    kinds = told(result)
    assert sum(kind == "ok" for kind in kinds.values()) >= 59, kinds
    for path in case.path("out").rglob("*.bin"):
        assert path.read_bytes() in FILES.values()


def test_a_lock_is_a_conflict_of_one(case, host):  # noqa: F811
    case.new_resource("R", FILES)
    case.server.fault(path="files/d0/000.bin", delay_ms=1500, count=1)
    running = case.start("fetch", case.url(f"{BASE}R/files/d0/000.bin"), case.path("x"))
    deadline = time.monotonic() + 10
    while not list(case.directory.glob(".x.*lock*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    result = host.fetch_many([(case.url(f"{BASE}R/files/d0/000.bin"), case.path("x")),
                              (case.url(f"{BASE}R/files/d1/001.bin"), case.path("y"))])
    assert told(result) == {0: "conflict", 1: "ok"}, result
    assert case.finish(running).code == 0


def test_a_server_that_is_away(case, host):  # noqa: F811
    case.new_resource("R", FILES)
    case.server.fault(path="/data/", status=503, count=-1)
    result = host.fetch_many([(case.url(f"{BASE}R/files/{name}"), f"{case.path(str(n))}/") for n, name in enumerate(FILES)],
                             retries=1)
    assert set(told(result).values()) == {"network"} and len(result.outcomes) == 60


def test_resources_come_at_the_same_time(make_case):  # noqa: F811
    case = make_case("--latency-ms=50")
    for n in range(8):
        case.new_resource(f"R{n}", {"a.bin": b"a"})
    with AbiHost(case) as host:
        for jobs, most in ((8, 8), (2, 2)):
            case.clear()
            result = host.fetch_many([(case.url(f"{BASE}R{n}"), case.path(f"{jobs}/{n}")) for n in range(8)], jobs=jobs)
            assert set(told(result).values()) == {"ok"}
            rows = case.requests("/files")
            edges = sorted(edge for row in rows for edge in ((row["time_us"], 1), (row["time_us"] + row["took_us"], -1)))
            now, peak = 0, 0
            for _, step in edges:
                now += step
                peak = max(peak, now)
            assert most // 2 < peak <= most


def test_few_files_are_open(case):  # noqa: F811
    """However many are asked for: a place is open only while it is written."""
    files = {f"{n}.bin": b"x" for n in range(300)}
    case.new_resource("R", files)
    fetches = [(case.url(f"{BASE}R/files/{name}"), case.path(f"out/{name}")) for name in files]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        host = AbiHost(case)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with host:
        result = host.fetch_many(fetches)
    assert set(told(result).values()) == {"ok"} and len(tree_of(case.path("out"))) == 300
