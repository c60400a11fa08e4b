"""The plain twin of search: every string at every place."""

from __future__ import annotations

from fpl3.externs import Text

NOWHERE = 0xFFFFFFFF


class Search:
    def __init__(self, strings: tuple[Text, ...]) -> None:
        self.strings = strings

    def __call__(self, frame: bytearray, link: int, length: int, start: int, size: int) -> int:
        return min(self._occurrences(frame, start, size), default=(0, 0))[1]

    def at(self, frame: bytearray, link: int, length: int, start: int, size: int) -> int:
        return min(self._occurrences(frame, start, size), default=(NOWHERE, 0))[0]

    def count(self, frame: bytearray, link: int, length: int, start: int, size: int) -> int:
        return len(self._occurrences(frame, start, size))

    def all(self, frame: bytearray, link: int, length: int, start: int, size: int, array: list[int]) -> int:
        ids = sorted({id for _, id in self._occurrences(frame, start, size)})
        array[: len(ids)] = ids[: len(array)]
        return len(ids)

    def _occurrences(self, frame: bytearray, start: int, size: int) -> list[tuple[int, int]]:
        """(place, id) of all occurrences inside the range."""
        data = bytes(frame[start : start + size])
        found = []
        for text in self.strings:
            value = text.value.lower() if text.nocase else text.value
            where = data.lower() if text.nocase else data
            at = where.find(value)
            while at >= 0:
                found.append((start + at, text.id))
                at = where.find(value, at + 1)
        return found
