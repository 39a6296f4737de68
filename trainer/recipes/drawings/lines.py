"""Line drawings: hatched figures, technical drawings, patterns of thin lines, handwriting."""

import math
import random
from itertools import pairwise

import fonts
from canvas import Canvas, Shapes, grey, mixed, paper_and_ink
from PIL import Image


def curve(points, closed=False, steps=12) -> list[tuple[float, float]]:
    """Points on a Catmull-Rom spline through `points`."""
    count = len(points)
    found = []
    for i in range(count if closed else count - 1):
        index = [i - 1, i, i + 1, i + 2]
        place = [n % count if closed else min(max(n, 0), count - 1) for n in index]
        a, b, c, d = (points[n] for n in place)
        for step in range(steps):
            t = step / steps
            found.append(tuple(spline(*axis, t) for axis in zip(a, b, c, d, strict=True)))
    return [*found, found[0] if closed else points[-1]]


def spline(a, b, c, d, t) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )


def blob(draw: random.Random, centre, radius: float, corners=None, rough=0.35):
    """A closed curve around a point."""
    corners = corners or draw.randint(5, 10)
    at = draw.uniform(0, math.tau)
    points = []
    for i in range(corners):
        far = radius * draw.uniform(1 - rough, 1 + rough)
        angle = at + math.tau * i / corners
        points.append((centre[0] + far * math.cos(angle), centre[1] + far * math.sin(angle)))
    return curve(points, closed=True)


def inside(points, y: float) -> list[tuple[float, float]]:
    """Where the horizontal at `y` runs within a closed curve: spans of x."""
    crossings = sorted(
        x0 + (y - y0) / (y1 - y0) * (x1 - x0)
        for (x0, y0), (x1, y1) in pairwise(points)
        if (y0 <= y) != (y1 <= y)
    )
    return list(zip(crossings[::2], crossings[1::2], strict=False))


def hatch(shapes: Shapes, points, angle: float, gap: float, ink, width: float) -> None:
    """Parallel lines within a closed curve."""
    sin, cos = math.sin(angle), math.cos(angle)
    turned = [(x * cos + y * sin, y * cos - x * sin) for x, y in points]
    y = min(y for _, y in turned) + gap / 2
    while y < max(y for _, y in turned):
        for left, right in inside(turned, y):
            ends = [(x * cos - y * sin, x * sin + y * cos) for x in (left, right)]
            shapes.line(ends, ink, width)
        y += gap


def figures(draw: random.Random, shapes: Shapes, size, ink, paper) -> None:
    """Curved forms over each other, each hatched in one or two directions."""
    for _ in range(draw.randint(6, 22)):
        centre = draw.uniform(0, size[0]), draw.uniform(0, size[1])
        outline = blob(draw, centre, draw.uniform(20, 180))
        width = draw.choice([0.7, 1, 1, 1.5, 2, 3])
        shapes.polygon(outline, draw.choice([paper, paper, None]), ink, width)
        for _ in range(draw.choice([0, 1, 1, 2])):
            gap, thin = draw.uniform(2.5, 12), draw.choice([0.6, 0.8, 1])
            hatch(shapes, outline, draw.uniform(0, math.pi), gap, ink, thin)
    for _ in range(draw.randint(0, 12)):
        points = [(draw.uniform(0, size[0]), draw.uniform(0, size[1])) for _ in range(5)]
        shapes.line(curve(points), ink, draw.choice([0.7, 1, 2]))


def plan(draw: random.Random, shapes: Shapes, size, ink, paper) -> None:
    """Walls, circles, dashed axes and dimensions, as a technical drawing has them."""
    for _ in range(draw.randint(8, 25)):
        x, y = draw.uniform(0, size[0]), draw.uniform(0, size[1])
        width, height = draw.uniform(20, 260), draw.uniform(20, 260)
        kind = draw.randrange(4)
        thick = draw.choice([0.7, 1, 2, 4])
        if kind == 0:
            shapes.rectangle((x, y, x + width, y + height), None, ink, thick)
        elif kind == 1:
            shapes.ellipse((x, y), (width / 2, width / 2), None, ink, thick)
            shapes.ellipse((x, y), (width / 3, width / 3), None, ink, 1)
            dashed(shapes, (x - width * 0.6, y), (x + width * 0.6, y), ink)
            dashed(shapes, (x, y - width * 0.6), (x, y + width * 0.6), ink)
        elif kind == 2:
            corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
            shapes.polygon(corners, paper, ink, thick)
            hatch(shapes, corners, math.pi / 4, draw.uniform(4, 9), ink, 0.7)
        else:
            shapes.line([(x, y), (x + width, y)], ink, 0.7)
            for end in (x, x + width):
                shapes.line([(end - 4, y + 4), (end + 4, y - 4)], ink, 1)


def dashed(shapes: Shapes, start, end, ink, dash=6.0, width=0.8) -> None:
    length = math.dist(start, end)
    count = max(int(length / dash), 1)
    for i in range(0, count, 2):
        ends = [
            tuple(a + (b - a) * min(t / count, 1) for a, b in zip(start, end, strict=True))
            for t in (i, i + 1)
        ]
        shapes.line(ends, ink, width)


def patterns(draw: random.Random, shapes: Shapes, size, ink, paper) -> None:
    """Fans, rings and gratings whose lines come closer and closer."""
    shapes.rectangle((0, 0, *size), paper)
    for _ in range(draw.randint(3, 7)):
        x, y = draw.uniform(0, size[0]), draw.uniform(0, size[1])
        radius, kind = draw.uniform(60, 260), draw.randrange(3)
        if kind == 0:
            count = draw.choice([24, 48, 72, 120])
            for i in range(count):
                angle = math.tau * i / count
                far = (x + radius * math.cos(angle), y + radius * math.sin(angle))
                shapes.line([(x, y), far], ink, draw.choice([0.7, 1]))
        elif kind == 1:
            gap, ring = draw.uniform(5, 14), radius
            while ring > 2:
                shapes.ellipse((x, y), (ring, ring), None, ink, draw.choice([0.8, 1, 1.5]))
                ring, gap = ring - gap, max(gap * 0.94, 2.2)
        else:
            angle, gap, at = draw.uniform(0, math.pi), draw.uniform(6, 16), -radius
            along, across = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
            while at < radius:
                middle = x + across[0] * at, y + across[1] * at
                ends = [
                    (middle[0] + s * radius * along[0], middle[1] + s * radius * along[1])
                    for s in (-1, 1)
                ]
                shapes.line(ends, ink, 1)
                at, gap = at + gap, max(gap * 0.96, 2.0)


def handwriting(draw: random.Random, shapes: Shapes, size, ink, paper) -> None:
    """Rows of loops and strokes on ruled paper."""
    gap = draw.randint(18, 46)
    if draw.random() < 0.6:
        for y in range(gap, size[1], gap):
            shapes.line([(0, y), (size[0], y)], mixed(paper, ink, 0.25), 1)
    width, lean = draw.uniform(0.8, 3), draw.uniform(-0.2, 0.6)
    for y in range(gap, size[1], gap):
        x = draw.uniform(8, 40)
        while x < size[0] - 30:
            points = []
            for _ in range(draw.randint(4, 16)):
                high = draw.choice([0.35, 0.4, 0.4, 0.9, -0.3]) * gap
                points += [(x + lean * high, y - high), (x + draw.uniform(1, 5), y)]
                x += draw.uniform(0.12, 0.32) * gap
            shapes.line(curve(points, steps=6), ink, width)
            x += 0.4 * gap


def lines(draw: random.Random, size) -> Image.Image:
    """A line drawing of one of four kinds, some with letters beside it."""
    paper, ink = paper_and_ink(draw)
    canvas = Canvas(draw, size, paper)
    kind = draw.choice([figures, figures, plan, patterns, handwriting])
    with canvas.shapes() as shapes:
        kind(draw, shapes, size, ink, paper)
    if kind is plan:
        font = fonts.face(draw, "latin").at(draw.randint(9, 18))
        for _ in range(draw.randint(5, 20)):
            at = draw.uniform(0, size[0]), draw.uniform(0, size[1])
            canvas.text(at, f"{draw.randint(5, 4200)}", font, draw.choice([ink, grey(128)]))
    return canvas.picture
