"""What PNG says of its colours, and WebP's kinds."""

import io
import itertools
import struct

import numpy as np
from kinds.limits import chunk, png
from PIL import Image, ImageCms
from table import case, needs

GAMMA = chunk(b"gAMA", struct.pack(">I", 100000))
P3 = [31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000]
PRIMARIES = chunk(b"cHRM", struct.pack(">8I", *P3))
SRGB = chunk(b"sRGB", b"\0")
MASTERING = chunk(b"mDCV", struct.pack(">8HII", *[v // 2 for v in P3], 10_000_000, 1))
LIGHT = chunk(b"cLLI", struct.pack(">II", 10_000_000, 5_000_000))


def cicp(primaries: int, transfer: int) -> bytes:
    return chunk(b"cICP", bytes([primaries, transfer, 0, 1]))


def chunks(path) -> dict:
    data, at, found = path.read_bytes(), 8, {}
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found[data[at + 4 : at + 8]] = data[at + 8 : at + 8 + length]
        at += 12 + length
    return found


@case("png", before="mDCV and cLLI lost", right="all colour chunks kept in PNG, bit by bit")
def colour_chunks_stay(work):
    extra = [GAMMA, PRIMARIES, cicp(9, 16), MASTERING, LIGHT]
    work.path("a.png").write_bytes(png((5, 4), *extra))
    work.run("upscale", "a.png", "-o", "o.png", "--scale", "2")
    found = chunks(work.path("o.png"))
    for one in extra:
        assert found.get(one[4:8]) == one[8:-4], one[4:8]
    return "gAMA, cHRM, cICP, mDCV, cLLI"


def seen(path, profile=None) -> np.ndarray:
    """A picture's colours in sRGB, by littlecms."""
    image = Image.open(path)
    data = profile or image.info.get("icc_profile")
    image = image.convert("RGB")
    if data is None:
        return np.asarray(image).astype(int)
    own, srgb = ImageCms.ImageCmsProfile(io.BytesIO(data)), ImageCms.createProfile("sRGB")
    image = ImageCms.profileToProfile(image, own, srgb, renderingIntent=1)
    return np.asarray(image).astype(int)


@case("png", before="lost without a word", right="an equivalent profile in JPEG, TIFF and WebP")
def colours_become_a_profile(work):
    # Linear light, 0x40 of 0xff: 0.251, in sRGB 137.
    work.path("a.png").write_bytes(png((8, 8), GAMMA))
    work.path("p3.png").write_bytes(png((8, 8), GAMMA, PRIMARIES))
    work.path("cicp.png").write_bytes(png((8, 8), cicp(12, 13), MASTERING))
    said = []
    for end in ("tif", "jpg", "webp"):
        for name, right in (("a", 137), ("p3", 137), ("cicp", 64)):
            done = work.run("upscale", f"{name}.png", "-o", f"{name}.{end}", "--scale", "1")
            assert Image.open(work.path(f"{name}.{end}")).info.get("icc_profile"), f"{name}.{end}"
            found = seen(work.path(f"{name}.{end}"))
            assert abs(found - right).max() <= 3, f"{name}.{end}: {found[0, 0]}"
            assert ("mDCV" in done.stderr) == (name == "cicp"), done.stderr
        said.append(end)
    return ", ".join(said)


@case("png", before="lost without a word", right="primaries are those that were declared")
def a_red_of_other_primaries(work):
    red = b"".join(b"\0" + b"\xff\0\0" * 8 for _ in range(8))
    import zlib

    work.path("a.png").write_bytes(png((8, 8), cicp(1, 8), data=zlib.compress(red)))
    work.path("b.png").write_bytes(png((8, 8), cicp(9, 13), data=zlib.compress(red)))
    profiles = {}
    for name in ("a", "b"):
        work.run("upscale", f"{name}.png", "-o", f"{name}.tif", "--scale", "1", "--model", "clean")
        data = Image.open(work.path(f"{name}.tif")).info["icc_profile"]
        profiles[name] = ImageCms.ImageCmsProfile(io.BytesIO(data)).profile
    x, y = profiles["b"].red_primary[1][:2]
    # BT.2020's red, adapted to D50.
    assert abs(x - 0.708) < 0.01 and abs(y - 0.292) < 0.01, (x, y)
    x, y = profiles["a"].red_primary[1][:2]
    assert abs(x - 0.648) < 0.01 and abs(y - 0.331) < 0.01, (x, y)
    return f"{x:.3f}, {y:.3f}"


@case("png", before="lost without a word", right="no profile where sRGB is meant anyway")
def usual_colours_need_no_profile(work):
    usual = chunk(b"gAMA", struct.pack(">I", 45455))
    for name, extra in (("a", [SRGB]), ("b", [usual]), ("c", [cicp(1, 13)]), ("d", [])):
        work.path(f"{name}.png").write_bytes(png((4, 4), *extra))
        done = work.run("upscale", f"{name}.png", "-o", f"{name}.jpg", "--scale", "1")
        assert "icc_profile" not in Image.open(work.path(f"{name}.jpg")).info, name
        assert len(done.stderr.splitlines()) == 1, done.stderr
    return "sRGB, gAMA 45455, cICP 1/13, nothing"


@case("png", before="lost without a word", right="a line for HDR, which has no equivalent")
def high_dynamic_range_is_said(work):
    for transfer in (16, 18):
        work.path("a.png").write_bytes(png((4, 4), cicp(9, transfer), LIGHT))
        done = work.run("upscale", "a.png", "-o", "o.jpg", "--scale", "1", "--overwrite")
        assert f"cICP 9/{transfer}" in done.stderr and "cLLI" in done.stderr, done.stderr
    done = work.run("extend", "a.png", "-o", "e.jpg", "--method", "smooth", "--json")
    assert "cICP 9/18" in done.stdout, done.stdout
    return done.stdout.splitlines()[0]


@case("png", before="lost without a word", right="texts and profiles without a place are said")
def what_has_no_place_is_said(work):
    author = chunk(b"tEXt", b"Author\0me")
    work.path("a.png").write_bytes(png((4, 4), author))
    for end, said in (("jpg", True), ("tif", True), ("webp", True), ("png", False)):
        done = work.run("upscale", "a.png", "-o", f"o.{end}", "--scale", "1")
        assert ("(Author)" in done.stderr) == said, f"{end}: {done.stderr}"
    gray = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("L", (4, 4), 9).save(work.path("g.png"), icc_profile=gray)
    done = work.run("upscale", "g.png", "-o", "p.png", "--scale", "1")
    assert "profile is not for grey" in done.stderr, done.stderr
    return done.stderr.splitlines()[0]


def webp_pictures() -> dict:
    """Sources of several kinds by name."""
    found = {}
    for mode, size in itertools.product(("RGB", "RGBA"), ((32, 32), (17, 9), (1, 1), (33, 64))):
        width, height = size
        x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
        planes = [x, y, (x + y) / 2, 1 - x * y][: len(mode)]
        noise = np.random.default_rng(7).normal(0, 0.05, (height, width, len(mode)))
        pixels = np.clip(np.stack(planes, -1) + noise, 0, 1) * 255
        found[f"{mode} {width}x{height}"] = Image.fromarray(pixels.astype(np.uint8), mode)
    return found


@case(
    "webp", before="not compared", right="96 kinds as libwebp decodes them: equal, lossy within 1"
)
def every_combination(work):
    needs("dwebp")
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010E] = "a picture"
    worst, count = 0, 0
    kinds = itertools.product(webp_pictures().items(), (80, 100, "lossless"), (0, 1), (0, 1))
    for (name, image), quality, described, animated in kinds:
        options = {"lossless": True} if quality == "lossless" else {"quality": quality}
        if described:
            options |= {"icc_profile": icc, "exif": exif.tobytes(), "xmp": b"<x/>"}
        if animated:
            options |= {"save_all": True, "append_images": [image.transpose(0)], "duration": 100}
        path = work.path(f"{count}.webp")
        image.save(path, **options)
        # What the program reads of it: kept as it is by a field file's way, a TIFF of floats.
        work.run(
            "extend",
            path.name,
            "-o",
            f"{count}.png",
            "--margin",
            "0,0,0,1px",
            "--method",
            "reflection",
        )
        found = np.asarray(Image.open(work.path(f"{count}.png")).convert(image.mode))[:, 1:]
        right = np.asarray(Image.open(path).convert(image.mode))
        visible = right[..., 3:] > 0 if image.mode == "RGBA" else True
        off = int(np.abs((found.astype(int) - right) * visible).max())
        assert off <= (0 if quality == "lossless" else 1), f"{name} {options.keys()}: off by {off}"
        if described:
            info = Image.open(work.path(f"{count}.png")).info
            assert info.get("icc_profile") == icc, f"{name}: the profile is lost"
        worst, count = max(worst, off), count + 1
    assert count == 96
    return f"{count} kinds, off by {worst} at most"
