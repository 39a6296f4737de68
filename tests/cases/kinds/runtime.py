"""ONNX Runtime: code of the current folder, wheels that are not what they should be, libraries that
are broken."""

import hashlib
import os
import subprocess
import zipfile

from library import host
from table import case, needs

ANSWER = "void *OrtGetApiBase(void) {{ {0} }}\n"
BASE = (
    "static const char *version(void) {{ return {0}; }}\n"
    "static const void *api(unsigned n) {{ (void)n; return {1}; }}\n"
    "static struct {{ const void *(*api)(unsigned); const char *(*version)(void); }} base ="
    " {{ {2}, {3} }};\n"
    "void *OrtGetApiBase(void) {{ return &base; }}\n"
)


def library(work, name: str, code: str):
    """Compiles a shared library."""
    needs("cc")
    folder = work.path(name)
    folder.mkdir(exist_ok=True)
    (folder / "a.c").write_text("#include <stdlib.h>\n#include <stdio.h>\n" + code)
    path = folder / "libonnxruntime.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", path, folder / "a.c"], check=True)
    return path


def wheel(path, entries: dict):
    """Writes a wheel; gives its SHA-256."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@case("runtime", before="ran pip of the current folder", right="pip of the Python installation")
def python_of_the_current_folder(work):
    mark = f"import pathlib; pathlib.Path({str(work.path('MARK'))!r}).write_text('ran')\n"
    work.path("pip").mkdir()
    for name in ("pip/__init__.py", "pip/__main__.py", "site.py", "sitecustomize.py", "os.py"):
        work.path(name).write_text(mark)
    for name in ("usercustomize.py", "glob.py", "importlib.py", "json.py"):
        work.path(name).write_text(mark)
    work.path("onnxruntime").mkdir()
    work.path("onnxruntime/__init__.py").write_text(mark)
    here = {
        **os.environ,
        "PYTHONPATH": str(work.folder),
        "PYTHONHOME": str(work.folder),
        "PYTHONSTARTUP": str(work.path("site.py")),
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_RETRIES": "0",
        "PIP_TIMEOUT": "2",
        "XDG_DATA_HOME": str(work.path("data")),
    }
    done = work.run("runtime", "install", "--into", "into", status=1, env=here)
    work.run("doctor", env=here)
    assert not work.path("MARK").exists(), "code of the current folder was run"
    return done.stderr.splitlines()[-1]


@case("runtime", before="unpacked and loaded", right="refused unless its hash is known or given")
def wheels_that_are_not_known(work):
    path = work.path("onnxruntime-1.31.1-cp311-cp311-manylinux_2_28_x86_64.whl")
    mark = str(work.path("MARK"))
    spy = library(
        work,
        "spy",
        f'__attribute__((constructor)) static void run(void) {{ fclose(fopen("{mark}", "w")); }}',
    )
    hash_ = wheel(path, {"onnxruntime/capi/libonnxruntime.so.1.31.1": spy.read_bytes()})
    work.path("folder").mkdir()
    os.link(path, work.path("folder/onnxruntime.whl"))
    install = ("runtime", "install", "--into", "into", "--from")
    done = work.run(*install, path, status=1)
    assert hash_ in done.stderr and "--sha256" in done.stderr, done.stderr
    work.run(*install, "folder", status=2)
    work.run(*install, path, "--sha256", "0" * 64, status=1)
    work.run(*install, path, "--sha256", "abc", status=2)
    os.mkfifo(work.path("fifo.whl"))
    work.run(*install, "fifo.whl", status=1, timeout=10)
    assert not work.path("MARK").exists(), "it was loaded"
    assert not list(work.path("into").iterdir()), "something was installed"
    allowed = work.run(*install, path, "--sha256", hash_.upper(), status=1)
    assert "no OrtGetApiBase" in allowed.stderr, allowed.stderr
    assert not list(work.path("into").iterdir()), "something was installed"
    return done.stderr.strip()


@case("runtime", before="unpacked whole", right="refused within its allowance")
def wheel_that_unpacks_to_gigabytes(work):
    path = work.path("a.whl")
    zeros = bytes(600_000_000)
    hash_ = wheel(path, {"onnxruntime/capi/libonnxruntime.so.1.31.1": zeros})
    install = ("runtime", "install", "--into", "into", "--from", "a.whl", "--sha256", hash_)
    done, peak = work.peak(*install, status=1)
    assert "times its" in done.stderr and peak < 100, (done.stderr, peak)
    assert not list(work.path("into").iterdir()), "something was left"
    return done.stderr.strip()


@case("runtime", before="crashes and panics", right="errors in words")
def broken_libraries(work):
    real = BASE.format('"1.31.1"', "&base_", "api", "version")
    codes = {
        "dies when opened": "__attribute__((constructor)) static void run(void) { abort(); }",
        "ends when opened": "__attribute__((constructor)) static void run(void) { _Exit(0); }",
        "gives no table": ANSWER.format("return NULL;"),
        "dies when asked": ANSWER.format("abort(); return NULL;"),
        "gives no version": BASE.format("NULL", "NULL", "api", "version"),
        "version is no text": BASE.format('"\\xff\\xfe"', "NULL", "api", "version"),
        "version is no number": BASE.format('"one"', "NULL", "api", "version"),
        "is too old": BASE.format('"1.2.3"', "NULL", "api", "version"),
        "is a later major version": BASE.format('"2.99.0"', "NULL", "api", "version"),
        "has no functions": BASE.format('"1.31.1"', "NULL", "api", "version"),
        "has null pointers": BASE.format('"1.31.1"', "NULL", "NULL", "NULL"),
        "has functions of nothing": "static void *base_[1000];\n" + real,
        "writes much": (
            "__attribute__((constructor)) static void run(void)"
            ' { for (int i = 0; i < 300000; i++) puts("polyinr-probe: ok 1.31.1"); abort(); }'
        ),
    }
    said = []
    for name, code in codes.items():
        path = library(work, name.replace(" ", "-"), code)
        environment = {**os.environ, "POLYINR_ONNXRUNTIME": str(path)}
        generate = ("generate", "--size", "8", "--engine", "onnx", "-o", "a.png")
        done = work.run(*generate, status=None, env=environment)
        assert done.returncode == 1, f"{name}: status {done.returncode}: {done.stderr}"
        lines = done.stderr.strip().splitlines()
        assert len(lines) == 1 and str(path) in lines[0], f"{name}: {done.stderr}"
        doctor = work.run("doctor", env=environment)
        assert "engine onnx: no" in doctor.stdout, f"{name}: {doctor.stdout}"
        said.append(lines[0])
    whole = path.read_bytes()
    for length in (0, 64, 4000, len(whole) // 2, len(whole) - 200):
        path.write_bytes(whole[:length])
        work.run(*generate, status=1, env=environment)
    return said[0]


@case("runtime", before="a panic", right="POLYINR_STATUS_ENGINE in words")
def foreign_libraries_in_a_host(work):
    codes = {
        "no-entry": "int nothing;",
        "no-table": ANSWER.format("return NULL;"),
        "no-version": BASE.format("NULL", "NULL", "api", "version"),
        "no-text": BASE.format('"\\xff"', "NULL", "api", "version"),
        "too-old": BASE.format('"1.2.3"', "NULL", "api", "version"),
        "no-functions": BASE.format('"1.31.1"', "NULL", "api", "version"),
        "null-pointers": BASE.format('"1.31.1"', "NULL", "NULL", "version"),
    }
    script = """
status, message = L.call("engine_new", b"onnx", 0, c.byref(c.c_uint64()))
assert status == ENGINE and "panic" not in message and "report" not in message, (status, message)
print(message)
"""
    for name, code in codes.items():
        path = library(work, name, code)
        said = host(work, script, POLYINR_ONNXRUNTIME=str(path))
        assert str(path) in said, said
    return said
