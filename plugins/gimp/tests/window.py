"""Operations in GIMP's windows: undo by Ctrl+Z, dialogs, cancelling, the plug-in's sudden end."""

import os
import shutil
import signal
import threading
import time
from pathlib import Path

import xcf
from cases import SELECTIONS, images
from compare import WrongError, check, same_image
from interface import call
from screen import wait
from session import SchemeError, Session

# What the operations do here; the search is short.
QUICK = {
    "super-resolve": {"factor": 2.0},
    "generate": {"class": "tulips", "seed": 3},
    "extend-canvas": {"method": "smooth"},
    "invert": {"steps": 10},
}

# Dialogs by their operations; the plug-in's texts are in English here.
TITLES = {
    "super-resolve": "Super-resolve",
    "generate": "Generate",
    "extend-canvas": "Extend canvas",
    "invert": "Invert and edit",
}

# Name of a model that cleans, the last of the list.
CLEANING = "zz-cleaning"

# Seconds for a search that is to be interrupted: it would take minutes.
LONG = {"steps": 100000}


class Call(threading.Thread):
    """A call of a procedure that goes on beside the test."""

    def __init__(self, session, expression):
        super().__init__(daemon=True)
        self.session = session
        self.expression = expression
        self.error = ""
        self.start()

    def run(self):
        try:
            self.session.scheme(self.expression, timeout=120)
        except (SchemeError, OSError) as error:
            self.error = str(error) or repr(error)

    def ended(self, timeout=30):
        """Waits for the call's end; its error, empty if there was none."""
        self.join(timeout)
        check(not self.is_alive(), f"the call has not ended within {timeout} s")
        return self.error


class Windows:
    """The checks of one session."""

    def __init__(self, session, folder):
        self.session = session
        self.host = session.host
        self.screen = session.screen
        self.folder = folder
        self.saved = 0

    def scheme(self, expression):
        """Evaluates an expression in GIMP."""
        return self.session.scheme(expression)

    def show(self, selected="whole"):
        """A new image in GIMP's window."""
        self.scheme("(define image (one (gimp-image-duplicate image-RGB-u8)))")
        self.scheme('(define layer (one (gimp-image-get-layer-by-name image "photo")))')
        if SELECTIONS[selected][0]:
            self.scheme(SELECTIONS[selected][0])
        self.scheme("(gimp-image-clean-all image)")
        self.scheme("(define display (one (gimp-display-new image)))")
        self.screen.window("60x52 – GIMP")

    def close(self):
        """Takes the image away."""
        self.scheme("(gimp-display-delete display)")

    def state(self):
        """The image as it is."""
        self.saved += 1
        path = self.folder / f"{self.saved}.xcf"
        self.scheme(f'(save-xcf image "{path}")')
        return xcf.read(path)

    def layers(self):
        """How many layers there are."""
        return int(self.scheme("(layer-count image)"))

    def call(self, operation, arguments, mode="RUN-NONINTERACTIVE"):
        """The expression that calls an operation on the image."""
        return call(self.host, operation, "image", "layer", arguments, mode)

    def clear(self):
        """After a failure: ends what may still wait in a dialog, for the checks that follow."""
        process = plug_in_process(self.host)
        if process:
            os.kill(process, signal.SIGKILL)

    def undo(self):
        """Presses Ctrl+Z in the image's window."""
        self.screen.activate(self.screen.window("layers.* – GIMP"))
        self.screen.key("ctrl+z")

    def undone(self, operation, selected):
        """One Ctrl+Z takes back all that an operation did."""
        self.show(selected)
        before = self.state()
        self.scheme(self.call(operation, QUICK[operation]))
        # Scripts have to do this; before, GIMP's menu does not know that something can be undone.
        self.scheme("(gimp-displays-flush)")
        after = self.state()
        check(len(after.layers) == len(before.layers) + 1, f"{len(after.layers)} layers came")
        self.undo()
        wait("the undoing", lambda: self.layers() == len(before.layers), timeout=10)
        same_image(self.state(), before, "after Ctrl+Z")
        self.close()

    def dialog(self, operation):
        """Opens an operation's dialog; the call that waits for it, and its window."""
        going = Call(self.session, self.call(operation, {}, "RUN-INTERACTIVE"))
        window = self.screen.window(f"^{TITLES[operation]}$")
        self.screen.activate(window)
        # The preview comes, and the dialog has taken its size.
        time.sleep(1.5)
        return going, window

    def same_by_dialog(self, operation):
        """OK in the dialog gives what the call without dialog gives."""
        self.show()
        self.scheme(self.call(operation, {}))
        wanted = self.state()
        self.close()
        self.show()
        going, _ = self.dialog(operation)
        self.screen.key("alt+o")
        check(not going.ended(), f"the call failed: {going.error}")
        same_image(self.state(), wanted, "by the dialog")
        self.close()

    def cleaned_by_dialog(self):
        """A model that is chosen in the dialog cleans as much there as in a call without dialog."""
        self.show()
        self.scheme(self.call("super-resolve", {"model": CLEANING}))
        wanted = self.state()
        self.close()
        self.show()
        going, window = self.dialog("super-resolve")
        self.screen.key("alt+m", "End")
        time.sleep(1.5)
        self.screen.photograph(self.folder / "cleaning.png", window)
        self.screen.key("alt+o")
        check(not going.ended(), f"the call failed: {going.error}")
        same_image(self.state(), wanted, "by the dialog")
        self.close()

    def cancelled_dialog(self, operation):
        """Escape closes the dialog and changes nothing."""
        self.show()
        before = self.state()
        going, window = self.dialog(operation)
        self.screen.key("Escape")
        going.ended()
        check(not self.screen.windows(f"^{TITLES[operation]}$"), f"window {window} is still there")
        same_image(self.state(), before, "after Escape")
        self.close()

    def values_are_kept(self):
        """What was entered in a dialog holds for the next call with the last values."""
        self.show()
        going, _ = self.dialog("super-resolve")
        self.screen.key("alt+f", "ctrl+a", "3", "Return")
        check(not going.ended(), f"the call failed: {going.error}")
        check(self.state().size == (180, 156), f"the image is {self.state().size} after factor 3")
        self.close()
        self.show()
        self.scheme(self.call("super-resolve", {}, "RUN-WITH-LAST-VALS"))
        check(self.state().size == (180, 156), f"the image is {self.state().size} by last values")
        self.close()

    def interrupted_dialog(self):
        """Escape while it computes ends that alone; the next one closes the dialog."""
        self.show()
        before = self.state()
        going, _ = self.dialog("invert")
        # More steps than can be waited for, of the search or of tuning: the letters of the host's
        # own buttons decide which of the two T leads to.
        self.screen.key("alt+t", "ctrl+a", *str(LONG["steps"]), "Return")
        time.sleep(2)
        check(going.is_alive(), f"the computation has ended by itself: {going.error}")
        title = f"^{TITLES['invert']}$"
        self.screen.key("Escape")
        time.sleep(2.5)
        check(self.screen.windows(title), "the dialog has closed as well")
        check(going.is_alive(), "the call has ended")
        busy = busy_share(plug_in_process(self.host))
        check(busy < 0.5, f"the plug-in still computes, with {busy:.1f} processors")
        self.screen.activate(self.screen.windows(title)[-1])
        self.screen.key("Escape")
        going.ended()
        same_image(self.state(), before, "after cancelling")
        self.close()

    def killed(self):
        """The sudden end of the plug-in leaves the image as it was, and GIMP goes on."""
        self.show()
        before = self.state()
        going = Call(self.session, self.call("invert", LONG))
        process = wait("the plug-in's process", lambda: plug_in_process(self.host))
        time.sleep(1)
        os.kill(process, signal.SIGKILL)
        check(going.ended(), "the call succeeded")
        same_image(self.state(), before, "after the end of the plug-in")
        self.scheme(self.call("generate", QUICK["generate"]))
        check(self.layers() == 3, "the next call did nothing")
        self.close()


def no_complaints(host):
    """The plug-in made the libraries that it uses complain of nothing."""
    lines = (host.work / "window.txt").read_text(errors="replace").splitlines()
    marks = ("(polyinr:", "-WARNING", "-CRITICAL")
    found = [line for line in lines if marks[0] in line and (marks[1] in line or marks[2] in line)]
    # Of GIMP 2.10 itself; and of GIMP 3, which closes the pipe when it has what a plug-in returned,
    # also before libgimp has said goodbye: GIMP's own plug-ins meet that too.
    own = ("theme engine", "gimp_flush(): error: Broken pipe")
    found = [line for line in found if not any(words in line for words in own)]
    check(not found, f"{len(found)} complaints, the first: {''.join(found[:1])}")


def plug_in_process(host):
    """The number of the plug-in's process, None if there is none."""
    name = str(host.plugin / "polyinr").encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cmdline").read_bytes().split(b"\0")[0] == name:
                return int(folder.name)
        except OSError:
            continue
    return None


def busy_share(process, seconds=1):
    """How many processors a process uses."""
    check(process, "the plug-in's process has gone")

    def used():
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    start = used()
    time.sleep(seconds)
    return (used() - start) / seconds


def run(host, report, sources, models, reference):
    """All checks in one GIMP."""
    del reference
    folder, found = host.work / "window", host.home / ".local/share/polyinr/models"
    folder.mkdir()
    found.mkdir(parents=True)
    shutil.copy(models["cleaning"], found / f"{CLEANING}.safetensors")
    with Session(host) as session:
        session.scheme(images(sources, {"image-RGB-u8"}))
        windows = Windows(session, folder)

        def tried(name, function, *arguments):
            def checking():
                try:
                    function(*arguments)
                except SchemeError as error:
                    raise WrongError(f"GIMP says: {error}") from None

            failed = report.failed
            report.check(f"window: {name}", checking)
            if report.failed > failed:
                session.screen.photograph(folder / f"{name.replace(' ', '-')}.png")
                windows.clear()

        for operation in QUICK:
            tried(f"{operation} undone", windows.undone, operation, "whole")
            tried(f"{operation}, Escape", windows.cancelled_dialog, operation)
        tried("undone with a selection", windows.undone, "super-resolve", "selection")
        for operation in ("super-resolve", "generate", "extend-canvas"):
            tried(f"{operation} by its dialog", windows.same_by_dialog, operation)
        tried("cleaned by its dialog", windows.cleaned_by_dialog)
        tried("last values", windows.values_are_kept)
        tried("cancelled while computing", windows.interrupted_dialog)
        tried("plug-in killed", windows.killed)
    report.check("window: no complaints", no_complaints, host)
