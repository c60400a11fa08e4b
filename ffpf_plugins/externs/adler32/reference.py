"""The plain Python twin of adler32.c."""

from __future__ import annotations

import zlib


def reference(frame: bytearray, link: int, length: int, start: int, count: int) -> int:
    return zlib.adler32(frame[start : start + count])
