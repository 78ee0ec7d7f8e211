# SPDX-License-Identifier: Apache-2.0
"""Measures the plugin beside its peers. Run by `run`, which builds what this needs and says where it is."""
import argparse
import json
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
import picture
import report
import rows
import rows_expand  # noqa: F401  fills the table of rows
import rows_fetch  # noqa: F401
import rows_put  # noqa: F401
from profiles import PROFILES
from worlds import Worlds

ROOMY = 12 << 30


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


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description="Measures the plugin beside its peers.")
    parser.add_argument("--quick", action="store_true", help="small archives and one profile: a few minutes")
    parser.add_argument("--row", action="append", choices=list(rows.ROWS) + ["growth"], metavar="NAME",
                        help=f"only this row (repeatable): {', '.join(rows.ROWS)}, growth")
    parser.add_argument("--profile", action="append", choices=list(PROFILES), metavar="NAME",
                        help=f"only this profile (repeatable): {', '.join(PROFILES)}")
    parser.add_argument("--readme", action="store_true",
                        help="do not measure: take the last results into tests/bench/, and into the tables of the READMEs")
    return parser.parse_args()


def measure_row(bench, row, profile, first):
    bench.profile, bench.first = profile, first
    began = time.monotonic()
    record = {"row": row.name, "title": row.title, "profile": profile.name}
    try:
        outcome = row.function(bench)
        record.update(work=outcome.work, latency_ms=outcome.latency_ms, note=outcome.note,
                      figures={name: figure.as_dict() for name, figure in outcome.figures.items()},
                      demands=[demand.as_dict() for demand in outcome.demands])
    except (measuring.Failed, RuntimeError, AssertionError, OSError) as error:
        record["error"] = f"{type(error).__name__}: {error}"
    print(report.line(record), f"({time.monotonic() - began:.0f} s)", flush=True)
    return record


def measure(bench, options, found, keep):
    """Row by row, and for each row profile by profile; what is found is kept at once."""
    names = options.profile or list(PROFILES)[:1 if options.quick else None]
    chosen = [PROFILES[name] for name in names]
    for row in rows.ROWS.values():
        if options.row and row.name not in options.row:
            continue
        for profile in chosen if row.every_profile else chosen[:1]:
            found["rows"].append(measure_row(bench, row, profile, profile is chosen[0]))
            keep(found)
        bench.fresh()
    if not options.row or "growth" in options.row:
        found["growth"] = growth.measure(bench)
        keep(found)


def write_results(results, found):
    results.mkdir(parents=True, exist_ok=True)
    (results / "results.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (results / "results.md").write_text(report.markdown(found), encoding="utf-8")
    (results / "results.svg").write_text(picture.draw(found), encoding="utf-8")


def main():
    options = arguments()
    results = pathlib.Path(os.environ["BENCH_RESULTS"])
    if options.readme:
        return report.publish(results)
    found = {"machine": measuring.machine(), "quick": options.quick, "when": time.strftime("%Y-%m-%d"),
             "profiles": {name: {"costs": one.describe(), "why": one.why} for name, one in PROFILES.items()},
             "rows": [], "growth": []}
    # Ended from outside, it still ends the servers and clears up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="bench-", dir=scratch_root()) as scratch:
        os.environ["TMPDIR"] = tempfile.tempdir = scratch
        tools = peers.Tools(scratch)
        worlds, clients = Worlds(tools), []
        try:
            clients += [peers.XnatStorage(tools)]
            clients += [peers.Scripts(tools)]
            bench = rows.Bench(tools, worlds, peers.Ours(tools), *clients, peers.Curl(tools), options.quick)
            measure(bench, options, found, lambda found: write_results(results, found))
        finally:
            worlds.end()
            for client in clients:
                client.close()
    print(report.summary(found))
    print(f"written: {results}/results.md, results.json, results.svg")
    return 1 if any("error" in record for record in found["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main())
