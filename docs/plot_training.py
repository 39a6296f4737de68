#!/usr/bin/env python3
"""Plots a run of `polyinr-train train` from its stats.jsonl, as an SVG: losses, and the signs of
the discriminator's logits, over thousands of pictures. Standard library only.

usage: plot_training.py RUN/stats.jsonl PLOT.svg
"""

import json
import sys

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM, GAP = 720, 460, 56, 20, 120, 44, 30
PANELS = [
    ("loss", [("loss_d", "discriminator", "#08519c"), ("loss_g", "generator", "#a63603")]),
    ("sign of logits", [("sign_real", "real", "#08519c"), ("sign_fake", "generated", "#a63603")]),
]
# Points of a curve at most; more ticks than that are averaged.
POINTS = 80


def curve(ticks, name):
    """Points of one number, each a tick or the mean of a few; ticks without it are left out."""
    ticks = [tick for tick in ticks if name in tick]
    count = max(1, -(-len(ticks) // POINTS))
    groups = [ticks[i : i + count] for i in range(0, len(ticks) - count + 1, count)]
    return [(g[-1]["kimg"], sum(t[name] for t in g) / count) for g in groups]


def text(x, y, words, anchor):
    """Words at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def panel(ticks, title, lines, top, height):
    """One panel with its axis and curves."""
    curves = [(curve(ticks, name), label, colour) for name, label, colour in lines]
    curves = [line for line in curves if line[0]]
    values = [v for points, _, _ in curves for _, v in points]
    low, high = min(values), max(values)
    low, high = low - 0.05 * (high - low), high + 0.05 * (high - low)
    end = ticks[-1]["kimg"]

    def x(kimg):
        return LEFT + (WIDTH - LEFT - RIGHT) * kimg / end

    def y(value):
        return top + height * (high - value) / (high - low)

    out = []
    for i in range(5):
        value = low + (high - low) * i / 4
        out.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        out.append(text(LEFT - 8, y(value) + 4, f"{value:.2f}", "end"))
        kimg = end * i / 4
        out.append(text(x(kimg), top + height + 16, f"{kimg:.1f}", "middle"))
    for points, label, colour in curves:
        line = " ".join(f"{x(k):.1f},{y(v):.1f}" for k, v in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        at = y(points[-1][1]) + 4
        out.append(f'<text x="{WIDTH - RIGHT + 6}" y="{at:.1f}" fill="{colour}">{label}</text>')
    out.append(f'<text x="{LEFT}" y="{top - 6}" fill="#555">{title}</text>')
    return out


def main(source, target):
    with open(source, encoding="utf-8") as file:
        ticks = [json.loads(line) for line in file]
    height = (HEIGHT - TOP - BOTTOM - GAP) / 2
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for i, (title, lines) in enumerate(PANELS):
        out += panel(ticks, title, lines, TOP + i * (height + GAP), height - 10)
    middle = (LEFT + WIDTH - RIGHT) / 2
    out.append(text(middle, HEIGHT - 6, "thousands of pictures", "middle"))
    out.append("</svg>")
    with open(target, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
