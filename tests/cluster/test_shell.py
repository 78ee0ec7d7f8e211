# SPDX-License-Identifier: Apache-2.0
"""The recipe for a plain shell."""
import os

from recipes import CACHE, RECIPES, TASKS, Study, make_standin, standin  # noqa: F401 (fixtures)


def test_recipes_are_short():
    assert {"Slurm", "A plain shell"} <= set(RECIPES)
    assert not [name for name, text in RECIPES.items() if len(text.splitlines()) > 15]


def test_plain_shell(standin, tmp_path):
    study = Study(standin, tmp_path)
    study.run(RECIPES["A plain shell"], dict(os.environ))
    assert len(study.images) == TASKS and study.results() == study.expected()
    assert study.logins() == 1 and len(standin.sessions("alice")) == 1 and study.left_over() == []


def test_again_without_a_shared_session(standin, tmp_path):
    """Everything is there, nothing is sent; and each process has a session of its own, and ends it."""
    study = Study(standin, tmp_path)
    study.run(RECIPES["A plain shell"], dict(os.environ))
    standin.expire_sessions()
    standin.clear_log()
    study.run(RECIPES["A plain shell"].replace(CACHE, ""), dict(os.environ))
    assert study.logins() == 1 + 2 * TASKS and standin.log(method="PUT") == [] and standin.sessions("alice") == []
