"""Poly-INR in Krita: super-resolve, generate, extend canvas, invert and edit."""

try:
    import krita as _krita  # noqa: F401
except ImportError:  # Parts of this package are also used without Krita, by its tests.
    pass
else:
    from .plugin import register

    register()
