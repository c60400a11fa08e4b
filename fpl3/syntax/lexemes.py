"""The words of FPL-3: reserved words, the patterns of literals, comments blanked out."""

from __future__ import annotations

import re

from fpl3.types import BY_NAME

STATEMENT_WORDS = frozenset(["IF", "FOR", "BREAK", "RETURN", "EXTERN", "TX", "SPLIT", "SWITCH", "ALERT"])
DECLARATION_WORDS = frozenset(["CONST", "MACRO", "SET", "INCLUDE", "USE", "RULE"])
CLOSING_WORDS = frozenset(["ELSE", "ELSIF", "FI", "ROF", "TILPS", "CASE", "DEFAULT", "ESAC"])
TYPE_WORDS = frozenset(BY_NAME)
STORAGE_WORDS = frozenset(["SCRATCH", "SRAM", "SDRAM"])
RESERVED = (
    STATEMENT_WORDS
    | DECLARATION_WORDS
    | CLOSING_WORDS
    | TYPE_WORDS
    | frozenset(["THEN", "HASH", "IN", "NOT", "MAX", "MIN", "CONSISTENT", "PKT"])
)

# Openers and what closes them, for recovery and for messages about missing words.
CLOSES = {"IF": "FI", "FOR": "ROF", "SPLIT": "TILPS", "SWITCH": "ESAC"}

# Possessive, and unterminated forms match too: no text makes this go over the same part twice.
_COMMENT = re.compile(
    r"""(?P<kept>"(?:\\[^\n]|[^"\\\n])*+"? | '(?:\\[^\n]|[^'\\\n])*+'?)
      | (?P<comment>//[^\n]*|\#[^\n]*|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?P<end>\*/)?)""",
    re.VERBOSE,
)


def blank_comments(text: str) -> tuple[str, int | None]:
    """The text with every comment turned into spaces (offsets stay), and where an unterminated
    comment begins, if there is one."""
    unterminated: list[int] = []

    def blank(match: re.Match[str]) -> str:
        if match.group("kept") is not None:
            return match.group()
        if match.group().startswith("/*") and match.group("end") is None:
            unterminated.append(match.start())
        return "\n".join(" " * len(line) for line in match.group().split("\n"))

    blanked = _COMMENT.sub(blank, text)
    return blanked, unterminated[0] if unterminated else None


_HEX4 = "[0-9A-Fa-f]{0,4}"
# MAC and IPv6 addresses: hexadecimal groups with two colons at least, so that `CASE 1:` is none; the
# last colon of `CASE 00:00:E2:8D:6C:F9:` and `CASE ::1:` is not part of the address.
GROUPS = rf"(?={_HEX4}:{_HEX4}:)[0-9A-Fa-f:]*(?:(?<!:)::|[0-9A-Fa-f])(?:\.[0-9]+)*(?![\w.])"
# What an operand may begin with; white space in front included. The longest literal comes first.
OPERAND = re.compile(
    rf"""\s*+(?:
      (?P<groups>{GROUPS})
    | (?P<ipv4>\d+\.\d+\.\d+\.\d+(?![\w.]))
    | (?P<number>0[xX][0-9A-Fa-f]+(?![\w.])|0[bB][01]+(?![\w.])|(?:0|[1-9][0-9]*)(?![\w.]))
    | (?P<word>[A-Za-z_]\w*)
    | (?P<badnumber>\d[\w.]*)
    | (?P<char>'(?:\\.|[^'\\\n])*')
    | (?P<string>"(?:\\.|[^"\\\n])*")
    | (?P<sign>[-+~!(])
    )""",
    re.VERBOSE | re.ASCII,
)
PREFIX_LENGTH = re.compile(r"\s*+/\s*+(\d\w*)", re.ASCII)
OPERATOR = re.compile(
    r"\s*+(\|\||&&|<<=|>>=|\+\+|--|==|!=|<=|>=|<<|>>|[-+*/%&|^]=|[-+*/%&|^<>=]"
    r"|(?i:IN|NOT\s+IN)(?!\w))",
    re.ASCII,
)
WORD = re.compile(r"\s*+([A-Za-z_]\w*)", re.ASCII)
DOT_WORD = re.compile(r"\s*+\.\s*([A-Za-z_]\w*)", re.ASCII)
SPACE = re.compile(r"\s*", re.ASCII)
NEXT = re.compile(r"\s*+(\w+|.|$)", re.ASCII | re.DOTALL)

_ESCAPES = {
    "n": b"\n", "t": b"\t", "r": b"\r", "0": b"\0", "a": b"\a", "b": b"\b", "f": b"\f", "v": b"\v",
    "\\": b"\\", "'": b"'", '"': b'"',
}  # fmt: skip
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)


# Wider than this is beyond what the checker computes (4,096 bits), and costs quadratic time to convert.
LONGEST_NUMBER = 4000


def unescaped(quoted: str) -> tuple[bytes, int | None]:
    """The bytes of a quoted text (with its quotes), and the offset of a wrong escape, if any."""
    inner = quoted[1:-1]
    out = bytearray()
    at = 0
    for match in _ESCAPE.finditer(inner):
        out += inner[at : match.start()].encode()
        at = match.end()
        if match.group(1) is not None:
            out.append(int(match.group(1), 16))
        elif match.group(2) in _ESCAPES:
            out += _ESCAPES[match.group(2)]
        else:
            return bytes(out), match.start() + 1
    return bytes(out) + inner[at:].encode(), None


def written_at(quoted: str, offset: int) -> int:
    """Where in a quoted text (with its quotes) the byte at `offset` of its value is written."""
    at, left = 1, offset
    while left > 0 and at < len(quoted) - 1:
        escape = _ESCAPE.match(quoted, at)
        left -= 1 if escape else len(quoted[at].encode())
        at = escape.end() if escape else at + 1
    return at
