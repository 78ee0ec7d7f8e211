# SPDX-License-Identifier: Apache-2.0
"""Measures the plugin beside its peers. Run by `run`, which builds what this needs and says where it is."""
import argparse
import contextlib
import math
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

import growth
import measuring
import peers
import publish
import report
import rows
import rows_expand  # noqa: F401  fills the table of rows
import rows_fetch  # noqa: F401
import rows_long  # noqa: F401
import rows_put  # noqa: F401
import rows_trips  # noqa: F401
from profiles import PROFILES
from records import Records
from worlds import Worlds

ROOMY = 12 << 30
GROWTH = "growth"
TODAY = time.strftime("%Y-%m-%d")


def scratch_root():
    """In memory if there is room: a disk's own pace would be measured with everything that is written."""
    wanted = os.environ.get("BENCH_SCRATCH")
    if wanted:
        return wanted
    shared = pathlib.Path("/dev/shm")
    free = [int(line.split()[1]) for line in open("/proc/meminfo", encoding="ascii") if line.startswith("MemAvailable")]
    if shared.is_dir() and free[0] << 10 > ROOMY and shutil.disk_usage(shared).free > ROOMY * 3 // 4:
        return str(shared)
    return tempfile.gettempdir()


def names(known):
    """An option's value: names out of `known`, with commas between them."""

    def read(text):
        unknown = sorted(set(text.split(",")) - set(known))
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(known)}")
        return text.split(",")

    return read


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description="Measures the plugin beside its peers.",
                                     epilog="With --row, --profile, --missing or --minutes the rest of the last results "
                                            "stays as it is, with its day.")
    parser.add_argument("--quick", action="store_true", help="small archives and one profile: a few minutes")
    parser.add_argument("--row", "--rows", action="extend", type=names([*rows.ROWS, GROWTH]), metavar="NAME,...",
                        help=f"only these rows: {', '.join(rows.ROWS)}, {GROWTH}")
    parser.add_argument("--profile", "--profiles", action="extend", type=names(PROFILES), metavar="NAME,...",
                        help=f"only these profiles: {', '.join(PROFILES)}")
    parser.add_argument("--missing", action="store_true", help="only what has no result yet")
    parser.add_argument("--minutes", type=float, metavar="N", help="begin no row after so many minutes")
    parser.add_argument("--before", metavar="REVISION",
                        help="the release to compare with, built from the history; none: without")
    parser.add_argument("--readme", action="store_true",
                        help="do not measure: take the last results into tests/bench/, and into the tables of the READMEs")
    return parser.parse_args()


class Run:
    """Which rows are measured in which profiles, and how long."""

    def __init__(self, options, records):
        self.options, self.records = options, records
        self.until = time.monotonic() + options.minutes * 60 if options.minutes else math.inf
        self.left = 0

    def wanted(self):
        """All pairs of row and profile."""
        profiles = self.options.profile or list(PROFILES)[:1 if self.options.quick else None]
        for row in rows.ROWS.values():
            for name in profiles:
                if (not self.options.row or row.name in self.options.row) and name in row.profiles \
                        and not (self.options.missing and self.records.has(row.name, name)):
                    yield row, PROFILES[name]

    def is_time(self):
        self.left += time.monotonic() > self.until
        return time.monotonic() <= self.until

    def measure(self, bench):
        """What is found is kept at once."""
        for row, profile in self.wanted():
            if self.is_time():
                self.records.add(measure_row(bench, row, profile))
                self.records.write()
        bench.fresh()
        found = self.records.found
        if (not self.options.row or GROWTH in self.options.row) and not (self.options.missing and found["growth"]) \
                and self.is_time():
            found["growth"] = [{**line, "when": TODAY} for line in growth.measure(bench)]
            self.records.write()


def measure_row(bench, row, profile):
    bench.profile, bench.first = profile, profile.name == row.profiles[0]
    began = time.monotonic()
    record = {"row": row.name, "title": row.title, "profile": profile.name, "when": TODAY,
              "before": os.environ.get("BENCH_BEFORE", "")}
    try:
        outcome = row.function(bench)
        record.update(work=outcome.work, latency_ms=outcome.latency_ms, note=outcome.note,
                      figures={name: figure.as_dict() for name, figure in outcome.figures.items()},
                      demands=[demand.as_dict() for demand in outcome.demands])
        if outcome.shown:
            record["shown"] = outcome.shown
    except (measuring.Failed, RuntimeError, AssertionError, OSError) as error:
        record["error"] = f"{type(error).__name__}: {error}"
    print(report.line(record), f"({time.monotonic() - began:.0f} s)", flush=True)
    return record


def main():
    options = arguments()
    folder = pathlib.Path(os.environ["BENCH_RESULTS"])
    if options.readme:
        return publish.publish(folder)
    records = Records(folder, options.quick, rows.ROWS, PROFILES)
    if options.row or options.profile or options.missing or options.minutes:
        records.go_on()
    records.found["machines"][TODAY] = measuring.machine()
    records.found["profiles"] = {name: {"costs": one.describe(), "why": one.why} for name, one in PROFILES.items()}
    run = Run(options, records)
    # Ended from outside, it still ends the servers and clears up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="bench-", dir=scratch_root()) as scratch, contextlib.ExitStack() as ends:
        os.environ["TMPDIR"] = tempfile.tempdir = scratch
        tools = peers.Tools(scratch)
        worlds = Worlds(tools)
        ends.callback(worlds.end)
        clients = peers.Clients(tools)
        ends.callback(clients.close)
        run.measure(rows.Bench(tools, worlds, clients, options.quick))
    print(report.summary(records.found))
    if run.left:
        print(f"not begun for want of time: {run.left} rows; --missing brings those that have no result")
    print(f"written: {folder}/results.md, results.json and the pictures")
    return 1 if any("error" in record for record in records.found["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main())
