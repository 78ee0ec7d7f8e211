# SPDX-License-Identifier: Apache-2.0
"""A diagnosis: findings in order, told at once, and failures that are not raised."""
import ioplug
import pytest

from ioplug import FindingState

WELL = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"


def test_findings(site):
    told = []
    with site.host() as host:
        found = host.diagnose(site.url(WELL), told.append)
    assert found == told and [one.step for one in found][:3] == ["url", "proxy", "name"]
    assert {one.state for one in found} <= {FindingState.OK, FindingState.WARNING}
    assert all(one.error is None and one.text for one in found)


def test_failures_are_findings(site):
    with site.host() as host:
        found = {one.step: one for one in host.diagnose(site.url("projects/nowhere"))}
        assert isinstance(found["item"].error, ioplug.NotFoundError) and found["item"].advice
        assert found["item"].state == FindingState.FAILED and found["login"].error is None
        found = {one.step: one for one in host.diagnose("xnat+http://127.0.0.1:1/", settings={"netrc": "/nonexistent"})}
        assert isinstance(found["port"].error, ioplug.NetworkError) and found["login"].state == FindingState.SKIPPED
        with pytest.raises(ioplug.UsageError):
            host.diagnose(site.url(WELL), settings={"jobs": "none"})


def test_what_the_listener_raises_ends_it(site):
    seen = []

    def told(finding):
        seen.append(finding.step)
        raise LookupError(finding.step)

    with site.host() as host, pytest.raises(LookupError, match="url"):
        host.diagnose(site.url(WELL), told)
    assert seen == ["url"]


def test_plugin_without_it(fault_host):
    with pytest.raises(ioplug.MissingVerbError, match="diagnose"):
        fault_host.diagnose("fault://ok")
