"""A picture to draw on, with smooth or hard edges, and text as screens show it."""

import colorsys
import random

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

# Weights of neighbouring subpixels, as FreeType's default filter has them.
SUBPIXELS = np.array([8, 77, 86, 77, 8]) / 256


def colour(draw: random.Random, saturation=(0.0, 1.0), value=(0.0, 1.0)) -> Colour:
    """A random colour of that saturation and value, both 0 to 1."""
    hsv = draw.random(), draw.uniform(*saturation), draw.uniform(*value)
    red, green, blue = colorsys.hsv_to_rgb(*hsv)
    return round(255 * red), round(255 * green), round(255 * blue)


def grey(level: int) -> Colour:
    return level, level, level


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two: `share` of the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def paper_and_ink(draw: random.Random) -> tuple[Colour, Colour]:
    """Two colours that can be told apart: mostly dark on light."""
    light = colour(draw, (0.0, draw.choice([0.02, 0.1, 0.4])), (0.9, 1.0))
    dark = colour(draw, (0.0, draw.choice([0.1, 0.9])), (0.0, 0.35))
    if draw.random() < 0.35:
        light = grey(255)
    if draw.random() < 0.35:
        dark = grey(0)
    return (light, dark) if draw.random() < 0.75 else (dark, light)


class Canvas:
    """A picture of `size` pixels. Shapes are in pixels, with fractions; where `smooth`, they are
    drawn four times as large, so that their edges are. Text is `hard`, `grey` or `subpixel`."""

    def __init__(self, draw: random.Random, size: tuple[int, int], paper: Colour):
        self.size = size
        self.smooth = draw.random() < 0.75
        self.text_mode = draw.choice(["grey", "grey", "subpixel", "hard"])
        self.picture = Image.new("RGB", size, paper)

    @property
    def factor(self) -> int:
        return 4 if self.smooth else 1

    def shapes(self, box: tuple[float, float, float, float] | None = None) -> "Shapes":
        """Begins shapes, which appear with `with`; they lie in `box` where one is given."""
        return Shapes(self, box)

    def text(self, at: tuple[float, float], text: str, font, ink: Colour, anchor="la") -> None:
        """Writes `text` at a point, as Pillow's anchors say."""
        if self.text_mode == "subpixel":
            self._subpixel(at, text, font, ink, anchor)
            return
        pen = ImageDraw.Draw(self.picture)
        pen.fontmode = "1" if self.text_mode == "hard" else "L"
        pen.text((round(at[0]), round(at[1])), text, ink, font, anchor)

    def _subpixel(self, at, text, font, ink, anchor) -> None:
        large = font.font_variant(size=round(font.size * 3))
        left, top, right, bottom = large.getbbox(text, anchor=anchor)
        if right <= left or bottom <= top:
            return
        # The text's box in pixels, with room for the filter.
        x0, y0 = int(np.floor(left / 3)) - 2, int(np.floor(top / 3)) - 1
        width, height = int(np.ceil(right / 3)) + 2 - x0, int(np.ceil(bottom / 3)) + 1 - y0
        mask = Image.new("L", (width * 3, height * 3))
        ImageDraw.Draw(mask).text((-3 * x0, -3 * y0), text, 255, large, anchor)
        rows = np.asarray(mask, np.float64).reshape(height, 3, width * 3).mean(1) / 255
        wide = np.pad(rows, ((0, 0), (2, 2)))
        cover = sum(w * wide[:, i : i + width * 3] for i, w in enumerate(SUBPIXELS))
        cover = np.clip(cover, 0, 1).reshape(height, width, 3)
        x, y = round(at[0]) + x0, round(at[1]) + y0
        box = max(x, 0), max(y, 0), min(x + width, self.size[0]), min(y + height, self.size[1])
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        cover = cover[box[1] - y : box[3] - y, box[0] - x : box[2] - x]
        under = np.asarray(self.picture.crop(box), np.float64)
        over = under + (np.array(ink) - under) * cover
        self.picture.paste(Image.fromarray(np.round(over).astype(np.uint8)), box[:2])


class Shapes:
    """Shapes on a part of a canvas: lines, polygons, ellipses, rectangles, arcs."""

    def __init__(self, canvas: Canvas, box):
        self.canvas = canvas
        self.box = tuple(round(v) for v in box) if box else (0, 0, *canvas.size)
        width, height = self.box[2] - self.box[0], self.box[3] - self.box[1]
        part = canvas.picture.crop(self.box)
        factor = canvas.factor
        self.part = part.resize(
            (max(width, 1) * factor, max(height, 1) * factor), Image.Resampling.NEAREST
        )
        self.pen = ImageDraw.Draw(self.part)

    def __enter__(self):
        return self

    def __exit__(self, kind, _value, _trace):
        if kind is None:
            size = self.box[2] - self.box[0], self.box[3] - self.box[1]
            if size[0] > 0 and size[1] > 0:
                self.canvas.picture.paste(
                    self.part.resize(size, Image.Resampling.BOX), self.box[:2]
                )

    def _place(self, points):
        factor = self.canvas.factor
        return [((x - self.box[0]) * factor, (y - self.box[1]) * factor) for x, y in points]

    def _wide(self, width: float) -> int:
        return max(round(width * self.canvas.factor), 1)

    def line(self, points, ink: Colour, width=1.0) -> None:
        """A line through points, with round corners and ends where it is thick."""
        placed, wide = self._place(points), self._wide(width)
        self.pen.line(placed, ink, wide, "curve")
        if wide > 3:
            half = wide / 2
            for x, y in (placed[0], placed[-1]):
                self.pen.ellipse((x - half, y - half, x + half, y + half), ink)

    def polygon(self, points, fill: Colour | None, ink: Colour | None = None, width=1.0) -> None:
        placed = self._place(points)
        if fill:
            self.pen.polygon(placed, fill)
        if ink:
            self.pen.line([*placed, placed[0], placed[1]], ink, self._wide(width), "curve")

    def rectangle(self, box, fill=None, ink=None, width=1.0, radius=0.0) -> None:
        (x0, y0), (x1, y1) = self._place([box[:2], box[2:]])
        factor = self.canvas.factor
        # Pillow's rectangles have their last row and column inside.
        box = x0, y0, max(x1 - 1, x0), max(y1 - 1, y0)
        wide = self._wide(width) if ink else 0
        if radius and min(box[2] - box[0], box[3] - box[1]) > 2:
            self.pen.rounded_rectangle(box, radius * factor, fill, ink, wide)
        else:
            self.pen.rectangle(box, fill, ink, wide)

    def ellipse(self, centre, radii, fill=None, ink=None, width=1.0) -> None:
        (x, y) = self._place([centre])[0]
        across, down = (r * self.canvas.factor for r in radii)
        wide = self._wide(width) if ink else 0
        self.pen.ellipse((x - across, y - down, x + across, y + down), fill, ink, wide)

    def arc(self, centre, radius, angles, ink, width=1.0, pie=None) -> None:
        """An arc between two angles in degrees; with `pie`, a filled slice."""
        (x, y) = self._place([centre])[0]
        r = radius * self.canvas.factor
        box = x - r, y - r, x + r, y + r
        if pie:
            self.pen.pieslice(box, *angles, pie, ink, self._wide(width))
        else:
            self.pen.arc(box, *angles, ink, self._wide(width))
