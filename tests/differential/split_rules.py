"""Whether section 6 of the language lets the compiler refuse a program on a tree of nodes: a plain second
opinion, which shares no analysis with the compiler.

It takes one placement, that of the text with every other body where the SPLIT stands. A program that
keeps all rules there must be accepted.
"""

from __future__ import annotations

from collections.abc import Iterator

from fpl3.check import program as p
from fpl3.passes.lowering.registers import nodes
from fpl3.split.topology import Topology

ALWAYS_KNOWN = (p.ReadMeta, p.FlowHash)  # the splitter can compute these, whatever the packet


class Rules:
    """Judges one program."""

    def __init__(self, program: p.Checked, topology: Topology) -> None:
        self.program, self.topology = program, topology
        self.homes: dict[int, set[str]] = {0: {topology.root}}
        self.broken: list[str] = []

    def judge(self) -> list[str]:
        """The rules that are broken; none: it must be accepted."""
        self._part(0, self.program.body)
        self._memory()
        return self.broken

    def _part(self, number: int, body: p.Block) -> None:
        for split in _own_splits(body):
            self.homes[split.part] = {t for home in self.homes[number] for t in self._targets(split, home)}
            lossy = [home for home in self.homes[split.part] if self._loses(home)]
            if lossy:
                self._reads(split)
                self._writes_before(number)
            self._state(split, number)
            self._part(split.part, split.body)

    def _targets(self, split: p.Split, home: str) -> set[str]:
        if split.node is not None:
            if split.node in self.topology.names and self.topology.path(home, split.node) is not None:
                return {split.node}
            self.broken.append(f"no way from {home} to {split.node}")
            return {home}
        if split.where is None:
            return {home}
        hops = [link.receiver for link in self.topology.next_hops(home)]
        low, high = self.program.ranges.get(split.where, (0, 0))
        if low < 0 or high >= len(hops):
            self.broken.append(f"index {low} to {high} of {len(hops)}")
            return {home}
        return set(hops[low : high + 1])

    def _loses(self, home: str) -> bool:
        links = self.topology.path(self.topology.root, home) or ()
        return any(link.kind == "ethernet" and not link.full for link in links)

    def _reads(self, split: p.Split) -> None:
        """A read of what does not cross, other than of what can always be computed before."""
        changes = any(_writes(n) for n in nodes(split.body))
        for node in nodes(split.body):
            if isinstance(node, p.Transmit) and node.table == "Ip":
                self.broken.append("TX(Ip)")
            if isinstance(node, p.Update) and isinstance(node.target, p.ToRaw):
                self.broken.append("an update of raw bytes")
            if not self._is_lost(node):
                continue
            if not isinstance(node, ALWAYS_KNOWN) or (isinstance(node, p.FlowHash) and changes):
                self.broken.append(f"reads {type(node).__name__}")

    def _is_lost(self, node: object) -> bool:
        match node:
            case p.ReadMeta():
                return node.which in ("TS", "PORT")
            case p.ReadField():
                return node.field.header.name == "ETH"
            case p.ReadRaw():
                return not (isinstance(node.offset, p.Constant) and node.offset.value >= 12)
            case p.Hash() | p.FlowHash():
                return True
            case p.CallExtern():
                return node.function.packet != "none"
        return False

    def _writes_before(self, number: int) -> None:
        """Bytes 0..11 may have been written in a part around the one that goes away."""
        for node in nodes(self.program.body):
            fixed = (
                isinstance(node, p.ToRaw) and isinstance(node.offset, p.Constant) and node.offset.value > 11
            )
            inside = isinstance(node, p.ToField) and node.field.header.name != "ETH"
            if (isinstance(node, p.ToRaw | p.ToField) and not fixed and not inside) or (
                isinstance(node, p.CallExtern) and node.function.packet == "write"
            ):
                self.broken.append("writes that may be of addresses")

    def _state(self, split: p.Split, number: int) -> None:
        """All that a body mentions, at its full width, against the narrowest link anywhere."""
        if self.homes[split.part] == self.homes[number] and len(self.homes[number]) == 1:
            return
        registers = {n.register for n in nodes(split.body) if isinstance(n, p.ReadRegister | p.ToRegister)}
        bits = sum(register.type.bits for register in registers)
        for node in nodes(split.body):
            if isinstance(node, p.ReadMeta | p.FlowHash) and self._is_lost(node):
                bits += 64
        narrowest = min(
            8 if link.switched and link.learning else link.state_bits for link in self.topology.links
        )
        if bits > narrowest:
            self.broken.append(f"{bits} bits of state")

    def _memory(self) -> None:
        """Memory that is not only added to, on more than one node."""
        touched: dict[object, set[str]] = {}
        plain: set[object] = set()
        for number, body in [
            (0, self.program.body),
            *((s.part, s.body) for s in _all_splits(self.program.body)),
        ]:
            for node in _own(body):
                thing = _thing(node)
                if thing is not None:
                    touched.setdefault(thing, set()).update(self.homes[number])
                    plain |= {thing} if _is_plain(node) else set()
        for thing in plain:
            if len(touched[thing]) > 1:
                self.broken.append("ordered memory on several nodes")


def _writes(node: object) -> bool:
    call = isinstance(node, p.CallExtern) and node.function.packet == "write"
    return call or isinstance(node, p.ToRaw | p.ToField)


def _thing(node: object) -> object:
    if isinstance(node, p.ReadMemory | p.ToMemory):
        return node.array
    if isinstance(node, p.CallExtern):
        return node.array or (node.instance if node.instance.extern.state else None)
    return None


def _is_plain(node: object) -> bool:
    """Anything but an update by += or |=: those are statements, of which only the target is seen here."""
    if isinstance(node, p.ToMemory):
        return False  # its statement says; see _own
    return not (isinstance(node, p.CallExtern) and node.array is None and node.function.commutative)


def _own(body: p.Block) -> Iterator[object]:
    """The nodes of a part without its inner parts; a target that is not added to comes as a read of it."""
    for statement in body:
        pending: list[object] = [statement]
        while pending:
            item = pending.pop()
            if isinstance(item, p.Split):
                pending += [item.where] if item.where is not None else []
                continue
            if isinstance(item, p.Assign | p.Update) and isinstance(item.target, p.ToMemory):
                row = {"SUM": "+-", "OR": "|"}.get(item.target.array.merge, "")
                if not isinstance(item, p.Update) or item.op not in row:
                    yield p.ReadMemory(item.span, item.target.array, item.target.index)
            yield from _shallow(item, pending)


def _shallow(item: object, pending: list[object]) -> Iterator[object]:
    yield item
    if isinstance(item, tuple):
        pending += item
    elif type(item).__module__ == p.__name__ and not isinstance(
        item, p.Register | p.Array | p.Table | p.NumberSet | p.Rule
    ):
        pending += [
            getattr(item, name) for name in item.__dataclass_fields__ if name not in ("span", "type")
        ]  # type: ignore[attr-defined]


def _own_splits(value: object) -> Iterator[p.Split]:
    """The SPLITs of a part, not those inside their bodies."""
    if isinstance(value, tuple):
        for item in value:
            yield from _own_splits(item)
    elif isinstance(value, p.Split):
        yield value
    elif isinstance(value, p.If):
        yield from _own_splits(tuple(body for _, body in value.branches))
        yield from _own_splits(value.otherwise)
    elif isinstance(value, p.Switch):
        yield from _own_splits(tuple(body for _, body in value.cases))
        yield from _own_splits(value.default)
    elif isinstance(value, p.For):
        yield from _own_splits(value.body)


def _all_splits(body: p.Block) -> Iterator[p.Split]:
    for split in _own_splits(body):
        yield split
        yield from _all_splits(split.body)
