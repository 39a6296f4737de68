"""The versions of GIMP that the plug-in is tested in, and how commands run beside them."""

import shutil
from pathlib import Path

from finished import finish

TESTS = Path(__file__).resolve().parent
CHROOT = TESTS.parents[1] / "tests" / "chroot.sh"

# Debian releases that hold the versions; `-` is the running one.
SUITES = {"2.10": "-", "3.0": "trixie", "3.2": "forky"}

# No questions, no network.
SETTINGS = {2: "(check-updates no)\n", 3: "(check-updates no)\n(show-welcome-dialog no)\n"}


class Host:
    """One version of GIMP, with a home of its own in a work folder.

    The work folder has the same path inside a chroot as outside.
    """

    def __init__(self, name, work):
        self.name = name
        self.suite = SUITES[name]
        self.major = int(name.split(".")[0])
        self.work = Path(work)
        self.home = self.work / "home"
        self.profile = self.home / ".config" / "GIMP" / name
        self.plugin = self.profile / "plug-ins" / "polyinr"

    def make_home(self):
        """The home, with settings for tests; what GIMP and the install command put there stays."""
        self.profile.mkdir(parents=True, exist_ok=True)
        (self.profile / "gimprc").write_text(SETTINGS[self.major])

    def command(self, words, environment=None, read_only=()):
        """The command line that runs a command inside."""
        line = [CHROOT, "run", self.suite, "--directory", self.work]
        if self.suite != "-":
            line += ["--bind", f"{self.work}:{self.work}"]
        for folder in read_only:
            line += ["--read-only", folder]
        for name, value in {"HOME": self.home, **(environment or {})}.items():
            line += ["--env", f"{name}={value}"]
        return [str(word) for word in [*line, "--", *words]]

    def run(self, words, environment=None, read_only=(), timeout=120):
        """Runs a command inside to its end."""
        return finish(self.command(words, environment, read_only), timeout)

    def batch(self, scheme, environment=None, read_only=(), timeout=120):
        """Runs a Script-Fu expression in GIMP without a window."""
        words = ["gimp-console", "-i", "-d", "-f", "-s"]
        if self.major == 2:
            words += ["-b", scheme, "-b", "(gimp-quit 0)"]
        else:
            words += ["--batch-interpreter=plug-in-script-fu-eval", "-b", scheme, "--quit"]
        return self.run(words, environment, read_only, timeout)

    def german(self):
        """The environment for a German GIMP, whose locale is made in the work folder."""
        folder = self.work / "locales"
        folder.mkdir(exist_ok=True)
        words = ["localedef", "-i", "de_DE", "-f", "UTF-8", folder / "de_DE.UTF-8"]
        made = self.run(words)
        if made.status != 0:
            raise RuntimeError(f"localedef: {made.text}")
        return {"LOCPATH": folder, "LANG": "de_DE.UTF-8", "LANGUAGE": "de"}

    def script(self, name, text):
        """Writes a script that first loads what all need; the expression that loads it."""
        path = self.work / f"{name}.scm"
        log = self.work / f"{name}.log"
        log.unlink(missing_ok=True)
        for needed in (f"gimp{self.major}.scm", "cases.scm"):
            shutil.copy(TESTS / needed, self.work)
        parts = [
            f'(load "{self.work}/gimp{self.major}.scm")',
            f'(define log "{log}")',
            f'(load "{self.work}/cases.scm")',
            text,
        ]
        path.write_text("\n".join(parts) + "\n")
        return f'(load "{path}")', log
