"""A screen without a monitor (Xvfb) with a window manager, driven by xdotool."""

import os
import subprocess
import time


class MissingError(Exception):
    """What was waited for did not come."""


def wait(what, found, timeout=30, pause=0.1):
    """Waits until a function gives something, which is returned."""
    end = time.monotonic() + timeout
    while True:
        result = found()
        if result:
            return result
        if time.monotonic() > end:
            raise MissingError(f"{what} did not come within {timeout} s")
        time.sleep(pause)


class Screen:
    """To be used as `with Screen() as screen`; programs need `screen.display` as DISPLAY."""

    def __init__(self, width=1280, height=900):
        self.size = f"{width}x{height}x24"
        self.processes = []
        self.display = ""

    def __enter__(self):
        reading, writing = os.pipe()
        words = ["Xvfb", "-displayfd", str(writing), "-screen", "0", self.size, "-nolisten", "tcp"]
        self._start(words, pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise MissingError("Xvfb has not started")
        self.display = f":{number}"
        self._start(["openbox"], env=self.environment())
        wait("openbox", lambda: self.tool("get_num_desktops"))
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()

    def _start(self, words, **options):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.processes.append(subprocess.Popen(words, **quiet, **options))

    def environment(self):
        """The environment for programs that run outside of chroots."""
        return os.environ | {"DISPLAY": self.display}

    def tool(self, *words):
        """What an xdotool command prints; empty if it fails."""
        words = ["xdotool", *(str(word) for word in words)]
        done = subprocess.run(
            words, env=self.environment(), capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def windows(self, name):
        """Shown windows whose title matches a regular expression."""
        return self.tool("search", "--onlyvisible", "--name", name).split()

    def titles(self):
        """Titles of all shown windows."""
        found = self.tool("search", "--onlyvisible", "--name", ".").split()
        return [self.tool("getwindowname", window) for window in found]

    def window(self, name, timeout=30):
        """Waits for a window, whose number is returned."""
        try:
            return wait(f"a window called {name}", lambda: self.windows(name), timeout)[-1]
        except MissingError as missing:
            raise MissingError(f"{missing}; there are {self.titles()}") from None

    def activate(self, window):
        """Brings a window to the front."""
        self.tool("windowactivate", "--sync", window)

    def key(self, *keys):
        """Presses keys, one after the other, in the window that is in front."""
        self.tool("key", "--clearmodifiers", "--delay", 50, *keys)

    def photograph(self, path, window="root"):
        """Takes a picture of the screen or of a window."""
        subprocess.run(
            ["import", "-silent", "-window", window, path], env=self.environment(), check=True
        )
