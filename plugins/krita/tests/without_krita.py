"""What the tests without Krita have in common."""

import os
import random
import sys
import time
import unittest
from pathlib import Path

PLUG_IN = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PLUG_IN), str(PLUG_IN.parent / "tests")]

from polyinr.api import Channels, Sample, open_library  # noqa: E402
from polyinr.compute import procedure_of  # noqa: E402
from polyinr.objects import Work  # noqa: E402
from polyinr.operations import find  # noqa: E402
from polyinr.picture import Picture  # noqa: E402
from polyinr.session import Session, Source  # noqa: E402


class LibraryTest(unittest.TestCase):
    """Tests with the library that the environment variable POLYINR_LIBRARY names."""

    @classmethod
    def setUpClass(cls):
        if not os.environ.get("POLYINR_LIBRARY"):
            if os.environ.get("CI"):
                raise AssertionError("POLYINR_LIBRARY does not name the library")
            raise unittest.SkipTest("POLYINR_LIBRARY does not name the library")
        cls.session = Session(open_library(PLUG_IN / "polyinr"))

    def run_operation(self, name, source, work=None, session=None, **given):
        """What an operation comes to."""
        operation, session = find(name), session or self.session
        values = operation.complete({key.replace("_", "-"): value for key, value in given.items()})
        work = work or Work(session.library)
        return procedure_of(operation).run(session, source, values, work)


def gradient(width, height, channels=Channels.BGRA):
    """A picture in 8 bits with smooth colours and a square, opaque."""
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            inside = width // 4 <= x < width // 2 and height // 4 <= y < height // 2
            first, second = (250, 40) if inside else (x * 255 // width, y * 255 // height)
            pixels += bytes((first, second, (first + second) // 2, 255))
    return Picture(width, height, Sample.U8, channels, pixels)


def noisy(width, height):
    """The same with noise."""
    picture, dice = gradient(width, height), random.Random(1)
    pixels = (min(max(value + dice.randint(-40, 40), 0), 255) for value in picture.pixels)
    picture.pixels = bytearray(pixels)
    picture.pixels[3::4] = b"\xff" * (width * height)
    return picture


def source_of(picture, mask=None, image=None):
    """A picture as all of a layer that is as large as its image."""
    width, height = image or (picture.width, picture.height)
    return Source(
        picture=picture,
        mask=mask,
        sample=picture.sample,
        channels=picture.channels,
        x=0,
        y=0,
        width=picture.width,
        height=picture.height,
        image_width=width,
        image_height=height,
        is_whole=True,
    )


class Heartbeat:
    """The longest time between two beats of a loop in the main thread."""

    def __init__(self):
        self.longest = 0.0
        self._last = time.monotonic()

    def beat(self):
        """To be called all the time."""
        now = time.monotonic()
        self.longest = max(self.longest, now - self._last)
        self._last = now
        time.sleep(0.001)
