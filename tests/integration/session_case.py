# SPDX-License-Identifier: Apache-2.0
"""What the tests of sessions share: the client alone, driven by a small program, with a home of its own."""
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tools"))
from standin_server import make_standin, standin  # noqa: E402, F401 (fixtures)

PROJECTS = "/data/projects?format=json"
NOWHERE = "/data/projects/nowhere/resources?format=json"
SECRETS = ["alice-pw", "wrong-pw"]


def program():
    """That of the build under test."""
    return str(pathlib.Path(os.environ.get("TEST_BUILD", ROOT / "build"), "tests/unit/server/client-shell"))


class Shell:
    """A running client; `ask` sends a command and returns its answer."""

    def __init__(self, home, url, *settings, env=None, **more):
        self.log_file = open(home / "log", "a+", encoding="utf-8")
        everything = {name: value for name, value in os.environ.items()
                      if not name.startswith("XNAT_") and name != "NETRC" and not name.lower().endswith("_proxy")}
        # Without GLib's own allocator, whose reuse of blocks looks like races to ThreadSanitizer.
        everything.update({"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "XDG_CACHE_HOME": str(home / "cache"),
                           "XNATSTORAGE_STATE_DIR": str(home / "state"),
                           "G_SLICE": "always-malloc", **(env or {})})
        self.process = subprocess.Popen([program(), *settings, "retry_delay=0.05", url], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log_file, text=True, env=everything,
                                        **more)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        self.process.stdout.close()

    @property
    def log(self):
        self.log_file.seek(0)
        return self.log_file.read()


@pytest.fixture
def home(tmp_path):
    """A home directory whose netrc file knows the stand-in's users; no secret may ever stand in the log."""
    write_netrc(tmp_path, "machine 127.0.0.1 login alice password alice-pw")
    yield tmp_path
    log = tmp_path / "log"
    if log.exists():
        text = log.read_text()
        for secret in SECRETS:
            assert secret not in text


@pytest.fixture
def shell(home):
    """Makes clients; each is ended, and has to end well."""
    made = []

    def make(server, *settings, env=None, url=None, **more):
        made.append(Shell(home, (url or server.plugin_url) + "/data/projects/p/resources/r", *settings, env=env,
                          **more))
        return made[-1]

    yield make
    for one in made:
        if not one.process.stdin.closed:
            one.end()


def write_netrc(home, text, mode=0o600):
    path = home / ".netrc"
    path.write_text(text + "\n")
    path.chmod(mode)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A key and a certificate for 127.0.0.1 that nobody trusts."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out",
                    folder / "cert.pem"], check=True, capture_output=True)
    return folder


@pytest.fixture
def tls_pair(make_standin, certificate):
    """A server that speaks TLS, and one in clear that sends its clients there."""
    secure = make_standin(tls_cert=certificate / "cert.pem", tls_key=certificate / "key.pem")
    clear = make_standin(https_port=secure.port)
    return secure, clear


def in_time(what):
    """Whether it comes out once in a few tries: a machine that stands still for longer than a session lives may lose it."""
    return any(what() for _ in range(4))


def logins(server):
    return [line for line in server.log(path="/data/JSESSION", method="POST")]
