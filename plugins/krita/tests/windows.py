"""Goes through scenarios in Krita with its windows, on a screen of its own."""

import json
import shutil
import subprocess

import host

from compare import check
from models import cleaning
from screen import Screen

# Scenarios in their order, with what is special about their start.
SCENARIOS = {
    "previews": {},
    "menu": {},
    "undo": {},
    "cancel": {},
    "closing": {},
    "quitting": {"quits": True},
    "stalls": {},
    "history": {"quits": True},
    "kept": {},
    "models": {},
    "cleaning": {},
    "missing": {"variables": {"POLYINR_LIBRARY": "/nowhere/libpolyinr.so"}},
    "german": {"variables": {"LANG": "de_DE.UTF-8", "LANGUAGE": "de"}},
}

# How long a scenario may take, in seconds.
PATIENCE = 480

KRITARC = """[General]
OpenGLRenderer=none
[python]
enable_polyinr=true
enable_polyinr_drive=true
[theme]
Theme=Krita dark
"""

DRIVE = """[Desktop Entry]
Type=Service
ServiceTypes=Krita/PythonPlugin
X-KDE-Library=polyinr_drive
Name=Tests of Poly-INR
"""


def run(krita, report, program, photograph, chosen=()):
    """All scenarios, or some."""
    folder = krita.work / "windows"
    folder.mkdir(exist_ok=True)
    _install_driver(krita)
    flower = folder / "flower.png"
    words = ["generate", "--seed", "3", "--class", "roses", "--size", "256", "--overwrite"]
    words += ["--quiet", "-o", flower]
    subprocess.run([program, *words], check=True)
    photo = shutil.copy(photograph, folder / "photo.jpg")
    files = {"flower": str(flower), "photo": str(photo)}
    files["cleaning"] = str(cleaning(folder / "cleaning.safetensors"))
    for name in chosen or SCENARIOS:
        report.check(name, _go_through, krita, name, folder, files)


def _install_driver(krita):
    settings = krita.home / ".config"
    settings.mkdir(parents=True, exist_ok=True)
    if not (settings / "kritarc").exists():
        (settings / "kritarc").write_text(KRITARC)
    pykrita = krita.data / "pykrita"
    (pykrita / "kritapykrita_polyinr_drive.desktop").write_text(DRIVE)
    (pykrita / "polyinr_drive").mkdir(exist_ok=True)
    (pykrita / "polyinr_drive/__init__.py").write_text(
        f"import sys\nsys.path.insert(0, {str(host.TESTS)!r})\nimport drive\n"
    )


def _go_through(krita, name, folder, files):
    start = SCENARIOS[name]
    orders = {"scenario": name, "folder": str(folder), "tests": str(host.TESTS), **files}
    orders["quits"] = start.get("quits", False)
    path = folder / f"{name}-orders.json"
    path.write_text(json.dumps(orders))
    log = folder / f"{name}.txt"
    with Screen(1360, 900) as screen, log.open("wb") as output:
        variables = {"DISPLAY": screen.display, "POLYINR_DRIVE": path, **start.get("variables", {})}
        process = subprocess.Popen(
            krita.command(["krita", "--nosplash"], variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            # All that it started ends with it.
            process.kill()
            process.wait()
    text = log.read_text(errors="replace")
    check(status is not None, f"Krita did not end: {text[-1500:]}")
    result = folder / f"{name}.json"
    check(result.exists(), f"Krita ended with {status}: {text[-1500:]}")
    notes = json.loads(result.read_text())
    check("error" not in notes, notes.get("error"))
    check(status == 0, f"Krita ended with {status}: {text[-1500:]}")
    check("Traceback" not in text, text[-3000:])
    if notes:
        print(f"{name}: {notes}", flush=True)
