# SPDX-License-Identifier: Apache-2.0
"""The plugin's file as the dynamic linker sees it."""
import re

import pytest


@pytest.fixture(scope="module")
def module(build):
    return str(build / "plugin" / "xnatstorage.so")


def test_one_symbol_is_exported(module, output):
    names = [line.split()[-1] for line in output("nm", "-D", "--defined-only", module).splitlines()]
    assert names == ["ioplugin_entry"]


def test_it_stays_mapped_and_binds_at_once(module, output):
    """Unloading is refused, so that names and threads of it outlive dlclose(); nothing is bound late."""
    dynamic = output("readelf", "-dW", module)
    flags = re.search(r"\(FLAGS_1\)\s+Flags: (.*)", dynamic)[1].split()
    assert {"NODELETE", "NOW"} <= set(flags)
    assert "GNU_RELRO" in output("readelf", "-lW", module)
    assert not re.search(r"\((RPATH|RUNPATH|TEXTREL)\)", dynamic)


def test_it_needs_what_it_may(module, output):
    needed = set(re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", output("readelf", "-dW", module)))
    stems = {re.sub(r"\.so.*|-[0-9.]+$", "", name.split(".so")[0]) for name in needed}
    assert {"libcurl", "libyajl", "libarchive", "libglib"} <= stems
    assert stems <= {"libcurl", "libyajl", "libarchive", "libglib", "libz", "libc", "libm", "libpthread", "libdl"} | {name for name in stems if name.startswith("ld-linux")}


@pytest.fixture(scope="module", params=["plugin/xnatstorage.so", "host-api/ioplug"])
def hardened(request, build):
    return str(build / request.param)


def test_stack_is_not_executable(hardened, output):
    stack = [line for line in output("readelf", "-lW", hardened).splitlines() if "GNU_STACK" in line]
    assert len(stack) == 1 and " RWE " not in stack[0]


def test_it_is_hardened(hardened, output):
    """Nothing is bound late, so that the tables can be read-only; the program can be anywhere; the stack and the C library's
    functions on buffers are checked. The build must be an optimized one without a sanitizer, as a release is."""
    dynamic = output("readelf", "-dW", hardened)
    assert "NOW" in re.search(r"\(FLAGS_1\)\s+Flags: (.*)", dynamic)[1].split()
    assert "GNU_RELRO" in output("readelf", "-lW", hardened)
    assert re.search(r"Type:\s+DYN", output("readelf", "-hW", hardened))
    imported = {line.split()[-1].split("@")[0] for line in output("nm", "-D", "--undefined-only", hardened).splitlines()}
    assert "__stack_chk_fail" in imported
    assert {name for name in imported if re.fullmatch(r"__\w+_chk", name)}
