# SPDX-License-Identifier: Apache-2.0
"""Rows: put, and what a start costs."""
import os
import subprocess

from measuring import ALIKE_S, Figure, in_turns, run_measured
from rows import TWO, Demand, Outcome, row, times
from worlds import EXPERIMENT, PROJECT, SUBJECT, large_file, sample

EXPERIMENT_PATH = f"projects/{PROJECT}/subjects/{SUBJECT}/experiments/{EXPERIMENT}"
CURL_PUT = '( md5sum "$1" & $CURL -T "$1" "$2" > /dev/null; ok=$?; wait; exit $ok )'


@row("put-large", "put one large file")
def put_large(bench):
    """Each goes under a new name; what the last turn stored is deleted before the next, outside the measurement."""
    # A slow disk only makes both wait for the same check.
    size = (bench.pick(256, 2048) if bench.first else bench.pick(128, 512)) << 20
    source = bench.tools.scratch / f"source-{size >> 20}.bin"
    if not source.exists():
        large_file(source, size)
    world = bench.worlds.get("put", sample())
    bench.profile.apply(world.server)
    resource = f"{EXPERIMENT_PATH}/resources/LARGE"
    if world.server.put(f"/data/{resource}").status not in (200, 409):
        raise RuntimeError("the resource could not be made")
    stored = []

    def target():
        while stored:
            world.server.delete(f"/data/{resource}/files/{stored.pop()}")
        world.server.clear_log()
        stored.append(f"file{bench.count}.bin")
        bench.count += 1
        return f"{resource}/files/{stored[0]}"

    figures = in_turns(world.server, bench.repeats, {
        "ours": lambda: bench.ours.run("put", str(source), world.data(target()), lines=1),
        "curl -T, md5sum": lambda: bench.curl.shell(world.server, CURL_PUT, str(source),
                                                    world.plain(target()) + "?inbody=true")}, ALIKE_S)
    target()
    return Outcome(f"one file of {size >> 20} MiB", figures,
                   [times("curl -T with md5sum", figures["curl -T, md5sum"], figures["ours"], 0.95),
                    Demand("MB of memory", figures["ours"].memory / 1024, 24, unit="MB")], bench.profile.latency_ms)


@row("put-files", "put 1,000 files")
def put_files(bench):
    files = bench.pick(200, 1000)
    part = bench.pick(40, 200)
    tree = bench.tools.scratch / "tree"
    if not tree.exists():
        tree.mkdir()
        for n in range(files):
            (tree / f"file{n:04d}.bin").write_bytes(os.urandom(4000))
    world = bench.worlds.get("put", sample())
    bench.profile.apply(world.server, 20)

    def label():
        bench.count += 1
        return f"NEW{bench.count}"

    actions = bench.versions(lambda version: version.run(
        "put", str(tree), world.data(f"{EXPERIMENT_PATH}/resources/{label()}"), lines=1))
    for client in ("xnatpy", "pyxnat") if bench.first else ("xnatpy",):
        actions[client] = lambda client=client: bench.scripts.work(
            client, "put_files", world.server, part=part / files, project=PROJECT, subject=SUBJECT,
            experiment=EXPERIMENT, resource=label(), path=str(tree), limit=part)
    figures = in_turns(world.server, bench.repeats, actions)
    return Outcome(f"{files} files of 4 KB", figures,
                   [times("xnatpy's loop", figures["xnatpy"], figures["ours"], 10)], 20,
                   f"the loops did {part} of {files} files; their figures are these times what is left (each further "
                   "file costs more, as the catalog grows)")


def libraries_of(path):
    found = subprocess.run(["ldd", path], check=True, capture_output=True, text=True).stdout
    return [line.split(" => ")[1].split(" (")[0] for line in found.splitlines() if " => /" in line]


@row("start", "start, no login", TWO)
def start(bench):
    """Loads the plugin, reads a URL and fails on the missing login file, beside a program that loads the libraries."""
    url = "xnat+https://127.0.0.1:9/data/projects/a/resources/b"
    ours = bench.ours.command("-q", "fetch", url, "/nowhere/at/all", netrc="/nowhere/netrc")
    bare = [bench.tools.libraries, *libraries_of(bench.tools.plugin)]
    samples = {"ours": [], "libraries alone": []}
    for _ in range(bench.pick(30, 100)):
        samples["ours"].append(run_measured(bench.tools, ours, bench.tools.env, accept=(5,))[0])
        samples["libraries alone"].append(run_measured(bench.tools, bare, bench.tools.env)[0])
    figures = {name: Figure(found) for name, found in samples.items()}
    more = (figures["ours"].seconds - figures["libraries alone"].seconds) * 1000
    memory = (figures["ours"].memory - figures["libraries alone"].memory) / 1024
    return Outcome("load, read a URL, fail for want of a login", figures,
                   [Demand("ms more than the libraries alone", more, 15, unit="ms"),
                    Demand("MB more than the libraries alone", memory, 4, unit="MB")], 0)
