"""Comics: panels of flat colours, ink of changing width, balloons with words, dots of tone."""

import math
import random
from itertools import pairwise

import fonts
import numpy as np
from canvas import Canvas, Shapes, colour, grey, mixed
from lines import blob, curve, hatch
from PIL import Image, ImageDraw
from text import wrapped


def stroke(shapes: Shapes, points, ink, width: float) -> None:
    """A line that is thin at its ends and thick in the middle."""
    for i, (start, end) in enumerate(pairwise(points)):
        thick = width * (0.25 + 0.75 * math.sin(math.pi * (i + 0.5) / (len(points) - 1)))
        shapes.line([start, end], ink, thick)


def head(draw: random.Random, shapes: Shapes, centre, radius: float, ink) -> None:
    """A face in a few lines: hair, eyes, mouth."""
    x, y = centre
    skin = draw.choice(
        [(250, 220, 190), (200, 150, 110), (120, 80, 60), (255, 240, 225), grey(255)]
    )
    hair, width = colour(draw, (0.2, 0.9), (0.05, 0.9)), max(radius / 22, 1)
    shapes.polygon(blob(draw, (x, y - radius * 0.35), radius * 1.1, 12, 0.15), hair, ink, width)
    shapes.ellipse((x, y), (radius * 0.8, radius), skin, ink, width)
    for side in (-1, 1):
        eye = x + side * radius * 0.34, y - radius * 0.05
        shapes.ellipse(eye, (radius * 0.2, radius * 0.26), grey(255), ink, width)
        shapes.ellipse(eye, (radius * 0.09, radius * 0.14), colour(draw, (0.3, 1), (0.1, 0.6)))
        brow = [(eye[0] - radius * 0.2, eye[1] - radius * 0.36), (eye[0], eye[1] - radius * 0.45)]
        stroke(
            shapes,
            curve([*brow, (eye[0] + radius * 0.2, eye[1] - radius * 0.36)]),
            ink,
            width * 2.5,
        )
    deep = draw.uniform(-0.1, 0.25) * radius
    mouth = [
        (x - radius * 0.3, y + radius * 0.5),
        (x, y + radius * 0.5 + deep),
        (x + radius * 0.3, y + radius * 0.5),
    ]
    stroke(shapes, curve(mouth), ink, width * 2)
    nose = [
        (x, y + radius * 0.1),
        (x + radius * 0.08, y + radius * 0.28),
        (x - 2, y + radius * 0.3),
    ]
    stroke(shapes, curve(nose), ink, width * 1.5)


def scenery(draw: random.Random, shapes: Shapes, box, ink) -> None:
    """Hills, clouds and houses of flat colours."""
    x0, y0, x1, y1 = box
    base = y0 + (y1 - y0) * draw.uniform(0.4, 0.8)
    for _ in range(draw.randint(1, 3)):
        ridge = [(x0 - 9 + (x1 - x0 + 18) * i / 5, base + draw.uniform(-40, 30)) for i in range(6)]
        ridge = curve(ridge)
        shapes.polygon([*ridge, (x1, y1), (x0, y1), ridge[0]], colour(draw, (0.2, 0.8), (0.4, 1)))
        stroke(shapes, ridge, ink, 2.5)
        base += 30
    for _ in range(draw.randint(0, 4)):
        x, wide, high = draw.uniform(x0, x1), draw.uniform(30, 90), draw.uniform(40, 160)
        wall = colour(draw, (0.1, 0.7), (0.4, 1))
        shapes.rectangle((x, base - high, x + wide, base + 20), wall, ink, 2)
        for wx in range(round(x) + 6, round(x + wide) - 8, 14):
            for wy in range(round(base - high) + 8, round(base) - 10, 18):
                shapes.rectangle((wx, wy, wx + 8, wy + 11), mixed(wall, grey(30), 0.6))
    for _ in range(draw.randint(0, 3)):
        place = draw.uniform(x0, x1), draw.uniform(y0, base - 40) if base > y0 + 50 else y0
        shapes.polygon(blob(draw, place, draw.uniform(15, 50), 9, 0.2), grey(255), ink, 1.5)


def tone(draw: random.Random, picture: Image.Image, box, ink) -> None:
    """Dots on a turned grid over a form within the box, as pasted tone has them."""
    width, height = box[2] - box[0], box[3] - box[1]
    gap, angle = draw.uniform(3.5, 9), math.radians(draw.choice([0, 30, 45]))
    scale = 4
    y, x = np.mgrid[0 : height * scale, 0 : width * scale] / scale
    u, v = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    radius = gap * draw.uniform(0.2, 0.45) * np.clip(x / width + draw.uniform(0, 1), 0.3, 1)
    dots = np.hypot((u + gap / 2) % gap - gap / 2, (v + gap / 2) % gap - gap / 2) < radius
    form = Image.new("L", (width * scale, height * scale))
    centre = draw.uniform(0, width), draw.uniform(0, height)
    outline = [(a * scale, b * scale) for a, b in blob(draw, centre, min(width, height) * 0.5)]
    ImageDraw.Draw(form).polygon(outline, 255)
    mask = (dots & (np.asarray(form) > 0)).astype(np.uint8) * 255
    mask = Image.fromarray(mask).resize((width, height), Image.Resampling.BOX)
    picture.paste(ink, (box[0], box[1]), mask)


def balloon(canvas: Canvas, draw: random.Random, box, ink) -> None:
    """A balloon with words, and its tail."""
    letters = draw.randint(11, 24)
    script = fonts.script(draw)
    text = fonts.phrase(draw, script, draw.randint(2, 9))
    if script in ("latin", "cyrillic", "greek"):
        text = text.upper()
    face = fonts.face(draw, "comic" if script == "latin" else script, text)
    font = face.at(letters)
    text_lines = wrapped(text, font, max(box[2] - box[0], 90) * 0.5)[:5]
    wide = max(font.getlength(line) for line in text_lines) / 2 + letters
    high = len(text_lines) * letters * 0.65 + letters
    x, y = box[0] + wide + 8, box[1] + high + 6
    with canvas.shapes() as shapes:
        tail = [(x - 10, y + high * 0.6), (x + wide * 0.5, y + high + 40), (x + 14, y + high * 0.6)]
        shapes.ellipse((x, y), (wide, high), grey(255), ink, 2.5)
        shapes.polygon([*tail, tail[0]], grey(255))
        shapes.line(tail[:2], ink, 2)
        shapes.line(tail[1:], ink, 2)
    for i, line in enumerate(text_lines):
        middle = y + (i - (len(text_lines) - 1) / 2) * letters * 1.2
        canvas.text((x, middle), line, font, grey(0), "mm")


def panel(canvas: Canvas, draw: random.Random, box, coloured: bool, ink) -> None:
    """A picture of one moment."""
    x0, y0, x1, y1 = box
    sky = colour(draw, (0.1, 0.6), (0.7, 1)) if coloured else grey(255)
    with canvas.shapes(box) as shapes:
        shapes.rectangle(box, sky)
        scenery(draw, shapes, box, ink)
        for _ in range(draw.randint(1, 2)):
            radius = draw.uniform(0.14, 0.34) * min(x1 - x0, y1 - y0)
            centre = draw.uniform(x0 + radius, x1 - radius), y1 - draw.uniform(0.7, 1.6) * radius
            body = blob(draw, (centre[0], centre[1] + 2 * radius), radius * 1.3, 8, 0.15)
            shapes.polygon(body, colour(draw, (0.3, 1), (0.3, 1)), ink, 2)
            hatch(shapes, body, draw.uniform(0, 3), draw.uniform(4, 9), ink, 0.9)
            head(draw, shapes, centre, radius, ink)
        if draw.random() < 0.25:
            centre = (x0 + x1) / 2, (y0 + y1) / 2
            for i in range(60):
                angle, near = math.tau * i / 60, draw.uniform(0.35, 0.5) * (y1 - y0)
                ray = [
                    (centre[0] + r * math.cos(angle), centre[1] + r * math.sin(angle))
                    for r in (near, 900)
                ]
                shapes.line(ray, ink, draw.uniform(0.7, 3))
    if draw.random() < 0.6:
        tone(draw, canvas.picture, tuple(round(v) for v in box), ink)
    if not coloured:
        part = canvas.picture.crop(tuple(round(v) for v in box))
        levels = draw.choice([2, 3, 5])
        steps = [round(round(i / 255 * levels) * 255 / levels) for i in range(256)]
        canvas.picture.paste(part.convert("L").point(steps).convert("RGB"), (round(x0), round(y0)))
    if draw.random() < 0.8:
        balloon(canvas, draw, box, ink)
    with canvas.shapes() as shapes:
        shapes.rectangle(box, None, ink, 3)


def comic(draw: random.Random, size) -> Image.Image:
    """A page of panels, coloured or not."""
    canvas = Canvas(draw, size, draw.choice([grey(255), grey(255), (252, 246, 228)]))
    ink = draw.choice([grey(0), grey(0), (20, 16, 40)])
    rows, gap, coloured = draw.randint(1, 3), draw.randint(6, 16), draw.random() < 0.7
    high = (size[1] - gap) / rows
    for row in range(rows):
        count = draw.randint(1, 3)
        wide = (size[0] - gap) / count
        for column in range(count):
            x, y = gap + column * wide, gap + row * high
            panel(canvas, draw, (x, y, x + wide - gap, y + high - gap), coloured, ink)
    return canvas.picture
