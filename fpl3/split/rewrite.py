"""Statements of the text, changed: bodies that go to other nodes become sends, carried values registers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from fpl3.source import Span
from fpl3.syntax import tree

# What a body becomes on the node that meets its SPLIT.
Bodies = Callable[[tree.Split], list[tree.Statement]]


class Rewriter:
    """`bodies` says what becomes of a SPLIT; `values` are what stands for expressions, by their place. A
    macro with such an expression in its body is written out where it is used."""

    def __init__(
        self, bodies: Bodies, values: Mapping[Span, tree.Expression], macros: Macros | None = None
    ) -> None:
        self.bodies = bodies
        self.values = values
        self.macros = macros or {}
        self._touched: dict[str, bool] = {}
        # Of the macro that is being written out: they hide macros of their names.
        self._parameters: frozenset[str] = frozenset()

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
        found = self.values.get(value.span)
        if found is not None and isinstance(value, tree.Expression):
            return found
        if isinstance(value, tree.Name | tree.Call) and self._is_touched_here(value.name):
            return self._written_out(value)
        changed = {f.name: self._value(getattr(value, f.name)) for f in fields(value) if f.name != "span"}
        return replace(value, **changed)

    def _is_touched_here(self, name: str) -> bool:
        return name not in self._parameters and self._is_touched(name)

    def _is_touched(self, name: str) -> bool:
        """Whether a value stands in the body of a macro of this name, or of one that it uses."""
        if name not in self.macros:
            return False
        if name not in self._touched:
            self._touched[name] = False  # macros do not use themselves
            macro = self.macros[name]
            inside = any(node.span in self.values for node in nodes(macro.body))
            self._touched[name] = inside or any(map(self._is_touched, free_names(macro)))
        return self._touched[name]

    def _written_out(self, use: tree.Name | tree.Call) -> Any:
        macro = self.macros[use.name]
        parameters = [parameter.name for parameter in macro.parameters or ()]
        arguments = use.arguments if isinstance(use, tree.Call) else ()
        given = dict(zip(parameters, map(self._value, arguments), strict=True))
        outer, self._parameters = self._parameters, frozenset(parameters)
        body = self._value(macro.body)
        self._parameters = outer
        return _substituted(body, given)


Macros = Mapping[str, tree.MacroDeclaration]


def macros_of(items: Iterable[object]) -> Macros:
    """The macros that can be written out: those that make no field."""
    declared = [item for item in items if isinstance(item, tree.MacroDeclaration) and item.guard is None]
    return {macro.name.name: macro for macro in declared}


def parameters_of(macro: tree.MacroDeclaration) -> frozenset[str]:
    return frozenset(parameter.name for parameter in macro.parameters or ())


def free_names(macro: tree.MacroDeclaration) -> set[str]:
    """The words in a macro's body that are not its parameters."""
    return names_in(macro.body) - parameters_of(macro)


def written_in(macro: tree.MacroDeclaration) -> Iterator[Span]:
    """The places of expressions in a macro's body that mean the same wherever it is used."""
    parameters = parameters_of(macro)
    for node in nodes(macro.body):
        if isinstance(node, tree.Expression) and not parameters & names_in(node):
            yield node.span


def written_spans(items: tuple[tree.Declaration | tree.Statement, ...]) -> set[Span]:
    """The places of expressions that a name can stand for: in statements, and in macros that can be
    written out."""
    statements = tuple(item for item in items if isinstance(item, tree.Statement))
    found = {node.span for node in nodes(statements) if isinstance(node, tree.Expression)}
    for macro in macros_of(items).values():
        found.update(written_in(macro))
    return found


def _substituted(value: Any, given: Mapping[str, Any]) -> Any:
    """A tree with trees in the place of names."""
    if isinstance(value, tuple):
        return tuple(_substituted(item, given) for item in value)
    if not isinstance(value, tree.Node):
        return value
    if isinstance(value, tree.Name) and value.name in given:
        return given[value.name]
    changed = {
        f.name: _substituted(getattr(value, f.name), given) for f in fields(value) if f.name != "span"
    }
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
