# SPDX-License-Identifier: Apache-2.0
"""What happens at a certain moment of an operation: at each of its requests, one after the other, or while a file is asked for
or sent."""
import dataclasses
import itertools
import signal

from operations import ADMIN, RESULTS, SCAN, text

OTHER_IMAGE = text("another image", 25_000)


def kind_of(met, number):
    """What a request of an operation is for."""
    method, path = met.split(" ", 1)
    if path == "/data/auth":
        return "the probe" if number == 0 else "the check"
    if path == "/data/JSESSION":
        return "the login" if method == "POST" else "the logout"
    if method == "PUT":
        return "the upload" if "/files/" in path else "a creation"
    return "a question" if "format=json" in path else "the transfer"


def told(outcomes):
    """[(place, outcome)] in words: what happens at most places, and where something else does. How many requests there are
    for one place may depend on how fast the machine is."""
    outcomes = list(dict.fromkeys(outcomes))
    texts = [outcome for _, outcome in outcomes]
    often = max(dict.fromkeys(texts), key=texts.count)
    places = {}
    for place, outcome in outcomes:
        places.setdefault(outcome, []).append(place)
    return "; ".join([often, *(f"{outcome} at {', '.join(at)}" for outcome, at in places.items() if outcome != often)])


@dataclasses.dataclass
class EachRequest:
    """A row: something happens at the first request; in another run, at the second; and so on, until there is none."""

    name: str
    fault: dict
    # Whether a login that it meets has been carried out.
    lost: bool = False
    signal: int = 0

    @property
    def key(self):
        return f"{self.name}, at each request"

    def numbers(self, lab, operation):
        """Of the requests, in their order."""
        return itertools.count()

    def outcome(self, lab, operation):
        outcomes, wrong = [], []
        if self.signal == signal.SIGKILL:
            operation = operation.but(silent=True)
        for number in self.numbers(lab, operation):
            during = (lambda case, process: self.end(process)) if self.signal else None
            result = lab.run(operation, [{"count": 1, **self.fault, "skip": number}], during=during,
                             leaks=lambda met, number=number: self.leaks(met, number))
            if not result.met:
                wrong += [f"nothing happened ({number}): {text}" for text in result.wrong]
                break
            place = kind_of(result.met, number)
            outcomes.append((place, result.kind))
            wrong += [f"{place} ({number}): {text}" for text in result.wrong]
        return told(outcomes), wrong

    def leaks(self, met, number):
        """How many sessions may be left: nobody tells of it, or nobody can end it."""
        place = kind_of(met, number) if met else None
        if self.signal == signal.SIGKILL:
            return 1
        return 1 if (self.signal and place == "the logout") or (self.lost and place == "the login") else 0

    def end(self, process):
        """While the request is held, and before it is let go."""
        process.send_signal(self.signal)
        process.wait(60)


class AtTransfer(EachRequest):
    """A row: something happens at the first request that moves bytes, or else at the last one before the end."""

    @property
    def key(self):
        return f"{self.name}, at the transfer"

    def numbers(self, lab, operation):
        requests = lab.undisturbed(operation)
        places = [kind_of(f"{line['method']} {line['path']}", number) for number, line in enumerate(requests)]
        moving = [number for number, place in enumerate(places) if place in ("the transfer", "the upload")]
        return moving[:1] or [len(places) - 2]


# --- what others do in the meantime ---


def add(case, resource, path):
    case.server.put(f"/data/{SCAN}/{resource}/files/added.txt?inbody=true", b"more", user=ADMIN)


def replace(case, resource, path):
    case.server.put(f"/data/{SCAN}/{resource}/files/{path}?inbody=true&overwrite=true", OTHER_IMAGE, user=ADMIN)


def delete(case, resource, path):
    case.server.delete(f"/data/{SCAN}/{resource}/files/{path}", user=ADMIN)


def delete_all(case, resource, path):
    case.server.delete(f"/data/{SCAN}/{resource}?removeFiles=true", user=ADMIN)


def spoil(action):
    def change(case, resource, path):
        if number := resource_number(case, resource):
            case.server.control("POST", "file", resource=number, path=path, action=action)
    return change


def resource_number(case, resource):
    """The number of a resource, None if there is none."""
    scan, _, label = resource.partition("/resources/")
    rows = case.server.rows(f"/data/{SCAN}/{scan}/resources", user=ADMIN)
    return next((row["xnat_abstractresource_id"] for row in rows if row["label"] == label), None)


@dataclasses.dataclass
class Meanwhile:
    """A row: somebody changes a resource, or the files to be sent, between the listing and the transfer."""

    name: str
    change: object
    # Operations for which it means something.
    of: str
    # What may come of the victim beside what was expected: another content, or (None) nothing.
    others: tuple = ()

    @property
    def key(self):
        return f"{self.name}, before the transfer"

    def outcome(self, lab, operation):
        if operation.name not in self.of:
            return None
        resource, path = operation.victim

        def during(case, process):
            self.change(case, resource, path)
            case.server.let_go()

        hold = {"method": "PUT", "path": "/files/"} if operation.writes else \
            {"method": "GET", "path": operation.transfer} if operation.transfer else {"path": "format=json", "skip": 1}
        if operation.name == "fetch --list":
            # What is small comes together, the victim's resource with others.
            hold = {"method": "GET", "path": r"format=(zip|tar)"}
        expected = operation.but(others={path: self.others, "added.txt": (b"more", None), "image": self.others,
                                         "ONE": ()})
        result = lab.run(expected, [{**hold, "without": "format=json" if operation.transfer else "nothing", "hold": True}],
                         during=during, again=False)
        wrong = result.wrong if result.hits[0] else [*result.wrong, "nothing was held"]
        return result.kind, wrong


def on_source(change):
    """A change of the file to be sent, or of the first of a tree."""
    def done(case, resource, path):
        place = case.path("source") / path
        change(place)
    return done


def grow(place):
    with open(place, "ab") as out:
        out.write(b"more")


FETCHES = "fetch file, fetch tree, fetch --list"
PUTS = "put file, put tree"

ROWS = [
    EachRequest("the session is lost just before", {"expire": True}),
    EachRequest("the server restarts", {"expire": True, "status": 404, "body": "tomcat-404", "count": 2}),
    EachRequest("the connection is reset", {"reset": True}),
    EachRequest("the answer is lost", {"close_after": 0}, lost=True),
    EachRequest("something else than HTTP is said", {"no_http": True}, lost=True),
    EachRequest("500 with a page", {"status": 500}),
    EachRequest("503 of a proxy", {"status": 503}),
    EachRequest("504 of a proxy, work done", {"lose_result": True}, lost=True),
    EachRequest("SIGTERM", {"hold": True}, lost=True, signal=signal.SIGTERM),
    AtTransfer("SIGINT", {"hold": True}, lost=True, signal=signal.SIGINT),
    AtTransfer("SIGHUP", {"hold": True}, lost=True, signal=signal.SIGHUP),
    EachRequest("SIGKILL, then once more", {"hold": True}, lost=True, signal=signal.SIGKILL),
    Meanwhile("another file is added", add, f"{FETCHES}, {PUTS}, expand"),
    Meanwhile("a file is replaced by another", replace, f"{FETCHES}, {PUTS}", (OTHER_IMAGE,)),
    Meanwhile("a file is deleted", delete, f"{FETCHES}, put file, expand", (None,)),
    Meanwhile("the resource is deleted", delete_all, f"{FETCHES}, {PUTS}, expand", (None,)),
    Meanwhile("a file's bytes become others, the catalog stays", spoil("flip"), FETCHES),
    Meanwhile("a file is cut, the catalog stays", spoil("cut"), FETCHES),
    Meanwhile("a file is gone, the catalog stays", spoil("remove"), FETCHES),
]
