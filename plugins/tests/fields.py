"""Field files, as far as the tests interpolate between them.

The command line writes what lies between two fields as pictures; here it is made as a field, with
numpy, to go on with.
"""

import json
import struct

import numpy

TYPES = {"F32": "<f4", "F16": "<f2"}


def read(path):
    """Metadata and tensors of a safetensors file."""
    data = path.read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        values = numpy.frombuffer(data[start:end], TYPES[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"]).astype(numpy.float32)
    return metadata, tensors


def write(path, metadata, tensors):
    """Writes a safetensors file of 32-bit floats."""
    header, parts, at = {"__metadata__": metadata}, [], 0
    for name, values in tensors.items():
        part = numpy.ascontiguousarray(values, "<f4").tobytes()
        offsets = [at, at + len(part)]
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": offsets}
        at += len(part)
        parts.append(part)
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    path.write_bytes(struct.pack("<Q", len(head)) + head + b"".join(parts))


def between(first, second, part, model, path):
    """Writes the field a part of the way from one to another, by codes and weights.

    A field without weights of its own has its model's.
    """
    _, weights = read(model)
    metadata, ends = {}, []
    for end in (first, second):
        metadata, tensors = read(end)
        ends.append(weights | tensors)
    header = json.loads(metadata["field"])
    tuned = any(json.loads(read(end)[0]["field"])["tuned"] for end in (first, second))
    names = [name for name in ends[0] if name == "affine" or name.startswith("code.")]
    if tuned:
        names += [name for name in weights if name.startswith(("level.", "rgb."))]
    header.update(tuned=tuned, styles=False, origin="between two fields")
    header.pop("latent", None)
    mixed = {
        name: (1 - part) * ends[0][name].astype(float) + part * ends[1][name].astype(float)
        for name in names
    }
    write(path, {"field": json.dumps(header)}, mixed)
