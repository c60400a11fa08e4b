"""The plain Python twin of crc32.c."""

from __future__ import annotations

import zlib


def reference(frame: bytearray, link: int, length: int, start: int, count: int) -> int:
    return zlib.crc32(frame[start : start + count])
