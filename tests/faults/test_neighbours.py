# SPDX-License-Identifier: Apache-2.0
"""Other users of a directory, what is not of a run of ours, and directories that give what is made in them a group, an
ACL or a project."""
import fcntl
import os
import shutil
import signal
import struct
import subprocess
import time

import plugin_case
import pytest
from plugin_case import tree_of

BOX = "projects/sandbox/resources/BOX"
FILES = {"a.txt": b"alpha\n", "sub/b.txt": b"beta\n" * 100, "sub/deep/c.bin": os.urandom(3_000_000)}
GROUP, ALICE, BOB = 54320, 54321, 54322
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users, and mount")


def left(place):
    return sorted(one.name for one in place.iterdir() if one.name != "home")


def wait_until(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


class User:
    """Runs the command as another user, who is in the group."""

    def __init__(self, case, uid):
        self.case, self.home = case, case.path(f"home/{uid}")
        self.programs = [shutil.copy(program, case.home) for program in (plugin_case.IOPLUG, plugin_case.PLUGIN)]
        case.open_to_others()
        self.home.mkdir()
        netrc = self.home / "netrc"
        netrc.write_text(f"machine {case.server.host} login alice password alice-pw\n")
        netrc.chmod(0o600)
        for one in (self.home, netrc):
            os.chown(one, uid, uid)
        self.words = ["setpriv", f"--reuid={uid}", f"--regid={uid}", f"--groups={GROUP}", self.programs[0], "--plugin",
                      self.programs[1], "-o", f"netrc={netrc}", "-o", "lockout_guard=0", "-o", "retry_delay=0.02"]

    def start(self, *arguments, umask=0o022):
        env = self.case.environment(HOME=str(self.home), XDG_RUNTIME_DIR="", XNATSTORAGE_STATE_DIR=str(self.home / "state"))
        return subprocess.Popen([*self.words, *map(str, arguments)], env=env, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, umask=umask)

    def run(self, *arguments, umask=0o022):
        return plugin_case.Case.finish(self.start(*arguments, umask=umask))


@pytest.fixture
def shared(case):
    """A directory of a group, whose files are of that group."""
    place = case.path("shared")
    place.mkdir()
    os.chown(place, 0, GROUP)
    place.chmod(0o2775)
    return place


# --- what is not ours -----------------------------------------------------------------------------------------------


def test_a_directory_of_the_users_own_is_left_alone(case):
    case.new_resource("BOX", FILES)
    case.path("out.partial").mkdir()
    for notes in (False, True):
        if notes:
            case.path("out.partial/notes.txt").write_text("x\n")
        ran = case.run("fetch", case.url(BOX), case.path("out"))
        assert ran.code == 6 and "out.partial" in ran.err, (ran.code, ran.err)
        assert not case.requests("/files/")
    assert tree_of(case.path("out.partial")) == {"notes.txt": b"x\n"} and left(case.directory) == ["out.partial"]
    case.path("out").mkdir()
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0 and tree_of(case.path("out")) == FILES, ran.err
    assert tree_of(case.path("out.partial")) == {"notes.txt": b"x\n"}


def test_what_a_user_puts_into_ours_stays(case):
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", status=404, count=-1)
    assert case.run("fetch", case.url(BOX), case.path("out")).code != 0
    case.path("out.partial/notes.txt").write_text("x\n")
    for _ in range(2):
        assert case.run("fetch", case.url(BOX), case.path("out")).code != 0
        assert case.path("out.partial/notes.txt").read_text() == "x\n"
    case.server.clear_faults()
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0 and "1 files in" in ran.err and "they stay" in ran.err, ran.err
    assert tree_of(case.path("out")) == {**FILES, "notes.txt": b"x\n"} and left(case.directory) == ["out"]


def test_what_the_server_lists_no_more_goes(case):
    number = case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", status=404, count=-1)
    assert case.run("fetch", case.url(BOX), case.path("out")).code != 0
    assert case.path("out.partial/sub/b.txt").exists()
    case.server.clear_faults()
    assert case.server.delete(f"/data/{BOX}/files/sub/b.txt").status == 200, number
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0 and ran.err == "", ran.err
    assert sorted(tree_of(case.path("out"))) == ["a.txt", "sub/deep/c.bin"] and left(case.directory) == ["out"]


@needs_root
@pytest.mark.parametrize("marked", [False, True])
def test_what_another_user_has_made_is_not_taken_over(make_case, marked):
    case = make_case(checksums=False)
    case.new_resource("BOX", FILES)
    partial = case.path("out.partial")
    if marked:  # as far as another user can
        case.server.fault(path="files/a.txt", status=404, count=-1)
        assert case.run("fetch", case.url(BOX), case.path("out")).code != 0
        case.server.clear_faults()
    partial.mkdir(exist_ok=True)
    (partial / "a.txt").write_bytes(b"evil!\n")
    partial.chmod(0o777)
    os.chown(partial, BOB, BOB)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 6 and "out.partial" in ran.err, (ran.code, ran.err)
    assert (partial / "a.txt").read_bytes() == b"evil!\n" and not case.path("out").exists()


@needs_root
def test_a_file_that_another_user_has_put_into_ours_is_not_taken_over(make_case):
    case = make_case(checksums=False)
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", status=404, count=-1)
    assert case.run("fetch", case.url(BOX), case.path("out")).code != 0
    case.server.clear_faults()
    evil = case.path("out.partial/a.txt")
    evil.write_bytes(b"evil!\n")
    os.chown(evil, BOB, BOB)
    assert case.run("fetch", case.url(BOX), case.path("out")).code == 0
    assert tree_of(case.path("out")) == FILES


@pytest.mark.parametrize("by", ["link", "directory", "file"])
def test_what_was_gathered_is_published_and_nothing_else(case, by):
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", stall_after=3, stall_ms=1500, count=1)
    running = case.start("fetch", case.url(BOX), case.path("out"))
    partial, evil = case.path("out.partial"), case.path("home/evil")
    evil.mkdir()
    (evil / "a.txt").write_bytes(b"evil!\n")
    wait_until(lambda: (partial / "sub/deep/c.bin").exists())
    partial.rename(case.path("home/moved"))
    if by == "link":
        partial.symlink_to(evil)
    elif by == "file":
        partial.write_text("a file")
    else:
        shutil.copytree(evil, partial)
    ran = case.finish(running)
    assert ran.code in (6, 9), (ran.code, ran.err)
    assert left(case.directory) == ["out.partial"]
    assert tree_of(evil) == {"a.txt": b"evil!\n"}


# --- locks ----------------------------------------------------------------------------------------------------------


@needs_root
@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
@pytest.mark.parametrize("mode", [0o2775, 0o3775, 0o1777])
@pytest.mark.parametrize("rest", ["", "/files/a.txt"])
def test_a_destination_that_another_user_fetches_into(case, shared, rest, mode, umask):
    shared.chmod(mode)
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", stall_after=3, stall_ms=30000, count=-1)
    alice, bob = User(case, ALICE), User(case, BOB)
    running = alice.start("fetch", case.url(BOX + rest), shared / "out", umask=umask)
    lock = shared / ".out.xnatstorage-lock"
    wait_until(lambda: lock.exists() and lock.stat().st_size > 0)
    ran = bob.run("fetch", case.url(BOX + rest), shared / "out")
    assert ran.code == 6, (ran.code, ran.err)
    for part in (f"process {running.pid} ", os.uname().nodename, str(ALICE)):
        assert part in ran.err, (part, ran.err)
    time.sleep(0.2)
    running.kill()
    case.finish(running)
    case.server.clear_faults()
    if (shared / "out.partial").exists():  # alice's, and a conflict of its own
        shutil.rmtree(shared / "out.partial")
    ran = bob.run("fetch", case.url(BOX + rest), shared / "out")
    assert ran.code == 0, (ran.code, ran.err)
    assert [name for name in left(shared) if not name.endswith("-lock")] == ["out"]


# --- what directories give to what is made in them ------------------------------------------------------------------


def acl(path, kind="access"):
    try:
        return os.getxattr(path, f"system.posix_acl_{kind}")
    except OSError:
        return None


def give_default_acl(path):
    """For user BOB all rights, for others none."""
    entries = [(1, 7, -1), (2, 7, BOB), (4, 5, -1), (16, 7, -1), (32, 0, -1)]
    data = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    os.setxattr(path, "system.posix_acl_default", data)


def look(path):
    status = os.stat(path)
    return oct(status.st_mode), status.st_uid, status.st_gid, acl(path), acl(path, "default")


@needs_root
@pytest.mark.parametrize("calls", [{}, {"unnamed": 95}], ids=["unnamed", "named"])
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_a_directory_of_a_group_stays_what_it_is(case, refusing, filled, calls):
    case.new_resource("BOX", FILES)
    out = case.path("out")
    out.mkdir()
    os.chown(out, ALICE, GROUP)
    out.chmod(0o2770)
    try:
        give_default_acl(out)
    except OSError as problem:
        pytest.skip(f"no ACLs on this file system: {problem}")
    subprocess.run(["sh", "-c", "mkdir sub; echo > sub/file; echo > file"], cwd=out, check=True)
    like_file, like_dir = look(out / "file"), look(out / "sub")
    assert look(out / "sub/file") == like_file and like_file[2] == GROUP and like_file[3] is not None
    shutil.rmtree(out / "sub")
    if not filled:
        (out / "file").unlink()
    before, number = look(out), out.stat().st_ino
    for destination in ("", "/"):
        ran = case.run("fetch", case.url(BOX), f"{out}{destination}", env=refusing(**calls))
        assert ran.code == 0, ran.err
    ran = case.run("fetch", case.url(BOX + "/files/sub/b.txt"), out, env=refusing(**calls))
    assert ran.code == 0, ran.err
    assert (look(out), out.stat().st_ino) == (before, number)
    for path in [*FILES, "b.txt"]:
        assert look(out / path) == like_file, path
    assert look(out / "sub") == look(out / "sub/deep") == like_dir


@needs_root
def test_what_was_left_beside_it_becomes_like_what_is_in_it(case):
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", status=404, count=-1)
    assert case.run("fetch", case.url(BOX), case.path("out")).code != 0
    case.server.clear_faults()
    case.clear()
    out = case.path("out")
    out.mkdir()
    os.chown(out, 0, GROUP)
    out.chmod(0o2770)
    ran = case.run("fetch", case.url(BOX), out)
    assert ran.code == 0 and tree_of(out) == FILES, ran.err
    assert {(out / path).stat().st_gid for path in FILES} == {GROUP} and left(case.directory) == ["out"]
    assert len(case.requests("/files/")) == 1


@pytest.fixture
def xfs(tmp_path):
    """A disk whose directories may belong to projects."""
    image, place = tmp_path / "image", tmp_path / "xfs"
    place.mkdir()
    subprocess.run(["truncate", "-s", "320M", image], check=True)
    if shutil.which("mkfs.xfs") is None:
        pytest.skip("mkfs.xfs is missing (the shims cover the rule)")
    subprocess.run(["mkfs.xfs", "-q", image], check=True)
    mounted = subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"XFS cannot be mounted here: {mounted.stderr.strip()} (the shims cover the rule)")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR, PROJINHERIT = 0x801C581F, 0x401C5820, 0x200
FSXATTR = "<IIIII8x"


def project(path, number=None):
    """The project of a file; sets it, with all that will be made in it, if `number` is given."""
    fd = os.open(path, os.O_RDONLY)
    try:
        values = list(struct.unpack(FSXATTR, fcntl.ioctl(fd, FS_IOC_FSGETXATTR, bytes(28))))
        if number is not None:
            values[0] |= PROJINHERIT
            values[3] = number
            fcntl.ioctl(fd, FS_IOC_FSSETXATTR, struct.pack(FSXATTR, *values))
        return values[3]
    finally:
        os.close(fd)


@needs_root
@pytest.mark.parametrize("which", ["destination", "above"])
@pytest.mark.parametrize("existing", [False, True], ids=["new", "existing"])
def test_a_directory_of_a_project(case, xfs, existing, which):
    case.new_resource("BOX", FILES)
    home = xfs / "home"
    home.mkdir()
    out = home / "out"
    if existing:
        out.mkdir()
    project(out if existing and which == "destination" else home, 42)
    ran = case.run("fetch", case.url(BOX), out)
    assert ran.code == 0 and tree_of(out) == FILES, ran.err
    if existing and which == "above":
        return
    assert {project(out / path) for path in FILES} == {42} and project(out) == 42
    ran = case.run("fetch", case.url(BOX + "/files/sub/deep/c.bin"), out)
    assert ran.code == 0 and project(out / "c.bin") == 42, ran.err


@needs_root
def test_what_was_left_outside_of_a_project_is_taken_into_it(case, xfs):
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", status=404, count=-1)
    out = xfs / "out"
    assert case.run("fetch", case.url(BOX), out).code != 0
    case.server.clear_faults()
    out.mkdir()
    project(out, 42)
    ran = case.run("fetch", case.url(BOX), out)
    assert ran.code == 0 and tree_of(out) == FILES, ran.err
    assert {project(out / path) for path in FILES} == {42} and not (xfs / "out.partial").exists()


def test_a_killed_run_leaves_nothing_in_the_way(case, refusing):
    """A temporary file in a tree that is there goes with the next run."""
    case.new_resource("BOX", FILES)
    out = case.path("out")
    out.mkdir()
    (out / "own").write_text("x\n")
    env = refusing(unnamed=95)
    case.server.fault(path="files/a.txt", stall_after=3, stall_ms=30000, count=-1)
    running = case.start("fetch", case.url(BOX), out, env=env)
    wait_until(lambda: (out / "sub/deep/c.bin").exists() and any("tmp" in name for name in os.listdir(out)))
    running.send_signal(signal.SIGKILL)
    case.finish(running)
    case.server.clear_faults()
    ran = case.run("fetch", case.url(BOX), out)
    assert ran.code == 0 and "1 files in" in ran.err, ran.err
    assert tree_of(out) == {**FILES, "own": b"x\n"} and left(case.directory) == ["out"]
