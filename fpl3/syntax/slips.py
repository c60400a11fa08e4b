"""Typical slips, and what would be right: words of other languages, misspelt words, C's punctuation."""

from __future__ import annotations

import difflib

from fpl3.syntax import lexemes

_LONGEST_WORD = 40  # nobody misspells a keyword with more letters than that

_BLOCKS = (
    "blocks end with words: IF (e) THEN ... FI, FOR (...) ... ROF, SWITCH (e) ... ESAC, SPLIT; ... TILPS"
)
# What was found where something else was expected.
_FOUND = {
    "AND": "'and' is written &&",
    "OR": "'or' is written ||",
    "NOT": "'not' is written !; NOT stands before IN only",
    "AS": "a name is given by CONST NAME = value; or MACRO NAME = expression;",
    "{": _BLOCKS,
    "}": _BLOCKS,
    "=": "'==' compares; '=' assigns and is a statement of its own",
    "?": "there is no ?: operator; use IF (e) THEN ... ELSE ... FI",
    ".": "parts (.U1 .U4 .U8 .U16 .DW) are taken of PKT.B, PKT.W, PKT.DW and of fields only",
    "THEN": "THEN stands once, behind the condition in parentheses",
}
# Words of other languages at the beginning of a statement.
_FOREIGN = {
    "ELIF": "FPL-3 has ELSIF (e) THEN",
    "ELSEIF": "FPL-3 has ELSIF (e) THEN",
    "ENDIF": "IF ends with FI",
    "END": "IF ends with FI, FOR with ROF, SPLIT with TILPS, SWITCH with ESAC",
    "WHILE": "FPL-3 has FOR (; test; ) ... ROF",
    "DO": "FPL-3 has FOR (; test; ) ... ROF",
    "DONE": "FOR ends with ROF",
    "ENDFOR": "FOR ends with ROF",
    "CONTINUE": "put the rest of the loop into an IF",
    "GOTO": "FPL-3 has IF, FOR and SWITCH",
    "DROP": "a packet is dropped by RETURN (0)",
    "REJECT": "a packet is dropped by RETURN (0)",
    "ACCEPT": "a packet is delivered by RETURN (1)",
    "PASS": "a packet is delivered by RETURN (1)",
    "VAR": "registers are declared with their type: UINT32 name;",
    "LET": "registers are declared with their type: UINT32 name;",
    "LONG": "the types are UINT8 to UINT64 and INT8 to INT64",
    "SHORT": "the types are UINT8 to UINT64 and INT8 to INT64",
    "CHAR": "the types are UINT8 to UINT64 and INT8 to INT64",
    "UINT": "the types are UINT8 to UINT64 and INT8 to INT64",
    "UNSIGNED": "the types are UINT8 to UINT64 and INT8 to INT64",
    "DEFINE": "FPL-3 has CONST NAME = value; and MACRO NAME = expression;",
    "IMPORT": 'FPL-3 has INCLUDE "file.fpl";',
    "FUNCTION": "there are no functions of one's own; MACRO name(a, b) = expression;",
    "DEF": "there are no functions of one's own; MACRO name(a, b) = expression;",
    "VOID": "there are no functions of one's own; MACRO name(a, b) = expression;",
    "UINT128": "the types are UINT8 to UINT64 and INT8 to INT64",
    "INT128": "the types are UINT8 to UINT64 and INT8 to INT64",
}
# Those that a statement may begin with come first, because of two equally near the first is offered.
_BEGINNINGS = [
    *sorted(lexemes.STATEMENT_WORDS | lexemes.DECLARATION_WORDS | lexemes.TYPE_WORDS),
    *sorted(lexemes.CLOSING_WORDS | lexemes.STORAGE_WORDS | {"THEN", "TX_MAC", "TX_IP"}),
]


def help_for_found(word: str, expected: str = "") -> str | None:
    """Help about `word`, found where `expected` (a quoted keyword, or a description) should stand."""
    if expected.startswith("'") and _near(word, [expected.strip("'")]):
        return f"did you mean {expected}?"
    if word and not word.isascii():
        return "names are made of the letters A to Z, digits and _"
    return _FOUND.get(word.upper())


def help_for_statement(word: str) -> str | None:
    """Help about a statement that begins with `word`, which begins none."""
    foreign = _FOREIGN.get(word.upper())
    if foreign:
        return foreign
    near = _near(word, _BEGINNINGS)
    return f"did you mean '{near}'?" if near else None


def _near(word: str, known: list[str]) -> str | None:
    if not 1 < len(word) <= _LONGEST_WORD:
        return None
    found = difflib.get_close_matches(word.upper(), known, 3, 0.65)
    # A change of places keeps the first letter: FRO is nearer to FOR than to ROF.
    return max(found, key=lambda name: name[0] == word[0].upper()) if found else None
