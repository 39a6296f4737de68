"""A colour profile that is not sRGB, and PNG files that hold it."""

import struct
import zlib

# Primaries and white of a wide space (Display P3) as profiles have them, adapted to D50.
PRIMARIES = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
}
WHITE = (0.96420, 1.0, 0.82491)
GAMMA = 2.2


def wide_profile():
    """The bytes of the profile, of version 2 of the format."""
    name = b"Wide for tests\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + b"\0" * 78
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(GAMMA * 256))
    tags = {
        b"desc": description,
        b"cprt": b"text\0\0\0\0" + b"Public domain\0",
        b"wtpt": _xyz(WHITE),
    }
    tags |= {name: _xyz(values) for name, values in PRIMARIES.items()}
    tags |= {name: curve for name in (b"rTRC", b"gTRC", b"bTRC")}
    table, data, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", at + len(data), len(value))
        data += value + b"\0" * (-len(value) % 4)
    date = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    size = 128 + len(table) + len(data)
    head = struct.pack(">I4xI", size, 0x02100000) + b"mntrRGB XYZ " + date + b"acsp"
    head = head.ljust(68, b"\0") + _numbers(WHITE)
    return head.ljust(128, b"\0") + table + data


def with_profile(png, profile):
    """A PNG file's bytes with a profile put in behind its header."""
    data = b"wide\0\0" + zlib.compress(profile)
    chunk = b"iCCP" + data
    chunk = struct.pack(">I", len(data)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    end_of_header = 8 + 12 + 13
    return png[:end_of_header] + chunk + png[end_of_header:]


def _xyz(values):
    return b"XYZ \0\0\0\0" + _numbers(values)


def _numbers(values):
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)
