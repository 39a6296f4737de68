"""A GIMP with its windows on a screen of its own, driven by expressions in Scheme."""

import contextlib
import re
import socket
import subprocess

from hosts import TESTS
from screen import MissingError, Screen, wait


class SchemeError(Exception):
    """An expression failed in GIMP."""


class Session:
    """To be used as `with Session(host) as session`."""

    def __init__(self, host, size=(1280, 900), environment=None):
        self.host = host
        self.screen = Screen(*size)
        self.environment = environment or {}
        self.gimp = None
        self.port = 0

    def __enter__(self):
        self.screen.__enter__()
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.gimp:
            self.gimp.kill()
            self.gimp.wait()
        self.screen.__exit__()

    def _start(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        # The log must not be named like one of the tests' own.
        log = self.host.work / "server.txt"
        words = ["gimp", "--no-splash"]
        if self.host.major == 2:
            serve = f'RUN-NONINTERACTIVE "127.0.0.1" {self.port} "{log}"'
        else:
            words.append("--batch-interpreter=plug-in-script-fu-eval")
            serve = (
                f'#:run-mode RUN-NONINTERACTIVE #:ip "127.0.0.1" #:port {self.port}'
                f' #:logfile "{log}"'
            )
        words += ["-b", f"(plug-in-script-fu-server {serve})"]
        variables = {"DISPLAY": self.screen.display, "NO_AT_BRIDGE": "1", **self.environment}
        with open(self.host.work / "window.txt", "wb") as output:
            self.gimp = subprocess.Popen(
                self.host.command(words, variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait("GIMP's server", self._serves, timeout=60)
        self._close_welcome()
        for needed in (f"gimp{self.host.major}.scm", "cases.scm"):
            text = (TESTS / needed).read_text()
            self.scheme(re.sub(r"(?m)^ *;.*$", "", text))

    def _close_welcome(self):
        """GIMP 3 greets at the first start of a new version, whatever its settings say."""
        if self.host.major > 2:
            with contextlib.suppress(MissingError):
                self.screen.tool("windowclose", self.screen.window("^Welcome to GIMP", timeout=3))

    def _serves(self):
        if self.gimp.poll() is not None:
            raise SchemeError(f"GIMP has ended: {(self.host.work / 'window.txt').read_text()}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return True
        except OSError:
            return False

    def scheme(self, expression, timeout=30):
        """Evaluates an expression; its value, as the server writes it."""
        data = expression.encode()
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(b"G" + len(data).to_bytes(2, "big") + data)
            head = _receive(connection, 4)
            text = _receive(connection, int.from_bytes(head[2:], "big")).decode(errors="replace")
        if head[1]:
            raise SchemeError(text.strip())
        return text.strip()


def _receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise SchemeError("GIMP's server has gone")
        data += part
    return data
