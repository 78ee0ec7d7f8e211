# SPDX-License-Identifier: Apache-2.0
"""How time and memory grow with what is worked on, each with the exponent of the power law that fits best."""
import math

from measuring import in_turns
from worlds import SCAN_PATH, sample


def exponent(points, key):
    """The slope of the straight line through the logarithms (least squares)."""
    pairs = [(math.log(point["count"]), math.log(max(point[key], 1e-6))) for point in points]
    middle = [sum(pair[i] for pair in pairs) / len(pairs) for i in (0, 1)]
    return (sum((x - middle[0]) * (y - middle[1]) for x, y in pairs)
            / sum((x - middle[0]) ** 2 for x, _ in pairs))


def rows_kept(bench, count):
    """A search in which every row is a match."""
    sessions = count // 8
    world = bench.worlds.get("grown", sample(subjects=max(sessions // 5, 1), experiments=5, scans=4, resources=2))
    return world, ("expand", world.search(id="experiment,scan,resource", label="true"))


def rows_passed(bench, count):
    """A search that passes over all rows but those of one session's label."""
    sessions = count // 8
    world = bench.worlds.get("grown", sample(subjects=max(sessions // 5, 1), experiments=5, scans=4, resources=2))
    return world, ("expand", world.search(experiments="subject001_01", id="experiment,scan,resource", label="true"))


def files_passed(bench, count):
    """A resource of so many files, of which a pattern keeps one."""
    world = bench.worlds.get("grown", sample(files=count, size=600))
    world.server.set(checksums=False)
    return world, ("expand", world.search(files="0000.dcm"))


def files_fetched(bench, count):
    """So many files of 1 KiB."""
    world = bench.worlds.get("grown", sample(files=count, size=1024))
    return world, ("fetch", world.data(f"{SCAN_PATH}/resources/DICOM"))


# What grows, how, and to which power of ten: a million files on disk would measure the file system.
KINDS = (("rows searched, all kept", rows_kept, 6), ("rows searched, one session kept", rows_passed, 6),
         ("files listed, one kept", files_passed, 6), ("files fetched, 1 KiB each", files_fetched, 5))


def one_point(bench, kind, count):
    world, command = kind(bench, count)
    world.server.set(latency_ms=0)

    def action():
        more = [str(bench.fresh())] if command[0] == "fetch" else []
        return bench.ours.run(*command, *more)

    # The server makes its archive when it is first asked.
    action()
    figure = in_turns(world.server, 3, {"ours": action})["ours"]
    bench.worlds.end("grown")
    return {"count": count, "seconds": figure.seconds, "memory_kib": figure.memory, "requests": figure.requests,
            "server_seconds": figure.server}


def measure(bench):
    """A line of the table for each kind."""
    found = []
    for what, kind, most in KINDS:
        points = [one_point(bench, kind, 10 ** power) for power in range(3, 5 if bench.quick else most + 1)]
        # The start of a process is no growth: the law is fitted to the counts that outweigh it.
        large = points[1:] if len(points) > 2 else points
        found.append({"what": what, "points": points, "exponent": exponent(large, "seconds"),
                      "memory_exponent": exponent(large, "memory_kib")})
        print(f"growth: {what}: " + ", ".join(f"{point['seconds']:.3f} s" for point in points), flush=True)
    return found
