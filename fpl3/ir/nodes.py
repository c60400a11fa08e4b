"""The nodes of the intermediate representation.

Structured, no graph: the only jumps are Leave (forward, out of an enclosing Block or Loop). Every
expression is pure and cannot fail: what may fail is a Guard statement in front of it. Guards abort
the run under one name; they are effects, and no pass may move one across another effect.

Expressions compare by structure. Local names are unique in a program (a part's copies have names of
their own), types are fpl3.types.IntType; IPv6 addresses are pairs of UINT64 from here on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from fpl3.check.program import Array, Interval, NextHops, NumberSet, Rule, Table
from fpl3.externs import Function, Instance
from fpl3.source import Source, Span
from fpl3.types import I32, U32, IntType

# Expressions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Const:
    type: IntType
    value: int


@dataclass(frozen=True, slots=True)
class Local:
    """The value of a local (a register, a register of a part, or a temporary)."""

    type: IntType
    name: str


@dataclass(frozen=True, slots=True)
class Meta:
    """LEN, CAPLEN, TS, PORT, ORIGIN, and STATE: word `word` of what the packet arrived with."""

    type: IntType
    which: str
    word: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """Big-endian load of `type.bits` bits at byte `offset` of the packet; in bounds."""

    type: IntType
    offset: Expr


@dataclass(frozen=True, slots=True)
class Present:
    """1 if the header is present; its stage has been located."""

    header: str
    type: IntType = I32


@dataclass(frozen=True, slots=True)
class Offset:
    """Byte offset of a present header, or of a layer (L3, L4, L7)."""

    header: str
    type: IntType = U32


@dataclass(frozen=True, slots=True)
class Element:
    """`array[index]`; in range."""

    type: IntType
    array: str
    index: Expr


@dataclass(frozen=True, slots=True)
class Lookup:
    """`table[index]` of a constant table; in range."""

    type: IntType
    table: str
    index: Expr


@dataclass(frozen=True, slots=True)
class Convert:
    type: IntType
    operand: Expr


@dataclass(frozen=True, slots=True)
class Unary:
    """`op` is `-` or `~`."""

    type: IntType
    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary:
    """`op` is one of `+ - * / % & | ^ << >> MAX MIN`. A divisor is not 0. A shift's right side is of
    any type; where `total` is set the count may be out of range and the language's rule holds."""

    type: IntType
    op: str
    left: Expr
    right: Expr
    total: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    """`op` is one of `== != < <= > >=`, both sides of one type; INT32 0 or 1."""

    op: str
    left: Expr
    right: Expr
    type: IntType = I32


@dataclass(frozen=True, slots=True)
class All:
    """1 if every term is not 0; all terms are evaluated, in any order."""

    terms: tuple[Expr, ...]
    type: IntType = I32


@dataclass(frozen=True, slots=True)
class Any:
    """1 if some term is not 0; all terms are evaluated, in any order."""

    terms: tuple[Expr, ...]
    type: IntType = I32


@dataclass(frozen=True, slots=True)
class AndThen:
    """1 if every term is not 0; left to right, ending at the first that is 0: a later term may rely
    on an earlier one (a field's load on its header's presence)."""

    terms: tuple[Expr, ...]
    type: IntType = I32


@dataclass(frozen=True, slots=True)
class OrElse:
    """1 if some term is not 0; left to right, ending at the first that is not 0."""

    terms: tuple[Expr, ...]
    type: IntType = I32


@dataclass(frozen=True, slots=True)
class Not:
    """1 if the operand is 0."""

    operand: Expr
    type: IntType = I32


@dataclass(frozen=True, slots=True)
class InSet:
    """Membership in set number `set`; one operand, or two (high, low) for IPv6."""

    set: int
    operands: tuple[Expr, ...]
    type: IntType = I32


@dataclass(frozen=True, slots=True)
class InBounds:
    """1 if offset >= 0, length >= 0 and offset + length <= CAPLEN, in exact arithmetic."""

    offset: Expr
    length: Expr
    type: IntType = I32


@dataclass(frozen=True, slots=True)
class Below:
    """1 if 0 <= operand < limit, in exact arithmetic."""

    operand: Expr
    limit: int
    type: IntType = I32


@dataclass(frozen=True, slots=True)
class HashBytes:
    """The hash of `length` packet bytes from `start`; in bounds (length 0 gives 0)."""

    start: Expr
    length: Expr
    type: IntType = U32


@dataclass(frozen=True, slots=True)
class FlowHash:
    which: str
    type: IntType = U32


@dataclass(frozen=True, slots=True)
class Jump:
    """Jump hash of a UINT64 key over a UINT32 count."""

    hash: Expr
    buckets: Expr
    type: IntType = U32


Expr = (
    Const | Local | Meta | Load | Present | Offset | Element | Lookup | Convert | Unary | Binary
    | Compare | All | Any | AndThen | OrElse | Not | InSet | InBounds | Below | HashBytes | FlowHash | Jump
)  # fmt: skip

# Statements -------------------------------------------------------------------------------------

Reason = Literal["out_of_bounds", "absent_field", "memory_index", "division", "loop_budget"]


@dataclass(frozen=True, slots=True)
class SetLocal:
    span: Span = field(compare=False, repr=False)
    local: Local
    value: Expr


@dataclass(frozen=True, slots=True)
class Store:
    """Writes `value` (its type gives the width) big-endian at byte `offset`; in bounds.

    `structural` says that the write may change which headers are present or where they are.
    """

    span: Span = field(compare=False, repr=False)
    offset: Expr
    value: Expr
    structural: bool


@dataclass(frozen=True, slots=True)
class StoreElement:
    span: Span = field(compare=False, repr=False)
    array: str
    index: Expr
    value: Expr


@dataclass(frozen=True, slots=True)
class Guard:
    """Aborts the run with `reason` unless the condition holds.

    `interval` is what the checker knows about the guarded operand (offset, index or divisor)."""

    span: Span = field(compare=False, repr=False)
    condition: Expr
    reason: Reason
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """Counts one iteration of a loop; aborts loop_budget where none is left."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Locate:
    """Parses what `stage` needs (LINK, IP, IP6, L4, or a header): afterwards Present and Offset of
    its headers may be asked, until a structural write."""

    span: Span = field(compare=False, repr=False)
    stage: str


@dataclass(frozen=True, slots=True)
class If:
    span: Span = field(compare=False, repr=False)
    condition: Expr
    then: Body
    otherwise: Body = ()
    likely: bool | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Runs the body; Leave(label) inside goes to its end."""

    span: Span = field(compare=False, repr=False)
    label: str
    body: Body


@dataclass(frozen=True, slots=True)
class Loop:
    """Runs the body for ever; Leave(label) inside ends the loop."""

    span: Span = field(compare=False, repr=False)
    label: str
    body: Body


@dataclass(frozen=True, slots=True)
class Leave:
    span: Span = field(compare=False, repr=False)
    label: str


@dataclass(frozen=True, slots=True)
class Switch:
    """No fall-through; the values are of the value's type and all different."""

    span: Span = field(compare=False, repr=False)
    value: Expr
    cases: tuple[tuple[tuple[int, ...], Body], ...]
    default: Body


@dataclass(frozen=True, slots=True)
class Return:
    """Ends the run of the innermost part with a verdict (UINT32)."""

    span: Span = field(compare=False, repr=False)
    value: Expr


@dataclass(frozen=True, slots=True)
class Part:
    """Runs `body` as a run of its own on a copy of the packet; `number` is the part's."""

    span: Span = field(compare=False, repr=False)
    number: int
    body: Body


@dataclass(frozen=True, slots=True)
class Transmit:
    """Queues a copy of the packet; the index is in range, the frame long enough, TX(Ip) has its
    header. `state` is (assigned, value) for TX(Mac, id, i), all state words for TX(Node, origin, i),
    else None."""

    span: Span = field(compare=False, repr=False)
    table: str
    id: Expr | None
    index: Expr
    state: tuple[Expr, ...] | None


@dataclass(frozen=True, slots=True)
class Raise:
    span: Span = field(compare=False, repr=False)
    rule: int


@dataclass(frozen=True, slots=True)
class Call:
    """Calls an external function; `result` is None where the value is not used, `array` is filled."""

    span: Span = field(compare=False, repr=False)
    result: Local | None
    instance: Instance
    function: Function
    arguments: tuple[Expr, ...]
    array: Array | None = None


Statement = (
    SetLocal | Store | StoreElement | Guard | Budget | Locate | If | Block | Loop | Leave | Switch
    | Return | Part | Transmit | Raise | Call
)  # fmt: skip
Body = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A whole program; `locals` lists every local with its type (all start at 0)."""

    source: Source
    locals: tuple[Local, ...]
    arrays: tuple[Array, ...]
    tables: tuple[Table, ...]
    sets: tuple[NumberSet, ...]
    set_bits: tuple[int, ...]
    rules: tuple[Rule, ...]
    tx_mac: NextHops
    tx_ip: NextHops
    externs: tuple[Instance, ...]
    loop_budget: int
    hash_function: str
    parts: tuple[Span, ...]
    tx_node: tuple[str, ...]
    state_words: int
    body: Body
