# SPDX-License-Identifier: Apache-2.0
"""What was found, as it is kept: for each row and profile the last record, with its day. Knows no client and no server."""
import json
import pathlib

import picture
import report
import timeline

HERE = pathlib.Path(__file__).resolve().parent


class Records:
    """`found` is what results.json holds; what is measured anew takes the place of what stood there."""

    def __init__(self, folder, quick, rows, profiles):
        """`rows` and `profiles`: the names of all, as they are to stand."""
        self.folder, self.rows, self.profiles = folder, list(rows), list(profiles)
        self.found = {"quick": quick, "machines": {}, "profiles": {}, "rows": [], "growth": []}

    def go_on(self):
        """From the last results in the folder, or from the published ones; those of small archives are not mixed with others."""
        for path in (self.folder / "results.json", HERE / "results.json"):
            earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"quick": None}
            if earlier["quick"] == self.found["quick"]:
                self.found = earlier
                return

    def has(self, row, profile):
        return any((one["row"], one["profile"]) == (row, profile) and "error" not in one for one in self.found["rows"])

    def add(self, record):
        place = (record["row"], record["profile"])
        others = [one for one in self.found["rows"]
                  if (one["row"], one["profile"]) != place and one["row"] in self.rows and one["profile"] in self.profiles]
        self.found["rows"] = sorted([*others, record], key=lambda one: (self.rows.index(one["row"]),
                                                                       self.profiles.index(one["profile"])))
        days = {one["when"] for one in [*self.found["rows"], *self.found["growth"]]}
        self.found["machines"] = {day: machine for day, machine in sorted(self.found["machines"].items()) if day in days}

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "results.json").write_text(json.dumps(self.found, indent=1) + "\n", encoding="utf-8")
        for name, text in documents(self.found).items():
            (self.folder / name).write_text(text, encoding="utf-8")


def documents(found):
    """What is made of the results, by the names of the files."""
    made = {"results.md": report.markdown(found), "results.svg": picture.draw(found), "timeline.svg": timeline.draw(found)}
    return {name: text for name, text in made.items() if text}
