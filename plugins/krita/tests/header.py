"""What `include/polyinr.h` declares, and how api.py differs from it."""

import ctypes
import re
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from polyinr import api

HEADER = Path(__file__).resolve().parents[3] / "include/polyinr.h"


def _noun(name: str) -> str:
    """`model_list` for `ModelListHandle`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Handle")).lower()


_NUMBERS = {
    "bool": ctypes.c_bool,
    "double": ctypes.c_double,
    "float": ctypes.c_float,
    "int32_t": ctypes.c_int32,
    "size_t": ctypes.c_size_t,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
}
_HANDLES = {
    f"polyinr_{_noun(name)}": value
    for name, value in vars(api).items()
    if name.endswith("Handle") and value is not api.Handle
}
_STRUCTS = {
    **_HANDLES,
    "polyinr_buffer": api.Buffer,
    "polyinr_inversion": api.Inversion,
    "polyinr_progress_state": api.ProgressState,
}
_CALLBACKS = {
    "polyinr_progress": api.Progress,
    "polyinr_invert_progress": api.InvertProgress,
}
_ENUMS = {
    f"polyinr_{name.lower()}": value
    for name, value in vars(api).items()
    if isinstance(value, type) and issubclass(value, IntEnum) and value is not IntEnum
}


@dataclass
class Header:
    """Declarations by their names, as texts of C."""

    numbers: dict[str, float]  # VERSION_MAJOR ...
    enums: dict[str, dict[str, int]]
    structs: dict[str, list[tuple[str, str]]]  # Types and names of members.
    callbacks: dict[str, tuple[str, list[str]]]  # Results and arguments.
    functions: dict[str, tuple[str, list[str]]]


def _declaration(text: str) -> tuple[str, str]:
    """Type and name of an argument or member."""
    kind, name = re.fullmatch(r"(.*?[\s*])(\w+)", text.strip()).groups()
    return " ".join(kind.replace("*", " * ").split()), name


def _arguments(text: str) -> list[str]:
    if text.strip() in ("", "void"):
        return []
    return [_declaration(argument)[0] for argument in text.split(",")]


def read(text: str) -> Header:
    """Reads the header."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    numbers = re.findall(r"#define POLYINR_(\w+) (-?[\d.]+)", text)
    enums = {
        name: {key: int(value) for key, value in re.findall(r"(\w+) = (\d+)", body)}
        for body, name in re.findall(r"typedef enum \w+ \{(.*?)\} (\w+);", text, re.S)
    }
    structs = {
        name: [_declaration(member) for member in body.split(";") if member.strip()]
        for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, re.S)
    }
    callbacks = {
        name: (result, _arguments(arguments))
        for result, name, arguments in re.findall(
            r"typedef (\w+) \(\*(\w+)\)\((.*?)\);", text, re.S
        )
    }
    functions = {
        name: (" ".join(result.replace("*", " * ").split()), _arguments(arguments))
        for result, name, arguments in re.findall(
            r"^((?:enum |const )?\w+[\s*]+)(polyinr_\w+)\((.*?)\);", text, re.S | re.M
        )
    }
    constants = {name: float(number) for name, number in numbers}
    return Header(constants, enums, structs, callbacks, functions)


def _type(text: str, header: Header):
    """The type of ctypes that is one of C."""
    plain = text.removeprefix("const ").removeprefix("struct ")
    if plain == "char *":
        return ctypes.c_char_p
    if plain == "void *":
        return ctypes.c_void_p
    if plain.endswith(" *"):
        return ctypes.POINTER(_type(plain.removesuffix(" *").removeprefix("struct "), header))
    if plain.startswith("enum "):
        return ctypes.c_int
    return _NUMBERS.get(plain) or _STRUCTS.get(plain) or _CALLBACKS[plain]


def differences(text: str) -> list[str]:
    """What api.py declares otherwise than the header."""
    header, found = read(text), []

    def compare(what: str, ours, theirs) -> None:
        if ours != theirs:
            found.append(f"{what}: {ours} in api.py, {theirs} in the header")

    for number in ("VERSION_MAJOR", "VERSION_MINOR", "AMOUNT_AUTO"):
        compare(number, getattr(api, number), header.numbers[number])
    for name, enum in _ENUMS.items():
        prefix = f"{name.upper()}_"
        ours = {f"{prefix}{member.name}": member.value for member in enum}
        compare(name, ours, header.enums.get(name))
    for name, struct in _STRUCTS.items():
        members = [(member, _type(kind, header)) for kind, member in header.structs[name]]
        compare(name, struct._fields_, members)
    for name, callback in _CALLBACKS.items():
        result, arguments = header.callbacks[name]
        theirs = _type(result, header), [_type(argument, header) for argument in arguments]
        compare(name, (callback._restype_, list(callback._argtypes_)), theirs)
    for name, (result, *arguments) in api.PROTOTYPES.items():
        declared = header.functions.get(f"polyinr_{name}")
        if declared is None:
            found.append(f"polyinr_{name}: not in the header")
            continue
        theirs = _type(declared[0], header), [_type(text, header) for text in declared[1]]
        compare(f"polyinr_{name}", (result, list(arguments)), theirs)
    return found
