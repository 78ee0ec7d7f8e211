# SPDX-License-Identifier: Apache-2.0
"""Data URLs as Snakemake writes them: with wildcards such as `{subject}` or `{scan,[0-9]+}` in the place of names.

Wildcards are replaced in the text of a URL, and read back out of the text of a local path. So the one is made of the other
by changes that are the same before and after: percent-encodings that are not needed are taken away, whose result can stand
in a URL and in a path, and nothing that a wildcard could stand for is touched.
"""
from __future__ import annotations

import dataclasses
import re
from typing import Dict, Iterable, List, Optional, Sequence, Tuple
from urllib.parse import quote, unquote

from snakemake_interface_storage_plugins.io import WILDCARD_REGEX

__all__ = ["Query", "is_pattern", "matcher", "spell"]

# A wildcard may hold any character, so it is hidden behind its number while a URL is taken apart.
_HIDDEN = re.compile("\ue000(\\d+)\ue001")
_URL = re.compile(r"(xnat(?:\+https?)?)://([^/?#]+)(/[^?]*)(?:\?(.*))?", re.IGNORECASE | re.DOTALL)
# What would mean something else, in a URL or to Snakemake, if it were not encoded.
_ENCODED = re.compile(r"[%/?#{}\x00-\x1f\x7f]")


def spell(name: str) -> str:
    """A name as it stands in a URL, and in a local path."""
    return _ENCODED.sub(lambda found: quote(found[0], safe=""), name)


def is_pattern(text: str) -> bool:
    """Whether a selector or path has wildcards of Snakemake."""
    return WILDCARD_REGEX.search(text) is not None


def matcher(text: str) -> "re.Pattern[str]":
    """What a part of a URL with wildcards matches."""
    parts, last = [], 0
    names: Dict[str, str] = {}
    for found in WILDCARD_REGEX.finditer(text):
        parts.append(re.escape(text[last:found.start()]))
        name, last = found["name"], found.end()
        # The same as named groups, whose names have no dots.
        parts.append(f"(?P={names[name]})" if name in names else f"(?P<w{len(names)}>{found['constraint'] or '.+'})")
        names.setdefault(name, f"w{len(names)}")
    return re.compile("".join([*parts, re.escape(text[last:])]), re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Query:
    """One URL, taken apart. The parts are pieces of its text, but for needless encodings."""

    scheme: str
    server: str                         # HOST[:PORT][/PREFIX]
    levels: Tuple[Tuple[str, str], ...]  # ("projects", "sandbox"), ..., ("resources", "{kind}")
    path: Optional[str]                 # None: the whole resource
    options: str                        # what stands behind the question mark

    @classmethod
    def parse(cls, text: str) -> "Query":
        """Raises a ValueError that says what is wrong."""
        wildcards: List[str] = []

        def hide(found: "re.Match[str]") -> str:
            wildcards.append(found[0])
            return f"\ue000{len(wildcards) - 1}\ue001"

        def show(part: str) -> str:
            return _HIDDEN.sub(lambda found: wildcards[int(found[1])], part)

        url = _URL.fullmatch(WILDCARD_REGEX.sub(hide, text))
        if url is None:
            raise ValueError("a URL of XNAT begins with xnat+https://HOST/ or xnat+http://HOST/")
        segments = url[3].rstrip("/").split("/")[1:]
        if "data" not in segments:
            raise ValueError("a search names many things; write a URL with /data/, and {wildcards} for glob_wildcards()"
                             if "search" in segments else "there is no /data/ in it")
        at = segments.index("data")
        below = [spell(unquote(segment)) for segment in segments[at + 1:]]
        below = below[1:] if below[:1] == ["archive"] else below
        end = next((i + 2 for i in range(0, len(below) - 1, 2) if below[i] == "resources"), None)
        if end is None or any(not one for one in below[:end]):
            raise ValueError("it must lead to a resource (/resources/NAME) or to something in one (/resources/NAME/files/PATH)")
        if any(segment in (".", "..") for segment in [*segments[:at], *below]):
            raise ValueError("'.' and '..' are no names")
        if below[end:] and below[end] != "files":
            raise ValueError("what is in a resource stands behind /files/")
        path = "/".join(below[end + 1:])
        return cls(url[1].lower(), show("/".join([url[2], *segments[:at]])),
                   tuple((below[i], show(below[i + 1])) for i in range(0, end, 2)), show(path) or None, show(url[4] or ""))

    @property
    def has_wildcards(self) -> bool:
        """Whether it names nothing yet."""
        return is_pattern(self.url)

    @property
    def suffix(self) -> str:
        """Where a local copy goes: the same for all ways to write the same. A resource is the directory of its files."""
        below = "/".join(f"{level}/{name}" for level, name in self.levels)
        return f"{self.server}/data/{below}/files" + (f"/{self.path}" if self.path else "")

    def above(self, names: Sequence[str]) -> str:
        """The URL that ends after so many levels, with these names."""
        below = "".join(f"/{level}/{name}" for (level, _), name in zip(self.levels, names))
        options = "&".join(f"{name}={value}" for name, value in self.reading_options.items())
        return f"{self.scheme}://{self.server}" + (f"/data{below}" if below else "/") + (f"?{options}" if options else "")

    @property
    def reading_options(self) -> Dict[str, str]:
        """Those of its options that say how to reach the server."""
        pairs = (part.partition("=") for part in self.options.split("&"))
        return {name: value for name, _, value in pairs if name in ("insecure", "verify")}

    def with_option(self, name: str, value: str) -> str:
        """The URL with an option, unless it has that already."""
        if re.search(rf"(?:^|&){name}=", self.options):
            return self.url
        return f"{self.url}{'&' if self.options else '?'}{name}={value}"

    def concrete(self, names: Iterable[str], path: Optional[str]) -> str:
        """The URL with these names at its levels and this path; with its own, it is the URL in its one spelling."""
        below = "".join(f"/{level}/{name}" for (level, _), name in zip(self.levels, names))
        end = (f"/files/{path}" if path else "") + (f"?{self.options}" if self.options else "")
        return f"{self.scheme}://{self.server}/data{below}{end}"

    @property
    def url(self) -> str:
        """The URL in its one spelling."""
        return self.concrete((name for _, name in self.levels), self.path)
