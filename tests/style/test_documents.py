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


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def table(text, heading):
    """The cells of the first table below a heading, without its head; code quotes are taken off."""
    part = text.split(f"\n{heading}\n", 1)[1]
    rows = re.search(r"(?:^\|.*\|\n)+", part, re.MULTILINE)[0].splitlines()[2:]
    return [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in rows]


def prose(text):
    """A document without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def test_examples_of_hosts_are_the_compiled_ones(document, root):
    text = document("host-api/README.md")
    sources = {name: (root / "tests/plugins" / name).read_text(encoding="utf-8")
               for name in ("example-host.c", "example-look.c", "example-many.cc")}
    assert blocks(text, "c") + blocks(text, "cpp") == list(sources.values())
    assert not [name for name in sources if f"tests/plugins/{name}" not in text]


def test_verbs_are_the_header_s(document, root):
    """Each function of the plugin's table, with the minor version that brought it."""
    members = (root / "host-api/ioplugin.h").read_text(encoding="utf-8").split("typedef struct IOPlugin {")[1].split("} IOPlugin;")[0]
    minor, brought = 0, {}
    for version, verb in re.findall(r"/\* Minor version (\d+)|^    \w+ \*?\(\*(\w+)\)", members, re.MULTILINE):
        minor = int(version or minor)
        if verb:
            brought[verb] = str(minor)
    rows = table("\n" + document("host-api/README.md"), "# Embedding")
    written = {name: since for names, since, _ in rows for name in re.findall(r"\w+", names)}
    assert len(written) > 11
    assert written == brought


def test_settings_are_the_plugins(document, ioplug, output):
    """Name, default and meaning of each setting, in the plugin's order."""
    text = output(ioplug, "plugins", "--help").split("of plugin xnatstorage", 1)[1].split("\nExit codes", 1)[0]
    told = re.findall(r"^  (\w+)=(\S*)\s+(.*)$", text, re.MULTILINE)
    assert len(told) > 10
    assert [tuple(row) for row in table(document("plugin/README.md"), "## Settings")] == told


def test_exit_codes_are_the_programs(document, ioplug, output):
    text = output(ioplug, "--help").split("Exit codes", 1)[1]
    told = {int(code): name for code, name in re.findall(r"\b(\d+) ([a-z-]+)(?=  |$)", text, re.MULTILINE)}
    rows = table(document("plugin/README.md"), "## Errors and exit codes")
    written = {int(code): name for name, code, *_ in rows if code.isdigit()}
    assert {code: name for code, name in told.items() if code < 100} == written
    assert len(written) == 11


def commands(ioplug, output):
    """The commands that there are, by the help."""
    found = sorted(set(re.findall(r"^  ioplug \[OPTIONS\] (\w+)", output(ioplug, "--help"), re.MULTILINE)))
    assert len(found) > 8
    return found


def test_commands_are_told(document, ioplug, output):
    """Each command has its row, in the order of the help, and its line of usage is the help's."""
    text = document("host-api/ioplug/README.md")
    usage = re.findall(r"^  (ioplug \[OPTIONS\] \S+.*?)(?:  +\S.*)?$", output(ioplug, "--help"), re.MULTILINE)
    assert {row[0] for row in table(text, "## Commands")} == set(commands(ioplug, output))
    written = text.split("\n## Usage\n")[1].split("\n## ")[0]
    assert {line.split()[2] for line in usage} == {line.split()[2] for line in written.splitlines() if line.startswith("    ioplug")}
    for name in commands(ioplug, output):
        own = re.findall(r"^(?:Usage: |       )(ioplug .*)$", output(ioplug, name, "--help"), re.MULTILINE)
        assert own and not [line for line in own if f"    {line}\n" not in written], own


def test_command_options_are_told(document, ioplug, output):
    """Options of all commands in the table, those of one command wherever that is told."""
    text = document("host-api/ioplug/README.md")
    pattern = re.compile(r"^  (?:(-\w), )?(--[a-z][a-z-]*)", re.MULTILINE)
    general = set(pattern.findall(output(ioplug, "--help")))
    assert len(general) > 8
    head = {word for row in table(text, "## Options") for word in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", row[0])}
    assert head == {option for pair in general for option in pair if option}
    own = {pair for name in commands(ioplug, output) for pair in pattern.findall(output(ioplug, name, "--help"))} - general
    assert len(own) > 5
    assert not [option for pair in own for option in pair if option and not re.search(rf"(?<![\w-]){option}\b", text)]


def test_every_option_that_is_named_is_one(documents, ioplug, output, root, tools):
    """In lines of ioplug, tests/run, tests/demo and the stand-in, of any document."""
    helps = {"ioplug": "".join(output(ioplug, *name, "--help") for name in [(), *((name,) for name in commands(ioplug, output))]),
             "tests/run": output(root / "tests/run", "--help"), "tests/demo": output(root / "tests/demo", "--help"),
             "tests/standin/standin": output(tools["STANDIN"], "--help")}
    seen, wrong = 0, []
    for path, text in documents.items():
        for program, rest in re.findall(r"(?<![\w-])(ioplug|tests/run|tests/demo|tests/standin/standin) ([^`\n|]*)", text):
            for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", rest.split("#")[0]):
                seen += 1
                wrong += [(path, program, option)] * (re.search(rf"{option}(?![\w-])", helps[program]) is None)
    assert seen > 15
    assert not wrong


def test_the_first_document_is_short(document):
    assert len(document("README.md").splitlines()) <= 150


def quoted_urls(text):
    return [url for url in re.findall(r"xnat(?:\+https?)?://[^\s'\"`<>|]+", text) if "[" not in url.split("/")[2]]


# The documents that tell how the command and the plugin are used; those of the engines run their examples in tests/engines.
TOLD = ("README.md", "plugin/README.md", "host-api/README.md", "host-api/ioplug/README.md")


def test_every_url_is_one(document, build, ioplug):
    """Each example is read: one of a resource comes back; another asks for a login, and nothing else is wrong with it."""
    urls = sorted({url for path in TOLD for url in quoted_urls(document(path)) if "xnat.example.com" in url and "$" not in url})
    assert len(urls) > 10
    env = {**os.environ, "NETRC": os.devnull, "IOPLUG_PATH": str(build / "plugin")}
    for url in urls:
        command = "expand" if "/search" in url or "/resources/" in url else "ls"
        ran = subprocess.run([ioplug, "-q", command, url], capture_output=True, text=True, check=False, env=env)
        if "/resources/" not in url:
            assert ran.returncode == 5, (url, ran.stderr)
        else:
            assert (ran.returncode, ran.stdout) == (0, f"\t{url}\n"), (url, ran.stderr)


def test_every_file_that_is_named_exists(documents, root):
    """A path from the top of the source tree, in any document."""
    seen = 0
    for path, text in documents.items():
        named = set(re.findall(r"(?<![\w/.-])((?:tests|plugin|host-api|\.ci|\.github)/[\w./-]*\w)", re.sub(r"\]\([^)]*\)", "]", text)))
        seen += len(named)
        assert not [name for name in named if not (root / name).exists() and not name.startswith("plugin/xnatstorage")], path
    assert seen > 40


def test_packages_are_the_list(document, root):
    """The line that installs what a build needs names the packages of the list's first section."""
    section = (root / "tests/tools/packages.txt").read_text(encoding="utf-8").split("[build]", 1)[1].split("[", 1)[0]
    wanted = [line for line in section.splitlines() if line and not line.startswith("#")]
    line = re.search(r"apt-get install ((?:.*\\\n)*.*)", document("README.md"))[1].replace("\\\n", " ")
    assert sorted(word for word in line.split() if not word.startswith("-")) == sorted(wanted)


def anchors(text):
    """What the headings of a document are called in links, as forges do it."""
    titles = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_lead_somewhere(documents, root):
    """Each relative link leads to a file that is there, and each anchor to a heading of it."""
    seen = 0
    for path, text in documents.items():
        for link in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
            if re.match(r"\w+:", link):
                continue
            seen += 1
            name, _, anchor = urllib.parse.unquote(link).partition("#")
            target = (root / path).parent / name if name else root / path
            assert target.exists(), f"{path}: {link}"
            assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), f"{path}: {link}"
    assert seen > 20


def test_plugin_loads_without_a_host(build):
    """As host-api/README.md says: any language with a foreign function interface can load it, and a NULL host is welcome."""
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
