"""Random programs with SPLITs, and random trees of nodes to put them on.

The programs are those of programs.py with other odds: memory is mostly updated commutatively, values are
mostly narrow and offsets mostly beyond the addresses, so that a good part of them can be split.
"""

from __future__ import annotations

import random

from tests.differential.programs import ProgramMaker

ROW = {"": "+=", " MERGE SUM": "+=", " MERGE OR": "|="}
PLAIN_FIELDS = [
    "PKT.IP.PROTO", "PKT.IP.TTL", "PKT.TCP.DPORT", "PKT.UDP.SPORT", "PKT.ETH.TYPE", "PKT.IP.DST",
    "PKT.VLAN.ID", "PKT.TCP.FLAGS.SYN", "PKT.IP6.HLIM", "PKT.ICMP.TYPE", "PKT.DNS.ID",
]  # fmt: skip


class SplitMaker(ProgramMaker):
    """Programs for a tree; `parents` are the numbers of the nodes that each node is below."""

    def __init__(self, rng: random.Random, parents: list[int]) -> None:
        super().__init__(rng)
        self.splits = True
        self.parents = parents
        self.hops = parents[1:].count(0)
        self.here: int | None = 0  # the node of the part that is being made, if that is sure
        self.wild = rng.random() < 0.15

    def program(self) -> str:
        """Most programs begin by filling registers, so that there is something to carry."""
        declared = self._declarations()
        lines = [] if self.wild else self._filled()
        lines += self.block(self.rng.randrange(2, 7), 0)
        lines.append(f"RETURN ({self.expression(2)});")
        return "\n".join([*declared, *self.externs.declarations(), *lines]) + "\n"

    def _filled(self) -> list[str]:
        rng, lines = self.rng, []
        for register in rng.sample(self.registers, rng.randrange(5)):
            source = rng.choice(["PKT.LEN", "PKT.CAPLEN", "PKT.LEN * 7", *self.registers[:4]])
            value = (
                f"({source} & {rng.choice([1, 7, 31, 255])}) {rng.choice(['+', '-'])} {rng.randrange(40)}"
            )
            lines.append(f"{register} = {rng.choice([value, value, value, 'PKT.B[15]'])};")
        if rng.random() < 0.15:
            write = rng.choice(["PKT.W[24] = 0x1234;", "IF (EXTERN(ip_checksum)) THEN R[2]++; FI"])
            lines += ["PKT.B[22] = 9;", f"{rng.choice(self.registers)} = PKT.W[24];", write]
        if rng.random() < 0.1:
            lines.append(f"{rng.choice(self.registers)} = PKT.LEN + PKT.ORIGIN * 1000;")
        return lines

    def statement(self, depth: int) -> list[str]:
        if not self.wild and self.rng.random() < 0.25 and depth < 3:
            self.hit("split")
            return self._split(depth)
        return super().statement(depth)

    def _packet(self, depth: int) -> list[str]:
        if self.wild or self.rng.random() < 0.5:
            return super()._packet(depth)
        return [f"PKT.{self.rng.choice(['B[14]', 'B[15]', 'W[16]', 'IP.TTL'])} = {self.small()} + 9;"]

    def _extern(self, depth: int) -> list[str]:
        return super()._extern(depth) if self.wild else self._memory(depth)

    def _declarations(self) -> list[str]:
        far = "MACRO FAR = PKT.PORT & 3; MACRO MIXED(a, b) = a * 4 + b + (PKT.TS & 1) + (FAR > b);"
        lines = [*super()._declarations(), far, "MACRO SHAPE(a) = (a + 5) * 2 + (a && 1) + ((a > 5) && a);"]
        rows = [line for line in lines if " a0[" in line or " a1[" in line or " a2[" in line]
        self.rows = {}
        for line in rows:
            name = line.split(" a")[1][0]
            merge = line[line.index("]") + 1 : -1]
            self.rows[f"a{name}"] = (merge, line.split("[")[1].split("]")[0])
        return lines

    def _memory(self, depth: int) -> list[str]:
        if self.wild or self.rng.random() < 0.03:
            return super()._memory(depth)
        name = self.rng.choice(["M", "M", *self.rows])
        merge, size = self.rows.get(name, ("", "16"))
        index = f"({self.small()}) & {int(size) - 1}" if int(size) in (1, 8, 16) else "3"
        place = f"{name}[{index}]"
        value = self.small()
        if merge in ROW:
            return [f"{place} {ROW[merge]} {value};"]
        word = merge.split()[-1]
        return [f"{place} = {word}({place}, {value});"]

    def memory(self) -> str:
        return super().memory() if self.wild or self.rng.random() < 0.05 else "R[2]"

    def _step(self, depth: int) -> list[str]:
        return super()._step(depth) if self.wild else [f"{self.rng.choice(self.registers)}++;"]

    def offset(self) -> str:
        if self.wild or self.rng.random() < 0.1:
            return super().offset()
        rng = self.rng
        fixed = str(rng.choice([12, 14, 16, 20, 23, 26, 30, 34, 36, 50, 54, 60, 100]))
        return rng.choice([fixed, fixed, f"14 + ({self.small()} & 31)", "PKT.L4 + 2", "PKT.L3 + 9"])

    def variable(self) -> str:
        rng = self.rng
        if self.wild:
            return super().variable()
        choice = rng.randrange(20)
        if choice < 9:
            return rng.choice(self.registers)
        if choice < 15:
            return rng.choice(PLAIN_FIELDS)
        if choice < 19:
            return (self.raw, self.part)[choice & 1]()
        return rng.choice(["PKT.LEN", "PKT.CAPLEN", "PKT.TS & 7", "PKT.PORT", "PKT.HAS.TCP", "PKT.ETH.SRC"])

    def call(self, depth: int) -> str:
        text = super().call(depth)
        if not self.wild and ("EXTERN" in text or "HASH(" in text):
            return self.small() if self.rng.random() < 0.8 else text
        return text

    def small(self) -> str:
        rng = self.rng
        return rng.choice(
            [str(rng.randrange(9)), f"({rng.choice(self.registers)} & 7)", "PKT.HAS.UDP", "(PKT.LEN % 5)"]
        )

    def _assign(self, depth: int) -> list[str]:
        if self.wild or self.rng.random() < 0.3:
            return super()._assign(depth)
        mask = self.rng.choice([1, 3, 7, 15, 255])
        return [f"{self.rng.choice(self.registers)} = {self.variable()} & {mask};"]

    def _update(self, depth: int) -> list[str]:
        if self.wild:
            return super()._update(depth)
        register = self.rng.choice(self.registers)
        return [f"{register} {self.rng.choice(['+=', '&=', '|='])} {self.small()};"]

    def _tx(self, depth: int) -> list[str]:
        if self.wild:
            return super()._tx(depth)
        return [self.rng.choice(["TX(Mac, 0);", "TX(Mac, R[0] & 1);", "TX(Mac, 7, 1);"])]

    def _split(self, depth: int) -> list[str]:
        outer, here, self.in_loop = self.in_loop, self.here, False
        where, self.here = self._where()
        body = self.inside(depth)
        self.in_loop, self.here = outer, here
        body.append(f"  {self._end_of_body()}")
        return [f"SPLIT{where};", *body, "TILPS"]

    def _end_of_body(self) -> str:
        """What a body delivers depends on what it was handed."""
        rng = self.rng
        register = rng.choice(self.registers)
        choices = [f"RETURN ({register} + 1);"] * 3 + [f"RETURN ({self.expression(1)});", "", ""]
        lost = rng.choice(["PKT.PORT", "PKT.TS & 15", "HASH(hostFields) & 3", "EXTERN(crc32, 0, 9) & 7"])
        choices += [
            f"x{rng.randrange(4)} = {lost}; RETURN (x0 + x1 * 256);",
            f"RETURN (SHAPE({lost}) + {register});",
            f"RETURN (MIXED({register}, FAR) + 1);",
            f"IF (MIXED({register}, 2) > 3) THEN {register} += FAR; FI RETURN ({register} + 1);",
            f"IF ({lost}) THEN {register}++; FI RETURN ({register} + 1);",
            f"IF (({lost}) < {register}) THEN RETURN (3); FI",
            f"RETURN ({register} + PKT.ORIGIN + PKT.STATE + 1);",
            "IF (EXTERN(ip_checksum)) THEN R[2]++; FI",
        ]
        if rng.random() < 0.4:
            choices.append(f"IF (PKT.B[{rng.choice([2, 5, 11])}] < 200) THEN RETURN (7); FI")
        choices += [f"M[{self.small()}] = {register};"] * (rng.random() < 0.3)
        return rng.choice(choices)

    def _where(self) -> tuple[str, int | None]:
        """Where a body goes, and the node that it is on then."""
        rng = self.rng
        if self.wild and rng.random() < 0.3:
            return f"(N{rng.randrange(len(self.parents) + 1)})", None
        hops = [n for n, parent in enumerate(self.parents) if n and parent == self.here]
        choice = rng.random()
        if self.here is None or choice < 0.15:
            return "", None
        if not hops or choice < 0.5:
            below = [n for n in range(len(self.parents)) if self._is_below(n)]
            node = rng.choice(below)
            return f"(N{node})", node
        if choice < 0.65:
            hop = rng.randrange(len(hops))
            return f"({hop})", hops[hop]
        spread = rng.choice(
            ["R[0]", "HASH(flowFields)", "PKT.LEN", "HASH(biflowFields)", "PKT.B[23]", "M[R[1] & 7]",
             "PKT.B[(R[0] & 7) + 14]", "EXTERN(ip_checksum)", "HASH(14, R[1] & 7, 0xff)"]
        )  # fmt: skip
        return f"({spread} % {len(hops)})", hops[0] if len(hops) == 1 else None

    def _is_below(self, node: int) -> bool:
        while node > 0 and node != self.here:
            node = self.parents[node]
        return node == self.here


def make_tree(rng: random.Random) -> tuple[str, list[int]]:
    """The text of a hardware description, and of each node the number of the node above it."""
    count = rng.choice([2, 3, 3, 4, 5, 7])
    parents = [0] + [0 if rng.random() < 0.6 else rng.randrange(n) for n in range(1, count)]
    parents[1] = 0
    lossless = rng.random() < 0.35
    lines = ['root = "N0"']
    for n in range(count):
        lines += [f"[nodes.N{n}]"]
        for m in range(count):
            lines += [
                f"[nodes.N{n}.interfaces.e{m}]",
                f'mac = "02:00:00:00:{n:02x}:{m:02x}"',
                f'address = "10.{n}.{m}.1"',
                'reaches = "any"',
            ]
    for n in range(1, count):
        lines += ["[[links]]", *_link(rng, parents[n], n, lossless)]
    return "\n".join(lines) + "\n", parents


def _link(rng: random.Random, parent: int, n: int, lossless: bool) -> list[str]:
    kind = rng.choice(
        ["geneve", "memory", "full"] if lossless else ["ethernet"] * 4 + ["geneve", "memory", "full"]
    )
    if kind == "memory":
        return [f'from = "N{parent}"', f'to = "N{n}"', 'kind = "memory"']
    ends = [f'from = "N{parent}.e{n}"', f'to = "N{n}.e0"']
    if kind == "geneve":
        return [*ends, 'kind = "geneve"', "mtu = 65535"]
    switched = rng.choice([[], ["switched = true", 'learning = "off"', 'tagged = "pass"']])
    full = ['trailer = "full"'] if kind == "full" else []
    return [*ends, 'kind = "ethernet"', *full, *switched, "mtu = 65535"]
