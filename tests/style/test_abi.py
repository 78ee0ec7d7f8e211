# SPDX-License-Identifier: Apache-2.0
"""What programs that are built already find in the shared host library and in the tables of ioplugin.h.

tests/style/abi/libioplughost.abi is what they were built against. It stays until the number behind "so" changes, and is then
made anew from a build:

    abidw --drop-private-types --no-show-locs --no-corpus-path --no-comp-dir-path --headers-dir host-api \\
        --out-file tests/style/abi/libioplughost.abi build/host-api/libioplughost.so
"""
import pathlib
import re
import shutil
import subprocess

import pytest

BASELINE = pathlib.Path(__file__).with_name("abi") / "libioplughost.abi"
# They tell their size, and so may grow at their tail.
TABLES = {"IOPlugin", "IOHost", "IOCall", "IOProgress", "IOResult", "IOStep"}


def grown_at_the_tail(change):
    """Whether the report on one type says no more than that members came behind all others."""
    name = re.match(r"'struct (\w+)(?: at [^']*)?' changed:\n", change)
    size = re.search(r"^ *type size changed from (\d+) to \d+ \(in bits\)$", change, re.MULTILINE)
    if not name or name[1] not in TABLES or not size:
        return False
    said = change[name.end():].replace(size[0], "")
    said = re.sub(r"^ *\d+ data member insertions?:$", "", said, flags=re.MULTILINE)
    members = r"^ *'.*', at offset (\d+) \(in bits\).*$"
    offsets = [int(offset) for offset in re.findall(members, said, re.MULTILINE)]
    return not re.sub(members, "", said, flags=re.MULTILINE).strip() and min(offsets) >= int(size[1])


def broken(library):
    """What a program that was built against the baseline would stumble over in a library; empty if nothing."""
    ran = subprocess.run(["abidiff", "--leaf-changes-only", str(BASELINE), str(library)], capture_output=True, text=True, check=False)
    assert not ran.returncode & 3, ran.stderr
    if ran.returncode & 8:
        return ran.stdout
    summaries = r"^(Leaf changes|Changed leaf types|Removed/Changed/Added \w+) summary: .*\n"
    report = re.sub(summaries, "", ran.stdout, flags=re.MULTILINE)
    changes = [change.strip("\n") for change in re.split(r"^(?=\S)", report, flags=re.MULTILINE) if change.strip()]
    assert bool(changes) == bool(ran.returncode), ran.stdout
    return "\n".join(change for change in changes if not grown_at_the_tail(change + "\n"))


def test_programs_that_are_built_go_on_working(build):
    assert broken(build / "host-api/libioplughost.so") == ""


def test_exactly_the_documented_functions_are_exported(build, root, output):
    declared = re.findall(r"^IOPLUGIN_EXPORT .*?(\w+) \(", (root / "host-api/host/ioplug/host.h").read_text(encoding="utf-8"),
                          re.MULTILINE)
    exported = output("nm", "-D", "--defined-only", str(build / "host-api/libioplughost.so"))
    versioned = dict(line.split()[-1].split("@@") for line in exported.splitlines() if "@@" in line)
    assert sorted(versioned) == sorted(declared) and len(declared) > 8
    assert [line.split()[-1] for line in exported.splitlines() if "@@" not in line] == sorted(set(versioned.values()))


def test_library_is_called_by_its_major_version(build, root, output):
    major = re.search(r"IOPLUGIN_ABI_MAJOR (\d+)u", (root / "host-api/ioplugin.h").read_text(encoding="utf-8"))[1]
    dynamic = output("readelf", "-dW", str(build / "host-api/libioplughost.so"))
    assert re.search(r"soname: \[(.*)\]", dynamic)[1] == f"libioplughost.so.{major}"
    assert set(re.findall(r"Shared library: \[(\w+)\.so", dynamic)) <= {"libc", "libdl"}


@pytest.fixture
def changed(root, tmp_path):
    """Builds the host library with one change of its source, and gives its path."""

    def build(name, old, new):
        copy = tmp_path / "host-api"
        (copy / "host").mkdir(parents=True)
        shutil.copy(root / "host-api/ioplugin.h", copy)
        shutil.copytree(root / "host-api/host", copy / "host", dirs_exist_ok=True)
        text = (copy / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (copy / name).write_text(text.replace(old, new), encoding="utf-8")
        library = tmp_path / "libioplughost.so"
        subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-g", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{copy}",
                        f"-I{copy / 'host'}", f"-Wl,--version-script={copy / 'host/libioplughost.map'}",
                        "-Wl,-soname,libioplughost.so.1", "-o", str(library), *map(str, (copy / "host").glob("*.c"))],
                       check=True, stdin=subprocess.DEVNULL)
        return library

    return build


@pytest.mark.parametrize(("name", "old", "new"), [
    ("ioplugin.h", "    const char *name;  ", "    const char *before;\n    const char *name;  "),
    ("ioplugin.h", "(*stat_url) (const char *url, uint32_t flags,", "(*stat_url) (const char *url, uint64_t flags,"),
    ("ioplugin.h", "uint64_t bytes_done; ", "uint32_t bytes_done; "),
    ("ioplugin.h", "IO_KIND_CANCELLED = 10", "IO_KIND_CANCELLED = 11"),
    ("ioplugin.h", "} IOFetch;", "    const char *more;\n} IOFetch;"),
    ("host/ioplug/host.h", "message[1024]", "message[512]"),
    ("host/libioplughost.map", "    io_host_count;\n", ""),
], ids=["member in the middle", "argument", "member", "number of a kind", "element of an array", "buffer", "function"])
def test_what_breaks_programs_is_found(changed, name, old, new):
    assert broken(changed(name, old, new))


@pytest.mark.parametrize(("name", "old", "new"), [
    ("ioplugin.h", "} IOPlugin;", "    int (*one) (void);\n    int (*other) (void);\n} IOPlugin;"),
    ("ioplugin.h", "} IOCall;", "    int (*more) (void);\n} IOCall;"),
    ("ioplugin.h", "IO_KIND_CANCELLED = 10", "IO_KIND_MORE = 11, IO_KIND_CANCELLED = 10"),
    ("host/module.h", "} Module;", "    int more;\n} Module;"),
], ids=["verbs", "a call's member", "a kind", "nothing that programs see"])
def test_what_grows_breaks_nothing(changed, name, old, new):
    assert broken(changed(name, old, new)) == ""
