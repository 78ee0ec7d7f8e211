# SPDX-License-Identifier: Apache-2.0
"""The man pages are made without a flaw, and tell all that there is."""
import json
import os
import re
import subprocess
import sys

import pytest

PAGES = ("ioplug.1", "xnatstorage.7", "ioplugin.h.3")
SECTIONS = {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT AND FILES", "EXAMPLES", "SEE ALSO"}


@pytest.fixture(scope="module")
def pages(build):
    """Each page as a terminal of 80 columns shows it, without bold and hyphens at line ends."""
    shown = {}
    for name in PAGES:
        ran = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", build / "host-api/man" / name], capture_output=True, text=True,
                             check=False, stdin=subprocess.DEVNULL,
                             env={"PATH": os.environ["PATH"], "MANWIDTH": "80", "LC_ALL": "C.UTF-8", "MANPAGER": "cat", "HOME": "/"})
        assert (ran.returncode, ran.stderr) == (0, ""), name
        shown[name] = re.sub(r".\x08|\x1b\[\d*m", "", ran.stdout)
    return shown


def joined(text):
    return " ".join(text.split())


@pytest.mark.parametrize("name", PAGES)
def test_mandoc_has_nothing_to_say(build, name):
    """But that there is no date: a page is made anew with each build."""
    ran = subprocess.run(["mandoc", "-Tlint", "-Wwarning", build / "host-api/man" / name], capture_output=True, text=True, check=False)
    assert [line for line in ran.stdout.splitlines() if "missing date" not in line] == []


def test_sections_are_the_usual_ones(pages):
    found = {name: set(re.findall(r"^([A-Z][A-Z ,]+)$", text, re.M)) for name, text in pages.items()}
    assert SECTIONS <= found["ioplug.1"]
    assert SECTIONS - {"OPTIONS", "EXIT STATUS", "ENVIRONMENT AND FILES"} <= found["ioplugin.h.3"]
    assert {"NAME", "DESCRIPTION", "URLS", "SETTINGS", "ERRORS", "ENVIRONMENT AND FILES", "SEE ALSO"} <= found["xnatstorage.7"]
    for name, text in pages.items():
        assert re.search(rf"^NAME\n +{re.escape(name.rsplit('.', 1)[0])} - \w", text, re.M)


def test_the_command_s_page_names_commands_and_options(pages, tools, output):
    page, command = pages["ioplug.1"], tools["TEST_IOPLUG"]
    text = output(command, "--help")
    commands = set(re.findall(r"^  ioplug \[OPTIONS\] (\w+)", text, re.M))
    assert len(commands) > 8
    for name in commands:
        assert re.search(rf"^       {name}(?: |$)", page.split("\nCOMMANDS\n")[1].split("\nOPTIONS\n")[0], re.M), name
        text += output(command, name, "--help")
    options = set(re.findall(r"(?<=[ ,])--?[a-zA-Z][a-z-]*(?=[ ,=])", "\n".join(re.findall(r"^  -.*$", text, re.M))))
    assert len(options) > 15
    assert not [option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", page)]
    told = re.findall(r"\b(\d+) ([a-z-]+)(?=  |$)", text.split("Exit codes", 1)[1], re.M)
    assert len(told) > 10
    for code, kind in told:
        assert int(code) > 100 or re.search(rf"^       {kind} \(exit code: {code}\)", page, re.M), kind


def test_the_plugin_s_page_names_settings_and_options_of_urls(pages, document, tools, output):
    page = pages["xnatstorage.7"]
    settings = re.findall(r"^  (\w+)=(\S*)", output(tools["TEST_IOPLUG"], "plugins", "--help").split("of plugin", 1)[1], re.M)
    assert len(settings) > 10
    for name, default in settings:
        assert re.search(rf"^       {name}{re.escape(f' (default: {default})') if default else ''}", page, re.M), name
    text = document("plugin/README.md")
    names = [name for row in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.M) for name in re.findall(r"\w+", row)]
    assert len(names) > 30
    assert not [name for name in names if not re.search(rf"(?<!\w){name}(?!\w)", page)]


def test_whole_documents_are_in_the_pages(root, document):
    """Each part of the reference is taken in, but for what is told of the project itself."""
    for path, page, without in (("plugin/README.md", "xnatstorage.7", {"Architecture"}), ("host-api/ioplug/README.md", "ioplug.1", set())):
        headings = set(re.findall(r"^## (.*)$", re.sub(r"^```.*?^```$", "", document(path), flags=re.M | re.S), re.M))
        taken = set(re.findall(rf"^include \S*{re.escape(path.removeprefix('host-api/'))} \"(.*)\"$",
                               document(f"host-api/man/{page}.md"), re.M))
        assert headings - taken == without


def test_the_headers_page_has_every_name(pages, root):
    """Types, constants, members and functions, each with what the header says of it."""
    header = "".join((root / "host-api" / name).read_text(encoding="utf-8") for name in ("ioplugin.h", "host/ioplug/host.h"))
    page = joined(pages["ioplugin.h.3"])
    names = set(re.findall(r"^\} (\w+);|^#define (IOPLUGIN_(?!H\b|HOST_H\b|EXPORT)\w+)|^    (IO_\w+) =|(?:\(\*|[ *])(\w+)(?:\)|;)|(io_host_\w+) \(",
                           header, re.M))
    names = {name for found in names for name in found if name and not name.isdigit()} - {"void", "extern"}
    assert len(names) > 60
    assert not [name for name in names if not re.search(rf"(?<!\w){name}(?!\w)", page)]
    comments = [re.sub(r"@param (\w+) ", r"\1: ", re.sub(r"@return ", "Returns: ", joined(re.sub(r"\n *\*", " ", comment))))
                for comment in re.findall(r"/\*\*<?(?:\n \*)? (\w.*?)\*/", header, re.S)]
    assert len(comments) > 40
    page = page.replace("\u2019", "'")
    assert not [comment for comment in comments if comment.replace("`", "").replace("::", "").strip() not in page]


def test_what_is_not_understood_is_an_error(root, tmp_path):
    """So that no page says something wrong without a word."""
    for text, word in (("<b>bold</b>", "markup"), ("| a | b |\n| --- | --- |\n| one |", "cells"), ('include x.md "Nothing"', "heading")):
        (tmp_path / "x.md").write_text("# Something\n", encoding="utf-8")
        (tmp_path / "x.1.md").write_text(f"## NAME\n\n{text}\n", encoding="utf-8")
        ran = subprocess.run([sys.executable, root / "host-api/man/manpage.py", tmp_path / "x.1.md", "1"], capture_output=True, text=True,
                             check=False)
        assert ran.returncode == 1 and word in ran.stderr, (text, ran.stderr)


def test_pages_are_installed_where_man_looks(build):
    told = subprocess.run(["meson", "introspect", "--installed", build], capture_output=True, text=True, check=True)
    places = json.loads(told.stdout).values()
    for name in PAGES:
        assert [place for place in places if place.endswith(f"share/man/man{name[-1]}/{name}")], name
