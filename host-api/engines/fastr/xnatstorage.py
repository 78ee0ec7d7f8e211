# SPDX-License-Identifier: Apache-2.0
"""fastr's XNATStorage, with the plugin that `ioplug` loads doing the work.

fastr takes the last file of this name in its `plugins_path`, so a line in a file of `config.d` puts it in the place of the
one that fastr brings along:

    plugins_path.append("/path/to/host-api/engines/fastr")
"""
import collections
import contextlib
import os
import urllib.parse

import fastr
from fastr import exceptions
from fastr.core.ioplugin import IOPlugin
from fastr.data import url as urltools
from fastr.helpers.classproperty import classproperty


def provenance_beside_resource(url):
    """Where fastr looks for the provenance of a whole resource, which is the place of another resource; else None."""
    directory, name = urltools.split(url)
    if not urllib.parse.urlsplit(directory).path.endswith("/resources"):
        return None
    return urltools.join(directory, name.replace(".", "_") + ".prov.json")


def destination_of(url, outfile):
    """Where data goes. fastr takes the name from the URL as it is written: blanks as %20, none at all after a '/'."""
    directory, name = os.path.split(outfile)
    if not name:
        return os.path.join(outfile, "files")
    decoded = urllib.parse.unquote(name)
    plain = name == urltools.basename(url) and "/" not in decoded
    return os.path.join(directory, decoded) if plain else outfile


def sample_id(name):
    """An id as fastr can use it, as the name of a directory; None lets fastr number the sample."""
    quoted = (name or "").replace("/", "%2F")
    return None if quoted in ("", ".", "..") else quoted


class XNATStorage(IOPlugin):
    """
    Brings data from XNAT archives and stores data there, by URL, for example::

        xnat+https://xnat.example.com/search?projects=sandbox&experiments=*_BRAIN&scans=T1&resources=DICOM
        xnat+https://xnat.example.com/data/projects/sandbox/subjects/S01/experiments/S01_BRAIN/scans/T1/resources/DICOM

    The URLs are those of the XNATStorage that fastr brings along, and more: plugin/README.md has all of them. The
    login comes from ``~/.netrc``.

    Nothing is loaded before the first such URL is met, so what is missing is an error of the job that needs it and of no
    other.
    """
    scheme = ("xnat", "xnat+http", "xnat+https")

    def __init__(self):
        super().__init__()
        self._opened = None
        self._no_provenance = None

    @classproperty
    def configuration_fields(cls):
        return {
            "xnatstorage_plugin": (str, "", "The file xnatstorage.so or its directory; else it is looked for as by ioplug"),
            "xnatstorage_settings": (dict, {}, "Settings of the plugin by name, such as session_cache or jobs"),
        }

    def cleanup(self):
        """Ends the sessions. fastr leaves this out after an error; then the module does it when the process ends."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    @contextlib.contextmanager
    def _host(self):
        """The host; what it raises within becomes what fastr knows."""
        try:
            import ioplug
        except ImportError as error:
            raise exceptions.FastrImportError("XNATStorage needs the Python module ioplug in the environment of fastr "
                                              f"(pip install host-api/python): {error}") from error
        try:
            if self._opened is None:
                # fastr fails a job that writes a byte to standard error; its own log goes to standard output.
                self._opened = ioplug.Host(fastr.config.xnatstorage_plugin or None, logger=fastr.log,
                                           settings=fastr.config.xnatstorage_settings)
            yield self._opened
        except ioplug.CancelledError as error:
            raise KeyboardInterrupt(str(error)) from error
        except (ioplug.UsageError, ioplug.NotFoundError, ioplug.AmbiguousError, ioplug.AuthError) as error:
            raise exceptions.FastrValueError(str(error)) from error
        except ioplug.PluginError as error:
            raise exceptions.FastrImportError(str(error)) from error
        except ioplug.Error as error:
            raise exceptions.FastrIOError(str(error)) from error

    def expand_url(self, url):
        """A search as pairs of sample id and URL; a data URL as it is."""
        self._no_provenance = provenance_beside_resource(url)
        with self._host() as host:
            if not host.check(url).search:
                return url
            found = [(sample_id(item.id), item.url) for item in host.expand(url)]
        # fastr would keep the last of them and say nothing.
        counted = collections.Counter(name for name, _ in found if name is not None)
        several = sorted(name for name, count in counted.items() if count > 1)
        if several:
            raise exceptions.FastrValueError(
                f"{len(several)} sample ids stand for several results, such as {several[0]!r}: add id=experiment,scan,resource "
                f"or the like to the search {url}")
        return tuple(found)

    def fetch_url(self, inurl, outfile):
        """Brings a file, or a directory with all that is in it, whole and checked; gives its path."""
        if inurl == self._no_provenance:
            raise exceptions.FastrValueError("there is no provenance beside a resource")
        with self._host() as host:
            return str(host.fetch(inurl, destination_of(inurl, outfile)))

    def put_url(self, inpath, outurl):
        """Stores a file, or a directory with all that is in it. It is there, whole, when this returns."""
        with self._host() as host:
            fastr.log.info("Stored %s", host.put(inpath, outurl))
        return True
