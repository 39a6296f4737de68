"""Screens: windows with bars, buttons, lists, tables, code and icons."""

import random
from itertools import pairwise

import fonts
from canvas import Canvas, colour, grey, mixed
from PIL import Image

# The code points of the icon font's letters that it surely has.
ICONS = [chr(c) for c in (*range(0xE145, 0xE170), *range(0xE5C3, 0xE5DD), *range(0xE868, 0xE8B0))]


class Theme:
    """Colours, faces and sizes that a screen's parts share."""

    def __init__(self, draw: random.Random):
        dark = draw.random() < 0.4
        base = draw.randint(18, 48) if dark else draw.randint(235, 255)
        tint = colour(draw, (0.0, 0.5), (0.3, 1.0))
        self.paper = mixed(grey(base), tint, 0.04)
        self.ink = grey(draw.randint(200, 255) if dark else draw.randint(0, 60))
        self.panel = mixed(self.paper, self.ink, draw.uniform(0.04, 0.12))
        self.edge = mixed(self.paper, self.ink, draw.uniform(0.15, 0.35))
        self.faint = mixed(self.paper, self.ink, draw.uniform(0.45, 0.7))
        self.accent = colour(draw, (0.5, 0.9), (0.5, 0.95))
        self.radius = draw.choice([0, 0, 3, 6, 10])
        self.size = draw.randint(10, 17)
        self.script = fonts.script(draw)
        sample = " ".join(fonts.words(draw, self.script, 60))
        self.face = fonts.face(draw, self.script, sample)
        self.mono = fonts.face(draw, "mono")
        self.numbers = fonts.face(draw, "latin")
        self.icon_face = fonts.face(draw, "icons")

    @property
    def row(self) -> float:
        return self.size * 1.9

    def words(self, draw: random.Random, count: int) -> str:
        return fonts.phrase(draw, self.script, count)


class Screen:
    """A canvas and the theme of what is on it."""

    def __init__(self, draw: random.Random, size):
        self.draw = draw
        self.theme = Theme(draw)
        self.canvas = Canvas(draw, size, mixed(self.theme.paper, self.theme.accent, 0.5))

    def label(self, at, text: str, width: float, ink=None, face=None, size=None) -> None:
        """Text on one line, cut where it would be wider."""
        theme = self.theme
        font = (face or theme.face).at(size or theme.size)
        while text and font.getlength(text) > width:
            text = text[: max(len(text) * 3 // 4, len(text) - 8) if len(text) > 8 else -1]
        if text:
            self.canvas.text(at, text, font, ink or theme.ink, "lm")

    def icon(self, at, size: int, ink) -> None:
        icon = self.draw.choice(ICONS)
        self.canvas.text(at, icon, self.theme.icon_face.at(size), ink, "mm")

    def box(self, box, fill, ink=None, radius=None) -> None:
        x0, y0, x1, y1 = box
        if x1 - x0 > 2 and y1 - y0 > 2:
            with self.canvas.shapes((x0 - 1, y0 - 1, x1 + 1, y1 + 1)) as shapes:
                shapes.rectangle(box, fill, ink, 1, self.theme.radius if radius is None else radius)

    def window(self, box) -> None:
        """A window: title, bar of tools, contents."""
        theme, draw = self.theme, self.draw
        x0, y0, x1, y1 = box
        self.box(box, theme.paper, theme.edge)
        bar = y0 + 2 * theme.size
        self.box((x0 + 1, y0 + 1, x1 - 1, bar), theme.panel, None, 0)
        self.label((x0 + 10, (y0 + bar) / 2), theme.words(draw, 4), (x1 - x0) * 0.6)
        for i in range(3):
            self.icon((x1 - 14 - 22 * i, (y0 + bar) / 2), theme.size, theme.faint)
        y = bar
        if draw.random() < 0.7:
            y = self.tools((x0 + 1, bar, x1 - 1, bar + 2.4 * theme.size))
        self.split((x0 + 1, y, x1 - 1, y1 - 1), 2)

    def tools(self, box) -> float:
        """A row of icons, buttons and a field; returns where it ends."""
        theme, draw = self.theme, self.draw
        x0, y0, x1, y1 = box
        self.box(box, mixed(theme.panel, theme.paper, 0.5), None, 0)
        x, middle = x0 + 16, (y0 + y1) / 2
        while x < x1 - 80:
            choice = draw.random()
            if choice < 0.5:
                self.icon(
                    (x, middle), theme.size + 4, draw.choice([theme.ink, theme.faint, theme.accent])
                )
                x += theme.size * 2
            elif choice < 0.8:
                x = self.button((x, y0 + 4, x + draw.randint(40, 110), y1 - 4)) + 10
            else:
                end = min(x + draw.randint(80, 240), x1 - 6)
                self.box((x, y0 + 4, end, y1 - 4), theme.paper, theme.edge)
                self.label((x + 6, middle), theme.words(draw, 3), end - x - 12, theme.faint)
                x = end + 10
        return y1

    def button(self, box) -> float:
        theme, draw = self.theme, self.draw
        chosen = draw.random() < 0.3
        self.box(box, theme.accent if chosen else theme.panel, theme.edge)
        ink = grey(255) if chosen else theme.ink
        self.label(
            (box[0] + 7, (box[1] + box[3]) / 2), theme.words(draw, 1), box[2] - box[0] - 12, ink
        )
        return box[2]

    def split(self, box, depth: int) -> None:
        """Contents: in two parts, or one of the kinds of them."""
        x0, y0, x1, y1 = box
        if x1 - x0 < 60 or y1 - y0 < 40:
            return
        draw = self.draw
        if depth and draw.random() < 0.7:
            share = draw.uniform(0.25, 0.7)
            if x1 - x0 > y1 - y0:
                middle = round(x0 + share * (x1 - x0))
                parts, line = (
                    [(x0, y0, middle, y1), (middle, y0, x1, y1)],
                    (middle, y0, middle + 1, y1),
                )
            else:
                middle = round(y0 + share * (y1 - y0))
                parts, line = (
                    [(x0, y0, x1, middle), (x0, middle, x1, y1)],
                    (x0, middle, x1, middle + 1),
                )
            for part in parts:
                self.split(part, depth - 1)
            with self.canvas.shapes(line) as shapes:
                shapes.rectangle(line, self.theme.edge)
            return
        draw.choice([self.listing, self.table, self.code, self.form, self.reading, self.tiles])(box)

    def listing(self, box) -> None:
        theme, draw = self.theme, self.draw
        x0, y0, x1, y1 = box
        y = y0 + theme.row / 2
        while y < y1 - theme.row / 2:
            if draw.random() < 0.1:
                self.box(
                    (x0 + 2, y - theme.row / 2, x1 - 2, y + theme.row / 2),
                    mixed(theme.paper, theme.accent, 0.4),
                )
            indent = draw.choice([0, 0, theme.size, 2 * theme.size])
            self.icon((x0 + 14 + indent, y), theme.size + 2, theme.faint)
            self.label(
                (x0 + 28 + indent, y), theme.words(draw, draw.randint(1, 5)), x1 - x0 - 40 - indent
            )
            y += theme.row

    def table(self, box) -> None:
        theme, draw = self.theme, self.draw
        x0, y0, x1, y1 = box
        edges = [x0]
        while edges[-1] < x1:
            edges.append(edges[-1] + draw.randint(50, 160))
        y, striped, ruled = y0, draw.random() < 0.5, draw.random() < 0.6
        row = 0
        while y + theme.row <= y1:
            fill = theme.panel if row == 0 or (striped and row % 2) else theme.paper
            self.box((x0, y, x1, y + theme.row), fill, None, 0)
            for left, right in pairwise(edges):
                numeric = draw.random() < 0.5 and row
                number = f"{draw.uniform(-999, 9999):.{draw.randint(0, 3)}f}"
                text = number if numeric else theme.words(draw, 2)
                face = theme.numbers if numeric else theme.face
                at, room = (left + 6, y + theme.row / 2), min(right, x1) - left - 10
                self.label(at, text, room, theme.ink, face)
            if ruled:
                with self.canvas.shapes((x0, y, x1, y + theme.row)) as shapes:
                    shapes.rectangle((x0, y + theme.row - 1, x1, y + theme.row), theme.edge)
                    for edge in edges[1:]:
                        shapes.rectangle((edge, y, edge + 1, y + theme.row), theme.edge)
            y, row = y + theme.row, row + 1

    def code(self, box) -> None:
        theme, draw = self.theme, self.draw
        x0, y0, x1, y1 = box
        size = draw.randint(9, 16)
        inks = [
            theme.ink,
            theme.ink,
            theme.accent,
            *(mixed(theme.ink, colour(draw, (0.6, 1), (0.5, 1)), 0.6) for _ in range(4)),
        ]
        advance = theme.mono.at(size).getlength("m")
        y, number = y0 + size, draw.randint(1, 900)
        while y < y1 - size:
            x = x0 + 8
            self.label((x, y), f"{number:4}", x1 - x, theme.faint, theme.mono, size)
            x += 6 * advance + draw.choice([0, 0, 2, 4, 8]) * advance
            for word in draw.choice(fonts.CODE).split(" "):
                if x < x1 - advance:
                    self.label((x, y), word, x1 - x - 4, draw.choice(inks), theme.mono, size)
                x += (len(word) + 1) * advance
            y, number = y + 1.35 * size, number + 1

    def form(self, box) -> None:
        theme, draw = self.theme, self.draw
        x0, y0, x1, y1 = box
        y, middle = y0 + theme.row, x0 + (x1 - x0) * 0.4
        while y < y1 - theme.row:
            self.label((x0 + 12, y), theme.words(draw, 2), middle - x0 - 20)
            half = theme.size * 0.7
            kind = draw.randrange(4)
            if kind == 0:
                self.box(
                    (middle, y - half, middle + 2 * half, y + half),
                    theme.paper,
                    theme.faint,
                    min(2, theme.radius),
                )
                if draw.random() < 0.5:
                    self.canvas.text(
                        (middle + half, y),
                        "\ue5ca",
                        theme.icon_face.at(theme.size),
                        theme.accent,
                        "mm",
                    )
            elif kind == 1:
                self.slider(middle, x1 - 16, y)
            elif kind == 2:
                self.button(
                    (
                        middle,
                        y - 1.3 * half,
                        min(middle + draw.randint(50, 120), x1 - 8),
                        y + 1.3 * half,
                    )
                )
            else:
                self.box((middle, y - 1.2 * half, x1 - 12, y + 1.2 * half), theme.paper, theme.edge)
                self.label((middle + 6, y), theme.words(draw, 2), x1 - middle - 30)
            y += theme.row * draw.uniform(1.0, 1.4)

    def slider(self, left, right, y) -> None:
        theme = self.theme
        at = self.draw.uniform(left, max(right, left + 1))
        with self.canvas.shapes((left - 8, y - 8, right + 8, y + 8)) as shapes:
            shapes.rectangle((left, y - 2, right, y + 2), theme.edge, None, 1, 2)
            shapes.rectangle((left, y - 2, at, y + 2), theme.accent, None, 1, 2)
            shapes.ellipse((at, y), (6, 6), theme.paper, theme.faint)

    def reading(self, box) -> None:
        theme, draw = self.theme, self.draw
        x0, y0, x1, y1 = box
        y = y0 + theme.size
        while y < y1 - theme.size:
            large = draw.random() < 0.15
            size = round(theme.size * (draw.uniform(1.3, 2.2) if large else 1))
            ink = theme.accent if draw.random() < 0.1 else theme.ink
            self.label(
                (x0 + 12, y + size / 2),
                theme.words(draw, 3 if large else 20),
                x1 - x0 - 24,
                ink,
                None,
                size,
            )
            y += size * 1.6

    def tiles(self, box) -> None:
        theme, draw = self.theme, self.draw
        x0, y0, x1, y1 = box
        side = draw.randint(60, 130)
        for top in range(round(y0) + 8, round(y1) - side, side + 10):
            for left in range(round(x0) + 8, round(x1) - side, side + 10):
                fill = mixed(
                    theme.panel, colour(draw, (0.2, 0.8), (0.4, 1)), draw.choice([0, 0.3, 0.9])
                )
                self.box((left, top, left + side, top + side), fill, theme.edge)
                self.icon(
                    (left + side / 2, top + side * 0.4),
                    side // 2,
                    draw.choice([theme.ink, theme.accent, grey(255)]),
                )
                self.label((left + 6, top + side - theme.size), theme.words(draw, 2), side - 12)


def screenshot(draw: random.Random, size) -> Image.Image:
    """A screen with one or a few windows."""
    width, height = size
    screen = Screen(draw, size)
    if draw.random() < 0.5:
        screen.window((0, 0, width, height))
        return screen.canvas.picture
    for _ in range(draw.randint(2, 3)):
        left, top = draw.randint(-40, width // 3), draw.randint(0, height // 3)
        screen.theme.script = fonts.script(draw)
        screen.theme.face = fonts.face(
            draw, screen.theme.script, " ".join(fonts.words(draw, screen.theme.script, 60))
        )
        screen.window(
            (
                left,
                top,
                left + draw.randint(width // 2, width),
                top + draw.randint(height // 2, height),
            )
        )
    return screen.canvas.picture
