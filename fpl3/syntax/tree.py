"""The syntax tree: what was written, before names are resolved.

Frozen values; every node carries the span it came from, which takes no part in equality, so that
parse(print(x)) == x can be asked. Shapes follow language.md sections 1 to 6.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fpl3.source import Span


@dataclass(frozen=True, slots=True)
class Node:
    span: Span = field(compare=False, repr=False)


# Expressions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as written: `10`, `0x1f`, `0b1`, `'c'`; `value` is exact."""

    value: int
    text: str


@dataclass(frozen=True, slots=True)
class MacAddress(Node):
    value: int


@dataclass(frozen=True, slots=True)
class Ipv4Address(Node):
    value: int


@dataclass(frozen=True, slots=True)
class Ipv6Address(Node):
    value: int


@dataclass(frozen=True, slots=True)
class Prefix(Node):
    """`10.0.0.0/8`, `fe80::/10`; host bits are zero (the parser has refused others)."""

    address: Ipv4Address | Ipv6Address | MacAddress
    length: int


@dataclass(frozen=True, slots=True)
class String(Node):
    """A string; `\\xHH` and UTF-8 have become bytes."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A bare word: a register, constant, macro, set, or a field or constant of the built-in table."""

    name: str


@dataclass(frozen=True, slots=True)
class PacketName(Node):
    """`PKT.IP.PROTO`, `PKT.LEN`, `PKT.HAS.TCP`, `PKT.my_macro`: the words after PKT, as written."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PacketRead(Node):
    """`PKT.B[e]`, `PKT.W[e]`, `PKT.DW[e]`; `unit` is "B", "W" or "DW"."""

    unit: str
    offset: Expression


@dataclass(frozen=True, slots=True)
class PartOf(Node):
    """`base.U1[m]`, `.U4[m]`, `.U8[m]`, `.U16[m]`, `.DW[m]`; `unit` is "U1" ... "DW"."""

    base: PacketRead | PacketName | Name
    unit: str
    index: Expression


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`name[e]`: a register R[n], memory, an array, a constant table, `PKT.STATE[n]` aside."""

    name: Name
    index: Expression


@dataclass(frozen=True, slots=True)
class StateIndex(Node):
    """`PKT.STATE[n]`."""

    index: Expression


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`op` is one of `- + ~ !`."""

    op: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`op` is one of `|| && | ^ & == != < <= > >= << >> + - * / %`."""

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class SetRange(Node):
    """`lo-hi` inside braces."""

    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class SetLiteral(Node):
    """`{ 10.0.0.0/8, 80, 8000-8080 }`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """`value IN collection`, `value NOT IN collection`; the collection is a SetLiteral, a Name of a
    set, a Prefix, or an address."""

    value: Expression
    collection: Expression
    negated: bool


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`NAME(arguments)`: HASH, CONSISTENT, MAX, MIN (name in capitals), or a macro (as written)."""

    name: str
    arguments: tuple[Expression, ...]
    name_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Text(Node):
    """One of the texts of an external function: `"abc"`, `7: "abc"`, `"abc" NOCASE`."""

    id: Expression | None
    value: String
    nocase: bool


@dataclass(frozen=True, slots=True)
class TextList(Node):
    """`{ 1: "abc" NOCASE, "def" }`."""

    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class TextFile(Node):
    """`FROM "file"`."""

    file: String


@dataclass(frozen=True, slots=True)
class ExternCall(Node):
    """`EXTERN(name, arguments)`, `EXTERN(name.function, arguments)`."""

    name: Name
    function: Name | None
    arguments: tuple[Argument, ...]


Expression = (
    Number | MacAddress | Ipv4Address | Ipv6Address | Prefix | String | Name | PacketName | PacketRead
    | PartOf | Index | StateIndex | Unary | Binary | SetRange | SetLiteral | Membership | Call | ExternCall
)  # fmt: skip

Argument = Expression | TextList | TextFile

# Statements -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """`target op value`; `op` is `=` or `+=` ... `^=`. Targets are Name, Index, StateIndex,
    PacketName, PacketRead, PartOf; which of them may be written is the checker's business."""

    target: Expression
    op: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Step(Node):
    """`target++`, `--target`; `op` is `++` or `--`. Prefix and postfix mean the same statement."""

    target: Expression
    op: str


@dataclass(frozen=True, slots=True)
class Branch(Node):
    condition: Expression
    body: Block


@dataclass(frozen=True, slots=True)
class If(Node):
    """IF and its ELSIFs in `branches`; `otherwise` is None where there is no ELSE."""

    branches: tuple[Branch, ...]
    otherwise: Block | None


@dataclass(frozen=True, slots=True)
class For(Node):
    """`FOR (init; test; update) body ROF`; a missing part is None (a missing test is true)."""

    init: Assign | Step | None
    test: Expression | None
    update: Assign | Step | None
    body: Block


@dataclass(frozen=True, slots=True)
class Break(Node):
    pass


@dataclass(frozen=True, slots=True)
class Case(Node):
    values: tuple[Expression, ...]
    body: Block


@dataclass(frozen=True, slots=True)
class Switch(Node):
    value: Expression
    cases: tuple[Case, ...]
    default: Block | None


@dataclass(frozen=True, slots=True)
class Return(Node):
    value: Expression | None


@dataclass(frozen=True, slots=True)
class Evaluate(Node):
    """An EXTERN call that stands as a statement (the checker refuses other expressions)."""

    call: Expression


@dataclass(frozen=True, slots=True)
class Transmit(Node):
    """`TX(Mac, i)`, `TX(Mac, id, i)`, `TX(Ip, i)`, `TX(Node, origin, i)`; `table` is the first word."""

    table: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Split(Node):
    """`SPLIT; body TILPS`, `SPLIT(where); body TILPS`."""

    where: Expression | None
    body: Block


@dataclass(frozen=True, slots=True)
class Alert(Node):
    rule: Name


@dataclass(frozen=True, slots=True)
class Remark(Node):
    """A comment line in a program that the compiler prints; no text is parsed into one."""

    text: str


Statement = (
    Assign | Step | If | For | Break | Switch | Return | Evaluate | Transmit | Split | Alert | Remark
)  # fmt: skip
Block = tuple[Statement, ...]

# Declarations -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RegisterDeclaration(Node):
    """`UINT32 name;`; `type` is a name of fpl3.types.BY_NAME."""

    type: str
    name: Name


@dataclass(frozen=True, slots=True)
class ArrayDeclaration(Node):
    """`[SCRATCH|SRAM|SDRAM] UINT64 name[size] [MERGE SUM];`; size None for `name[]`."""

    storage: str | None
    type: str
    name: Name
    size: Expression | None
    merge: str | None


@dataclass(frozen=True, slots=True)
class ConstDeclaration(Node):
    """`CONST NAME = expr;`, with a type name where one is written."""

    type: str | None
    name: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class TableDeclaration(Node):
    """`CONST UINT32 T[4] = {1, 2};`: missing values are 0; size None for `T[]`."""

    type: str
    name: Name
    size: Expression | None
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MacroDeclaration(Node):
    """`MACRO NAME = body;`, `MACRO NAME(a, b) = body;`, `MACRO NAME = body WHEN guard;`."""

    name: Name
    parameters: tuple[Name, ...] | None
    body: Expression
    guard: Expression | None


@dataclass(frozen=True, slots=True)
class SetDeclaration(Node):
    """`SET name = {...};` (items) or `SET name FROM "file";` (file)."""

    name: Name
    items: SetLiteral | None
    file: String | None


@dataclass(frozen=True, slots=True)
class NextHopDeclaration(Node):
    """`TX_MAC[3] = {...};`, `TX_IP[n] = {...};`, `TX_NODE[2] = { N1, N2 };`; `table` is "Mac", "Ip" or
    "Node"."""

    table: str
    size: Expression | None
    entries: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class RuleField(Node):
    """`SID 2000001`, `MSG "..."`; `key` in capitals."""

    key: str
    value: Expression


@dataclass(frozen=True, slots=True)
class RuleDeclaration(Node):
    name: Name
    fields: tuple[RuleField, ...]


@dataclass(frozen=True, slots=True)
class Include(Node):
    file: String


@dataclass(frozen=True, slots=True)
class Use(Node):
    """`USE LOOPBUDGET n;` (value) or `USE HASH IXP48;` (value is Name IXP48); `option` in capitals."""

    option: str
    value: Expression


@dataclass(frozen=True, slots=True)
class ExternDeclaration(Node):
    """`EXTERN name = extern(options);`."""

    name: Name
    extern: Name
    options: tuple[Argument, ...]


Declaration = (
    RegisterDeclaration | ArrayDeclaration | ConstDeclaration | TableDeclaration | MacroDeclaration
    | SetDeclaration | NextHopDeclaration | RuleDeclaration | Include | Use | ExternDeclaration
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Program(Node):
    """Declarations and statements in the order of the text."""

    items: tuple[Declaration | Statement, ...]
