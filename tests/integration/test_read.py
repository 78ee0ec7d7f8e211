# SPDX-License-Identifier: Apache-2.0
"""read: parts of a file through the host API, each byte once, checked where that can be."""
import pathlib
import subprocess
import sys
import threading

import pytest
from abi_host import AbiHost, environment
from plugin_case import PLUGIN, case, make_case, make_standin, standin  # noqa: F401

DATA = bytes(range(256)) * 4096  # a megabyte
SIZE = len(DATA)


@pytest.fixture
def url(case):  # noqa: F811
    case.new_resource("R", {"a.bin": DATA, "sub/b.bin": b"second", "empty": b""})
    return case.url("projects/sandbox/resources/R/files/a.bin")


@pytest.fixture
def host(case):  # noqa: F811
    with AbiHost(case) as made:
        yield made


def body(result):
    assert result.kind == "ok", result
    assert result.one["bytes"] == str(SIZE)
    return b"".join(result.taken)


def bodies(case):  # noqa: F811
    return [row for row in case.requests("/files/")]


@pytest.mark.parametrize("offset, length", [(0, 2**64 - 1), (0, SIZE), (0, 10), (0, 1), (5, 2**64 - 1), (1000, 77),
                                            (SIZE - 1, 1), (SIZE - 1, 100), (SIZE - 10, 10), (1, SIZE)], ids=str)
def test_parts(case, host, url, offset, length):  # noqa: F811
    case.clear()
    assert body(host.read(url, offset, length)) == DATA[offset:offset + length]
    assert len(bodies(case)) == 1
    # No more came than was asked for, and no server is asked for what is not there.
    assert bodies(case)[0]["status"] == (200 if offset == 0 and length >= SIZE else 206)


def test_nothing(case, host, url):  # noqa: F811
    case.clear()
    for offset, length in ((SIZE, 2**64 - 1), (SIZE, 0), (7, 0)):
        assert body(host.read(url, offset, length)) == b""
    empty = host.read(url.replace("a.bin", "empty"))
    assert empty.kind == "ok" and empty.taken == [] and empty.one["bytes"] == "0"
    assert bodies(case) == []


def test_result_is_the_canonical_url(host, url):
    assert host.read(url.replace("/data/archive/", "/data/") + "?overwrite=true", 0, 1).one.value == url


@pytest.mark.parametrize("tail, offset, kind", [("a.bin", SIZE + 1, "usage"), ("a.bin", 2**64 - 1, "usage"),
                                                ("none", 0, "not-found"), ("sub", 0, "usage"), ("sub/", 0, "usage"),
                                                ("", 0, "usage")], ids=str)
def test_what_cannot_be_read(case, host, url, tail, offset, kind):  # noqa: F811
    case.clear()
    result = host.read(url.replace("a.bin", tail), offset)
    assert result.kind == kind and result.taken == [], result
    assert bodies(case) == []


def test_search_and_resource(host, case, url):  # noqa: F811
    for wrong in (case.url("search?projects=sandbox"), url.partition("/files/")[0]):
        result = host.read(wrong)
        assert result.kind == "usage" and result.taken == [], result


def test_stop_flag(case, host, url):  # noqa: F811
    case.clear()
    result = host.read(url, stop=True)
    assert result.kind == "cancelled" and result.taken == []
    assert bodies(case) == []


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 501}, {"status": 416}, {"status": 400}], ids=str)
def test_where_ranges_fail_the_whole_comes(case, host, url, fault):  # noqa: F811
    case.server.fault(path="files/a.bin", count=1, **fault)
    case.clear()
    assert body(host.read(url, 1000, 77)) == DATA[1000:1077]
    assert [row["status"] for row in bodies(case)] == [fault["status"], 200]


@pytest.mark.parametrize("offset, length", [(0, 2**64 - 1), (1000, 2**64 - 1), (0, SIZE - 1000)], ids=str)
def test_what_breaks_goes_on_where_it_stopped(case, host, url, offset, length):  # noqa: F811
    case.server.fault(path="files/a.bin", close_after=300000, count=2)
    case.clear()
    assert body(host.read(url, offset, length)) == DATA[offset:offset + length]
    assert [row["status"] for row in bodies(case)][1:] == [206, 206]


def test_a_file_that_is_changed_meanwhile(case, host, url):  # noqa: F811
    """A part of one and a part of another are no file."""
    number = case.server.row("/data/projects/sandbox/resources", label="R")["xnat_abstractresource_id"]
    case.server.fault(path="files/a.bin", close_after=300000, count=1)
    with AbiHost(case, retry_delay=2.5) as slow:
        path = f"/data/projects/sandbox/resources/{number}/files/a.bin?inbody=true&overwrite=true"
        changed = threading.Timer(1.2, lambda: case.server.put(path, body=DATA[::-1]))
        changed.start()
        result = slow.read(url)
        changed.join()
    assert result.kind == "integrity" and "changed" in result.message, result


def test_wrong_bytes_of_a_whole(case, host, url):  # noqa: F811
    """They have been handed over when that shows."""
    case.server.fault(path="files/a.bin", count=-1, corrupt_at=SIZE - 5)
    result = host.read(url)
    assert result.kind == "integrity" and "MD5" in result.message and sum(map(len, result.taken)) == SIZE, result
    warned = host.read(url, stale_catalog="warn")
    assert warned.kind == "ok" and any("MD5" in line for line in warned.lines("warning"))


def test_a_page_in_the_place_of_a_file(case, host, url):  # noqa: F811
    """Nothing of it is handed over."""
    case.server.fault(path="files/a.bin", count=1, status=200, body="html200")
    assert body(host.read(url, 1000, 77)) == DATA[1000:1077]
    case.server.fault(path="files/a.bin", count=-1, status=200, body="html200")
    result = host.read(url, 1000, 77)
    assert result.kind == "integrity" and result.taken == [], result


def test_host_that_has_enough(case, url):  # noqa: F811
    """What `take` answers ends it at once; the connection is cut, and the session goes on."""
    stop = case.path("stop.py")
    stop.write_text(STOPPING)
    netrc = case.write_netrc(f"machine {case.server.host}:{case.server.port} login alice password alice-pw\n")
    ran = subprocess.run([sys.executable, "-B", stop, PLUGIN, url, netrc], capture_output=True, text=True, check=False,
                         env={**environment(case, PLUGIN), "PYTHONPATH": str(pathlib.Path(__file__).parent)})
    assert ran.stdout.split() == ["1", "cancelled", "ok"], (ran.stdout, ran.stderr)


STOPPING = """
import sys, abi_host
loaded = abi_host.Loaded(sys.argv[1], {"netrc": sys.argv[3]})
pieces = []
take = abi_host.Take(lambda data, at, size: pieces.append(size) or 1)
result = loaded.plugin.read_url(sys.argv[2].encode(), 0, 2**64 - 1, take, None, None)
print(len(pieces), abi_host.plain(result)["kind"])
loaded.plugin.free_result(result)
more = abi_host.Take(lambda data, at, size: 0)
result = loaded.plugin.read_url(sys.argv[2].encode(), 10, 10, more, None, None)
print(abi_host.plain(result)["kind"])
loaded.plugin.free_result(result)
loaded.plugin.cleanup()
"""


@pytest.mark.parametrize("name", ["with space.bin", "a;b.bin", "x.zip/inside", "sub;1/deep/c.bin", "50%.bin"])
@pytest.mark.parametrize("version", ["1.8", "1.7"])
def test_odd_names(make_case, name, version):  # noqa: F811
    case = make_case(version=version)
    case.new_resource("ODD", {name: DATA, "other.bin": b"other"})
    url = case.url("projects/sandbox/resources/ODD/files/" + name.replace("%", "%25").replace(" ", "%20"))
    with AbiHost(case) as host:
        assert body(host.read(url)) == DATA
        assert body(host.read(url, 1000, 77)) == DATA[1000:1077]


def test_requests(case, url):  # noqa: F811
    """As many as for a fetch of the file."""
    case.clear()
    with AbiHost(case) as host:
        assert body(host.read(url, 10, 10)) == DATA[10:20]
    read = len(case.requests())
    case.clear()
    ran = case.run("fetch", url, case.path("out"))
    assert ran.code == 0 and read <= len(case.requests()), ran.err
