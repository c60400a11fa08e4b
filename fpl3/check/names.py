"""One namespace: what program names stand for, declared before use, at top level only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fpl3.check.constants import Exact
from fpl3.check.program import Array, Constant, NumberSet, Register, Rule, Table
from fpl3.externs import Instance
from fpl3.source import Span
from fpl3.syntax import tree
from fpl3.types import BY_NAME

RESERVED = frozenset((
    "IF", "THEN", "ELSE", "ELSIF", "FI", "FOR", "BREAK", "ROF", "RETURN", "HASH", "EXTERN", "TX",
    "SPLIT", "TILPS", "SWITCH", "CASE", "DEFAULT", "ESAC", "CONST", "MACRO", "SET", "INCLUDE", "USE",
    "IN", "NOT", "MAX", "MIN", "CONSISTENT", "ALERT", "RULE", "PKT", *BY_NAME,
))  # fmt: skip
# Not words of the language in every place, but taken where they stand.
BUILT_IN_STORES = frozenset(("R", "M", "TX_MAC", "TX_IP", "TX_NODE"))


@dataclass(frozen=True, slots=True, eq=False)
class NamedConstant:
    name: str
    value: Exact | Constant
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class NamedSet:
    name: str
    set: NumberSet
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Macro:
    """`serial` is the number of names declared before it: its body sees those and no others."""

    name: str
    declaration: tree.MacroDeclaration
    serial: int
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class NamedExtern:
    name: str
    instance: Instance
    span: Span


Entity = Register | Array | Table | NamedConstant | NamedSet | Macro | Rule | NamedExtern


@dataclass(frozen=True, slots=True)
class Argument:
    """What stands for a macro's parameter: the tree, and the scope in which it was written."""

    parameter: tree.Name
    value: tree.Expression
    scope: Scope


@dataclass(frozen=True, slots=True)
class Scope:
    """Which names an expression sees: those of the first `serial` declarations, and parameters.

    Because a macro's body keeps the scope of its declaration and an argument that of its call,
    expansion is hygienic without renaming anything.
    """

    serial: int
    parameters: Mapping[str, Argument] = field(default_factory=dict)
    in_macro: bool = False


EVERYTHING = Scope(1 << 62)


class Names:
    """The declared names in their order, and which of them have been used."""

    def __init__(self) -> None:
        self.entities: dict[str, tuple[int, Entity]] = {}
        self.used: set[str] = set()
        self.coming: dict[str, Span] = {}
        # Names whose declaration was refused: their uses are not worth a second message.
        self.broken: set[str] = set()

    @property
    def serial(self) -> int:
        return len(self.entities)

    def declare(self, name: str, entity: Entity) -> None:
        self.entities[name] = (len(self.entities), entity)

    def declared(self, name: str) -> Entity | None:
        """The entity of this name, without using it."""
        found = self.entities.get(name)
        return found[1] if found else None

    def find(self, name: str, scope: Scope) -> Argument | Entity | None:
        """What `name` stands for in `scope`, marked as used; None if no program name."""
        if name in scope.parameters:
            return scope.parameters[name]
        found = self.entities.get(name)
        if found is None or found[0] >= scope.serial:
            return None
        self.used.add(name)
        return found[1]

    def visible(self, scope: Scope) -> Iterable[str]:
        yield from scope.parameters
        yield from (name for name, (serial, _) in self.entities.items() if serial < scope.serial)


def kind_of(entity: Argument | Entity) -> str:
    """What an entity is, for messages."""
    words: dict[type[Argument | Entity], str] = {
        Argument: "a macro parameter",
        Register: "a register",
        Array: "an array",
        Table: "a table",
        NamedConstant: "a constant",
        NamedSet: "a set",
        Macro: "a macro",
        Rule: "a rule",
        NamedExtern: "an external function",
    }
    return words[type(entity)]
