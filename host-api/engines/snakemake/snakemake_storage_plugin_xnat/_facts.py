# SPDX-License-Identifier: Apache-2.0
"""What is known about objects, and for how long it may be believed."""
from __future__ import annotations

import dataclasses
import hashlib
import os
import pathlib
import time
from typing import Dict, Iterable, Optional, Set, Tuple

from ioplug import Item

__all__ = ["ABSENT", "Answers", "Facts", "Memory"]


@dataclasses.dataclass(frozen=True)
class Facts:
    """One object. Of a directory, `size` is all that is in it, `mtime` that of its newest file, and `digest` that of its
    list of files, which is no checksum of anything that could be had locally."""

    exists: bool = True
    size: int = 0
    digest: Optional[str] = None
    mtime: Optional[float] = None
    directory: bool = False

    @classmethod
    def of_file(cls, item: Item) -> "Facts":
        """From what the plugin tells of a file."""
        return cls(size=item.bytes or 0, digest=f"md5:{item.md5}" if item.md5 else None, mtime=item.mtime)

    @classmethod
    def of_directory(cls, items: Iterable[Item]) -> "Facts":
        """From everything that is in it. Without files it is not there: XNAT keeps what was emptied."""
        files = sorted((item for item in items if item.type == "file"), key=lambda item: item.path or "")
        if not files:
            return ABSENT
        mtimes = [item.mtime for item in files]
        digest = None
        if all(item.md5 for item in files):
            lines = "".join(f"{item.path}\0{item.bytes}\0{item.md5}\n" for item in files)
            digest = f"list:{hashlib.md5(lines.encode(), usedforsecurity=False).hexdigest()}"
        newest = None if None in mtimes else max(one for one in mtimes if one is not None)
        return cls(size=sum(item.bytes or 0 for item in files), digest=digest, mtime=newest, directory=True)

    @property
    def checksum(self) -> Optional[str]:
        """As Snakemake wants it."""
        return None if self.directory else self.digest


ABSENT = Facts(exists=False)


class Answers:
    """Answers that were given a moment ago. Snakemake asks one question after another about an object, whether it exists,
    how old it is, how large, which checksum it has, and all of these are answered by one question to the server. Who asks
    the same again wants to know whether something has changed."""

    # Seconds; another process may be at work on it.
    PATIENCE = 10.0

    def __init__(self) -> None:
        self._known: Dict[str, Tuple[Facts, Set[str], float]] = {}

    def take(self, url: str, kind: str) -> Optional[Facts]:
        """The answer to a question of this kind, once."""
        facts, given, at = self._known.get(url, (ABSENT, {kind}, 0.0))
        if kind in given or time.monotonic() - at > self.PATIENCE:
            return None
        given.add(kind)
        return facts

    def keep(self, url: str, kind: str, facts: Facts) -> None:
        """For questions of other kinds than that which was asked."""
        self._known[url] = (facts, {kind}, time.monotonic())

    def forget(self) -> None:
        """After a change: a file belongs to directories, too."""
        self._known.clear()


class Memory:
    """When objects were changed, from one run to the next. XNAT tells times file by file, while one list tells the digests
    of all in a resource: what has the same digest as before has the same time as before.

    A file of lines `URL <tab> DIGEST <tab> SIZE <tab> MTIME`, of which the last for a URL holds. Processes append to it; it
    is a help, and what cannot be read or written of it is done without."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._known: Dict[str, Tuple[str, int, float]] = {}
        lines = 0
        try:
            with open(path, encoding="utf-8") as file:
                for lines, line in enumerate(file, 1):
                    self._read(line)
        except (OSError, ValueError):
            return
        if lines > 2 * len(self._known) + 100:
            self._rewrite()

    def _read(self, line: str) -> None:
        url, *rest = line.rstrip("\n").split("\t")
        try:
            digest, size, mtime = rest
            self._known[url] = (digest, int(size), float(mtime))
        except ValueError:
            self._known.pop(url, None)

    def _rewrite(self) -> None:
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            with open(fresh, "w", encoding="utf-8") as file:
                file.writelines(self._line(url) for url in self._known)
            os.replace(fresh, self._path)
        except OSError:
            pass

    def _line(self, url: str) -> str:
        return "\t".join([url, *map(str, self._known.get(url, ()))]) + "\n"

    def _append(self, url: str) -> None:
        try:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(self._line(url))
        except OSError:
            pass

    def knows(self, url: str) -> bool:
        """Whether it was there once."""
        return url in self._known

    def recall(self, url: str, facts: Facts) -> Facts:
        """The facts with the time, if they are the same as those to which it belongs."""
        digest, size, mtime = self._known.get(url, (None, 0, 0.0))
        same = facts.exists and digest is not None and (digest, size) == (facts.digest, facts.size)
        return dataclasses.replace(facts, mtime=mtime) if same and facts.mtime is None else facts

    def note(self, url: str, facts: Facts) -> None:
        """Remembers the time, if there is a digest to know the object by."""
        if facts.digest is None or facts.mtime is None:
            return
        told = (facts.digest, facts.size, facts.mtime)
        if self._known.get(url) != told:
            self._known[url] = told
            self._append(url)

    def forget(self, url: str) -> None:
        """After a change of its own."""
        if self._known.pop(url, None) is not None:
            self._append(url)
