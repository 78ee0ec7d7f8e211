#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a man page out of the documents: manpage.py PAGE VERSION >PAGE.N

PAGE is a text beside this file, in which a line `include FILE "HEADING"` stands for what FILE (a path from there) says
below that heading; `include FILE` for the contract in a C header. What is Markdown there becomes what is usual in man
pages: a table becomes a list of its first cells with what the others say, code becomes bold. Standard library only.
What this does not understand is an error, so that nothing goes to a page wrong.
"""
import pathlib
import re
import sys
import textwrap

sys.dont_write_bytecode = True
import header

# The documents that are man pages themselves.
PAGES = {"plugin/README.md": "xnatstorage(7)", "host-api/ioplug/README.md": "ioplug(1)", "host-api/README.md": "ioplugin.h(3)"}
ROOT = pathlib.Path(__file__).resolve().parents[2]


class Mistake(Exception):
    pass


def included(page, path, heading):
    """What a document says below a heading, without the heading; lower headings stay."""
    source = (page.parent / path).resolve()
    text = source.read_text(encoding="utf-8")
    if heading is None:
        return header.markdown(text), source
    found = re.search(rf"^(#+) {re.escape(heading)}\n((?s:.*?))(?=^#{{1,2}} |\Z)", text, re.MULTILINE)
    if not found:
        raise Mistake(f"{source} has no heading '{heading}'")
    return found[2], source


def plain(text):
    """Text as troff reads it, outside of any markup."""
    return text.replace("\\", r"\e").replace("~", r"\(ti").replace("^", r"\(ha")


def code(text):
    """What is to be typed: its hyphens and quotes are those of the keyboard."""
    return plain(text).replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga").replace('"', r"\(dq")


def link(words, target, source):
    """A link to another man page names it; one within the page is its words, one to the web its address, too."""
    if re.match(r"https?:", target):
        return f"{inline(words, source)} ({code(target)})"
    path, _, anchor = target.partition("#")
    named = path and PAGES.get(str((source.parent / path).resolve().relative_to(ROOT)))
    if not named:
        return inline(words, source)
    name, section = re.fullmatch(r"(.*)(\(\d\))", named).groups()
    reference = rf"\fB{code(name)}\fR{section}"
    return f"{inline(words, source)} (see {reference})" if anchor else reference


INLINE = re.compile(r"`(?P<code>[^`]+)`|\[(?P<words>(?:[^\]`]|`[^`]*`)+)\]\((?P<target>[^)]+)\)|\*\*(?P<bold>[^*]+)\*\*|(?<!\w)\*(?P<italic>[^*\s][^*]*)\*(?!\w)"
                    r"|(?P<other>[\s\S])")


def inline(text, source):
    made = []
    for match in INLINE.finditer(text):
        if match["code"]:
            # A long one may be broken behind a slash.
            made.append(rf"\fB{code(match['code'])}\fR".replace("/", r"/\:"))
        elif match["target"]:
            made.append(link(match["words"], match["target"], source))
        elif match["bold"]:
            made.append(rf"\fB{plain(match['bold'])}\fR")
        elif match["italic"]:
            made.append(rf"\fI{plain(match['italic'])}\fR")
        elif match["other"] in "`<" and not re.match(r"<[^a-z/!]", text[match.start():] + " "):
            raise Mistake(f"markup that is not understood: {text[match.start():match.start() + 40]!r}")
        else:
            made.append(plain(match["other"]))
    return "".join(made)


def tag(text, source):
    """The head of an entry: what is typed is bold, what stands for something is italic."""
    made = inline(text, source)
    return re.sub(r"\\fB(.*?)\\fR", lambda part: r"\fB" + re.sub(r"(?<=[ =|(])[A-Z][A-Z]+\b", r"\\fI\g<0>\\fB", part[1]) + r"\fR", made)


def filled(text):
    """Lines of a paragraph, none of which troff takes for a request."""
    lines = textwrap.wrap(" ".join(text.split()), 76, break_long_words=False, break_on_hyphens=False)
    return [rf"\&{line}" if line[0] in ".'" else line for line in lines]


def cells(row):
    return [cell.replace(r"\|", "|").strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def table(rows, source):
    """A list: the first cell of a row is its head, the last one what is said; what stands between is in brackets."""
    names = cells(rows[0])
    made = []
    for row in rows[2:]:
        first, *middle, last = cells(row)
        if len(middle) + 2 != len(names):
            raise Mistake(f"a row with another number of cells: {row}")
        between = [f"{name}: {inline(cell, source)}" for name, cell in zip(names[1:], middle) if cell]
        made += [".TP", " ".join([tag(first, source), *([f"({'; '.join(between)})"] if between else [])])]
        made += filled(inline(last, source)) or [r"\&"]
    return made


def literal(lines):
    """Lines that stay as they are."""
    escaped = [code(line) for line in lines]
    return [".PP", ".RS 4", ".nf", *[rf"\&{line}" if line[:1] in (".", "\\") else line for line in escaped], ".fi", ".RE"]


def item(mark, text, source):
    return [f".IP {mark} 4", *filled(inline(text, source))]


def parts(text):
    """A document in parts: (kind, lines)."""
    lines = text.splitlines()
    while lines:
        line = lines.pop(0)
        if line.startswith("```"):
            end = lines.index("```")
            yield "literal", lines[:end]
            del lines[:end + 1]
        elif re.match(r"#+ ", line):
            yield "heading", [line]
        elif line.strip():
            kind = ("table" if line.startswith("|") else "literal" if line.startswith("    ") else
                    "item" if re.match(r"- |\d+\. ", line) else "paragraph")
            taken = [line]
            while lines and lines[0].strip() and not lines[0].startswith("```") and not (kind == "item" and re.match(r"- |\d+\. ", lines[0])):
                taken.append(lines.pop(0))
            yield kind, taken


def body(text, source):
    made = []
    for kind, lines in parts(text):
        if kind == "literal":
            made += literal(textwrap.dedent("\n".join(lines)).splitlines())
        elif kind == "table":
            made += table(lines, source)
        elif kind == "heading":
            made.append(".SS " + plain(lines[0].lstrip("# ")))
        elif kind == "item":
            mark, words = re.match(r"(-|\d+\.) (.*)", "\n".join(lines), re.DOTALL).groups()
            made += item(r"\(bu" if mark == "-" else mark, words, source)
        else:
            made += [".PP", *filled(inline("\n".join(lines), source))]
    return made


def page(path, version):
    name, section = re.fullmatch(r"(.*)\.(\d)\.md", path.name).groups()
    made = [rf'.\" Made by {pathlib.Path(__file__).name} out of the documents of xnatstorage: change these.',
            f'.TH {code(name)} {section} "" "xnatstorage {version}"', ".nh", ".ad l", ".ss 12 0"]
    for part in re.split(r"^(?=## )", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        made.append(".SH " + plain(title.removeprefix("## ")))
        for piece in re.split(r"^(include .*\n)", text, flags=re.MULTILINE):
            asked = re.fullmatch(r'include (\S+)(?: "(.*)")?\n', piece)
            made += body(*included(path, *asked.groups())) if asked else body(piece, path)
    # A paragraph begins by itself below a heading.
    return re.sub(r"^(\.S[HS] .*\n)\.PP\n", r"\1", "\n".join(made) + "\n", flags=re.MULTILINE)


if __name__ == "__main__":
    try:
        sys.stdout.reconfigure(encoding="utf-8")
        sys.stdout.write(page(pathlib.Path(sys.argv[1]), sys.argv[2]))
    except Mistake as mistake:
        sys.exit(f"{sys.argv[1]}: {mistake}")
