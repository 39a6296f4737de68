"""Runs exported graphs by the Python package onnxruntime: export.py FOLDER.

The folder holds flower.onnx and flower.synthesis.onnx with flower.tiff, 40 by 30 pixels of seed 5
and class daisy; drawn.tiff, 24 by 36 pixels of another window with truncation; flower.field, the
affine parameters of the first; and up.encoder.onnx and up.local.onnx with small.tiff and
large.tiff, three times as large: pictures as the built-in engine makes them. Prints the largest
difference.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import tifffile

folder = Path(sys.argv[1])


def tensor(path: Path, name: str) -> np.ndarray:
    """A float32 tensor of a safetensors file."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    entry = json.loads(data[8 : 8 + length])[name]
    start, end = (8 + length + offset for offset in entry["data_offsets"])
    return np.frombuffer(data[start:end], np.float32).reshape(entry["shape"])


def affine_parameters(path: Path) -> np.ndarray:
    """Those of a field whose code is one tensor a level, of all levels: `[levels, n, 3]`."""
    return tensor(path, "affine")


def session(name: str) -> ort.InferenceSession:
    """A graph that the checker accepts."""
    path = folder / name
    onnx.checker.check_model(onnx.load(path), full_check=True)
    return ort.InferenceSession(path, providers=["CPUExecutionProvider"])


def grid(width: int, height: int, edges: bool) -> dict[str, np.ndarray]:
    """What graphs take for all pixels of a view of the whole."""
    step = [1 / (side if edges else side - 1) for side in (width, height)]
    start = [0.5 * s if edges else 0.0 for s in step]
    return {
        "span": np.array([0, width * height, width]),
        "corner": np.array([0, 0]),
        "map": np.array([step[0], 0, start[0], 0, step[1], start[1]], np.float64),
    }


def difference(picture: np.ndarray, name: str) -> float:
    """The largest to the picture in the folder."""
    expected = tifffile.imread(folder / name)
    return float(np.abs(picture.reshape(expected.shape) - expected).max())


def latent() -> list[float]:
    """The whole generator's pictures from a seed, and its affine parameters."""
    model = onnx.load(folder / "flower.onnx")
    classes = {entry.key: entry.value for entry in model.metadata_props}["classes"].split("\n")
    generator = session("flower.onnx")
    (length,) = next(i.shape for i in generator.get_inputs() if i.name == "z")
    inputs = {
        "z": np.random.RandomState(5).randn(length).astype(np.float32),
        "class": np.array(classes.index("daisy")),
    }
    whole, affine = generator.run(None, {**inputs, "size": np.array([40, 30])})
    levels = affine.shape[0]
    drawn = {
        "size": np.array([24, 36]),
        "window": np.array([-0.25, 0.75, 0.5, 1.25], np.float32),
        "truncation": np.array([0.5] * (levels - 1) + [1.0], np.float32),
    }
    (picture,) = generator.run(["picture"], {**inputs, **drawn})
    assert whole.shape == (30, 40, 3) and picture.shape == (36, 24, 3)
    expected = affine_parameters(folder / "flower.field")
    relative = np.abs(affine - expected).max() / np.abs(expected).max()
    return [difference(whole, "flower.tiff"), difference(picture, "drawn.tiff"), float(relative)]


def flower() -> float:
    """The synthesis of affine parameters."""
    affine = affine_parameters(folder / "flower.field")
    inputs = {"affine": affine, **grid(40, 30, edges=False)}
    (rgb,) = session("flower.synthesis.onnx").run(None, inputs)
    return difference(rgb, "flower.tiff")


def photograph() -> float:
    """The upscaler's picture against the one in the folder."""
    small = tifffile.imread(folder / "small.tiff")
    height, width = small.shape[:2]
    inside = np.array([0, 0, height, width])
    (cells,) = session("up.encoder.onnx").run(None, {"pixels": small, "inside": inside})
    part = np.array([0, 0, width])
    inputs = {
        **grid(3 * width, 3 * height, edges=True),
        "size": np.array([width, height]),
        "pixels": small.reshape(-1, 3),
        "part": part,
        "cells": cells,
        "held": part,
        "inverse_scale": np.array(1 / 3, np.float32),
    }
    (rgb,) = session("up.local.onnx").run(None, inputs)
    return difference(rgb, "large.tiff")


print(max(*latent(), flower(), photograph()))
