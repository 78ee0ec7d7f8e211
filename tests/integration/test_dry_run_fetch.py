# SPDX-License-Identifier: Apache-2.0
"""fetch --dry-run: what is planned is done, nothing else, and the plan itself changes nothing."""

import os
import signal
import socket

import pytest
from cli import FILE, ioplug
from dry_run_case import as_refused, dry, fetch_as_planned
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401
from test_fetch_places import NOBODY, begin
from test_twins import FILES as TWIN_FILES, PARENTS, fill, make_twins

BOX = "projects/sandbox/resources/BOX"
FILES = {"a.txt": b"alpha\n", "b.txt": b"beta\n", "empty": b"", "sub/c.txt": b"gamma\n", "sub/deep/é #;.txt": b"delta"}
SEARCH = "search?projects=sandbox&scans=T1&resources=NIFTI&id=experiment"


def below(case, *names, at="out"):
    return {str(case.path(at) / name): len(FILES[name]) for name in names}


@pytest.fixture
def box(case):
    case.new_resource("BOX", FILES)
    return case.url(BOX)


@pytest.mark.parametrize("at", ["out", "not/yet/there", "out/"], ids=str)
def test_a_new_tree(case, box, at):
    plan = fetch_as_planned(case, box, f"{case.directory}/{at}")
    assert plan.steps == {"fetch": below(case, *FILES, at=at)}
    assert f"would fetch 5 files, {plan.bytes('fetch')} B; nothing was changed" in plan.err
    assert {one["url"] for one in plan.objects} >= {box + "/files/a.txt", box + "/files/sub/deep/%C3%A9%20%23%3B.txt"}
    again = fetch_as_planned(case, box, f"{case.directory}/{at}")
    assert again.steps == {"keep": below(case, *FILES, at=at)} and "would keep 5 files" in again.err


def test_an_empty_directory_that_is_there(case, box):
    case.path("out").mkdir()
    assert fetch_as_planned(case, box, case.path("out")).steps == {"fetch": below(case, *FILES)}


def test_what_differs_what_is_missing_and_what_is_not_listed(case, box):
    assert case.run("fetch", box, case.path("out")).code == 0
    case.path("out/a.txt").write_bytes(b"omega\n")
    case.path("out/b.txt").unlink()
    case.path("out/sub/mine").write_bytes(b"mine!")
    plan = fetch_as_planned(case, box, case.path("out"))
    assert plan.steps == {"replace": below(case, "a.txt"), "fetch": below(case, "b.txt"),
                          "keep": below(case, "empty", "sub/c.txt", "sub/deep/é #;.txt"),
                          "leave": {str(case.path("out/sub/mine")): 5}}
    assert ("would fetch 1 file, 5 B; replace 1 file, 6 B; keep 3 files, 11 B; leave 1 file that is not in the archive, 5 B; "
            "nothing was changed") in plan.err


def test_lines(case, box):
    ran = case.run("fetch", "-n", box + "/files/sub", case.path("out"))
    assert ran.code == 0 and ran.lines == [f"fetch\t6\t{case.path('out/c.txt')}", f"fetch\t5\t{case.path('out')}/deep/é #;.txt"]
    assert "dry run" not in case.run("-q", "fetch", "-n", box, case.path("out")).err


@pytest.mark.parametrize("tail, at, result", [("/files/a.txt", "one", "one"), ("/files/a.txt", "new/dir/", "new/dir/a.txt"),
                                              ("/files/a.txt", "home/../there", "there/a.txt"), ("/files/empty", "one", "one"),
                                              ("/files/a.txt", "link", "link")], ids=str)
def test_one_file(case, box, tail, at, result):
    case.path("there").mkdir()
    case.path("link").symlink_to("not-yet/leads/here")
    at = f"{case.directory}/{at}"
    plan = dry(case, "fetch", box + tail, at)
    ran = case.run("fetch", box + tail, at)
    assert (plan.code, ran.code) == (0, 0), (plan.err, ran.err)
    assert list(plan.steps) == ["fetch"] and list(plan.steps["fetch"]) == ran.lines
    assert os.path.samefile(ran.lines[0], case.path(result))
    assert list(dry(case, "fetch", box + tail, at).steps) == ["keep"]
    with open(ran.lines[0], "wb") as file:
        file.write(b"something else")
    assert list(dry(case, "fetch", box + tail, at).steps) == ["replace"]


@pytest.mark.parametrize("tail", ["/files/sub", "/files/sub/"])
def test_a_directory_of_a_resource(case, box, tail):
    plan = fetch_as_planned(case, box + tail, case.path("out"))
    assert plan.bytes("fetch") == 11 and len(plan.steps["fetch"]) == 2


def test_an_empty_resource(case):
    case.new_resource("BOX")
    plan = dry(case, "fetch", case.url(BOX), case.path("out"))
    assert plan.code == 0 and plan.steps == {} and "would move no file; nothing was changed" in plan.err


@pytest.mark.parametrize("parent", ["project", "scan"])
def test_twins(case, parent):
    fill(case, make_twins(case, PARENTS[parent])[0])
    plan = fetch_as_planned(case, case.url(PARENTS[parent] + "/resources/R"), case.path("out"))
    assert {os.path.relpath(path, case.path("out")) for path in plan.steps["fetch"]} == set(TWIN_FILES)


def test_what_an_interrupted_fetch_has_left(case):
    data = {"a.txt": b"alpha\n", "b.txt": b"beta\n", "sub/c.txt": b"gamma\n"}
    case.new_resource("BOX", data)
    running = begin(case)
    running.send_signal(signal.SIGINT)
    assert case.finish(running).code == 130
    case.server.clear_faults()
    plan = fetch_as_planned(case, case.url(BOX), case.path("out"))
    assert plan.steps == {"fetch": {str(case.path("out/a.txt")): 6},
                          "take-over": {str(case.path("out/b.txt")): 5, str(case.path("out/sub/c.txt")): 6}}
    assert "fetch 1 file, 6 B; take over 2 files, 11 B" in plan.err
    assert tree_of(case.path("out")) == data and not case.path("out.partial").exists()


def test_a_destination_in_use(case):
    """And the lock of somebody else is as it was."""
    case.new_resource("BOX", {"a.txt": b"alpha\n", "b.txt": b"beta\n", "sub/c.txt": b"gamma\n"})
    running = begin(case)
    plan = as_refused(case, 6, "fetch", case.url(BOX), case.path("out"), words=f"process {running.pid} on host")
    assert plan.steps == {}
    running.kill()
    case.finish(running)
    case.server.clear_faults()
    # What a killed one has left is nobody's.
    assert len(fetch_as_planned(case, case.url(BOX), case.path("out")).steps["take-over"]) == 2


def test_without_digests(make_case):
    """The server's date decides, which is asked for."""
    case = make_case(checksums=False)
    case.new_resource("BOX", FILES)
    fetch_as_planned(case, case.url(BOX), case.path("out"))
    plan = fetch_as_planned(case, case.url(BOX), case.path("out"))
    assert plan.steps["keep"] == below(case, "a.txt", "b.txt", "empty", "sub/c.txt")
    # There is no way to ask for one that no path reaches.
    assert plan.steps["replace"] == below(case, "sub/deep/é #;.txt")
    os.utime(case.path("out/a.txt"), (1, 1))
    plan = dry(case, "fetch", case.url(BOX), case.path("out"))
    assert str(case.path("out/a.txt")) in plan.steps["replace"]
    case.clear()
    assert case.run("fetch", case.url(BOX), case.path("out")).code == 0
    assert case.path("out/a.txt").stat().st_mtime != 1


# --- what the fetch itself would refuse ---

def file_at(path):
    path.write_bytes(b"mine")


def fifo_at(path):
    os.mkfifo(path)


def link_inside(path):
    path.mkdir()
    (path / "sub").symlink_to("..")


def file_for_a_directory(path):
    path.mkdir()
    (path / "sub").write_bytes(b"mine")


def directory_for_a_file(path):
    (path / "a.txt").mkdir(parents=True)


def foreign_partial(path):
    path.with_name("out.partial").mkdir()


def linked_partial(path):
    path.with_name("out.partial").symlink_to(".")


@pytest.mark.parametrize("prepare, code", [(file_at, 10), (fifo_at, 10), (link_inside, 9), (file_for_a_directory, 10),
                                           (directory_for_a_file, 10), (foreign_partial, 6), (linked_partial, 9)],
                         ids=lambda value: getattr(value, "__name__", None))
def test_what_is_in_the_way_of_a_tree(case, box, prepare, code):
    prepare(case.path("out"))
    as_refused(case, code, "fetch", box, case.path("out"))


@pytest.mark.parametrize("at, code", [("file/below", 10), ("file/", 10), ("fifo", 10), ("none/../file/x", 10)])
def test_what_is_in_the_way_of_a_file(case, box, at, code):
    file_at(case.path("file"))
    fifo_at(case.path("fifo"))
    plan = dry(case, "fetch", box + "/files/a.txt", f"{case.directory}/{at}")
    ran = case.run("fetch", box + "/files/a.txt", f"{case.directory}/{at}")
    assert (plan.code, ran.code) == (code, code), (plan.err, ran.err)


@pytest.mark.parametrize("rest, code", [("projects/sandbox/resources/NONE", 3), (BOX + "/files/none", 3),
                                        ("projects/sandbox/resources/*", 4), ("projects/sandbox", 2),
                                        (BOX + "?regex=true", 0)])
def test_what_is_not_found_or_not_one(case, box, rest, code):
    case.new_resource("BOX2", FILES)
    if code == 0:
        rest, code = "projects/sandbox/resources/BO.?regex=true", 4
    as_refused(case, code, "fetch", case.url(rest), case.path("out"))


def test_unsafe_names(case):
    number = case.new_resource("BOX", {"a.txt": b"a"})
    case.server.add_file(number, "../../climbed", b"x")
    as_refused(case, 9, "fetch", case.url(BOX), case.path("out"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize("at", ["closed/out", "closed/new/out", "open"])
def test_no_right_to_write(case, box, at):
    case.open_to_others()
    case.home.chmod(0o777)
    case.path("closed").mkdir(mode=0o755)
    case.path("open").mkdir()
    case.path("open/sub").mkdir()
    case.path("open").chmod(0o755)
    netrc = case.home / "netrc-alice"
    case.run("ls", box)
    os.chown(netrc, 65534, 65534)
    plan = dry(case, "fetch", box, case.path(at), user=None, netrc=netrc, prefix=NOBODY)
    ran = case.run("fetch", box, case.path(at), user=None, netrc=netrc, prefix=NOBODY)
    assert (plan.code, ran.code) == (10, 10), (plan.err, ran.err)


# --- many ---

def test_a_search(case):
    plan = fetch_as_planned(case, case.url(SEARCH), case.path("out"))
    assert len(plan.steps["fetch"]) >= 3 and {one["id"] for one in plan.objects} >= {"SITE_E00001"}
    assert f"would fetch {len(plan.steps['fetch'])} files" in plan.err
    os.remove(min(plan.steps["fetch"]))
    again = fetch_as_planned(case, case.url(SEARCH), case.path("out"))
    assert set(again.steps["fetch"]) == {min(plan.steps["fetch"])} and len(again.steps["keep"]) == len(plan.steps["fetch"]) - 1


def test_a_layout(case):
    layout = ["--layout", "{subject_label}/{experiment_label}/{scan_id}/{resource_label}"]
    plan = fetch_as_planned(case, *layout, case.url(SEARCH), case.path("out"))
    assert str(case.path("out/subject001/subject001_BRAIN/1/NIFTI/image.nii.gz")) in plan.steps["fetch"]
    as_refused(case, 2, "fetch", "--layout", "{subject_label}", case.url(SEARCH), case.path("other"), words="not unique")


def test_a_search_that_finds_nothing(case):
    plan = dry(case, "fetch", case.url("search?projects=sandbox&scans=NONE"), case.path("out"))
    assert plan.code == 0 and plan.steps == {} and "would move no file; nothing was changed" in plan.err


def test_a_list(case, box):
    """Of which one fails, two are of one resource, and one has no id; the listing is asked for once."""
    case.path("list").write_text(f"one\t{box}/files/a.txt\nnone\t{case.url('projects/sandbox/resources/NONE')}\n"
                                 f"two\t{box}/files/sub\none\t{box}/files/b.txt\n{box}/files/empty\n")
    plan = dry(case, "fetch", "--list", case.path("list"), case.path("out"))
    assert plan.code == 3 and "none: " in plan.err and "; 1 of 5 would fail; nothing was changed" in plan.err
    assert len([row for row in case.requests("/files?")]) == 1
    ran = case.run("fetch", "--list", case.path("list"), case.path("out"))
    assert ran.code == 3
    assert plan.steps == {"fetch": {str(path): path.stat().st_size for path in case.path("out").rglob("*") if path.is_file()}}


def test_a_list_whose_entries_meet(case, box):
    case.path("list").write_text(f"{box}/files/a.txt\n{box}/files/a.txt\n{box}\n")
    plan = as_refused(case, 6, "fetch", "--list", case.path("list"), case.path("out"))
    assert plan.steps == {"fetch": below(case, *FILES), "keep": below(case, "a.txt")}


def test_a_list_from_standard_input(case, box):
    ran = case.run("fetch", "--dry-run", "--list", "-", case.path("out"), stdin=f"x\t{box}/files/a.txt\n")
    assert ran.code == 0 and ran.lines == [f"fetch\t6\t{case.path('out/x/a.txt')}"] and not case.path("out").exists()


def test_names_that_differ_in_case_try_nothing_out(case):
    """To find out what the file system makes of them something would have to be made there."""
    case.new_resource("BOX", {"a.txt": b"a", "A.txt": b"A", "sub/x": b"1", "Sub/x": b"2"})
    fetch_as_planned(case, case.url(BOX), case.path("out"))
    case.path("list").write_text(f"x\t{case.url(BOX)}\nX\t{case.url(BOX)}\n")
    plan = dry(case, "fetch", "--list", case.path("list"), case.path("other"))
    assert plan.code == 0 and len(plan.steps["fetch"]) == 8


def test_a_reader_that_leaves(case, box):
    """Nothing was to happen, so nothing is lost."""
    one, other = socket.socketpair()
    other.close()
    ran = ioplug(*case.command("fetch", "--dry-run", box, case.path("out"))[1:], stdout=one, env=case.environment())
    one.close()
    assert "standard output" not in ran.err and not case.path("out").exists()


@pytest.mark.parametrize("arguments", [["fetch", "file:///etc/hostname", "out"], ["put", "/etc/hostname", "file:///none"],
                                       ["fetch", "--list", "-", "out"]], ids=lambda value: value[0] + value[1][:6])
def test_a_plugin_that_cannot_plan(tmp_path, arguments):
    ran = ioplug(*FILE, *arguments, "--dry-run", stdin=b"x\tfile:///etc/hostname\n", cwd=tmp_path)
    assert ran.code == 2 and f"plugin file cannot plan a {arguments[0]}" in ran.err, ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["ls", "expand", "cat"])
def test_where_there_is_nothing_to_plan(command):
    assert ioplug(*FILE, command, "--dry-run", "file:///etc").code == 2
