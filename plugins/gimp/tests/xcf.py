"""Reads GIMP's own files (XCF) exactly, without GIMP.

All versions up to that of GIMP 3.2, all precisions, uncompressed or compressed by RLE or zlib.
Samples come as the file holds them: integers as integers, floats as floats of their width, linear
or not as `Image.linear` says. Format: https://developer.gimp.org/core/standards/xcf/
"""

import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy

TILE = 64

# Kinds of images and layers, by their numbers in the file.
KINDS = ["RGB", "GRAY", "INDEXED"]
LAYER_KINDS = ["RGB", "RGBA", "GRAY", "GRAYA", "INDEXED", "INDEXEDA"]
CHANNELS = {"RGB": 3, "RGBA": 4, "GRAY": 1, "GRAYA": 2, "INDEXED": 1, "INDEXEDA": 2}

# Properties that are read, by their numbers in the file.
END, COLORMAP, SELECTION, OPACITY, VISIBLE, OFFSETS = 0, 1, 4, 6, 8, 15
APPLY_MASK, COMPRESSION, RESOLUTION, PARASITES, FLOAT_OPACITY = 11, 17, 19, 21, 33

# Kinds of samples by the hundreds of the precision's number, since version 7 and in 5 and 6.
SAMPLES = {1: "u1", 2: "u2", 3: "u4", 5: "f2", 6: "f4", 7: "f8"}
SAMPLES_5 = {1: "u1", 2: "u2", 3: "u4", 4: "f2", 5: "f4"}
# Version 4: kind of samples, linear.
PRECISIONS_4 = [("u1", False), ("u2", False), ("u4", True), ("f2", True), ("f4", True)]


class XcfError(Exception):
    """The file is not as it should be."""


@dataclass
class Layer:
    """A layer; `pixels` has the shape (height, width, channels)."""

    name: str
    kind: str
    pixels: numpy.ndarray
    offset: tuple[int, int] = (0, 0)
    visible: bool = True
    opacity: float = 1.0
    mask: numpy.ndarray | None = None
    mask_applied: bool = False
    parasites: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self):
        """Width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]


@dataclass
class Image:
    """An image; its layers from the top down."""

    version: int
    size: tuple[int, int]
    kind: str
    sample: numpy.dtype
    linear: bool
    layers: list[Layer] = field(default_factory=list)
    channels: dict[str, numpy.ndarray] = field(default_factory=dict)
    selection: numpy.ndarray | None = None
    parasites: dict[str, bytes] = field(default_factory=dict)
    resolution: tuple[float, float] | None = None
    colormap: bytes = b""

    @property
    def profile(self):
        """The colour profile's bytes, or None."""
        return self.parasites.get("icc-profile")

    def layer(self, name):
        """The layer of that name."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise XcfError(f"no layer {name!r}, only {[layer.name for layer in self.layers]}")


def read(path):
    """The image in a file."""
    return _Reader(Path(path).read_bytes()).image()


class _Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0
        self.version = 0
        self.compression = 0

    def take(self, form):
        """One big-endian value of a format of `struct`."""
        size = struct.calcsize(">" + form)
        if self.at + size > len(self.data):
            raise XcfError(f"the file ends at {len(self.data)}, within a value at {self.at}")
        (value,) = struct.unpack_from(">" + form, self.data, self.at)
        self.at += size
        return value

    def bytes(self, size):
        if self.at + size > len(self.data):
            raise XcfError(f"the file ends at {len(self.data)}, within {size} bytes at {self.at}")
        self.at += size
        return self.data[self.at - size : self.at]

    def string(self):
        return self.bytes(self.take("I")).rstrip(b"\0").decode()

    def pointers(self):
        """Pointers up to a zero."""
        found = []
        while pointer := self.pointer():
            found.append(pointer)
        return found

    def pointer(self):
        return self.take("Q" if self.version >= 11 else "I")

    def properties(self):
        """The bytes of all properties up to the last, by number."""
        found = {}
        while True:
            kind, size = self.take("I"), self.take("I")
            if kind == END:
                return found
            if kind == COLORMAP:
                # Old versions of GIMP wrote a wrong size.
                size = 4 + 3 * struct.unpack_from(">I", self.data, self.at)[0]
            found[kind] = self.bytes(size)

    def image(self):
        if self.bytes(9) != b"gimp xcf ":
            raise XcfError("this is no XCF file")
        tag = self.bytes(5)
        self.version = 0 if tag == b"file\0" else int(tag[1:4])
        size, kind = (self.take("I"), self.take("I")), KINDS[self.take("I")]
        sample, linear = self.precision()
        self.sample = numpy.dtype((">" if self.version >= 12 else "<") + sample)
        properties = self.properties()
        self.compression = properties.get(COMPRESSION, b"\0")[0]
        image = Image(self.version, size, kind, self.sample.newbyteorder("="), linear)
        image.parasites = _parasites(properties.get(PARASITES, b""))
        image.colormap = properties.get(COLORMAP, b"")
        if RESOLUTION in properties:
            image.resolution = struct.unpack(">ff", properties[RESOLUTION])
        layers, channels = self.pointers(), self.pointers()
        image.layers = [self.layer(at) for at in layers]
        for at in channels:
            name, pixels, properties = self.channel(at)
            if SELECTION in properties:
                image.selection = pixels
            else:
                image.channels[name] = pixels
        return image

    def precision(self):
        """Kind of samples, and whether they are linear."""
        if self.version < 4:
            return "u1", False
        number = self.take("I")
        try:
            if self.version == 4:
                return PRECISIONS_4[number]
            samples = SAMPLES if self.version >= 7 else SAMPLES_5
            return samples[number // 100], number % 100 == 0
        except (KeyError, IndexError):
            raise XcfError(f"unknown precision {number} in version {self.version}") from None

    def layer(self, at):
        self.at = at
        size, kind = (self.take("I"), self.take("I")), LAYER_KINDS[self.take("I")]
        name, properties = self.string(), self.properties()
        hierarchy, mask = self.pointer(), self.pointer()
        layer = Layer(name, kind, self.hierarchy(hierarchy, size, CHANNELS[kind]))
        if OFFSETS in properties:
            layer.offset = struct.unpack(">ii", properties[OFFSETS])
        if VISIBLE in properties:
            layer.visible = any(properties[VISIBLE])
        if FLOAT_OPACITY in properties:
            (layer.opacity,) = struct.unpack(">f", properties[FLOAT_OPACITY])
        elif OPACITY in properties:
            layer.opacity = struct.unpack(">I", properties[OPACITY])[0] / 255
        layer.parasites = _parasites(properties.get(PARASITES, b""))
        if mask:
            layer.mask = self.channel(mask)[1]
            layer.mask_applied = any(properties.get(APPLY_MASK, b""))
        return layer

    def channel(self, at):
        """Name, samples and properties of a channel or mask."""
        self.at = at
        size, name, properties = (self.take("I"), self.take("I")), self.string(), self.properties()
        return name, self.hierarchy(self.pointer(), size, 1)[:, :, 0], properties

    def hierarchy(self, at, size, channels):
        """Samples of a drawable, as (height, width, channels)."""
        self.at = at
        there, width = (self.take("I"), self.take("I")), self.take("I")
        if there != size or width != channels * self.sample.itemsize:
            raise XcfError(
                f"{there} of {width} bytes where {size} of {channels} channels should be"
            )
        # Further levels than the first are smaller copies, which GIMP leaves empty.
        self.at = self.pointer()
        self.take("I"), self.take("I")
        tiles = self.pointers()
        pixels = numpy.empty((size[1], size[0], channels), self.sample.newbyteorder("="))
        places = [(x, y) for y in range(0, size[1], TILE) for x in range(0, size[0], TILE)]
        if len(places) != len(tiles):
            raise XcfError(f"{len(tiles)} tiles where {len(places)} should be")
        for (x, y), tile in zip(places, tiles, strict=True):
            part = pixels[y : y + TILE, x : x + TILE]
            part[:] = self.tile(tile, part.shape)
        return pixels

    def tile(self, at, shape):
        """Samples of a tile of that shape."""
        height, width, channels = shape
        count, each = height * width, channels * self.sample.itemsize
        self.at = at
        if self.compression == 0:
            data = self.bytes(count * each)
        elif self.compression == 1:
            # All first bytes of the pixels, then all second bytes, and so on.
            planes = [numpy.frombuffer(self.run_lengths(count), "u1") for _ in range(each)]
            data = numpy.stack(planes, axis=1).tobytes()
        elif self.compression == 2:
            data = zlib.decompressobj().decompress(self.data[at:], count * each)
        else:
            raise XcfError(f"unknown compression {self.compression}")
        if len(data) != count * each:
            raise XcfError(f"a tile has {len(data)} bytes, not {count * each}")
        return numpy.frombuffer(data, self.sample).reshape(shape)

    def run_lengths(self, count):
        """So many bytes that are stored as runs and literal stretches."""
        found = bytearray()
        while len(found) < count:
            code = self.take("B")
            if code < 128:
                length = self.take("H") if code == 127 else code + 1
                found += self.bytes(1) * length
            else:
                length = self.take("H") if code == 128 else 256 - code
                found += self.bytes(length)
        if len(found) != count:
            raise XcfError(f"runs hold {len(found)} bytes, not {count}")
        return bytes(found)


def _parasites(data):
    """Attachments, by name."""
    reader, found = _Reader(data), {}
    while reader.at < len(data):
        name, _flags = reader.string(), reader.take("I")
        found[name] = reader.bytes(reader.take("I"))
    return found
