"""How often conditions hold, guessed from what traffic mostly is (docs/placement.md lists the guesses).

A program mostly asks one thing after the other: what was asked before counts. `Known` holds the headers
that are there for sure and the conditions that did not hold; of several conditions that exclude each
other, as values of one field do, each has its share of all packets and not of those that are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from fpl3.check import program as p
from fpl3.check.walk import operands
from fpl3.split.alike import alike

# The packets that have a header; what is not here: SELDOM.
PRESENT = {
    "ETH": 1.0, "IP": 0.9, "IP6": 0.1, "TCP": 0.8, "UDP": 0.15, "PORTS": 0.95, "ICMP": 0.02, "VLAN": 0.1,
    "DNS": 0.05,
}  # fmt: skip
SELDOM = 0.02
TRANSPORT = ("TCP", "UDP", "ICMP", "ICMP6", "SCTP", "IGMP", "GRE", "ESP")
PROTOCOLS = {6: "TCP", 17: "UDP", 1: "ICMP", 58: "ICMP6", 132: "SCTP", 2: "IGMP", 47: "GRE", 50: "ESP"}
ETHERTYPES = {0x0800: "IP", 0x86DD: "IP6", 0x8100: "VLAN"}
PORTS = {443: 0.3, 80: 0.1, 53: 0.1}  # of the packets with ports; another port: PORT
PORT = 0.03
FLAGS = {"FLAGS_ACK": 0.95, "FLAGS_PSH": 0.3, "FLAGS_SYN": 0.05, "FLAGS_FIN": 0.05, "FLAGS_RST": 0.02}
# Equality of one value among so many.
FEW, BYTE, WORD, MANY = 8, 1 / 4, 1 / 8, 1 / 32
MEMBER = 1 / 4
HIT = 1 / 4  # an external function says something other than 0
EVEN = 1 / 2


@dataclass(frozen=True, slots=True)
class Known:
    """What is sure at a place: headers that are there, conditions that did not hold."""

    there: frozenset[str] = frozenset()
    denied: tuple[p.Expr, ...] = ()

    def without(self, condition: p.Expr) -> Known:
        return replace(self, denied=(*self.denied, condition))


class Chances:
    """Answers for one program; `ranges` are its value ranges."""

    def __init__(self, ranges: Mapping[p.Expr, p.Interval]) -> None:
        self.ranges = ranges

    def holds(self, e: p.Expr, known: Known) -> float:
        """How often a truth expression is true where `known` is known."""
        chance = self._holds(e, known)
        gone = sum(self._holds(other, known) for other in known.denied if _exclude(e, other))
        return min(1.0, chance / (1 - gone)) if gone < 1 else chance

    def where(self, e: p.Expr, known: Known) -> Known:
        """What is known where the condition held."""
        return replace(known, there=known.there | frozenset(self._implied(e)))

    def _holds(self, e: p.Expr, known: Known) -> float:
        match e:
            case p.Constant():
                return float(e.value != 0)
            case p.And():
                return self._holds(e.left, known) * self._holds(e.right, self.where(e.left, known))
            case p.Or():
                left, right = self._holds(e.left, known), self._holds(e.right, known)
                return min(1.0, left + right) if _exclude(e.left, e.right) else left + right - left * right
            case p.Not():
                return 1 - self._holds(e.operand, known)
            case p.Truth(operand=p.Has(header=header)):
                return _present(header.name, known)
            case p.Truth():
                return self._there(e.operand, known) * self._nonzero(e.operand)
            case p.Member():
                return self._there(e.value, known) * (1 - MEMBER if e.negated else MEMBER)
            case p.Compare():
                return self._compare(e, known)
        return EVEN

    def _compare(self, e: p.Compare, known: Known) -> float:
        named = _named(e)
        if named is not None and e.op == "==":
            return _present(named, known)
        there = self._there(e.left, known) * self._there(e.right, known)
        left, right = _plain(e.left), _plain(e.right)
        if e.op in ("==", "!="):
            same = self._equal(left, right)
            return there * (same if e.op == "==" else 1 - same)
        return there * self._less(e.op, left, right)

    def _equal(self, left: p.Expr, right: p.Expr) -> float:
        if isinstance(left, p.Constant):
            left, right = right, left
        if isinstance(left, p.ReadField) and isinstance(right, p.Constant):
            if left.field.name in ("SPORT", "DPORT"):
                return PORTS.get(right.value, PORT)
            if left.field.name in FLAGS:
                return FLAGS[left.field.name] if right.value else 1 - FLAGS[left.field.name]
        return self._one_of(left)

    def _one_of(self, e: p.Expr) -> float:
        """How often a value is one certain value of all that it may have."""
        low, high = self.ranges.get(e, (0, (1 << e.type.bits) - 1))
        count = high - low + 1
        if isinstance(e, p.ReadField):
            count = min(count, 1 << e.field.width)
        if count <= FEW:
            return 1 / count
        return BYTE if count <= 1 << 8 else WORD if count <= 1 << 16 else MANY

    def _less(self, op: str, left: p.Expr, right: p.Expr) -> float:
        """The share of a narrow range that is on the right side of a constant, else even."""
        if not isinstance(right, p.Constant) or left not in self.ranges:
            return EVEN
        low, high = self.ranges[left]
        if high - low >= 1 << 16:
            return EVEN
        below = (right.value + (op in ("<=", ">")) - low) / (high - low + 1)
        below = min(1.0, max(0.0, below))
        return below if op in ("<", "<=") else 1 - below

    def _nonzero(self, e: p.Expr) -> float:
        e = _plain(e)
        if isinstance(e, p.CallExtern):
            return HIT
        if isinstance(e, p.ReadField) and e.field.name in FLAGS:
            return FLAGS[e.field.name]
        return 1 - self._one_of(e)

    def _there(self, e: p.Expr, known: Known) -> float:
        """How often no field is absent that the value needs."""
        chance = 1.0
        for name in dict.fromkeys(_headers(e)):
            chance *= _present(name, known)
        return chance

    def _implied(self, e: p.Expr) -> Iterator[str]:
        match e:
            case p.And():
                yield from self._implied(e.left)
                yield from self._implied(e.right)
            case p.Truth(operand=p.Has(header=header)):
                yield header.name
            case p.Truth() | p.Member() | p.Compare():
                named = _named(e) if isinstance(e, p.Compare) and e.op == "==" else None
                yield from _headers(e) if named is None else (named, *_headers(e))


def _present(name: str, known: Known) -> float:
    if name in known.there or (name == "PORTS" and known.there & {"TCP", "UDP", "SCTP"}):
        return 1.0
    return PRESENT.get(name, SELDOM)


def _headers(e: p.Expr) -> Iterator[str]:
    """The headers that a value needs; a relation inside it needs none."""
    if isinstance(e, p.ReadField):
        yield e.field.header.name
    if isinstance(e, p.TRUTH):
        pending: tuple[p.Expr, ...] = operands(e) if isinstance(e, p.Truth | p.Member | p.Compare) else ()
    else:
        pending = operands(e)
    for inner in pending:
        yield from () if isinstance(inner, p.TRUTH) else _headers(inner)


def _plain(e: p.Expr) -> p.Expr:
    while isinstance(e, p.Convert):
        e = e.operand
    return e


def _sides(e: p.Compare) -> tuple[p.Expr, int] | None:
    """The value and the constant that it is compared with."""
    left, right = _plain(e.left), _plain(e.right)
    if isinstance(left, p.Constant):
        left, right = right, left
    return (left, right.value) if isinstance(right, p.Constant) else None


def _named(e: p.Compare) -> str | None:
    """The header that a test of the field before it asks for: IP.PROTO == 6 is TCP."""
    sides = _sides(e)
    if sides is None or not isinstance(sides[0], p.ReadField):
        return None
    match sides[0].field.path:
        case "IP.PROTO" | "IP6.NEXT":
            return PROTOCOLS.get(sides[1])
        case "ETH.TYPE" | "VLAN.TYPE":
            return ETHERTYPES.get(sides[1])
    return None


def _exclude(one: p.Expr, other: p.Expr) -> bool:
    """Whether two conditions never hold both."""
    return any(_differ(a, b) for a in _terms(one) for b in _terms(other))


def _terms(e: p.Expr) -> Iterator[p.Expr]:
    if isinstance(e, p.And):
        yield from _terms(e.left)
        yield from _terms(e.right)
    elif isinstance(e, p.Truth) or (isinstance(e, p.Compare) and e.op == "=="):
        yield e


def _differ(one: p.Expr, other: p.Expr) -> bool:
    left, right = _transport(one), _transport(other)
    if left is not None and right is not None:
        return left != right
    if not isinstance(one, p.Compare) or not isinstance(other, p.Compare):
        return False
    mine, theirs = _sides(one), _sides(other)
    return mine is not None and theirs is not None and mine[1] != theirs[1] and alike(mine[0], theirs[0])


def _transport(e: p.Expr) -> str | None:
    """The transport protocol that a test asks for."""
    name = _named(e) if isinstance(e, p.Compare) else None
    if isinstance(e, p.Truth) and isinstance(e.operand, p.Has):
        name = e.operand.header.name
    return name if name in TRANSPORT else None
