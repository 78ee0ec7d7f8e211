# SPDX-License-Identifier: Apache-2.0
"""What is one for the whole process: the modules that were loaded, the calls that run in them, forks, and the end.

Sessions belong to a module and are shared by the hosts that use it, so a module is cleaned up when its last host is closed,
and what is left when the process ends. `atexit` does not run in the children of `multiprocessing`; its finalizers do.
After a fork the child's sessions are its own, and the hosts that it got from its parent serve it as new ones; it must not
use the modules if its parent was within one of them at that moment, on any thread.
"""
from __future__ import annotations

import atexit
import contextlib
import multiprocessing.util
import os
import threading
from typing import Callable, Dict, Iterator, List, Mapping, Protocol

from . import _services
from .errors import PluginError


class Closes(Protocol):
    """An open host."""

    def close(self) -> None: ...

    def after_fork(self) -> None: ...


class Module:
    """A plugin's file in this process."""

    def __init__(self) -> None:
        self.hosts = 0
        self.used = False


_lock = threading.RLock()
_modules: Dict[str, Module] = {}
_open: List[Closes] = []
_running = 0
_torn = False


def opened(host: Closes, files: List[str]) -> None:
    """Counts a host in."""
    with _lock:
        _open.append(host)
        for file in files:
            _modules.setdefault(file, Module()).hosts += 1


def closed(host: Closes, cleanups: Mapping[str, Callable[[], object]], quiet: bool) -> None:
    """Counts a host out, and cleans up the modules that no other host has; with `quiet` that is left to the process's
    end."""
    with _lock:
        if host not in _open:
            return
        _open.remove(host)
        idle = []
        for file, cleanup in cleanups.items():
            module = _modules[file]
            module.hosts -= 1
            if module.hosts == 0 and module.used and not quiet:
                module.used = False
                idle.append(cleanup)
        if quiet:
            _left.extend(cleanups.items())
    for cleanup in idle:
        with within():
            cleanup()


_left: List["tuple[str, Callable[[], object]]"] = []


@contextlib.contextmanager
def within(file: str = "") -> Iterator[None]:
    """Around each call into a module."""
    global _running
    with _lock:
        if _torn:
            raise PluginError("this process was forked while its parent was in the middle of an operation, so it cannot use "
                              "the plugin: start processes by spawn or forkserver, or before the first operation")
        if file:
            _modules[file].used = True
        _running += 1
        number = os.getpid()
    try:
        yield
    finally:
        with _lock:
            if number == os.getpid():
                _running -= 1


def close_all() -> None:
    """Closes every host of this process, the newest first, and cleans up after those that were forgotten."""
    if _torn:
        return
    for host in reversed(tuple(_open)):
        host.close()
    while _left:
        file, cleanup = _left.pop()
        if _modules[file].used and _modules[file].hosts == 0:
            _modules[file].used = False
            with within():
                cleanup()


def _before_fork() -> None:
    _lock.acquire()


def _after_fork_in_parent() -> None:
    _lock.release()


def _after_fork_in_child() -> None:
    global _lock, _torn, _running
    _lock = threading.RLock()
    _torn = _torn or _running > 0
    _running = 0
    _services.after_fork()
    for module in _modules.values():
        module.used = False
    for host in _open:
        host.after_fork()


def _finalize(_: object) -> None:
    multiprocessing.util.Finalize(None, close_all, exitpriority=10)


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
atexit.register(close_all)
# A child of multiprocessing forgets its finalizers when it begins, and runs these functions instead.
multiprocessing.util.register_after_fork(Module, _finalize)
_finalize(None)
