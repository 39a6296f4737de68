"""The versions of Krita that the plug-in is tested in, and how commands run beside them."""

from pathlib import Path

from finished import finish

TESTS = Path(__file__).resolve().parent
PLUG_IN = TESTS.parent
CHROOT = TESTS.parents[1] / "tests/chroot.sh"

# Debian releases that hold the versions; `-` is the running one.
SUITES = {"5.1": "-", "5.2": "trixie", "5.3": "forky"}


class Host:
    """One version of Krita, with a home of its own in a work folder.

    The work folder and that of the tests have the same paths inside a chroot as outside.
    """

    def __init__(self, name, work):
        self.name = name
        self.suite = SUITES[name]
        self.work = Path(work)
        self.home = self.work / "home"
        self.data = self.home / ".local/share/krita"
        self.plug_in = self.data / "pykrita/polyinr"
        self.runtime = self.work / "run"
        self.runtime.mkdir(mode=0o700, exist_ok=True)

    def command(self, words, environment=None):
        """The command line that runs a command inside."""
        line = [CHROOT, "run", self.suite, "--directory", self.work]
        if self.suite != "-":
            line += ["--bind", f"{self.work}:{self.work}", "--bind", f"{TESTS}:{TESTS}"]
            line += ["--bind", "/tmp/.X11-unix:/tmp/.X11-unix"]
        variables = {"HOME": self.home, "XDG_RUNTIME_DIR": self.runtime, "NO_AT_BRIDGE": "1"}
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
        for name, value in (variables | (environment or {})).items():
            line += ["--env", f"{name}={value}"]
        return [str(word) for word in [*line, "--", *words]]

    def run(self, words, environment=None, timeout=120):
        """Runs a command inside to its end."""
        return finish(self.command(words, environment), timeout)

    def script(self, module, *arguments, environment=None, timeout=300):
        """Runs the function `main` of a module of the tests in Krita without a window."""
        variables = {
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONPATH": f"{TESTS}:{self.plug_in.parent}",
            **(environment or {}),
        }
        words = ["kritarunner", "-s", module, "-f", "main", *arguments]
        return self.run(words, variables, timeout)
