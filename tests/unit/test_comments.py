"""Comments find their place in a formatted program."""

from __future__ import annotations

import pytest

from fpl3.syntax.comments import with_comments

PRINTED = "UINT32 M[8];\nIF (PKT.LEN > 60) THEN\n  M[0]++;\nELSE\n  M[1]++;\nFI\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("UINT32 M[8] IF (PKT.LEN>60) THEN M[0]++ ELSE M[1]++ FI", PRINTED),
        ("// a\n# b\n" + PRINTED, "// a\n# b\n" + PRINTED),
        (PRINTED + "// end\n", PRINTED + "// end\n"),
        ("/* a */ " + PRINTED, "/* a */\n" + PRINTED),
        (PRINTED.replace("THEN", "THEN // why"), PRINTED.replace("THEN", "THEN // why")),
        (PRINTED.replace("ELSE", "// last\nELSE"), PRINTED.replace("ELSE", "    // last\nELSE")),
        (PRINTED.replace("IF (", "\n\n\nIF ("), PRINTED.replace("IF (", "\nIF (")),
        (PRINTED.replace("60", "/* x */ 60 /* y */"), PRINTED.replace("THEN", "THEN /* x */ /* y */")),
        (PRINTED.replace("60", "60 // x\n").replace("THEN", "THEN // y"),
         PRINTED.replace("IF (", "// x\nIF (").replace("THEN", "THEN // y")),
    ],
)  # fmt: skip
def test_places(source: str, expected: str) -> None:
    once = with_comments(source, PRINTED)
    assert once == expected
    assert with_comments(once, PRINTED) == once


def test_comment_signs_inside_strings_are_no_comments() -> None:
    text = 'RULE r = { MSG "a // b # c /* d" };\n'
    assert with_comments(text, text) == text


def test_addresses_that_the_printer_shortens_count_as_one() -> None:
    source = "SET s = { 2001:0db8:0:0::1, 00:00:E2:8D:6C:F9 }; // s\n// next\nRETURN(1);\n"
    printed = "SET s = { 2001:db8::1, 00:00:e2:8d:6c:f9 };\nRETURN(1);\n"
    assert with_comments(source, printed) == (
        "SET s = { 2001:db8::1, 00:00:e2:8d:6c:f9 }; // s\n// next\nRETURN(1);\n"
    )


def test_no_comment_is_lost_where_tokens_differ() -> None:
    source = "a = 1; // one\nINT b; // two\n"
    printed = "a = 1;\nINT32 b = 0;\n"
    assert with_comments(source, printed) == "a = 1; // one\nINT32 b = 0; // two\n"
