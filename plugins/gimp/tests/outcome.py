"""What a batch noted about its cases."""

from dataclasses import dataclass

from compare import WrongError


@dataclass
class Outcome:
    """How a procedure's call ended."""

    done: bool = False
    error: str = ""
    layer: str = ""
    position: int = -1
    same_image: bool = True
    undo: tuple = ()


def read(log):
    """Outcomes by the names of the cases, from what they and the preloaded library wrote."""
    outcomes, current = {}, None
    for line in log.read_text().splitlines() if log.exists() else []:
        word, _, rest = line.partition(" ")
        if word == "==":
            current = outcomes[rest.strip()] = Outcome()
        elif current is None:
            raise WrongError(f"{log}: {line!r} before the first case")
        elif word == "undo":
            current.undo += (rest.strip(),)
        elif word == "ok":
            layer, _, place = rest.strip().rpartition(" @ ")
            position, home = place.split()
            current.done, current.layer = True, layer
            current.position, current.same_image = int(position), home == "same"
        else:
            # An error's text may have several lines.
            current.error = f"{current.error} {line}".strip()
    return outcomes
