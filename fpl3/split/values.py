"""Values of reads that do not cross: which expressions of a body are computed before the SPLIT instead.

A body behind an ethernet link that needs one of the packet's addresses, its time or its port gets the
value carried like a register, if it can be computed where the packet is whole, at the SPLIT, without an
abort that the body alone should have (language.md section 6).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fpl3.check import program as p
from fpl3.check.program import Interval
from fpl3.check.ranges import interval_at
from fpl3.check.state import State, known
from fpl3.check.walk import direct_expressions, may_be_absent, operands, statements, subexpressions
from fpl3.source import Span
from fpl3.split.alike import alike
from fpl3.split.effects import assigns, reads_packet, writes_packet
from fpl3.split.lost import Lost
from fpl3.split.parts import Part, own_statements
from fpl3.types import IntType


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """An expression whose value is computed where part `at` is split off, and every place in the bodies
    behind it that uses the value; `register` stands for it there."""

    register: p.Register
    expression: p.Expr
    at: int
    interval: Interval
    places: list[p.Expr] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Stuck:
    """A read in `part` that can be neither made behind the link nor carried from the SPLIT of part `at`,
    and why."""

    read: p.Expr
    part: int
    at: int
    why: str


SHARED_BITS = 32  # a word of state
FIELD_OF_MACRO = "it stands in a field that a macro makes"


def bits_of(interval: Interval) -> int:
    return (interval[1] - interval[0]).bit_length()


class Values:
    """Collects what is carried; `written` are the spans that stand in the text of the bodies. `shared`:
    narrow reads themselves, which many expressions may share, where each alone would need fewer bits."""

    def __init__(
        self,
        program: p.Checked,
        all_parts: tuple[Part, ...],
        written: set[Span],
        shared: bool = False,
    ) -> None:
        self.shared = shared
        self.program = program
        self.parts = all_parts
        self.written = written
        self.lost = Lost(program)
        self.carried: list[Carried] = []
        self.stuck: list[Stuck] = []
        self.owners: dict[Carried, list[int]] = {}

    def part(self, number: int, at: int) -> None:
        """Finds what part `number` needs of what is lost to it; `at` is the part, itself or around it,
        whose SPLIT is the last place where nothing is lost."""
        for statement in own_statements(self.parts[number].body):
            for expression in direct_expressions(statement):
                for chosen in self._chosen(expression, number, at):
                    self.owners.setdefault(self._carry(chosen, at), []).append(number)

    def _chosen(self, e: p.Expr, number: int, at: int) -> list[p.Expr]:
        """The expressions in `e` to carry, so that the fewest bits cross."""
        if not self.lost.within(e):
            return []
        below_stuck = len(self.stuck)
        if self.lost.reads(e):
            inner: list[p.Expr] | None = None
        else:
            inner = [c for child in operands(e) for c in self._below(e, child, number, at)]
        why = self._why_not(e, at)
        if (
            why is None
            and not _only_wraps(e)
            and (inner is None or len(self.stuck) > below_stuck or self._better(e, inner, at))
        ):
            del self.stuck[below_stuck:]
            return [e]
        if inner is None:
            self.stuck.append(Stuck(e, number, at, why or ""))
            return []
        return inner

    def _below(self, e: p.Expr, child: p.Expr, number: int, at: int) -> list[p.Expr]:
        """What is chosen in an operand. In a field that a macro makes, and for an argument that a call
        leaves out, nothing stands in the text of the body."""
        if isinstance(e, p.Guarded):
            reads = filter(self.lost.reads, subexpressions(child))
            self.stuck += [Stuck(read, number, at, FIELD_OF_MACRO) for read in reads]
            return []
        if isinstance(e, p.CallExtern) and child.span == e.span and self.lost.within(child):
            what = "the packet's time" if isinstance(child, p.ReadMeta) else "what it reads"
            self.stuck.append(Stuck(e, number, at, f"{what} is an argument that the call leaves out"))
            return []
        return self._chosen(child, number, at)

    def _better(self, e: p.Expr, inner: list[p.Expr], at: int) -> bool:
        needed = sum(self._bits(c, at) for c in inner)
        if self.shared and needed <= SHARED_BITS:
            return False
        return self._bits(e, at) < needed

    def _bits(self, e: p.Expr, at: int) -> int:
        return bits_of(interval_at(e, self._state(at)))

    def _state(self, at: int) -> State:
        return self.program.at_split.get(at, {})

    def _carry(self, e: p.Expr, at: int) -> Carried:
        for carried in self.carried:
            if carried.at == at and alike(carried.expression, e):
                carried.places.append(e)
                return carried
        assert isinstance(e.type, IntType), "addresses of IPv6 lie behind what is lost"
        register = p.Register(f"carried{len(self.carried) + 1}", e.type, e.span)
        self.carried.append(Carried(register, e, at, interval_at(e, self._state(at)), [e]))
        return self.carried[-1]

    def _why_not(self, e: p.Expr, at: int) -> str | None:
        """Why the value cannot be computed at the SPLIT of part `at`; None if it can."""
        if not isinstance(e.type, IntType):
            return "an IPv6 address is not carried"
        if e.span not in self.written:
            return FIELD_OF_MACRO
        if may_be_absent(e):
            return "the field may be absent, which only the body may find out"
        return self._unstable(e, at) or self._failing(e, at)

    def _unstable(self, e: p.Expr, at: int) -> str | None:
        """Whether the value in the body may differ from that at the SPLIT."""
        inside = list(statements(self.parts[at].body))
        for inner in subexpressions(e):
            if isinstance(inner, p.ReadMemory):
                return "its value depends on memory"
            if isinstance(inner, p.CallExtern) and (not inner.function.pure or inner.array is not None):
                return "the external function has effects"
            if isinstance(inner, p.ReadRegister) and any(assigns(s, inner.register) for s in inside):
                return f"the body assigns '{inner.register.name}'"
        if reads_packet(e) and any(map(writes_packet, inside)):
            return "the body writes the packet"
        return None

    def _failing(self, e: p.Expr, at: int) -> str | None:
        state = self._state(at)
        if any(_may_fail(inner, state) for inner in subexpressions(e)):
            return "it may abort the run, which only the body may do"
        return None


def is_plain(e: p.Expr) -> bool:
    """Whether an expression can neither abort nor have an effect, whatever the packet."""
    plain = p.Constant | p.ReadRegister | p.ReadMeta | p.Has | p.Convert | p.Negate | p.Complement
    return all(
        isinstance(inner, plain) or (isinstance(inner, p.Arithmetic) and inner.op not in ("/", "%"))
        for inner in subexpressions(e)
    )


def _only_wraps(e: p.Expr) -> bool:
    """Whether the expression is a conversion or a test for truth that nothing in the text stands for."""
    return any(child.span == e.span for child in operands(e))


def _may_fail(e: p.Expr, state: State) -> bool:
    """Whether evaluating the expression itself may abort where `state` holds."""
    captured = known(state, "CAPLEN")[0]
    match e:
        case p.ReadRaw():
            low, high = interval_at(e.offset, state)
            return low < 0 or high + e.width > captured
        case p.Hash():
            (low, start), (least, length) = interval_at(e.start, state), interval_at(e.length, state)
            return low < 0 or least < 0 or start + length > captured
        case p.ReadPart():
            low, high = interval_at(e.index, state)
            base = e.base.field.width if isinstance(e.base, p.ReadField) else e.base.type.bits
            return low < 0 or high >= base // e.bits
        case p.ReadTable():
            low, high = interval_at(e.index, state)
            return low < 0 or high >= len(e.table.values)
        case p.Arithmetic(op="/" | "%"):
            low, high = interval_at(e.right, state)
            return low <= 0 <= high
    return False
