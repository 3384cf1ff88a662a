"""libkin by ctypes: the few functions that the module needs. What is asked and answered is JSON (include/kin/ask.h), so
that no struct of a use case is mirrored here."""

from __future__ import annotations

import ctypes
import os
import pathlib
import sys
from typing import Optional

SONAME = "libkin.so.0.1"


class CError(ctypes.Structure):
    """kin_error of kin/status.h."""

    _fields_ = [("code", ctypes.c_int), ("message", ctypes.c_char * 256)]


Progress = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64, ctypes.c_uint64)
Note = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)
Stop = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p)


class CWatch(ctypes.Structure):
    """kin_watch of kin/types.h."""

    _fields_ = [("user", ctypes.c_void_p), ("progress", Progress), ("note", Note), ("stop", Stop)]


def places() -> list[str]:
    """Where libkin is looked for, the first that is there wins."""
    own = os.environ.get("KIN_LIBRARY")
    if own:
        return [own]
    beside = [str(folder / SONAME) for prefix in (sys.prefix, sys.base_prefix)
              for folder in sorted(pathlib.Path(prefix).glob("lib*")) if (folder / SONAME).is_file()]
    return [*beside, SONAME, f"/usr/local/lib/{SONAME}"]


def declare(lib: ctypes.CDLL) -> ctypes.CDLL:
    pointer, text, error = ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(CError)
    for name, result, arguments in (
        ("kin_workspace_open", ctypes.c_int, [text, ctypes.c_int, ctypes.POINTER(pointer), error]),
        ("kin_workspace_close", None, [pointer]),
        ("kin_workspace_ask", ctypes.c_int,
         [pointer, text, ctypes.POINTER(CWatch), ctypes.POINTER(pointer), error]),
        ("kin_ask_free", None, [pointer]),
        ("kin_workspace_dim", ctypes.c_int, [pointer, ctypes.POINTER(ctypes.c_size_t), error]),
        ("kin_workspace_vectors", ctypes.c_int, [pointer, pointer, ctypes.c_size_t, pointer, error]),
        ("kin_workspace_refresh", ctypes.c_int, [pointer, error]),
        ("kin_workspace_build", text, []),
    ):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


loaded: Optional[ctypes.CDLL] = None


def library() -> ctypes.CDLL:
    """The library, loaded once. ImportError says where it was looked for."""
    global loaded
    if loaded is None:
        told = []
        for place in places():
            try:
                loaded = declare(ctypes.CDLL(place))
                break
            except (OSError, AttributeError) as error:
                told.append(str(error))
        else:
            raise ImportError(f"{SONAME} cannot be loaded ({'; '.join(told)}): install it, or let KIN_LIBRARY name it")
    return loaded
