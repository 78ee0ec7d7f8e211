# SPDX-License-Identifier: Apache-2.0
"""Small helpers of the stand-in's own tests."""
import io
import socket
import struct
import zipfile
import zlib

ALICE = ("alice", "alice-pw")
ADMIN = ("admin", "admin")
READER = ("reader", "reader-pw")
OUTSIDER = ("outsider", "outsider-pw")


def raw(server, text, timeout=20):
    """Sends bytes as they are; all that comes back until the server closes."""
    data = text.encode() if isinstance(text, str) else text
    with socket.create_connection((server.host, server.port), timeout=timeout) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        out = b""
        while True:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                return out
            if not piece:
                return out
            out += piece


def session_id(server, label, project="sandbox"):
    """The accession ID of a session."""
    return server.row(f"/data/projects/{project}/experiments", label=label)["ID"]


def scan_resource(server, session, scan, label):
    """The number of the one resource of that label."""
    return server.row(f"/data/experiments/{session}/scans/{scan}/resources", label=label)["xnat_abstractresource_id"]


def new_resource(server, label="NEW"):
    """Makes a resource of the first scan; its files' path."""
    scan = "/data/experiments/SITE_E00001/scans/1"
    assert server.put(f"{scan}/resources/{label}", type=None).status == 200
    return f"{scan}/resources/{label}/files"


def paths(server, files):
    """Catalog paths of a resource, by the listing."""
    return {row["URI"].split("/files/", 1)[1] for row in server.rows(files)}


def names(answer):
    """Members of a zip in an answer, after the whole of it was checked."""
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def local_member(name, data, method=8, described=True, signature=True, wide=False, utf8=True):
    """One member as a streaming writer makes it, without a central directory."""
    raw_name = name if isinstance(name, bytes) else name.encode()
    if method == 8:
        packer = zlib.compressobj(0, zlib.DEFLATED, -15)
        packed = packer.compress(data) + packer.flush()
    else:
        packed = data
    crc = zlib.crc32(data)
    flags = (8 if described else 0) | (0x800 if utf8 else 0)
    extra = struct.pack("<HHQQ", 1, 16, 0, 0) if wide else b""
    known = (0, 0, 0) if described else (crc, len(packed), len(data))
    head = struct.pack("<IHHHIIIIHH", 0x04034B50, 20, flags, method, 0, *known, len(raw_name), len(extra))
    tail = b""
    if described:
        tail = struct.pack("<I", 0x08074B50) if signature else b""
        tail += struct.pack("<IQQ" if wide else "<III", crc, len(packed), len(data))
    return head + raw_name + extra + packed + tail
