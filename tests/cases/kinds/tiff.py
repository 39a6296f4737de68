"""TIFF: tags that change what pixels mean, pages, descriptions, places on Earth, sums of tags."""

import itertools
import struct
import subprocess
import zlib

import imagecodecs
import numpy as np
import tifffile
from kinds.jpeg import cjpeg, djpeg
from PIL import Image
from table import case, needs

RNG = np.random.default_rng(7)
REVERSED = bytes(int(f"{i:08b}"[::-1], 2) for i in range(256))
KINDS = {"B": 1, "s": 2, "H": 3, "I": 4, "d": 12}


def tags(order, entries, at):
    """A directory at `at` (its link to the next one is 0) with its values behind it."""
    values_at = at + 2 + 12 * len(entries) + 4
    head, values = struct.pack(order + "H", len(entries)), b""
    for tag, (kind, value) in sorted(entries.items()):
        if kind == "s":
            data, count = value, len(value)
        elif kind == "5":
            count = len(value)
            data = b"".join(struct.pack(order + "2I", round(v * 1000), 1000) for v in value)
        else:
            value = np.atleast_1d(value).tolist()
            data, count = struct.pack(f"{order}{len(value)}{kind}", *value), len(value)
        code = 5 if kind == "5" else KINDS[kind]
        head += struct.pack(order + "HHI", tag, code, count)
        if len(data) <= 4:
            head += data.ljust(4, b"\0")
        else:
            head += struct.pack(order + "I", values_at + len(values))
            values += data + b"\0" * (len(data) % 2)
    return head + struct.pack(order + "I", 0) + values


def write(path, size, chunks, order="<", tiled=False, **more):
    """A TIFF of `chunks` (bytes of strips or tiles) and the tags `t<number>=(kind, value)`."""
    offsets, body = [], b""
    for chunk in chunks:
        offsets.append(8 + len(body))
        body += chunk + b"\0" * (len(chunk) % 2)
    entries = {256: ("I", size[0]), 257: ("I", size[1])}
    entries[324 if tiled else 273] = ("I", offsets)
    entries[325 if tiled else 279] = ("I", [len(c) for c in chunks])
    entries |= {int(name[1:]): value for name, value in more.items()}
    at = 8 + len(body)
    magic = b"II*\0" if order == "<" else b"MM\0*"
    path.write_bytes(magic + struct.pack(order + "I", at) + body + tags(order, entries, at))


def pixels(work, name):
    """The pixels that the program reads from `name`: what an extension leaves in the middle."""
    how = ["--margin", "1", "--method", "smooth", "--overwrite", "--strip"]
    work.run("extend", name, "-o", "read.tif", *how)
    return tifffile.imread(work.path("read.tif"))[1:-1, 1:-1]


def same(got, want, what):
    assert got.shape == want.shape, f"{what}: {got.shape}, wanted {want.shape}"
    assert got.dtype == want.dtype, f"{what}: {got.dtype}, wanted {want.dtype}"
    worst = np.abs(got.astype("f8") - want.astype("f8")).max()
    assert worst == 0, f"{what}: {worst} away"


def refused(work, name, *words):
    """The line with which a file is refused, which has all of `words` and no "damaged"."""
    said = work.run(
        "extend",
        name,
        "-o",
        "no.png",
        "--margin",
        "1",
        "--overwrite",
        "--method",
        "smooth",
        status=None,
    )
    assert said.returncode != 0, f"{name} was read"
    for word in words:
        assert word in said.stderr, f"no {word!r}: {said.stderr}"
    assert "damaged" not in said.stderr, said.stderr
    return said.stderr.strip().splitlines()[-1]


def packed_bits(samples, bits, order):
    """Rows of samples as TIFF stores them."""
    rows = samples.reshape(samples.shape[0], -1)
    if bits in (8, 16, 32, 64):
        return [row.astype(row.dtype.newbyteorder(order)).tobytes() for row in rows]
    shifts = np.arange(bits)[::-1]
    return [np.packbits(row[:, None] >> shifts & 1).tobytes() for row in rows]


def on_scale(a, bits):
    """Samples on the scale of 8 or 16 bits, floats of 32."""
    if a.dtype.kind == "f":
        return a.astype("f4")
    full = 255 if bits <= 8 else 65535
    top = 2**bits - 1
    return ((a.astype("u8") * full + top // 2) // top).astype("u1" if bits <= 8 else "u2")


PACK = {
    1: lambda b: b,
    5: imagecodecs.lzw_encode,
    8: zlib.compress,
    32773: imagecodecs.packbits_encode,
    50000: imagecodecs.zstd_encode,
}


def stored(a, bits, compression, order, fill, tile, rows_per_strip, predictor):
    """The strips or tiles of `a` (rows, columns, samples), predicted, packed, bits reversed."""
    if tile:
        height, width = tile
        high, wide = -a.shape[0] % height, -a.shape[1] % width
        a = np.pad(a, ((0, high), (0, wide), (0, 0)), mode="edge")
        parts = [
            a[y : y + height, x : x + width]
            for y in range(0, a.shape[0], height)
            for x in range(0, a.shape[1], width)
        ]
    else:
        parts = [a[y : y + rows_per_strip] for y in range(0, a.shape[0], rows_per_strip)]
    out = []
    for part in parts:
        if predictor == 2:
            whole = part.view(f"u{part.dtype.itemsize}")
            part = np.concatenate([whole[:, :1], whole[:, 1:] - whole[:, :-1]], 1)
        if predictor == 3:
            rows = []
            for row in np.ascontiguousarray(part.astype(part.dtype.newbyteorder(">"))):
                planes = row.reshape(-1).view("u1").reshape(-1, part.dtype.itemsize).T.reshape(-1)
                step, first = part.shape[2], planes.copy()
                first[step:] -= planes[:-step]
                rows.append(first.tobytes())
        else:
            rows = packed_bits(part, bits, order)
        data = PACK[compression](b"".join(rows))
        out.append(data.translate(REVERSED) if fill == 2 else data)
    return out


def combinations(work, compressions, fills):
    """Every way to store pixels: bits, photometric, planar, tiles, predictor, byte order."""
    tried = 0
    kinds = [("u1", 1), ("u1", 2), ("u1", 4), ("u1", 8), ("u2", 10), ("u2", 12), ("u2", 16)]
    kinds += [("f2", 16), ("f4", 32), ("f8", 64)]
    colours = [(0, 1), (1, 1), (1, 2), (2, 3), (2, 4)]
    ways = itertools.product(
        compressions, fills, kinds, colours, (1, 2), (None, (16, 32)), (1, 2, 3)
    )
    for i, (
        compression,
        fill,
        (dtype, bits),
        (photometric, n),
        planar,
        tile,
        predictor,
    ) in enumerate(ways):
        # Every third, so that it takes a minute; all others agree too when they are tried.
        if i // 3 % 3 != fill % 3:
            continue
        if predictor > 1 and (compression not in (5, 8, 50000) or bits not in (8, 16, 32, 64)):
            continue
        if (predictor == 3 and dtype[0] != "f") or (planar == 2 and n == 1):
            continue
        order = "<>"[i % 2]
        what = f"{compression} {fill} {dtype} {bits} {photometric} {n} {planar} {tile} {predictor} {order}"
        size = (19, 23, n)
        a = (
            RNG.random(size).astype(dtype)
            if dtype[0] == "f"
            else RNG.integers(0, 2**bits, size).astype(dtype)
        )
        way = (bits, compression, order, fill, tile, 7, predictor)
        planes = [a[..., [i]] for i in range(n)] if planar == 2 else [a]
        chunks = [chunk for plane in planes for chunk in stored(plane, *way)]
        more = {"t322": ("H", 32), "t323": ("H", 16)} if tile else {"t278": ("H", 7)}
        if n in (2, 4):
            more["t338"] = ("H", 2)
        write(
            work.path("a.tif"), (23, 19), chunks, order, bool(tile),
            t258=("H", [bits] * n), t259=("H", compression), t262=("H", photometric),
            t266=("H", fill), t277=("H", n), t284=("H", planar), t317=("H", predictor),
            t339=("H", [3 if dtype[0] == "f" else 1] * n), **more,
        )  # fmt: skip
        want = on_scale(a, bits)
        if photometric == 0:
            want = (1 - want if dtype[0] == "f" else ~want).astype(want.dtype)
        same(pixels(work, "a.tif").reshape(want.shape), want, what)
        tried += 1
    return f"{tried} right"


@case("tiff", before="FillOrder 2 mirrored", right="every stored byte's bits reversed first")
def fill_order(work):
    return combinations(work, PACK, (2,))


@case("tiff", before="few of them read", right="the samples that were stored")
def bits_compressions_planes_and_tiles(work):
    return combinations(work, PACK, (1,))


def fax_page():
    y, x = np.mgrid[0:60, 0:77]
    page = ((x // 9 + y // 5) % 3 == 0) | (x == y)
    page[20:30] = False
    return Image.fromarray(np.where(page, 0, 255).astype("u1")).convert("1")


@case("tiff", before="refused", right="as Pillow reads it")
def fax(work):
    needs("tiffcp")
    page = fax_page()
    page.save(work.path("plain.tif"))
    want = np.asarray(page.convert("L"))
    tried = 0
    ways = ["g3:1d", "g3:2d", "g3:1d:fill", "g3:2d:fill", "g4"]
    for way, fill, strips in itertools.product(ways, ("msb2lsb", "lsb2msb"), (60, 7)):
        command = ["tiffcp", "-c", way, "-f", fill, "-r", str(strips), "plain.tif", "fax.tif"]
        subprocess.run(command, cwd=work.folder, check=True, capture_output=True)
        same(pixels(work, "fax.tif"), want, f"{way} {fill} {strips}")
        tried += 1
    for way in ("tiff_ccitt", "group3", "group4"):
        for invert in (0, 1):
            page.save(work.path("fax.tif"), compression=way, tiffinfo={262: invert})
            with Image.open(work.path("fax.tif")) as theirs:
                want = np.asarray(theirs.convert("L"))
            same(pixels(work, "fax.tif"), want, f"{way} {invert}")
            tried += 1
    return f"{tried} right"


@case("tiff", before="refused", right="ColorMap expanded, alpha kept")
def palettes(work):
    tried = 0
    for bits, scale, alpha, order in itertools.product(
        (1, 2, 4, 8), (1, 256, 257), (False, True), "<>"
    ):
        colours = RNG.integers(0, 256, (2**bits, 3))
        colours[0] = 255
        index = RNG.integers(0, 2**bits, (9, 13, 1 + alpha)).astype("u1")
        more = {"t338": ("H", 2)} if alpha else {}
        write(
            work.path("a.tif"), (13, 9), [b"".join(packed_bits(index, bits, order))], order,
            t258=("H", [bits] * (1 + alpha)), t262=("H", 3), t277=("H", 1 + alpha),
            t320=("H", (colours.T * scale).reshape(-1)), **more,
        )  # fmt: skip
        want = colours[index[..., 0]].astype("u1")
        if alpha:
            want = np.concatenate([want, on_scale(index[..., 1:], bits)], 2)
        same(pixels(work, "a.tif"), want, f"{bits} {scale} {alpha}")
        tried += 1
    return f"{tried} right"


def luma_chroma(a, across, down):
    """Samples of luma and subsampled chroma, in blocks as TIFF has them, and all spread again."""
    height, width = a.shape[:2]
    wide = np.pad(a, ((0, -height % down), (0, -width % across), (0, 0)), mode="edge")
    out = b""
    spread = wide.copy()
    for y in range(0, wide.shape[0], down):
        for x in range(0, wide.shape[1], across):
            block = wide[y : y + down, x : x + across]
            chroma = block[0, 0, 1:]
            out += block[..., 0].tobytes() + chroma.tobytes()
            spread[y : y + down, x : x + across, 1:] = chroma
    return out, spread[:height, :width]


@case("tiff", before='"damaged"', right="as libtiff reads it")
def ycbcr(work):
    """Subsampling, coefficients and black and white of YCbCr without JPEG."""
    tried = 0
    full, video = [0, 255, 128, 255, 128, 255], [16, 235, 128, 240, 128, 240]
    weights = {"601": [0.299, 0.587, 0.114], "709": [0.2126, 0.7152, 0.0722]}
    for across, down, compression, reference, name in itertools.product(
        (1, 2, 4), (1, 2, 4), (1, 5, 8), (None, full, video), (None, "601", "709")
    ):
        a = RNG.integers(0, 256, (18, 23, 3)).astype("u1")
        a[0, :2] = [[16, 128, 128], [235, 128, 128]]
        data, spread = luma_chroma(a, across, down)
        more = {"t532": ("5", reference)} if reference else {}
        if name:
            more["t529"] = ("5", weights[name])
        write(
            work.path("a.tif"), (23, 18), [PACK[compression](data)], t258=("H", [8] * 3),
            t259=("H", compression), t262=("H", 6), t277=("H", 3), t530=("H", [across, down]), **more,
        )  # fmt: skip
        black = np.array(reference or full, "f8").reshape(3, 2)
        y, cb, cr = ((spread[..., i] - black[i, 0]) * (255 if i == 0 else 127)
                     / (black[i, 1] - black[i, 0]) for i in range(3))  # fmt: skip
        red, green, blue = np.round(np.array(weights[name or "601"]), 3)
        r, b = y + (2 - 2 * red) * cr, y + (2 - 2 * blue) * cb
        g = (y - red * r - blue * b) / green
        want = np.clip(np.stack([r, g, b], 2), 0, 255)
        got = pixels(work, "a.tif").astype("f8")
        worst = np.abs(got - want).max()
        assert worst < 0.51, f"{across}x{down} {compression} {reference} {name}: {worst} away"
        tried += 1
    return f"{tried} right"


@case("tiff", before="close", right="as libtiff reads it, within 8")
def jpeg_in_tiff(work):
    y, x = np.mgrid[0:45, 0:67]
    a = np.stack([x * 3, y * 5, 255 - x - y], 2).clip(0, 255).astype("u1")
    ways = [
        dict(photometric="ycbcr", subsampling=(2, 2)),
        dict(photometric="ycbcr", subsampling=(2, 1)),
        dict(photometric="ycbcr", subsampling=(1, 1)),
        dict(photometric="rgb"),
        dict(photometric="minisblack"),
        dict(photometric="ycbcr", subsampling=(2, 2), tile=(32, 48)),
        dict(photometric="ycbcr", subsampling=(2, 2), rowsperstrip=16),
    ]
    for way in ways:
        grey = way["photometric"] == "minisblack"
        tifffile.imwrite(
            work.path("a.tif"), a[..., 0] if grey else a, compression="jpeg",
            compressionargs={"level": 95}, metadata=None, **way,
        )  # fmt: skip
        want = tifffile.imread(work.path("a.tif")).astype("f8")
        worst = np.abs(pixels(work, "a.tif") - want).max()
        assert worst <= 8, f"{way}: {worst} away"
    for quality in (75, 95):
        Image.fromarray(a).save(work.path("a.tif"), compression="jpeg", quality=quality)
        with Image.open(work.path("a.tif")) as theirs:
            worst = np.abs(pixels(work, "a.tif") - np.asarray(theirs).astype("f8")).max()
        assert worst <= 8, f"Pillow {quality}: {worst} away"
    return f"{len(ways) + 2} right"


def stream_in_tiff(work, stream, photometric=6, subsampling=(1, 1)):
    """A TIFF of one strip, which is the JPEG file `stream` of 67x45 pixels."""
    more = dict(t258=("H", [8, 8, 8]), t259=("H", 7), t262=("H", photometric), t277=("H", 3))
    more |= dict(t278=("I", 45), t530=("H", list(subsampling)))
    write(work.path("a.tif"), (67, 45), [stream], **more)


@case(
    "tiff", before="255 off, or called damaged", right="as libjpeg-turbo reads the stream, within 1"
)
def scans_of_jpeg_in_tiff(work):
    samplings = {"1x1": (1, 1), "2x1": (2, 1), "1x2": (1, 2), "2x2": (2, 2)}
    ways = [((), ""), (("-progressive",), ""), (("-restart", "3B"), "0;1;2;")]
    ways += [((), scans) for scans in ("0;1;2;", "1;0;2;", "0;1 2;")]
    tried = 0
    for (sampling, subsampling), (options, scans) in itertools.product(samplings.items(), ways):
        stream = cjpeg(work, "-quality", "92", "-sample", sampling, *options, scans=scans)
        stream_in_tiff(work, stream, subsampling=subsampling)
        worst = np.abs(pixels(work, "a.tif").astype(int) - djpeg(stream)).max()
        assert worst <= 1, f"{sampling} {options} {scans}: {worst} away"
        tried += 1
    stream = cjpeg(work, "-quality", "92", "-rgb")
    stream_in_tiff(work, stream, photometric=2)
    worst = np.abs(pixels(work, "a.tif").astype(int) - djpeg(stream)).max()
    assert worst <= 1, f"RGB: {worst} away"
    return f"{tried + 1} right"


@case("tiff", before="half the picture missing with success", right="a line and status 1")
def cut_jpeg_in_tiff(work):
    stream = cjpeg(work, "-quality", "92")
    for cut in (stream[: len(stream) // 2], stream[: len(stream) // 2] + b"\xff\xd9"):
        stream_in_tiff(work, cut, subsampling=(2, 2))
        said = work.run(
            "extend", "a.tif", "-o", "out.png", "--margin", "1", "--overwrite", status=1
        ).stderr
        assert "JPEG stream" in said and "missing" in said, said
    return said.strip().splitlines()[0]


@case("tiff", before="the thumbnail enlarged", right="the picture at full resolution")
def pages_and_sub_directories(work):
    small, large = (RNG.integers(0, 256, (h, 3 * h, 3)).astype("u1") for h in (5, 20))
    mask = RNG.integers(0, 256, (20, 60)).astype("u1")
    plans = {
        "thumbnail first": [(small, 1, 0), (large, 0, 0)],
        "thumbnail last": [(large, 0, 0), (small, 1, 0)],
        "mask first": [(mask, 4, 0), (large, 0, 0)],
        "below a thumbnail": [(small, 1, 1), (large, 0, 0)],
        "pyramid below": [(large, 0, 1), (small, 1, 0)],
        "thumbnail below, others behind": [(small, 1, 1), (large, 0, 0), (small, 1, 0)],
    }
    for what, plan in plans.items():
        with tifffile.TiffWriter(work.path("a.tif")) as file:
            for picture, kind, below in plan:
                how = {
                    "photometric": "rgb" if picture.ndim == 3 else "minisblack",
                    "metadata": None,
                }
                file.write(picture, subfiletype=kind & 1, subifds=below or None, **how)
        # tifffile writes no masks but of bits.
        if plan[0][1] == 4:
            with tifffile.TiffFile(work.path("a.tif"), mode="r+b") as file:
                file.pages[0].tags[254].overwrite(4)
        same(pixels(work, "a.tif"), large, what)
        said = work.run("inspect", "a.tif").stdout
        assert "pages              1" in said, f"{what}: {said}"
    return f"{len(plans)} right"


@case("tiff", before="alpha by position", right="alpha where ExtraSamples says it is")
def extra_samples(work):
    plans = [
        (2, [0, 2]),
        (2, [0, 1]),
        (2, [2, 0]),
        (2, [0, 0]),
        (2, [0]),
        (1, [0]),
        (1, [0, 0, 2]),
        (1, [2, 0]),
        (2, [0, 2, 1]),
    ]
    for (photometric, extra), planar, bits in itertools.product(plans, (1, 2), (8, 16)):
        n = (3 if photometric == 2 else 1) + len(extra)
        dtype = f"u{bits // 8}"
        a = RNG.integers(0, 2**bits, (6, 8, n)).astype(dtype)
        alpha = next((i for i, kind in enumerate(extra) if kind), None)
        colours = n - len(extra)
        if alpha is not None:
            a[..., colours + alpha] |= 1
        if alpha is not None and extra[alpha] == 1:
            a[..., :colours] = np.minimum(a[..., :colours], a[..., [colours + alpha]])
        planes = [a[..., [i]] for i in range(n)] if planar == 2 else [a]
        write(
            work.path("a.tif"), (8, 6), [b"".join(packed_bits(p, bits, "<")) for p in planes],
            t258=("H", [bits] * n), t262=("H", photometric), t277=("H", n), t284=("H", planar),
            t338=("H", extra),
        )  # fmt: skip
        want = a[..., :colours]
        if alpha is not None:
            straight = want.astype("f8")
            if extra[alpha] == 1:
                top = 2**bits - 1
                straight = np.floor(straight * top / a[..., [colours + alpha]] + 0.5)
            want = np.concatenate([straight.astype(dtype), a[..., [colours + alpha]]], 2)
        dropped = len(extra) - (alpha is not None)
        got = pixels(work, "a.tif")
        same(got.reshape(want.shape), want, f"{photometric} {extra} {planar} {bits}")
        if dropped:
            said = work.run(
                "upscale", "a.tif", "-o", "out.tif", "--scale", "1", "--overwrite"
            ).stderr
            assert f"{dropped} more sample" in said, said
    return f"{len(plans) * 4} right"


@case("tiff", before="some called damaged", right="refused by name")
def kinds_that_are_not_handled(work):
    def file(**more):
        entries = {"t258": ("H", [8] * 3), "t262": ("H", 2), "t277": ("H", 3)} | more
        write(work.path("a.tif"), (4, 4), [bytes(4096)], **entries)

    def named(*words, **more):
        file(**more)
        return refused(work, "a.tif", *words)

    for code, word in [(6, "old-style JPEG"), (34712, "JPEG 2000"), (34887, "LERC"), (50001, "WebP"),
                       (50002, "JPEG XL"), (34925, "LZMA"), (34661, "JBIG"), (12345, "12345")]:  # fmt: skip
        named(word, t259=("H", code))
    for code, word in [(5, "CMYK"), (8, "L*a*b*"), (32803, "raw"), (34892, "raw"), (4, "mask")]:
        named(word, t262=("H", code))
    named("different numbers of bits", t258=("H", [5, 6, 5]))
    named("different numbers of bits", t258=("H", [8, 8, 8, 1]), t277=("H", 4))
    named("different kinds", t339=("H", [1, 2, 1]))
    named("signed", t339=("H", [2, 2, 2]))
    named("32-bit unsigned", t258=("H", [32] * 3))
    named("ReferenceBlackWhite", t532=("5", [16, 235] * 3))
    named("subsampl", t262=("H", 6), t530=("H", [2, 2]), t284=("H", 2))
    return named("subsampling", t262=("H", 6), t530=("H", [3, 1]))


@case("tiff", before="copied, untrue", right="left out with a line")
def descriptions_for_programs(work):
    a = RNG.integers(0, 65536, (3, 18, 22)).astype("u2")
    tifffile.imwrite(work.path("imagej.tif"), a, imagej=True)
    tifffile.imwrite(work.path("ome.ome.tif"), a, ome=True)
    tifffile.imwrite(work.path("shaped.tif"), a[0], metadata={"axes": "YX"})
    for name in ("imagej.tif", "ome.ome.tif", "shaped.tif"):
        done = work.run("upscale", name, "-o", "out.tif", "--scale", "2", "--overwrite")
        assert "description" in done.stderr, done.stderr
        with tifffile.TiffFile(work.path("out.tif")) as file:
            assert 270 not in file.pages[0].tags, file.pages[0].tags[270].value
            assert file.asarray().shape == (36, 44)
    tifffile.imwrite(work.path("plain.tif"), a[0], description="A view of Rome", metadata=None)
    work.run("upscale", "plain.tif", "-o", "out.tif", "--scale", "1", "--overwrite")
    with tifffile.TiffFile(work.path("out.tif")) as file:
        assert file.pages[0].description == "A view of Rome"
    return done.stderr.strip()


@case("tiff", before="dropped without a word", right="scale and tie points for the new size")
def place_on_earth(work):
    a = RNG.integers(0, 256, (12, 16, 3)).astype("u1")
    for point in (1, 2):
        keys = [1, 1, 0, 2, 1024, 0, 1, 1, 1025, 0, 1, point]
        write(
            work.path("geo.tif"), (16, 12), [a.tobytes()], t258=("H", [8] * 3), t262=("H", 2),
            t277=("H", 3), t33550=("d", [10, 10, 0]), t33922=("d", [0, 0, 0, 500, 900, 0]),
            t34735=("H", keys), t34737=("s", b"WGS 84|\0"), t42113=("s", b"255\0"),
        )  # fmt: skip
        work.run("upscale", "geo.tif", "-o", "out.tif", "--scale", "2", "--overwrite")
        with tifffile.TiffFile(work.path("out.tif")) as file:
            got = {tag.code: tag.value for tag in file.pages[0].tags.values()}
        assert got[33550] == (5, 5, 0), got[33550]
        half = 0.5 if point == 2 else 0
        assert got[33922] == (half, half, 0, 500, 900, 0), got[33922]
        assert list(got[34735]) == keys and "WGS 84" in str(got[34737])
        assert str(got[42113]).strip("\0") == "255"
        work.run(
            "extend",
            "geo.tif",
            "-o",
            "out.tif",
            "--margin",
            "3",
            "--overwrite",
            "--method",
            "smooth",
        )
        with tifffile.TiffFile(work.path("out.tif")) as file:
            tie = file.pages[0].tags[33922].value
        assert tie == (3, 3, 0, 500, 900, 0), tie
    said = work.run("upscale", "geo.tif", "-o", "out.png", "--scale", "2", "--overwrite").stderr
    assert "place on Earth" in said, said
    return said.strip().splitlines()[0]


@case("tiff", before="1099 MB from 188 KB", right="no more than the file is long")
def tags_that_share_a_value(work):
    value = bytes(120_000)
    head = b"II*\0" + struct.pack("<I", 8 + len(value))
    entries = [
        (256, 3, 1, 4),
        (257, 3, 1, 4),
        (258, 3, 1, 8),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (279, 4, 1, 16),
    ]
    entries += [(tag, 2, len(value), 8) for tag in (269, 270, 271, 272, 305, 306, 315, 316)] * 400
    block = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *e) for e in entries)
    work.path("a.tif").write_bytes(head + value + block + bytes(4))
    _, peak = work.peak("inspect", "a.tif", status=None)
    assert peak < 60, f"{peak:.0f} MB"
    work.run("extend", "a.tif", "-o", "out.tif", "--margin", "1", "--method", "smooth")
    size = work.path("out.tif").stat().st_size
    assert size < 400_000, f"{size} bytes written"
    return f"{peak:.0f} MB, {size} bytes written"


@case("tiff", before="gigabytes of memory", right="refused before memory is taken")
def tiny_files_of_half_a_gigapixel(work):
    for compression in (1, 4, 5, 8, 32773, 50000, 7):
        bits = 1 if compression == 4 else 8
        write(
            work.path("a.tif"), (23000, 23000), [bytes(40)], t258=("H", bits),
            t259=("H", compression), t262=("H", 1), t277=("H", 1),
        )  # fmt: skip
        done, peak = work.peak("upscale", "a.tif", "-o", "out.png", "--size", "8x8", status=None)
        assert done.returncode != 0 and "lacks pixels" in done.stderr, done.stderr
        assert peak < 60, f"{compression}: {peak:.0f} MB"
    return done.stderr.strip().splitlines()[0]


@case("tiff", before="endless or slow", right="ends")
def directories_that_lead_in_a_ring(work):
    a = RNG.integers(0, 256, (4, 4)).astype("u1")
    tifffile.imwrite(
        work.path("a.tif"), np.stack([a, a, a]), photometric="minisblack", metadata=None
    )
    with tifffile.TiffFile(work.path("a.tif")) as file:
        at = [page.offset for page in file.pages]
    data = bytearray(work.path("a.tif").read_bytes())
    count = struct.unpack_from("<H", data, at[2])[0]
    struct.pack_into("<I", data, at[2] + 2 + 12 * count, at[0])
    work.path("a.tif").write_bytes(data)
    same(pixels(work, "a.tif"), a, "ring")
    said = work.run("inspect", "a.tif", timeout=20).stdout
    assert "pages              3" in said, said
    return "3 pages"
