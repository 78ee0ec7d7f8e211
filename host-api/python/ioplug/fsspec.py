# SPDX-License-Identifier: Apache-2.0
"""XNAT as a file system of fsspec, for pandas, Dask and others: protocols xnat, xnat+http and xnat+https.

    fsspec.open("xnat+https://xnat.example.com/data/projects/sandbox/resources/TABLES/files/ages.csv")

A path is a data URL without its protocol, in plain text: nothing is percent-encoded in it and nothing stands behind a
question mark. Options of URLs (`overwrite`, `assessor_type`, `insecure`, ...) are storage options.
"""
from __future__ import annotations

import fnmatch
import io
import os
import re
import shutil
import tempfile
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union
from urllib.parse import quote, unquote, urlencode

from fsspec.callbacks import DEFAULT_CALLBACK  # type: ignore[import-untyped]
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem  # type: ignore[import-untyped]
from fsspec.utils import glob_translate  # type: ignore[import-untyped]

from ._shared import shared_host
from .errors import ConflictError, NotFoundError, UsageError
from .host import Host
from .items import Item

__all__ = ["XnatFileSystem", "XnatHttpFileSystem", "XnatHttpsFileSystem"]

_LEVEL_OF = {"project": "projects", "subject": "subjects", "experiment": "experiments", "scan": "scans",
             "assessor": "assessors", "reconstruction": "reconstructions", "resource": "resources"}
_LEVELS = set(_LEVEL_OF.values())
# What names an item of a level in a path; a scan's type may be that of several.
_NAMES = {"projects": "project", "subjects": "subject_label", "experiments": "experiment_label", "scans": "scan_id",
          "assessors": "assessor_label", "resources": "resource_label"}
_OPTIONS = ("insecure", "verify")
_PUT_OPTIONS = ("overwrite", "subject_type", "experiment_type", "scan_type", "assessor_type", "reconstruction_type",
                "resource_type")
_OPTION_IN_PATH = re.compile(r"\?(?:insecure|verify|overwrite|regex|id|label|\w+_type)=")
_MAGIC = re.compile(r"[*?\[]")

def _split(path: str) -> Tuple[str, List[str]]:
    """A path as server (with its prefix) and what stands behind `/data`."""
    parts = path.split("/")
    at = parts.index("data") if "data" in parts else len(parts)
    return "/".join(parts[:at]), [part for part in parts[at + 1:] if part]


def _resource_end(below: List[str]) -> Optional[int]:
    """Where a path's resource ends, and `files` may follow; None above resources."""
    return next((at + 2 for at in range(0, len(below) - 1, 2) if below[at] == "resources"), None)


def _bare_level(below: List[str]) -> Optional[str]:
    """The level that a path ends with, without a name behind it."""
    return below[-1] if len(below) % 2 and below[-1] in _LEVELS and _resource_end(below) is None else None


class _File(AbstractBufferedFile):  # type: ignore[misc]
    """Reads ranges; what is written is kept in a local file until it is closed, and then put.

    Where an exception ends the `with` of a file that is written, nothing is put.
    """

    _kept: Any = None
    _discarded = False

    def _fetch_range(self, start: int, end: int) -> bytes:
        data: bytes = self.fs.cat_file(self.path, start, end)
        return data

    def _initiate_upload(self) -> None:
        self._kept = tempfile.NamedTemporaryFile(prefix="ioplug-")

    def _upload_chunk(self, final: bool = False) -> bool:
        self.buffer.seek(0)
        try:
            shutil.copyfileobj(self.buffer, self._kept)
        except BaseException:
            self.discard()
            raise
        if final and self.autocommit:
            self.commit()
        return True

    def commit(self) -> None:
        """Puts what was written, unless it was discarded; a transaction calls it, too."""
        if self._discarded:
            return
        if not self.forced:
            self.flush(force=True)
        with self._kept:
            self._kept.flush()
            self.fs.put_file(self._kept.name, self.path)

    def discard(self) -> None:
        """Forgets what was written, and closes."""
        self._discarded = True
        if self._kept is not None:
            self._kept.close()
        self.closed = True

    def __exit__(self, *error: Any) -> None:
        if error[0] is not None and self.writable():
            self.discard()
        self.close()


class _Text(io.TextIOWrapper):
    """Text that is written to a file, which knows of the exception that ends a `with`."""

    def __exit__(self, *error: Any) -> None:
        if error[0] is not None:
            file: Any = self.buffer
            file.__exit__(*error)
        self.close()


class XnatFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """A server by its plugin.

    :param plugin: as for `ioplug.Host`.
    :param settings: those of the plugin, such as `{"netrc": FILE, "jobs": 4}`.
    :param options: options of URLs: `insecure` and `verify` for all, `overwrite` and the types with which missing objects are
        created (`assessor_type="xnat:qcAssessmentData"`) for writing.
    """

    protocol: Union[str, Tuple[str, ...]] = "xnat"
    root_marker = ""

    def __init__(self, plugin: Optional[str] = None, settings: Optional[Mapping[str, Any]] = None, **options: Any) -> None:
        names = _OPTIONS + _PUT_OPTIONS
        super().__init__(**{name: value for name, value in options.items() if name not in names})
        self._options = {name: options[name] for name in names if name in options}
        self._plugin, self._settings = plugin, dict(settings or {})

    @property
    def host(self) -> Host:
        """The host that serves this file system in this process."""
        return shared_host(self._plugin, self._settings)

    # --- paths ---

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        path = os.fspath(path)
        start = f"{cls.protocol}://"
        if path.startswith(start):
            path = unquote(path[len(start):])
        if _OPTION_IN_PATH.search(path):
            raise UsageError(f"options of a URL are storage options, and stand in no path: {path}")
        server, below = _split(path.strip("/"))
        if not below and not path.rstrip("/").endswith("/data"):
            return server
        return "/".join([server, "data", *(below[1:] if below[:1] == ["archive"] else below)])

    @classmethod
    def unstrip_protocol(cls, name: str) -> str:
        path = cls._strip_protocol(name)
        return f"{cls.protocol}://{quote(path, safe='/:@[]')}"

    def _url(self, path: str, put: bool = False) -> str:
        wanted = _OPTIONS + _PUT_OPTIONS if put else _OPTIONS
        query = urlencode({name: str(value).lower() if isinstance(value, bool) else value
                           for name, value in self._options.items() if name in wanted})
        server, slash, rest = self._strip_protocol(path).partition("/")
        return f"{self.protocol}://{server}{slash or '/'}{quote(rest)}" + (f"?{query}" if query else "")

    @classmethod
    def _parent(cls, path: str) -> str:
        return str(cls._strip_protocol(path)).rpartition("/")[0]

    # --- what is there ---

    def _entry(self, name: str, item: Item) -> Dict[str, Any]:
        told = dict(item.attributes)
        below = _split(name)[1]
        kind = told.pop("type", "file" if len(below) > (_resource_end(below) or len(below)) else "resource")
        entry: Dict[str, Any] = {"name": name, "size": item.bytes or 0, "type": "file" if kind == "file" else "directory"}
        told.pop("bytes", None)
        return {**told, **entry, "xnat_type": kind}

    def info(self, path: str, **kwargs: Any) -> Dict[str, Any]:
        path = self._strip_protocol(path)
        _, below = _split(path)
        if not below:
            return {"name": path, "size": 0, "type": "directory", "xnat_type": "server"}
        if _bare_level(below) is not None:
            return {**(self.info(self._parent(path)) if len(below) > 1 else {}), "name": path, "size": 0, "type": "directory",
                    "xnat_type": "level"}
        return self._entry(path, self.host.stat(self._url(path)))

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> List[Any]:
        path = self._strip_protocol(path)
        entries = self._children(path)
        return entries if detail else [one["name"] for one in entries]

    def _children(self, path: str) -> List[Dict[str, Any]]:
        server, below = _split(path)
        if len(below) < 2:
            return self._named(f"{server}/data", self.host.list(self._url(server)))
        level, end = _bare_level(below), _resource_end(below)
        above = self._parent(path) if level else path
        try:
            found = self._named(above, self.host.list(self._url(above)))
        except UsageError:
            # A file has nothing below it.
            if end is not None and len(below) > end + 1:
                return [self.info(path)]
            raise
        return [one for one in found if level is None or _LEVEL_OF.get(one["xnat_type"]) == level]

    def _named(self, path: str, items: List[Item]) -> List[Dict[str, Any]]:
        entries = []
        for item in items:
            name = item.name or ""
            if "/" in name or _MAGIC.search(name):
                name = unquote(item.url.partition("?")[0].rstrip("/").rpartition("/")[2])
            level = _LEVEL_OF.get(item.type or "")
            if level is None and len(_split(path)[1]) == _resource_end(_split(path)[1]):
                level = "files"
            entries.append(self._entry("/".join([path, *([level] if level else []), name]), item))
        return entries

    def exists(self, path: str, **kwargs: Any) -> bool:
        try:
            self.info(path)
        except NotFoundError:
            return False
        return True

    def modified(self, path: str) -> Any:
        import datetime

        told = self.host.stat(self._url(path), mtime=True).mtime
        return datetime.datetime.fromtimestamp(told, datetime.timezone.utc) if told is not None else None

    def find(self, path: str, maxdepth: Optional[int] = None, withdirs: bool = False, detail: bool = False,
             **kwargs: Any) -> Any:
        """As for any file system; everything below comes in one go."""
        path = self._strip_protocol(path)
        if maxdepth is not None:
            return super().find(path, maxdepth=maxdepth, withdirs=withdirs, detail=detail, **kwargs)
        level = _bare_level(_split(path)[1])
        above = self._parent(path) if level else path
        try:
            items = self.host.list(self._url(above), recursive=True)
        except NotFoundError:
            return {} if detail else []
        except UsageError:
            # A file has nothing below it.
            entry = self.info(path)
            return {path: entry} if detail else [path]
        found = {entry["name"]: entry for entry in self._below(above, level, items) if withdirs or entry["type"] == "file"}
        return dict(sorted(found.items())) if detail else sorted(found)

    def _below(self, path: str, level: Optional[str], items: List[Item]) -> List[Dict[str, Any]]:
        """The entries of a recursive list, in which an item is followed by what is below it; of one level only, if wanted."""
        entries = []
        names = {"": path}
        for item in items:
            whole = item.id or ""
            up = whole.rpartition("/")[0]
            names.pop(whole, None)
            if up not in names or (level and not up and _LEVEL_OF.get(item.type or "") != level):
                continue
            entry, = self._named(names[up], [item])
            names[whole] = entry["name"]
            entries.append(entry)
        return entries

    def glob(self, path: str, maxdepth: Optional[int] = None, **kwargs: Any) -> Any:
        pattern = self._strip_protocol(path)
        if not _MAGIC.search(pattern):
            return super().glob(pattern, maxdepth=maxdepth, **kwargs)
        detail = kwargs.pop("detail", False)
        search = self._search_of(_split(pattern)[1])
        if search is not None:
            found = self._searched(pattern, search)
        elif "**" in pattern:
            found = super().glob(pattern, maxdepth=maxdepth, detail=True, **kwargs)
        else:
            found = {name: self.info(name) if detail else {} for name in self._globbed([], pattern.split("/"))}
        if maxdepth is not None and "**" in pattern:
            most = pattern.partition("**")[0].count("/") + maxdepth
            found = {name: entry for name, entry in found.items() if name.count("/") < most}
        return dict(sorted(found.items())) if detail else sorted(found)

    def _search_of(self, below: List[str]) -> Optional[Dict[str, str]]:
        """The variables of the search that does what a pattern means, or None when there is none."""
        at = _resource_end(below)
        if at is None or below[at:] == ["files"] or (below[at:] and below[at] != "files" and not _MAGIC.search(below[at])):
            return None
        levels = dict(zip(below[:at:2], below[1:at:2]))
        ok = ("scans" in levels or "assessors" in levels) and "projects" in levels and set(levels) <= set(_NAMES) and \
            _MAGIC.search("/".join(below[:at]))
        if not ok or "**" in levels.values():
            return None
        if below[at:]:
            levels["files"] = "/".join(below[at + 1:]) if below[at] == "files" and "**" not in below[at:] else "*"
        return levels

    def _searched(self, pattern: str, search: Dict[str, str]) -> Dict[str, Dict[str, Any]]:
        server, below = _split(pattern)
        last = ["scan"] if "scans" in search else ["assessor"]
        options = {name: str(value).lower() for name, value in self._options.items() if name in _OPTIONS}
        query = urlencode({**search, **options, "id": ",".join(["experiment", *last, "resource"])}, quote_via=quote)
        at = _resource_end(below)
        inside = re.compile(glob_translate("/".join(below[at:]))) if "files" in search else None
        found = {}
        host_part, slash, prefix = server.partition("/")
        for item in self.host.expand(f"{self.protocol}://{host_part}{slash}{quote(prefix)}/search?{query}"):
            told = item.attributes
            end = ["files", told.get("path", "")] if inside is not None else []
            if inside is not None and not inside.match("/".join(end)):
                continue
            parts = []
            for level, name in zip(below[:at:2], below[1:at:2]):
                typed = not _MAGIC.search(name) and level != "scans"
                parts += [level, name if typed else told.get(_NAMES[level]) or name]
            name = "/".join([server, "data", *parts, *end])
            found[name] = self._entry(name, item)
        return found

    def _globbed(self, done: List[str], rest: List[str]) -> List[str]:
        """Level by level, each by one list."""
        at = next((i for i, part in enumerate(rest) if _MAGIC.search(part)), None)
        if at is None:
            whole = "/".join([*done, *rest])
            return [whole] if not rest or self.exists(whole) else []
        above = [*done, *rest[:at]]
        found: List[str] = []
        try:
            names = self.ls("/".join(above), detail=False)
        except NotFoundError:
            return found
        for name in names:
            if self._parent(name) == "/".join(above) and fnmatch.fnmatchcase(name.rpartition("/")[2], rest[at]):
                found += self._globbed(name.split("/"), rest[at + 1:])
        return found

    # --- bytes ---

    def cat_file(self, path: str, start: Optional[int] = None, end: Optional[int] = None, **kwargs: Any) -> bytes:
        start = start or 0
        if start < 0 or (end is not None and end < 0):
            size = self.info(path)["size"]
            start = max(0, size + start) if start < 0 else start
            end = size + end if end is not None and end < 0 else end
        length = None if end is None else max(0, end - start)
        if length == 0:
            return b""
        try:
            return self.host.read(self._url(path), start, length)
        except UsageError:
            if start > 0 and start >= self.info(path)["size"]:
                return b""
            raise

    def open(self, path: str, mode: str = "rb", block_size: Any = None, cache_options: Any = None,
             compression: Optional[str] = None, **kwargs: Any) -> Any:
        """As for any file system; nothing is put where an exception ends the `with` of a file that is written.

        A compressed one is not known to fail: a transaction discards it.
        """
        if "b" in mode or "r" in mode or compression is not None:
            return super().open(path, mode, block_size, cache_options, compression, **kwargs)
        text = {name: kwargs.pop(name) for name in ("encoding", "errors", "newline") if name in kwargs}
        return _Text(super().open(path, mode.replace("t", "") + "b", block_size, cache_options, **kwargs), **text)

    def _open(self, path: str, mode: str = "rb", block_size: Any = "default", autocommit: bool = True,
              cache_options: Any = None, **kwargs: Any) -> _File:
        self._refuse_existing(path, mode == "xb")
        if mode not in ("rb", "wb", "xb"):
            raise UsageError(f"files are read, or written from their start; not opened with mode '{mode}'")
        return _File(self, path, mode[0].replace("x", "w") + "b", block_size, autocommit, cache_options=cache_options, **kwargs)

    def _refuse_existing(self, path: str, create: bool) -> None:
        if create and self.exists(path):
            raise ConflictError(f"{path} is there", url=self._url(path))

    def get_file(self, rpath: str, lpath: Any, callback: Any = DEFAULT_CALLBACK, outfile: Any = None, **kwargs: Any) -> None:
        if outfile is None and not hasattr(lpath, "write"):
            if self.isdir(rpath):
                os.makedirs(lpath, exist_ok=True)
            else:
                self.host.fetch(self._url(rpath), lpath)
            return
        super().get_file(rpath, lpath, callback=callback, outfile=outfile, **kwargs)

    def get(self, rpath: Any, lpath: Any, recursive: bool = False, **kwargs: Any) -> Any:
        """As for any file system; a resource, or a directory in one, comes in one go."""
        below = _split(self._strip_protocol(rpath))[1] if isinstance(rpath, str) else []
        if not recursive or kwargs.get("maxdepth") is not None or _resource_end(below) is None or _MAGIC.search("/".join(below)):
            return super().get(rpath, lpath, recursive=recursive, **kwargs)
        into = os.path.isdir(lpath) and not rpath.endswith("/")
        self.host.fetch(self._url(rpath), os.path.join(lpath, below[-1]) if into else lpath)
        return None

    def put_file(self, lpath: Any, rpath: str, callback: Any = DEFAULT_CALLBACK, mode: str = "overwrite", **kwargs: Any) -> None:
        if not os.path.isdir(lpath):
            self._refuse_existing(rpath, mode == "create")
            self.host.put(lpath, self._url(rpath, put=True))

    def put(self, lpath: Any, rpath: Any, recursive: bool = False, **kwargs: Any) -> Any:
        """As for any file system; a directory goes in one go."""
        whole = recursive and kwargs.get("maxdepth") is None and kwargs.get("mode") != "create"
        if not whole or not isinstance(lpath, (str, os.PathLike)) or not os.path.isdir(lpath):
            return super().put(lpath, rpath, recursive=recursive, **kwargs)
        self.host.put(lpath, self._url(rpath, put=True))
        return None

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        with self.open(path, "xb" if mode == "create" else "wb") as file:
            file.write(value)

    def rm(self, path: Any, recursive: bool = False, maxdepth: Optional[int] = None) -> None:
        """As for any file system; but what is called like a pattern is what that means, and all is looked at before any goes."""
        if recursive and maxdepth is not None:
            raise UsageError("what is removed recursively goes as a whole: there is no maxdepth")
        names = [name for one in (path if isinstance(path, list) else [path]) for name in self._meant(one, maxdepth)]
        for name in names:
            if not recursive and self.isdir(name):
                raise IsADirectoryError(f"{name} is a directory; recursive=True removes it")
        gone: List[str] = []
        for name in sorted(set(names)):
            # It went with what it was in.
            if not any(name.startswith(f"{above}/") for above in gone):
                self.host.remove(self._url(name))
                gone.append(name)

    def _meant(self, path: Any, maxdepth: Optional[int]) -> List[str]:
        """The names of what a path or pattern to be removed means."""
        name = self._strip_protocol(path)
        if not _MAGIC.search(name):
            return [name]
        below = _split(name)[1]
        # A label is no pattern, and as one would be looked for; what a file is called may look like one.
        if not _MAGIC.search("/".join(below[:_resource_end(below)])) and self.exists(name):
            return [name]
        found: List[str] = self.glob(name, maxdepth=maxdepth)
        if not found:
            raise FileNotFoundError(f"nothing is called, or matches, {name}")
        return found

    def _rm(self, path: str) -> None:
        self.rm_file(path)

    def rm_file(self, path: str) -> None:
        """Removes the one file of that name, which is no pattern."""
        if self.isdir(path):
            raise IsADirectoryError(f"{path} is a directory")
        self.host.remove(self._url(path))

    def mv(self, path1: Any, path2: Any, recursive: bool = False, maxdepth: Optional[int] = None, **kwargs: Any) -> None:
        """Refused: what is copied in part would be removed as a whole."""
        raise NotImplementedError("nothing is moved on a server: copy, compare, and then remove")

    def mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> None:
        """Nothing: levels are created by what is put into them."""

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Nothing: levels are created by what is put into them."""


class XnatHttpFileSystem(XnatFileSystem):
    """The same in clear."""

    protocol = "xnat+http"


class XnatHttpsFileSystem(XnatFileSystem):
    """The same by TLS."""

    protocol = "xnat+https"
