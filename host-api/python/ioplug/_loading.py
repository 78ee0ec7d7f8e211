# SPDX-License-Identifier: Apache-2.0
"""Finds plugins and loads them. Must not know any of them by name."""
from __future__ import annotations

import ctypes
import glob
import logging
import os
import pathlib
import sys
from typing import Dict, List, Sequence, Tuple, Union

from . import _api
from ._calls import run_aside
from ._services import Services
from .errors import PluginError, UsageError
from .items import Setting

PathLike = Union[str, "os.PathLike[str]"]

VERBS = {
    "fetch": "fetch_url",
    "put": "put_url",
    "expand": "expand_url",
    "stat": "stat_url",
    "list": "list_url",
    "remove": "remove_url",
    "check": "check_url",
    "read": "read_url",
    "fetch_many": "fetch_many",
    "expand_each": "expand_each",
    "plan_fetch": "plan_fetch",
    "plan_put": "plan_put",
    "plan_remove": "plan_remove",
    "diagnose": "diagnose_url",
}


class Plugin:
    """A plugin that a host has loaded.

    `name`, `version`, `file`, `schemes` (of the URLs that it serves), `verbs` (the operations that it has) and `settings`
    (those that it knows, by name).
    """

    def __init__(self, file: str, table: _api.Plugin) -> None:
        self._table = table
        self.file = file
        self.name = _text(table.name)
        self.version = _text(table.version)
        self.schemes: Tuple[str, ...] = tuple(scheme.lower() for scheme in _strings(table.schemes))
        self.verbs: Tuple[str, ...] = tuple(verb for verb, member in VERBS.items() if getattr(table, member))
        rows = _strings(table.settings)
        self.settings: Dict[str, Setting] = {
            rows[i]: Setting(rows[i], rows[i + 1], rows[i + 2]) for i in range(0, len(rows) - 2, 3)}

    def cleanup(self) -> None:
        """Ends the sessions of all hosts of this process that use the plugin; they begin afresh when they are needed."""
        run_aside(self._table.cleanup, lambda: None)

    def __repr__(self) -> str:
        return f"<Plugin {self.name} {self.version} from {self.file}>"


def _text(text: Union[bytes, None]) -> str:
    return (text or b"").decode("utf-8", "replace")


def _strings(array: ctypes._Pointer[ctypes.c_char_p]) -> List[str]:
    found: List[str] = []
    while array and array[len(found)] is not None:
        found.append(_text(array[len(found)]))
    return found


def load(file: str, services: Services) -> Plugin:
    """Opens one file and negotiates with it."""
    path = file if "/" in file else os.path.join(".", file)
    try:
        library = ctypes.CDLL(path, mode=os.RTLD_NOW | os.RTLD_LOCAL)
    except OSError as error:
        raise PluginError(f"cannot load {path}: {str(error)[len(path) + 2:] if str(error).startswith(path) else error}") \
            from error
    try:
        entry = _api.ENTRY((_api.ENTRY_SYMBOL, library))
    except AttributeError as error:
        raise PluginError(f"cannot load {path}: no {_api.ENTRY_SYMBOL} symbol: not a plugin") from error
    reason = ctypes.c_char_p()
    table = entry(ctypes.byref(services.table), ctypes.byref(reason))
    if not table:
        raise PluginError(f"cannot load {path}: the plugin refuses: {_text(reason.value) or 'it gives no reason'}")
    return Plugin(os.path.realpath(path), _negotiate(path, table))


def _negotiate(path: str, table: ctypes._Pointer[_api.Plugin]) -> _api.Plugin:
    theirs = table.contents
    if theirs.abi_major != _api.ABI_MAJOR:
        raise PluginError(f"cannot load {path}: it was made for plugin ABI {theirs.abi_major}.{theirs.abi_minor}, this host "
                          f"has {_api.ABI_MAJOR}.{_api.ABI_MINOR}")
    if theirs.struct_size < _api.SMALLEST_TABLE:
        raise PluginError(f"cannot load {path}: its table has {theirs.struct_size} bytes, the smallest one has "
                          f"{_api.SMALLEST_TABLE}")
    copy = _api.copy_of(table)
    for member in ("name", "version", "schemes", "free_result", "cleanup"):
        if not getattr(copy, member):
            raise PluginError(f"cannot load {path}: its table has no {member}")
    if not (copy.fetch_url or copy.put_url or copy.expand_url):
        raise PluginError(f"cannot load {path}: its table has no fetch_url, put_url or expand_url")
    return copy


def installed_directories() -> List[str]:
    """Where plugins are installed, that exist: this interpreter's prefix first."""
    found: List[str] = []
    for prefix in dict.fromkeys([sys.prefix, sys.base_prefix, "/usr/local", "/usr"]):
        for pattern in ("lib/*/ioplug", "lib/ioplug", "lib64/ioplug"):
            found += [one for one in sorted(glob.glob(os.path.join(glob.escape(prefix), pattern)))
                      if os.path.isdir(one) and glob.glob(os.path.join(glob.escape(one), "*.so"))]
    return list(dict.fromkeys(found))


def _search() -> Tuple[List[str], str]:
    """The directories to look in, and what to say of them."""
    named = os.environ.get("IOPLUG_PATH", "")
    if named:
        return [one for one in named.split(":") if one], f"IOPLUG_PATH ({named})"
    # Within the package things lie as below a prefix, with the command in bin/.
    own = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "ioplug")
    if glob.glob(os.path.join(glob.escape(own), "*.so")):
        return [own], own
    installed = installed_directories()
    return installed[:1], f"{own} and the installed directories"


def _files_in(directory: str) -> List[str]:
    return sorted(glob.glob(os.path.join(glob.escape(directory), "*.so")))


def load_all(wanted: Union[None, PathLike, Sequence[PathLike]], services: Services,
             logger: logging.Logger) -> List[Plugin]:
    """The plugins of a host: those of the files and directories that are wanted, else those that are found."""
    looked = ""
    if wanted is None:
        directories, looked = _search()
    else:
        paths = [wanted] if isinstance(wanted, (str, os.PathLike)) else list(wanted)
        directories = [os.fspath(path) for path in paths]
        looked = ", ".join(directories)
    plugins: List[Plugin] = []
    for place in directories:
        if wanted is not None and not os.path.isdir(place):
            plugins.append(load(place, services))
            continue
        for file in _files_in(place):
            try:
                plugins.append(load(file, services))
            except PluginError as error:
                logger.warning("%s", error)
    if not plugins:
        raise PluginError(f"no plugin found; looked in {looked} (name its file in Host(plugin=...), or its directory in "
                          "IOPLUG_PATH)")
    return plugins


def local_path(path: Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]) -> bytes:
    """A local path as the bytes of the file system."""
    encoded = os.fsencode(path)
    if b"\0" in encoded:
        raise UsageError("a path holds a NUL character")
    return encoded


def path_from(value: bytes) -> pathlib.Path:
    """The same the other way."""
    return pathlib.Path(os.fsdecode(value))
