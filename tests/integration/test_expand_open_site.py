# SPDX-License-Identifier: Apache-2.0
"""A search on a site that is open to guests: the login is checked together with the answers, which count only then."""
import json

import pytest
from plugin_case import Case
from scripted_server import Scripted

WHO, LOGIN, QUERY = "/data/auth", "/data/JSESSION", "/data/experiments"
CELLS = {"session_ID": "SITE_E00001", "session_label": "Q&amp;A", "xnat:imagescandata/id": "4",
         "xnat:imagescandata/type": "T1", "xnat:imagescandata/file/label": "DICOM", "subject_ID": "SITE_S00001",
         "xnat:imagescandata/file/xnat_abstractresource_id": "7", "xnat:imagescandata/file/file_count": "2",
         "xnat:imagescandata/file/file_size": "10",
         "xnat:subjectassessordata/subject_id": "SITE_S00001", "xnat:subjectdata/label": "S&amp;1", "project": "P",
         "ID": "SITE_E00001", "label": "Q&amp;A", "subject_label": "S&amp;1"}


@pytest.fixture
def open_site(tmp_path):
    """One session with one scan, which only the user sees: a guest's list is empty, and nobody is refused."""
    with Scripted() as server:
        def list_sessions(request):
            known = server.session_of(request) in server.sessions and "sharing" not in request.path
            rows = [CELLS] if known else []
            return server.answer(200, json.dumps({"ResultSet": {"Result": rows}}), kind="application/json")

        def tell_who(request):
            known = server.session_of(request) in server.sessions
            return server.answer(200, f"User '{'alice' if known else 'guest'}' is logged in")

        server.on("GET", QUERY, list_sessions)
        server.on("GET", WHO, tell_who)
        server.list_sessions, server.tell_who = list_sessions, tell_who
        yield Case(server, tmp_path)


def search(case, **settings):
    return case.run("expand", case.url("search?projects=P&id=experiment,scan,resource&label=true"), **settings)


def test_the_login_is_proved_by_the_look_that_proves_the_answers(open_site):
    ran = search(open_site)
    assert ran.code == 0 and len(ran.lines) == 1, ran.err
    assert open_site.server.log == [("GET", WHO), ("POST", LOGIN), ("GET", QUERY), ("GET", QUERY), ("GET", WHO),
                                    ("DELETE", LOGIN)]


def test_a_session_that_is_lost_before_it_was_proved(open_site):
    """The list was a guest's: everything is asked again, with another login."""
    server = open_site.server

    def lose(request):
        if server.count("POST", LOGIN) == 1:
            server.sessions.clear()
        return server.list_sessions(request)

    server.on("GET", QUERY, lose)
    ran = search(open_site)
    assert ran.code == 0 and len(ran.lines) == 1, ran.err
    assert server.count("POST", LOGIN) == 2 and server.sessions == []


def test_a_login_that_never_holds_gives_no_result(open_site):
    """A balancer that loses cookies: the search may not end as a guest's empty list."""
    server = open_site.server
    server.on("GET", WHO, lambda _: server.answer(200, "User 'guest' is logged in"))
    ran = search(open_site)
    assert ran.code == 5 and "guest" in ran.err and ran.out == "", (ran.code, ran.err)
    assert server.count("POST", LOGIN) <= 2


def test_a_wrong_password_asks_for_nothing(open_site):
    ran = search(open_site, password="wrong-pw")
    assert ran.code == 5, ran.err
    assert open_site.server.log == [("GET", WHO), ("POST", LOGIN)]


def test_a_server_that_cannot_say_who_is_logged_in(open_site):
    """The session that was opened is ended all the same."""
    server = open_site.server
    server.on("GET", WHO, lambda request: server.tell_who(request) if server.session_of(request) is None
              else server.answer(403, "no"))
    ran = search(open_site)
    assert ran.code == 5 and ran.out == "", (ran.code, ran.err)
    assert server.count("POST", LOGIN) == 1 and server.sessions == []


def test_a_refused_query_is_gone_round_with_a_proved_login(open_site):
    server = open_site.server
    server.on("GET", QUERY, lambda _: server.answer(400, "no"))
    ran = search(open_site)
    order = [path for _, path in server.log]
    assert ran.code == 0, ran.err
    assert order.index(QUERY) < order.index(WHO, 1) < order.index("/data/projects/P/experiments")


@pytest.mark.parametrize("selector, found", [
    ("experiments=Q*A", 1), ("experiments=Q*amp*", 1), ("experiments=Q%26A", 1), ("experiments=Q%26amp;A", 1),
    ("experiments=Q?A", 1), ("experiments=*amp", 0), ("subjects=*amp*", 1), ("subjects=S%261", 1), ("subjects=S?1", 1)])
def test_an_escaped_label_of_a_session_matches_in_both_forms(open_site, selector, found):
    """As it does where sessions are listed one project at a time."""
    ran = open_site.run("expand", open_site.url(f"search?projects=P&{selector}&id=experiment&label=true"))
    assert ran.code == 0 and ran.out.count("Q&A") == found, (ran.out, ran.err)
