# SPDX-License-Identifier: Apache-2.0
"""What operations would do, told and not done."""
import pickle

import ioplug
import pytest
from ioplug import Action

BOX = "archive/projects/sandbox/resources/BOX"


@pytest.fixture
def host(site):
    with site.host() as made:
        yield made


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "t" / "sub").mkdir(parents=True)
    (tmp_path / "t" / "a b.txt").write_bytes(b"0123456789")
    (tmp_path / "t" / "sub" / "x").write_bytes(b"")
    return tmp_path / "t"


def test_put_fetch_and_remove(host, site, tree, tmp_path):
    url = site.url(BOX)
    plan = host.plan_put(tree, url)
    assert plan.result == url and [step.action for step in plan.steps] == [Action.CREATE, Action.SEND, Action.SEND]
    made, first, _ = plan.steps
    assert made == ioplug.Step(Action.CREATE, None, url, None, "xnat:resourceCatalog")
    assert first == ioplug.Step(Action.SEND, 10, url + "/files/a%20b.txt", str(tree / "a b.txt"), None)
    with pytest.raises(FileNotFoundError):
        host.stat(url)
    assert host.put(tree, url) == plan.result
    assert [step.action for step in host.plan_put(tree, url).steps] == [Action.KEEP] * 2

    plan = host.plan_fetch(url, tmp_path / "new" / "out")
    assert plan.result == str(tmp_path / "new" / "out") and not (tmp_path / "new").exists()
    assert len(plan.of(Action.FETCH)) == 2 and plan.bytes(Action.FETCH) == 10 and plan.of(Action.KEEP) == ()
    assert {step.path for step in plan.steps} == {str(tmp_path / "new/out/a b.txt"), str(tmp_path / "new/out/sub/x")}
    assert str(host.fetch(url, tmp_path / "new" / "out")) == plan.result
    assert len(host.plan_fetch(url, tmp_path / "new" / "out").of(Action.KEEP)) == 2
    assert pickle.loads(pickle.dumps(plan)) == plan

    plan = host.plan_remove(url + "/files/sub")
    assert plan.result == url + "/files/sub" and [(step.action, step.bytes) for step in plan.steps] == [(Action.REMOVE, 0)]
    assert host.remove(url + "/files/sub").files == 1


def test_what_would_fail(host, site, tree, tmp_path):
    with pytest.raises(FileNotFoundError):
        host.plan_fetch(site.url("projects/sandbox/resources/NONE"), tmp_path / "out")
    with pytest.raises(ioplug.UsageError, match="scan_type"):
        host.plan_put(tree, site.url("projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/scans/new/resources/R"))
    with pytest.raises(ioplug.UsageError, match="pattern"):
        host.plan_remove(site.url("projects/sandbox/resources/*"))
    host.put(tree, site.url(BOX))
    (tree / "a b.txt").write_bytes(b"else")
    with pytest.raises(ioplug.ConflictError):
        host.plan_put(tree, site.url(BOX))
    assert [step.action for step in host.plan_put(tree, site.url(BOX + "?overwrite=true")).steps] == [Action.REPLACE, Action.KEEP]


def test_a_plugin_without_plans(file_host, tree):
    for call in (lambda: file_host.plan_fetch(f"file://{tree}", "x"), lambda: file_host.plan_put(tree, "file:///none"),
                 lambda: file_host.plan_remove(f"file://{tree}")):
        with pytest.raises(ioplug.MissingVerbError, match="has no 'plan_"):
            call()
