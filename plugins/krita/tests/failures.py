"""Calls that must fail, in one Krita: each says why, and leaves the image as it was."""

import json

from compare import check

# What is called, on which image, and what the text holds.
CALLS = [
    ({"operation": "super-resolve", "arguments": {"model": "nothing"}}, "nothing"),
    ({"operation": "super-resolve", "arguments": {"model": "flowers"}}, "is no upscaler"),
    ({"operation": "super-resolve", "arguments": {"factor": 65.0}}, "factor: 65.0 is not possible"),
    ({"operation": "super-resolve", "arguments": {"width": 262144}}, "262144"),
    ({"operation": "super-resolve", "arguments": {"engine": "abacus"}}, "abacus"),
    ({"operation": "super-resolve", "arguments": {"cleaning": "soap"}}, '"soap" is not one of'),
    ({"operation": "super-resolve", "arguments": {"deblur": 1.5}}, "deblur: 1.5 is not possible"),
    (
        {
            "operation": "super-resolve",
            "arguments": {"model": "clean", "cleaning": "manual", "deblur": 0.5},
        },
        "deblur: ",
    ),
    ({"operation": "generate", "arguments": {"model": "/no/such.safetensors"}}, "/no/such"),
    ({"operation": "generate", "arguments": {"class": "cars"}}, "cars"),
    ({"operation": "generate", "arguments": {"seed": -1}}, "seed: -1 is not possible"),
    ({"operation": "generate", "arguments": {"colour": 1}}, "colour: generate has no such"),
    ({"operation": "extend-canvas", "arguments": {"unit": "inches"}}, '"inches" is not one of'),
    (
        {
            "operation": "extend-canvas",
            "arguments": {"left": 0, "right": 0, "top": 0, "bottom": 0},
        },
        "all margins are 0",
    ),
    ({"operation": "invert", "arguments": {"steps": 2, "levels": "middle"}}, "middle"),
    (
        {"operation": "invert", "arguments": {"steps": 2, "file": "/no/folder/a.field"}},
        "/no/folder",
    ),
    ({"operation": "sharpen", "arguments": {}}, 'There is no operation "sharpen"'),
    ({"operation": "generate", "arguments": {}, "model": "CMYKA"}, "colour model CMYKA"),
    ({"operation": "super-resolve", "arguments": {}, "model": "LABA"}, "colour model LABA"),
    ({"operation": "invert", "arguments": {}, "empty": True}, "The active layer is empty"),
    (
        {"operation": "super-resolve", "arguments": {}, "selection": [40, 0, 8, 8]},
        "does not meet the active layer",
    ),
]

# Calls without the library that they need.
MISSING = [({"operation": "generate", "arguments": {}}, "/nowhere/libpolyinr.so")]


def run(krita, report):
    """All calls."""
    folder = krita.work / "failures"
    folder.mkdir()
    nowhere = {"POLYINR_LIBRARY": "/nowhere/libpolyinr.so"}
    for name, calls, variables in (("calls", CALLS, {}), ("missing", MISSING, nowhere)):
        result, orders = folder / f"{name}.json", folder / f"{name}-orders.json"
        orders.write_text(json.dumps({"result": str(result), "calls": [c for c, _ in calls]}))
        finished = krita.script("refused", orders, environment=variables)
        end = finished.text[-2000:]
        report.check(f"{name}: kritarunner", check, finished.status == 0, end)
        report.check(f"{name}: no traceback", check, "Traceback" not in finished.text, end)
        answers = json.loads(result.read_text()) if result.exists() else [{}] * len(calls)
        for (call, wanted), answer in zip(calls, answers, strict=True):
            title = f"{call['operation']}: {wanted}"
            report.check(title, _check, answer, wanted)


def _check(answer, wanted):
    check(answer, "was not called")
    check(answer["text"] is not None, "did not fail")
    check(wanted in answer["text"], f"says {answer['text']!r}")
    check(answer["same"], "the image has changed")
