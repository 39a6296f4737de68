"""Makes the starting corpora: small files of every kind, written by other programs.

pip install numpy pillow tifffile imagecodecs safetensors
python3 seeds.py corpus ../target/release/polyinr
"""

import pathlib
import subprocess
import sys

import numpy as np
import tifffile
from PIL import Image, ImageCms, PngImagePlugin
from safetensors.numpy import save_file

out, polyinr = pathlib.Path(sys.argv[1]), sys.argv[2]
random = np.random.default_rng(0)


def path(kind, name):
    (out / kind).mkdir(parents=True, exist_ok=True)
    return out / kind / name


def ramp(height, width, channels, dtype="uint8"):
    values = np.arange(height * width * channels).reshape(height, width, channels) * 37 % 251
    top = {"uint8": 1, "uint16": 257, "float32": 1 / 251}[dtype]
    return np.squeeze((values * top).astype(dtype))


def pictures():
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "Ada"
    exif.get_ifd(0x8769)[0x8827] = 400
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>'
    modes = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
    for n, mode in modes.items():
        p = Image.fromarray(ramp(5, 7, n), mode)
        p.save(path("png", f"{mode}.png"))
        p.convert("RGBA" if n % 2 == 0 else "RGB").save(path("webp", f"{mode}.webp"), lossless=True)
    Image.fromarray(ramp(5, 7, 1, "uint16")).save(path("png", "L16.png"))
    p = Image.fromarray(ramp(9, 17, 3))
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a")
    text.add_text("Comment", "b" * 80, zip=True)
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    p.save(path("png", "described.png"), icc_profile=icc, exif=exif, dpi=(72, 72), pnginfo=text)
    p.convert("P").save(path("png", "palette.png"), transparency=1, bits=4)
    p.convert("1").save(path("png", "bits.png"))
    p.save(
        path("jpeg", "described.jpg"),
        icc_profile=icc,
        exif=exif,
        dpi=(72, 72),
        comment=b"c",
        xmp=xmp,
    )
    p.save(path("jpeg", "progressive.jpg"), progressive=True, subsampling=2, quality=40)
    p.save(path("jpeg", "restarts.jpg"), restart_marker_blocks=1)
    p.convert("L").save(path("jpeg", "gray.jpg"))
    p.convert("CMYK").save(path("jpeg", "cmyk.jpg"))
    p.save(
        path("webp", "described.webp"), icc_profile=icc, exif=exif.tobytes(), xmp=xmp, quality=50
    )
    p.convert("RGBA").save(path("webp", "lossy_alpha.webp"), quality=50)
    p.save(path("webp", "frames.webp"), save_all=True, append_images=[p.rotate(90)])
    tiffs(p, icc, exif)


def tiffs(p, icc, exif):
    ways = {
        "plain": {},
        "lzw": dict(compression="lzw", predictor=True, rowsperstrip=2),
        "zip_tiles": dict(compression="zlib", tile=(16, 16)),
        "planar": dict(planarconfig="separate", compression="packbits"),
        "big": dict(bigtiff=True),
        "big_endian": dict(byteorder=">"),
    }
    for way, options in ways.items():
        for n, dtype in [(1, "float32"), (3, "uint8"), (4, "uint16")]:
            own = dict(options)
            writer = {k: own.pop(k) for k in ("bigtiff", "byteorder") if k in own}
            a = ramp(5, 7, n, dtype)
            if n == 1:
                own.pop("planarconfig", None)
            elif "planarconfig" in own:
                a = a.transpose(2, 0, 1)
            if n == 4:
                own["extrasamples"] = ["assocalpha" if way == "lzw" else "unassalpha"]
            with tifffile.TiffWriter(path("tiff", f"{way}{n}.tif"), **writer) as w:
                w.write(a, photometric="minisblack" if n == 1 else "rgb", metadata=None, **own)
    p.save(path("tiff", "jpeg.tif"), compression="jpeg")
    p.save(path("tiff", "described.tif"), icc_profile=icc, exif=exif, dpi=(72, 72))
    p.convert("1").save(path("tiff", "fax.tif"), compression="group4")
    p.convert("1").save(path("tiff", "bits.tif"))
    p.convert("P").save(path("tiff", "palette.tif"))


def weights(kind, shapes):
    values = {
        name: random.standard_normal(shape).astype("float32") for name, shape in shapes.items()
    }
    save_file(values, path("import", f"{kind}.safetensors"))


def layers(shapes):
    named = [(f"{name}.weight", shape) for name, shape in shapes.items()]
    return dict(named + [(f"{name}.bias", shape[:1]) for name, shape in shapes.items()])


def upscaler(c=2, n=2, levels=2):
    shapes = {"head": (c, 3, 3, 3), "body.0.0": (c, c, 3, 3), "body.0.2": (c, c, 3, 3)}
    shapes |= {"tail": (c, c, 3, 3), "A": (levels * n * 4, c, 3, 3), "rgb": (3, n)}
    weights("upscaler", layers(shapes | {f"W.{j}": (n, n) for j in range(levels)}))


def generator(n=2, w=3, z=2, classes=2):
    shapes = {"mapping.embed_proj": (z, 2), "mapping.fc0": (w, 2 * z), "mapping.fc1": (w, w)}
    for at, style in [("synthesis.", w), ("synthesis.fb1.", n)]:
        shapes |= {f"{at}fc0_1": (2 * n, style), f"{at}fc0_2": (n, style)}
        shapes |= {f"{at}fc0_3": (4, style), f"{at}fc0_4": (2, style)}
    shapes |= {"synthesis.fb1.fc0_5": (n, w), "synthesis.fb1.fb0.fc1": (n, n)}
    shapes |= {"synthesis.fc0_0": (n, n), "synthesis.to_rgb": (3, n, 1, 1)}
    loose = {"mapping.embed.weight": (classes, 2), "mapping.w_avg": (classes, w)}
    weights("generator", layers(shapes) | loose)


def with_styles(shapes, styles):
    return layers(shapes | {f"{name}.affine": shape for name, shape in styles.items()})


def creps(blocks=(4, 2, 3), c=1, rank=2, w=3):
    shapes = {"mapping.fc0": (w, 2), "mapping.fc1": (w, w), "synthesis.decoder_img": (3, c)}
    styles = {"synthesis.b4.input": (2 * rank * blocks[0], w)}
    modulated = {"synthesis.b4.fc1": (blocks[0], blocks[0])}
    for i in range(1, len(blocks)):
        at, before, n = f"synthesis.b{4 << i}", blocks[i - 1], blocks[i]
        modulated |= {f"{at}.fc0": (n, before), f"{at}.fc1": (n, n), f"{at}.tores": (c, n)}
        last = i + 1 == len(blocks)
        decoder = "synthesis.decoder_last" if last else f"synthesis.decoder_{8 << i}"
        sides = [c, 2 * c, 4 * c, 2 * c, c]
        shapes |= {f"{decoder}.{k}": (sides[k + 1], sides[k]) for k in range(4)}
    for i, (before, n) in enumerate([(c, 4 * c), (4 * c, 2 * c)]):
        at = f"synthesis.block{i}"
        modulated |= {f"{at}.fc0": (n, before), f"{at}.fc1": (n, n), f"{at}.tores": (3, n)}
    styles |= {name: (shape[1], w) for name, shape in modulated.items()}
    loose = {"mapping.w_avg": (w,), "synthesis.b4.input.freqs": (1, blocks[0] // 2 * rank)}
    loose |= {"synthesis.b4.input.weight": (1, blocks[0], 1, 2 * rank)}
    weights("creps", with_styles(shapes | modulated, styles) | loose)


def inr_gan(n=2, rank=1, w=3):
    """A block at 4 pixels and one at 8, which has an extra layer."""
    first, second = "synthesis.b4.input.input.coord_fuser", "synthesis.b8.coord_fuser"
    loose = {f"{first}.log_basis": (2, 2), f"{first}.const_embs": (1, 1, 4, 4)}
    loose |= {f"{second}.log_basis": (1, 2), f"{second}.random_basis": (1, 2)}
    inputs = {"b4.conv1": 5, "b8.conv0": n + 4, "b8.conv1": n, "b8.extra_convs.0": n}
    modulated = {f"synthesis.{name}": (n, i, 1, 1) for name, i in inputs.items()}
    styles = {name: ((n + shape[1]) * rank, w) for name, shape in modulated.items()}
    for b in (4, 8):
        modulated[f"synthesis.b{b}.torgb"], styles[f"synthesis.b{b}.torgb"] = (3, n, 1, 1), (n, w)
    shapes = {"mapping.fc0": (w, 2), "mapping.fc1": (w, w)} | modulated
    weights("inr_gan", with_styles(shapes, styles) | loose | {"mapping.w_avg": (w,)})


def model(kind):
    target = path("model", f"{kind}.safetensors")
    source = path("import", f"{kind}.safetensors")
    command = [polyinr, "import", source, "-o", target, "--name", kind, "--overwrite"]
    subprocess.run(command, check=True)


def fields():
    """Field files, which the program writes beside pictures."""
    ways = {
        "generated": ["generate", "--seed=1", "--class=class1", "--size=4"],
        "creps": ["generate", "--seed=1", "--size=4"],
        "inr_gan": ["generate", "--seed=1", "--size=4"],
        "picture16": ["upscale", path("png", "L16.png"), "-s1"],
        "picture32f": ["upscale", path("tiff", "plain1.tif"), "-s1", "--format=tiff"],
        "refined": ["upscale", path("png", "RGBA.png"), "-s1", "--refine"],
        "profiled": ["upscale", path("png", "described.png"), "-s1"],
    }
    for name, way in ways.items():
        kind = "generator" if way[0] == "generate" else "upscaler"
        kind = name if name in ("creps", "inr_gan") else kind
        model = ["--model", path("model", f"{kind}.safetensors")]
        picture = path("field", f"{name}.picture")
        format = [] if any("--format" in str(w) for w in way) else ["--format=png"]
        beside = ["--save-field", "--overwrite", "-o", picture]
        subprocess.run([polyinr, *way, *model, *format, *beside], check=True)
        picture.unlink()


pictures()
upscaler()
generator()
creps()
inr_gan()
for kind in ("upscaler", "generator", "creps", "inr_gan"):
    model(kind)
fields()
