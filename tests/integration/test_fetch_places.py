# SPDX-License-Identifier: Apache-2.0
"""fetch: trouble with the local side: interruption, disks, rights, and two processes at one destination."""

import os
import shutil
import signal
import subprocess
import time

import plugin_case
import pytest
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401
from small_disk import small_disk  # noqa: F401

BOX = "projects/sandbox/resources/BOX"
FILES = {"a.txt": b"alpha\n", "b.txt": b"beta\n", "sub/c.txt": b"gamma\n"}
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def left(case):
    """What stands in the test's directory beside the user's home."""
    return sorted(one.name for one in case.directory.iterdir() if one.name != "home")


def wait_until(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def hold(case, path="files/a.txt"):
    """The server sends three bytes of this file and then nothing."""
    case.server.fault(path=path, stall_after=3, stall_ms=30000, count=-1)


def begin(case, **settings):
    """A fetch that hangs at a.txt when the other files are complete."""
    hold(case)
    running = case.start("fetch", case.url(BOX), case.path("out"), **settings)
    partial = case.path("out.partial")
    wait_until(lambda: (partial / "b.txt").exists() and (partial / "sub/c.txt").exists())
    return running


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interrupted_tree(case, number, code):
    case.new_resource("BOX", FILES)
    before = len(case.server.sessions("alice"))
    running = begin(case)
    running.send_signal(number)
    ran = case.finish(running, timeout=10)
    assert ran.code == code, (ran.code, ran.err)
    assert ran.err.startswith("ioplug: cancelled: ") and ran.out == ""
    assert left(case) == ["out.partial"]
    assert tree_of(case.path("out.partial")) == {"b.txt": FILES["b.txt"], "sub/c.txt": FILES["sub/c.txt"]}
    assert len(case.server.sessions("alice")) == before
    case.server.clear_faults()
    case.clear()
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert left(case) == ["out"] and tree_of(case.path("out")) == FILES
    assert len(case.requests("/files/")) == 1


def test_an_interrupted_tree_without_a_complete_file_leaves_nothing(case):
    case.new_resource("BOX", {"a.txt": b"alpha\n"})
    hold(case)
    running = case.start("fetch", case.url(BOX), case.path("out"))
    wait_until(lambda: any("xnatstorage" in name for _, _, names in os.walk(case.directory) for name in names))
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    ran = case.finish(running, timeout=10)
    assert ran.code == 130, ran.err
    assert left(case) == []


def test_an_interrupted_file_leaves_nothing(case):
    case.new_resource("BOX", FILES)
    hold(case)
    running = case.start("fetch", case.url(BOX + "/files/a.txt"), case.path("one"))
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    ran = case.finish(running, timeout=10)
    assert ran.code == 130, ran.err
    assert left(case) == []


def test_a_killed_run_is_taken_over(case):
    case.new_resource("BOX", FILES)
    running = begin(case)
    running.kill()
    assert case.finish(running).code == -9
    assert not case.path("out").exists()
    case.server.clear_faults()
    case.clear()
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert left(case) == ["out"] and tree_of(case.path("out")) == FILES
    assert len(case.requests("/files/")) == 1


def test_a_killed_run_of_a_file_is_taken_over(case):
    case.new_resource("BOX", FILES)
    hold(case)
    running = case.start("fetch", case.url(BOX + "/files/a.txt"), case.path("one"))
    wait_until(lambda: left(case) != [])
    time.sleep(0.2)
    running.kill()
    case.finish(running)
    assert not case.path("one").exists()
    case.server.clear_faults()
    ran = case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("one"))
    assert ran.code == 0, ran.err
    assert left(case) == ["one"] and case.path("one").read_bytes() == FILES["a.txt"]


def test_a_destination_in_use_is_a_conflict(case):
    case.new_resource("BOX", FILES)
    running = begin(case)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 6, (ran.code, ran.err)
    assert str(running.pid) in ran.err and os.uname().nodename in ran.err
    running.send_signal(signal.SIGINT)
    assert case.finish(running, timeout=10).code == 130
    case.server.clear_faults()
    assert case.run("fetch", case.url(BOX), case.path("out")).code == 0
    assert tree_of(case.path("out")) == FILES


def test_a_tree_cannot_replace_a_file(case):
    case.new_resource("BOX", FILES)
    case.path("out").write_text("a file")
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 10, (ran.code, ran.err)
    assert case.path("out").read_text() == "a file" and left(case) == ["out"]


def test_a_file_cannot_have_a_file_above_it(case):
    case.new_resource("BOX", FILES)
    case.path("file").write_text("a file")
    for rest, destination in ((BOX, "file/out"), (BOX + "/files/a.txt", "file/out"), (BOX + "/files/a.txt", "file/")):
        ran = case.run("fetch", case.url(rest), f"{case.directory}/{destination}")
        assert ran.code == 10, (destination, ran.code, ran.err)
    assert case.path("file").read_text() == "a file" and left(case) == ["file"]


def test_a_single_file_meets_a_directory_of_its_name(case):
    case.new_resource("BOX", FILES)
    case.path("out/a.txt").mkdir(parents=True)
    ran = case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("out"))
    assert ran.code == 10, (ran.code, ran.err)


def test_a_full_disk(case, small_disk):
    case.new_resource("BOX", {"small.txt": b"small\n", "big.bin": os.urandom(3 << 20)})
    ran = case.run("fetch", case.url(BOX), small_disk / "out")
    assert ran.code == 10, (ran.code, ran.err)
    assert not (small_disk / "out").exists()
    assert set(tree_of(small_disk)) <= {"out.partial/small.txt"}
    assert len(case.requests("files/big.bin")) <= 1
    ran = case.run("fetch", case.url(BOX + "/files/big.bin"), small_disk / "one")
    assert ran.code == 10 and not (small_disk / "one").exists(), (ran.code, ran.err)


def test_a_full_disk_under_many_small_files(case, small_disk):
    case.new_resource("BOX", {f"{n:02}.bin": bytes([n]) * 60000 for n in range(40)})
    ran = case.run("fetch", case.url(BOX), small_disk / "out")
    assert ran.code == 10, (ran.code, ran.err)
    assert not (small_disk / "out").exists()
    for name, data in tree_of(small_disk).items():
        assert len(data) == 60000 and name.startswith("out.partial/"), name


def as_nobody(case, *arguments):
    """Runs the command as a user who may not write everywhere: an ordinary one as who it is, root a copy of it as nobody,
    who perhaps may not read where it was built."""
    if os.geteuid() != 0:
        return case.run(*arguments)
    programs = [shutil.copy(program, case.directory) for program in (plugin_case.IOPLUG, plugin_case.PLUGIN)]
    case.open_to_others()
    netrc = case.write_netrc(f"machine {case.server.host} login alice password alice-pw\n", name="nobody")
    os.chown(netrc, 65534, 65534)
    words = [*NOBODY, programs[0], "--plugin", programs[1], "-o", f"netrc={netrc}", "-o", "lockout_guard=0",
             *map(str, arguments)]
    environment = case.environment(HOME="/nonexistent", XDG_RUNTIME_DIR="", XDG_CACHE_HOME="")
    done = subprocess.run(words, env=environment, capture_output=True, timeout=60, check=False)
    return plugin_case.Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("rest", ["", "/files/a.txt"])
def test_a_destination_that_is_not_writable(case, rest):
    case.new_resource("BOX", FILES)
    case.path("closed").mkdir(mode=0o555)
    ran = as_nobody(case, "fetch", case.url(BOX + rest), case.path("closed/out"))
    assert ran.code == 10, (ran.code, ran.err)
    assert "closed" in ran.err and list(case.path("closed").iterdir()) == []
    assert not any("/files/" in row["path"] for row in case.requests())


def test_a_writable_directory_in_one_that_is_not(case):
    case.new_resource("BOX", FILES)
    place = case.path("closed/open")
    place.mkdir(parents=True)
    if os.geteuid() == 0:
        os.chown(place, 65534, 65534)
    os.chmod(case.path("closed"), 0o555)
    ran = as_nobody(case, "fetch", case.url(BOX), place)
    assert ran.code == 0, ran.err
    assert tree_of(place) == FILES


def test_a_server_that_dies_half_way(case):
    case.new_resource("BOX", FILES)
    running = begin(case, retries=1)
    case.server.process.kill()
    ran = case.finish(running)
    assert ran.code == 7, (ran.code, ran.err)
    assert left(case) == ["out.partial"]
    assert sorted(tree_of(case.path("out.partial"))) == ["b.txt", "sub/c.txt"]


def test_two_processes_at_two_destinations(case):
    case.new_resource("BOX", FILES)
    both = [case.start("fetch", case.url(BOX), case.path(name)) for name in ("one", "two")]
    assert [case.finish(one).code for one in both] == [0, 0]
    assert tree_of(case.path("one")) == tree_of(case.path("two")) == FILES
    assert left(case) == ["one", "two"]
