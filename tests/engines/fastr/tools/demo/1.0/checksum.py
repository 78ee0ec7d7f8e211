# SPDX-License-Identifier: Apache-2.0
"""What the network does with each image: writes size and MD5 of every file below a directory. Run by fastr."""
import hashlib
import pathlib
import sys

directory, out = map(pathlib.Path, sys.argv[1:])
files = sorted(path for path in directory.rglob("*") if path.is_file())
lines = [f"{path.name} {path.stat().st_size} {hashlib.md5(path.read_bytes()).hexdigest()}\n" for path in files]
out.write_text("".join(lines), encoding="utf-8")
