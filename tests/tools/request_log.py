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


def trips(lines):
    """The longest chain of requests each of which began after the answer of the one before, which is what a far server costs;
    the logout ends it."""
    under_way, answered, longest = [], 0, 0
    for line in sorted(lines, key=lambda line: line["time_us"]):
        if is_logout(line):
            continue
        while under_way and under_way[0][0] <= line["time_us"]:
            answered = max(answered, heapq.heappop(under_way)[1])
        heapq.heappush(under_way, (end_of(line), answered + 1))
        longest = max(longest, answered + 1)
    return longest
