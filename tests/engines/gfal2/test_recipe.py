# SPDX-License-Identifier: Apache-2.0
"""The recipe in the page of the engines runs as it stands, and the plugin is what the page says."""
import hashlib
import re
import subprocess

import conftest

PAGE = (conftest.ROOT / "host-api/engines/README.md").read_text(encoding="utf-8")


def test_version_is_the_one_that_is_installed():
    ran = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "gfal2-plugin-file"], capture_output=True, text=True, check=True)
    assert f"| gfal2 (`host-api/engines/gfal2`) | {ran.stdout.split('-')[0]} |" in PAGE


def test_one_symbol_is_exported():
    ran = subprocess.run(["nm", "-D", "--defined-only", conftest.ADAPTER], capture_output=True, text=True, check=True)
    assert [line.split()[-1] for line in ran.stdout.splitlines()] == ["gfal_plugin_init"]


def test_recipe(gfal, tmp_path):
    recipe = re.search(r"^## gfal2\n.*?^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]
    assert len(recipe.splitlines()) <= 15
    (tmp_path / "out").mkdir()
    ran = subprocess.run(["bash", "-e", "-c", recipe, "recipe", gfal.server.plugin_url, str(tmp_path / "out")], env=gfal.env,
                         capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    local = sorted((tmp_path / "out/dicom").iterdir())
    assert len(local) == 4
    for file in (tmp_path / "out/image.nii.gz", local[0]):
        assert hashlib.md5(file.read_bytes()).hexdigest() in ran.stdout
    assert "from_gfal2/resources/DICOM\tRMDIR" in ran.stdout
    assert gfal.server.sessions() == []
