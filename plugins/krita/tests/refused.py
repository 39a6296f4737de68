"""Runs in kritarunner: calls that must fail, each with a text and without a change to the image.

The file of orders is JSON with `result`, the file to write.
"""

import json
import os
import sys
import traceback
from pathlib import Path

from krita import Krita, Selection

# The installed plug-in.
from polyinr import script
from polyinr.errors import PolyinrError


def main(arguments):
    """What kritarunner calls."""
    try:
        orders = json.loads(Path(arguments[0]).read_text())
        Path(orders["result"]).write_text(json.dumps([_try(call) for call in orders["calls"]]))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


def _document(call):
    model = call.get("model", "RGBA")
    document = Krita.instance().createDocument(32, 24, "t", model, "U8", "", 72.0)
    if call.get("empty"):
        layer = document.createNode("empty", "paintlayer")
        document.rootNode().addChildNode(layer, None)
    if call.get("selection"):
        selection = Selection()
        selection.select(*call["selection"], 255)
        document.setSelection(selection)
    document.waitForDone()
    return document


def _try(call):
    document = _document(call)
    before = _state(document)
    try:
        script.run(call["operation"], document, **call["arguments"])
        text = None
    except PolyinrError as problem:
        text = str(problem)
    same = _state(document) == before
    document.close()
    return {"text": text, "same": same}


def _state(document):
    size = document.width(), document.height()
    names = [(node.name(), node.visible()) for node in document.topLevelNodes()]
    return size, names, bytes(document.pixelData(0, 0, *size))
