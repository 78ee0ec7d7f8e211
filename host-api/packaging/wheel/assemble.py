#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the plugin and the command into a wheel of the Python package, checks that they need nothing but the C library, and
tags the wheel by the versions of that which they need."""
import argparse
import base64
import hashlib
import pathlib
import re
import subprocess
import sys
import zipfile

# The oldest C library that wheel/older-glibc.c aims at; a link that needs a newer one is a mistake.
NEWEST_GLIBC = (2, 28)
SYSTEM_LIBRARIES = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2"}
ENTRY = "ioplugin_entry"

# What is linked in: its name, its Debian package (with a static library) or source, and its licence.
LINKED = (
    ("GLib", "libglib2.0-dev", "LGPL-2.1-or-later"),
    ("PCRE2", "libpcre2-dev", "BSD-3-Clause"),
    ("YAJL", "libyajl-dev", "ISC"),
    ("OpenSSL", "libssl-dev", "Apache-2.0"),
    ("nghttp2", "nghttp2", "MIT"),
    ("zlib", "zlib1g-dev", "Zlib"),
    ("curl", "curl", "curl"),
    ("libarchive", "libarchive", "BSD-2-Clause"),
)
FROM_SOURCES = ("nghttp2", "curl", "libarchive")
COMMON_LICENCES = pathlib.Path("/usr/share/common-licenses")

NOTICE = """\
ioplug {version}: what is inside this wheel beside the Python package.

The plugin ioplug/lib/ioplug/xnatstorage.so and the command ioplug/bin/ioplug are under the Apache License 2.0 (LICENSE).
These libraries are linked into them statically, as Debian has them; their copyright notices and licences are the files
beside this one.

{table}

GLib is under the GNU Lesser General Public License, version 2.1 or later (LGPL-2.1). You may change it, use the plugin and
the command with a GLib of yours, and take them apart to find mistakes in what you changed. All sources are to be had: those
of the libraries are Debian's source packages of the versions above; those of the plugin, the command and this package come
with the script that links them, host-api/packaging/build-wheel, which takes the GLib that is installed where it runs.
Whoever passes this wheel on passes the sources on, too: `host-api/packaging/build-wheel --sources` lays them beside it.
"""


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout


def fail(reason):
    sys.exit(f"assemble.py: {reason}")


def check_needed(file):
    """Nothing but the C library."""
    needed = set(re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", output("readelf", "-dW", str(file))))
    if "libc.so.6" not in needed or needed - SYSTEM_LIBRARIES:
        fail(f"{file} needs {' '.join(sorted(needed))}")


def check_exports(file, expected):
    """Beside a variable of the C library's, such as stdout, of which a program has the one copy."""
    lines = output("nm", "-D", "--defined-only", str(file)).splitlines()
    names = [line.split()[-1] for line in lines if "@GLIBC_" not in line]
    if names != expected:
        fail(f"{file} exports {' '.join(names) or 'nothing'}")


def glibc_of(file):
    """The newest version of the C library that a symbol asks for."""
    versions = {}
    for name, version in re.findall(r"(\S+)@GLIBC_([0-9.]+)", output("nm", "-D", "--undefined-only", str(file))):
        versions.setdefault(tuple(map(int, version.split("."))), []).append(name)
    if not versions:
        fail(f"{file} asks for no version of the C library")
    newest = max(versions)
    if newest > NEWEST_GLIBC:
        fail("{} needs glibc {}: {}".format(file, ".".join(map(str, newest)), " ".join(
            name for version in versions if version > NEWEST_GLIBC for name in versions[version])))
    return newest[:2]


def stripped(file):
    bare = file.with_name(file.name + ".stripped")
    output("strip", "--strip-unneeded", "-o", str(bare), str(file))
    return bare.read_bytes()


def version_of(package, sources):
    """Of Debian's package or, if it was built from one, its source."""
    if package not in FROM_SOURCES:
        return output("dpkg-query", "-W", "-f", "${source:Package} ${source:Version}", package)
    found = list((sources / package).glob("*.dsc"))
    if len(found) != 1:
        fail(f"no one .dsc in {sources / package}")
    return f"{package} " + re.search(r"^Version: (\S+)$", found[0].read_text(encoding="utf-8"), re.M)[1]


def copyright_of(package, sources):
    if package in FROM_SOURCES:
        return (sources / package / "tree/debian/copyright").read_bytes()
    return pathlib.Path("/usr/share/doc", package, "copyright").read_bytes()


def licence_files(version, sources, licence):
    """Name below licenses/ and content."""
    rows = [f"  {name:<11} {version_of(package, sources):<38} {terms}" for name, package, terms in LINKED]
    table = "\n".join([f"  {'library':<11} {'Debian source and version':<38} licence", *rows])
    files = {"NOTICE": NOTICE.format(version=version, table=table).encode(), "LICENSE": licence.read_bytes(),
             "LGPL-2.1": (COMMON_LICENCES / "LGPL-2.1").read_bytes()}
    files.update({f"{name}.copyright": copyright_of(package, sources) for name, package, _ in LINKED})
    return files


def metadata_of(text):
    terms = list(dict.fromkeys(["Apache-2.0", *(terms for _, _, terms in LINKED)]))
    changed, count = re.subn(r"^License: .*$", "License: " + " AND ".join(terms), text, flags=re.M)
    if count != 1:
        fail("the package names no licence")
    return changed


def wheel_of(text, tag):
    text, purelib = re.subn(r"^Root-Is-Purelib: true$", "Root-Is-Purelib: false", text, flags=re.M)
    text, tags = re.subn(r"^Tag: .*$", f"Tag: {tag}", text, flags=re.M)
    if (purelib, tags) != (1, 1):
        fail("WHEEL is not as expected")
    return text


def record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


def write_wheel(path, files, programs, info):
    """The record comes last; times are one and the same, so that the same build gives the same wheel."""
    record = "".join(record_line(name, content) for name, content in sorted(files.items())) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for name, content in [*sorted(files.items()), (f"{info}/RECORD", record.encode())]:
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if name in programs else 0o100644) << 16
            wheel.writestr(entry, content)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pure", "plugin", "command", "sources", "licence"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("directory", type=pathlib.Path)
    args = parser.parse_args()
    for file, exports in ((args.plugin, [ENTRY]), (args.command, [])):
        check_needed(file)
        check_exports(file, exports)
    glibc = max(glibc_of(args.plugin), glibc_of(args.command))
    tag = f"py3-none-manylinux_{glibc[0]}_{glibc[1]}_x86_64"
    name, version = args.pure.name.split("-")[:2]
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(args.pure) as pure:
        files = {one.filename: pure.read(one) for one in pure.infolist() if not one.is_dir()}
    del files[f"{info}/RECORD"]
    programs = {f"{name}/bin/ioplug", f"{name}/lib/ioplug/{args.plugin.name}"}
    files[f"{name}/bin/ioplug"] = stripped(args.command)
    files[f"{name}/lib/ioplug/{args.plugin.name}"] = stripped(args.plugin)
    files[f"{info}/METADATA"] = metadata_of(files[f"{info}/METADATA"].decode()).encode()
    files[f"{info}/WHEEL"] = wheel_of(files[f"{info}/WHEEL"].decode(), tag).encode()
    files[f"{info}/entry_points.txt"] += b"\n[console_scripts]\nioplug = ioplug.__main__:main\n"
    for one, content in licence_files(version, args.sources, args.licence).items():
        files[f"{info}/licenses/{one}"] = content
    wheel = args.directory / f"{name}-{version}-{tag}.whl"
    write_wheel(wheel, files, programs, info)
    print(f"{wheel}: {wheel.stat().st_size / 1e6:.1f} MB, unpacked {sum(map(len, files.values())) / 1e6:.1f} MB; "
          f"glibc {glibc[0]}.{glibc[1]} or newer")


if __name__ == "__main__":
    main()
