"""Texts and their places: lines, columns, bytes that are no UTF-8."""

from __future__ import annotations

import pytest

from fpl3.source import NotUtf8, Source, Span, decoded


def test_positions_count_from_one() -> None:
    source = Source("a", "ab\r\n\ncd")
    assert [source.position(at) for at in range(8)] == [
        (1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (3, 1), (3, 2), (3, 3),
    ]  # fmt: skip
    assert [source.line(number) for number in (1, 2, 3)] == ["ab", "", "cd"]


def test_spans() -> None:
    source = Source("a.fpl", "ab\ncd")
    span = Span(source, 3, 4).to(Span(source, 4, 5))
    assert (span.text, span.line, span.column, str(span)) == ("cd", 2, 1, "a.fpl:2:1")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_is_no_part_of_the_text(mark: bytes) -> None:
    assert decoded("a", mark + "é\n".encode()).text == "é\n"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    ("data", "offset", "column"),
    [
        (b"\xff", 0, 1),
        (b"R\xff;", 1, 2),
        (b"\xc3\xa9\xff", 2, 2),  # é is one character of two bytes
        (b"ab\xc3", 2, 3),  # cut in the middle of a character
        (b"a\xed\xa0\x80", 1, 2),  # a surrogate is not UTF-8
        (b"\xc0\xaf", 0, 1),  # overlong
    ],
)
def test_what_is_not_utf8_has_its_place(mark: bytes, data: bytes, offset: int, column: int) -> None:
    with pytest.raises(NotUtf8) as raised:
        decoded("a", mark + data)
    assert raised.value.offset == len(mark) + offset
    assert raised.value.byte == data[offset]
    assert raised.value.span.column == column
