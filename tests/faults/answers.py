# SPDX-License-Identifier: Apache-2.0
"""Answers that are cut, slow, untrue, or none of XNAT's: at the login, at a question, and where the bytes of files go;
at first, so that a further try helps, and always."""
import dataclasses

from lab import selector

SLOW = {"stall_timeout": "1", "answer_timeout": "1"}
FOREVER_MS = 600_000
PLACES = ("login", "question", "transfer")


@dataclasses.dataclass
class Answer:
    """A row: one fault at one place, first so often that a further try helps, then always."""

    name: str
    place: str
    fault: object
    settings: dict = dataclasses.field(default_factory=dict)
    lost: bool = False

    @property
    def key(self):
        return f"{self.name}, {self.place}"

    def outcome(self, lab, operation):
        """(text, what is wrong), or None where there is no such place."""
        first = lab.first(operation, self.place)
        what = self.fault(first) if first is not None else None
        if what is None:
            return None
        # A login that may have been judged is repeated once.
        passing, lasting = (self.run(lab, operation, {**what, "count": count})
                            for count in (1 if self.place == "login" else 2, -1))
        kinds = [passing.with_tries, lasting.kind]
        return "; ".join(dict.fromkeys(kinds)), passing.wrong + lasting.wrong

    def run(self, lab, operation, fault):
        # Who is not told of a session cannot end it.
        leaks = 2 if self.place == "login" and self.lost else 0
        return lab.run(operation, [{**selector(operation, self.place), **fault}], settings=self.settings, leaks=leaks)


def body(first):
    """Bytes of the answer's body, or of the request's where that is the one that carries a file."""
    return max(first["bytes_out"], first["bytes_in"])


def cut(at):
    """Cuts the body of the transfer, whichever way it goes, at a place that depends on its size."""
    def fault(first):
        if body(first) == 0:
            return None
        name = "request_after" if first["bytes_in"] else "close_after"
        return {name: at(body(first))}
    return fault


def if_answered(fault):
    """A fault in the body of an answer; there may be none."""
    return lambda first: fault(first["bytes_out"]) if first["bytes_out"] else None


def always(**fault):
    return lambda first: fault


# name, fault, settings, whether the answer to a login is lost with it.
FAULTS = [
    ("reset before an answer", always(reset=True), {}, True),
    ("closed before an answer", always(close_after=0), {}, True),
    ("cut in the head", always(head_after=40), {}, True),
    ("cut after the first byte", cut(lambda size: 1), {}, True),
    ("cut in the middle", cut(lambda size: size // 2), {}, True),
    ("cut before the last byte", cut(lambda size: size - 1), {}, True),
    ("no answer", always(delay_ms=FOREVER_MS), SLOW, True),
    ("stalled in the middle", if_answered(lambda size: {"stall_after": size // 2, "stall_ms": FOREVER_MS}), SLOW, True),
    ("byte by byte", if_answered(lambda size: {"drip_bytes": min(size, 60), "drip_ms": 20}), SLOW, False),
    ("Content-Length too large", if_answered(lambda size: {"say_length": size + 10}), {}, True),
    ("Content-Length too small", if_answered(lambda size: {"say_length": size - 5}), {}, True),
    ("no chunk where one should begin", if_answered(lambda size: {"bad_chunk": size // 2}), {}, True),
    ("chunks without an end", if_answered(lambda size: {"no_end": True}), {}, True),
    ("the second byte is another", if_answered(lambda size: {"corrupt_at": 1}), {}, True),
    ("no HTTP", always(no_http=True), {}, True),
    ("429 with a page", always(status=429), {}, False),
    ("500 with a page", always(status=500), {}, False),
    ("502 of a proxy", always(status=502), {}, False),
    ("503 of a proxy", always(status=503), {}, False),
    ("504 of a proxy", always(status=504), {}, False),
    ("504 of a proxy, work done", always(lose_result=True), {}, True),
    ("401", always(status=401, body="tomcat"), {}, False),
    ("403", always(status=403), {}, False),
    ("404 of the container", always(status=404, body="tomcat-404"), {}, False),
    ("302 to the login page", always(status=302, body="empty", location="/app/template/Login.vm"), {}, False),
    ("302 to elsewhere", always(status=302, body="empty", location="http://127.0.0.1:9/data"), {}, False),
    ("200 with an HTML page", always(body="html200"), {}, False),
    ("200 with the login page", always(body="login-page"), {}, False),
    ("200 with nothing", always(status=200, body="empty"), {}, False),
    ("200 with other JSON", always(status=200, body="raw", message='{"status": "ok"}'), {}, False),
    ("200 with half a JSON", always(status=200, body="raw", message='{"ResultSet":{"Result":[{"ID":'), {}, False),
]

@dataclasses.dataclass
class Everywhere:
    """A row: every request that moves bytes ends so. The others are not all waited for as long as the first."""

    name: str
    fault: dict

    @property
    def key(self):
        return f"{self.name}, at all transfers"

    def outcome(self, lab, operation):
        wanted = selector(operation, "transfer")
        if wanted is None:
            return None
        result = lab.run(operation, [{**wanted, **self.fault, "count": -1}])
        return f"{result.kind}, {result.hits[0]} requests", result.wrong


PATIENCE = [Everywhere("429 with a page", {"status": 429}), Everywhere("500 with a page", {"status": 500}),
            Everywhere("502 of a proxy", {"status": 502}), Everywhere("503 of a proxy", {"status": 503}),
            Everywhere("504 of a proxy", {"status": 504})]

ROWS = [Answer(name, place, fault, settings, lost) for name, fault, settings, lost in FAULTS for place in PLACES] + PATIENCE
