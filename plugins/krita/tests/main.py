"""Tests the installed plug-in in one version of Krita; started by `run`."""

import argparse
import shutil
import sys
from pathlib import Path

from host import PLUG_IN, SUITES, Host

from models import cleaning
from report import Report

sys.path.insert(0, str(PLUG_IN))

import importing
import windows

import failures
import matrix

ROOT = PLUG_IN.parents[1]
PHOTOGRAPH = ROOT / "docs/images/sample.jpg"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", choices=SUITES)
    parser.add_argument("work", type=Path, help="folder with the home that holds the plug-in")
    parser.add_argument("program", type=Path, help="the polyinr program")
    parser.add_argument(
        "parts",
        nargs="*",
        help="import, matrix, failures, windows, or windows:SCENARIO [default: all]",
    )
    arguments = parser.parse_args()
    krita, report = Host(arguments.version, arguments.work), Report()
    for part in arguments.parts or PARTS:
        print(f"Krita {krita.name}: {part}", flush=True)
        name, _, scenario = part.partition(":")
        if scenario:
            windows.run(krita, report, arguments.program, PHOTOGRAPH, [scenario])
        else:
            PARTS[name](krita, report, arguments.program)
    return report.end()


def _matrix(krita, report, program):
    models = {}
    for kind in ("generator", "upscaler"):
        models[kind] = shutil.copy(ROOT / f"fuzz/corpus/model/{kind}.safetensors", krita.work)
    models["cleaning"] = cleaning(krita.work / "cleaning.safetensors")
    weights = ROOT / "models/flowers.safetensors"
    matrix.run(krita, report, PHOTOGRAPH, models, program, weights)


def _windows(krita, report, program):
    windows.run(krita, report, program, PHOTOGRAPH)


def _failures(krita, report, _program):
    failures.run(krita, report)


def _importing(krita, report, _program):
    importing.run(krita, report)


PARTS = {"import": _importing, "matrix": _matrix, "failures": _failures, "windows": _windows}

if __name__ == "__main__":
    sys.exit(main())
