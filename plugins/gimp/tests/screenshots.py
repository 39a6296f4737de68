"""Photographs the plug-in's menu and dialogs."""

import time
from pathlib import Path

from interface import call
from screen import wait
from session import Session
from window import TITLES, Call, busy_share, plug_in_process

ROOT = Path(__file__).resolve().parents[3]

# How often Up is pressed in the Filters menu, from its first entry on, to come to Poly-INR.
UPWARDS = {2: 3, 3: 1}


def take(host, folder, reference):
    """Writes all pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    flower = host.work / "rose.png"
    words = ["generate", "--seed", "3", "--class", "roses", "--size", "256", "--overwrite"]
    reference.run(*words, "--quiet", "-o", flower)
    photo = ROOT / "docs/images/sample.jpg"
    (host.work / "sample.jpg").write_bytes(photo.read_bytes())
    with Session(host, size=(1100, 760)) as session:
        _open(session, host.work / "sample.jpg")
        _menu(session, folder / f"gimp-{host.name}-menu.png")
        for operation in ("super-resolve", "generate", "extend-canvas"):
            _dialog(session, operation, folder / f"gimp-{host.name}-{operation}.png")
        _open(session, flower)
        _dialog(session, "invert", folder / f"gimp-{host.name}-invert.png")
    with Session(host, size=(1100, 760), environment=host.german()) as session:
        _open(session, host.work / "sample.jpg")
        path = folder / f"gimp-{host.name}-super-resolve-de.png"
        _dialog(session, "super-resolve", path, ".")


def _open(session, path):
    """Shows a picture in a window that fills the screen."""
    session.scheme(f'(define image (load-image "{path}"))')
    session.scheme("(define layer (first-layer image))")
    session.scheme("(gimp-image-clean-all image)")
    session.scheme("(gimp-display-new image)")
    screen = session.screen
    window = screen.window(" – GIMP$")
    screen.activate(window)
    screen.tool("windowmove", window, 0, 0)
    screen.tool("windowsize", window, *screen.size.split("x")[:2])
    time.sleep(1)


def _menu(session, path):
    screen = session.screen
    screen.key("alt+r")
    time.sleep(0.5)
    screen.key(*["Up"] * UPWARDS[session.host.major], "Right")
    time.sleep(0.5)
    screen.photograph(path)
    screen.key("Escape", "Escape", "Escape")
    time.sleep(0.5)


def _dialog(session, operation, path, title=None):
    """Opens a dialog, waits until its preview is there, and photographs it."""
    screen = session.screen
    there = set(screen.windows("."))
    arguments = call(session.host, operation, "image", "layer", {}, "RUN-INTERACTIVE")
    going = Call(session, arguments)
    title = title or f"^{TITLES[operation]}$"
    (window,) = wait("the dialog", lambda: set(screen.windows(title)) - there, timeout=20)
    screen.activate(window)
    # No tip is to be shown.
    screen.tool("mousemove", 2, 2)
    process = wait("the plug-in", lambda: plug_in_process(session.host))
    time.sleep(1)
    wait("the preview", lambda: busy_share(process) < 0.05, timeout=400)
    screen.photograph(path, window)
    screen.key("Escape")
    going.ended()
