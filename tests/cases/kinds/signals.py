"""Pipes, signals and streams."""

import os

from PIL import Image
from table import case


@case("pipe", before="waited for ever", right="reported at once, the other picture done")
def fifo_in_a_folder(work):
    work.path("in").mkdir()
    Image.new("RGB", (9, 7), (10, 200, 30)).save(work.path("in/a.png"))
    os.mkfifo(work.path("in/q.png"))
    done = work.run("upscale", "in", "-o", "out", "--scale", "2", status=1, timeout=20)
    assert work.path("out/a.png").exists(), "the picture beside it was not done"
    assert "not a regular file" in done.stderr, done.stderr
    return done.stderr.splitlines()[0]
