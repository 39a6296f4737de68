"""The plug-in's procedures and how Script-Fu calls them."""

# Arguments of each operation after run mode, image and drawables, in GIMP 2.10's order, with their
# defaults.
ARGUMENTS = {
    "super-resolve": {
        "factor": 2.0,
        "width": 0,
        "height": 0,
        "refine": 0,
        "cleaning": "auto",
        "denoise": 0.0,
        "deblur": 0.0,
        "detail": 0.0,
        "model": "",
        "engine": "auto",
    },
    "generate": {
        "model": "",
        "class": "",
        "seed": 0,
        "truncation": 1.0,
        "width": 0,
        "height": 0,
        "target": "layer",
        "engine": "auto",
    },
    "extend-canvas": {
        "left": 12.5,
        "right": 12.5,
        "top": 12.5,
        "bottom": 12.5,
        "unit": "percent",
        "method": "auto",
        "model": "",
        "engine": "auto",
    },
    "invert": {
        "model": "",
        "class": "",
        "steps": 2500,
        "tuning": 0,
        "resolution": 0,
        "seed": 0,
        "seed-class": "",
        "levels": "",
        "amount": 1.0,
        "truncation": 1.0,
        "file": "",
        "engine": "auto",
    },
}


def literal(value):
    """A number or text in Scheme."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def call(host, operation, image, layer, given, mode="RUN-NONINTERACTIVE"):
    """The Scheme expression that calls an operation with the given arguments.

    GIMP 2.10 wants all of them in order; GIMP 3 takes them by name, and here only those that are
    given, so that its defaults are tried as well.
    """
    known = ARGUMENTS[operation]
    unknown = set(given) - set(known)
    if unknown:
        raise ValueError(f"{operation} has no {', '.join(sorted(unknown))}")
    procedure = f"plug-in-polyinr-{operation}"
    if host.major == 2:
        values = " ".join(literal(value) for value in (known | given).values())
        return f"({procedure} {mode} {image} {layer} {values})"
    values = " ".join(f"#:{name} {literal(value)}" for name, value in given.items())
    return f"({procedure} #:run-mode {mode} #:image {image} #:drawables (vector {layer}) {values})"
