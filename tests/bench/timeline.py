# SPDX-License-Identifier: Apache-2.0
"""Draws the requests of one fetch as a time line, as the server's log has them: the release before above, the plugin below."""
import html

from picture import FONTS, text

WIDTH, LEFT, RIGHT, LINE, HEAD, TOP = 1000, 330, 30, 30, 34, 64
STEP_MS = 100
COLOURS = {"before": "#b5533c", "ours": "#1b6e53"}
NAMES = {"before": "before", "ours": "now"}
# What a request is for, by the first of these that fits. A path may be long.
MEANINGS = (("POST", "/JSESSION", "log in"), ("DELETE", "/JSESSION", "log out"), ("GET", "/data/auth", "is it our session?"),
            ("GET", "/data/JSESSION", "is it our session?"),
            ("GET", "xsiType=", "which session, scan, resource"),
            ("GET", "/files/", "the file"), ("GET", "/files", "the list of files"),
            ("GET", "/resources", "which resource"), ("GET", "/scans", "which scan"), ("GET", "/experiments", "which session"))
PATH_MOST = 62


def meaning(request):
    method, _, path = request.partition(" ")
    return next((words for verb, part, words in MEANINGS if verb == method and part in path), request[:30])


def cut(words):
    return words if len(words) <= PATH_MOST else words[:PATH_MOST - 20] + "…" + words[-19:]


def last_trip(lines):
    return max(line["trip"] for line in lines)


def bar(line, scale, y, colour):
    x, width = LEFT + line["from_ms"] * scale, max((line["to_ms"] - line["from_ms"]) * scale, 2)
    fill = colour if line["trip"] else "#8a8f98"
    number = (f'<text x="{x + width / 2:.1f}" y="{y + 15}" text-anchor="middle" font-size="11" font-weight="bold" '
              f'fill="white">{line["trip"]}</text>' if line["trip"] else "")
    return f'<rect x="{x:.1f}" y="{y + 2}" width="{width:.1f}" height="18" rx="3" fill="{fill}"/>{number}'


def panel(name, lines, scale, y):
    """(Its parts, where the next may begin.)"""
    before_logout = max(line["to_ms"] for line in lines if line["trip"])
    heading = (f"{NAMES[name]}: {len(lines)} requests, {last_trip(lines)} round trips, "
               f"{before_logout / 1000:.2f} s before the logout")
    parts = [text(16, y + 20, heading, size=13, weight="bold")]
    y += HEAD
    for line in lines:
        parts += [text(LEFT - 8, y + 11, meaning(line["request"]), "end", 11),
                  f'<text x="{LEFT - 8}" y="{y + 22}" text-anchor="end" font-size="8" fill="#6a737d">'
                  f"{html.escape(cut(line['request']))}</text>",
                  bar(line, scale, y, COLOURS[name])]
        y += LINE
    return parts, y + 10


def shown(found):
    """The record that is drawn: of a real server's costs, where there is one."""
    records = [record for record in found["rows"] if "shown" in record]
    return max(records, key=lambda record: record["profile"] == "measured", default=None)


def draw(found):
    """The picture, or "" where nothing was recorded."""
    record = shown(found)
    if record is None:
        return ""
    longest = max(line["to_ms"] for lines in record["shown"].values() for line in lines)
    scale = (WIDTH - LEFT - RIGHT) / longest
    parts, y = [], TOP
    for name, lines in record["shown"].items():
        more, y = panel(name, lines, scale, y)
        parts += more
    grid = []
    for ms in range(0, int(longest) + 1, STEP_MS):
        x = LEFT + ms * scale
        grid.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{y}" stroke="#dddddd"/>'
                    + text(x, TOP - 12, f"{ms} ms", "middle", 9))
    title = text(16, 22, f"fetch of {record['work']}, {record['latency_ms']} ms latency, profile {record['profile']}: "
                 "what is asked, and when", size=15, weight="bold")
    note = text(16, y + 18, "The number in a bar counts the answers that were waited for one after the other. From the server's "
                f"log of {record['when']}; before: revision {record['before'] or 'none'}.", size=10)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 30}" viewBox="0 0 {WIDTH} {y + 30}" {FONTS}>\n'
            f'<rect x=".5" y=".5" width="{WIDTH - 1}" height="{y + 29}" rx="10" fill="white" stroke="#d1d9e0"/>\n'
            + "\n".join([title, *grid, *parts, note]) + "\n</svg>\n")
