"""Random valid FPL-3 programs for differential tests.

`ProgramMaker(rng).program()` returns a text; `hits` counts the productions of the grammar that were
used, so that a fuzzing run can show that none was left out. Indexes and divisors are sometimes in
range for certain and sometimes not, so that every abort happens.
"""

from __future__ import annotations

import random
from collections import Counter

from tests.differential.extern_calls import ExternCalls

TYPES = ["UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "INT"]
FIELDS = [
    "PKT.ETH.TYPE", "PKT.ETH.DST", "PKT.ETH.SRC", "PKT.VLAN.ID", "PKT.VLAN.PCP", "PKT.VLAN2.ID",
    "PKT.MPLS.LABEL", "PKT.PPPOE.SESSION", "PKT.ARP.OP", "PKT.ARP.SPA", "PKT.ARP.SHA", "PKT.ARP.THA",
    "PKT.IP.PROTO", "IP_PROTO", "PKT.IP.SRC", "PKT.IP.DST", "PKT.IP.LEN", "PKT.IP.TTL", "PKT.IP.FRAG",
    "PKT.IP.IHL", "PKT.IP.VERSION", "PKT.IP.DSCP", "PKT.IP.MF", "PKT.IP6.NEXT", "PKT.IP6.FLOW",
    "PKT.IP6.HLIM", "PKT.IP6.LEN", "PKT.HOPOPTS.NEXT", "PKT.ROUTING.TYPE", "PKT.FRAG6.OFFSET",
    "PKT.DSTOPTS.LEN", "PKT.AH.SPI", "PKT.TCP.SPORT", "PKT.TCP.DPORT", "PKT.TCP.SEQ", "PKT.TCP.ACK",
    "PKT.TCP.FLAGS", "PKT.TCP.FLAGS.SYN", "PKT.TCP.FLAGS.ACK", "PKT.TCP.WINDOW", "PKT.TCP.OFFSET",
    "PKT.UDP.SPORT", "PKT.UDP.DPORT", "PKT.UDP.LEN", "PKT.SCTP.DPORT", "PKT.ICMP.TYPE", "PKT.ICMP.CODE",
    "PKT.ICMP.ID", "PKT.ICMP6.TYPE", "PKT.ICMP6.SEQ", "PKT.IGMP.TYPE", "PKT.GRE.PROTO", "PKT.GRE.KEY",
    "PKT.ESP.SPI", "PKT.VXLAN.VNI", "PKT.GENEVE.VNI", "PKT.DNS.ID", "PKT.DNS.QR", "PKT.DNS.RCODE",
    "IP_DEST_PORT", "PKT.IP_SRC_PORT", "PKT.IP6.SRC.DW[3]", "PKT.IP6.DST.DW[0]",
]  # fmt: skip
WRITABLE = [f for f in FIELDS if "DW[" not in f]
HEADERS = [
    "ETH", "VLAN", "VLAN2", "MPLS", "PPPOE", "ARP", "IP", "IP6", "HOPOPTS", "ROUTING", "FRAG6", "AH",
    "DSTOPTS", "TCP", "UDP", "SCTP", "ICMP", "ICMP6", "IGMP", "GRE", "ESP", "VXLAN", "GENEVE", "DNS",
]  # fmt: skip
COMPARISONS = ["==", "!=", "<", "<=", ">", ">="]
UPDATES = ["+=", "-=", "*=", "&=", "|=", "^=", "<<=", ">>="]
NUMBERS = ["0", "1", "2", "5", "6", "17", "80", "255", "256", "443", "0x0800", "0x86dd", "65535", "65536",
           "0x7fffffff", "0x80000000", "0xffffffff", "4294967296", "0x7fffffffffffffff",
           "0xffffffffffffffff", "'A'", "0b1010", "TCP", "UDP", "ETH_IP", "10.0.0.1",
           "00:00:E2:8D:6C:F9"]  # fmt: skip
SETS = ["{ 80, 443, 8000-8080 }", "{ 10.0.0.0/8, 192.0.2.7 }", "10.0.0.0/8", "{ 0-5, 17, 255 }", "S_PORTS",
        "S_HOSTS", "S_MANY", "{ -5, 6, 0xffffffff }"]  # fmt: skip
SETS6 = ["2001:db8::/32", "{ fe80::/10, ::1 }", "S_V6", "{ 2001:db8::1 }"]

PRODUCTIONS = frozenset(
    """
    assign | update | step | memory | packet | field | part | state | tx | alert | extern | return | break
    | if | ELSIF | ELSE | for | switch | split | LOOPBUDGET | IXP48 | PKT.B | PKT.W | PKT.DW | L3 | L4 | L7
    | B.U1 | B.U4 | W.U1 | W.U8 | DW.U1 | DW.U8 | DW.U16 | MAX | MIN | HASH | flow | flowFields
    | biflowFields | hostFields | bihostFields | CONSISTENT | EXTERN | TWICE | NEAR | MYFIELD
    | PKT.MYFIELD | LIMIT | TYPED | T[R[0] & 3] | T[x0] | T[2] | PKT.ORIGIN | PKT.STATE
    | expression binary | expression divide | expression shift | expression unary | expression truth
    | expression call | truth compare | truth member | truth member6 | truth compare6 | truth field
    | truth value | truth has | truth and | truth or | truth not | tx Mac | tx id | tx Ip
    | SPLIT | SPLIT(1) | SPLIT(N2) | SPLIT(R[0] % 3) | SPLIT(HASH(flowFields) % 3)
    """.replace("\n", "")
    .replace("    ", "")
    .strip()
    .replace(" | ", "|")
    .replace("| ", "|")
    .split("|")
)


class ProgramMaker:
    """One program's worth of choices."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.hits: Counter[str] = Counter()
        self.externs = ExternCalls(rng)
        self.loops = 0
        self.in_loop = False
        self.nesting = 0
        self.splits = rng.random() < 0.35
        self.registers = [f"x{n}" for n in range(4)] + [f"R[{n}]" for n in (0, 1, 2, 7, 63)]

    def hit(self, name: str) -> str:
        self.hits[name] += 1
        return name

    def program(self) -> str:
        declared = self._declarations()
        lines = self.block(self.rng.randrange(2, 7), 0)
        if self.rng.random() < 0.7:
            lines.append(f"RETURN ({self.expression(2)});")
        return "\n".join([*declared, *self.externs.declarations(), *lines]) + "\n"

    def _declarations(self) -> list[str]:
        rng = self.rng
        self.kinds = [rng.choice(TYPES) for _ in range(4)]
        lines = [f"{t} x{n};" for n, t in enumerate(self.kinds)]
        lines.append(f"UINT32 M[{rng.choice([16, 100])}];")
        for n in range(3):
            storage = rng.choice(["", "", "SRAM ", "SCRATCH ", "SDRAM "])
            merge = rng.choice(["", "", " MERGE MAX", " MERGE MIN", " MERGE OR", " MERGE SUM"])
            lines.append(f"{storage}{rng.choice(TYPES)} a{n}[{rng.choice([1, 8, 16])}]{merge};")
        lines.append(f"CONST {rng.choice(TYPES[2:])} T[4] = {{1, 2, 99}};")
        lines.append("CONST LIMIT = (1 << 4) - 1; CONST UINT16 TYPED = 0x1234;")
        lines.append("SET S_PORTS = { 22, 53, 80-90, 1434, 4789, 40000 };")
        lines.append("SET S_HOSTS = { 10.0.0.1, 192.0.2.0/24, 224.0.0.5 };")
        many = ", ".join(str(n * 37 % 65536) for n in range(60))
        lines.append(f"SET S_MANY = {{ {many}, 10.1.2.3 }};")
        lines.append("SET S_V6 = { 2001:db8::1, fe80::/64 };")
        lines.append("MACRO TWICE(a) = a + a; MACRO NEAR = PKT.B[20] & 15;")
        lines.append("MACRO MYFIELD = PKT.W[16] + 1 WHEN PKT.ETH.TYPE == ETH_IP;")
        lines.append("TX_MAC[2] = {00:00:E2:8D:6C:F9, 00:02:03:04:05:03};")
        lines.append(rng.choice(["TX_IP[2] = {192.0.2.1, 10.9.9.9};", "TX_IP[1] = {2001:db8::99};"]))
        lines.append('RULE r1 = { SID 2000001, REV 3, MSG "a" }; RULE r2 = { GID 3, SID 7 };')
        if rng.random() < 0.5:
            lines.append(f"USE {self.hit('LOOPBUDGET')} {rng.choice([1, 3, 10, 50])};")
        else:
            lines.append("USE LOOPBUDGET 200;")
        if rng.random() < 0.15:
            lines.append(f"USE HASH {self.hit('IXP48')};")
        return lines

    # Statements

    def block(self, count: int, depth: int) -> list[str]:
        return [line for _ in range(count) for line in self.statement(depth)]

    def statement(self, depth: int) -> list[str]:
        choices = ["assign"] * 5 + ["update"] * 4 + ["memory"] * 4 + ["step", "packet", "field", "part"]
        choices += ["tx", "alert", "extern", "state", "return"]
        if depth < 3:
            choices += ["if"] * 5 + ["for"] * 2 + ["switch"] * 2
            if self.splits:
                choices += ["split"] * 3
        if self.in_loop:
            choices.append("break")
        kind = self.rng.choice(choices)
        if kind == "state" and self.splits:
            kind = "assign"
        self.hit(kind)
        return getattr(self, f"_{kind}")(depth)

    def inside(self, depth: int) -> list[str]:
        return ["  " + line for line in self.block(self.rng.randrange(0, 3), depth + 1)]

    def _assign(self, depth: int) -> list[str]:
        return [f"{self.rng.choice(self.registers)} = {self.expression(3)};"]

    def _update(self, depth: int) -> list[str]:
        target = self.target()
        if self.rng.random() < 0.25:
            return [f"{target} {self.rng.choice(['/=', '%='])} {self.divisor()};"]
        return [f"{target} {self.rng.choice(UPDATES)} {self.expression(2)};"]

    def _memory(self, depth: int) -> list[str]:
        operator = self.rng.choice(["=", "+=", "|=", "-="])
        return [f"{self.memory()} {operator} {self.expression(2)};"]

    def _step(self, depth: int) -> list[str]:
        target = self.rng.choice([self.target(), self.rng.choice(WRITABLE)])
        return [self.rng.choice([f"{target}++;", f"--{target};", f"{target}--;", f"++{target};"])]

    def _packet(self, depth: int) -> list[str]:
        return [f"{self.raw()} {self.rng.choice(['=', '+=', '^='])} {self.expression(2)};"]

    def _part(self, depth: int) -> list[str]:
        return [f"{self.part()} {self.rng.choice(['=', '|=', '+='])} {self.expression(1)};"]

    def _field(self, depth: int) -> list[str]:
        field = self.rng.choice(WRITABLE)
        return [f"{field} {self.rng.choice(['=', '-=', '&='])} {self.expression(2)};"]

    def _state(self, depth: int) -> list[str]:
        return [f"PKT.STATE = {self.expression(2)};"]

    def _tx(self, depth: int) -> list[str]:
        index = self.rng.choice(["0", "R[0] & 1", f"{self.expression(1)}"])
        form = self.rng.choice(["Mac", "id", "Ip"])
        self.hit(f"tx {form}")
        if form == "id":
            return [f"TX(Mac, {self.rng.choice(['7', '0xffff', 'R[1] & 0xff'])}, {index});"]
        return [f"TX({form}, {'0' if form == 'Ip' and index == '1' else index});"]

    def _alert(self, depth: int) -> list[str]:
        return [f"ALERT({self.rng.choice(['r1', 'r2'])});"]

    def _extern(self, depth: int) -> list[str]:
        return [f"{self.externs.call()};"]

    def _return(self, depth: int) -> list[str]:
        if depth == 0:
            return [f"IF ({self.truth(2)}) THEN RETURN ({self.expression(2)}); FI"]
        return [self.rng.choice([f"RETURN ({self.expression(2)});", "RETURN;"])]

    def _break(self, depth: int) -> list[str]:
        return [f"IF ({self.truth(1)}) THEN BREAK; FI"]

    def _if(self, depth: int) -> list[str]:
        lines = [f"IF ({self.truth(3)}) THEN", *self.inside(depth)]
        for _ in range(self.rng.choice([0, 0, 1, 2])):
            lines += [f"{self.hit('ELSIF')} ({self.truth(2)}) THEN", *self.inside(depth)]
        if self.rng.random() < 0.5:
            lines += [self.hit("ELSE"), *self.inside(depth)]
        return [*lines, "FI"]

    def _for(self, depth: int) -> list[str]:
        rng = self.rng
        counter = rng.choice(self.registers)
        header = rng.choice(
            [
                f"{counter} = 0; {counter} < {rng.choice([1, 3, 9])}; {counter}++",
                f"{counter} = {rng.choice(['PKT.L7', '0', '14'])}; {counter} < PKT.CAPLEN; {counter}++",
                f"{counter} = 5; {counter} > 0; {counter}--",
                f"; {self.truth(1)}; {counter} += 3",
                ";;",
            ]
        )
        outer, self.in_loop = self.in_loop, True
        body = self.inside(depth)
        self.in_loop = outer
        if rng.random() < 0.5:
            body.append(f"  IF (PKT.B[{counter} & 31] == 0x04) THEN R[1]++; FI")
        return [f"FOR ({header})", *body, "ROF"]

    def _switch(self, depth: int) -> list[str]:
        value = self.rng.choice(["PKT.IP.PROTO", "R[0] & 3", "PKT.W[12]", self.expression(1)])
        lines = [f"SWITCH ({value})", "CASE 1, 6:", *self.inside(depth), "CASE 17:", *self.inside(depth)]
        if self.rng.random() < 0.5:
            lines += ["DEFAULT:", *self.inside(depth)]
        return [*lines, "ESAC"]

    def _split(self, depth: int) -> list[str]:
        where = self.rng.choice(["", "(1)", "(R[0] % 3)", "(N2)", "(HASH(flowFields) % 3)"])
        self.hit(f"SPLIT{where}")
        outer, self.in_loop = self.in_loop, False
        body = self.inside(depth)
        self.in_loop = outer
        return [f"SPLIT{where};", *body, "TILPS"]

    # Places

    def target(self) -> str:
        choice = self.rng.randrange(4)
        return (self.memory, self.raw)[choice]() if choice < 2 else self.rng.choice(self.registers)

    def memory(self) -> str:
        array, mask = self.rng.choice([("M", 15), ("a0", 0), ("a1", 7), ("a2", 7)])
        index = self.expression(1)
        if self.rng.random() < 0.7:
            index = f"({index}) & {mask}"
        if array != "M" and self.rng.random() < 0.4:
            index = "0"
        return f"{array}[{index}]"

    def raw(self) -> str:
        unit = self.rng.choice(["B", "W", "DW"])
        self.hit(f"PKT.{unit}")
        return f"PKT.{unit}[{self.offset()}]"

    def offset(self) -> str:
        rng = self.rng
        choice = rng.random()
        if choice < 0.6:
            return str(rng.choice([0, 5, 12, 14, 16, 20, 23, 26, 30, 34, 36, 50, 54, 60, 100]))
        if choice < 0.75:
            return f"PKT.{self.hit(rng.choice(['L3', 'L4', 'L7']))} + {rng.choice([0, 1, 9])}"
        return self.expression(1) if choice < 0.85 else f"({self.expression(1)}) & 31"

    def part(self) -> str:
        unit, part, count = self.rng.choice(
            [("B", "U1", 8), ("B", "U4", 2), ("W", "U1", 16), ("W", "U8", 2), ("DW", "U1", 32),
             ("DW", "U8", 4), ("DW", "U16", 2)]
        )  # fmt: skip
        self.hit(f"{unit}.{part}")
        return f"PKT.{unit}[{self.offset()}].{part}[{self.rng.randrange(count)}]"

    # Expressions

    def divisor(self) -> str:
        return self.rng.choice(["3", "7", "(R[0] | 1)", self.expression(1), "x2"]).replace("/", "+")

    def expression(self, depth: int) -> str:
        """At most `depth` operators deep, and at most 4 expressions inside each other's indexes."""
        if self.nesting > 3:
            return self.rng.choice([*self.registers, *NUMBERS])
        self.nesting += 1
        text = self._expression(depth)
        self.nesting -= 1
        return text

    def _expression(self, depth: int) -> str:
        rng = self.rng
        if depth <= 0 or rng.random() < 0.2:
            return self.leaf()
        kind = rng.choice(["binary"] * 6 + ["divide", "shift", "unary", "truth", "call"])
        self.hit(f"expression {kind}")
        a = self.expression(depth - 1)
        if kind == "binary":
            return f"({a} {rng.choice(['+', '-', '*', '&', '|', '^'])} {self.expression(depth - 1)})"
        if kind == "divide":
            return f"({self.variable()} {rng.choice(['/', '%'])} {self.divisor()})"
        if kind == "shift":
            count = rng.choice(["1", "4", "31", "33", "70", "R[0]", "x3", "(R[1] & 7)"])
            return f"({self.variable()} {rng.choice(['<<', '>>'])} {count})"
        if kind == "unary":
            return f"({rng.choice(['-', '~'])}{a})"
        return f"({self.truth(depth - 1)})" if kind == "truth" else self.call(depth - 1)

    def call(self, depth: int) -> str:
        rng = self.rng
        name = rng.choice(["MAX", "MIN", "HASH", "flow", "CONSISTENT", "EXTERN", "TWICE"])
        self.hit(name)
        if name == "HASH":
            start, size = rng.choice(["26, 12", "0, 14", "R[0], 4", "14, PKT.CAPLEN & 15", "9, 0"]), ""
            return f"HASH({start}{size}, {rng.choice(['0xffff', '0xffffffff', 'x1'])})"
        if name == "flow":
            which = rng.choice(["flowFields", "biflowFields", "hostFields", "bihostFields"])
            return f"HASH({self.hit(which)})"
        if name == "CONSISTENT":
            return f"CONSISTENT({self.expression(depth)}, {rng.choice(['10', '3', 'R[0] & 255'])})"
        if name == "EXTERN":
            return self.externs.call()
        if name == "TWICE":
            return f"TWICE({self.expression(depth)})"
        return f"{name}({self.variable()}, {self.expression(depth)})"

    def variable(self) -> str:
        choice = self.rng.randrange(14)
        if choice < 5:
            return self.rng.choice(self.registers)
        if choice < 8:
            return self.rng.choice(FIELDS)
        if choice < 11:
            return (self.memory, self.raw, self.part)[choice - 8]()
        return self.rng.choice(["PKT.LEN", "PKT.CAPLEN", "PKT.TS", "PKT.PORT", "PKT.HAS.TCP"])

    def leaf(self) -> str:
        rng = self.rng
        choice = rng.random()
        if choice < 0.3:
            return rng.choice(NUMBERS)
        if choice < 0.4:
            simple = ["NEAR", "MYFIELD", "PKT.MYFIELD", "LIMIT", "TYPED", "T[R[0] & 3]", "T[x0]", "T[2]"]
            return self.hit(rng.choice([*simple, "PKT.ORIGIN", "PKT.STATE"]))
        if choice < 0.5:
            return f"PKT.HAS.{self.hit(rng.choice(HEADERS))}"
        return self.variable()

    def truth(self, depth: int) -> str:
        rng = self.rng
        kinds = ["compare"] * 5 + ["member"] * 2 + ["member6", "compare6", "field", "value", "has"]
        if depth > 0:
            kinds += ["and"] * 3 + ["or"] * 3 + ["not"] * 2
        kind = rng.choice(kinds)
        self.hit(f"truth {kind}")
        if kind == "compare":
            right = rng.choice(NUMBERS) if rng.random() < 0.6 else self.expression(1)
            return f"{self.variable()} {rng.choice(COMPARISONS)} {right}"
        if kind == "member":
            return f"{self.variable()} {rng.choice(['IN', 'NOT IN'])} {rng.choice(SETS)}"
        if kind == "member6":
            address = rng.choice(["PKT.IP6.SRC", "PKT.IP6.DST"])
            return f"{address} {rng.choice(['IN', 'NOT IN'])} {rng.choice(SETS6)}"
        if kind == "compare6":
            other = rng.choice(["2001:db8::1", "PKT.IP6.DST", "fe80::2"])
            return f"PKT.IP6.SRC {rng.choice(COMPARISONS)} {other}"
        if kind in ("and", "or"):
            word = "&&" if kind == "and" else "||"
            return f"(({self.truth(depth - 1)}) {word} ({self.truth(depth - 1)}))"
        if kind == "not":
            return f"!({self.truth(depth - 1)})"
        return {"field": rng.choice(FIELDS), "value": self.variable()}.get(
            kind, f"PKT.HAS.{rng.choice(HEADERS)}"
        )
