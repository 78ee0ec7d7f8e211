# SPDX-License-Identifier: Apache-2.0
"""What shells offer at <TAB>: real ones at a terminal, and what they ask the command for."""

import concurrent.futures
import os
import socket
import stat
import subprocess
import time

import pytest

from plugin_case import IOPLUG, PLUGIN, Ran, case, make_case, make_standin, standin  # noqa: F401
from shell_line import Shell

SESSION = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"


def complete(case, *words, password="alice-pw", **env):
    """The lines that `ioplug complete` writes for a command line of these words."""
    netrc = case.write_netrc(f"machine {case.server.host}:{case.server.port} login alice password {password}\n")
    env = case.environment(**{"NETRC": str(netrc), "IOPLUG_PATH": os.path.dirname(PLUGIN), "TMPDIR": str(case.home), **env})
    done = subprocess.run([IOPLUG, "complete", "--", *words], env=env, capture_output=True, timeout=60, check=False)
    ran = Ran(done.returncode, done.stdout, done.stderr)
    assert ran.code == 0 and ran.err == "", (ran.code, ran.err)
    return ran.lines


def kept(case):
    """The directory in which answers are kept."""
    (found,) = case.home.glob("ioplug-completion-*")
    return found


# --- the words of a line ---


@pytest.mark.parametrize("line, offered", [
    (["sta"], ["=stat"]),
    (["h"], ["=help"]),
    (["help", "fe"], ["=fetch"]),
    (["--js"], ["=--json"]),
    (["--pro"], ["=--progress="]),
    (["--progress=a"], ["=--progress=auto", "=--progress=always"]),
    (["--progress", "ne"], ["=never"]),
    (["-o", "ses"], ["=session_cache="]),
    (["--set=ses"], ["=--set=session_cache="]),
    (["-o", "guest="], ["=guest=true", "=guest=false"]),
    (["-o", "netrc="], [":files"]),
    (["--plugin="], [":files"]),
    (["--plugin", "x"], [":files"]),
    (["-o", "guest=true", "ls", "--rec"], ["=--recursive"]),
    (["ls", "--lay"], []),
    (["ls", "--", "--js"], []),
    (["put", ""], [":files"]),
    (["put", "a", "xnat+https"], ["=xnat+https://"]),
    (["put", "a", "xnat+https://h/x", ""], []),
    (["fetch", "xnat+https:/"], ["=xnat+https://"]),
    (["fetch", "xnat+https://h/x", ""], [":files"]),
    (["fetch", "--list", "f", ""], [":files"]),
    (["plugins", ""], []),
    (["nothing", ""], []),
    (["help", "fetch", ""], []),
    (["ls", "xnat+https://h"], []),
    (["ls", "-o", "nonsense", ""], []),
])
def test_words_of_a_line(case, line, offered):
    assert complete(case, *line) == offered
    assert case.requests() == []


def test_all_commands_and_options_are_offered(case):
    text = case.run("--help").out
    assert [word[1:] for word in complete(case, "") if word != "=help"] == [
        word for word in dict.fromkeys(line.split("ioplug [OPTIONS] ")[1].split()[0] for line in text.splitlines() if "ioplug [OPTIONS] " in line)]
    assert set(complete(case, "-")) >= {"=--json", "=--plugin=", "=--help"} and "=--list=" not in complete(case, "-")
    assert "=--list=" in complete(case, "fetch", "-")


# --- URLs ---


def test_url_level_by_level(case):
    here, tried = case.server.plugin_url, []
    url = here + "/"
    for written in ["d", "pr", "sand", "sub", "subject001", "ex", "subject001_B", "sc", "1", "res", "DI", "fi"]:
        offered = complete(case, "fetch", url + written)
        assert len(offered) == 1 and offered[0].startswith("=" + url + written), (url, written, offered)
        url = offered[0][1:]
        tried.append(url)
    assert url == f"{here}/data/{SESSION}/scans/1/resources/DICOM/files/"
    files = [line[1:] for line in complete(case, "fetch", url)]
    assert len(files) == 4 and case.run("cat", files[0]).code == 0


def test_experiments_of_a_project(case):
    url = case.server.plugin_url + "/data/projects/sandbox/experiments/subject002"
    assert complete(case, "ls", url) == [f"={url}_BRAIN/", f"={url}_FOLLOWUP/"]


def test_experiments_beside_subjects(case):
    """Where a project has any; also when what it has is remembered."""
    url = case.server.plugin_url + "/data/projects/"
    offered = [f"={url}sandbox/{name}/" for name in ("subjects", "resources", "experiments")]
    for _ in range(2):
        assert complete(case, "ls", f"{url}sandbox/") == offered
        assert complete(case, "ls", f"{url}sandbox/ex") == offered[2:]
    assert complete(case, "ls", f"{url}nothing/") == []
    assert complete(case, "ls", f"{url}sandbox/subjects/subject001/ex") == [f"={url}sandbox/subjects/subject001/experiments/"]


def test_names_are_encoded(case):
    url = case.server.plugin_url + "/data/projects/odd/experiments/odd_session/scans/6/resources/NAMES/files/"
    assert f"={url}a%20b.txt" in complete(case, "cat", url)
    assert complete(case, "cat", url + "\u00e9") == [f"={url}%C3%A9.txt"]
    assert complete(case, "cat", url + "a%20") == complete(case, "cat", url + "a ") == [f"={url}a%20b.txt"]


def test_second_time_within_a_minute_asks_nobody(case):
    url = case.server.plugin_url + "/data/projects/"
    first = complete(case, "ls", url)
    assert len(case.requests("/data/projects")) > 0 and len(first) > 1
    case.clear()
    assert complete(case, "ls", url) == first
    assert complete(case, "fetch", url + "sandb") == [f"={url}sandbox/"]
    assert case.requests() == []
    for one in kept(case).iterdir():
        os.utime(one, (time.time() - 61, time.time() - 61))
    assert complete(case, "ls", url) == first
    assert case.requests("/data/projects") != []


def test_sessions_are_ended(case):
    complete(case, "ls", case.server.plugin_url + "/data/projects/")
    assert case.server.sessions("alice") == []


def test_what_is_kept_is_private_and_bounded(case):
    for number in range(3):
        complete(case, "ls", f"{case.server.plugin_url}/data/projects/sandbox/nothing{number}/")
    complete(case, "ls", case.server.plugin_url + "/data/projects/")
    assert stat.S_IMODE(kept(case).stat().st_mode) == 0o700
    files = list(kept(case).iterdir())
    assert files and all(stat.S_IMODE(one.stat().st_mode) == 0o600 and len(one.name) == 64 for one in files)
    assert not any(b"alice-pw" in one.read_bytes() for one in files)
    for number in range(80):
        (kept(case) / f"{number:064x}").write_text("")
    complete(case, "ls", case.server.plugin_url + "/data/projects/sandbox/")
    assert len(list(kept(case).iterdir())) <= 64 + 2


def test_directory_of_others_is_not_used_and_nobody_is_asked(case):
    url = case.server.plugin_url + "/data/projects/"
    complete(case, "ls", url)
    place = kept(case)
    case.clear()
    place.chmod(0o755)
    assert complete(case, "ls", url) == []
    place.rename(place.with_name("elsewhere"))
    place.symlink_to(place.with_name("elsewhere"))
    place.with_name("elsewhere").chmod(0o700)
    assert complete(case, "ls", url) == []
    assert case.requests() == []


def test_session_directory_that_is_none(case):
    """After sudo it may be that of somebody else."""
    url = case.server.plugin_url + "/data/projects/"
    first = complete(case, "ls", url, XDG_RUNTIME_DIR=str(case.path("none")))
    assert len(first) > 1 and kept(case).is_dir()
    case.clear()
    assert complete(case, "ls", url, XDG_RUNTIME_DIR="relative") == first
    assert case.requests() == []


def test_refused_login_is_tried_once(case):
    """A minute's silence about the whole server, whatever the URL: a few tabs must not lock an account."""
    for path in ["/data/projects/", "/data/projects/", "/data/projects/sandbox/", "/"]:
        assert complete(case, "ls", case.server.plugin_url + path, password="wrong", XNATSTORAGE_STATE_DIR=str(case.path("state"))) == []
    assert len(case.requests("/data/JSESSION", "POST")) == 1
    assert case.server.failures("alice") == 1


def test_refused_login_is_tried_once_by_lines_at_the_same_time(case):
    url = case.server.plugin_url + "/data/projects/"
    with concurrent.futures.ThreadPoolExecutor(8) as lines:
        for one in [lines.submit(complete, case, "-o", "lockout_guard=0", "ls", url + "x/" * number, password="wrong") for number in range(8)]:
            assert one.result() == []
    assert case.server.failures("alice") == 1


def test_what_was_kept_by_a_clock_that_is_ahead(case):
    """A file system of another machine may be a few seconds ahead; what lies hours ahead is worth nothing."""
    url = case.server.plugin_url + "/data/projects/"
    first = complete(case, "ls", url)
    for ahead, asked in [(20, False), (3600, True)]:
        for one in kept(case).iterdir():
            os.utime(one, (time.time() + ahead, time.time() + ahead))
        case.clear()
        assert complete(case, "ls", url) == first
        assert (case.requests() != []) == asked


def test_what_is_not_there_is_asked_for_once(case):
    url = case.server.plugin_url + "/data/projects/nothing/"
    assert complete(case, "ls", url) == []
    case.clear()
    assert complete(case, "ls", url) == []
    assert case.requests() == []
    assert complete(case, "ls", case.server.plugin_url + "/data/projects/sandb") != []


def test_silent_server_does_not_hold_the_line(case):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"xnat+http://127.0.0.1:{listener.getsockname()[1]}/data/projects/"
        assert complete(case, "-o", "guest=true", "ls", url) == []
        begun = time.monotonic()
        assert complete(case, "-o", "guest=true", "ls", url + "x/") == []
        assert time.monotonic() - begun < 5, "asked again"


# --- shells ---


@pytest.fixture(params=["bash", "zsh"])
def shell(request, case):  # noqa: F811
    with Shell(request.param, case) as shell:
        yield shell


def test_shell_completes_a_url_level_by_level(shell, case):
    here = case.server.plugin_url
    assert shell.words(f"ioplug fet\t{here}/d\tpro\tsandb\tsub\tsubject001\tex\tsubject001_B\tsc\t1\tres\tDI\tf\t out") == [
        "fetch", f"{here}/data/{SESSION}/scans/1/resources/DICOM/files/", "out"]


def test_shell_asks_once(shell, case):
    url = case.server.plugin_url + "/data/projects/"
    assert shell.words(f"ioplug ls {url}sandb\t") == ["ls", url + "sandbox/"]
    case.clear()
    assert shell.words(f"ioplug ls {url}othe\t") == ["ls", url + "other/"]
    assert case.requests() == []


def test_shell_completes_options_settings_and_files(shell, case):
    (shell.home / "a file").write_text("")
    (shell.home / "beta.txt").write_text("")
    assert shell.words("ioplug --js\tst\t --progress=ne\t x") == ["--json", "stat", "--progress=never", "x"]
    assert shell.words("ioplug -o gue\ttr\t put be\t x") == ["-o", "guest=true", "put", "beta.txt", "x"]
    assert shell.words("ioplug put a\t x") == ["put", "a file", "x"]
    assert shell.words("ioplug --set=netrc=be\t -o netrc=be\t ls x") == ["--set=netrc=beta.txt", "-o", "netrc=beta.txt", "ls", "x"]


def test_shell_completes_within_quotes_and_names_with_spaces(shell, case):
    url = case.server.plugin_url + "/data/projects/odd/experiments/odd_session/scans/6/resources/NAMES/files/"
    assert shell.words(f"ioplug cat '{url}a%20\t x") == ["cat", url + "a%20b.txt", "x"]
    # bash closes the quotes itself, and opens none again.
    end = "' x" if shell.name == "zsh" else " x"
    assert shell.words(f"ioplug ls '{case.server.plugin_url}/data/projects/sand\tres\t{end}") == [
        "ls", case.server.plugin_url + "/data/projects/sandbox/resources/", "x"]
    assert shell.words(f"ioplug cat {url}a%20\t x") == ["cat", url + "a%20b.txt", "x"]


def test_shell_lists_what_there_is(shell, case):
    """<TAB> where several fit shows them (bash: the second time), and changes nothing."""
    tabs = "\t\t" if shell.name == "bash" else "\t"
    url = case.server.plugin_url + "/data/projects/"
    os.write(shell.terminal, f"ioplug ls {url}o{tabs}".encode())
    shell.wait(lambda: "odd/" in shell.said and "other/" in shell.said)
    assert shell.words("d\t") == ["ls", url + "odd/"]


def test_shell_lets_nothing_loose_that_was_quoted(shell, case):
    """The line that was completed may be without the quotes: '&' would end a command in it, and "$(...)" run one."""
    resources = case.server.plugin_url + "/data/projects/odd/experiments/odd_session/scans/5/resources/"
    for written in ["'Q&A'/f\t x", "Q\\&A/f\t x", "\"Q&A\"/f\t x", "'Q&A/f\t x"]:
        assert shell.words(f"ioplug ls {resources}{written}") == ["ls", resources + "Q%26A/files/", "x"], written
