# SPDX-License-Identifier: Apache-2.0
"""The operations that every fault is tried on, the archive that they work on, and what must be true of each afterwards."""
import copy
import hashlib
import os
import pathlib
import re

SCAN = "projects/lab/subjects/s1/experiments/e1/scans"
SESSION = SCAN.rpartition("/")[0]
OPTIONS = "?overwrite=true&scan_type=xnat:mrScanData"
ADMIN = ("admin", "admin")
# Names that say what they are.
TEMPORARY = re.compile("xnatstorage-")


def text(name, size):
    """Bytes that are a file's own, and can stand in JSON."""
    word = hashlib.md5(name.encode()).hexdigest()
    return (word * (size // len(word) + 1))[:size].encode()


IMAGE = text("image", 30_000)
OLD_IMAGE = text("old image", 20_000)
OTHER = text("other", 500)
TREE = {f"{folder}/{number:02}.dcm": text(f"{folder}{number}", 700 + 40 * number)
        for folder in ("a", "b c") for number in range(12)}
# A tree of one file never comes as an archive, however slow the machine is.
ONE = {"1.dcm": text("one", 900)}
RESULTS = {"mask.nii": text("mask", 9000), "report.txt": text("report", 400), "empty": b"",
           **{f"sub/{number}.dat": text(f"dat{number}", 1000 + number) for number in range(6)}}


def archive_json():
    """The archive of the server, as the stand-in loads it."""
    def resource(label, files):
        return {"label": label, "files": [{"path": path, "text": data.decode()} for path, data in files.items()]}

    scan = {"id": "1", "type": "T1", "resources": [
        resource("BOX", {"image.bin": IMAGE, "note.txt": OTHER}), resource("TREE", TREE), resource("ONE", ONE),
        resource("KEPT", {"image.bin": OLD_IMAGE, "other.txt": OTHER})]}
    session = {"label": "e1", "fields": {"date": "2024-01-02"}, "scans": [scan]}
    subject = {"label": "s1", "experiments": [session]}
    return {"projects": [{"id": "lab", "name": "Lab", "subjects": [subject]}]}


def files_of(path):
    """All below a directory that is no directory: relative path -> bytes."""
    path = pathlib.Path(path)
    return {str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if not one.is_dir()}


def wrong_files(found, wanted, whole, others):
    """What is wrong with files that stand under final names, all of which must be there if they are `whole`. `others`: what may
    be there instead, by path, or (None) is missing."""
    for path, data in found.items():
        if path not in wanted and path not in others:
            yield f"a stray file {path}"
        elif data not in (wanted.get(path), *others.get(path, ())):
            yield f"wrong bytes in {path} ({len(data)} of {len(wanted[path])})"
    if whole:
        yield from (f"{path} is missing" for path in wanted if path not in found and None not in others.get(path, ()))


class Operation:
    """What is run. `others` are files that may have changed meanwhile, see wrong_files(); `silent`: it was killed, so nothing
    can have been tidied up or said."""

    writes, transfer = False, None
    others, silent = {}, False
    # The resource and the file in it that others change while this goes on.
    victim = None

    def prepare(self, case, work):
        """Makes what the command needs beside the server."""

    def but(self, **changes):
        """The same, of which something else is expected."""
        other = copy.copy(self)
        vars(other).update(changes)
        return other


class Fetch(Operation):
    """What it makes stands in `work`; each of its targets is whole, or not there."""

    # Directories that a single file goes into; they stay when it does not come.
    loose = ()

    def __init__(self, name, transfer, targets, victim):
        self.name, self.transfer, self.targets, self.victim = name, transfer, targets, victim

    def arguments(self, case, work):
        (name, (url, _)), = self.targets.items()
        return ["fetch", case.url(url), work / name]

    def wrong(self, case, work, ran):
        """What is not as it must be; nothing if all is well."""
        done = self.delivered(work, ran)
        for entry in sorted(os.listdir(work)) if work.exists() else ():
            target, partial, rest = entry.partition(".partial")
            if self.silent and TEMPORARY.search(entry):
                continue
            if target not in self.targets or rest:
                yield f"a stray file {entry}"
            elif partial:
                yield from wrong_files(self.seen(work / entry), self.targets[target][1], False, self.others)
        for target, (_, wanted) in self.targets.items():
            path = work / target
            if isinstance(wanted, bytes):
                found = {target: path.read_bytes()} if path.is_file() else {}
                yield from wrong_files(found, {target: wanted}, target in done, self.others)
            else:
                whole = target in done or (path.exists() and target not in self.loose)
                yield from wrong_files(self.seen(path), wanted, whole, self.others)

    def seen(self, place):
        """The files of a directory, but for what a kill may leave."""
        return {path: data for path, data in files_of(place).items() if not (self.silent and TEMPORARY.search(path))}

    def delivered(self, work, ran):
        """The targets that the command says it has delivered."""
        return list(self.targets) if ran.code == 0 else []


class FetchList(Fetch):
    """Several at once; each is a directory by its ID."""

    loose = ("box",)

    def prepare(self, case, work):
        lines = [f"{name}\t{case.url(url)}\n" for name, (url, _) in self.targets.items()]
        case.path("list").write_text("".join(lines))

    def arguments(self, case, work):
        return ["fetch", "--list", case.path("list"), work]

    def delivered(self, work, ran):
        return [line.partition("\t")[0] for line in ran.lines]


class Put(Operation):
    """What it sends is whole on the server afterwards; else the error says what is there, and what was made on the way."""

    writes, transfer = True, "/files/"

    def __init__(self, name, resource, files, target, before, victim):
        self.name, self.resource, self.files, self.target, self.before = name, resource, files, target, before
        self.victim = victim

    def prepare(self, case, work):
        for path, data in self.files.items():
            place = case.path("source") / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    def arguments(self, case, work):
        source = case.path("source")
        return ["put", source / self.target if self.target else source,
                case.url(f"{SCAN}/{self.resource}/files/{self.target}{OPTIONS}")]

    def stored(self, case):
        """The bytes of all files of the resource, by path; None if there is no such resource."""
        base = f"/data/{SCAN}/{self.resource}"
        rows = case.server.rows(f"/data/{SESSION}/resources?all=true", user=ADMIN)
        if self.resource.rpartition("/")[2] not in [row["label"] for row in rows]:
            return None
        rows = case.server.rows(base + "/files", user=ADMIN)
        paths = [row["URI"].split("/files/", 1)[1] for row in rows]
        got = {path: case.server.get(f"{base}/files/{path}", user=ADMIN) for path in paths}
        return {path: answer.body for path, answer in got.items() if answer.status == 200}

    def wrong(self, case, work, ran):
        if work.exists() and os.listdir(work):
            yield f"stray files {os.listdir(work)}"
        if files_of(case.path("source")) != self.files:
            yield "what was to be sent has been changed"
        if not self.silent:
            yield from self.wrong_on_server(self.stored(case), ran)

    def wrong_on_server(self, stored, ran):
        if stored is None:
            if ran.code == 0:
                yield "there is no such resource"
            return
        if ran.code != 0 and not self.before and "created on the way" not in ran.err:
            yield "the resource was created, and nobody says so"
        for path, data in stored.items():
            fine = data in (self.files.get(path), *self.others.get(path, ()))
            fine = fine or (data == self.before.get(path) and not (ran.code == 0 and path in self.files))
            if not fine and (ran.code == 0 or pathlib.PurePath(path).name not in ran.err):
                yield f"wrong bytes on the server in {path} ({len(data)}), and nobody says so"
        if ran.code == 0:
            yield from (f"{path} is missing on the server" for path in self.files if path not in stored)


class Expand(Operation):
    """Prints all that there is, or nothing."""

    name, victim = "expand", ("1/resources/ONE", "1.dcm")
    labels = ("BOX", "KEPT", "ONE", "TREE")

    def arguments(self, case, work):
        return ["expand", case.url("search?projects=lab&subjects=*&experiments=e*&scans=T1&id=scan,resource")]

    def wrong(self, case, work, ran):
        if work.exists() and os.listdir(work):
            yield f"stray files {os.listdir(work)}"
        found = [line.partition("\t")[2].rpartition("/")[2] for line in ran.lines]
        wanted = [label for label in self.labels if label not in self.others]
        if found not in ([list(self.labels), wanted] if ran.code == 0 else [[]]):
            yield f"{found} was printed"


OPERATIONS = [
    Fetch("fetch file", r"/files/image\.bin", {"image": (f"{SCAN}/1/resources/BOX/files/image.bin", IMAGE)},
          ("1/resources/BOX", "image.bin")),
    Fetch("fetch tree", r"format=(zip|tar)|/files/[^?]", {"tree": (f"{SCAN}/1/resources/TREE", TREE)},
          ("1/resources/TREE", "a/05.dcm")),
    FetchList("fetch --list", r"format=(zip|tar)|/files/[^?]", {
        "box": (f"{SCAN}/1/resources/BOX/files/note.txt", {"note.txt": OTHER}),
        "one": (f"{SCAN}/1/resources/ONE", ONE), "tree": (f"{SCAN}/1/resources/TREE", TREE)},
              ("1/resources/ONE", "1.dcm")),
    Put("put file", "1/resources/KEPT", {"image.bin": IMAGE}, "image.bin",
        {"image.bin": OLD_IMAGE, "other.txt": OTHER}, ("1/resources/KEPT", "image.bin")),
    Put("put tree", "7/resources/RESULTS", RESULTS, "", {}, ("7/resources/RESULTS", "report.txt")),
    Expand(),
]
