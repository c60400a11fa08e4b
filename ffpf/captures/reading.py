"""Opens captures of either format; the byte stream that both readers stand on."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO, Protocol

from ffpf.captures.packets import CapturedPacket, CaptureError, CaptureFormat

PCAPNG_MAGIC = b"\n\r\r\n"


class Damaged(Exception):
    """What is wrong with the next packet; the reader adds the packet's number."""


class Ended(Exception):
    """The stream ended where a record may end."""


class Bytes:
    """A stream that is read in pieces of known length."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._ahead = b""
        self.taken = 0

    def peek(self, size: int) -> bytes:
        """The next bytes without taking them: `size` of them, or what is left."""
        while len(self._ahead) < size:
            try:
                more = self._stream.read(size - len(self._ahead))
            except OSError as error:
                raise Damaged(f"cannot read: {error.strerror}") from error
            if not more:
                break
            self._ahead += more
        return self._ahead[:size]

    def take(self, size: int, what: str, needed: int | None = None) -> bytes:
        """The next `size` bytes of a record part; `needed` and what went before are for the message."""
        piece = self.peek(size)
        if len(piece) < size:
            whole = size if needed is None else needed
            there = whole - size + len(piece)
            raise Damaged(f"the file ends inside a {what}: {there} of {whole} bytes are there")
        self._ahead = self._ahead[size:]
        self.taken += size
        return piece

    def at_end(self) -> bool:
        return not self.peek(1)


class Records(Protocol):
    """A reader of one format."""

    format: CaptureFormat

    def next_packet(self) -> CapturedPacket:
        """The next packet. Raises Ended or Damaged."""


class CaptureReader(Iterator[CapturedPacket]):
    """The packets of a capture in order; CaptureError when it comes to damage.

    A context manager that closes the stream if `open_capture` opened it.
    """

    def __init__(self, stream: BinaryIO, snaplen: int | None, owned: bool) -> None:
        self._stream, self._owned = stream, owned
        self._cut = snaplen or None
        self._bytes = Bytes(stream)
        self._damage: CaptureError | None = None
        self.packets = 0
        try:
            self._records = _records(self._bytes)
        except Damaged as damage:
            self.close()
            raise CaptureError(1, str(damage)) from None

    @property
    def format(self) -> CaptureFormat:
        return self._records.format

    @property
    def taken(self) -> int:
        """Bytes of the capture that have been read."""
        return self._bytes.taken

    def size(self) -> int | None:
        """Bytes of the whole capture, if it is a regular file."""
        try:
            status = os.fstat(self._stream.fileno())
        except OSError:
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def __next__(self) -> CapturedPacket:
        if self._damage is not None:
            raise self._damage
        try:
            packet = self._records.next_packet()
        except Ended:
            raise StopIteration from None
        except Damaged as damage:
            self._damage = CaptureError(self.packets + 1, str(damage))
            raise self._damage from None
        self.packets += 1
        return packet if self._cut is None else _shortened(packet, self._cut)

    def close(self) -> None:
        if self._owned:
            self._stream.close()

    def __enter__(self) -> CaptureReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _shortened(packet: CapturedPacket, cut: int) -> CapturedPacket:
    from dataclasses import replace

    return packet if len(packet.data) <= cut else replace(packet, data=packet.data[:cut])


def open_capture(source: str | os.PathLike[str] | BinaryIO, snaplen: int | None = None) -> CaptureReader:
    """Opens a file, "-" for standard input, or a binary stream, and reads its header.

    `snaplen`: the most bytes to keep of a packet (0 or None: all). Raises OSError where the file cannot
    be opened, CaptureError for packet 1 where the header is damaged.
    """
    if not isinstance(source, str | os.PathLike):
        return CaptureReader(source, snaplen, owned=False)
    if source == "-":
        return CaptureReader(sys.stdin.buffer, snaplen, owned=False)
    stream = io.BufferedReader(io.FileIO(os.fspath(source)), 1 << 18)
    try:
        return CaptureReader(stream, snaplen, owned=True)
    except BaseException:
        with suppress(OSError):
            stream.close()
        raise


def _records(source: Bytes) -> Records:
    from ffpf.captures import pcap, pcapng

    if source.at_end():
        raise Damaged("the file is empty; a pcap or pcapng capture is expected")
    magic = source.peek(4)
    if len(magic) < 4:
        source.take(4, "magic number")
    if magic == PCAPNG_MAGIC:
        return pcapng.PcapngRecords(source)
    return pcap.PcapRecords(source)
