# SPDX-License-Identifier: Apache-2.0
"""Tells in Markdown what a C header tells in its comments, so that both come from one source."""
import re
import textwrap

# A comment for what follows it, or for the member before it, and a declaration.
TOP = re.compile(r"^/\*\*(?P<comment>[\s\S]*?)\*/\n"
                 r"(?P<code>(?:typedef )?(?:struct|enum)[^\n]*\{\n[\s\S]*?^\}[^\n]*;|(?:(?!/\*)[^\n]+\n)*)", re.MULTILINE)


def words(comment):
    """The text of a comment without its stars, as paragraphs."""
    text = re.sub(r"^ *\*? {0,2}", "", comment.strip(), flags=re.MULTILINE) if "\n *\n" not in comment else "\n".join(
        re.sub(r"^ ?\* ?", "", line) for line in comment.strip("\n").splitlines()).strip()
    text = re.sub(r"@param (\w+) ", r"`\1`: ", text)
    return re.sub(r"@return ", "Returns: ", re.sub(r"::(\w+)", r"`\1`", text))


def joined(text):
    return " ".join(text.split()).replace("|", r"\|")


def members(code):
    """Rows of a table: each member of a struct or enum as it is declared, with its comment."""
    inside = re.search(r"\{\n(.*?)^\}", code, re.MULTILINE | re.DOTALL)[1]
    before, rows = "", []
    for match in re.finditer(r"/\*\*(?P<before>[^<].*?)\*/|(?P<part>/\*[^*].*?\*/)"
                             r"|(?P<member>[^;,{}/]*?(?:\([^;]*\))?[^;,/]*)[;,]?\s*(?:/\*\*<(?P<after>.*?)\*/)?(?=\n)", inside, re.DOTALL):
        if match["before"]:
            before = joined(words(match["before"]))
        elif match["member"] and match["member"].strip():
            said = joined(words(match["after"])) if match["after"] else before
            rows.append(f"| `{joined(match['member'])}` | {said} |")
            before = ""
    return rows


def title_of(code):
    """What a declaration is called: a type, a constant, a type of functions, a function; or what its constants are."""
    for pattern in (r"^\} (\w+);", r"^#define (\w+)", r"\(\*(\w+)\)", r"^\w[^(]*?(\w+) \(", r"^typedef struct \w+ (\w+);"):
        found = re.search(pattern, code, re.MULTILINE)
        if found:
            return found[1]
    return "Flags" if code.startswith("enum") else None


def markdown(text):
    """The file's own comment first, then each declaration that has one, below its name."""
    made = []
    for match in TOP.finditer(text):
        comment, code = words(match["comment"]), match["code"]
        title = title_of(code)
        if comment.startswith("@file"):
            told = re.sub(r"^@file \S+\n", "", comment)
            made.append(re.sub(r"^([A-Z][a-z]+( [a-z]+)?)\. ", r"**\1.** ", told, flags=re.MULTILINE))
        elif title is None:    # the comment of attributes, which stands for itself
            head, _, rest = comment.partition("\n\n")
            made += ["### Attributes", head, textwrap.indent(textwrap.dedent(rest).replace("`", ""), "    ")]
        elif "{\n" in code:
            made += [f"### {title}", comment, "\n".join(["| member | meaning |", "| --- | --- |", *members(code)])]
        else:
            made += [f"### {title}", comment, textwrap.indent(code.rstrip(), "    ")]
    return "\n\n".join(made) + "\n"
