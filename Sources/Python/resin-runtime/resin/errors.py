"""What goes wrong with a library, in words."""


class Error(RuntimeError):
    """A library that cannot be loaded or run: no compiled model, damaged, for another CPU, without its weights."""
