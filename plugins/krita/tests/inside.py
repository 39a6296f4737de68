"""Runs in kritarunner: does what a file of orders says, and writes down what comes of it.

The file is JSON: `plug_in` is the folder that holds the package, `folder` where results go, and
`cases` are made by matrix.py. Every case becomes NAME.json, with pixels of layers beside it.
"""

import json
import os
import sys
import traceback
from pathlib import Path

from krita import Krita, Selection

# The installed plug-in.
from polyinr import script
from polyinr.document import Target
from polyinr.steps import finish


def main(arguments):
    """What kritarunner calls. Its own status is 0 whatever happens."""
    try:
        orders = json.loads(Path(arguments[0]).read_text())
        for case in orders["cases"]:
            _note(orders, case)
    except BaseException:
        traceback.print_exc()
        _end(1)
    _end(0)


def _end(status):
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _note(orders, case):
    folder = Path(orders["folder"])
    try:
        result = _run(case, folder)
    except Exception as problem:
        result = {"error": str(problem), "type": type(problem).__name__}
        result["trace"] = traceback.format_exc()
    (folder / f"{case['name']}.json").write_text(json.dumps(result))


def _document(case):
    width, height = case["image"]
    document = Krita.instance().createDocument(
        width, height, case["name"], case["model"], case["depth"], case["profile"], 72.0
    )
    if case["pixels"]:
        layer = document.createNode("photo", "paintlayer")
        layer.setPixelData(Path(case["pixels"]).read_bytes(), *case["layer"])
        document.rootNode().addChildNode(layer, None)
    if case["selection"]:
        document.setSelection(_selection(case))
    document.refreshProjection()
    document.waitForDone()
    return document


def _selection(case):
    selection = Selection()
    if case["mask"]:
        selection.setPixelData(Path(case["mask"]).read_bytes(), *case["selection"])
    else:
        selection.select(*case["selection"], 255)
    return selection


def _layers(document):
    return [node for node in document.topLevelNodes() if node.type() == "paintlayer"]


def _run(case, folder):
    document = _document(case)
    photo = [layer for layer in _layers(document) if layer.name() == case["on"]]
    width, height = document.width(), document.height()
    before = bytes(photo[0].pixelData(0, 0, width, height)) if photo else b""
    if case["operation"] == "invert":
        source = finish(Target.of(document, photo[0]).source(True))
        (folder / f"{case['name']}-source.raw").write_bytes(bytes(source.picture.pixels))
    try:
        parameters = {name.replace("-", "_"): value for name, value in case["arguments"].items()}
        layer = photo[0] if photo else None
        shown, made = script.run(case["operation"], document, layer, **parameters)
        shown.waitForDone()
        width, height = shown.width(), shown.height()
        (folder / f"{case['name']}.raw").write_bytes(bytes(made.pixelData(0, 0, width, height)))
    finally:
        old = document.width(), document.height()
        after = bytes(photo[0].pixelData(0, 0, *old)) if photo else b""
        (folder / f"{case['name']}-before.raw").write_bytes(before)
        (folder / f"{case['name']}-after.raw").write_bytes(after)
    result = {
        "size": [width, height],
        "old": list(old),
        "made": made.name(),
        "space": [made.colorModel(), made.colorDepth(), made.colorProfile()],
        "layers": [[layer.name(), layer.visible()] for layer in _layers(shown)],
        "is_new": shown != document,
        "open": len(Krita.instance().documents()),
    }
    if shown != document:
        shown.close()
    document.close()
    return result
