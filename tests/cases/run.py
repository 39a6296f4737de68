"""Runs every case of `kinds/` against the program and prints what comes of each as a table.

    python3 tests/cases/run.py PROGRAM [WORD ...]

With words, only cases that have one of them in their kind or name. Exits with 1 when a case fails
or none was found.
"""

import argparse
import importlib
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from table import CASES, SkipError, Work  # noqa: E402


def gathered(words: list[str]) -> list:
    """The cases of all modules in `kinds/`, those with one of `words` if there are any."""
    for module in sorted((HERE / "kinds").glob("*.py")):
        importlib.import_module(f"kinds.{module.stem}")
    return [c for c in CASES if not words or any(w in f"{c.kind} {c.name}" for w in words)]


def outcome(case, program: Path) -> tuple[str, str]:
    """Whether the case passed, and what came of it."""
    with Work(program) as work:
        try:
            return "passed", case.run(work)
        except SkipError as reason:
            return "skipped", str(reason)
        except AssertionError as problem:
            return "FAILED", str(problem) or traceback.format_exc(limit=-1)
        except Exception:
            return "FAILED", traceback.format_exc(limit=-2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=Path)
    parser.add_argument("words", nargs="*")
    args = parser.parse_args()
    cases = gathered(args.words)
    counts = dict.fromkeys(("passed", "FAILED", "skipped"), 0)
    print("| case | before | right | now |\n| --- | --- | --- | --- |")
    for case in cases:
        status, now = outcome(case, args.program.resolve())
        counts[status] += 1
        cells = [f"{case.kind}: {case.name}", case.before, case.right, f"{status}: {now}"]
        print("| " + " | ".join(c.replace("\n", " ").replace("|", "/") for c in cells) + " |")
    print(f"{counts['passed']} passed, {counts['FAILED']} failed, {counts['skipped']} skipped")
    return int(counts["FAILED"] > 0 or not cases)


if __name__ == "__main__":
    sys.exit(main())
