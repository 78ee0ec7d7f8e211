# SPDX-License-Identifier: Apache-2.0
"""What is reckoned from the log of requests."""
import request_log


def line(begins, ends, method="GET", path="/data/projects"):
    return {"time_us": begins, "took_us": ends - begins, "method": method, "path": path}


def test_trips_are_the_longest_chain():
    login = line(0, 10, "POST", "/data/JSESSION")
    assert request_log.trips([]) == 0
    assert request_log.trips([login]) == 1
    # Side by side after the login, and one that waits for the slower of the two.
    beside = [line(12, 30), line(15, 20)]
    assert request_log.trips([*beside, login]) == 2
    assert request_log.trips([login, *beside, line(31, 40)]) == 3
    # One that began meanwhile needs no more than the login.
    assert request_log.trips([login, *beside, line(21, 40)]) == 3
    assert request_log.trips([login, *beside, line(19, 40)]) == 2
    assert request_log.trips([login, *beside, line(31, 40, "DELETE", "/data/JSESSION")]) == 2
    assert request_log.most_at_once([login, *beside, line(18, 40)]) == 3
