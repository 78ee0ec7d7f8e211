# SPDX-License-Identifier: Apache-2.0
"""Rows: fetch."""
import pathlib

from measuring import ALIKE_S, in_turns, run_measured
from rows import BEFORE, TWO, Demand, Outcome, row, times
from worlds import EXPERIMENT, PROJECT, SCAN, SCAN_PATH, SUBJECT, large_file, sample

MEMORY_MB = 24
WHERE = {"project": PROJECT, "subject": SUBJECT, "experiment": EXPERIMENT, "scan": SCAN}


@row("fetch-one", "fetch one file of many")
def fetch_one(bench):
    """The others are smaller than the one, which spares XNATStorage most of what it would take."""
    size, others = bench.pick(64 << 10, 2 << 20), 499
    resource = f"{SCAN_PATH}/resources/IMAGES"

    def fill(world):
        world.store_many(resource, [f"image{n:04d}.bin" for n in range(others)], size)
        world.store(resource, "wanted.bin", bytes(range(256)) * (10000000 // 256))

    world = bench.worlds.get("one", sample(), fill)
    bench.profile.apply(world.server)
    url = world.data(f"{resource}/files/wanted.bin")
    here = {**WHERE, "resource": "IMAGES", "file": "wanted.bin"}
    actions = {**bench.versions(lambda version: version.run("fetch", url, str(bench.fresh()), lines=1)),
               "XNATStorage": lambda: bench.storage.fetch(url, bench.fresh_directory()),
               "curl": lambda: bench.curl.shell(world.server, '$CURL -o "$1" "$2"', str(bench.fresh()),
                                                world.plain(f"{resource}/files/wanted.bin"))}
    if bench.first:
        actions["xnatpy"] = lambda: bench.scripts.work("xnatpy", "fetch_file", world.server, path=str(bench.fresh()),
                                                       **here)
        actions["pyxnat"] = lambda: bench.scripts.work("pyxnat", "fetch_file", world.server, path=str(bench.fresh()),
                                                       **here)
    figures = in_turns(world.server, bench.repeats, actions)
    return Outcome(f"one file of 10 MB out of 500 (the others {size >> 10} KiB each)", figures,
                   [times("XNATStorage", figures["XNATStorage"], figures["ours"], 30),
                    Demand("requests", figures["ours"].requests, 7)], bench.profile.latency_ms)


def large_world(bench):
    size = bench.pick(512, 2048) << 20
    piece = bench.tools.scratch / "piece.bin"

    def fill(world):
        source = large_file(bench.tools.scratch / "large.bin", size)
        for label in ("LARGE", "PLAIN"):
            with open(source, "rb") as data:
                world.store(f"{SCAN_PATH}/resources/{label}", "large.bin", data)
        # A part of it, for those that would take as long with the whole as nobody waits for.
        world.store(f"{SCAN_PATH}/resources/PIECE", "large.bin", large_file(piece, size // 8).read_bytes())
        piece.unlink()
        world.server.spoil(world.number_of(f"{SCAN_PATH}/resources/PLAIN"), "large.bin", "drop-digest")

    return bench.worlds.get("large", sample(), fill), size


def fetch_large(bench, label, curl, script, peers):
    world, size = large_world(bench)
    bench.profile.apply(world.server)
    path = f"{SCAN_PATH}/resources/{label}/files/large.bin"
    actions = {"ours": lambda: bench.ours.run("fetch", world.data(path), str(bench.fresh()), lines=1),
               curl: lambda: bench.curl.shell(world.server, script, str(bench.fresh()), world.plain(path))}
    if peers and bench.first:
        actions["XNATStorage"] = lambda: bench.storage.fetch(world.data(path), bench.fresh_directory())
        actions["xnatpy"] = lambda: bench.scripts.work("xnatpy", "fetch_file", world.server, path=str(bench.fresh()),
                                                       **WHERE, resource=label, file="large.bin")
        actions["pyxnat"] = lambda: bench.scripts.work("pyxnat", "fetch_file", world.server, path=str(bench.fresh()),
                                                       **WHERE, resource=label, file="large.bin")
    figures = in_turns(world.server, bench.repeats, actions, ALIKE_S)
    bench.fresh()
    return Outcome(f"one file of {size >> 20} MiB, {'digest listed' if label == 'LARGE' else 'no digest'}", figures,
                   [times(curl, figures[curl], figures["ours"], 0.95),
                    Demand("MB of memory", figures["ours"].memory / 1024, MEMORY_MB, unit="MB")],
                   bench.profile.latency_ms)


@row("fetch-large", "fetch one large file, digest listed", TWO)
def fetch_large_digest(bench):
    return fetch_large(bench, "LARGE", "curl | tee | md5sum", '$CURL "$2" | tee "$1" | md5sum', True)


@row("fetch-large-plain", "fetch one large file, no digest", TWO)
def fetch_large_plain(bench):
    return fetch_large(bench, "PLAIN", "curl -o", '$CURL -o "$1" "$2"', False)


def files_world(bench):
    files = bench.pick(300, 2000)

    def fill(world):
        # Files are made when they are first read.
        bench.ours.run("fetch", world.data(f"{SCAN_PATH}/resources/DICOM"), str(bench.fresh()), lines=1)

    return bench.worlds.get("files", sample(files=files, size=150000), fill), files


def parallel_config(bench, world, resource, target):
    """What curl needs to fetch each file of a resource by itself."""
    lines = []
    for one in world.server.rows(f"/data/{resource}/files"):
        lines += [f'url = "{world.server.url}{one["URI"]}"', f'output = "{target}/{one["Name"]}"']
    path = bench.tools.scratch / "parallel.txt"
    path.write_text("\n".join(lines))
    return str(path)


def by_curl(bench, world, resource, way):
    target = bench.fresh_directory()
    if way == "files":
        config = parallel_config(bench, world, resource, target)
        return bench.curl.own_session(world.server, '$CURL --parallel --parallel-max 8 -K "$1"', config)
    url = f"{world.plain(resource)}/files?format={way}"
    return bench.curl.own_session(world.server, '$CURL "$2" | bsdtar -x -f - -C "$1"', str(target), url)


@row("fetch-files", "fetch 2,000 files")
def fetch_files(bench):
    """The three ways of curl log in, write the same files and log out; but they ask for no listing, and hash nothing."""
    world, files = files_world(bench)
    bench.profile.apply(world.server, 20)
    resource = f"{SCAN_PATH}/resources/DICOM"
    url = world.data(resource)
    actions = {**bench.versions(lambda version: version.run("fetch", url, str(bench.fresh()), lines=1)),
               "XNATStorage": lambda: bench.storage.fetch(url, bench.fresh_directory()),
               "XNATStorage, twice": lambda: bench.storage.fetch(url, bench.fresh_directory(), times=2)}
    for way in ("zip", "tar", "files"):
        actions[f"curl {way}"] = lambda way=way: by_curl(bench, world, resource, way)
    if bench.first:
        for client in ("xnatpy", "pyxnat"):
            actions[client] = lambda client=client: bench.scripts.work(
                client, "fetch", world.server, path=str(bench.fresh_directory()), **WHERE, resource="DICOM")
    figures = in_turns(world.server, bench.repeats, actions)
    ours = figures["ours"]
    best = min((name for name in figures if name.startswith("curl ")), key=lambda name: figures[name].seconds)
    return Outcome(f"a resource of {files} files of 150 KB", figures,
                   [times("XNATStorage", figures["XNATStorage"], ours, 3),
                    times("XNATStorage, twice", figures["XNATStorage, twice"], ours, 6),
                    times(f"the best way ({best})", figures[best], ours, 0.8)], 20)


@row("fetch-again", "fetch again what is there")
def fetch_again(bench):
    world, files = files_world(bench)
    bench.profile.apply(world.server, 20)
    url, there = world.data(f"{SCAN_PATH}/resources/DICOM"), bench.tools.scratch / "there"
    bench.ours.run("fetch", url, str(there), lines=1)
    figures = in_turns(world.server, bench.repeats, bench.versions(
        lambda version: version.run("fetch", url, str(there), lines=1)))
    bodies = [line for line in figures["ours"].samples[0].log
              if any(mark in line["path"] for mark in ("/files/", "format=zip", "format=tar"))]
    return Outcome(f"{files} files that are there already", figures,
                   [Demand("requests", figures["ours"].requests, 7), Demand("bodies of files", len(bodies), 0)], 20)


def than_before(figures, bound):
    return [times("the release before", figures[BEFORE], figures["ours"], bound)] if BEFORE in figures else []


def list_world(bench):
    sessions = bench.pick(40, 200)

    def fill(world):
        listing = bench.tools.scratch / "list.tsv"
        command = bench.ours.command("expand", world.search(id="experiment,scan,resource"))
        listing.write_bytes(run_measured(bench.tools, command, bench.ours.env)[1])
        bench.ours.run("fetch", "--list", str(listing), str(bench.fresh()))

    spec = sample(subjects=sessions // 2, experiments=2, resources=2, files=10, size=20000)
    world = bench.worlds.get("list", spec, fill)
    return world, sessions, bench.tools.scratch / "list.tsv"


@row("fetch-list", "fetch --list")
def fetch_list(bench):
    world, sessions, listing = list_world(bench)
    bench.profile.apply(world.server, 20)
    resources = sessions * 2
    urls = [line.split("\t")[1] for line in pathlib.Path(listing).read_text(encoding="utf-8").splitlines()]
    loop = urls[:bench.pick(8, 40)]

    def by_loop():
        path = str(bench.fresh_directory())
        return bench.storage.work(*[{"op": "fetch", "url": url, "path": path} for url in loop],
                                  part=len(loop) / resources)

    actions = {**bench.versions(lambda version: version.run("fetch", "--list", str(listing), str(bench.fresh()),
                                                            lines=resources)),
               "XNATStorage, loop": by_loop,
               "XNATStorage, processes": lambda: bench.storage.new_process(
                   urls[0], bench.fresh_directory(), 1 / resources)}
    figures = in_turns(world.server, bench.repeats, actions)
    ours = figures["ours"]
    return Outcome(f"{sessions} sessions, {resources} resources of 10 files", figures,
                   [times("XNATStorage looped", figures["XNATStorage, loop"], ours, 6),
                    times("XNATStorage, a process each", figures["XNATStorage, processes"], ours, 50),
                    *than_before(figures, 1.8), Demand("requests a resource", ours.requests / resources, 1.1),
                    Demand("requests at once", ours.at_once, 8), Demand("logins", ours.sessions, 1)], 20,
                   f"XNATStorage did {len(loop)} of {resources} resources in its loop, and 1 as a process (import, two "
                   "downloads, end); its figures are these times what is left")


@row("fetch-list-files", "fetch --list of files", TWO)
def fetch_list_files(bench):
    """What a search for files finds, each named by itself, though they are of one resource."""
    files = bench.pick(100, 300)
    resource = f"{SCAN_PATH}/resources/DICOM"
    listing = bench.tools.scratch / "singles.tsv"

    def fill(world):
        command = bench.ours.command("expand", world.search(files="*"))
        listing.write_bytes(run_measured(bench.tools, command, bench.ours.env)[1])

    world = bench.worlds.get("singles", sample(files=files, size=20000), fill)
    bench.profile.apply(world.server, 20)
    urls = [line.split("\t")[1] for line in listing.read_text(encoding="utf-8").splitlines()]
    part = bench.pick(5, 10)

    def by_loop():
        path = str(bench.fresh_directory())
        return bench.storage.work(*[{"op": "fetch", "url": url, "path": path} for url in urls[:part]],
                                  part=part / files)

    figures = in_turns(world.server, bench.repeats, {
        **bench.versions(lambda version: version.run("fetch", "--list", str(listing), str(bench.fresh()), lines=files)),
        "XNATStorage, loop": by_loop,
        "curl files": lambda: by_curl(bench, world, resource, "files"),
        "xnatpy": lambda: bench.scripts.work("xnatpy", "fetch_files", world.server, part=part / files, limit=part,
                                             path=str(bench.fresh_directory()), **WHERE, resource="DICOM")})
    return Outcome(f"a list of {files} files of one resource", figures,
                   [Demand("requests", figures["ours"].requests, 10)], 20,
                   f"XNATStorage and xnatpy did {part} of {files} files; their figures are these times what is left")
