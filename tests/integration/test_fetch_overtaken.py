# SPDX-License-Identifier: Apache-2.0
"""fetch and read: somebody changes a resource between its listing and the transfer."""
import threading
import time

import pytest
from abi_host import AbiHost
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401

BOX = "projects/sandbox/resources/BOX"
FILES = {"a.txt": b"alpha\n", "b.txt": b"beta\n", "sub/c.txt": b"gamma\n"}
NEW = {"b.txt": b"another beta\n", "sub/c.txt": b"ammag\n"}


@pytest.fixture
def host(case):  # noqa: F811
    with AbiHost(case) as made:
        yield made


# Any request that brings files, one or an archive of them: which it is may depend on how fast the machine is.
ANY = r"/files/[^?]|format=tar"


def hold(case, path=ANY, **more):  # noqa: F811
    case.server.fault(method="GET", path=path, without="format=json", hold=True, **more)


def when_held(case, *changes):  # noqa: F811
    """While a request is held: replaces files by others, or (None) deletes them."""
    end = time.monotonic() + 60
    while case.server.held() == 0:
        assert time.monotonic() < end, "nothing is held"
        time.sleep(0.005)
    for path, data in changes:
        place = f"/data/{BOX}/files/{path}"
        answer = case.server.delete(place) if data is None else case.server.put(place + "?inbody=true&overwrite=true", data)
        assert answer.status == 200, answer.text
    case.server.let_go()


def fetch(case, path, *changes, held=ANY):  # noqa: F811
    """Fetches what `path` names into "out" while the rest changes."""
    hold(case, held)
    case.clear()
    process = case.start("fetch", case.url(f"{BOX}/files/{path}"), case.path("out"), jobs=1)
    when_held(case, *changes)
    return case.finish(process)


def listings(case):  # noqa: F811
    return len(case.requests("/files?format=json"))


@pytest.mark.parametrize("path", NEW)
def test_a_file_that_is_replaced(case, path):  # noqa: F811
    case.new_resource("BOX", FILES)
    ran = fetch(case, path, (path, NEW[path]))
    assert ran.code == 0, ran.err
    assert case.path("out").read_bytes() == NEW[path]
    assert listings(case) == 2 and len(case.requests(f"/files/{path}")) == 4


@pytest.mark.parametrize("other", ["a.txt", "sub/c.txt"])
def test_a_file_beside_which_another_changes(case, other):  # noqa: F811
    """The listing is another one, but says the same of what is asked for."""
    number = case.new_resource("BOX", FILES)
    case.server.spoil(number, "b.txt", "flip")
    ran = fetch(case, "b.txt", (other, b"else"))
    assert ran.code == 9 and "stale" in ran.err, (ran.code, ran.err)
    assert listings(case) == 2 and len(case.requests("/files/b.txt")) == 2


def test_a_file_that_is_deleted(case):  # noqa: F811
    case.new_resource("BOX", FILES)
    ran = fetch(case, "b.txt", ("b.txt", None))
    assert (ran.code, listings(case)) == (3, 2) and "no file or directory 'b.txt'" in ran.err, ran.err
    assert not case.path("out").exists()


def test_a_file_that_is_replaced_again_and_again(case):  # noqa: F811
    """It is looked at twice."""
    case.new_resource("BOX", FILES)
    hold(case)
    hold(case, skip=1)
    process = case.start("fetch", case.url(f"{BOX}/files/b.txt"), case.path("out"))
    when_held(case, ("b.txt", b"second"))
    when_held(case, ("b.txt", b"third, longer"))
    ran = case.finish(process)
    assert ran.code == 9, (ran.code, ran.err)


@pytest.mark.parametrize("path", ["", "sub/"])
def test_a_tree_in_which_files_are_replaced_and_deleted(case, path):  # noqa: F811
    """What has come of an older listing is no part of it. Of so few, the first comes by itself."""
    case.new_resource("BOX", {**FILES, "sub/b.txt": b"beta\n"})
    ran = fetch(case, path, ("a.txt", None), ("sub/b.txt", None), ("sub/c.txt", NEW["sub/c.txt"]),
                held="/files/sub/c.txt|format=tar")
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == ({"c.txt": NEW["sub/c.txt"]} if path else
                                         {"b.txt": FILES["b.txt"], "sub/c.txt": NEW["sub/c.txt"]})
    assert listings(case) == 2 and not case.path("out.partial").exists()


def begin_tree(case):  # noqa: F811
    """A tree of which one file is there, one comes, and the last is replaced meanwhile."""
    case.new_resource("BOX", FILES)
    case.path("out").mkdir()
    case.path("out/a.txt").write_bytes(FILES["a.txt"])
    hold(case, "/files/sub/c.txt|format=tar")


@pytest.mark.parametrize("gone", [[], [("b.txt", None)]])
def test_counts_of_a_tree_that_is_listed_again(case, gone):  # noqa: F811
    """Each file counts once, by what became of it in the end."""
    begin_tree(case)
    process = case.start("-v", "fetch", case.url(BOX), case.path("out"), jobs=1)
    when_held(case, ("sub/c.txt", NEW["sub/c.txt"]), *gone)
    ran = case.finish(process)
    assert ran.code == 0 and listings(case) >= 2, ran.err
    assert f"{2 - len(gone)} files transferred, 1 kept, 0 replaced" in ran.err, ran.err


def test_counts_of_one_of_many_that_is_listed_again(case, host):  # noqa: F811
    begin_tree(case)
    thread = threading.Thread(target=when_held, args=(case, ("sub/c.txt", NEW["sub/c.txt"])))
    thread.start()
    result = host.fetch_many([(case.url(BOX), case.path("out"))], jobs=1)
    thread.join()
    told = dict(result.outcomes)[0]
    assert told.kind == "ok" and (told.one["files"], told.one["files_kept"]) == ("3", "1"), told


def test_many_of_which_some_are_replaced(case, host):  # noqa: F811
    number = case.new_resource("BOX", {**FILES, "gone.txt": b"g", "stale.txt": b"stale", "sub/d.txt": b"d"})
    case.server.spoil(number, "gone.txt", "remove")
    case.server.spoil(number, "stale.txt", "flip")
    names = ("a.txt", "b.txt", "sub/c.txt", "gone.txt", "stale.txt", "sub/d.txt", "sub")
    fetches = [(case.url(f"{BOX}/files/{name}"), case.path(name.replace("/", "-"))) for name in names]
    hold(case)
    case.clear()
    thread = threading.Thread(target=when_held, args=(case, ("b.txt", NEW["b.txt"]), ("sub/c.txt", NEW["sub/c.txt"]),
                                                      ("sub/d.txt", None)))
    thread.start()
    result = host.fetch_many(fetches, jobs=1)
    thread.join()
    assert len(result.outcomes) == 7
    assert [dict(result.outcomes)[index].kind for index in range(7)] == [
        "ok", "ok", "ok", "not-found", "integrity", "not-found", "ok"]
    assert case.path("b.txt").read_bytes() == NEW["b.txt"] and case.path("sub-c.txt").read_bytes() == NEW["sub/c.txt"]
    assert tree_of(case.path("sub")) == {"c.txt": NEW["sub/c.txt"]}
    assert listings(case) == 2


def test_a_file_that_is_replaced_before_it_is_read(case, host):  # noqa: F811
    case.new_resource("BOX", FILES)
    hold(case)
    thread = threading.Thread(target=when_held, args=(case, ("b.txt", NEW["b.txt"])))
    thread.start()
    result = host.read(case.url(f"{BOX}/files/b.txt"))
    thread.join()
    assert result.kind == "ok" and b"".join(result.taken) == NEW["b.txt"], result
