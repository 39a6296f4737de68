"""Pages of text: columns, headings, tables of words, posters, captions on colour."""

import random

import fonts
import numpy as np
from canvas import Canvas, colour, grey, mixed, paper_and_ink
from PIL import Image, ImageFilter

# Lines of a paragraph are so many sizes apart.
LEADING = 1.2, 1.7


def wrapped(text: str, font, width: float) -> list[str]:
    """Lines of a text that are no wider than `width` pixels; words are broken where there are no
    spaces."""
    spaced = " " in text
    lines, line = [], ""
    for part in text.split(" ") if spaced else text:
        longer = f"{line} {part}" if spaced and line else line + part
        if line and font.getlength(longer) > width:
            lines.append(line)
            longer = part
        line = longer
    return [*lines, line]


def paragraph(canvas: Canvas, draw: random.Random, box, script: str, size: int, ink) -> float:
    """Fills a box with lines of one script; returns where they end."""
    left, top, right, bottom = box
    sample = fonts.phrase(draw, script, 30)
    font = fonts.face(draw, script, sample).at(size)
    leading = size * draw.uniform(*LEADING)
    right_to_left = script in ("arabic", "hebrew")
    anchor = "ra" if right_to_left else draw.choice(["la", "la", "la", "ma"])
    x = {"la": left, "ra": right, "ma": (left + right) / 2}[anchor]
    y = top
    while y + leading <= bottom:
        for line in wrapped(sample, font, right - left):
            if y + leading > bottom:
                break
            canvas.text((x, y), line, font, ink, anchor)
            y += leading
        if draw.random() < 0.4:
            break
        y += leading * draw.choice([0, 0.5, 1])
    return y


def heading(canvas: Canvas, draw: random.Random, box, script: str, size: int, ink) -> float:
    """A line in a large face; returns where it ends."""
    text = fonts.phrase(draw, script, draw.randint(1, 4))
    face = fonts.face(draw, script, text)
    font = face.at(size)
    while font.getlength(text) > box[2] - box[0] and size > 10:
        size = round(size * 0.85)
        font = face.at(size)
    canvas.text((box[0], box[1]), text, font, ink)
    return box[1] + 1.5 * size


def page(draw: random.Random, size) -> Image.Image:
    """Columns of text with headings."""
    width, height = size
    paper, ink = paper_and_ink(draw)
    canvas = Canvas(draw, size, paper)
    columns = draw.choice([1, 1, 2, 3])
    gap = draw.randint(12, 40)
    across = (width - gap * (columns + 1)) / columns
    script = fonts.script(draw)
    for column in range(columns):
        left = gap + column * (across + gap)
        y = draw.uniform(5, 40)
        while y < height - 30:
            if draw.random() < 0.4:
                y = heading(
                    canvas,
                    draw,
                    (left, y, left + across, height),
                    script,
                    draw.randint(18, 64),
                    ink,
                )
            if draw.random() < 0.3:
                script = fonts.script(draw)
            end = min(y + draw.uniform(60, 300), height - 8)
            y = paragraph(
                canvas, draw, (left, y, left + across, end), script, draw.randint(9, 30), ink
            )
            y += draw.uniform(4, 30)
    return canvas.picture


def ladder(draw: random.Random, size) -> Image.Image:
    """Lines from tiny to large, each in its own face, script and colours."""
    width, height = size
    paper, _ = paper_and_ink(draw)
    canvas = Canvas(draw, size, paper)
    y, letters = 4.0, draw.randint(6, 9)
    while y < height:
        light, dark = paper_and_ink(draw)
        with canvas.shapes((0, y, width, min(y + 1.6 * letters, height))) as shapes:
            shapes.rectangle((0, y, width, y + 1.6 * letters), light)
        canvas.text_mode = draw.choice(["grey", "subpixel", "hard"])
        script = fonts.script(draw)
        text = fonts.phrase(draw, script, 60)
        font = fonts.face(draw, script, text).at(letters)
        canvas.text((draw.uniform(-20, 10), y + 0.1 * letters), text, font, dark)
        y += 1.6 * letters
        letters = max(letters + 1, round(letters * draw.uniform(1.02, 1.25)))
    return canvas.picture


def poster(draw: random.Random, size) -> Image.Image:
    """Large letters with outlines and shadows over a soft background, some of them turned."""
    width, height = size
    corners = [[colour(draw) for _ in range(3)] for _ in range(3)]
    soft = Image.fromarray(np.array(corners, np.uint8)).resize(size, Image.Resampling.BICUBIC)
    canvas = Canvas(draw, size, grey(0))
    canvas.picture = soft
    for _ in range(draw.randint(4, 10)):
        script = fonts.script(draw)
        text = fonts.phrase(draw, script, draw.randint(1, 3))
        letters = draw.randint(24, 150)
        font = fonts.face(draw, script, text).at(letters)
        mask = Image.new("L", size)
        layer = Canvas(draw, size, grey(0))
        layer.text_mode = "grey"
        at = draw.uniform(-0.1, 0.6) * width, draw.uniform(0, 0.9) * height
        layer.text(at, text, font, grey(255))
        mask = layer.picture.convert("L")
        if draw.random() < 0.5:
            mask = mask.rotate(draw.uniform(-60, 60), Image.Resampling.BICUBIC)
        ink = colour(draw)
        if draw.random() < 0.4:
            shadow = mask.filter(ImageFilter.GaussianBlur(letters / 16))
            soft.paste(mixed(ink, grey(0), 0.8), (letters // 20, letters // 16), shadow)
        if draw.random() < 0.5:
            outline = mask.filter(ImageFilter.MaxFilter(draw.choice([3, 5])))
            soft.paste(draw.choice([grey(0), grey(255)]), (0, 0), outline)
        soft.paste(ink, (0, 0), mask)
    return soft


def text(draw: random.Random, size) -> Image.Image:
    """A picture of text of one of three kinds."""
    return draw.choice([page, page, ladder, poster])(draw, size)
