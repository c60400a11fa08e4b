"""Plain tables of results, for terminals and logs."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

__all__ = ["column", "median", "target"]


def column(rows: Sequence[Sequence[str]]) -> str:
    """Rows as text in columns; the first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def target(what: str, value: float, limit: float, at_most: bool) -> tuple[str, bool]:
    """One line `what value (target) met|MISSED`, and whether it was met."""
    met = value <= limit if at_most else value >= limit
    sign = "at most" if at_most else "at least"
    return f"  {what}: {value:.2f} ({sign} {limit:g}) {'met' if met else 'MISSED'}", met
