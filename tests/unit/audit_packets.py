"""The packets of the audit, made by scapy: what they hold is said by another program than ours."""

from __future__ import annotations

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether

ETHER = Ether(dst="00:11:22:33:44:55", src="66:77:88:99:aa:bb")
_QUERY = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + b"abc"
_TO_WEB = IP(src="10.0.0.1", dst="192.0.2.7", ttl=64)

# 10.0.0.1 port 40000 to 192.0.2.7 port 80, SYN, time to live 64; 10 bytes of payload.
TCP4 = bytes(ETHER / _TO_WEB / TCP(sport=40000, dport=80, flags="S") / b"GET / HTTP")
UDP4 = bytes(ETHER / _TO_WEB / UDP(sport=40000, dport=53) / _QUERY)
TCP6 = bytes(
    ETHER / IPv6(src="2001:db8::1", dst="2001:db8::2") / TCP(dport=443, sport=5, flags="SA") / b"hi"
)
ARP4 = bytes(ETHER / ARP(psrc="10.0.0.9", pdst="10.0.0.1", hwsrc="66:77:88:99:aa:bb"))
# What comes back, and two fragments of the same flow.
REVERSE = bytes(ETHER / IP(src="192.0.2.7", dst="10.0.0.1") / TCP(sport=80, dport=40000))
FIRST_FRAGMENT = bytes(ETHER / IP(src="10.0.0.1", dst="192.0.2.7", flags="MF") / TCP(sport=40000, dport=80))
LATER_FRAGMENT = bytes(ETHER / IP(src="10.0.0.1", dst="192.0.2.7", frag=5, proto=6) / (b"x" * 40))
# To UDP port 1434, nine bytes 4.
WORM = bytes(ETHER / IP(src="10.0.0.1", dst="192.0.2.7") / UDP(sport=9, dport=1434) / (b"\4" * 9))
