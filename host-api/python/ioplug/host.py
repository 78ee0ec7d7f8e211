# SPDX-License-Identifier: Apache-2.0
"""The host: loads plugins, picks one by a URL's scheme, and calls it."""
from __future__ import annotations

import ctypes
import difflib
import logging
import os
import pathlib
import threading
import time
import warnings
from types import TracebackType
from typing import Any, Callable, Dict, Iterable, List, Mapping, NoReturn, Optional, Sequence, Set, Tuple, Type, TypeVar, Union

from . import _api, _process, _results
from ._calls import PATIENCE, Call, Stop, is_inside, run_aside
from ._loading import VERBS, PathLike, Plugin, load_all, local_path
from ._services import Owner, Services, Settings, SettingValue, borrow, give_back
from .errors import Error, MissingVerbError, PluginError, ServerError, UsageError
from .items import Checked, Finding, FindingState, Item, Outcome, Plan, Progress, Removed, Step, checked_from

__all__ = ["Host"]

T = TypeVar("T")

LocalPath = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
SettingValues = Mapping[str, SettingValue]
OnProgress = Callable[[Progress], object]


def _url_bytes(url: str) -> bytes:
    try:
        encoded = url.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError("the URL is no text that can be written as UTF-8") from error
    if b"\0" in encoded:
        raise UsageError("the URL holds a NUL character")
    return encoded


class _State:
    """What is open of a host; outlives the `Host` if that is forgotten."""

    def __init__(self, services: Services, owner: Owner) -> None:
        self.services = services
        self.owner = owner
        self.plugins: List[Plugin] = []
        self.calls: Set[Call] = set()
        self.changed = threading.Condition()
        self.is_open = True

    def close(self) -> None:
        with self.changed:
            if not self.is_open:
                return
            self.is_open = False
        try:
            self.wait_for_calls()
        finally:
            self.leave(quiet=bool(self.calls))

    def wait_for_calls(self) -> None:
        end = time.monotonic() + PATIENCE
        with self.changed:
            for call in self.calls:
                call.stop()
            while self.calls and self.changed.wait(max(0.0, end - time.monotonic())):
                pass

    def leave(self, quiet: bool) -> None:
        """Gives up the plugins and, unless one is still at work, the table."""
        self.is_open = False
        cleanups = {one.file: one.cleanup for one in self.plugins}
        try:
            _process.closed(self, cleanups, quiet)
        finally:
            if not self.calls:
                give_back(self.services)

    def begin(self, call: Call) -> None:
        with self.changed:
            if not self.is_open:
                raise UsageError("the host is closed")
            self.calls.add(call)

    def end(self, call: Call) -> None:
        with self.changed:
            self.calls.discard(call)
            self.changed.notify_all()

    def after_fork(self) -> None:
        self.calls = set()
        self.changed = threading.Condition()
        self.owner.lost = None


class Host:
    """Loads plugins and calls them; may be used from any thread, by many at a time, and after `fork()`.

    Close it (or use it in a `with` statement): that ends the sessions. What is left open is closed when the process ends,
    in the children of `multiprocessing` too.

    :param plugin: a plugin's file, a directory with some, or several of either. Without it they are looked for in the
        directories of the environment variable IOPLUG_PATH (colon-separated), else within this package, else where
        plugins are installed.
    :param settings: values by name for all operations; `host.settings` tells which there are.
    :param logger: where the plugin's log goes; the default is the logger `ioplug`. Lines may come from any thread.

    Every operation takes, as keywords, `settings` (which go before those of the host), `stop` (a `Stop`) and, where bytes
    are moved, `progress`: a function that is told a `Progress` some ten times a second, on another thread than the
    caller's. What it raises ends the operation and is raised by it. An interrupt (Ctrl-C) ends the operation, too.

    Operations raise the classes of `ioplug.errors`; `MissingVerbError` where the plugin is too old for one.
    """

    def __init__(self, plugin: Union[None, PathLike, Sequence[PathLike]] = None, *,
                 settings: Optional[SettingValues] = None, logger: Optional[logging.Logger] = None) -> None:
        owner = Owner(logger or logging.getLogger("ioplug"), Settings(settings))
        services = borrow(owner)
        state = _State(services, owner)
        try:
            state.plugins = load_all(plugin, services, owner.logger)
            self._schemes: Dict[str, Plugin] = {}
            for one in state.plugins:
                for scheme in one.schemes:
                    self._schemes.setdefault(scheme, one)
            self._known = {name for one in state.plugins for name in one.settings}
            self._check_settings(owner.settings)
        except BaseException:
            give_back(services)
            raise
        self._state = state
        _process.opened(state, [one.file for one in state.plugins])

    # --- what is there ---

    @property
    def plugins(self) -> Tuple[Plugin, ...]:
        """The plugins that were loaded."""
        return tuple(self._state.plugins)

    @property
    def schemes(self) -> Tuple[str, ...]:
        """The schemes of URLs that this host serves."""
        return tuple(self._schemes)

    def plugin_for(self, url: str) -> Plugin:
        """The plugin that serves a URL, by its scheme in any case of letters."""
        scheme, colon, _ = url.partition(":")
        plugin = self._schemes.get(scheme.lower()) if colon else None
        if plugin is None:
            known = ", ".join(self._schemes)
            raise UsageError(f"no plugin serves the scheme '{scheme}'; there are: {known}{self._hint(scheme.lower())}" if colon
                             else f"a URL begins with a scheme; there are: {known}")
        return plugin

    def _hint(self, scheme: str) -> str:
        """What may be meant by a scheme that nobody serves: https in the manner of a plugin, or a slip."""
        meant = [known for known in self._schemes if known.partition("+")[2] == scheme]
        meant += difflib.get_close_matches(scheme, self._schemes, 1, 0.7)
        return f"; is {meant[0]}:// meant?" if meant else ""

    # --- operations ---

    def expand(self, url: str, *, settings: Optional[SettingValues] = None, stop: Optional[Stop] = None) -> List[Item]:
        """Turns a search into its items, each with an id and a URL that can be fetched; any other URL gives itself. No
        match is an empty list."""
        return self._call(url, "expand", (), _results.items_of, None, settings, stop)

    def expand_each(self, url: str, take: Callable[[Item], object], *, settings: Optional[SettingValues] = None,
                    stop: Optional[Stop] = None) -> None:
        """Hands each item of `expand` to a function, in order, once the whole search has succeeded; a million of them take
        little memory so. What the function raises ends it and is raised by it. It runs on another thread than the caller's."""
        if not self.plugin_for(url)._table.expand_each:
            for item in self.expand(url, settings=settings, stop=stop):
                take(item)
            return

        def taker(call: Call) -> Any:
            def on_item(_data: Optional[int], item: "ctypes._Pointer[_api.Item]") -> int:
                try:
                    take(_results.item_from(item.contents))
                except BaseException as error:
                    call.fail(error)
                    return 1
                return 0

            return _api.TAKE_ITEM(on_item)

        self._call(url, "expand_each", (taker, None), lambda _result: None, None, settings, stop)

    def fetch(self, url: str, destination: LocalPath, *, progress: Optional[OnProgress] = None,
              settings: Optional[SettingValues] = None, stop: Optional[Stop] = None) -> pathlib.Path:
        """Brings what the URL names to a local path, whole and checked; gives the path of the result. A file goes into a
        destination that is a directory or ends in '/'."""
        return self._call(url, "fetch", (local_path(destination),), _results.path_of, progress, settings, stop)

    def put(self, path: LocalPath, url: str, *, progress: Optional[OnProgress] = None,
            settings: Optional[SettingValues] = None, stop: Optional[Stop] = None) -> str:
        """Sends a local file or directory to the URL; gives the final URL. When it returns, it is there, whole."""
        return self._call(url, "put", (), _results.url_of, progress, settings, stop, before=(local_path(path),))

    def stat(self, url: str, *, mtime: bool = False, settings: Optional[SettingValues] = None,
             stop: Optional[Stop] = None) -> Item:
        """Tells what the one thing is that the URL names. `mtime` as well, which may cost a question more."""
        flags = _api.WITH_MTIME if mtime else 0
        return self._call(url, "stat", (flags,), _results.one_of, None, settings, stop)

    def list(self, url: str, *, recursive: bool = False, mtime: bool = False, settings: Optional[SettingValues] = None,
             stop: Optional[Stop] = None) -> List[Item]:
        """Tells what is directly below the URL, or everything below; it may end at any level, or be the server itself.
        `mtime` of files as well, which may cost a question for each."""
        flags = (_api.RECURSIVE if recursive else 0) | (_api.WITH_MTIME if mtime else 0)
        return self._call(url, "list", (flags,), _results.items_of, None, settings, stop)

    def remove(self, url: str, *, settings: Optional[SettingValues] = None, stop: Optional[Stop] = None) -> Removed:
        """Removes a file, a directory of a resource or a resource, and nothing above these."""
        return self._call(url, "remove", (), _results.removed_of, None, settings, stop)

    def check(self, url: str) -> Checked:
        """Reads a URL without asking anybody. What is wrong with it is a UsageError."""
        return checked_from(self._call(url, "check", (), _results.one_of, None, None, None))

    def diagnose(self, url: str, told: Optional[Callable[[Finding], object]] = None, *,
                 settings: Optional[SettingValues] = None, stop: Optional[Stop] = None) -> List[Finding]:
        """Looks, step by step, at all that stands between here and what the URL names, and gives what was found. A step that
        failed is not raised: its finding holds the error. `told` is handed each finding as soon as it is known, on another
        thread than the caller's; what it raises ends the diagnosis and is raised by it. Nothing is changed on the server."""
        findings: List[Finding] = []

        def listener(call: Call) -> Any:
            def on_finding(_data: Optional[int], finding: "ctypes._Pointer[_api.Finding]") -> None:
                if call.failure is not None:
                    return
                try:
                    findings.append(_results.finding_from(finding.contents, url))
                    if told is not None:
                        told(findings[-1])
                except BaseException as error:
                    call.fail(error)

            return _api.TOLD(on_finding)

        def found(result: _api.Result) -> List[Finding]:
            failure = _results.error_of(result, url)
            if failure is not None and (failure.kind == "cancelled" or
                                        all(one.state != FindingState.FAILED for one in findings)):
                raise failure
            return findings

        return self._call(url, "diagnose", (listener, None), found, None, settings, stop, before=(_url_bytes(url),),
                          own_errors=True)

    def read(self, url: str, offset: int = 0, length: Optional[int] = None, *, settings: Optional[SettingValues] = None,
             stop: Optional[Stop] = None) -> bytes:
        """A part of a file: `length` bytes from `offset`, or all to its end. A part is not checked against a digest."""
        parts: List[bytes] = []
        self.read_to(url, parts.append, offset, length, settings=settings, stop=stop)
        return b"".join(parts)

    def read_to(self, url: str, take: Callable[[bytes], object], offset: int = 0, length: Optional[int] = None, *,
                settings: Optional[SettingValues] = None, stop: Optional[Stop] = None) -> Optional[int]:
        """Hands a part of a file to a function, piece by piece and in order; gives the size of the whole file, where it is
        told. What the function raises ends the reading and is raised by it."""
        if offset < 0 or (length is not None and length < 0):
            raise UsageError("a part of a file begins at 0 or later and has 0 bytes or more")

        def taker(call: Call) -> Any:
            def on_take(_data: Optional[int], address: Optional[int], size: int) -> int:
                try:
                    take(ctypes.string_at(address, size) if address else b"")
                except BaseException as error:
                    call.fail(error)
                    return 1
                return 0

            return _api.TAKE(on_take)

        wanted = _api.TO_THE_END if length is None else length
        return self._call(url, "read", (offset, wanted, taker, None), lambda result: _results.one_of(result).bytes, None,
                          settings, stop)

    def fetch_many(self, pairs: Iterable[Tuple[str, LocalPath]], *,
                   finished: Optional[Callable[[int, Outcome], object]] = None, progress: Optional[OnProgress] = None,
                   settings: Optional[SettingValues] = None, stop: Optional[Stop] = None) -> List[Outcome]:
        """Does as `fetch` for each pair of URL and destination, several at a time, and asks for what they share once.

        Gives an outcome for each, in their order; one that failed does not stop the others and is not raised. `finished`
        is told the index and the outcome of each as soon as it is known, on another thread than the caller's. All URLs
        must be of one plugin."""
        wanted = [(url, _url_bytes(url), local_path(destination)) for url, destination in pairs]
        if not wanted:
            return []
        if len({self.plugin_for(url).file for url, _, _ in wanted}) > 1:
            raise UsageError("the URLs of one fetch of many must be of one plugin")
        array = (_api.Fetch * len(wanted))(*[_api.Fetch(url, destination) for _, url, destination in wanted])
        errors: Dict[int, Error] = {}

        def outcome(index: int, path: Optional[pathlib.Path], error: Optional[Error]) -> Outcome:
            return Outcome(wanted[index][0], os.fsdecode(wanted[index][2]), path, error)

        def on_finished(call: Call) -> Any:
            def tell(_data: Optional[int], index: int, told: "ctypes._Pointer[_api.Result]") -> None:
                try:
                    error = _results.error_of(told.contents, wanted[index][0])
                    if error is not None:
                        errors[index] = error
                    if finished is not None:
                        path = _results.path_of(told.contents) if error is None else None
                        finished(index, outcome(index, path, error))
                except BaseException as failure:
                    call.fail(failure)

            return _api.FINISHED(tell)

        def outcomes(result: _api.Result) -> List[Outcome]:
            failure = _results.error_of(result, None)
            if failure is not None and (result.n_items != len(wanted) or failure.kind == "cancelled"):
                raise failure
            paths = _results.paths_of(result)
            return [outcome(i, path, None if path is not None else errors.get(i, failure)) for i, path in enumerate(paths)]

        return self._call(wanted[0][0], "fetch_many", (on_finished, None), outcomes, progress, settings, stop,
                          before=(array, len(wanted)), own_errors=True)

    def plan_fetch(self, url: str, destination: LocalPath, *, settings: Optional[SettingValues] = None,
                   stop: Optional[Stop] = None) -> Plan:
        """What `fetch` would do; nothing is changed, here or there. Raises what `fetch` would raise, as far as a look
        tells."""
        array = (_api.Fetch * 1)(_api.Fetch(_url_bytes(url), local_path(destination)))
        return self._plan(url, "plan_fetch", (array, 1), (lambda _call: _api.FINISHED(),), settings, stop)

    def plan_put(self, path: LocalPath, url: str, *, settings: Optional[SettingValues] = None,
                 stop: Optional[Stop] = None) -> Plan:
        """What `put` would do; nothing is changed. Raises what `put` would raise, as far as a look tells."""
        return self._plan(url, "plan_put", (local_path(path),), (), settings, stop)

    def plan_remove(self, url: str, *, settings: Optional[SettingValues] = None, stop: Optional[Stop] = None) -> Plan:
        """Which files `remove` would remove; nothing is changed. Raises what `remove` would raise, as far as a look
        tells."""
        return self._plan(url, "plan_remove", (), (), settings, stop)

    # --- the end ---

    def close(self) -> None:
        """Stops what runs, waits for it, and ends the sessions unless another open host of this process uses the same
        plugin. May be called twice; not from within a callback."""
        if is_inside():
            raise UsageError("a host cannot be closed from within one of its operations")
        self._state.close()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return not self._state.is_open

    def __enter__(self) -> Host:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __del__(self) -> None:
        state = getattr(self, "_state", None)
        if state is not None and state.is_open:
            warnings.warn("a Host was never closed; its sessions end with the process", ResourceWarning, source=self)
            # No network within a garbage collection.
            state.leave(quiet=True)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Host cannot be pickled; make one in each process")

    # --- the inside ---

    def _check_settings(self, settings: Settings) -> None:
        for name in settings.names():
            if name not in self._known:
                raise UsageError(f"no setting is called '{name}'; there are: {', '.join(sorted(self._known))}")

    def _plan(self, url: str, verb: str, before: Tuple[Any, ...], further: Tuple[Any, ...],
              settings: Optional[SettingValues], stop: Optional[Stop]) -> Plan:
        """One operation that tells its steps; `further`: C functions after that which is told them."""
        steps: List[Step] = []

        def on_planned(call: Call) -> Any:
            def take(_data: Optional[int], _index: int, told: "ctypes._Pointer[_api.Step]") -> None:
                try:
                    step = _results.step_of(told.contents)
                    if step is not None:
                        steps.append(step)
                except BaseException as error:
                    call.fail(error)

            return _api.PLANNED(take)

        def plan(result: _api.Result) -> Plan:
            failure = _results.error_of(result, url)
            if failure is not None:
                raise failure
            return Plan(_results.value_of(result), tuple(steps))

        return self._call(url, verb, (on_planned, *further, None), plan, None, settings, stop, before=before,
                          own_errors=verb == "plan_fetch")

    def _call(self, url: str, verb: str, after: Tuple[Any, ...], convert: Callable[[_api.Result], T],
              progress: Optional[OnProgress], settings: Optional[SettingValues], stop: Optional[Stop], *,
              before: Tuple[Any, ...] = (), own_errors: bool = False) -> T:
        """One operation: arguments before and after the URL (those that are functions make the C function for the call);
        with `own_errors`, `convert` looks at the kind of the result itself, and no URL is handed over."""
        plugin = self.plugin_for(url)
        function = getattr(plugin._table, VERBS[verb])
        if not function:
            raise MissingVerbError(f"the plugin {plugin.name} {plugin.version} has no '{verb}'; it offers: "
                                   f"{', '.join(plugin.verbs)}. Update it ({plugin.file})")
        own = Settings(settings)
        self._check_settings(own)
        call = Call(progress, own, plugin._table.abi_minor < 1)
        arguments = [*before, *(() if own_errors else (_url_bytes(url),)),
                     *(made(call) if callable(made) else made for made in after)]
        state = self._state

        def work() -> T:
            call.begun = True
            try:
                with _process.within(plugin.file):
                    result = function(*arguments, ctypes.byref(call.table))
                return _taken(plugin, result, None if own_errors else url, convert)
            finally:
                state.end(call)

        try:
            state.begin(call)
            if stop is not None:
                stop._join(call)
            return _with_failures(call, state.owner, lambda: run_aside(work, call.stop))
        finally:
            if stop is not None:
                stop._leave(call)
            # Who interrupts twice leaves while C is still at work.
            if not call.begun:
                state.end(call)


def _taken(plugin: Plugin, result: Any, url: Optional[str], convert: Callable[[_api.Result], T]) -> T:
    """The result as an object, or raised; it is given back."""
    if not result:
        raise ServerError(f"the plugin {plugin.name} gave no result")
    try:
        error = _results.error_of(result.contents, url) if url is not None else None
        if error is not None:
            raise error
        return convert(result.contents)
    finally:
        plugin._table.free_result(result)


def _with_failures(call: Call, owner: Owner, run: Callable[[], T]) -> T:
    """What callbacks raised goes before what became of the operation."""
    error: Optional[BaseException] = None
    value: Optional[T] = None
    try:
        value = run()
    except (Error, PluginError) as failure:
        error = failure
    lost, owner.lost = owner.lost, None
    raised = call.failure or lost
    if raised is not None:
        raise raised from error
    if error is not None:
        raise error
    return value  # type: ignore[return-value]
