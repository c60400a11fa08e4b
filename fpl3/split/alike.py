"""When two expressions of the checked tree are written alike: the same operators over the same things."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from fpl3.check import program as p
from fpl3.source import Source, Span

# Compared by identity: two registers of one name are one register.
_THINGS = (p.Register, p.Array, p.Table)


def alike(left: object, right: object) -> bool:
    """Whether two checked expressions are the same but for where they stand."""
    pending: list[tuple[object, object]] = [(left, right)]
    while pending:
        a, b = pending.pop()
        if isinstance(a, Span | Source):
            continue
        if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
            pending.extend(zip(a, b, strict=True))
        elif _is_node(a) and type(a) is type(b):
            pending += [(getattr(a, f.name), getattr(b, f.name)) for f in fields(a)]  # type: ignore[arg-type]
        elif not (a is b or (not _is_node(a) and a == b)):
            return False
    return True


def _is_node(value: object) -> bool:
    return (
        is_dataclass(value)
        and type(value).__module__ == p.__name__
        and not isinstance(value, (*_THINGS, p.NumberSet))
    )
