"""Sees that xcf.py reads what GIMP means, by what GIMP writes to other formats."""

import struct
import zlib

import numpy
import tifffile
from PIL import Image

import xcf
from compare import check, same_samples
from matrix import ended_well

# Larger than a tile, so that there are several, also narrow ones.
SIZE = (150, 75)

# Precisions as Script-Fu calls them, with the kind of samples and whether they are linear. The part
# in braces is named in another way by each series.
PRECISIONS = {
    "PRECISION-U8-LINEAR": ("u1", True),
    "PRECISION-U8-{}": ("u1", False),
    "PRECISION-U16-LINEAR": ("u2", True),
    "PRECISION-U16-{}": ("u2", False),
    "PRECISION-U32-LINEAR": ("u4", True),
    "PRECISION-U32-{}": ("u4", False),
    "PRECISION-HALF-LINEAR": ("f2", True),
    "PRECISION-HALF-{}": ("f2", False),
    "PRECISION-FLOAT-LINEAR": ("f4", True),
    "PRECISION-FLOAT-{}": ("f4", False),
    "PRECISION-DOUBLE-LINEAR": ("f8", True),
    "PRECISION-DOUBLE-{}": ("f8", False),
}

# How far GIMP 3 takes samples from what they are when it writes TIFF files, of 1 or of the largest
# integer: it converts them to the same colours again.
TIFF_LOSS = {"u1": 0, "u2": 0, "u4": 1e-6, "f2": 1e-3, "f4": 1e-6, "f8": 1e-6}


def run(host, report, sources, models, reference):
    """All kinds and precisions."""
    del sources, models, reference
    folder = host.work / "xcf"
    folder.mkdir()
    lines = []
    for kind, channels in (("RGB", 3), ("RGBA", 4), ("L", 1), ("LA", 2)):
        path = folder / f"{kind}.png"
        _noise(channels, kind).save(path)
        for name in PRECISIONS:
            lines.append(
                _export(path, _constant(host, name), folder / f"{kind}-{name.strip('{}-')}")
            )
    lines.append(_everything(folder))
    expression, _ = host.script("xcf", "\n".join(lines))
    finished = host.batch(expression, timeout=200)
    (folder / "gimp.txt").write_text(finished.text)
    report.check("xcf: batch", ended_well, finished)
    for kind in ("RGB", "RGBA", "L", "LA"):
        for name, (sample, linear) in PRECISIONS.items():
            path = folder / f"{kind}-{name.strip('{}-')}"
            report.check(f"xcf: {path.name}", _same, path, kind, sample, linear)
    report.check("xcf: everything", _all_there, folder / "everything.xcf")
    _compressed(host, report, folder)


def _constant(host, name):
    return name.format("GAMMA" if host.major == 2 else "NON-LINEAR")


def _noise(channels, kind):
    """A picture with runs of equal bytes of all lengths, and noise."""
    rng = numpy.random.default_rng(channels)
    width, height = SIZE
    pixels = rng.integers(0, 256, (height, width, channels), "u1")
    pixels[: height // 2] = (pixels[: height // 2] > 250) * 200
    pixels[10:14] = 255
    return Image.fromarray(pixels if channels > 1 else pixels[:, :, 0], kind)


def _export(picture, precision, path):
    """Saves a picture in a precision as XCF and TIFF."""
    return (
        f'(let ((image (load-image "{picture}")))\n'
        f"  (if (not (= (one (gimp-image-get-precision image)) {precision}))\n"
        f"    (gimp-image-convert-precision image {precision}))\n"
        f'  (save-xcf image "{path}.xcf")\n'
        f'  (save-tiff image "{path}.tif")\n'
        "  (gimp-image-delete image))"
    )


def _same(path, kind, sample, linear):
    """The XCF file is of that precision and holds the TIFF file's samples."""
    image = xcf.read(f"{path}.xcf")
    check(image.sample == numpy.dtype(sample), f"samples are {image.sample}, not {sample}")
    check(image.linear == linear, f"linear is {image.linear}, not {linear}")
    check(image.size == SIZE, f"the size is {image.size}, not {SIZE}")
    check(len(image.layers) == 1, f"there are {len(image.layers)} layers")
    pixels = image.layers[0].pixels
    check(pixels.shape[2] == len(kind), f"there are {pixels.shape[2]} channels")
    wanted = tifffile.imread(f"{path}.tif")
    wanted = wanted[:, :, None] if wanted.ndim == 2 else wanted
    check(wanted.dtype == pixels.dtype, f"the TIFF file holds {wanted.dtype}, not {pixels.dtype}")
    _nearly_same(pixels, wanted)


def _nearly_same(found, wanted):
    check(found.shape == wanted.shape, f"shapes are {found.shape} and {wanted.shape}")
    top = numpy.iinfo(found.dtype).max if found.dtype.kind == "u" else 1
    difference = numpy.abs(found.astype("f8") - wanted.astype("f8")).max() / top
    check(difference <= TIFF_LOSS[found.dtype.str[1:]], f"samples differ by {difference:.3g}")


def _everything(folder):
    """An image with a selection, and with layers that differ in all that is read."""
    return f"""
(let* ((image (load-image "{folder}/RGB.png"))
       (first (first-layer image))
       (second (load-layer image "{folder}/RGBA.png")))
  (gimp-image-insert-layer image second 0 0)
  (gimp-item-set-name first "first")
  (gimp-item-set-name second "Größe")
  (gimp-layer-set-offsets second -20 33)
  (gimp-layer-set-opacity second 37.5)
  (gimp-item-set-visible first FALSE)
  (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 11 12 60 40)
  (gimp-layer-add-mask first (one (gimp-layer-create-mask first ADD-MASK-SELECTION)))
  (gimp-image-set-resolution image 300 150)
  (save-xcf image "{folder}/everything.xcf")
  (gimp-image-delete image))"""


def _all_there(path):
    image = xcf.read(path)
    first, second = image.layer("first"), image.layer("Größe")
    check(image.layers[0] is second, "the order of the layers")
    check((first.offset, second.offset) == ((0, 0), (-20, 33)), "the offsets")
    check((first.visible, second.visible) == (False, True), "what is visible")
    check(abs(second.opacity - 0.375) < 0.003 and first.opacity == 1, "the opacities")
    check(image.resolution == (300, 150), f"the resolution is {image.resolution}")
    selected = numpy.zeros((SIZE[1], SIZE[0]), "u1")
    selected[12:52, 11:71] = 255
    same_samples(image.selection, selected, "the selection")
    check(second.mask is None and first.mask_applied, "the masks")
    same_samples(first.mask, selected, "the mask")
    with Image.open(path.with_name("RGB.png")) as wanted:
        same_samples(first.pixels, numpy.asarray(wanted), "the first layer")
    with Image.open(path.with_name("RGBA.png")) as wanted:
        same_samples(second.pixels, numpy.asarray(wanted), "the second layer")


def _compressed(host, report, folder):
    """GIMP reads an image whose tiles we have compressed by zlib as we do."""
    path = folder / "RGBA-PRECISION-FLOAT-LINEAR.xcf"
    zipped = folder / "zipped.xcf"
    report.check("xcf: zlib, ours", _zip, path, zipped)
    lines = f'(save-tiff (load-image "{zipped}") "{folder}/unzipped.tif")'
    expression, _ = host.script("zipped", lines)
    finished = host.batch(expression)
    report.check("xcf: zlib batch", ended_well, finished)
    layer = xcf.read(path).layers[0].pixels
    unzipped = folder / "unzipped.tif"
    report.check("xcf: zlib, GIMP's", _nearly_same, tifffile.imread(unzipped), layer)


class _Tiles(xcf._Reader):
    """Keeps where tiles were, and their bytes."""

    def __init__(self, data):
        super().__init__(data)
        self.tiles = {}

    def tile(self, at, shape):
        pixels = super().tile(at, shape)
        self.tiles[at] = pixels.tobytes()
        return pixels


def _zip(path, zipped):
    """Writes the file with its tiles compressed by zlib, behind its end."""
    reader = _Tiles(path.read_bytes())
    layer = reader.image().layers[0].pixels
    check(reader.version >= 11, f"version {reader.version} has no long pointers")
    data = reader.data
    for at, tile in reader.tiles.items():
        old, new = struct.pack(">Q", at), struct.pack(">Q", len(data))
        check(data.count(old) == 1, "a tile's pointer is not unique")
        data = data.replace(old, new) + zlib.compress(tile)
    rle, zip_ = (struct.pack(">IIB", xcf.COMPRESSION, 1, kind) for kind in (1, 2))
    check(data.count(rle) == 1, "the compression is not found")
    zipped.write_bytes(data.replace(rle, zip_))
    same_samples(xcf.read(zipped).layers[0].pixels, layer, "the layer")
