"""Pixels on their way into a layer, in bands of rows; pictures of Qt."""

from collections.abc import Iterator
from contextlib import contextmanager

from krita import Node
from PyQt5.QtGui import QImage, QPainter

from .api import Channels, Sample
from .colours import Converter, Masker, Space, space_of
from .picture import Picture
from .steps import MORE, Steps

# Pixels that are read, converted or written in one step, in some hundredths of a second.
BAND = 1 << 16

_FORMATS = {
    QImage.Format_RGBA8888: Channels.RGBA,
    QImage.Format_ARGB32: Channels.BGRA,
    QImage.Format_Grayscale8: Channels.GRAY,
}


def bands(height: int, width: int) -> list[tuple[int, int]]:
    """First rows of bands and their numbers of rows."""
    rows = max(1, BAND // width)
    return [(first, min(rows, height - first)) for first in range(0, height, rows)]


def write(
    layer: Node, picture: Picture, x: int, y: int, space: Space, mask: Picture | None
) -> Steps[None]:
    """Writes a picture into a layer. It was computed for a source of the given space."""
    perceptual = space.perceptual()
    has_colour = picture.channels not in (Channels.GRAY, Channels.GRAY_ALPHA)
    given = perceptual.coloured() if has_colour else perceptual
    own = space_of(layer)
    masker = (
        Masker(picture.width, bands(picture.height, picture.width)[0][1], own) if mask else None
    )
    try:
        with Converter() as converter:
            yield from converter.prepare(given, own)
            for first, rows in bands(picture.height, picture.width):
                band = picture.rows(first, rows)
                band = converter.convert(band, picture.width, rows, given, own)
                if masker and mask:
                    band = masker.apply(band, mask.rows(first, rows), rows)
                layer.setPixelData(band, x, y + first, picture.width, rows)
                yield MORE
    finally:
        if masker:
            masker.close()


def picture_of(image: QImage) -> Picture:
    """The pixels of an image of Qt, without its gaps between rows."""
    channels = _FORMATS[image.format()]
    picture = Picture(image.width(), image.height(), Sample.U8, channels, b"")
    data, gap = bytes(image.constBits().asarray(image.sizeInBytes())), image.bytesPerLine()
    if gap == picture.stride:
        picture.pixels = data
    else:
        rows = (data[row * gap : row * gap + picture.stride] for row in range(image.height()))
        picture.pixels = b"".join(rows)
    return picture


def image_of(picture: Picture) -> QImage:
    """A picture in 8 bits as an image of Qt, with bytes of its own."""
    format_ = next(f for f, channels in _FORMATS.items() if channels is picture.channels)
    pixels = bytes(picture.pixels)
    return QImage(pixels, picture.width, picture.height, picture.stride, format_).copy()


@contextmanager
def painter_on(image: QImage) -> Iterator[QPainter]:
    """A painter that replaces what is there."""
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode_Source)
    try:
        yield painter
    finally:
        painter.end()
