# SPDX-License-Identifier: Apache-2.0
"""What the tests of put share: where they write, and what the server has afterwards."""

import hashlib
import time

SCAN = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/scans/1/resources/"
TYPES = "?experiment_type=xnat:mrSessionData&scan_type=xnat:mrScanData"


def experiment(case, label="subject001_BRAIN", project="sandbox"):
    """The row of an experiment; None if there is none."""
    rows = case.server.rows(f"/data/projects/{project}/experiments?columns=ID,label,subject_ID,subject_label,xsiType")
    found = [row for row in rows if row["label"] == label]
    assert len(found) <= 1, found
    return found[0] if found else None


def scan_path(case, scan="1", label="subject001_BRAIN"):
    return f"/data/experiments/{experiment(case, label)['ID']}/scans/{scan}"


def resources(case, parent, label):
    """The numbers of the resources of that label."""
    rows = case.server.rows(parent + "/resources")
    return [row["xnat_abstractresource_id"] for row in rows if row["label"] == label]


def stored(case, parent, label):
    """{path: (size, digest)} of the one resource of that label."""
    (number,) = resources(case, parent, label)
    rows = case.server.rows(f"{parent}/resources/{number}/files")
    return {row["URI"].partition(f"/resources/{number}/files/")[2]: (int(row["Size"]), row["digest"]) for row in rows}


def whole(data):
    """Size and MD5, as listed."""
    return len(data), hashlib.md5(data).hexdigest()


def body(case, parent, label, path):
    """The bytes that the server has under a path of plain characters."""
    (number,) = resources(case, parent, label)
    return case.server.get(f"{parent}/resources/{number}/files/{path}").body


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def uploads(case):
    """The requests that carried files."""
    return [row for row in case.requests("/files/", "PUT")] + [row for row in case.requests("/files", "POST")]


def writes(case):
    """All requests that change the archive."""
    return [row for row in case.requests()
            if row["method"] in ("PUT", "POST", "DELETE") and "/JSESSION" not in row["path"]]


def lose_session_during(case, path, *command):
    """Runs a command whose session ends while the answer to the GET of `path`, made for the user, is under way."""
    case.server.clear_faults()
    case.server.fault(method="GET", path=path, count=1, delay_ms=500)
    running = case.start(*command)
    deadline = time.monotonic() + 10
    while not case.server.sessions("alice") and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    case.server.expire_sessions("alice")
    return case.finish(running)
