# SPDX-License-Identifier: Apache-2.0
"""How much is asked of a server and of memory: what does not depend on the machine, so that it cannot grow unseen."""
import subprocess
import time

import pytest
from abi_host import AbiHost
from far_case import FAR_MS
from plugin_case import LARGE_TIMES, LEAN, SMALL_TIMES, case, make_case, make_standin, standin  # noqa: F401
from request_log import most_at_once, trips

# Login, its check, the logout, where the site is (in clear only), and two bulk queries.
FEWEST = 6
JOBS = 8
LARGE = 300 << 20
MEMORY = (24 << 20) * SMALL_TIMES
SCAN = "projects/project001/subjects/subject001/experiments/subject001_01/scans/1"
ALL = "subjects=*&experiments=*&scans=*&resources=*&id=experiment,scan,resource&label=true"


def archive(**counts):
    return ",".join(f"{name}={count}" for name, count in counts.items())


def asked(case, *arguments, **settings):  # noqa: F811
    """Runs the command, which must succeed; its requests. One session is opened, and none is left."""
    before = len(case.server.sessions("alice"))
    case.clear()
    ran = case.run(*arguments, **settings)
    assert ran.code == 0, ran.err
    requests = case.requests()
    assert len([one for one in requests if one["path"].endswith("/JSESSION") and one["method"] == "POST"]) == 1
    assert len(case.server.sessions("alice")) == before
    return ran, requests


def bodies(requests):
    """The requests for files' bytes."""
    return [one["path"] for one in requests
            if "/files/" in one["path"] or "format=zip" in one["path"] or "format=tar" in one["path"]]


@pytest.mark.parametrize("subjects", [2, 50])
def test_search_of_one_project(make_case, subjects):  # noqa: F811
    """As many requests for a hundred sessions as for four."""
    case = make_case(sample=archive(projects=1, subjects=subjects, experiments=2, scans=4, resources=2))
    ran, requests = asked(case, "expand", case.url(f"search?projects=project001&{ALL}"))
    assert len(ran.lines) == subjects * 2 * 8
    assert len(requests) <= FEWEST


@pytest.mark.parametrize("require_login", [True, False])
def test_search_of_a_site_that_is_open_to_guests(make_case, require_login):  # noqa: F811
    """There an answer may be a guest's; one look at the session proves the login and the answers."""
    case = make_case(sample=archive(projects=1, subjects=2, experiments=2, scans=4, resources=2),
                     require_login=require_login)
    ran, requests = asked(case, "expand", case.url(f"search?projects=project001&{ALL}"))
    assert len(ran.lines) == 32 and len(requests) <= FEWEST
    looks = [one for one in requests if one["path"] == "/data/auth" and one["auth"] != "none"]
    assert len(looks) == 1


def test_the_first_query_of_a_search_goes_beside_the_check_of_the_login(make_case):  # noqa: F811
    """Where the site is, the login, both of these, what is shared: each waits for the one before."""
    case = make_case(f"--latency-ms={FAR_MS}", sample=archive(projects=1, subjects=1, experiments=2, scans=2, resources=2))
    ran, requests = asked(case, "expand", case.url(f"search?projects=project001&{ALL}"))
    assert len(ran.lines) == 8 and len(requests) <= FEWEST
    assert trips(requests) <= 4


def test_search_with_shared_sessions_and_unclear_labels(case):  # noqa: F811
    """One more for the labels of shared sessions; two more for each session in which a resource's label is repeated on a
    scan, as in `odd`: for its resources, and for where their catalogs lie."""
    _, requests = asked(case, "expand", case.url(f"search?projects=sandbox&{ALL}"))
    assert len(requests) <= FEWEST + 1
    ran, requests = asked(case, "expand", case.url(f"search?projects=odd&{ALL}"))
    assert len(ran.lines) > 10
    assert len(requests) <= FEWEST + 2


def test_numbers_counts_and_sizes_cost_nothing(make_case):  # noqa: F811
    """The query that tells the names tells them, too, also of resources without a label."""
    sessions = 200
    case = make_case(sample=archive(projects=1, subjects=sessions // 2, experiments=2, scans=4, resources=2))
    for row in case.server.rows("/data/projects/project001/experiments"):
        assert case.server.put(f"/data/experiments/{row['ID']}/scans/1/resources/NULL").status == 200
    ran, requests = asked(case, "--json", "expand", case.url("search?projects=project001&id=resource"))
    assert len(requests) <= FEWEST
    numbers = {pair["resource_id"] for pair in ran.objects}
    assert len(ran.objects) == len(numbers) == sessions * 9
    assert all(pair["id"] == pair["resource_id"] for pair in ran.objects)
    named = [pair for pair in ran.objects if "resource_label" in pair]
    assert len(named) == sessions * 8 and all(pair["files"] == 2 and pair["bytes"] == 40000 for pair in named)
    assert all(pair["url"].endswith("/resources/" + pair["resource_id"]) for pair in ran.objects if pair not in named)


@pytest.mark.parametrize("require_login", [True, False], ids=["closed", "open"])
def test_numbers_cost_no_request_more_of_anything(make_case, require_login):  # noqa: F811
    """Shared sessions, assessors, files, labels that are repeated or missing, several projects: with and without."""
    case = make_case(require_login=require_login)
    for search in ("projects=sandbox&scans=*", "projects=sandbox&assessors=*", "projects=sandbox&scans=*&files=*.dcm",
                   "projects=odd&scans=*", "projects=odd&resources=*&scans=*&experiments=*", "projects=*&scans=*",
                   "projects=s*&assessors=*", "projects=sandbox&types=*mr*&scans=*&quality=usable"):
        plain, without = asked(case, "expand", case.url(f"search?{search}&id=experiment&label=true"))
        ran, requests = asked(case, "--json", "expand", case.url(f"search?{search}&id=resource"))
        assert len(ran.objects) == len(plain.lines) > 0, search
        assert all(pair["id"].partition("_")[0] == pair["resource_id"] for pair in ran.objects), search
        assert len(requests) == len(without), search


def test_refused_numbers_cost_one_request_more(make_case):  # noqa: F811
    """The same query without them is the answer, however many projects and searches there are."""
    case = make_case(sample=archive(projects=3, subjects=2, experiments=2, scans=2, resources=2))
    urls = [case.url(f"search?projects=project*&scans={scans}&id=experiment,scan,resource&label=true") for scans in "*1"]
    told, requests = asked(case, "expand", *urls, jobs=1)
    case.server.set(bulk="no-numbers")
    ran, without = asked(case, "expand", *urls, jobs=1)
    assert ran.lines == told.lines and len(ran.lines) == 3 * 4 * (4 + 2)
    assert len(without) == len(requests) + 1


@pytest.mark.parametrize("bulk, most", [("true", FEWEST + 1), ("no-numbers", FEWEST + 3 + 200),
                                        ("false", FEWEST + 3 + 2 * 200)])
def test_search_of_assessors(make_case, bulk, most):  # noqa: F811
    """The sessions in one listing, their assessors with what they hold in another, and which sessions are shared."""
    sample = archive(projects=1, subjects=100, experiments=2, scans=1, resources=1, assessors=1)
    case = make_case(sample=sample, bulk=bulk)
    ran, requests = asked(case, "--json", "expand", case.url("search?projects=project001&assessors=seg*&id=assessor"))
    assert len({pair["resource_id"] for pair in ran.objects}) == 200
    assert all(pair["files"] == 2 and pair["bytes"] == 40000 for pair in ran.objects)
    assert len(requests) <= most


@pytest.mark.parametrize("holder, count", [("experiments", 60), ("subjects", 30)])
def test_resource_of_one_of_many_sessions_or_subjects(make_case, holder, count):  # noqa: F811
    """Which one has it is told by one listing of all; without that each is asked."""
    case = make_case(sample=archive(projects=1, subjects=30, experiments=2, scans=1, resources=1))
    rows = case.server.rows(f"/data/projects/project001/{holder}")
    assert len(rows) == count
    case.new_resource("NOTES", {"n.txt": b"note"}, parent=f"{holder}/{rows[7]['ID']}")
    url = case.url(f"projects/project001/{holder}/*/resources/NOTES")
    _, requests = asked(case, "fetch", url, case.path("out"))
    assert case.path("out/n.txt").read_bytes() == b"note"
    assert len(requests) <= 9
    case.server.set(bulk="false")
    _, requests = asked(case, "fetch", url, case.path("again"))
    assert case.path("again/n.txt").read_bytes() == b"note"
    assert count < len(requests) <= count + 12


def test_search_by_pattern_of_projects(make_case):  # noqa: F811
    case = make_case("--latency-ms=10", sample=archive(projects=12, subjects=2, experiments=2, scans=2, resources=2))
    ran, requests = asked(case, "expand", case.url(f"search?projects=project*&{ALL}"))
    assert len(ran.lines) == 12 * 16
    assert len(requests) <= FEWEST + 2 * 12
    assert 2 <= most_at_once(requests) <= JOBS


def test_search_without_bulk_queries_asks_once_for_each_parent(make_case):  # noqa: F811
    sample = archive(projects=1, subjects=5, experiments=2, scans=4, resources=2)
    case = make_case("--bulk=false", "--latency-ms=5", sample=sample)
    ran, requests = asked(case, "expand", case.url(f"search?projects=project001&{ALL}"), jobs=3)
    assert len(ran.lines) == 10 * 8
    # For each session its scans and all their resources, or the resources of each scan.
    assert len(requests) <= FEWEST + 10 * (1 + 4)
    assert 2 <= most_at_once(requests) <= 3


def test_one_file_by_labels_and_by_ids(make_case):  # noqa: F811
    case = make_case(sample=archive(projects=1, subjects=1, experiments=1, scans=1, resources=1, files=500, size=2000))
    _, requests = asked(case, "fetch", case.url(f"{SCAN}/resources/DICOM/files/0007.dcm"), case.path("by-label"))
    assert len(requests) <= 7
    assert len(bodies(requests)) == 1
    session = case.server.row("/data/projects/project001/experiments", label="subject001_01")["ID"]
    url = case.url(f"experiments/{session}/scans/1/resources/DICOM/files/0007.dcm")
    _, requests = asked(case, "fetch", url, case.path("by-id"))
    assert len(requests) <= 7
    assert case.path("by-id").read_bytes() == case.path("by-label").read_bytes()


def test_second_fetch_brings_no_body(make_case):  # noqa: F811
    case = make_case(sample=archive(projects=1, subjects=1, experiments=1, scans=1, resources=1, files=2000, size=1100))
    url = case.url(f"{SCAN}/resources/DICOM")
    _, requests = asked(case, "fetch", url, case.path("out"))
    assert bodies(requests)
    _, requests = asked(case, "fetch", url, case.path("out"))
    assert len(requests) <= 7
    assert bodies(requests) == []
    assert len(list(case.path("out").iterdir())) == 2000


def test_list_of_resources(make_case):  # noqa: F811
    sample = archive(projects=1, subjects=10, experiments=2, scans=1, resources=2, files=10, size=1100)
    case = make_case("--latency-ms=5", sample=sample)
    pairs = case.run("expand", case.url(f"search?projects=project001&{ALL}"))
    assert len(pairs.lines) == 40
    case.path("list").write_text(pairs.out)
    ran, requests = asked(case, "fetch", "--list", case.path("list"), case.path("out"))
    assert len(ran.lines) == 40
    assert len(requests) <= 1.1 * 40 + 4 and len(bodies(requests)) <= 20 + 20
    assert 2 <= most_at_once(requests) <= JOBS
    assert len({one["connection"] for one in requests}) <= JOBS + 2
    assert sum(one.is_file() for one in case.path("out").rglob("*")) == 400


@pytest.mark.parametrize("options", [(), ("--latency-ms=20",)], ids=["fast", "slow"])
def test_list_of_files_of_one_resource(make_case, options):  # noqa: F811
    """One listing, and one archive, however many of its files are asked for; nothing where they are there already."""
    case = make_case(*options, sample=archive(projects=1, subjects=1, experiments=1, scans=1, resources=1, files=300, size=1100))
    pairs = case.run("expand", case.url("search?projects=project001&files=*"))
    assert len(pairs.lines) == 300
    case.path("list").write_text(pairs.out)
    ran, requests = asked(case, "fetch", "--list", case.path("list"), case.path("out"))
    assert len(ran.lines) == 300 and [line.split("\t")[0] for line in ran.lines] == [
        line.split("\t")[0] for line in pairs.lines]
    assert len(requests) <= 10
    assert sum(one.is_file() for one in case.path("out").rglob("*")) == 300
    _, requests = asked(case, "fetch", "--list", case.path("list"), case.path("out"))
    assert len(requests) <= 7 and bodies(requests) == []


def peak_of(case, *arguments):  # noqa: F811
    """The most memory that a run had, in bytes: the mark is read until there is no process to read it of."""
    process = subprocess.Popen(case.command(*arguments), env=case.environment(**LEAN), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = 0
    while process.poll() is None:
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            peak = next((int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:")), peak)
        time.sleep(0.002)
    assert process.wait() == 0, process.stderr.read().decode()
    process.stderr.close()
    return peak


def test_memory_does_not_grow_with_the_file(case):  # noqa: F811
    source = case.path("large.bin")
    with open(source, "wb") as made:
        made.truncate(LARGE)
    url = case.url("projects/sandbox/resources/LARGE/files/large.bin")
    assert 1 << 20 < peak_of(case, "put", source, url) <= MEMORY
    assert 1 << 20 < peak_of(case, "fetch", url, case.path("back.bin")) <= MEMORY
    assert case.path("back.bin").stat().st_size == LARGE


@pytest.mark.parametrize("scans, kept", [("*", 8), ("1", 2)])
def test_memory_of_a_search_follows_what_is_kept(make_case, scans, kept):  # noqa: F811
    """160,000 rows of which all, or a quarter, are kept."""
    case = make_case(sample=archive(projects=1, subjects=400, experiments=50, scans=4, resources=2))
    url = case.url(f"search?projects=project001&scans={scans}&id=experiment,scan,resource&label=true")
    bound = (32 << 20) + 20000 * kept * 200
    assert 1 << 20 < peak_of(case, "expand", url) <= bound * LARGE_TIMES


@pytest.mark.parametrize("scheme", ["xnat+http", "xnat+https"])
def test_start_without_a_login_asks_nothing(case, scheme):  # noqa: F811
    case.clear()
    ran = case.run("fetch", case.url("projects/sandbox/resources/DOCUMENTS", scheme), case.path("out"), user=None,
                   netrc=case.path("nothing"))
    assert ran.code == 5 and "no netrc file" in ran.err, ran.err
    assert case.requests() == []


def test_login_for_another_server_asks_only_where_the_server_is(case):  # noqa: F811
    """In clear the login may be written down for the port that the server sends its clients to."""
    case.clear()
    netrc = case.write_netrc("machine elsewhere.example login alice password alice-pw\n")
    ran = case.run("fetch", case.url("projects/sandbox/resources/DOCUMENTS"), case.path("out"), user=None, netrc=netrc)
    assert ran.code == 5 and "has no entry" in ran.err, ran.err
    assert [one["auth"] for one in case.requests()] == ["none"]


def test_looks(make_case):  # noqa: F811
    """One listing of the files of a resource for whatever is asked about it, beside one for what is above; of a whole project
    at most five for each session (and three for the project), one for each subject and resource."""
    case = make_case(sample=archive(projects=1, subjects=3, experiments=2, scans=4, resources=2, files=20))
    with AbiHost(case) as host:
        host.stat(case.url("projects/project001"))
        found = host.list(host.list(case.url(SCAN)).items[0].value)
        assert len(found.items) == 20
        url = found.items[7].value
        case.clear()
        assert host.stat(url).one["md5"]
        assert len(case.requests()) <= 2
        case.clear()
        assert len(host.list(url.rpartition("/files/")[0]).items) == 20
        assert len(case.requests()) <= 2
        case.clear()
        everything = host.list(case.url("projects/project001"), 2).items
        assert len([one for one in everything if one["type"] == "file"]) == 3 * 2 * 4 * 2 * 20
        assert len(case.requests()) <= 3 + 3 + 6 * 5 + 48
        assert most_at_once(case.requests()) <= JOBS
