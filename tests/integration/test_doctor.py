# SPDX-License-Identifier: Apache-2.0
"""`ioplug doctor`: each step between here and what a URL names, when it is well and when it is not."""
import contextlib
import datetime
import socket
import subprocess
import threading

import pytest

from cli import FAULT, IOPLUG, ioplug
from plugin_case import Case, case, make_case, make_standin, standin  # noqa: F401
from scripted_server import Scripted
from session_case import certificate  # noqa: F401

STEPS = ["url", "proxy", "name", "port", "tls", "clock", "xnat", "version", "credentials", "guard", "login", "sessions",
         "rights", "item"]
TOP = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
SECRETS = ["alice-pw", "wrong-pw", "JSESSIONID", "proxy-pw"]


class Findings:
    """What a run of `--json doctor` told."""

    def __init__(self, ran):
        self.ran, self.code = ran, ran.code
        self.rows = {row["step"]: row for row in ran.objects}
        assert len(self.rows) == len(ran.objects), ran.out
        for secret in SECRETS:
            assert secret not in ran.out + ran.err
        for row in self.rows.values():
            assert (row["state"] in ("warning", "failed")) == bool(row.get("advice")), row
            assert (row["state"] == "failed") == ("kind" in row), row

    def states(self, *wanted):
        return [step for step, row in self.rows.items() if row["state"] in wanted]

    def text(self, step):
        return self.rows[step]["text"]

    def advice(self, step):
        return self.rows[step]["advice"]


def diagnose(case, url, **more):
    findings = Findings(case.run("--json", "doctor", url, **more))
    assert sorted(findings.rows) == sorted(STEPS)
    return findings


def test_all_is_well(case):
    found = diagnose(case, case.url(f"{TOP}/scans/1/resources/DICOM"), lockout_guard=300)
    assert found.code == 0 and list(found.rows) == STEPS and found.states("ok") == STEPS, found.ran.out
    assert f"http://127.0.0.1:{case.server.port}" in found.text("url") and "resource" in found.text("url")
    assert "127.0.0.1" in found.text("port") and "1.8" in found.text("version")
    assert "line 1" in found.text("credentials") and "0600" in found.text("credentials")
    assert f"machine 127.0.0.1:{case.server.port}" in found.text("credentials")
    assert "alice" in found.text("login") and "1 of alice open" in found.text("sessions")
    assert "read sandbox and put" in found.text("rights") and "files" in found.text("item")
    assert len(case.requests("/data/JSESSION", "POST")) == 1
    assert {row["method"] for row in case.requests()} == {"GET", "POST", "DELETE"}
    assert all(row["path"].endswith("/data/JSESSION") for row in case.requests() if row["method"] != "GET")


@pytest.mark.parametrize("rest, words", [
    ("", "server"), ("projects/sandbox", "project"), (TOP, "experiment"), (f"{TOP}/scans/1/resources/DICOM/files", "resource"),
    ("search?projects=sandbox&scans=1&resources=DICOM", "the search finds")])
def test_any_level(case, rest, words):
    url = case.url(rest) if rest else f"{case.server.plugin_url}/"
    found = diagnose(case, url)
    assert found.code == 0 and words in found.text("item") and not found.states("failed", "warning"), found.ran.out
    assert (found.rows["rights"]["state"] == "skipped") == (rest == "")


def test_an_item_tells_its_project(case):
    found = diagnose(case, f"{case.server.plugin_url}/data/experiments/SITE_E00001")
    assert found.code == 0 and "sandbox" in found.text("rights")


def test_a_search_that_finds_nothing(case):
    found = diagnose(case, case.url("search?projects=sandbox&scans=nowhere"))
    assert found.code == 0 and found.states("warning") == ["item"]


def test_lines_for_people(case):
    ran = case.run("doctor", case.url("projects/nowhere"))
    lines = ran.lines
    assert ran.code == 3 and ran.err == ""
    assert [line.split()[0] for line in lines if not line.lstrip().startswith("->")] == STEPS
    assert len({line.index(line.split(None, 2)[2]) for line in lines if not line.lstrip().startswith("->")}) == 1
    at = next(i for i, line in enumerate(lines) if line.startswith("rights"))
    assert lines[at].split()[1] == "failed" and lines[at + 1].lstrip().startswith("-> ")
    two = case.run("doctor", case.url(TOP), case.url(TOP))
    assert two.code == 0 and two.lines.count("") == 1 and len(two.lines) == 2 * len(STEPS) + 1


@pytest.mark.parametrize("url", ["xnat+https://host/data/archive/scans/1/projects/p", "xnat+https://host:0/data/projects/p",
                                 "xnat+https://alice:alice-pw@host/data/projects/p",
                                 "xnat+https://host/search?projects=(&regex=true"])
def test_url_that_cannot_be_read(case, url):
    found = diagnose(case, url)
    assert found.code == 2 and found.states("failed") == ["url"] and len(found.states("skipped")) == len(STEPS) - 1


def test_name_that_is_not_known(case):
    found = diagnose(case, "xnat+https://no-such-host.invalid/data/projects/sandbox")
    assert found.code == 7 and found.rows["name"]["state"] == "failed" and "no-such-host.invalid" in found.text("name")
    assert {"port", "tls", "clock", "xnat", "version", "login", "sessions", "rights", "item"} == set(found.states("skipped")) - {"guard"}
    assert "the step name, which failed" in found.text("port")


@pytest.fixture
def dead_port():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield closed.getsockname()[1]


def test_port_where_nobody_listens(case, dead_port):
    found = diagnose(case, f"xnat+http://127.0.0.1:{dead_port}/data/projects/sandbox")
    assert found.code == 7 and found.rows["port"]["state"] == "failed" and "refused" in found.text("port").lower()
    # What needs no network is looked at all the same.
    assert found.rows["credentials"]["kind"] == "auth" and found.rows["guard"]["state"] == "skipped"


def test_name_with_addresses(case):
    found = diagnose(case, f"xnat+http://localhost:{case.server.port}/data/projects/sandbox")
    assert "localhost is " in found.text("name") and "IPv" in found.text("name")


def test_server_that_takes_connections_and_is_silent(case):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = diagnose(case, f"xnat+http://127.0.0.1:{silent.getsockname()[1]}/data/projects/sandbox", connect_timeout=1)
    assert found.code == 7 and found.rows["port"]["state"] == "ok" and found.rows["xnat"]["state"] == "failed"


# --- proxies ---

def test_proxies(case, dead_port):
    proxy = {"http_proxy": f"http://me:proxy-pw@127.0.0.1:{dead_port}"}
    found = diagnose(case, case.url(TOP), env=proxy)
    assert found.rows["proxy"]["state"] == "warning" and "http_proxy" in found.text("proxy")
    assert found.code == 7 and found.rows["port"]["state"] == "failed" and "proxy" in found.text("port")
    found = diagnose(case, case.url(TOP), env={**proxy, "no_proxy": "127.0.0.1"})
    assert found.code == 0 and "no_proxy" in found.text("proxy")


def test_proxy_that_refuses(case):
    def refuse(listener):
        with contextlib.suppress(OSError):
            while True:
                with listener.accept()[0] as one:
                    one.recv(4096)
                    one.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=refuse, args=(listener,), daemon=True).start()
        found = diagnose(case, "xnat+https://no-such-host.invalid/data/projects/sandbox",
                         env={"https_proxy": f"http://127.0.0.1:{listener.getsockname()[1]}"})
        listener.shutdown(socket.SHUT_RDWR)
    assert found.code == 7 and found.states("failed")[0] == "port" and "proxy refused" in found.text("port")
    # The proxy knows the name, this machine need not.
    assert found.rows["name"]["state"] == "ok" and "no_proxy" in found.advice("port")


# --- TLS ---

@pytest.fixture
def secure(make_standin, certificate, tmp_path):
    return Case(make_standin(tls_cert=certificate / "cert.pem", tls_key=certificate / "key.pem"), tmp_path)


def test_tls(secure, certificate):
    found = diagnose(secure, secure.url(TOP), ca_file=certificate / "cert.pem")
    # It is of this test, and ends soon.
    assert found.code == 0 and found.states("warning") == ["tls"], found.ran.out
    assert "TLSv1" in found.text("tls") and "127.0.0.1" in found.text("tls") and "; ends in 1 day; " in found.text("tls").replace("2 days", "1 day")
    assert str(certificate / "cert.pem") in found.text("tls")


def test_certificate_that_is_not_trusted(secure):
    found = diagnose(secure, secure.url(TOP))
    assert found.code == 7 and found.states("failed") == ["tls"] and "ca_file" in found.advice("tls")
    assert "issued by" in found.text("tls") and found.rows["clock"]["state"] == "ok"
    assert found.rows["login"]["state"] == "skipped"
    assert not secure.requests("/data/JSESSION")
    found = diagnose(secure, secure.url(TOP) + "?verify=false")
    assert found.code == 0 and "verify=false" in found.advice("tls")


def self_signed(folder, *words):
    subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout",
                    folder / "key.pem", "-out", folder / "request.pem"], check=True, capture_output=True)
    (folder / "extensions").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:TRUE\n")
    (folder / "index.txt").write_text("")
    (folder / "ca.conf").write_text(
        "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\n"
        "commonName=supplied\n")
    subprocess.run(["openssl", "ca", "-batch", "-selfsign", "-config", "ca.conf", "-keyfile", "key.pem", "-in", "request.pem",
                    "-out", "cert.pem", "-notext", "-outdir", ".", "-extfile", "extensions", *words], cwd=folder, check=True,
                   capture_output=True)


def test_certificate_that_is_over(make_standin, tmp_path):
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=3)
    self_signed(tmp_path, "-startdate", "20200101000000Z", "-enddate", then.strftime("%Y%m%d%H%M%SZ"))
    case = Case(make_standin(tls_cert=tmp_path / "cert.pem", tls_key=tmp_path / "key.pem"), tmp_path)
    found = diagnose(case, case.url(TOP), ca_file=tmp_path / "cert.pem")
    assert found.code == 7 and "expired" in found.text("tls") and "days ago" in found.text("tls")
    assert "renew" in found.advice("tls")


def test_certificate_of_another_name(secure, certificate):
    """It is for the address, not for the name that leads there."""
    url = secure.url(TOP).replace("127.0.0.1", "localhost")
    found = diagnose(secure, url, ca_file=certificate / "cert.pem")
    assert found.code == 7 and found.states("failed")[0] == "tls" and "that name" in found.advice("tls")
    assert "CN = 127.0.0.1" in found.text("tls")


def test_the_other_scheme(case, secure):
    found = diagnose(secure, secure.url(TOP).replace("https:", "http:"))
    assert found.code == 7 and f"use xnat+https://127.0.0.1:{secure.server.port}" in found.advice("tls"), found.ran.out
    clear = diagnose(case, case.url(TOP, "xnat+https"))
    assert clear.code == 7 and f"use xnat+http://127.0.0.1:{case.server.port}" in clear.advice("tls")
    assert clear.states("failed") == found.states("failed") == ["tls"]


def test_server_that_sends_to_tls(make_standin, secure, certificate):
    clear = make_standin(https_port=secure.server.port)
    found = diagnose(secure, f"{clear.plugin_url}/data/archive/{TOP}", ca_file=certificate / "cert.pem")
    assert found.code == 0 and f"https://127.0.0.1:{secure.server.port}" in found.text("tls")
    assert f"https://127.0.0.1:{secure.server.port}" in found.text("xnat")


# --- the server ---

@pytest.mark.parametrize("skew", [-3600, 3600])
def test_clock(tmp_path, skew):
    with Scripted() as server:
        def late(request):
            request.date_time_string = lambda *_: (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
                seconds=skew)).strftime("%a, %d %b %Y %H:%M:%S GMT")
            return "usual"

        server.on("GET", "/data/auth", late)
        found = diagnose(Case(server, tmp_path), f"{server.plugin_url}/")
    assert found.rows["clock"]["state"] == "warning" and ("ahead" if skew > 0 else "behind") in found.text("clock")
    assert any(str(abs(skew) + d) in found.text("clock") for d in range(-60, 61))
    # It says neither its version nor how many sessions there are.
    assert found.rows["version"]["state"] == "warning" and found.code == 0


def test_context_path(make_case):
    case = make_case(prefix="/xnat")
    base = f"{case.server.plugin_url.removesuffix('/xnat')}"
    assert diagnose(case, f"{base}/xnat/data/archive/{TOP}").code == 0
    for wrong in ("", "/other", "/xnat/deeper"):
        found = diagnose(case, f"{base}{wrong}/data/archive/{TOP}")
        if wrong != "/other":
            assert f"begin the URL with {base}/xnat" in found.advice("xnat"), found.ran.out
        assert found.code == 8 and found.states("failed") == ["xnat"]
        assert found.rows["login"]["state"] == "skipped"
    assert not [row for row in case.requests("/data/JSESSION", "POST") if not row["path"].startswith("/xnat/data")]


def test_xnat_at_the_root(case):
    found = diagnose(case, f"{case.server.plugin_url}/xnat/data/archive/{TOP}")
    assert found.code == 8 and f"begin the URL with {case.server.plugin_url}" in found.advice("xnat")


def test_something_else(tmp_path):
    with Scripted() as server:
        for path in ("/data/auth", "/xapi/siteConfig/buildInfo", "/", "/xnat/xapi/siteConfig/buildInfo"):
            server.on("GET", path, lambda request: server.answer(200, "<html><title>Hello</title>", kind="text/html"))
        found = diagnose(Case(server, tmp_path), f"{server.plugin_url}/data/projects/sandbox")
    assert found.code == 8 and found.states("failed") == ["xnat"] and "browser" in found.advice("xnat")


def test_server_that_was_never_set_up(make_case):
    case = make_case(configured=False)
    found = diagnose(case, case.url(TOP))
    assert found.code in (5, 8) and set(found.states("failed")) <= {"xnat", "login"}
    assert "set up" in found.text(found.states("failed")[0])


def test_server_that_does_not_tell_rights(tmp_path):
    """What is wanted may work all the same, so it is no failure."""
    with Scripted() as server:
        server.on("GET", "/data/projects", lambda request: server.answer(
            403 if "data=" in request.path else 200, '{"ResultSet":{"Result":[{"ID":"sandbox","name":"sandbox"}]}}',
            kind="application/json"))
        found = diagnose(Case(server, tmp_path), f"{server.plugin_url}/data/projects/sandbox")
    assert found.rows["rights"]["state"] == "warning" and "does not tell" in found.text("rights")


# --- the account ---

def test_wrong_password_is_sent_once(case):
    found = diagnose(case, case.url(TOP), password="wrong-pw", lockout_guard=300)
    assert found.code == 5 and found.states("failed") == ["login"] and "refused the login alice" in found.text("login")
    assert len(case.requests("/data/JSESSION", "POST")) == 1
    found = diagnose(case, case.url(TOP), password="wrong-pw", lockout_guard=300)
    assert found.code == 5 and found.states("failed") == ["guard"] and found.rows["login"]["state"] == "skipped"
    assert len(case.requests("/data/JSESSION", "POST")) == 1
    assert diagnose(case, case.url(TOP), lockout_guard=300).code == 0


def test_refusals_that_cannot_be_remembered(case):
    """Then nothing keeps the next process from trying, which may lock the account."""
    found = diagnose(case, case.url(TOP), lockout_guard=300, env={"XNATSTORAGE_STATE_DIR": "/dev/null/state"})
    assert found.code == 0 and found.states("warning") == ["guard"], found.ran.out
    assert "/dev/null/state" in found.text("guard") and "XNATSTORAGE_STATE_DIR" in found.advice("guard")


def test_no_netrc(case):
    found = diagnose(case, case.url(TOP), user=None)
    assert found.code == 5 and found.states("failed") == ["credentials"] and ".netrc" in found.text("credentials")
    assert found.rows["version"]["state"] == "ok" and found.rows["login"]["state"] == "skipped"
    assert not case.requests("/data/JSESSION")


def test_netrc_that_is_open(case):
    path = case.write_netrc("machine 127.0.0.1 login alice password alice-pw\n", mode=0o644)
    found = diagnose(case, case.url(TOP), user=None, netrc=path)
    assert found.code == 5 and found.states("failed") == ["credentials"] and f"chmod 600 {path}" in found.text("credentials")


def test_which_entry(case):
    path = case.write_netrc("machine other login x password y\n\n# mine\nmachine 127.0.0.1\n login alice\n password alice-pw\n"
                            "default login bob password alice-pw\n")
    found = diagnose(case, case.url(TOP), user=None, netrc=path)
    assert found.code == 0 and "line 4, machine 127.0.0.1;" not in found.text("credentials")
    assert f"netrc file {path}, line 4, machine 127.0.0.1, mode 0600" in found.text("credentials")
    found = diagnose(case, f"xnat+http://localhost:{case.server.port}/", user=None, netrc=path)
    assert "line 7, default" in found.text("credentials") and "login bob" in found.text("credentials")


def test_environment(case):
    env = {"XNAT_HOST": case.server.url, "XNAT_USER": "alice", "XNAT_PASS": "alice-pw"}
    found = diagnose(case, case.url(TOP), user=None, env=env)
    assert found.code == 0 and "XNAT_USER and XNAT_PASS" in found.text("credentials")


def test_alias_token(case):
    token = case.server.get("/data/services/tokens/issue", user=("alice", "alice-pw")).json()
    path = case.write_netrc(f"machine 127.0.0.1 login {token['alias']} password {token['secret']}\n")
    found = diagnose(case, case.url(TOP), user=None, netrc=path)
    assert found.code == 0 and "an alias token" in found.text("credentials") and token["secret"] not in found.ran.out
    assert found.text("login").startswith("logged in as alice")


def test_guests(case, make_standin, tmp_path):
    found = diagnose(case, case.url(TOP), user=None, guest=True)
    assert found.code == 5 and found.states("failed") == ["login"]
    server = make_standin(require_login=False)
    public = Case(server, tmp_path)
    found = diagnose(public, f"{server.plugin_url}/", user=None, guest=True)
    assert found.code == 0 and "guest" in found.text("login") and "lets guests in" in found.text("xnat")


def test_rights(case):
    found = diagnose(case, case.url(TOP), user="reader")
    assert found.code == 0 and found.states("warning") == ["rights"] and "only read sandbox" in found.text("rights")
    assert "member" in found.advice("rights")
    found = diagnose(case, case.url(TOP), user="outsider")
    assert found.code == 3 and found.states("failed") == ["rights", "item"]


def test_thing_that_is_not_there(case):
    found = diagnose(case, case.url(f"{TOP}/scans/77"))
    assert found.code == 3 and found.states("failed") == ["item"] and "put" in found.advice("item")


def test_many_sessions(make_case):
    case = make_case(max_sessions=5)
    for _ in range(4):
        assert case.server.request("POST", "/data/JSESSION", user=("admin", "admin")).status == 200
    found = diagnose(case, case.url(TOP), user="admin", password="admin")
    assert found.code == 0 and found.states("warning") == ["sessions"] and "of 5 at most" in found.text("sessions")
    for _ in range(5):
        case.server.request("POST", "/data/JSESSION", user=("alice", "alice-pw"))
    found = diagnose(case, case.url(TOP))
    assert found.code == 5 and found.states("failed") == ["login"] and "too many open sessions" in found.text("login")


# --- the command ---

def test_findings_are_seen_at_once(case):
    """What is known is read while the next step waits."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = case.start("doctor", f"xnat+http://127.0.0.1:{silent.getsockname()[1]}/", connect_timeout=60)
        with contextlib.closing(process.stdout):
            assert [process.stdout.readline().split()[0] for _ in range(3)] == [b"url", b"proxy", b"name"]
            process.terminate()
            rest = process.stdout.read()
        assert process.wait(30) == 143 and b"failed" not in rest
        process.stderr.close()


def test_plugin_that_is_older():
    ran = ioplug(*FAULT, "doctor", "fault://ok/")
    assert ran.code == 2 and "cannot diagnose" in ran.err


def test_help():
    for words in (("doctor", "--help"), ("help", "doctor")):
        done = subprocess.run([IOPLUG, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "Usage: ioplug [OPTIONS] doctor URL..." in done.stdout
    assert "'doctor' meant" in ioplug("doktor", "x").err
