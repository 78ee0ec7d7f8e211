# SPDX-License-Identifier: Apache-2.0
"""Many processes of a user that log in at once, as an array job does: the stand-in counts what an account would be
locked for."""
import os
import threading
import time

import pytest
from scripted_server import Scripted
from session_case import (PROJECTS, home, logins, make_standin, shell, standin, write_netrc)  # noqa: F401

LOGIN = "/data/JSESSION"
MANY = 12
# Under a sanitizer it is the clients that take long; all that is told apart grows with them.
SLOWER = int(os.environ.get("TEST_SLOWER", "1"))


def ask(client):
    client.process.stdin.write(f"json {PROJECTS}\n")
    client.process.stdin.flush()


def ask_all(clients):
    """What they say, who are all asked before the first one answers."""
    for client in clients:
        ask(client)
    return [client.process.stdout.readline().strip() for client in clients]


@pytest.mark.parametrize("setting", ["session_cache=false", "session_cache=true"])
def test_a_wrong_password_is_sent_once(standin, shell, home, setting):
    write_netrc(home, "machine 127.0.0.1 login alice password wrong-pw")
    standin.fault(path=LOGIN, method="POST", delay_ms=300, count=-1)
    clients = [shell(standin, setting) for _ in range(MANY)]
    answers = ask_all(clients)
    assert all(answer.startswith("auth: ") for answer in answers), answers
    assert sum("not sent again until" in answer for answer in answers) == MANY - 1
    assert standin.failures("alice") == 1 and len(logins(standin)) == 1


def test_a_good_password_is_not_waited_for_again_and_again(standin, shell, home):
    standin.fault(path=LOGIN, method="POST", delay_ms=1000 * SLOWER, count=-1)
    clients = [shell(standin) for _ in range(MANY)]
    begun = time.monotonic()
    assert ask_all(clients) == ["ok"] * MANY
    # The first one, then all others: not one after the other.
    assert time.monotonic() - begun < 6 * SLOWER
    assert len(logins(standin)) == MANY
    assert "alice-pw" not in "".join(path.read_text() for path in (home / "state").iterdir())


def test_who_dies_in_a_login_holds_up_nobody(shell):
    over = threading.Event()
    with Scripted() as server:
        server.on("POST", LOGIN, lambda _: over.wait(60) and None if server.count("POST", LOGIN) == 1 else "usual")
        first, second = shell(server), shell(server)
        ask(first)
        while server.count("POST", LOGIN) == 0:
            time.sleep(0.05)
        ask(second)
        time.sleep(0.5)
        assert server.count("POST", LOGIN) == 1
        first.process.kill()
        first.process.wait(20)
        first.process.stdin.close()
        assert second.process.stdout.readline().strip() == "ok"
        over.set()
