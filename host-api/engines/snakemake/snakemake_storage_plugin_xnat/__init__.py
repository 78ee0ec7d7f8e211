# SPDX-License-Identifier: Apache-2.0
"""Snakemake reads its inputs from XNAT imaging archives, and writes its outputs there, by URL.

    rule all:
        input: storage.xnat("xnat+https://xnat.example.com/data/projects/sandbox/resources/TABLES/files/ages.csv")
"""
from dataclasses import dataclass, field
import time
from typing import Any, Dict, Iterable, List, Optional, Set

from ioplug import Error, Host, NotFoundError, shared_host
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_storage_plugins.common import Operation
from snakemake_interface_storage_plugins.io import IOCacheStorageInterface, Mtime
from snakemake_interface_storage_plugins.settings import StorageProviderSettingsBase
from snakemake_interface_storage_plugins.storage_object import (StorageObjectGlob, StorageObjectRead,
                                                                StorageObjectWrite)
from snakemake_interface_storage_plugins.storage_provider import (ExampleQuery, QueryType, StorageProviderBase,
                                                                  StorageQueryValidationResult)

from ._facts import ABSENT, Answers, Facts, Memory
from ._queries import Query
from ._searches import candidates, found_together

__version__ = "0.1.0"

__all__ = ["StorageObject", "StorageProvider", "StorageProviderSettings"]


def _setting(help: str) -> Any:
    return field(default=None, metadata={"help": help})


def _switch(help: str) -> Any:
    return field(default=False, metadata={"help": help})


# Snakemake reads the types of the fields, which must be no texts.
@dataclass
class StorageProviderSettings(StorageProviderSettingsBase):  # type: ignore[misc]
    """What can be set, as `--storage-xnat-NAME VALUE` or in `storage NAME: provider="xnat", name=value`. What is not set is
    as the plugin has it."""

    plugin: Optional[str] = _setting("The plugin's file, or its directory (default: $IOPLUG_PATH, then where it is installed).")
    netrc: Optional[str] = _setting("netrc file with the logins (default: $NETRC, else ~/.netrc).")
    jobs: Optional[int] = _setting("Requests at a time per server.")
    retries: Optional[int] = _setting("Further tries after a passing fault.")
    retry_delay: Optional[float] = _setting("Seconds before the first retry; doubles up to 30.")
    connect_timeout: Optional[float] = _setting("Seconds to reach the server.")
    answer_timeout: Optional[float] = _setting("Seconds that a server may work before its first byte.")
    stall_timeout: Optional[float] = _setting("Seconds without a byte that end a try.")
    ca_file: Optional[str] = _setting("PEM file of certificate authorities to trust instead of the system's.")
    lockout_guard: Optional[float] = _setting("Seconds in which no process tries a refused login again.")
    stale_catalog: Optional[str] = _setting("error, or warn: deliver files whose catalog entry is out of date.")
    session_cache: bool = _switch("Share the server session between the processes of this user on a machine.")
    guest: bool = _switch("Without credentials go on as guest.")
    durable: bool = _switch("Flush files to the disk before a transfer ends.")

    def of_plugin(self) -> Dict[str, Any]:
        """Those that are set, for a host."""
        own = ("plugin", "max_requests_per_second")
        # 0 is a value, though it equals False.
        given = {name: value for name, value in vars(self).items()
                 if name not in own and value is not None and value is not False}
        # Local copies are Snakemake's own: one that is out of date is replaced without a word.
        return {**given, "keep_changed": False}


class StorageProvider(StorageProviderBase):  # type: ignore[misc]
    """One for each tag of the workflow. Errors are those of `ioplug`, which Snakemake wraps in its own."""

    settings: StorageProviderSettings

    def __post_init__(self) -> None:
        self.settings = self.settings or StorageProviderSettings()
        self._memory = Memory(self.local_prefix / ".known-times")
        self._answers = Answers()
        # What will be asked about, what is known of it already, and what was asked about.
        self._expected: Dict[str, Query] = {}
        self._found: Dict[str, Facts] = {}
        self._asked: Set[str] = set()

    @property
    def host(self) -> Host:
        """What does the work; loaded when it is first needed."""
        return shared_host(self.settings.plugin, self.settings.of_plugin())

    @classmethod
    def example_queries(cls) -> List[ExampleQuery]:
        """For the catalog of plugins."""
        session = "xnat+https://xnat.example.com/data/projects/sandbox/subjects/{subject}/experiments/{session}"
        return [
            ExampleQuery(f"{session}/scans/T1/resources/NIFTI/files/image.nii.gz", "A file of a scan.", QueryType.ANY),
            ExampleQuery(f"{session}/scans/T1/resources/DICOM", "All files of a scan, as a directory.", QueryType.ANY),
            ExampleQuery(f"{session}/assessors/{{session}}_seg/resources/MASK/files/mask.nii.gz"
                         "?assessor_type=xnat:qcAssessmentData", "A file of an assessor, which is created when it is missing.",
                         QueryType.OUTPUT),
        ]

    def rate_limiter_key(self, query: str, operation: Operation) -> Any:
        """The server."""
        return Query.parse(query).server

    def default_max_requests_per_second(self) -> float:
        """Used where there is no limit, that is: never."""
        return 100.0

    def use_rate_limiter(self) -> bool:
        """Only if a limit is set: the plugin has its own manners (`jobs`, and waits where a server asks for them)."""
        return self.settings.max_requests_per_second is not None

    @classmethod
    def is_valid_query(cls, query: str) -> StorageQueryValidationResult:
        """Whether it is a data URL that leads to a resource, with or without wildcards."""
        try:
            Query.parse(query)
        except ValueError as error:
            return StorageQueryValidationResult(query, False, str(error))
        return StorageQueryValidationResult(query, True)

    def postprocess_query(self, query: str) -> str:
        """One spelling for all ways to write the same. What Snakemake has noted on it, such as directory(), stays there."""
        try:
            spelled = type(query)(Query.parse(query).url)
        except ValueError:
            return query
        if hasattr(query, "flags"):
            setattr(spelled, "flags", query.flags)
        return spelled

    # --- what is there ---

    def expect(self, query: Query) -> None:
        """Says that there will be questions about it."""
        if query.url not in self._asked:
            self._expected.setdefault(query.url, query)

    def found(self, url: str, facts: Facts) -> None:
        """What a search has told, for the first question."""
        if url not in self._asked:
            self._found[url] = facts

    def ask(self, query: Query, kind: str) -> Facts:
        """Everything about an object. The first question comes while the workflow is planned, and is answered at the cost of
        as few requests as may be; later ones come because something may have changed, and the server is asked for no more
        than they want. An answer is good for one question of each kind."""
        url = query.url
        facts = self._answers.take(url, kind)
        if facts is not None and (facts.mtime is not None or kind != "mtime"):
            return facts
        if url in self._asked:
            facts = self._look(query, mtime=kind == "mtime")
        else:
            self._asked.add(url)
            facts = self._survey(query)
        self._answers.keep(url, kind, facts)
        self._memory.note(url, facts)
        return facts

    def _survey(self, query: Query) -> Facts:
        """Times that are remembered are believed, and what is asked about one after another is asked about at once."""
        url = query.url
        self._expected.pop(url, None)
        if url not in self._found and self._memory.knows(url):
            others = [one for one in list(self._expected.values()) if self._memory.knows(one.url)]
            self._found.update(found_together(self.host, query, others))
        facts = self._found.pop(url, None)
        if facts is None and self._memory.knows(url):
            facts = self._look(query, mtime=False)
        if facts is not None:
            facts = self._memory.recall(url, facts)
        if facts is None or (facts.exists and facts.mtime is None):
            facts = self._look(query, mtime=True)
        return facts

    def _look(self, query: Query, mtime: bool) -> Facts:
        url = query.url
        try:
            if query.path is not None:
                item = self.host.stat(url, mtime=mtime)
                if item.type == "file":
                    return Facts.of_file(item)
            return Facts.of_directory(self.host.list(url, recursive=True, mtime=mtime))
        except NotFoundError:
            return ABSENT

    def changed(self, query: Query) -> None:
        """Says that it was written or removed."""
        self._answers.forget()
        self._memory.forget(query.url)
        self._asked.add(query.url)
        self._found.clear()


class StorageObject(StorageObjectRead, StorageObjectWrite, StorageObjectGlob):  # type: ignore[misc]
    """A file, a directory in a resource, or a resource, by its URL. Times are those of the server; a directory has that of
    its newest file. An object cannot be touched, as XNAT sets times itself."""

    provider: StorageProvider

    def __post_init__(self) -> None:
        self._parsed: Optional[Query] = None
        if self.provider.is_valid_query(self.query):
            self._parsed = Query.parse(self.query)
            if not self._parsed.has_wildcards:
                self.provider.expect(self._parsed)

    @property
    def _url(self) -> Query:
        if self._parsed is None:
            raise WorkflowError(str(self.provider.is_valid_query(self.query)))
        return self._parsed

    def is_valid_query(self) -> StorageQueryValidationResult:
        """What the provider says, and the plugin, which knows all that can be wrong in a URL."""
        valid = self.provider.is_valid_query(self.query)
        if valid and not self._url.has_wildcards:
            try:
                self.provider.host.check(self.query)
            except Error as error:
                return StorageQueryValidationResult(self.query, False, str(error))
        return valid

    def local_suffix(self) -> str:
        """HOST/data/..., as the URL has it."""
        return self._url.suffix

    def cleanup(self) -> None:
        """Nothing: the plugin leaves nothing beside what it was asked for."""

    # --- questions ---

    async def inventory(self, cache: IOCacheStorageInterface) -> None:
        """Tells Snakemake everything about the object at once."""
        if self._overwrite_local_path is not None or cache.remaining_wait_time <= 0:
            return
        key = self.cache_key()
        if key in cache.exists_in_storage:
            return
        began = time.monotonic()
        try:
            facts = self.provider.ask(self._url, "inventory")
        except Error as error:
            raise WorkflowError(f"Failed to look at {self.print_query}", error) from error
        cache.exists_in_storage[key] = facts.exists
        if facts.exists:
            cache.size[key] = 0 if facts.directory else facts.size
            cache.checksum[key] = facts.checksum
        if facts.mtime is not None:
            cache.mtime[key] = Mtime(storage=facts.mtime)
        cache.remaining_wait_time -= time.monotonic() - began

    def get_inventory_parent(self) -> Optional[str]:
        """None: an inventory is of single objects."""
        return None

    def exists(self) -> bool:
        """Whether it is there; a directory without files is not."""
        return self.provider.ask(self._url, "exists").exists

    def mtime(self) -> float:
        """When it was changed, by the clock of the server."""
        facts = self.provider.ask(self._url, "mtime")
        if not facts.exists:
            raise FileNotFoundError(self.print_query)
        if facts.mtime is None:
            raise WorkflowError(f"the server does not tell when {self.print_query} was changed; ancient() does without")
        return facts.mtime

    def size(self) -> int:
        """Bytes of a file; 0 for a directory."""
        facts = self.provider.ask(self._url, "size")
        return 0 if facts.directory else facts.size

    def local_footprint(self) -> int:
        """Bytes of a file, or of all files in a directory."""
        return self.provider.ask(self._url, "footprint").size

    def checksum(self) -> Optional[str]:
        """md5:..., where the server has it."""
        return self.provider.ask(self._url, "checksum").checksum

    def list_candidate_matches(self) -> Iterable[str]:
        """For glob_wildcards(): what there is that the URL can mean."""
        for url, facts in candidates(self.provider.host, self._url):
            if facts is not None:
                self.provider.found(url, facts)
            yield url

    # --- transfers ---

    @property
    def _replacing(self) -> str:
        """The URL by which what is there is replaced, unless it says `overwrite=false`."""
        return self._url.with_option("overwrite", "true")

    def retrieve_object(self) -> None:
        """Brings it to its local path, whole and checked."""
        self.provider.host.fetch(self._url.url, self.local_path())

    def store_object(self) -> None:
        """Sends it from its local path. What differs is replaced, unless the URL says `overwrite=false`."""
        path = self.local_path()
        # Snakemake's own; it makes another when the directory has been stored.
        if path.is_dir():
            (path / ".snakemake_timestamp").unlink(missing_ok=True)
        try:
            self.provider.host.put(path, self._replacing)
        finally:
            self.provider.changed(self._url)

    def remove(self) -> None:
        """Removes it, and nothing above it: an assessor that was created for it stays, and so does the resource of a file.
        Snakemake does so before a job that makes it anew, and after one that failed; `overwrite=false` refuses both."""
        if self.provider.host.check(self._replacing).options.get("overwrite") != "true":
            raise WorkflowError("it is there already, and stays as it is, as its URL says overwrite=false: remove it by other means, "
                                "or leave that option out")
        try:
            self.provider.host.remove(self._url.url)
        except NotFoundError:
            pass
        finally:
            self.provider.changed(self._url)
