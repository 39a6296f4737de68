"""JPEG files of every structure, cut ones and ones of kinds that are not handled."""

import io
import struct
import subprocess

import numpy as np
from PIL import Image
from table import case, needs

SCANS = ["0;1;2;", "0;1,2;", "0,1;2;", "1;2;0;", "2;0,1;"]


def picture(width: int = 67, height: int = 45) -> np.ndarray:
    """Slopes, edges and noise."""
    y, x = np.mgrid[:height, :width]
    edges = 70 * ((x // 11 + y // 7) % 2)
    noise = np.random.default_rng(7).integers(0, 16, (height, width))
    return np.stack([x * 2 + edges + noise, y * 2 + 60 + noise, 200 - x + edges], 2).astype(
        np.uint8
    )


def cjpeg(work, *options, scans: str = "", pixels: np.ndarray | None = None) -> bytes:
    """A JPEG file by libjpeg-turbo's program."""
    needs("cjpeg")
    Image.fromarray(picture() if pixels is None else pixels).save(work.path("in.ppm"))
    if scans:
        work.path("scans").write_text(scans)
        options = (*options, "-scans", "scans")
    command = ["cjpeg", *options, "in.ppm"]
    return subprocess.run(command, cwd=work.folder, check=True, capture_output=True).stdout


def djpeg(file: bytes) -> np.ndarray:
    """The pixels by libjpeg-turbo's program."""
    needs("djpeg")
    done = subprocess.run(["djpeg"], input=file, check=False, capture_output=True)
    return np.asarray(Image.open(io.BytesIO(done.stdout)))


def read(work, file: bytes, status: int = 0):
    """The pixels by this program (`extend` keeps them), and what it said."""
    work.path("in.jpg").write_bytes(file)
    done = work.run(
        "extend", "in.jpg", "-o", "out.png", "--margin", "1", "--overwrite", status=status
    )
    return np.asarray(Image.open(work.path("out.png")))[1:-1, 1:-1], done.stderr


def worst(work, file: bytes, status: int = 0) -> int:
    """The largest difference to the right pixels."""
    found, _ = read(work, file, status)
    difference = int(np.abs(found.astype(int) - djpeg(file).astype(int)).max())
    assert difference <= 1, f"differs by {difference}"
    return difference


@case("jpeg", before="mean 115 of 255 off, or called damaged", right="as libjpeg-turbo, within 1")
def scans_of_single_components(work):
    for sampling in ("1x1", "2x1", "1x2", "2x2", "4x1", "4x2"):
        for scans in SCANS:
            worst(work, cjpeg(work, "-sample", sampling, scans=scans))
    return "30 files right"


@case("jpeg", before="mean 31 to 64 of 255 off", right="as libjpeg-turbo, within 1")
def restarts_that_do_not_divide_a_row(work):
    for sampling in ("1x1", "2x2", "4x1"):
        for scans in SCANS[:2]:
            worst(work, cjpeg(work, "-sample", sampling, "-restart", "3B", scans=scans))
    return "6 files right"


@case("jpeg", before="wrong pixels", right="as libjpeg-turbo, within 1")
def luma_coarser_than_colour(work):
    for sampling in ("1x1,2x2,2x2", "1x1,2x1,1x2", "2x2,1x2,2x1"):
        for options in ((), ("-progressive",)):
            worst(work, cjpeg(work, "-sample", sampling, *options))
    return "6 files right"


@case("jpeg", before="tinted or grey", right="as libjpeg-turbo, within 1")
def progressive_with_restarts(work):
    for sampling in ("1x1", "2x2", "1x2"):
        worst(work, cjpeg(work, "-sample", sampling, "-progressive", "-restart", "5B"))
    return "3 files right"


def marked(file: bytes, head: bytes, ids: bytes) -> bytes:
    """The file with `head` in place of its JFIF segment, and other component ids."""
    out = bytearray(file[:2] + head + file[20:])
    frame, scan = out.index(b"\xff\xc0"), out.index(b"\xff\xda")
    for i, number in enumerate(ids):
        out[frame + 10 + 3 * i] = number
        out[scan + 5 + 2 * i] = number
    return bytes(out)


@case("jpeg", before="JFIF with Adobe 0 taken as RGB", right="JFIF, then Adobe, then ids decide")
def colours_by_jfif_adobe_and_ids(work):
    file = cjpeg(work, "-sample", "1x1")
    jfif = file[2:20]
    for head in (b"", jfif):
        for transform in (None, 0, 1):
            adobe = b"" if transform is None else b"\xff\xee\0\x0eAdobe\0d\0\0\0\0"
            tail = b"" if transform is None else bytes([transform])
            for ids in (b"RGB", b"\1\2\3", b"rgb"):
                worst(work, marked(file, head + adobe + tail, ids))
    return "18 files right"


@case("jpeg", before="called damaged", right="named as unsupported")
def kinds_that_are_not_handled(work):
    file = cjpeg(work, "-sample", "1x1")
    frame = file.index(b"\xff\xc0")
    factors = bytearray(file)
    factors[frame + 11], factors[frame + 14] = 0x31, 0x21
    lossless = bytearray(file)
    lossless[frame + 1] = 0xC3
    deep = bytearray(file)
    deep[frame + 4] = 12
    height = bytearray(file)
    height[frame + 5 : frame + 7] = b"\0\0"
    said = []
    for data, word in [
        (cjpeg(work, "-arithmetic"), "arithmetic"),
        (factors, "sampling factors"),
        (lossless, "lossless"),
        (deep, "12 bits"),
        (height, "DNL"),
    ]:
        work.path("in.jpg").write_bytes(data)
        done = work.run("upscale", "in.jpg", "-o", "out.png", status=1)
        assert word in done.stderr and "damaged" not in done.stderr, done.stderr
        said.append(word)
    return ", ".join(said)


@case("jpeg", before="refused", right="decoded, with a line")
def no_end_marker(work):
    file = cjpeg(work, "-sample", "2x2")[:-2]
    found, said = read(work, file)
    assert np.abs(found.astype(int) - djpeg(file).astype(int)).max() <= 1
    assert "end marker is missing" in said, said
    return said.splitlines()[0]


@case("jpeg", before="exit 0 without a word", right="decoded as far as it goes, a line, status 1")
def a_third_is_missing(work):
    for options in ((), ("-progressive",), ("-restart", "3B")):
        whole = cjpeg(work, *options)
        start = whole.index(b"\xff\xda")
        kept = whole[: start + (len(whole) - start) * 2 // 3]
        for file in (kept, kept + b"\xff\xd9"):
            found, said = read(work, file, status=1)
            assert "pixels are missing" in said, said
            if "-progressive" not in options:
                assert np.abs(found.astype(int) - djpeg(file).astype(int)).max() <= 1
    return said.splitlines()[0]


@case("jpeg", before="an error", right="an error")
def cut_in_the_header(work):
    file = cjpeg(work)
    for end in (3, 30, file.index(b"\xff\xda") + 3):
        work.path("in.jpg").write_bytes(file[:end])
        done = work.run("upscale", "in.jpg", "-o", "out.png", status=1)
        assert not work.path("out.png").exists()
    return done.stderr.splitlines()[0]


@case("jpeg", before="took 4.6 GB from 154 bytes", right="refused in words")
def tiny_file_of_half_a_gigapixel(work):
    peaks = []
    for options in (("-grayscale",), ("-grayscale", "-progressive"), ("-sample", "1x1")):
        file = bytearray(cjpeg(work, *options, pixels=np.full((8, 8, 3), 90, np.uint8)))
        frame = next(i for i in range(len(file)) if file[i : i + 2] in (b"\xff\xc0", b"\xff\xc2"))
        file[frame + 5 : frame + 9] = struct.pack(">HH", 8000, 65500)
        work.path("in.jpg").write_bytes(file)
        done, peak = work.peak("upscale", "in.jpg", "-o", "out.png", "--size", "8x8", status=1)
        assert peak < 300, f"{peak:.0f} MB"
        peaks.append(f"{peak:.0f} MB")
    return f"{', '.join(peaks)}: {done.stderr.splitlines()[0]}"
