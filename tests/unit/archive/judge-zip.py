#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails unless a zip is sound and has so many members: judge-zip.py FILE MEMBERS."""

import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as archive:
    if len(archive.infolist()) != int(sys.argv[2]):
        sys.exit(f"{len(archive.infolist())} members")
    if archive.testzip() is not None:
        sys.exit(f"{archive.testzip()} is broken")
    for info in archive.infolist():
        if info.flag_bits != 0x0808 or info.external_attr >> 16 != 0o100644:
            sys.exit(f"{info} has other flags")
