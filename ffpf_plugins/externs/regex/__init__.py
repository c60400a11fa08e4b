r"""Matches regular expressions of PCRE2 against the packet.

`EXTERN r = regex({ "GET /[a-z]+\\.php" NOCASE, 7: "^HELO" })` or `regex(FROM "patterns.txt")` makes an
instance; `EXTERN(regex, "a.*b", start, length)` matches one pattern without a declaration. All
functions match the captured bytes among the `length` bytes from `start` (both may be left out); `^` and
`$` are the ends of that range, and what lies outside of it is not looked at. Patterns are those of
pcre2pattern(3) on bytes, without UTF; NOCASE stands for `(?i)`, and `(?s)`, `(?m)`, `(?x)` may stand in
front. In a string a backslash is written twice.

- `EXTERN(r, start, length)`: the smallest id of the patterns that match; 0 if none does.
- `EXTERN(r.count, start, length)`: how many different ids match.
- `EXTERN(r.all, start, length, FOUND)`: writes the ids that match into the array FOUND, each once,
  ascending, as many as there is room for, and gives how many there are.
- `EXTERN(r.at, start, length)`: where the match that begins first begins, from the start of the packet
  (of several that begin there, the one with the smallest id counts); 0xffffffff if nothing matches.
- `EXTERN(r.end, start, length)`: where that match ends: the byte behind it.

Patterns go through Hyperscan or Vectorscan where it can take them, all at once; where it can only take
something weaker, that decides which packets PCRE2 sees. PCRE2 runs compiled to machine code (JIT).
Nothing that is written in a pattern or a packet makes a match take long: the places at which it may begin
share `limit` steps (5,000,000, which take about 20 ms; 100 each at least), and a match that needs more ends
as if there were none; the results count it under the id of the pattern. Steps are not the same on every
target, and what Hyperscan decides takes none: only in such packets may `pc` and `interp` differ, and `at`
and `end` know of no match where the other functions know of one. Patterns cannot set limits of their own:
`(*LIMIT_...)` is refused. Repetitions of more than 255 are left to PCRE2 alone.
At most 10,000 patterns of at most 8,191 bytes each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ffpf_plugins.externs.search import RANGE, SCANNER
from fpl3.externs import (
    Extern,
    Fault,
    Function,
    Interval,
    Library,
    Number,
    Options,
    Range,
    Resource,
    Texts,
)
from fpl3.types import U32

MAX_PATTERNS = 10_000
OWN_LIMIT = re.compile(rb"(?:\(\*[A-Z_]+(?:=\d*)?\))*?(\(\*LIMIT_)")
MAX_BYTES = 8191
PCRE2 = Library("pcre2-8", "pcre2.h", ("libpcre2-dev",))


def _wrong(options: Options) -> Iterator[Fault]:
    from ffpf_plugins.externs.regex.pcre2 import BadPattern, Pattern

    patterns = options[0]
    assert isinstance(patterns, tuple)
    if len(patterns) > MAX_PATTERNS:
        yield Fault(0, f"{len(patterns):,} patterns", f"regex takes {MAX_PATTERNS:,} at most", MAX_PATTERNS)
        return
    for number, pattern in enumerate(patterns):
        if len(pattern.value) > MAX_BYTES:
            help = f"a pattern has {MAX_BYTES:,} bytes at most"
            yield Fault(0, f"a pattern of {len(pattern.value):,} bytes", help, number)
            continue
        if own := OWN_LIMIT.match(pattern.value):
            help = "regex(patterns, limit) sets the limit of all"
            yield Fault(0, "a pattern cannot set a limit of its own", help, number, own.start(1))
            continue
        try:
            Pattern(pattern.value, pattern.nocase)
        except BadPattern as bad:
            yield Fault(0, bad.message, "patterns are those of pcre2pattern(3)", number, bad.offset)


def _highest(options: Options) -> int:
    patterns = options[0]
    assert isinstance(patterns, tuple)
    return max(pattern.id for pattern in patterns)


def _ids(options: Options) -> Interval:
    return 0, _highest(options)


def _function(name: str, summary: str, filled: bool = False, ids: bool = False) -> Function:
    return Function(
        name,
        RANGE,
        "regex_" + (name or "smallest"),
        packet="read",
        range=Range("start", "length"),
        commutative=True,  # not pure: it counts the matches that met the limit
        cost=2000,
        result=_ids if ids else None,
        array=_highest if filled else None,
        summary=summary,
    )


EXTERN = Extern(
    name="regex",
    summary="Match regular expressions of PCRE2",
    functions=(
        _function("", "The smallest id of the patterns that match; 0: none", ids=True),
        _function("count", "How many ids of patterns match"),
        _function("all", "Fill an array with the ids that match; how many there are", filled=True),
        _function("at", "Where the first match begins; 0xffffffff: nowhere"),
        _function("end", "Where the first match ends; 0xffffffff: nowhere"),
    ),
    c_file="ffpf_plugins/externs/regex/regex.c",
    reference="ffpf_plugins.externs.regex.reference:Regex",
    options=(Texts("patterns"), Number("limit", 1, 1_000_000_000, 5_000_000, U32)),
    resource=Resource("regex_load", "regex_unload", "regex_open", "regex_close", "regex_show"),
    libraries=(SCANNER, PCRE2),
    check=_wrong,
)
