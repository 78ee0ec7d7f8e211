# SPDX-License-Identifier: Apache-2.0
"""The archives that are worked on: one server each, started when a row first wants it, with a profile's costs."""
import io
import os
import zipfile

import peers  # noqa: F401  puts the stand-in's interface on the path
from standin_server import StandIn

BLOCK = 1 << 20
PROJECT, SUBJECT, EXPERIMENT, SCAN = "project001", "subject001", "subject001_01", "1"
SCAN_PATH = f"projects/{PROJECT}/subjects/{SUBJECT}/experiments/{EXPERIMENT}/scans/{SCAN}"


def sample(**counts):
    return ",".join(f"{name}={value}" for name, value in {"projects": 1, "subjects": 1, "experiments": 1, "scans": 1,
                                                          "resources": 1, "files": 0, "size": 0, **counts}.items())


class World:
    """One server with its archive, and the addresses in it."""

    def __init__(self, tools, spec, tls=False):
        options = {"tls_cert": tools.certificate, "tls_key": tools.key} if tls else {}
        self.server = StandIn(f"--sample={spec}", **options)
        self.tools = tools
        tools.knows(self.server)

    def data(self, rest):
        return f"{self.server.plugin_url}/data/archive/{rest}"

    def search(self, **variables):
        asked = {"projects": PROJECT, "subjects": "*", "experiments": "*", "scans": "*", "resources": "*", **variables}
        return f"{self.server.plugin_url}/search?" + "&".join(f"{name}={value}" for name, value in asked.items())

    def plain(self, rest):
        """The same address for curl."""
        return f"{self.server.url}/data/{rest}"

    def store(self, resource, path, data, **query):
        """A file or an archive of files, put there before anything is measured; the resource is made when missing."""
        self.server.put(f"/data/{resource}")
        extra = "".join(f"&{name}={value}" for name, value in query.items())
        length = len(data) if isinstance(data, bytes) else os.fstat(data.fileno()).st_size
        answer = self.server.put(f"/data/{resource}/files/{path}?inbody=true{extra}", data,
                                 headers={"Content-Length": str(length)})
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {answer.text[:200]}")

    def store_many(self, resource, names, size):
        """Files of random bytes, as one archive."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name in names:
                archive.writestr(name, os.urandom(size))
        self.store(resource, "files.zip", packed.getvalue(), extract="true")

    def number_of(self, resource):
        """The ID of a resource by its path."""
        parent, _, label = resource.rpartition("/resources/")
        return self.server.row(f"/data/{parent}/resources", label=label)["xnat_abstractresource_id"]


def large_file(path, size):
    """A file of random bytes that repeat; it is written once, and both sides hash and send the same."""
    block = os.urandom(BLOCK)
    with open(path, "wb") as out:
        for _ in range(size // BLOCK):
            out.write(block)
    return path


class Worlds:
    """All that are up. Those that hold much are ended by the row that is done with them."""

    def __init__(self, tools):
        self.tools, self.up = tools, {}

    def get(self, name, spec, fill=None, tls=False):
        """The world of that name; `fill(world)` is called once, before any cost is charged."""
        if name not in self.up:
            self.up[name] = World(self.tools, spec, tls)
            if fill:
                fill(self.up[name])
        return self.up[name]

    def end(self, name=None):
        for one in [name] if name else list(self.up):
            self.up.pop(one).server.stop()
