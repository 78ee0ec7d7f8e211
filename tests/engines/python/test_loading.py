# SPDX-License-Identifier: Apache-2.0
"""Which plugins a host has: where they are looked for, and what is refused."""
import logging
import os
import shutil
import subprocess
import sys

import ioplug
import pytest

MAJOR = "made for plugin ABI 42.0, this host has 1.2"
REFUSED = {"major": MAJOR, "symbol": "not a plugin", "members": "no free_result", "verbs": "no fetch_url, put_url or expand_url",
           "size": "the smallest one has", "refusal": "the plugin refuses: "}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_file_that_does_not_fit_is_refused_with_the_reason(plugins, name):
    with pytest.raises(ioplug.PluginError) as caught:
        ioplug.Host(plugins / f"wrong-{name}.so")
    assert REFUSED[name] in str(caught.value) and caught.value.kind == "plugin"


def test_no_such_file_says_so(tmp_path):
    with pytest.raises(ioplug.PluginError, match="cannot load .*/none.so: cannot open shared object file"):
        ioplug.Host(tmp_path / "none.so")


def test_older_and_newer_plugins_are_taken(plugins):
    """What an older one lacks is missing, and rubbish behind its table is not read; what a newer one has more is left out."""
    for name in ("old", "new"):
        with ioplug.Host(plugins / f"wrong-{name}.so") as host:
            assert host.plugins[0].verbs == ("expand",) and host.plugins[0].settings == {}
            with pytest.raises(ioplug.MissingVerbError, match="has no 'stat'.*offers: expand") as caught:
                host.stat(f"{host.schemes[0]}://x")
            assert isinstance(caught.value, NotImplementedError)


@pytest.mark.parametrize("verb", ["put"])
def test_a_missing_verb_is_said(fault_host, verb):
    with pytest.raises(ioplug.MissingVerbError, match="the plugin fault 1.0 has no 'put'; it offers: fetch, expand"):
        fault_host.put("x", "fault://x")


def test_several_plugins_one_scheme_each(plugins):
    with ioplug.Host([plugins / "file.so", plugins / "fault.so", plugins / "wrong-new.so"]) as host:
        assert host.schemes == ("file", "fault", "newer")
        assert host.plugin_for("FILE:///x").name == "file"
        with pytest.raises(ioplug.UsageError, match="no plugin serves the scheme 'fiel'; there are: .*; is file:// meant"):
            host.plugin_for("fiel:///x")
        with pytest.raises(ioplug.UsageError, match="there are: file, fault, newer$"):
            host.plugin_for("gopher://x")
        assert [item.id for item in host.expand("file:///etc/hos[t]s")] == ["hosts"]
        assert host.expand("fault://empty") == []


def test_a_directory_and_what_is_no_plugin_in_it(plugins, tmp_path, caplog):
    shutil.copy(plugins / "file.so", tmp_path)
    (tmp_path / "broken.so").write_text("no library\n")
    with caplog.at_level(logging.WARNING), ioplug.Host(tmp_path) as host:
        assert [one.name for one in host.plugins] == ["file"]
    assert "broken.so" in caplog.text


def test_environment_and_nothing_found(plugins, tmp_path, monkeypatch):
    shutil.copy(plugins / "file.so", tmp_path)
    monkeypatch.setenv("IOPLUG_PATH", f"/nonexistent::{tmp_path}")
    with ioplug.Host() as host:
        assert host.plugins[0].file == str(tmp_path / "file.so")
    monkeypatch.setenv("IOPLUG_PATH", "/nonexistent")
    with pytest.raises(ioplug.PluginError, match="no plugin found; looked in IOPLUG_PATH .*/nonexistent"):
        ioplug.Host()


def test_within_the_package_and_installed(plugins, tmp_path):
    """The package's own plugins go before installed ones, which stand in PREFIX/lib/.../ioplug."""
    prefix = tmp_path / "prefix"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(prefix)], check=True)
    package = tmp_path / "site" / "ioplug"
    shutil.copytree(os.path.dirname(ioplug.__file__), package, ignore=shutil.ignore_patterns("__pycache__"))
    installed = prefix / "lib/x86_64-linux-gnu/ioplug"
    installed.mkdir(parents=True)
    shutil.copy(plugins / "file.so", installed)

    def found():
        program = "import ioplug; print(ioplug.Host().plugins[0].file)"
        env = {**os.environ, "PYTHONPATH": str(package.parent)}
        env.pop("IOPLUG_PATH", None)
        return subprocess.run([str(prefix / "bin/python"), "-c", program], check=True, capture_output=True, text=True,
                              env=env).stdout.strip()

    assert found() == str(installed / "file.so")
    own = package / "lib/ioplug"
    own.mkdir(parents=True)
    shutil.copy(plugins / "fault.so", own)
    assert found() == str(own / "fault.so")


def test_settings_are_known_and_checked(plugins, site):
    with site.host() as host:
        assert host.plugins[0].settings["jobs"].default == "8"
    with pytest.raises(ioplug.UsageError, match="no setting is called 'job'; there are: .*jobs"):
        site.host(settings={"job": 4})
