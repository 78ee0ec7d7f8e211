# SPDX-License-Identifier: Apache-2.0
"""Gives the same URLs to fastr's own XNATStorage and to the plugin, each against its own copy of one archive.

    compare.py PYTHON [NAME...]      PYTHON: the interpreter of fastr's virtual environment; NAME: these rows only

What is compared is what the URLs led to: the bytes delivered, what stands in the archive afterwards, the ids and the
targets of an expansion. Each row of urls.tsv says how both end and whether they agree; a difference names its
reason in DIFFERENCES.md. Ends with `N passed, N failed`.
"""
import itertools
import pathlib
import re
import sys
import tempfile
import time

from places import HERE
from archive_state import Reader, archive_state, changes, lead
from clients_under_test import Original, Ours, Outcome, write_netrc
from standin_server import StandIn

COLUMNS = ("name", "op", "input", "ours", "theirs", "relation", "url")
READS = ("expand", "expand-as-is", "fetch", "pull", "pull-as-is")
WRITES = ("put", "put-twice")
FEWEST = 60


def read_table():
    rows = []
    for line in (HERE / "urls.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            cells = line.split("\t")
            assert len(cells) == len(COLUMNS), f"urls.tsv: {len(cells)} cells in: {line}"
            rows.append(dict(zip(COLUMNS, cells)))
    return rows


def read_reasons():
    """The keys of DIFFERENCES.md."""
    text = (HERE / "DIFFERENCES.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)


def table_faults(rows, reasons):
    """What is wrong with the table itself."""
    names = [row["name"] for row in rows]
    used = {row["relation"].removeprefix("different:") for row in rows if row["relation"] != "same"}
    faults = [f"{name} is there twice" for name in sorted({name for name in names if names.count(name) > 1})]
    faults += [f"{key} is used and has no reason" for key in sorted(used - set(reasons))]
    faults += [f"{key} has a reason and no row" for key in sorted(set(reasons) - used)]
    faults += [f"{row['name']}: unknown operation {row['op']}" for row in rows if row["op"] not in READS + WRITES]
    if len(rows) < FEWEST:
        faults.append(f"{len(rows)} rows, there must be {FEWEST}")
    return faults


def make_inputs(directory):
    """What is put: files and trees by name."""
    directory.mkdir()
    (directory / "small.txt").write_text("seven words, one line, for an upload\n")
    (directory / "other.txt").write_text("SEVEN WORDS, ONE LINE, FOR AN UPLOAD\n")
    (directory / "report.txt").write_text("x" * 499 + "\n")
    (directory / "empty.txt").write_bytes(b"")
    (directory / "large.bin").write_bytes(bytes(range(256)) * 4096)
    (directory / "tree/sub").mkdir(parents=True)
    (directory / "tree/one.txt").write_text("one\n")
    (directory / "tree/sub/two.txt").write_text("two\n")
    return directory


class Side:
    """One of the two, with its server for reads and a fresh one for each write."""

    def __init__(self, client, home, directory):
        self.client, self.home, self.directory = client, home, directory
        self.count = itertools.count()
        self.server, self.prefixed = self.start(), self.start(prefix="/xnat")

    def start(self, **settings):
        server = StandIn(**settings)
        write_netrc(self.home, server)
        return server

    def fill(self, server, url):
        """The URL for one server; accession and resource IDs are looked up, not known."""
        project = "/data/projects/sandbox"
        host = f"{server.host}:{server.port}"
        subject = f"xnat+http://{host}/data/archive/projects/sandbox/subjects/subject001"
        values = {"host": host, "base": f"xnat+http://{host}", "prefixed": f"xnat+http://{host}/xnat",
                  "subject": subject, "brain": f"{subject}/experiments/subject001_BRAIN",
                  "odd": f"xnat+http://{host}/data/archive/projects/odd/subjects/oddity/experiments/odd_session"}
        if re.search(r"\{(S|E|A|R)\}", url):
            session = server.row(f"{project}/experiments", label="subject001_BRAIN")["ID"]
            resource = server.row(f"/data/experiments/{session}/scans/1/resources", label="DICOM")
            values.update(S=server.row(f"{project}/subjects", label="subject001")["ID"], E=session,
                          A=server.row(f"/data/experiments/{session}/assessors", label="seg_subject001_BRAIN")["ID"],
                          R=resource["xnat_abstractresource_id"])
        return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], url)

    def scratch(self):
        made = self.directory / str(next(self.count))
        made.mkdir(parents=True)
        return made

    def expand(self, url, **how):
        outcome = self.client.expand(url, **how)
        if outcome.kind == "ok":
            self.pairs = outcome.result
            outcome.result = sorted(([name or "", "itself" if found == url else lead(self.reader, found)]
                                     for name, found in self.pairs), key=str)
        return outcome

    def pull(self, url, mended):
        """Expands, then fetches all of it, each its own URLs. Mended: with the scheme that the original drops; else in
        a new session, as an engine's next process would."""
        outcome = self.expand(url)
        if outcome.kind != "ok":
            return outcome
        if not mended:
            self.client.finish()
        trees = []
        for name, found in self.pairs:
            found = found.replace("xnat://", "xnat+http://") if mended else found
            one = self.client.fetch(found, self.scratch())
            if one.kind != "ok":
                return one
            trees.append([name, one.result])
        return Outcome(sorted(trees, key=str))

    def read(self, row):
        """Reads from the server without a context path, or from the one with it."""
        server = self.prefixed if "{prefixed}" in row["url"] else self.server
        self.reader = Reader(server)
        url = self.fill(server, row["url"])
        if row["op"] == "fetch":
            return self.client.fetch(url, self.scratch())
        if row["op"].startswith("pull"):
            return self.pull(url, row["op"] == "pull")
        if row["op"] == "expand-as-is" and isinstance(self.client, Original):
            self.client.finish()
            return self.expand(url, op="expand-as-is")
        return self.expand(url)

    def write(self, row, inputs, before):
        """Puts into a fresh archive. The result is what changed there, of a failure, too."""
        server = self.start()
        try:
            url = self.fill(server, row["url"])
            for _ in range(2 if row["op"] == "put-twice" else 1):
                outcome = self.client.put(inputs / row["input"], url)
            outcome.result = changes(before, archive_state(server))
            self.client.finish()
        finally:
            server.stop()
        return outcome


def size(row, outcome):
    """What the number after `ok:` counts."""
    if row["op"].startswith("pull"):
        return sum(len(tree) for _, tree in outcome.result)
    return len(outcome.result)


def ended(row, outcome):
    return f"ok:{size(row, outcome)}" if outcome.kind == "ok" else outcome.kind


def faults_of(row, ours, theirs):
    """What is not as the row says."""
    faults = []
    for who, outcome in (("ours", ours), ("theirs", theirs)):
        if ended(row, outcome) != row[who]:
            faults.append(f"{who}: {ended(row, outcome)}, not {row[who]}; {outcome}")
    alike = (ours.kind == "ok") == (theirs.kind == "ok") and ours.result == theirs.result
    if row["relation"] == "same" and not alike:
        faults.append(f"they differ:\n    ours   {ours}  {ours.result}\n    theirs {theirs}  {theirs.result}")
    if row["relation"] != "same" and alike:
        faults.append(f"they agree: {ours} / {theirs}")
    return faults


class Score:
    """Counts, and says what went wrong."""

    def __init__(self):
        self.passed = self.failed = 0

    def add(self, name, faults, seconds=0.0):
        self.failed, self.passed = self.failed + bool(faults), self.passed + (not faults)
        print(f"{'FAILED' if faults else 'ok'} {name} ({seconds:.1f} s)", flush=True)
        for fault in faults:
            print(f"  {fault}", flush=True)


def compare(rows, sides, inputs, score):
    """All reads on one pair of servers, then each write on a pair of its own."""
    before, other = (archive_state(side.server) for side in sides)
    score.add("both start from the same archive", [f"{changes(before, other)}"] if before != other else [])
    reads = [row for row in rows if row["op"] in READS]
    writes = [row for row in rows if row["op"] in WRITES]
    for row in reads:
        began = time.monotonic()
        outcomes = [side.read(row) for side in sides]
        score.add(row["name"], faults_of(row, *outcomes), time.monotonic() - began)
    changed = [changes(before, archive_state(side.server)) for side in sides]
    score.add("reads leave the archive as it was", [f"{one}" for one in changed if one])
    for side in sides:
        side.client.finish()
    for row in writes:
        began = time.monotonic()
        outcomes = [side.write(row, inputs, before) for side in sides]
        score.add(row["name"], faults_of(row, *outcomes), time.monotonic() - began)


def main():
    python, wanted = sys.argv[1], sys.argv[2:]
    rows, score = read_table(), Score()
    score.add("the table", table_faults(rows, read_reasons()))
    with tempfile.TemporaryDirectory(prefix="interop-") as scratch:
        scratch = pathlib.Path(scratch)
        homes = [scratch / "ours-home", scratch / "theirs-home"]
        for home in homes:
            home.mkdir()
        original = Original(python, homes[1])
        sides = [Side(Ours(homes[0]), homes[0], scratch / "ours"), Side(original, homes[1], scratch / "theirs")]
        try:
            chosen = [row for row in rows if not wanted or row["name"] in wanted]
            compare(chosen, sides, make_inputs(scratch / "inputs"), score)
        finally:
            original.close()
            for side in sides:
                side.server.stop()
                side.prefixed.stop()
    print(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed or not score.passed else 0


if __name__ == "__main__":
    sys.exit(main())
