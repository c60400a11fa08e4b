"""Who talks to whom in a packet: what alert lines say of it."""

from __future__ import annotations

from ffpf.alerts import Endpoints
from fpl3.headers import walk


def endpoints(data: bytes, link: int) -> Endpoints | None:
    """The ends of the outermost IP header, None where there is none in the bytes.

    `data` are the first bytes of a packet, cut wherever the capture or the alert's record cut it: a
    header that does not lie in them is not there. `link` is a LINKTYPE_ number.
    """
    found = walk(data, link)
    for name, start, width in (("IP", 12, 4), ("IP6", 8, 16)):
        if name in found.offsets:
            at = found.offsets[name] + start
            source, destination = data[at : at + width], data[at + width : at + 2 * width]
            return Endpoints(source, destination, found.proto, _ports(data, found.offsets.get("PORTS")))
    return None


def _ports(data: bytes, at: int | None) -> tuple[int, int] | None:
    if at is None:
        return None
    return int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
