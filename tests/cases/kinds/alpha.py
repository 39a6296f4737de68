"""Alpha."""

import numpy as np
import tifffile
from table import case


@case("alpha", before="-0.3 to 1.4", right="0 to 1, colour no brighter than it was")
def hard_edges_in_floats(work):
    y, x = np.mgrid[0:32, 0:32]
    disc = ((x - 16) ** 2 + (y - 16) ** 2 < 100).astype(np.float32)
    rgba = np.dstack([np.ones((32, 32, 3), np.float32), disc])
    tifffile.imwrite(work.path("a.tif"), rgba, photometric="rgb", extrasamples=["unassalpha"])
    for model in ("photo", "clean"):
        for scale in ("3", "1.5", "0.4"):
            out = f"{model}{scale}.tif"
            work.run("upscale", "a.tif", "-o", out, "--scale", scale, "--model", model)
            got = tifffile.imread(work.path(out))
            alpha = got[..., 3]
            assert alpha.min() >= 0 and alpha.max() <= 1, (alpha.min(), alpha.max())
            assert got[..., :3].max() <= 1, got[..., :3].max()
    return f"{alpha.min():g} to {alpha.max():g}"
