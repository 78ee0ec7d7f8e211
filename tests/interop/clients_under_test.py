# SPDX-License-Identifier: Apache-2.0
"""The two that are compared: ioplug with the plugin, and fastr's XNATStorage in its own process."""
import hashlib
import json
import os
import pathlib
import subprocess

from places import HERE, IOPLUG, PLUGIN

KINDS = {2: "usage", 3: "not-found", 4: "ambiguous", 5: "auth", 6: "conflict", 7: "network", 8: "server",
         9: "integrity", 10: "io", 11: "plugin"}


class Outcome:
    """`result` of a success, or the `kind` of a failure with its message."""

    def __init__(self, result=None, kind="ok", message=""):
        self.result, self.kind, self.message = result, kind, message

    def __repr__(self):
        return f"{self.kind}: {self.message or self.result}"


def write_netrc(home, server):
    """The login of one server. HOST:PORT is what the original looks for."""
    netrc = pathlib.Path(home) / ".netrc"
    netrc.touch(mode=0o600)
    with netrc.open("a") as lines:
        lines.write(f"machine {server.host}:{server.port} login alice password alice-pw\n")


def delivered(path):
    """{relative path: MD5} of a file (under its own name) or of a tree."""
    path = pathlib.Path(path)
    if path.is_file():
        return {path.name: hashlib.md5(path.read_bytes()).hexdigest()}
    assert path.is_dir(), f"{path} was delivered and is not there"
    return {str(one.relative_to(path)): hashlib.md5(one.read_bytes()).hexdigest()
            for one in sorted(path.rglob("*")) if one.is_file()}


class Ours:
    """The plugin, by the command; a process for each operation."""

    def __init__(self, home):
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("XNAT_", "IOPLUG")) and name != "NETRC"}
        self.environment["HOME"] = str(home)

    def run(self, *arguments):
        command = [IOPLUG, "--plugin", PLUGIN, "-o", "retry_delay=0.05", "-o", "lockout_guard=0", *arguments]
        try:
            ran = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            return Outcome(kind="hangs", message=" ".join(arguments))
        if ran.returncode != 0:
            lines = ran.stderr.strip().splitlines() or [""]
            return Outcome(kind=KINDS.get(ran.returncode, f"exit code {ran.returncode}"), message=lines[-1])
        return Outcome(ran.stdout.splitlines(), message=ran.stderr.strip())

    def expand(self, url):
        outcome = self.run("expand", url)
        if outcome.kind == "ok":
            outcome.result = [line.split("\t", 1) for line in outcome.result]
        return outcome

    def fetch(self, url, directory):
        outcome = self.run("fetch", url, str(directory))
        if outcome.kind == "ok":
            outcome.result = delivered(outcome.result[0])
        return outcome

    def put(self, path, url):
        return self.run("put", str(path), url)

    def finish(self):
        """Nothing lives longer than its operation."""


class Original:
    """fastr's plugin, driven by original.py in the interpreter of its virtual environment."""

    def __init__(self, python, home):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("XNAT", "PYTHON")) and name != "NETRC"}
        environment.update(HOME=str(home), FASTRHOME=str(pathlib.Path(home) / "fastr"))
        os.makedirs(environment["FASTRHOME"], exist_ok=True)
        self.log = open(pathlib.Path(home) / "original.log", "w")
        self.process = subprocess.Popen([python, str(HERE / "original.py")], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)

    def ask(self, **job):
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the original ended: {pathlib.Path(self.log.name).read_text()[-2000:]}")
        answer = json.loads(line)
        if "error" in answer:
            return Outcome(kind="error", message=answer["error"])
        return Outcome(answer["ok"])

    def expand(self, url, op="expand"):
        """The search looks at `insecure` alone, not at the scheme; as it is, it is left to find that out."""
        added = "&insecure=true" if op == "expand" and url.startswith("xnat+http://") and "/search?" in url else ""
        outcome = self.ask(op=op, url=url + added)
        if outcome.kind == "ok" and isinstance(outcome.result, str):
            outcome.result = [["", outcome.result.removesuffix(added)]]
        return outcome

    def fetch(self, url, directory):
        outcome = self.ask(op="fetch", url=url, path=str(directory))
        if outcome.kind == "ok":
            outcome.result = delivered(outcome.result)
        return outcome

    def put(self, path, url):
        return self.ask(op="put", path=str(path), url=url)

    def finish(self):
        """Ends the session; the next server starts with a new object."""
        self.ask(op="cleanup")

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.log.close()
