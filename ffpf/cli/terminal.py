"""Messages on standard error."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """One message, of one or several lines.

    Names of files and words of programs may hold anything: control characters do not reach the
    terminal, and what its encoding lacks is written as an escape.
    """
    shown = "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(shown.rstrip("\n").encode(encoding, "backslashreplace").decode(encoding) + "\n")
    sys.stderr.flush()
