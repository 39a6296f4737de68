"""Source pictures of the cases: small cuts of a photograph, in all kinds and depths."""

import imagecodecs
import numpy
from PIL import Image

from colour_profile import wide_profile, with_profile

SIZE = (40, 36)
OTHER_SIZE = (30, 28)

# A cut with edges and smooth parts, reduced so that it holds much in few pixels.
CUT, SECOND_CUT = (240, 120, 360, 228), (60, 20, 150, 104)


def make(photograph, folder):
    """Writes all sources; their paths by kind and depth, and those of the second layers."""
    with Image.open(photograph) as opened:
        photo = opened.convert("RGB")
    rng = numpy.random.default_rng(1)
    main = _deep(photo.crop(CUT).resize(SIZE, Image.Resampling.BOX), rng)
    second = _deep(photo.crop(SECOND_CUT).resize(OTHER_SIZE, Image.Resampling.BOX), rng)
    sources = {}
    for depth in (8, 16):
        for kind in ("RGB", "RGBA", "GRAY", "WIDE", "NOISY"):
            for role, pixels in (("photo", main), ("other", second)):
                path = folder / f"{role}-{kind}-{depth}.png"
                png = imagecodecs.png_encode(_sample(_kind(pixels, kind), depth))
                path.write_bytes(with_profile(png, wide_profile()) if kind == "WIDE" else png)
                sources[role, kind, depth] = path
    return sources


def _deep(picture, rng):
    """Values from 0 to 1, with more bits than 8."""
    values = numpy.asarray(picture, numpy.float64) / 255
    return numpy.clip(values + rng.uniform(-0.5, 0.5, values.shape) / 255, 0, 1)


def _kind(pixels, kind):
    """The picture as another kind; with alpha that has every value, and both ends in patches."""
    if kind == "GRAY":
        return pixels.mean(axis=2)
    if kind in ("RGB", "WIDE"):
        return pixels
    if kind == "NOISY":
        noise = numpy.random.default_rng(2).normal(0, 25 / 255, pixels.shape)
        return numpy.clip(pixels + noise, 0, 1)
    height, width = pixels.shape[:2]
    down, right = numpy.mgrid[0:height, 0:width]
    alpha = numpy.clip(1.4 * right / width + 0.5 * down / height - 0.4, 0, 1)
    return numpy.dstack([pixels, alpha])


def _sample(pixels, depth):
    top = 2**depth - 1
    return numpy.round(pixels * top).astype("u1" if depth == 8 else "u2")
