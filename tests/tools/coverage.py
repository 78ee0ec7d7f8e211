# SPDX-License-Identifier: Apache-2.0
"""Which lines of plugin/ and host-api/ a run reached: `coverage.py BUILD`, after tests in a build with b_coverage.

Prints the share of each folder, writes it into tests/COVERAGE.md between its marks, and each function and line that was
not reached into BUILD/not-covered.txt. Fails if less than 90 % of all lines were.
"""
import itertools
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "tests/COVERAGE.md"
MARKS = "<!-- coverage:begin -->", "<!-- coverage:end -->"
WANTED = 0.90


def counted(build):
    """What gcovr makes of the counters: {path: {line: how often}}."""
    command = ["gcovr", "--root", str(ROOT), "--filter", "plugin/", "--filter", "host-api/", "--json",
               "-j", "2", str(build)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {entry["file"]: {line["line_number"]: line["count"] for line in entry["lines"] if not line["gcovr/noncode"]}
            for entry in found["files"]}


def function_of(text, line):
    """The name of the function around a line: the last name at the start of a line, before a parenthesis."""
    for above in reversed(text[:line]):
        if begin := re.match(r"(\w+) \(", above):
            return begin[1]
    return "?"


def not_reached(path, lines):
    """Lines that no run reached, grouped by function: those that follow each other stand together."""
    text = (ROOT / path).read_text(encoding="utf-8").splitlines()
    for name, group in itertools.groupby(sorted(lines), lambda line: function_of(text, line)):
        missed = [line for line in group if lines[line] == 0]
        if missed:
            yield f"{path} {name}" + "".join(f"\n  {line}: {text[line - 1].strip()}" for line in missed)


def table(files):
    """Lines of Markdown, and the share of all."""
    folders = {}
    for path, lines in files.items():
        for name in (str(pathlib.Path(path).parent), "all"):
            reached, of = folders.get(name, (0, 0))
            folders[name] = reached + sum(count > 0 for count in lines.values()), of + len(lines)
    rows = [f"| {name} | {of} | {reached / of:.1%} |" for name, (reached, of) in sorted(folders.items())]
    reached, of = folders["all"]
    return ["| folder | lines | reached |", "| --- | --- | --- |", *sorted(rows, key=lambda row: row.startswith("| all"))], \
        reached / of


def main():
    build = pathlib.Path(sys.argv[1])
    files = counted(build)
    rows, share = table(files)
    print("\n".join(rows))
    told = [entry for path, lines in sorted(files.items()) for entry in not_reached(path, lines)]
    (build / "not-covered.txt").write_text("\n".join(told) + "\n", encoding="utf-8")
    before, rest = PAGE.read_text(encoding="utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text("\n".join([before + MARKS[0], *rows, MARKS[1] + after]), encoding="utf-8")
    if share < WANTED:
        sys.exit(f"{share:.1%} of the lines were reached, and {WANTED:.0%} are wanted: see {build / 'not-covered.txt'}")


main()
