# SPDX-License-Identifier: Apache-2.0
"""What the stand-in's log says of how requests stood to each other in time. Standard library only."""
import heapq


def end_of(line):
    return line["time_us"] + line["took_us"]


def most_at_once(lines):
    """How many requests were under way at the same time."""
    edges = sorted(edge for line in lines
                   for edge in ((line["time_us"], 1), (line["time_us"] + max(line["took_us"] - 1, 0), -1)))
    now = most = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


def is_logout(line):
    return line["method"] == "DELETE" and line["path"].endswith("/JSESSION")


def chains(lines):
    """Each request as it began, with the length of the longest chain that ends with it, of requests each of which began after
    the answer of the one before."""
    under_way, answered = [], 0
    for line in sorted(lines, key=lambda line: line["time_us"]):
        while under_way and under_way[0][0] <= line["time_us"]:
            answered = max(answered, heapq.heappop(under_way)[1])
        heapq.heappush(under_way, (end_of(line), answered + 1))
        yield line, answered + 1


def trips(lines):
    """The longest chain, which is what a far server costs; the logout is not waited for."""
    return max((length for _, length in chains(line for line in lines if not is_logout(line))), default=0)
