"""Colour spaces of Krita, and pixels that go from one to another.

The library takes perceptual values, which 8- and 16-bit images hold as they are. Images of floats
are mostly linear; their pixels go through a perceptual space with the same or wider primaries.
"""

from dataclasses import dataclass

from krita import Krita, Node

from .api import Channels, Sample
from .errors import PolyinrError
from .picture import pixel_size
from .steps import MORE, Steps
from .texts import _

# Krita's name of a perceptual profile whose curve goes on beyond 0 and 1, unlike tables do.
_RGB_PROFILE = "sRGB built-in"
_WIDE_PROFILE = "LargeRGB-elle-V2-g22.icc"
_GREY_PROFILE = "Gray-D50-elle-V4-srgbtrc.icc"

# Parts of the names of profiles with linear values, and of those wider than sRGB.
_LINEAR = ("g10", "linear")
_WIDE = ("Rec2020", "ACES", "LargeRGB", "WideRGB", "ClayRGB", "A98", "ROMM")
# Parts of the names of profiles that are known to be perceptual.
_PERCEPTUAL = ("srgbtrc", "g18", "g22", "labl", "rec709", "PQ", "sRGB", "gray built-in")


@dataclass(frozen=True)
class Space:
    """What a layer's bytes mean: colour model, depth, and profile by their names in Krita."""

    model: str
    depth: str
    profile: str

    @property
    def sample(self) -> Sample:
        """Type of a sample."""
        return Sample[self.depth]

    @property
    def channels(self) -> Channels:
        """Channels in the order of memory, which depends on the depth."""
        if self.model == "GRAYA":
            return Channels.GRAY_ALPHA
        return Channels.BGRA if self.depth in ("U8", "U16") else Channels.RGBA

    def is_linear(self) -> bool:
        """Whether values are to be made perceptual first."""
        if any(part in self.profile for part in _LINEAR):
            return True
        is_float = self.depth in ("F16", "F32")
        return is_float and not any(part in self.profile for part in _PERCEPTUAL)

    def perceptual(self) -> "Space":
        """The space in which the library gets pixels."""
        if not self.is_linear():
            return self
        if self.model == "GRAYA":
            return Space("GRAYA", "F32", _GREY_PROFILE)
        is_wide = any(part in self.profile for part in _WIDE)
        return Space("RGBA", "F32", _WIDE_PROFILE if is_wide else _RGB_PROFILE)

    def coloured(self) -> "Space":
        """The space of a colour picture that is to come into this one."""
        return self if self.model == "RGBA" else Space("RGBA", self.depth, _RGB_PROFILE)


def space_of(thing) -> Space:
    """The space of a node or document."""
    space = Space(thing.colorModel(), thing.colorDepth(), thing.colorProfile())
    if space.model not in ("RGBA", "GRAYA"):
        raise PolyinrError(
            _(
                "The image has the colour model {model}. Make it RGB or grey first (Image ▸"
                " Convert Image Color Space)."
            ).format(model=space.model)
        )
    return space


class Converter:
    """Converts pixels in a document of its own, whose undo history nobody sees."""

    def __init__(self) -> None:
        self._document = None

    def __enter__(self) -> "Converter":
        return self

    def __exit__(self, *_problem) -> None:
        if self._document:
            self._document.close()
            self._document = None

    def _node(self, space: Space) -> Node:
        if self._document is None:
            self._document = Krita.instance().createDocument(
                1, 1, "polyinr", "RGBA", "U8", _RGB_PROFILE, 72.0
            )
        node = self._document.createNode("band", "paintlayer")
        _give_space(node, space)
        return node

    def prepare(self, space: Space, wanted: Space) -> Steps[None]:
        """Makes what the first conversion needs, so that it takes no longer than others."""
        self.convert(bytes(pixel_size(space.sample, space.channels)), 1, 1, space, wanted)
        yield MORE

    def convert(self, pixels: bytes, width: int, rows: int, space: Space, wanted: Space) -> bytes:
        """The pixels of a band in another space."""
        if space == wanted:
            return pixels
        node = self._node(space)
        node.setPixelData(pixels, 0, 0, width, rows)
        _give_space(node, wanted)
        return bytes(node.pixelData(0, 0, width, rows))


def _give_space(node: Node, space: Space) -> None:
    if space_of(node) == space:
        return
    node.setColorSpace(space.model, space.depth, space.profile)
    if space_of(node) != space:
        raise PolyinrError(
            _("Krita has no colour space {model} {depth} with the profile {profile}").format(
                model=space.model, depth=space.depth, profile=space.profile
            )
        )


class Masker:
    """Multiplies the alpha of bands by a mask, as Krita does it: by a layer in the mode
    "destination-in" over them, in a document of its own."""

    def __init__(self, width: int, rows: int, space: Space) -> None:
        self._size = width, rows
        self._document = Krita.instance().createDocument(
            width, rows, "polyinr", space.model, space.depth, space.profile, 72.0
        )
        self._below = self._document.topLevelNodes()[0]
        self._above = self._document.createNode("mask", "paintlayer")
        _give_space(self._above, Space("RGBA", "U8", _RGB_PROFILE))
        self._above.setBlendingMode("destination-in")
        self._document.rootNode().addChildNode(self._above, None)

    def close(self) -> None:
        """Gives the document back."""
        self._document.close()

    def apply(self, pixels: bytes, mask: bytes, rows: int) -> bytes:
        """The pixels of a band, of which `mask` says how opaque they stay."""
        width = self._size[0]
        cover = bytearray(4 * len(mask))
        cover[3::4] = mask
        self._below.setPixelData(pixels, 0, 0, width, rows)
        self._above.setPixelData(bytes(cover), 0, 0, width, rows)
        self._document.refreshProjection()
        self._document.waitForDone()
        return bytes(self._document.pixelData(0, 0, width, rows))
