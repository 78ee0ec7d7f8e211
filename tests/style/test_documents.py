# SPDX-License-Identifier: Apache-2.0
"""What the documents say is what the program does."""
import ctypes
import os
import re
import subprocess
import urllib.parse

import pytest


@pytest.fixture(scope="module")
def ioplug(build):
    return os.environ.get("TEST_IOPLUG", str(build / "host-api" / "ioplug"))


def blocks(readme, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)


def table(readme, heading):
    """The cells of the first table below a heading, without its head; code quotes are taken off."""
    part = readme.split(f"\n{heading}\n", 1)[1]
    rows = re.search(r"(?:^\|.*\|\n)+", part, re.MULTILINE)[0].splitlines()[2:]
    return [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in rows]


def test_example_host_is_the_compiled_one(readme, root):
    source = (root / "tests/plugins/example-host.c").read_text(encoding="utf-8")
    assert blocks(readme, "c") == [source]


def test_settings_are_the_plugins(readme, ioplug, output):
    """Name, default and meaning of each setting, in the plugin's order."""
    text = output(ioplug, "plugins", "--help").split("of plugin xnatstorage", 1)[1].split("\nExit codes", 1)[0]
    told = re.findall(r"^  (\w+)=(\S*)\s+(.*)$", text, re.MULTILINE)
    assert len(told) > 10
    assert [tuple(row) for row in table(readme, "## Settings")] == told


def test_exit_codes_are_the_programs(readme, ioplug, output):
    text = output(ioplug, "--help").split("Exit codes", 1)[1]
    told = {int(code): name for code, name in re.findall(r"\b(\d+) ([a-z-]+)(?=  |$)", text, re.MULTILINE)}
    written = {int(code): name for name, code, *_ in table(readme, "## Errors and exit codes") if code.isdigit()}
    assert {code: name for code, name in told.items() if code < 100} == written
    assert len(written) == 11


def test_command_options_are_told(readme, ioplug, output):
    options = set(re.findall(r"^  (?:-\w, )?(--[a-z]+)", output(ioplug, "--help"), re.MULTILINE))
    assert len(options) > 8
    assert not [option for option in options if f"`{option}" not in readme and f", {option}" not in readme]


def quoted_urls(text):
    return [url for url in re.findall(r"xnat(?:\+https?)?://[^\s'\"`<>|]+", text) if "[" not in url.split("/")[2]]


def test_every_url_in_the_readme_is_one(readme, build, ioplug):
    """Each example is read: a data URL comes back, a search asks for a login and nothing else is wrong with it."""
    urls = sorted({url for url in quoted_urls(readme) if "xnat.example.com" in url and "$" not in url})
    assert len(urls) > 10
    env = {**os.environ, "NETRC": os.devnull, "IOPLUG_PATH": str(build / "plugin")}
    for url in urls:
        ran = subprocess.run([ioplug, "-q", "expand", url], capture_output=True, text=True, check=False, env=env)
        if "/search" in url:
            assert ran.returncode == 5, (url, ran.stderr)
        else:
            assert (ran.returncode, ran.stdout) == (0, f"\t{url}\n"), (url, ran.stderr)


def test_every_file_named_in_the_readme_exists(readme, root):
    named = set(re.findall(r"(?<![\w/.-])((?:tests|plugin|host-api|\.ci)/[\w./-]*\w)", readme))
    named = {name for name in named if not name.startswith(("plugin/xnatstorage",))}
    assert len(named) > 10
    assert not [name for name in named if not (root / name).exists()]


def test_packages_in_the_readme_are_the_list(readme, root):
    """The line that installs what a build needs names the packages of the list's first section."""
    section = (root / "tests/tools/packages.txt").read_text(encoding="utf-8").split("[build]", 1)[1].split("[", 1)[0]
    wanted = [line for line in section.splitlines() if line and not line.startswith("#")]
    line = re.search(r"apt-get install ((?:.*\\\n)*.*)", readme)[1].replace("\\\n", " ")
    assert sorted(word for word in line.split() if not word.startswith("-")) == sorted(wanted)


def test_links_within_the_readme(readme):
    titles = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", readme, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    links = [urllib.parse.unquote(link) for link in re.findall(r"\]\(#([^)]+)\)", readme)]
    assert set(links) <= anchors


def test_plugin_loads_without_a_host(build):
    """As the README says: any language with a foreign function interface can load it, and a NULL host is welcome."""
    module = ctypes.CDLL(str(build / "plugin" / "xnatstorage.so"))
    module.ioplugin_entry.restype = ctypes.c_void_p
    module.ioplugin_entry.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    assert module.ioplugin_entry(None, None)


def has_test(path, name):
    """Whether a file has this test: a function of a Python file, or a path that a C program adds."""
    text = path.read_text(encoding="utf-8")
    pattern = rf"^def {re.escape(name)}\(" if path.suffix == ".py" else rf'g_test_add\w* \(\s*"{re.escape(name)}"'
    return re.search(pattern, text, re.MULTILINE) is not None


def test_promises_of_security_have_their_tests(root):
    """Each row of promises in SECURITY.md names tests, and all that are named exist."""
    text = (root / ".github/SECURITY.md").read_text(encoding="utf-8")
    promised = text.split("\n## Promised\n")[1].split("\n## ")[0]
    rows = [row for row in promised.splitlines() if row.startswith("| ") and not row.startswith(("| promise |", "| ---"))]
    assert len(rows) > 10
    assert not [row for row in rows if "::" not in row.split("|")[2]]
    named = re.findall(r"`(tests/[^`\s]+)::([^`\s]+)`", text)
    assert len(named) == text.count("::") > len(rows)
    assert not [f"{path}::{name}" for path, name in named
                if not (root / path).is_file() or not has_test(root / path, name)]
