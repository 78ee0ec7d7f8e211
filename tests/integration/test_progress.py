# SPDX-License-Identifier: Apache-2.0
"""What people see while it works, when they stop it, and while it waits."""

import re
import signal
import socket

import pytest
from plugin_case import case, make_case, make_standin, standin, tree_of  # noqa: F401
from on_terminal import Terminal

BOX = "projects/sandbox/resources/BOX"
FILES = {f"file{i}.bin": bytes([i]) * 20_000 for i in range(3)}  # so few are asked for singly


@pytest.fixture
def dead_port():
    """A port on which nobody listens, nor will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def on_terminal(case, *arguments, columns=80, **settings):
    return Terminal(case.command(*arguments, **settings), columns, env=case.environment())


def percentages(bars):
    return [int(share) for bar in bars for share in re.findall(r"(\d+)%", bar)]


def hold_the_last(case, number=2):
    """Of the files singly asked for, the last one waits until the server is told to go on."""
    case.server.fault(path=f"files/file{number}.bin", hold=True, count=-1)


def test_the_share_of_a_list_never_falls(case):
    """Entries of very different sizes, whose listings become known one after the other."""
    entries = []
    for i in range(24):
        files = {f"{n}.bin": bytes([n]) * (1 + (i * 7919) % 60_000) for n in range(1 + i % 3)}
        case.new_resource(f"BOX{i}", files)
        entries.append(f"{i}\t{case.url('projects/sandbox/resources/BOX' + str(i))}\n")
    case.path("list").write_text("".join(entries))
    case.server.fault(path=r"resources/\d+/files", delay_ms=150, count=-1)
    with on_terminal(case, "fetch", "--list", case.path("list"), case.path("out")) as terminal:
        assert terminal.finish() == 0
        shares = percentages(terminal.bars())
        assert shares == sorted(shares) and len(set(shares)) > 3, shares
        assert shares[-1] == 100 and re.search(r"\[\d+/24\]  fetching", terminal.text)


def test_a_search_knows_from_the_start_how_much_it_is(case):
    """The bulk query tells the sizes."""
    case.server.fault(path=r"resources/\d+/files", hold=True, count=-1)
    search = "search?projects=sandbox&scans=*&resources=DICOM&id=scan"
    with on_terminal(case, "fetch", case.url(search), case.path("out"), jobs=1) as terminal:
        terminal.wait_for(r"\[0/\d+\]  looking up  0 B/[\d.]+ [kMG]?B  0%")
        case.server.let_go()
        case.server.clear_faults()
        assert terminal.finish() == 0


def test_any_width_has_its_number(case):
    case.new_resource("BOX", FILES)
    hold_the_last(case)
    arguments = ("fetch", case.url(BOX), case.path("a_rather_long_name_of_a_destination"))
    with on_terminal(case, *arguments, columns=200) as terminal:
        for columns, line in [
            (200, r"fetching a_rather_long_name_of_a_destination  2/3 files  40\.0 kB/60\.0 kB  66%"),
            (40, r"fetching  40\.0 kB/60\.0 kB  66%"),
            (20, r"40\.0 kB  66%"),
            (5, r"66%"),
        ]:
            # Whoever makes the window narrower sees it in the next line.
            terminal.resize(columns)
            since = len(terminal.text)
            terminal.wait_for(r"\x1b\[K" + line + r"[^\r]*\r\x1b\[K" + line, since)
            assert len(terminal.bars(since)[-1]) < columns
        case.server.let_go()
        assert terminal.finish() == 0
        assert terminal.text.endswith("\r\x1b[K")
    assert tree_of(case.path("a_rather_long_name_of_a_destination")) == FILES


def test_a_log_gets_few_lines(case):
    case.new_resource("BOX", FILES)
    ran = case.run("--progress", "always", "fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0 and ran.err.startswith("ioplug: progress: done out  3/3 files  60.0 kB/60.0 kB  100%")
    assert ran.err.count("\n") == 1 and "\r" not in ran.err and "\x1b" not in ran.err


def test_what_has_failed_is_not_said_to_be_done(case):
    case.new_resource("BOX", FILES)
    case.server.fault(path="files/file2.bin", status=500, count=-1)
    ran = case.run("--progress", "always", "fetch", case.url(BOX), case.path("out"), retries=0)
    assert ran.code == 7
    assert ran.err.startswith("ioplug: progress: failed out  2/3 files  40.0 kB/60.0 kB  66%"), ran.err
    ran = case.run("--progress", "always", "fetch", case.url("projects/none/resources/BOX"), case.path("out"))
    assert ran.code == 3 and ran.err.startswith("ioplug: progress: failed out\n"), ran.err


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_who_stops_a_fetch_is_told_what_is_complete(case, number, code):
    case.new_resource("BOX", FILES)
    hold_the_last(case)
    with on_terminal(case, "fetch", case.url(BOX), case.path("out")) as terminal:
        terminal.wait_for("2/3 files")
        terminal.process.send_signal(number)
        assert terminal.finish() == code
        last = terminal.text.split("\x1b[K")[-1]
        assert "ioplug: cancelled: stopped on request; 2 of 3 files (40.0 kB) are complete, and the same command goes " \
               "on from there\r\n" in terminal.text
        assert terminal.text.count("ioplug: ") == 1, last
    case.server.let_go()
    case.server.clear_faults()
    ran = case.run("-v", "fetch", case.url(BOX), case.path("out"))
    assert ran.code == 0 and "1 files transferred, 2 kept, 0 replaced" in ran.err, ran.err
    assert tree_of(case.path("out")) == FILES


def test_who_stops_a_single_file_is_told_that_it_begins_anew(case):
    case.new_resource("BOX", FILES)
    hold_the_last(case)
    running = case.start("fetch", case.url(BOX) + "/files/file2.bin", case.path("one"), "--progress", "always")
    while case.server.held() == 0:
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    ran = case.finish(running)
    case.server.let_go()
    assert ran.code == 130
    assert "cancelled: stopped on request; no file is complete yet, and the same command begins anew\n" in ran.err


def test_who_stops_a_list_is_told_once(case):
    case.new_resource("BOX", FILES)
    hold_the_last(case)
    listed = "".join(f"{i}\t{case.url(BOX)}/files/file{i}.bin\n" for i in range(3))
    case.path("list").write_text(listed)
    with on_terminal(case, "fetch", "--list", case.path("list"), case.path("out")) as terminal:
        terminal.wait_for(r"\[2/3\]")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.finish() == 130
        said = [line for line in re.split(r"\r\n|\x1b\[K", terminal.text) if line.startswith("ioplug: ")]
    case.server.let_go()
    case.server.clear_faults()
    assert said == [
        "ioplug: cancelled: stopped on request; 2 of 3 entries are complete, 2 of 3 files (40.0 kB) in all, and the "
        "same command goes on from there",
        "ioplug: summary: 2 fetched, 0 kept, 0 failed, 1 interrupted",
    ]
    ran = case.run("fetch", "--list", case.path("list"), case.path("out"))
    assert ran.code == 0 and ran.err == "ioplug: summary: 1 fetched, 2 kept, 0 failed\n"


def test_who_stops_a_put_is_told_what_is_complete(case):
    source = case.path("source")
    source.mkdir()
    for name, data in FILES.items():
        (source / name).write_bytes(data)
    assert case.run("put", source, case.url(BOX)).code == 0
    (source / "more.bin").write_bytes(b"more")
    case.server.fault(method="PUT", path="more.bin", hold=True, count=-1)
    running = case.start("put", source, case.url(BOX))
    while case.server.held() == 0:
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    ran = case.finish(running)
    case.server.let_go()
    case.server.clear_faults()
    assert ran.code == 130 and "3 of 4 files (60.0 kB) are complete, and the same command goes on from there" in ran.err
    ran = case.run("-v", "put", source, case.url(BOX))
    assert ran.code == 0 and "1 files transferred, 3 kept, 0 replaced" in ran.err, ran.err
    (source / "more.bin").write_bytes(b"less")
    ran = case.run("-v", "put", source, case.url(BOX) + "?overwrite=true")
    assert ran.code == 0 and "1 files transferred, 3 kept, 1 replaced" in ran.err, ran.err


def test_a_refused_connection_says_at_once_that_it_goes_on_trying(case, dead_port):
    """Once, however many files wait for it; and with how long that may take."""
    address = f"127.0.0.1:{dead_port}"
    case.path("list").write_text("".join(f"{i}\txnat+http://{address}/data/projects/p/resources/{i}\n" for i in range(9)))
    arguments = ("fetch", "--list", case.path("list"), case.path("out"))
    with on_terminal(case, *arguments, guest="true", user=None, retry_delay=1) as terminal:
        terminal.wait_for(rf"ioplug: warning: [^\r]*cannot connect to {address}: Connection refused; trying again for "
                          r"about 3[1-9] s \(up to 5 more times\)\r\n")
        terminal.wait_for(r"waiting \d+ s for the server, try \d of 6")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.finish() == 130
        assert terminal.text.count("trying again") == 1


def test_a_busy_server_says_when_it_is_asked_again(case):
    case.new_resource("BOX", FILES)
    case.server.fault(path="/files", status=503, retry_after=40, count=-1)
    with on_terminal(case, "fetch", case.url(BOX), case.path("out"), retries=3, retry_delay=0.02) as terminal:
        terminal.wait_for(r"ioplug: warning: [^\r]*503[^\r]*; trying again for about 2 min \(up to 3 more times\)\r\n")
        terminal.wait_for(r"waiting \d+ s for the server, try 2 of 4")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.finish() == 130
