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


OPERATORS = frozenset(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "MAX", "MIN"])
RELATIONS = frozenset(["==", "!=", "<", "<=", ">", ">="])


class _Verifier:
    def __init__(self, program: ir.Program, after: str) -> None:
        self.after = after
        self.locals = {local.name: local.type for local in program.locals}
        self.arrays = {a.name: a.type for a in program.arrays}
        self.tables = {t.name: t.type for t in program.tables}
        self.sets = program.set_bits
        self.rules = len(program.rules)
        self.labels: set[str] = set()
        self.require(len(self.locals) == len(program.locals), "a local twice", program.locals)
        self.require(len(program.sets) == len(self.sets), "sets and their widths", program.set_bits)

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
                # Labels share the scope of one C function, whatever the nesting.
                self.require(s.label not in self.labels, "a label twice", s.label)
                self.labels.add(s.label)
                inner = labels | {s.label}
            if isinstance(s, ir.Part):
                inner = frozenset()
            for nested in bodies_of(s):
                self.body(nested, inner)

    def local(self, local: ir.Local, node: object) -> None:
        self.require(self.locals.get(local.name) == local.type, "unknown local", node)

    def statement(self, s: ir.Statement, labels: frozenset[str]) -> None:
        match s:
            case ir.SetLocal():
                self.local(s.local, s)
                self.require(s.value.type == s.local.type, "assignment of another type", s)
            case ir.Leave():
                self.require(s.label in labels, "leave of a label out of scope", s)
            case ir.StoreElement():
                self.require(self.arrays.get(s.array) == s.value.type, "store of another type", s)
            case ir.Store():
                self.require(not s.value.type.signed, "store of a signed value", s)
            case ir.Guard() | ir.If():
                self.require(s.condition.type == I32, "a condition that is no truth", s)
            case ir.Return():
                self.require(s.value.type == U32, "verdict of another type", s)
            case ir.Switch():
                values = [v for vs, _ in s.cases for v in vs]
                self.require(len(set(values)) == len(values), "case twice", values)
                self.require(all(s.value.type.holds(v) for v in values), "case out of type", values)
            case ir.Raise():
                self.require(0 <= s.rule < self.rules, "unknown rule", s)
            case ir.Part():
                self.require(s.number > 0, "the main program within itself", s)
            case ir.Transmit():
                self.require(s.table in ("Mac", "Ip", "Node"), "unknown next hops", s)
                self.require((s.id is None) == (s.state is None), "an id without its state", s)
            case ir.Call():
                self.call(s)

    def call(self, s: ir.Call) -> None:
        given = tuple(a.type for a in s.arguments)
        self.require(given == tuple(p.type for p in s.function.parameters), "arguments of other types", s)
        self.require((s.array is None) == (s.function.array is None), "an array too much or too few", s)
        if s.result is not None:
            self.local(s.result, s)
            self.require(s.result.type == s.function.returns, "a result of another type", s)

    def expression(self, e: ir.Expr) -> None:
        for operand in operands(e):
            self.expression(operand)
        match e:
            case ir.Const():
                self.require(e.type.holds(e.value), "constant out of its type", e)
            case ir.Local():
                self.local(e, e)
            case ir.Element():
                self.require(self.arrays.get(e.array) == e.type, "unknown array", e)
            case ir.Lookup():
                self.require(self.tables.get(e.table) == e.type, "unknown table", e)
            case ir.Load():
                self.require(not e.type.signed, "load of a signed value", e)
            case ir.Unary():
                self.require(e.type.bits >= 32, "arithmetic below 32 bits", e)
                self.require(e.op in ("-", "~"), "unknown operator", e)
                self.require(e.operand.type == e.type, "operand of another type", e)
            case ir.Binary():
                self.binary(e)
            case ir.Compare():
                self.require(e.op in RELATIONS, "unknown relation", e)
                self.require(e.left.type == e.right.type, "comparison of two types", e)
            case ir.Not():
                self.require(e.operand.type == I32, "negation of no truth", e)
            case ir.All() | ir.Any() | ir.AndThen() | ir.OrElse():
                self.require(bool(e.terms), "no terms", e)
                self.require(all(t.type == I32 for t in e.terms), "terms that are no truth", e)
            case ir.InSet():
                self.membership(e)
            case ir.HashBytes():
                self.require(e.start.type == U32 and e.length.type == U32, "hash types", e)
            case ir.Jump():
                self.require(e.hash.type == U64 and e.buckets.type == U32, "jump hash types", e)

    def binary(self, e: ir.Binary) -> None:
        shift = e.op in ("<<", ">>")
        self.require(e.op in OPERATORS, "unknown operator", e)
        self.require(e.type.bits >= 32, "arithmetic below 32 bits", e)
        self.require(e.left.type == e.type, "left operand of another type", e)
        self.require(shift or e.right.type == e.type, "right operand of another type", e)
        if shift and not e.total and isinstance(e.right, ir.Const):
            self.require(0 <= e.right.value < e.type.bits, "shift count out of range", e)
        if e.op in ("/", "%"):
            self.require(e.right != ir.Const(e.type, 0), "division by zero", e)

    def membership(self, e: ir.InSet) -> None:
        self.require(0 <= e.set < len(self.sets), "unknown set", e)
        given = [o.type.bits for o in e.operands]
        wide = self.sets[e.set] == 128
        self.require(given == ([64, 64] if wide else [self.sets[e.set]]), "operands of a set", e)
