"""The checked program: names resolved, macros expanded, every conversion explicit.

The interpreter runs this tree itself; lowering turns it into IR. Nodes compare by identity, so that
facts about one occurrence (its value range) can be kept beside the tree. Every integer expression
has a type; `value in type` always holds at run time (values are Python integers of that type).

Truth expressions are Compare, Member, Truth, Not, And, Or: they give 0 or 1 of type INT32, and they
are what absence stops at (language.md section 3): an absent field inside a Compare, a Member or a
Truth makes just that expression false.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from fpl3.externs import Function, Instance
from fpl3.fields import Field, Header
from fpl3.source import Source, Span
from fpl3.syntax import tree
from fpl3.types import I32, U32, IntType, Type

# Things with names ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """R[n] (`name` "R[3]") or a named register; starts at 0 for every run of the main program."""

    name: str
    type: IntType
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """Persistent memory; `merge` is SUM, MAX, MIN or OR and sets the initial value."""

    name: str
    type: IntType
    size: int
    merge: str
    storage: str | None
    span: Span

    @property
    def initial(self) -> int:
        return {"MAX": self.type.low, "MIN": self.type.high}.get(self.merge, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A read-only table of constants."""

    name: str
    type: IntType
    values: tuple[int, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class NumberSet:
    """A set as sorted, disjoint, non-adjacent closed ranges of exact integers.

    `ipv6` sets hold 128-bit addresses, all others integers of any sign; a value is a member if it
    lies in a range, compared as an exact number (a UINT32 value and its set entry 10.0.0.1 alike).
    """

    name: str
    ranges: tuple[tuple[int, int], ...]
    ipv6: bool

    def __contains__(self, value: int) -> bool:
        from bisect import bisect_right

        at = bisect_right(self.ranges, (value, float("inf"))) - 1
        return at >= 0 and value <= self.ranges[at][1]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """What `ALERT(name);` raises."""

    name: str
    gid: int
    sid: int
    rev: int
    priority: int
    classification: str
    message: str
    span: Span


# Expressions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    span: Span
    type: Type
    value: int


@dataclass(frozen=True, slots=True, eq=False)
class ReadRegister:
    span: Span
    register: Register

    @property
    def type(self) -> IntType:
        return self.register.type


@dataclass(frozen=True, slots=True, eq=False)
class ReadMeta:
    """LEN, CAPLEN (UINT32), TS (UINT64), PORT (UINT16), ORIGIN (UINT16), STATE (UINT32, its `word`);
    HAS is a node of its own. ORIGIN and STATE are 0 at a root until PKT.STATE is assigned; elsewhere
    they are what the packet arrived with."""

    span: Span
    type: IntType
    which: Literal["LEN", "CAPLEN", "TS", "PORT", "ORIGIN", "STATE"]
    word: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class ReadLayer:
    """PKT.L3, PKT.L4, PKT.L7: a byte offset; may be absent. UINT32."""

    span: Span
    which: Literal["L3", "L4", "L7"]
    type: IntType = U32


@dataclass(frozen=True, slots=True, eq=False)
class Has:
    """PKT.HAS.X: 1 if the header is present, else 0; never absent. UINT8."""

    span: Span
    header: Header
    type: IntType = field(default_factory=lambda: IntType(8, False))


@dataclass(frozen=True, slots=True, eq=False)
class ReadRaw:
    """Big-endian read of `width` bytes (1, 2, 4) at byte `offset`; aborts out_of_bounds unless
    offset + width <= CAPLEN, computed on the exact value of offset (a negative one is outside)."""

    span: Span
    type: IntType
    width: int
    offset: Expr


@dataclass(frozen=True, slots=True, eq=False)
class ReadField:
    """A named field; absent where its header (or its optional part) is."""

    span: Span
    type: Type
    field: Field


@dataclass(frozen=True, slots=True, eq=False)
class ReadPart:
    """Part `index` (0 = most significant) of `bits` bits of `base`; aborts out_of_bounds where the
    index is outside 0 .. base bits / bits - 1. base is a ReadRaw or a ReadField (IPv6 for .DW)."""

    span: Span
    type: IntType
    base: Expr
    bits: int
    index: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """A field made by MACRO ... WHEN: absent unless `guard` (a truth expression) holds; what would
    abort out_of_bounds in guard or value (a read outside the captured bytes, a part that is not
    there) makes it absent instead."""

    span: Span
    guard: Expr
    value: Expr

    @property
    def type(self) -> Type:
        return self.value.type


@dataclass(frozen=True, slots=True, eq=False)
class ReadMemory:
    """Aborts memory_index where the exact index is outside 0 .. size - 1."""

    span: Span
    array: Array
    index: Expr

    @property
    def type(self) -> IntType:
        return self.array.type


@dataclass(frozen=True, slots=True, eq=False)
class ReadTable:
    """Aborts memory_index where the exact index is outside the table."""

    span: Span
    table: Table
    index: Expr

    @property
    def type(self) -> IntType:
        return self.table.type


@dataclass(frozen=True, slots=True, eq=False)
class Convert:
    """`operand` converted to `type`: widening sign-extends a signed source, narrowing keeps low bits
    (always type.wrap(value))."""

    span: Span
    type: IntType
    operand: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Negate:
    """`-operand` modulo 2**bits; the operand has this node's type."""

    span: Span
    type: IntType
    operand: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Complement:
    """`~operand`; the operand has this node's type."""

    span: Span
    type: IntType
    operand: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Arithmetic:
    """`op` is one of `+ - * / % & | ^ << >> MAX MIN`; the operands have this node's type, but for
    the count of a shift, which has any type: a count below 0 or >= bits gives 0, or the sign for
    `>>` of a signed type. `/` and `%` by zero abort division, after both operands."""

    span: Span
    type: IntType
    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Compare:
    """`op` is one of `== != < <= > >=`; both operands have one type."""

    span: Span
    op: str
    left: Expr
    right: Expr
    type: IntType = I32


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """`value IN set`; an absent value gives 0 for NOT IN as well."""

    span: Span
    value: Expr
    set: NumberSet
    negated: bool
    type: IntType = I32


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """`operand != 0` of an expression in a truth position that is no relation itself."""

    span: Span
    operand: Expr
    type: IntType = I32


@dataclass(frozen=True, slots=True, eq=False)
class Not:
    """`!operand`; the operand is a truth expression."""

    span: Span
    operand: Expr
    type: IntType = I32


@dataclass(frozen=True, slots=True, eq=False)
class And:
    """Short circuit; both operands are truth expressions."""

    span: Span
    left: Expr
    right: Expr
    type: IntType = I32


@dataclass(frozen=True, slots=True, eq=False)
class Or:
    """Short circuit; both operands are truth expressions."""

    span: Span
    left: Expr
    right: Expr
    type: IntType = I32


@dataclass(frozen=True, slots=True, eq=False)
class Hash:
    """HASH(start, length, mask): start, then length, then mask are evaluated (exact values), then
    bounds are checked (length > 0 and start + length > CAPLEN, or anything negative, aborts
    out_of_bounds; length 0 gives 0), then the hash of the bytes `& mask`. UINT32."""

    span: Span
    start: Expr
    length: Expr
    mask: Expr
    type: IntType = U32


@dataclass(frozen=True, slots=True, eq=False)
class FlowHash:
    """HASH(flowFields) and kin; never aborts. UINT32."""

    span: Span
    which: Literal["flowFields", "biflowFields", "hostFields", "bihostFields"]
    type: IntType = U32


@dataclass(frozen=True, slots=True, eq=False)
class Consistent:
    """CONSISTENT(h, n): jump hash; h is UINT64, n is UINT32 (n = 0 gives -1 as UINT32: the
    loop never runs). UINT32."""

    span: Span
    hash: Expr
    buckets: Expr
    type: IntType = U32


@dataclass(frozen=True, slots=True, eq=False)
class CallExtern:
    """EXTERN(name.function, arguments); the arguments have the declared types. `array` is filled."""

    span: Span
    type: IntType
    instance: Instance
    function: Function
    arguments: tuple[Expr, ...]
    array: Array | None = None


Expr = (
    Constant | ReadRegister | ReadMeta | ReadLayer | Has | ReadRaw | ReadField | ReadPart | Guarded
    | ReadMemory | ReadTable | Convert | Negate | Complement | Arithmetic | Compare | Member | Truth
    | Not | And | Or | Hash | FlowHash | Consistent | CallExtern
)  # fmt: skip
TRUTH = (Compare, Member, Truth, Not, And, Or)

# Targets of writes ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class ToRegister:
    span: Span
    register: Register

    @property
    def type(self) -> IntType:
        return self.register.type


@dataclass(frozen=True, slots=True, eq=False)
class ToMemory:
    """Order: index, check (memory_index), then the value."""

    span: Span
    array: Array
    index: Expr

    @property
    def type(self) -> IntType:
        return self.array.type


@dataclass(frozen=True, slots=True, eq=False)
class ToRaw:
    """`PKT.B[e] = v`, or with `part` (bits, index) `PKT.B[e].U1[m] = v`.
    `type` is that of a read of the same bytes or part; a part keeps the low `bits` bits of the value.
    Order: offset, check, part index, check (both out_of_bounds), then the value, then the write."""

    span: Span
    type: IntType
    width: int
    offset: Expr
    part: tuple[int, Expr] | None


@dataclass(frozen=True, slots=True, eq=False)
class ToField:
    """`PKT.IP.TTL = v`; absent aborts absent_field, before the value is evaluated. `type` is the
    field's; the write keeps the low `field.width` bits."""

    span: Span
    type: IntType
    field: Field


@dataclass(frozen=True, slots=True, eq=False)
class ToState:
    """`PKT.STATE = v`, `PKT.STATE[word] = v`; the other words stay."""

    span: Span
    word: int = 0
    type: IntType = U32


Target = ToRegister | ToMemory | ToRaw | ToField | ToState

# Statements -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Assign:
    """`target = value`; the value has the target's type already (a Convert narrows it)."""

    span: Span
    target: Target
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """`target op= value`: target's indexes and checks, value, read, combine in `type`, write.

    The old value is converted to `type`, the value has `type` (a shift count has any type); the
    result is converted to the target's type. `++` and `--` are `+= 1` and `-= 1`.
    """

    span: Span
    target: Target
    op: str
    type: IntType
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class If:
    span: Span
    branches: tuple[tuple[Expr, Block], ...]
    otherwise: Block


@dataclass(frozen=True, slots=True, eq=False)
class For:
    """init; while test: (one iteration of the budget) body; update. A missing test is true."""

    span: Span
    init: Assign | Update | None
    test: Expr | None
    update: Assign | Update | None
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class Break:
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Switch:
    """The case values are exact values of the switch value's type, all different."""

    span: Span
    value: Expr
    cases: tuple[tuple[tuple[int, ...], Block], ...]
    default: Block


@dataclass(frozen=True, slots=True, eq=False)
class Return:
    """Ends the run with a verdict (UINT32)."""

    span: Span
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Evaluate:
    span: Span
    call: CallExtern


@dataclass(frozen=True, slots=True, eq=False)
class Transmit:
    """TX(Mac, i): `id` None. TX(Mac, id, i): id is UINT16. `index` outside the table aborts
    memory_index. Order: id, index, checks, then a copy is queued. TX(Ip, i) needs an IPv4 packet
    (IPv6 entries an IPv6 packet) or aborts absent_field. TX(Node, origin, i), in the program of one
    node: the packet goes to the next hop with the origin `id` and the run's state words."""

    span: Span
    table: Literal["Mac", "Ip", "Node"]
    id: Expr | None
    index: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Runs `body` as part number `part` (0 is the main program, bodies count in the order of the
    text) on a copy of packet and registers. `where` is evaluated in the enclosing run first; a
    node's name is kept in `node` and means nothing on a single node."""

    span: Span
    part: int
    where: Expr | None
    node: str | None
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class Alert:
    span: Span
    rule: Rule


Statement = (
    Assign | Update | If | For | Break | Switch | Return | Evaluate | Transmit | Split | Alert
)  # fmt: skip
Block = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class NextHops:
    """TX_MAC (48-bit values) or TX_IP entries; `ipv6` for a TX_IP table of IPv6 addresses."""

    entries: tuple[int, ...]
    ipv6: bool = False


Interval = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """A whole checked program.

    `ranges` maps an expression to the closed interval its value lies in whenever it is evaluated to
    a value; an expression that is not in it may have any value of its type (or is unreachable).
    `at_split` maps a part to what is known of registers and of facts ("CAPLEN") where it is split off;
    a register that is missing there is 0. `node` is the name that USE NODE gives: the program of one
    node, with `tx_node` its next hops; `state_words` is the number of state words. `items` is the text as
    it was written, with what it INCLUDEs in place.
    """

    source: Source
    registers: tuple[Register, ...]
    arrays: tuple[Array, ...]
    tables: tuple[Table, ...]
    sets: tuple[NumberSet, ...]
    rules: tuple[Rule, ...]
    tx_mac: NextHops
    tx_ip: NextHops
    externs: tuple[Instance, ...]
    loop_budget: int
    hash_function: Literal["CRC32C", "IXP48"]
    body: Block
    parts: tuple[Span, ...]
    sources: tuple[Source, ...] = ()
    ranges: dict[Expr, Interval] = field(default_factory=dict)
    at_split: dict[int, dict[Register | str, Interval]] = field(default_factory=dict)
    node: str | None = None
    tx_node: tuple[str, ...] = ()
    state_words: int = 1
    items: tuple[tree.Declaration | tree.Statement, ...] = ()
