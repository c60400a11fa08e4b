"""Looks for byte strings in the packet, thousands at once.

`EXTERN worms = search({ "cmd.exe" NOCASE, 7: "|GET " });` or `search(FROM "worms.txt")` makes an
instance; `EXTERN(search, "abc", start, length)` looks for one string without a declaration. All
functions look at the captured bytes among the `length` bytes from `start`; both may be left out, and
what lies outside of the packet is not looked at. NOCASE ignores the case of ASCII letters.

- `EXTERN(worms, start, length)`: the id of the occurrence that begins first, of several that begin at
  the same byte the smallest id; 0 if there is none.
- `EXTERN(worms.at, start, length)`: where that occurrence begins, counted from the start of the
  packet; 0xffffffff if there is none.
- `EXTERN(worms.count, start, length)`: how many occurrences there are, overlapping ones included; two
  equal strings with two ids are two.
- `EXTERN(worms.all, start, length, FOUND)`: writes the ids that occur into the array FOUND, each once,
  ascending, as many as there is room for (the rest of the array is left as it was), and gives how many
  different ids occur.

Behind it is Hyperscan or its fork Vectorscan, whichever is installed: the strings are compiled once,
when the program is loaded. At most 100,000 strings of at most 3,999 bytes each; an empty string is
refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from fpl3.externs import (
    Extern,
    Fault,
    Function,
    Interval,
    Library,
    Options,
    Parameter,
    Range,
    Resource,
    Texts,
)
from fpl3.types import U32

MAX_STRINGS = 100_000
MAX_BYTES = 3999  # the library takes patterns of 16,000 characters, four of them a byte
SCANNER = Library("hs", "hs/hs.h", ("libvectorscan-dev", "libhyperscan-dev"))
RANGE = (Parameter("start", U32, 0), Parameter("length", U32, U32.high))


def _wrong(options: Options) -> Iterator[Fault]:
    (texts,) = options
    assert isinstance(texts, tuple)
    if len(texts) > MAX_STRINGS:
        yield Fault(0, f"{len(texts):,} strings", f"search takes {MAX_STRINGS:,} at most", MAX_STRINGS)
    for number, text in enumerate(texts):
        if not text.value:
            yield Fault(0, "an empty string is everywhere", "remove it", number)
        if len(text.value) > MAX_BYTES:
            help = f"a string has {MAX_BYTES:,} bytes at most"
            yield Fault(0, f"a string of {len(text.value):,} bytes", help, number)


def _highest(options: Options) -> int:
    (texts,) = options
    assert isinstance(texts, tuple)
    return max(text.id for text in texts)


def _ids(options: Options) -> Interval:
    return 0, _highest(options)


def _function(name: str, summary: str, filled: bool = False, ids: bool = False) -> Function:
    return Function(
        name,
        RANGE,
        "search_" + (name or "first"),
        packet="read",
        range=Range("start", "length"),
        pure=True,
        cost=300,
        result=_ids if ids else None,
        array=_highest if filled else None,
        summary=summary,
    )


EXTERN = Extern(
    name="search",
    summary="Look for byte strings, thousands at once",
    functions=(
        _function("", "The id of the string that occurs first; 0: none", ids=True),
        _function("at", "Where the first string begins; 0xffffffff: nowhere"),
        _function("count", "How many occurrences of the strings there are"),
        _function("all", "Fill an array with the ids that occur; how many there are", filled=True),
    ),
    c_file="ffpf_plugins/externs/search/search.c",
    reference="ffpf_plugins.externs.search.reference:Search",
    options=(Texts("strings"),),
    resource=Resource("search_load", "search_unload", "search_open", "search_close"),
    libraries=(SCANNER,),
    check=_wrong,
)
