"""Values for the tests of src/metrics, made by Pillow and NumPy: pip install pillow numpy.

python tests/golden/metrics.py > tests/golden/metrics.json
"""

import json

import numpy as np
from PIL import Image


def picture(image):
    return {"size": list(image.size), "rgb": list(image.tobytes())}


def luma(image, border):
    rgb = np.asarray(image, np.float64)
    y = 16 + rgb @ np.array([65.481, 128.553, 24.966]) / 255
    return y[border : y.shape[0] - border, border : y.shape[1] - border]


def psnr(a, b):
    return float(10 * np.log10(255**2 / ((a - b) ** 2).mean()))


def smooth(a):
    k = np.exp(-((np.arange(11) - 5.0) ** 2) / (2 * 1.5**2))
    k /= k.sum()
    windows = np.lib.stride_tricks.sliding_window_view(a, (11, 11))
    return np.einsum("ijkl,k,l->ij", windows, k, k)


def ssim(a, b):
    ma, mb = smooth(a), smooth(b)
    va, vb, cov = smooth(a * a) - ma**2, smooth(b * b) - mb**2, smooth(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(
        ((2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))).mean()
    )


def source():
    """Smooth shapes, an edge and noise."""
    random = np.random.RandomState(1)
    y, x = np.mgrid[0:26, 0:34]
    planes = [128 + 100 * np.sin(x / 3.1), 255.0 * (x > y), random.randint(0, 256, x.shape)]
    return Image.fromarray(np.stack(planes, -1).clip(0, 255).astype(np.uint8))


def main():
    image = source()
    sizes = [(17, 13), (11, 9), (8, 6), (34, 26), (34, 39), (40, 26), (43, 33), (1, 1), (5, 70)]
    filters = {"bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
    resized = [
        {"filter": name, "picture": picture(image.resize(size, filter))}
        for name, filter in filters.items()
        for size in sizes
    ]
    scores = []
    for factor in (2, 3):
        small = image.resize((34 // factor, 26 // factor), Image.BICUBIC)
        back = small.resize(image.size, Image.LANCZOS)
        a, b = luma(image, factor), luma(back, factor)
        scores.append(
            {"picture": picture(back), "border": factor, "psnr": psnr(a, b), "ssim": ssim(a, b)}
        )
    print(
        json.dumps(
            {"source": picture(image), "resized": resized, "scores": scores}, separators=(",", ":")
        )
    )


main()
