"""Captures in plain Python: a reader and a writer of pcap and pcapng.

This is the second implementation of what node/*_reader.c and node/*_writer.c do, written from the
formats' descriptions for the interpreter target and for the tests; the two must agree packet for
packet and, on damage, word for word.
"""

from ffpf.captures.link_types import NAMED_LINK_TYPES, link_name
from ffpf.captures.packets import MICRO, CapturedPacket, CaptureError, CaptureFormat, Interface
from ffpf.captures.reading import CaptureReader, open_capture
from ffpf.captures.writing import CaptureWriter

__all__ = [
    "MICRO", "NAMED_LINK_TYPES", "CaptureError", "CaptureFormat", "CaptureReader", "CaptureWriter",
    "CapturedPacket", "Interface", "link_name", "open_capture",
]  # fmt: skip
