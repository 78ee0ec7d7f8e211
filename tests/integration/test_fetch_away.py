# SPDX-License-Identifier: Apache-2.0
"""A server that is away while many are fetched: it is waited for once, not for each of them, and used again when it answers."""

import pytest
from abi_host import AbiHost
from plugin_case import Case, case, make_case, make_standin, standin, tree_of  # noqa: F401

BASE = "projects/sandbox/resources/"


@pytest.fixture
def host(case):  # noqa: F811
    with AbiHost(case) as made:
        yield made


def waits(result):
    return [line for line in result.lines("warning", "info") if "trying again" in line]


def fetches(case, n):  # noqa: F811
    return [(case.url(f"{BASE}R{i}"), case.path(f"out/{i}")) for i in range(n)]


def kinds(result):
    return [outcome.kind for _, outcome in sorted(result.outcomes, key=lambda told: told[0])]


@pytest.mark.parametrize("path", ["/data/", "/data/JSESSION"])
def test_one_wait_for_all(case, host, path):  # noqa: F811
    """Before the login, and at it."""
    case.server.fault(path=path, status=503, count=-1)
    result = host.fetch_many(fetches(case, 40), retries=3)
    assert kinds(result) == ["network"] * 40
    assert len(waits(result)) == 3, waits(result)


def test_one_wait_in_the_midst(case, host):  # noqa: F811
    """With a session open: those that begin together wait side by side, and nobody after them."""
    assert host.stat(case.url("projects/sandbox")).kind == "ok"
    case.server.fault(path="/data/", status=503, count=-1)
    result = host.fetch_many(fetches(case, 40), retries=2, jobs=4)
    assert kinds(result) == ["network"] * 40
    assert len(waits(result)) <= 4 * 2 + 2, waits(result)


def test_nobody_else_lacks_patience(case, host):  # noqa: F811
    """What one operation found does not count for the next."""
    case.server.fault(path="/data/", status=503, count=-1)
    assert set(kinds(host.fetch_many(fetches(case, 3), retries=2))) == {"network"}
    for _ in range(2):
        assert len(waits(host.stat(case.url("projects/sandbox"), 0, retries=2))) == 2


def test_back_during_the_run(case, host, make_standin, tmp_path):  # noqa: F811
    """The entries of another server go on meanwhile."""
    other = Case(make_standin(), tmp_path / "home")
    for one in (case, other):
        one.new_resource("A", {"a.bin": b"a"})
        one.new_resource("B", {"b.bin": b"b"})
    lines = "".join(f"machine {one.server.host}:{one.server.port} login alice password alice-pw\n" for one in (case, other))
    netrc = case.write_netrc(lines, name="netrc-both")
    # More than a vain try takes, after which nobody is asked for as long again.
    other.server.fault(path=f"{BASE}B|files", delay_ms=300, count=1)
    case.server.fault(path="/data/", status=503, count=2)
    result = host.fetch_many([(case.url(BASE + "A"), case.path("1")), (other.url(BASE + "A"), case.path("2")),
                              (case.url(BASE + "B"), case.path("3"))], retries=1, jobs=1, netrc=str(netrc))
    assert kinds(result) == ["network", "ok", "ok"], result.log
    assert tree_of(case.path("2")) == {"a.bin": b"a"} and tree_of(case.path("3")) == {"b.bin": b"b"}


def test_one_resource_that_fails_is_not_its_server(case, host):  # noqa: F811
    """A proxy's word about one thing that is asked for: the others are waited for as ever."""
    first, second = (case.new_resource(label, {"a.bin": b"a"}) for label in ("R0", "R1"))
    case.server.fault(path=f"resources/({first}|R0)/files", status=502, count=-1)
    case.server.fault(path=f"resources/({second}|R1)/files", status=502, count=1)
    result = host.fetch_many(fetches(case, 2), retries=1, jobs=1)
    assert kinds(result) == ["network", "ok"], result.log
    assert case.server.hits() == [2, 1]
