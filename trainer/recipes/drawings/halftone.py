"""Printed pictures: shades through screens of dots or lines in one ink or four, or dithered."""

import math
import random

import numpy as np
from canvas import colour, grey
from lines import blob
from PIL import Image, ImageDraw, ImageFilter

# Samples of a pixel each way, where a screen is asked whether there is ink.
SAMPLES = 3


def shades(draw: random.Random, size) -> np.ndarray:
    """A picture of soft colours with some edges, 0 to 1, `[height, width, 3]`."""
    width, height = size
    corners = np.array([[colour(draw) for _ in range(4)] for _ in range(4)], np.uint8)
    picture = Image.fromarray(corners).resize(size, Image.Resampling.BICUBIC)
    for _ in range(draw.randint(4, 14)):
        form = Image.new("L", size)
        centre = draw.uniform(0, width), draw.uniform(0, height)
        ImageDraw.Draw(form).polygon(blob(draw, centre, draw.uniform(20, 220)), 255)
        form = form.filter(ImageFilter.GaussianBlur(draw.choice([0.7, 0.7, 8, 40])))
        fill = np.array([[colour(draw), colour(draw)], [colour(draw), colour(draw)]], np.uint8)
        picture.paste(Image.fromarray(fill).resize(size, Image.Resampling.BILINEAR), (0, 0), form)
    return np.asarray(picture, np.float64) / 255


def screen(draw: random.Random, size, gap: float, angle: float, kind: str) -> np.ndarray:
    """The level at which each sample of a screen gets ink, 0 to 1, `SAMPLES` times the size."""
    width, height = (side * SAMPLES for side in size)
    y, x = np.mgrid[0:height, 0:width] / SAMPLES
    u = (x * math.cos(angle) + y * math.sin(angle)) / gap
    v = (y * math.cos(angle) - x * math.sin(angle)) / gap
    shift = draw.random()
    across = 0.5 + 0.5 * np.cos(math.tau * (u + shift))
    level = across if kind == "line" else (across + 0.5 + 0.5 * np.cos(math.tau * v)) / 2
    # Ranks, so that the share of ink is the shade.
    ordered = np.sort(level[::7, ::7], axis=None)
    return np.searchsorted(ordered, level) / len(ordered)


def printed(
    draw: random.Random, ink: np.ndarray, gap: float, angle: float, kind: str
) -> np.ndarray:
    """How much of every pixel has ink where it shall have `ink`, 0 to 1."""
    height, width = ink.shape
    level = screen(draw, (width, height), gap, angle, kind)
    wanted = ink.repeat(SAMPLES, 0).repeat(SAMPLES, 1)
    dots = (1 - level < wanted).astype(np.float64)
    return dots.reshape(height, SAMPLES, width, SAMPLES).mean((1, 3))


def four_inks(draw: random.Random, picture: np.ndarray) -> np.ndarray:
    """Cyan, magenta, yellow and black, each with a screen of its own angle."""
    cmy = 1 - picture
    black = cmy.min(2) * draw.uniform(0.3, 1)
    cmy = np.clip((cmy - black[..., None]) / np.maximum(1 - black[..., None], 1e-6), 0, 1)
    gap, kind = draw.uniform(3, 9), "dot"
    inks = np.array([[0.05, 0.65, 0.9], [0.9, 0.1, 0.5], [1, 0.93, 0.1], [0.1, 0.1, 0.1]])
    angles = [math.radians(a) for a in (15, 75, 0, 45)]
    paper = np.array([1, 1, 1]) * draw.uniform(0.92, 1)
    result = np.ones_like(picture) * paper
    for i, plane in enumerate([cmy[..., 0], cmy[..., 1], cmy[..., 2], black]):
        cover = printed(draw, plane, gap, angles[i], kind)[..., None]
        result *= 1 - cover * (1 - inks[i])
    return result


def one_ink(draw: random.Random, picture: np.ndarray) -> np.ndarray:
    """One ink on paper through dots or lines."""
    dark = 1 - picture @ np.array([0.299, 0.587, 0.114])
    paper, ink = (
        np.array(c) / 255
        for c in (colour(draw, (0, 0.15), (0.88, 1)), colour(draw, (0, 0.9), (0, 0.4)))
    )
    cover = printed(
        draw,
        dark,
        draw.uniform(3, 10),
        draw.uniform(0, math.pi),
        draw.choice(["dot", "dot", "line"]),
    )
    return paper + cover[..., None] * (ink - paper)


def dithered(draw: random.Random, picture: np.ndarray) -> np.ndarray:
    """Two to sixteen colours, error diffused or ordered, in pixels of one to three."""
    side = draw.choice([1, 1, 2, 3])
    whole = Image.fromarray(np.round(picture * 255).astype(np.uint8))
    small = whole.resize((whole.width // side, whole.height // side), Image.Resampling.BOX)
    if draw.random() < 0.4:
        small = small.convert("1").convert("RGB")
    elif draw.random() < 0.5:
        bayer = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 0.47
        steps = draw.choice([1, 2, 3])
        values = np.asarray(small, np.float64) / 255
        tiled = np.tile(bayer, (small.height // 4 + 1, small.width // 4 + 1))[
            : small.height, : small.width
        ]
        values = np.clip(np.round(values * steps + tiled[..., None]), 0, steps) / steps
        small = Image.fromarray(np.round(values * 255).astype(np.uint8))
    else:
        palette = small.quantize(draw.choice([4, 8, 16]), Image.Quantize.MEDIANCUT)
        small = small.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).convert("RGB")
    large = Image.new("RGB", whole.size, grey(0))
    large.paste(small.resize((small.width * side, small.height * side), Image.Resampling.NEAREST))
    edge = small.width * side, small.height * side
    return np.asarray(large.crop((0, 0, *edge)), np.float64) / 255


def halftone(draw: random.Random, size) -> Image.Image:
    """A printed picture of one of three kinds."""
    way = draw.choice([four_inks, four_inks, one_ink, one_ink, dithered])
    found = way(draw, shades(draw, size))
    return Image.fromarray(np.round(np.clip(found, 0, 1) * 255).astype(np.uint8))
