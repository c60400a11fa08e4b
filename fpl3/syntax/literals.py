"""Literals: numbers, characters, strings, addresses and prefixes, each checked where it stands."""

from __future__ import annotations

import ipaddress
import re

from fpl3 import kinds
from fpl3.syntax import lexemes, tree
from fpl3.syntax.elements import Fault, Text, shortened

_MAC = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}")
Address = tree.MacAddress | tree.Ipv4Address | tree.Ipv6Address
_BITS: dict[type, int] = {tree.MacAddress: 48, tree.Ipv4Address: 32, tree.Ipv6Address: 128}


def literal(text: Text, found: re.Match[str]) -> tuple[int, tree.Expression]:
    """The literal that lexemes.OPERAND found; the end and its node."""
    kind = found.lastgroup or ""
    start, end = found.span(kind)
    written = found.group(kind)
    span = text.span(start, end)
    match kind:
        case "number":
            return end, tree.Number(span, _number(text, start, written), written)
        case "char":
            return end, tree.Number(span, _character(text, start, written), written)
        case "string":
            return end, tree.String(span, _bytes(text, start, written))
        case "ipv4":
            return _prefix(text, end, tree.Ipv4Address(span, _ipv4(text, start, written)))
    if _MAC.fullmatch(written):
        return _prefix(text, end, tree.MacAddress(span, int(written.replace(":", ""), 16)))
    return _prefix(text, end, tree.Ipv6Address(span, _ipv6(text, start, written)))


def _number(text: Text, start: int, written: str) -> int:
    if len(written) > lexemes.LONGEST_NUMBER:
        raise Fault(
            text,
            (start, start + len(written)),
            f"a number of {len(written):,} characters",
            help=f"numbers have at most {lexemes.LONGEST_NUMBER:,} characters",
            kind=kinds.NESTING,
        )
    return int(written, 0)


def bad_number(text: Text, found: re.Match[str]) -> Fault:
    """The message about digits that make no number and no address."""
    start, end = found.span("badnumber")
    written = found.group("badnumber")
    if re.fullmatch(r"0\d+", written):
        right = written.lstrip("0") or "0"
        help = f"write {shortened(right)}, or 0x for hexadecimal; there are no octal numbers"
    elif re.fullmatch(r"[\d.]+", written):
        help = "numbers are whole; an IPv4 address has four parts of 0 to 255"
    elif re.fullmatch(r"(?!0b)[0-9A-Fa-f]+", written):
        help = f"hexadecimal numbers begin with 0x: 0x{shortened(written)}"
    else:
        help = "numbers are decimal, 0x followed by hexadecimal digits, or 0b followed by 0 and 1"
    return Fault(
        text, (start, end), f"'{shortened(written)}' is not a number", help=help, kind=kinds.LITERAL
    )


def _character(text: Text, start: int, written: str) -> int:
    value = _bytes(text, start, written)
    if len(value) != 1:
        raise Fault(
            text,
            (start, start + len(written)),
            f"{shortened(written)} is {len(value)} bytes, a character is one",
            help="a character is 'c', or '\\xHH' for any byte; longer texts stand in double quotes",
            kind=kinds.LITERAL,
        )
    return value[0]


def _bytes(text: Text, start: int, written: str) -> bytes:
    value, wrong = lexemes.unescaped(written)
    if wrong is not None:
        at = start + wrong
        raise Fault(
            text,
            (at, at + 2),
            f"unknown escape '{text[at : at + 2]}'",
            help=r"escapes are \xHH \n \t \r \0 \a \b \f \v \\ \' and \"",
            kind=kinds.LITERAL,
        )
    return value


def _ipv4(text: Text, start: int, written: str) -> int:
    at, value = start, 0
    for part in written.split("."):
        place = (at, at + len(part))
        number = part.lstrip("0") or "0"
        if len(number) > 3 or int(number) > 255:
            help = "the four parts of an IPv4 address are 0 to 255"
            raise Fault(text, place, f"{shortened(part)} is more than 255", help=help, kind=kinds.LITERAL)
        if number != part:
            help = f"write {number}; some programs read a leading 0 as octal"
            raise Fault(
                text, place, f"'{shortened(part)}' has a leading zero", help=help, kind=kinds.LITERAL
            )
        value = value << 8 | int(part)
        at += len(part) + 1
    return value


def _ipv6(text: Text, start: int, written: str) -> int:
    try:
        return int(ipaddress.IPv6Address(written))
    except ValueError:
        raise Fault(
            text,
            (start, start + len(written)),
            f"'{shortened(written)}' is neither an IPv6 nor a MAC address",
            help="IPv6: eight groups of up to four hex digits, or fewer with ::; "
            "MAC: six groups of exactly two",
            kind=kinds.LITERAL,
        ) from None


def _prefix(text: Text, end: int, address: Address) -> tuple[int, tree.Expression]:
    """The prefix, if `/length` follows: behind an address that is never a division."""
    found = lexemes.PREFIX_LENGTH.match(text, end)
    if found is None:
        return end, address
    length, bits = found.group(1), _BITS[type(address)]
    if not length.isdigit() or len(length) > 3 or int(length) > bits or str(int(length)) != length:
        help = f"this prefix has 0 to {bits} bits, in decimal; to divide, write / ({shortened(length)})"
        raise Fault(
            text, found.span(1), f"'{shortened(length)}' is no prefix length", help=help, kind=kinds.LITERAL
        )
    host = address.value & ((1 << (bits - int(length))) - 1)
    if host:
        right = written_address(type(address)(address.span, address.value - host))
        help = f"the prefix is {right}/{length}; the address alone is {written_address(address)}"
        message = f"bits are set behind the first {length}"
        raise Fault(text, (address.span.start, found.end()), message, help=help, kind=kinds.LITERAL)
    span = text.span(address.span.start, found.end())
    return found.end(), tree.Prefix(span, address, int(length))


def written_address(address: Address) -> str:
    """An address as a literal."""
    match address:
        case tree.MacAddress():
            return ":".join(f"{b:02X}" for b in address.value.to_bytes(6, "big"))
        case tree.Ipv4Address():
            return str(ipaddress.IPv4Address(address.value))
        case tree.Ipv6Address():
            written = str(ipaddress.IPv6Address(address.value))
            return written if written.count(":") >= 2 else f"{written}::"
