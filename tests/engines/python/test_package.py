# SPDX-License-Identifier: Apache-2.0
"""The distribution: installed as users do it, typed, old enough in its syntax, documented."""
import ast
import importlib.metadata
import inspect
import pathlib
import re
import subprocess
import sys

import ioplug
import pytest

import conftest


@pytest.fixture(scope="module")
def sources(root):
    found = sorted((root / "host-api/python/ioplug").glob("*.py"))
    assert len(found) > 5
    return found


def test_the_installed_module_is_tested_and_it_is_this_one(sources):
    installed = pathlib.Path(ioplug.__file__).parent
    assert installed != sources[0].parent
    assert {one.name: one.read_bytes() for one in sources} == {one.name: one.read_bytes() for one in installed.glob("*.py")}
    assert (installed / "py.typed").exists()


def test_version_is_the_projects(root):
    wanted = re.search(r"version: '([^']+)'", (root / "meson.build").read_text())[1]
    assert ioplug.__version__ == importlib.metadata.version("ioplug") == wanted


def test_without_the_command_inside_it_says_so():
    """As a program it is the command, which only a wheel has inside."""
    ran = subprocess.run([sys.executable, "-m", "ioplug", "plugins"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (11, "")
    assert ran.stderr.startswith("ioplug: plugin: this package has no command inside")


def test_syntax_is_that_of_python_3_9(sources):
    for one in sources:
        ast.parse(one.read_text(), feature_version=(3, 9))


# A list of what the module may need: an older Python cannot tell what its library has.
STANDARD = {"__future__", "atexit", "contextlib", "contextvars", "ctypes", "dataclasses", "difflib", "enum", "errno", "functools", "glob",
            "logging", "multiprocessing", "os", "pathlib", "sys", "threading", "time", "types", "typing", "warnings"}


def test_standard_library_only(sources):
    """But for the file system and its paths, which are of use within their libraries alone."""
    for one in sources:
        if one.name in ("fsspec.py", "upath.py"):
            continue
        for node in ast.walk(ast.parse(one.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else \
                [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            assert all(name.split(".")[0] in STANDARD for name in names), (one, names)


@pytest.mark.parametrize("version", ["3.10", "3.13"])
# mypy itself knows nothing older.
def test_types_are_strict(sources, tmp_path, version):
    ran = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--python-version", version, "--cache-dir", str(tmp_path), str(sources[0].parent)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_users_see_the_types(tmp_path):
    """Through the installed package: right use passes, wrong use does not."""
    (tmp_path / "right.py").write_text(
        "import pathlib, typing, ioplug\nwith ioplug.Host() as host:\n    path: pathlib.Path = host.fetch('u', 'd')\n"
        "    size: typing.Optional[int] = host.stat('u').bytes\n    names: list[str] = [one.url for one in host.list('u')]\n")
    (tmp_path / "wrong.py").write_text("import ioplug\nioplug.Host().fetch('u', 3)\n")
    ran = {name: subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), f"{name}.py"],
                                capture_output=True, text=True, check=False, cwd=tmp_path) for name in ("right", "wrong")}
    assert ran["right"].returncode == 0, ran["right"].stdout
    assert ran["wrong"].returncode == 1 and "arg-type" in ran["wrong"].stdout


def test_everything_public_is_documented():
    for name in ioplug.__all__:
        thing = getattr(ioplug, name)
        assert inspect.getdoc(thing), name
        for method, function in vars(thing).items():
            if not method.startswith("_") and (inspect.isfunction(function) or isinstance(function, property)):
                assert inspect.getdoc(function), f"{name}.{method}"


def test_every_file_names_its_licence(root, sources):
    for one in [*sources, root / "host-api/python/pyproject.toml", root / "host-api/python/README.md"]:
        assert "SPDX-License-Identifier: Apache-2.0" in one.read_text()[:200], one


def test_errors_in_the_readme_are_the_modules(root):
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `([\w-]+)` \|$", (root / "host-api/python/README.md").read_text(), re.MULTILINE)
    classes = {name for name in ioplug.__all__ if name.endswith("Error")} - {"Error"}
    assert {name for name, *_ in rows} == classes
    for name, builtin, kind in rows:
        own = getattr(ioplug, name)
        assert own.kind == kind and issubclass(own, getattr(__import__("builtins"), builtin)) and issubclass(own, ioplug.Error)


def test_operations_in_the_readme_are_the_modules(root):
    names = re.findall(r"^\| `(\w+)\(", (root / "host-api/python/README.md").read_text(), re.MULTILINE)
    with ioplug.Host(conftest.PLUGINS / "file.so") as host:
        assert all(callable(getattr(host, name)) for name in names) and len(names) == 11


def test_the_example_in_the_readme_runs(root, site, python, tmp_path):
    example = re.search(r"^```python\n(.*?)^```$", (root / "host-api/python/README.md").read_text(), re.MULTILINE | re.DOTALL)[1]
    out = python(example, site.server.plugin_url, tmp_path / "data", IOPLUG_PATH=str(conftest.PLUGIN.parent),
                 NETRC=str(site.netrc))
    assert len(out.splitlines()) > 1 and all(pathlib.Path(line.split()[0]).is_dir() for line in out.splitlines())
    assert site.server.sessions() == []


def test_the_file_system_in_the_readme_is_found(root, site, python):
    """Its second example, for another address."""
    examples = re.findall(r"^```python\n(.*?)^```$", (root / "host-api/python/README.md").read_text(), re.MULTILINE | re.DOTALL)
    scheme, _, address = site.server.plugin_url.partition("://")
    text = examples[1].replace("xnat+https", scheme).replace("xnat.example.com", address).replace("fs.glob(", "print(*fs.glob(")
    out = python(text.rstrip() + ")\n", IOPLUG_PATH=str(conftest.PLUGIN.parent), NETRC=str(site.netrc))
    assert out.count("/files/image.nii.gz") > 5
