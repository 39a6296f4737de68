"""Krita's own importer takes the ZIP file that `cargo xtask install krita --zip` makes."""

from compare import check

# Runs the importer, which asks for translations of its texts.
SCRIPT = """
import builtins, runpy, sys
builtins.i18n = lambda text: text
sys.argv = ["plugin_importer", sys.argv[1], sys.argv[2]]
folder = "/usr/share/krita/pykrita/plugin_importer"
runpy.run_path(folder + "/plugin_importer.py", run_name="__main__")
"""


def run(krita, report):
    """Imports the file and compares what comes of it with what was installed."""
    folder = krita.work / "imported"
    folder.mkdir()
    archive = krita.work / "polyinr.zip"
    finished = krita.run(["python3", "-c", SCRIPT, archive, folder])
    report.check("import", check, finished.status == 0, finished.text)
    report.check("imported files", _same, krita.data, folder)


def _same(installed, imported):
    names = [_names(folder / "pykrita/polyinr") for folder in (installed, imported)]
    check(names[0] and names[0] == names[1], f"differs in {names[0] ^ names[1]}")
    for path in ("pykrita/polyinr.desktop", "actions/polyinr.action"):
        check((imported / path).is_file(), f"{path} is missing")


def _names(folder):
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
