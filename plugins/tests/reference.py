"""What the plug-in should give: the command line's results on the same pixels."""

import json
import subprocess
import threading
from pathlib import Path

import numpy
import tifffile

import fields
from compare import WrongError, check

# What --depth calls kinds of samples.
DEPTHS = {"u1": "8", "u2": "16", "f4": "32f"}


# tifffile's codecs are imported when they are first needed, which threads must not do together.
TIFF = threading.Lock()


class Reference:
    """Calls of the `polyinr` program, with files in a folder of their own.

    `weights` is the file of the default generator. `sample` is the kind of samples of results.
    """

    def __init__(self, program, weights, folder):
        self.program = str(program)
        self.weights = weights
        self.sample = numpy.dtype("f4")
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def beside(self, name):
        """The same with a folder of its own."""
        return Reference(self.program, self.weights, self.folder / str(name))

    def run(self, *words):
        """Runs the program."""
        words = [self.program, *(str(word) for word in words)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise WrongError(f"the reference fails: {' '.join(words)}: {done.stderr.strip()}")

    def picture(self, pixels):
        """A file of pixels of the shape (height, width, channels)."""
        path, channels = self.folder / "in.tif", pixels.shape[2]
        colours = "rgb" if channels > 2 else "minisblack"
        extra = ["unassalpha"] if channels in (2, 4) else None
        if channels == 1:
            pixels = pixels[:, :, 0]
        options = {"photometric": colours, "extrasamples": extra, "planarconfig": "contig"}
        with TIFF:
            tifffile.imwrite(path, numpy.ascontiguousarray(pixels), **options)
        return path

    def result(self, *words):
        """The pixels that a command writes, integers as fractions of their largest."""
        path, depth = self.folder / "out.tif", DEPTHS[self.sample.str[1:]]
        self.run(*words, "--depth", depth, "--overwrite", "--quiet", "-o", path)
        with TIFF:
            pixels = tifffile.imread(path)
        check(pixels.dtype == self.sample, f"the reference has samples {pixels.dtype}: {words}")
        if pixels.ndim == 2:
            pixels = pixels[:, :, None]
        return pixels / numpy.iinfo(self.sample).max if self.sample.kind == "u" else pixels

    def super_resolve(self, pixels, arguments, size):
        """The picture at a size."""
        words = ["upscale", self.picture(pixels), "--size", f"{size[0]}x{size[1]}"]
        if arguments["refine"]:
            words += [f"--refine={arguments['refine']}"]
        if arguments["cleaning"] == "manual":
            words += ["--denoise", arguments["denoise"], "--deblur", arguments["deblur"]]
        if arguments["detail"]:
            words += ["--detail", arguments["detail"]]
        return self.result(*words, *_option("model", arguments["model"]))

    def generate(self, arguments, size):
        """The picture of a seed at a size."""
        words = ["generate", "--size", f"{size[0]}x{size[1]}", "--seed", arguments["seed"]]
        words += ["--truncation", arguments["truncation"]]
        words += self.kind(arguments["class"], arguments["seed"], arguments["model"])
        return self.result(*words, *_option("model", arguments["model"]))

    def extend(self, pixels, arguments):
        """The picture with margins."""
        unit = {"percent": "%", "pixels": ""}[arguments["unit"]]
        sides = [f"{_number(arguments[side])}{unit}" for side in ("top", "right", "bottom", "left")]
        words = ["extend", self.picture(pixels), "--margin", ",".join(sides)]
        words += ["--method", arguments["method"], *_option("model", arguments["model"])]
        return self.result(*words)

    def invert(self, pixels, arguments, size, known=None):
        """The picture's field, nearer to the average and mixed with a seed's as is asked for.

        `known` says with bytes which pixels are to be met.
        """
        field = self.folder / "inverted.field"
        words = ["invert", self.picture(pixels), "--steps", arguments["steps"]]
        words += [
            "--overwrite",
            "--quiet",
            f"--tune={arguments['tuning']}",
            *_option("class", arguments["class"]),
        ]
        words += _option("resolution", arguments["resolution"])
        if known is not None:
            mask = self.folder / "known.tif"
            with TIFF:
                tifffile.imwrite(mask, known, photometric="minisblack")
            words += ["--mask", mask]
        self.run(*words, *_option("model", arguments["model"]), "-o", field)
        return self.restyled(field, arguments, size)

    def restyled(self, field, arguments, size):
        """An inverted field's picture with truncation and mixing."""
        model = _option("model", arguments["model"])
        if arguments["truncation"] != 1:
            average = self.seed(0, arguments["class"], arguments["model"], 0)
            field = self.between(average, field, arguments["truncation"], model)
        if arguments["levels"]:
            named = arguments["seed-class"]
            seed = self.seed(arguments["seed"], named, arguments["model"], 1)
            mixed = self.folder / "mixed.field"
            words = ["mix", field, seed, "--levels", arguments["levels"], "--space", "a"]
            self.run(*words, *model, "--overwrite", "--quiet", "-o", mixed)
            field = self.between(field, mixed, arguments["amount"], model)
        return self.render(field, arguments, size)

    def render(self, field, arguments, size):
        """A field's picture."""
        size = f"{size[0]}x{size[1]}"
        return self.result("render", field, "--size", size, *_option("model", arguments["model"]))

    def seed(self, seed, named, model, truncation):
        """The field of a seed."""
        picture = self.folder / f"seed-{seed}-{truncation}.png"
        words = ["generate", "--seed", seed, "--truncation", truncation, "--save-field"]
        words += ["--overwrite", "--quiet", "-o", picture, *_option("model", model)]
        self.run(*words, *self.kind(named, seed, model))
        return picture.with_suffix(".field")

    def kind(self, named, seed, model):
        """The option for a class; where none is named, seeds go through all of them."""
        metadata, _ = fields.read(Path(model or self.weights))
        count = len(json.loads(metadata["config"])["classes"])
        return _option("class", named or (str(seed % count) if count else ""))

    def between(self, first, second, part, model):
        """The field between two."""
        path = self.folder / f"between-{len(list(self.folder.iterdir()))}.field"
        weights = model[1] if model else self.weights
        fields.between(first, second, part, Path(weights), path)
        return path


def _option(name, value):
    """A command line's option, none for an empty text."""
    return [f"--{name}", value] if value else []


def _number(value):
    """A number as short as it can be."""
    return f"{value:g}"
