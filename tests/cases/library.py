"""The library as a host loads it, by ctypes."""

import ctypes as c
import os
import subprocess
import sys
from pathlib import Path

from table import SkipError

HERE = Path(__file__).resolve().parent

NULL_POINTER, BAD_PARAMETER, BAD_BUFFER, BAD_MODEL, LIMITS = 1, 3, 4, 5, 7
ENGINE = 10


class Buffer(c.Structure):
    _fields_ = (
        ("pixels", c.c_void_p),
        ("size", c.c_size_t),
        ("stride", c.c_size_t),
        ("width", c.c_uint32),
        ("height", c.c_uint32),
        ("sample", c.c_uint32),
        ("channels", c.c_uint32),
        ("alpha", c.c_uint32),
    )


def rgb(width: int, height: int) -> Buffer:
    """A buffer of 8-bit RGB with memory of its own."""
    memory = c.create_string_buffer(width * height * 3)
    buffer = Buffer(c.addressof(memory), width * height * 3, width * 3, width, height, 0, 2, 0)
    buffer.memory = memory
    return buffer


def path_beside(program: Path) -> Path:
    """The shared library that was built with the program."""
    # Cargo puts it into the one folder when it builds, into the other when it tests.
    places = [program.parent / folder / "libpolyinr.so" for folder in (".", "deps")]
    path = max(filter(Path.exists, places), key=lambda p: p.stat().st_mtime, default=places[0])
    if not path.exists():
        assert "CI" not in os.environ, f"there is no {path}, and CI is set"
        raise SkipError(f"there is no {path}")
    return path


class Library:
    """Calls functions by their names without `polyinr_`."""

    def __init__(self, program: Path):
        self.loaded = c.CDLL(str(path_beside(program)))
        self.loaded.polyinr_error_message.restype = c.c_char_p

    def call(self, name: str, *arguments) -> tuple[int, str]:
        """The status of a call that ends with a place for its error, and the error's message."""
        error = c.c_uint64(0)
        status = getattr(self.loaded, f"polyinr_{name}")(*map(passed, arguments), c.byref(error))
        if not error.value:
            return status, ""
        message = self.loaded.polyinr_error_message(error).decode()
        self.loaded.polyinr_error_free(error)
        return status, message

    def make(self, name: str, *arguments) -> int:
        """The handle that a call gives."""
        handle = c.c_uint64(0)
        status, message = self.call(name, *arguments, c.byref(handle))
        assert status == 0, (name, status, message)
        return handle.value

    def engine(self, name: bytes, threads: int) -> int:
        """An engine with so many threads; 0 takes one for every processor."""
        options = self.make("engine_options_new")
        assert self.call("engine_options_set_threads", options, c.c_uint32(threads))[0] == 0
        return self.make("engine_new", name, options)

    def super_resolve(self, engine: int, model: int, small, large) -> tuple[int, str]:
        pair = (c.byref(small), None, None, 0, c.byref(large))
        return self.call("super_resolve", engine, model, 0, *pair)

    def generate(self, engine: int, model: int, options: int, output) -> tuple[int, str]:
        return self.call("generate", engine, model, options, None, None, 0, c.byref(output))


def passed(argument):
    """Handles are 64 bits wide, which ctypes would not guess."""
    return c.c_uint64(argument) if isinstance(argument, int) else argument


def host(work, script: str, timeout: float = 120, **environment: str) -> str:
    """Runs a Python host of the library; fails with what it wrote when a signal ends it."""
    begin = (
        "import ctypes as c, os, resource, signal, sys, threading\n"
        f"sys.path.insert(0, {str(HERE)!r})\n"
        "from library import *\n"
        f"from pathlib import Path\nL = Library(Path({str(work.program)!r}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", begin + script],
        cwd=work.folder,
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, f"status {done.returncode}: {done.stdout}{done.stderr[-800:]}"
    return done.stdout.strip()
