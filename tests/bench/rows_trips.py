# SPDX-License-Identifier: Apache-2.0
"""Rows: one small thing of a far server, where what counts is how many answers are waited for one after the other."""
from measuring import in_turns
from request_log import chains, is_logout
from rows import BEFORE, TWO, Demand, Outcome, row
from worlds import EXPERIMENT, PROJECT, SCAN, SCAN_PATH, SUBJECT, sample

FAR_MS = 100
RESOURCE = f"{SCAN_PATH}/resources/DICOM"
FILE, MISSING = "0007.dcm", "none.dcm"
# IO_KIND_NOT_FOUND
NOT_FOUND = 2
WHERE = {"project": PROJECT, "subject": SUBJECT, "experiment": EXPERIMENT, "scan": SCAN, "resource": "DICOM"}
SESSION_THERE = {"session_cache": "true"}


def far_world(bench):
    """Behind TLS. What shaking hands costs, curl's and ours, is not charged."""

    def fill(world):
        # xnatpy reads the server's data model when it first meets it, and curl's session is opened.
        bench.scripts.work("xnatpy", "look_file", world.server, file=FILE, **WHERE)
        bench.curl.session(world.server)

    world = bench.worlds.get("far", sample(files=20, size=20000), fill, tls=True)
    bench.profile.apply(world.server, FAR_MS)
    return world


def outcome(work, figures, most, shown=None):
    return Outcome(work, figures, [Demand("round trips", figures["ours"].trips, most)], FAR_MS, shown=shown)


def compact(lines):
    """What a time line shows of a log: when each request began and ended, and the number of its round trip."""
    found = list(chains(lines))
    began = found[0][0]["time_us"]
    return [{"request": f"{line['method']} {line['path']}", "auth": line["auth"], "connection": line["connection"],
             "from_ms": round((line["time_us"] - began) / 1000, 1),
             "to_ms": round((line["time_us"] + line["took_us"] - began) / 1000, 1),
             "trip": 0 if is_logout(line) else trip} for line, trip in found]


def median_log(figure):
    return sorted(figure.samples, key=lambda sample: sample.seconds)[len(figure.samples) // 2].log


@row("trips-fetch", "fetch one file from afar", TWO)
def trips_fetch(bench):
    """A process that knows nothing yet. The curl is the least that a login, a file and a logout take."""
    world = far_world(bench)
    url, plain = world.data(f"{RESOURCE}/files/{FILE}"), world.plain(f"{RESOURCE}/files/{FILE}")
    figures = in_turns(world.server, bench.repeats, {
        **bench.versions(lambda version: version.run("fetch", url, str(bench.fresh()), lines=1)),
        "curl": lambda: bench.curl.own_session(world.server, '$CURL -o "$1" "$2"', str(bench.fresh()), plain),
        "XNATStorage": lambda: bench.storage.fetch(url, bench.fresh_directory()),
        "xnatpy": lambda: bench.scripts.work("xnatpy", "fetch_file", world.server, path=str(bench.fresh()), file=FILE,
                                             **WHERE)})
    shown = {name: compact(median_log(figures[name])) for name in (BEFORE, "ours") if name in figures}
    return outcome("one file of a small resource, TLS", figures, 4, shown)


@row("trips-fetch-session", "the same, session there", TWO)
def trips_fetch_session(bench):
    """With a session in the cache. XNATStorage and xnatpy share none between processes."""
    world = far_world(bench)
    url, plain = world.data(f"{RESOURCE}/files/{FILE}"), world.plain(f"{RESOURCE}/files/{FILE}")
    actions = bench.versions(lambda version: version.run("fetch", url, str(bench.fresh()), lines=1, **SESSION_THERE))
    for open_session in actions.values():
        open_session()
    figures = in_turns(world.server, bench.repeats, {
        **actions, "curl": lambda: bench.curl.shell(world.server, '$CURL -o "$1" "$2"', str(bench.fresh()), plain)})
    return outcome("one file, TLS, a session there", figures, 2)


@row("trips-put", "put one file afar", TWO)
def trips_put(bench):
    """Into a resource that exists, each time under a new name."""
    world = far_world(bench)
    source = bench.tools.scratch / "small.bin"
    source.write_bytes(bytes(range(256)) * 16)

    def new():
        bench.count += 1
        return f"{RESOURCE}/files/new{bench.count}.bin"

    figures = in_turns(world.server, bench.repeats, {
        **bench.versions(lambda version: version.run("put", str(source), world.data(new()), lines=1)),
        "curl": lambda: bench.curl.own_session(world.server, '$CURL -o /dev/null -T "$1" "$2"', str(source),
                                               world.plain(new()) + "?inbody=true"),
        "XNATStorage": lambda: bench.storage.put(source, world.data(new())),
        "xnatpy": lambda: bench.scripts.work("xnatpy", "put_file", world.server, path=str(source),
                                             file=new().rpartition("/")[2], **WHERE)})
    return outcome("one file of 4 KB into an existing resource, TLS", figures, 6)


def look(bench, work, name, kind, most):
    """At a file, with a session there, as an engine asks. The curl asks for the list of files; XNATStorage cannot look."""
    world = far_world(bench)
    url, listing = world.data(f"{RESOURCE}/files/{name}"), world.plain(f"{RESOURCE}/files?format=json")
    actions = bench.versions(lambda version: version.look(url, kind, **SESSION_THERE))
    for open_session in actions.values():
        open_session()
    figures = in_turns(world.server, bench.repeats, {
        **actions, "curl": lambda: bench.curl.shell(world.server, '$CURL -o "$1" "$2"', str(bench.fresh()), listing),
        "xnatpy": lambda: bench.scripts.work("xnatpy", "look_file", world.server, count=int(kind == 0), file=name,
                                             **WHERE)})
    return outcome(work, figures, most)


@row("trips-stat", "stat of a file afar", TWO)
def trips_stat(bench):
    return look(bench, "stat of a file, TLS, a session there", FILE, 0, 1)


@row("trips-stat-missing", "stat of a missing file", TWO)
def trips_stat_missing(bench):
    return look(bench, "stat of a missing file, TLS, a session there", MISSING, NOT_FOUND, 2)
