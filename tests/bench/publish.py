# SPDX-License-Identifier: Apache-2.0
"""Takes the last results into the source tree: the files beside this, and the parts of the READMEs that hold results."""
import json
import pathlib
import re

import records
import report

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]


def parts(found):
    """Each document that holds results, with its part of them."""
    return {HERE / "README.md": report.readme_part(found), TOP / "README.md": report.short_part(found)}


def publish(folder):
    source = (folder / "results.json").read_text(encoding="utf-8")
    found = json.loads(source)
    between = re.compile(re.escape(report.BEGIN) + ".*?" + re.escape(report.END), re.DOTALL)
    for document, part in parts(found).items():
        text = document.read_text(encoding="utf-8")
        if not between.search(text):
            print(f"{document} has no lines {report.BEGIN} and {report.END}: put them where the table is to stand")
            return 1
        document.write_text(between.sub(lambda _, part=part: part, text), encoding="utf-8")
    for name, text in {"results.json": source, **records.documents(found)}.items():
        (HERE / name).write_text(text, encoding="utf-8")
    print(f"{', '.join(map(str, parts(found)))} and {HERE}/ hold the results of {', '.join(found['machines'])}")
    return 0
