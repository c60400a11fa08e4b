"""Where the keys and values of a TOML text stand.

tomllib gives the values and judges the text, but it keeps no places. This scanner finds the places and
takes more than TOML allows. It runs before tomllib, because it has limits: tomllib recurses with the
nesting and needs memory in the square of the parts of a dotted key.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import NoReturn

Path = tuple[str | int, ...]
Extent = tuple[int, int]

DEEPEST = 32
LONGEST_BARE = 200  # characters of a number or a date; int() refuses some thousands of digits

_SPACE = re.compile(r"[ \t]*+")
_BLANK = re.compile(r"(?:[ \t\r\n]++|\#[^\n]*+)*+")
_LINE_END = re.compile(r"[ \t]*+(?:\#[^\n]*+)?(?:\r?\n|\Z)")
_ONE_LINE = r""" "[^"\\\n]*+(?:\\.[^"\\\n]*+)*+" | '[^'\n]*+' """
_KEY_PART = re.compile(rf"[A-Za-z0-9_-]++ | {_ONE_LINE}", re.VERBOSE)
# A multi-line string may end in two quotes of its own before the three that close it.
_STRING = re.compile(
    rf"""  \"{{3}} (?: [^"\\]++ | \\. | "{{1,2}}(?!") )*+ "{{3,5}}
         | '{{3}} (?: [^']++ | '{{1,2}}(?!') )*+ '{{3,5}}
         | {_ONE_LINE}""",
    re.VERBOSE | re.DOTALL,
)
_BARE = re.compile(r"[^,\]}#\r\n]++")


@dataclass(frozen=True, slots=True)
class Place:
    """Characters [start, end) of a key and of its value. A table's value is its header, `[a.b]`; that of
    a table that is only implied by longer keys, and the key of an element of an array, are the other."""

    key: Extent
    value: Extent


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a text was not scanned to its end; `first`: where what is here stood before."""

    message: str
    at: Extent
    first: Extent | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """The place of every path of keys and indexes of arrays. Without a flaw, of all of them if tomllib
    accepts the text; a flaw with `first` is a repeated key, another is a limit."""

    known: dict[Path, Place]
    flaw: Flaw | None

    def near(self, path: Path) -> Place:
        """The place of a path, or of the nearest above it that has one."""
        for length in range(len(path), 0, -1):
            if (place := self.known.get(path[:length])) is not None:
                return place
        return Place((0, 0), (0, 0))


def find_places(text: str) -> Places:
    """Scans a text as far as it is TOML; tomllib must be asked whether that was all of it."""
    scanner = _Scanner(text)
    with suppress(_Stop):
        scanner.document()
    return Places(scanner.known, scanner.flaw)


class _Stop(Exception):
    """The scan ends here: at a flaw, or at something that is no TOML."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.known: dict[Path, Place] = {}
        self.flaw: Flaw | None = None
        self._given: set[Path] = set()  # all of `known` but the tables that longer keys imply
        self._lengths: dict[Path, int] = {}  # of arrays of tables
        self._table: Path = ()

    def document(self) -> None:
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                self._header()
            else:
                self._pair(self._table)
            self._skip(_LINE_END)
            self._skip(_BLANK)

    def _header(self) -> None:
        start = self.at
        bracket = 2 if self.text.startswith("[[", start) else 1
        self.at += bracket
        parts = self._key()
        self._expect("]" * bracket)
        path = self._under((), parts)
        place = Place(parts[-1][1], (start, self.at))
        if bracket == 2:
            self.known.setdefault(path, place)
            index = self._lengths.get(path, 0)
            self._lengths[path] = index + 1
            path = (*path, index)
        self._give(path, place)
        self._table = path

    def _pair(self, table: Path) -> None:
        parts = self._key()
        self._expect("=")
        self._skip(_SPACE)
        self._value(self._under(table, parts), parts[-1][1])

    def _key(self) -> list[tuple[str, Extent]]:
        parts: list[tuple[str, Extent]] = []
        while not parts or self._takes("."):
            self._skip(_SPACE)
            start = self.at
            self._skip(_KEY_PART)
            parts.append((_key_name(self.text[start : self.at]), (start, self.at)))
            self._check_depth(len(parts), start)
            self._skip(_SPACE)
        return parts

    def _under(self, path: Path, parts: list[tuple[str, Extent]]) -> Path:
        """The path of a dotted key in a table; where it names arrays of tables, their last are meant."""
        for name, at in parts[:-1]:
            path = (*path, name)
            self.known.setdefault(path, Place(at, at))
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
        return (*path, parts[-1][0])

    def _value(self, path: Path, key: Extent | None = None) -> None:
        start = self.at
        self._check_depth(len(path), start)
        if self._takes("["):
            self._array(path)
        elif self._takes("{"):
            self._inline_table(path)
        else:
            self._scalar()
        self._give(path, Place(key or (start, self.at), (start, self.at)))

    def _array(self, path: Path) -> None:
        for index in count():
            self._skip(_BLANK)
            if self._takes("]"):
                return
            self._value((*path, index))
            if not self._continues("]"):
                return

    def _inline_table(self, path: Path) -> None:
        self._skip(_BLANK)
        if self._takes("}"):
            return
        self._pair(path)
        while self._continues("}"):
            self._pair(path)

    def _continues(self, bracket: str) -> bool:
        """Whether a comma follows and not the bracket."""
        self._skip(_BLANK)
        if self._takes(","):
            return True
        self._expect(bracket)
        return False

    def _scalar(self) -> None:
        start = self.at
        if self.text.startswith(('"', "'"), start):
            self._skip(_STRING)
            return
        self._skip(_BARE)
        self.at = start + len(self.text[start : self.at].rstrip(" \t"))
        if self.at - start > LONGEST_BARE:
            self._fail(f"a value without quotes has at most {LONGEST_BARE} characters", (start, self.at))

    def _give(self, path: Path, place: Place) -> None:
        if path in self._given:
            # As it is written, which is one line whatever its escapes mean.
            written = self.text[slice(*place.key)][:60]
            self._fail(f"'{written}' is given twice", place.key, self.known[path].key)
        self._given.add(path)
        self.known[path] = place

    def _check_depth(self, depth: int, at: int) -> None:
        if depth > DEEPEST:
            self._fail(f"keys and values nest at most {DEEPEST} deep", (at, at + 1))

    def _fail(self, message: str, at: Extent, first: Extent | None = None) -> NoReturn:
        self.flaw = Flaw(message, at, first)
        raise _Stop

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise _Stop
        self.at = found.end()

    def _takes(self, what: str) -> bool:
        taken = self.text.startswith(what, self.at)
        self.at += len(what) if taken else 0
        return taken

    def _expect(self, what: str) -> None:
        if not self._takes(what):
            raise _Stop


def _key_name(written: str) -> str:
    if written[0] not in "\"'":
        return written
    if "\\" not in written:
        return written[1:-1]
    with suppress(ValueError):
        return str(tomllib.loads(f"key = {written}")["key"])
    raise _Stop
