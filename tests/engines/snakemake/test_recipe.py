# SPDX-License-Identifier: Apache-2.0
"""The recipe in the page of the engines runs as it stands, and its version is that of the tests."""
import re

from engine_site import ENGINES, ROOT

PAGE = (ENGINES / "README.md").read_text(encoding="utf-8")
RECIPE = re.search(r"^```python\n(.*?)^```$", PAGE.partition("\n## Snakemake\n")[2], re.MULTILINE | re.DOTALL)[1]
NOTHING_TO_DO = "Nothing to be done"


def test_it_is_short_and_of_the_version_that_is_installed():
    assert len(RECIPE.splitlines()) <= 15
    wanted = (ROOT / "tests/engines/requirements-snakemake.txt").read_text(encoding="utf-8")
    version = re.search(r"^snakemake==(\S+)$", wanted, re.MULTILINE)[1]
    assert f"| Snakemake (`host-api/engines/snakemake`) | {version} |" in PAGE


def test_it_runs_and_a_run_with_nothing_to_do_is_cheap(workflow, site):
    made = workflow(RECIPE)
    arguments = ["--config", f"server={site.server.plugin_url}"]
    made.run(*arguments)
    with site.host() as host:
        found = host.expand(site.url("search?projects=sandbox&assessors=*_md5&resources=SUM&files=sum.txt&id=assessor&label=true"))
        assert len(found) > 5 and all(len(host.read(item.url)) == 36 for item in found)
    site.server.clear_log()
    assert NOTHING_TO_DO in made.run(*arguments)
    log = [one["method"] + " " + one["path"] for one in site.server.log()]
    # Of each session an image and what was made of it; each is in one list. Then two searches, and the login.
    assert len([one for one in log if "/files?" in one]) == 2 * len(found) and len(log) <= 2 * len(found) + 15, log
    assert site.server.sessions() == []
