"""Runs all cases in one Krita and compares their layers with the command line's results."""

import json

import numpy
from PIL import Image

from cases import IMAGE, LAYER, PROFILES, REGIONS, matrix
from compare import WrongError, check, decoded, encoded
from polyinr.operations import find
from reference import Reference
from report import Worst

# Types of samples by depth.
TYPES = {"U8": "u1", "U16": "u2", "F16": "f2", "F32": "f4"}

# Differences of floats from 0 to 1, as a screen shows them: conversions to and from linear light,
# and rounding to 16 bits.
FLOAT_TOLERANCE = {"F16": 1e-3, "F32": 1e-4}

# Weights of the luminance for the white of profiles (D50).
LUMINANCE = numpy.array([0.22248840, 0.71690369, 0.06060791])

# A cut with edges and smooth parts of the photograph, made small so that it holds much.
CUT = (240, 120, 360, 228)


def run(krita, report, photograph, models, program, weights):
    """All cases of a version."""
    folder = krita.work / "matrix"
    folder.mkdir()
    reference = Reference(program, weights, krita.work / "reference")
    cases = matrix(models, folder)
    photo = _photo(photograph)
    orders = {"folder": str(folder), "cases": [_order(case, photo, folder) for case in cases]}
    path = folder / "orders.json"
    path.write_text(json.dumps(orders))
    finished = krita.script("inside", path)
    (folder / "krita.txt").write_text(finished.text)
    report.check("kritarunner", check, finished.status == 0, finished.text[-2000:])
    worst = Worst()
    for case in cases:
        share = report.check(case.name, Checked(case, folder, photo, reference).all)
        worst.add(f"{case.operation}, {case.depth}", share)
    report.check("cleaning shows", _cleaning_shows, folder)
    worst.show(" of what is allowed")


def _cleaning_shows(folder):
    """By hand, a picture is cleaned to other pixels than not at all."""
    labels = ("cleaned_by_hand", "not_cleaned")
    made = {(folder / f"super-resolve-RGBA-U8-whole-{label}.raw").read_bytes() for label in labels}
    check(len(made) == 2, "the results are the same")


def _photo(photograph):
    """The photograph's values from 0 to 1, with more bits than 8, and an alpha of all values."""
    with Image.open(photograph) as opened:
        cut = opened.convert("RGB").crop(CUT).resize(LAYER[2:], Image.Resampling.BOX)
    rng = numpy.random.default_rng(1)
    values = numpy.asarray(cut, float) / 255
    values = numpy.clip(values + rng.uniform(-0.5, 0.5, values.shape) / 255, 0, 1)
    height, width = values.shape[:2]
    down, right = numpy.mgrid[0:height, 0:width]
    # No row or column of the edge is fully transparent: it would not belong to the layer.
    alpha = numpy.clip(1.4 * right / width + 0.5 * down / height - 0.4, 0.02, 1)
    return numpy.dstack([values, alpha])


def _samples(case, photo):
    """The photograph as a layer of the case's image, in the order of memory."""
    alpha = photo[:, :, 3:] if case.has_alpha else numpy.ones_like(photo[:, :, 3:])
    colours = photo[:, :, :3]
    if case.is_noisy:
        noise = numpy.random.default_rng(2).normal(0, 25 / 255, colours.shape)
        colours = numpy.clip(colours + noise, 0, 1)
    if case.model == "GRAYA":
        colours = colours.mean(axis=2, keepdims=True)
    if case.is_linear:
        colours = decoded(colours)
    return _stored(case, numpy.concatenate([colours, alpha], axis=2))


def _stored(case, values):
    kind = numpy.dtype(TYPES[case.depth])
    if kind.kind == "f":
        return values.astype(kind)
    if case.model == "RGBA":
        values = values[:, :, [2, 1, 0, 3]]
    return numpy.round(values * numpy.iinfo(kind).max).astype(kind)


def _order(case, photo, folder):
    looks = case.is_linear, case.has_alpha, case.is_noisy
    pixels = folder / f"photo-{case.model}-{case.depth}-{'-'.join(map(str, looks))}.raw"
    pixels.write_bytes(_samples(case, photo).tobytes())
    bounds, mask = REGIONS[case.region]
    if mask is not None:
        (folder / "mask.raw").write_bytes(mask.tobytes())
    return {
        **{name: getattr(case, name) for name in ("name", "operation", "model", "depth")},
        "profile": case.profile,
        "arguments": case.arguments,
        "image": IMAGE,
        "layer": LAYER,
        "pixels": str(pixels),
        "selection": bounds,
        "mask": str(folder / "mask.raw") if mask is not None else "",
        "on": "photo",
    }


class Checked:
    """A case that was run, with what it should have made."""

    def __init__(self, case, folder, photo, reference):
        self.case, self.folder, self.photo, self.reference = case, folder, photo, reference
        self.arguments = find(case.operation).complete(case.arguments)

    def all(self):
        """Checks everything; the largest difference as a share of what is allowed."""
        path, case = self.folder / f"{self.case.name}.json", self.case
        check(path.exists(), "was not run")
        self.found = found = json.loads(path.read_text())
        check("error" not in found, f"failed: {found.get('error')}\n{found.get('trace')}")
        self.is_new = self.arguments.get("target") == "image"
        check(found["is_new"] == self.is_new, "the result is in another image")
        check(found["open"] == 1 + self.is_new, f"{found['open']} images are open")
        wanted = (
            ["RGBA", "U8", PROFILES["RGBA", "U8"]]
            if self.is_new
            else [*(case.model, case.depth, case.profile)]
        )
        check(found["space"] == wanted, f"the layer's space is {found['space']}, not {wanted}")
        self._layers()
        rendered = {
            "super-resolve": self._super_resolve,
            "generate": self._generate,
            "extend-canvas": self._extend,
            "invert": self._invert,
        }[case.operation]()
        return self._compare(*rendered)

    def _layers(self):
        """The new layer is over the one it was made from, which is hidden when all of it was."""
        found, operation = self.found, self.case.operation
        if self.is_new:
            check(found["layers"] == [[found["made"], True]], f"layers: {found['layers']}")
            return
        hides = operation in ("super-resolve", "extend-canvas") and self.case.region == "whole"
        wanted = [["Background", True], ["photo", not hides], [found["made"], True]]
        check(found["layers"] == wanted, f"layers: {found['layers']}, not {wanted}")
        if operation in ("generate", "invert"):
            before, after = (
                (self.folder / f"{self.case.name}-{when}.raw").read_bytes()
                for when in ("before", "after")
            )
            check(before == after, "the layer's own pixels have changed")

    def _made(self):
        """The new layer on all of the image, in the order red, green, blue, alpha."""
        width, height = self.found["size"]
        model, depth = ("RGBA", "U8") if self.is_new else (self.case.model, self.case.depth)
        data = (self.folder / f"{self.case.name}.raw").read_bytes()
        pixels = numpy.frombuffer(data, TYPES[depth]).reshape(height, width, -1)
        if model == "RGBA" and depth in ("U8", "U16"):
            pixels = pixels[:, :, [2, 1, 0, 3]]
        return pixels

    def _input(self):
        """The pixels that are worked on, as the command line is to see them."""
        x, y, width, height = self.case.area
        part = _samples(self.case, self.photo)
        part = part[y - LAYER[1] :, x - LAYER[0] :][:height, :width]
        if part.dtype.kind == "u" and self.case.model == "RGBA":
            part = part[:, :, [2, 1, 0, 3]]
        if part.dtype.kind == "f" or self.case.is_linear:
            top = numpy.iinfo(part.dtype).max if part.dtype.kind == "u" else 1
            values = part.astype(float) / top
            if self.case.is_linear:
                values[:, :, :-1] = encoded(values[:, :, :-1])
            part = values.astype("f4")
        self.reference.sample = part.dtype
        return part

    def _super_resolve(self):
        x, y, width, height = self.case.area
        across, down = self._factors()
        self._size(_scaled(IMAGE[0], across), _scaled(IMAGE[1], down))
        size = _scaled(width, across), _scaled(height, down)
        pixels = self.reference.super_resolve(self._input(), self.arguments, size)
        return pixels, (int(x * across + 0.5), int(y * down + 0.5))

    def _factors(self):
        arguments, (width, height) = self.arguments, IMAGE
        across = arguments["width"] / width or arguments["height"] / height
        across = across or arguments["factor"]
        return across, arguments["height"] / height or across

    def _generate(self):
        x, y, width, height = self.case.area
        size = self.arguments["width"] or width, self.arguments["height"] or height
        linear = self.case.is_linear
        self.reference.sample = numpy.dtype(
            "u1" if self.is_new else "f4" if linear else TYPES[self.case.depth].replace("f2", "f4")
        )
        self._size(*(size if self.is_new else IMAGE))
        pixels = self.reference.generate(self.arguments, size)
        return pixels, (0, 0) if self.is_new else (x, y)

    def _extend(self):
        x, y, width, height = self.case.area
        percent = self.arguments["unit"] == "percent"
        left, right, top, bottom = (
            int(self.arguments[side] * (length / 100 if percent else 1) + 0.5)
            for side, length in zip(
                ("left", "right", "top", "bottom"), (width, width, height, height), strict=True
            )
        )
        moved = max(0, left - x), max(0, top - y)
        self._size(
            max(IMAGE[0], x + width + right) + moved[0],
            max(IMAGE[1], y + height + bottom) + moved[1],
        )
        place = x - left + moved[0], y - top + moved[1]
        self._original(x + moved[0], y + moved[1])
        return self.reference.extend(self._input(), self.arguments), place

    def _original(self, x, y):
        """The layer's pixels are in the new one to the bit."""
        left, top, width, height = self.case.area
        wanted = _samples(self.case, self.photo)
        wanted = wanted[top - LAYER[1] :, left - LAYER[0] :][:height, :width]
        found = self._made()[y : y + height, x : x + width]
        if self.case.model == "RGBA" and wanted.dtype.kind == "u":
            found = found[:, :, [2, 1, 0, 3]]
        check((found == wanted).all(), "the layer's own pixels are not in the result")

    def _invert(self):
        _, _, width, height = self.case.area
        mask = REGIONS[self.case.region][1]
        self._size(*IMAGE)
        pixels = self.reference.invert(self._searched(), self.arguments, (width, height), mask)
        if self.arguments["file"]:
            arguments = self.arguments | {"levels": "", "truncation": 1}
            kept = self.reference.render(self.arguments["file"], arguments, (width, height))
            check(numpy.array_equal(kept, pixels), "the kept field shows something else")
        return pixels, self.case.area[:2]

    def _searched(self):
        """The pixels that were searched: a search goes elsewhere where conversions differ in the
        last bits, so that it starts from what the plug-in's conversion made of the layer."""
        wanted = self._input()
        if wanted.dtype.kind == "u":
            return wanted
        path = self.folder / f"{self.case.name}-source.raw"
        found = numpy.frombuffer(path.read_bytes(), "f4").reshape(wanted.shape)
        worst = numpy.abs(found - wanted).max()
        check(worst < 1e-4, f"the perceptual copy of the layer differs by {worst:.3g}")
        return found

    def _size(self, *size):
        check(self.found["size"] == list(size), f"the image is {self.found['size']}, not {size}")

    def _compare(self, wanted, place):
        """The new layer holds the wanted values at a place and is empty elsewhere."""
        case, made = self.case, self._made()
        wanted = _as_kind(wanted, made, case.is_linear)
        height, width = wanted.shape[:2]
        x, y = place
        found = made[y : y + height, x : x + width]
        rest = made[:, :, -1].copy()
        rest[y : y + height, x : x + width] = 0
        check(not rest.any(), "there are pixels outside of the result's place")
        mask = self._mask(width, height)
        wanted[:, :, -1] *= mask
        # Colours of transparent pixels mean nothing.
        seen = wanted[:, :, -1:] > (0 if mask.min() == 1 else 0.02)
        difference = self._difference(found, wanted) / _allowed(case, found)
        difference[:, :, :-1] *= seen
        if mask.min() < 1 and case.operation == "super-resolve":
            # How the selection is made larger is Qt's affair.
            top = numpy.iinfo(found.dtype).max if found.dtype.kind == "u" else 1
            difference[:, :, -1] = numpy.abs(found[:, :, -1] / top - wanted[:, :, -1]) / 0.05
        worst = float(difference.max())
        where = numpy.unravel_index(difference.argmax(), difference.shape)
        if not worst <= 1:
            raise WrongError(f"differs at {where} by {worst:.4g} times of what is allowed")
        return worst

    def _difference(self, found, wanted):
        """Differences, of integers in their steps, of floats as a screen shows them."""
        colours = slice(None), slice(None), slice(-1)
        if found.dtype.kind == "u":
            wanted = numpy.clip(wanted, 0, 1)
            if self.case.is_linear:
                wanted[colours] = decoded(wanted[colours])
            return numpy.abs(found - wanted * numpy.iinfo(found.dtype).max)
        values = found.astype(float)
        if self.case.is_linear:
            values[colours] = encoded(values[colours])
        return numpy.abs(values - wanted)

    def _mask(self, width, height):
        """How opaque the selection leaves the result, as large as that."""
        mask = REGIONS[self.case.region][1]
        if mask is None or self.case.operation == "extend-canvas":
            return numpy.ones((height, width))
        large = Image.fromarray(mask).resize((width, height), Image.Resampling.BILINEAR)
        return numpy.asarray(large, float) / 255


def _allowed(case, found):
    """The largest difference that is allowed."""
    if found.dtype.kind == "f":
        return FLOAT_TOLERANCE[case.depth]
    # Rounding; where Krita converts colours to grey or multiplies alpha, one step of 8 bits.
    converted = case.model == "GRAYA" and case.operation in ("generate", "invert")
    if converted or case.is_linear or case.region == "ellipse":
        return 1.01 if found.dtype == "u1" else 200
    return 0.501


def _scaled(side, factor):
    return max(1, int(side * factor + 0.5))


def _as_kind(pixels, like, linear):
    """A result as the channels of a layer have it: with opaque alpha, or as grey."""
    pixels = pixels.astype(float)
    alpha = numpy.ones_like(pixels[:, :, :1])
    if pixels.shape[2] in (2, 4):
        pixels, alpha = pixels[:, :, :-1], pixels[:, :, -1:]
    if like.shape[2] == 2 and pixels.shape[2] == 3:
        pixels = encoded(decoded(pixels) @ LUMINANCE)[:, :, None]
    return numpy.concatenate([pixels, alpha], axis=2)
