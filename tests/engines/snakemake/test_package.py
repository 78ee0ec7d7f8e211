# SPDX-License-Identifier: Apache-2.0
"""The distribution: installed as users do it, found by Snakemake, typed, documented."""
import importlib.metadata
import inspect
import pathlib
import re
import subprocess
import sys
from dataclasses import fields

import ioplug
import snakemake_storage_plugin_xnat as plugin
from engine_site import ENGINES, PLUGIN, ROOT
from snakemake_interface_storage_plugins.registry import StoragePluginRegistry
from snakemake_interface_storage_plugins.storage_object import StorageObjectTouch

SOURCE = ENGINES / "snakemake"
README = (SOURCE / "README.md").read_text(encoding="utf-8")


def test_the_installed_module_is_tested_and_it_is_this_one():
    installed = pathlib.Path(plugin.__file__).parent
    sources = sorted((SOURCE / "snakemake_storage_plugin_xnat").glob("*.py"))
    assert installed != SOURCE and len(sources) > 3 and (installed / "py.typed").exists()
    assert {one.name: one.read_bytes() for one in sources} == {one.name: one.read_bytes() for one in installed.glob("*.py")}


def test_version_is_the_projects():
    wanted = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text(encoding="utf-8"))[1]
    assert plugin.__version__ == importlib.metadata.version("snakemake-storage-plugin-xnat") == wanted


def test_snakemake_finds_it():
    found = StoragePluginRegistry().get_plugin("xnat")
    assert found.storage_provider is plugin.StorageProvider and found.is_read_write()
    # Of what is none of these Snakemake itself says that --touch is impossible.
    assert not issubclass(plugin.StorageObject, StorageObjectTouch)
    assert all(plugin.StorageProvider.is_valid_query(one.query) for one in plugin.StorageProvider.example_queries())


def test_types_are_strict(tmp_path):
    ran = subprocess.run([sys.executable, "-m", "mypy", "--config-file", SOURCE / "pyproject.toml", "--cache-dir", tmp_path,
                          SOURCE / "snakemake_storage_plugin_xnat"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_everything_public_is_documented():
    for name in plugin.__all__:
        thing = getattr(plugin, name)
        assert inspect.getdoc(thing), name
        for method, function in vars(thing).items():
            if not method.startswith("_") and inspect.isfunction(function):
                assert inspect.getdoc(function), f"{name}.{method}"


def test_settings_are_the_plugins_and_documented():
    """The help of each as the plugin has it, but for capitals and the end."""
    own = {field.name: field.metadata["help"] for field in fields(plugin.StorageProviderSettings)}
    with ioplug.Host(PLUGIN) as host:
        known = {name: one.help for name, one in host.plugins[0].settings.items()}
    # What expand tells of a data URL is of no use here, and local copies are Snakemake's own.
    assert set(own) - {"plugin", "max_requests_per_second"} == set(known) - {"attributes", "keep_changed"}
    table = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", README, re.MULTILINE))
    assert set(table) == set(own)
    assert all(table[name] == own[name] for name in own if name != "max_requests_per_second")
