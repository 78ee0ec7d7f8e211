# SPDX-License-Identifier: Apache-2.0
"""The stand-in answers as the recorded XNAT does, on a closed site and on an open one, but for what is declared."""
import concurrent.futures
import json

import pytest

import wire_answers

MAX_REASONS = 12
MAX_ANSWERS = 40


def differences_on(site):
    return list(wire_answers.differences(site))


@pytest.fixture(scope="module")
def differences():
    """Site -> all differences; most of the time is spent waiting for the next second."""
    with concurrent.futures.ProcessPoolExecutor() as pool:
        return dict(zip(wire_answers.SITES, pool.map(differences_on, wire_answers.SITES)))


@pytest.fixture(scope="module")
def rows():
    return wire_answers.declared()


def answers_of(patterns):
    """(site, step) of each recorded answer that a row of the table names."""
    return {(site, step["step"]) for site in wire_answers.SITES for step in wire_answers.recorded(site)
            if any(wire_answers.fits(step["step"], pattern) for pattern in patterns)}


def test_nothing_differs_that_is_not_declared(differences, rows):
    undeclared = [f"{site}: {step}: {what}: {json.dumps(theirs)[:300]} -> {json.dumps(ours)[:300]}"
                  for site, found in differences.items() for step, what, theirs, ours in found
                  if not wire_answers.is_declared(rows, step, what)]
    assert not undeclared, "\n" + "\n".join(undeclared)


def test_all_that_is_declared_differs(differences, rows):
    """Each answer that a row names, each pattern in it, and each thing that it says to differ."""
    different = {(site, step, what) for site, found in differences.items() for step, what, _, _ in found}
    stale = []
    for reason, patterns, parts in rows:
        named = answers_of(patterns)
        stale += [pattern for pattern in patterns if not answers_of([pattern])]
        stale += [answer for answer in named if not any((*answer, part) in different for part in parts)]
        stale += [(reason, part) for part in parts if not any((*answer, part) in different for answer in named)]
    assert not stale


def test_the_table_is_short(rows):
    """Few reasons, for few of the answers that were recorded."""
    assert sum(len(wire_answers.recorded(site)) for site in wire_answers.SITES) == 1217
    assert all(reason and patterns and parts for reason, patterns, parts in rows)
    assert 0 < len(rows) <= MAX_REASONS
    assert len(answers_of([pattern for _, patterns, _ in rows for pattern in patterns])) <= MAX_ANSWERS
