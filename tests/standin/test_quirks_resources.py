# SPDX-License-Identifier: Apache-2.0
"""How resources come to be: the labels that they get, the catalogs that they share, and the race for them."""
import concurrent.futures

import pytest

from helpers import ALICE, READER, session_id
from standin_server import StandIn

SESSION = "/data/projects/sandbox/subjects/subject001/experiments/experiment001"
SCAN = SESSION + "/scans/T1"


@pytest.fixture
def server():
    with StandIn(shuffle=False) as one:
        yield one


def post(server, parent, query=""):
    """POST .../resources; the number of what was made."""
    made = server.request("POST", f"{parent}/resources{query}", user=ALICE)
    assert made.status == 200, made.text
    assert made.text.startswith(server.url + parent) and made.get("Location") == made.text + query
    return made.text.rsplit("/", 1)[1]


def rows(server, parent):
    """Rows of the resources by number."""
    return {row["xnat_abstractresource_id"]: row for row in server.rows(parent + "/resources")}


def files(server, parent, resource):
    return {row["URI"].split("/files/")[1] for row in server.rows(f"{parent}/resources/{resource}/files")}


def store(server, parent, resource, name):
    assert server.put(f"{parent}/resources/{resource}/files/{name}?inbody=true", name.encode()).status == 200


def catalogs(server, session):
    """Number of a resource -> where its catalog lies, as the session's document tells it."""
    found = {}

    def walk(item):
        for child in item.get("children", []):
            for inner in child["items"]:
                fields = inner["data_fields"]
                if "URI" in fields:
                    found[str(fields["xnat_abstractresource_id"])] = fields["URI"]
                walk(inner)

    walk(server.get(f"/data/experiments/{session}?format=json").json()["items"][0])
    return found


def test_put(server):
    """200 new, 409 when it exists, 403 without the right, which is looked at first; nobody has counted its files."""
    url = SCAN + "/resources/NEW"
    assert server.put(url, type=None, user=READER).status == 403
    made = server.put(url, type=None)
    assert (made.status, made.body, made.get("Content-Type")) == (200, b"", None)
    assert server.put(url, type=None).status == 409
    assert server.put(url, type=None, user=READER).status == 403
    row = server.row(SCAN + "/resources", label="NEW")
    assert (row["content"], row["file_count"], row["file_size"]) == ("", "", "")


@pytest.mark.parametrize("sent,label", [
    ("A(b)", "A(b)"), ("x+y", "x+y"), ("R&D", "R&amp;D"), ("it's", "it&apos;s"), ("a:b", "a:b"), ("dot.ted", "dot.ted"),
    ("a,b", "a"), ("caf%C3%A9", "caf%C3%A9"), ("sp%20ace", "sp%20ace")])
def test_labels_of_put(server, sent, label):
    """The segment as it is sent, up to a comma."""
    assert server.put(f"{SESSION}/resources/{sent}", type=None).status == 200
    assert server.row(SESSION + "/resources", label=label)
    assert server.put(f"{SESSION}/resources/{sent}", type=None).status == 409


@pytest.mark.parametrize("word", ["NULL", "null"])
def test_word_for_nothing(server, word):
    """Makes a resource without a label, and again the same one."""
    before = rows(server, SESSION)
    for _ in range(2):
        assert server.put(f"{SESSION}/resources/{word}", type=None).status == 200
    new = [row for number, row in rows(server, SESSION).items() if number not in before]
    assert [row["label"] for row in new] == [""]


@pytest.mark.parametrize("sent,label", [("8421", "8421"), ("caf%C3%A9", "caf\u00e9"), ("c,d", "c,d"), ("e%2Ff", "e/f")])
def test_labels_of_post(server, sent, label):
    """By its path the label is taken, decoded; over one that exists its catalog is emptied."""
    number = post(server, SESSION, "?xnat:resourceCatalog/label=" + sent)
    assert rows(server, SESSION)[number]["label"] == label
    store(server, SESSION, number, "a.txt")
    assert post(server, SESSION, "?xnat:resourceCatalog/label=" + sent) == number
    assert files(server, SESSION, number) == set()


@pytest.mark.parametrize("sent", ["sp%20ace", "ha%23sh"])
def test_labels_that_cannot_be_posted(server, sent):
    before = rows(server, SESSION)
    made = server.request("POST", f"{SESSION}/resources?xnat:resourceCatalog/label={sent}", user=ALICE)
    assert made.status == 500 and rows(server, SESSION) == before


def test_post_ignores_label(server):
    number = post(server, SESSION, "?label=WANTED")
    assert rows(server, SESSION)[number]["label"] == ""


def test_posts_on_a_scan_share_a_catalog(server):
    """Each empties it for all; a refresh with append finds the files again."""
    first = post(server, SCAN)
    store(server, SCAN, first, "a.txt")
    second = post(server, SCAN, "?xnat:resourceCatalog/label=8422")
    found = catalogs(server, session_id(server, "experiment001"))
    assert first != second and found[first] == found[second]
    assert files(server, SCAN, first) == set()
    store(server, SCAN, second, "b.txt")
    assert files(server, SCAN, first) == files(server, SCAN, second) == {"b.txt"}
    where = f"/archive/experiments/{session_id(server, 'experiment001')}/scans/T1/resources/{second}"
    assert server.request("POST", f"/data/services/refresh/catalog?resource={where}&options=append", user=ALICE).status == 200
    assert files(server, SCAN, first) == {"a.txt", "b.txt"}


def test_catalogs_lie_where_the_server_has_them(server):
    """By the label where it is put explicitly or by POST; else by what made it."""
    session = session_id(server, "experiment001")
    assert server.put(SESSION + "/resources/R", type=None).status == 200
    assert server.put(SCAN + "/resources/R", type=None).status == 200
    store(server, SCAN, "UPLOADED", "a.txt")
    found = catalogs(server, session)
    place = "/data/xnat/archive/sandbox/arc001/experiment001"
    assert found[server.row(SESSION + "/resources", label="R")["xnat_abstractresource_id"]] == \
        place + "/RESOURCES/R/R_catalog.xml"
    assert found[server.row(SCAN + "/resources", label="R")["xnat_abstractresource_id"]] == \
        place + "/SCANS/1/R/1_catalog.xml"
    assert found[server.row(SCAN + "/resources", label="UPLOADED")["xnat_abstractresource_id"]] == \
        place + "/SCANS/1/UPLOADED/UPLOADED_catalog.xml"
    assert len(set(found.values())) == len(found)


def at_once(count, work):
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def test_race_of_one_session(server):
    """Both requests find nothing and make it: twins with one catalog. Without one of them the other is empty."""
    server.set(create_race_ms=400)
    cookie = server.login()
    url = SESSION + "/resources/TWIN"
    assert [answer.status for answer in at_once(2, lambda n: server.put(url, type=None, cookie=cookie))] == [200, 200]
    twins = [number for number, row in rows(server, SESSION).items() if row["label"] == "TWIN"]
    found = catalogs(server, session_id(server, "experiment001"))
    assert len(twins) == 2 and found[twins[0]] == found[twins[1]]
    store(server, SESSION, twins[0], "a.txt")
    assert files(server, SESSION, twins[1]) == {"a.txt"}
    assert len(server.rows(SESSION + "/resources/TWIN/files")) == 2
    assert server.put(url, type=None).status == 409
    assert server.delete(f"{SESSION}/resources/{twins[1]}").status == 200
    assert files(server, SESSION, twins[0]) == set()


def test_race_of_two_sessions(server):
    """One after the other: the second finds what the first has made."""
    server.set(create_race_ms=400)
    cookies = [server.login(), server.login()]
    answers = at_once(2, lambda n: server.put(SESSION + "/resources/TWIN", type=None, cookie=cookies[n]))
    assert sorted(answer.status for answer in answers) == [200, 409]


def test_race_of_uploads(server):
    """Uploads make the resource that is not there, each its own, and one catalog for all."""
    server.set(create_race_ms=400)
    cookie = server.login()
    at_once(4, lambda n: server.put(f"{SESSION}/resources/TWIN/files/{n}?inbody=true", b"x", cookie=cookie))
    twins = [number for number, row in rows(server, SESSION).items() if row["label"] == "TWIN"]
    assert len(twins) == 4
    listed = [files(server, SESSION, number) for number in twins]
    assert listed[0] and all(one == listed[0] for one in listed)


def test_delete(server):
    """200, also where there is none; without the right 403 where there is one."""
    url = SESSION + "/resources/GONE"
    assert server.put(url, type=None).status == 200
    assert server.delete(url, user=READER).status == 403
    assert server.delete(url).status == 200
    assert not [row for row in rows(server, SESSION).values() if row["label"] == "GONE"]
    again = server.delete(url, user=READER)
    assert (again.status, again.body, again.get("Content-Type")) == (200, b"", None)
