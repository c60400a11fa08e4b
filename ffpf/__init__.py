"""NET-FFPF: runs FPL-3 programs on packets."""

__version__ = "0.1.0"
