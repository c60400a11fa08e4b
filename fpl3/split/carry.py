"""What crosses each cut: the registers and values that a body needs, packed into the state.

The state is a number of 32-bit words; a value takes the bits of its range. A register that does not fit
is computed again behind the link where that gives the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.check.program import Interval
from fpl3.check.state import known
from fpl3.diagnostics import Note, Sink
from fpl3.split.live import Hidden, live_into
from fpl3.split.lost import Lost
from fpl3.split.parts import Part
from fpl3.split.place import Placement, where_span
from fpl3.split.reaching import Point
from fpl3.split.topology import Link, Topology
from fpl3.split.values import Carried, Values, bits_of

WORD = 32
LEARNED_BITS = 8  # a switch learns every source address that it sees: not more than 256


@dataclass(frozen=True, slots=True)
class Piece:
    """`bits` bits of a value, from its bit `low`, at bit `shift` of state word `word`."""

    word: int
    shift: int
    bits: int
    low: int


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A register that crosses: as value - interval[0], in `pieces`; no pieces where it is one value."""

    register: p.Register
    interval: Interval
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """What crosses where a part is sent to other nodes; `bits` is what its links carry. `repeated` are
    assignments made again behind it."""

    part: int
    bits: int
    items: tuple[Item, ...]
    repeated: tuple[p.Assign, ...]

    @property
    def words(self) -> int:
        return 1 + max((piece.word for item in self.items for piece in item.pieces), default=0)


def state_words(cuts: Mapping[int, Cut]) -> int:
    """The state words that cross the links of a program."""
    return max((cut.words for cut in cuts.values()), default=1)


def capacity(links: list[Link]) -> int:
    """The bits of state that all of some links carry."""
    return min(LEARNED_BITS if link.switched and link.learning else link.state_bits for link in links)


def carry(
    program: p.Checked,
    parts: tuple[Part, ...],
    placement: Placement,
    topology: Topology,
    points: dict[int, Point],
    values: Values,
    sink: Sink,
) -> dict[int, Cut]:
    """The cut of every part that goes to another node; errors in the sink where the state is too wide."""
    found: dict[int, Cut] = {}
    hidden = Hidden.of(values.carried)
    for part in parts[1:]:
        links = placement.links(topology, part.number)
        if not links:
            continue
        wanted = _wanted(program, part, parts, values, hidden)
        made = points[part.number].made if part.number in points else {}
        lossy = any(lost(topology, home) for home in placement.homes[part.number])
        cut = _fit(program, part, links, wanted, _repeatable(program, made, lossy), sink)
        found[part.number] = Cut(part.number, capacity(links), *cut)
    return found


def lost(topology: Topology, node: str) -> bool:
    """Whether packets at a node have lost bytes 0..11, TS and PORT on their way from the root."""
    return any(link.loses_addresses for link in topology.path(topology.root, node) or ())


def _wanted(
    program: p.Checked, part: Part, parts: tuple[Part, ...], values: Values, hidden: Hidden
) -> list[tuple[p.Register, Interval]]:
    """The registers that the body needs, with what they may hold at the SPLIT."""
    state = program.at_split.get(part.number, {})
    live = live_into(part.body, hidden)
    wanted = [(r, known(state, r)) for r in program.registers if r in live]
    return wanted + [
        (c.register, c.interval) for c in values.carried if _uses(part.number, c, parts, values)
    ]


def _uses(number: int, carried: Carried, parts: tuple[Part, ...], values: Values) -> bool:
    """Whether a value is used in a part or inside it, and computed at its SPLIT or outside."""
    at, up = number, number
    while up > 0 and up != carried.at:
        up = parts[up].parent
    if up != carried.at:
        return False
    return any(_inside(owner, at, parts) for owner in values.owners[carried])


def _inside(number: int, outer: int, parts: tuple[Part, ...]) -> bool:
    while number > outer:
        number = parts[number].parent
    return number == outer


def _repeatable(
    program: p.Checked, made: dict[p.Register, p.Assign], lossy: bool
) -> dict[p.Register, p.Assign]:
    """The assignments that give the same behind the link."""
    reads_lost = Lost(program)
    return {r: a for r, a in made.items() if not (lossy and reads_lost.within(a.value))}


def _fit(
    program: p.Checked,
    part: Part,
    links: list[Link],
    wanted: list[tuple[p.Register, Interval]],
    again: dict[p.Register, p.Assign],
    sink: Sink,
) -> tuple[tuple[Item, ...], tuple[p.Assign, ...]]:
    """Packs what is wanted; the widest that can be computed again are left out until the rest fits."""
    bits = capacity(links)
    repeated: list[p.Assign] = []
    spare = sorted((r for r, _ in wanted if r in again), key=lambda r: -_width(r, wanted))
    while True:
        items = packed(wanted, bits)
        if items is not None:
            return items, tuple(repeated)
        if not spare:
            break
        register = spare.pop(0)
        repeated.append(again[register])
        wanted = [(r, interval) for r, interval in wanted if r is not register]
    _too_wide(part, links, bits, wanted, sink)
    return (), ()


def _width(register: p.Register, wanted: list[tuple[p.Register, Interval]]) -> int:
    return next(bits_of(interval) for r, interval in wanted if r is register)


def packed(wanted: list[tuple[p.Register, Interval]], bits: int) -> tuple[Item, ...] | None:
    """A layout in `bits` bits of state, words of 32 bits first to last; None if there is none. The widest
    come first, each into the first word with room for it."""
    room = [min(WORD, bits - at) for at in range(0, bits, WORD)]
    used = [0] * len(room)
    pieces: dict[p.Register, tuple[Piece, ...]] = {}
    for register, interval in sorted(wanted, key=lambda item: -bits_of(item[1])):
        found = _pieces(bits_of(interval), used, room)
        if found is None:
            return None
        pieces[register] = found
    return tuple(Item(register, interval, pieces[register]) for register, interval in wanted)


def _pieces(width: int, used: list[int], room: list[int]) -> tuple[Piece, ...] | None:
    found = []
    for low in range(0, width, WORD):
        bits = min(WORD, width - low)
        word = next((w for w, r in enumerate(room) if used[w] + bits <= r), None)
        if word is None:
            return None
        found.append(Piece(word, used[word], bits, low))
        used[word] += bits
    return tuple(found)


def _too_wide(
    part: Part, links: list[Link], bits: int, wanted: list[tuple[p.Register, Interval]], sink: Sink
) -> None:
    narrow = min(links, key=lambda link: capacity([link]))
    names = ", ".join(f"{_shown(r)} ({bits_of(interval)} bits)" for r, interval in wanted)
    assert part.split is not None
    help = "narrow a value with & or %, compute it in the body, use a geneve link, or place the body nearer"
    if narrow.switched and narrow.learning:
        help += '; learning = "off" on the link makes it 30 bits'
    sink.error(
        kinds.STATE_TOO_WIDE,
        where_span(part.split),
        f"the body needs {sum(bits_of(interval) for _, interval in wanted)} bits of registers, "
        f"and its link carries {bits}",
        notes=[Note(f"needed: {names}"), Note("the narrowest link on the way", narrow.span)],
        help=help,
    )


def _shown(register: p.Register) -> str:
    return f"'{register.span.text}'" if register.name.startswith("carried") else register.name
