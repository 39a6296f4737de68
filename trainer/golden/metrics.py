"""Golden numbers of the metrics, by NumPy and SciPy alone: writes metrics.safetensors.

    python3 -m venv env && env/bin/pip install numpy scipy safetensors
    env/bin/python trainer/golden/metrics.py

Made with NumPy 2.x and SciPy 1.x; the numbers do not depend on their versions beyond rounding.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist

rng = np.random.default_rng(20151205)
golden = {}


def frechet(name, a, b):
    """Two sets of vectors: their means, covariances (divided by the count) and distance."""
    means = [side.mean(axis=0) for side in (a, b)]
    covariances = [np.cov(side, rowvar=False, bias=True) for side in (a, b)]
    # The trace of the square root of the product is the nuclear norm of the sets' cross product,
    # also where covariances are singular and SciPy's square root is inaccurate.
    centred = [side - mean for side, mean in zip((a, b), means, strict=True)]
    overlap = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum()
    overlap /= np.sqrt(len(a) * len(b))
    if min(len(a), len(b)) > width and name != "scaled":
        root = sqrtm(covariances[0] @ covariances[1])
        assert np.isclose(np.trace(root.real), overlap, rtol=1e-9)
    distance = np.sum((means[0] - means[1]) ** 2) + np.trace(sum(covariances)) - 2 * overlap
    for side, mean, covariance in zip("ab", means, covariances, strict=True):
        golden[f"frechet.{name}.{side}.mean"] = mean
        golden[f"frechet.{name}.{side}.covariance"] = covariance
    golden[f"frechet.{name}.distance"] = np.array([distance])


width = 12
mixing = rng.normal(size=(width, width))
vectors = rng.normal(size=(50, width)) @ mixing + 3.0
golden["streamed.vectors"] = vectors
golden["streamed.mean"] = vectors.mean(axis=0)
golden["streamed.covariance"] = np.cov(vectors, rowvar=False, bias=True)

frechet("full", vectors, rng.normal(size=(70, width)) + 2.0)
# Five vectors span four dimensions only.
frechet("singular", rng.normal(size=(5, width)), rng.normal(size=(6, width)))
frechet("means", vectors, vectors + rng.normal(size=width))
frechet("scaled", 1e-3 * vectors, 1e-3 * rng.normal(size=(70, width)) * np.arange(width))

logits = 2.0 * rng.normal(size=(57, 11))
probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
scores = []
for i in range(10):
    part = probabilities[i * 57 // 10 : (i + 1) * 57 // 10]
    divergence = part * (np.log(part) - np.log(part.mean(axis=0, keepdims=True)))
    scores.append(np.exp(divergence.sum(axis=1).mean()))
golden["score.probabilities"] = probabilities
golden["score.mean_deviation"] = np.array([np.mean(scores), np.std(scores)])


def covered(probes, centres, k=3):
    """Share of the probes within the distance of a centre to its k-th nearest other centre."""
    radii = np.sort(cdist(centres, centres), axis=1)[:, k]
    return (cdist(probes, centres) <= radii).any(axis=1).mean()


real = rng.normal(size=(60, 6)).astype(np.float32)
generated = (0.8 * rng.normal(size=(45, 6)) + 0.5).astype(np.float32)
golden["neighbours.real"] = real
golden["neighbours.generated"] = generated
precision_recall = [covered(generated, real), covered(real, generated)]
golden["neighbours.precision_recall"] = np.array(precision_recall)


def kernel(name, x):
    """Weight of a pixel at distance x."""
    x = np.abs(x)
    if name == "nearest":
        return (x < 0.5).astype(float)
    if name == "bilinear":
        return np.maximum(0.0, 1.0 - x)
    a = -0.75
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = a * (((x - 5) * x + 8) * x - 4)
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def weights(name, source, target):
    """The matrix [target, source] of a filter whose pixel centres lie at halves, edges repeated."""
    matrix = np.zeros((target, source))
    for i in range(target):
        centre = (i + 0.5) * source / target - 0.5
        if name == "nearest":
            centre = np.floor(i * source / target)
        for tap in range(int(np.floor(centre)) - 1, int(np.floor(centre)) + 3):
            matrix[i, np.clip(tap, 0, source - 1)] += kernel(name, centre - tap)
    return matrix


images = rng.integers(0, 256, size=(2, 3, 6, 6), dtype=np.uint8)
golden["upsampling.images"] = images
for name in ("nearest", "bilinear", "bicubic"):
    matrix = weights(name, 6, 15)
    enlarged = np.einsum("oh,bchw,pw->bcop", matrix, images.astype(float), matrix)
    golden[f"upsampling.{name}"] = np.clip(np.round(enlarged), 0, 255).astype(np.uint8)

golden = {name: np.ascontiguousarray(value) for name, value in golden.items()}
save_file(golden, Path(__file__).with_name("metrics.safetensors"))
for case in ("full", "singular", "means", "scaled"):
    print(case, golden[f"frechet.{case}.distance"])
print(golden["score.mean_deviation"], golden["neighbours.precision_recall"])
