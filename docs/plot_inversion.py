#!/usr/bin/env python3
"""Plots PSNR over steps from `polyinr invert --curve FILE.csv`, as an SVG: median and quartiles
over the pictures. Standard library only.

usage: plot_inversion.py CURVE.csv PLOT.svg
"""

import csv
import statistics
import sys
from collections import defaultdict

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 400, 56, 20, 16, 44


def read(path):
    """PSNR of every picture at every step, and where the grid or what is fitted changes."""
    by_step, changes, last = defaultdict(list), {}, None
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            step = int(row["step"])
            by_step[step].append(float(row["psnr"]))
            now = (row["stage"], row["width"], row["height"])
            if now != last and row["input"] not in changes.get(now, (0, set()))[1]:
                _first, names = changes.setdefault(now, (step, set()))
                names.add(row["input"])
            last = now
    return by_step, {name: first for name, (first, _) in changes.items()}


def main(source, target):
    by_step, changes = read(source)
    most = max(len(v) for v in by_step.values())
    # Beyond where most pictures have ended the quartiles would mean others.
    steps = [s for s in sorted(by_step) if len(by_step[s]) > most / 2][::5]
    quartiles = {
        s: statistics.quantiles(by_step[s], n=4) if most > 1 else by_step[s] * 3 for s in steps
    }
    low = min(q[0] for q in quartiles.values()) // 5 * 5
    high = max(q[2] for q in quartiles.values()) // 5 * 5 + 5

    def x(step):
        return LEFT + (WIDTH - LEFT - RIGHT) * step / steps[-1]

    def y(psnr):
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - psnr) / (high - low)

    def line(points):
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in points)

    band = [(x(s), y(quartiles[s][2])) for s in steps] + [
        (x(s), y(quartiles[s][0])) for s in reversed(steps)
    ]
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for p in range(int(low), int(high) + 1, 5):
        out.append(f'<path d="M{LEFT} {y(p):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(p) + 4:.1f}" text-anchor="end">{p}</text>')
    for s in range(0, steps[-1] + 1, 500):
        out.append(
            f'<text x="{x(s):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{s}</text>'
        )
    for (stage, width, height), first in changes.items():
        name = f"{width}x{height}" if stage == "code" else "weights too"
        out.append(
            f'<path d="M{x(first):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#999"'
            ' stroke-dasharray="4 3"/>'
        )
        out.append(f'<text x="{x(first) + 4:.1f}" y="{TOP + 12}" fill="#555">{name}</text>')
    out.append(f'<polygon points="{line(band)}" fill="#9ecae1" opacity="0.6"/>')
    middle = [(x(s), y(quartiles[s][1])) for s in steps]
    out.append(f'<polyline points="{line(middle)}" fill="none" stroke="#08519c" stroke-width="2"/>')
    out.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">steps</text>'
    )
    out.append(
        f'<text x="14" y="{HEIGHT / 2}" text-anchor="middle"'
        f' transform="rotate(-90 14 {HEIGHT / 2})">'
        f"PSNR, dB (median and quartiles of {most} pictures)</text>"
    )
    out.append("</svg>")
    with open(target, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
