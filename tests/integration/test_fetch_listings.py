# SPDX-License-Identifier: Apache-2.0
"""fetch: listings that are not written as XNAT writes them, by what stands before it or by another version."""
import json

import pytest
from plugin_case import Case, tree_of
from scripted_server import Scripted

RESOURCE = "/data/experiments/SITE_E00001/scans/1/resources/"
FILES = {"a.txt": b"alpha", "sub/b.txt": b"beta"}


@pytest.fixture
def case(tmp_path):
    with Scripted() as server:
        yield Case(server, tmp_path)


def serve(case, uri, number, size=True):
    """Lists the files as if `uri` led to them; `number` is what the rows have for the resource's."""
    rows = [{"URI": uri + path, "Size": str(len(data)) if size else "", "digest": "", "cat_ID": number,
             "Name": path.rpartition("/")[2]} for path, data in FILES.items()]
    listing = json.dumps({"ResultSet": {"Result": rows}})
    row = {"xnat_abstractresource_id": number or "93", "label": "DICOM", "category": "scans", "cat_id": "1", "cat_desc": "T1"}
    resources = json.dumps({"ResultSet": {"Result": [row]}})
    case.server.on("GET", "/data/experiments/SITE_E00001/resources",
                   lambda _: case.server.answer(200, resources, kind="application/json"))
    for name in ("93", "093"):
        case.server.on("GET", f"{RESOURCE}{name}/files",
                       lambda _: case.server.answer(200, listing, kind="application/json"))
        for path, data in FILES.items():
            case.server.on("GET", f"{RESOURCE}{name}/files/{path}",
                           lambda _, data=data: case.server.answer(200, data.decode(), kind="text/plain"))


def fetch(case):
    return case.run("fetch", case.url(RESOURCE.removeprefix("/data/") + "DICOM"), case.path("out"))


@pytest.mark.parametrize("uri, number", [
    ("/data/experiments/SITE_E00001/scans/1/resources/93/files/", "93"),
    ("/data/experiments/SITE_E00001/scans/%31/resources/93/files/", "93"),
    ("/data/projects/scans/subjects/S/experiments/SITE_E00001/scans/1/resources/93/files/", "93"),
    ("/data/experiments/SITE_E00001/scans/1/resources/93/files/", "093"),
    ("/data/experiments/SITE_E00001/scans/1/resources/93/files/", ""),
    ("/data/experiments/SITE_E00001/resources/93/files/", "93")])
def test_rows_are_understood_in_any_spelling(case, uri, number):
    """No file is left out in silence."""
    serve(case, uri, number)
    ran = fetch(case)
    assert ran.code == 0 and tree_of(case.path("out")) == FILES, ran.err


def test_a_page_is_no_file_of_unknown_size(case):
    serve(case, "/data/experiments/SITE_E00001/scans/1/resources/93/files/", "93", size=False)
    case.server.on("GET", RESOURCE + "93/files/a.txt",
                   lambda _: case.server.answer(200, "<!DOCTYPE html><html>maintenance</html>", kind="text/html"))
    ran = fetch(case)
    assert ran.code == 9 and "web page" in ran.err and not case.path("out").exists(), (ran.code, ran.err)
