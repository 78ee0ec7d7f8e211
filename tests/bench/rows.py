# SPDX-License-Identifier: Apache-2.0
"""What a row of the table is made of, and the list of all rows."""
import shutil

from measuring import Figure
from profiles import PROFILES

ROWS = {}
# The profiles of a row on which the server's costs bear little, or which takes long: the best server, and a real one.
TWO = ("fast-disk", "measured")
BEFORE = "before"


def row(name, title, profiles=tuple(PROFILES)):
    """Marks a function `(bench) -> Outcome` as a row, and says in which profiles it is measured: in the first of them beside
    all peers, also those that take minutes."""

    def mark(function):
        ROWS[name] = Row(name, title, function, profiles)
        return function

    return mark


class Row:
    def __init__(self, name, title, function, profiles):
        self.name, self.title, self.function, self.profiles = name, title, function, profiles


class Demand:
    """Something that must be reached: `value` is to be at least, or at most, `bound`."""

    def __init__(self, text, value, bound, least=False, unit=""):
        self.text, self.value, self.bound, self.least, self.unit = text, value, bound, least, unit

    @property
    def reached(self):
        return self.value >= self.bound if self.least else self.value <= self.bound

    def as_dict(self):
        return {"what": self.text, "value": round(self.value, 4), "bound": self.bound,
                "sense": "at least" if self.least else "at most", "unit": self.unit, "reached": self.reached}


def times(text, peer, ours, bound):
    """How many times longer a peer takes."""
    return Demand(f"times {text}", peer.seconds / ours.seconds, bound, least=True, unit="x")


class Outcome:
    """What came of a row. `figures` holds `ours` and the peers by name; `shown` what a picture is made of besides."""

    def __init__(self, work, figures, demands, latency_ms, note="", shown=None):
        self.work, self.figures, self.demands, self.latency_ms, self.note = work, figures, demands, latency_ms, note
        self.shown = shown


class Bench:
    """What a row works with: the clients, the worlds, a profile and a scale (`quick`)."""

    def __init__(self, tools, worlds, clients, quick):
        self.tools, self.worlds, self.quick = tools, worlds, quick
        self.ours, self.before = clients.ours, clients.before
        self.storage, self.scripts, self.curl = clients.storage, clients.scripts, clients.curl
        self.profile = None
        self.first = True
        self.count = 0
        self.known = {}

    @property
    def repeats(self):
        return 2 if self.quick else 3

    def versions(self, run):
        """`run(version)` of the plugin as it is, and of the one that it is compared with, if there is one."""
        return {name: lambda one=one: run(one) for name, one in (("ours", self.ours), (BEFORE, self.before)) if one}

    def once(self, key, measure):
        """The Figure of what takes so long that several rows or profiles share it; `measure` gives its one Sample."""
        if key not in self.known:
            self.known[key] = Figure([measure()])
        return self.known[key]

    def pick(self, quick, full):
        return quick if self.quick else full

    def fresh(self):
        """A path that nothing stands at; what stood at the last ones is removed."""
        for old in self.tools.scratch.glob("out-*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        self.count += 1
        return self.tools.scratch / f"out-{self.count}"

    def fresh_directory(self):
        path = self.fresh()
        path.mkdir()
        return path
