"""Rectangles, and lengths that become others."""

from dataclasses import dataclass

from ..session import Glance


@dataclass(frozen=True)
class Area:
    """A rectangle of whole pixels."""

    x: int
    y: int
    width: int
    height: int

    def intersected(self, other: "Area") -> "Area":
        """What both have in common; without width or height when that is nothing."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        return Area(left, top, max(0, right - left), max(0, bottom - top))

    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return self.width == 0 or self.height == 0


def rounded(number: float) -> int:
    """The nearest whole number, a half upwards."""
    return int(number + 0.5) if number >= 0 else -int(0.5 - number)


def scaled(side: float, factor: float) -> int:
    """A side after scaling, at least a pixel."""
    return max(1, rounded(side * factor))


def fitted(width: float, height: float, glance: Glance) -> tuple[int, int]:
    """A size made smaller so that it fits into a preview."""
    factor = min(1.0, glance.width / width, glance.height / height)
    return scaled(width, factor), scaled(height, factor)
