"""Link types by their LINKTYPE_ numbers (https://www.tcpdump.org/linktypes.html)."""

from __future__ import annotations

MAX_CAPLEN = 16 << 20  # FFPF_MAX_CAPLEN of the object interface
DBUS, USBPCAP, EBHSCR = 231, 249, 279

# Those that named fields know: docs/headers.md.
NAMED_LINK_TYPES = frozenset({0, 1, 9, 12, 14, 101, 108, 113, 228, 229, 276})

NAMES = {
    0: "NULL", 1: "EN10MB", 3: "AX25", 6: "IEEE802", 7: "ARCNET", 8: "SLIP", 9: "PPP", 10: "FDDI",
    12: "RAW", 14: "RAW", 50: "PPP_HDLC", 51: "PPP_ETHER", 100: "ATM_RFC1483", 101: "RAW", 104: "C_HDLC",
    105: "IEEE802_11", 107: "FRELAY", 108: "LOOP", 113: "LINUX_SLL", 114: "LTALK", 117: "PFLOG",
    119: "PRISM_HEADER", 122: "IP_OVER_FC", 123: "SUNATM", 127: "IEEE802_11_RADIO", 129: "ARCNET_LINUX",
    138: "APPLE_IP_OVER_IEEE1394", 143: "DOCSIS", 144: "LINUX_IRDA", 147: "USER0",
    163: "IEEE802_11_RADIO_AVS", 166: "PPP_WITHDIRECTION", 187: "BLUETOOTH_HCI_H4", 189: "USB_LINUX",
    192: "PPI", 195: "IEEE802_15_4_WITHFCS", 201: "BLUETOOTH_HCI_H4_WITH_PHDR", 220: "USB_LINUX_MMAPPED",
    226: "IPNET", 227: "CAN_SOCKETCAN", 228: "IPV4", 229: "IPV6", 230: "IEEE802_15_4_NOFCS",
    DBUS: "DBUS", 239: "NFLOG", USBPCAP: "USBPCAP", 253: "NETLINK", 258: "PKTAP", 276: "LINUX_SLL2",
    EBHSCR: "EBHSCR",
}  # fmt: skip

LONGEST = {DBUS: MAX_CAPLEN, USBPCAP: 1 << 20, EBHSCR: 8 << 20}


def link_name(link: int) -> str:
    """The name and number of a link type, or the number alone where it has no name here."""
    return f"{NAMES[link]} ({link})" if link in NAMES else str(link)


def longest_packet(link: int) -> int:
    """The most captured bytes that are taken for sane: libpcap's limit for the type."""
    return LONGEST.get(link, 262144)


def snapshot_length(link: int, said: int) -> int:
    """What a file's snapshot length means: 0 and more than 2^31 - 1 stand for the maximum."""
    return said if 0 < said < 1 << 31 else longest_packet(link)
