# SPDX-License-Identifier: Apache-2.0
"""The commands that are killed: what the server has and what stands here before, and what must be true of each afterwards,
finished or not."""
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "faults"), str(HERE.parent / "integration")]

from operations import ADMIN, SCAN, SESSION, TEMPORARY, Fetch, FetchList, Put, archive_json, files_of, text  # noqa: E402

KB = 1000
IMAGE, OLD_IMAGE, NOTE = text("image", 2500 * KB), text("old image", 1500 * KB), text("note", 700)
TREE = {f"{folder}/{number:02}.dcm": text(f"{folder}{number}", 2 * KB + 1900 * number)
        for folder in ("a", "b c") for number in range(30)} | {"empty": b"", "large.img": text("large", 700 * KB)}
FEW = {f"{number}.dcm": text(f"few{number}", 60 * KB + number) for number in range(5)}
RESULTS = {"mask.nii": text("mask", 900 * KB), "report.txt": text("report", 400), "empty": b"",
           **{f"sub/{number}.dat": text(f"dat{number}", 3 * KB + 700 * number) for number in range(25)}}
# What was there of TREE, and of RESULTS: some of it right, some of it older.
OLD_TREE = {path: data if number % 3 else text(f"old {path}", len(data) // 2 + 1)
            for number, (path, data) in enumerate(TREE.items()) if number % 2}
OLD_RESULTS = {path: data if number % 3 else text(f"old {path}", len(data) // 2 + 1)
               for number, (path, data) in enumerate(RESULTS.items()) if number % 2}
# What is the user's own, beside the destination and in it.
OWN = {"notes.txt": b"mine", "image.bin.orig": b"mine, too", "folder/a.txt": b"and this"}


def archive():
    """What the server has, as the stand-in loads it."""
    def resource(label, files):
        return {"label": label, "files": [{"path": path, "text": data.decode()} for path, data in files.items()]}

    made = archive_json()
    made["projects"][0]["subjects"][0]["experiments"][0]["scans"][0]["resources"] = [
        resource("BOX", {"image.bin": IMAGE, "note.txt": NOTE}), resource("TREE", TREE), resource("FEW", FEW),
        resource("KEPT", {"image.bin": OLD_IMAGE, "note.txt": NOTE}), resource("FULL", {**OLD_RESULTS, "note.txt": NOTE})]
    return json.dumps(made)


def write(top, files):
    for path, data in files.items():
        place = top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def looks(top):
    """All files of the user's own that were there, as they are now."""
    found = {}
    for path in OWN:
        status = os.lstat(top / path) if os.path.lexists(top / path) else None
        found[path] = status and (status.st_ino, status.st_mode, status.st_mtime_ns, (top / path).read_bytes())
    return found


class Killed:
    """What all have in common; put before one of the operations of the tests of faults."""

    # Files that stand at the destination before.
    old = {}
    own_in = None

    def own_place(self, work):
        """Where the user's own files are."""
        return work if self.own_in is None else work / self.own_in

    def prepare(self, case, work):
        super().prepare(case, work)
        write(case.path("neighbours"), OWN)
        write(work, self.old)
        if self.own_in is not None:
            write(work / self.own_in, OWN)
        self.before_all = self.looks(case, work)

    def looks(self, case, work):
        return [looks(case.path("neighbours"))] + ([looks(work / self.own_in)] if self.own_in is not None else [])

    def after_kill(self, case, work, ran):
        """What is wrong after it was killed."""
        killed = self.but(silent=True, others=self.while_under_way())
        yield from killed.wrong(case, work, ran)
        yield from self.wrong_own(case, work)

    def after_end(self, case, work, ran):
        """What is wrong after it was run to its end."""
        yield from self.wrong(case, work, ran)
        yield from self.wrong_own(case, work)
        if strays := [str(path) for place in (work, case.path("source"), case.path("neighbours"), case.path("tmp"))
                      for path in place.rglob("*") if TEMPORARY.search(path.name)]:
            yield f"stray files {strays}"

    def wrong_own(self, case, work):
        if self.looks(case, work) != self.before_all:
            yield f"files of the user's own have changed: {self.before_all} became {self.looks(case, work)}"

    def while_under_way(self):
        """What may stand under final names beside what is wanted."""
        return self.others


class KilledFetch(Killed, Fetch):
    def __init__(self, name, target, resource, wanted, old=None, own=False):
        """`old`: what stands at the target, bytes or files; `own`: the user's files stand in it."""
        path = "/files/image.bin" if isinstance(wanted, bytes) else ""
        super().__init__(name, "/files", {target: (f"{SCAN}/1/resources/{resource}{path}", wanted)}, None)
        if isinstance(old, bytes):
            self.old = {target: old}
            self.older = {target: (old,)}
        elif old is not None:
            self.old = {f"{target}/{path}": data for path, data in old.items()}
            self.older = {path: (data,) for path, data in old.items()}
            self.loose = (target,)
        else:
            self.older = {}
        if own:
            self.own_in = target
            self.others = {path: (data,) for path, data in OWN.items()}

    def while_under_way(self):
        return {**self.others, **self.older}

    def after_kill(self, case, work, ran):
        yield from super().after_kill(case, work, ran)
        yield from (f"{path}, which was there, is gone" for path in self.old if not (work / path).exists())


class KilledList(Killed, FetchList):
    pass


class KilledPut(Killed, Put):
    """`overwrite`: what is asked for at first; what a killed one has left may want it then, too, if it is said."""

    def __init__(self, name, resource, files, target, before, overwrite):
        super().__init__(name, resource, files, target, before, None)
        self.overwrite = overwrite

    def arguments(self, case, work):
        words = super().arguments(case, work)
        return words if self.overwrite else [*words[:-1], words[-1].replace("overwrite=true&", "")]

    def looks(self, case, work):
        sent = case.path("source")
        return super().looks(case, work) + [{path: os.stat(sent / path).st_mtime_ns for path in files_of(sent)}]

    def after_kill(self, case, work, ran):
        yield from super().after_kill(case, work, ran)
        yield from self.wrong_deliveries(case)

    def wrong_deliveries(self, case):
        """Whoever fetches now what the killed one has left gets what was sent, or what was there, or an error."""
        place = case.path("fetched")
        ran = case.run("fetch", case.url(f"{SCAN}/{self.resource}"), place)
        for path, data in files_of(place).items() if place.exists() else ():
            if data not in (self.files.get(path), self.before.get(path)):
                yield f"a fetch after the kill delivers wrong bytes in {path} ({len(data)})"
        if ran.code not in (0, 3, 9):
            yield f"a fetch after the kill ends with {ran.code}: {ran.err[-300:]}"

    def after_end(self, case, work, ran):
        yield from super().after_end(case, work, ran)
        label = self.resource.rpartition("/")[2]
        rows = case.server.rows(f"/data/{SESSION}/resources?all=true", user=ADMIN)
        if (count := [row["label"] for row in rows].count(label)) != 1:
            yield f"there are {count} resources {label}"
        stored = self.stored(case) or {}
        yield from (f"{path}, which was on the server, is gone" for path in self.before if path not in stored)
        yield from (f"a stray file {path} on the server" for path in stored if path not in {**self.before, **self.files})


VICTIMS = [
    KilledFetch("fetch file", "image", "BOX", IMAGE),
    KilledFetch("fetch file over an older one", "image", "BOX", IMAGE, old=OLD_IMAGE),
    KilledFetch("fetch tree", "tree", "TREE", TREE),
    KilledFetch("fetch tree into a directory", "tree", "TREE", TREE, old=OLD_TREE, own=True),
    KilledList("fetch --list", "/files", {
        "box": (f"{SCAN}/1/resources/BOX/files/image.bin", {"image.bin": IMAGE}),
        "few": (f"{SCAN}/1/resources/FEW", FEW), "tree": (f"{SCAN}/1/resources/TREE", TREE)}, None),
    KilledPut("put file", "1/resources/NEW", {"image.bin": IMAGE}, "image.bin", {}, False),
    KilledPut("put file over another", "1/resources/KEPT", {"image.bin": IMAGE}, "image.bin",
              {"image.bin": OLD_IMAGE, "note.txt": NOTE}, True),
    KilledPut("put tree", "7/resources/RESULTS", RESULTS, "", {}, False),
    KilledPut("put tree over another", "1/resources/FULL", RESULTS, "", {**OLD_RESULTS, "note.txt": NOTE}, True),
]
