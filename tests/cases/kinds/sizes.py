"""Sizes of results: one side, a box, and what files ask for."""

import json

from kinds.files import MODEL, edited
from kinds.signals import picture
from PIL import Image
from table import SkipError, case


def size(path):
    with Image.open(path) as image:
        return image.size


@case("size", before="no size, or distorted without a word", right="the other side follows")
def one_side_only(work):
    picture(work.path("a.png"), 44, 36)
    for asked, right in (
        (("--size", "200x"), (200, 164)),
        (("--size", "x300"), (367, 300)),
        (("--fit", "200x300"), (200, 164)),
        (("--fit", "300x90"), (110, 90)),
        (("--size", "3x"), (3, 2)),
        (("--size", "50x20"), (50, 20)),
    ):
        arguments = ("upscale", "a.png", "-o", "b.png", *asked, "--json", "--overwrite")
        for more in ((), ("--dry-run",)):
            line = json.loads(work.run(*arguments, *more).stdout.splitlines()[0])
            assert (line["width"], line["height"]) == right, (asked, line)
        assert size(work.path("b.png")) == right, asked
    for wrong in ("x", "0x", "x0", "-3x", "9999999x"):
        work.run("upscale", "a.png", "-o", "b.png", f"--size={wrong}", status=2)
    work.run("upscale", "a.png", "-o", "b.png", "--fit", "9x9", "--scale", "2", status=2)
    return "200x164"


@case("size", before="no option", right="both shapes kept in the box")
def a_folder_of_upright_and_lying_pictures(work):
    picture(work.path("in/lying.png"), 44, 36)
    picture(work.path("in/thin.png"), 1, 90)
    picture(work.path("in/upright.png"), 36, 44)
    work.run("upscale", "in", "-o", "out", "--fit", "100x100")
    sizes = [size(work.path(f"out/{n}.png")) for n in ("lying", "thin", "upright")]
    assert sizes == [(100, 82), (1, 100), (82, 100)], sizes
    return str(sizes)


@case("size", before="computes 2^40 pixels", right="an error that asks for --size")
def a_file_that_asks_for_a_terapixel(work):
    if not MODEL.exists():
        raise SkipError("the models are not beside the tests")
    edited(MODEL, work.path("m.safetensors"), lambda c: c.update(native_resolution=1 << 20))
    work.run("generate", "--class", "0", "--size", "8", "-o", "a.png", "--save-field")
    edited(work.path("a.field"), work.path("h.field"), lambda c: c.update(size=[1 << 20, 1 << 10]))
    commands = (
        ("generate", "--model", "m.safetensors", "--class", "0"),
        ("render", "1:0", "--model", "m.safetensors"),
        ("render", "h.field"),
        ("mix", "h.field", "h.field", "--levels", "0"),
        ("interpolate", "h.field", "h.field", "-n", "2"),
        ("heatmap", "h.field", "--levels", "0"),
        ("extend", "h.field"),
    )
    for command in commands:
        done = work.run(*command, "-o", "b.png", status=2, timeout=20)
        assert "--size" in done.stderr, (command, done.stderr)
        work.run(*command, "-o", "b.png", "--size", "8", "--overwrite")
    work.run("render", "h.field", "-o", "c.png", "--size", "x3")
    assert size(work.path("c.png")) == (3072, 3)
    return done.stderr.strip()
