"""Commands that are run to their end."""

import subprocess
from dataclasses import dataclass


@dataclass
class Finished:
    """A command that has ended: its status, what it wrote, and whether its time ran out."""

    status: int
    text: str
    late: bool = False


def finish(line, timeout):
    """Runs a command line, at most `timeout` seconds."""
    try:
        done = subprocess.run(
            line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return Finished(-1, (late.output or b"").decode(errors="replace"), late=True)
    return Finished(done.returncode, done.stdout.decode(errors="replace"))
