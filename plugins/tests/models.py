"""Small model files that the repository has none of.

    python3 models.py PATH

writes an upscaler that can be told how much to clean, and to draw detail.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests/cases"))

import weights


def cleaning(path: Path) -> Path:
    """Writes an upscaler that can be told how much to clean, and to draw detail, with numbers that
    let it be seen."""
    config, shapes = weights.upscaler(name="cleaning", format_version=2, strength=True, detail=True)
    biases = (1 + config["residual_blocks"]) * config["channels"]
    shapes["encoder.strength"] = [biases, 2]
    shapes |= {f"detail.{name}": shape for name, shape in shapes.items()}
    return weights.write(path, (config, shapes), _number)


def _number(name: str, index: int) -> float:
    """Noise and blur pull apart; all else is small and differs from one place to the next."""
    if name.endswith("encoder.strength"):
        return (0.6, -0.9)[index % 2] * (1 + index // 2 % 3)
    return ((index * 7 + len(name) * 3) % 11 - 5) / 25


if __name__ == "__main__":
    cleaning(Path(sys.argv[1]))
