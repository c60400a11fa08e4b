"""The packet fields: one declarative table of headers and their fields.

A header is present or not (language.md section 3); each field names its header, its bit offset from
the header's start and its width in bits. Fields in an optional part carry a check of their own.
Where a header starts and whether it is present is the walk's business (the interpreter's and each
target's); this table is all that anybody knows about field names.
"""

from __future__ import annotations

from dataclasses import dataclass

from fpl3.types import IPV6, IntType, Type


@dataclass(frozen=True, slots=True)
class Header:
    """A protocol header: `fixed` bytes must be captured (and inside the IP length, for what IP
    carries) for it to be present; `layer` says what it hangs on."""

    name: str
    fixed: int
    layer: str
    summary: str


@dataclass(frozen=True, slots=True)
class Field:
    """Bits [bit, bit + width) from the header's start, most significant first.

    `optional` is "" for a field of the fixed part; else the name of its presence rule in
    OPTIONAL_RULES.
    """

    header: Header
    name: str
    bit: int
    width: int
    summary: str
    optional: str = ""

    @property
    def type(self) -> Type:
        if self.width == 128:
            return IPV6
        return IntType(next(b for b in (8, 16, 32, 64) if self.width <= b), False)

    @property
    def path(self) -> str:
        return f"{self.header.name}.{self.name}"


HEADERS: dict[str, Header] = {}
FIELDS: dict[tuple[str, str], Field] = {}
