"""The cut: one program over a tree of nodes becomes one program a node, in FPL-3 again.

What a SPLIT sends to another node becomes an assignment of the state and TX(Node, origin, hop); there
the body stands behind what takes the state apart. Origins are the numbers of parts, so that relays can
forward by them. A body that stays on its node stays a SPLIT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from fpl3.check import program as p
from fpl3.check.names import BUILT_IN_STORES
from fpl3.source import Span
from fpl3.split import state_text as made
from fpl3.split.carry import Cut, state_words
from fpl3.split.parts import Part
from fpl3.split.place import Placement, where_span
from fpl3.split.rewrite import Rewriter, macros_of, names_in, nodes
from fpl3.split.topology import Topology
from fpl3.split.values import Carried, is_plain
from fpl3.split.words import built_in_words
from fpl3.syntax import tree
from fpl3.syntax.files import with_files
from fpl3.syntax.printer import print_program
from fpl3.types import U16, U32, U64

Case = tuple[int, tuple[tree.Statement, ...]]


@dataclass(frozen=True, slots=True)
class NodeProgram:
    """The program of one node. `origins` are the parts that arrive and run here, `relays` those that go
    on to another node; `parts` maps the program's own numbers of parts to those of the whole program
    (0: the run of what arrived, or of the main program)."""

    node: str
    target: str
    text: str
    origins: tuple[int, ...]
    relays: tuple[int, ...]
    parts: tuple[int, ...]


class Cutter:
    """Makes the programs of nodes; `ship` gives a file that the program names the name it travels by."""

    def __init__(
        self,
        program: p.Checked,
        parts: tuple[Part, ...],
        topology: Topology,
        placement: Placement,
        cuts: dict[int, Cut],
        carried: Iterable[Carried],
        ship: Callable[[tree.String], tree.String],
    ) -> None:
        self.program = replace(program, items=with_files(program.items, ship))
        self.parts, self.topology = parts, topology
        self.placement, self.cuts = placement, cuts
        self.words = state_words(cuts)
        self.by_span = {part.span: part for part in parts[1:]}
        written = list(nodes(self.program.items))
        self.macros = macros_of(self.program.items)
        self.splits = {node.span: node for node in written if isinstance(node, tree.Split)}
        self.assigns = {node.span: node for node in written if isinstance(node, tree.Assign)}
        self.texts = {node.span: node for node in written if isinstance(node, tree.Expression)}
        taken = names_in(program.items) | {r.name for r in program.registers}
        self.carried = [(c, _free_name(c.register.name, taken)) for c in carried]
        self.unused = _free_name("index", taken)
        self.absent = {_free_name("no_origin", taken): U16, _free_name("no_state", taken): U32}
        self.nothing = dict(zip(("ORIGIN", "STATE"), self.absent, strict=True))
        self.fixed = built_in_words(self.program.items) | self._zeros()

    def programs(self) -> tuple[NodeProgram, ...]:
        """Of every node that has something to do, in the order of the description."""
        made_programs = [self._program(node.name, node.target) for node in self.topology.nodes]
        return tuple(found for found in made_programs if found is not None)

    def _program(self, node: str, target: str) -> NodeProgram | None:
        arriving, relays = self._arriving(node), self._relays(node)
        is_root = node == self.topology.root
        if not arriving and not relays and not is_root:
            return None
        local: list[int] = []
        if is_root:
            statements = tuple(item for item in self.program.items if isinstance(item, tree.Statement))
            body = self._rewriter(node, local, None).block(statements)
        else:
            body = self._cases(node, arriving, relays, local)
        items = (*self._heading(node, arriving, relays), *self._declarations(body, node), *body)
        text = print_program(tree.Program(self.program.parts[0], items))
        return NodeProgram(node, target, text, tuple(arriving), tuple(relays), (0, *local))

    def _zeros(self) -> dict[Span, tree.Expression]:
        """PKT.ORIGIN and PKT.STATE of the program are 0 on every node, where the nodes' own are not: a
        register that is never set, of the same type, stands for each."""
        found: dict[Span, tree.Expression] = {}
        for node in nodes(self.program.items):
            if isinstance(node, tree.StateIndex):
                found[node.span] = made.name(self.nothing["STATE"])
            elif isinstance(node, tree.PacketName) and len(node.path) == 1:
                word = node.path[0].upper()
                if word in self.nothing:
                    found[node.span] = made.name(self.nothing[word])
        return found

    # What a node gets ----------------------------------------------------------------------------

    def _arriving(self, node: str) -> list[int]:
        found = {
            part
            for (part, sender), route in self.placement.routes.items()
            if node in route.targets and sender != node
        }
        return sorted(found)

    def _relays(self, node: str) -> dict[int, int]:
        """The parts that pass through a node, with the number of the next hop that each takes."""
        found: dict[int, int] = {}
        for (part, sender), route in self.placement.routes.items():
            for target in route.targets:
                for link in (self.topology.path(sender, target) or ())[1:]:
                    if link.sender == node:
                        found[part] = self.topology.next_hops(node).index(link)
        return dict(sorted(found.items()))

    def _cases(
        self, node: str, arriving: list[int], relays: dict[int, int], local: list[int]
    ) -> tuple[tree.Statement, ...]:
        cases: list[Case] = []
        for part in arriving:
            cases.append((part, self._arrived(node, part, local)))
        for part, hop in relays.items():
            to = self.topology.next_hops(node)[hop].receiver
            cases.append((part, (made.remark(f"part {part} on its way to {to}"), made.relay(hop))))
        cases.sort(key=lambda case: case[0])
        return cases[0][1] if len(cases) == 1 else (made.switch(cases),)

    def _arrived(self, node: str, number: int, local: list[int]) -> tuple[tree.Statement, ...]:
        cut, part = self.cuts[number], self.parts[number]
        written = self.splits[part.span]
        again = [self._again(assign) for assign in cut.repeated]
        body = self._rewriter(node, local, number).block(written.body)
        return (
            made.remark(f"part {number}, {_place(part)}"),
            *made.taken(self._named(cut), self.words),
            *again,
            *body,
        )

    def _again(self, assign: p.Assign) -> tree.Statement:
        plain = Rewriter(lambda split: [split], self.fixed)
        return plain.block((self.assigns[assign.span],))[0]

    # What a node sends ---------------------------------------------------------------------------

    def _rewriter(self, node: str, local: list[int], arrived: int | None) -> Rewriter:
        """For the bodies of one run: of part `arrived`, or of the main program."""
        here = [(c, name) for c, name in self.carried if arrived is not None and self._has(arrived, c)]
        values = self.fixed | {e.span: made.name(name) for c, name in here for e in c.places}
        known = {name for _, name in here}
        rewriter: Rewriter

        def bodies(split: tree.Split) -> list[tree.Statement]:
            return self._split(split, node, rewriter, local, known)

        rewriter = Rewriter(bodies, values, self.macros)
        return rewriter

    def _has(self, arrived: int, carried: Carried) -> bool:
        """Whether a value came along with a part that has arrived: it is computed at its SPLIT, or at one
        around it."""
        while arrived > carried.at:
            arrived = self.parts[arrived].parent
        return arrived == carried.at

    def _split(
        self,
        split: tree.Split,
        node: str,
        rewriter: Rewriter,
        local: list[int],
        known: set[str],
    ) -> list[tree.Statement]:
        part = self.by_span[split.span]
        assert part.split is not None
        where = rewriter.expression(split.where) if part.split.where is not None else None
        route = self.placement.routes[part.number, node]
        if route.targets == (node,):
            local.append(part.number)
            return [tree.Split(split.span, where, rewriter.block(split.body))]
        # What did not come along is computed here, where the packet is whole still.
        values = {
            name: rewriter.expression(self.texts[c.expression.span])
            for c, name in self.carried
            if name not in known
        }
        evaluated = self._evaluated(part, where)
        if evaluated:
            where = made.name(self.unused)
        hop = where if len(route.targets) > 1 and where is not None else self._hop(node, route.targets[0])
        to = " or ".join(route.targets)
        return [
            made.remark(f"part {part.number} goes to {to}, {_place(part)}"),
            *evaluated,
            *made.stored(self._named(self.cuts[part.number]), values, self.words),
            made.send(part.number, hop),
        ]

    def _evaluated(self, part: Part, where: tree.Expression | None) -> list[tree.Statement]:
        """An index that may abort or have effects is evaluated before what goes with the packet is taken,
        also where it has one value."""
        assert part.split is not None
        index = part.split.where
        if where is None or index is None or is_plain(index):
            return []
        return [tree.Assign(part.span, made.name(self.unused), "=", where)]

    def _hop(self, node: str, target: str) -> tree.Expression:
        first = (self.topology.path(node, target) or ())[0]
        return made.number(self.topology.next_hops(node).index(first))

    def _named(self, cut: Cut) -> Cut:
        """The cut with the names under which carried values go."""
        names = {c.register: name for c, name in self.carried}
        items = tuple(
            replace(i, register=replace(i.register, name=names[i.register])) if i.register in names else i
            for i in cut.items
        )
        return replace(cut, items=items)

    # What stands before the statements -----------------------------------------------------------

    def _heading(
        self, node: str, arriving: list[int], relays: dict[int, int]
    ) -> Iterator[tree.Declaration | tree.Statement]:
        name = self.program.source.name
        does = [f"runs part {part}" for part in arriving] + [f"relays part {part}" for part in relays]
        root = ["runs the main program"] if node == self.topology.root else []
        yield made.remark(f"{node}: {', '.join(root + does)} of {name}. Made by ffpf; changes are lost.")
        yield made.use("NODE", made.name(node))
        if self.words > 1:
            yield made.use("STATE", made.number(self.words))
        hops = self.topology.next_hops(node)
        if hops:
            yield made.next_hops(tuple(link.receiver for link in hops))

    def _declarations(
        self, body: tuple[tree.Statement, ...], node: str
    ) -> Iterator[tree.Declaration | tree.Statement]:
        """What the statements use, and what that uses, in the order of the text."""
        plain = Rewriter(lambda split: [split], self.fixed)
        written = [item for item in self.program.items if isinstance(item, tree.Declaration)]
        declarations: list[tree.Declaration] = [plain.expression(item) for item in written]
        used = names_in(body)
        asked = {s.table for s in nodes(body) if isinstance(s, tree.Transmit)}
        asked |= {"ALERT" for s in nodes(body) if isinstance(s, tree.Alert)}
        for declaration in reversed(declarations):
            if _is_used(declaration, used, asked):
                used |= names_in(declaration)
        for name, type in self.absent.items():
            if name in used:
                yield made.declared(type, name)
        arrays = {array.name: array for array in self.program.arrays}
        if "M" in used and "M" in arrays and not any(_name_of(d) == "M" for d in declarations):
            yield self._array(arrays["M"])
        for declaration in declarations:
            if not _is_used(declaration, used, asked):
                continue
            if isinstance(declaration, tree.ArrayDeclaration):
                yield self._array(arrays[declaration.name.name])
            else:
                yield declaration
        if "Mac" in asked and not any(_is_table(d, "Mac") for d in declarations):
            yield made.next_macs(self.program.tx_mac.entries)
        for carried, name in self.carried:
            if name in used:
                yield made.declared(carried.register.type, name)
        if self.unused in used:
            yield made.declared(U64, self.unused)

    def _array(self, array: p.Array) -> tree.ArrayDeclaration:
        return made.array(array.type, array.name, array.size, array.merge, array.storage)


def _name_of(declaration: tree.Declaration) -> str | None:
    name = getattr(declaration, "name", None)
    return name.name if isinstance(name, tree.Name) else None


def _is_table(declaration: tree.Declaration, table: str) -> bool:
    return isinstance(declaration, tree.NextHopDeclaration) and declaration.table == table


def _is_used(declaration: tree.Declaration, used: set[str], asked: set[str]) -> bool:
    match declaration:
        case tree.Use():
            return True
        case tree.NextHopDeclaration():
            return declaration.table in asked
        case tree.RuleDeclaration():
            return "ALERT" in asked  # all or none: on every node a rule has the same number
        case tree.Include():
            return False
    return _name_of(declaration) in used


def _free_name(wanted: str, taken: set[str]) -> str:
    """A name that the program does not use."""
    while wanted in taken or wanted in BUILT_IN_STORES:
        wanted += "_"
    return wanted


def _place(part: Part) -> str:
    assert part.split is not None
    span: Span = where_span(part.split)
    return f"{span.source.name}:{span.line}: {' '.join(span.text.split())};"
