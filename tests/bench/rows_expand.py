# SPDX-License-Identifier: Apache-2.0
"""Rows: what a search costs."""
from measuring import in_turns, observe, run_measured
from profiles import COSTS
from rows import TWO, Demand, Outcome, row, times
from worlds import sample

JOBS = 8
# Without an ID of its own each result would be warned of. XNATStorage knows no joined ones.
UNIQUE = {"id": "experiment,scan,resource", "label": "true"}
# Login, its check, its end; and the queries: sessions, scans, their resources.
FEWEST = 6
IN_HOST = "ours, in a host that is up"
WITH_NUMBERS, WITH_SIZES = "ours with id=resource", "ours with --json"


def study(bench):
    """200 experiments x 4 scans x 2 resources."""
    return bench.worlds.get("study", sample(subjects=100, experiments=2, scans=4, resources=2)), 200


def storage_expand(bench, world, count, key):
    """XNATStorage asks the same whatever the server can do; what takes it long is measured once for several rows."""
    return bench.once(key, lambda: observe(world.server, lambda: bench.storage.expand(world.search(), count)))


def expand(bench, latency_ms, bulk, bound, name):
    world, experiments = study(bench)
    count = experiments * 8
    bench.profile.apply(world.server, latency_ms)
    world.server.set(bulk=bulk)
    actions = {**bench.versions(lambda version: version.run("expand", world.search(**UNIQUE), lines=count)),
               IN_HOST: lambda: bench.ours.in_host(world.search(**UNIQUE), count)}
    if bench.first and bulk and latency_ms and not bench.quick:
        for client in ("xnatpy", "pyxnat"):
            actions[client] = lambda client=client: bench.scripts.work(client, "expand", world.server, count=count,
                                                                       project="project001")
    figures = in_turns(world.server, bench.repeats, actions)
    figures["XNATStorage"] = storage_expand(bench, world, count, (bench.profile.name, latency_ms))
    world.server.set(bulk=True)
    ours = figures["ours"]
    demands = [times("XNATStorage, both in a process that is up", figures["XNATStorage"], figures[IN_HOST], bound)]
    if bulk:
        demands.append(Demand("requests", ours.requests, FEWEST))
    else:
        # A login whose password is slow to judge is waited for by everybody.
        login_ms = bench.profile.costs["login_ms"]
        limit = (2 * ours.requests * latency_ms / JOBS + login_ms) / 1000
        added = f", and {login_ms} ms for the login" if login_ms else ""
        demands.append(Demand(f"seconds (2 x requests x latency / jobs{added})", ours.seconds, round(limit, 3), unit="s"))
        demands.append(Demand("requests at once", ours.at_once, JOBS))
    return Outcome(f"{name}: {experiments} experiments x 4 scans x 2 resources", figures, demands, latency_ms)


@row("expand-20ms", "expand, bulk queries")
def expand_slow(bench):
    return expand(bench, 20, True, 200, "search of 1 project")


@row("expand-0ms", "expand, no latency")
def expand_fast(bench):
    return expand(bench, 0, True, 50, "search of 1 project")


@row("expand-fallback", "expand, no bulk queries")
def expand_fallback(bench):
    return expand(bench, 20, False, 10, "search without bulk queries")


def many_world(bench):
    experiments = bench.pick(400, 2000)
    return bench.worlds.get("many", sample(subjects=experiments // 2, experiments=2, scans=4, resources=2)), experiments


@row("expand-2000", "expand, 2,000 sessions")
def expand_many(bench):
    world, experiments = many_world(bench)
    bench.profile.apply(world.server, 20)
    lines = experiments * 8
    figures = in_turns(world.server, bench.repeats,
                       bench.versions(lambda version: version.run("expand", world.search(**UNIQUE), lines=lines)))
    return Outcome(f"search of 1 project: {experiments} experiments x 4 scans x 2 resources", figures,
                   [Demand("requests", figures["ours"].requests, FEWEST)], 20)


@row("expand-projects", "expand, 50 projects")
def expand_wide(bench):
    projects = bench.pick(12, 50)
    world = bench.worlds.get("wide", sample(projects=projects, subjects=2, experiments=2, scans=2, resources=2))
    bench.profile.apply(world.server, 20)
    lines = projects * 16
    search = world.search(projects="project*", **UNIQUE)
    actions = bench.versions(lambda version: version.run("expand", search, lines=lines))
    if bench.first:
        actions["XNATStorage"] = lambda: bench.storage.expand(world.search(projects="project*"), lines)
    figures = in_turns(world.server, bench.repeats, actions)
    return Outcome(f"search of {projects} projects by pattern: 4 experiments x 2 scans x 2 resources each", figures,
                   [Demand("requests (6 + 2 x projects)", figures["ours"].requests, FEWEST + 2 * projects),
                    Demand("requests at once", figures["ours"].at_once, JOBS)], 20)


def yajl_alone(bench, world, figure):
    """Seconds of processor time that yajl needs for the same answers, without the transfer."""
    total = 0.0
    for line in figure.samples[0].log:
        if line["method"] != "GET" or line["bytes_out"] < 10000:
            continue
        path = bench.tools.scratch / "answer.json"
        bench.curl.shell(world.server, '$CURL -o "$1" "$2"', str(path), world.server.url + line["path"])
        command = ["sh", "-c", f"'{bench.tools.parse}' < '{path}'"]
        total += min(run_measured(bench.tools, command, bench.tools.env)[0].cpu for _ in range(bench.repeats))
        path.unlink()
    return total


@row("expand-columns", "expand, numbers and sizes", TWO)
def expand_columns(bench):
    """What costs nothing to know: the number of each resource, and its count and size of files."""
    world, experiments = many_world(bench)
    bench.profile.apply(world.server)
    lines = experiments * 8
    plain, numbers = world.search(**UNIQUE), world.search(id="resource")
    figures = in_turns(world.server, bench.repeats, {
        "ours": lambda: bench.ours.run("expand", plain, lines=lines),
        WITH_NUMBERS: lambda: bench.ours.run("expand", numbers, lines=lines),
        WITH_SIZES: lambda: bench.ours.run("--json", "expand", plain, lines=lines)})
    demands = []
    for name in (WITH_NUMBERS, WITH_SIZES):
        demands += [Demand(f"requests {name.removeprefix('ours ')}", figures[name].requests, figures["ours"].requests),
                    Demand(f"time {name.removeprefix('ours ')}, times that without",
                           figures[name].seconds / figures["ours"].seconds, 1.3, unit="x")]
    return Outcome(f"search with numbers, counts and sizes: {lines} resources", figures, demands,
                   bench.profile.latency_ms)


def rows_world(bench):
    """The one who is done with it ends it: it takes gigabytes."""
    experiments = 125000

    def warm(world):
        # Its memory is touched for the first time by the first question, which takes as long as the answer.
        bench.ours.run("expand", world.search(scans="1", resources="DICOM", **UNIQUE), lines=experiments)

    return bench.worlds.get("rows", sample(subjects=experiments // 50, experiments=50, scans=4, resources=2),
                            warm), experiments


@row("expand-kept", "expand, 1,000,000 rows kept", TWO)
def expand_kept(bench):
    """A million rows that are all results: a host that takes them as they come holds few of them."""
    world, experiments = rows_world(bench)
    bench.profile.apply(world.server)
    lines = experiments * 8
    figures = in_turns(world.server, bench.repeats, bench.versions(
        lambda version: version.run("expand", world.search(**UNIQUE), lines=lines)))
    bench.worlds.end("rows")
    return Outcome(f"search with {lines} results", figures,
                   [Demand("MiB of memory", figures["ours"].memory / 1024, 260, unit="MiB")], bench.profile.latency_ms)


@row("expand-rows", "expand, 1,000,000 rows", TWO)
def expand_rows(bench):
    """A million rows of which one scan and one resource of each session are kept: memory follows the matches."""
    world, experiments = rows_world(bench)
    bench.profile.apply(world.server, 0)
    lines = experiments
    search = world.search(scans="1", resources="DICOM", **UNIQUE)
    figures = in_turns(world.server, bench.repeats,
                       {"ours": lambda: bench.ours.run("expand", search, lines=lines)})
    world.server.set(latency_ms=0, **dict.fromkeys(COSTS, 0))
    parse = yajl_alone(bench, world, figures["ours"])
    bench.worlds.end("rows")
    ours = figures["ours"]
    cpu = min(one.cpu for one in ours.samples)
    rows = experiments * 8
    return Outcome(f"search through {rows} rows of which {lines} match", figures,
                   [Demand("MB of memory (64 + 300 bytes a match)", ours.memory / 1024, 64 + lines * 300 / 1e6,
                           unit="MB"),
                    Demand("processor time, times yajl alone", cpu / parse, 3, unit="x"),
                    Demand("requests", ours.requests, FEWEST)], 0,
                   f"yajl alone parses the same bytes in {parse:.2f} s; ours used {cpu:.2f} s of processor time")
