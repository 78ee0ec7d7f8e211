# SPDX-License-Identifier: Apache-2.0
"""What an operation stands in: the network on the way to the server, TLS, the login, the disk, and the limits of the process."""
import dataclasses
import errno
import os
import socket
import subprocess
import threading

from lab import selector
from operations import Expand
from plugin_case import BUILD

SHIMS = BUILD / "tests/faults"
EAI_NONAME, EAI_AGAIN = -2, -3


@dataclasses.dataclass
class Situation:
    """A row: an operation in a situation, or in several of which the outcomes stand side by side. A situation is a function of
    lab and operation, which gives arguments for Lab.run(), or None where it means nothing."""

    key: str
    situations: tuple

    def outcome(self, lab, operation):
        kinds, wrong = [], []
        for situation in self.situations:
            arguments = situation(lab, operation)
            if arguments is None:
                return None
            result = lab.run(operation.but(**arguments.pop("expected", {})), **arguments)
            kinds.append(result.kind)
            wrong += result.wrong
        return "; ".join(dict.fromkeys(kinds)), wrong


def plainly(**arguments):
    """The same for every operation."""
    return (lambda lab, operation: dict(arguments),)


# --- the network ---


def network(**faults):
    """The process's network fails so and so often, then always."""
    def run(count):
        def arguments(lab, operation):
            return {"before": call_by_name, "again": False, "settings": {"netrc": netrc(lab, "xnat.test")},
                    "env": {"LD_PRELOAD": str(SHIMS / "network.so"),
                            **{f"NETWORK_{name.upper()}": f"{number}:{count}" for name, number in faults.items()}}}
        return arguments
    return run(2), run(-1)


def call_by_name(case):
    """The server has a name, which the shim knows."""
    case.server.url = f"http://xnat.test:{case.server.port}"


def netrc(lab, machine):
    """A file with alice's login for another machine."""
    path = lab.directory / f"netrc-{machine}"
    with lab.lock:
        if not path.exists():
            path.write_text(f"machine {machine} login alice password alice-pw\n")
            path.chmod(0o600)
    return path


def server_ends(place):
    """The server's machine dies while a request of that place is under way."""
    def arguments(lab, operation):
        wanted = selector(operation, place)
        return wanted and {"faults": [{**wanted, "hold": True}], "again": False, "during": lambda case, _: end(case)}

    def end(case):
        case.server.process.kill()
        case.server.process.wait()
    return (arguments,)


# --- TLS ---


def certified(name, trusted=True, cut=None):
    """A server that speaks TLS with a certificate of the lab's. `cut`: so often, the transfer is cut in the middle."""
    def arguments(lab, operation):
        first = lab.first(operation, "transfer" if operation.transfer else "question")
        half = max(first["bytes_out"], first["bytes_in"]) // 2
        fault = {"request_after" if first["bytes_in"] else "close_after": half, "count": cut,
                 **selector(operation, "transfer" if operation.transfer else "question")}
        cert = certificate(lab, name)
        return {"options": {"tls_cert": cert, "tls_key": cert}, "settings": {"ca_file": cert} if trusted else {},
                "faults": [fault] if cut else [], "again": False}
    return arguments


def certificate(lab, name):
    """A key with a certificate in one file; made once."""
    subject = {"other": "DNS:elsewhere.test"}.get(name, "IP:127.0.0.1")
    path = lab.directory / f"{name}.pem"
    with lab.lock:
        if path.exists():
            return path
        folder = lab.directory / f"{name}-ca"
        folder.mkdir()
        (folder / "index.txt").write_text("")
        (folder / "conf").write_text(f"[ca]\ndefault_ca=x\n[x]\ndatabase={folder}/index.txt\nnew_certs_dir={folder}\n"
                                     f"serial={folder}/serial\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n"
                                     f"[p]\ncommonName=supplied\n[e]\nsubjectAltName={subject}\n[req]\n"
                                     "distinguished_name=d\n[d]\n")
        request = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-config",
                   folder / "conf", "-keyout", folder / "key", "-out", folder / "csr"]
        dates = ("200101000000Z", "200201000000Z") if name == "expired" else ("200101000000Z", "400101000000Z")
        sign = ["openssl", "ca", "-batch", "-selfsign", "-config", folder / "conf", "-keyfile", folder / "key", "-in",
                folder / "csr", "-out", folder / "cert", "-startdate", dates[0], "-enddate", dates[1], "-extensions",
                "e", "-notext"]
        for words in (request, sign):
            subprocess.run(words, check=True, capture_output=True)
        path.write_text((folder / "cert").read_text() + (folder / "key").read_text())
    return path


def no_tls(case):
    """TLS is spoken to a port where nobody speaks it."""
    case.server.url = case.server.url.replace("http:", "https:")


class HangsUp:
    """A port where connections are accepted, and closed at the first bytes."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                connection.recv(10)


def hangs_up(lab, operation):
    """The TLS handshake is broken off."""
    with lab.lock:
        port = lab.known.setdefault("hangs up", HangsUp()).port

    def call(case):
        case.server.url = f"https://127.0.0.1:{port}"
    return {"before": call, "again": False, "settings": {"netrc": netrc(lab, "127.0.0.1")}}


# --- the login ---


def refused_twice(lab, operation):
    """Another run right after a refusal, which is known to all processes of the user."""
    def before(case):
        operation.prepare(case, case.path("work"))
        ran = case.run(*operation.arguments(case, case.path("work")), password="wrong-pw", lockout_guard=300)
        assert ran.code == 5, ran.err

    return {"before": before, "again": False, "password": "wrong-pw", "settings": {"lockout_guard": "300"}}


def log_in_elsewhere(case):
    case.server.login()


# --- the disk, and the limits of the process ---

# DIRECTORY OTHER-DIRECTORY OPTIONS HOW COMMAND...: both directories are disks of their own while the command runs. What it
# leaves in the first stands beside it then.
MOUNT = """
work=$1 other=$2 how=$4
for place in "$work" "$other"; do
    mkdir -p "$place"
    mount -t tmpfs -o "$3" none "$place" || exit 99
    [ "$how" != full ] || head -c 4096 /dev/zero >"$place/filler"
    [ "$how" != read-only ] || mount -o remount,ro "$place" || exit 99
done
shift 4
"$@"
code=$?
[ "$how" != full ] || rm "$work/filler"
mkdir "$work.kept"
cp -a "$work/." "$work.kept"
exit $code
"""


def disk(options, how=""):
    """Results, and what the plugin notes for itself, go to a disk of that kind."""
    def prefix(case):
        become = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        return ["unshare", *become, "--mount", "sh", "-c", MOUNT, "sh", case.path("work"), case.path("notes"), options, how]

    def env(case):
        return {"XNATSTORAGE_STATE_DIR": str(case.path("notes"))}
    return plainly(prefix=prefix, env=env, settings={"lockout_guard": "300"})


def failing(name, number, *sizes):
    """Reading or writing fails with that errno after so many bytes."""
    def situation(size):
        def env(case):
            return {"LD_PRELOAD": str(SHIMS / "disk.so"), "DISK_BELOW": str(case.directory),
                    f"DISK_{name}": f"{number}:{size}"}
        return lambda lab, operation: {"env": env, "settings": {"lockout_guard": "300"}}
    return tuple(situation(size) for size in sizes)


def limits(option, *numbers):
    return tuple(plainly(prefix=["prlimit", f"--{option}={number}"])[0] for number in numbers)


ROWS = [
    Situation("nobody listens at the port, at first; always", network(connect=errno.ECONNREFUSED)),
    Situation("the network is unreachable, at first; always", network(connect=errno.ENETUNREACH)),
    Situation("the name server is busy, at first; always", network(lookup=EAI_AGAIN)),
    Situation("no such name, at first; always", network(lookup=EAI_NONAME)),
    Situation("the server's machine ends at a question", server_ends("question")),
    Situation("the server's machine ends at the transfer", server_ends("transfer")),
    Situation("TLS, trusted", (certified("good"),)),
    Situation("TLS, cut in the middle of the transfer, at first; always", (certified("good", cut=2), certified("good", cut=-1))),
    Situation("TLS, not trusted", (certified("good", trusted=False),)),
    Situation("TLS, certificate of another name", (certified("other"),)),
    Situation("TLS, certificate expired", (certified("expired"),)),
    Situation("TLS to a port that speaks none", plainly(before=no_tls, again=False)),
    Situation("TLS, handshake broken off", (hangs_up,)),
    Situation("password refused", plainly(password="wrong-pw")),
    Situation("password refused, a second run", (refused_twice,)),
    Situation("too many sessions", plainly(options={"max_sessions": 1}, before=log_in_elsewhere, leaks=1, again=False)),
    *(Situation(f"account {state}", plainly(user=state, again=False))
      for state in ("expired", "inactive", "locked", "disabled")),
    Situation("no right to see", plainly(user="outsider", expected={"others": dict.fromkeys(Expand.labels, ())})),
    Situation("no right to write", plainly(user="reader")),
    Situation("disk full, at once", disk("size=4k", "full")),
    Situation("disk full, in the middle", disk("size=16k")),
    Situation("no inodes, at once", disk("nr_inodes=1")),
    Situation("no inodes, in the middle", disk("nr_inodes=6")),
    Situation("disk read-only", disk("size=1m", "read-only")),
    Situation("over quota after 0; 10,000 bytes written", failing("WRITE", errno.EDQUOT, 0, 10_000)),
    Situation("write error after 0; 10,000 bytes", failing("WRITE", errno.EIO, 0, 10_000)),
    Situation("read error after 0; 5,000 bytes", failing("READ", errno.EIO, 0, 5_000)),
    Situation("files of 0; 10,000 bytes at most", limits("fsize", 0, 10_000)),
    *(Situation(f"{number} descriptors at most", limits("nofile", number)) for number in (4, 5, 6, 9, 10, 20)),
]
