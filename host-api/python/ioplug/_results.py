# SPDX-License-Identifier: Apache-2.0
"""From a plugin's result to objects of Python. Copies everything, as the result is given back afterwards."""
from __future__ import annotations

import ctypes
import functools
import os
import pathlib
from typing import Dict, List, Optional

from . import _api
from ._loading import path_from
from .errors import Error, ServerError, class_of
from .items import Action, Finding, FindingState, Item, Removed, Step, frozen


def _text(text: Optional[bytes]) -> Optional[str]:
    return text.decode("utf-8", "replace") if text is not None else None


def error_of(result: _api.Result, url: Optional[str]) -> Optional[Error]:
    """The error that a result is, or None after success."""
    if result.kind == 0:
        return None
    message = _text(result.message) or "the plugin gives no reason"
    return class_of(result.kind)(message, http_status=result.http_status or None,
                                 server_words=_text(result.server_words), url=url)


def finding_from(told: _api.Finding, url: str) -> Finding:
    state = FindingState(told.state) if told.state in FindingState._value2member_map_ else FindingState.WARNING
    text = _text(told.text) or ""
    error = class_of(told.kind)(text, url=url) if told.kind != 0 else None
    return Finding(_text(told.step) or "", state, text, _text(told.advice), error)


@functools.lru_cache(maxsize=1024)
def _shared_text(text: Optional[bytes]) -> str:
    """As `_text`, for what items next to each other have in common: a million of them may be kept."""
    return _text(text) or ""


def _attributes(array: ctypes._Pointer[ctypes.c_char_p]) -> Dict[str, str]:
    found: Dict[str, str] = {}
    position = 0
    while array and array[position] is not None:
        found[_shared_text(array[position])] = _shared_text(array[position + 1])
        position += 2
    return found


def item_from(item: _api.Item) -> Item:
    return Item(_text(item.id), _text(item.value) or "", frozen(_attributes(item.attributes)))


def items_of(result: _api.Result) -> List[Item]:
    return [item_from(result.items[i].contents) for i in range(result.n_items)]


def _first(result: _api.Result) -> _api.Item:
    if result.n_items < 1:
        raise ServerError("the plugin's result is empty")
    first: _api.Item = result.items[0].contents
    return first


def one_of(result: _api.Result) -> Item:
    return item_from(_first(result))


def path_of(result: _api.Result) -> pathlib.Path:
    return path_from(_first(result).value)


def paths_of(result: _api.Result) -> List[Optional[pathlib.Path]]:
    """Of a fetch of many, which has items after a failure, too."""
    values = [result.items[i].contents.value for i in range(result.n_items)]
    return [path_from(value) if value is not None else None for value in values]


def value_of(result: _api.Result) -> str:
    """A URL, or a local path as Python writes those."""
    return os.fsdecode(_first(result).value or b"")


def url_of(result: _api.Result) -> str:
    return one_of(result).url


def step_of(step: _api.Step) -> Optional[Step]:
    """The step, or None if it does what this module does not know."""
    if step.action not in Action._value2member_map_:
        return None
    path = os.fsdecode(step.path) if step.path is not None else None
    return Step(Action(step.action), step.bytes if step.bytes >= 0 else None, _text(step.url), path, _text(step.type))


def removed_of(result: _api.Result) -> Removed:
    item = one_of(result)
    return Removed(item.url, item.files)
