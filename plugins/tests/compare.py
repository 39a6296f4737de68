"""Comparing what an operation left in an image with what it should have."""

import numpy


class WrongError(Exception):
    """Something is not as it should be."""


# Samples of floats are compared as what a screen shows; GIMP's conversions from and to linear light
# are off by about 1e-6.
FLOAT_TOLERANCE = 1e-5

# In units of the sample, where colours become grey, by floats of GIMP's own.
GREY_TOLERANCE = 1


def check(condition, message):
    """Says what is wrong."""
    if not condition:
        raise WrongError(message)


def perceptual(pixels, linear):
    """Samples as floats from 0 to 1 as a screen shows them; alpha (the last of 2 or 4) as it is."""
    if pixels.dtype.kind == "u":
        return pixels / numpy.iinfo(pixels.dtype).max
    values = pixels.astype(numpy.float64)
    if linear:
        colours = values.shape[2] - has_alpha(values)
        values[:, :, :colours] = encoded(values[:, :, :colours])
    return values


def encoded(linear):
    """sRGB's curve, going on in a straight line below 0."""
    above = numpy.maximum(linear, 0.0031308)
    return numpy.where(linear > 0.0031308, 1.055 * above ** (1 / 2.4) - 0.055, 12.92 * linear)


def decoded(values):
    """The inverse of sRGB's curve."""
    above = numpy.maximum(values, 0.04045)
    return numpy.where(values > 0.04045, ((above + 0.055) / 1.055) ** 2.4, values / 12.92)


def has_alpha(pixels):
    """1 with an alpha channel, else 0."""
    return int(pixels.shape[2] in (2, 4))


def as_kind(pixels, like):
    """A result as the channels of another have it: with opaque alpha, or as grey."""
    colours, alpha = pixels[:, :, : pixels.shape[2] - has_alpha(pixels)], None
    if has_alpha(like):
        alpha = pixels[:, :, -1:] if has_alpha(pixels) else numpy.ones_like(pixels[:, :, :1])
    if like.shape[2] < 3 and colours.shape[2] == 3:
        # GIMP's grey is the luminance for the white of its profiles (D50).
        weights = numpy.array([0.22248840, 0.71690369, 0.06060791])
        colours = encoded(decoded(colours.astype(numpy.float64)) @ weights)[:, :, None]
    elif like.shape[2] >= 3 and colours.shape[2] == 1:
        colours = numpy.repeat(colours, 3, axis=2)
    return colours if alpha is None else numpy.concatenate([colours, alpha], axis=2)


def same_samples(found, wanted, what):
    """Both hold the same bytes."""
    check(found.shape == wanted.shape, f"{what}: {_shape(found)}, not {_shape(wanted)}")
    if found.tobytes() == wanted.tobytes():
        return
    different = found != wanted
    count = int(different.any(axis=-1).sum())
    raise WrongError(
        f"{what}: {count} pixels changed, the first at {_place(different.argmax(), found)}"
    )


def near(found, linear, wanted, what):
    """A layer's samples are the wanted values: integers exactly, floats but for the tolerance.

    Returns the largest difference.
    """
    from_colour = found.shape[2] < 3 <= wanted.shape[2]
    wanted = as_kind(wanted, found)
    check(found.shape == wanted.shape, f"{what}: {_shape(found)}, not {_shape(wanted)}")
    if found.dtype.kind == "u":
        top = numpy.iinfo(found.dtype).max
        difference = numpy.abs(found - numpy.round(wanted * top))
        allowed, unit = GREY_TOLERANCE if from_colour else 0, f"of {top}"
    else:
        difference = numpy.abs(perceptual(found, linear) - wanted)
        allowed, unit = FLOAT_TOLERANCE, "of 1"
    check(numpy.isfinite(difference).all(), f"{what}: not all values are finite")
    worst, mean = difference.max(), difference.mean()
    place = _place(difference.argmax(), found)
    check(
        worst <= allowed,
        f"{what}: differs by up to {worst:.4g} {unit} at {place}, by {mean:.3g} on average",
    )
    return worst


def _shape(pixels):
    height, width, *channels = pixels.shape
    return f"{width}x{height}" + "".join(f" of {count} channels" for count in channels)


def _place(index, pixels):
    """Where a flat index is."""
    place = numpy.unravel_index(index, pixels.shape)
    channel = f", channel {place[2]}" if len(place) > 2 else ""
    return f"({place[1]}, {place[0]}){channel}"


def same_image(found, wanted, what):
    """Two images are the same in all that can be seen of them and edited."""
    for name in ("size", "kind", "sample", "linear", "profile", "resolution"):
        one, other = getattr(found, name), getattr(wanted, name)
        check(one == other, f"{what}: {name} is {one}, not {other}")
    names = [[layer.name for layer in image.layers] for image in (found, wanted)]
    check(names[0] == names[1], f"{what}: the layers are {names[0]}, not {names[1]}")
    for layer, other in zip(found.layers, wanted.layers, strict=True):
        which = f"{what}: layer {layer.name}"
        for name in ("kind", "offset", "visible", "opacity", "mask_applied"):
            one, two = getattr(layer, name), getattr(other, name)
            check(one == two, f"{which}: {name} is {one}, not {two}")
        same_samples(layer.pixels, other.pixels, which)
        same_channel(layer.mask, other.mask, f"{which}: its mask")
    same_channel(found.selection, wanted.selection, f"{what}: the selection")
    check(found.channels.keys() == wanted.channels.keys(), f"{what}: other channels")
    for name, channel in found.channels.items():
        same_channel(channel, wanted.channels[name], f"{what}: channel {name}")


def same_channel(found, wanted, what):
    """Both are missing, or both hold the same bytes."""
    check((found is None) == (wanted is None), f"{what} {'is gone' if found is None else 'is new'}")
    if found is not None:
        same_samples(found, wanted, what)
