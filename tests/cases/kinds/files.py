"""Files that are there already, names, and what is shown of them."""

import json
import os
import stat
import struct
import subprocess
import zipfile
from pathlib import Path

from kinds.signals import awaited, picture, started, visible
from table import SkipError, case

MODEL = Path(__file__).parents[3] / "models/flowers.safetensors"


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def edited(source, to, change):
    """A safetensors file whose metadata `change` alters."""
    data = source.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    (key,) = header["__metadata__"]
    config = json.loads(header["__metadata__"][key])
    change(config)
    header["__metadata__"][key] = json.dumps(config)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    to.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])


@case("overwrite", before="a foreign file replaced", right="what is there stays")
def comparison_where_another_file_is(work):
    picture(work.path("a.png"))
    mine = work.path("b.compare.png")
    mine.write_text("MINE")
    command = ("upscale", "a.png", "-o", "b.png", "--compare")
    work.run(*command, status=2)
    work.run(*command, "--skip-existing")
    assert mine.read_text() == "MINE" and work.path("b.png").exists()
    mine.unlink()
    result = work.path("b.png").stat().st_mtime_ns
    work.run(*command, "--skip-existing")
    assert mine.read_bytes()[:4] == b"\x89PNG", "a missing comparison was not made"
    assert work.path("b.png").stat().st_mtime_ns == result, "the result was made again"
    return "MINE"


@case("overwrite", before="644 and root's", right="mode, owner and group stay")
def a_private_file(work):
    picture(work.path("a.png"))
    for wanted in (0o600, 0o640, 0o604, 0o664):
        for command in (
            ("upscale", "a.png", "-o", "b.png"),
            ("generate", "--class", "0", "--size", "8", "-o", "b.png"),
            ("interpolate", "1:0", "2:0", "-n2", "--size", "8", "-o", "b.png"),
            ("mix", "1:0", "2:0", "--levels", "0", "-o", "b.field"),
        ):
            out = work.path(command[-1])
            out.write_text("old")
            os.chmod(out, wanted)
            if os.geteuid() == 0:
                os.chown(out, 1234, 4321)
            work.run(*command, "--overwrite", preexec_fn=lambda: os.umask(0o022))
            found = os.stat(out)
            assert mode(out) == wanted, f"{command}: {mode(out):o} instead of {wanted:o}"
            assert os.geteuid() != 0 or (found.st_uid, found.st_gid) == (1234, 4321)
            out.unlink()
    return "600"


@case("overwrite", before="status 1, File exists", right="skipped, status 0")
def two_runs_at_once(work):
    for number in range(12):
        picture(work.path(f"in/{number}.png"), 40, 30)
    command = ("upscale", "in", "-o", "out", "--skip-existing", "--save-field", "--compare")
    runs = [started(work, *command) for _ in range(2)]
    for run in runs:
        _, errors = run.communicate(timeout=120)
        assert run.returncode == 0, errors
    assert len(visible(work.path("out"))) == 36
    return "both 0"


@case("overwrite", before="an empty file passed for a picture", right="done again")
def empty_leftovers(work):
    picture(work.path("a.png"))
    for name in ("b.png", "b.field", "b.compare.png"):
        work.path(name).touch()
    command = ("upscale", "a.png", "-o", "b.png", "--save-field", "--compare")
    work.run(*command, status=2)
    work.run(*command, "--skip-existing")
    for name in ("b.png", "b.field", "b.compare.png"):
        assert work.path(name).stat().st_size > 0, name
    work.path("c.png").touch()
    work.run("generate", "--class", "0", "--size", "8", "-o", "c.png", "--skip-existing")
    assert work.path("c.png").stat().st_size > 0
    return "all there"


@case("name", before="found after the work", right="failed before it, the others done")
def names_too_long(work):
    long = "x" * 250
    picture(work.path(f"in/{long}.png"))
    picture(work.path("in/a.png"))
    for option in ("--save-field", "--compare"):
        out = option.strip("-")
        arguments = ("upscale", "in", "-o", out, option, "--scale", "2")
        planned = work.run(*arguments, "--dry-run", status=1)
        done = work.run(*arguments, status=1)
        assert "too long" in done.stderr and "too long" in planned.stderr, done.stderr
        assert sorted(p.name[0] for p in work.path(out).iterdir()) == ["a", "a"]
    return "one failed, one done"


@case("name", before="img.0001 became img.png", right="img.0001.png")
def endings_that_are_no_formats(work):
    for number in (1, 2):
        picture(work.path(f"img.{number:04}.png"))
        work.path(f"img.{number:04}.png").rename(work.path(f"img.{number:04}"))
    work.run("upscale", "img.0001", "img.0002", "-o", "out/", "--save-field", "--compare")
    names = sorted(p.name for p in visible(work.path("out")))
    right = [f"img.{n}.{e}" for n in ("0001", "0002") for e in ("compare.png", "field", "png")]
    assert names == right, names
    return names[2]


@case("name", before="no file matches", right="a folder that is there is no pattern")
def pattern_in_a_folder_with_brackets(work):
    for folder in ("[2024] trip", "what? *", "deep [a]/[b]"):
        work.path(folder).mkdir(parents=True)
        picture(work.path(f"{folder}/a.png"))
        work.run("upscale", f"{folder}/*.png", "-o", f"out {folder[0]}/", "--scale", "2")
        assert work.path(f"out {folder[0]}/a.png").exists(), folder
    work.run("upscale", "[dw]*/[ab]*", "-o", "any/", "--scale", "2")
    return "a.png"


@case("name", before="status 0 without a word", right="said")
def an_empty_folder(work):
    work.path("empty").mkdir()
    done = work.run("upscale", "empty", "-o", "out/")
    assert "no picture in empty" in done.stderr, done.stderr
    return done.stderr.strip()


@case("zip", before="not a picture, nothing measured", right="passed over")
def what_macos_puts_into_zips(work):
    picture(work.path("a.png"), 40, 32)
    with zipfile.ZipFile(work.path("mac.zip"), "w") as archive:
        archive.write(work.path("a.png"), "set/a.png")
        archive.writestr("__MACOSX/set/._a.png", b"\0\5\26\7\0\2\0\0Mac OS X")
        archive.writestr("set/.hidden.png", b"x")
        archive.writestr("set/.DS_Store", b"x")
    done = work.run("measure", "mac.zip", "--scale", "2", "--method", "bicubic", "--json")
    assert json.loads(done.stdout)["pictures"] == 1
    return "1 measured"


@case("zip", before="nothing measured", right="reported, the others measured")
def a_damaged_picture_among_others(work):
    picture(work.path("in/a.png"), 40, 32)
    work.path("in/b.png").write_bytes(b"x")
    os.mkfifo(work.path("in/c.png"))
    done = work.run("measure", "in", "--scale", "2", "--method", "bicubic", "--json", status=1)
    assert json.loads(done.stdout)["pictures"] == 1 and done.stderr.count("error:") == 2
    return "1 measured, 2 reported"


@case("temporary", before="755, or 777 with umask 0", right="700")
def folder_for_standard_input(work):
    work.path("tmp").mkdir()
    picture(work.path("a.png"))
    environment = os.environ | {"TMPDIR": str(work.path("tmp"))}
    command = ("upscale", "-", "-o", "-", "--scale", "2")
    options = {"env": environment, "stdin": subprocess.PIPE, "text": False}
    run = started(work, *command, before=lambda: os.umask(0), **options)
    run.stdin.write(work.path("a.png").read_bytes()[:20])
    run.stdin.flush()
    awaited(lambda: len(list(work.path("tmp").rglob("*"))) == 3)
    modes = {p: mode(p) for p in work.path("tmp").rglob("*")}
    run.stdin.write(work.path("a.png").read_bytes()[20:])
    run.communicate(timeout=60)
    assert run.returncode == 0 and not list(work.path("tmp").iterdir())
    for path, found in modes.items():
        assert found == (0o700 if path.parent == work.path("tmp") else 0o600), f"{path} {found:o}"
    return "700, and 600 in it"


@case("escape", before="raw ESC ]0; ]52; [2J", right="escaped wherever people see it")
def control_characters_in_names_and_files(work):
    if not MODEL.exists():
        raise SkipError("the models are not beside the tests")
    nasty = "\x1b]0;owned\x07\x1b[2J\n\r\x9b31m\u202egnp"

    def change(config):
        config["name"] = config["licence"] = nasty
        config["classes"] = [f"{number}{nasty}" for number in range(len(config["classes"]))]

    edited(MODEL, work.path("m.safetensors"), change)
    # A name as Linux has them, without the slash.
    picture(work.path(f"in/{nasty}.png"))
    work.path(f"in/x{nasty}.png").write_text("no picture")
    texts = []
    for arguments in (
        ("inspect", "m.safetensors"),
        ("inspect", "--json", "m.safetensors"),
        ("generate", "--model", "m.safetensors", "--class", "zz", "-o", "o.png"),
        ("generate", "--model", "m.safetensors", "-o", "o.png"),
        ("upscale", "in", "-o", "out/", "--scale", "2"),
        ("upscale", "in", "-o", "out/", "--scale", "2", "--overwrite", "--json"),
        ("upscale", f"in/{nasty}.png", "-o", f"{nasty}.gif"),
        ("upscale", "in", "-o", "a/", "--scale", nasty),
        ("measure", "in", "--method", "bicubic", "--scale", "2"),
    ):
        done = work.run(*arguments, status=None)
        texts.append(done.stdout + done.stderr)
        for hidden in "\x1b\x07\r\x9b\u202e":
            assert hidden not in texts[-1], (arguments, texts[-1])
    assert r"\u{1b}]0;owned\u{7}" in texts[0] and r"\u{202e}" in texts[4]
    return r"\u{1b}]0;owned\u{7}"
