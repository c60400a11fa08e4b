"""How often a loop goes round and how many bytes a HASH takes, from what its limits mostly are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fpl3.check import program as p

UNKNOWN_TRIPS = 16
UNKNOWN_BYTES = 512
# An interval of at most so many values says something about the value: its middle.
NARROW = 4096
LAYERS = {"L3": 14, "L4": 34, "L7": 54}
# Bytes of a packet in front of what a length field counts.
IN_FRONT = {"IP.LEN": 14, "IP6.LEN": 54, "UDP.LEN": 34}
MOST_TRIPS = 65_536

_DO: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: max(a - b, 0),
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b if b else 0,
    "<<": lambda a, b: a * 2 ** min(b, 64),
    ">>": lambda a, b: a // 2 ** min(b, 64),
    "MAX": max,
    "MIN": min,
}


class Trips:
    """Answers for one program; packets have `length` bytes on the average."""

    def __init__(self, ranges: Mapping[p.Expr, p.Interval], length: float) -> None:
        self.ranges, self.length = ranges, length

    def typical(self, e: p.Expr) -> float | None:
        """What a value mostly is; None if nothing says so."""
        match e:
            case p.Constant():
                return e.value
            case p.ReadMeta(which="LEN" | "CAPLEN"):
                return self.length
            case p.ReadLayer():
                return LAYERS[e.which]
            case p.ReadField() if e.field.path in IN_FRONT:
                return max(self.length - IN_FRONT[e.field.path], 0)
            case p.ReadField(field=field) if field.path in ("IP.IHL", "TCP.OFFSET"):
                return 5
            case p.Convert():
                return self.typical(e.operand)
            case p.Arithmetic() if e.op in _DO:
                left, right = self.typical(e.left), self.typical(e.right)
                if left is not None and right is not None:
                    return _DO[e.op](left, right)
        return self._middle(e)

    def _middle(self, e: p.Expr) -> float | None:
        if e not in self.ranges:
            return None
        low, high = self.ranges[e]
        return (low + high) / 2 if high - low < NARROW else None

    def of_bytes(self, e: p.Expr) -> float:
        """How many bytes a length says."""
        found = self.typical(e)
        return UNKNOWN_BYTES if found is None else max(found, 0)

    def of_loop(self, loop: p.For) -> float:
        """How often a loop goes round if nothing leaves it."""
        limits = self._limits(loop)
        if limits is None:
            return UNKNOWN_TRIPS
        first, last, step = limits
        return float(min(max((last - first) / step, 0), MOST_TRIPS))

    def _limits(self, loop: p.For) -> tuple[float, float, float] | None:
        """Where the counter begins and ends, and by how much it goes; it may go down."""
        counter, step = _stepped(loop.update)
        test, init = loop.test, loop.init
        if counter is None or not isinstance(test, p.Compare) or not isinstance(init, p.Assign):
            return None
        sides = [test.left, test.right]
        mine = next((side for side in sides if _reads(side, counter)), None)
        if mine is None or not _sets(init, counter):
            return None
        end = self.typical(sides[mine is test.left])
        begin = self.typical(init.value)
        if begin is None or end is None:
            return None
        closed = step if test.op in ("<=", ">=") else 0
        return begin, end + closed, step


def _stepped(update: p.Assign | p.Update | None) -> tuple[p.Register | None, float]:
    """The register that an update adds a constant to, and the constant."""
    if not isinstance(update, p.Update) or not isinstance(update.target, p.ToRegister):
        return None, 0
    value = update.value.value if isinstance(update.value, p.Constant) else 0
    if update.op not in ("+", "-") or value == 0:
        return None, 0
    return update.target.register, value if update.op == "+" else -value


def _reads(e: p.Expr, register: p.Register) -> bool:
    while isinstance(e, p.Convert):
        e = e.operand
    return isinstance(e, p.ReadRegister) and e.register is register


def _sets(init: p.Assign | p.Update, register: p.Register) -> bool:
    return isinstance(init.target, p.ToRegister) and init.target.register is register
