"""Tests the installed plug-in in one version of GIMP; started by `run`."""

import argparse
import shutil
import signal
import sys
import time
from pathlib import Path

import failures
import matrix
import pictures
import screenshots
import window
import xcf_checks
from hosts import SUITES, Host
from models import cleaning
from reference import Reference
from report import Report

ROOT = Path(__file__).resolve().parents[3]


def main():
    # Ended by a signal, what was started is ended as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host", choices=SUITES)
    parser.add_argument("work", type=Path, help="folder with the home that holds the plug-in")
    parser.add_argument("program", type=Path, help="the polyinr program")
    parser.add_argument(
        "parts", nargs="*", choices=[[], *PARTS], help="what is tested [default: all]"
    )
    parser.add_argument(
        "--pictures", type=Path, help="photographs dialogs into this folder instead"
    )
    arguments = parser.parse_args()
    host, report = Host(arguments.host, arguments.work), Report()
    host.make_home()
    sources = pictures.make(ROOT / "docs/images/sample.jpg", host.work)
    models = {}
    for kind in ("generator", "upscaler"):
        models[kind] = shutil.copy(ROOT / f"fuzz/corpus/model/{kind}.safetensors", host.work)
    models["cleaning"] = str(cleaning(host.work / "cleaning.safetensors"))
    weights = ROOT / "models/flowers.safetensors"
    reference = Reference(arguments.program, weights, host.work / "reference")
    if arguments.pictures:
        screenshots.take(host, arguments.pictures.resolve(), reference)
        return 0
    for part in arguments.parts or PARTS:
        start = time.monotonic()
        PARTS[part](host, report, sources, models, reference)
        print(f"GIMP {host.name}, {part}: {time.monotonic() - start:.0f} s", flush=True)
    return report.end()


PARTS = {
    "matrix": matrix.run,
    "failures": failures.run,
    "xcf": xcf_checks.run,
    "window": window.run,
}

if __name__ == "__main__":
    sys.exit(main())
