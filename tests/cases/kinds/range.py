"""Values outside 0 to 1, and samples that hold none."""

import numpy as np
import tifffile
from table import case


def picture(height=36, width=44):
    """A float picture from 0 to 1 with edges, waves and a slope."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = 0.5 + 0.3 * np.sin(x * 0.7) * np.cos(y * 0.4)
    waves[10:20, 8:25] = 0.9
    slope = (x / width + y / height) / 2
    rgb = np.stack([waves, slope, 1 - waves], -1).astype(np.float32)
    return (rgb - rgb.min()) / (rgb.max() - rgb.min())


def enlarged(work, name, pixels, *options, nodata=None):
    """The result for float pixels; `nodata` is declared as GDAL does it."""
    extra = [] if nodata is None else [(42113, "s", 0, str(nodata), True)]
    photometric = "rgb" if pixels.ndim == 3 else "minisblack"
    tifffile.imwrite(work.path(f"{name}.tif"), pixels, photometric=photometric, extratags=extra)
    out = f"{name}-large.tif"
    scale = () if "--size" in options else ("--scale", "2")
    work.run("upscale", f"{name}.tif", "-o", out, *scale, *options)
    return tifffile.imread(work.path(out)).astype(np.float64)


@case("range", before="-1e10 to 9e10", right="the result of 0..1 in the picture's own units")
def floats_in_other_units(work):
    one = picture()
    base = enlarged(work, "base", one)
    worst = 0
    for name, factor, shift in [
        ("peak4", 4, 0),
        ("bytes", 255, 0),
        ("half", 1, -0.5),
        ("far", 3e4, 1e6),
    ]:
        other = enlarged(work, name, (one * np.float64(factor) + shift).astype(np.float32))
        worst = max(worst, np.abs((other - shift) / factor - base).max())
    assert worst < 1e-3, worst
    assert base.min() > -0.3 and base.max() < 1.3
    return f"off by {worst:.1g} of the range"


@case("range", before="-623 to 493", right="as without, refined")
def refined_floats(work):
    one = picture()
    base = enlarged(work, "base", one, "--refine")
    other = enlarged(work, "bytes", one * np.float32(255), "--refine")
    worst = np.abs(other / 255 - base).max()
    assert worst < 1e-3, worst
    mean = other.reshape(36, 2, 44, 2, 3).mean((1, 3))
    assert np.abs(mean - one * 255).mean() < 5
    return f"off by {worst:.1g} of the range"


@case("range", before="840 pixels not finite", right="those pixels that lie in them")
def samples_that_are_no_numbers(work):
    one = picture()
    holed = one.copy()
    holed[9, 13] = np.nan
    holed[20, 30] = np.inf
    holed[30, 5, 1] = -np.inf
    got = enlarged(work, "holed", holed)
    expected = holed.repeat(2, 0).repeat(2, 1)
    assert (np.isnan(got) == np.isnan(expected)).all()
    assert (np.isposinf(got) == np.isposinf(expected)).all()
    assert (np.isneginf(got) == np.isneginf(expected)).all()
    finite = np.isfinite(got)
    assert got[finite].min() > -0.3 and got[finite].max() < 1.3
    whole = enlarged(work, "whole", one)
    away = np.abs(got - whole)[60:, 60:].max()
    assert away < 0.05, away
    return f"{int((~finite).any(-1).sum())} pixels of {finite[..., 0].size}"


@case("range", before="treated as elevation", right="kept apart from the values")
def declared_nodata(work):
    height = (1000 + 400 * picture()[..., 0]).astype(np.float32)
    holed = height.copy()
    holed[:12, 20:] = -9999
    got = enlarged(work, "dem", holed, nodata=-9999)
    none = (holed == -9999).repeat(2, 0).repeat(2, 1)
    assert ((got == -9999) == none).all()
    assert got[~none].min() > 900 and got[~none].max() < 1500, (got[~none].min(), got[~none].max())
    return f"{got[~none].min():.0f} to {got[~none].max():.0f}"


@case("range", before="refused to keep it", right="a field shows what upscale gives")
def fields_of_such_floats(work):
    pixels = (picture() * 300 - 20).astype(np.float32)
    pixels[3, 4] = np.nan
    tifffile.imwrite(work.path("a.tif"), pixels, photometric="rgb")
    work.run("upscale", "a.tif", "-o", "b.tif", "--scale", "2", "--save-field")
    work.run("render", "b.field", "-o", "c.tif", "--size", "88x72")
    work.run("render", "b.field", "-o", "d.tif", "--window=0.5,1,0.5,1", "--size", "44x36")
    b, c, d = (tifffile.imread(work.path(f"{n}.tif")) for n in "bcd")
    assert np.array_equal(b, c, equal_nan=True)
    assert np.nanmax(np.abs(d - b[36:, 44:])) < 0.05
    return f"{np.nanmin(b):.0f} to {np.nanmax(b):.0f}"


@case(
    "range", before="margins of the wrong range, or refused", right="margins in the picture's units"
)
def extended_floats(work):
    pixels = (picture() * 250 + 500).astype(np.float32)
    pixels[7, 7] = np.nan
    tifffile.imwrite(work.path("a.tif"), pixels, photometric="rgb")
    work.run("extend", "a.tif", "-o", "b.tif", "--margin", "6px", "--method", "smooth")
    b = tifffile.imread(work.path("b.tif"))
    assert np.array_equal(b[6:-6, 6:-6], pixels, equal_nan=True)
    assert np.isnan(b).any(-1).sum() == 1
    assert np.nanmin(b) >= 499 and np.nanmax(b) <= 751
    return f"{np.nanmin(b):.0f} to {np.nanmax(b):.0f}"


@case("range", before="took all for white", right="as the same picture from 0 to 1")
def measured_floats(work):
    work.path("one").mkdir()
    work.path("bytes").mkdir()
    tifffile.imwrite(work.path("one/a.tif"), picture(), photometric="rgb")
    tifffile.imwrite(work.path("bytes/a.tif"), picture() * np.float32(255), photometric="rgb")
    lines = [
        work.run("measure", name, "--scale", "2", "--method", "bicubic", "--json").stdout
        for name in ("one", "bytes")
    ]
    figures = [line[line.index('"psnr"') :].split(",")[0] for line in lines]
    assert figures[0] == figures[1], figures
    return figures[0]


@case("range", before="everything else is noise", right="what lies elsewhere as without it")
def a_few_values_far_away(work):
    one = picture()
    base = enlarged(work, "base", one)
    away = np.ones(base.shape[:2], bool)
    away[:40, :40] = False
    worst = 0
    for name, value in [("sun", 1e4), ("star", 1e30), ("hole", -3.4028235e38)]:
        other = one.copy()
        other[6, 6] = value
        found = enlarged(work, name, other)
        worst = max(worst, np.abs(found - base)[away].mean())
        assert np.isfinite(found).all()
        assert found.max() <= max(1.3, value * 1.001), found.max()
    assert worst < 0.02, worst
    return f"{worst:.2g} off on average"


@case("range", before="1.5 million off in what is seen", right="as with black there")
def colour_that_is_hardly_seen(work):
    def result(name, colour, alpha):
        pixels = np.dstack([picture(), np.ones((36, 44), np.float32)])
        pixels[10:20, 10:20, :3] = colour
        pixels[10:20, 10:20, 3] = alpha
        tifffile.imwrite(
            work.path(f"{name}.tif"), pixels, photometric="rgb", extrasamples=["unassalpha"]
        )
        work.run("upscale", f"{name}.tif", "-o", f"{name}-large.tif", "--scale", "2")
        return tifffile.imread(work.path(f"{name}-large.tif")).astype(np.float64)

    away = np.ones((72, 88), bool)
    away[16:44, 16:44] = False
    worst = 0
    for alpha in (0, 1e-3):
        found = result(f"junk{alpha}", 1e9, alpha)
        black = result(f"black{alpha}", 0, alpha)
        worst = max(worst, np.abs(found - black)[away].max())
    assert worst < 0.3, worst
    return f"{worst:.2g} off at most"


@case("range", before="margins of -8434", right="margins of values")
def nodata_does_not_go_on(work):
    heights = (picture()[..., 0] * 400 + 100).astype(np.float32)
    heights[:4, :4] = heights[-5:, -3:] = -9999
    extra = [(42113, "s", 0, "-9999", True)]
    tifffile.imwrite(work.path("dem.tif"), heights, photometric="minisblack", extratags=extra)
    work.run("extend", "dem.tif", "-o", "wide.tif", "--margin", "6")
    found = tifffile.imread(work.path("wide.tif"))
    assert (found[6:-6, 6:-6] == heights).all()
    found[6:-6, 6:-6] = 300
    assert found.min() > 0 and found.max() < 600, (found.min(), found.max())
    return f"{found.min():.0f} to {found.max():.0f}"


@case("range", before="all white, without a word", right="a line")
def values_that_a_format_cuts_off(work):
    pixels = picture() * 200 + 30
    pixels[3, 3] = np.nan
    tifffile.imwrite(work.path("heights.tif"), pixels.astype(np.float32), photometric="rgb")
    for options in (["--scale", "2"], ["--scale", "2", "--depth", "16"]):
        said = work.run("upscale", "heights.tif", "-o", "a.png", "--overwrite", *options).stderr
        assert "cut off" in said and "no numbers" in said and "tiff keeps" in said, said
    said = work.run("extend", "heights.tif", "-o", "b.png", "--margin", "2").stderr
    assert "cut off" in said, said
    return said.strip().splitlines()[0]
