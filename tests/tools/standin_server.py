# SPDX-License-Identifier: Apache-2.0
"""Starts the stand-in XNAT for a test and speaks its control interface. Standard library only.

    with StandIn("--require-login=false", sample="projects=2") as server:
        server.url                      # http://127.0.0.1:PORT[/PREFIX]
        server.fault(path="/files/", status=503, count=2)
        server.log()                    # what was asked, in order

Under pytest the fixture `standin` gives one server with the demonstration archive to each test, and
`make_standin` makes others with options of their own.
"""
import base64
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A warning or critical of GLib's ends the program that makes it, here as in tests/run.
os.environ.setdefault("G_DEBUG", "fatal-warnings")


def find_binary():
    """The program: $STANDIN, or the one in the build directory."""
    path = os.environ.get("STANDIN") or str(ROOT / "build/tests/standin/standin")
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{path}: build the stand-in (ninja -C build tests/standin/standin) or set STANDIN")
    return path


class Answer:
    """Status, headers (a list of pairs, names as sent) and body of one answer; `error` when it broke off."""

    def __init__(self, status, reason, headers, body, error=None):
        self.status, self.reason, self.headers, self.body, self.error = status, reason, headers, body, error

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    def rows(self):
        return self.json()["ResultSet"]["Result"]

    def cookies(self):
        """Set-Cookie values by name."""
        pairs = (value.split(";")[0].split("=", 1) for value in self.all("Set-Cookie"))
        return {name: value for name, value in pairs}


class StandIn:
    """One running stand-in. Options are given as on its command line, or as keywords (`session_timeout=5`)."""

    def __init__(self, *options, **settings):
        self.directory = tempfile.mkdtemp(prefix="standin-")
        self.log_file = os.path.join(self.directory, "requests.jsonl")
        command = [find_binary(), "--root", os.path.join(self.directory, "root"), "--log", self.log_file]
        for name, value in settings.items():
            value = str(value).lower() if isinstance(value, bool) else str(value)
            command.append(f"--{name.replace('_', '-')}={value}")
        command += options
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            message = self.process.stderr.read()
            self.stop()
            raise RuntimeError(f"the stand-in did not start: {message}")
        parts = urllib.parse.urlsplit(self.url)
        self.scheme, self.host, self.port, self.prefix = parts.scheme, parts.hostname, parts.port, parts.path

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    @property
    def plugin_url(self):
        """The same address with a scheme of the plugin."""
        return "xnat+" + self.url

    def stop(self):
        """Ends the server and removes its files; may be called twice."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    # --- plain requests ---

    def connection(self, timeout=60):
        if self.scheme == "https":
            import ssl

            context = ssl._create_unverified_context()
            return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=context)
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, user=None, cookie=None, connection=None):
        """One request as written; `path` is below the prefix. `user` is (name, password), `cookie` a session ID."""
        headers = dict(headers or {})
        if user:
            headers["Authorization"] = basic(*user)
        if cookie:
            headers["Cookie"] = f"JSESSIONID={cookie}"
        own = connection is None
        connection = connection or self.connection()
        connection.request(method, self.prefix + path, body=body, headers=headers)
        response = connection.getresponse()
        try:
            answer = Answer(response.status, response.reason, response.getheaders(), response.read())
        except (http.client.IncompleteRead, ConnectionError) as error:
            partial = getattr(error, "partial", b"")
            answer = Answer(response.status, response.reason, response.getheaders(), partial, error)
        if own:
            connection.close()
        return answer

    def get(self, path, user=("alice", "alice-pw"), **more):
        return self.request("GET", path, user=None if more.get("cookie") else user, **more)

    def put(self, path, body=None, user=("alice", "alice-pw"), type="application/octet-stream", **more):
        headers = {"Content-Type": type, **more.pop("headers", {})} if type else more.pop("headers", {})
        return self.request("PUT", path, body=body, user=None if more.get("cookie") else user, headers=headers, **more)

    def delete(self, path, user=("alice", "alice-pw"), **more):
        return self.request("DELETE", path, user=None if more.get("cookie") else user, **more)

    def login(self, user=("alice", "alice-pw")):
        """A session's ID."""
        return self.request("GET", "/data/JSESSION", user=user).text

    def rows(self, path, **more):
        """The rows of a listing."""
        answer = self.get(path + ("&" if "?" in path else "?") + "format=json", **more)
        assert answer.status == 200, (path, answer.status, answer.text)
        return answer.rows()

    def row(self, path, **wanted):
        """The one row of a listing in which all the given cells have the given values."""
        found = [row for row in self.rows(path) if all(row[key] == value for key, value in wanted.items())]
        assert len(found) == 1, (path, wanted, found)
        return found[0]

    # --- the control interface ---

    def control(self, method, what, body=None, **query):
        connection = self.connection()
        target = f"/_standin/{what}" + ("?" + urllib.parse.urlencode(query) if query else "")
        connection.request(method, target, body=body)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        assert response.status == 200, f"{method} {target}: {response.status} {text}"
        return text

    def log(self, path=None, method=None):
        """The requests so far, oldest first; only those whose target holds `path`."""
        lines = sorted(json.loads(self.control("GET", "log")), key=lambda line: line["time_us"])
        return [line for line in lines
                if (path is None or path in line["path"]) and (method is None or line["method"] == method)]

    def clear_log(self):
        self.control("DELETE", "log")

    def fault(self, **fault):
        """Orders a fault. Members: method, path and without (expressions, searched in the target), count (1; -1:
        always), skip; and what happens: status with body (status-page, tomcat, tomcat-404, nginx, html200, login-page,
        empty, raw) and message, location, retry_after, delay_ms, close_after, corrupt_at, stall_after with stall_ms
        (bytes of the answer's body), request_after (bytes of the request's body), head_after (bytes of the answer's head),
        say_length (Content-Length, whatever the length is), bad_chunk (after so many bytes), no_end (of chunks),
        drip_bytes with drip_ms (singly), no_http, reset, zip_members, shift_range and false_range (the part of a file
        that is sent begins so many bytes before the one that was asked for, and says so or not), no_total (it does not
        say of how many bytes it is a part), lose_result (the work is done, the answer is a proxy's 504), expire (sessions are lost just before), hold (see held)."""
        self.control("POST", "fault", json.dumps(fault))

    def hits(self):
        """How many requests each of the faults met, in the order of their making."""
        return json.loads(self.control("GET", "fault"))["hits"]

    def first_hits(self):
        """The first request that each of the faults met, as "METHOD TARGET"; "" if there was none."""
        return json.loads(self.control("GET", "fault"))["first"]

    def held(self):
        """How many requests wait because of a fault with `hold`, until let_go()."""
        return json.loads(self.control("GET", "fault"))["held"]

    def let_go(self):
        """Lets requests go on that are held."""
        self.control("POST", "fault/let-go")

    def clear_faults(self):
        self.control("DELETE", "fault")

    def sessions(self, user=None):
        """The live sessions; guests' are left out unless asked for by `user="guest"`."""
        found = json.loads(self.control("GET", "sessions"))
        return [one for one in found if (one["user"] == user if user else one["user"] != "guest")]

    def expire_sessions(self, user=None, kicked=False):
        query = {"user": user} if user else {}
        self.control("POST", "sessions/expire", kicked=str(kicked).lower(), **query)

    def advance_clock(self, seconds):
        """Puts the idle clock forward."""
        self.control("POST", "clock", advance=seconds)

    def set(self, **settings):
        """Turns switches at run time, by the names of the options."""
        values = {name.replace("_", "-"): str(value).lower() if isinstance(value, bool) else value
                  for name, value in settings.items()}
        self.control("POST", "setting", **values)

    def user(self, name, **what):
        """Makes or changes a user: password, state (ok, expired, inactive, locked, disabled), admin."""
        self.control("POST", "users", name=name, **what)

    def failures(self, name):
        """Wrong passwords booked on an account."""
        return json.loads(self.control("GET", "users"))[name]["failures"]

    def role(self, project, user, role):
        """owner, member, collaborator or none."""
        self.control("POST", "roles", project=project, user=user, role=role)

    def spoil(self, resource, path, action):
        """Makes a catalog untrue: remove, flip or append (bytes), drop-digest, false-digest, false-size, drop-size."""
        self.control("POST", "file", resource=resource, path=path, action=action)

    def add_file(self, resource, path, data):
        """Puts a file into a catalog under any name whatever."""
        self.control("PUT", "file", body=data, resource=resource, path=path)

    def relabel(self, resource, **what):
        """Changes a resource's label, or its file_count ("": never counted)."""
        self.control("POST", "resource", resource=resource, **what)

    def store(self, label):
        """What catalogs and disk hold of all resources of a label: {number: {path: (size listed, MD5 listed, bytes)}}."""
        found = {}
        for line in self.control("GET", "store", label=label).splitlines():
            number, *file = line.split("\t")
            files = found.setdefault(number, {})
            if file:
                files[file[0]] = (int(file[1]), file[2], pathlib.Path(file[3]).read_bytes())
        return found

    def connections(self):
        """How many connections are open."""
        return int(self.control("GET", "connections"))

    def restart(self, seconds=0):
        """All sessions are lost; for so many seconds the container's own 404 answers."""
        self.control("POST", "restart", seconds=seconds)


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


try:
    import pytest
except ImportError:
    pytest = None

if pytest:

    @pytest.fixture
    def make_standin():
        """Makes servers with options of their own; all of them end with the test."""
        made = []

        def make(*options, **settings):
            made.append(StandIn(*options, **settings))
            return made[-1]

        yield make
        for server in made:
            server.stop()

    @pytest.fixture
    def standin(make_standin):
        """A server with the demonstration archive."""
        return make_standin()
