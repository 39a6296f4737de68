"""What a user does with the docker, step by step; see drive.py."""

import functools
import time

from drive import Heart, check, waited
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication, QDialog, QLabel

from polyinr import jobs
from polyinr.operations import OPERATIONS

# How soon a preview answers to a change, in seconds: a tenth, and what a busy machine adds.
SOON = 0.5
# Less than that Krita's thread waits for a processor in three seconds where nothing else runs.
QUIET = 0.03


def _quick(driver, change):
    """Makes a change and waits until a picture answers it; how long that took."""
    canvas, start = driver.panel._preview._canvas, time.monotonic()
    before, times = canvas.pixmap.cacheKey(), []

    def look():
        if canvas.pixmap.cacheKey() != before:
            times.append(time.monotonic() - start)

    timer = QTimer(interval=2, timeout=look)
    timer.start()
    change()
    yield lambda: bool(times)
    timer.stop()
    yield driver.previewed
    return times[0]


def previews(driver):
    """The docker and its actions are there, and each operation shows a preview."""
    document = driver.show(driver.orders["flower"])
    yield 1
    for operation in OPERATIONS:
        driver.open(operation.name)
        check(driver.docker.isVisible(), "the action does not show the docker")
        check(driver.panel.operation() is operation, f"{operation.name} is not shown")
        driver.set(**({"steps": 60} if operation.name == "invert" else {}))
        yield driver.previewed
        seen = driver.panel._preview._canvas.pixmap
        check(max(seen.width(), seen.height()) >= 100, f"the preview is {seen.size()}")
        yield 0.3
        driver.photograph(f"krita-{operation.name}")
    for name, parameter in (("generate", "seed"), ("super-resolve", "factor")):
        driver.open(name)
        yield driver.previewed
        times = []
        for value in range(2, 9):
            change = functools.partial(driver.set, **{parameter: value})
            times.append((yield from _quick(driver, change)))
        driver.notes[f"preview of {name}, ms"] = round(sorted(times)[3] * 1000)
        check(sorted(times)[1] < SOON, f"previews of {name} take {times} s")
    check(len(document.topLevelNodes()) == 1, "a preview changed the image")


def menu(driver):
    """The actions are under Tools ▸ Scripts, and the settings page opens."""
    driver.show(driver.orders["flower"])
    yield 1
    bar = driver.window.qwindow().menuBar()
    scripts = None
    for each in bar.actions():
        for action in each.menu().actions() if each.menu() else ():
            if action.menu() and "polyinr_run" in [a.objectName() for a in action.menu().actions()]:
                scripts = action.menu()
    check(scripts is not None, "no menu has the actions")
    texts = [action.text().replace("&", "") for action in scripts.actions()]
    for operation in OPERATIONS:
        check(f"Poly-INR: {operation.title}…" in texts, f"{operation.title} is not in {texts}")
    driver.open("generate")
    yield driver.previewed
    QTimer.singleShot(700, lambda: _close_dialog(driver))
    driver.panel._ask_settings()
    check(driver.notes["settings"], "the settings page did not open")


def _close_dialog(driver):
    dialogs = [
        w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()
    ]
    labels = [label.text() for dialog in dialogs for label in dialog.findChildren(QLabel)]
    driver.notes["settings"] = "can be used here" in labels
    driver.photograph("krita-settings")
    for dialog in dialogs:
        dialog.reject()


def undo(driver):
    """Results can be undone and done again, step by step, to the same pixels."""
    for name, values in (
        ("generate", {"seed": 3}),
        ("super-resolve", {"factor": 1.5}),
        ("extend-canvas", {"method": "smooth"}),
        ("invert", {"steps": 30}),
    ):
        document = driver.show(driver.orders["flower"])
        yield 0.5
        before = driver.hash(document)
        driver.open(name)
        driver.set(**values)
        driver.panel.run()
        yield driver.ended
        check(driver.panel.message.text().startswith("Done: "), driver.panel.message.text())
        yield 0.5
        after = driver.hash(document)
        check(after != before, f"{name}: nothing has changed")
        steps = yield from _back(driver, document, before)
        driver.notes[f"undo steps of {name}"] = steps
        source = document.topLevelNodes()[0]
        check(source.visible(), f"{name}: after undo the source is hidden")
        for _step in range(steps):
            driver.trigger("edit_redo")
            yield 0.3
        check(driver.hash(document) == after, f"{name}: redo gives something else")
        document.setModified(False)
        document.close()
        yield 0.3


def _back(driver, document, before):
    """Undoes until the image is as it was; how many steps that took."""
    for step in range(1, 6):
        driver.trigger("edit_undo")
        yield 0.3
        if driver.hash(document) == before and len(document.topLevelNodes()) == 1:
            return step
    check(False, f"five steps of undo do not lead back; it is {document.width()} wide")
    return 0


def cancel(driver):
    """A cancelled run leaves the image as it was, and another can follow."""
    document = driver.show(driver.orders["flower"])
    yield 1
    before, undoable = driver.hash(document), driver.krita.action("edit_undo").text()
    driver.open("invert", live=False)
    driver.set(steps=100000)
    driver.panel.run()
    panel = driver.panel
    yield lambda: panel._work is not None and panel._work.psnr is not None
    yield 0.5
    driver.photograph("krita-running")
    check(panel._cancel.isEnabled(), "it cannot be cancelled")
    check("dB" in panel._progress.text(), f"the progress is {panel._progress.text()!r}")
    panel._cancel.click()
    yield 2
    check(driver.ended(), "it has not ended two seconds after it was cancelled")
    check(panel.message.text() == "Cancelled", f"the message is {panel.message.text()!r}")
    check(driver.hash(document) == before, "the image has changed")
    text = driver.krita.action("edit_undo").text()
    check(text == undoable, f"what can be undone was {undoable!r} and is {text!r}")
    driver.set(steps=5)
    driver.panel.run()
    yield driver.ended
    check(panel.message.text() == "Done: Inverted", f"the message is {panel.message.text()!r}")


def closing(driver):
    """Closing the image during a run is safe; changing its size is an error."""
    document = driver.show(driver.orders["flower"])
    other = driver.show(driver.orders["flower"])
    yield 1
    driver.open("invert", live=False)
    panel = driver.panel
    for action, text in ((_resize, "another size"), (_close, "has been closed")):
        driver.set(steps=400, resolution=64)
        panel.run()
        yield lambda: panel._work is not None and panel._work.psnr is not None
        action(other)
        yield driver.ended
        check(text in panel.message.text(), f"the message is {panel.message.text()!r}")
    driver.krita.setActiveDocument(document)
    yield 0.5
    driver.set(steps=5)
    panel.run()
    yield driver.ended
    check(panel.message.text() == "Done: Inverted", f"the message is {panel.message.text()!r}")


def _resize(document):
    document.resizeImage(0, 0, 80, 90)
    document.waitForDone()


def _close(document):
    document.setModified(False)
    document.close()


def quitting(driver):
    """Krita can end during a run."""
    driver.show(driver.orders["flower"])
    yield 1
    driver.open("invert", live=False)
    driver.set(steps=100000)
    driver.panel.run()
    panel = driver.panel
    yield lambda: panel._work is not None and panel._work.psnr is not None


def stalls(driver):
    """The thread of the windows is never held up for long by a run of 2048 x 2048 pixels."""
    for depth, profile in (("U8", "sRGB-elle-V2-srgbtrc.icc"), ("F32", "sRGB-elle-V2-g10.icc")):
        document = driver.show(driver.orders["photo"])
        document.setColorSpace("RGBA", depth, profile)
        document.scaleImage(1024, 1024, 72, 72, "Bicubic")
        document.waitForDone()
        yield 2
        driver.open("super-resolve", live=False)
        yield 1
        start, heart = waited(), Heart(lambda: _phase(driver.panel))
        yield 3
        is_quiet = waited() - start < QUIET
        yield from _run_large(driver, document)
        heart.stop()
        for name, times in (("longest", heart.longest), ("own", heart.own)):
            driver.notes[f"{depth}, {name}, ms"] = {
                phase: round(time * 1000) for phase, time in times.items()
            }
        driver.notes["quiet machine"] = is_quiet
        times = heart.longest if is_quiet else heart.own
        check(times["computing"] < 0.1, f"{depth}: held up while computing: {driver.notes}")
        document.setModified(False)
        document.close()
        yield 0.5


def _run_large(driver, document):
    """Doubles an image of 1024 x 1024 pixels."""
    driver.set(factor=2.0)
    driver.panel.run()
    yield driver.ended
    yield 1
    check(driver.panel.message.text().startswith("Done: "), driver.panel.message.text())
    check((document.width(), document.height()) == (2048, 2048), "the size is wrong")


def _phase(panel):
    """What a run is at."""
    if not panel.is_running():
        return "idle"
    if jobs.are_running():
        return "computing"
    return "writing" if panel._work and panel._work.fraction > 0 else "reading"


def history(driver):
    """Results come into the history, which brings their values back."""
    driver.show(driver.orders["flower"])
    yield 1
    driver.open("generate")
    panel = driver.panel
    panel._strip.forget()
    for seed in (5, 9):
        driver.set(seed=seed, class_="roses", width=64, height=48)
        panel.run()
        yield driver.ended
    check(panel._strip.count() == 2, f"the strip has {panel._strip.count()} entries")
    check(not panel._strip.item(0).icon().isNull(), "there is no thumbnail")
    driver.open("super-resolve")
    panel._strip.itemClicked.emit(panel._strip.item(1))
    values = panel.form(panel.operation()).values()
    check(panel.operation().name == "generate", "another operation is shown")
    check((values["seed"], values["class"], values["width"]) == (5, "roses", 64), f"{values}")
    yield driver.previewed
    yield 0.5
    driver.photograph("krita-history")


def kept(driver):
    """The history and the last values are there again after a start."""
    driver.show(driver.orders["flower"])
    yield 1
    driver.open("generate")
    check(driver.panel._strip.count() == 2, "the history is gone")
    values = driver.panel.form(driver.panel.operation()).values()
    check(values["seed"] == 9, f"the last seed is {values['seed']}")


def models(driver):
    """A model that is not there is told in words."""
    driver.show(driver.orders["flower"])
    yield 1
    driver.open("generate")
    driver.set(model="/nowhere/roses.safetensors")
    preview = driver.panel._preview
    yield lambda: "/nowhere/roses.safetensors" in preview._caption.text()
    driver.panel.run()
    yield driver.ended
    text = driver.panel.message.text()
    check("/nowhere/roses.safetensors" in text and "Traceback" not in text, text)


def cleaning(driver):
    """How much is cleaned is said once it is known; by hand it is something else."""
    document = driver.show(driver.orders["photo"])
    yield 1
    driver.open("super-resolve")
    model, panel = driver.orders["cleaning"], driver.panel
    driver.set(model=model)
    yield lambda: "; denoise " in panel._size.text()
    yield driver.previewed
    check(not _amount(panel).isEnabled(), "amounts that do not count can be changed")
    driver.notes["cleaning"] = panel._size.text()
    driver.photograph("krita-cleaning")
    seen = panel._preview._canvas.pixmap.toImage()
    driver.set(model=model, cleaning="manual", denoise=1.0)
    check("denoise" not in panel._size.text(), panel._size.text())
    check(_amount(panel).isEnabled(), "the amounts cannot be changed by hand")
    yield driver.previewed
    check(panel._preview._canvas.pixmap.toImage() != seen, "the preview is cleaned as before")
    driver.set(model=model, factor=1.0)
    panel.run()
    yield driver.ended
    check(panel.message.text() == "Done: Super-resolved", panel.message.text())
    check(document.topLevelNodes()[-1].name() == "Super-resolved", "there is no new layer")


def _amount(panel):
    return panel.form(panel.operation())._controls["denoise"]


def missing(driver):
    """Without the library the docker says where it was looked for."""
    driver.show(driver.orders["flower"])
    yield 1
    driver.trigger("polyinr_generate")
    yield 0.5
    check(driver.docker.panel is None, "the docker shows operations")
    label = driver.docker.findChild(QLabel, "polyinr_complaint")
    check(label is not None, "nothing is said")
    check("/nowhere/libpolyinr.so" in label.text(), label.text())
    driver.photograph("krita-missing")


def german(driver):
    """The docker speaks the language of the user."""
    driver.show(driver.orders["flower"])
    yield 1
    driver.open("generate")
    yield driver.previewed
    check(driver.panel._choice.currentText() == "Erzeugen", driver.panel._choice.currentText())
    yield 0.5
    driver.photograph("krita-german")
