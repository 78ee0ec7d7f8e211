#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the archives that test-unpack.c reads: make-archives.py DIRECTORY."""

import io
import os
import struct
import sys
import tarfile
import zipfile

DIRECTORY = sys.argv[1]


def content(size):
    return bytes(i * 7 % 251 for i in range(size))


# In step with `members` of test-unpack.c. The last two names look alike: é as one character and as two.
MEMBERS = [
    ("a.txt", content(6)),
    ("dir/b.bin", content(70000)),
    ("dir/empty", b""),
    ("\u00e4/\u00e9.txt", content(10)),
    ("\u00e4/e\u0301.txt", content(20)),
]


class Unseekable(io.RawIOBase):
    """Makes zipfile write data descriptors."""

    def __init__(self):
        self.bytes = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.bytes += data
        return len(data)


def make_zip(compression, seekable=True, zip64=False):
    target = io.BytesIO() if seekable else Unseekable()
    with zipfile.ZipFile(target, "w", compression) as archive:
        archive.writestr(zipfile.ZipInfo("dir/"), b"")
        for name, data in MEMBERS:
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            with archive.open(info, "w", force_zip64=zip64) as member:
                member.write(data)
    return target.getvalue() if seekable else bytes(target.bytes)


def make_tar(form, mode="w", change=None):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode, format=form) as archive:
        directory = tarfile.TarInfo("dir")
        directory.type = tarfile.DIRTYPE
        archive.addfile(directory)
        for name, data in MEMBERS:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if change is not None:
                change(info)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def make_zip_of(*members, comment=b""):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.comment = comment
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return target.getvalue()


def make_tar_link(kind):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"), io.BytesIO(b""))
        info = tarfile.TarInfo("b")
        info.type = kind
        info.linkname = "a"
        archive.addfile(info)
    return target.getvalue()


def make_tar_of_latin1():
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        archive.addfile(tarfile.TarInfo("caf\u00e9"), io.BytesIO(b""))
    return target.getvalue()


def set_mode(info):
    info.mode = 0o060


def write(name, data):
    with open(os.path.join(DIRECTORY, name), "wb") as file:
        file.write(data)


write("stored.zip", make_zip(zipfile.ZIP_STORED))
write("deflated.zip", make_zip(zipfile.ZIP_DEFLATED))
write("descriptors.zip", make_zip(zipfile.ZIP_DEFLATED, seekable=False))
write("zip64.zip", make_zip(zipfile.ZIP_DEFLATED, zip64=True))
write("zip64-descriptors.zip", make_zip(zipfile.ZIP_DEFLATED, seekable=False, zip64=True))
write("pax.tar", make_tar(tarfile.PAX_FORMAT))
write("gnu.tar", make_tar(tarfile.GNU_FORMAT))
write("mode.tar", make_tar(tarfile.PAX_FORMAT, change=set_mode))
write("pax.tar.gz", make_tar(tarfile.PAX_FORMAT, "w:gz"))

write("empty.zip", make_zip_of())
write("comment.zip", make_zip_of(("a", b"1"), comment=b"PK\5\6 is no end" * 10))
write("symlink.tar", make_tar_link(tarfile.SYMTYPE))
write("hardlink.tar", make_tar_link(tarfile.LNKTYPE))
write("page.html", b"<html><body>You have to log in.</body></html>\n" * 20)
write("page-with-zip.html", b"<html><!--" + make_zip_of(("a", b"1")) + b"--></html>\n")

small = make_zip_of(("first", b"1234"), ("second", b"56"))
write("small.zip", small)
write("no-directory.zip", small[: small.index(b"PK\1\2")])
write("text-after.zip", small + b"\n")
write("bad-crc.zip", small.replace(b"1234", b"1235"))
write("latin1.zip", make_zip_of(("caf_", b"1")).replace(b"caf_", b"caf\xe9"))
# The same, although it is marked as UTF-8.
write("latin1-marked.zip", make_zip_of(("caf\u00e9", b"1")).replace(b"caf\xc3\xa9", b"caf\xe9\xe9"))
write("latin1.tar", make_tar_of_latin1())
# A member is gone from the middle, as if bytes had been lost between two proxies.
second = small.index(b"PK\3\4", 4)
lost = small[second:]
end = lost.index(b"PK\5\6")
write("lost-member.zip", lost[: end + 16] + struct.pack("<I", lost.index(b"PK\1\2")) + lost[end + 20 :])
# What is left when a stored archive within an archive ends just where the transfer broke off.
outer = make_zip_of(("inner.zip", small), ("more", b"7"))
write("cut-after-inner.zip", outer[: outer.index(b"PK\3\4", outer.index(b"PK\5\6"))])
write("inner.zip", outer)
