# SPDX-License-Identifier: Apache-2.0
"""The recipe for Airflow in the page of the engines, as it stands."""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("TEST_BUILD") or ROOT / "build")
os.environ.setdefault("STANDIN", str(BUILD / "tests/standin/standin"))
sys.path.insert(0, str(ROOT / "tests/tools"))

from standin_server import make_standin, standin  # noqa: E402,F401

PAGE = (ROOT / "host-api/engines/README.md").read_text(encoding="utf-8")


def test_version_is_the_one_that_is_installed():
    wanted = (ROOT / "tests/engines/requirements-airflow.txt").read_text(encoding="utf-8")
    version = re.search(r"^apache-airflow==(\S+)$", wanted, re.MULTILINE)[1]
    assert f"| Airflow | {version} |" in PAGE


def test_recipe(standin, tmp_path):  # noqa: F811
    recipe = re.search(r"^## Airflow\n.*?^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]
    assert len(recipe.splitlines()) <= 15
    (tmp_path / "out").mkdir()
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {standin.host}:{standin.port} login alice password alice-pw\n")
    netrc.chmod(0o600)
    ran = subprocess.run([sys.executable, "-B", "-c", recipe, standin.plugin_url, str(tmp_path / "out")], capture_output=True,
                         text=True, timeout=300, check=False,
                         env={**os.environ, "NETRC": str(netrc), "IOPLUG_PATH": str(BUILD / "plugin"),
                              "AIRFLOW_HOME": str(tmp_path / "airflow")})
    assert ran.returncode == 0, ran.stderr
    # Its log goes to standard output, too.
    assert "['report.txt'] done" in ran.stdout.splitlines()
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == [f"{scan}.nii.gz" for scan in (1, 2, 3, 4)]
    assert standin.sessions() == [] and len([one for one in standin.log() if one["auth"] == "basic"]) == 1
