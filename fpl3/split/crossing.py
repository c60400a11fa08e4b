"""Which links a part without `where` can be sent over: those behind which it can still be what it is.

The language refuses a part that would need more registers than its link carries, or something that does
not cross it. Where the compiler chooses, it chooses links that need no refusal.
"""

from __future__ import annotations

from fpl3.check import program as p
from fpl3.check.state import known
from fpl3.split.carry import capacity, packed
from fpl3.split.live import Hidden, live_into
from fpl3.split.lost import Lost
from fpl3.split.parts import Part, own_statements, subtree
from fpl3.split.reaching import Point, reaching
from fpl3.split.rewrite import written_spans
from fpl3.split.topology import Link
from fpl3.split.values import Values


class Crossings:
    """Answers for one program."""

    def __init__(self, program: p.Checked, parts: tuple[Part, ...]) -> None:
        self.program, self.parts = program, parts
        self.points = reaching(program)
        self.lost = Lost(program)
        self.written = written_spans(program.items)
        self.known: dict[tuple[int, int, bool], bool] = {}

    def may_cross(self, part: Part, link: Link) -> bool:
        """Whether a part can be sent over a link, by itself and with all that stands in it."""
        key = part.number, capacity([link]), link.loses_addresses
        if key not in self.known:
            self.known[key] = self._may_cross(part, key[1], key[2])
        return self.known[key]

    def _may_cross(self, part: Part, bits: int, lossy: bool) -> bool:
        point = self.points.get(part.number, Point())
        values = Values(self.program, self.parts, self.written)
        if lossy:
            if point.touched is not None or self._needs_addresses(part):
                return False
            for inner in subtree(self.parts, part.number):
                values.part(inner.number, part.number)
            if values.stuck:
                return False
        again = {r for r, a in point.made.items() if not (lossy and self.lost.within(a.value))}
        live = live_into(part.body, Hidden.of(values.carried)) - again
        state = self.program.at_split.get(part.number, {})
        wanted = [(r, known(state, r)) for r in self.program.registers if r in live]
        wanted += [(c.register, c.interval) for c in values.carried]
        return packed(wanted, bits) is not None

    def _needs_addresses(self, part: Part) -> bool:
        """Whether a statement somewhere in the part needs bytes 0..11 of the packet as they were."""
        return any(
            self.lost.needed_by(s) is not None
            for inner in subtree(self.parts, part.number)
            for s in own_statements(inner.body)
        )
