"""Statements of the text, changed: bodies that go to other nodes become sends, carried values registers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from fpl3.source import Span
from fpl3.syntax import tree

# What a body becomes on the node that meets its SPLIT.
Bodies = Callable[[tree.Split], list[tree.Statement]]


class Rewriter:
    """`bodies` says what becomes of a SPLIT; `values` are the names that stand for expressions."""

    def __init__(self, bodies: Bodies, values: Mapping[Span, str]) -> None:
        self.bodies = bodies
        self.values = values

    def block(self, body: tree.Block) -> tree.Block:
        return tuple(new for statement in body for new in self._statement(statement))

    def _statement(self, s: tree.Statement) -> list[tree.Statement]:
        match s:
            case tree.Split():
                return self.bodies(s)
            case tree.If():
                branches = tuple(
                    replace(b, condition=self.expression(b.condition), body=self.block(b.body))
                    for b in s.branches
                )
                otherwise = None if s.otherwise is None else self.block(s.otherwise)
                return [replace(s, branches=branches, otherwise=otherwise)]
            case tree.Switch():
                cases = tuple(replace(c, body=self.block(c.body)) for c in s.cases)
                default = None if s.default is None else self.block(s.default)
                return [replace(s, value=self.expression(s.value), cases=cases, default=default)]
            case tree.For():
                return [replace(self._expressions(s), body=self.block(s.body))]
        return [self._expressions(s)]

    def _expressions(self, s: Any) -> Any:
        """A statement with the expressions in its own fields changed; bodies are not entered."""
        if not self.values:
            return s
        changed = {
            f.name: self._value(getattr(s, f.name)) for f in fields(s) if f.name not in ("span", "body")
        }
        return replace(s, **changed)

    def expression(self, e: Any) -> Any:
        return self._value(e) if self.values else e

    def _value(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self._value, value))
        if not is_dataclass(value) or isinstance(value, Span):
            return value
        assert isinstance(value, tree.Node) and not isinstance(value, type)
        name = self.values.get(value.span)
        if name is not None and isinstance(value, tree.Expression):
            return tree.Name(value.span, name)
        changed = {f.name: self._value(getattr(value, f.name)) for f in fields(value) if f.name != "span"}
        return replace(value, **changed)


def nodes(value: object) -> Iterator[tree.Node]:
    """Every node of the syntax tree under a value."""
    pending: list[object] = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple):
            pending.extend(reversed(item))
        elif isinstance(item, tree.Node):
            yield item
            pending.extend(getattr(item, f.name) for f in reversed(fields(item)))


def names_in(value: object) -> set[str]:
    """The words under a value that may name something the program declares."""
    found: set[str] = set()
    for node in nodes(value):
        match node:
            case tree.Name(name=name) | tree.Call(name=name):
                found.add(name)
            case tree.PacketName(path=path):
                found.add(path[0])
    return found
