"""Pixels in memory, as the library takes and gives them."""

from dataclasses import dataclass

from .api import Channels, Sample
from .errors import PolyinrError
from .table import LARGEST_SIDE
from .texts import _

_CHANNEL_COUNTS = {
    Channels.GRAY: 1,
    Channels.GRAY_ALPHA: 2,
    Channels.RGB: 3,
    Channels.RGBA: 4,
    Channels.BGRA: 4,
}
_SAMPLE_SIZES = {Sample.U8: 1, Sample.U16: 2, Sample.F16: 2, Sample.F32: 4}


def pixel_size(sample: Sample, channels: Channels) -> int:
    """Bytes of a pixel."""
    return _SAMPLE_SIZES[sample] * _CHANNEL_COUNTS[channels]


@dataclass
class Picture:
    """Rows without gaps, straight alpha."""

    width: int
    height: int
    sample: Sample
    channels: Channels
    pixels: bytes | bytearray

    @property
    def stride(self) -> int:
        """Bytes of a row."""
        return self.width * pixel_size(self.sample, self.channels)

    def rows(self, first: int, count: int) -> bytes:
        """The bytes of some rows."""
        return bytes(memoryview(self.pixels)[first * self.stride : (first + count) * self.stride])

    def cropped(self, x: int, y: int, width: int, height: int) -> "Picture":
        """A copy of the rectangle, which lies inside."""
        pixel, data = pixel_size(self.sample, self.channels), memoryview(self.pixels)
        part = bytearray()
        for row in range(y, y + height):
            start = row * self.stride + x * pixel
            part += data[start : start + width * pixel]
        return Picture(width, height, self.sample, self.channels, part)


def blank(width: int, height: int, sample: Sample, channels: Channels) -> Picture:
    """A picture whose samples are all 0, to be written by the library."""
    if not (1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE):
        raise PolyinrError(
            _(
                "The result would be {width} × {height} pixels; sides of 1 to {most} are possible."
            ).format(width=width, height=height, most=LARGEST_SIDE)
        )
    size = width * height * pixel_size(sample, channels)
    try:
        return Picture(width, height, sample, channels, bytearray(size))
    except MemoryError:
        raise PolyinrError(
            _("There is no memory for {width} × {height} pixels ({size} MiB).").format(
                width=width, height=height, size=size >> 20
            )
        ) from None
