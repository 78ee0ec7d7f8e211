# SPDX-License-Identifier: Apache-2.0
"""What a plugin may ask its host for, log and settings, as C functions.

A plugin keeps each table of functions that it was given for as long as the process lives, and has room for sixteen. So
tables are never thrown away: a host borrows one and gives it back, and the functions in it look up who has it now.
"""
from __future__ import annotations

import ctypes
import logging
import os
import threading
from typing import Dict, List, Mapping, Optional, Union

from . import _api
from .errors import UsageError

SettingValue = Union[str, bytes, int, float, bool, "os.PathLike[str]"]

_LEVELS = {0: logging.ERROR, 1: logging.WARNING, 2: logging.INFO, 3: logging.DEBUG}


def _text_of(name: str, value: SettingValue) -> bytes:
    text = str(value).lower() if isinstance(value, bool) else value
    if isinstance(text, (int, float)):
        text = str(text)
    encoded = os.fsencode(text)
    if b"\0" in encoded:
        raise UsageError(f"setting {name}: the value holds a NUL character")
    return encoded


class Settings:
    """Values by name as C strings that stay where they are."""

    def __init__(self, values: Optional[Mapping[str, SettingValue]]) -> None:
        self._buffers: Dict[bytes, ctypes.Array[ctypes.c_char]] = {}
        for name, value in (values or {}).items():
            self._buffers[name.encode()] = ctypes.create_string_buffer(_text_of(name, value))

    def names(self) -> List[str]:
        return [name.decode() for name in self._buffers]

    def address(self, name: Optional[bytes]) -> Optional[int]:
        buffer = self._buffers.get(name or b"")
        return ctypes.addressof(buffer) if buffer is not None else None


class Owner:
    """A host as its table sees it."""

    def __init__(self, logger: logging.Logger, settings: Settings) -> None:
        self.logger = logger
        self.settings = settings
        # What a log handler or filter raised: C cannot pass it on, the next call that ends does.
        self.lost: Optional[BaseException] = None


class Services:
    """One table, lent to one owner at a time."""

    def __init__(self) -> None:
        self.owner: Optional[Owner] = None
        # The functions must live as long as the table.
        self._functions = (_api.LOG(self._log), _api.LOG_WANTED(self._log_wanted), _api.SETTING(self._setting))
        self.table = _api.Host(_api.ABI_MAJOR, _api.ABI_MINOR, ctypes.sizeof(_api.Host), None, *self._functions)

    def _log(self, _data: Optional[int], level: int, message: Optional[bytes]) -> None:
        owner = self.owner
        if owner is None:
            return
        try:
            owner.logger.log(_LEVELS.get(level, logging.DEBUG), "%s", (message or b"").decode("utf-8", "replace"))
        except BaseException as error:
            owner.lost = error

    def _log_wanted(self, _data: Optional[int], level: int) -> int:
        owner = self.owner
        try:
            return int(owner is not None and owner.logger.isEnabledFor(_LEVELS.get(level, logging.DEBUG)))
        except BaseException as error:
            if owner is not None:
                owner.lost = error
            return 0

    def _setting(self, _data: Optional[int], name: Optional[bytes]) -> Optional[int]:
        owner = self.owner
        return owner.settings.address(name) if owner is not None else None


_lock = threading.Lock()
_all: List[Services] = []
_free: List[Services] = []


def borrow(owner: Owner) -> Services:
    """A table for a new host: one that was given back, or a new one."""
    with _lock:
        if not _free:
            _all.append(Services())
            _free.append(_all[-1])
        services = _free.pop()
        services.owner = owner
        return services


def give_back(services: Services) -> None:
    """For the next host. A plugin's threads may still call its functions: they answer for nobody."""
    with _lock:
        services.owner = None
        _free.append(services)


def after_fork() -> None:
    global _lock
    _lock = threading.Lock()
