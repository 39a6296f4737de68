"""Where results lie."""

import numpy as np
from PIL import Image
from table import case


def psnr(a, b):
    return 10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2))


@case("register", before="12 dB lower at 4 times the size", right="as near at any size")
def inverted_fields(work):
    work.run("generate", "--seed", "12", "--class", "daisy", "--size", "32", "-o", "a.png")
    work.run("invert", "a.png", "-o", "a.field", "--steps", "600")
    picture = np.array(Image.open(work.path("a.png")).convert("RGB"))
    near = []
    for size in (32, 128):
        work.run("render", "a.field", "-o", f"{size}.png", "--size", str(size))
        large = Image.open(work.path(f"{size}.png")).convert("RGB")
        near.append(psnr(np.array(large.resize((32, 32), Image.BICUBIC)), picture))
    assert near[1] > near[0] - 3, near
    work.run("extend", "a.field", "-o", "wide.png", "--margin", "16px", "--size", "128")
    wide = np.array(Image.open(work.path("wide.png")).convert("RGB")).astype(int)
    large = np.array(Image.open(work.path("128.png")).convert("RGB")).astype(int)
    assert np.abs(wide[16:-16, 16:-16] - large).max() <= 1
    return f"{near[0]:.1f} dB, {near[1]:.1f} dB"
