# SPDX-License-Identifier: Apache-2.0
"""fetch: every file is checked; stale catalogs, missing files, spoiled answers, unsafe names."""

import os

import pytest
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401

BOX = "projects/sandbox/resources/BOX"
FILES = {"a.txt": b"alpha\n", "b.txt": b"beta\n", "sub/c.txt": b"gamma\n"}
MANY = {f"{n:02}.txt": b"%d" % n * (n + 1) for n in range(30)}


def test_a_corrupt_byte_is_asked_for_again(case):
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", corrupt_at=2, count=1)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == FILES
    assert len(case.requests("files/a.txt")) == 2


def test_bytes_that_are_never_right_are_never_delivered(case):
    case.new_resource("BOX", {"a.txt": b"0123456789" * 100})
    for at in range(40):
        case.server.fault(path="files/a.txt", corrupt_at=at, count=1)
    ran = case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("out"), retries=3)
    assert ran.code == 9, (ran.code, ran.err)
    assert "a.txt" in ran.err
    assert len(case.requests("files/a.txt")) == 4
    assert [one for one in os.listdir(case.directory) if one != "home"] == []


@pytest.mark.parametrize("action", ["flip", "append", "false-size", "false-digest"])
def test_a_stale_catalog_is_told_after_two_transfers(case, action):
    number = case.new_resource("BOX", FILES)
    case.server.spoil(number, "a.txt", action)
    ran = case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("out"))
    assert ran.code == 9, (ran.code, ran.err)
    assert "stale" in ran.err and "refresh" in ran.err and "stale_catalog=warn" in ran.err
    assert len(case.requests("files/a.txt")) == 2
    assert not case.path("out").exists()


@pytest.mark.parametrize("action", ["flip", "append", "false-size", "false-digest"])
def test_stale_files_are_delivered_on_demand(case, action):
    number = case.new_resource("BOX", FILES)
    case.server.spoil(number, "a.txt", action)
    truth = case.server.get("/data/" + BOX + "/files/a.txt").body
    ran = case.run("fetch", case.url(BOX), case.path("out"), stale_catalog="warn")
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == {**FILES, "a.txt": truth}
    assert ran.err.count("warning") >= 1 and "a.txt" in ran.err


def test_a_stale_tree_fails_and_keeps_the_rest(case):
    number = case.new_resource("BOX", FILES)
    case.server.spoil(number, "a.txt", "flip")
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 9, (ran.code, ran.err)
    assert not case.path("out").exists()
    assert tree_of(case.path("out.partial")) == {"b.txt": FILES["b.txt"], "sub/c.txt": FILES["sub/c.txt"]}


def test_a_listed_file_that_is_gone_does_not_stop_the_others(case):
    number = case.new_resource("BOX", FILES)
    case.server.spoil(number, "a.txt", "remove")
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 3, (ran.code, ran.err)
    assert "a.txt" in ran.err and not case.path("out").exists()
    assert tree_of(case.path("out.partial")) == {"b.txt": FILES["b.txt"], "sub/c.txt": FILES["sub/c.txt"]}
    assert len(case.requests("files/a.txt")) == 1


def test_the_next_run_takes_over_what_is_complete(case):
    number = case.new_resource("BOX", FILES)
    case.server.fault(path="files/a.txt", status=404, count=-1)
    assert case.run("fetch", case.url(BOX), case.path("out")).code == 3
    case.server.clear_faults()
    case.clear()
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0 and number, ran.err
    assert tree_of(case.path("out")) == FILES and not case.path("out.partial").exists()
    assert [row["path"].rpartition("/files/")[2] for row in case.requests("/files/")] == ["a.txt"]


def test_a_listed_file_that_is_gone_is_left_out_on_demand(case):
    number = case.new_resource("BOX", FILES)
    case.server.spoil(number, "a.txt", "remove")
    ran = case.run("fetch", case.url(BOX), case.path("out"), stale_catalog="warn")
    assert ran.code == 0, ran.err
    assert sorted(tree_of(case.path("out"))) == ["b.txt", "sub/c.txt"]
    assert "warning" in ran.err and "a.txt" in ran.err
    ran = case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("one"), stale_catalog="warn")
    assert ran.code == 3 and not case.path("one").exists()


@pytest.mark.parametrize("closed", [True, False])
def test_many_listed_files_that_are_gone_cost_one_request_each(make_case, closed):
    """XNAT has its container say it, with the page of one that has no XNAT: no reason to wait, nor to ask who is there."""
    case = make_case(require_login=closed)
    number = case.new_resource("BOX", {f"{n:03} {'é' * (n % 2)}.txt": b"%d" % n for n in range(100)})
    for n in range(80):
        case.server.spoil(number, f"{n:03} {'é' * (n % 2)}.txt", "remove")
    case.clear()
    ran = case.run("fetch", case.url(BOX), case.path("out"), stale_catalog="warn", retry_delay=5)
    assert ran.code == 0 and ran.err.count("left out: ") == 80 and "trying again" not in ran.err, ran.err
    assert len(tree_of(case.path("out"))) == 20
    assert len(case.requests("/files/")) == 80 and len(case.requests("format=")) <= 5
    assert len(case.requests("/data/auth")) <= 3


def test_a_file_that_is_gone_out_of_many(case):
    number = case.new_resource("BOX", MANY)
    case.server.spoil(number, "07.txt", "remove")
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 3 and "07.txt" in ran.err, (ran.code, ran.err)
    assert tree_of(case.path("out.partial")) == {name: data for name, data in MANY.items() if name != "07.txt"}


def test_files_that_are_broken_on_the_server_do_not_stop_the_others(case):
    """The first two are tried as often as they may, the next ones once more only, what comes after them comes."""
    case.new_resource("BOX", MANY)
    case.server.fault(path="format=(tar|zip)", status=404, count=-1)
    case.server.fault(path="/files/0[0-5].txt", status=500, count=-1)
    ran = case.run("fetch", case.url(BOX), case.path("out"), jobs=1, retries=3)
    assert ran.code == 7 and "6 of 30 files failed" in ran.err, (ran.code, ran.err)
    assert len(tree_of(case.path("out.partial"))) == 24
    assert [len(case.requests(f"/files/{n:02}.txt")) for n in range(7)] == [4, 4, 2, 2, 2, 2, 1]


@pytest.mark.parametrize("status, asked", [(503, 2), (504, 2)])
def test_a_server_that_is_away_is_not_asked_for_every_file(case, status, asked):
    case.new_resource("BOX", MANY)
    case.server.fault(path="format=(tar|zip)", status=404, count=-1)
    case.server.fault(path="/files/[0-9]", status=status, count=-1)
    ran = case.run("fetch", case.url(BOX), case.path("out"), jobs=1, retries=2)
    assert ran.code == 7 and f"HTTP {status}" in ran.err, (ran.code, ran.err)
    assert len({row["path"] for row in case.requests("/files/")}) == asked


def test_what_lies_behind_a_broken_directory_comes(case):
    """Of many broken files each is asked for once, at last; the next run gets as far."""
    files = {f"a/{n:02}.txt": b"x" * 500 for n in range(25)} | {f"b/{n}.txt": b"y" * 500 for n in range(3)}
    case.new_resource("BOX", files)
    case.server.fault(path="format=(tar|zip)", status=404, count=-1)
    case.server.fault(path="/files/a/", status=500, count=-1)
    for _ in range(2):
        case.clear()
        ran = case.run("fetch", case.url(BOX), case.path("out"), jobs=1, retries=2)
        assert ran.code == 7 and "25 of 28 files failed" in ran.err and "HTTP 500" in ran.err, (ran.code, ran.err)
        assert tree_of(case.path("out.partial")) == {name: data for name, data in files.items() if name.startswith("b/")}
        asked = [len(case.requests(f"/files/a/{n:02}.txt")) for n in range(25)]
        assert asked == [3, 3] + [2] * 18 + [1] * 5


def test_an_archive_that_is_well_formed_but_incomplete(case):
    case.new_resource("BOX", MANY)
    case.server.fault(path="format=tar", status=404, body="empty", count=-1)
    case.server.fault(path="format=zip", zip_members=12, count=-1)
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == MANY
    singles = [row["path"].rpartition("/")[2] for row in case.requests("/files/")]
    assert len(singles) == len(set(singles)) == 18


@pytest.mark.parametrize("fault", [{"corrupt_at": 90}, {"corrupt_at": 700}, {"close_after": 700}, {"status": 500},
                                   {"status": 404, "body": "empty"}, {"status": 200, "body": "html200"}])
@pytest.mark.parametrize("forms", ["tar", "(tar|zip)"])
def test_an_archive_that_fails(case, forms, fault):
    case.new_resource("BOX", MANY)
    case.server.fault(path=f"format={forms}", count=-1, **fault)
    ran = case.run("fetch", case.url(BOX), case.path("out"), retries=1)
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == MANY
    assert all("range" not in row for row in case.requests("format="))


def test_no_sizes_and_no_digests(case):
    number = case.new_resource("BOX", FILES)
    for path in FILES:
        case.server.spoil(number, path, "drop-size")
        case.server.spoil(number, path, "drop-digest")
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0, ran.err
    assert tree_of(case.path("out")) == FILES


def test_a_short_body_without_digest_is_noticed(case):
    number = case.new_resource("BOX", {"a.txt": b"x" * 5000})
    case.server.spoil(number, "a.txt", "drop-digest")
    case.server.fault(path="files/a.txt", close_after=1000, count=1)
    ran = case.run("fetch", case.url(BOX + "/files/a.txt"), case.path("out"))
    assert ran.code == 0, ran.err
    assert case.path("out").read_bytes() == b"x" * 5000


@pytest.mark.parametrize("name", ["../evil.txt", "a/../../evil.txt", "/etc/evil.txt", "..", "a/./b", "..\\evil.txt",
                                  "sub\\..\\evil.txt", "a//b.txt", "x" * 256, "bell\a.txt"])
def test_names_that_lead_outside_refuse_the_whole_fetch(case, name):
    case.new_resource("BOX", {"good.txt": b"good", name: b"evil"})
    case.path("place").mkdir()
    ran = case.run("fetch", case.url(BOX), case.path("place/out"))
    assert ran.code == 9, (ran.code, ran.err)
    assert tree_of(case.directory).keys() <= {"home/netrc-alice"}
    assert not case.path("place/out").exists() and not os.path.exists("/etc/evil.txt")
    assert not any("/files/" in row["path"] for row in case.requests())


@pytest.mark.parametrize("where", ["sub", "sub/c.txt"])
def test_a_link_in_the_way_below_the_destination(case, where):
    case.new_resource("BOX", FILES)
    case.path("elsewhere").mkdir()
    case.path("out/sub").mkdir(parents=True)
    if where == "sub":
        case.path("out/sub").rmdir()
    case.path("out").joinpath(where).symlink_to(case.path("elsewhere"))
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code == 9, (ran.code, ran.err)
    assert list(case.path("elsewhere").iterdir()) == []


def test_a_file_and_a_directory_of_one_name_on_the_server(case):
    case.new_resource("BOX", {"a": b"file", "a/b": b"below"})
    ran = case.run("fetch", case.url(BOX), case.path("out"))
    assert ran.code in (9, 10), (ran.code, ran.err)
    assert not case.path("out").exists()
    ran = case.run("fetch", case.url(BOX + "/files/a"), case.path("one"))
    assert ran.code == 0 and case.path("one").read_bytes() == b"file", ran.err


@pytest.mark.parametrize("name", ["/files/a.txt", ""])
def test_not_modified_is_no_file(case, name):
    """An answer 304 to a question without a condition delivers nothing."""
    case.new_resource("BOX", {"a.txt": b"alpha\n", "b.txt": b"beta\n"})
    case.server.fault(path="files/a.txt", status=304, body="empty", count=-1)
    ran = case.run("fetch", case.url("projects/sandbox/resources/BOX" + name), case.path("out"))
    assert ran.code == 8 and not case.path("out").exists(), (ran.code, ran.err)


@pytest.mark.parametrize("setting", ["error", "warn"])
@pytest.mark.parametrize("page", ["html200", "login-page"])
def test_a_web_page_is_no_stale_file(case, setting, page):
    """Whatever stands before the server sent it, it is none of the user's data."""
    case.new_resource("BOX", {**FILES, "empty": b"", "page.html": b"<html>mine</html>"})
    case.server.fault(path="files/(a.txt|empty)", status=200, body=page, count=-1)
    ran = case.run("fetch", case.url(BOX), case.path("out"), stale_catalog=setting, retries=2)
    assert ran.code == 9 and "web page" in ran.err and "stale" not in ran.err, (ran.code, ran.err)
    assert not case.path("out").exists()
    case.server.clear_faults()
    assert case.run("fetch", case.url(BOX), case.path("out")).code == 0
    assert tree_of(case.path("out"))["page.html"] == b"<html>mine</html>"


def test_a_name_that_no_path_reaches_and_no_archive_tells_apart(make_case):
    """Nothing was asked by its path, so no status is made up."""
    case = make_case(checksums=False)
    case.new_resource("BOX", {"100%.txt": b"12345", "SITE_E00001_x.txt": b"abcde"}, parent="experiments/SITE_E00001")
    ran = case.run("fetch", case.url("experiments/SITE_E00001/resources/BOX"), case.path("out"))
    assert ran.code == 3 and "100%.txt" in ran.err and "HTTP" not in ran.err, (ran.code, ran.err)
