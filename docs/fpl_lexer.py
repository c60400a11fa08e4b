"""Colours for FPL-3 in the documentation: the words come from the grammar's own lists."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

from fpl3.syntax.lexemes import RESERVED
from fpl3.types import BY_NAME


class FplLexer(RegexLexer):
    """FPL-3."""

    name = "FPL-3"
    aliases: ClassVar[list[str]] = ["fpl"]
    filenames: ClassVar[list[str]] = ["*.fpl"]
    flags = 2  # re.IGNORECASE
    tokens: ClassVar[dict[str, list[object]]] = {
        "root": [
            (r"(//|#)[^\n]*", Comment.Single),
            (r"/\*[\s\S]*?\*/", Comment.Multiline),
            (words(tuple(sorted(BY_NAME)), prefix=r"\b", suffix=r"\b"), Keyword.Type),
            (words(tuple(sorted(RESERVED - set(BY_NAME))), prefix=r"\b", suffix=r"\b"), Keyword),
            (r'"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\\n])+\'', String),
            (r"\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b|\b\d+(\.\d+){3}(/\d+)?", Number),
            (r"\b0x[0-9a-f]+\b|\b0b[01]+\b|\b\d+\b", Number),
            (r"[a-z_]\w*", Name),
            (r"[-+*/%&|^~!<>=]+", Operator),
            (r"[()\[\]{},;:.]", Punctuation),
            (r"\s+", Text),
            (r".", Text),
        ]
    }
