# SPDX-License-Identifier: Apache-2.0
"""Logins and sessions: the client alone, driven by a small program, against the stand-in."""
import time

import pytest
from session_case import (NOWHERE, PROJECTS, certificate, home, in_time, logins, make_standin, shell,  # noqa: F401
                          standin, tls_pair, write_netrc)


def test_one_login_for_many_threads_and_a_goodbye(standin, shell):
    client = shell(standin)
    assert client.ask(f"many 8 {PROJECTS}") == "8 good, 0 bad"
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert len(standin.sessions("alice")) == 1
    client.end()
    assert standin.sessions() == []
    log = standin.log()
    assert len(logins(standin)) == 1
    assert [line["auth"] for line in log].count("basic") == 1
    assert log[-1]["method"] == "DELETE" and log[-1]["auth"] == "cookie"
    assert [line["auth"] for line in log if line["path"] == "/data/auth"] == ["none", "cookie"]


def test_request_count(standin, shell):
    client = shell(standin)
    assert client.ask(f"json {PROJECTS}") == "ok"
    client.end()
    # the probe of a login in clear, the login, its check, the question, the goodbye
    assert [line["method"] for line in standin.log()] == ["GET", "POST", "GET", "GET", "DELETE"]


def test_refused_login_is_final_and_remembered(standin, shell, home):
    write_netrc(home, "machine 127.0.0.1 login alice password wrong-pw")
    client = shell(standin)
    answer = client.ask(f"json {PROJECTS}")
    assert answer.startswith("auth: ") and "refused the login alice" in answer and "wrong-pw" not in answer
    assert client.ask(f"many 8 {PROJECTS}") == "0 good, 8 bad"
    assert standin.failures("alice") == 1
    client.end()
    # another process does not try
    other = shell(standin)
    answer = other.ask(f"json {PROJECTS}")
    assert answer.startswith("auth: ") and "not sent again until" in answer
    assert standin.failures("alice") == 1
    # unless it is told to
    assert "refused the login" in shell(standin, "lockout_guard=0").ask(f"json {PROJECTS}")
    assert standin.failures("alice") == 2
    # or has other credentials
    write_netrc(home, "machine 127.0.0.1 login alice password alice-pw")
    assert shell(standin).ask(f"json {PROJECTS}") == "ok"
    files = [path for path in home.rglob("*") if path.is_file() and path.parent.name == "state"]
    assert [path.suffix for path in files] == [".turn"] and files[0].read_bytes() == b""


def test_many_threads_with_a_stale_password_try_once(standin, shell, home):
    write_netrc(home, "machine 127.0.0.1 login alice password wrong-pw")
    assert shell(standin).ask(f"many 16 {PROJECTS}") == "0 good, 16 bad"
    assert standin.failures("alice") == 1
    (path,) = [path for path in home.rglob("*") if path.suffix == ".verdict"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert "wrong-pw" not in path.read_text()


def test_too_many_sessions(make_standin, shell, home):
    server = make_standin(max_sessions=1)
    server.login()
    answer = shell(server).ask(f"json {PROJECTS}")
    assert answer.startswith("auth: ") and "too many open sessions of alice" in answer
    assert not [path for path in home.rglob("*") if path.suffix == ".verdict"]
    assert server.failures("alice") == 0


@pytest.mark.parametrize("state, words", [("expired", "the password has expired"), ("inactive", "inactive"),
                                          ("locked", "locked or disabled"), ("disabled", "locked or disabled")])
def test_account_states(standin, shell, state, words):
    standin.user("alice", state=state)
    client = shell(standin)
    for _ in range(2):
        answer = client.ask(f"json {PROJECTS}")
        assert answer.startswith("auth: ") and words in answer
    assert len(logins(standin)) == 1


def test_never_set_up(make_standin, shell):
    server = make_standin(configured=False)
    answer = shell(server).ask(f"json {PROJECTS}")
    assert answer.startswith("auth: ") and "has not been set up" in answer


@pytest.mark.parametrize("kicked", [False, True])
def test_expired_session_is_renewed_once_for_all_threads(standin, shell, kicked):
    client = shell(standin)
    assert client.ask(f"json {PROJECTS}") == "ok"
    standin.expire_sessions(kicked=kicked)
    assert client.ask(f"many 8 {PROJECTS}") == "8 good, 0 bad"
    assert len(logins(standin)) == 2
    client.end()
    assert standin.sessions() == []


def test_upload_is_repeated_after_a_renewal(standin, shell):
    client = shell(standin)
    assert client.ask(f"json {PROJECTS}") == "ok"
    standin.expire_sessions()
    standin.fault(path="nothing", status=500)
    answer = client.ask("put /data/projects/nowhere/resources/R/files/a.txt hello")
    assert answer.startswith("not-found: ")
    assert len(logins(standin)) == 2
    assert len(standin.log(path="a.txt")) == 2


def test_what_a_guest_was_told_is_not_ours_after_an_opening_that_failed(make_standin, shell):
    """The login is forgotten, and the check of the next one fails; the one that is opened then is another one."""
    server = make_standin(require_login=False)
    client = shell(server, "retries=0")
    server.fault(path="/data/projects", expire=True)
    assert client.ask(f"early {PROJECTS}") == "ok"
    server.fault(path="/data/auth", status=503, body="nginx", count=1, skip=1)
    assert client.ask(f"json {PROJECTS}").startswith("network: ")
    assert client.ask("settle") == "lost"
    assert len(logins(server)) == 2


def test_lost_session_on_an_open_site(make_standin, shell):
    server = make_standin(require_login=False)
    client = shell(server)
    assert client.ask(f"confirm {PROJECTS}") == "ours"
    server.expire_sessions()
    # The shorter list of a guest looks like any other.
    assert client.ask(f"confirm {PROJECTS}") == "lost"
    assert client.ask(f"confirm {PROJECTS}") == "ours"
    assert len(logins(server)) == 2


@pytest.mark.parametrize("closed", [True, False])
def test_not_found_is_confirmed_where_a_guest_would_get_it(make_standin, shell, closed):
    """On a closed site a lost session is refused, so only an open one has to be asked whose session it was."""
    standin = make_standin(require_login=closed)
    client = shell(standin)
    assert client.ask(f"json {PROJECTS}") == "ok"
    standin.clear_log()
    answer = client.ask(f"json {NOWHERE}")
    assert answer.startswith("not-found: ") and "HTTP 404" in answer and "alice" in answer
    assert len(standin.log(path="/data/auth")) == (0 if closed else 1)


@pytest.mark.parametrize("fault", [{"status": 200, "body": "login-page"},
                                   {"status": 302, "location": "/app/template/Login.vm"}])
def test_login_page_means_a_lost_session(standin, shell, fault):
    client = shell(standin)
    assert client.ask(f"json {PROJECTS}") == "ok"
    standin.expire_sessions()
    standin.fault(path="/data/projects", count=1, **fault)
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert len(logins(standin)) == 2


def test_login_page_for_a_good_session_is_no_answer(standin, shell):
    client = shell(standin)
    assert client.ask(f"json {PROJECTS}") == "ok"
    standin.fault(path="/data/projects", status=200, body="login-page", count=-1)
    assert client.ask(f"json {PROJECTS}").startswith("auth: ")
    assert len(logins(standin)) == 1


def test_web_page_instead_of_a_listing(standin, shell):
    standin.fault(path="/data/projects", status=200, body="html200", count=-1)
    for how in ("json", "archive"):
        answer = shell(standin).ask(f"{how} {PROJECTS}")
        assert answer.startswith("server: ") and "web page" in answer


def test_session_that_is_lost_again_and_again(standin, shell):
    client = shell(standin)
    standin.fault(path="/data/projects", status=401, body="tomcat", count=-1)
    assert client.ask(f"json {PROJECTS}").startswith("auth: ")
    assert len(logins(standin)) == 1


@pytest.mark.parametrize("plain", [False, True])
def test_keep_alive(make_standin, shell, plain):
    def kept():
        server = make_standin(session_timeout=2, plain_expiration=plain)
        client = shell(server)
        assert client.ask(f"json {PROJECTS}") == "ok"
        assert client.ask("hold 5000") == "ok"
        assert client.ask(f"json {PROJECTS}") == "ok"
        assert len(server.log(path="/data/auth")) <= 14
        return len(logins(server)) == 1 and len(server.log(path="/data/auth")) >= 4

    assert in_time(kept)


def test_keep_alive_during_one_long_answer(make_standin, shell):
    def kept():
        server = make_standin(session_timeout=2)
        client = shell(server)
        assert client.ask(f"json {PROJECTS}") == "ok"
        server.fault(path="/data/projects", delay_ms=5000)
        assert client.ask(f"json {PROJECTS}") == "ok"
        assert client.ask(f"json {PROJECTS}") == "ok"
        return len(logins(server)) == 1

    assert in_time(kept)


def test_sticky_cookie_comes_back(make_standin, shell):
    server = make_standin(sticky_cookie="route")
    client = shell(server)
    assert client.ask(f"json {PROJECTS}") == "ok"
    client.end()
    assert len(logins(server)) == 1
    assert server.sessions() == []


def test_secure_cookie_in_clear(make_standin, shell):
    server = make_standin(secure_cookies=True)
    client = shell(server)
    assert client.ask(f"many 4 {PROJECTS}") == "4 good, 0 bad"
    assert len(logins(server)) == 1


def test_prefix(make_standin, shell):
    server = make_standin(prefix="/xnat")
    assert shell(server).ask(f"json {PROJECTS}") == "ok"


def test_guest(make_standin, shell, home):
    (home / ".netrc").unlink()
    server = make_standin(require_login=False)
    client = shell(server, "guest=true")
    for _ in range(3):
        assert client.ask(f"json {PROJECTS}") == "ok"
    assert client.ask(f"confirm {PROJECTS}") == "ours"
    assert logins(server) == []
    client.end()
    assert shell(server).ask(f"json {PROJECTS}").startswith("auth: no credentials")


def test_guest_on_a_closed_site(standin, shell, home):
    (home / ".netrc").unlink()
    answer = shell(standin, "guest=true").ask(f"json {PROJECTS}")
    assert answer.startswith("auth: ") and "a guest" in answer


def test_netrc_open_to_others(standin, shell, home):
    (home / ".netrc").chmod(0o644)
    answer = shell(standin).ask(f"json {PROJECTS}")
    assert answer.startswith("auth: ") and f"chmod 600 {home / '.netrc'}" in answer


def test_environment(standin, shell, home):
    (home / ".netrc").unlink()
    env = {"XNAT_HOST": standin.url + "/", "XNAT_USER": "alice", "XNAT_PASS": "alice-pw"}
    assert shell(standin, env=env).ask(f"json {PROJECTS}") == "ok"
    env["XNAT_HOST"] = "http://127.0.0.1:1"
    answer = shell(standin, env=env).ask(f"json {PROJECTS}")
    assert answer.startswith("auth: ") and "XNAT_HOST names another server" in answer


def test_child_after_fork_has_a_session_of_its_own(standin, shell):
    client = shell(standin)
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert client.ask(f"fork {PROJECTS}") == "ok"
    assert len(logins(standin)) == 2
    assert len(standin.sessions("alice")) == 1
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert len(logins(standin)) == 2
    client.end()
    assert standin.sessions() == []


def test_shared_session(standin, shell, home):
    first, second = shell(standin, "session_cache=true"), shell(standin, "session_cache=true")
    assert first.ask(f"json {PROJECTS}") == "ok"
    assert second.ask(f"json {PROJECTS}") == "ok"
    first.end()
    assert second.ask(f"json {PROJECTS}") == "ok"
    second.end()
    assert len(logins(standin)) == 1
    assert len(standin.sessions("alice")) == 1
    # A later process finds it dead and makes a new one, for others, too.
    standin.expire_sessions()
    third, fourth = shell(standin, "session_cache=true"), shell(standin, "session_cache=true")
    assert third.ask(f"json {PROJECTS}") == "ok"
    assert fourth.ask(f"json {PROJECTS}") == "ok"
    assert len(logins(standin)) == 2
    # Both lose it; one renews it for both.
    standin.expire_sessions()
    assert third.ask(f"json {PROJECTS}") == "ok"
    assert fourth.ask(f"json {PROJECTS}") == "ok"
    assert len(logins(standin)) == 3
    (path,) = [path for path in home.rglob("*") if path.suffix == ".session"]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("status, body", [(503, "nginx"), (502, "nginx"), (504, "nginx"), (500, "status-page"),
                                          (424, "status-page"), (423, "status-page"), (429, "empty")])
def test_passing_faults_are_met_with_another_try(standin, shell, status, body):
    client = shell(standin)
    standin.fault(path="/data/projects", status=status, body=body, count=3)
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert len(standin.log(path="/data/projects")) == 4
    assert client.log.count("warning: ") == 1 and "trying again" in client.log


@pytest.mark.parametrize("closed", [True, False])
def test_a_container_without_xnat_is_met_with_another_try(make_standin, shell, closed):
    """It answers 404 to every question, to that for the login, too; asked as often as the call is tried, and no more."""
    server = make_standin(require_login=closed)
    client = shell(server)
    assert client.ask(f"json {PROJECTS}") == "ok"
    before = len(server.log(path="/data/auth"))
    server.fault(path="/data/projects", status=404, body="tomcat-404", count=3)
    server.fault(path="/data/auth", status=404, body="tomcat-404", count=3)
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert [row["status"] for row in server.log(path="/data/projects")] == [200, 404, 404, 404, 200]
    assert [row["status"] for row in server.log(path="/data/auth")][before:] == [404] * 3
    assert client.log.count("warning: ") == 1 and "XNAT is not running there" in client.log


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("status, body, message", [(404, "tomcat-404", None), (404, "nginx", None),
                                                   (404, "empty", None), (404, "tomcat", "Unable to find file.")])
def test_a_404_of_whoever_is_final_where_xnat_runs(make_standin, shell, status, body, message, closed):
    server = make_standin(require_login=closed)
    client = shell(server)
    assert client.ask(f"json {PROJECTS}") == "ok"
    before = len(server.log(path="/data/auth"))
    server.fault(path="/data/projects", status=status, body=body, message=message, count=-1)
    assert client.ask(f"json {PROJECTS}").startswith("not-found: ")
    assert [row["status"] for row in server.log(path="/data/projects")] == [200, status]
    # Only XNAT speaks of files; on a site that is open to guests, who knows whom else was answered.
    asked = 0 if message or (closed and body != "tomcat-404") else 1
    assert len(server.log(path="/data/auth")) - before == asked


@pytest.mark.parametrize("status, body", [(400, "tomcat"), (405, "status-page"), (413, "nginx"), (422, "status-page")])
def test_other_statuses_are_final(standin, shell, status, body):
    standin.fault(path="/data/projects", status=status, body=body, count=-1)
    answer = shell(standin).ask(f"json {PROJECTS}")
    assert answer.startswith("server: ") and f"HTTP {status}" in answer
    assert len(standin.log(path="/data/projects")) == 1


def test_conflict(standin, shell):
    standin.fault(path="/data/projects", status=409, body="status-page", message="Exists already", count=-1)
    answer = shell(standin).ask(f"json {PROJECTS}")
    assert answer.startswith("conflict: ") and "Exists already" in answer


def test_retries_used_up(standin, shell):
    standin.fault(path="/data/projects", status=503, body="nginx", count=-1)
    answer = shell(standin, "retries=2").ask(f"json {PROJECTS}")
    assert answer.startswith("network: ") and "HTTP 503" in answer and "3 tries" in answer
    assert len(standin.log(path="/data/projects")) == 3


@pytest.mark.parametrize("how, tries", [("few", 2), ("none", 1)])
def test_few_and_no_retries(standin, shell, how, tries):
    standin.fault(path="/data/projects", status=500, body="status-page", count=-1)
    assert shell(standin).ask(f"{how} {PROJECTS}").startswith("network: ")
    assert len(standin.log(path="/data/projects")) == tries


def test_retry_after(standin, shell):
    standin.fault(path="/data/projects", status=503, body="nginx", retry_after=2)
    client = shell(standin)
    begun = time.monotonic()
    assert client.ask(f"json {PROJECTS}") == "ok"
    assert 1.9 < time.monotonic() - begun < 6


def test_faults_at_login(standin, shell):
    standin.fault(path="/data/JSESSION", method="POST", status=503, body="nginx", count=2)
    standin.fault(path="/data/auth", status=502, body="nginx", count=1)
    assert shell(standin).ask(f"json {PROJECTS}") == "ok"


def test_connection_closed_early(standin, shell):
    client = shell(standin)
    assert client.ask(f"json {PROJECTS}") == "ok"
    standin.fault(path="/data/projects", reset=True, count=2)
    assert client.ask(f"json {PROJECTS}") == "ok"


def test_restart(standin, shell):
    client = shell(standin, "retry_delay=0.5")
    assert client.ask(f"json {PROJECTS}") == "ok"
    standin.restart(seconds=1)
    assert client.ask(f"json {PROJECTS}") == "ok"


def test_nobody_listens(standin, shell):
    standin.stop()
    answer = shell(standin, "retries=1").ask(f"json {PROJECTS}")
    assert answer.startswith("network: ") and "cannot connect" in answer


@pytest.mark.parametrize("location, kind", [("http://elsewhere.example/data/projects", "server"),
                                            ("/app/template/XDATScreen_UpdateUser.vm", "auth"),
                                            ("/app/template/InactiveAccount.vm", "auth"), ("/setup", "auth")])
def test_redirects_that_are_not_followed(standin, shell, location, kind):
    client = shell(standin)
    assert client.ask(f"json {PROJECTS}") == "ok"
    standin.fault(path="/data/projects", status=302, body="empty", location=location, count=-1)
    answer = client.ask(f"json {PROJECTS}")
    assert answer.startswith(f"{kind}: ")
    if kind == "server":
        assert "elsewhere.example" in answer


def test_redirect_on_the_same_server_is_followed(standin, shell):
    standin.fault(path="/data/old", status=302, body="empty", location=PROJECTS, count=-1)
    assert shell(standin).ask("json /data/old") == "ok"


def test_redirect_of_a_write_is_not_followed(standin, shell):
    standin.fault(path="/data/old", status=307, body="empty", location="/data/projects/x", count=-1)
    assert shell(standin).ask("put /data/old/files/x hello").startswith("server: ")


def test_redirect_in_a_circle(standin, shell):
    standin.fault(path="/data/old", status=302, body="empty", location="/data/old", count=-1)
    assert shell(standin).ask("json /data/old").startswith("server: ")
    assert len(standin.log(path="/data/old")) == 6


def test_probe_in_a_circle(standin, shell):
    standin.fault(path="/data/auth", status=302, body="empty", location="/data/auth", count=-1)
    answer = shell(standin).ask(f"json {PROJECTS}")
    assert answer.startswith("server: ") and "in a circle" in answer
    assert logins(standin) == []


def test_probe_that_leads_elsewhere(standin, shell):
    standin.fault(path="/data/auth", status=301, body="empty", location="https://elsewhere.example/data/auth",
                  count=-1)
    answer = shell(standin).ask(f"json {PROJECTS}")
    assert answer.startswith("server: ") and "elsewhere.example" in answer
    assert [line for line in standin.log() if line["auth"] != "none"] == []


def test_from_http_to_https_before_any_login(tls_pair, shell, home, certificate):
    secure, clear = tls_pair
    # The netrc file is asked for the place where the login goes to.
    write_netrc(home, f"machine 127.0.0.1:{secure.port} login alice password alice-pw\n"
                      f"machine 127.0.0.1:{clear.port} login alice password wrong-pw")
    client = shell(clear, f"ca_file={certificate / 'cert.pem'}")
    assert client.ask("base") == f"https://127.0.0.1:{secure.port}"
    assert client.ask(f"many 4 {PROJECTS}") == "4 good, 0 bad"
    client.end()
    assert [line["auth"] for line in clear.log()] == ["none"]
    assert len(logins(secure)) == 1
    assert secure.sessions() == []


def test_untrusted_certificate(tls_pair, shell):
    secure, _ = tls_pair
    answer = shell(secure).ask(f"json {PROJECTS}")
    assert answer.startswith("network: ") and "not trusted" in answer and "ca_file" in answer
    assert secure.log() == []


def test_https_needs_no_probe(tls_pair, shell, certificate):
    secure, _ = tls_pair
    client = shell(secure, f"ca_file={certificate / 'cert.pem'}")
    assert client.ask(f"json {PROJECTS}") == "ok"
    client.end()
    assert [line["method"] for line in secure.log()] == ["POST", "GET", "GET", "DELETE"]


def test_never_from_https_to_http(tls_pair, make_standin, shell, certificate):
    secure, _ = tls_pair
    other = make_standin()
    client = shell(secure, f"ca_file={certificate / 'cert.pem'}")
    assert client.ask(f"json {PROJECTS}") == "ok"
    secure.fault(path="/data/projects", status=302, body="empty", location=other.url + PROJECTS, count=-1)
    answer = client.ask(f"json {PROJECTS}")
    assert answer.startswith("server: ") and f"http://127.0.0.1:{other.port}/data/projects" in answer
    assert other.log() == []


def test_loop_of_a_server_that_wants_https_on_an_odd_port(make_standin, shell):
    server = make_standin(https_port="loop")
    answer = shell(server).ask(f"json {PROJECTS}")
    assert answer.startswith("server: ") and "in a circle" in answer


def test_no_session_id_in_any_message(standin, shell):
    client = shell(standin)
    assert client.ask(f"json {PROJECTS}") == "ok"
    seen = [one["id"] for one in standin.sessions()]
    answers = [client.ask(f"json {NOWHERE}")]
    standin.expire_sessions()
    answers += [client.ask(f"json {PROJECTS}")]
    seen += [one["id"] for one in standin.sessions()]
    client.end()
    assert len(set(seen)) == 2
    for secret in seen:
        assert secret not in client.log and secret not in "".join(answers)


def test_nowhere_to_remember_anything(standin, shell, home):
    """A home that cannot be written is no trouble; a wish to share the session then is a warning."""
    env = {"XNATSTORAGE_STATE_DIR": "/proc/none"}
    client = shell(standin, env=env)
    assert client.ask(f"json {PROJECTS}") == "ok"
    client.end()
    assert "warning" not in client.log
    client = shell(standin, "session_cache=true", env=env)
    assert client.ask(f"json {PROJECTS}") == "ok"
    client.end()
    assert "warning: nothing is shared with other processes" in client.log
    assert standin.sessions() == []
