"""Lists of things with one line each: columns for people, tabs for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence


def print_rows(rows: Iterable[Sequence[str]]) -> None:
    """Rows of one width: aligned on a terminal, separated by tabs otherwise."""
    table = [tuple(row) for row in rows]
    if not table:
        return
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]) - 1)]
    for row in table:
        if sys.stdout.isatty():
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            print("  ".join([*cells, row[-1]]))
        else:
            print("\t".join(row))
