"""The value of every expression, operands strictly from left to right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never

from fpl3.check import program as p
from fpl3.externs import Extern
from fpl3.hashes import crc32c, flow_key, ixp48, jump_hash
from fpl3.interpreter.arithmetic import COMPARE, combine
from fpl3.interpreter.frame import Frame
from fpl3.interpreter.outcome import Abort, Absent, Packet, in_range
from fpl3.types import IntType

Reference = Callable[..., int]


class TwinFailed(Exception):
    """The Python twin of an external function raised an exception, or gave what is no number."""

    def __init__(self, extern: Extern, why: str) -> None:
        super().__init__(f"the Python twin of the external function '{extern.name}' fails: {why}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A program with what outlives its runs."""

    program: p.Checked
    memory: dict[str, list[int]]
    externs: Mapping[str, Reference]
    check_ranges: bool


@dataclass(slots=True)
class Values:
    """What the expressions of one run can see. `state` is None until PKT.STATE was assigned."""

    loaded: Loaded
    packet: Packet
    frame: Frame
    registers: dict[p.Register, int]
    state: tuple[int, ...] | None

    def copy(self) -> Values:
        """The same for a run of its own: memory is shared, packet, registers and state are not."""
        return Values(self.loaded, self.packet, self.frame.copy(), dict(self.registers), self.state)

    def of(self, e: p.Expr) -> int:
        """The value, within the expression's type; raises Absent or Abort."""
        value = self._evaluate(e)
        if self.loaded.check_ranges:
            self._assert_range(e, value)
        return value

    def _assert_range(self, e: p.Expr, value: int) -> None:
        if isinstance(e.type, IntType):
            assert e.type.holds(value), f"{e.span}: {value} is no {e.type}"
        else:
            assert 0 <= value < 1 << 128, f"{e.span}: {value} is no {e.type}"
        known = self.loaded.program.ranges.get(e)
        assert known is None or known[0] <= value <= known[1], (
            f"{e.span}: '{e.span.text}' is {value}, said to lie in {known}"
        )

    def _evaluate(self, e: p.Expr) -> int:
        match e:
            case p.Constant():
                return e.value
            case p.ReadRegister():
                return self.registers.get(e.register, 0)
            case p.ReadMemory():
                row = self.loaded.memory[e.array.name]
                return row[in_range(self.of(e.index), len(row), "memory_index")]
            case p.ReadTable():
                values = e.table.values
                return values[in_range(self.of(e.index), len(values), "memory_index")]
            case p.ReadMeta() | p.ReadLayer() | p.Has() | p.ReadRaw() | p.ReadField() | p.ReadPart():
                return self._read_packet(e)
            case p.Guarded():
                return self._guarded(e)
            case p.Convert() | p.Negate() | p.Complement() | p.Arithmetic():
                return self._arithmetic(e)
            case p.Compare() | p.Member() | p.Truth():
                return self._relation(e)
            case p.Not() | p.And() | p.Or():
                return self._logic(e)
            case p.Hash() | p.FlowHash() | p.Consistent():
                return self._hash(e)
            case p.CallExtern():
                return self._call(e)
        assert_never(e)

    def _read_packet(
        self, e: p.ReadMeta | p.ReadLayer | p.Has | p.ReadRaw | p.ReadField | p.ReadPart
    ) -> int:
        match e:
            case p.ReadMeta():
                return self._meta(e.which, e.word)
            case p.ReadLayer():
                return self._layer(e.which)
            case p.Has():
                return int(e.header.name in self.frame.headers().offsets)
            case p.ReadRaw():
                offset = self.of(e.offset)
                self.frame.check(offset, e.width)
                return self.frame.bits(offset * 8, e.width * 8)
            case p.ReadField():
                return self.frame.bits(self.frame.field_bit(e.field), e.field.width)
            case p.ReadPart():
                return self._part(e)
        assert_never(e)

    def state_words(self) -> tuple[int, ...]:
        """All state words as they are now; those that the packet did not bring are 0."""
        words = self.loaded.program.state_words
        now = self.packet.state if self.state is None else self.state
        return (*now, *(0,) * words)[:words]

    def _meta(self, which: str, word: int) -> int:
        match which:
            case "LEN":
                return self.packet.length
            case "CAPLEN":
                return len(self.frame.data)
            case "TS":
                return self.packet.timestamp
            case "PORT":
                return self.packet.port
            case "STATE":
                return self.state_words()[word]
        return self.packet.origin

    def _layer(self, which: str) -> int:
        found = self.frame.headers()
        offset = {"L3": found.l3, "L4": found.l4, "L7": found.l7}[which]
        if offset is None:
            raise Absent
        return offset

    def _part(self, e: p.ReadPart) -> int:
        base = self.of(e.base)
        width = e.base.field.width if isinstance(e.base, p.ReadField) else e.base.type.bits
        index = in_range(self.of(e.index), width // e.bits, "out_of_bounds")
        return base >> (width - e.bits * (index + 1)) & (1 << e.bits) - 1

    def _guarded(self, e: p.Guarded) -> int:
        try:
            if not self.of(e.guard):
                raise Absent
            return self.of(e.value)
        except Abort as abort:
            if abort.reason == "out_of_bounds":
                raise Absent from None
            raise

    def _arithmetic(self, e: p.Convert | p.Negate | p.Complement | p.Arithmetic) -> int:
        match e:
            case p.Convert():
                return e.type.wrap(self.of(e.operand))
            case p.Negate():
                return e.type.wrap(-self.of(e.operand))
            case p.Complement():
                return e.type.wrap(~self.of(e.operand))
            case p.Arithmetic():
                left = self.of(e.left)
                return combine(e.op, e.type, left, self.of(e.right))
        assert_never(e)

    def _relation(self, e: p.Compare | p.Member | p.Truth) -> int:
        """A comparison: an absent field anywhere inside makes it false."""
        try:
            match e:
                case p.Compare():
                    left = self.of(e.left)
                    return int(COMPARE[e.op](left, self.of(e.right)))
                case p.Member():
                    return int((self.of(e.value) in e.set) != e.negated)
                case p.Truth():
                    return int(self.of(e.operand) != 0)
        except Absent:
            return 0
        assert_never(e)

    def _logic(self, e: p.Not | p.And | p.Or) -> int:
        match e:
            case p.Not():
                return int(not self.of(e.operand))
            case p.And():
                return int(bool(self.of(e.left)) and bool(self.of(e.right)))
            case p.Or():
                return int(bool(self.of(e.left)) or bool(self.of(e.right)))
        assert_never(e)

    def _hash(self, e: p.Hash | p.FlowHash | p.Consistent) -> int:
        match e:
            case p.Hash():
                return self._hash_bytes(e)
            case p.FlowHash():
                return self._hashed(flow_key(self.frame.data, self.frame.headers(), e.which))
            case p.Consistent():
                key = self.of(e.hash)
                return jump_hash(key, self.of(e.buckets))
        assert_never(e)

    def _hash_bytes(self, e: p.Hash) -> int:
        start, length, mask = self.of(e.start), self.of(e.length), self.of(e.mask)
        # Of no bytes, none lies outside; but a negative start is no place at all.
        if start < 0 or length < 0 or (length > 0 and start + length > len(self.frame.data)):
            raise Abort("out_of_bounds")
        return self._hashed(self.frame.data[start : start + length]) & mask & 0xFFFFFFFF

    def _hashed(self, data: bytes) -> int:
        return ixp48(data) if self.loaded.program.hash_function == "IXP48" else crc32c(data)

    def _call(self, e: p.CallExtern) -> int:
        arguments = [self.of(a) for a in e.arguments]
        frame = bytearray(self.frame.data)
        twin = self.loaded.externs[e.instance.name]
        function = getattr(twin, e.function.name) if e.function.name else twin
        filled = [] if e.array is None else [self.loaded.memory[e.array.name]]
        try:
            result = function(frame, self.packet.link, self.packet.length, *arguments, *filled)
        except Exception as error:  # of somebody else's code: anything can come out of it
            raise TwinFailed(e.instance.extern, f"{type(error).__name__}: {error}") from error
        if not isinstance(result, int):
            raise TwinFailed(e.instance.extern, f"it gave {result!r}, which is no number")
        if frame != self.frame.data:
            if e.function.packet != "write":
                raise ValueError(
                    f"external function '{e.instance.extern.name}' wrote the packet undeclared"
                )
            self.frame.replace(bytes(frame))
        return e.type.wrap(result)
