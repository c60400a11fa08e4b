"""Comments: put back into a program that the printer has formatted, which knows the tree alone.

Printing changes layout, `;`, parentheses and commas before `}` and `)`, never the number of the other
tokens, nor their order but for `++x`; so a comment that stood behind the n-th token of the source
belongs behind the n-th of the printed text.
A comment on a line of its own goes before the line of the token that follows it, any other to the
end of the line of the token before it. Single blank lines between statements are kept like comments.
Braces with a comment in them get a line for every element, so that each comment stays with its own.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from fpl3.syntax.lexemes import GROUPS

# Addresses and strings are one token: the printer may write them differently.
_LEXEME = re.compile(
    rf"""(?P<comment>//[^\n]*|\#[^\n]*|/\*.*?\*/)
      | (?P<blank>\n[ \t\r]*+\n\s*+)
      | (?P<space>\s+)
      | (?P<ignored>[;()])
      | (?P<token>"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])+' | {GROUPS} | \w+ | .)""",
    re.VERBOSE | re.DOTALL,
)
# Beyond this, texts whose tokens differ (which the printer does not make) are laid side by side.
_MOST_COMPARED = 5000
_BRACKET = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])+')|[][(){},]""")
_CLOSING = re.compile(r"\s*(FI|ELSE|ELSIF|ROF|TILPS|ESAC|CASE|DEFAULT)\b")


@dataclass(frozen=True, slots=True)
class _Comment:
    """`after` tokens stand before it; `own_line`: nothing but it on its line. "" is a blank line."""

    text: str
    after: int
    own_line: bool


@dataclass(frozen=True, slots=True)
class _Scan:
    tokens: tuple[str, ...]
    offsets: tuple[int, ...]
    comments: tuple[_Comment, ...]


def with_comments(source: str, printed: str) -> str:
    """`printed`, a formatted form of the program `source`, with the comments of `source`."""
    before, after = _scan(source), _scan(printed)
    if not before.comments:
        return printed
    places = _places(before.tokens, after.tokens)
    spread = _spread(printed, after, {places[c.after] for c in before.comments if c.text})
    if spread != printed:
        printed, after = spread, _scan(spread)
    return _inserted(printed, after, [(places[c.after], c) for c in before.comments])


def _scan(text: str) -> _Scan:
    tokens: list[str] = []
    offsets: list[int] = []
    comments: list[_Comment] = []
    for match in _LEXEME.finditer(text):
        kind = match.lastgroup
        if kind == "comment":
            line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
            comments.append(_Comment(match.group().rstrip(), len(tokens), not line.strip()))
            continue
        if tokens and tokens[-1] == "," and match.group() in ("}", ")"):
            tokens.pop()
            offsets.pop()
            _recount(comments, len(tokens))
        if kind == "token":
            tokens.append(match.group())
            offsets.append(match.start())
        elif kind == "blank" and (tokens or comments) and match.end() < len(text):
            comments.append(_Comment("", len(tokens), True))
    return _Scan(tuple(tokens), tuple(offsets), tuple(comments))


def _recount(comments: list[_Comment], tokens: int) -> None:
    """Comments behind a comma that was dropped counted that comma."""
    at = len(comments) - 1
    while at >= 0 and comments[at].after > tokens:
        comments[at] = replace(comments[at], after=tokens)
        at -= 1


def _places(source: tuple[str, ...], printed: tuple[str, ...]) -> list[int]:
    """For each number of tokens of the source, the number of tokens of the printed text."""
    if len(source) == len(printed):
        return list(range(len(source) + 1))
    if len(source) + len(printed) > _MOST_COMPARED:
        return [min(at, len(printed)) for at in range(len(source) + 1)]
    places = [0] * (len(source) + 1)
    for _, start, end, to, to_end in SequenceMatcher(None, source, printed, autojunk=False).get_opcodes():
        for at in range(start, end):
            places[at + 1] = min(to + (at - start) + 1, to_end)
    return places


def _spread(printed: str, scan: _Scan, places: set[int]) -> str:
    """`printed`, with the braces that hold one of the `places` laid out one element a line."""
    out: list[str] = []
    done, opened, open_braces = 0, 0, 0
    for number, token in enumerate(scan.tokens):
        if open_braces and number in places and scan.offsets[opened] >= done:
            start = scan.offsets[opened]
            end, text = _one_a_line(printed, start)
            out += [printed[done:start], text]
            done = end
        if token == "{":
            opened = opened if open_braces else number
            open_braces += 1
        elif token == "}":
            open_braces -= 1
    return "".join((*out, printed[done:]))


def _one_a_line(printed: str, start: int) -> tuple[int, str]:
    """The end of the braces that open at `start`, and their text with a line for every element."""
    line = printed[printed.rfind("\n", 0, start) + 1 : start]
    margin = line[: len(line) - len(line.lstrip())]
    depth, element, elements = 0, start + 1, []
    for found in _BRACKET.finditer(printed, start):
        sign = found.group()[0]  # a quote for strings, which are only stepped over
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0 or (depth == 1 and sign == ","):
            elements += [f"{margin}    {e}" for e in (printed[element : found.start()].strip(),) if e]
            element = found.end()
        if depth == 0:
            break
    inner = ",\n".join(elements)
    return element, f"{{\n{inner}\n{margin}}}" if inner else f"{{\n{margin}}}"


def _inserted(printed: str, scan: _Scan, comments: list[tuple[int, _Comment]]) -> str:
    lines = printed.splitlines()
    starts = [0]
    for line in printed.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    above: dict[int, list[str]] = defaultdict(list)
    behind: dict[int, list[str]] = defaultdict(list)
    for place, comment in comments:
        if comment.own_line or place == 0:
            offset = scan.offsets[place] if place < len(scan.offsets) else len(printed)
            above[bisect_right(starts, offset) - 1].append(comment.text)
        else:
            behind[bisect_right(starts, scan.offsets[place - 1]) - 1].append(comment.text)
    out: list[str] = []
    for number, line in enumerate([*lines, ""]):
        _lay_above(out, above[number], _margin(line))
        if number < len(lines):
            out.append(_with_tail(out, line, behind[number]))
    while out and not out[-1]:
        out.pop()
    return "\n".join(out) + "\n"


def _margin(line: str) -> str:
    """The indentation of a comment above a line: inside the block that a closing word ends."""
    indent = line[: len(line) - len(line.lstrip())]
    return indent + "    " if _CLOSING.match(line) else indent


def _lay_above(out: list[str], texts: list[str], margin: str) -> None:
    for text in texts:
        if text:
            out.append(margin + text)
        elif out and out[-1]:
            out.append("")


def _with_tail(out: list[str], line: str, texts: list[str]) -> str:
    """The line with its comments; only the last of them may run to the line's end."""
    for text in texts[:-1]:
        if text.startswith(("//", "#")):
            out.append(_margin(line) + text)
        else:
            line = f"{line} {text}"
    return f"{line} {texts[-1]}" if texts else line
