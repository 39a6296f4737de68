"""What cannot be done is an error with a text that helps, and leaves the image as it was."""

import re
import shutil
from dataclasses import dataclass, field

import xcf
from cases import images
from compare import check, same_image
from interface import call
from matrix import ended_well
from outcome import read


@dataclass
class Failure:
    """A call that must fail, with words that its text must hold (alternatives with |)."""

    label: str
    operation: str
    words: str
    arguments: dict = field(default_factory=dict)
    prepare: str = "#t"
    kind: str = "RGB"

    @property
    def name(self):
        """What it is called, also in file names."""
        return f"failure-{self.operation}-{self.label.replace(' ', '_')}"

    def script(self, host, folder):
        """The Scheme expression that calls the procedure on a copy of the image of its kind."""
        return (
            f'(run-case "{self.name}" image-{self.kind}-u8 (lambda (image) {self.prepare})\n'
            "  (lambda (image layer)\n"
            f"    {call(host, self.operation, 'image', 'layer', self.arguments)})\n"
            f'  "{folder}/{self.name}-before.xcf" "{folder}/{self.name}-after.xcf")'
        )


def failures(host, models, folder):
    """All calls that must fail; `folder` holds a file that is no model."""
    every = ["super-resolve", "generate", "extend-canvas", "invert"]
    away = "(gimp-image-select-rectangle image CHANNEL-OP-REPLACE 50 44 8 6)"
    indexed = (
        "(gimp-image-convert-indexed image CONVERT-DITHER-NONE CONVERT-PALETTE-GENERATE 32 0 0 "
        + '"")'
    )
    mixed = {"seed-class": "nettle", "levels": "fine", "steps": 5}
    nowhere = str(folder / "nowhere" / "a.field")
    found = []
    for name in every:
        found += [
            Failure("no such model", name, "nonexistent", {"model": "/nonexistent"}),
            Failure("no such name", name, "no-such-model", {"model": "no-such-model"}),
            Failure("engine", name, "engine", {"engine": "quantum"}),
            Failure("indexed", name, "indexed|type|RGB", {}, indexed),
        ]
    # What a model file of the wrong kind or content says is the library's text.
    found += [
        Failure("other kind", "super-resolve", "no upscaler", {"model": models["generator"]}),
        Failure("other kind", "generate", "no generator", {"model": models["upscaler"]}),
        Failure(
            "no model", "generate", "not a usable", {"model": str(folder / "broken.safetensors")}
        ),
        Failure("selection away", "super-resolve", "selection", {}, away),
        Failure("selection away", "extend-canvas", "selection", {}, away),
        Failure("selection away", "invert", "selection", {}, away),
        Failure("class", "generate", "nettle", {"class": "nettle"}),
        Failure("class", "invert", "nettle", {"class": "nettle", "steps": 5}),
        Failure("seed class", "invert", "nettle", mixed),
        Failure("target", "generate", "target", {"target": "moon"}),
        Failure("unit", "extend-canvas", "unit", {"unit": "miles"}),
        Failure("method", "extend-canvas", "method", {"method": "magic"}),
        Failure("levels", "invert", "levels|99", {"levels": "99", "steps": 5}),
        Failure("file", "invert", "nowhere", {"file": nowhere, "steps": 5}),
        _range("super-resolve", "factor", 0.0),
        _range("super-resolve", "factor", -2.0),
        _range("super-resolve", "factor", 1000.0),
        _range("super-resolve", "width", -5),
        _range("super-resolve", "refine", 17),
        _range("super-resolve", "denoise", 1.5),
        _range("super-resolve", "deblur", -0.5),
        Failure("cleaning", "super-resolve", "cleaning", {"cleaning": "soap"}),
        Failure(
            "model that does not clean",
            "super-resolve",
            "denoise",
            {"model": "clean", "cleaning": "manual", "denoise": 0.5},
        ),
        _range("generate", "seed", -1),
        _range("generate", "height", -1),
        _range("generate", "truncation", 7.5),
        _range("extend-canvas", "left", -3.0),
        _range("invert", "steps", 0),
        _range("invert", "tuning", -1),
        _range("invert", "amount", 1.5),
        _range("invert", "truncation", -1.0),
    ]
    nothing = {"left": 0.0, "right": 0.0, "top": 0.0, "bottom": 0.0}
    found.append(Failure("no margins", "extend-canvas", "margin", nothing))
    if host.major == 3:
        found += [Failure("two layers", name, "layers", {}, "#t") for name in every]
    return found


def _range(operation, argument, value):
    label = f"{argument} {value}".replace("-", "minus ")
    # GIMP 3 itself refuses values beyond an argument's range.
    return Failure(label, operation, f"{argument}|out of range", {argument: value})


def run(host, report, sources, models, reference):
    """All failures of a host."""
    del reference
    folder = host.work / "failures"
    folder.mkdir()
    (folder / "broken.safetensors").write_bytes(b"this is no model\n" * 40)
    _wrong_calls(host, report, sources, failures(host, models, folder), folder)
    _without_library(host, report, sources, folder)
    _read_only(host, report, sources, folder)


def _wrong_calls(host, report, sources, wanted, folder):
    lines = [images(sources, {"image-RGB-u8"})]
    for failure in wanted:
        text = failure.script(host, folder)
        if failure.label == "two layers":
            both = '(vector layer (gimp-image-get-layer-by-name image "other"))'
            text = text.replace("(vector layer)", both)
        lines.append(text)
    expression, log = host.script("failures", "\n".join(lines))
    environment = {"LD_PRELOAD": host.work / "undo_log.so", "POLYINR_UNDO_LOG": log}
    finished = host.batch(expression, environment, timeout=200)
    (folder / "gimp.txt").write_text(finished.text)
    report.check("failures: batch", ended_well, finished)
    outcomes = read(log)
    for failure in wanted:
        outcome = outcomes.get(failure.name)
        report.check(failure.name, _failed, failure, outcome, folder)


def _failed(failure, outcome, folder):
    """The call failed with the right words and changed nothing."""
    check(outcome is not None, "was not run")
    check(not outcome.done, f"succeeded, with layer {outcome.layer!r}")
    words = failure.words.split("|")
    # Without the place in the script.
    text = re.sub(r"\(\S+\.scm : \d+\)", "", outcome.error)
    check(
        any(word.lower() in text.lower() for word in words),
        f"the error says nothing of {' or '.join(words)}: {text}",
    )
    check(not outcome.undo, f"undo groups: {', '.join(outcome.undo)}")
    before, after = (
        xcf.read(folder / f"{failure.name}-{when}.xcf") for when in ("before", "after")
    )
    same_image(after, before, "the image")


def _one_call(host, sources, label, operation, arguments, **options):
    """Calls one operation in a GIMP of its own, where an error ends the batch."""
    lines = [
        images(sources, {"image-RGB-u8"}),
        '(define layer (one (gimp-image-get-layer-by-name image-RGB-u8 "photo")))',
        '(note "== called")',
        call(host, operation, "image-RGB-u8", "layer", arguments),
        '(note "done")',
    ]
    expression, log = host.script(label, "\n".join(lines))
    finished = host.batch(expression, **options)
    return finished, log.read_text() if log.exists() else ""


def _fails(host, finished, log, words):
    """The batch failed, with a real status in GIMP 3, and says why."""
    check("== called" in log, f"the call was not reached: {finished.text[-1500:]}")
    check("done" not in log, "the call succeeded")
    check(words in finished.text, f"{words!r} is not said: {finished.text[-1500:]}")
    wanted = 70 if host.major == 3 else 0
    check(finished.status == wanted, f"the status is {finished.status}, not {wanted}")


def _without_library(host, report, sources, folder):
    """Without libpolyinr, and with a file in its place that is none."""
    kept = folder / "library"
    kept.mkdir()
    libraries = list(host.plugin.glob("libpolyinr.so*"))
    report.check("library is there", check, libraries, f"{host.plugin} holds none")
    for library in libraries:
        shutil.move(library, kept)
    try:
        for damage in ("missing", "damaged"):
            if damage == "damaged":
                for library in libraries:
                    library.write_bytes(b"no library")
            label = f"library_{damage}"
            finished, log = _one_call(host, sources, label, "super-resolve", {})
            report.check(f"failure-{label}", _fails, host, finished, log, "libpolyinr")
    finally:
        for library in libraries:
            library.unlink(missing_ok=True)
            shutil.move(kept / library.name, library)


def _read_only(host, report, sources, folder):
    """GIMP's own folder cannot be written: what needs no file works, and what does says so."""
    del folder
    options = {"read_only": [host.profile]}
    finished, log = _one_call(host, sources, "read_only", "super-resolve", {}, **options)
    report.check("read-only profile", check, "done" in log, finished.text[-1500:])
    target = {"steps": 5, "file": str(host.profile / "a.field")}
    finished, log = _one_call(host, sources, "read_only_file", "invert", target, **options)
    report.check("failure-read-only file", _fails, host, finished, log, "a.field")
