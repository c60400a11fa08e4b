"""IR expressions to C. Arithmetic is unsigned in C wherever signed overflow would be undefined."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from ffpf_plugins.pc.names import Frame
from ffpf_plugins.pc.presence import offset_of, present
from fpl3.emit import cexpr
from fpl3.emit.cexpr import C, binary, call, cast, constant, element
from fpl3.ir import nodes as ir
from fpl3.types import U32, U64, IntType

SetTest = Callable[[int, tuple[C, ...]], C]


class Expressions:
    """Prints the expressions of one frame (the main program or a part)."""

    def __init__(self, frame: Frame, set_test: SetTest, hash_function: str, state_words: int = 0) -> None:
        self.frame = frame
        self.state_words = state_words
        self._set_test = set_test
        self._hash = hash_function

    def emit(self, e: ir.Expr) -> C:
        match e:
            case ir.Const():
                return constant(e.type, e.value)
            case ir.Local():
                return C(e.name)
            case ir.Meta():
                return self._meta(e)
            case ir.Load():
                return call(f"ffpf_load{e.type.bits}", self._packet_at(e.offset))
            case ir.Present():
                return present(e.header, self.frame)
            case ir.Offset():
                return offset_of(e.header, self.frame)
            case ir.Element():
                return element(f"state->a_{e.array}", self.emit(e.index))
            case ir.Lookup():
                return element(f"{self.frame.prefix}table_{e.table}", self.emit(e.index))
            case ir.Convert():
                return self._convert(e)
            case ir.Unary():
                return self._unary(e)
            case ir.Binary():
                return self._binary(e)
            case ir.Compare():
                return binary(e.op, self.emit(e.left), self.emit(e.right))
            case ir.All():
                return self._fold("&", e.terms)
            case ir.Any():
                return self._fold("|", e.terms)
            case ir.AndThen():
                return self._fold("&&", e.terms)
            case ir.OrElse():
                return self._fold("||", e.terms)
            case ir.Not():
                return cexpr.unary("!", self.emit(e.operand))
            case ir.InSet():
                return self._set_test(e.set, tuple(self.emit(o) for o in e.operands))
            case ir.InBounds():
                return self._in_bounds(e)
            case ir.Below():
                return binary("<", self._exact(e.operand), constant(U64, e.limit))
            case ir.HashBytes():
                start = self._packet_at(e.start)
                return call(f"ffpf_{self._hash.lower()}", start, self.emit(e.length))
            case ir.FlowHash():
                return self._flow_hash(e)
            case ir.Jump():
                return call("ffpf_jump_hash", self.emit(e.hash), self.emit(e.buckets))
        assert_never(e)

    def _packet_at(self, offset: ir.Expr) -> C:
        if isinstance(offset, ir.Const):
            return C(f"{self.frame.data} + {offset.value}", cexpr.SUM)
        return binary("+", C(self.frame.data), self.emit(offset))

    def _meta(self, e: ir.Meta) -> C:
        texts = {"LEN": "packet->len", "CAPLEN": "cap", "TS": "packet->timestamp"}
        if e.which == "PORT":
            return C("(uint16_t)packet->port", cexpr.UNARY)
        if e.which == "STATE":
            return C(f"ffpf_state(context, number, {self.state_words}, {e.word})")
        return C(texts.get(e.which, "(uint16_t)packet->origin"), cexpr.UNARY)

    def _convert(self, e: ir.Convert) -> C:
        operand, source = self.emit(e.operand), e.operand.type
        if e.type.signed or e.type.bits >= 32 or source.bits < 32:
            return cast(e.type, operand)
        # A mask, not a cast: gcc warns of comparisons with a narrowed complement.
        wide = cast(IntType(source.bits, False), operand) if source.signed else operand
        return binary("&", wide, constant(IntType(source.bits, False), e.type.high))

    def _unary(self, e: ir.Unary) -> C:
        unsigned = IntType(e.type.bits, False)
        operand = cast(unsigned, self.emit(e.operand)) if e.type.signed else self.emit(e.operand)
        if e.op == "-":
            value = binary("-", constant(unsigned, 0), operand)
        else:
            # gcc and clang warn of ~ on what they know to be 0 or 1.
            value = binary("^", operand, constant(unsigned, unsigned.high))
        return cast(e.type, value) if e.type.signed else value

    def _binary(self, e: ir.Binary) -> C:
        left, right = self.emit(e.left), self.emit(e.right)
        if e.op in ("MAX", "MIN"):
            return call(f"ffpf_{e.op.lower()}_{_suffix(e.type)}", left, right)
        if e.op in ("<<", ">>"):
            return self._shift(e, left, right)
        if not e.type.signed:
            return binary(e.op, left, right)
        if e.op in ("/", "%"):
            name = "div" if e.op == "/" else "rem"
            return call(f"ffpf_{name}_{_suffix(e.type)}", left, right)
        if e.op in ("&", "|", "^"):
            return binary(e.op, left, right)
        unsigned = IntType(e.type.bits, False)
        return cast(e.type, binary(e.op, cast(unsigned, left), cast(unsigned, right)))

    def _shift(self, e: ir.Binary, left: C, right: C) -> C:
        if e.total:
            name = "shl" if e.op == "<<" else "shr"
            return call(f"ffpf_{name}_{_suffix(e.type)}", left, self._exact(e.right))
        if e.type.signed and e.op == "<<":
            unsigned = IntType(e.type.bits, False)
            return cast(e.type, binary("<<", cast(unsigned, left), right))
        return binary(e.op, left, right)

    def _exact(self, e: ir.Expr) -> C:
        """The value as uint64_t: what is negative becomes larger than any limit."""
        if isinstance(e, ir.Const):
            return constant(U64, U64.wrap(e.value))
        value = self.emit(e)
        return value if e.type == U64 else cast(U64, value)

    def _fold(self, op: str, terms: tuple[ir.Expr, ...]) -> C:
        result = self.emit(terms[0])
        for term in terms[1:]:
            result = binary(op, result, self.emit(term))
        return result

    def _in_bounds(self, e: ir.InBounds) -> C:
        if isinstance(e.offset, ir.Const) and isinstance(e.length, ir.Const):
            end = e.offset.value + e.length.value
            if e.offset.value < 0 or e.length.value < 0 or end > U32.high:
                return C("0")
            return binary("<=", constant(U32, end), C("cap"))
        small = not e.offset.type.signed and e.offset.type.bits <= 32
        if small and isinstance(e.length, ir.Const) and 0 <= e.length.value <= U32.high:
            end_text = binary("+", cast(U64, self.emit(e.offset)), constant(U32, e.length.value))
            return binary("<=", end_text, C("cap"))
        return call("ffpf_inside", self._exact(e.offset), self._exact(e.length), C("cap"))

    def _flow_hash(self, e: ir.FlowHash) -> C:
        f = self.frame
        arguments = [C(f.data), C("cap"), C("link")]
        arguments += [C(f"&{f.stage(name)}") for name in ("LINK", "IP", "IP6", "L4")]
        function = f"ffpf_flow_hash_{self._hash.lower()}"
        return call(function, C(f"FFPF_{e.which.upper()}"), *arguments)


def _suffix(of: IntType) -> str:
    return f"{'i' if of.signed else 'u'}{of.bits}"
