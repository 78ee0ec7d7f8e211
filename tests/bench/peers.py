# SPDX-License-Identifier: Apache-2.0
"""Those that are measured: the plugin by its command, fastr's XNATStorage, xnatpy, pyxnat, and curl. Each method does
one piece of work and gives a Sample."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from measuring import Failed, Sample, run_measured, timed

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

import clients_under_test  # noqa: E402
import places  # noqa: E402


class Tools:
    """Where the small programs, the environments and the scratch space are; made by `run`, told by the environment."""

    def __init__(self, scratch):
        made = pathlib.Path(os.environ["BENCH_TOOLS"])
        self.measure, self.parse, self.libraries, self.host = (
            str(made / name) for name in ("measure", "parse", "libraries", "host"))
        venvs = pathlib.Path(os.environ["INTEROP_VENVS"])
        self.clients_python, self.fastr_python = (str(venvs / name / "bin/python") for name in ("clients", "fastr"))
        self.plugin, self.ioplug = places.PLUGIN, places.IOPLUG
        self.before = os.environ.get("BENCH_BEFORE_BUILD")
        self.scratch = pathlib.Path(scratch)
        self.home = self.scratch / "home"
        self.home.mkdir()
        drop = ("XNAT_", "IOPLUG", "NETRC", "PYTHON", "XDG_")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(drop)}
        self.env.update(HOME=str(self.home), XDG_RUNTIME_DIR=str(self.home))

        self.certificate, self.key = self.make_certificate()
        # What Python's clients and curl trust; ours is told by a setting.
        for environment in (self.env, os.environ):
            environment.update(REQUESTS_CA_BUNDLE=self.certificate, CURL_CA_BUNDLE=self.certificate)

    def make_certificate(self):
        """For servers on this machine that speak TLS."""
        certificate, key = str(self.scratch / "cert.pem"), str(self.scratch / "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        return certificate, key

    def knows(self, server):
        """The login of a server that was just started."""
        clients_under_test.write_netrc(self.home, server)


class Clients:
    """All of them; `before` is another version of the plugin, or None."""

    def __init__(self, tools):
        self.ours, self.curl = Ours(tools, tools.ioplug, tools.plugin), Curl(tools)
        self.before = Ours(tools, f"{tools.before}/host-api/ioplug", f"{tools.before}/plugin/xnatstorage.so") \
            if tools.before else None
        self.storage = XnatStorage(tools)
        self.scripts = Scripts(tools)

    def close(self):
        self.storage.close()
        self.scripts.close()


class Ours:
    """One version of the plugin by its command, with a state of its own."""

    def __init__(self, tools, ioplug, plugin):
        self.tools, self.ioplug, self.plugin = tools, ioplug, plugin
        state = tempfile.mkdtemp(dir=tools.scratch, prefix="state-")
        self.env = {**tools.env, "XDG_RUNTIME_DIR": state, "XNATSTORAGE_STATE_DIR": state}

    def command(self, *arguments, **settings):
        words = [self.ioplug, "--plugin", self.plugin, "-o", f"ca_file={self.tools.certificate}"]
        for name, value in settings.items():
            words += ["-o", f"{name}={value}"]
        return [*words, *arguments]

    def run(self, *arguments, lines=None, part=1.0, accept=(0,), **settings):
        """Runs the command; `lines`: how many lines of results there must be."""
        sample, out = run_measured(self.tools, self.command(*arguments, **settings), self.env, accept, part)
        if lines is not None and out.count(b"\n") != lines:
            raise Failed(f"{arguments[0]}: {out.count(10)} results, not {lines}")
        return sample

    def in_host(self, url, count):
        """A search in a process that is up, as the peers are: its start does not count."""
        sample, out = run_measured(self.tools, [self.tools.host, self.plugin, "expand", url], self.env)
        seconds, found = out.split()
        if int(found) != count:
            raise Failed(f"expand in a host: {int(found)} results, not {count}")
        return Sample(float(seconds), sample.memory, cpu=sample.cpu)

    def look(self, url, kind, **settings):
        """What an engine asks of a file, without its date, in a process of its own; `kind` is how it must come out."""
        settings = {"ca_file": self.tools.certificate, **settings}
        command = [self.tools.host, self.plugin, "stat", url, *(f"{name}={value}" for name, value in settings.items())]
        return run_measured(self.tools, command, self.env, accept=(kind,))[0]


class XnatStorage:
    """In a process that is up and has imported everything: its start is not counted. A session for each work."""

    def __init__(self, tools):
        self.client = clients_under_test.Original(tools.fastr_python, tools.home)
        self.tools = tools
        self.check(self.client.ask(op="cleanup"))

    @staticmethod
    def check(outcome, count=None):
        if outcome.kind != "ok":
            raise Failed(f"XNATStorage: {outcome.message}")
        if count is not None and len(outcome.result) != count:
            raise Failed(f"XNATStorage: {len(outcome.result)} results, not {count}")

    def work(self, *jobs, part=1.0, count=None):
        def action():
            for job in jobs:
                if job["op"] == "expand":
                    self.check(self.client.expand(job["url"]), count)
                else:
                    self.check(self.client.ask(**job))
            self.client.finish()

        return timed(action, self.client.process.pid, part)

    def expand(self, url, count):
        return self.work({"op": "expand", "url": url}, count=count)

    def fetch(self, url, path, times=1, part=1.0):
        return self.work(*[{"op": "fetch", "url": url, "path": str(path)}] * times, part=part)

    def put(self, path, url):
        return self.work({"op": "put", "path": str(path), "url": url})

    def new_process(self, url, path, part):
        """As an engine runs it for each sample: start, import, twice the download, end."""

        def action():
            one = clients_under_test.Original(self.tools.fastr_python, self.tools.home)
            for _ in range(2):
                self.check(one.ask(op="fetch", url=url, path=str(path)))
            one.finish()
            one.close()

        return timed(action, part=part)

    def close(self):
        self.client.close()


class Scripts:
    """xnatpy and pyxnat, in one process of their environment."""

    def __init__(self, tools):
        self.log = open(tools.home / "clients.log", "w", encoding="utf-8")
        command = [tools.clients_python, str(HERE / "client_driver.py")]
        self.process = subprocess.Popen(command, env=tools.env, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log)

    def work(self, client, op, server, part=1.0, count=None, **job):
        def action():
            self.process.stdin.write(json.dumps({"client": client, "op": op, "server": server.url, **job}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            answer = json.loads(line) if line else {"error": "it ended"}
            if "error" in answer:
                raise Failed(f"{client}: {answer['error']}")
            if count is not None and answer["ok"] != count:
                raise Failed(f"{client}: {answer['ok']} results, not {count}")

        return timed(action, self.process.pid, part)

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.log.close()


class Curl:
    """The limit: the bytes and nothing else, in a session that is open already, or of its own."""

    def __init__(self, tools):
        self.tools, self.cookies = tools, {}

    def session(self, server):
        if server.url not in self.cookies:
            self.cookies[server.url] = server.login()
        return f"JSESSIONID={self.cookies[server.url]}"

    def shell(self, server, script, *arguments):
        """A line of shell, in which `$CURL` is curl with the session and `$1`... are the arguments."""
        env = {**self.tools.env, "CURL": f"curl -sSf -b {self.session(server)}"}
        return self.run(script, arguments, env)

    def own_session(self, server, script, *arguments):
        """The same with a login before and a logout after it."""
        sessions = f"{server.url}/data/JSESSION"
        login = f"curl -sSf -u alice:alice-pw -X POST {sessions}"
        return self.run(f'CURL="curl -sSf -b JSESSIONID=$({login})" && {script} && $CURL -X DELETE {sessions}',
                        arguments, self.tools.env)

    def run(self, script, arguments, env):
        sample, _ = run_measured(self.tools, ["bash", "-o", "pipefail", "-c", script, "bash", *arguments], env)
        return sample


__all__ = ["Clients", "Sample", "Tools"]
