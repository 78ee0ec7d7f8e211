# SPDX-License-Identifier: Apache-2.0
"""A host in ctypes, for tests through the public ABI: every verb, the log, settings of the host and of a call, the stop flag.

    def test_it(case):
        with AbiHost(case) as host:
            found = host.stat(case.url("projects/sandbox"))
            assert found.kind == "ok" and found.one.attributes["type"] == "project"

The plugin is loaded by a process of its own (this file, run as a program, which takes one call a line), so that it has the
environment of the case, and can be one with a sanitizer inside.
"""
import base64
import ctypes
import json
import os
import pathlib
import subprocess
import sys

KINDS = ("ok", "usage", "not-found", "ambiguous", "auth", "conflict", "network", "server", "integrity", "io", "cancelled")
LEVELS = ("error", "warning", "info", "debug")
WITH_MTIME, RECURSIVE = 1, 2
TO_THE_END = 2**64 - 1

String, Size, Pointer = ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p
Setting = ctypes.CFUNCTYPE(Pointer, Pointer, String)
Log = ctypes.CFUNCTYPE(None, Pointer, ctypes.c_int, String)
LogWanted = ctypes.CFUNCTYPE(ctypes.c_int, Pointer, ctypes.c_int)
Take = ctypes.CFUNCTYPE(ctypes.c_int, Pointer, Pointer, Size)


class IOProgress(ctypes.Structure):
    _fields_ = [("struct_size", Size), ("operation", ctypes.c_uint64), ("phase", ctypes.c_int),
                ("bytes_done", ctypes.c_uint64), ("bytes_total", ctypes.c_uint64), ("files_done", ctypes.c_uint64),
                ("files_total", ctypes.c_uint64)]


Progress = ctypes.CFUNCTYPE(None, Pointer, ctypes.POINTER(IOProgress))
Cancelled = ctypes.CFUNCTYPE(ctypes.c_int, Pointer)


class IOCall(ctypes.Structure):
    _fields_ = [("struct_size", Size), ("user_data", Pointer), ("progress", Progress), ("cancelled", Cancelled),
                ("stop", ctypes.POINTER(ctypes.c_int32)), ("setting", Setting)]


class IOFetch(ctypes.Structure):
    _fields_ = [("url", String), ("destination", String)]


class IOHost(ctypes.Structure):
    _fields_ = [("abi_major", ctypes.c_uint32), ("abi_minor", ctypes.c_uint32), ("struct_size", Size),
                ("user_data", Pointer), ("log", Log), ("log_wanted", LogWanted), ("setting", Setting)]


class IOItem(ctypes.Structure):
    _fields_ = [("id", String), ("value", String), ("attributes", ctypes.POINTER(String))]


class IOStep(ctypes.Structure):
    _fields_ = [("struct_size", Size), ("action", ctypes.c_int), ("bytes", ctypes.c_int64), ("url", String), ("path", String),
                ("type", String)]


ACTIONS = ["create", "send", "fetch", "replace", "keep", "take_over", "leave", "conflict", "remove"]
Planned = ctypes.CFUNCTYPE(None, Pointer, Size, ctypes.POINTER(IOStep))
TakeItem = ctypes.CFUNCTYPE(ctypes.c_int, Pointer, ctypes.POINTER(IOItem))


class IOResult(ctypes.Structure):
    _fields_ = [("struct_size", Size), ("kind", ctypes.c_int), ("n_items", Size),
                ("items", ctypes.POINTER(ctypes.POINTER(IOItem))), ("message", String), ("http_status", ctypes.c_int),
                ("server_words", String)]


ResultPointer, CallPointer = ctypes.POINTER(IOResult), ctypes.POINTER(IOCall)
Finished = ctypes.CFUNCTYPE(None, Pointer, Size, ResultPointer)
Flags = ctypes.c_uint32


def verb(*arguments):
    return ctypes.CFUNCTYPE(ResultPointer, *arguments, CallPointer)


class IOPlugin(ctypes.Structure):
    _fields_ = [("abi_major", ctypes.c_uint32), ("abi_minor", ctypes.c_uint32), ("struct_size", Size), ("name", String),
                ("version", String), ("schemes", ctypes.POINTER(String)),
                ("fetch_url", verb(String, String)), ("put_url", verb(String, String)), ("expand_url", verb(String)),
                ("free_result", ctypes.CFUNCTYPE(None, ResultPointer)), ("cleanup", ctypes.CFUNCTYPE(None)),
                ("settings", ctypes.POINTER(String)),
                ("stat_url", verb(String, Flags)), ("list_url", verb(String, Flags)), ("remove_url", verb(String)),
                ("check_url", verb(String)), ("read_url", verb(String, ctypes.c_uint64, ctypes.c_uint64, Take, Pointer)),
                ("fetch_many", verb(ctypes.POINTER(IOFetch), Size, Finished, Pointer)),
                ("expand_each", verb(String, TakeItem, Pointer)),
                ("plan_fetch", verb(ctypes.POINTER(IOFetch), Size, Planned, Finished, Pointer)),
                ("plan_put", verb(String, String, Planned, Pointer)), ("plan_remove", verb(String, Planned, Pointer))]


def words(table):
    """The strings of a table that ends in NULL."""
    found = []
    while table and table[len(found)] is not None:
        found.append(table[len(found)].decode())
    return found


def plain_item(item):
    flat = words(item.attributes)
    return [item.id and item.id.decode(), item.value and os.fsdecode(item.value), dict(zip(flat[::2], flat[1::2]))]


def plain_step(step):
    texts = [text and os.fsdecode(text) for text in (step.url, step.path, step.type)]
    return [ACTIONS[step.action], step.bytes, *texts]


def plain(result):
    """What a result says, in plain values; @result is a pointer."""
    result = result.contents
    items = [plain_item(result.items[i].contents) for i in range(result.n_items)]
    return {"kind": KINDS[result.kind], "items": items, "message": result.message and result.message.decode(),
            "http_status": result.http_status, "words": result.server_words and result.server_words.decode()}


class Loaded:
    """The plugin, loaded into this process for one host."""

    def __init__(self, path, settings):
        self.log, self.kept, self.call_settings = [], {}, {}
        self.settings = settings
        self.host = IOHost(abi_major=1, abi_minor=1, struct_size=ctypes.sizeof(IOHost), log=Log(self.take_line),
                           log_wanted=LogWanted(lambda data, level: 1),
                           setting=Setting(lambda data, name: self.text(self.settings, name)))
        module = ctypes.CDLL(path)
        module.ioplugin_entry.restype = ctypes.POINTER(IOPlugin)
        module.ioplugin_entry.argtypes = [ctypes.POINTER(IOHost), ctypes.POINTER(String)]
        self.plugin = module.ioplugin_entry(ctypes.byref(self.host), None).contents

    def take_line(self, _data, level, line):
        self.log.append([LEVELS[level], line.decode()])

    def text(self, settings, name):
        """The address of a setting's text, which stays where it is until the next is asked for."""
        value = settings.get(name.decode())
        if value is None:
            return None
        self.kept[name] = ctypes.create_string_buffer(str(value).encode())
        return ctypes.addressof(self.kept[name])

    def arguments(self, name, given, notes):
        """The arguments of a verb; what its functions are told goes to @notes."""
        if name == "read":
            notes["taken"] = []

            def take(_data, at, size):
                notes["taken"].append(base64.b64encode(ctypes.string_at(at, size)).decode())
                return 0

            return [given[0].encode(), given[1], given[2], Take(take), None]
        if name == "expand_each":
            notes["handed"] = []

            def take_item(_data, item):
                notes["handed"].append(plain_item(item.contents))
                return len(notes["handed"]) == given[1]

            return [given[0].encode(), TakeItem(take_item), None]
        if name.startswith("plan_"):
            notes["steps"] = []
        planned = Planned(lambda data, index, step: notes["steps"].append([index, *plain_step(step.contents)]))
        if name in ("fetch_many", "plan_fetch"):
            notes["outcomes"] = []
            table = (IOFetch * len(given[0]))(*[IOFetch(url.encode(), os.fsencode(to)) for url, to in given[0]])
            finished = Finished(lambda data, index, outcome: notes["outcomes"].append([index, plain(outcome)]))
            return [table, len(given[0]), *([planned] if name == "plan_fetch" else []), finished, None]
        if name.startswith("plan_"):
            return [*map(os.fsencode, given), planned, None]
        return [os.fsencode(one) if isinstance(one, str) else one for one in given]

    def run(self, name, given, settings, stop):
        """One call; everything that came of it."""
        notes = {"progress": [], "bytes": []}

        def take_progress(data, at):
            notes["progress"].append(at.contents.phase)
            notes["bytes"].append([at.contents.bytes_done, at.contents.bytes_total])

        flag = ctypes.c_int32(1 if stop else 0)
        self.call_settings = settings
        call = IOCall(struct_size=ctypes.sizeof(IOCall), stop=ctypes.pointer(flag),
                      progress=Progress(take_progress),
                      setting=Setting(lambda data, name: self.text(self.call_settings, name)))
        del self.log[:]
        function = getattr(self.plugin, name if name in ("fetch_many", "expand_each") or name.startswith("plan_") else f"{name}_url")
        result = function(*self.arguments(name, given, notes), ctypes.byref(call))
        answer = {**plain(result), **notes, "log": list(self.log)}
        self.plugin.free_result(result)
        return answer

    def about(self):
        """What the plugin says of itself."""
        return {"minor": self.plugin.abi_minor, "name": self.plugin.name.decode(),
                "verbs": [name for name, _ in IOPlugin._fields_ if (name.endswith(("_url", "_many", "_each")) or name.startswith("plan_"))
                          and getattr(self.plugin, name)]}


class Item:
    """One item of a result."""

    def __init__(self, name, value, attributes):
        self.id, self.value, self.attributes = name, value, attributes

    def __getitem__(self, name):
        return self.attributes[name]

    def __repr__(self):
        return f"Item({self.id!r}, {self.value!r}, {self.attributes!r})"


class Result:
    """The outcome of a call: `kind` by name, `items`, `message`, `http_status`, `words`; `progress` (phases), `bytes` (done and
    in all, at each report), `log` (pairs of level and line); of a read `taken` (bytes), of an expand
    item by item `handed` (items), of a fetch of many `outcomes` (pairs of index and Result), of a plan `steps` (index, action,
    bytes, URL, path, type)."""

    def __init__(self, answer):
        self.kind, self.message, self.words = answer["kind"], answer["message"], answer["words"]
        self.http_status = answer["http_status"]
        self.items = [Item(*item) for item in answer["items"]]
        self.progress, self.bytes = answer.get("progress", []), answer.get("bytes", [])
        self.log = [tuple(line) for line in answer.get("log", [])]
        self.handed = [Item(*item) for item in answer.get("handed", [])]
        self.taken = [base64.b64decode(piece) for piece in answer.get("taken", [])]
        self.steps = [tuple(step) for step in answer.get("steps", [])]
        self.outcomes = [(index, Result(outcome)) for index, outcome in answer.get("outcomes", [])]

    @property
    def one(self):
        """The only item."""
        assert self.kind == "ok" and len(self.items) == 1, self
        return self.items[0]

    @property
    def ids(self):
        assert self.kind == "ok", self
        return [item.id for item in self.items]

    def lines(self, *levels):
        """The lines that were logged at these levels."""
        return [line for level, line in self.log if level in levels]

    def __repr__(self):
        return f"Result({self.kind!r}, {self.message!r}, {self.items!r})"


def sanitizer(plugin):
    """The sanitizer's library that a program must have loaded before the plugin; None mostly."""
    told = subprocess.run(["ldd", plugin], capture_output=True, text=True, check=False).stdout
    return next((line.split()[2] for line in told.splitlines() if line.split()[0].startswith(("libasan", "libtsan"))),
                None)


def environment(case, plugin):
    """That of a Python that loads the plugin, for a case."""
    found = case.environment()
    runtime = sanitizer(str(plugin))
    if runtime is not None:
        # Python keeps memory to its end; what the plugin leaks is found by the tests of the command.
        found.update(LD_PRELOAD=runtime, ASAN_OPTIONS=found.get("ASAN_OPTIONS", "") + ":detect_leaks=0")
    return found


class AbiHost:
    """A host in a process of its own, with the login and settings of a case; each verb is a method of its name, whose keywords
    are settings of that call, and `stop=True` a stop flag that is set from the start."""

    def __init__(self, case, plugin=None, user="alice", **settings):
        if plugin is None:
            from plugin_case import PLUGIN as plugin
        if user is not None:
            netrc = case.write_netrc(f"machine {case.server.host}:{case.server.port} login {user} password {user}-pw\n",
                                     name=f"netrc-{user}")
            settings.setdefault("netrc", netrc)
        settings = {name: self.setting(value) for name, value in {**case.settings, **settings}.items()}
        self.process = subprocess.Popen([sys.executable, "-B", __file__, str(plugin), json.dumps(settings)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment(case, plugin))

    @staticmethod
    def setting(value):
        return str(value).lower() if isinstance(value, bool) else str(value)

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the host ended with {self.process.wait()}"
        return json.loads(line)

    def call(self, name, *given, stop=False, **settings):
        settings = {key: self.setting(value) for key, value in settings.items()}
        given = [str(one) if isinstance(one, pathlib.Path) else one for one in given]
        return Result(self.ask(verb=name, given=given, settings=settings, stop=stop))

    def stat(self, url, flags=0, **settings):
        return self.call("stat", url, flags, **settings)

    def list(self, url, flags=0, **settings):
        return self.call("list", url, flags, **settings)

    def read(self, url, offset=0, length=TO_THE_END, **settings):
        return self.call("read", url, offset, length, **settings)

    def expand_each(self, url, most=0, **settings):
        """Stopped after @most items; 0: after none."""
        return self.call("expand_each", url, most, **settings)

    def fetch_many(self, fetches, **settings):
        return self.call("fetch_many", [[url, str(to)] for url, to in fetches], **settings)

    def plan_fetch(self, fetches, **settings):
        return self.call("plan_fetch", [[url, str(to)] for url, to in fetches], **settings)

    def __getattr__(self, name):
        if name not in ("fetch", "put", "expand", "remove", "check", "plan_put", "plan_remove"):
            raise AttributeError(name)
        return lambda *given, **settings: self.call(name, *given, **settings)

    def about(self):
        return self.ask(verb="about")

    def cleanup(self):
        self.ask(verb="cleanup")

    def close(self):
        """Ends sessions, and the process; an end with an error is one of the test."""
        self.process.stdin.close()
        self.process.stdout.close()
        code = self.process.wait(60)
        assert code == 0, f"the host ended with {code}"

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        if problem[0] is not None:
            self.process.kill()
        else:
            self.close()


def serve(path, settings):
    """Takes calls from standard input until it ends."""
    loaded = Loaded(path, json.loads(settings))
    for line in sys.stdin:
        question = json.loads(line)
        if question["verb"] == "about":
            answer = loaded.about()
        elif question["verb"] == "cleanup":
            loaded.plugin.cleanup()
            answer = {}
        else:
            answer = loaded.run(question["verb"], question["given"], question["settings"], question["stop"])
        print(json.dumps(answer), flush=True)
    loaded.plugin.cleanup()


if __name__ == "__main__":
    serve(*sys.argv[1:])
