"""Runs all cases in one GIMP and compares their images with the command line's results."""

import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy

import xcf
from cases import IMAGE_SIZE, LAYER, LAYERS, images, matrix
from compare import WrongError, check, has_alpha, near, perceptual, same_samples
from interface import ARGUMENTS
from outcome import read
from report import Worst


def run(host, report, sources, models, reference):
    """All cases of a host."""
    folder = host.work / "matrix"
    folder.mkdir()
    cases = matrix(models, folder)
    lines = [images(sources), *(case.script(host, folder) for case in cases)]
    expression, log = host.script("matrix", "\n".join(lines))
    environment = {"LD_PRELOAD": host.work / "undo_log.so", "POLYINR_UNDO_LOG": log}
    finished = host.batch(expression, environment, timeout=400)
    (folder / "gimp.txt").write_text(finished.text)
    outcomes = read(log)
    report.check("batch", ended_well, finished)
    for name in [case.name for case in cases if case.name not in outcomes][:1]:
        report.fail(name, f"was not run, {len(outcomes)} of {len(cases)} cases were")
    _compare(report, [case for case in cases if case.name in outcomes], outcomes, folder, reference)
    report.check("cleaning shows", _cleaning_shows, outcomes, folder)


def _compare(report, cases, outcomes, folder, reference):
    """Checks the cases, some at a time, and says how far results are from what they should be."""
    local, numbers = threading.local(), itertools.count()

    def checked(case):
        # Each thread has files of its own.
        if not hasattr(local, "reference"):
            local.reference = reference.beside(next(numbers))
        return Checked(case, outcomes[case.name], folder, local.reference).all()

    worst = Worst()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = [pool.submit(checked, case) for case in cases]
        for case, result in zip(cases, results, strict=True):
            difference = report.check(case.name, result.result)
            worst.add(f"{case.operation}, {case.precision}", difference)
    worst.show()


def _cleaning_shows(outcomes, folder):
    """By hand, a picture is cleaned to other pixels than not at all."""
    made = set()
    for label in ("cleaned_by_hand", "not_cleaned"):
        name = f"super-resolve-NOISY-u8-whole-{label}"
        layers = xcf.read(folder / f"{name}-after.xcf").layers
        made.add(layers[outcomes[name].position].pixels.tobytes())
    check(len(made) == 2, "the results are the same")


def ended_well(finished):
    """GIMP ended by itself, without having met anything bad."""
    check(not finished.late, "GIMP did not end")
    check(finished.status == 0, f"GIMP's status is {finished.status}: {finished.text[-2000:]}")
    for words in (
        "cannot be preloaded",
        "execution error",
        "Segmentation",
        "crashed",
        "fatal error",
    ):
        check(words not in finished.text, f"GIMP says: {finished.text[-2000:]}")


class Checked:
    """A case that was run, with what it should have made."""

    def __init__(self, case, outcome, folder, reference):
        self.case = case
        self.outcome = outcome
        self.reference = reference
        self.folder = folder
        self.arguments = ARGUMENTS[case.operation] | case.arguments

    def all(self):
        """Checks everything; the largest difference."""
        outcome, case = self.outcome, self.case
        if not outcome.done:
            raise WrongError(f"failed: {outcome.error}")
        check(
            outcome.undo == ("start", "end") or (not outcome.same_image and not outcome.undo),
            f"undo groups: {', '.join(outcome.undo) or 'none'}",
        )
        self.before = xcf.read(self.folder / f"{case.name}-before.xcf")
        self.after = xcf.read(self.folder / f"{case.name}-after.xcf")
        check(
            0 <= outcome.position < len(self.after.layers),
            f"the new layer is at position {outcome.position}",
        )
        self.made = self.after.layers[outcome.position]
        self.reference.sample = self.after.sample
        check(
            self.made.name == outcome.layer,
            f"{outcome.layer!r} was returned, not {self.made.name!r}",
        )
        check(self.made.visible, "the new layer is hidden")
        check(self.made.opacity == 1, f"the new layer's opacity is {self.made.opacity}")
        self._same_nature()
        self._mask()
        return {
            "super-resolve": self._super_resolve,
            "generate": self._generate,
            "extend-canvas": self._extend,
            "invert": self._invert,
        }[case.operation]()

    def _same_nature(self):
        """The image's kind, precision and profile, the layers beside the new one."""
        before, after = self.before, self.after
        wide = self.case.kind == "WIDE"
        check((before.profile is not None) == wide, "GIMP did not take the file's profile")
        if self.outcome.same_image:
            for name in ("kind", "sample", "linear", "profile", "resolution"):
                was, now = getattr(before, name), getattr(after, name)
                check(was == now, f"the image's {name} was {was} and is {now}")
            names = [layer.name for layer in after.layers]
            wanted = list(LAYERS[self.case.kind])
            wanted.insert(wanted.index("photo"), self.made.name)
            check(names == wanted, f"the layers are {names}, not {wanted}")

    def _mask(self):
        """What is selected but in part has a mask, where the result is the region's."""
        masked = self.case.region == "ellipse" and self.case.operation != "extend-canvas"
        check((self.made.mask is not None) == masked, f"{'no' if masked else 'a'} layer mask")
        if masked:
            (x, y), (width, height) = self.made.offset, self.made.size
            selected = self.after.selection[y : y + height, x : x + width]
            same_samples(self.made.mask, selected, "the layer mask")

    def _pixels(self):
        """The pixels of the region, as the command line is to see them."""
        x, y, width, height = self._region()
        part = self.before.layer("photo").pixels[y : y + height, x : x + width]
        if part.dtype.kind == "f":
            return perceptual(part, self.before.linear).astype("f4")
        return part

    def _region(self):
        """The part of the layer that is in the selection's bounds, in the layer's coordinates."""
        left, top, width, height = LAYER
        if self.case.bounds is None:
            return 0, 0, width, height
        x, y, wide, high = self.case.bounds
        start = max(x - left, 0), max(y - top, 0)
        end = min(x + wide - left, width), min(y + high - top, height)
        return *start, end[0] - start[0], end[1] - start[1]

    def _selected(self):
        """How far the pixels of the region are selected, in bytes."""
        x, y, width, height = self._region()
        x, y = x + LAYER[0], y + LAYER[1]
        part = self.before.selection[y : y + height, x : x + width]
        return numpy.round(perceptual(part, False) * 255).astype("u1")

    def _geometry(self, size, offset, slack=0):
        check(self.made.size == size, f"the new layer's size is {self.made.size}, not {size}")
        found = self.made.offset
        apart = max(abs(one - other) for one, other in zip(found, offset, strict=True))
        check(apart <= slack, f"the new layer is at {found}, not {offset}")

    def _image_size(self, size):
        check(self.after.size == size, f"the image's size is {self.after.size}, not {size}")

    def _result(self, wanted):
        height, width = wanted.shape[:2]
        check(
            self.made.size == (width, height), f"the layer is {self.made.size}, not {width, height}"
        )
        return near(self.made.pixels, self.after.linear, wanted, "the new layer")

    def _unchanged(self, name, moved=(0, 0), visible=True):
        was, now = self.before.layer(name), self.after.layer(name)
        same_samples(now.pixels, was.pixels, f"layer {name}")
        place = tuple(offset + by for offset, by in zip(was.offset, moved, strict=True))
        check(now.offset == place, f"layer {name} is at {now.offset}, not {place}")
        check(now.visible == visible, f"layer {name} is {'shown' if now.visible else 'hidden'}")
        check(now.opacity == was.opacity, f"layer {name} has opacity {now.opacity}")

    def _super_resolve(self):
        x, y, width, height = self._region()
        across, down = self._factors()
        size = _round(width * across), _round(height * down)
        wanted = self.reference.super_resolve(self._pixels(), self.arguments, size)
        self._image_size((_round(IMAGE_SIZE[0] * across), _round(IMAGE_SIZE[1] * down)))
        exact = across == int(across) and down == int(down)
        offset = _round((LAYER[0] + x) * across), _round((LAYER[1] + y) * down)
        self._geometry(size, offset, slack=0 if exact else 1)
        whole = self.case.region == "whole"
        for name in ("photo", "other"):
            was, now = self.before.layer(name), self.after.layer(name)
            size = _round(was.size[0] * across), _round(was.size[1] * down)
            apart = max(abs(one - other) for one, other in zip(now.size, size, strict=True))
            check(apart <= (0 if exact else 1), f"layer {name} is {now.size}, not {size}")
            visible = not (whole and name == "photo")
            check(now.visible == visible, f"layer {name} is {'shown' if now.visible else 'hidden'}")
        return self._result(wanted)

    def _factors(self):
        """How many times larger the image becomes: its own width and height may be given."""
        width, height = self.arguments["width"], self.arguments["height"]
        across = width / IMAGE_SIZE[0] or height / IMAGE_SIZE[1] or self.arguments["factor"]
        return across, height / IMAGE_SIZE[1] or across

    def _generate(self):
        given = self.arguments["width"], self.arguments["height"]
        x, y, width, height = self.case.bounds or (0, 0, *IMAGE_SIZE)
        size = given if all(given) else (width, height)
        wanted = self.reference.generate(self.arguments, size)
        if self.arguments["target"] == "image":
            check(not self.outcome.same_image, "the layer is in the old image")
            self._image_size(size)
            check(len(self.after.layers) == 1, f"the new image has {len(self.after.layers)} layers")
            self._geometry(size, (0, 0))
        else:
            check(self.outcome.same_image, "the layer is in another image")
            self._image_size(IMAGE_SIZE)
            self._geometry(size, (x, y))
            self._unchanged("photo")
            self._unchanged("other")
        return self._result(wanted)

    def _extend(self):
        pixels = self._pixels()
        wanted = self.reference.extend(pixels, self.arguments)
        x, y, width, height = self._region()
        grown = wanted.shape[1] - width, wanted.shape[0] - height
        left, top = (
            _share(by, self.arguments[first], self.arguments[second])
            for by, first, second in ((grown[0], "left", "right"), (grown[1], "top", "bottom"))
        )
        # The canvas becomes as large as it must be for the new layer.
        x_axis = _grown(IMAGE_SIZE[0], LAYER[0] + x - left, wanted.shape[1])
        y_axis = _grown(IMAGE_SIZE[1], LAYER[1] + y - top, wanted.shape[0])
        moved = x_axis[1], y_axis[1]
        self._image_size((x_axis[0], y_axis[0]))
        offset = LAYER[0] + x - left + moved[0], LAYER[1] + y - top + moved[1]
        self._geometry(wanted.shape[1::-1], offset)
        self._unchanged("photo", moved, visible=self.case.region != "whole")
        self._unchanged("other", moved)
        source = self.before.layer("photo").pixels[y : y + height, x : x + width]
        inside = self.made.pixels[top : top + height, left : left + width]
        if has_alpha(inside) and not has_alpha(source):
            inside = inside[:, :, :-1]
        if source.dtype.kind == "u":
            same_samples(inside, source, "the original pixels in the new layer")
        return self._result(wanted)

    def _invert(self):
        x, y, width, height = self._region()
        known = self._selected() if self.case.region == "ellipse" else None
        wanted = self.reference.invert(self._pixels(), self.arguments, (width, height), known)
        self._image_size(IMAGE_SIZE)
        self._geometry((width, height), (LAYER[0] + x, LAYER[1] + y))
        self._unchanged("photo")
        self._unchanged("other")
        if self.arguments["file"]:
            self._kept(wanted)
        return self._result(wanted)

    def _kept(self, wanted):
        """The field that was kept shows the same."""
        path = Path(self.arguments["file"])
        check(path.exists(), f"{path} was not written")
        again = self.reference.render(path, self.arguments, wanted.shape[1::-1])
        near(self.made.pixels, self.after.linear, again, "the kept field's picture")


def _round(value):
    """To the nearest, halves up."""
    return int(value + 0.5)


def _share(pixels, first, second):
    """How many of the pixels that two margins have together are the first's."""
    return round(pixels * first / (first + second)) if first + second else 0


def _grown(side, start, length):
    """A side of the canvas that also holds what begins there, and how far all moves for that."""
    moved = max(0, -start)
    return max(side, start + length) + moved, moved
