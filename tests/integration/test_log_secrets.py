# SPDX-License-Identifier: Apache-2.0
"""What the log says of a URL: one that cannot be understood may hold a password, and is not repeated."""
import pytest
from plugin_case import case, make_case, make_standin, standin  # noqa: F401 (fixtures)


@pytest.mark.parametrize("authority", ["alice:hunter2%40{}", "alice%3Ahunter2@{}", "alice:hunter2@{}", "hunter2%3a%40{}"])
@pytest.mark.parametrize("verb", ["fetch", "expand"])
def test_refused_url_is_not_logged(case, authority, verb):
    place = f"{case.server.host}:{case.server.port}"
    url = f"xnat+http://{authority.format(place)}/data/archive/projects/sandbox/resources/R"
    ran = case.run("--debug", verb, url, *([case.path("out")] if verb == "fetch" else []))
    assert ran.code != 0
    lines = [line for line in ran.err.splitlines() if f"{verb} URL: failed" in line]
    assert len(lines) == 1, ran.err
    assert "hunter2" not in ran.err


def test_good_url_is_logged(case):
    case.new_resource("LOGGED", {"a.txt": b"hello"})
    url = case.url("projects/sandbox/resources/LOGGED")
    ran = case.run("--debug", "fetch", url, case.path("out"))
    assert ran.code == 0, ran.err
    assert f"fetch {url}: done" in ran.err
