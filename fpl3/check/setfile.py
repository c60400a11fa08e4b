"""Set files: one number, range, address or prefix a line, `#` comments; 100,000 lines in a moment.

Accepted: decimal and 0x numbers, IPv4 and IPv6 addresses and prefixes, MAC addresses, and ranges
`a-b` of two of a kind. Blank lines and white space around an element are ignored.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from socket import AF_INET6, inet_pton

from fpl3 import kinds
from fpl3.check.context import Context, Rejected
from fpl3.source import Source, Span

# The strict octet: no leading zero, no sign, no space, at most 255.
OCTETS = {str(value): value for value in range(256)}
# Lengths of prefixes as people write them: 024 is none.
LENGTHS = {str(value): value for value in range(129)}
LONGER = 129
NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20}")
MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")
MAX_ERRORS = 20
HELP = "one number, address, prefix or range a-b a line; # starts a comment"


@dataclass(slots=True)
class Ranges:
    """Closed ranges in any order, and whether they are of IPv6 addresses."""

    ranges: list[tuple[int, int]] = field(default_factory=list)
    ipv6: bool = False


class BadElement(Exception):
    """The text is no element; says why."""


def parse_lines(ctx: Context, source: Source) -> Ranges:
    """All elements of a set file. Every bad line is an error with its place (the first 20)."""
    found = Ranges()
    faults = 0
    for number, line in enumerate(source.text.split("\n"), 1):
        plain = _plain_ipv6(line) if found.ipv6 else _plain_ipv4(line)
        if plain is not None:
            found.ranges.append(plain)
        elif not _slow_line(ctx, source, number, line, found):
            faults += 1
            if faults >= MAX_ERRORS:
                break
    if faults:
        raise Rejected
    return found


def _plain_ipv4(line: str) -> tuple[int, int] | None:
    """A strict IPv4 address or prefix and nothing else; None: the slow way will tell."""
    address, slash, length = line.partition("/")
    try:
        a, b, c, d = address.split(".")
        first = OCTETS[a] << 24 | OCTETS[b] << 16 | OCTETS[c] << 8 | OCTETS[d]
        rest = (1 << 32 - LENGTHS[length]) - 1 if slash else 0
    except (ValueError, KeyError):  # a shift by less than nothing is a ValueError
        return None
    return (first, first + rest) if first & rest == 0 else None


def _plain_ipv6(line: str) -> tuple[int, int] | None:
    """An IPv6 address and nothing else."""
    try:
        value = int.from_bytes(inet_pton(AF_INET6, line))
    except (OSError, ValueError):
        return None
    return value, value


def _slow_line(ctx: Context, source: Source, number: int, line: str, found: Ranges) -> bool:
    """A line that is not just an IPv4 address; False if it was refused."""
    text = line.partition("#")[0].strip()
    if not text:
        return True
    try:
        low, high, ipv6 = element(text)
        if found.ranges and ipv6 != found.ipv6:
            raise BadElement("IPv6 addresses and other elements are mixed in one set")
    except BadElement as bad:
        start = source.line_starts[number - 1] + line.index(text)
        span = Span(source, start, start + len(text))
        ctx.sink.error(kinds.SET_FILE, span, str(bad), help=HELP, notes=reversed(ctx.trail))
        return False
    found.ipv6 = ipv6
    found.ranges.append((low, high))
    return True


def element(text: str) -> tuple[int, int, bool]:
    """Low end, high end, whether IPv6, of one element. Raises BadElement."""
    if "/" in text:
        return _prefix(text)
    if "-" not in text:
        value, ipv6 = _single(text)
        return value, value, ipv6
    first, _, second = text.partition("-")
    low, low_ipv6 = _single(first.strip())
    high, high_ipv6 = _single(second.strip())
    if low_ipv6 != high_ipv6:
        raise BadElement("the ends of this range belong to two address families")
    if low > high:
        raise BadElement("the range ends before it begins")
    return low, high, low_ipv6


def _prefix(text: str) -> tuple[int, int, bool]:
    address, _, length_text = text.partition("/")
    value, ipv6 = _single(address)
    width = 128 if ipv6 else 48 if ":" in address else 32
    if width == 32 and "." not in address:
        raise BadElement("only addresses have prefixes")
    length = LENGTHS.get(length_text, LONGER)
    if length > width:
        raise BadElement(f"the length of this prefix must be 0 to {width}")
    size = 1 << (width - length)
    if value % size:
        raise BadElement("host bits are set in this prefix")
    return value, value + size - 1, ipv6


def _single(text: str) -> tuple[int, bool]:
    octets = [OCTETS.get(part, -1) for part in text.split(".")]
    if len(octets) == 4 and min(octets) >= 0:
        return int.from_bytes(bytes(octets)), False
    if NUMBER.fullmatch(text):
        value = int(text, 16) if text[:2] in ("0x", "0X") else int(text)
        if value >= 1 << 64:
            raise BadElement("this number does not fit 64 bits")
        return value, False
    if MAC.fullmatch(text):
        return int(text.replace(":", ""), 16), False
    try:
        # Several times as fast as ipaddress, which then says no more than that it is none.
        return int.from_bytes(inet_pton(AF_INET6, text)), True
    except (OSError, ValueError):
        return _odd_ipv6(text)


def _odd_ipv6(text: str) -> tuple[int, bool]:
    """What the system's parser refused: never an address that can be in a set."""
    try:
        address = ipaddress.IPv6Address(text)
        if address.scope_id is None:
            return int(address), True
        raise BadElement("an address with a zone is known to one machine only")
    except ValueError:
        raise BadElement(f"'{text[:60]}' is no number and no address") from None
