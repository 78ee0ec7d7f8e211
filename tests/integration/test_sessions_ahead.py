# SPDX-License-Identifier: Apache-2.0
"""Calls that are sent while the login is being checked: they spare a round trip, and nothing comes of them before the check."""
import os
import re
import select
import time

import pytest
from session_case import (PROJECTS, home, logins, make_standin, shell, standin, write_netrc)  # noqa: F401

AUTH = "/data/auth"


def begin(client, count=1):
    client.process.stdin.write(f"ahead {count} {PROJECTS}\n")
    client.process.stdin.flush()


def end(client):
    return client.process.stdout.readline().strip()


def ahead(client, count=1):
    begin(client, count)
    return end(client)


def good(count):
    return f"{count} good, 0 bad, {count} given out"


def wait_until(there):
    for _ in range(3000):
        if there():
            return
        time.sleep(0.01)
    raise AssertionError("it does not come about")


def answered(server, what="/data/projects"):
    return len(server.log(path=what))


def has_spoken(client):
    return bool(select.select([client.process.stdout], [], [], 0)[0])


def ahead_of_check(server, client):
    """Two calls that are answered before the login is checked; nothing is given out before."""
    server.fault(path=AUTH, hold=True, skip=1)
    begin(client, 2)
    wait_until(lambda: server.held() == 1 and answered(server) == 2)
    assert not has_spoken(client)
    server.let_go()
    return end(client)


@pytest.mark.parametrize("closed", [True, False])
def test_answers_wait_for_the_check(make_standin, shell, closed):
    server = make_standin(require_login=closed)
    client = shell(server)
    assert ahead_of_check(server, client) == good(2)
    assert len(logins(server)) == 1 and answered(server) == 2
    # Once the session is open there is nothing to wait for.
    assert ahead(client) == good(1)
    assert answered(server, AUTH) == 2


@pytest.mark.parametrize("closed", [True, False])
def test_a_login_that_is_lost_before_its_check(make_standin, shell, closed):
    """What a guest was told is not given out; all is asked once more."""
    server = make_standin(require_login=closed)
    client = shell(server)
    server.fault(path="/data/projects", expire=True)
    assert ahead_of_check(server, client) == good(2)
    assert len(logins(server)) == 2 and answered(server) == 4


def test_a_check_that_cannot_be_made(standin, shell):
    """The login is kept for the next one who asks."""
    client = shell(standin, "retries=0")
    standin.fault(path=AUTH, status=503, body="nginx", skip=1)
    assert ahead(client) == "0 good, 1 bad, 0 given out"
    assert ahead(client, 2) == good(2)
    assert len(logins(standin)) == 1


def test_a_login_that_is_lost_again_and_again(make_standin, shell):
    server = make_standin(require_login=False)
    client = shell(server)
    server.fault(path=AUTH, expire=True, skip=1, count=-1)
    assert ahead(client, 2) == "0 good, 2 bad, 0 given out"
    assert len(logins(server)) == 2


def test_a_refused_login_is_sent_once(standin, shell, home):
    write_netrc(home, "machine 127.0.0.1 login alice password wrong-pw")
    client = shell(standin, "lockout_guard=0")
    assert ahead(client, 8) == "0 good, 8 bad, 0 given out"
    assert standin.failures("alice") == 1 and answered(standin) == 0


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_the_check_finds_its_place_beside_them(standin, shell, jobs):
    client = shell(standin, f"jobs={jobs}")
    standin.fault(path=AUTH, hold=True, skip=1)
    standin.fault(path="/data/projects", hold=True, count=-1)
    begin(client, 6)
    wait_until(lambda: standin.hits() == [1, jobs - 1] and standin.held() == jobs)
    most = 0
    while not has_spoken(client):
        most = max(most, standin.held())
        standin.let_go()
        time.sleep(0.01)
    assert end(client) == good(6) and most == jobs
    assert answered(standin) == 6 and len(logins(standin)) == 1


def test_a_failure_of_the_answer_is_tried_again(standin, shell):
    client = shell(standin)
    standin.fault(path="/data/projects", status=503, body="nginx")
    assert ahead(client) == good(1)
    assert answered(standin) == 2 and len(logins(standin)) == 1


def leave_session(server, shell):
    """A session that another process has left."""
    client = shell(server, "session_cache=true")
    assert client.ask(f"json {PROJECTS}") == "ok"
    client.end()
    server.clear_log()


def stored(home):
    (path,) = (home / "state").glob("*.session")
    return path


@pytest.mark.parametrize("closed", [True, False])
def test_a_session_of_another_process(make_standin, shell, closed):
    server = make_standin(require_login=closed)
    leave_session(server, shell)
    assert ahead_of_check(server, shell(server, "session_cache=true")) == good(2)
    assert not logins(server)


@pytest.mark.parametrize("closed", [True, False])
def test_a_session_that_died_there(make_standin, shell, closed):
    server = make_standin(require_login=closed)
    leave_session(server, shell)
    server.expire_sessions()
    assert ahead_of_check(server, shell(server, "session_cache=true")) == good(2)
    assert len(logins(server)) == 1 and answered(server) == 4


def test_a_session_that_was_not_used_for_long_is_checked_first(standin, shell, home):
    leave_session(standin, shell)
    standin.expire_sessions()
    long_ago = time.time() - 3600
    os.utime(stored(home), (long_ago, long_ago))
    assert ahead(shell(standin, "session_cache=true"), 2) == good(2)
    assert len(logins(standin)) == 1 and answered(standin) == 2
    # Now it is known to live.
    standin.clear_log()
    assert stored(home).stat().st_mtime > long_ago + 1800
    assert ahead(shell(standin, "session_cache=true")) == good(1)
    assert not logins(standin)


def test_a_session_of_another_user_there(standin, shell, home):
    """What that one may see is not given out, and the session is left alone."""
    leave_session(standin, shell)
    other = standin.login(("reader", "reader-pw"))
    path = stored(home)
    text = path.read_text()
    path.write_text(re.sub(r"(?m)^JSESSIONID=.*$", f"JSESSIONID={other}", text))
    assert path.read_text() != text
    client = shell(standin, "session_cache=true")
    assert ahead_of_check(standin, client) == good(2)
    assert len([one for one in logins(standin) if one["user"] == "alice"]) == 1 and answered(standin) == 4
    client.end()
    assert len(standin.sessions("reader")) == 1


def test_a_borrowed_session_is_not_ended(standin, shell):
    """Its check could not be made: it is still the other processes' one."""
    leave_session(standin, shell)
    client = shell(standin, "session_cache=true", "retries=0")
    standin.fault(path=AUTH, status=503, body="nginx", skip=1)
    assert ahead(client) == "0 good, 1 bad, 0 given out"
    client.end()
    assert len(standin.sessions("alice")) == 1
