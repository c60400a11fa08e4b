"""Packets that scapy makes with a value in every field of the table."""

from __future__ import annotations

from scapy.contrib.geneve import GENEVE
from scapy.contrib.mpls import MPLS
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.ipsec import AH, ESP
from scapy.layers.l2 import ARP, GRE, Dot1AD, Dot1Q, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.layers.sctp import SCTP
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

ETHER = Ether(dst="02:00:00:00:00:0a", src="02:00:00:00:00:0b")
V4 = IP(src="10.0.0.1", dst="192.0.2.7")
V6 = IPv6(src="2001:db8::1", dst="2001:db8::2")
DNS_QUERY = DNS(id=0x1234, qr=1, opcode=2, aa=1, tc=0, rd=1, ra=0, ad=1, cd=0, rcode=3, qd=DNSQR())
FULL_TCP = TCP(sport=1, dport=2, seq=3, ack=4, dataofs=5, flags="SAUC", window=6, chksum=7, urgptr=8)
FULL_IP = IP(
    tos=0xB9, id=7, flags="DF", ttl=9, proto=6, chksum=0xABCD, src="10.0.0.1", dst="192.0.2.7", len=40
)
FULL_ARP = ARP(op=2, hwsrc="02:00:00:00:00:01", psrc="10.0.0.1", hwdst="02:00:00:00:00:02", pdst="10.0.0.2")
PLACES: list[tuple[Packet, dict[str, int]]] = [
    (
        ETHER / Dot1AD(prio=5, dei=1, vlan=0x123) / Dot1Q(prio=2, vlan=0x456) / FULL_IP / FULL_TCP,
        {
            "ETH.DST": 0x02000000000A, "ETH.SRC": 0x02000000000B, "ETH.TYPE": 0x88A8,
            "VLAN.PCP": 5, "VLAN.DEI": 1, "VLAN.ID": 0x123, "VLAN.TCI": 0xB123, "VLAN.TYPE": 0x8100,
            "VLAN2.PCP": 2, "VLAN2.DEI": 0, "VLAN2.ID": 0x456, "VLAN2.TCI": 0x4456, "VLAN2.TYPE": 0x0800,
            "IP.VERSION": 4, "IP.IHL": 5, "IP.TOS": 0xB9, "IP.DSCP": 46, "IP.ECN": 1, "IP.LEN": 40,
            "IP.ID": 7,
            "IP.FLAGS": 2, "IP.DF": 1, "IP.MF": 0, "IP.FRAG": 0, "IP.TTL": 9, "IP.PROTO": 6,
            "IP.CHECKSUM": 0xABCD, "IP.SRC": 0x0A000001, "IP.DST": 0xC0000207,
            "TCP.SPORT": 1, "TCP.DPORT": 2, "TCP.SEQ": 3, "TCP.ACK": 4, "TCP.OFFSET": 5, "TCP.FLAGS": 0xB2,
            "TCP.FLAGS_CWR": 1, "TCP.FLAGS_ECE": 0, "TCP.FLAGS_URG": 1, "TCP.FLAGS_ACK": 1,
            "TCP.FLAGS_PSH": 0,
            "TCP.FLAGS_RST": 0, "TCP.FLAGS_SYN": 1, "TCP.FLAGS_FIN": 0, "TCP.WINDOW": 6, "TCP.CHECKSUM": 7,
            "TCP.URGENT": 8, "PORTS.SPORT": 1, "PORTS.DPORT": 2,
        },
    ),
    (ETHER / IP(flags="MF", frag=0x155) / Raw(bytes(8)), {"IP.FLAGS": 1, "IP.MF": 1, "IP.DF": 0,
    "IP.FRAG": 0x155}),
    (
        ETHER / MPLS(label=0xABCDE, cos=5, s=1, ttl=64) / V4,
        {"MPLS.LABEL": 0xABCDE, "MPLS.TC": 5, "MPLS.BOTTOM": 1, "MPLS.TTL": 64, "IP.DST": 0xC0000207},
    ),
    (
        ETHER / PPPoE(sessionid=0x77, code=0, len=22) / PPP(proto=0x21) / V4,
        {"PPPOE.VERSION": 1, "PPPOE.TYPE": 1, "PPPOE.CODE": 0, "PPPOE.SESSION": 0x77, "PPPOE.LEN": 22},
    ),
    (
        ETHER / FULL_ARP,
        {
            "ARP.HTYPE": 1, "ARP.PTYPE": 0x0800, "ARP.HLEN": 6, "ARP.PLEN": 4, "ARP.OP": 2,
            "ARP.SHA": 0x020000000001, "ARP.SPA": 0x0A000001, "ARP.THA": 0x020000000002,
            "ARP.TPA": 0x0A000002,
        },
    ),
    (
        ETHER / IPv6(tc=0xB9, fl=0x12345, hlim=7, src="2001:db8::1", dst="2001:db8::2") / UDP(sport=5,
        dport=6, chksum=9),
        {
            "IP6.VERSION": 6, "IP6.CLASS": 0xB9, "IP6.DSCP": 46, "IP6.ECN": 1, "IP6.FLOW": 0x12345,
            "IP6.LEN": 8,
            "IP6.NEXT": 17, "IP6.HLIM": 7, "IP6.SRC": 0x20010DB8 << 96 | 1, "IP6.DST": 0x20010DB8 << 96 | 2,
            "UDP.SPORT": 5, "UDP.DPORT": 6, "UDP.LEN": 8, "UDP.CHECKSUM": 9,
        },
    ),
    (
        ETHER / V6 / IPv6ExtHdrHopByHop() / IPv6ExtHdrRouting(type=0, segleft=1, addresses=["::1"])
        / IPv6ExtHdrDestOpt() / IPv6ExtHdrFragment(m=1, id=0x01020304) / UDP(),
        {
            "HOPOPTS.NEXT": 43, "HOPOPTS.LEN": 0, "ROUTING.NEXT": 60, "ROUTING.LEN": 2, "ROUTING.TYPE": 0,
            "ROUTING.LEFT": 1, "DSTOPTS.NEXT": 44, "DSTOPTS.LEN": 0, "FRAG6.NEXT": 17, "FRAG6.OFFSET": 0,
            "FRAG6.MF": 1, "FRAG6.ID": 0x01020304,
        },
    ),
    (ETHER / V6 / IPv6ExtHdrFragment(offset=0x1ABC, m=0), {"FRAG6.OFFSET": 0x1ABC, "FRAG6.MF": 0}),
    (ETHER / V4 / AH(nh=6, spi=0x0A0B0C0D, payloadlen=4), {"AH.NEXT": 6, "AH.LEN": 4,
    "AH.SPI": 0x0A0B0C0D}),
    (ETHER / V4 / ESP(spi=0x0A0B0C0D, seq=5), {"ESP.SPI": 0x0A0B0C0D, "ESP.SEQ": 5}),
    (
        ETHER / V4 / SCTP(sport=1, dport=2, tag=3, chksum=4),
        {"SCTP.SPORT": 1, "SCTP.DPORT": 2, "SCTP.VTAG": 3, "SCTP.CHECKSUM": 4},
    ),
    (
        ETHER / V4 / ICMP(type=8, code=3, id=5, seq=6, chksum=7),
        {"ICMP.TYPE": 8, "ICMP.CODE": 3, "ICMP.ID": 5, "ICMP.SEQ": 6, "ICMP.CHECKSUM": 7},
    ),
    (
        ETHER / V6 / ICMPv6EchoRequest(code=3, id=5, seq=6, cksum=7),
        {"ICMP6.TYPE": 128, "ICMP6.CODE": 3, "ICMP6.ID": 5, "ICMP6.SEQ": 6, "ICMP6.CHECKSUM": 7},
    ),
    (
        ETHER / IP(proto=2) / Raw(bytes.fromhex("160abcdee0010203")),
        {"IGMP.TYPE": 0x16, "IGMP.MAXRESP": 10, "IGMP.CHECKSUM": 0xBCDE, "IGMP.GROUP": 0xE0010203},
    ),
    (
        ETHER / V4 / GRE(chksum_present=1, key_present=1, key=0xDEADBEEF, version=1, proto=0x0800,
        chksum=0),
        {"GRE.FLAGS": 0x1400, "GRE.VERSION": 1, "GRE.PROTO": 0x0800, "GRE.KEY": 0xDEADBEEF},
    ),
    (ETHER / V4 / GRE(key_present=1, key=0xDEADBEEF), {"GRE.FLAGS": 0x0400, "GRE.KEY": 0xDEADBEEF}),
    (ETHER / V4 / UDP(dport=4789) / VXLAN(flags=8, vni=0x123456), {"VXLAN.FLAGS": 8,
    "VXLAN.VNI": 0x123456}),
    (
        ETHER / V4 / UDP(dport=6081) / GENEVE(optionlen=0, oam=1, critical=1, proto=0x6558, vni=0x123456),
        {
            "GENEVE.VERSION": 0, "GENEVE.OPTLEN": 0, "GENEVE.OAM": 1, "GENEVE.CRITICAL": 1,
            "GENEVE.PROTO": 0x6558, "GENEVE.VNI": 0x123456,
        },
    ),
    (
        ETHER / V4 / UDP(sport=53) / DNS_QUERY,
        {
            "DNS.ID": 0x1234, "DNS.FLAGS": 0x9523, "DNS.QR": 1, "DNS.OPCODE": 2, "DNS.AA": 1, "DNS.TC": 0,
            "DNS.RD": 1, "DNS.RA": 0, "DNS.AD": 1, "DNS.CD": 0, "DNS.RCODE": 3, "DNS.QDCOUNT": 1,
            "DNS.ANCOUNT": 0, "DNS.NSCOUNT": 0, "DNS.ARCOUNT": 0,
        },
    ),
    (
        ETHER / V4 / UDP(dport=53) / Raw(bytes(4) + bytes.fromhex("00010002000300ff")),
        {"DNS.QDCOUNT": 1, "DNS.ANCOUNT": 2, "DNS.NSCOUNT": 3, "DNS.ARCOUNT": 255},
    ),
]  # fmt: skip
