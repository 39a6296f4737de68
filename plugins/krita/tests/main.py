"""Tests the installed plug-in in one version of Krita; started by `run`."""

import argparse
import shutil
import sys
from pathlib import Path

from host import PLUG_IN, SUITES, Host
from report import Report

sys.path.insert(0, str(PLUG_IN))

import matrix  # noqa: E402

ROOT = PLUG_IN.parents[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", choices=SUITES)
    parser.add_argument("work", type=Path, help="folder with the home that holds the plug-in")
    parser.add_argument("program", type=Path, help="the polyinr program")
    parser.add_argument("parts", nargs="*", help="what is tested [default: all]")
    arguments = parser.parse_args()
    krita, report = Host(arguments.version, arguments.work), Report()
    parts = arguments.parts or list(PARTS)
    for part in parts:
        print(f"Krita {krita.name}: {part}", flush=True)
        PARTS[part](krita, report, arguments.program)
    return report.end()


def _matrix(krita, report, program):
    models = {}
    for kind in ("generator", "upscaler"):
        models[kind] = shutil.copy(ROOT / f"fuzz/corpus/model/{kind}.safetensors", krita.work)
    weights = ROOT / "models/flowers32.safetensors"
    photograph = ROOT / "docs/images/sample.jpg"
    matrix.run(krita, report, photograph, models, program, weights)


PARTS = {"matrix": _matrix}

if __name__ == "__main__":
    sys.exit(main())
