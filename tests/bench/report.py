# SPDX-License-Identifier: Apache-2.0
"""What is written of the results: the tables, whole and in part. Knows no client and no server."""
import re

REAL = "measured"
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
    """The peers' times; of the release before also how many times longer, and of all their round trips where those count."""
    figures = record["figures"]

    def one_text(name, one):
        more = [f"{number(one['seconds'] / figures['ours']['seconds'])}x"] if name == "before" else []
        more += [f"{one['trips']} round trips"] if record["row"].startswith("trips-") else []
        return f"{name} {seconds(one['seconds'])}" + (f" ({', '.join(more)})" if more else "")

    return "; ".join(one_text(name, one) for name, one in figures.items() if name != "ours")


def last_day(found):
    return max(found["machines"], default="")


def dated(found, record, words):
    """With the day of what was not measured on the last one."""
    return words if record["when"] == last_day(found) else f"{words} (of {record['when']})"


def work(found, record):
    return dated(found, record, f"{record['work']}, {record['latency_ms']} ms")


def main_table(found):
    lines = []
    for record in found["rows"]:
        if "error" in record:
            lines.append([dated(found, record, record["title"]), record["profile"], "not measured", record["error"], ""])
            continue
        lines.append([work(found, record), record["profile"],
                      seconds(record["figures"]["ours"]["seconds"]), peers_text(record),
                      demands_text(record)])
    return table(["work, latency", "profile", "xnatstorage", "peers", "reached (wanted)"], lines)


def detail_table(found):
    lines = []
    for record in found["rows"]:
        for name, one in record.get("figures", {}).items():
            memory = size(one["memory_kib"] * 1024) if one["memory_kib"] else ""
            counts = ["" if one[key] is None else str(one[key]) for key in ("requests", "trips", "connections", "at_once")]
            server = seconds(one["server_seconds"]) if one["server_seconds"] else ""
            part = "" if one["part"] == 1 else f"{one['part']:.1%}"
            lines.append([record["row"], record["profile"], name, seconds(one["seconds"]), str(len(one["times"])),
                          *counts, server, size(one["bytes"]), memory, part])
    return table(["row", "profile", "who", "median", "runs", "requests", "round trips", "connections", "at once", "server at work",
                  "bytes", "peak memory", "reckoned from"], lines)


def growth_table(found):
    most = max(len(one["points"]) for one in found["growth"])
    lines = []
    for one in found["growth"]:
        cells = [f"{seconds(point['seconds'])}, {size(point['memory_kib'] * 1024)}" for point in one["points"]]
        lines.append([dated(found, one, one["what"]), *cells, *[""] * (most - len(cells)), f"{one['exponent']:.2f}",
                      f"{one['memory_exponent']:.2f}"])
    sizes = [f"{10 ** (3 + n):,}" for n in range(most)]
    return table(["what grows", *sizes, "exponent of time", "of memory"], lines)


def head(found):
    scale = " (quick: small archives)" if found["quick"] else ""
    days = "; ".join(f"on {day}: {machine}" for day, machine in sorted(found["machines"].items(), reverse=True))
    before = sorted({record["before"] for record in found["rows"] if "before" in record.get("figures", {})})
    release = f" \"before\" is the plugin of revision {', '.join(before)}." if before else ""
    return (f"Measured {days}{scale}. Medians of several runs in turns, client and "
            "stand-in server on the same machine. For xnatstorage the whole process is counted, with login and logout; "
            "the peers' start and imports are not. What takes more than five seconds is run once, except for large "
            f"files.{release}\n")


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


def lines_of(found, records):
    return [[work(found, record), seconds(record["figures"]["ours"]["seconds"]), peers_text(record), demands_text(record),
             record["profile"]] for record in records]


def readme_part(found):
    """Each row in the worst profile; and in that which was measured on a real server, where that is another one."""
    head_line = ["work, latency", "xnatstorage", "peers", "reached (wanted)"]
    real = [record for record in found["rows"] if record["profile"] == REAL and "error" not in record]
    parts = [BEGIN, "![Times beside the peers](results.svg)\n", head(found),
             table([*head_line, "in the worst profile"], lines_of(found, worst(found["rows"])))]
    if real:
        parts += [f"With the costs of a real server, profile `{REAL}`:\n",
                  table(head_line, [line[:-1] for line in lines_of(found, real)])]
    if found["growth"]:
        parts.append(growth_table(found))
    if any("shown" in record for record in found["rows"]):
        parts += ["What is asked when one file is fetched by a process that knows nothing yet, over TLS:\n",
                  "![Requests of a fetch as a time line](timeline.svg)\n"]
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
            lines.append([f"{verb}: {work(found, first[row])}", f"**{seconds(figures['ours']['seconds'])}**", *peers])
    return "\n".join([BEGIN, table(["work, latency", "xnatstorage", *SHORT_PEERS.values()], lines),
                      f"Measured on {last_day(found)}, client and stand-in server on one machine: "
                      "[all rows, how, and a picture](tests/bench/README.md).\n", END])
