"""One table of a hardware description, read strictly: every wrong thing becomes a diagnostic, and the
value reads as absent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from fpl3 import kinds
from fpl3.diagnostics import Note, Sink, did_you_mean
from fpl3.kinds import Kind
from fpl3.source import Source, Span
from fpl3.split.toml_places import Extent, Path, Places

# What a right value looks like, by key.
EXAMPLES = {
    "root": 'root = "N0"',
    "input": 'input = "eth0"',
    "nodes": "[nodes.N0]",
    "target": 'target = "pc"',
    "capacity": 'capacity = "2.4G"',
    "memory": 'memory = "256M"',
    "lacks": 'lacks = ["externs"]',
    "interfaces": "[nodes.N0.interfaces.eth1]",
    "mac": 'mac = "02:00:00:00:00:11"',
    "address": 'address = "10.0.1.1"',
    "reaches": 'reaches = ["00:00:e2:8d:6c:f9"], or reaches = "any"',
    "links": "[[links]]",
    "from": 'from = "N0.eth1", in a memory link from = "N0"',
    "to": 'to = "N1.eth0", in a memory link to = "N1"',
    "kind": 'kind = "ethernet"',
    "trailer": 'trailer = "full"',
    "switched": "switched = true",
    "learning": 'learning = "off"',
    "tagged": 'tagged = "pass"',
    "mtu": "mtu = 1500",
    "bandwidth": 'bandwidth = "1G"',
}
THOUSANDS = {"K": 10**3, "M": 10**6, "G": 10**9}
BINARY = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_AMOUNT = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,9}))?([KMG])", re.ASCII)
_MOST = (1 << 63) - 1
_MOST_HINTS = 20
_MOST_LISTED = 8


def shown(text: str) -> str:
    """A text of the description as a message can quote it: short, on one line."""
    cut = text if len(text) <= 60 else text[:57] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


def type_of(value: object) -> str:
    """The type of a TOML value in words."""
    # bool before int: True is an int.
    words = {bool: "a truth value", str: "a text", int: "an integer", float: "a number with a fraction"}
    words |= {list: "an array", dict: "a table"}
    return next((word for type_, word in words.items() if isinstance(value, type_)), "a date or time")


def listed(words: Iterable[str]) -> str:
    """The first few of some words."""
    first = [shown(word) for word in islice(words, _MOST_LISTED + 1)]
    return ", ".join(first[:_MOST_LISTED] + ["..."] * (len(first) > _MOST_LISTED))


class Report:
    """Where the values of one description stand, and the diagnostics about them."""

    def __init__(self, source: Source, places: Places, sink: Sink) -> None:
        self.source = source
        self.failed = False
        self._places = places
        self._sink = sink
        self._hints = _MOST_HINTS

    def key(self, path: Path) -> Span:
        """The key of a value, or of the nearest table above that is written down."""
        return self._span(self._places.near(path).key)

    def value(self, path: Path) -> Span:
        """A value; a table's is its header."""
        return self._span(self._places.near(path).value)

    def has(self, path: Path) -> bool:
        """Whether the text has a value there, right or wrong."""
        return path in self._places.known

    def _span(self, extent: Extent) -> Span:
        return Span(self.source, *extent)

    def error(
        self, kind: Kind, span: Span, message: str, help: str | None, notes: Iterable[Note] = ()
    ) -> None:
        """Puts an error into the sink."""
        self.failed = True
        self._sink.error(kind, span, message, help=help, notes=notes)

    def near(self, word: str, known: Iterable[str]) -> str | None:
        """`did you mean NAME?`; for the first few words only, because it compares with all names."""
        if self._hints == 0 or len(word) > 60:
            return None
        self._hints -= 1
        return did_you_mean(word, known)


class Table:
    """A table at a path; `noun` names it in messages."""

    def __init__(self, report: Report, path: Path, values: dict[str, object], noun: str) -> None:
        self.report = report
        self.path = path
        self.noun = noun
        self.values = values
        self._meant: set[str] = set()

    def only(self, *keys: str) -> None:
        """Refuses all other keys."""
        for key in self.values:
            if key not in keys:
                near = self.report.near(key, keys)
                self._meant |= {k for k in keys if near and f"'{k}'" in near}
                message = f"{self.noun} has no key '{shown(key)}'"
                span = self.report.key((*self.path, key))
                self.report.error(kinds.UNKNOWN_KEY, span, message, near or f"keys: {', '.join(keys)}")

    def has(self, key: str) -> bool:
        """Whether the key is there, with whatever value."""
        return key in self.values

    def needs(self, key: str) -> bool:
        """Whether the key is there; an error if not, unless it is there misspelt."""
        if key in self.values:
            return True
        if key not in self._meant:
            message = f"{self.noun} needs the key '{key}'"
            span = self.report.value(self.path)
            self.report.error(kinds.MISSING_KEY, span, message, EXAMPLES[key])
        return False

    def refuse(
        self, kind: Kind, key: str, message: str, help: str | None, notes: Iterable[Note] = ()
    ) -> None:
        """An error at the value of a key."""
        self.report.error(kind, self.value(key), message, help, notes)

    def value(self, key: str) -> Span:
        """The place of a key's value."""
        return self.report.value((*self.path, key))

    def key(self, key: str) -> Span:
        """The place of a key."""
        return self.report.key((*self.path, key))

    def _typed(self, key: str, type_: type, wanted: str, example: str | None = None) -> object:
        value = self.values.get(key)
        if value is None or type(value) is type_:
            return value
        message = f"'{shown(key)}' is {type_of(value)}, not {wanted}"
        self.refuse(kinds.VALUE_TYPE, key, message, example or EXAMPLES[key])
        return None

    def text(self, key: str) -> str | None:
        """The text of a key, None if there is none."""
        value = self._typed(key, str, "a text")
        return value if isinstance(value, str) else None

    def flag(self, key: str) -> bool | None:
        """True or false."""
        value = self._typed(key, bool, "true or false")
        return value if isinstance(value, bool) else None

    def integer(self, key: str, wanted: str = "an integer") -> int | None:
        """An integer of whatever size."""
        value = self._typed(key, int, wanted)
        return value if isinstance(value, int) else None

    def word(self, key: str, words: tuple[str, ...]) -> str | None:
        """A text that is one of some words."""
        text = self.text(key)
        return text if text is None or self._is_word(key, text, words, self.value(key)) else None

    def _is_word(self, key: str, text: str, words: tuple[str, ...], span: Span) -> bool:
        if text in words:
            return True
        help = self.report.near(text, words) or f"'{key}' takes: {', '.join(words)}"
        self.report.error(kinds.UNKNOWN_WORD, span, f"'{key}' has no word '{shown(text)}'", help)
        return False

    def words(self, key: str, words: tuple[str, ...]) -> frozenset[str]:
        """An array of some of these words."""
        return frozenset(text for text, span in self.texts(key) if self._is_word(key, text, words, span))

    def texts(self, key: str) -> Iterator[tuple[str, Span]]:
        """The texts of an array with their places."""
        values = self._typed(key, list, "an array of texts")
        for index, value in enumerate(values if isinstance(values, list) else ()):
            span = self.report.value((*self.path, key, index))
            if isinstance(value, str):
                yield value, span
            else:
                message = f"'{key}' holds {type_of(value)}, not only texts"
                self.report.error(kinds.VALUE_TYPE, span, message, EXAMPLES[key])

    def amount(self, key: str, units: dict[str, int]) -> int | None:
        """An integer above 0, or a text such as "2.4G"."""
        value = self.values.get(key)
        if isinstance(value, str):
            amount = self._scaled(key, value, units)
        else:
            amount = self.integer(key, "an integer or a text with K, M or G")
        if amount is not None and not 0 < amount <= _MOST:
            message = f"'{key}' must be {'above 0' if amount <= 0 else 'below 2**63'}"
            self.refuse(kinds.AMOUNT, key, message, EXAMPLES[key])
            return None
        return amount

    def _scaled(self, key: str, text: str, units: dict[str, int]) -> int | None:
        found = _AMOUNT.fullmatch(text)
        if found is None:
            message = f"'{shown(text)}' is no amount"
            help = f"an integer, or a number with K, M or G behind it: {EXAMPLES[key]}"
            self.refuse(kinds.AMOUNT, key, message, help)
            return None
        whole, fraction, unit = found.groups(default="")
        return int(whole + fraction) * units[unit] // int(10 ** len(fraction))

    def table(self, key: str, noun: str, example: str) -> Table | None:
        """The table below a key."""
        values = self._typed(key, dict, "a table", example)
        return Table(self.report, (*self.path, key), values, noun) if isinstance(values, dict) else None

    def tables(self, key: str, noun: str) -> Iterator[Table]:
        """The tables of an array of tables."""
        values = self._typed(key, list, "an array of tables")
        for index, value in enumerate(values if isinstance(values, list) else ()):
            path = (*self.path, key, index)
            if isinstance(value, dict):
                yield Table(self.report, path, value, noun)
            else:
                message = f"'{key}' holds {type_of(value)}, not only tables"
                self.report.error(kinds.VALUE_TYPE, self.report.value(path), message, EXAMPLES[key])
