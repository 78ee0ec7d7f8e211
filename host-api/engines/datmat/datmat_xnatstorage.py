# SPDX-License-Identifier: Apache-2.0
"""datmat's XNATStorage, with the plugin that `ioplug` loads doing the work. To import it is to use it:

    import datmat_xnatstorage
    datmat.materialize("xnat+https://xnat.example.com/projects/sandbox?scans=T1", "eucaimdir:///data/sandbox", "/tmp/work")
"""
import collections
import pathlib
import re

import ioplug
from datmat.ioplugin import IOPlugin
from datmat.models import PathSample, URLSample
from yarl import URL

# What datmat knows of a sample, by the plugin's names for it.
KNOWN = ("project_name", "subject_label", "experiment_label", "experiment_date", "scan_id", "scan_type")
PROJECT = re.compile(r"(.*?)(?:/data(?:/archive)?)?/projects/([^/]+)")


def search_of(url):
    """The search that a URL stands for, with an id for each result, as datmat looks at no other; None for a data URL."""
    query = [(name, value) for name, value in url.query.items() if name not in ("id", "label")]
    whole_project = PROJECT.fullmatch(url.path)
    if whole_project:
        prefix, project = whole_project.groups()
        query += [("projects", project)] + [("resources", "DICOM")] * ("resources" not in url.query)
        url = url.with_path(prefix + "/search")
    elif not url.path.endswith("/search"):
        return None
    query += [("id", f"experiment,{'assessor' if 'assessors' in url.query else 'scan'},resource")]
    return url.with_query(query)


def names_of(items):
    """What datmat's own plugin calls results, unless two have one name. Directories are called so: without a slash."""
    parts = ("experiment_id", "scan_id", "assessor_id", "resource_label", "path")
    names = ["_".join(filter(None, map(item.attributes.get, parts))) for item in items]
    count = collections.Counter(names)
    return [(name if count[name] == 1 else item.id).replace("/", "%2F") for item, name in zip(items, names)]


class XNATStorage(IOPlugin):
    """Takes the place of datmat's own plugin for its schemes, and serves `xnat` besides."""

    scheme = ("xnat", "xnat+http", "xnat+https")
    # May be set before the first use: a file or directory as for `ioplug.Host`, and settings by name.
    plugin = None
    settings = {}

    def __init__(self):
        super().__init__()
        self._host = None
        self._found = {}
        self._projects = {}

    def setup(self):
        """datmat calls this for each sample anew."""
        if self._host is None:
            self._host = ioplug.Host(self.plugin, settings=self.settings, logger=self.log)

    def cleanup(self):
        host, self._host = self._host, None
        if host is not None:
            host.close()

    def _project_name(self, url, told):
        """A search that names its project by its ID does not ask for the name, so this does: once for each project."""
        if "project_name" not in told and "project" in told:
            project = url.with_path(f"{url.path.split('/data/')[0]}/data/projects/{told['project']}")
            options = {name: url.query[name] for name in ("insecure", "verify") if name in url.query}
            project = str(project.with_query(options))
            if project not in self._projects:
                self._projects[project] = self._host.stat(project).attributes.get("project_name", told["project"])
            return self._projects[project]
        return told.get("project_name")

    def _sample(self, item, url):
        # datmat asks again for each result of a search, by its URL alone: this is what it then gets.
        told = item.attributes
        known = {name: told[name] for name in KNOWN if told.get(name)}
        sample = URLSample(data_url=url, filename=told.get("resource_label"),
                           **{**known, "project_name": self._project_name(url, told)})
        self._found[url] = sample
        return sample

    def expand_url(self, urlsample):
        """A search or a whole project as a tuple of ids and samples; a data URL as a sample with what is known of it."""
        url = urlsample.data_url
        if url in self._found:
            return self._found[url]
        search = search_of(url)
        if search is not None:
            found = self._host.expand(str(search))
            return tuple(zip(names_of(found), [self._sample(item, URL(item.url)) for item in found]))
        item, = self._host.expand(str(url), settings={"attributes": True})
        return self._sample(item, url)

    def fetch_url(self, inurlsample, outpath):
        """Brings a resource or a file, whole and checked, and tells what it is."""
        url = str(inurlsample.data_url)
        path = self._host.fetch(url, outpath if inurlsample.data_url.name else pathlib.Path(outpath) / "files")
        within = pathlib.PurePosixPath(inurlsample.filename or "", "files", self._host.check(url).path or "")
        known = {name: getattr(inurlsample, name) for name in KNOWN}
        return PathSample(data_path=path, filename=str(within), **known)

    def push_sink_data(self, sample, outurl):
        """Stores a sample's file or directory; the second value is the URL where it is."""
        return True, self._host.put(sample.data_path, str(outurl))
