"""Instances and calls of the external functions that come with the framework, at random."""

from __future__ import annotations

import random

from ffpf.registry import externs
from fpl3.externs import Extern, Function, Parameter
from fpl3.types import U64

# What an instance is declared with. A function that is missing here is a fault of the tests.
OPTIONS = {
    "adler32": ("",),
    "count_distinct": ("4", "5, 7"),
    "crc32": ("",),
    "entropy": ("",),
    "flow_table": ("8, 1", "16, 60, hostFields", "8, 1, flowFields"),
    "ip_checksum": ("",),
    "l4_checksum": ("",),
    "quantile": ("1", "5"),
    "rate": ("1, 16", "3600000, 16"),
    "regex": (
        r'{ "[\\x40-\\x60]+E" }', r'{ 5: "\\x00.\\x01", "(?s)^.{13}\\x08" NOCASE }', r'"(?<!\\x45)\\x00$"',
    ),
    "sample": ("1", "3"),
    "search": (r'"\x08\x00"', r'{ "E" NOCASE, 9: "\x00\x00", 4: "\x00\x01" }'),
    "token_bucket": ("1, 1", "1000000, 5, 8"),
    "top_k": ("1", "4, hex", "3, ipv4"),
}  # fmt: skip
FILLED = "xfound"
SMALL = ("0", "1", "14", "R[0] & 63", "PKT.CAPLEN & 31", "4294967295")
KEYS = (*SMALL, "PKT.IP.SRC", "PKT.ETH.SRC", "HASH(biflowFields)", "0xffffffffffffffff")


class ExternCalls:
    """The calls of one program and the declarations that they need."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.declared: dict[str, tuple[str, Extern]] = {}

    def declarations(self) -> list[str]:
        lines = [line for line, _ in self.declared.values() if line]
        return [f"UINT32 {FILLED}[3];", *lines] if lines else []

    def call(self) -> str:
        """`EXTERN(name.function, arguments)` of one of at most three instances."""
        if len(self.declared) < 3:
            self._declare()
        name, (_, extern) = self.rng.choice(list(self.declared.items()))
        function = self.rng.choice(extern.functions)
        called = f"{name}.{function.name}" if function.name else name
        return f"EXTERN({', '.join([called, *self._arguments(function)])})"

    def _declare(self) -> None:
        extern = externs()[self.rng.choice(sorted(OPTIONS))]
        options = self.rng.choice(OPTIONS[extern.name])
        if options:
            name = f"xe{len(self.declared)}"
            self.declared[name] = f"EXTERN {name} = {extern.name}({options});", extern
        else:
            self.declared[extern.name] = "", extern

    def _arguments(self, function: Function) -> list[str]:
        least = sum(parameter.default is None for parameter in function.parameters)
        count = self.rng.randint(least, len(function.parameters))
        given = [self._argument(parameter) for parameter in function.parameters[:count]]
        return [*given, FILLED] if function.array else given

    def _argument(self, parameter: Parameter) -> str:
        return self.rng.choice(KEYS if parameter.type == U64 else SMALL)
