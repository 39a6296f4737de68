"""Model and field files: cut, replaced and full of holes while or before they are read."""

import json
import os
import struct
import threading
import time

import weights
from table import case


def meanwhile(work, path, change, *arguments):
    """Runs the program while `change` is done to `path` after a short time, at several times.

    Gives what it answered each time; none may end by a signal.
    """
    answers = []
    whole = path.read_bytes()
    for delay in (0.0, 0.02, 0.05, 0.1, 0.2):
        path.write_bytes(whole)
        timer = threading.Timer(delay, change)
        timer.start()
        done = work.run(*arguments, status=None, timeout=60)
        timer.join()
        assert done.returncode in (0, 1), f"status {done.returncode}: {done.stderr}"
        answers.append(done.stderr.strip() if done.returncode else "done")
    return answers


@case("model", before="SIGBUS", right="an error, never a signal")
def truncated_while_it_is_read(work):
    model = weights.generator(z_dim=4096, w_dim=4096)
    path = weights.write(work.path("t.safetensors"), model, value=None)
    path.write_bytes(path.read_bytes())
    answers = meanwhile(work, path, lambda: os.truncate(path, 4096), "inspect", path.name)
    assert any("changed while it was read" in answer for answer in answers), answers
    return answers[1]


@case("model", before="read as whatever it was at the moment", right="an error")
def rewritten_while_it_is_read(work):
    model = weights.generator(z_dim=4096, w_dim=4096)
    path = weights.write(work.path("t.safetensors"), model, value=None)
    size = path.stat().st_size
    ended = threading.Event()

    def rewrite():
        with open(path, "r+b") as file:
            while not ended.is_set():
                file.seek(size - 4096)
                file.write(struct.pack("<f", 0.25) * 1024)
                file.flush()
                time.sleep(0.005)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        done = work.run("inspect", path.name, status=1, timeout=60)
    finally:
        ended.set()
        writer.join()
    assert "changed while it was read" in done.stderr, done.stderr
    return done.stderr.strip()


@case("field", before="SIGBUS", right="an error, never a signal")
def field_truncated_while_it_is_read(work):
    path = weights.picture_field(work.path("f.field"), 9000)
    answers = meanwhile(work, path, lambda: os.truncate(path, 4096), "inspect", path.name)
    return answers[1]


@case("model", before="5.3 GB after 60 s and growing", right="refused at once, in words")
def model_of_holes(work):
    model = weights.generator(levels=20, features=8192)
    path = weights.write(work.path("holes.safetensors"), model, value=None)
    assert path.stat().st_blocks * 512 < 1 << 20 < path.stat().st_size
    done, peak = work.peak("inspect", path.name, status=1, timeout=20)
    assert "at most" in done.stderr and peak < 100, (done.stderr, peak)
    done, peak = work.peak("generate", "--model", path.name, "-o", "o.png", status=1, timeout=20)
    assert "at most" in done.stderr and peak < 100, (done.stderr, peak)
    done, peak = work.peak("import", path.name, "-o", "i.safetensors", status=1, timeout=20)
    assert peak < 100, peak
    return done.stderr.strip()


@case("model", before="read whatever the header says", right="refused before anything is read")
def size_that_is_not_the_headers(work):
    path = weights.write(work.path("a.safetensors"), weights.upscaler())
    for change in (-1, 1, 1 << 33):
        os.truncate(path, path.stat().st_size + change)
        done, peak = work.peak("inspect", path.name, status=1, timeout=20)
        assert "its header says" in done.stderr and peak < 100, (done.stderr, peak)
        os.truncate(path, path.stat().st_size - change)
    work.run("inspect", path.name)
    work.path("b.safetensors").write_bytes(struct.pack("<Q", 1 << 40) + b"{}")
    done = work.run("inspect", "b.safetensors", status=1)
    with open(work.path("c.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", 90_000_000))
        file.truncate(100_000_000)
    done, peak = work.peak("inspect", "c.safetensors", status=1, timeout=20)
    assert peak < 100, peak
    return done.stderr.strip()


@case("field", before="read", right="refused before anything is read")
def field_of_holes(work):
    path = weights.picture_field(work.path("f.field"), 40_000)
    done, peak = work.peak("inspect", path.name, status=1, timeout=20)
    assert "at most" in done.stderr and peak < 100, (done.stderr, peak)
    path = weights.picture_field(work.path("g.field"), 100, size=1 << 34)
    done, peak = work.peak("inspect", path.name, status=1, timeout=20)
    assert peak < 100, peak
    return done.stderr.strip()


@case("model", before="waited for ever, or read without end", right="reported at once")
def special_files(work):
    os.mkfifo(work.path("fifo.safetensors"))
    os.symlink("/dev/zero", work.path("zero.safetensors"))
    os.symlink("loop.safetensors", work.path("loop.safetensors"))
    work.path("dir.safetensors").mkdir()
    os.mkfifo(work.path("fifo.field"))
    for name in ("fifo.safetensors", "zero.safetensors", "loop.safetensors", "dir.safetensors"):
        work.run("inspect", name, status=1, timeout=10)
        work.run("generate", "--model", name, "-o", "o.png", status=1, timeout=10)
        done = work.run("import", name, "-o", "i.safetensors", status=None, timeout=10)
        assert done.returncode in (1, 2), done.returncode
    work.run("render", "fifo.field", "-o", "o.png", status=1, timeout=10)
    models = {**os.environ, "POLYINR_MODELS": str(work.folder)}
    work.run("doctor", timeout=20, env=models)
    return work.run("inspect", "zero.safetensors", status=1).stderr.strip()


@case("model", before="pictures of NaN with success", right="an error that names the model")
def weights_that_overflow(work):
    huge = 3e38
    places = {
        "mapping.fc0.weight": weights.generator(z_dim=64),
        "affine.0.basis.weight": weights.generator(w_dim=64),
        "affine.1.offset.weight": weights.generator(),
        "level.0.weight": weights.generator(features=16),
        "level.1.weight": weights.generator(features=16),
        "rgb.weight": weights.generator(),
    }
    said = ""
    for name, model in places.items():
        value = lambda tensor, index, name=name: huge if tensor == name else 1.0 + index % 3
        weights.write(work.path("g.safetensors"), model, value)
        args = ("generate", "--model", "g.safetensors", "--engine", "cpu", "--size", "20")
        done = work.run(*args, "-o", "o.png", "--overwrite", status=None)
        assert done.returncode in (1, 2), f"{name}: status {done.returncode}"
        assert "overflow" in done.stderr, f"{name}: {done.stderr}"
        assert not work.path("o.png").exists(), name
        said = done.stderr.strip()
    from PIL import Image

    Image.new("RGB", (9, 7), (200, 100, 250)).save(work.path("a.png"))
    for name in ("encoder.tail.weight", "level.1.weight", "rgb.weight"):
        value = lambda tensor, index, name=name: huge if tensor == name else 1.0 + index % 3
        weights.write(work.path("u.safetensors"), weights.upscaler(), value)
        args = ("upscale", "a.png", "--model", "u.safetensors", "--engine", "cpu", "--scale", "2")
        done = work.run(*args, "-o", "o.png", "--overwrite", status=1)
        assert "overflow" in done.stderr, f"{name}: {done.stderr}"
        assert not work.path("o.png").exists(), name
    return said


@case("generate", before='class: "none" is none of flowers\'s', right="the class of the seed")
def class_of_the_seed(work):
    classes = json.loads(work.run("inspect", "flowers", "--json", status=None).stdout or "{}")
    assert classes is not None
    names = ("daisy", "dandelion", "roses", "sunflowers", "tulips")
    for seed in (0, 7, 4294967295):
        size = ("--size", "16", "--strip")
        done = work.run("generate", "--seed", seed, *size, "-o", "a.png", "--overwrite")
        name = names[seed % len(names)]
        assert f"class {name}, by the seed" in done.stderr, done.stderr
        work.run("generate", "--seed", seed, "--class", name, *size, "-o", "b.png", "--overwrite")
        assert work.path("a.png").read_bytes() == work.path("b.png").read_bytes(), seed
        work.run("render", seed, "--size", "16", "-o", "c.tiff", "--overwrite")
        work.run("render", f"{seed}:{name}", "--size", "16", "-o", "d.tiff", "--overwrite")
    work.run("generate", "--seed", "0-6", "--size", "8", "-o", "many/")
    made = sorted(path.name for path in work.path("many").iterdir())
    assert made[:2] == ["seed0000-daisy.png", "seed0001-dandelion.png"], made
    work.run("generate", "--seed", "0-6", "--size", "8", "--grid", "-o", "sheet.png")
    work.run("mix", "3", "8:tulips", "--levels", "fine", "--size", "8", "-o", "m.png")
    work.run("interpolate", "3", "4", "--frames", "2", "--size", "8", "-o", "frames/")
    return done.stderr.strip()
