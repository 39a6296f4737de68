"""Maps and diagrams: land and water, streets, contours, boxes joined by arrows."""

import math
import random

import fonts
from canvas import Canvas, Shapes, colour, grey, mixed, paper_and_ink
from lines import blob, curve, dashed
from PIL import Image


def names(canvas: Canvas, draw: random.Random, count: int, ink, halo) -> None:
    """Names of places, light around the letters."""
    script = fonts.script(draw)
    for _ in range(count):
        text = " ".join(fonts.words(draw, script, draw.randint(1, 2))).title()
        font = fonts.face(draw, script, text).at(draw.choice([9, 10, 11, 12, 14, 18, 26]))
        x, y = draw.uniform(-20, canvas.size[0]), draw.uniform(0, canvas.size[1])
        if draw.random() < 0.7:
            for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                canvas.text((x + dx, y + dy), text, font, halo)
        canvas.text((x, y), text, font, ink)


def streets(draw: random.Random, shapes: Shapes, size, land) -> None:
    """A net of streets, the wider ones over the narrower, with houses between."""
    house = mixed(land, grey(120), 0.35)
    gap = draw.randint(24, 70)
    turn = draw.uniform(-0.5, 0.5)
    sin, cos = math.sin(turn), math.cos(turn)
    far = size[0] + size[1]

    def place(x, y):
        return x * cos - y * sin + size[0] / 2, x * sin + y * cos + size[1] / 2

    for x in range(-far // 2, far // 2, gap):
        for y in range(-far // 2, far // 2, gap):
            if draw.random() < 0.6:
                w, h = draw.uniform(0.3, 0.8) * gap, draw.uniform(0.3, 0.8) * gap
                corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]
                shapes.polygon([place(*c) for c in corners], house, mixed(house, grey(0), 0.3), 0.7)
    for width, ink, count in ((3, grey(255), 9), (7, (253, 235, 150), 4), (11, (250, 190, 90), 2)):
        for _ in range(count):
            points = [
                place(draw.uniform(-far, far) / 2, draw.uniform(-far, far) / 2) for _ in range(4)
            ]
            way = curve(points, steps=20)
            shapes.line(way, mixed(ink, grey(60), 0.5), width + 1.5)
            shapes.line(way, ink, width)


def contours(draw: random.Random, shapes: Shapes, size) -> None:
    """Lines of height around a few hills."""
    ink = (176, 128, 84)
    for _ in range(draw.randint(2, 5)):
        centre = draw.uniform(0, size[0]), draw.uniform(0, size[1])
        hill = blob(draw, centre, 1.0, rough=0.25)
        radius, number = draw.uniform(100, 400), 0
        while radius > 6:
            ring = [
                (centre[0] + (x - centre[0]) * radius, centre[1] + (y - centre[1]) * radius)
                for x, y in hill
            ]
            shapes.line(ring, ink, 1.6 if number % 5 == 0 else 0.8)
            radius, number = radius - draw.uniform(5, 14), number + 1


def map_of_land(draw: random.Random, size) -> Image.Image:
    land = colour(draw, (0.03, 0.25), (0.88, 0.98))
    canvas = Canvas(draw, size, land)
    water = colour(draw, (0.2, 0.5), (0.8, 0.95))
    with canvas.shapes() as shapes:
        for _ in range(draw.randint(1, 5)):
            centre = draw.uniform(0, size[0]), draw.uniform(0, size[1])
            fill = draw.choice([water, water, (205, 225, 180)])
            shapes.polygon(
                blob(draw, centre, draw.uniform(50, 260)), fill, mixed(fill, (20, 60, 110), 0.4), 1
            )
        if draw.random() < 0.5:
            contours(draw, shapes, size)
        if draw.random() < 0.8:
            streets(draw, shapes, size, land)
        for _ in range(draw.randint(0, 3)):
            points = [(draw.uniform(0, size[0]), draw.uniform(0, size[1])) for _ in range(4)]
            border = curve(points)
            for start, end in zip(border[::2], border[2::2], strict=False):
                dashed(shapes, start, end, (160, 60, 120), 5, 1.5)
    names(canvas, draw, draw.randint(15, 50), grey(draw.randint(0, 80)), grey(255))
    return canvas.picture


def arrow(shapes: Shapes, start, end, ink, width: float) -> None:
    shapes.line([start, end], ink, width)
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    tip = [end]
    for side in (-0.4, 0.4):
        tip.append((end[0] - 11 * math.cos(angle + side), end[1] - 11 * math.sin(angle + side)))
    shapes.polygon([*tip, end], ink)


def diagram(draw: random.Random, size) -> Image.Image:
    """Boxes, ellipses and diamonds on a grid, joined by arrows, with words in them."""
    paper, ink = paper_and_ink(draw)
    canvas = Canvas(draw, size, paper)
    step = draw.randint(120, 190), draw.randint(80, 130)
    places = [
        (x, y)
        for x in range(step[0] // 2, size[0], step[0])
        for y in range(step[1] // 2, size[1], step[1])
        if draw.random() < 0.8
    ]
    half = step[0] * 0.36, step[1] * 0.28
    script, letters = fonts.script(draw), draw.randint(9, 16)
    with canvas.shapes() as shapes:
        for place in places:
            other = draw.choice(places)
            if other != place:
                arrow(
                    shapes,
                    place,
                    (other[0], other[1] - half[1]),
                    mixed(paper, ink, 0.8),
                    draw.choice([1, 1.5, 2]),
                )
        for x, y in places:
            fill = mixed(paper, colour(draw, (0.3, 1), (0.5, 1)), draw.choice([0, 0.2, 0.6]))
            box = x - half[0], y - half[1], x + half[0], y + half[1]
            kind = draw.randrange(3)
            if kind == 0:
                shapes.rectangle(box, fill, ink, draw.choice([1, 2]), draw.choice([0, 8]))
            elif kind == 1:
                shapes.ellipse((x, y), half, fill, ink, draw.choice([1, 2]))
            else:
                corners = [(x - half[0], y), (x, y - half[1]), (x + half[0], y), (x, y + half[1])]
                shapes.polygon([*corners, corners[0]], fill, ink, 1.5)
    for x, y in places:
        text = fonts.phrase(draw, script, 2)
        font = fonts.face(draw, script, text).at(letters)
        while text and font.getlength(text) > 1.7 * half[0]:
            text = text[:-1]
        if text:
            canvas.text((x, y), text, font, ink, "mm")
    return canvas.picture


def maps(draw: random.Random, size) -> Image.Image:
    """A map or a diagram."""
    return draw.choice([map_of_land, map_of_land, diagram])(draw, size)
