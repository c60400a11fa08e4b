"""The executable meaning of FPL-3: runs the checked tree itself, slow and obvious.

Every target is tested against it. Nothing is shared with the passes: values are exact Python integers,
headers are walked anew for every field, and the order of evaluation is the order of the text.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from fpl3.check import program as checked
from fpl3.fields import Field
from fpl3.hashes import crc32c, flow_key, ixp48, jump_hash
from fpl3.headers import Headers, walk
from fpl3.transmit import readdressed
from fpl3.types import IntType

Reference = Callable[..., int]

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "MAX": max, "MIN": min,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Packet:
    """A captured packet: its bytes, its length on the wire, nanoseconds, input port, link type."""

    data: bytes
    length: int
    timestamp: int
    port: int
    link: int


@dataclass(frozen=True, slots=True)
class Run:
    """One run that has ended: `ending` is "delivered", "dropped" or the reason of an abort; `data` is
    the packet as this run left it."""

    part: int
    ending: str
    verdict: int
    data: bytes


@dataclass(slots=True)
class Outcome:
    """Everything one packet led to, in the order in which it happened."""

    runs: list[Run] = field(default_factory=list)
    transmitted: list[bytes] = field(default_factory=list)
    alerts: list[tuple[int, checked.Rule]] = field(default_factory=list)


class Absent(Exception):
    """A field that the packet lacks: makes the nearest comparison false."""


class Abort(Exception):
    """The end of a run under the name of a reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Return(Exception):
    def __init__(self, verdict: int) -> None:
        super().__init__(verdict)
        self.verdict = verdict


class _Break(Exception):
    pass


class Interpreter:
    """A loaded program: its memory lives from packet to packet."""

    def __init__(
        self,
        program: checked.Checked,
        externs: Mapping[str, Reference] | None = None,
        check_ranges: bool = False,
    ) -> None:
        self.program = program
        self.externs = dict(externs or {})
        self.check_ranges = check_ranges
        self.memory = {a.name: [a.initial] * a.size for a in program.arrays}

    def run(self, packet: Packet) -> Outcome:
        """One packet: a run of the main program, and of every SPLIT body that it reaches."""
        outcome = Outcome()
        registers = dict.fromkeys(self.program.registers, 0)
        _Part(self, packet, outcome, 0, bytearray(packet.data), registers, None).run(self.program.body)
        return outcome

    def hashed(self, data: bytes) -> int:
        return ixp48(data) if self.program.hash_function == "IXP48" else crc32c(data)


class _Part:
    """One run: a part of the program on one packet, with registers and bytes of its own."""

    def __init__(
        self,
        machine: Interpreter,
        packet: Packet,
        outcome: Outcome,
        number: int,
        data: bytearray,
        registers: dict[checked.Register, int],
        state: int | None,
    ) -> None:
        self.machine = machine
        self.packet = packet
        self.outcome = outcome
        self.number = number
        self.data = data
        self.registers = registers
        self.state = state
        self.budget = machine.program.loop_budget

    def run(self, body: checked.Block) -> None:
        ending, verdict = "dropped", 0
        try:
            self.block(body)
        except _Return as ended:
            verdict = ended.verdict
            ending = "delivered" if verdict else "dropped"
        except Absent:
            ending = "absent_field"
        except Abort as abort:
            ending = abort.reason
        self.outcome.runs.append(Run(self.number, ending, verdict, bytes(self.data)))

    # Statements

    def block(self, body: checked.Block) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, s: checked.Statement) -> None:
        match s:
            case checked.Assign():
                store = self.place(s.target)[1]
                store(self.value(s.value))
            case checked.Update():
                self._update(s)
            case checked.If():
                self._if(s)
            case checked.For():
                self._for(s)
            case checked.Break():
                raise _Break
            case checked.Switch():
                value = self.value(s.value)
                self.block(next((b for values, b in s.cases if value in values), s.default))
            case checked.Return():
                raise _Return(self.value(s.value) & 0xFFFFFFFF)
            case checked.Evaluate():
                self.value(s.call)
            case checked.Transmit():
                self._transmit(s)
            case checked.Split():
                self._split(s)
            case checked.Alert():
                self.outcome.alerts.append((self.number, s.rule))
            case _:
                assert_never(s)

    def _if(self, s: checked.If) -> None:
        for condition, body in s.branches:
            if self.value(condition):
                return self.block(body)
        return self.block(s.otherwise)

    def _for(self, s: checked.For) -> None:
        if s.init is not None:
            self.statement(s.init)
        while s.test is None or self.value(s.test):
            if self.budget == 0:
                raise Abort("loop_budget")
            self.budget -= 1
            try:
                self.block(s.body)
            except _Break:
                return
            if s.update is not None:
                self.statement(s.update)

    def _split(self, s: checked.Split) -> None:
        if s.where is not None:
            self.value(s.where)
        _Part(
            self.machine, self.packet, self.outcome, s.part,
            bytearray(self.data), dict(self.registers), self.state,
        ).run(s.body)  # fmt: skip

    def _transmit(self, s: checked.Transmit) -> None:
        id_ = None if s.id is None else self.value(s.id)
        index = self.value(s.index)
        program = self.machine.program
        hops = program.tx_mac if s.table == "Mac" else program.tx_ip
        if not 0 <= index < len(hops.entries):
            raise Abort("memory_index")
        hop = hops.entries[index]
        if s.table == "Ip":
            if ("IP6" if hops.ipv6 else "IP") not in self.headers().offsets:
                raise Absent
            self.outcome.transmitted.append(readdressed(bytes(self.data), self.packet.link, hop))
            return
        if len(self.data) < (6 if id_ is None else 12):
            raise Abort("out_of_bounds")
        frame = bytearray(self.data)
        frame[0:6] = hop.to_bytes(6, "big")
        if id_ is not None:
            frame[10:12] = id_.to_bytes(2, "big")
            if self.state is not None:
                frame[6:10] = self.state.to_bytes(4, "big")
        self.outcome.transmitted.append(bytes(frame))

    # Writes

    def _update(self, s: checked.Update) -> None:
        load, store = self.place(s.target)
        value = self.value(s.value)
        old = s.type.wrap(load())
        target = s.target.type
        assert isinstance(target, IntType)
        store(target.wrap(self.combine(s.op, s.type, old, value)))

    def place(self, target: checked.Target) -> tuple[Callable[[], int], Callable[[int], None]]:
        """How to read and to write a target; its indexes are evaluated and checked now."""
        match target:
            case checked.ToRegister():
                return self._register_place(target.register)
            case checked.ToMemory():
                row = self.machine.memory[target.array.name]
                index = self.in_range(self.value(target.index), len(row), "memory_index")
                return lambda: row[index], lambda v: row.__setitem__(index, v)
            case checked.ToRaw():
                return self._raw_place(target)
            case checked.ToField():
                start = self.field_start(target.field)
                return self._bits_place(start, target.field.width)
            case checked.ToState():
                return lambda: self.state or 0, self._set_state
        assert_never(target)

    def _set_state(self, value: int) -> None:
        self.state = value

    def _register_place(
        self, register: checked.Register
    ) -> tuple[Callable[[], int], Callable[[int], None]]:
        registers = self.registers
        return (
            lambda: registers.get(register, 0),
            lambda v: registers.__setitem__(register, v),
        )

    def _raw_place(self, target: checked.ToRaw) -> tuple[Callable[[], int], Callable[[int], None]]:
        offset = self.value(target.offset)
        self.captured(offset, target.width)
        if target.part is None:
            return self._bits_place(offset * 8, target.width * 8)
        bits, part = target.part
        index = self.in_range(self.value(part), target.width * 8 // bits, "out_of_bounds")
        return self._bits_place(offset * 8 + index * bits, bits)

    def _bits_place(self, bit: int, width: int) -> tuple[Callable[[], int], Callable[[int], None]]:
        """Bits [bit, bit + width) of the packet, most significant first."""
        return lambda: self.bits(bit, width), lambda value: self.set_bits(bit, width, value)

    def bits(self, bit: int, width: int) -> int:
        first, last = bit // 8, (bit + width - 1) // 8 + 1
        whole = int.from_bytes(self.data[first:last], "big")
        return whole >> (last * 8 - bit - width) & (1 << width) - 1

    def set_bits(self, bit: int, width: int, value: int) -> None:
        first, last = bit // 8, (bit + width - 1) // 8 + 1
        shift = last * 8 - bit - width
        whole = int.from_bytes(self.data[first:last], "big")
        mask = (1 << width) - 1 << shift
        whole = whole & ~mask | value << shift & mask
        self.data[first:last] = whole.to_bytes(last - first, "big")

    # Expressions

    def value(self, e: checked.Expr) -> int:
        """The value, within the expression's type; raises Absent or Abort."""
        value = self.evaluate(e)
        if self.machine.check_ranges:
            self._assert_range(e, value)
        return value

    def _assert_range(self, e: checked.Expr, value: int) -> None:
        if isinstance(e.type, IntType):
            assert e.type.holds(value), f"{e.span}: {value} is no {e.type}"
            known = self.machine.program.ranges.get(e)
            assert known is None or known[0] <= value <= known[1], (
                f"{e.span}: '{e.span.text}' is {value}, said to lie in {known}"
            )

    def evaluate(self, e: checked.Expr) -> int:
        match e:
            case checked.Constant():
                return e.value
            case checked.ReadRegister():
                return self.registers.get(e.register, 0)
            case checked.ReadMeta():
                return self._meta(e.which)
            case checked.ReadLayer():
                found = self.headers()
                return self.there({"L3": found.l3, "L4": found.l4, "L7": found.l7}[e.which])
            case checked.Has():
                return int(e.header.name in self.headers().offsets)
            case checked.ReadRaw():
                offset = self.value(e.offset)
                self.captured(offset, e.width)
                return self.bits(offset * 8, e.width * 8)
            case checked.ReadField():
                return self.bits(self.field_start(e.field), e.field.width)
            case checked.ReadPart():
                return self._part(e)
            case checked.Guarded():
                return self._guarded(e)
            case checked.ReadMemory():
                row = self.machine.memory[e.array.name]
                return row[self.in_range(self.value(e.index), len(row), "memory_index")]
            case checked.ReadTable():
                values = e.table.values
                return values[self.in_range(self.value(e.index), len(values), "memory_index")]
            case checked.Convert():
                return e.type.wrap(self.value(e.operand))
            case checked.Negate():
                return e.type.wrap(-self.value(e.operand))
            case checked.Complement():
                return e.type.wrap(~self.value(e.operand))
            case checked.Arithmetic():
                left, right = self.value(e.left), self.value(e.right)
                return self.combine(e.op, e.type, left, right)
            case checked.Compare() | checked.Member() | checked.Truth():
                return self._relation(e)
            case checked.Not():
                return int(not self.value(e.operand))
            case checked.And():
                return int(bool(self.value(e.left)) and bool(self.value(e.right)))
            case checked.Or():
                return int(bool(self.value(e.left)) or bool(self.value(e.right)))
            case checked.Hash():
                return self._hash(e)
            case checked.FlowHash():
                found = self.headers()
                return self.machine.hashed(flow_key(bytes(self.data), found, e.which))
            case checked.Consistent():
                key = self.value(e.hash)
                return jump_hash(key, self.value(e.buckets))
            case checked.CallExtern():
                return self._call(e)
        assert_never(e)

    def _meta(self, which: str) -> int:
        p = self.packet
        values = {"LEN": p.length, "CAPLEN": len(self.data), "TS": p.timestamp, "PORT": p.port}
        return (self.state or 0) if which == "STATE" else values.get(which, 0)

    def _relation(self, e: checked.Compare | checked.Member | checked.Truth) -> int:
        """A comparison: an absent field anywhere inside makes it false."""
        try:
            match e:
                case checked.Compare():
                    left = self.value(e.left)
                    return int(_COMPARE[e.op](left, self.value(e.right)))
                case checked.Member():
                    return int((self.value(e.value) in e.set) != e.negated)
                case checked.Truth():
                    return int(self.value(e.operand) != 0)
        except Absent:
            return 0

    def _guarded(self, e: checked.Guarded) -> int:
        try:
            if not self.value(e.guard):
                raise Absent
            return self.value(e.value)
        except Abort as abort:
            if abort.reason == "out_of_bounds":
                raise Absent from None
            raise

    def _part(self, e: checked.ReadPart) -> int:
        base = self.value(e.base)
        width = e.base.field.width if isinstance(e.base, checked.ReadField) else e.base.type.bits
        index = self.in_range(self.value(e.index), width // e.bits, "out_of_bounds")
        return base >> (width - e.bits * (index + 1)) & (1 << e.bits) - 1

    def _hash(self, e: checked.Hash) -> int:
        start, length, mask = self.value(e.start), self.value(e.length), self.value(e.mask)
        if start < 0 or length < 0 or (length > 0 and start + length > len(self.data)):
            raise Abort("out_of_bounds")
        if length == 0:
            return 0
        return self.machine.hashed(bytes(self.data[start : start + length])) & mask & 0xFFFFFFFF

    def _call(self, e: checked.CallExtern) -> int:
        arguments = [self.value(a) for a in e.arguments]
        frame = self.data if e.extern.packet == "write" else bytearray(self.data)
        reference = self.machine.externs[e.extern.name]
        return e.type.wrap(reference(frame, self.packet.link, self.packet.length, *arguments))

    def combine(self, op: str, of: IntType, left: int, right: int) -> int:
        """`left op right` in a type, with the language's rules for shifts and division."""
        if op in _ARITHMETIC:
            return of.wrap(_ARITHMETIC[op](left, right))
        if op in ("<<", ">>"):
            if not 0 <= right < of.bits:
                return -1 if op == ">>" and left < 0 else 0
            return of.wrap(left << right if op == "<<" else left >> right)
        if right == 0:
            raise Abort("division")
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return of.wrap(quotient if op == "/" else left - quotient * right)

    # Checks

    def headers(self) -> Headers:
        """Walked anew every time: a write may have changed them."""
        return walk(bytes(self.data), self.packet.link)

    def captured(self, offset: int, width: int) -> None:
        if offset < 0 or offset + width > len(self.data):
            raise Abort("out_of_bounds")

    def in_range(self, index: int, size: int, reason: str) -> int:
        if not 0 <= index < size:
            raise Abort(reason)
        return index

    def there(self, offset: int | None) -> int:
        if offset is None:
            raise Absent
        return offset

    def field_start(self, wanted: Field) -> int:
        """The first bit of a field, counted from the start of the packet; raises Absent."""
        found = self.headers()
        start = self.there(found.offsets.get(wanted.header.name))
        if wanted.optional:
            start = self.there(found.optional.get(wanted.optional))
        return start * 8 + wanted.bit
