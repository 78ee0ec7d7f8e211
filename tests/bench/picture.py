# SPDX-License-Identifier: Apache-2.0
"""Draws the results as one SVG: for each piece of work a bar for each client, on a logarithmic scale of seconds."""
import html
import math

import report

WIDTH, LEFT, RIGHT, BAR, GAP = 1000, 375, 90, 13, 12
FONTS = "font-family=\"system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif\""
COLOURS = {"ours": "#1b6e53", "before": "#7fb8a2", "XNATStorage": "#b5533c", "xnatpy": "#c9973f", "pyxnat": "#7f6ba8", "curl": "#8a8f98"}


def colour(name):
    return next((value for key, value in COLOURS.items() if name.startswith(key)), "#555555")


def text(x, y, words, anchor="start", size=11, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}">'
            f"{html.escape(words)}</text>")


def duration(seconds):
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"


def groups(found):
    """The rows that have a peer, in the first profile each was measured in."""
    seen = {}
    for record in found["rows"]:
        if len(record.get("figures", {})) > 1:
            seen.setdefault(record["row"], record)
    return list(seen.values())


def draw(found):
    records = groups(found)
    values = [one["seconds"] for record in records for one in record["figures"].values()] or [1]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    scale = (WIDTH - LEFT - RIGHT) / (high - low)
    parts, y = [], 58
    for record in records:
        figures = record["figures"]
        parts.append(text(LEFT - 140, y + BAR - 2, record["title"], "end", 12, "bold"))
        parts.append(text(LEFT - 140, y + 2 * BAR - 1, report.dated(found, record, f"{record['profile']}, {record['latency_ms']} ms"),
                          "end", 10))
        for name, one in figures.items():
            length = max((math.log10(one["seconds"]) - low) * scale, 1)
            label = name.replace("ours, in a host that is up", "in a host that is up").replace("ours", "xnatstorage")
            parts.append(text(LEFT - 6, y + BAR - 3, label[:26], "end", 9, "bold" if name == "ours" else "normal"))
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 2}" rx="2" fill="{colour(name)}"/>')
            parts.append(text(LEFT + length + 4, y + BAR - 3, duration(one["seconds"]), size=9))
            y += BAR
        y += BAR * max(2 - len(figures), 0) + GAP
    grid = [f'<line x1="{LEFT + (n - low) * scale:.1f}" y1="48" x2="{LEFT + (n - low) * scale:.1f}" y2="{y}" '
            'stroke="#dddddd"/>' + text(LEFT + (n - low) * scale, 44, duration(10.0 ** n), "middle", 10)
            for n in range(low, high + 1)]
    machine = found["machines"].get(report.last_day(found), "")
    title = text(16, 22, "xnatstorage beside its peers: time, logarithmic, shorter is better", size=15, weight="bold")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 30}" viewBox="0 0 {WIDTH} {y + 30}" '
            f'{FONTS}>\n<rect x=".5" y=".5" width="{WIDTH - 1}" height="{y + 29}" rx="10" fill="white" stroke="#d1d9e0"/>\n'
            + "\n".join([title, *grid, *parts, text(16, y + 18, machine, size=10)]) + "\n</svg>\n")
