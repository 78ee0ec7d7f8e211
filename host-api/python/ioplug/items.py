# SPDX-License-Identifier: Apache-2.0
"""What operations give back. All of it is immutable and can be pickled."""
from __future__ import annotations

import dataclasses
import enum
import pathlib
from typing import Iterator, Mapping, Optional, Tuple

from .errors import Error

__all__ = ["Action", "Checked", "Finding", "FindingState", "Item", "Outcome", "Phase", "Plan", "Progress", "Removed", "Setting", "Step"]

LEVELS = ("project", "subject", "experiment", "scan", "assessor", "reconstruction", "resource")


class _Attributes(Mapping[str, str]):
    """A dictionary that nobody changes, and that can be pickled."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return repr(self._values)


@dataclasses.dataclass(frozen=True)
class Item:
    """Something that a URL names, with all that is known about it.

    `id` is what a search calls it, or its name in a list (None where there is none). `attributes` holds everything that
    the plugin tells, by the names in `ioplugin.h`; the properties are the common ones of them.
    """

    id: Optional[str]
    url: str
    attributes: Mapping[str, str]

    def _number(self, name: str) -> Optional[int]:
        text = self.attributes.get(name)
        return int(text) if text is not None else None

    @property
    def type(self) -> Optional[str]:
        """project, subject, experiment, scan, assessor, reconstruction, resource, directory or file."""
        return self.attributes.get("type")

    @property
    def name(self) -> Optional[str]:
        """What it is called within its parent."""
        return self.attributes.get("name", self.id)

    @property
    def bytes(self) -> Optional[int]:
        """Its size."""
        return self._number("bytes")

    @property
    def files(self) -> Optional[int]:
        """How many files it has."""
        return self._number("files")

    @property
    def md5(self) -> Optional[str]:
        """The MD5 of a file, 32 hexadecimal digits."""
        return self.attributes.get("md5")

    @property
    def mtime(self) -> Optional[float]:
        """When a file was changed, in seconds since 1970."""
        text = self.attributes.get("mtime")
        return float(text) if text is not None else None

    @property
    def path(self) -> Optional[str]:
        """Where a file or directory is within its resource."""
        return self.attributes.get("path")


@dataclasses.dataclass(frozen=True)
class Checked:
    """What a URL says, read without asking anybody: its canonical form, whether it is a search, the selectors of its
    levels, outermost first, and its options."""

    url: str
    search: bool
    levels: Mapping[str, str]
    options: Mapping[str, str]
    path: Optional[str]


@dataclasses.dataclass(frozen=True)
class Removed:
    """What is gone, and how many files went with it (None where the plugin does not count)."""

    url: str
    files: Optional[int]


class FindingState(enum.IntEnum):
    """How a step of a diagnosis came out."""

    OK = 0
    WARNING = 1
    FAILED = 2
    SKIPPED = 3


@dataclasses.dataclass(frozen=True)
class Finding:
    """What one step of a diagnosis found: `text`, and after a warning or failure what to do (`advice`). `error` is what an
    operation would raise for a failure, None for any other state."""

    step: str
    state: FindingState
    text: str
    advice: Optional[str]
    error: Optional[Error]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How one of many fetches ended: either `path` or `error` is there."""

    url: str
    destination: str
    path: Optional[pathlib.Path]
    error: Optional[Error]

    def result(self) -> pathlib.Path:
        """The path; raises the error if there is one."""
        if self.error is not None:
            raise self.error
        assert self.path is not None
        return self.path


class Action(enum.IntEnum):
    """What a step of a plan does."""

    CREATE = 0
    SEND = 1
    FETCH = 2
    REPLACE = 3
    KEEP = 4
    TAKE_OVER = 5
    LEAVE = 6
    CONFLICT = 7
    REMOVE = 8


@dataclasses.dataclass(frozen=True)
class Step:
    """One step of a plan: what is done to which file (`url` in the archive, `path` here), or (`Action.CREATE`) which level is
    made, and with which `type`. `bytes` is None where the size is not known, or it is no file."""

    action: Action
    bytes: Optional[int]
    url: Optional[str]
    path: Optional[str]
    type: Optional[str]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What an operation would do: its steps, and the `result` that it would have, a local path or a URL."""

    result: str
    steps: Tuple[Step, ...]

    def of(self, action: Action) -> Tuple[Step, ...]:
        """The steps that do that."""
        return tuple(step for step in self.steps if step.action is action)

    def bytes(self, action: Action) -> int:
        """The sum of their sizes, as far as these are known."""
        return sum(step.bytes or 0 for step in self.of(action))


class Phase(enum.IntEnum):
    """What an operation is doing at the moment."""

    RESOLVE = 0
    COMPARE = 1
    TRANSFER = 2
    VERIFY = 3
    DONE = 4


@dataclasses.dataclass(frozen=True)
class Progress:
    """A report of an operation; totals are 0 while they are not known. What a plugin of an older minor version does not tell
    is 0, too."""

    operation: int
    phase: Phase
    bytes_done: int
    bytes_total: int
    files_done: int
    files_total: int
    bytes_kept: int = 0  # of bytes_done: there already
    files_kept: int = 0
    files_replaced: int = 0  # of files_done: in the place of another one
    urls_known: int = 0  # of a fetch of many: counted in the totals, or ended
    wait_seconds: float = 0.0  # until the server is asked again after a failure
    wait_try: int = 0  # which try that is, from 1, and of how many
    wait_tries: int = 0


@dataclasses.dataclass(frozen=True)
class Setting:
    """A setting that a plugin knows."""

    name: str
    default: str
    help: str


def frozen(attributes: Mapping[str, str]) -> Mapping[str, str]:
    """A copy of attributes that nobody changes, and that can be pickled."""
    return _Attributes(attributes)


def checked_from(item: Item) -> Checked:
    """The same from what the plugin told."""
    told = item.attributes
    return Checked(
        url=item.url,
        search=told.get("search") == "true",
        levels=frozen({name: told[name] for name in LEVELS if name in told}),
        options=frozen({name[len("option_"):]: value for name, value in told.items() if name.startswith("option_")}),
        path=told.get("path"),
    )
