# SPDX-License-Identifier: Apache-2.0
"""Operations, what they give back, and what they raise."""
import concurrent.futures
import ctypes
import os
import pickle

import ioplug
import pytest
from ioplug import _api, _calls

KINDS = {
    1: (ioplug.UsageError, ValueError, "usage"),
    2: (ioplug.NotFoundError, FileNotFoundError, "not-found"),
    3: (ioplug.AmbiguousError, LookupError, "ambiguous"),
    4: (ioplug.AuthError, PermissionError, "auth"),
    5: (ioplug.ConflictError, FileExistsError, "conflict"),
    6: (ioplug.NetworkError, ConnectionError, "network"),
    7: (ioplug.ServerError, OSError, "server"),
    8: (ioplug.IntegrityError, OSError, "integrity"),
    9: (ioplug.LocalError, OSError, "io"),
    10: (ioplug.CancelledError, InterruptedError, "cancelled"),
    77: (ioplug.ServerError, OSError, "server"),
}


@pytest.mark.parametrize("number", sorted(KINDS))
def test_each_kind_has_a_class_that_is_the_builtin_one(fault_host, number):
    own, builtin, kind = KINDS[number]
    with pytest.raises(builtin) as caught:
        fault_host.fetch(f"fault://{number}", "x")
    error = caught.value
    assert type(error) is own and isinstance(error, ioplug.Error)
    assert (error.kind, str(error), error.url, error.http_status) == (kind, "as asked for", f"fault://{number}", None)
    if isinstance(error, OSError):
        assert error.errno and error.strerror == "as asked for"


def test_an_error_tells_what_the_server_said_and_can_be_pickled(fault_host):
    with pytest.raises(ioplug.AuthError) as caught:
        fault_host.expand("fault://words")
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert type(error) is ioplug.AuthError
        assert (str(error), error.http_status, error.server_words) == ("login refused", 401, "Your account\nis locked")
        assert (error.url, error.errno) == ("fault://words", 13)


def test_results_that_make_no_sense_are_errors(fault_host):
    with pytest.raises(ioplug.ServerError, match="no result"):
        fault_host.fetch("fault://null", "x")
    with pytest.raises(ioplug.ServerError, match="empty"):
        fault_host.fetch("fault://empty", "x")
    assert fault_host.expand("fault://empty") == []


def test_items_are_copies_that_nobody_changes(fault_host):
    item, = fault_host.expand("fault://wild")
    assert (item.id, item.url) == ("a\tb\nc", "fault://wild€")
    assert (item.files, item.bytes, item.attributes["latin"]) == (12, 7, "caf�")
    assert item.md5 is None and item.name == "a\tb\nc"
    with pytest.raises(TypeError):
        item.attributes["files"] = "13"
    with pytest.raises(AttributeError):
        item.url = "x"
    assert pickle.loads(pickle.dumps(item)) == item and len({item, item}) == 1


def test_file_there_and_back(file_host, tmp_path):
    source = tmp_path / "a file"
    source.write_bytes(b"x" * 300000)
    reports = []
    url = file_host.put(source, f"file://{tmp_path}/there/", progress=reports.append)
    assert url == f"file://{tmp_path}/there/a%20file"
    assert reports[-1].phase is ioplug.Phase.DONE and reports[-1].bytes_done == 300000 and reports[-1].files_total == 1
    back = file_host.fetch(url, str(tmp_path / "back"))
    assert back == tmp_path / "back" and back.read_bytes() == source.read_bytes()
    source.write_bytes(b"y")
    with pytest.raises(FileExistsError, match="overwrite"):
        file_host.put(source, url)


def test_paths_are_bytes_of_the_file_system(file_host, tmp_path):
    """A name that is no UTF-8 goes in and comes out."""
    name = os.fsencode(tmp_path) + b"/caf\xe9"
    with open(name, "wb") as file:
        file.write(b"cafe\n")
    for path in (name, os.fsdecode(name)):
        file_host.put(path, f"file://{tmp_path}/{'b' if path is name else 's'}/")
    fetched = file_host.fetch(f"file://{tmp_path}/b/caf%E9", tmp_path / "c" / os.fsdecode(b"\xe9t\xe9"))
    assert os.fsencode(fetched).endswith(b"/c/\xe9t\xe9") and fetched.read_bytes() == b"cafe\n"
    assert os.listdir(os.fsencode(tmp_path / "s")) == [b"caf\xe9"]


@pytest.mark.parametrize("call", [
    lambda host: host.fetch("file:///etc/ho\0sts", "x"),
    lambda host: host.fetch("file:///etc/hosts", "x\0y"),
    lambda host: host.expand("file:///etc/\udce9"),
    lambda host: host.expand("gopher://x"),
    lambda host: host.expand("/etc/hosts"),
    lambda host: host.expand("file:///etc/hosts", settings={"no_such": 1}),
    lambda host: host.expand("file:///etc/hosts", settings={"chunk_delay": "1\0"}),
])
def test_what_cannot_be_handed_over_is_a_usage_error(file_host, call):
    """A NUL would cut a string short in C."""
    with pytest.raises(ioplug.UsageError):
        call(file_host)


def test_a_search_and_fetch_of_the_real_plugin(site, tmp_path):
    with site.host() as host:
        items = host.expand(site.url("search?projects=sandbox&experiments=*_BRAIN&scans=T1&resources=NIFTI&id=subject&label=true"))
        assert len(items) > 1 and items[0].attributes["project"] == "sandbox" and items[0].id
        fetched = host.fetch(items[0].url, tmp_path / "out")
        assert [one.stat().st_size > 0 for one in fetched.iterdir()] == [True]
        path = tmp_path / "new.txt"
        path.write_text("new\n")
        url = host.put(path, site.url("projects/sandbox/resources/FROM_PYTHON/files/"))
        assert host.fetch(url, tmp_path / "again.txt").read_text() == "new\n"
        assert len(site.server.sessions("alice")) == 1
    assert site.server.sessions() == []


def test_check_reads_a_url(site):
    with site.host() as host:
        told = host.check(site.url("projects/sandbox/subjects/s%20x/resources/R/files/a/b?overwrite=1"))
        assert told.levels == {"project": "sandbox", "subject": "s x", "resource": "R"} and not told.search
        assert told.options["overwrite"] in ("true", "1") and "/data/archive/" in told.url
        assert host.check(site.url("search?projects=sandbox")).search
        with pytest.raises(ValueError):
            host.check(site.url("projects/sandbox/nonsense/x"))
    assert site.server.log() == []


def test_wrong_password_is_a_permission_error(site, tmp_path):
    with site.host(settings={"netrc": site.login("alice", "wrong")}) as host:
        with pytest.raises(PermissionError) as caught:
            host.fetch(site.url("projects/sandbox/resources/X"), tmp_path / "x")
        assert caught.value.kind == "auth" and caught.value.http_status == 401


def test_many_threads(site, tmp_path):
    with site.host() as host:
        items = host.expand(site.url("search?projects=sandbox&resources=NIFTI"))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda pair: host.fetch(pair[1].url, tmp_path / str(pair[0])), enumerate(items)))
        assert len(done) == len(items) > 8 and all(path.is_dir() for path in done)
        assert len(site.server.sessions("alice")) == 1
    assert site.server.sessions() == []


def test_a_report_of_an_older_plugin_is_read_no_further_than_it_goes():
    longer = _api.Progress(struct_size=_api.Progress.bytes_kept.offset, files_done=2, files_total=3, files_kept=7, wait_ms=9)
    told = _calls._whole(ctypes.pointer(longer))
    assert (told.files_done, told.files_total, told.files_kept, told.wait_ms) == (2, 3, 0, 0)
    longer.struct_size = ctypes.sizeof(longer) + 8
    assert _calls._whole(ctypes.pointer(longer)).files_kept == 7
