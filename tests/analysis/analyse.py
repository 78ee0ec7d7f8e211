# SPDX-License-Identifier: Apache-2.0
"""Looks for mistakes without running into them: `analyse.py BUILD [TOOL...]`.

  fanalyzer   gcc -fanalyzer over each source of plugin/ and host-api/
  clang-tidy  the checks of .clang-tidy over the same
  memcheck    each unit program under valgrind: wrong use of memory, and what is left at the end

Two at a time. Each source or program counts as one that passed or failed; what failed is told with all that was found.
So does each tool, once, by finding the mistake in mistakes.c.
Ends with the line `N passed, N failed`.
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MISTAKES = ROOT / "tests/analysis/mistakes.c"
AT_ONCE = 2
LONGEST_S = 300
# Files that gcc would write, and what names them.
OUTPUTS = {"-o": 1, "-MF": 1, "-MQ": 1, "-MD": 0, "-c": 0}


def sources(build):
    """(path, arguments of the compiler, its directory) of each source, once."""
    seen = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if path.is_relative_to(ROOT / "plugin") or path.is_relative_to(ROOT / "host-api"):
            seen[path] = without_outputs(shlex.split(entry["command"])), entry["directory"]
    return [(path, arguments, directory) for path, (arguments, directory) in sorted(seen.items())]


def without_outputs(words):
    """The arguments of a command that compiles, without the compiler, its outputs and its input."""
    first = next(i for i, word in enumerate(words) if word.startswith("-"))
    kept, skip = [], 0
    for word in words[first:-1]:
        if skip:
            skip -= 1
        elif word in OUTPUTS:
            skip = OUTPUTS[word]
        else:
            kept.append(word)
    return kept


def fanalyzer(build):
    command = ["gcc", "-fanalyzer", "-Werror", "-c", "-o", "/dev/null"]
    yield "mistakes.c", [*command, "-Wno-use-after-free", str(MISTAKES)], str(build), {}
    for path, arguments, directory in sources(build):
        yield str(path.relative_to(ROOT)), [*command, *arguments, "-fdiagnostics-color=never", str(path)], directory, {}


def clang_tidy(build):
    command = ["clang-tidy-14", "--quiet"]
    yield "mistakes.c", [*command, str(MISTAKES), "--"], str(build), {}
    for path, _, directory in sources(build):
        yield str(path.relative_to(ROOT)), [*command, "-p", str(build), str(path)], directory, {}


def memcheck(build):
    """Leaks are those of what nothing points to at the end, or nothing to its beginning. One thread runs at a time, and each
    has its turn: else one that waits in a loop may keep the others from ever ending it."""
    command = ["valgrind", "--quiet", "--fair-sched=yes", "--error-exitcode=99", "--num-callers=30", "--leak-check=full",
               "--errors-for-leak-kinds=definite,possible", "--show-leak-kinds=definite,possible"]
    program = build / "mistakes"
    subprocess.run(["gcc", "-g", "-o", str(program), str(MISTAKES)], check=True)
    yield "mistakes.c", [*command, str(program)], str(build), {}
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", str(build)], check=True, capture_output=True,
                                      text=True).stdout)
    for test in tests:
        if any(suite.endswith(":unit") for suite in test["suite"]) and test["cmd"][0].startswith(str(build)):
            # GLib's own allocator keeps what is freed.
            environment = {"G_SLICE": "always-malloc", "TEST_FEW_ROUNDS": "1", **test["env"]}
            yield test["name"], [*command, *test["cmd"]], str(build), environment


TOOLS = {"memcheck": memcheck, "fanalyzer": fanalyzer, "clang-tidy": clang_tidy}


def look(name, command, directory, environment):
    """Runs one; gives its name, what is wrong with it (nothing: None) and how long it took."""
    began = time.monotonic()
    try:
        ran = subprocess.run(command, cwd=directory, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONGEST_S, check=False)
        told, status = ran.stdout.decode(errors="replace"), ran.returncode
    except subprocess.TimeoutExpired as late:
        told, status = (late.stdout or b"").decode(errors="replace"), f"longer than {LONGEST_S} s"
    wrong = None if status == 0 else f"{told}\n{shlex.join(command)}\nended with {status}"
    if name == MISTAKES.name:
        wrong = f"{told}\nthe mistake was not found" if wrong is None else None
    return name, wrong, time.monotonic() - began


def run(tool, build, pool):
    """All of one tool; gives how many passed and failed."""
    passed, failed, slowest, began = 0, 0, (0, ""), time.monotonic()
    for name, wrong, took_s in pool.map(lambda task: look(*task), TOOLS[tool](build)):
        slowest = max(slowest, (took_s, name))
        passed += wrong is None
        failed += wrong is not None
        if wrong is not None:
            print(f"== {tool} {name}\n{wrong}", flush=True)
    print(f"== {tool}: {passed} passed, {failed} failed, in {time.monotonic() - began:.0f} s (the longest: {slowest[1]},"
          f" {slowest[0]:.0f} s)", flush=True)
    return passed, failed if passed + failed > 1 else 1


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        counts = [run(tool, build, pool) for tool in sys.argv[2:] or TOOLS]
    passed, failed = map(sum, zip(*counts))
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
