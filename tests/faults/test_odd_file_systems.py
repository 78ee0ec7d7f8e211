# SPDX-License-Identifier: Apache-2.0
"""File systems that are odd in themselves: names that are one, directories that keep their place, other users."""
import errno
import os
import unicodedata

import pytest
from plugin_case import tree_of

BOX = "projects/sandbox/resources/BOX"
FILES = {"a.txt": b"alpha\n", "sub/b.txt": b"beta\n" * 100, "sub/deep/c.bin": os.urandom(3_000_000)}
NFC, NFD = "caf\u00e9.txt", unicodedata.normalize("NFD", "caf\u00e9.txt")
TWINS = [("T1.nii", "t1.nii", ["--fold-case"]), ("sub/T1.nii", "sub/t1.nii", ["--fold-case"]),
         ("Sub/a", "sub/b", ["--fold-case"]), (NFC, NFD, ["--fold-form"]), (NFC, NFD, ["--store-nfd"]),
         ("\u00c9.txt", "e\u0301.txt", ["--fold-form", "--fold-case"])]


def names_both(text, one, other):
    return all(f"“{name}”" in text for name in (one, other))


def left(place):
    return sorted(one.name for one in place.iterdir())


@pytest.mark.parametrize("existing", [False, True], ids=["new", "existing"])
@pytest.mark.parametrize("one, other, oddities", TWINS)
def test_two_listed_names_that_are_one(case, odd_disk, one, other, oddities, existing):
    disk = odd_disk(*oddities)
    case.new_resource("BOX", {one: b"of the one\n", other: b"of the other!\n", "x": b"x"})
    if existing:
        (disk / "out").mkdir()
    ran = case.run("fetch", case.url(BOX), disk / "out")
    common = os.path.commonprefix([one, other]).rpartition("/")[0]
    shown = [name.split("/")[0] if not common else name for name in (one, other)]
    assert ran.code == 10 and names_both(ran.err, *shown), (ran.code, ran.err)
    assert left(disk) == (["out"] if existing else []) and tree_of(disk) == {}
    assert not case.requests("/files/")


@pytest.mark.parametrize("one, other", [pair[:2] for pair in TWINS if pair[2] == ["--fold-case"]])
def test_a_dry_run_sees_it_in_the_names_that_are_there(case, odd_disk, one, other):
    """It tries nothing out, and so knows nothing of an empty directory."""
    disk = odd_disk("--fold-case")
    case.new_resource("BOX", {one: b"of the one\n", other: b"of the other!\n"})
    (disk / "Mine").write_bytes(b"mine")
    plan = case.run("fetch", "--dry-run", case.url(BOX), disk / "out")
    assert left(disk) == ["Mine"]
    ran = case.run("fetch", case.url(BOX), disk / "out")
    assert (plan.code, plan.err) == (ran.code, ran.err) and plan.code == 10, (plan.err, ran.err)
    case.path("list").write_text(f"x\t{case.url(BOX)}/files/{one}\nX\t{case.url(BOX)}/files/{one}\n")
    for dry in (["--dry-run"], []):
        ran = case.run("fetch", *dry, "--list", case.path("list"), disk)
        assert ran.code == 6 and "for one name" in ran.err, ran.err
        assert left(disk) == (["Mine"] if dry else ["Mine", "x"])


def test_names_that_are_alike_are_two_elsewhere(case):
    files = {name: name.encode() for pair in TWINS for name in pair[:2]}
    case.new_resource("BOX", files)
    for _ in range(2):
        ran = case.run("fetch", case.url(BOX), case.path("out"))
        assert ran.code == 0 and ran.err == "", ran.err
        assert tree_of(case.path("out")) == files


@pytest.mark.parametrize("there, listed, oddities", [
    ("T1.nii", "t1.nii", ["--fold-case"]), ("Sub/own", "sub/own", ["--fold-case"]), ("Sub/a", "sub/b", ["--fold-case"])])
def test_a_local_file_is_not_taken_for_another(case, odd_disk, there, listed, oddities):
    disk = odd_disk(*oddities)
    case.new_resource("BOX", {listed: b"the server's\n", "x": b"x"})
    (disk / "out" / there).parent.mkdir(parents=True)
    (disk / "out" / there).write_bytes(b"the user's\n")
    ran = case.run("fetch", case.url(BOX), disk / "out")
    depth = 1 if "sub" in listed else None
    shown = ["/".join(name.split("/")[:depth]) for name in (there, listed)]
    if "/" in there and there.split("/")[1] != listed.split("/")[1]:
        assert ran.code in (0, 10), ran.err
    else:
        assert ran.code == 10 and names_both(ran.err, *shown), (ran.code, ran.err)
    assert (disk / "out" / there).read_bytes() == b"the user's\n"
    if "/" not in there:
        ran = case.run("fetch", case.url(f"{BOX}/files/{listed}"), disk / "out")
        assert ran.code == 10 and names_both(ran.err, there, listed), (ran.code, ran.err)
        assert (disk / "out" / there).read_bytes() == b"the user's\n"


@pytest.mark.parametrize("oddities", [["--fold-case"], ["--fold-form"], ["--store-nfd"], ["--fold-case", "--store-nfd"]],
                         ids=str)
def test_fetching_again_finds_what_is_there(case, odd_disk, oddities):
    disk = odd_disk(*oddities)
    case.new_resource("BOX", {NFC: b"text\n", "Sub/Bildchen.NII": b"image", "\u00c4/\u00e4": b"umlaut"})
    for _ in range(2):
        case.clear()
        ran = case.run("fetch", case.url(BOX), disk / "out")
        assert ran.code == 0, ran.err
    assert not case.requests("/files/")
    assert (disk / "out" / NFC).read_bytes() == b"text\n"


@pytest.mark.parametrize("ids", [("A", "a"), ("é", unicodedata.normalize("NFD", "é"))])
def test_ids_of_a_list_that_are_one_directory(case, odd_disk, ids):
    disk = odd_disk("--fold-case", "--fold-form")
    case.new_resource("BOX", {"x": b"of the one\n"})
    case.new_resource("BOX2", {"x": b"of the other!\n", "y": b"y"})
    lines = "".join(f"{name}\t{case.url(BOX + more)}\n" for name, more in zip(ids, ("", "2")))
    ran = case.run("fetch", "--list", "-", disk / "out", stdin=lines)
    assert ran.code == 6 and names_both(ran.err, *ids), (ran.code, ran.err)
    assert tree_of(disk / "out") == {f"{ids[0]}/x": b"of the one\n"}
    ran = case.run("fetch", "--list", "-", case.path("out"), stdin=lines)
    assert ran.code == 0, ran.err
    assert len(tree_of(case.path("out"))) == 3


ODDITIES = [["--no-rename-dir"], ["--no-rename-dir", "--no-link"], ["--names=143"], ["--inodes"],
            ["--inodes", "--no-rename-dir"], ["--no-times"], ["--no-rdwr"], ["--no-rename", "--no-rdwr"],
            ["--inodes", "--no-rdwr", "--no-times"]]


@pytest.mark.parametrize("oddities", ODDITIES, ids=" ".join)
def test_an_oddity_is_survived(case, odd_disk, oddities):
    disk = odd_disk(*oddities)
    case.new_resource("BOX", FILES)
    ran = case.run("fetch", case.url(BOX), disk / "out")
    assert ran.code == 0, ran.err
    assert tree_of(disk / "out") == FILES and left(disk) == ["out"]
    for path in ("sub/deep/c.bin", "sub/b.txt"):
        (disk / "out" / path).unlink()
    (disk / "out/sub/deep").rmdir()
    ran = case.run("fetch", case.url(BOX), disk / "out")
    assert ran.code == 0 and tree_of(disk / "out") == FILES, ran.err
    ran = case.run("fetch", case.url(BOX + "/files/sub/deep/c.bin"), disk / "one")
    assert ran.code == 0 and (disk / "one").read_bytes() == FILES["sub/deep/c.bin"], ran.err
    assert left(disk) == ["one", "out"]
    case.new_resource("SENT")
    ran = case.run("put", disk / "out", case.url("projects/sandbox/resources/SENT"))
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("oddities", [["--no-rename-dir"], ["--inodes"], ["--names=143"]], ids=" ".join)
def test_a_killed_run_is_taken_over(case, odd_disk, oddities):
    disk = odd_disk(*oddities)
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", stall_after=3, stall_ms=30000, count=-1)
    running = case.start("fetch", case.url(BOX), disk / "out")
    while not (disk / "out.partial/sub/deep/c.bin").exists():
        assert running.poll() is None
    running.kill()
    case.finish(running)
    case.server.clear_faults()
    case.clear()
    ran = case.run("fetch", case.url(BOX), disk / "out")
    assert ran.code == 0 and tree_of(disk / "out") == FILES and left(disk) == ["out"], ran.err
    assert len([row for row in case.requests("/files/") if "c.bin" in row["path"]]) == 0


def test_what_fails_at_flush_fails_before_the_name_is_given(case, odd_disk):
    disk = odd_disk(f"--flush={errno.EDQUOT}")
    case.new_resource("BOX", FILES)
    ran = case.run("fetch", case.url(BOX), disk / "out")
    assert ran.code == 10 and "quota" in ran.err, (ran.code, ran.err)
    assert set(tree_of(disk)) <= {"out.partial/a.txt", "out.partial/.xnatstorage-partial"}
    ran = case.run("fetch", case.url(BOX + "/files/sub/deep/c.bin"), disk / "one")
    assert ran.code == 10 and not (disk / "one").exists(), (ran.code, ran.err)


def test_a_long_id_of_a_list_fits(case, odd_disk):
    disk = odd_disk("--names=143")
    case.new_resource("BOX", {"x": b"x"})
    lines = "".join(f"{'i' * 200}{n}\t{case.url(BOX)}\n" for n in range(2))
    ran = case.run("fetch", "--list", "-", disk / "out", stdin=lines)
    assert ran.code == 0, ran.err
    assert len(left(disk / "out")) == 2
