"""What a case is, and what it works with.

A module in `kinds/` holds the cases of one kind of input. Each case is a function that makes its
input in `work.folder`, runs the program, checks what came out with `assert`, and returns it in a
few words for the table:

    @case("png", before="took 909 MB", right="an error")
    def text_bomb(work):
        ...
        return work.run("inspect", "bomb.png", status=1).stderr
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    kind: str
    name: str
    before: str
    right: str
    run: Callable


CASES: list[Case] = []


class SkipError(Exception):
    """A case cannot be tried here; the reason says why."""


def case(kind: str, before: str, right: str) -> Callable:
    """Registers the function below as a case of `kind`."""

    def register(run: Callable) -> Callable:
        CASES.append(Case(kind, run.__name__.replace("_", " "), before, right, run))
        return run

    return register


def needs(program: str) -> None:
    """Skips the case where `program` is not installed; with CI set that is a failure."""
    if shutil.which(program) is None:
        assert "CI" not in os.environ, f"{program} is not installed, and CI is set"
        raise SkipError(f"{program} is not installed")


class Work:
    """A folder of its own for one case, and the program to run in it."""

    def __init__(self, program: Path):
        self.program = program

    def __enter__(self) -> "Work":
        self._temporary = tempfile.TemporaryDirectory(prefix="cases-")
        self.folder = Path(self._temporary.name)
        return self

    def __exit__(self, *_):
        self._temporary.cleanup()

    def path(self, name: str) -> Path:
        """The path of `name` in the case's folder."""
        return self.folder / name

    def run(self, *arguments, status: int | None = 0, timeout: float = 120, **options):
        """Runs the program in the case's folder, text in and out, and checks its exit status.

        `options` go to `subprocess.run`; `status=None` accepts any status but a signal.
        """
        options = {"capture_output": True, "text": True, "errors": "replace"} | options
        command = [str(self.program), *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.folder, timeout=timeout, stdin=options.pop("stdin", None), **options
        )
        right = done.returncode >= 0 if status is None else done.returncode == status
        assert right, f"status {done.returncode}, wanted {status}: {done.stderr}"
        return done

    def peak(self, *arguments, status: int | None = 0, timeout: float = 120):
        """As `run`; gives the result and its peak memory in MB."""
        script = (
            "import os,subprocess,sys,resource;"
            "p=subprocess.run(sys.argv[1:]);"
            "sys.stderr.write(f'\\npeak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}');"
            "sys.exit(p.returncode if p.returncode >= 0 else 128 - p.returncode)"
        )
        command = ["python3", "-c", script, str(self.program), *map(str, arguments)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            timeout=timeout,
            capture_output=True,
            text=True,
            errors="replace",
        )
        done.stderr, _, kilobytes = done.stderr.rpartition("\npeak ")
        right = done.returncode < 128 if status is None else done.returncode == status
        assert right, f"status {done.returncode}, wanted {status}: {done.stderr}"
        return done, int(kilobytes) / 1024
