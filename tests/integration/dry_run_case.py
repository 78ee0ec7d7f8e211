# SPDX-License-Identifier: Apache-2.0
"""What the tests of --dry-run share: a plan, the proof that it changed nothing, and what the operation itself then does."""

import os

from put_case import writes


def snapshot(top):
    """All that is below a directory but for the user's home, as a look tells it: what changes shows in it."""
    found = {}
    for directory, names, files in os.walk(top):
        names[:] = sorted(name for name in names if (directory, name) != (str(top), "home"))
        for path in [directory, *(os.path.join(directory, name) for name in files)]:
            status = os.lstat(path)
            attributes = {name: os.getxattr(path, name, follow_symlinks=False)
                          for name in os.listxattr(path, follow_symlinks=False)}
            found[path] = (status.st_mode, status.st_uid, status.st_size, status.st_ino, status.st_mtime_ns,
                           status.st_ctime_ns, attributes)
    return found


class Planned:
    """A dry run: its exit code and messages, and its steps by what they do: {action: {what: bytes}}."""

    def __init__(self, ran, what):
        self.code, self.err, self.out = ran.code, ran.err, ran.out
        self.steps, self.objects = {}, [one for one in ran.objects if "action" in one]
        for one in self.objects:
            self.steps.setdefault(one["action"], {})[one.get(what)] = one.get("bytes")

    def bytes(self, action):
        return sum(self.steps.get(action, {}).values())


def dry(case, verb, *arguments, what="path", **settings):
    """A dry run, which changes neither the archive nor the disk."""
    before = snapshot(case.directory)
    case.clear()
    ran = case.run("--json", verb, "--dry-run", *arguments, **settings)
    assert snapshot(case.directory) == before
    assert writes(case) == []
    return Planned(ran, what)


def as_refused(case, code, verb, *arguments, words="", **settings):
    """A dry run that fails, and the operation, which fails in the same way; the plan."""
    plan = dry(case, verb, *arguments, **settings)
    assert plan.code == code and words in plan.err, (plan.code, plan.err)
    ran = case.run(verb, *arguments, **settings)
    assert ran.code == code, ran.err
    aside = ("ioplug: warning", "ioplug: dry run", "ioplug: summary")
    # Of several that fit the order is that in which they were found.
    errors = [sorted(word.strip(",;") for line in err.splitlines() if not line.startswith(aside) for word in line.split())
              for err in (plan.err, ran.err)]
    assert errors[0] == errors[1] != [], (plan.err, ran.err)
    return plan


def fetch_as_planned(case, *arguments, **settings):
    """A dry run and the fetch itself, which does just that; the plan."""
    plan = dry(case, "fetch", *arguments, **settings)
    assert plan.code == 0, plan.err
    before = snapshot(case.directory)
    ran = case.run("--json", "fetch", *arguments, **settings)
    assert ran.code == 0, ran.err
    after = snapshot(case.directory)
    inside = {path for one in ran.objects for path in after if path == one["path"] or path.startswith(one["path"] + "/")}
    files = {path for path in inside if os.path.isfile(path)}
    steps = plan.steps
    assert {path for path in files if path not in before} == {*steps.get("fetch", {}), *steps.get("take-over", {})}
    assert {path for path in files if path in before and before[path][3] != after[path][3]} == set(steps.get("replace", {}))
    assert {path for path in files if path in before and before[path] == after[path]} == {*steps.get("keep", {}), *steps.get("leave", {})}
    for told in steps.values():
        for path, size in told.items():
            assert size is None or os.path.getsize(path) == size
    return plan


def archive(case):
    """All that the archive holds of the projects' sessions and their resources."""
    found = {}
    for experiment in case.server.rows("/data/projects/sandbox/experiments?columns=ID,label,subject_ID"):
        for row in case.server.rows(f"/data/experiments/{experiment['ID']}/resources?all=true&file_stats=true"):
            found[row["xnat_abstractresource_id"]] = (experiment["label"], row["label"])
    return found
