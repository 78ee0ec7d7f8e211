# SPDX-License-Identifier: Apache-2.0
"""Rows: fetches that take long, over several connections and after a cut."""
import contextlib
import os
import subprocess
import time

from measuring import Failed, in_turns, observe
from rows import TWO, Demand, Outcome, row, times
from rows_fetch import WHERE, by_curl, files_world, large_world
from worlds import SCAN_PATH

NARROW_MB = 25
# What the peers that take as long as curl, or longer, are given of the large file.
PART = 8
CUT_AT = 0.6


@row("fetch-ranges", "fetch one large file, narrow connections", TWO)
def fetch_ranges(bench):
    """Where a connection carries little, and several carry more. The curl is measured once."""
    world, size = large_world(bench)
    file, piece = (f"{SCAN_PATH}/resources/{label}/files/large.bin" for label in ("LARGE", "PIECE"))
    bench.profile.apply(world.server)
    world.server.set(connection_mb_per_s=NARROW_MB)
    try:
        curl = bench.once("fetch-ranges", lambda: observe(world.server, lambda: bench.curl.shell(
            world.server, '$CURL -o "$1" "$2"', str(bench.fresh()), world.plain(file))))
        actions = {"ours": lambda: bench.ours.run("fetch", world.data(file), str(bench.fresh()), lines=1)}
        if bench.first:
            if bench.before:
                actions["before"] = lambda: bench.before.run("fetch", world.data(piece), str(bench.fresh()), lines=1,
                                                             part=1 / PART)
            actions["XNATStorage"] = lambda: bench.storage.fetch(world.data(piece), bench.fresh_directory(),
                                                                 part=1 / PART)
            actions["xnatpy"] = lambda: bench.scripts.work("xnatpy", "fetch_file", world.server, part=1 / PART,
                                                           path=str(bench.fresh()), **WHERE, resource="PIECE",
                                                           file="large.bin")
        figures = in_turns(world.server, bench.repeats, actions)
    finally:
        world.server.set(connection_mb_per_s=0)
    bench.fresh()
    return Outcome(f"one file of {size >> 20} MiB, {NARROW_MB} MB/s a connection", {**figures, "curl -o": curl},
                   [times("curl -o", curl, figures["ours"], 4)], bench.profile.latency_ms,
                   f"curl fetched the file once, for all profiles; the peers' figures are {PART} times what a file of "
                   f"{(size >> 20) // PART} MiB took")


def bytes_in(directory):
    """What lies there, also under names that are not yet the last ones."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.stat(os.path.join(folder, name)).st_size
    return total


def cut_off(version, url, target, wanted):
    """Runs a fetch until so many bytes have come, and kills it; how many there are then."""
    directory = target.parent
    with subprocess.Popen(version.command("fetch", url, str(target)), env=version.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and bytes_in(directory) < wanted:
            time.sleep(0.001)
        ended = process.poll() is not None
        process.kill()
    if ended:
        raise Failed("the fetch that was to be cut off had ended")
    return bytes_in(directory)


@row("fetch-cut", "fetch again after a cut", TWO)
def fetch_cut(bench):
    """A fetch is killed when most of a resource has come, and is run again. The peers bring everything again."""
    world, files = files_world(bench)
    bench.profile.apply(world.server, 20)
    resource = f"{SCAN_PATH}/resources/DICOM"
    url, size = world.data(resource), files * 150000
    missing = []

    def again(version):
        target = bench.fresh_directory() / "tree"
        there = cut_off(version, url, target, size * CUT_AT)
        if version is bench.ours:
            missing.append(size - there)
        world.server.clear_log()
        return version.run("fetch", url, str(target), lines=1)

    figures = in_turns(world.server, bench.repeats, {
        **bench.versions(again),
        "curl tar": lambda: by_curl(bench, world, resource, "tar"),
        "XNATStorage": lambda: bench.storage.fetch(url, bench.fresh_directory()),
        "xnatpy": lambda: bench.scripts.work("xnatpy", "fetch", world.server, path=str(bench.fresh_directory()),
                                             **WHERE, resource="DICOM")})
    ratio = max(sample.bytes / lacking for sample, lacking in zip(figures["ours"].samples, missing))
    return Outcome(f"{files} files of 150 KB, cut off at {CUT_AT:.0%}", figures,
                   [Demand("bytes, times what is missing", ratio, 1.1, unit="x")], 20)
