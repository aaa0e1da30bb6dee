# SPDX-License-Identifier: GPL-2.0-or-later
"""Capsules made up here, and the structs of `hgamalgam_capi.h`, for ctypes."""

from __future__ import annotations

import ctypes
from typing import Any

REVLOG_NAME = b"mercurial.cext.parsers.revlog_CAPI"
CORE_NAME = b"hgamalgam.rustext.core_CAPI"


class FileStatus(ctypes.Structure):
    _fields_ = (
        ("device", ctypes.c_uint64),
        ("inode", ctypes.c_uint64),
        ("links", ctypes.c_uint64),
        ("size", ctypes.c_int64),
        ("mtime", ctypes.c_int64),
        ("ctime", ctypes.c_int64),
        ("mtime_nsec", ctypes.c_uint32),
        ("ctime_nsec", ctypes.c_uint32),
        ("mode", ctypes.c_uint32),
        ("error", ctypes.c_int32),
    )


# Called without the GIL: ctypes takes it.
StatFiles = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_char_p),
    ctypes.c_size_t,
    ctypes.POINTER(FileStatus),
    ctypes.c_size_t,
)


class CoreCapi(ctypes.Structure):
    _fields_ = (
        ("abi_version", ctypes.c_int),
        ("size", ctypes.c_size_t),
        ("stat_files", StatFiles),
    )


def pointer_of(capsule: Any, name: bytes) -> int:
    function = ctypes.pythonapi.PyCapsule_GetPointer
    function.restype = ctypes.c_void_p
    function.argtypes = (ctypes.py_object, ctypes.c_char_p)
    return function(capsule, name)


def context_of(capsule: Any) -> int | None:
    function = ctypes.pythonapi.PyCapsule_GetContext
    function.restype = ctypes.c_void_p
    function.argtypes = (ctypes.py_object,)
    return function(capsule)


def set_context(capsule: Any, context: int | None) -> None:
    function = ctypes.pythonapi.PyCapsule_SetContext
    function.argtypes = (ctypes.py_object, ctypes.c_void_p)
    function(capsule, context)


def make_capsule(struct: ctypes.Structure, name: bytes) -> Any:
    """A capsule over a struct and a name that the caller keeps alive."""
    function = ctypes.pythonapi.PyCapsule_New
    function.restype = ctypes.py_object
    function.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return function(ctypes.addressof(struct), name, None)


def core_capi(
    stat_files: Any, abi: int = 2, size: int = ctypes.sizeof(CoreCapi)
) -> CoreCapi:
    return CoreCapi(abi, size, StatFiles(stat_files))
