"""How deep programs may be nested, so that hostile ones get a message instead of exhausting a stack."""

from __future__ import annotations

import sys

MAX_DEPTH = 200  # parentheses, indexes and blocks inside each other
MAX_HEIGHT = 1000  # operators above each other in the tree of one expression
# Parser, printer and checker take at most a dozen Python frames a level of text, four an operator.
_RECURSION = 20_000


def allow_recursion() -> None:
    """Let Python functions call each other as deep as the limits above need.

    Calls between Python functions cost no C stack, so the limit is only a number; it is raised once
    and never lowered, because lowering it would pull it from under another thread.
    """
    if sys.getrecursionlimit() < _RECURSION:
        sys.setrecursionlimit(_RECURSION)
