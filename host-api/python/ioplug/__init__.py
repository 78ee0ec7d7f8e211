# SPDX-License-Identifier: Apache-2.0
"""Storage plugins by URL, from Python: `Host` loads them and moves files between local paths and URLs.

    import ioplug

    with ioplug.Host() as host:
        for item in host.expand("xnat+https://xnat.example.com/search?projects=sandbox&scans=T1&resources=NIFTI"):
            print(host.fetch(item.url, f"data/{item.id}/"))
"""
from ._calls import Stop
from ._loading import Plugin
from ._shared import shared_host
from .errors import (AmbiguousError, AuthError, CancelledError, ConflictError, Error, IntegrityError, LocalError,
                     MissingVerbError, NetworkError, NotFoundError, PluginError, ServerError, UsageError)
from .host import Host
from .items import Action, Checked, Finding, FindingState, Item, Outcome, Phase, Plan, Progress, Removed, Setting, Step

__version__ = "0.1.0"

__all__ = [
    "Action", "AmbiguousError", "AuthError", "CancelledError", "Checked", "ConflictError", "Error", "Finding",
    "FindingState", "Host", "IntegrityError", "Item", "LocalError", "MissingVerbError", "NetworkError", "NotFoundError",
    "Outcome", "Phase", "Plan", "Plugin", "PluginError", "Progress", "Removed", "ServerError", "Setting", "Step", "Stop",
    "UsageError", "shared_host",
]
