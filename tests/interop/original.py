# SPDX-License-Identifier: Apache-2.0
"""Drives fastr's own XNATStorage. Runs in fastr's virtual environment; knows nothing of the plugin under test.

Reads one JSON object a line ({"op", "url", "path"}) and answers each with one: {"ok": RESULT} or {"error": TEXT}.
FASTRHOME and HOME (its .netrc holds the login) are set by the caller.
"""
import json
import os
import sys

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # fastr logs to standard output

import fastr
from fastr import resources

from mended_search import mended, shorten_waits

fastr.log.setLevel("CRITICAL")
resources.ioplugins.populate()
XNATStorage = type(resources.ioplugins["xnat+http"])
find_objects = XNATStorage._find_objects


def expand(plugin, url, mend):
    XNATStorage._find_objects = mended(find_objects) if mend else find_objects
    try:
        found = plugin.expand_url(url)
    finally:
        XNATStorage._find_objects = find_objects
    return url if isinstance(found, str) else [list(pair) for pair in found]


def answer(plugin, job):
    if job["op"] in ("expand", "expand-as-is"):
        return expand(plugin, job["url"], job["op"] == "expand")
    if job["op"] == "fetch":
        return plugin.fetch_url(job["url"], job["path"])
    if job["op"] == "put":
        stored = plugin.put_url(job["path"], job["url"])
        if not stored:
            raise OSError("put_url returned a false value")
        return stored
    if job["op"] == "cleanup":
        return plugin.cleanup()
    raise ValueError(f"unknown operation {job['op']}")


def main():
    shorten_waits(find_objects)
    plugin = XNATStorage()
    for line in sys.stdin:
        job = json.loads(line)
        try:
            reply = {"ok": answer(plugin, job)}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        if job["op"] == "cleanup":
            plugin = XNATStorage()
        answers.write(json.dumps(reply) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
