# SPDX-License-Identifier: Apache-2.0
"""XNAT as paths of universal-pathlib: protocols xnat, xnat+http and xnat+https.

    UPath("xnat+https://xnat.example.com/data/projects/sandbox") / "resources/TABLES/files/ages.csv"

The file system below is `ioplug.fsspec`, and takes its storage options.
"""
from __future__ import annotations

import sys
from typing import Any, Dict, Iterator, Tuple

from fsspec.core import get_filesystem_class  # type: ignore[import-untyped]
from upath import UPath

if sys.version_info >= (3, 11):
    from typing import Self
else:
    from typing_extensions import Self

__all__ = ["XnatPath"]


class XnatPath(UPath):
    """A place on a server."""

    __slots__ = ()

    @classmethod
    def _transform_init_args(cls, args: Tuple[Any, ...], protocol: str,
                             storage_options: Dict[str, Any]) -> Tuple[Tuple[Any, ...], str, Dict[str, Any]]:
        # A protocol with a '+' is taken for one of the name before it, which is another of ours.
        if args and isinstance(args[0], str):
            args = (get_filesystem_class(protocol)._strip_protocol(args[0]), *args[1:])
        return super()._transform_init_args(args, protocol, storage_options)

    def __str__(self) -> str:
        """A URL, which leads here again; what is relative is plain text."""
        if self._relative_base is not None:
            return super().__str__()
        return str(get_filesystem_class(self.protocol).unstrip_protocol(self.path))

    def iterdir(self) -> Iterator[Self]:
        """What is below, with the level between: `resources/NIFTI` in a scan."""
        if not self.fs.isdir(self.path):
            raise NotADirectoryError(str(self))
        for name in self.fs.ls(self.path, detail=False):
            yield self.with_segments(name)

    def unlink(self, missing_ok: bool = False) -> None:
        """Removes the one file of that name, though it may be like a pattern."""
        try:
            self.fs.rm_file(self.path)
        except FileNotFoundError:
            if not missing_ok:
                raise
