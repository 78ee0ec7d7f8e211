# SPDX-License-Identifier: Apache-2.0
"""What can go wrong: a class for each kind of failure, which is also the builtin exception that fits.

Every error has `kind` (the name that the command `ioplug` uses, such as "not-found"), `http_status` (the HTTP status
behind it, or None), `server_words` (what the server itself said, or None) and `url`. All of them can be pickled.
"""
from __future__ import annotations

import errno
from typing import Dict, Optional, Tuple, Type

__all__ = [
    "AmbiguousError", "AuthError", "CancelledError", "ConflictError", "Error", "IntegrityError", "LocalError",
    "MissingVerbError", "NetworkError", "NotFoundError", "PluginError", "ServerError", "UsageError",
]


class Error(Exception):
    """The base of all errors of this module."""

    kind: str = "server"
    _errno: Optional[int] = None

    def __init__(self, message: str, *, http_status: Optional[int] = None, server_words: Optional[str] = None,
                 url: Optional[str] = None) -> None:
        if self._errno is None:
            super().__init__(message)
        else:
            super().__init__(self._errno, message)
        self.message = message
        self.http_status = http_status
        self.server_words = server_words
        self.url = url

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> Tuple[object, ...]:
        return _again, (type(self), self.message, self.http_status, self.server_words, self.url)


def _again(kind: Type[Error], message: str, http_status: Optional[int], server_words: Optional[str],
           url: Optional[str]) -> Error:
    return kind(message, http_status=http_status, server_words=server_words, url=url)


class UsageError(Error, ValueError):
    """A bad URL, option, pattern, setting or argument."""

    kind = "usage"


class NotFoundError(Error, FileNotFoundError):
    """Nothing there, or not visible to this login."""

    kind = "not-found"
    _errno = errno.ENOENT


class AmbiguousError(Error, LookupError):
    """More than one match where one is needed."""

    kind = "ambiguous"


class AuthError(Error, PermissionError):
    """No credentials, login refused, not permitted."""

    kind = "auth"
    _errno = errno.EACCES


class ConflictError(Error, FileExistsError):
    """Exists and differs, belongs elsewhere, or the destination is in use."""

    kind = "conflict"
    _errno = errno.EEXIST


class NetworkError(Error, ConnectionError):
    """The server was not reached or kept failing; its certificate is not trusted."""

    kind = "network"
    _errno = errno.EHOSTUNREACH


class ServerError(Error, OSError):
    """An answer that makes no sense, or a final failure of the server."""

    kind = "server"
    _errno = errno.EREMOTEIO


class IntegrityError(Error, OSError):
    """Size or digest differ, or a name is unsafe. Wrong bytes are not delivered."""

    kind = "integrity"
    _errno = errno.EBADMSG


class LocalError(Error, OSError):
    """A local file or disk."""

    kind = "io"
    _errno = errno.EIO


class CancelledError(Error, InterruptedError):
    """Stopped on request: by a `Stop`, or because the host was closed."""

    kind = "cancelled"
    _errno = errno.EINTR


class PluginError(Error, RuntimeError):
    """No plugin, or one that does not fit."""

    kind = "plugin"


class MissingVerbError(PluginError, NotImplementedError):
    """The plugin does not have this operation."""


# By the numbers of IOKind.
_BY_NUMBER: Dict[int, Type[Error]] = {
    1: UsageError,
    2: NotFoundError,
    3: AmbiguousError,
    4: AuthError,
    5: ConflictError,
    6: NetworkError,
    7: ServerError,
    8: IntegrityError,
    9: LocalError,
    10: CancelledError,
}


def class_of(number: int) -> Type[Error]:
    """The class for a number of IOKind; one that is not known is the server's."""
    return _BY_NUMBER.get(number, ServerError)
