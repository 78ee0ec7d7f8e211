# SPDX-License-Identifier: Apache-2.0
"""The tables of `ioplugin.h` for ctypes. Member for member what the header says; nothing else belongs here."""
from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

ABI_MAJOR = 1
ABI_MINOR = 2
ENTRY_SYMBOL = "ioplugin_entry"

WITH_MTIME = 1
RECURSIVE = 2
TO_THE_END = 2**64 - 1


class Progress(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("operation", c_uint64),
        ("phase", c_int),
        ("bytes_done", c_uint64),
        ("bytes_total", c_uint64),
        ("files_done", c_uint64),
        ("files_total", c_uint64),
        ("bytes_kept", c_uint64),
        ("files_kept", c_uint64),
        ("files_replaced", c_uint64),
        ("urls_known", c_uint64),
        ("wait_ms", c_uint32),
        ("wait_try", c_uint32),
        ("wait_tries", c_uint32),
    ]


PROGRESS = CFUNCTYPE(None, c_void_p, POINTER(Progress))
CANCELLED = CFUNCTYPE(c_int, c_void_p)
# A setting's value is handed out as an address: ctypes would lose the memory of a string.
SETTING = CFUNCTYPE(c_void_p, c_void_p, c_char_p)
LOG = CFUNCTYPE(None, c_void_p, c_int, c_char_p)
LOG_WANTED = CFUNCTYPE(c_int, c_void_p, c_int)


class Call(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("user_data", c_void_p),
        ("progress", PROGRESS),
        ("cancelled", CANCELLED),
        ("stop", POINTER(c_int32)),
        ("setting", SETTING),
    ]


class Fetch(Structure):
    _fields_ = [("url", c_char_p), ("destination", c_char_p)]


class Step(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("action", c_int),
        ("bytes", c_int64),
        ("url", c_char_p),
        ("path", c_char_p),
        ("type", c_char_p),
    ]


class Host(Structure):
    _fields_ = [
        ("abi_major", c_uint32),
        ("abi_minor", c_uint32),
        ("struct_size", c_size_t),
        ("user_data", c_void_p),
        ("log", LOG),
        ("log_wanted", LOG_WANTED),
        ("setting", SETTING),
    ]


class Item(Structure):
    _fields_ = [("id", c_char_p), ("value", c_char_p), ("attributes", POINTER(c_char_p))]


class Result(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("kind", c_int),
        ("n_items", c_size_t),
        ("items", POINTER(POINTER(Item))),
        ("message", c_char_p),
        ("http_status", c_int),
        ("server_words", c_char_p),
    ]


class Finding(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("step", c_char_p),
        ("state", c_int),
        ("text", c_char_p),
        ("advice", c_char_p),
        ("kind", c_int),
    ]


RESULT = POINTER(Result)
CALL = POINTER(Call)
TAKE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
TAKE_ITEM = CFUNCTYPE(c_int, c_void_p, POINTER(Item))
TOLD = CFUNCTYPE(None, c_void_p, POINTER(Finding))
FINISHED = CFUNCTYPE(None, c_void_p, c_size_t, RESULT)
PLANNED = CFUNCTYPE(None, c_void_p, c_size_t, POINTER(Step))


class Plugin(Structure):
    _fields_ = [
        ("abi_major", c_uint32),
        ("abi_minor", c_uint32),
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("version", c_char_p),
        ("schemes", POINTER(c_char_p)),
        ("fetch_url", CFUNCTYPE(RESULT, c_char_p, c_char_p, CALL)),
        ("put_url", CFUNCTYPE(RESULT, c_char_p, c_char_p, CALL)),
        ("expand_url", CFUNCTYPE(RESULT, c_char_p, CALL)),
        ("free_result", CFUNCTYPE(None, RESULT)),
        ("cleanup", CFUNCTYPE(None)),
        ("settings", POINTER(c_char_p)),
        ("stat_url", CFUNCTYPE(RESULT, c_char_p, c_uint32, CALL)),
        ("list_url", CFUNCTYPE(RESULT, c_char_p, c_uint32, CALL)),
        ("remove_url", CFUNCTYPE(RESULT, c_char_p, CALL)),
        ("check_url", CFUNCTYPE(RESULT, c_char_p, CALL)),
        ("read_url", CFUNCTYPE(RESULT, c_char_p, c_uint64, c_uint64, TAKE, c_void_p, CALL)),
        ("fetch_many", CFUNCTYPE(RESULT, POINTER(Fetch), c_size_t, FINISHED, c_void_p, CALL)),
        ("expand_each", CFUNCTYPE(RESULT, c_char_p, TAKE_ITEM, c_void_p, CALL)),
        ("plan_fetch", CFUNCTYPE(RESULT, POINTER(Fetch), c_size_t, PLANNED, FINISHED, c_void_p, CALL)),
        ("plan_put", CFUNCTYPE(RESULT, c_char_p, c_char_p, PLANNED, c_void_p, CALL)),
        ("plan_remove", CFUNCTYPE(RESULT, c_char_p, PLANNED, c_void_p, CALL)),
        ("diagnose_url", CFUNCTYPE(RESULT, c_char_p, TOLD, c_void_p, CALL)),
    ]


# The first version of the table ends behind this member; a shorter table is damaged.
SMALLEST_TABLE = Plugin.cleanup.offset + Plugin.cleanup.size

ENTRY = CFUNCTYPE(POINTER(Plugin), POINTER(Host), POINTER(c_char_p))


def copy_of(table: ctypes._Pointer[Plugin]) -> Plugin:
    """The table as this module knows it: what the plugin lacks is NULL, what it has more is left out."""
    copy = Plugin()
    ctypes.memmove(ctypes.byref(copy), table, min(table.contents.struct_size, ctypes.sizeof(copy)))
    return copy
