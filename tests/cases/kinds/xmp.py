"""What XMP and IPTC say, in the results."""

import struct
import subprocess

import numpy as np
from PIL import Image
from table import case, needs

ADOBE = "http://ns.adobe.com/"
GOOGLE = "http://ns.google.com/photos/1.0/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def packet(attributes: str = "", elements: str = "") -> bytes:
    """An XMP packet with padding, as cameras write it."""
    text = (
        "<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>"
        f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='{RDF}'>"
        f"<rdf:Description rdf:about='' {attributes}>{elements}</rdf:Description>"
        f"</rdf:RDF></x:xmpmeta>{' ' * 200}<?xpacket end='w'?>"
    )
    return text.encode()


def jpeg(work, segments: list[tuple[int, bytes]], behind: bytes = b"") -> None:
    """Puts a JPEG file of 44x36 pixels and 300 dpi with more segments at `in.jpg`."""
    y, x = np.mgrid[:36, :44]
    pixels = np.stack([x * 5, y * 7, x + y], 2).astype(np.uint8)
    Image.fromarray(pixels).save(work.path("plain.jpg"), dpi=(300, 300))
    file = work.path("plain.jpg").read_bytes()
    more = b"".join(b"\xff" + bytes([m]) + struct.pack(">H", len(b) + 2) + b for m, b in segments)
    work.path("in.jpg").write_bytes(file[:20] + more + file[20:] + behind)


def xmp(body: bytes) -> tuple[int, bytes]:
    return 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + body


def exiftool(work, name: str, *options: str) -> str:
    """What exiftool says of a file, a tag a line."""
    needs("exiftool")
    command = ["exiftool", "-G1", "-s", "-a", *options, name]
    return subprocess.run(
        command, cwd=work.folder, check=True, capture_output=True, text=True
    ).stdout


def enlarged(work, name: str) -> str:
    """Enlarges `in.jpg` twice into `name`; what was said."""
    return work.run("upscale", "in.jpg", "-o", name, "--scale", "2").stderr


@case("xmp", before="hdrgm and Container stay", right="gone, with one line")
def gain_map(work):
    attributes = f"xmlns:hdrgm='{ADOBE}hdr-gain-map/1.0/' hdrgm:Version='1.0' "
    attributes += f"xmlns:C='{GOOGLE}container/' xmlns:I='{GOOGLE}container/item/'"
    items = "".join(
        f"<rdf:li rdf:parseType='Resource'><C:Item I:Semantic='{what}' I:Mime='image/jpeg'/></rdf:li>"
        for what in ("Primary", "GainMap")
    )
    directory = f"<C:Directory><rdf:Seq>{items}</rdf:Seq></C:Directory>"
    pictures = b"MPF\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
    jpeg(work, [xmp(packet(attributes, directory)), (0xE2, pictures)], b"\xff\xd8 a gain map")
    for name in ("a.jpg", "a.png", "a.tif", "a.webp"):
        said = enlarged(work, name)
        assert said.count("gain map") == 1, said
        tags = exiftool(work, name)
        assert not any(word in tags for word in ("hdrgm", "Container", "MPF")), tags
    return said.splitlines()[0]


@case("xmp", before="MotionPhoto=1 and its offset stay", right="gone, with one line")
def motion_photo(work):
    camera = f"xmlns:GCamera='{GOOGLE}camera/'"
    attributes = "GCamera:MotionPhoto='1' GCamera:MicroVideo='1' GCamera:MicroVideoOffset='4000'"
    elements = "<GCamera:MotionPhoto>1</GCamera:MotionPhoto>"
    for form in ((f"{camera} {attributes}", ""), (camera, elements)):
        jpeg(work, [xmp(packet(*form))], b"\0\0\0\x18ftypmp42")
        said = enlarged(work, "a.jpg")
        assert said.count("motion video") == 1, said
        assert "GCamera" not in exiftool(work, "a.jpg")
        work.path("a.jpg").unlink()
    return said.splitlines()[0]


@case("xmp", before="stays", right="gone, with one line")
def second_part_of_a_packet(work):
    attributes = f"xmlns:n='{ADOBE}xmp/note/' n:HasExtendedXMP='0123'"
    extension = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + b"\0\0\0\1\0\0\0\0x"
    jpeg(work, [xmp(packet(attributes)), (0xE1, extension)])
    said = enlarged(work, "a.jpg")
    assert "second part of its XMP" in said, said
    assert "Extended" not in exiftool(work, "a.jpg")
    return said.splitlines()[0]


@case("xmp", before="44, 44 and 300 stay", right="as the result is, in every form")
def size_and_resolution(work):
    spaces = f"xmlns:tiff='{ADOBE}tiff/1.0/' xmlns:exif='{ADOBE}exif/1.0/'"
    values = {
        "tiff:ImageWidth": "44",
        "tiff:ImageLength": "36",
        "exif:PixelXDimension": "44",
        "exif:PixelYDimension": "36",
        "tiff:XResolution": "300/1",
        "tiff:YResolution": "300/1",
        "tiff:ResolutionUnit": "2",
        "tiff:Make": "M",
    }
    double = spaces + "".join(f' {name}="{value}"' for name, value in values.items())
    elements = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    for form in ((double, ""), (double.replace('"', "'"), ""), (spaces, elements)):
        jpeg(work, [xmp(packet(*form))])
        for name in ("a.jpg", "a.png", "a.tif", "a.webp"):
            enlarged(work, name)
            tags = exiftool(work, name, "-XMP-tiff:all", "-XMP-exif:all")
            found = sorted(line.split(": ")[-1] for line in tags.splitlines())
            right = sorted(["88", "72", "88", "72", "600", "600", "inches", "M"])
            assert found == right, f"{name}: {tags}"
            work.path(name).unlink()
    return "88x72 at 600 dpi"


@case("xmp", before="44x36 stay", right="88x72")
def size_that_regions_are_of(work):
    regions = "http://www.metadataworkinggroup.com/schemas/regions/"
    spaces = f"xmlns:mwg-rs='{regions}' xmlns:stDim='{ADOBE}xap/1.0/sType/Dimensions#'"
    size = "<mwg-rs:AppliedToDimensions stDim:w='44' stDim:h='36' stDim:unit='pixel'/>"
    body = f"<mwg-rs:Regions rdf:parseType='Resource'>{size}</mwg-rs:Regions>"
    jpeg(work, [xmp(packet(spaces, body))])
    enlarged(work, "a.jpg")
    tags = exiftool(work, "a.jpg", "-XMP-mwg-rs:all")
    assert "88" in tags and "72" in tags and "44" not in tags, tags
    return "88x72"


@case("xmp", before="lost without a word", right="kept in JPEG and TIFF, else a line")
def iptc(work):
    record = b"\x1c\x02\x19\0\x03abc\x1c\x02\x78\0\x03cap"
    block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record
    other = b"8BIM\x03\xed\0\0\0\0\0\x10" + bytes(16)
    jpeg(work, [(0xED, b"Photoshop 3.0\0" + other + block)])
    for name in ("a.jpg", "a.tif"):
        said = enlarged(work, name)
        assert "IPTC" not in said, said
        tags = exiftool(work, name, "-IPTC:all", "-Photoshop:all")
        assert "abc" in tags and "cap" in tags and "Resolution" not in tags, f"{name}: {tags}"
    work.path("a.tif").rename(work.path("in.tif"))
    work.run("upscale", "in.tif", "-o", "back.jpg", "--scale", "1")
    assert "abc" in exiftool(work, "back.jpg", "-IPTC:all")
    for name in ("a.png", "a.webp"):
        said = enlarged(work, name)
        assert said.count("IPTC") == 1, said
    return said.splitlines()[0]
