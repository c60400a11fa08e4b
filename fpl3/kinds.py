"""The catalogue of diagnostics: every kind of message has a number that never changes.

Blocks: 00xx text and files, 01xx syntax, 02xx names, 03xx types and constants, 04xx packet and
fields, 05xx memory, 06xx control flow, 07xx sets, 08xx external functions, 09xx transmit, split and
alerts, 10xx limits of targets, 5xxx warnings.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of diagnostic: its code, a short title, and what to do about it (for the docs)."""

    code: str
    title: str
    explanation: str


CATALOGUE: dict[str, Kind] = {}


def _kind(code: str, title: str, explanation: str) -> Kind:
    assert code not in CATALOGUE, f"two kinds are numbered {code}"
    CATALOGUE[code] = kind = Kind(code, title, explanation)
    return kind


# 00xx: text and files
NOT_UTF8 = _kind("FPL0001", "the text is not UTF-8", "Programs are UTF-8; save the file as UTF-8.")
CANNOT_READ = _kind(
    "FPL0002",
    "a file cannot be read",
    "The file named by the program does not exist, is not a regular file, or may not be read.",
)
INCLUDE_OUTSIDE = _kind(
    "FPL0003",
    "INCLUDE leaves the folder",
    "INCLUDE reads files below the including file's folder "
    "only, so that a program cannot pull in arbitrary files of the machine.",
)
# 01xx: syntax
SYNTAX = _kind("FPL0101", "syntax error", "The text does not follow the grammar at this place.")
AMBIGUOUS = _kind(
    "FPL0102",
    "ambiguous without parentheses",
    "C reads this expression differently from most "
    "people; write parentheses for the reading that you mean.",
)
