# SPDX-License-Identifier: Apache-2.0
"""Drives xnatpy and pyxnat, in their virtual environment, as a user's script would.

Reads one JSON object a line ({"client", "op", "server", ...}) and answers each with one: {"ok": RESULT} or
{"error": TEXT}.
Each job has a session of its own: login and logout are part of the work, as they are for the others.
"""
import json
import os
import pathlib
import sys

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import pyxnat
import xnat

LOGIN = {"user": "alice", "password": "alice-pw"}


class Xnatpy:
    def __init__(self, server):
        self.session = xnat.connect(server, loglevel="CRITICAL", **LOGIN)

    def close(self):
        self.session.disconnect()

    def resource(self, job):
        project = self.session.projects[job["project"]]
        return project.experiments[job["experiment"]].scans[job["scan"]].resources[job["resource"]]

    def expand(self, job):
        return [resource.fulluri for experiment in self.session.projects[job["project"]].experiments.values()
                for scan in experiment.scans.values() for resource in scan.resources.values()]

    def fetch(self, job):
        self.resource(job).download_dir(job["path"], verbose=False)

    def fetch_file(self, job):
        self.resource(job).files[job["file"]].download(job["path"], verbose=False)

    def fetch_files(self, job):
        for name, one in list(self.resource(job).files.items())[:job["limit"]]:
            one.download(os.path.join(job["path"], os.path.basename(name)), verbose=False)

    def look_file(self, job):
        """Whether it is there, and its size."""
        files = self.resource(job).files
        return [files[job["file"]].size] if job["file"] in files else []

    def put_file(self, job):
        self.resource(job).upload(job["path"], job["file"])

    def put_files(self, job):
        experiment = self.session.projects[job["project"]].experiments[job["experiment"]]
        resource = self.session.classes.ResourceCatalog(parent=experiment, label=job["resource"])
        for path in sorted(pathlib.Path(job["path"]).iterdir())[:job["limit"]]:
            resource.upload(str(path), path.name)


class Pyxnat:
    def __init__(self, server):
        self.central = pyxnat.Interface(server=server, **LOGIN)

    def close(self):
        self.central.disconnect()

    def experiment(self, job):
        return self.central.select.project(job["project"]).subject(job["subject"]).experiment(job["experiment"])

    def resource(self, job):
        return self.experiment(job).scan(job["scan"]).resource(job["resource"])

    def expand(self, job):
        found = self.central.select(f"/projects/{job['project']}/subjects/*/experiments/*/scans/*/resources/*")
        return [resource.label() for resource in found]

    def fetch(self, job):
        self.resource(job).get(job["path"], extract=True)

    def fetch_file(self, job):
        self.resource(job).file(job["file"]).get(job["path"])

    def put_files(self, job):
        resource = self.experiment(job).resource(job["resource"])
        for path in sorted(pathlib.Path(job["path"]).iterdir())[:job["limit"]]:
            resource.file(path.name).put(str(path))


def answer(job):
    client = {"xnatpy": Xnatpy, "pyxnat": Pyxnat}[job["client"]](job["server"])
    try:
        found = getattr(client, job["op"])(job)
        return len(found) if found is not None else None
    finally:
        client.close()


def main():
    for line in sys.stdin:
        try:
            reply = {"ok": answer(json.loads(line))}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}".replace("\n", " ")[:300]}
        answers.write(json.dumps(reply) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
