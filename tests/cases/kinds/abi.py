"""The C interface: forks, memory that cannot be, short memory, classes."""

import os
import subprocess

import weights
from library import HERE, host, path_beside
from table import case, needs


@case("abi", before="hung for ever", right="POLYINR_STATUS_ENGINE, and an own engine works")
def forked_child(work):
    return host(
        work,
        """
engine, model = L.engine(b"cpu", 2), L.make("model_find", b"clean")
flowers = L.make("model_find", b"flowers")
small, large = rgb(16, 16), rgb(32, 32)
assert L.super_resolve(engine, model, small, large)[0] == 0
expected = bytes(large.memory)

def child(work):
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        try:
            os._exit(work())
        except BaseException as problem:
            print(problem, flush=True)
            os._exit(99)
    _, status = os.waitpid(pid, 0)
    assert not os.WIFSIGNALED(status), "the child was ended by a signal"
    return os.WEXITSTATUS(status)

def parents():
    status, message = L.super_resolve(engine, model, small, large)
    assert "forked" in message, message
    return status

def own():
    made = L.engine(b"cpu", 2)
    status, message = L.super_resolve(made, model, small, large)
    assert bytes(large.memory) == expected
    return status

def freed():
    return L.call("engine_free", engine)[0]

assert child(parents) == ENGINE
assert child(lambda: L.generate(engine, flowers, 0, large)[0]) == ENGINE
assert child(own) == 0
assert child(freed) == 0
assert child(lambda: child(own) or child(parents) - ENGINE) == 0
# The parent goes on.
assert L.super_resolve(engine, model, small, large)[0] == 0
print("status", child(parents), "with the parent's engine")
""",
    )


@case("abi", before="hung for ever", right="an error in every child of a pool")
def forked_pool(work):
    return host(
        work,
        """
import multiprocessing
engine, flowers = L.engine(b"cpu", 0), L.make("model_find", b"flowers")
def make(_):
    picture = rgb(64, 64)
    return L.generate(engine, flowers, 0, picture)[0]
assert make(0) == 0
with multiprocessing.get_context("fork").Pool(2) as pool:
    answers = pool.map_async(make, range(4)).get(30)
assert answers == [ENGINE] * 4, answers
print(answers)
""",
    )


@case("abi", before="SIGSEGV", right="POLYINR_STATUS_BAD_BUFFER")
def pixels_past_the_end_of_memory(work):
    return host(
        work,
        """
engine, model = L.engine(b"cpu", 1), L.make("model_find", b"clean")
flowers = L.make("model_find", b"flowers")
up, said = L.make("invert_options_new"), ""
for start in (2**64 - 16, 2**64 - 1, 2**64 - 4096, 2**63, 2**63 - 8):
    for size in (12, 4096, 2**63, 2**64 - 1):
        bad = Buffer(start, size, 6, 2, 2, 0, 2, 0)
        good = rgb(4, 4)
        for call in (
            lambda: L.super_resolve(engine, model, bad, good),
            lambda: L.super_resolve(engine, model, good, bad),
            lambda: L.generate(engine, flowers, 0, bad),
            lambda: L.call("field_from_picture", model, c.c_uint64(0), c.byref(bad), c.byref(c.c_uint64())),
            lambda: L.call("invert_options_set_mask", up, c.byref(bad)),
            lambda: L.call("model_from_memory", c.c_void_p(start), c.c_size_t(size),
                           c.byref(c.c_uint64())),
        ):
            status, said = call()
            assert status == BAD_BUFFER, (hex(start), size, status, said)
real = rgb(4, 4)
real.size = 2**64 - 1
status, said = L.super_resolve(engine, model, real, rgb(8, 8))
assert status == BAD_BUFFER, (status, said)
print(said)
""",
    )


@case("abi", before='class: "none" is none of flowers\'s', right="the image of seed 0")
def generate_without_options(work):
    return host(
        work,
        """
engine, flowers = L.engine(b"cpu", 1), L.make("model_find", b"flowers")
def made(seed, class_index=None, number=None):
    options = number if number is not None else L.make("generate_options_new")
    if number is None:
        L.call("generate_options_set_seed", options, c.c_uint32(seed))
    if class_index is not None:
        L.call("generate_options_set_class", options, c.c_uint32(class_index))
    picture = rgb(16, 16)
    status, message = L.generate(engine, flowers, options, picture)
    assert status == 0, message
    return bytes(picture.memory)
assert made(0, number=0) == made(0) == made(0, 0)
for seed in (3, 7, 2**32 - 1):
    assert made(seed) == made(seed, seed % 5) != made(seed, (seed + 1) % 5)
field = L.make("field_from_seed", flowers, 0)
print("seed 0 is class", 0)
""",
    )


@case("abi", before="abort of the host", right="POLYINR_STATUS_LIMITS")
def model_without_memory(work):
    weights.write(work.path("m.safetensors"), weights.generator(z_dim=8192, w_dim=2048), value=None)
    weights.picture_field(work.path("p.field"), 8000)
    return host(
        work,
        """
model, small = L.make("model_find", b"photo"), rgb(4000, 4000)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (20 << 20),) * 2)
place = c.c_uint64()
answers = [
    L.call("model_open", b"m.safetensors", c.byref(place)),
    L.call("field_open", model, b"p.field", c.byref(place)),
    L.call("field_from_picture", model, c.c_uint64(0), c.byref(small), c.byref(place)),
]
for status, message in answers:
    assert status == LIMITS and "memory" in message, answers
print(answers[0][1])
""",
    )


@case("abi", before="pictures of NaN with success", right="POLYINR_STATUS_BAD_MODEL")
def overflowing_weights_in_a_host(work):
    value = lambda name, index: 3e38 if name == "level.1.weight" else 1.0 + index % 3
    weights.write(work.path("g.safetensors"), weights.generator(features=16), value)
    return host(
        work,
        """
engine, model = L.engine(b"cpu", 1), L.make("model_open", b"g.safetensors")
status, message = L.generate(engine, model, 0, rgb(16, 16))
assert status == BAD_MODEL and "overflow" in message, (status, message)
print(message)
""",
    )


@case("abi", before="SIGBUS of the host", right="POLYINR_STATUS_BAD_MODEL")
def model_truncated_in_a_host(work):
    weights.write(work.path("m.safetensors"), weights.generator(z_dim=4096, w_dim=4096), value=None)
    return host(
        work,
        """
import shutil
answers = set()
for delay in (0.0, 0.01, 0.03, 0.06, 0.1, 0.2):
    shutil.copy("m.safetensors", "t.safetensors")
    timer = threading.Timer(delay, lambda: os.truncate("t.safetensors", 4096))
    timer.start()
    status, message = L.call("model_open", b"t.safetensors", c.byref(c.c_uint64()))
    timer.join()
    assert status in (0, BAD_MODEL), (status, message)
    answers.add(message)
assert any("changed" in message for message in answers), answers
print(max(answers))
""",
    )


@case("abi", before="aborted", right="the exception arrives where the call was made")
def exception_in_a_callback_of_polyinr_hpp(work):
    needs("c++")
    root = HERE.parents[1]
    work.path("throw.cpp").write_text(
        """
#include <polyinr.hpp>
#include <cstdio>
int main() {
    polyinr::Engine engine("cpu", polyinr::EngineOptions().threads(2));
    auto model = polyinr::Model::find("clean");
    auto flowers = polyinr::Model::find("flowers");
    polyinr::Image small(32, 32), large(64, 64);
    int caught = 0;
    try {
        polyinr::super_resolve(engine, model, {}, small.buffer(), large.buffer(),
                               [](auto, auto) -> bool { throw std::runtime_error("mine"); });
    } catch (const std::runtime_error &e) {
        caught += std::string(e.what()) == "mine";
    }
    try {
        polyinr::Field::inverted(engine, flowers, small.buffer(), [](auto done, auto, double) {
            if (done > 3) throw 7;
            return true;
        });
    } catch (int number) {
        caught += number == 7;
    }
    try {
        polyinr::generate(engine, flowers, {}, large.buffer(), [](auto, auto) { return false; });
    } catch (const polyinr::Error &e) {
        caught += e.status() == POLYINR_STATUS_CANCELLED;
    }
    polyinr::super_resolve(engine, model, {}, small.buffer(), large.buffer());
    polyinr::generate(engine, flowers, {}, large.buffer(), [](auto, auto) { return true; });
    std::printf("%d of 3 caught\\n", caught);
    return caught == 3 ? 0 : 1;
}
"""
    )
    folder = path_beside(work.program).parent
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{root / 'include'}"]
    command = ["c++", *flags, "throw.cpp", f"-L{folder}", "-lpolyinr", "-o", "throw"]
    subprocess.run(command, cwd=work.folder, check=True)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder)}
    done = subprocess.run(
        [work.path("throw")], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return done.stdout.strip()
