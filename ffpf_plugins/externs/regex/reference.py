"""The plain twin of regex: PCRE2's interpreter, one pattern after the other."""

from __future__ import annotations

from collections.abc import Iterator

from ffpf_plugins.externs.regex.pcre2 import Pattern, TooManySteps
from fpl3.externs import Text

NOWHERE = 0xFFFFFFFF


class Regex:
    def __init__(self, patterns: tuple[Text, ...], limit: int) -> None:
        ordered = sorted(patterns, key=lambda pattern: pattern.id)
        self.patterns = [(pattern.id, Pattern(pattern.value, pattern.nocase)) for pattern in ordered]
        self.limit = limit
        self.limited: dict[int, int] = {}

    def __call__(self, frame: bytearray, link: int, length: int, start: int, size: int) -> int:
        return next((id for id, _, _ in self._matches(frame, start, size)), 0)

    def count(self, frame: bytearray, link: int, length: int, start: int, size: int) -> int:
        return len({id for id, _, _ in self._matches(frame, start, size)})

    def all(self, frame: bytearray, link: int, length: int, start: int, size: int, array: list[int]) -> int:
        ids = sorted({id for id, _, _ in self._matches(frame, start, size)})
        array[: len(ids)] = ids[: len(array)]
        return len(ids)

    def at(self, frame: bytearray, link: int, length: int, start: int, size: int) -> int:
        return self._first(frame, start, size)[0]

    def end(self, frame: bytearray, link: int, length: int, start: int, size: int) -> int:
        return self._first(frame, start, size)[1]

    def _first(self, frame: bytearray, start: int, size: int) -> tuple[int, int]:
        found = [(begin, id, end) for id, begin, end in self._matches(frame, start, size)]
        begin, _, end = min(found, default=(NOWHERE, 0, NOWHERE), key=lambda match: match[:2])
        return begin, end

    def _matches(self, frame: bytearray, start: int, size: int) -> Iterator[tuple[int, int, int]]:
        """(id, begin, end) of the leftmost match of every pattern that matches, by ids."""
        data = bytes(frame[start : start + size])
        for id, pattern in self.patterns:
            try:
                match = pattern.match(data, self.limit)
            except TooManySteps:
                self.limited[id] = self.limited.get(id, 0) + 1
                continue
            if match is not None:
                yield id, start + match[0], start + match[1]

    def show(self) -> list[dict[str, int | float | str]]:
        return [{"id": id, "limited": count} for id, count in sorted(self.limited.items())]
