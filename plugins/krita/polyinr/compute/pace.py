"""How large previews are, so that they answer in a tenth of a second on any machine."""

import math

# Longest side in pixels of the first preview, and the least that shows anything.
FIRST, LEAST = 160, 64

# In seconds: what is too long, what is far less than could be, and what is between. The rest of the
# tenth of a second is for Krita's windows.
_SOON, _SPARE, _AIM = 0.08, 0.05, 0.065


def next_side(side: int, most: int, seconds: float) -> int:
    """Longest side of the next preview, at most `most`, after one of `side` that took so long."""
    if _SPARE < seconds <= _SOON:
        return side
    wanted = side * math.sqrt(_AIM / max(seconds, 1e-6))
    return int(min(max(wanted, LEAST), most))
