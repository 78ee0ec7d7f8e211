# SPDX-License-Identifier: Apache-2.0
"""One call into a plugin: what it is handed, on which thread it runs, and how it is stopped.

Python raises KeyboardInterrupt in whatever code the main thread runs next. While that thread is in C, this is a callback,
where the exception is lost. So C is called on a thread of its own, and the caller's thread waits in Python.
"""
from __future__ import annotations

import contextvars
import ctypes
import threading
from typing import Callable, Generic, Optional, Set, TypeVar

from . import _api
from ._services import Settings
from .items import Phase, Progress

__all__ = ["Stop"]

T = TypeVar("T")

# Seconds in which a plugin that was told to stop should be back; 4 to 17 ms are usual.
PATIENCE = 30.0


class Stop:
    """Ends operations from outside: hand it to them as `stop=`, and call `set()` from any thread or signal handler."""

    # Without a lock, as a signal handler may interrupt any line: each side first says what it did, then looks.
    def __init__(self) -> None:
        self._set = False
        self._calls: Set[Call] = set()

    def set(self) -> None:
        """Ends the operations that have it, and those that get it later."""
        self._set = True
        for call in tuple(self._calls):
            call.stop()

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._set

    def _join(self, call: Call) -> None:
        self._calls.add(call)
        if self._set:
            call.stop()

    def _leave(self, call: Call) -> None:
        self._calls.discard(call)


class Call:
    """What the host hands to one operation, and what its callbacks raised. Whoever runs the operation keeps it."""

    def __init__(self, progress: Optional[Callable[[Progress], object]], settings: Settings, asks: bool) -> None:
        """`asks`: the plugin does not know the flag, and calls a function instead; thousands of times."""
        self.failure: Optional[BaseException] = None
        self.begun = False
        self._progress = progress
        self._settings = settings
        self._flag = ctypes.c_int32(0)
        self.table = _api.Call(struct_size=ctypes.sizeof(_api.Call), stop=ctypes.pointer(self._flag))
        if progress is not None:
            self.table.progress = _api.PROGRESS(self._report)
        if asks:
            self.table.cancelled = _api.CANCELLED(lambda _data: self._flag.value)
        if settings.names():
            self.table.setting = _api.SETTING(lambda _data, name: settings.address(name))

    def stop(self) -> None:
        self._flag.value = 1

    def fail(self, error: BaseException) -> None:
        """Keeps what a callback raised until the operation has ended, and ends it."""
        if self.failure is None:
            self.failure = error
        self.stop()

    def _report(self, _data: Optional[int], report: ctypes._Pointer[_api.Progress]) -> None:
        assert self._progress is not None
        try:
            told = _whole(report)
            phase = Phase(told.phase) if told.phase in Phase._value2member_map_ else Phase.TRANSFER
            self._progress(Progress(told.operation, phase, told.bytes_done, told.bytes_total, told.files_done,
                                    told.files_total, told.bytes_kept, told.files_kept, told.files_replaced,
                                    told.urls_known, told.wait_ms / 1000, told.wait_try, told.wait_tries))
        except BaseException as error:
            self.fail(error)


def _whole(report: ctypes._Pointer[_api.Progress]) -> _api.Progress:
    """The report as this version knows it: a plugin's may be shorter, or longer."""
    told = _api.Progress()
    ctypes.memmove(ctypes.byref(told), report, min(report.contents.struct_size, ctypes.sizeof(told)))
    return told


class _Aside(Generic[T]):
    """Work on a thread of its own."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._begun = False
        self._given_up = False
        self.done = threading.Event()
        self.error: Optional[BaseException] = None
        self.value: Optional[T] = None

    def run(self) -> None:
        with self._lock:
            self._begun = not self._given_up
        try:
            if self._begun:
                self.value = self._work()
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()

    def give_up(self) -> bool:
        """Makes sure that work that has not begun never does; false if it has."""
        with self._lock:
            self._given_up = not self._begun
            return self._given_up


_inside = threading.local()


def is_inside() -> bool:
    """Whether this thread is within a call, that is, in one of its callbacks."""
    return bool(getattr(_inside, "active", False))


def run_aside(work: Callable[[], T], stop: Callable[[], None]) -> T:
    """Does `work` on a thread of its own and waits. What interrupts the waiting stops the work and is raised when that has
    ended; a second interrupt does not wait for it."""
    context = contextvars.copy_context()

    def inside() -> T:
        _inside.active = True
        try:
            return context.run(work)
        finally:
            _inside.active = False

    aside = _Aside(inside)
    thread = threading.Thread(target=aside.run, name="ioplug", daemon=True)
    try:
        try:
            thread.start()
        except RuntimeError:
            # No new thread while the interpreter ends.
            aside.run()
        else:
            aside.done.wait()
            thread.join()
    except BaseException:
        stop()
        if not aside.give_up():
            aside.done.wait(PATIENCE)
        raise
    if aside.error is not None:
        raise aside.error
    return aside.value  # type: ignore[return-value]
