"""The statements that put registers into the state words and take them out again."""

from __future__ import annotations

from collections.abc import Iterator

from fpl3.source import Source, Span
from fpl3.split.carry import Cut, Item, Piece
from fpl3.syntax import tree
from fpl3.types import IntType

MADE = Span(Source("<made>", ""), 0, 0)


def number(value: int) -> tree.Expression:
    digits = tree.Number(MADE, abs(value), str(abs(value)))
    return tree.Unary(MADE, "-", digits) if value < 0 else digits


def name(text: str) -> tree.Name:
    return tree.Name(MADE, text)


def remark(text: str) -> tree.Remark:
    return tree.Remark(MADE, text)


def register(text: str) -> tree.Expression:
    """`R[3]` or a name."""
    if text.startswith("R["):
        return tree.Index(MADE, name("R"), number(int(text[2:-1])))
    return name(text)


def binary(left: tree.Expression, op: str, right: tree.Expression) -> tree.Expression:
    return tree.Binary(MADE, op, left, right)


def state(word: int, words: int) -> tree.Expression:
    if words == 1:
        return tree.PacketName(MADE, ("STATE",))
    return tree.StateIndex(MADE, number(word))


def stored(cut: Cut, values: dict[str, tree.Expression], words: int) -> Iterator[tree.Statement]:
    """Assignments of all state words; `values` are the expressions that are computed here, by register.

    The intervals say that no value needs more bits than it has, so nothing is masked but the low pieces
    of values wider than a word, which the assignment cuts off.
    """
    for word in range(words):
        packed: tree.Expression | None = None
        pieces = [(item, piece) for item in cut.items for piece in item.pieces if piece.word == word]
        for item, piece in sorted(pieces, key=lambda found: found[1].shift):
            term = _placed(item, piece, values)
            packed = term if packed is None else binary(packed, "|", term)
        yield tree.Assign(MADE, state(word, words), "=", packed or number(0))


def _placed(item: Item, piece: Piece, values: dict[str, tree.Expression]) -> tree.Expression:
    value = values.get(item.register.name) or register(item.register.name)
    low = item.interval[0]
    if low:
        value = binary(value, "-" if low > 0 else "+", number(abs(low)))
    if piece.low:
        value = binary(value, ">>", number(piece.low))
    return binary(value, "<<", number(piece.shift)) if piece.shift else value


def taken(cut: Cut, words: int) -> Iterator[tree.Statement]:
    """Assignments of the registers from the state words; 0 is what registers start with."""
    for item in cut.items:
        yield from _restored(item, words)


def _restored(item: Item, words: int) -> Iterator[tree.Statement]:
    target, low = register(item.register.name), item.interval[0]
    if not item.pieces:
        if low:
            yield tree.Assign(MADE, target, "=", number(low))
        return
    for at, piece in enumerate(reversed(item.pieces)):
        if at:
            yield tree.Assign(MADE, target, "<<=", number(piece.bits))
        yield tree.Assign(MADE, target, "|=" if at else "=", _piece(piece, words))
    if low:
        yield tree.Assign(MADE, target, "+=" if low > 0 else "-=", number(abs(low)))


def _piece(piece: Piece, words: int) -> tree.Expression:
    value = state(piece.word, words)
    if piece.shift:
        value = binary(value, ">>", number(piece.shift))
    if piece.bits + piece.shift < 32:
        mask = (1 << piece.bits) - 1
        value = binary(value, "&", tree.Number(MADE, mask, hex(mask) if mask > 9 else str(mask)))
    return value


def send(origin: int, hop: tree.Expression) -> tree.Statement:
    return tree.Transmit(MADE, "Node", (number(origin), hop))


def use(option: str, value: tree.Expression) -> tree.Use:
    return tree.Use(MADE, option, value)


def next_hops(names: tuple[str, ...]) -> tree.NextHopDeclaration:
    return tree.NextHopDeclaration(MADE, "Node", number(len(names)), tuple(map(name, names)))


def next_macs(macs: tuple[int, ...]) -> tree.NextHopDeclaration:
    entries = tuple(tree.MacAddress(MADE, mac) for mac in macs)
    return tree.NextHopDeclaration(MADE, "Mac", number(len(macs)), entries)


def declared(register_type: IntType, register_name: str) -> tree.RegisterDeclaration:
    return tree.RegisterDeclaration(MADE, register_type.name, name(register_name))


def array(
    of: IntType, array_name: str, size: int, merge: str, storage: str | None
) -> tree.ArrayDeclaration:
    merged = None if merge == "SUM" else merge
    return tree.ArrayDeclaration(MADE, storage, of.name, name(array_name), number(size), merged)


def switch(cases: list[tuple[int, tuple[tree.Statement, ...]]]) -> tree.Switch:
    made = tuple(tree.Case(MADE, (number(origin),), body) for origin, body in cases)
    return tree.Switch(MADE, tree.PacketName(MADE, ("ORIGIN",)), made, None)


def relay(hop: int) -> tree.Statement:
    """Sends on what arrived: the state words of a run start as those."""
    return tree.Transmit(MADE, "Node", (tree.PacketName(MADE, ("ORIGIN",)), number(hop)))
