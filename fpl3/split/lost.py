"""What a packet loses on an ethernet link without a full trailer: bytes 0..11, TS and PORT.

language.md section 6. An expression that may read one of them has another value behind the link.
"""

from __future__ import annotations

from fpl3.check import program as p
from fpl3.check.walk import subexpressions
from fpl3.split.effects import calls_of

OVERWRITTEN = 12  # bytes, from the first: what the cut writes its own values over


class Lost:
    """Answers for one program; its value ranges are those of Ethernet input."""

    def __init__(self, program: p.Checked) -> None:
        self.ranges = program.ranges

    def reads(self, e: p.Expr) -> bool:
        """Whether the expression itself, not one below it, may read what does not cross."""
        match e:
            case p.ReadMeta():
                return e.which in ("TS", "PORT")
            case p.ReadField():
                return e.field.header.name == "ETH" and e.field.bit < 8 * OVERWRITTEN
            case p.ReadRaw():
                return self.least(e.offset) < OVERWRITTEN
            case p.Hash():
                return self.least(e.start) < OVERWRITTEN
            case p.FlowHash():
                return True  # without IP it is a hash of the addresses
            case p.CallExtern():
                return e.function.packet != "none" and self._touches(e)
        return False

    def within(self, e: p.Expr) -> bool:
        return any(self.reads(inner) for inner in subexpressions(e))

    def _touches(self, e: p.CallExtern) -> bool:
        if e.function.behind_addresses:
            return False
        found = e.function.range
        if found is None:
            return True
        if isinstance(found.start, int):
            return found.start < OVERWRITTEN
        names = [parameter.name for parameter in e.function.parameters]
        return self.least(e.arguments[names.index(found.start)]) < OVERWRITTEN

    def least(self, e: p.Expr) -> int:
        """A lower bound of an offset; 0 where no run gets to it."""
        return e.value if isinstance(e, p.Constant) else self.ranges.get(e, (0, 0))[0]

    def writes(self, s: p.Statement) -> bool:
        """Whether a statement may write bytes 0..11."""
        if isinstance(s, p.Assign | p.Update):
            match s.target:
                case p.ToRaw():
                    return self.least(s.target.offset) < OVERWRITTEN
                case p.ToField():
                    return s.target.field.header.name == "ETH" and s.target.field.bit < 8 * OVERWRITTEN
        return any(c.function.packet == "write" and self._touches(c) for c in calls_of(s))

    def needed_by(self, s: p.Statement) -> str | None:
        """Why a statement needs what does not cross, though no expression in it reads it."""
        if isinstance(s, p.Transmit) and s.table == "Ip":
            return (
                "TX(Ip) sends bytes 0 to 11 as the packet had them, and they do not cross an ethernet link"
            )
        if self._mixes(s):
            return (
                "this update mixes bytes below 12, which do not cross an ethernet link, with those behind"
            )
        return None

    def _mixes(self, s: p.Statement) -> bool:
        """Whether an update may carry old bits of bytes 0..11 into bytes that cross."""
        if not isinstance(s, p.Update) or not isinstance(s.target, p.ToRaw):
            return False
        if s.target.part is not None and s.target.part[0] <= 8:
            return False  # the bits of one byte
        most = self.ranges.get(s.target.offset, (0, 1 << 32))[1]
        return self.least(s.target.offset) < OVERWRITTEN < most + s.target.width
