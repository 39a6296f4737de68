"""Sizes, memory, and what is unpacked."""

import functools
import os
import random
import resource
import struct
import subprocess
import sys
import zipfile
import zlib

from PIL import Image
from table import SkipError, case

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(size, *extra, data=None, channels=3, interlaced=0) -> bytes:
    """A PNG of one colour with more chunks between header and pixels."""
    width, height = size
    if data is None:
        packer = zlib.compressobj(9)
        row = b"\0" + b"\x40" * (width * channels)
        data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    colour = {1: 0, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, interlaced)
    parts = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", data), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)


def bomb(size: int) -> bytes:
    """So many equal bytes, packed."""
    packer = zlib.compressobj(9)
    block = b"a" * (1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


TEXTS = {
    "zTXt": lambda n: chunk(b"zTXt", b"k\0\0" + bomb(n)),
    "iTXt": lambda n: chunk(b"iTXt", b"k\0\1\0\0\0" + bomb(n)),
    "iCCP": lambda n: chunk(b"iCCP", b"k\0\0" + bomb(n)),
}


@case("limits", before="725 to 909 MB from 1 MB", right="an error, under 200 MB")
def one_packed_bomb_of_each_kind(work):
    said = []
    for kind, make in TEXTS.items():
        work.path(f"{kind}.png").write_bytes(png((4, 4), make(300 << 20)))
        done, peak = work.peak("inspect", f"{kind}.png", status=1)
        assert "besides the pixels" in done.stderr, done.stderr
        assert peak < 200, f"{kind}: {peak:.0f} MB"
        said.append(f"{kind} {peak:.0f} MB")
    return ", ".join(said)


@case("limits", before="9 GB from 1 MB", right="an error: the sum counts, before and after pixels")
def many_packed_texts(work):
    texts = [chunk(b"zTXt", b"k%d\0\0" % i + bomb(8 << 20)) for i in range(40)]
    work.path("a.png").write_bytes(png((4, 4), *texts))
    whole = png((4, 4))
    work.path("b.png").write_bytes(whole[:-12] + b"".join(texts) + whole[-12:])
    for name in ("a.png", "b.png"):
        done, peak = work.peak("upscale", name, "-o", "o.png", "--scale", "1", status=1)
        assert "besides the pixels" in done.stderr and peak < 250, (peak, done.stderr)
        assert not work.path("o.png").exists()
    return done.stderr.strip()


@case("limits", before="unpacked all the same", right="--strip does not unpack what it drops")
def a_bomb_is_stripped(work):
    work.path("a.png").write_bytes(png((4, 4), TEXTS["zTXt"](300 << 20), TEXTS["iTXt"](300 << 20)))
    _, peak = work.peak("upscale", "a.png", "-o", "o.png", "--scale", "1", "--strip")
    assert peak < 120, f"{peak:.0f} MB"
    return f"{peak:.0f} MB, {work.path('o.png').stat().st_size} bytes written"


@case("limits", before="a text of 60 MB is written as such", right="long texts are packed again")
def a_long_text_stays_small(work):
    work.path("a.png").write_bytes(png((4, 4), TEXTS["zTXt"](1 << 20)))
    work.run("upscale", "a.png", "-o", "o.png", "--scale", "1")
    assert len(Image.open(work.path("o.png")).text["k"]) == 1 << 20
    size = work.path("o.png").stat().st_size
    assert size < 20_000, size
    return f"{size} bytes"


@case("limits", before="a damaged text was lost without a word", right="a line, the rest done")
def a_damaged_text_is_said(work):
    broken = chunk(b"zTXt", b"k\0\0" + b"no zlib")
    work.path("a.png").write_bytes(png((4, 4), broken, chunk(b"tEXt", b"Author\0me")))
    done = work.run("upscale", "a.png", "-o", "o.png", "--scale", "1")
    assert "damaged" in done.stderr, done.stderr
    assert Image.open(work.path("o.png")).text["Author"] == "me"
    return done.stderr.splitlines()[0]


@case(
    "limits", before="half a gigapixel from some bytes", right="data too short for its size refused"
)
def short_data_for_a_large_picture(work):
    for interlaced in (0, 1):
        short = png((20000, 20000), data=zlib.compress(b"\0" * 60001), interlaced=interlaced)
        work.path("a.png").write_bytes(short)
        done, peak = work.peak("upscale", "a.png", "-o", "o.png", "--size", "8x8", status=1)
        assert "cannot hold the pixels" in done.stderr and peak < 100, (peak, done.stderr)
    return done.stderr.strip()


@case("limits", before="no option", right="--max-pixels refuses what is read and what is made")
def most_pixels(work):
    Image.new("RGB", (300, 200)).save(work.path("a.png"))
    done = work.run("upscale", "a.png", "-o", "o.png", "--max-pixels", "50000", status=1)
    assert "60000 pixels" in done.stderr and "50000" in done.stderr, done.stderr
    made = ["upscale", "a.png", "-o", "o.png", "--max-pixels", "100K", "--scale", "2"]
    assert "240000 pixels" in work.run(*made, status=1).stderr
    work.run(
        "generate",
        "--class",
        "roses",
        "--size",
        "400",
        "-o",
        "g.png",
        "--max-pixels",
        "100K",
        status=1,
    )
    work.run("extend", "a.png", "-o", "e.png", "--max-pixels", "60K", status=1)
    work.run("inspect", "a.png", "--max-pixels", "59999", status=1)
    work.run("inspect", "a.png", "--max-pixels", "60000")
    assert sorted(os.listdir(work.folder)) == ["a.png"]
    work.run("upscale", "a.png", "-o", "o.png", "--max-pixels", "nonsense", status=2)
    return done.stderr.strip()


@case("limits", before="no option", right="--max-memory refuses the work, --dry-run says it")
def most_memory(work):
    Image.new("RGB", (9000, 40)).save(work.path("wide.png"))
    Image.new("RGB", (20, 8)).save(work.path("narrow.png"))
    said = []
    for more in (["--dry-run"], []):
        done = work.run(
            "upscale",
            "wide.png",
            "narrow.png",
            "-o",
            "out/",
            "--scale",
            "1",
            "--max-memory",
            "96M",
            "--threads",
            "2",
            *more,
            status=1,
        )
        assert "wide.png: about" in done.stderr and "MB are allowed" in done.stderr, done.stderr
        said.append(done.stderr.splitlines()[0])
    assert os.listdir(work.path("out")) == ["narrow.png"]
    for command in (["generate", "--class", "roses"], ["extend", "narrow.png"]):
        work.run(*command, "-o", "x.png", "--max-memory", "1M", status=1)
    return said[0]


@case("limits", before="1.8 GB from 34 bytes", right="a limit in words")
def a_tiny_webp_of_many_pixels(work):
    Image.new("RGB", (16383, 16383)).save(work.path("a.webp"), lossless=True, method=0, quality=0)
    done, peak = work.peak(
        "upscale", "a.webp", "-o", "o.png", "--size", "8x8", "--max-memory", "500M", status=1
    )
    assert "MB of memory are needed" in done.stderr and peak < 100, (peak, done.stderr)
    return f"{work.path('a.webp').stat().st_size} bytes: {done.stderr.strip()}"


@case("limits", before="SIGABRT, one of three written", right="no abort, nothing half written")
def a_wide_picture_in_little_memory(work):
    work.path("b").mkdir()
    for name in ("a.png", "z.png"):
        Image.new("RGB", (8, 8), (1, 2, 3)).save(work.path(f"b/{name}"))
    work.path("b/m.png").write_bytes(png((1_000_000, 8), channels=4))
    little = lambda: resource.setrlimit(resource.RLIMIT_AS, (500_000 << 10, 500_000 << 10))
    done = work.run("upscale", "b", "-o", "o", "--scale", "1", status=1, preexec_fn=little)
    assert "m.png" in done.stderr and "memory" in done.stderr, done.stderr
    assert sorted(os.listdir(work.path("o"))) == ["a.png", "z.png"]
    return done.stderr.splitlines()[0]


@case("limits", before="SIGABRT", right="an error at any limit of address space, no temporary left")
def every_limit_of_address_space(work):
    Image.new("RGBA", (900, 40), (1, 2, 3, 100)).save(work.path("a.png"))
    commands = [
        ["upscale", "a.png", "-o", "out/u.png", "--scale", "1"],
        ["upscale", "a.png", "-o", "out/w.webp", "--scale", "1", "--refine"],
        ["extend", "a.png", "-o", "out/e.png", "--method", "smooth"],
        ["generate", "--class", "roses", "--size", "64", "-o", "out/g.png"],
    ]
    counts = {0: 0, 1: 0}
    for megabytes in (24, 32, 40, 56, 72, 90, 110, 140, 180, 250, 350):
        limit = megabytes << 20
        little = functools.partial(resource.setrlimit, resource.RLIMIT_AS, (limit, limit))
        for command in commands:
            try:
                done = work.run(
                    *command, "--overwrite", "--threads", "2", status=None, preexec_fn=little
                )
            except AssertionError as problem:
                raise AssertionError(f"{megabytes} MB: {command[0]}: {problem}") from None
            if done.returncode == 127:  # The system could not load the program.
                continue
            assert done.returncode in counts, f"{megabytes} MB: {done.stderr}"
            counts[done.returncode] += 1
            left = [n for n in os.listdir(work.folder / "out")] if work.path("out").exists() else []
            assert not any(".polyinr-" in name for name in left), left
    assert counts[0] > 0 and counts[1] > 0, counts
    return f"{counts[1]} refused, {counts[0]} done, none aborted"


@case("limits", before="2.8 GB where 768 MB are said", right="the estimate is near what is taken")
def the_estimate_counts_width(work):
    rows = []
    random.seed(1)
    for name, size, more in (
        ("wide", (9000, 12), []),
        ("alpha", (3000, 24), []),
        ("refined", (2000, 24), ["--refine", "--scale", "2"]),
    ):
        mode = "RGBA" if name == "alpha" else "RGB"
        Image.effect_noise(size, 50).convert(mode).save(work.path(f"{name}.png"))
        if name == "alpha":
            Image.new("RGBA", size, (9, 9, 9, 99)).save(work.path("alpha.png"))
        more = more or ["--scale", "1"]
        command = ["upscale", f"{name}.png", "-o", f"{name}-o.png", *more]
        said = work.run(*command, "--max-memory", "1", status=1).stderr
        estimate = int(said.split("about ")[1].split(" MB")[0])
        _, peak = work.peak(*command)
        taken = peak * 1.048576
        assert 0.95 * taken < estimate < 1.6 * taken, (
            f"{name}: {estimate} MB said, {taken:.0f} taken"
        )
        rows.append(f"{name} {estimate}/{taken:.0f}")
    return "said/taken in MB: " + ", ".join(rows)


@case("limits", before="took all memory", right="an error: an entry that unpacks too well")
def a_bomb_in_a_zip(work):
    with zipfile.ZipFile(work.path("set.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", b"\0" * (400 << 20))
    done, peak = work.peak("measure", "set.zip", "--method", "bicubic", status=1)
    assert "when unpacked" in done.stderr and peak < 200, (peak, done.stderr)
    return done.stderr.strip()


HOST = r"""
import ctypes as c, resource, sys
library, megabytes = sys.argv[1], int(sys.argv[2])
L = c.CDLL(library)
u64 = c.c_uint64
class Buffer(c.Structure):
    _fields_ = [("pixels", c.c_void_p), ("size", c.c_size_t), ("stride", c.c_size_t)] + [
        (n, c.c_uint32) for n in ("width", "height", "sample", "channels", "alpha")]
def buffer(w, h, channels=2):
    n = (1, 2, 3, 4)[channels]
    memory = c.create_string_buffer(w * h * n)
    b = Buffer(c.addressof(memory), w * h * n, w * n, w, h, 0, channels, 0)
    b.memory = memory
    return b
def call(name, *arguments):
    error = u64(0)
    status = getattr(L, "polyinr_" + name)(*arguments, c.byref(error))
    if error.value:
        L.polyinr_error_message.restype = c.c_char_p
        seen.append((name, status, L.polyinr_error_message(error).decode()))
        L.polyinr_error_free(error)
    elif status:
        seen.append((name, status, ""))
    return status
def made(name, *arguments):
    out = u64(0)
    return out if call(name, *arguments, c.byref(out)) == 0 else None
seen = []
small, large, wide = buffer(64, 64), buffer(128, 128), buffer(60000, 16)
wider, alpha, larger = buffer(60000, 32), buffer(700, 64, 3), buffer(1400, 128, 3)
picture, extended = buffer(1500, 1500), buffer(1600, 1500)
if megabytes:
    now = int(open("/proc/self/statm").read().split()[0]) * 4096
    limit = now + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
done = 0
setup = made("engine_options_new")
call("engine_options_set_threads", setup, 2)
engine = made("engine_new", b"cpu", setup)
model, generator = made("model_find", b"photo"), made("model_find", b"flowers")
if engine:
    if not megabytes:
        assert call("engine_set_max_memory", engine, u64(40 << 20)) == 0
    none = None
    if model:
        for a, b in ((small, large), (wide, wider), (alpha, larger)):
            done += call("super_resolve", engine, model, u64(0), c.byref(a), none, none, u64(0),
                         c.byref(b)) == 0
        field = made("field_from_picture", model, c.c_uint64(0), c.byref(picture))
    if generator:
        options = made("generate_options_new")
        call("generate_options_set_class", options, 0)
        done += call("generate", engine, generator, options, none, none, u64(0), c.byref(large)) == 0
        ways = made("extend_options_new")
        call("extend_options_set_margins", ways, 0, 100, 0, 0)
        call("extend_options_set_method", ways, b"smooth")
        done += call("extend", engine, generator, ways, c.byref(picture), none, none, u64(0),
                     c.byref(extended)) == 0
    if not megabytes:
        assert call("engine_set_max_memory", engine, u64(0)) == 0
        assert call("engine_set_max_pixels", engine, u64(128 * 128 - 1)) == 0
        assert call("super_resolve", engine, model, u64(0), c.byref(small), none, none, u64(0),
                    c.byref(large)) == 7
        assert call("engine_set_max_pixels", engine, u64(128 * 128)) == 0
        assert call("super_resolve", engine, model, u64(0), c.byref(small), none, none, u64(0),
                    c.byref(large)) == 0
        assert call("engine_set_max_pixels", u64(1), u64(5)) == 2
        call("engine_free", engine)
print(done, len(seen), sorted({status for _, status, _ in seen}), seen[:1])
"""


def hosted(work, megabytes: int):
    """A host in a process of its own, with so much address space left, or all."""
    library = work.program.parent / "libpolyinr.so"
    if not library.exists():
        raise SkipError("no libpolyinr.so beside the program")
    return subprocess.run(
        [sys.executable, "-c", HOST, str(library), str(megabytes)],
        capture_output=True,
        text=True,
        timeout=300,
    )


@case("host", before="abort() of the host", right="a status, whatever memory is left")
def a_host_short_of_memory(work):
    said = []
    for megabytes in (2, 8, 16, 24, 32, 48, 64, 90, 120, 180, 260, 400):
        ended = hosted(work, megabytes)
        assert ended.returncode == 0, f"{megabytes} MB: {ended.returncode} {ended.stderr[-500:]}"
        statuses = ended.stdout.split("[")[1].split("]")[0]
        # Limits, refusals of the system, no engine, and objects that were not made.
        assert all(int(s) in (2, 7, 9, 10) for s in statuses.split(",") if s), ended.stdout
        said.append(f"{megabytes}: {ended.stdout.split()[0]}")
    return "MB and calls done: " + ", ".join(said)


@case("host", before="no setter", right="limits that a host sets are kept to")
def limits_of_a_host(work):
    ended = hosted(work, 0)
    assert ended.returncode == 0, ended.stderr
    assert "[2, 7]" in ended.stdout, ended.stdout
    return ended.stdout.strip()
