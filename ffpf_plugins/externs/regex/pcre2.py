"""PCRE2's own library, for checking patterns and for the plain twin: pcre2api(3) through ctypes."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

from ffpf.errors import MachineError

CASELESS, NEVER_UCP, NEVER_UTF = 0x8, 0x800, 0x1000
ALL_OPTIONS, ANCHORED = 0, 0x80000000  # what pcre2_pattern_info is asked, and a bit of its answer
# Below the codes for "no match" (-1) and "a part of a match" (-2) are those of matches that ended by
# force: steps, depth, memory, and the stack of machine code have bounds.
PARTIAL = -2
SHARE = 100  # the least steps at a place where a match may begin


class BadPattern(Exception):
    """PCRE2 refuses the pattern: why, and the offset in bytes."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class TooManySteps(Exception):
    """A match met its limit."""


@cache
def _library() -> Any:
    try:
        library = ctypes.CDLL("libpcre2-8.so.0")
    except OSError:
        raise MachineError(
            "ffpf: error: the program uses regex, and PCRE2 is not installed\n"
            "help: on Debian or Ubuntu: sudo apt-get install libpcre2-dev"
        ) from None
    pointer, number, size = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_size_t
    library.pcre2_compile_8.restype = pointer
    library.pcre2_compile_8.argtypes = [ctypes.c_char_p, size, number, pointer, pointer, pointer]
    library.pcre2_code_free_8.argtypes = [pointer]
    library.pcre2_match_context_create_8.restype = pointer
    library.pcre2_match_context_create_8.argtypes = [pointer]
    library.pcre2_match_context_free_8.argtypes = [pointer]
    library.pcre2_set_match_limit_8.argtypes = [pointer, number]
    library.pcre2_match_data_create_from_pattern_8.restype = pointer
    library.pcre2_match_data_create_from_pattern_8.argtypes = [pointer, pointer]
    library.pcre2_match_data_free_8.argtypes = [pointer]
    library.pcre2_get_ovector_pointer_8.restype = ctypes.POINTER(size)
    library.pcre2_get_ovector_pointer_8.argtypes = [pointer]
    library.pcre2_pattern_info_8.argtypes = [pointer, number, pointer]
    library.pcre2_match_8.argtypes = [pointer, ctypes.c_char_p, size, size, number, pointer, pointer]
    return library


class Pattern:
    """A compiled pattern; raises BadPattern, or MachineError without PCRE2."""

    def __init__(self, text: bytes, nocase: bool) -> None:
        self._library = _library()
        error, offset = ctypes.c_int(), ctypes.c_size_t()
        flags = NEVER_UTF | NEVER_UCP | (CASELESS if nocase else 0)
        self._code = self._library.pcre2_compile_8(
            text, len(text), flags, ctypes.byref(error), ctypes.byref(offset), None
        )
        if not self._code:
            raise BadPattern(self._message(error.value), offset.value)
        options = ctypes.c_uint32()
        self._library.pcre2_pattern_info_8(self._code, ALL_OPTIONS, ctypes.byref(options))
        self._anchored = bool(options.value & ANCHORED)

    def _message(self, error: int) -> str:
        buffer = ctypes.create_string_buffer(256)
        self._library.pcre2_get_error_message_8(error, buffer, ctypes.c_size_t(len(buffer)))
        return buffer.value.decode(errors="replace")

    def __del__(self) -> None:
        if getattr(self, "_code", None):
            self._library.pcre2_code_free_8(self._code)

    def match(self, data: bytes, limit: int) -> tuple[int, int] | None:
        """Begin and end of the leftmost match; raises TooManySteps. PCRE2 counts the steps anew for
        every place at which a match may begin: each gets its share of `limit`."""
        library = self._library
        context = library.pcre2_match_context_create_8(None)
        block = library.pcre2_match_data_create_from_pattern_8(self._code, None)
        try:
            share = limit if self._anchored else max(SHARE, limit // (len(data) + 1))
            library.pcre2_set_match_limit_8(context, share)
            result = library.pcre2_match_8(self._code, data, len(data), 0, 0, block, context)
            if result < PARTIAL:
                raise TooManySteps
            if result < 0:
                return None
            places = library.pcre2_get_ovector_pointer_8(block)
            return places[0], places[1]
        finally:
            library.pcre2_match_data_free_8(block)
            library.pcre2_match_context_free_8(context)
