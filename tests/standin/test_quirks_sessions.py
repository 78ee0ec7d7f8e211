# SPDX-License-Identifier: Apache-2.0
"""What an XNAT does with logins, sessions, redirects, errors; and what the stand-in's own controls do."""
import json
import socket
import ssl
import subprocess
import threading
import time

import pytest

from helpers import ADMIN, ALICE, OUTSIDER, READER, raw, scan_resource

SCAN = "/data/experiments/SITE_E00001/scans/1"
DICOM = SCAN + "/resources/DICOM/files/0001.dcm"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11)"}
WRONG = ("alice", "wrong")


def whoami(server, cookie):
    return server.get("/data/auth", cookie=cookie)


# --- logins ---


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_guest_session(make_standin, closed, method):
    """/data/JSESSION answers everybody with 200 and an ID, on closed sites too; it proves nothing."""
    server = make_standin(require_login=closed)
    answer = server.request(method, "/data/JSESSION")
    assert answer.status == 200 and answer.get("Content-Type") == "text/plain"
    assert len(answer.text) == 32 and answer.cookies()["JSESSIONID"] == answer.text
    stale = server.request(method, "/data/JSESSION", cookie="0" * 32)
    assert stale.status == 200 and stale.text != "0" * 32


def test_login_and_logout(make_standin):
    """Basic gives a session; its cookie goes on; DELETE ends it and leaves the cookie alone."""
    server = make_standin()
    session = server.login()
    assert whoami(server, session).text == "User 'alice' is logged in"
    assert server.get("/data/JSESSION", cookie=session).text == session
    assert server.get("/xapi/users/username", cookie=session).text == "alice"
    ended = server.delete("/data/JSESSION", cookie=session)
    assert (ended.status, ended.body) == (200, b"")
    assert whoami(server, session).status == 401
    assert server.delete("/data/JSESSION", user=None).status == 200
    assert server.request("PUT", "/data/JSESSION").status == 405
    assert server.request("GET", "/data/JSESSION/").status == 401
    assert server.request("GET", "/data/auth/", user=ALICE).status == 200


def test_csrf_token(shared):
    """?CSRF=true adds a token."""
    assert "; XNAT_CSRF=" in shared.get("/data/JSESSION?CSRF=true").text


def test_every_basic_is_a_session(make_standin):
    """Basic without a cookie makes a counted session each time."""
    server = make_standin()
    for _ in range(3):
        server.get("/data/projects")
    assert len(server.sessions("alice")) == 3
    assert server.get("/data/user/alice/sessions").json() == {"alice": 4}
    assert server.get("/data/services/sessions", user=ADMIN).json() == 5
    assert server.get("/data/user/admin/sessions").status == 403


def test_limit(make_standin):
    """Above the limit: 401 like a wrong password but with a cookie; refused ones stay counted until they idle out."""
    server = make_standin(max_sessions=2, session_timeout=100)
    first = server.login()
    server.login()
    for _ in range(2):
        refused = server.get("/data/JSESSION")
        assert refused.status == 401 and refused.cookies()["JSESSIONID"] and not refused.all("WWW-Authenticate")
    assert whoami(server, first).status == 200
    assert whoami(server, refused.cookies()["JSESSIONID"]).status == 401
    assert server.delete("/data/JSESSION", cookie=first).status == 200
    assert server.get("/data/JSESSION").status == 401
    server.advance_clock(101)
    assert server.get("/data/JSESSION").status == 200


def test_challenge_tells_the_two_401_apart(make_standin):
    """No login: challenge, page without message, new guest cookie. Refused login: none of them, but a message."""
    server = make_standin()
    none = server.get("/data/projects", user=None)
    assert none.status == 401 and none.get("WWW-Authenticate").startswith("Basic realm=")
    assert none.cookies()["JSESSIONID"] and "<b>Message</b>" not in none.text
    assert "<title>HTTP Status 401 \u2013 Unauthorized</title>" in none.text
    refused = server.get("/data/projects", user=WRONG)
    assert refused.status == 401 and not refused.all("WWW-Authenticate") + refused.all("Set-Cookie")
    assert "<b>Message</b> &lt;ul&gt;" in refused.text
    bad = server.request("GET", "/data/JSESSION", user=WRONG)
    assert bad.status == 401 and not bad.all("WWW-Authenticate")


def test_no_reason_phrase(shared):
    """The status line ends after the number."""
    answer = raw(shared, "GET /data/projects HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 401 \r\n")


def test_basic_without_colon(shared):
    """A Basic value without a colon is 500."""
    assert shared.request("GET", "/data/auth", headers={"Authorization": "Basic YWxpY2U="}).status == 500


def test_cookie_beats_basic(make_standin):
    """With a live cookie of the same name the password is not looked at; another name logs in again."""
    server = make_standin()
    session = server.login()
    same = server.request("GET", "/data/auth", user=WRONG, cookie=session)
    assert same.status == 200 and "JSESSIONID" not in same.cookies()
    other = server.request("GET", "/data/auth", user=READER, cookie=session)
    assert other.text == "User 'reader' is logged in" and other.cookies()["JSESSIONID"] != session
    assert whoami(server, session).status == 401


def test_refused_login_takes_the_session(make_standin):
    """A good cookie with a login that is refused: nothing but 401, and the session is a guest's from then on."""
    server = make_standin()
    session = server.login()
    refused = server.request("GET", "/data/auth", user=("nobody", "x"), cookie=session)
    assert refused.status == 401 and not refused.all("Set-Cookie") + refused.all("WWW-Authenticate")
    after = whoami(server, session)
    assert (after.status, "JSESSIONID" in after.cookies()) == (401, False) and after.get("WWW-Authenticate")
    assert server.sessions("alice") == []


def test_guest_cookie_is_replaced(make_standin):
    """Logging in with a guest's cookie gives a new ID; the old one is dead."""
    server = make_standin(require_login=False)
    guest = server.request("GET", "/data/JSESSION").text
    login = server.request("GET", "/data/JSESSION", user=ALICE, cookie=guest)
    assert login.text != guest and login.cookies()["JSESSIONID"] == login.text
    assert whoami(server, guest).text == "User 'guest' is logged in"


def test_lock(make_standin):
    """The Nth wrong password locks the account; all refusals look alike; open sessions go on; others are not booked."""
    server = make_standin(max_failed_logins=3)
    session = server.login()
    for number in range(1, 4):
        wrong = server.get("/data/projects", user=WRONG)
        assert wrong.status == 401 and server.failures("alice") == number
    locked = server.get("/data/projects", user=ALICE)
    assert (locked.status, locked.body) == (401, wrong.body) and server.failures("alice") == 3
    assert whoami(server, session).status == 200
    unknown = server.get("/data/projects", user=("nobody", "x"))
    assert (unknown.status, unknown.body) == (401, wrong.body)
    for name in ("locked", "disabled"):
        assert server.get("/data/projects", user=(name, name + "-pw")).status == 401
    server.user("alice", state="ok")
    assert server.get("/data/projects", user=ALICE).status == 200 and server.failures("alice") == 0


def test_good_login_resets_the_counter(make_standin):
    """Failures count in a row only."""
    server = make_standin(max_failed_logins=3)
    for _ in range(3):
        server.get("/data/projects", user=WRONG)
        server.user("alice", state="ok")
        assert server.get("/data/projects").status == 200


def test_alias_tokens(make_standin):
    """Aliases log in as their owner, cannot lock anything, and are refused once invalidated."""
    server = make_standin(max_failed_logins=2)
    token = server.get("/data/services/tokens/issue").json()
    alias = (token["alias"], token["secret"])
    assert len(token["secret"]) == 64 and token["xdatUserId"] == "alice" and token["singleUse"] is False
    assert server.get("/data/auth", user=alias).text == "User 'alice' is logged in"
    session = server.login(alias)
    assert "JSESSIONID" not in server.request("GET", "/data/auth", user=alias, cookie=session).cookies()
    for _ in range(3):
        assert server.get("/data/auth", user=(token["alias"], "wrong")).status == 401
    assert server.failures("alice") == 0
    base = "/data/services/tokens"
    assert server.get(f"{base}/validate/{alias[0]}/{alias[1]}").json() == {"valid": "alice"}
    assert server.get(f"{base}/invalidate/{alias[0]}/{alias[1]}").json() == {"result": "OK"}
    assert server.get(f"{base}/validate/{alias[0]}/{alias[1]}").json() == {}
    dead = server.get("/data/auth", user=alias)
    assert dead.status == 401 and not dead.all("WWW-Authenticate")
    assert whoami(server, session).status == 200
    assert server.get(f"{base}/issue/user/reader").status == 403
    assert server.get(f"{base}/issue/user/reader", user=ADMIN).json()["xdatUserId"] == "reader"
    assert server.get(f"{base}/issue", user=None).status == 401


def test_services_auth(make_standin):
    """PUT of a form gives an uncounted session; POST loses the form; refusals are status pages, and counted."""
    server = make_standin(max_sessions=1)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        answer = server.request("PUT", "/data/services/auth", body="username=alice&password=alice%2Dpw", headers=form)
        assert answer.status == 200 and whoami(server, answer.text).status == 200
    assert server.get("/data/user/admin/sessions", user=ADMIN).json() == {"admin": 1}
    refused = server.request("PUT", "/data/services/auth", body="username=alice&password=x", headers=form)
    assert refused.status == 401 and "<title>Status page</title>" in refused.text and server.failures("alice") == 1
    assert server.request("POST", "/data/services/auth", body="username=alice&password=alice-pw",
                          headers=form).status == 401
    assert server.request("PUT", "/data/services/auth", body="username=a&password=b&provider=zz",
                          headers=form).status == 400
    assert server.request("GET", "/data/services/auth").status == 404


# --- the life of a session ---


def test_idle_expiry(make_standin):
    """Every request restarts the clock; without one the session ends, and each answer brings a new guest cookie."""
    server = make_standin(session_timeout=100)
    session = server.login()
    for _ in range(3):
        server.advance_clock(60)
        assert whoami(server, session).status == 200
    server.advance_clock(101)
    late = whoami(server, session)
    assert late.status == 401 and late.all("WWW-Authenticate") and late.cookies()["JSESSIONID"] != session


def test_expiry_during_a_request(make_standin):
    """The clock runs on during a long request; another request on the same session keeps it alive."""
    server = make_standin(session_timeout=1)
    session = server.login()
    server.fault(path="0001.dcm", delay_ms=2500)
    started = time.monotonic()
    assert server.get(DICOM, cookie=session).status == 200
    assert time.monotonic() - started > 2 and whoami(server, session).status == 401
    session = server.login()
    server.fault(path="0001.dcm", stall_after=100, stall_ms=2500)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(server.get(DICOM, cookie=session)))
    thread.start()
    for _ in range(6):
        time.sleep(0.5)
        assert whoami(server, session).status == 200
    thread.join()
    assert len(answers[0].body) == 20000 and whoami(server, session).status == 200
    server.fault(path="0001.dcm", stall_after=100, stall_ms=2500)
    assert len(server.get(DICOM, cookie=session).body) == 20000
    assert whoami(server, session).status == 401


def test_ended_by_others(make_standin):
    """All sessions lost, or ended by an administrator, or by a restart during which only Tomcat answers."""
    server = make_standin()
    session = server.login()
    server.expire_sessions()
    assert whoami(server, session).status == 401
    session = server.login()
    assert server.delete("/data/user/alice/sessions", cookie=session).status == 200
    ended = whoami(server, session)
    assert ended.status == 401 and ended.all("WWW-Authenticate")
    session = server.login()
    server.restart(seconds=1)
    starting = server.get("/data/auth")
    assert starting.status == 404 and "<title>HTTP Status 404" in starting.text
    time.sleep(1.2)
    assert whoami(server, session).status == 401 and server.get("/data/auth").status == 200


def test_open_site(make_standin):
    """Whoever has no session is a guest: public data 200, private things 404 and 403, shorter lists, never 401."""
    server = make_standin(require_login=False)
    session = server.login()
    assert "sandbox" in {row["ID"] for row in server.rows("/data/projects", cookie=session)}
    server.expire_sessions()
    assert whoami(server, session).text == "User 'guest' is logged in"
    assert {row["ID"] for row in server.rows("/data/projects", cookie=session)} == {"public", "locked"}
    assert server.get("/data/projects/sandbox/subjects", cookie=session).status == 404
    assert server.get("/data/projects/locked/subjects", cookie=session).status == 403
    assert server.put("/data/projects/public/subjects/new", type=None, cookie=session).status == 403
    assert server.rows("/data/projects/public/subjects", cookie=session)
    assert server.get("/data/auth", user=WRONG).status == 401
    assert server.get("/xapi/users/username", user=None).status == 401


def test_closed_site_open_paths(shared):
    """What a closed site tells everybody."""
    assert shared.get("/xapi/siteConfig/buildInfo", user=None).json()["version"].startswith("1.8")
    assert shared.get("/xapi/siteConfig/siteId", user=None).text == "SITE"
    assert shared.get("/xapi/siteConfig/siteUrl", user=None).text == shared.url
    assert shared.get("/data/auth", user=None).status == 401
    refused = shared.get("/xapi/users/username", user=None)
    assert (refused.status, refused.body) == (401, b"") and refused.all("WWW-Authenticate")
    assert shared.get("/data/version", user=None).status == 401 and shared.get("/data/version").status == 404


@pytest.mark.parametrize("user,page", [("expired", "XDATScreen_UpdateUser.vm"), ("inactive", "InactiveAccount.vm")])
def test_account_pages(make_standin, user, page):
    """A login that succeeds and then leads to a page of the site, wherever the site thinks to be."""
    server = make_standin(site_url="http://elsewhere.example.org")
    for method, path in (("GET", "/data/auth"), ("PUT", SCAN + "/resources/X"), ("GET", "/xapi/users/username")):
        answer = server.request(method, path, user=(user, user + "-pw"))
        assert answer.status == 302
        assert answer.get("Location") == f"http://elsewhere.example.org/app/template/{page}"


def test_state_is_kept_in_the_session(make_standin):
    """A session that was judged before its password expired goes on."""
    server = make_standin()
    session = server.login()
    server.user("alice", state="expired")
    assert whoami(server, session).status == 200 and server.get("/data/auth").status == 302


def test_site_without_setup(make_standin):
    """Nobody has set the site up: users are sent to pages that say so."""
    server = make_standin(configured=False)
    assert server.get("/data/auth").get("Location").endswith("/app/template/Unconfigured.vm")
    assert server.get("/data/auth", user=ADMIN).get("Location").endswith("/setup")


def test_login_page_for_browsers(make_standin):
    """Browsers, and everybody outside the data paths, are sent to the login page."""
    server = make_standin()
    for path, headers in (("/data/projects", BROWSER), ("/", {}), ("/app/x", {})):
        answer = server.get(path, user=None, headers=headers)
        assert answer.status == 302 and answer.get("Location") == server.url + "/app/template/Login.vm"
    page = server.get("/app/template/Login.vm", user=None)
    assert page.status == 200 and 'action="/login"' in page.text


def test_csrf_for_browsers(shared):
    """A write with a browser's agent and without a token is 500."""
    assert shared.put(SCAN + "/resources/X", type=None, headers=BROWSER).status == 500
    assert shared.get("/data/projects", headers=BROWSER).status == 200


def test_context_path(make_standin):
    """The application may live below a path; beside it is nothing, and its cookies stay below it."""
    server = make_standin(prefix="/xnat")
    assert server.url.endswith("/xnat")
    answer = server.get("/data/JSESSION")
    assert answer.status == 200 and "; Path=/xnat; HttpOnly" in answer.all("Set-Cookie")[0]
    assert server.rows("/data/projects")
    beside = raw(server, "GET /data/projects HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert beside.startswith(b"HTTP/1.1 404 ")


def test_cookies(make_standin):
    """Path, HttpOnly and Secure of the session's cookie; the two forms of the expiration cookie."""
    server = make_standin(session_timeout=600)
    cookies = server.get("/data/JSESSION").all("Set-Cookie")
    assert cookies[0].endswith("; Path=/; HttpOnly")
    name, value = cookies[1].split("; ")[0].split("=")
    assert name == "SESSION_EXPIRATION_TIME" and value[0] == value[-1] == '"' and value[:-1].endswith(",600000")
    server.set(secure_cookies=True, plain_expiration=True)
    cookies = server.get("/data/JSESSION").all("Set-Cookie")
    assert "; Secure" in cookies[0]
    assert cookies[1].split("; ")[0].split("=")[1].isdigit()


def test_sticky_cookie(make_standin):
    """Behind a balancer the session is known only together with the balancer's own cookie."""
    server = make_standin(sticky_cookie="ROUTE")
    cookies = server.get("/data/JSESSION").cookies()
    assert whoami(server, cookies["JSESSIONID"]).status == 401
    both = {"Cookie": f"JSESSIONID={cookies['JSESSIONID']}; ROUTE={cookies['ROUTE']}"}
    assert server.request("GET", "/data/auth", headers=both).status == 200


def test_node_name(make_standin):
    """Behind a balancer the ID may end in the node's name."""
    server = make_standin(jvm_route="node1")
    session = server.login()
    assert session.endswith(".node1") and len(session) == 38 and whoami(server, session).status == 200


def test_other_address(make_standin):
    """IPv6 too."""
    server = make_standin("--bind", "::1")
    assert server.url.startswith("http://[::1]:") and server.get("/data/auth").status == 200


def test_redirect_to_https(make_standin):
    """Requests in clear go to https, or round in circles."""
    server = make_standin(https_port="8443")
    assert server.get("/data/auth?x=1").get("Location") == f"https://{server.host}:8443/data/auth?x=1"
    server.set(https_port="loop")
    answer = server.get("/data/auth")
    assert (answer.status, answer.get("Location")) == (302, "/data/auth")


def test_tls(make_standin, tmp_path):
    """The same over TLS."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days",
                    "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], check=True,
                   capture_output=True)
    server = make_standin("--tls-cert", str(cert), "--tls-key", str(key))
    assert server.url.startswith("https://") and len(server.get(DICOM).body) == 20000
    context = ssl.create_default_context(cafile=cert)
    with socket.create_connection((server.host, server.port)) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            secure.sendall(b"GET /data/JSESSION HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert secure.recv(100).startswith(b"HTTP/1.1 200 ")


def test_early_refusal(make_standin):
    """The answer to a large upload without login comes at once; 2 MB are swallowed, then the connection ends."""
    server = make_standin()
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        connection.sendall(f"PUT {SCAN}/resources/X/files/a HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n"
                           "Content-Type: application/octet-stream\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
        with pytest.raises(OSError):
            for _ in range(60):
                connection.sendall(b"x" * 1000000)


def test_expect_continue(make_standin):
    """100 comes before anybody has looked at the request."""
    server = make_standin()
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        connection.sendall(f"PUT {SCAN}/resources/X/files/a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
                           f"Cookie: JSESSIONID={server.login()}\r\nExpect: 100-continue\r\n"
                           "Content-Type: application/octet-stream\r\n\r\n".encode())
        assert connection.recv(65536) == b"HTTP/1.1 100 \r\n\r\n"
        connection.sendall(b"body")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_http_1_0(shared):
    """A proxy that speaks HTTP/1.0 gets no chunks: the end of the connection is the end of the body."""
    answer = raw(shared, "GET /data/experiments/SITE_E00001/scans/1/files?format=zip HTTP/1.0\r\nHost: x\r\n"
                         f"Cookie: JSESSIONID={shared.login()}\r\n\r\n")
    head, body = answer.split(b"\r\n\r\n", 1)
    assert b"Connection: close" in head and b"chunked" not in head and b"Content-Length" not in head
    assert body.startswith(b"PK") and b"PK\x05\x06" in body


def test_form_bodies_are_stored(make_standin):
    """A body that calls itself a form is stored like any other, by PUT and by POST."""
    server = make_standin()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path = SCAN + "/resources/DICOM/files/form.txt?inbody=true"
    session = server.login()
    server.request("POST", path, body=b"a=b", headers=form, cookie=session)
    assert server.get(SCAN + "/resources/DICOM/files/form.txt").body == b"a=b"
    assert server.request("PUT", path + "&overwrite=true", body=b"c=d", headers=form, cookie=session).status == 200
    assert server.get(SCAN + "/resources/DICOM/files/form.txt").body == b"c=d"


# --- controls ---


def test_request_log(make_standin):
    """The log tells who asked what, how, and on which connection; the control interface is not in it."""
    server = make_standin()
    session = server.login()
    connection = server.connection()
    for _ in range(2):
        server.request("GET", "/data/projects?format=json", cookie=session, headers={"User-Agent": "me/1"},
                       connection=connection)
    server.request("GET", "/data/auth", user=READER, cookie=session)
    log = server.log()
    assert [line["auth"] for line in log] == ["basic", "cookie", "cookie", "both"]
    assert [line["user"] for line in log] == ["alice", "alice", "alice", "reader"]
    assert log[1]["connection"] == log[2]["connection"] != log[0]["connection"]
    assert log[1]["path"] == "/data/projects?format=json" and log[1]["agent"] == "me/1"
    assert log[1]["session"] == session
    server.clear_log()
    assert server.log() == []


def test_roles_and_users(make_standin):
    """Rights and accounts can be changed."""
    server = make_standin()
    server.user("carol", password="pw")
    assert server.get("/data/projects/sandbox", user=("carol", "pw")).status == 404
    server.role("sandbox", "carol", "collaborator")
    assert server.get("/data/projects/sandbox", user=("carol", "pw")).status == 200
    server.role("sandbox", "carol", "member")
    assert server.put("/data/projects/sandbox/subjects/c1", type=None, user=("carol", "pw")).status == 201
    server.role("sandbox", "carol", "none")
    assert server.get("/data/projects/sandbox", user=("carol", "pw")).status == 404


def test_relabel(make_standin):
    """Labels and counts of resources can be made odd."""
    server = make_standin()
    number = scan_resource(server, "SITE_E00001", "1", "DICOM")
    server.relabel(number, label="", file_count="")
    row = server.row(SCAN + "/resources", xnat_abstractresource_id=number)
    assert (row["label"], row["file_count"]) == ("", "")
    server.relabel(number, label="Other one", file_count="9")
    row = server.row(SCAN + "/resources", xnat_abstractresource_id=number)
    assert (row["label"], row["file_count"]) == ("Other one", "9")


def test_archive_from_json(make_standin, tmp_path):
    """An archive of one's own."""
    archive = {"projects": [
        {"id": "p1", "name": "One", "access": "public", "subjects": [
            {"label": "s1", "fields": {"demographics/gender": "male"}, "experiments": [
                {"id": "X1", "label": "e1", "scans": [{"id": "1", "type": "T1", "resources": [
                    {"label": "R", "files": [{"path": "a/b.txt", "text": "hello"}, {"path": "c.dcm", "size": 3000}]}]}],
                 "assessors": [{"id": "X2", "label": "a1"}], "shares": [{"project": "p2", "label": "e1b"}]}]}]},
        {"id": "p2", "members": {"outsider": "owner"}}]}
    file = tmp_path / "archive.json"
    file.write_text(json.dumps(archive))
    server = make_standin(archive=file)
    files = "/data/experiments/X1/scans/1/resources/R/files"
    assert server.get(files + "/a/b.txt").body == b"hello"
    assert {row["Size"] for row in server.rows(files)} == {"5", "3000"}
    assert {row["label"] for row in server.rows("/data/projects/p2/experiments", user=OUTSIDER)} == {"e1b"}
    assert server.rows("/data/experiments/X1/assessors")[0]["ID"] == "X2"


def test_wrong_options():
    """A mistake in the options ends the program with a message."""
    from standin_server import StandIn

    for options in ({"sample": "projcts=1"}, {"version": "2.0"}, {"archive": "/nonexistent"}):
        with pytest.raises(RuntimeError, match="standin: "):
            StandIn(**options)
