# SPDX-License-Identifier: Apache-2.0
"""Logins when something is wrong with the server, or with what stands in front of it: answers that are lost, pages that
echo secrets, cookies that are rewritten, servers that move."""
import base64
import contextlib
import resource
import signal
import time

import pytest
from scripted_server import Scripted
from session_case import (PROJECTS, certificate, home, in_time, logins, make_standin, shell, standin,  # noqa: F401
                          tls_pair, write_netrc)

LOGIN, WHO = "/data/JSESSION", "/data/auth"
SECRET_PARTS = ["alice-pw", base64.b64encode(b"alice:alice-pw").decode(), "C0FFEE"]


@pytest.fixture
def make_scripted():
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(Scripted(**options))


@pytest.fixture
def scripted(make_scripted):
    return make_scripted()


def told(client, answers):
    """All that a user can see."""
    return client.log + "\n".join(answers)


def assert_no_secret(client, answers, *more):
    for secret in [*SECRET_PARTS, *more]:
        assert secret not in told(client, answers)


def page(title, body):
    return f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{body}</body></html>\n"


# Answers to a login that are lost


@pytest.mark.parametrize("how", ["close", "silence", "504", "500", "524", "200"])
def test_login_whose_answer_is_lost_is_sent_twice_at_most(scripted, shell, home, how):
    """Each is a failure on the account if the password is wrong, also in calls that follow and in other threads."""
    write_netrc(home, "machine 127.0.0.1 login alice password wrong-pw")

    def lose(request):
        scripted.log_in(request)
        if how == "silence":
            time.sleep(1.5)
        return scripted.answer(int(how), page(how, how), kind="text/html") if how.isdigit() else None

    scripted.on("POST", LOGIN, lose)
    client = shell(scripted, "retries=6", "answer_timeout=0.5")
    answers = [client.ask(f"json {PROJECTS}") for _ in range(3)]
    assert all(answer.startswith(("network: ", "server: ")) for answer in answers)
    assert client.ask(f"many 4 {PROJECTS}") == "0 good, 4 bad"
    # A status that is no passing fault is not met with another try at all.
    times = 1 if how in ("524", "200") else 2
    assert scripted.count("POST", LOGIN) == times
    assert scripted.failures == times


@pytest.mark.parametrize("fault, times", [({"head_after": 40}, 2), ({"no_http": True}, 1)], ids=["cut-head", "no-HTTP"])
def test_login_whose_answer_makes_no_sense_is_not_sent_again_and_again(standin, shell, home, fault, times):
    """It may have been judged, and refused."""
    write_netrc(home, "machine 127.0.0.1 login alice password wrong-pw")
    standin.fault(method="POST", path=LOGIN, count=-1, **fault)
    client = shell(standin, "retries=6")
    answers = [client.ask(f"json {PROJECTS}") for _ in range(3)]
    assert all(answer.startswith(("network: ", "server: ")) for answer in answers)
    assert standin.failures("alice") == times


def test_login_that_was_not_judged_is_repeated_freely(scripted, shell):
    statuses = [503, 502, 429, 503]
    scripted.on("POST", LOGIN, lambda _: scripted.answer(statuses.pop()) if statuses else "usual")
    assert shell(scripted, "retries=6").ask(f"json {PROJECTS}") == "ok"
    assert scripted.count("POST", LOGIN) == 5


def test_login_is_not_held_after_a_fault_that_was_no_judgement(scripted, shell):
    scripted.on("POST", LOGIN, lambda _: scripted.answer(503))
    client = shell(scripted, "retries=1")
    for _ in range(2):
        assert client.ask(f"json {PROJECTS}").startswith("network: ")
    assert scripted.count("POST", LOGIN) == 4
    scripted.on("POST", LOGIN, lambda _: "usual")
    assert client.ask(f"json {PROJECTS}") == "ok"


def test_one_lost_answer_is_no_trouble(scripted, shell):
    answers = [None]
    scripted.on("POST", LOGIN, lambda _: answers.pop() if answers else "usual")
    client = shell(scripted)
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert scripted.count("POST", LOGIN) == 2


# Secrets in answers


@pytest.mark.parametrize("status, kind", [(400, "text/plain"), (502, "text/html"), (500, "text/html"),
                                          (401, "tomcat"), (403, "status"), (200, "text/html"), (504, "tomcat")])
def test_echo_of_a_login(scripted, shell, status, kind):
    def echo(request):
        text = " ".join(f"{name}: {value}" for name, value in request.headers.items())
        bare = request.headers["Authorization"].split()[1]
        bodies = {"text/plain": f"{bare} alice-pw {text}",
                  "text/html": page(f"{text} {bare} alice-pw", ""),
                  "tomcat": page("HTTP Status 401", f"<p><b>Message</b> {bare} of alice-pw, {text}</p>"),
                  "status": page("Status page", f"<h3>alice-pw, {bare}, {text}</h3>")}
        return scripted.answer(status, bodies[kind], kind="text/plain" if kind == "text/plain" else "text/html")

    scripted.on("POST", LOGIN, echo)
    client = shell(scripted, "retries=1", "lockout_guard=0")
    answers = [client.ask(f"json {PROJECTS}")]
    client.end()
    assert not answers[0].startswith("ok")
    assert_no_secret(client, answers, "Basic YWxp")


@pytest.mark.parametrize("path", [WHO, "/data/projects"])
@pytest.mark.parametrize("status", [400, 403, 500, 502])
def test_echo_of_a_session(scripted, shell, status, path):
    def echo(request):
        cookie = request.headers.get("Cookie")
        if cookie is None:
            return "usual"
        words = f"{cookie.split('=')[1]} and {cookie}"
        return scripted.answer(status, page("HTTP Status 400", f"<p><b>Message</b> {words}</p>"), kind="text/html")

    scripted.on("GET", path, echo)
    client = shell(scripted, "retries=1")
    answers = [client.ask(f"json {PROJECTS}")]
    client.end()
    assert not answers[0].startswith("ok")
    assert_no_secret(client, answers)


def test_session_in_the_target_of_a_redirect(scripted, shell):
    """A login page whose address holds a session's ID is one, and another address is shown without it."""
    target = ["/login;jsessionid=C0FFEE99?x"]
    scripted.on("POST", LOGIN, lambda _: scripted.answer(302, "", ("Location", target[0])))
    client = shell(scripted)
    answers = [client.ask(f"json {PROJECTS}")]
    assert answers[0].startswith("auth: ") and "asks for a login" in answers[0]
    target[0] = "/portal;jsessionid=C0FFEE99/" + "x" * 4000
    client = shell(scripted)
    answers.append(client.ask(f"json {PROJECTS}"))
    assert answers[1].startswith("server: ") and "/portal/xxx" in answers[1] and len(answers[1]) < 600
    client.end()
    assert_no_secret(client, answers)


def test_lost_session_that_is_sent_to_a_login_page_with_a_session_id(standin, shell):
    client = shell(standin)
    assert client.ask(f"json {PROJECTS}") == "ok"
    standin.expire_sessions()
    standin.fault(path="/data/projects", status=302, body="empty", location="/login;jsessionid=C0FFEE")
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert len(logins(standin)) == 2


# Sessions that are lost before they are checked


@pytest.mark.parametrize("status, body", [(401, ""), (200, "User 'guest' is logged in")])
def test_session_that_is_lost_before_its_check(scripted, shell, status, body):
    """As when the server restarts just then, on a closed site and an open one."""
    def check(request):
        if request.headers.get("Cookie") and scripted.count("POST", LOGIN) == 1:
            scripted.sessions.clear()
            return scripted.answer(status, body)
        return "usual"

    scripted.on("GET", WHO, check)
    client = shell(scripted)
    assert client.ask(f"json {PROJECTS}") == "ok"
    client.end()
    assert scripted.count("POST", LOGIN) == 2 and scripted.sessions == []


def test_login_that_never_holds_is_made_twice_at_most(scripted, shell):
    scripted.on("GET", WHO, lambda _: scripted.answer(200, "User 'guest' is logged in"))
    client = shell(scripted)
    for _ in range(2):
        answer = client.ask(f"json {PROJECTS}")
        assert answer.startswith("auth: ") and "lose cookies" in answer
    assert scripted.count("POST", LOGIN) == 2


def test_login_that_was_forgotten_twice_is_made_again_later(scripted, shell):
    """As when the server restarts twice in a row: a host that runs for days must not be without a login from then on."""
    def check(request):
        if forgetful:
            scripted.sessions.clear()
        return "usual"

    forgetful = True
    scripted.on("GET", WHO, check)
    client = shell(scripted)
    assert "lose cookies" in client.ask(f"json {PROJECTS}")
    forgetful = False
    end = time.monotonic() + 60
    while (answer := client.ask(f"json {PROJECTS}")) != "ok" and time.monotonic() < end:
        assert "lose cookies" in answer
        time.sleep(0.2)
    assert answer == "ok"
    client.end()
    assert scripted.sessions == []


# What a login leaves behind


def test_good_login_clears_the_guard_even_if_it_is_off(standin, shell, home):
    write_netrc(home, "machine 127.0.0.1 login alice password wrong-pw")
    assert "refused the login" in shell(standin).ask(f"json {PROJECTS}")
    assert sorted(path.suffix for path in (home / "state").iterdir()) == [".turn", ".verdict"]
    write_netrc(home, "machine 127.0.0.1 login alice password alice-pw")
    assert shell(standin, "lockout_guard=0").ask(f"json {PROJECTS}") == "ok"
    assert [path.suffix for path in (home / "state").iterdir()] == [".turn"]


def test_nothing_is_made_where_nothing_is_shared(standin, shell, home):
    assert shell(standin, "lockout_guard=0").ask(f"json {PROJECTS}") == "ok"
    assert not (home / "state").exists()


@pytest.mark.parametrize("status, kind", [(400, "server: "), (503, "network: ")])
def test_login_that_cannot_be_checked_is_checked_again(scripted, shell, status, kind):
    """Not thrown away with its session still open on the server, and made anew."""
    broken = [True]
    scripted.on("GET", WHO, lambda request: scripted.answer(status)
                if broken and request.headers.get("Cookie") else "usual")
    client = shell(scripted, "retries=1")
    for _ in range(3):
        assert client.ask(f"json {PROJECTS}").startswith(kind)
    assert scripted.count("POST", LOGIN) == 1
    broken.clear()
    assert client.ask(f"json {PROJECTS}") == "ok"
    client.end()
    assert scripted.count("POST", LOGIN) == 1 and scripted.count("DELETE", LOGIN) == 1
    assert scripted.sessions == []


def test_login_that_was_never_checked_is_ended(scripted, shell):
    scripted.on("GET", WHO, lambda request: scripted.answer(400) if request.headers.get("Cookie") else "usual")
    client = shell(scripted)
    assert client.ask(f"json {PROJECTS}").startswith("server: ")
    client.end()
    assert scripted.sessions == []


def test_unchecked_login_that_has_lapsed_is_made_anew(scripted, shell):
    broken = [True]
    scripted.on("GET", WHO, lambda request: scripted.answer(400)
                if broken and request.headers.get("Cookie") else "usual")
    client = shell(scripted)
    assert client.ask(f"json {PROJECTS}").startswith("server: ")
    broken.clear()
    scripted.sessions[:] = ["gone"]
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert scripted.count("POST", LOGIN) == 2


@pytest.mark.parametrize("name, words", [("XDATScreen_UpdateUser.vm", "the password has expired"),
                                         ("InactiveAccount.vm", "inactive"), ("Unconfigured.vm", "not been set up")])
def test_account_page_as_the_answer_to_the_check(scripted, shell, name, words):
    body = page("XNAT", f"<!-- {name} --><p>See here.</p>")
    scripted.on("GET", WHO, lambda request: scripted.answer(200, body, kind="text/html")
                if request.headers.get("Cookie") else "usual")
    client = shell(scripted)
    for _ in range(2):
        answer = client.ask(f"json {PROJECTS}")
        assert answer.startswith("auth: ") and words in answer
    assert scripted.count("POST", LOGIN) == 1 and scripted.count("GET", WHO) == 2
    client.end()
    assert scripted.sessions == []


# Cookies


def test_cookie_that_a_balancer_rewrites_goes_back_as_it_came(scripted, shell):
    scripted.on("POST", LOGIN, lambda request: scripted.log_in(request, "JSESSIONID=s1~{}; Path=/"))
    seen = []

    def note(request):
        cookie = request.headers.get("Cookie") or ""
        seen.append(cookie)
        request.headers.replace_header("Cookie", cookie.replace("s1~", "")) if "s1~" in cookie else None
        return "usual" if "s1~" in cookie else scripted.answer(401)

    scripted.on("GET", WHO, note)
    scripted.on("GET", "/data/projects", note)
    client = shell(scripted)
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert all(cookie.startswith("JSESSIONID=s1~C0FFEE") for cookie in seen if cookie)


def test_cookie_that_a_proxy_drops_is_made_from_the_body(scripted, shell):
    scripted.on("POST", LOGIN, lambda request: scripted.log_in(request, None))
    assert shell(scripted).ask(f"json {PROJECTS}") == "ok"


def test_flood_of_cookies(scripted, shell):
    """Those of others do not push out that of the session, nor make each request too long for the server."""
    flood = [("Set-Cookie", f"c{i}={'x' * 100}") for i in range(80)]

    def log_in(request):
        status, headers, body = scripted.log_in(request)
        return status, flood + headers, body

    scripted.on("POST", LOGIN, log_in)
    lengths = []
    scripted.on("GET", "/data/projects", lambda request: lengths.append(len(request.headers["Cookie"])) or "usual")
    assert shell(scripted).ask(f"json {PROJECTS}") == "ok"
    assert 1000 < lengths[0] < 4500


# Servers that are elsewhere


@pytest.mark.parametrize("moved", [LOGIN, WHO])
def test_server_below_another_prefix_by_https(make_scripted, shell, certificate, moved):
    server = make_scripted(tls=certificate, prefix="/xnat")
    for method, path in (("POST", LOGIN), ("GET", WHO)):
        if path == moved:
            server.on(method, path, lambda _, path=path: server.answer(301, "", ("Location", "/xnat" + path)))
    client = shell(server, f"ca_file={certificate / 'cert.pem'}")
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert client.ask("base") == server.url + "/xnat"
    client.end()
    assert server.log[-2:] == [("GET", "/xnat/data/projects"), ("DELETE", "/xnat/data/JSESSION")]
    assert server.count("POST", LOGIN) == 1


@pytest.mark.parametrize("refusal", [(401, []), (302, [("Location", "/app/template/Login.vm")])])
def test_a_site_that_refuses_guests_in_any_way_is_closed(make_scripted, shell, refusal):
    """So a list needs no further question there."""
    server = make_scripted()
    status, headers = refusal
    server.on("GET", WHO, lambda request: "usual" if server.session_of(request) in server.sessions else
              server.answer(status, "no", *headers))
    client = shell(server)
    assert client.ask(f"confirm {PROJECTS}") == "ours"
    assert server.count("GET", WHO) == 2


def test_a_proxy_that_wants_a_login_is_named(make_scripted, shell):
    server = make_scripted()
    server.on("POST", LOGIN, lambda _: server.answer(407, "no", ("Proxy-Authenticate", "Basic")))
    answer = shell(server).ask(f"json {PROJECTS}")
    assert answer.startswith("network: ") and "proxy" in answer and "407" in answer, answer


def test_login_that_is_sent_on_and_on(make_scripted, shell, certificate):
    server = make_scripted(tls=certificate)
    for i in range(3):
        server.on("POST", "/x" * i + LOGIN,
                  lambda _, i=i: server.answer(301, "", ("Location", "/x" * (i + 1) + LOGIN)))
    answer = shell(server, f"ca_file={certificate / 'cert.pem'}").ask(f"json {PROJECTS}")
    assert answer.startswith("server: ") and "/x/x/data/JSESSION" in answer
    assert [path for method, path in server.log if method == "POST"] == [LOGIN, "/x" + LOGIN]


@pytest.mark.parametrize("location", ["https://127.0.0.1:1/xnat/data/JSESSION", "http://127.0.0.1/xnat/data/JSESSION",
                                      "/xnat/portal"])
def test_login_is_not_sent_elsewhere(make_scripted, shell, certificate, location):
    server = make_scripted(tls=certificate)
    server.on("POST", LOGIN, lambda _: server.answer(301, "", ("Location", location)))
    answer = shell(server, f"ca_file={certificate / 'cert.pem'}").ask(f"json {PROJECTS}")
    assert answer.startswith("server: ") and "not followed" in answer
    assert len(server.log) == 1


@pytest.mark.parametrize("target", ["/app/template/Login.vm", "/login;jsessionid=C0FFEE"])
def test_closed_site_whose_login_page_is_on_https(tls_pair, shell, certificate, target):
    secure, clear = tls_pair
    clear.fault(path=WHO, status=302, body="empty", location=f"https://127.0.0.1:{secure.port}{target}", count=-1)
    client = shell(clear, f"ca_file={certificate / 'cert.pem'}")
    assert client.ask("base") == f"https://127.0.0.1:{secure.port}"
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert [line["auth"] for line in clear.log()] == ["none"]


# Many at once


def test_dead_server_costs_all_threads_the_time_of_one(standin, shell):
    standin.stop()
    client = shell(standin, "retries=2", "retry_delay=1")
    begun = time.monotonic()
    assert client.ask(f"many 8 {PROJECTS}") == "0 good, 8 bad"
    # One takes from 1.5 to 3 seconds.
    assert time.monotonic() - begun < 6


def test_sign_of_life_is_one_try(make_standin, shell):
    def kept():
        server = make_standin(session_timeout=2)
        client = shell(server)
        assert client.ask(f"json {PROJECTS}") == "ok"
        server.fault(path=WHO, status=503, body="nginx", count=-1)
        assert client.ask("hold 1500") == "ok"
        client.end()
        assert "trying again" not in client.log
        return len(server.log(path=WHO)) > 2 and "keeping the session" in client.log

    assert in_time(kept)
