# SPDX-License-Identifier: Apache-2.0
"""Counts single tests: `count.py meson LOG.json` or `count.py pytest JUNIT.xml` prints `PASSED FAILED`, and on standard
error the names of those that failed, and of those that were skipped, with the reason. A skipped one counts as neither.
"""
import json
import re
import sys
import xml.etree.ElementTree

POINT = re.compile(r"^(not )?ok\b(?: \d+)?\s*(?:-\s*)?(.*?)\s*(?:# *((?:SKIP|TODO).*))?$", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.\d+")


def meson_program(entry):
    """One test program: its points if it speaks TAP, else itself. Yields (verdict, name)."""
    name, result = entry["name"], entry["result"]
    lines = (entry.get("stdout") or "").splitlines()
    points = [found.groups() for found in map(POINT.match, lines) if found]
    if not points or not any(map(PLAN.match, lines)):
        yield {"OK": "passed", "SKIP": "skipped"}.get(result, "failed"), f"{name}: {result}"
        return
    for negative, title, directive in points:
        verdict = "skipped" if directive else "failed" if negative else "passed"
        yield verdict, f"{name}: {title}" + (f" ({directive})" if directive else "")
    if result != "OK" and not any(negative for negative, _, _ in points):
        yield "failed", f"{name}: {result} after {len(points)} tests"


def meson(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield from meson_program(json.loads(line))


def pytest(path):
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        trouble = {child.tag: child.get("message", "") for child in case if child.tag in ("failure", "error", "skipped")}
        verdict = "passed" if not trouble else "skipped" if set(trouble) == {"skipped"} else "failed"
        yield verdict, name + (f" ({trouble['skipped']})" if verdict == "skipped" else "")


def main():
    count = {"passed": 0, "failed": 0, "skipped": 0}
    try:
        for verdict, name in {"meson": meson, "pytest": pytest}[sys.argv[1]](sys.argv[2]):
            count[verdict] += 1
            if verdict != "passed":
                print(f"   {verdict}: {name[:200]}", file=sys.stderr)
    except (OSError, ValueError, xml.etree.ElementTree.ParseError) as error:
        sys.exit(f"   failed: the run left no complete log: {error}")
    print(count["passed"], count["failed"])


main()
