# SPDX-License-Identifier: Apache-2.0
"""A balancer with several nodes, of which one has lost the session; and redirects that lead nowhere."""

import contextlib

import pytest
from scripted_server import Scripted
from session_case import home, make_standin, shell, standin  # noqa: F401

FILE = "/data/projects/p/resources/r/files/a"
LOGIN = "/data/JSESSION"


@pytest.fixture
def scripted():
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(Scripted())


def node_without(server, *lost):
    """A node that does not know the sessions with these numbers, in order of their logins."""
    def answer(request):
        if server.sessions.index(server.session_of(request)) in lost:
            return server.answer(401, "no", ("WWW-Authenticate", 'Basic realm="XNAT"'))
        return server.answer(200, "the bytes")

    return answer


@pytest.mark.parametrize("method, command", [("GET", f"file {FILE}"), ("PUT", f"put {FILE} text")])
def test_one_node_has_lost_the_session(scripted, shell, method, command):
    """The others know it, so asking whose it is tells nothing."""
    scripted.on(method, FILE, node_without(scripted, 0))
    client = shell(scripted)
    assert client.ask(command) == "ok", client.log
    assert scripted.count(method, FILE) == 2 and scripted.count("POST", LOGIN) == 2
    # The fresh one is kept, and the first one ended with it.
    assert client.ask(command) == "ok" and scripted.count("POST", LOGIN) == 2
    client.end()
    assert scripted.count("DELETE", LOGIN) == 2 and scripted.sessions == []


def test_what_a_fresh_session_does_not_help_is_final(scripted, shell):
    """Nor are there logins without end because of it."""
    scripted.on("GET", FILE, lambda _: scripted.answer(401, "no", ("WWW-Authenticate", "Basic")))
    client = shell(scripted)
    for asked in (2, 4, 5, 6):
        assert client.ask(f"file {FILE}").startswith("auth: ")
        assert scripted.count("GET", FILE) == asked
    assert scripted.count("POST", LOGIN) == 3 and scripted.failures == 0
    client.end()
    assert scripted.sessions == []


def test_many_threads_find_the_lost_node_together(scripted, shell):
    scripted.on("GET", FILE, node_without(scripted, 0))
    client = shell(scripted)
    assert client.ask(f"file {FILE.replace('/a', '/b')}") == "ok"
    path = "/data/projects"
    inner = scripted.usual

    def listing(request):
        if scripted.sessions.index(scripted.session_of(request)) == 0:
            return scripted.answer(401, "no", ("WWW-Authenticate", "Basic"))
        return inner(request, path)

    scripted.on("GET", path, listing)
    assert client.ask(f"many 16 {path}?format=json") == "16 good, 0 bad"
    assert scripted.count("POST", LOGIN) == 2


def test_a_refusal_without_a_challenge_is_no_lost_node(scripted, shell):
    scripted.on("GET", FILE, lambda _: scripted.answer(401, "no"))
    assert shell(scripted).ask(f"file {FILE}").startswith("auth: ")
    assert scripted.count("GET", FILE) == 1 and scripted.count("POST", LOGIN) == 1


@pytest.mark.parametrize("location, shown", [
    ("ftp://bob:secret@elsewhere.example/x?token=abc", "ftp://***@elsewhere.example/x"),
    ("http://127.0.0.1:80;x", "http://127.0.0.1:80..."), ("mailto:root", "mailto:root"), ("http://", "http://"),
])
@pytest.mark.parametrize("command", ["json", "put"])
def test_a_redirect_to_nowhere_is_named(scripted, shell, location, shown, command):
    method = "PUT" if command == "put" else "GET"
    scripted.on(method, FILE, lambda _: scripted.answer(302, "", ("Location", location)))
    client = shell(scripted)
    answer = client.ask(f"{command} {FILE} text" if command == "put" else f"json {FILE}")
    assert answer.startswith("server: ") and "HTTP 302" in answer and f"'{shown}" in answer, answer
    assert "secret" not in answer + client.log and "abc" not in answer


def test_a_redirect_without_a_target_says_so(scripted, shell):
    scripted.on("GET", FILE, lambda _: scripted.answer(307, ""))
    answer = shell(scripted).ask(f"json {FILE}")
    assert answer.startswith("server: ") and "redirects (HTTP 307) without saying where to" in answer
