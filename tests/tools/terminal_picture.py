#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draws a terminal at work as host-api/ioplug/terminal.svg: runs real commands in one, against the stand-in server.

    terminal_picture.py            # draws it anew
    terminal_picture.py --check    # whether it shows what the commands write today; of how long they took it shows one time

The server's port is another each time: the picture says 8080. All else is as it was written.
"""
import argparse
import html
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import terminal
from standin_server import ROOT, StandIn

PICTURE = ROOT / "host-api/ioplug/terminal.svg"
COLUMNS, PORT = 96, 8080
STORY = [
    ("what is in a session?", 'session=$XNAT/data/projects/sandbox/subjects/subject001/experiments/subject001_BRAIN'),
    ("", 'ioplug ls -l $session'),
    ("all T1 images of the study, each file checked, into directories with speaking names", None),
    ("", "ioplug fetch --layout '{subject_label}/{scan_type}' \\\n"
         "    \"$XNAT/search?projects=sandbox&experiments=*_BRAIN&scans=T1&resources=NIFTI\" data"),
    ("a result goes back; what differs on the server is not replaced by accident", None),
    ("", "ioplug put report.txt $session/resources/REPORT"),
    ("", "ioplug put report.txt \"$session/resources/REPORT?overwrite=true\""),
]
# The time that something took, and what follows from it.
TIMES = re.compile(r"\b\d+(\.\d+)? (m?s|[kMG]?B/s)(?![\w/])|\b\d+:\d\d\b")

CELL, LINE, SIZE, PAD, BAR = 8.4, 20, 14, 20, 36
COLOURS = {"ground": "#161b22", "bar": "#21262d", "edge": "#3d444d", "text": "#d1d7e0", "faint": "#8b949e", "command": "#ffffff",
           "prompt": "#3fb950", "failed": "#ff7b72", "string": "#a5d6ff", "variable": "#ffa657", "option": "#d2a8ff"}
WORDS = re.compile(r"(?P<string>'[^']*'|\"[^\"]*\")|(?P<variable>\$\w+|^\w+(?==))|(?P<option>(?<=\s)-{1,2}\w[\w-]*)|(?P<command>.)")


def pieces(command):
    """A command line in pieces of (colour, text), as shells show it that know their own language."""
    found = []
    for match in WORDS.finditer(command):
        colour = match.lastgroup
        if found and found[-1][0] == colour == "command":
            found[-1] = (colour, found[-1][1] + match[0])
        else:
            found.append((colour, match[0]))
    return found


def play():
    """Runs the story. Gives the lines of the screen, each a list of (colour, text)."""
    shown = []
    with StandIn() as server, tempfile.TemporaryDirectory(prefix="picture-") as scratch:
        netrc = pathlib.Path(scratch, "netrc")
        netrc.touch(0o600)
        netrc.write_text(f"machine {server.url.removeprefix('http://')} login alice password alice-pw\n", encoding="utf-8")
        work = pathlib.Path(scratch, "work")
        work.mkdir()
        (work / "report.txt").write_text("a better report\n", encoding="utf-8")
        program = pathlib.Path(os.environ.get("TEST_IOPLUG", ROOT / "build/host-api/ioplug"))
        env = {"PATH": f"{program.parent}:/usr/bin:/bin", "NETRC": str(netrc), "XNAT": f"xnat+{server.url}", "HOME": scratch,
               "XNATSTORAGE_STATE_DIR": f"{scratch}/state", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        before, code = "", 0
        for comment, command in STORY:
            if comment:
                shown.append([])
                shown.append([("faint", f"# {comment}")])
            if not command:
                continue
            prompt = [("failed", f"{code} $ ")] if code else [("prompt", "$ ")]
            shown += [(prompt if n == 0 else []) + pieces(line) for n, line in enumerate(command.split("\n"))]
            if re.fullmatch(r"\w+=\S+", command):
                before += command + "\n"
                continue
            code, written = terminal.run(before + command, COLUMNS, cwd=work, env=env)
            screen = terminal.Screen(COLUMNS)
            screen.write(written.replace(f":{server.url.rsplit(':', 1)[1]}", f":{PORT}"))
            shown += [[("text", line)] for line in screen.text()]
        shown.append([("failed", f"{code} $ ")] if code else [("prompt", "$ ")])
    return shown[1:] if not shown[0] else shown


def draw(shown):
    width, height = COLUMNS * CELL + 2 * PAD, BAR + len(shown) * LINE + 1.5 * PAD
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
             f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="ioplug at work in a terminal">',
             f"<style>text{{font:{SIZE}px ui-monospace,SFMono-Regular,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace}}"
             + "".join(f".{name}{{fill:{value}}}" for name, value in COLOURS.items()) + "</style>",
             f'<rect x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="10" class="ground" '
             f'stroke="{COLOURS["edge"]}"/>',
             f'<path d="M1 {BAR}V10.5a9.5 9.5 0 0 1 9.5-9.5H{width - 10.5:.1f}a9.5 9.5 0 0 1 9.5 9.5V{BAR}z" class="bar"/>']
    parts += [f'<circle cx="{PAD + 20 * n + 2}" cy="{BAR / 2:.0f}" r="6" fill="{colour}"/>'
              for n, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))]
    parts.append(f'<text x="{width / 2:.0f}" y="{BAR / 2 + 5:.0f}" text-anchor="middle" class="faint">ioplug</text>')
    for number, line in enumerate(shown):
        column, y = 0, BAR + PAD + number * LINE + 8
        for colour, text in line:
            # Each word has its place and its length, whatever monospaced font there is.
            for word in re.finditer(r"\S+(?: \S+)*", text):
                x = PAD + (column + word.start()) * CELL
                parts.append(f'<text x="{x:.1f}" y="{y:.0f}" class="{colour}" textLength="{len(word[0]) * CELL:.1f}">'
                             f"{html.escape(word[0], quote=False)}</text>")
            column += len(text)
    column = sum(len(text) for _, text in shown[-1])
    parts.append(f'<rect x="{PAD + column * CELL:.1f}" y="{BAR + PAD + (len(shown) - 1) * LINE - 5:.0f}" width="{CELL}" height="17" '
                 'class="text"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def timeless(picture):
    return re.sub(r' textLength="[\d.]+"', "", TIMES.sub("TIME", picture))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="whether the picture shows what the commands write today")
    options = parser.parse_args()
    shown = play()
    picture = draw(shown)
    if not options.check:
        PICTURE.write_text(picture, encoding="utf-8")
        print("\n".join("".join(text for _, text in line) for line in shown))
        return 0
    if timeless(picture) != timeless(PICTURE.read_text(encoding="utf-8")):
        print("\n".join("".join(text for _, text in line) for line in shown))
        print(f"{PICTURE.relative_to(ROOT)} shows something else: run tests/tools/terminal_picture.py, and look at it")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
