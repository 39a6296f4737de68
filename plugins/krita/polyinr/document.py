"""Krita's documents: reading what an operation works on, and putting its result in.

The only file that knows documents, layers and selections. All is done in bands of rows, in steps,
so that Krita's windows stay alive; results go into a layer that comes into the image when it is
complete, because writing pixels can not be undone and adding a layer can.
"""

from dataclasses import dataclass
from typing import NamedTuple

from krita import Document as KritaDocument
from krita import Krita, Node
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QImage

from .api import Channels, Sample
from .bands import BAND, bands, painter_on, picture_of, write
from .colours import Converter, Space, space_of
from .compute.areas import Area, scaled
from .errors import PolyinrError
from .picture import Picture
from .session import Outcome, Source
from .steps import MORE, WAIT, Steps
from .texts import _

# Size of the canvas that stands for an image where there is none.
_EMPTY_SIDE = 512


class Placed(NamedTuple):
    """A new layer, and the image that it is in. One without a window lives as long as this."""

    document: KritaDocument
    layer: Node


def is_open(document: KritaDocument) -> bool:
    """Whether the document has not been closed."""
    return any(other == document for other in Krita.instance().documents())


def _chosen_layer(document: KritaDocument) -> Node | None:
    """The active layer; of a mask the layer that it belongs to."""
    node = document.activeNode()
    while node is not None and node.type().endswith("mask"):
        node = node.parentNode()
    if node is not None and node.parentNode() is not None:
        return node
    layers = [node for node in document.topLevelNodes() if not node.type().endswith("mask")]
    return layers[-1] if layers else None


@dataclass
class Target:
    """A document, and the layer in it that an operation works on; None for no document."""

    document: KritaDocument | None
    layer: Node | None

    @classmethod
    def active(cls) -> "Target":
        """What the user is working on."""
        document = Krita.instance().activeDocument()
        return cls.of(document)

    @classmethod
    def of(cls, document: KritaDocument | None, layer: Node | None = None) -> "Target":
        """A document with its active layer, or another."""
        if document is not None and layer is None:
            layer = _chosen_layer(document)
        return cls(document, layer)

    def signature(self) -> tuple:
        """What tells this target from others, as far as it is known without reading pixels."""
        if self.document is None or self.layer is None:
            return ()
        return self.layer.uniqueId(), self.layer.bounds(), self.canvas(), self._selected()

    def canvas(self) -> Area:
        """All of the image."""
        if self.document is None:
            return Area(0, 0, _EMPTY_SIDE, _EMPTY_SIDE)
        return Area(0, 0, self.document.width(), self.document.height())

    def _selected(self) -> Area | None:
        selection = self.document.selection() if self.document else None
        if selection is None or selection.width() == 0 or selection.height() == 0:
            return None
        return Area(selection.x(), selection.y(), selection.width(), selection.height())

    def _area(self, needs_picture: bool) -> tuple[Area, bool]:
        """What is to be worked on, and whether it is all of the layer."""
        whole = self.canvas()
        if needs_picture:
            if self.document is None or self.layer is None:
                raise PolyinrError(_("There is no image. Open one, or make a new one."))
            bounds = self.layer.bounds()
            whole = whole.intersected(Area(bounds.x(), bounds.y(), bounds.width(), bounds.height()))
            if whole.is_empty():
                raise PolyinrError(_("The active layer is empty. Choose a layer with a picture."))
        selected = self._selected()
        area = whole.intersected(selected) if selected else whole
        if area.is_empty():
            raise PolyinrError(
                _(
                    "The selection does not meet the active layer. Select a part of the layer, or"
                    " nothing."
                )
            )
        return area, area == whole

    def _mask(self, area: Area) -> Picture | None:
        """How far the area's pixels are selected; None when all are fully."""
        if self._selected() is None:
            return None
        data = bytes(self.document.selection().pixelData(area.x, area.y, area.width, area.height))
        if data.count(b"\xff") == len(data):
            return None
        return Picture(area.width, area.height, Sample.U8, Channels.GRAY, data)

    def _space(self, needs_picture: bool) -> Space:
        if self.document is None:
            return Space("RGBA", "U8", "")
        return space_of(self.layer if needs_picture else self.document)

    def outline(self, needs_picture: bool) -> Source:
        """What an operation works on, without its pixels."""
        area, is_whole = self._area(needs_picture)
        canvas = self.canvas()
        space = self._space(needs_picture).perceptual().coloured()
        return Source(
            picture=None,
            mask=self._mask(area),
            sample=space.sample,
            channels=space.channels,
            x=area.x,
            y=area.y,
            width=area.width,
            height=area.height,
            image_width=canvas.width,
            image_height=canvas.height,
            is_whole=is_whole,
            signature=self.signature(),
        )

    def source(self, needs_picture: bool) -> Steps[Source]:
        """What an operation works on, with its pixels where it needs them."""
        source = self.outline(needs_picture)
        if needs_picture:
            area = Area(source.x, source.y, source.width, source.height)
            source.picture = yield from self.read(area)
        return source

    def read(self, area: Area) -> Steps[Picture]:
        """Pixels of the layer with perceptual values."""
        own = self._space(True)
        wanted = own.perceptual()
        pixels = bytearray()
        with Converter() as converter:
            yield from converter.prepare(own, wanted)
            for first, rows in bands(area.height, area.width):
                band = self._read_rows(area, first, rows)
                pixels += converter.convert(band, area.width, rows, own, wanted)
                yield MORE
        return Picture(area.width, area.height, wanted.sample, wanted.channels, pixels)

    def _read_rows(self, area: Area, first: int, rows: int) -> bytes:
        """The layer's own bytes of some rows of an area."""
        is_painted = self.layer.type() == "paintlayer"
        read = self.layer.pixelData if is_painted else self.layer.projectionPixelData
        return bytes(read(area.x, area.y + first, area.width, rows))

    def reduced(self, area: Area, longest: int) -> Steps[Picture]:
        """A small copy of an area of the layer in 8 bits, for previews."""
        factor = min(1.0, longest / max(area.width, area.height))
        width, height = scaled(area.width, factor), scaled(area.height, factor)
        small = QImage(width, height, QImage.Format_ARGB32)
        small.fill(Qt.transparent)
        shown = Space("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")
        # Each band becomes whole rows of the small picture.
        rows = max(1, BAND * height // (area.width * area.height))
        with Converter() as converter, painter_on(small) as painter:
            yield from converter.prepare(self._space(True), shown)
            for row in range(0, height, rows):
                end = min(row + rows, height)
                first, last = row * area.height // height, end * area.height // height
                band = self._read_rows(area, first, last - first)
                band = converter.convert(band, area.width, last - first, self._space(True), shown)
                image = QImage(band, area.width, last - first, area.width * 4, QImage.Format_ARGB32)
                painter.drawImage(
                    0,
                    row,
                    image.scaled(width, end - row, Qt.IgnoreAspectRatio, Qt.SmoothTransformation),
                )
                yield MORE
        return picture_of(small)

    def put(self, source: Source, outcome: Outcome) -> Steps[Placed]:
        """Puts an outcome in: as a new layer over the one it was made from, or a new image."""
        yield MORE
        if self.document is None or outcome.canvas == "new":
            return (yield from _put_new(outcome))
        self._check_unchanged(source)
        layer = yield from self._write_layer(source, outcome)
        if outcome.keeps_source and self._space(True).is_linear():
            yield from self._copy_source(source, outcome, layer)
        self._check_unchanged(source)
        if outcome.canvas == "scaled":
            width, height = outcome.image_width, outcome.image_height
            resolution = self.document.xRes(), self.document.yRes()
            self.document.scaleImage(width, height, *map(round, resolution), "Bicubic")
        elif outcome.canvas == "resized":
            self.document.resizeImage(
                *(-outcome.move_x, -outcome.move_y, outcome.image_width, outcome.image_height)
            )
        yield from self._idle()
        self._add(layer, outcome)
        # Krita has to hear of a layer before it can be chosen.
        yield WAIT
        if is_open(self.document):
            self.document.setActiveNode(layer)
        return Placed(self.document, layer)

    def _check_unchanged(self, source: Source) -> None:
        if not is_open(self.document):
            raise PolyinrError(_("The image has been closed; there is no place for the result."))
        if self.canvas() != Area(0, 0, source.image_width, source.image_height):
            raise PolyinrError(_("The image has another size now; run it again."))

    def _idle(self) -> Steps[None]:
        """Waits until Krita has done what it was asked for."""
        while not self.document.tryBarrierLock():
            yield WAIT
        self.document.unlock()

    def _write_layer(self, source: Source, outcome: Outcome) -> Steps[Node]:
        """A new layer with the outcome's pixels, not in the image yet."""
        layer = self.document.createNode(outcome.name, "paintlayer")
        mask = _mask_of(source, outcome)
        yield from write(layer, outcome.picture, outcome.x, outcome.y, self._space(True), mask)
        return layer

    def _copy_source(self, source: Source, outcome: Outcome, layer: Node) -> Steps[None]:
        """Copies the pixels that the layer keeps over what conversions made of them."""
        if space_of(layer) != self._space(True):
            return
        area = Area(source.x, source.y, source.width, source.height)
        for first, rows in bands(area.height, area.width):
            band = self._read_rows(area, first, rows)
            y = area.y + outcome.move_y + first
            layer.setPixelData(band, area.x + outcome.move_x, y, area.width, rows)
            yield MORE

    def _add(self, layer: Node, outcome: Outcome) -> None:
        """Puts the layer right over the one it was made from, or on top."""
        above = self.layer
        parent = above.parentNode() if above else None
        (parent or self.document.rootNode()).addChildNode(layer, above if parent else None)
        if outcome.hides_source and above:
            _hide(self.document, above)


def _hide(document: KritaDocument, layer: Node) -> None:
    """Hides a layer; where the document is shown, so that it can be undone."""
    if not layer.visible():
        return
    window = Krita.instance().activeWindow()
    view = window.activeView() if window else None
    toggle = Krita.instance().action("toggle_layer_visibility")
    if view is not None and view.document() == document and toggle is not None:
        document.setActiveNode(layer)
        toggle.trigger()
    if layer.visible():
        layer.setVisible(False)
        document.refreshProjection()


def _mask_of(source: Source, outcome: Outcome) -> Picture | None:
    """The source's mask, as large as the outcome."""
    if not outcome.is_masked or source.mask is None:
        return None
    mask, picture = source.mask, outcome.picture
    if (mask.width, mask.height) == (picture.width, picture.height):
        return mask
    image = QImage(mask.pixels, mask.width, mask.height, mask.width, QImage.Format_Grayscale8)
    image = image.scaled(
        picture.width, picture.height, Qt.IgnoreAspectRatio, Qt.SmoothTransformation
    )
    return picture_of(image.convertToFormat(QImage.Format_Grayscale8))


def _put_new(outcome: Outcome) -> Steps[Placed]:
    """Makes a new image of the outcome, shown where there is a window."""
    picture, krita = outcome.picture, Krita.instance()
    document = krita.createDocument(
        *(picture.width, picture.height, outcome.name),
        *("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc", 72.0),
    )
    background = document.topLevelNodes()[0]
    background.setName(outcome.name)
    yield from write(background, picture, 0, 0, space_of(document), None)
    document.refreshProjection()
    window = krita.activeWindow()
    if window is not None:
        window.addView(document)
    return Placed(document, background)
