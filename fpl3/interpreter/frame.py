"""The bytes of one run's packet: reads, writes, and where the fields are."""

from __future__ import annotations

from fpl3.fields import Field
from fpl3.headers import Headers, walk
from fpl3.interpreter.outcome import Abort, Absent


class Frame:
    """A packet that one run may write; its length never changes."""

    def __init__(self, data: bytes, link: int) -> None:
        self._data = bytes(data)
        self.link = link
        self._headers: Headers | None = None

    @property
    def data(self) -> bytes:
        return self._data

    def replace(self, data: bytes) -> None:
        """Other bytes, as many as before: every write goes through here, or headers were stale."""
        if len(data) != len(self._data):
            raise ValueError(f"a packet of {len(self._data)} bytes must not become {len(data)} bytes long")
        self._data = bytes(data)
        self._headers = None

    def copy(self) -> Frame:
        return Frame(self._data, self.link)

    def headers(self) -> Headers:
        if self._headers is None:
            self._headers = walk(self._data, self.link)
        return self._headers

    def check(self, offset: int, width: int) -> None:
        """Aborts unless bytes [offset, offset + width) were captured."""
        if offset < 0 or offset + width > len(self._data):
            raise Abort("out_of_bounds")

    def field_bit(self, wanted: Field) -> int:
        """The first bit of a field, counted from the start of the packet; raises Absent."""
        headers = self.headers()
        start = headers.offsets.get(wanted.header.name)
        if start is not None and wanted.optional:
            start = headers.optional.get(wanted.optional)
        if start is None:
            raise Absent
        return start * 8 + wanted.bit

    def bits(self, bit: int, width: int) -> int:
        """Bits [bit, bit + width), most significant first; they must have been checked."""
        first, last = bit // 8, (bit + width - 1) // 8 + 1
        whole = int.from_bytes(self._data[first:last], "big")
        return whole >> (last * 8 - bit - width) & (1 << width) - 1

    def set_bits(self, bit: int, width: int, value: int) -> None:
        """Writes the low `width` bits of a value over bits [bit, bit + width)."""
        first, last = bit // 8, (bit + width - 1) // 8 + 1
        shift = last * 8 - bit - width
        mask = (1 << width) - 1 << shift
        whole = int.from_bytes(self._data[first:last], "big")
        whole = whole & ~mask | value << shift & mask
        self.replace(self._data[:first] + whole.to_bytes(last - first, "big") + self._data[last:])
