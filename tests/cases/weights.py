"""Model files and field files, small and wrong."""

import json
import math
import struct
from pathlib import Path

SIZES = {"F32": 4, "F16": 2, "U8": 1}


def upscaler(**changes) -> tuple[dict, dict]:
    """Config and tensors' shapes of an upscaler."""
    config = {
        "format_version": 1,
        "name": "small",
        "kind": "upscaler",
        "channels": 2,
        "residual_blocks": 1,
        "levels": 2,
        "features": 2,
        "scale_range": [1.0, 4.0],
    } | changes
    channels, levels, n = config["channels"], config["levels"], config["features"]
    shapes = {}

    def conv(name: str, inputs: int, outputs: int) -> None:
        shapes[f"{name}.weight"] = [outputs, inputs, 3, 3]
        shapes[f"{name}.bias"] = [outputs]

    conv("encoder.head", 3, channels)
    for block in range(config["residual_blocks"]):
        conv(f"encoder.block.{block}.conv0", channels, channels)
        conv(f"encoder.block.{block}.conv1", channels, channels)
    conv("encoder.tail", channels, channels)
    conv("encoder.affine", channels, levels * n * 4)
    for level in range(levels):
        shapes[f"level.{level}.weight"], shapes[f"level.{level}.bias"] = [n, n], [n]
    shapes["rgb.weight"], shapes["rgb.bias"] = [3, n], [3]
    return config, shapes


def generator(**changes) -> tuple[dict, dict]:
    """Config and tensors' shapes of a generator without a chain of coordinates."""
    config = {
        "format_version": 1,
        "name": "small",
        "kind": "generator",
        "levels": 2,
        "features": 2,
        "z_dim": 2,
        "w_dim": 3,
        "mapping_layers": 1,
        "classes": [],
        "native_resolution": 16,
        "affine_activation": "lrelu",
        "coordinate_chain": False,
    } | changes
    n, w = config["features"], config["w_dim"]
    shapes = {}

    def linear(name: str, inputs: int, outputs: int) -> None:
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = [outputs, inputs], [outputs]

    for level in range(config["levels"]):
        linear(f"level.{level}", n, n)
        if level:
            linear(f"affine.{level}.style", w, n)
        linear(f"affine.{level}.basis", n if level else w, 2 * n)
        linear(f"affine.{level}.offset", n if level else w, n)
    linear("rgb", n, 3)
    inputs = config["z_dim"]
    if config["classes"]:
        shapes["mapping.embed.weight"] = [len(config["classes"]), 1]
        linear("mapping.embed_proj", 1, 1)
        inputs += 1
    for layer in range(config["mapping_layers"]):
        linear(f"mapping.fc{layer}", w if layer else inputs, w)
    shapes["mapping.w_avg"] = [w]
    return config, shapes


def header(metadata: dict, shapes: dict, dtype: str = "F32") -> tuple[bytes, int]:
    """The header of a safetensors file, and the bytes of its tensors."""
    tensors, end = {"__metadata__": metadata}, 0
    for name in sorted(shapes):
        start, end = end, end + math.prod(shapes[name]) * SIZES[dtype]
        tensors[name] = {"dtype": dtype, "shape": shapes[name], "data_offsets": [start, end]}
    text = json.dumps(tensors).encode()
    return struct.pack("<Q", len(text)) + text, end


def write(path: Path, model: tuple[dict, dict], value=0.1, dtype: str = "F32") -> Path:
    """Writes a model whose numbers are all `value`, or `value(name, index)`; with None, holes."""
    config, shapes = model
    start, size = header({"config": json.dumps(config)}, shapes, dtype)
    with open(path, "wb") as file:
        file.write(start)
        if value is None:
            file.truncate(len(start) + size)
            return path
        for name in sorted(shapes):
            count = math.prod(shapes[name])
            numbers = [value(name, i) if callable(value) else value for i in range(count)]
            file.write(struct.pack(f"<{count}{'f' if dtype == 'F32' else 'e'}", *numbers))
    return path


def picture_field(path: Path, side: int, size: int | None = None) -> Path:
    """Writes a field file of a grey picture as holes; `size` bytes of them instead of what fits."""
    field = {
        "format_version": 1,
        "kind": "picture",
        "model": {"name": "photo", "id": "0" * 16},
        "size": [side, side],
        "channels": "gray",
    }
    start, own = header({"field": json.dumps(field)}, {"pixels": [side, side, 1]}, "U8")
    with open(path, "wb") as file:
        file.write(start)
        file.truncate(len(start) + (own if size is None else size))
    return path
