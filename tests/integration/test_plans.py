# SPDX-License-Identifier: Apache-2.0
"""The verbs that plan, as a host calls them: what is told when, and what the results count."""
import pytest
from abi_host import ACTIONS, AbiHost
from dry_run_case import snapshot
from plugin_case import case, make_case, make_standin, standin  # noqa: F401
from put_case import write, writes

BOX = "projects/sandbox/resources/BOX"
FILES = {"a.txt": b"alpha\n", "sub/b.txt": b"beta\n"}


@pytest.fixture
def host(case):  # noqa: F811
    with AbiHost(case) as made:
        yield made


def counted(item):
    """What the attributes of an item count, but for what is not done at all."""
    numbers = {name: int(value) for name, value in item.attributes.items()}
    assert set(numbers) == {*ACTIONS, *(f"{name}_bytes" for name in ACTIONS if name != "create")}
    return {name: value for name, value in numbers.items() if value}


def test_many(case, host):  # noqa: F811
    """Several of one resource ask for its listing once; one that fails has no steps, and does not stop the others."""
    case.new_resource("BOX", FILES)
    box = case.url(BOX)
    case.clear()
    before = snapshot(case.directory)
    result = host.plan_fetch([(box, case.path("tree")), (case.url(BOX + "NONE"), case.path("none")), (box + "/files/a.txt", case.path("one")),
                              (box + "/files/sub", case.path("tree"))])
    assert snapshot(case.directory) == before and writes(case) == []
    assert len(case.requests("/files?format=json")) == 1
    assert result.kind == "not-found" and [item.value for item in result.items] == [
        str(case.path("tree")), None, str(case.path("one")), None]
    assert {index: outcome.kind for index, outcome in result.outcomes} == {0: "ok", 1: "not-found", 2: "ok", 3: "conflict"}
    assert sorted(result.steps) == [
        (0, "fetch", 5, box + "/files/sub/b.txt", str(case.path("tree/sub/b.txt")), None),
        (0, "fetch", 6, box + "/files/a.txt", str(case.path("tree/a.txt")), None),
        (2, "fetch", 6, box + "/files/a.txt", str(case.path("one")), None)]
    assert [counted(item) for item in result.items] == [{"fetch": 2, "fetch_bytes": 11}, {}, {"fetch": 1, "fetch_bytes": 6}, {}]
    for index, outcome in result.outcomes:
        if outcome.kind == "ok":
            assert outcome.one.value == result.items[index].value and outcome.one.attributes == result.items[index].attributes


def test_put_and_remove(case, host):  # noqa: F811
    for name, data in FILES.items():
        write(case.path("tree") / name, data)
    box = case.url(BOX)
    result = host.plan_put(case.path("tree"), box)
    assert result.one.value == box and counted(result.one) == {"create": 1, "send": 2, "send_bytes": 11}
    assert result.steps[0] == (0, "create", -1, box, None, "xnat:resourceCatalog")
    assert host.put(case.path("tree"), box).kind == "ok"
    write(case.path("tree/a.txt"), b"omega!\n")
    result = host.plan_put(case.path("tree"), box)
    assert result.kind == "conflict" and result.items == []
    assert result.steps == [(0, "conflict", 7, box + "/files/a.txt", str(case.path("tree/a.txt")), None)]
    result = host.plan_put(case.path("tree"), box + "?overwrite=true")
    assert counted(result.one) == {"replace": 1, "replace_bytes": 7, "keep": 1, "keep_bytes": 5}
    case.clear()
    result = host.plan_remove(box)
    assert result.one.value == box and counted(result.one) == {"remove": 2, "remove_bytes": 11}
    assert writes(case) == [] and host.remove(box).one["files"] == "2"


def test_what_is_no_argument_and_what_is_stopped(case, host):  # noqa: F811
    assert host.plan_put("", case.url(BOX)).kind == host.plan_put("x", "").kind == host.plan_remove("").kind == "usage"
    case.new_resource("BOX", FILES)
    result = host.plan_fetch([(case.url(BOX), ""), ("", "x")])
    assert result.kind == "usage" and [outcome.kind for _, outcome in result.outcomes] == ["usage", "usage"]
    assert host.plan_fetch([(case.url(BOX), case.path("out"))], stop=True).kind == "cancelled"
    assert host.plan_fetch([]).kind == "ok"
