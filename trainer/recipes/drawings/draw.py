#!/usr/bin/env python3
"""Draws pictures of what photographs lack, for the training and the measuring of upscalers.

Text in many faces, scripts and sizes, screens with windows, line drawings, maps and diagrams,
charts, printed pictures and comics, with smooth and hard edges: PNG files of 512 to 1024 pixels a
side in a zip. The same options give the same file with the same versions of Pillow, of NumPy
(requirements.txt) and of the fonts.
"""

import argparse
import io
import os
import random
import sys
import zipfile
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

NEEDED = Path(__file__).with_name("requirements.txt")

try:
    import fonts
    from charts import charts
    from comic import comic
    from halftone import halftone
    from lines import lines
    from maps import maps
    from PIL import features
    from screenshot import screenshot
    from text import text
except ModuleNotFoundError as problem:
    sys.exit(f"draw.py: {problem.name} is missing: python3 -m pip install -r {NEEDED}")

KINDS = {
    "text": text,
    "screenshot": screenshot,
    "lines": lines,
    "maps": maps,
    "charts": charts,
    "halftone": halftone,
    "comic": comic,
}
# How often each kind is drawn.
TURNS = ["text", "screenshot", "lines", "comic", "text", "maps", "screenshot", "charts", "halftone"]
SIDES = 512, 1024


def png(seed: int, number: int, kind: str) -> bytes:
    """Picture `number` of a seed, as a file."""
    draw = random.Random(f"{seed} {number} {kind}")
    size = draw.randint(*SIDES), draw.randint(*SIDES)
    file = io.BytesIO()
    KINDS[kind](draw, size).save(file, "PNG", optimize=True)
    return file.getvalue()


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--out", type=Path, required=True, help="the zip file to write")
    parser.add_argument("--seed", type=int, default=0, help="which pictures (0)")
    parser.add_argument("--count", type=int, default=300, help="how many (300)")
    parser.add_argument(
        "--kinds", default=",".join(KINDS), help="kinds, with commas between (all: %(default)s)"
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count(), help="processes that draw (all cores)"
    )
    found = parser.parse_args()
    found.kinds = found.kinds.split(",")
    for kind in found.kinds:
        if kind not in KINDS:
            parser.error(f"--kinds: no kind is called {kind!r}; there are {', '.join(KINDS)}")
    if not found.out.absolute().parent.is_dir():
        parser.error(f"--out: there is no folder {found.out.absolute().parent}")
    if found.count < 1 or found.processes < 1:
        parser.error("--count and --processes must be at least 1")
    return found


def main() -> None:
    given = options()
    if not features.check("raqm"):
        # Without it letters of Arabic and Devanagari stand apart and in the wrong order.
        sys.exit(f"draw.py: this Pillow lacks Raqm: python3 -m pip install -r {NEEDED}")
    if missing := fonts.missing():
        packages = " ".join(missing)
        sys.exit(f"draw.py: fonts are missing; on Debian: apt-get install {packages}")
    turns = [kind for kind in TURNS if kind in given.kinds]
    kinds = [turns[number % len(turns)] for number in range(given.count)]
    part = given.out.with_name(given.out.name + ".part")
    with (
        ProcessPoolExecutor(given.processes) as pool,
        zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive,
    ):
        files = pool.map(png, repeat(given.seed), range(given.count), kinds)
        for number, (kind, file) in enumerate(zip(kinds, files, strict=True)):
            # One date for all, so that the same pictures are the same file.
            entry = zipfile.ZipInfo(f"{number:04}-{kind}.png", (2020, 1, 1, 0, 0, 0))
            archive.writestr(entry, file)
    part.replace(given.out)
    print(f"{given.out}: {given.count} pictures, {given.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
