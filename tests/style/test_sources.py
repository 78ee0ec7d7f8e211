# SPDX-License-Identifier: Apache-2.0
"""The rules of the source tree: rooms, libraries, size, look."""
import re
import subprocess

MAX_LINES = 600
# Comes with the recorded answers of another server and is exchanged with them, as it is.
NOT_OURS = {"tests/interop/wire/wire.py"}

# A room may include what stands in lower rows.
FLOORS = [{"entry"}, {"doctor"}, {"expand", "fetch", "put", "remove"}, {"look"}, {"runtime"}, {"find"}, {"server"}, {"login"},
          {"http", "json", "archive", "local"}, {"xnat", "net"}, {"base"}]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

LIBRARIES = {r"curl/": {"net"}, r"yajl/": {"json"}, r"archive(_entry)?\.h": {"archive"}, r"ioplugin\.h": {"entry"}}

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def plugin_includes(root):
    """(room, file, what it includes) of every include in the plugin."""
    for path in sorted((root / "plugin").rglob("*.[ch]")):
        for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            yield path.parent.name, path.relative_to(root), included


def test_every_room_has_its_floor(root):
    rooms = {path.parent.name for path in (root / "plugin").rglob("*.c")}
    assert rooms == set(FLOOR)


def test_includes_go_downwards(root):
    seen, wrong = 0, []
    for room, path, included in plugin_includes(root):
        target = included.split("/")[0] if "/" in included else room
        if target not in FLOOR:
            continue
        seen += 1
        if target != room and FLOOR[target] <= FLOOR[room]:
            wrong.append(f"{path} ({room}) includes {included}")
    assert seen > 100
    assert not wrong


def test_each_library_is_seen_by_one_room(root):
    seen, wrong = set(), []
    for room, path, included in plugin_includes(root):
        for pattern, rooms in LIBRARIES.items():
            if re.match(pattern, included):
                seen.add(pattern)
                if room not in rooms:
                    wrong.append(f"{path} includes {included}")
    assert seen == set(LIBRARIES)
    assert not wrong


def test_host_library_knows_no_plugin_and_no_glib(root):
    """A program needs libc alone to be a host, and any plugin will do."""
    for path in (root / "host-api/host").rglob("*.[ch]"):
        text = path.read_text(encoding="utf-8")
        assert "xnat" not in text.lower(), path
        assert not [name for name in INCLUDE.findall(text) if name.startswith(("glib", "gio"))], path


def test_engines_in_c_are_hosts_like_any_other(root):
    """They know the host library, the engine and GLib: nothing of the plugin or of the command. No other room knows an engine."""
    own = {path.name for path in (root / "host-api/engines").rglob("*.h")}
    allowed = re.compile(r"ioplug/host\.h|ioplugin\.h|glib\.h|glib/gstdio\.h|gfal_(api|plugins_api)\.h|(sys/)?\w+\.h")
    seen = 0
    for path in sorted((root / "host-api").rglob("*.[ch]")):
        for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if "engines" in path.parts:
                seen += 1
                assert included in own or (allowed.fullmatch(included) and not (root / "host-api/ioplug" / included).exists()), path
            else:
                assert "gfal" not in included, path
    assert seen > 20


def test_no_file_is_too_long(root):
    long = {}
    for path in [*root.glob("plugin/**/*.[ch]"), *root.glob("host-api/**/*.[ch]"), *root.glob("tests/**/*.[ch]"),
                 *root.glob("tests/**/*.py"), *root.glob("tests/**/*.sh")]:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MAX_LINES and str(path.relative_to(root)) not in NOT_OURS:
            long[str(path.relative_to(root))] = lines
    assert not long


def test_every_file_names_its_licence(root, c_files):
    scripts = [*root.glob("tests/**/*.py"), root / "tests/run", root / "tests/demo", root / ".ci/run"]
    builds = [root / "meson.build", *root.glob("plugin/**/meson.build"), *root.glob("host-api/**/meson.build"), *root.glob("tests/**/meson.build")]
    bare = [str(path.relative_to(root)) for path in [*c_files, *scripts, *builds]
            if "SPDX-License-Identifier: Apache-2.0" not in path.read_text(encoding="utf-8")[:200]]
    assert not bare


def test_nothing_is_left_to_do(root, c_files):
    marks = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")
    found = [str(path.relative_to(root)) for path in c_files if marks.search(path.read_text(encoding="utf-8"))]
    assert not found


def test_plugin_does_not_speak_to_the_terminal_or_abort(root):
    """What a plugin must not do to its host: print, abort, exit, install handlers, change the locale or directory."""
    calls = re.compile(r"\b(printf|vprintf|puts|putchar|perror|g_print|g_printerr|g_error|g_assert\w*|assert|abort|exit|_exit"
                       r"|signal|sigaction|setlocale|chdir|umask|setenv|putenv|g_setenv|unsetenv|g_unsetenv) \(")
    streams = re.compile(r"\b(stdout|stderr)\b")
    comment = re.compile(r"/\*.*?\*/", re.DOTALL)
    found = []
    for path in sorted((root / "plugin").rglob("*.[ch]")):
        text = comment.sub("", path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(root)}: {match[0]}" for match in [*calls.finditer(text), *streams.finditer(text)]]
    assert not found


def test_look(c_files, root):
    """Every C file looks as clang-format makes it."""
    ran = subprocess.run(["clang-format-14", "--dry-run", "--Werror", *map(str, c_files)], capture_output=True, text=True,
                         check=False, cwd=root)
    files = sorted({line.split(":")[0] for line in ran.stderr.splitlines() if "error:" in line})
    assert ran.returncode == 0, f"run clang-format-14 -i on: {' '.join(files) or ran.stderr}"
