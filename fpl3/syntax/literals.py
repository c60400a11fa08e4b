"""Literals: numbers, characters, strings, addresses and prefixes, each checked where it stands."""

from __future__ import annotations

import ipaddress
import re

from fpl3.syntax import lexemes, tree
from fpl3.syntax.elements import Fault, Text


def literal(text: Text, found: re.Match[str]) -> tuple[int, tree.Expression]:
    """The literal that lexemes.OPERAND found; the end and its node."""
    kind = found.lastgroup or ""
    start, end = found.span(kind)
    written = found.group(kind)
    span = text.span(start, end)
    match kind:
        case "number":
            return end, tree.Number(span, int(written, 0), written)
        case "char":
            return end, tree.Number(span, _character(text, start, written), written)
        case "string":
            return end, tree.String(span, _bytes(text, start, written))
        case "mac":
            address: tree.MacAddress | tree.Ipv4Address | tree.Ipv6Address = tree.MacAddress(
                span, int(written.replace(":", ""), 16)
            )
        case "ipv4":
            address = tree.Ipv4Address(span, _ipv4(text, start, written))
        case _:
            address = tree.Ipv6Address(span, _ipv6(text, start, written))
    return _prefix(text, end, address)


def bad_number(text: Text, found: re.Match[str]) -> Fault:
    start, end = found.span("badnumber")
    written = found.group("badnumber")
    if re.fullmatch(r"0\d+", written):
        help = f"write {int(written)}, or 0x for hexadecimal; there are no octal numbers"
    elif "." in written and written.count(".") != 3:
        help = "numbers are whole; an IPv4 address has four parts"
    else:
        help = "numbers are decimal, 0x followed by hexadecimal digits, or 0b followed by 0 and 1"
    return Fault(text, (start, end), f"'{written}' is not a number", help=help)


def _character(text: Text, start: int, written: str) -> int:
    value = _bytes(text, start, written)
    if len(value) != 1:
        raise Fault(
            text,
            (start, start + len(written)),
            f"{written} is {len(value)} bytes, a character is one",
            help="write a number, or a string where one is allowed",
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
        )
    return value


def _ipv4(text: Text, start: int, written: str) -> int:
    at, value = start, 0
    for part in written.split("."):
        place = (at, at + len(part))
        if len(part) > 1 and part[0] == "0":
            right = str(int(part))
            raise Fault(
                text, place, f"'{part}' has a leading zero", help=f"write {right}; some read octal here"
            )
        if int(part) > 255:
            raise Fault(
                text, place, f"{part} is more than 255", help="an IPv4 address has four parts of 0..255"
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
            f"'{written}' is neither an IPv6 nor a MAC address",
            help="IPv6: eight groups of up to four hex digits, or fewer with ::; "
            "MAC: six groups of exactly two",
        ) from None


def _prefix(
    text: Text, end: int, address: tree.MacAddress | tree.Ipv4Address | tree.Ipv6Address
) -> tuple[int, tree.Expression]:
    found = lexemes.PREFIX_LENGTH.match(text, end)
    if found is None:
        return end, address
    bits = {tree.MacAddress: 48, tree.Ipv4Address: 32, tree.Ipv6Address: 128}[type(address)]
    place = found.span(1)
    if len(found.group(1)) > 3 or int(found.group(1)) > bits:
        raise Fault(text, place, f"a prefix of {found.group(1)} bits", help=f"this address has {bits} bits")
    length = int(found.group(1))
    host = address.value & ((1 << (bits - length)) - 1)
    if host:
        right = written_address(type(address)(address.span, address.value - host))
        raise Fault(
            text,
            (address.span.start, found.end()),
            f"host bits are set behind the first {length} bits",
            help=f"the prefix is {right}/{length}",
        )
    span = text.span(address.span.start, found.end())
    return found.end(), tree.Prefix(span, address, length)


def written_address(address: tree.MacAddress | tree.Ipv4Address | tree.Ipv6Address) -> str:
    """An address as a literal."""
    match address:
        case tree.MacAddress():
            return ":".join(f"{b:02X}" for b in address.value.to_bytes(6, "big"))
        case tree.Ipv4Address():
            return str(ipaddress.IPv4Address(address.value))
        case tree.Ipv6Address():
            written = str(ipaddress.IPv6Address(address.value))
            return written if written.count(":") >= 2 else f"{written}::"
