# SPDX-License-Identifier: Apache-2.0
"""What an archive holds, read through plain listings: the neutral ground on which two clients are compared."""
import http.client
import json
import urllib.parse


class Reader:
    """Lists one stand-in's archive over one connection; names are quoted here and nowhere else."""

    def __init__(self, server):
        self.server = server
        self.connection = server.connection()

    def rows(self, *segments, query=""):
        path = "/data/" + "/".join(urllib.parse.quote(part, safe="") for part in segments)
        target = f"{path}?format=json{query}"
        try:
            found = self.server.get(target, connection=self.connection)
        except (http.client.HTTPException, ConnectionError):
            self.connection = self.server.connection()
            found = self.server.get(target, connection=self.connection)
        assert found.status == 200, (target, found.status, found.text)
        return json.loads(found.body)["ResultSet"]["Result"]

    def resources(self, *parent):
        """Resources right under a parent; a session's listing holds no others without `all`."""
        return self.rows(*parent, "resources")

    def files(self, *parent):
        """{path: (size, MD5)} of a resource."""
        found = {}
        for row in self.rows(*parent, "files"):
            path = urllib.parse.unquote(row["URI"].split("/files/", 1)[1])
            found[path] = (row["Size"], row["digest"])
        return found


def resources_state(reader, name, parent, state):
    for row in reader.resources(*parent):
        place = f"{name}/resources/{row['label'] or row['xnat_abstractresource_id']}"
        state[place] = (row["element_name"],)
        for path, what in reader.files(*parent, "resources", row["xnat_abstractresource_id"]).items():
            state[f"{place}/files/{path}"] = what


def session_state(reader, name, accession, state):
    parent = ("experiments", accession)
    for row in reader.rows(*parent, "scans"):
        place = f"{name}/scans/{row['ID']}"
        state[place] = (row["xsiType"], row["type"])
        resources_state(reader, place, (*parent, "scans", row["ID"]), state)
    for row in reader.rows(*parent, "assessors"):
        place = f"{name}/assessors/{row['label']}"
        state[place] = (row["xsiType"],)
        resources_state(reader, place, (*parent, "assessors", row["ID"]), state)
    for row in reader.rows(*parent, "reconstructions"):
        place = f"{name}/reconstructions/{row['ID']}"
        state[place] = (row["type"],)
        resources_state(reader, place, (*parent, "reconstructions", row["ID"]), state)
    resources_state(reader, name, parent, state)


def archive_state(server, projects=("sandbox", "odd")):
    """{place: what is there} by labels, so that two archives compare whatever order their IDs were given in."""
    reader, state = Reader(server), {}
    for project in projects:
        name = f"projects/{project}"
        resources_state(reader, name, ("projects", project), state)
        for subject in reader.rows("projects", project, "subjects"):
            place = f"{name}/subjects/{subject['label']}"
            state[place] = ("xnat:subjectData",)
            resources_state(reader, place, ("projects", project, "subjects", subject["ID"]), state)
            for row in reader.rows("projects", project, "subjects", subject["ID"], "experiments"):
                session = f"{place}/experiments/{row['label']}"
                state[session] = (row["xsiType"],)
                session_state(reader, session, row["ID"], state)
    reader.connection.close()
    return state


def changes(before, after):
    """{place: (before, after)} of what differs; None where nothing is."""
    return {place: (before.get(place), after.get(place))
            for place in sorted({*before, *after}) if before.get(place) != after.get(place)}


def lead(reader, url):
    """What a data URL leads to: project, accession, scan, numeric resource ID and path, whatever its spelling."""
    path = urllib.parse.urlsplit(url).path.split("/data/", 1)[1].removeprefix("archive/")
    parts, names = path.split("/"), {}
    while parts and parts[0] != "files":
        names[parts[0]] = urllib.parse.unquote(parts[1])
        del parts[:2]
    within = urllib.parse.unquote("/".join(parts[1:]))
    below = next((level for level in ("scans", "assessors", "reconstructions") if level in names), None)
    parent = ("experiments", names["experiments"]) + ((below, names[below]) if below else ())
    wanted = names["resources"]
    rows = reader.resources(*parent)
    ids = [row["xnat_abstractresource_id"] for row in rows
           if wanted in (row["label"], row["xnat_abstractresource_id"])]
    return [names.get("projects"), *parent, sorted(ids), within]
