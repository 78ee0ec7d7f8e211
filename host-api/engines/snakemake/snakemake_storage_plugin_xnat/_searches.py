# SPDX-License-Identifier: Apache-2.0
"""Many objects by one search: those that a URL with wildcards means, and those that are asked about one after another."""
from __future__ import annotations

import re
from typing import Dict, Iterable, Iterator, List, Optional, Sequence, Tuple
from urllib.parse import quote, unquote, urlencode

from ioplug import Host, Item, NotFoundError
from snakemake_interface_storage_plugins.io import WILDCARD_REGEX

from ._facts import Facts
from ._queries import Query, is_pattern, matcher, spell

__all__ = ["candidates", "found_together"]

# How an item may be called at each level, by the names of its attributes. A scan's type may be that of several.
_NAMES = {
    "projects": ("project",),
    "subjects": ("subject_label", "subject_id"),
    "experiments": ("experiment_label", "experiment_id"),
    "scans": ("scan_id", "scan_type"),
    "assessors": ("assessor_label", "assessor_id"),
    "reconstructions": ("reconstruction_id",),
    "resources": ("resource_label", "resource_id"),
}
_MAGIC = re.compile(r"[*?[\]]")
# As many as fit into one search.
_AT_ONCE = 200


def _names(item: Item, level: str, alone: bool) -> List[str]:
    """What may stand in a URL for the item. Where no project goes before, that is an ID."""
    names = _NAMES[level][1:] if alone and level in ("subjects", "experiments") else _NAMES[level]
    return [item.attributes[name] for name in names if name in item.attributes]


def _search(host: Host, query: Query, variables: Dict[str, str], **options: str) -> List[Item]:
    last = "assessor" if "assessors" in variables else "scan"
    told = urlencode({**query.reading_options, **options, **variables, "id": f"experiment,{last},resource"}, quote_via=quote)
    return host.expand(f"{query.scheme}://{query.server}/search?{told}")


def _glob(part: str) -> str:
    """The pattern of a search for a part of a URL. Without wildcards it means what it means in a URL."""
    if not is_pattern(part):
        return unquote(part)
    pieces = re.split("\0", WILDCARD_REGEX.sub("\0", part))
    return "*".join(re.sub(r"[*?[]", lambda found: f"[{found[0]}]", unquote(piece)) for piece in pieces)


def candidates(host: Host, query: Query) -> Iterator[Tuple[str, Optional[Facts]]]:
    """The URLs of what there is that fits a URL with wildcards, in its own words, with what is known of them. Below scans and
    assessors that is one search, within one resource one list, and elsewhere a list for each level with wildcards."""
    patterns = [is_pattern(name) for _, name in query.levels]
    levels = dict(query.levels)
    if any(patterns) and ("scans" in levels or "assessors" in levels):
        return _searched(host, query)
    return _walked(host, query, [], patterns)


def _searched(host: Host, query: Query) -> Iterator[Tuple[str, Optional[Facts]]]:
    variables = {level: _glob(name) for level, name in query.levels}
    if query.path is not None:
        variables["files"] = _glob(query.path)
    for item in _search(host, query, variables):
        names = []
        for level, part in query.levels:
            name = _fitting(part, _names(item, level, level == query.levels[0][0]))
            if name is not None:
                names.append(name)
        if len(names) == len(query.levels):
            yield query.concrete(names, _path_of(item) if query.path else None), _facts(query, item)


def _path_of(item: Item) -> str:
    return "/".join(spell(part) for part in (item.path or "").split("/"))


def _facts(query: Query, item: Item) -> Optional[Facts]:
    return Facts.of_file(item) if query.path is not None else None


def _fitting(part: str, names: Iterable[str]) -> Optional[str]:
    """The first name that a part of a URL may stand for; one without wildcards stands for itself."""
    if not is_pattern(part):
        return part
    pattern = matcher(part)
    return next((spell(name) for name in names if pattern.fullmatch(spell(name))), None)


def _walked(host: Host, query: Query, done: List[str], patterns: Sequence[bool]) -> Iterator[Tuple[str, Optional[Facts]]]:
    at = len(done)
    if at == len(query.levels):
        if query.path is None:
            yield query.concrete(done, None), None
            return
        for item in _listed(host, query, done, recursive=True):
            if item.type == "file":
                yield query.concrete(done, _path_of(item)), Facts.of_file(item)
        return
    level, part = query.levels[at]
    if not patterns[at]:
        yield from _walked(host, query, [*done, part], patterns)
        return
    for item in _listed(host, query, done):
        name = _fitting(part, _names(item, level, at == 0)) if f"{item.type}s" == level else None
        if name is not None:
            yield from _walked(host, query, [*done, name], patterns)


def _listed(host: Host, query: Query, done: List[str], recursive: bool = False) -> List[Item]:
    try:
        return host.list(query.above(done), recursive=recursive)
    except NotFoundError:
        return []


def _shape(query: Query) -> Tuple[object, ...]:
    return query.scheme, query.server, tuple(level for level, _ in query.levels), sorted(query.reading_options.items())


def found_together(host: Host, query: Query, others: Iterable[Query]) -> Dict[str, Facts]:
    """What one search tells of a file and of others beside it that are written in the same way; without those of which it
    does not tell exactly one thing, as a URL may name things in more ways than a search. Of files of assessors only: what
    belongs to a scan costs one question anyway."""
    levels = dict(query.levels)
    if "assessors" not in levels or "projects" not in levels or query.path is None:
        return {}
    alike = [one for one in others if one.path is not None and _shape(one) == _shape(query) and "regex" not in one.options and
             not any(_MAGIC.search(unquote(name)) for _, name in one.levels)]
    alike = [query, *(one for one in alike if one.url != query.url)][:_AT_ONCE]
    if len(alike) < 3:
        return {}
    variables = {level: _any_of(dict(one.levels)[level] for one in alike) for level in levels}
    variables["files"] = _any_of(one.path or "" for one in alike)
    found: Dict[str, List[Item]] = {}
    for item in _search(host, query, variables, regex="true"):
        found.setdefault(item.path or "", []).append(item)
    facts = {}
    for one in alike:
        fitting = [item for item in found.get(unquote(one.path or ""), [])
                   if all(unquote(name) in _names(item, level, False) for level, name in one.levels)]
        if len(fitting) == 1:
            facts[one.url] = Facts.of_file(fitting[0])
    return facts


def _any_of(parts: Iterable[str]) -> str:
    names = sorted({unquote(part) for part in parts})
    return "(" + "|".join(re.sub(r"([^\w])", r"\\\1", name) for name in names) + ")$"
