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
