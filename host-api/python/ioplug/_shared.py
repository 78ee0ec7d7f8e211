# SPDX-License-Identifier: Apache-2.0
"""Hosts for libraries, which cannot tell when they are used for the last time."""
from __future__ import annotations

import os
import threading
from typing import Dict, Optional

from ._loading import PathLike
from .host import Host, SettingValues

__all__ = ["shared_host"]

_hosts: Dict[object, Host] = {}
_lock = threading.Lock()


def shared_host(plugin: Optional[PathLike] = None, settings: Optional[SettingValues] = None) -> Host:
    """The one host of this process with that plugin and these settings, made when it is first asked for. It belongs to all
    who ask, so nobody closes it: it ends with the process. May be called from any thread. Errors: as for `Host`."""
    key = (plugin, tuple(sorted((name, str(value)) for name, value in (settings or {}).items())))
    with _lock:
        if key not in _hosts or _hosts[key].closed:
            _hosts[key] = Host(plugin, settings=settings)
        return _hosts[key]


def _renew_lock() -> None:
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)
