"""Charts: curves, bars, points, slices and tiles of colour, with axes and legends."""

import colorsys
import math
import random

import fonts
from canvas import Canvas, Shapes, colour, mixed, paper_and_ink
from PIL import Image


class Frame:
    """Where a chart lies, and its colours and faces."""

    def __init__(self, draw: random.Random, canvas: Canvas, box, colours):
        self.draw, self.canvas, self.box = draw, canvas, box
        self.paper, self.ink = colours
        self.series = [colour(draw, (0.4, 1), (0.4, 0.95)) for _ in range(draw.randint(1, 5))]
        self.script = fonts.script(draw)
        sample = " ".join(fonts.words(draw, self.script, 40))
        size = draw.randint(9, 15)
        self.font = fonts.face(draw, self.script, sample).at(size)
        self.numbers = fonts.face(draw, "latin").at(size)
        self.ruled = draw.random() < 0.6

    def at(self, across: float, up: float) -> tuple[float, float]:
        """A point by its shares of the frame's width and height, from the lower left corner."""
        x0, y0, x1, y1 = self.box
        return x0 + across * (x1 - x0), y1 - up * (y1 - y0)

    def axes(self, shapes: Shapes) -> None:
        faint = mixed(self.paper, self.ink, 0.25)
        for i in range(11):
            if self.ruled:
                shapes.line([self.at(0, i / 10), self.at(1, i / 10)], faint, 0.8)
            (x, y), (u, v) = self.at(0, i / 10), self.at(i / 10, 0)
            shapes.line([(x - 4, y), (x, y)], self.ink, 1)
            shapes.line([(u, v), (u, v + 4)], self.ink, 1)
        shapes.line([self.at(0, 1), self.at(0, 0), self.at(1, 0)], self.ink, 1.4)

    def labels(self) -> None:
        top = 10 ** self.draw.randint(0, 4)
        for i in range(0, 11, 2):
            (x, y), (u, v) = self.at(0, i / 10), self.at(i / 10, 0)
            self.canvas.text((x - 7, y), f"{top * i / 10:g}", self.numbers, self.ink, "rm")
            self.canvas.text((u, v + 6), f"{1990 + 3 * i}", self.numbers, self.ink, "ma")
        title = fonts.phrase(self.draw, self.script, 4)
        self.canvas.text(
            (self.box[0] + 10, self.box[1] - 2.2 * self.font.size), title, self.font, self.ink
        )

    def legend(self) -> None:
        x, y = self.at(self.draw.uniform(0.05, 0.7), self.draw.uniform(0.6, 0.95))
        for i, ink in enumerate(self.series):
            line = y + i * 1.5 * self.font.size
            with self.canvas.shapes((x, line - 7, x + 18, line + 7)) as shapes:
                shapes.rectangle((x, line - 5, x + 16, line + 5), ink)
            self.canvas.text(
                (x + 22, line), fonts.phrase(self.draw, self.script, 1), self.font, self.ink, "lm"
            )


def walk(draw: random.Random, count: int) -> list[float]:
    """Numbers within 0 to 1 that change little by little."""
    value, found, rough = draw.random(), [], draw.choice([0.02, 0.08, 0.2])
    for _ in range(count):
        value = min(max(value + draw.gauss(0, rough), 0.02), 0.98)
        found.append(value)
    return found


def curves(frame: Frame, shapes: Shapes) -> None:
    draw = frame.draw
    for ink in frame.series:
        count = draw.choice([8, 20, 60, 200])
        points = [frame.at(i / (count - 1), v) for i, v in enumerate(walk(draw, count))]
        if draw.random() < 0.2:
            area = [*points, frame.at(1, 0), frame.at(0, 0), points[0]]
            shapes.polygon(area, mixed(frame.paper, ink, 0.4))
        shapes.line(points, ink, draw.choice([0.8, 1, 1.5, 2.5]))
        if count <= 20:
            for point in points:
                shapes.ellipse(point, (3, 3), draw.choice([ink, frame.paper]), ink)


def bars(frame: Frame, shapes: Shapes) -> None:
    draw = frame.draw
    groups = draw.randint(3, 14)
    width = 0.8 / groups / len(frame.series)
    for group in range(groups):
        for i, ink in enumerate(frame.series):
            left = (group + 0.1) / groups + i * width
            (x0, y0), (x1, y1) = frame.at(left, draw.uniform(0.05, 0.95)), frame.at(left + width, 0)
            shapes.rectangle((x0, y0, x1, y1), ink, draw.choice([None, frame.ink]))


def points(frame: Frame, shapes: Shapes) -> None:
    draw = frame.draw
    for ink in frame.series:
        middle, radius = (draw.random(), draw.random()), draw.choice([1, 2, 3, 5])
        for _ in range(draw.randint(30, 300)):
            place = [min(max(draw.gauss(m, 0.15), 0), 1) for m in middle]
            shapes.ellipse(frame.at(*place), (radius, radius), ink)


def tiles(frame: Frame, shapes: Shapes) -> None:
    draw = frame.draw
    columns, rows = draw.randint(6, 30), draw.randint(6, 30)
    hue, phase = draw.random(), draw.uniform(0, 6)
    for i in range(columns):
        for k in range(rows):
            value = 0.5 + 0.5 * math.sin(i / 4 + phase) * math.cos(k / 3) + draw.gauss(0, 0.08)
            share = min(max(value, 0), 1)
            rgb = colorsys.hsv_to_rgb((hue + 0.5 * share) % 1, 0.7, 0.3 + 0.65 * share)
            (x0, y1), (x1, y0) = (
                frame.at(i / columns, k / rows),
                frame.at((i + 1) / columns, (k + 1) / rows),
            )
            shapes.rectangle((x0, y0, x1, y1), tuple(round(255 * c) for c in rgb))


def slices(frame: Frame, shapes: Shapes) -> None:
    draw = frame.draw
    centre = frame.at(0.5, 0.5)
    radius = 0.45 * min(frame.box[2] - frame.box[0], frame.box[3] - frame.box[1])
    angle, edge = draw.uniform(0, 360), draw.choice([frame.paper, frame.ink])
    ends = sorted(draw.uniform(0, 360) for _ in range(draw.randint(3, 9)))
    for start, end in zip(ends, [*ends[1:], ends[0] + 360], strict=True):
        fill = colour(draw, (0.3, 0.9), (0.5, 0.95))
        shapes.arc(centre, radius, (start + angle, end + angle), edge, 1.5, fill)
    if draw.random() < 0.4:
        shapes.ellipse(centre, (radius / 2, radius / 2), frame.paper, edge)


def charts(draw: random.Random, size) -> Image.Image:
    """One to four charts on a page."""
    colours = paper_and_ink(draw)
    canvas = Canvas(draw, size, colours[0])
    columns, rows = draw.choice([(1, 1), (1, 1), (2, 1), (1, 2), (2, 2)])
    for column in range(columns):
        for row in range(rows):
            x, y = column * size[0] / columns, row * size[1] / rows
            box = x + 50, y + 40, x + size[0] / columns - 20, y + size[1] / rows - 35
            frame = Frame(draw, canvas, box, colours)
            kind = draw.choice([curves, curves, bars, points, tiles, slices])
            with canvas.shapes((x, y, x + size[0] / columns, y + size[1] / rows)) as shapes:
                if kind is not slices:
                    frame.axes(shapes)
                kind(frame, shapes)
            if kind is not slices:
                frame.labels()
            if draw.random() < 0.6:
                frame.legend()
    return canvas.picture
