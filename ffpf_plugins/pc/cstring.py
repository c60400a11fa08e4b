"""C string literals."""

from __future__ import annotations


def c_string(text: str) -> str:
    """A C string literal of UTF-8 bytes (a file's name may hold others, kept as surrogates); octal
    escapes end after three digits, \\x does not."""
    return c_bytes(text.encode(errors="surrogateescape"))


def c_bytes(value: bytes) -> str:
    return f'"{"".join(map(_c_byte, value))}"'


def _c_byte(byte: int) -> str:
    plain = 32 <= byte < 127 and chr(byte) not in '"\\?'
    return chr(byte) if plain else f"\\{byte:03o}"
