"""Pipes, signals and streams."""

import os
import resource
import signal
import socket
import subprocess
import time

from PIL import Image
from table import SkipError, case

NOT_REGULAR = "not a regular file"


def picture(path, width=9, height=7):
    path.parent.mkdir(exist_ok=True)
    image = Image.new("RGB", (width, height))
    image.putdata([(x * 7 % 256, x * 31 % 256, x * 3 % 256) for x in range(width * height)])
    image.save(path)


def usual():
    """In the child: signals as a terminal's shell leaves them."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)


def started(work, *arguments, before=usual, **options):
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True} | options
    command = [str(work.program), *map(str, arguments)]
    # `before` sets signals and limits alone, with one thread.
    return subprocess.Popen(command, cwd=work.folder, preexec_fn=before, **options)


def awaited(condition, seconds=60):
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def visible(folder):
    return [p for p in folder.glob("*") if not p.name.startswith(".")] if folder.exists() else []


@case("pipe", before="waited for ever", right="reported at once, the other picture done")
def fifo_in_a_folder(work):
    picture(work.path("in/a.png"))
    os.mkfifo(work.path("in/q.png"))
    done = work.run("upscale", "in", "-o", "out", "--scale", "2", status=1, timeout=20)
    assert work.path("out/a.png").exists(), "the picture beside it was not done"
    assert NOT_REGULAR in done.stderr, done.stderr
    return done.stderr.splitlines()[0]


@case("pipe", before="waited for ever or was passed over in silence", right="reported at once")
def fifo_socket_and_device_by_name_and_in_a_pattern(work):
    picture(work.path("in/a.png"))
    os.mkfifo(work.path("in/q.png"))
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(work.path("in/s.png")))
        os.symlink("/dev/zero", work.path("in/z.png"))
        for wrong in ("q", "s", "z"):
            arguments = ("upscale", f"in/{wrong}.png", "-o", "o.png")
            done = work.run(*arguments, status=1, timeout=20)
            assert NOT_REGULAR in done.stderr, done.stderr
        done = work.run("upscale", "in/*.png", "-o", "out/", status=1, timeout=20)
    assert done.stderr.count(NOT_REGULAR) == 3 and work.path("out/a.png").exists()
    return "3 reported, 1 done"


@case("pipe", before="waited for ever", right="an error at once, wherever a path is opened")
def fifo_for_every_other_file(work):
    picture(work.path("a.png"))
    for name in ("q", "m.safetensors", "f.field"):
        os.mkfifo(work.path(name))
    for wrong in (
        ("inspect", "q"),
        ("inspect", "m.safetensors"),
        ("inspect", "f.field"),
        ("upscale", "a.png", "--model", "m.safetensors", "-o", "o.png"),
        ("render", "f.field", "-o", "o.png"),
        ("import", "m.safetensors", "-o", "n.safetensors"),
        ("extend", "q", "-o", "o.png"),
        ("invert", "q", "-o", "o.field"),
        ("invert", "a.png", "--mask", "q", "-o", "o.field"),
        ("measure", "q", "--method", "bicubic"),
    ):
        done = work.run(*wrong, status=1, timeout=20)
        assert NOT_REGULAR in done.stderr, (wrong, done.stderr)
    return NOT_REGULAR


@case("pipe", before="cannot read: Illegal seek", right="read to the end, as `-` is")
def pipe_given_as_a_path(work):
    picture(work.path("a.png"))
    work.run("upscale", "a.png", "-o", "right.png")
    right = work.path("right.png").read_bytes()
    for number, name in enumerate(("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")):
        data = work.path("a.png").read_bytes()
        arguments = ("upscale", name, "-o", f"{number}.png", "-q")
        work.run(*arguments, input=data, text=False, errors=None, timeout=20)
        assert work.path(f"{number}.png").read_bytes() == right, name
    script = f"'{work.program}' upscale <(cat a.png) <(cat a.png) -o both/ -q"
    subprocess.run(["bash", "-c", script], cwd=work.folder, check=True, timeout=60)
    assert len(visible(work.path("both"))) == 2
    return "as by name"


@case("folder", before="an error for all", right="reported, the others done")
def a_folder_that_cannot_be_read(work):
    picture(work.path("in/a.png"))
    work.path("in/closed").mkdir(mode=0)
    work.path("out").mkdir()
    os.chmod(work.path("out"), 0o777)
    os.chmod(work.folder, 0o755)
    nobody = {"user": 65534} if os.geteuid() == 0 else {}
    try:
        done = work.run("upscale", "in", "-ro", "out", status=1, **nobody)
    except PermissionError as reason:
        raise SkipError("the program is where another user cannot run it") from reason
    finally:
        os.chmod(work.path("in/closed"), 0o700)
    assert work.path("out/a.png").exists() and "in/closed: cannot list" in done.stderr, done.stderr
    return done.stderr.splitlines()[0]


@case("signal", before="status 130, the batch stopped", right="ignored signals stay ignored")
def nohup(work):
    def ignoring():
        usual()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    for number in range(30):
        picture(work.path(f"in/{number}.png"), 40, 30)
    run = started(work, "upscale", "in", "-o", "out", before=ignoring)
    awaited(lambda: visible(work.path("out")))
    run.send_signal(signal.SIGHUP)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 0 and len(visible(work.path("out"))) == 30, errors
    run = started(work, "upscale", "in", "-o", "other", before=ignoring)
    awaited(lambda: visible(work.path("other")))
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=120)
    assert run.returncode == 130, "SIGTERM was not ignored"
    return "all 30 done"


@case("signal", before="a half-written temporary was left", right="gone, status 130")
def a_second_ctrl_c(work):
    picture(work.path("a.png"), 300, 300)
    work.path("out").mkdir()
    run = started(work, "upscale", "a.png", "-o", "out/b.png", "--scale", "30")
    awaited(lambda: list(work.path("out").iterdir()))
    run.send_signal(signal.SIGINT)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=60)
    assert run.returncode == 130 and not list(work.path("out").iterdir())
    return "nothing left"


@case("signal", before="ended by SIGXFSZ", right="an error in words, no file left")
def limit_on_the_size_of_files(work):
    picture(work.path("a.png"), 90, 70)

    def limited():
        usual()
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))

    work.path("out").mkdir()
    run = started(work, "upscale", "a.png", "-o", "out/b.tiff", before=limited)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 1 and "File too large" in errors, (run.returncode, errors)
    assert not list(work.path("out").iterdir())
    return errors.strip()


@case("stream", before="status 0, the picture lost", right="status 1, said")
def standard_output_closed(work):
    picture(work.path("a.png"))

    def closed():
        os.close(1)

    for arguments in (
        ("upscale", "a.png", "-o", "-", "--format", "png"),
        ("upscale", "a.png", "-o", "b.png", "--json"),
        ("inspect", "a.png"),
        ("--help",),
        ("upscale", "--help"),
        ("--version",),
        ("doctor", "--json"),
        ("man",),
    ):
        run = started(work, *arguments, before=closed, stdout=None)
        _, errors = run.communicate(timeout=60)
        assert run.returncode == 1 and "standard output" in errors, (arguments, errors)
    work.run("inspect", "a.png", stdout=subprocess.DEVNULL, capture_output=False)
    return "all refused"


@case("stream", before="status 0, nothing written", right="status 1, said")
def standard_output_full_or_not_to_write_to(work):
    if not os.path.exists("/dev/full"):
        raise SkipError("there is no /dev/full")
    picture(work.path("a.png"))
    for place, mode in (("/dev/full", "w"), ("/dev/null", "r")):
        for number, arguments in enumerate(
            (
                ("upscale", "a.png", "-o", f"b-{mode}.png", "--scale", "2", "--json"),
                ("upscale", "a.png", "-o", "-"),
                ("inspect", "--json", "a.png"),
                ("completions", "bash"),
                ("--version",),
                ("measure", "--help"),
                ("doctor",),
            )
        ):
            with open(place, mode) as out:
                run = started(work, *arguments, stdout=out)
                _, errors = run.communicate(timeout=60)
            assert run.returncode == 1 and "standard output" in errors, (arguments, errors)
            assert number or work.path(f"b-{mode}.png").exists(), "the work was not done"
    return "all refused"
