"""Grey, flat and smaller pictures."""

import numpy as np
import tifffile
from PIL import Image
from table import case


def photo(height=40, width=52):
    """Grey detail, 8 bits."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(3).normal(0, 12, (height, width))
    return np.clip(120 + 70 * np.sin(x / 3) * np.cos(y / 5) + noise, 0, 255).astype(np.uint8)


def read(work, name):
    return np.array(Image.open(work.path(name))).astype(int)


@case("color", before="24 levels of colour", right="none, and what the grey picture gives")
def grey_stored_as_rgb(work):
    grey = photo()
    Image.fromarray(grey).convert("RGB").save(work.path("rgb.png"))
    Image.fromarray(grey).save(work.path("grey.png"))
    Image.fromarray(grey).convert("RGB").save(work.path("rgb.jpg"), quality=90)
    wide = np.repeat(grey[..., None].astype(np.uint16) * 257, 3, -1)
    tifffile.imwrite(work.path("wide.tif"), wide, photometric="rgb")
    alpha = np.dstack([grey] * 3 + [np.where(grey > 100, 255, 90).astype(np.uint8)])
    Image.fromarray(alpha).save(work.path("alpha.png"))
    for name in ("rgb.png", "grey.png", "rgb.jpg", "alpha.png"):
        work.run("upscale", name, "-o", f"out-{name[:-4]}{name[-4:]}.png", "--scale", "3")
    work.run("upscale", "wide.tif", "-o", "out-wide.tif", "--scale", "3")
    for name in ("rgb.png", "rgb.jpg", "alpha.png"):
        out = read(work, f"out-{name}.png")
        assert np.ptp(out[..., :3], -1).max() == 0, name
    out = tifffile.imread(work.path("out-wide.tif"))
    assert np.ptp(out, -1).max() == 0
    assert (read(work, "out-rgb.png.png")[..., 0] == read(work, "out-grey.png.png")).all()
    return "0 levels"


@case("color", before="the last colour lost", right="a colour at the very end is seen")
def one_pixel_of_colour(work):
    rgb = np.repeat(photo()[..., None], 3, -1)
    rgb[-1, -1] = (255, 0, 0)
    Image.fromarray(rgb).save(work.path("a.png"))
    work.run("upscale", "a.png", "-o", "b.png", "--scale", "2")
    out = read(work, "b.png")
    assert out[-1, -1, 0] > out[-1, -1, 1] + 80, out[-1, -1]
    return str(out[-1, -1])


@case("color", before="white, and 0/128/191", right="127, and 84 to 97")
def smaller_results(work):
    y, x = np.mgrid[0:64, 0:64]
    Image.fromarray(((x + y) % 2 * 255).astype(np.uint8)).save(work.path("checker.png"))
    Image.fromarray((x % 3 == 0).astype(np.uint8) * 255).save(work.path("stripes.png"))
    work.run("upscale", "checker.png", "-o", "a.png", "--size", "16x16")
    work.run("upscale", "stripes.png", "-o", "b.png", "--scale", "0.25")
    work.run("upscale", "checker.png", "-o", "c.png", "--size", "16x130")
    checker, stripes, tall = (read(work, f"{n}.png") for n in "abc")
    assert np.abs(checker - 127.5).max() <= 2, checker
    inside = stripes[:, 1:-1]
    assert np.abs(inside - 85).max() <= 4, stripes[0]
    tall = tall[:, 2:-2]
    assert np.abs(tall - 127.5).max() <= 4, (tall.min(), tall.max())
    return f"{checker.mean():.0f}, {inside.min()} to {inside.max()}"


@case("color", before="black fringes", right="colour of visible pixels alone")
def smaller_results_with_alpha(work):
    y, x = np.mgrid[0:96, 0:96]
    disc = (x - 48) ** 2 + (y - 48) ** 2 < 30**2
    rgba = np.zeros((96, 96, 4), np.uint8)
    rgba[disc] = (230, 120, 40, 255)
    Image.fromarray(rgba).save(work.path("a.png"))
    work.run("upscale", "a.png", "-o", "b.png", "--size", "10x10")
    out = read(work, "b.png")
    seen = out[out[..., 3] > 20]
    worst = np.abs(seen[:, :3] - (230, 120, 40)).max()
    assert worst <= 4, worst
    return f"off by {worst}"


@case("color", before="10 of 255 at the border", right="flat to the border, of its colour")
def flat_pictures(work):
    colours = [(0, 255, 0), (0, 0, 255), (8, 191, 138), (255, 255, 255), (130, 130, 130)]
    for colour in colours:
        for size in ((1, 1), (7, 5), (48, 40)):
            Image.new("RGB", size, colour).save(work.path("a.png"))
            work.run("upscale", "a.png", "-o", "b.png", "--scale", "3", "--overwrite")
            out = read(work, "b.png")
            assert (out == colour).all(), (colour, size, np.ptp(out, (0, 1)))
    return f"{len(colours)} colours"


@case("color", before="254 at the edge of paper", right="255, and frames of one colour")
def flat_margins(work):
    for paper in ((255, 255, 255), (20, 200, 90)):
        page = np.empty((90, 80, 3), np.uint8)
        page[:] = paper
        page[30:60, 30:50] = photo(30, 20)[..., None]
        Image.fromarray(page).save(work.path("a.png"))
        work.run("upscale", "a.png", "-o", "b.png", "--scale", "2", "--overwrite")
        out = read(work, "b.png")
        for band in (out[:30], out[-30:], out[:, :30], out[:, -30:]):
            assert (band == paper).all(), (paper, np.abs(band - paper).max())
    return "0 of 255"
