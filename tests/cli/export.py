"""Runs exported graphs by the Python package onnxruntime: export.py FOLDER.

The folder holds flower.onnx and flower.field with flower.tiff, 40 by 30 pixels, and up.encoder.onnx
and up.local.onnx with small.tiff and large.tiff, three times as large: pictures as the built-in
engine makes them. Prints the largest difference.
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


def flower() -> float:
    """The generator's picture against the one in the folder."""
    affine = tensor(folder / "flower.field", "affine")
    (rgb,) = session("flower.onnx").run(None, {"affine": affine, **grid(40, 30, edges=False)})
    expected = tifffile.imread(folder / "flower.tiff")
    return float(np.abs(rgb.reshape(30, 40, 3) - expected).max())


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
    expected = tifffile.imread(folder / "large.tiff")
    return float(np.abs(rgb.reshape(expected.shape) - expected).max())


print(max(flower(), photograph()))
