# SPDX-License-Identifier: Apache-2.0
"""Disks on which one call or another does not work: a second way, or one warning; never data that are thrown away, never
half a file under a final name."""
import errno
import os
import resource
import subprocess

import plugin_case
import pytest
from plugin_case import tree_of
from small_disk import small_disk  # noqa: F401

BOX = "projects/sandbox/resources/BOX"
FILES = {"a.txt": b"alpha\n", "sub/b.txt": b"beta\n" * 100, "sub/deep/c.bin": os.urandom(3_000_000)}
DATE = 1_600_000_000


def left(case):
    return sorted(one.name for one in case.directory.iterdir() if one.name not in ("home", "disk"))


def warnings(ran):
    return [line for line in ran.err.splitlines() if line.startswith("ioplug: warning: ")]


def fetch_both(case, env, existing):
    """A tree, and a file of it; returns both runs."""
    case.new_resource("BOX", FILES)
    if existing:
        case.path("out/sub").mkdir(parents=True)
        case.path("out/a.txt").write_bytes(b"of old\n")
        case.path("one").write_bytes(b"of old\n")
    tree = case.run("fetch", case.url(BOX), case.path("out"), env=env)
    one = case.run("fetch", case.url(BOX + "/files/sub/deep/c.bin"), case.path("one"), env=env)
    return tree, one


SURVIVED = [
    {"times": errno.EPERM}, {"times": errno.ENOSYS},
    {"link": errno.EPERM}, {"link": errno.ENOENT}, {"link": errno.EXDEV}, {"link": errno.ENOSYS},
    {"unnamed": errno.EOPNOTSUPP}, {"unnamed": errno.EISDIR},
    {"rdwr": errno.EINVAL}, {"rdwr": errno.EACCES},
    {"rename_dir": errno.EPERM}, {"rename_dir": errno.EXDEV}, {"rename_dir": errno.ENOSYS},
    {"rename_dir": errno.EPERM, "xattr": errno.EOPNOTSUPP},
    {"reserve": errno.EOPNOTSUPP, "statvfs": "no-size"}, {"reserve": errno.EOPNOTSUPP, "statvfs": "full"},
    {"xattr": errno.EOPNOTSUPP}, {"names": 143}, {"inodes": 1}, {"inodes": 1, "xattr": errno.EOPNOTSUPP},
    {"inodes": 1, "rdwr": errno.EINVAL, "unnamed": errno.EOPNOTSUPP},
]


@pytest.mark.parametrize("existing", [False, True], ids=["new", "existing"])
@pytest.mark.parametrize("calls", SURVIVED, ids=lambda calls: "-".join(f"{k}={v}" for k, v in calls.items()))
def test_a_refused_call_is_survived(case, refusing, calls, existing):
    tree, one = fetch_both(case, refusing(**calls), existing)
    assert (tree.code, one.code) == (0, 0), (tree.err, one.err)
    assert tree_of(case.path("out")) == FILES and case.path("one").read_bytes() == FILES["sub/deep/c.bin"]
    assert left(case) == ["one", "out"]
    told = int("times" in calls or calls.get("statvfs") == "full") + int(existing)  # what differed was replaced
    assert [len(warnings(ran)) for ran in (tree, one)] == [told, told], (tree.err, one.err)


@pytest.mark.parametrize("calls", [{}, {"unnamed": errno.EOPNOTSUPP}], ids=["unnamed", "named"])
@pytest.mark.parametrize("durable", [False, True])
@pytest.mark.parametrize("number", [errno.EDQUOT, errno.ENOSPC, errno.EIO])
def test_what_fails_at_close_fails_before_the_name_is_given(case, refusing, number, durable, calls):
    case.new_resource("BOX", FILES)
    env = refusing(close=number, **calls)
    case.path("old").write_bytes(b"of old\n")
    for name in ("one", "old"):
        ran = case.run("fetch", case.url(BOX + "/files/sub/deep/c.bin"), case.path(name), env=env, durable=durable)
        assert ran.code == 10 and os.strerror(number) in ran.err, (ran.code, ran.err)
    ran = case.run("fetch", case.url(BOX), case.path("out"), env=env, durable=durable)
    assert ran.code == 10, (ran.code, ran.err)
    assert case.path("old").read_bytes() == b"of old\n"
    assert [name for name in left(case) if name != "out.partial"] == ["old"]
    assert all(FILES[path] == data for path, data in tree_of(case.path("out.partial")).items())


def test_what_fails_at_close_is_no_file_of_an_archive(case, refusing):
    many = {f"{n:02}.bin": bytes([n]) * 5000 for n in range(20)}
    case.new_resource("BOX", many)
    ran = case.run("fetch", case.url(BOX), case.path("out"), env=refusing(close=errno.EDQUOT))
    assert ran.code == 10 and left(case) == [], (ran.code, ran.err, left(case))


@pytest.mark.parametrize("rest", ["", "/files/a.txt"])
@pytest.mark.parametrize("existing", [False, True], ids=["new", "existing"])
def test_a_durable_fetch_that_cannot_sync_fails(case, refusing, rest, existing):
    case.new_resource("BOX", FILES)
    if existing:
        case.path("out" if rest == "" else "home").mkdir(exist_ok=True)
    ran = case.run("fetch", case.url(BOX + rest), case.path("out"), env=refusing(sync=errno.EIO), durable=True)
    assert ran.code == 10, (ran.code, ran.err)
    assert tree_of(case.path("out")) == {} and not case.path("out").is_file()


def synced(case, refusing, url):
    """What a durable fetch has written to the disk: (call, path below the test's directory)."""
    log = case.path("synced")
    log.unlink(missing_ok=True)
    ran = case.run("fetch", url, case.path("out"), env=refusing(sync_log=log), durable=True)
    assert ran.code == 0, ran.err
    lines = [line.split(" ", 1) for line in log.read_text().splitlines()]
    return [(call, os.path.relpath(path, case.directory)) for call, path in lines]


def test_what_is_there_already_is_written_to_the_disk_once(case, refusing):
    """Whoever fetched it may not have waited for the disk; but a tree costs one call, however many files it has."""
    case.new_resource("BOX", FILES)
    url = case.url(BOX)
    assert synced(case, refusing, url) == [("syncfs", "out.partial"), ("fsync", "out.partial"), ("fsync", ".")]
    assert synced(case, refusing, url) == [("syncfs", "out"), ("fsync", ".")]
    # What gets its name in a tree that others see already is on the disk before.
    case.path("out/a.txt").unlink()
    file, *rest = synced(case, refusing, url)
    assert file[0] == "fsync" and rest == [("syncfs", "out"), ("fsync", ".")]


def test_a_single_file_that_is_there_already_is_written_to_the_disk(case, refusing):
    case.new_resource("BOX", FILES)
    url = case.url(f"{BOX}/files/a.txt")
    assert case.run("fetch", url, case.path("out")).code == 0
    assert synced(case, refusing, url) == [("fsync", "out"), ("fsync", ".")]


def test_a_file_system_that_cannot_sync_is_warned_of(case, refusing):
    case.new_resource("BOX", FILES)
    ran = case.run("fetch", case.url(BOX), case.path("out"), env=refusing(sync=errno.EINVAL), durable=True)
    assert ran.code == 0 and len(warnings(ran)) == 1 and "durable" in ran.err, ran.err
    assert tree_of(case.path("out")) == FILES


def test_what_is_over_the_estimate_fails_when_it_is_written(case, refusing, small_disk):
    case.new_resource("BOX", FILES)
    env = refusing(reserve=errno.EOPNOTSUPP)
    ran = case.run("fetch", case.url(BOX + "/files/sub/deep/c.bin"), small_disk / "one", env=env)
    assert ran.code == 10 and "free some space" in ran.err, (ran.code, ran.err)
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize("program", ["ioplug", "example-host"])
def test_a_size_limit_of_nothing_ends_nobody(case, program):
    """A host that does not ignore SIGXFSZ lives on."""
    case.new_resource("BOX", FILES)
    words = case.command("fetch", case.url(BOX), case.path("out"))
    env = case.environment(XNAT_HOST=case.server.url, XNAT_USER="alice", XNAT_PASS="alice-pw")
    if program == "example-host":
        host = os.environ.get("TEST_EXAMPLE_HOST", plugin_case.BUILD / "tests/plugins/example-host")
        words = [host, plugin_case.PLUGIN, case.url(BOX), case.path("out")]
    with open(case.path("home/output"), "wb") as output:
        ran = subprocess.run(words, env=env, stdout=subprocess.PIPE if program != "ioplug" else output,
                             stderr=subprocess.PIPE, timeout=60, check=False,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
    assert ran.returncode in ((10,) if program == "ioplug" else (1,)), (ran.returncode, ran.stderr)
    assert left(case) == []


@pytest.mark.parametrize("calls", [{"inodes": 1}, {"inodes": 1, "rdwr": errno.EINVAL}], ids=str)
def test_numbers_of_files_that_change_are_no_change(case, refusing, calls):
    case.new_resource("BOX")
    tree = case.path("tree")
    for name, data in FILES.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(data)
    ran = case.run("put", tree, case.url(BOX), env=refusing(**calls))
    assert ran.code == 0, ran.err
    ran = case.run("put", tree / "a.txt", case.url(BOX + "/files/again/"), env=refusing(**calls))
    assert ran.code == 0, ran.err


def test_a_destination_in_use_is_seen_where_numbers_change(case, refusing):
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", stall_after=3, stall_ms=30000, count=-1)
    running = case.start("fetch", case.url(BOX + "/files/a.txt"), case.path("one"), env=refusing(inodes=1))
    while not case.path(".one.xnatstorage-lock").exists():
        assert running.poll() is None
    ran = case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("one"), env=refusing(inodes=1))
    assert ran.code == 6 and f"process {running.pid} " in ran.err, (ran.code, ran.err)
    running.kill()
    case.finish(running)
    case.server.clear_faults()
    ran = case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("one"), env=refusing(inodes=1))
    assert ran.code == 0 and left(case) == ["one"], ran.err


@pytest.mark.parametrize("calls", [{}, {"xattr": errno.EOPNOTSUPP}, {"rename_dir": errno.EPERM},
                                   {"rename_dir": errno.EPERM, "xattr": errno.EOPNOTSUPP}], ids=str)
def test_an_interrupted_tree_is_taken_over(case, refusing, calls):
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", status=404, count=-1)
    ran = case.run("fetch", case.url(BOX), case.path("out"), env=refusing(**calls))
    assert ran.code != 0 and left(case) == ["out.partial"], (ran.code, ran.err)
    case.server.clear_faults()
    case.clear()
    ran = case.run("fetch", case.url(BOX), case.path("out"), env=refusing(**calls))
    assert ran.code == 0, ran.err
    assert left(case) == ["out"] and tree_of(case.path("out")) == FILES
    assert len(case.requests("/files/")) == 1


@pytest.mark.parametrize("length", [120, 130, 143])
def test_names_that_hardly_fit(case, refusing, length):
    name = "n" * length
    case.new_resource("BOX", {name: b"text", "x": b"x"})
    env = refusing(names=143, unnamed=errno.EOPNOTSUPP)
    assert case.run("fetch", case.url(f"{BOX}/files/{name}"), case.directory, env=env).code == 0
    ran = case.run("fetch", case.url(BOX), case.path("t" * length), env=env)
    assert ran.code == 0, ran.err
    assert tree_of(case.path("t" * length)) == {name: b"text", "x": b"x"}


def test_paths_longer_than_the_system_takes_are_sent(case):
    case.new_resource("BOX")
    case.path("tree").mkdir()
    here = os.getcwd()
    os.chdir(case.path("tree"))
    try:
        for _ in range(25):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        with open("leaf", "wb") as leaf:
            leaf.write(b"deep down")
    finally:
        os.chdir(here)
    ran = case.run("put", case.path("tree"), case.url(BOX))
    assert ran.code == 0, (ran.code, ran.err)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, (ran.code, ran.err)
    ran = case.run("put", case.path("out"), case.url(BOX))
    assert ran.code == 0, (ran.code, ran.err)
    subprocess.run(["rm", "-rf", case.path("tree"), case.path("out")], check=True)


@pytest.mark.parametrize("one, other", [("T1.nii", "t1.nii"), ("sub/T1.nii", "sub/t1.nii"), ("Sub", "sub")])
@pytest.mark.parametrize("calls", [{}, {"unnamed": errno.EOPNOTSUPP}], ids=["unnamed", "named"])
def test_two_listed_names_that_are_one(case, refusing, one, other, calls):
    files = {"x": b"x", **({one: b"1", other: b"22"} if "." in one else {f"{one}/a": b"1", f"{other}/b": b"22"})}
    case.new_resource("BOX", files)
    ran = case.run("fetch", case.url(BOX), case.path("out"), env=refusing(case=1, **calls))
    assert ran.code == 10 and f"“{one}” and “{other}”" in ran.err, (ran.code, ran.err)
    assert left(case) == [] and not case.requests("/files/")


def test_a_local_file_is_not_taken_for_another(case, refusing):
    case.new_resource("BOX", {"t1.nii": b"the server's\n", "x": b"x"})
    case.path("out").mkdir()
    case.path("out/T1.nii").write_bytes(b"the user's\n")
    for rest in ("", "/files/t1.nii"):
        ran = case.run("fetch", case.url(BOX + rest), case.path("out"), env=refusing(case=1))
        assert ran.code == 10 and "“T1.nii” and “t1.nii”" in ran.err, (ran.code, ran.err)
    assert case.path("out/T1.nii").read_bytes() == b"the user's\n"


@pytest.mark.parametrize("calls", [{}, {"unnamed": errno.EOPNOTSUPP}], ids=["unnamed", "named"])
def test_a_file_that_is_replaced_keeps_its_mode(case, refusing, calls):
    case.new_resource("BOX", FILES)
    case.path("out").mkdir()
    for path in ("out/a.txt", "one"):
        case.path(path).write_bytes(b"of old\n")
        case.path(path).chmod(0o640)
    env = refusing(**calls)
    assert case.run("fetch", case.url(BOX), case.path("out"), env=env).code == 0
    assert case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("one"), env=env).code == 0
    for path in ("out/a.txt", "one"):
        assert case.path(path).read_bytes() == FILES["a.txt"] and case.path(path).stat().st_mode & 0o777 == 0o640
