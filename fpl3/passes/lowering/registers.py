"""Which registers a block of the checked tree reads or writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from fpl3.check import program as checked
from fpl3.source import Source, Span


def registers_of(block: object) -> list[checked.Register]:
    """In the order of first mention, so that the result is the same on every run."""
    return list(dict.fromkeys(_mentioned(block)))


def assigned_in(block: object) -> set[checked.Register]:
    """Registers that a block assigns, in nested parts too."""
    return {node.register for node in nodes(block) if isinstance(node, checked.ToRegister)}


def _mentioned(block: object) -> Iterator[checked.Register]:
    for node in nodes(block):
        if isinstance(node, checked.ReadRegister | checked.ToRegister):
            yield node.register


_LEAVES = (Span, Source, checked.Register, checked.Array, checked.Table, checked.NumberSet)


def nodes(value: object) -> Iterator[object]:
    """Every node of the checked tree under a value, in the order of the text."""
    if isinstance(value, tuple):
        for item in value:
            yield from nodes(item)
    elif is_dataclass(value) and not isinstance(value, _LEAVES):
        yield value
        for field in fields(value):
            yield from nodes(getattr(value, field.name))
