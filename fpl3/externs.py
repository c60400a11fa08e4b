"""What a package declares of an external function (docs/externs.md shows how to add one).

An Extern is a kind of thing that programs make instances of: `EXTERN worms = search(FROM "worms.txt");`
makes one with a name, `EXTERN(search, "abc")` one without. Its options are constants and come first;
its functions are what programs call: `EXTERN(worms, L4)` the one without a name, `EXTERN(worms.count)`
the one of that name.

In C, a function is called as
    function(const struct ffpf_frame *frame [, void *state] [, void *resource], numbers..., arguments...
             [, struct ffpf_elements array])
with the state if there is one, the resource of the thread if there is one, and the options that are
numbers. The Python twin is called as
    twin(frame: bytearray, link: int, length: int, *arguments [, array: list[int]]) -> int
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from fpl3.source import Span
from fpl3.types import U32, U64, IntType

Interval = tuple[int, int]
# What stands for an argument that is left out: a number, or what the packet says.
Default = int | Literal["TS", "LEN", "CAPLEN"]


@dataclass(frozen=True, slots=True)
class Text:
    """One byte string of a program or of a file: its id, whether case matters, where it is written.

    Two are equal if they mean the same, wherever they stand.
    """

    id: int
    value: bytes
    nocase: bool
    span: Span

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[int, bytes, bool]:
        return self.id, self.value, self.nocase


# A number, a word, or texts.
OptionValue = int | str | tuple[Text, ...]
Options = tuple[OptionValue, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """An option that is a constant from `low` to `high`; C functions get it as `type`."""

    name: str
    low: int
    high: int
    default: int | None = None
    type: IntType = U64


@dataclass(frozen=True, slots=True)
class Choice:
    """An option that is one of some words; C functions get its place among them (uint64_t)."""

    name: str
    words: tuple[str, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """An option that is one string, a list `{1: "abc" NOCASE, "def"}`, or `FROM "file"`; only `load`
    gets them, as (const struct ffpf_text *texts, uint32_t count). `ids` is the highest id."""

    name: str
    ids: int = U32.high
    default: None = None


Option = Number | Choice | Texts


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a call hands over; with a default it may be left out at the end."""

    name: str
    type: IntType
    default: Default | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """The bytes of the packet that a function may touch: `length` bytes from `start`, each a number or
    the name of a parameter; what lies outside of the packet is not touched."""

    start: int | str
    length: int | str


@dataclass(frozen=True, slots=True)
class Function:
    """One way to call an extern.

    `packet`: what it does with the packet's bytes, inside `range` (None: anywhere). `pure`: no effect,
    and equal arguments and bytes give equal results. `commutative`: of a function with state, whether
    calls may change places (they only add to the state, and the result does not depend on it). `result`
    bounds the result by the options. `array`: it fills an array of the program, handed over last, with
    values up to `array(options)`. `behind_addresses`: of an Ethernet frame it touches nothing before
    byte 12, so that it works behind links that overwrite the addresses.
    """

    name: str
    parameters: tuple[Parameter, ...]
    c_function: str
    returns: IntType = U32
    packet: Literal["none", "read", "write"] = "none"
    range: Range | None = None
    pure: bool = False
    commutative: bool = False
    cost: int = 50
    result: Callable[[Options], Interval] | None = None
    array: Callable[[Options], int] | None = None
    behind_addresses: bool = False
    summary: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Persistent memory without pointers, 64-byte aligned and zeroed: `size(options)` bytes, and C
    functions. Behind the pointers of each come the options that are numbers.

    initialise(void *state)                        start values; None: zeros
    merge(void *into, const void *from)            adds the state of another thread or node
    carry(void *into, const void *from)            takes over the state of a program that is replaced by
                                                   one with the same instance and equal numbers among
                                                   its options; None: a copy
    show(const void *state, struct ffpf_show *)    what the results say; None: nothing
    The twin of an extern with state is a class, made with the options; `show()` returns rows.
    """

    size: Callable[[Options], int]
    merge: str
    initialise: str | None = None
    carry: str | None = None
    show: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """What is prepared once when the program is loaded, and for every thread.

    const char *load(void **loaded, uint64_t functions, options...)
                                                   NULL, or why it cannot be (static text); `functions`:
                                                   bit i if the program calls the extern's function i
    void unload(void *loaded)
    void *open(const void *loaded)                 for one thread: what calls get; NULL: no memory
    void close(void *opened)
    show(const void *opened, struct ffpf_show *)   what the results say of it; None: nothing
    """

    load: str
    unload: str
    open: str
    close: str
    show: str | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """A C library behind a function: `-lNAME`, a header to look for, the Debian packages that have it."""

    name: str
    header: str
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the options of an instance: which, and for texts where in which."""

    option: int
    message: str
    help: str
    text: int = 0
    offset: int | None = None


def nothing_wrong(options: Options) -> Iterable[Fault]:
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Extern:
    """The declaration of an external function, found by entry point.

    `c_file` is the path of its C inside the package's folder of modules; `reference` names its plain
    Python twin as "module:name": a function (frame, link, length, *arguments), or, if there are
    options, state or functions with names, a class made with the options. `check` finds what is wrong
    with options beyond their ranges.
    """

    name: str
    summary: str
    functions: tuple[Function, ...]
    c_file: str
    reference: str
    options: tuple[Option, ...] = ()
    state: State | None = None
    resource: Resource | None = None
    libraries: tuple[Library, ...] = ()
    targets: tuple[str, ...] = ("pc", "interp")
    check: Callable[[Options], Iterable[Fault]] = nothing_wrong

    @property
    def required(self) -> tuple[Option, ...]:
        """The options without a default: calls without a declaration begin with these."""
        return tuple([option for option in self.options if option.default is None])

    @property
    def simple(self) -> bool:
        """Whether there is nothing that two instances could differ in."""
        plain = not self.options and self.state is None and self.resource is None
        return plain and all(not f.name for f in self.functions)


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One extern with its options, as a program uses it; `name` is a C identifier, unique in the
    program, `shown` what the results call it."""

    name: str
    shown: str
    extern: Extern
    options: Options
    span: Span

    def numbers(self) -> tuple[int, ...]:
        """The options that C functions get: numbers, and the places of words."""
        found = []
        for option, value in zip(self.extern.options, self.options, strict=True):
            if isinstance(option, Number):
                assert isinstance(value, int)
                found.append(value)
            elif isinstance(option, Choice):
                assert isinstance(value, str)
                found.append(option.words.index(value))
        return tuple(found)

    @property
    def state_size(self) -> int:
        return self.extern.state.size(self.options) if self.extern.state else 0
