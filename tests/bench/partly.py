# SPDX-License-Identifier: Apache-2.0
"""Trees that are there in part: single files, the archive, and what the plugin does, by the clock. For each profile, latency,
number of files, size, and how many of them are missing, the whole command is run three ways: left alone, and with the
choice taken away (forced-choice.c). Started by `tests/bench/run --partly`."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time

from profiles import PROFILES
from worlds import SCAN_PATH, sample
from standin_server import StandIn

WANTED = 1.3
# A way that takes so many times longer than ours is not waited for.
HOPELESS = 2.5
LEAST_TURNS, MOST_TURNS, ENOUGH_S = 2, 12, 8


class Tree:
    """A resource on a server, a complete copy of it here, and copies that lack some of its files."""

    def __init__(self, scratch, build, files, size):
        self.scratch, self.build, self.files, self.size = scratch, build, files, size
        self.server = StandIn(f"--sample={sample(files=files, size=size)}")
        self.url = f"{self.server.plugin_url}/data/archive/{SCAN_PATH}/resources/DICOM"
        self.netrc = scratch / "netrc"
        self.netrc.write_text(f"machine {self.server.host}:{self.server.port} login alice password alice-pw\n")
        self.netrc.chmod(0o600)
        self.whole, self.part = scratch / "whole", scratch / "part"
        self.fetch(self.whole, None, 600)
        self.names = sorted(str(path.relative_to(self.whole)) for path in self.whole.rglob("*") if path.is_file())
        assert len(self.names) == files, len(self.names)

    def end(self):
        self.server.stop()
        shutil.rmtree(self.whole)

    def fetch(self, target, way, limit_s):
        """Seconds, or None if it took longer. `way`: None, "singles" or "archive"."""
        plugin = self.build / ("tests/bench/xnatstorage-forced.so" if way else "plugin/xnatstorage.so")
        command = [self.build / "host-api/ioplug", "--plugin", plugin, "-q", "-o", f"netrc={self.netrc}", "fetch", self.url, target]
        begun = time.monotonic()
        try:
            subprocess.run(command, check=True, timeout=limit_s, stdout=subprocess.DEVNULL,
                           env={**os.environ, "BENCH_WAY": way or ""})
        except subprocess.TimeoutExpired:
            return None
        return time.monotonic() - begun

    def lack(self, missing):
        """A copy without some of the files, evenly spread."""
        lost = {self.names[n * self.files // missing] for n in range(missing)}
        shutil.rmtree(self.part, ignore_errors=True)
        for name in self.names:
            target = self.part / name
            if name in lost:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(self.whole / name, target)
        self.part.mkdir(exist_ok=True)

    def once(self, missing, way, limit_s):
        self.lack(missing)
        seconds = self.fetch(self.part, way, limit_s)
        have = sum(1 for path in self.part.rglob("*") if path.is_file())
        assert seconds is None or have == self.files, (have, self.files)
        return seconds

    def kinds(self):
        """How the files came, by the server's log: "archive", "singles", or both."""
        log = self.server.log("/files")
        archives = sum("format=tar" in line["path"] or "format=zip" in line["path"] for line in log)
        singles = sum("format=" not in line["path"] for line in log)
        return " + ".join([f"{archives} a"] * bool(archives) + [f"{singles} s"] * bool(singles)) or "nothing"


def cell(tree, profile, latency_ms, missing):
    """The three ways in turns, the shortest time of each: what is over soon is run more often, as chance has a large part."""
    profile.apply(tree.server, latency_ms)
    least, hopeless, kinds = {}, set(), ""
    begun = time.monotonic()
    for turn in range(MOST_TURNS):
        if turn >= LEAST_TURNS and time.monotonic() - begun > ENOUGH_S:
            break
        for way in (None, "singles", "archive"):
            if way in hopeless:
                continue
            tree.server.clear_log()
            seconds = tree.once(missing, way, max(least[None] * HOPELESS, 1) if way else 600)
            if seconds is None:
                hopeless.add(way)
                continue
            if seconds <= least.get(way, seconds) and not way:
                kinds = tree.kinds()
            least[way] = min(seconds, least.get(way, seconds))
    # Both hopeless, beside a time of ours that chance made short: each of them took longer than this.
    best = min(least.get(way, max(least[None] * HOPELESS, 1)) for way in ("singles", "archive"))
    return least[None], least.get("singles"), least.get("archive"), least[None] / best, kinds


def shown(seconds, ours):
    return f"> {max(ours * HOPELESS, 1):.1f}" if seconds is None else f"{seconds:.2f}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="append", choices=list(PROFILES))
    parser.add_argument("--files", type=int, action="append", help="of the resource (default: 100, 2000, 10000)")
    parser.add_argument("--size", type=int, action="append", help="of each file (default: 4000, 150000)")
    parser.add_argument("--latency", type=int, action="append", help="ms (default: 0, 1, 20)")
    parser.add_argument("--missing", type=int, action="append", help="of these files (default: 1, 10, 100, half, all)")
    return parser.parse_args()


def main():
    options = arguments()
    build, scratch = pathlib.Path(os.environ["TEST_BUILD"]), pathlib.Path(os.environ["HOME"])
    print("| profile | latency | files | size | missing | singles | archive | ours | ways | ratio |\n" + "| --- " * 10 + "|")
    worst = 0
    for files in options.files or (100, 2000, 10000):
        for size in options.size or (4000, 150000):
            tree = Tree(scratch, build, files, size)
            for name in options.profile or PROFILES:
                for latency in options.latency or (0, 1, 20):
                    for missing in sorted(set(options.missing or (1, 10, 100, files // 2, files))):
                        ours, singles, archive, ratio, kinds = cell(tree, PROFILES[name], latency, missing)
                        worst = max(worst, ratio)
                        print(f"| {name} | {latency} ms | {files} | {size} | {missing} | {shown(singles, ours)} "
                              f"| {shown(archive, ours)} | {ours:.2f} | {kinds} "
                              f"| {ratio:.2f}{'' if ratio <= WANTED else ' **missed**'} |", flush=True)
            tree.end()
    print(f"\nworst: {worst:.2f} times the better way (at most {WANTED} wanted)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
