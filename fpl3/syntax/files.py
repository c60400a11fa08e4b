"""The files that a program names outside of INCLUDE: those of SETs and of texts, FROM "file"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from fpl3.source import Span
from fpl3.syntax import tree

Tree = TypeVar("Tree")


def with_files(value: Tree, renamed: Callable[[tree.String], tree.String]) -> Tree:
    """A tree, or a tuple of them, with every name of a file replaced; what has none stays the same."""
    found: Tree = _changed(value, renamed)
    return found


def _changed(value: Any, renamed: Callable[[tree.String], tree.String]) -> Any:
    if isinstance(value, tuple):
        items = tuple([_changed(item, renamed) for item in value])
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if not is_dataclass(value) or isinstance(value, Span | type):
        return value
    if isinstance(value, tree.TextFile):
        return replace(value, file=renamed(value.file))
    if isinstance(value, tree.SetDeclaration) and value.file is not None:
        return replace(value, file=renamed(value.file))
    changed = {}
    for field in fields(value):
        before = getattr(value, field.name)
        after = _changed(before, renamed)
        if after is not before:
            changed[field.name] = after
    return replace(value, **changed) if changed else value
