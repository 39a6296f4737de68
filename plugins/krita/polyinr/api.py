"""The functions of the polyinr library's C interface; the only file that knows ctypes.

`tests/test_header.py` compares everything that is declared here with `include/polyinr.h`.
ctypes gives up Python's lock during calls, so that a thread that computes holds nobody up.
"""

import ctypes
import os
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    byref,
    c_bool,
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_int32,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from enum import IntEnum
from pathlib import Path

from .errors import CancelledError, PolyinrError
from .texts import _

# The version of the header that this file was written for.
VERSION_MAJOR = 0
VERSION_MINOR = 1

# Stands for as much cleaning as the picture seems to need.
AMOUNT_AUTO = -1.0

# The name with which `cargo xtask install` puts the library in place.
FILE_NAME = f"libpolyinr.so.{VERSION_MAJOR}.{VERSION_MINOR}"


class Status(IntEnum):
    """What a call comes to."""

    OK = 0
    NULL_POINTER = 1
    BAD_HANDLE = 2
    BAD_PARAMETER = 3
    BAD_BUFFER = 4
    BAD_MODEL = 5
    BAD_FILE = 6
    LIMITS = 7
    UNSUPPORTED = 8
    IO = 9
    ENGINE = 10
    CANCELLED = 11
    INTERNAL = 12


class Kind(IntEnum):
    """What a model is for."""

    NONE = 0
    UPSCALER = 1
    GENERATOR = 2


class Sample(IntEnum):
    """Type of a sample."""

    U8 = 0
    U16 = 1
    F16 = 2
    F32 = 3


class Channels(IntEnum):
    """Which channels a pixel has, in the order of memory."""

    GRAY = 0
    GRAY_ALPHA = 1
    RGB = 2
    RGBA = 3
    BGRA = 4


class Alpha(IntEnum):
    """What colour means where there is alpha."""

    STRAIGHT = 0
    PREMULTIPLIED = 1


class Space(IntEnum):
    """What of two fields is mixed or interpolated."""

    Z = 0
    W = 1
    A = 2


class Handle(Structure):
    """What the library knows an object by: a type of its own for each kind of object. Made without
    an id it stands for none."""

    _fields_ = [("id", c_uint64)]

    def __bool__(self) -> bool:
        return bool(self.id)


class ErrorHandle(Handle):
    """What went wrong in a call."""


class EngineHandle(Handle):
    """What does the arithmetic."""


class EngineOptionsHandle(Handle):
    """How an engine is set up."""


class EngineChoiceHandle(Handle):
    """Which engine the library takes by itself, and why."""


class ModelHandle(Handle):
    """Trained weights."""


class ModelListHandle(Handle):
    """Names of models."""


class CancelHandle(Handle):
    """Stops calls from another thread."""


class FieldHandle(Handle):
    """A continuous image."""


class ViewHandle(Handle):
    """What part of a field is looked at."""


class SuperResolveOptionsHandle(Handle):
    """How a picture becomes larger."""


class GenerateOptionsHandle(Handle):
    """Which image of a generator."""


class ExtendOptionsHandle(Handle):
    """How a picture is extended."""


class InvertOptionsHandle(Handle):
    """How a picture is embedded in a generator."""


class Buffer(Structure):
    """Pixels that belong to the caller."""

    _fields_ = [
        ("pixels", c_void_p),
        ("size", c_size_t),
        ("stride", c_size_t),
        ("width", c_uint32),
        ("height", c_uint32),
        ("sample", c_uint32),
        ("channels", c_uint32),
        ("alpha", c_uint32),
    ]


class Inversion(Structure):
    """What an inversion came to."""

    _fields_ = [
        ("psnr", c_double),
        ("pivot_psnr", c_double),
        ("width", c_uint32),
        ("height", c_uint32),
        ("stopped", c_bool),
    ]


class ProgressState(Structure):
    """How far a call is; the library's threads write it."""

    _fields_ = [
        ("done", c_uint64),
        ("total", c_uint64),
        ("psnr", c_double),
    ]


Progress = CFUNCTYPE(c_bool, c_void_p, c_uint64, c_uint64)
InvertProgress = CFUNCTYPE(c_bool, c_void_p, c_uint64, c_uint64, c_double)

_ERROR = POINTER(ErrorHandle)
_BUFFER, _STATUS = POINTER(Buffer), c_int


def _options(handle: type[Handle], noun: str, **setters: tuple) -> dict:
    """The functions of an options object: made, set, freed."""
    functions = {
        f"{noun}_options_new": (_STATUS, POINTER(handle), _ERROR),
        f"{noun}_options_free": (_STATUS, handle, _ERROR),
    }
    for name, types in setters.items():
        functions[f"{noun}_options_set_{name}"] = (_STATUS, handle, *types, _ERROR)
    return functions


# Result and arguments of the functions that the plug-in calls, without `polyinr_`.
PROTOTYPES = {
    "version_number": (c_uint32,),
    "version": (c_char_p,),
    "status_name": (c_char_p, c_uint32),
    "error_message": (c_char_p, ErrorHandle),
    "error_free": (_STATUS, ErrorHandle),
    **_options(EngineOptionsHandle, "engine", threads=(c_uint32,)),
    "engine_new": (_STATUS, c_char_p, EngineOptionsHandle, POINTER(EngineHandle), _ERROR),
    "engine_name": (c_char_p, c_uint32),
    "engine_check": (_STATUS, c_char_p, EngineOptionsHandle, _ERROR),
    "engine_choice_new": (_STATUS, EngineOptionsHandle, POINTER(EngineChoiceHandle), _ERROR),
    "engine_choice_name": (c_char_p, EngineChoiceHandle),
    "engine_choice_reason": (c_char_p, EngineChoiceHandle),
    "engine_choice_free": (_STATUS, EngineChoiceHandle, _ERROR),
    "engine_free": (_STATUS, EngineHandle, _ERROR),
    "model_find": (_STATUS, c_char_p, POINTER(ModelHandle), _ERROR),
    "model_default": (c_char_p, c_uint32),
    "model_kind": (c_int, ModelHandle),
    "model_class_count": (c_uint32, ModelHandle),
    "model_class_name": (c_char_p, ModelHandle, c_uint32),
    "model_cleans": (c_bool, ModelHandle),
    "model_free": (_STATUS, ModelHandle, _ERROR),
    "model_list_new": (_STATUS, c_uint32, POINTER(ModelListHandle), _ERROR),
    "model_list_count": (c_uint32, ModelListHandle),
    "model_list_name": (c_char_p, ModelListHandle, c_uint32),
    "model_list_free": (_STATUS, ModelListHandle, _ERROR),
    "cancel_new": (_STATUS, POINTER(CancelHandle), _ERROR),
    "cancel_cancel": (_STATUS, CancelHandle, _ERROR),
    "cancel_free": (_STATUS, CancelHandle, _ERROR),
    "progress_keep": (c_bool, c_void_p, c_uint64, c_uint64),
    "invert_progress_keep": (c_bool, c_void_p, c_uint64, c_uint64, c_double),
    **_options(
        SuperResolveOptionsHandle,
        "super_resolve",
        refine=(c_uint32,),
        denoise=(c_double,),
        deblur=(c_double,),
        detail=(c_double,),
    ),
    "super_resolve_estimate": (
        *(_STATUS, ModelHandle, _BUFFER, POINTER(c_double), POINTER(c_double), _ERROR),
    ),
    "super_resolve": (
        *(_STATUS, EngineHandle, ModelHandle, SuperResolveOptionsHandle, _BUFFER),
        *(Progress, c_void_p, CancelHandle, _BUFFER, _ERROR),
    ),
    **_options(
        GenerateOptionsHandle,
        "generate",
        seed=(c_uint32,),
        class_name=(c_char_p,),
        truncation=(c_float, c_int32),
    ),
    **_options(ExtendOptionsHandle, "extend", margins=(c_uint32,) * 4, method=(c_char_p,)),
    "extend_method_name": (c_char_p, c_uint32),
    "extend": (
        *(_STATUS, EngineHandle, ModelHandle, ExtendOptionsHandle, _BUFFER),
        *(Progress, c_void_p, CancelHandle, _BUFFER, _ERROR),
    ),
    **_options(
        InvertOptionsHandle,
        "invert",
        class_name=(c_char_p,),
        steps=(c_uint32, c_uint32, c_double),
        resolution=(c_uint32,),
        mask=(_BUFFER,),
    ),
    "field_from_inversion": (
        *(_STATUS, EngineHandle, ModelHandle, InvertOptionsHandle, _BUFFER),
        *(InvertProgress, c_void_p, CancelHandle),
        *(POINTER(FieldHandle), POINTER(Inversion), _ERROR),
    ),
    "field_from_seed": (
        *(_STATUS, ModelHandle, GenerateOptionsHandle, POINTER(FieldHandle), _ERROR),
    ),
    "level_group_name": (c_char_p, c_uint32),
    "field_mix": (
        *(_STATUS, FieldHandle, FieldHandle, c_char_p, c_uint32, POINTER(FieldHandle), _ERROR),
    ),
    "field_interpolate": (
        *(_STATUS, FieldHandle, FieldHandle, c_double, c_uint32, POINTER(FieldHandle), _ERROR),
    ),
    "field_save": (_STATUS, FieldHandle, c_char_p, c_bool, _ERROR),
    "field_render": (
        *(_STATUS, EngineHandle, FieldHandle, ViewHandle),
        *(Progress, c_void_p, CancelHandle, _BUFFER, _ERROR),
    ),
    "field_free": (_STATUS, FieldHandle, _ERROR),
}


def buffer(picture) -> Buffer:
    """A picture's pixels for the library; the picture must live as long as the buffer is used."""
    pixels = picture.pixels
    if isinstance(pixels, bytearray):
        address = ctypes.addressof(ctypes.c_char.from_buffer(pixels))
    else:
        address = ctypes.cast(c_char_p(pixels), c_void_p).value
    return Buffer(
        pixels=address,
        size=len(pixels),
        stride=picture.stride,
        width=picture.width,
        height=picture.height,
        sample=picture.sample,
        channels=picture.channels,
        alpha=Alpha.STRAIGHT,
    )


def _as_argument(value):
    """Texts as the library takes them; everything else as it is."""
    return value.encode() if isinstance(value, str) else value


class Library:
    """The library, once it is loaded."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._module = ctypes.CDLL(path)
        self._functions = {}
        for name, (result, *arguments) in PROTOTYPES.items():
            self._functions[name] = self._look_up(name, result, arguments)
        self._check_version()
        self._keep = ctypes.cast(self._functions["progress_keep"], Progress)
        self._keep_invert = ctypes.cast(self._functions["invert_progress_keep"], InvertProgress)

    def _look_up(self, name: str, result, arguments: list):
        try:
            function = getattr(self._module, f"polyinr_{name}")
        except AttributeError:
            raise PolyinrError(
                _(
                    "The polyinr library {path} has no {function}: it belongs to another version"
                    " of this plug-in. Install both together."
                ).format(path=self.path, function=f"polyinr_{name}")
            ) from None
        function.restype, function.argtypes = result, arguments
        return function

    def _check_version(self) -> None:
        """Before version 1 each minor version is a series of its own."""
        number = self._functions["version_number"]()
        major, minor = number // 1000000, number // 1000 % 1000
        fits = minor == VERSION_MINOR if major == 0 else minor >= VERSION_MINOR
        if major != VERSION_MAJOR or not fits:
            raise PolyinrError(
                _(
                    "The polyinr library {path} is version {version}, and this plug-in needs"
                    " {series}. Install both together."
                ).format(
                    path=self.path,
                    version=self.ask("version"),
                    series=f"{VERSION_MAJOR}.{VERSION_MINOR}",
                )
            )

    def follow(self, state: ProgressState) -> tuple:
        """Arguments of calls that are followed: a callback, and its data. The callback is the
        library's own: one in Python would have its threads wait for Python's lock, and Krita's
        windows for such a thread."""
        return self._keep, byref(state)

    def follow_inversion(self, state: ProgressState) -> tuple:
        """The same for inversions."""
        return self._keep_invert, byref(state)

    def ask(self, name: str, *arguments):
        """Calls a function that cannot fail; texts come as `str`, or None for NULL."""
        answer = self._functions[name](*map(_as_argument, arguments))
        return answer.decode(errors="replace") if isinstance(answer, bytes) else answer

    def do(self, name: str, *arguments) -> None:
        """Calls a function whose last argument is the error, and raises that when it fails."""
        problem = ErrorHandle()
        status = self._functions[name](*map(_as_argument, arguments), byref(problem))
        if status == Status.OK:
            return
        message = self.ask("error_message", problem) or self.ask("status_name", status)
        self._functions["error_free"](problem)
        raise (CancelledError if status == Status.CANCELLED else PolyinrError)(message)

    def make(self, name: str, *arguments) -> Handle:
        """Calls a function that makes an object, whose place comes before that of the error."""
        made = PROTOTYPES[name][-2]._type_()
        self.do(name, *arguments, byref(made))
        return made

    def invert(self, *arguments) -> tuple[FieldHandle, Inversion]:
        """Calls `field_from_inversion`: the field, and what the search came to."""
        made, found = FieldHandle(), Inversion()
        self.do("field_from_inversion", *arguments, byref(made), byref(found))
        return made, found

    def estimate(self, *arguments) -> tuple[float, float]:
        """Calls `super_resolve_estimate`: how much noise and how much blur to take away."""
        denoise, deblur = c_double(0), c_double(0)
        self.do("super_resolve_estimate", *arguments, byref(denoise), byref(deblur))
        return denoise.value, deblur.value


def places(folder: Path) -> list[str]:
    """Where the library is looked for: what POLYINR_LIBRARY names; else in `folder`, then in the
    system's folders."""
    named = os.environ.get("POLYINR_LIBRARY")
    return [named] if named else [str(folder / FILE_NAME), FILE_NAME]


def open_library(folder: Path) -> Library:
    """Loads the first library that is there."""
    problem: OSError | None = None
    wanted = places(folder)
    for place in wanted:
        if os.sep in place and not os.path.exists(place) and len(wanted) > 1:
            continue
        try:
            return Library(place)
        except OSError as trouble:
            problem = trouble
            if os.sep in place:
                break
    raise PolyinrError(
        _(
            "The polyinr library cannot be opened: {problem}. It was looked for here: {places}."
            " Install the plug-in again, or put {file} into the folder {folder}."
        ).format(problem=problem, places=", ".join(wanted), file=FILE_NAME, folder=folder)
    )
