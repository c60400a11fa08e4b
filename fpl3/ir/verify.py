"""The IR verifier: what every pass must leave true. A violation is a bug of ours, never the user's."""

from __future__ import annotations

from fpl3.ir import nodes as ir
from fpl3.ir.walk import bodies_of, expressions, operands
from fpl3.types import I32, U32, U64


class CompilerBug(Exception):
    """The compiler broke its own rules; names the pass and the node."""


def verify(program: ir.Program, after: str) -> None:
    """Raises CompilerBug unless labels are in scope, names known and types right."""
    _Verifier(program, after).body(program.body, frozenset())


class _Verifier:
    def __init__(self, program: ir.Program, after: str) -> None:
        self.after = after
        self.locals = {local.name: local.type for local in program.locals}
        self.arrays = {a.name: a.type for a in program.arrays}
        self.tables = {t.name: t.type for t in program.tables}
        self.sets = len(program.sets)
        self.rules = len(program.rules)

    def require(self, holds: bool, what: str, node: object) -> None:
        if not holds:
            raise CompilerBug(f"after {self.after}: {what}: {node!r}")

    def body(self, body: ir.Body, labels: frozenset[str]) -> None:
        for s in body:
            for e in expressions(s):
                self.expression(e)
            self.statement(s, labels)
            inner = labels
            if isinstance(s, ir.Block | ir.Loop):
                self.require(s.label not in labels, "a label within itself", s.label)
                inner = labels | {s.label}
            if isinstance(s, ir.Part):
                inner = frozenset()
            for nested in bodies_of(s):
                self.body(nested, inner)

    def statement(self, s: ir.Statement, labels: frozenset[str]) -> None:
        match s:
            case ir.SetLocal():
                self.require(self.locals.get(s.local.name) == s.local.type, "unknown local", s)
                self.require(s.value.type == s.local.type, "assignment of another type", s)
            case ir.Leave():
                self.require(s.label in labels, "leave of a label out of scope", s)
            case ir.StoreElement():
                self.require(self.arrays.get(s.array) == s.value.type, "store of another type", s)
            case ir.Store():
                self.require(not s.value.type.signed, "store of a signed value", s)
            case ir.Return():
                self.require(s.value.type == U32, "verdict of another type", s)
            case ir.Switch():
                values = [v for vs, _ in s.cases for v in vs]
                self.require(len(set(values)) == len(values), "case twice", values)
                self.require(all(s.value.type.holds(v) for v in values), "case out of type", values)
            case ir.Raise():
                self.require(0 <= s.rule < self.rules, "unknown rule", s)
            case ir.Call() if s.result is not None:
                self.require(self.locals.get(s.result.name) == s.result.type, "unknown local", s)

    def expression(self, e: ir.Expr) -> None:
        for operand in operands(e):
            self.expression(operand)
        match e:
            case ir.Const():
                self.require(e.type.holds(e.value), "constant out of its type", e)
            case ir.Local():
                self.require(self.locals.get(e.name) == e.type, "unknown local", e)
            case ir.Element():
                self.require(self.arrays.get(e.array) == e.type, "unknown array", e)
            case ir.Lookup():
                self.require(self.tables.get(e.table) == e.type, "unknown table", e)
            case ir.Unary():
                self.require(e.operand.type == e.type, "operand of another type", e)
            case ir.Binary():
                self.require(e.type.bits >= 32, "arithmetic below 32 bits", e)
                self.require(e.left.type == e.type, "left operand of another type", e)
                shift = e.op in ("<<", ">>")
                self.require(shift or e.right.type == e.type, "right operand of another type", e)
            case ir.Compare():
                self.require(e.left.type == e.right.type, "comparison of two types", e)
            case ir.All() | ir.Any() | ir.AndThen() | ir.OrElse():
                self.require(all(t.type == I32 for t in e.terms), "terms that are no truth", e)
            case ir.InSet():
                self.require(e.set < self.sets, "unknown set", e)
            case ir.Jump():
                self.require(e.hash.type == U64 and e.buckets.type == U32, "jump hash types", e)
