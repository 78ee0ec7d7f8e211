# SPDX-License-Identifier: Apache-2.0
"""What is written of the results: the tables, and the parts in README.md beside this and at the top. Knows no client and no server."""
import json
import pathlib
import re
import shutil

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
# What the README at the top shows of it: the rows that have most peers, and these.
SHORT_ROWS = ("expand-20ms", "fetch-one", "fetch-files", "fetch-list", "put-files")
SHORT_PEERS = {"XNATStorage": "XNATStorage (fastr)", "xnatpy": "xnatpy", "pyxnat": "pyxnat"}


def seconds(value):
    if value < 0.1:
        return f"{value * 1000:.1f} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


def size(value):
    if value is None:
        return ""
    for unit in ("B", "KB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.2f} GB"


def number(value):
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def table(head, lines):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head),
                      *("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)]) + "\n"


def demand(one):
    sign = "≥" if one["sense"] == "at least" else "≤"
    missed = "" if one["reached"] else " **missed**"
    unit = one["unit"] if one["unit"] in ("", "x") else " " + one["unit"]
    return f"{one['what']}: {number(one['value'])}{unit} ({sign} {number(one['bound'])}){missed}"


def line(record):
    """One result as it is measured, for the terminal."""
    head = f"{record['row']:18} {record['profile']:20}"
    if "error" in record:
        return f"{head} FAILED {record['error']}"
    times = ", ".join(f"{name} {seconds(one['seconds'])}" for name, one in record["figures"].items())
    return f"{head} {times}; " + "; ".join(demand(one).replace("**", "") for one in record["demands"])


def bound_by(record):
    """Where something was missed: how much of the time the server was at work on the requests."""
    ours = record["figures"]["ours"]
    if all(one["reached"] for one in record["demands"]) or not ours["server_seconds"]:
        return ""
    return f"<br>(the server was at work for {seconds(ours['server_seconds'])} of {seconds(ours['seconds'])})"


def demands_text(record):
    return "<br>".join(demand(one) for one in record["demands"]) + bound_by(record)


def peers_text(record):
    return "; ".join(f"{name} {seconds(one['seconds'])}" for name, one in record["figures"].items() if name != "ours")


def main_table(found):
    lines = []
    for record in found["rows"]:
        if "error" in record:
            lines.append([record["title"], record["profile"], "not measured", record["error"], ""])
            continue
        lines.append([f"{record['work']}, {record['latency_ms']} ms", record["profile"],
                      seconds(record["figures"]["ours"]["seconds"]), peers_text(record),
                      demands_text(record)])
    return table(["work, latency", "profile", "xnatstorage", "peers", "reached (wanted)"], lines)


def detail_table(found):
    lines = []
    for record in found["rows"]:
        for name, one in record.get("figures", {}).items():
            memory = size(one["memory_kib"] * 1024) if one["memory_kib"] else ""
            counts = ["" if one[key] is None else str(one[key]) for key in ("requests", "connections", "at_once")]
            server = seconds(one["server_seconds"]) if one["server_seconds"] else ""
            part = "" if one["part"] == 1 else f"{one['part']:.1%}"
            lines.append([record["row"], record["profile"], name, seconds(one["seconds"]), str(len(one["times"])),
                          *counts, server, size(one["bytes"]), memory, part])
    return table(["row", "profile", "who", "median", "runs", "requests", "connections", "at once", "server at work",
                  "bytes", "peak memory", "reckoned from"], lines)


def growth_table(found):
    most = max(len(one["points"]) for one in found["growth"])
    lines = []
    for one in found["growth"]:
        cells = [f"{seconds(point['seconds'])}, {size(point['memory_kib'] * 1024)}" for point in one["points"]]
        lines.append([one["what"], *cells, *[""] * (most - len(cells)), f"{one['exponent']:.2f}",
                      f"{one['memory_exponent']:.2f}"])
    sizes = [f"{10 ** (3 + n):,}" for n in range(most)]
    return table(["what grows", *sizes, "exponent of time", "of memory"], lines)


def head(found):
    scale = " (quick: small archives)" if found["quick"] else ""
    return (f"Measured on {found['when']}{scale}: {found['machine']}. Medians of several runs in turns, client and "
            "stand-in server on the same machine. For xnatstorage the whole process is counted, with login and logout; "
            "the peers' start and imports are not. What takes more than five seconds is run once, except for large "
            "files.\n")


def markdown(found):
    profiles = table(["profile", "costs", "why"], [[name, one["costs"], one["why"]]
                                                   for name, one in found["profiles"].items()])
    notes = sorted({f"- {record['row']}: {record['note']}" for record in found["rows"] if record.get("note")})
    parts = ["# Speed of xnatstorage beside its peers\n", head(found), "![times](results.svg)\n", main_table(found),
             "## Profiles of cost\n", profiles, "## In detail\n", detail_table(found)]
    if notes:
        parts.append("\n".join(notes) + "\n")
    if found["growth"]:
        parts += ["## How the cost grows\n", growth_table(found)]
    return "\n".join(parts)


def summary(found):
    demands = [one for record in found["rows"] for one in record.get("demands", [])]
    missed = [one for one in demands if not one["reached"]]
    failed = sum("error" in record for record in found["rows"])
    return f"{len(demands) - len(missed)} of {len(demands)} demands reached, {failed} rows not measured"


def worst(records):
    """For each row: of all profiles, the one in which it is nearest to a bound."""

    def slack(record):
        return min(one["value"] / one["bound"] if one["sense"] == "at least" else one["bound"] / max(one["value"], 1e-9)
                   for one in record["demands"] if one["bound"])

    by_row = {}
    for record in records:
        if "error" not in record:
            by_row.setdefault(record["row"], []).append(record)
    return [min(group, key=slack) for group in by_row.values()]


def readme_part(found):
    lines = [[f"{record['work']}, {record['latency_ms']} ms", seconds(record["figures"]["ours"]["seconds"]),
              peers_text(record), demands_text(record), record["profile"]]
             for record in worst(found["rows"])]
    parts = [BEGIN, "![Times beside the peers](results.svg)\n", head(found),
             table(["work, latency", "xnatstorage", "peers", "reached (wanted)", "in the worst profile"], lines)]
    if found["growth"]:
        parts.append(growth_table(found))
    return "\n".join([*parts, END])


def short_part(found):
    """Five rows for the README at the top, in the profile in which all peers were measured."""
    first = {}
    for record in found["rows"]:
        if record["row"] in SHORT_ROWS and "error" not in record:
            first.setdefault(record["row"], record)
    lines = []
    for row in SHORT_ROWS:
        if row in first:
            figures = first[row]["figures"]
            peers = [next((seconds(one["seconds"]) for name, one in figures.items() if name.startswith(peer)), "")
                     for peer in SHORT_PEERS]
            verb = re.split(r"\W", first[row]["title"])[0]
            lines.append([f"{verb}: {first[row]['work']}, {first[row]['latency_ms']} ms", f"**{seconds(figures['ours']['seconds'])}**", *peers])
    return "\n".join([BEGIN, table(["work, latency", "xnatstorage", *SHORT_PEERS.values()], lines),
                      f"Measured on {found['when']}, client and stand-in server on one machine: "
                      "[all rows, how, and a picture](tests/bench/README.md).\n", END])


def parts(found):
    """Each document that holds results, with its part of them."""
    return {HERE / "README.md": readme_part(found), TOP / "README.md": short_part(found)}


def publish(results):
    """Takes the last results into the source tree."""
    found = json.loads((results / "results.json").read_text(encoding="utf-8"))
    between = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    for document, part in parts(found).items():
        text = document.read_text(encoding="utf-8")
        if not between.search(text):
            print(f"{document} has no lines {BEGIN} and {END}: put them where the table is to stand")
            return 1
        document.write_text(between.sub(lambda _, part=part: part, text), encoding="utf-8")
    for name in ("results.md", "results.json", "results.svg"):
        if results / name != HERE / name:
            shutil.copyfile(results / name, HERE / name)
    print(f"{', '.join(map(str, parts(found)))} and {HERE}/results.* hold the results of {found['when']}")
    return 0
