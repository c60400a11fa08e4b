"""The packet fields: one declarative table of headers and their fields.

A header is present or not (docs/headers.md); each field names its header, its bit offset from the
header's start and its width in bits. Fields in an optional part carry a presence rule of their own.
Where a header starts and whether it is present is the walk's business (the interpreter's and each
target's); this table is all that anybody knows about field names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fpl3.types import IPV6, IntType, Type


@dataclass(frozen=True, slots=True)
class Header:
    """A protocol header: `fixed` bytes must be captured (and inside the IP length, for what IP
    carries) for it to be present; `layer` says what it hangs on."""

    name: str
    fixed: int
    layer: str
    summary: str


@dataclass(frozen=True, slots=True)
class Field:
    """Bits [bit, bit + width) from the header's start, most significant first.

    `optional` is "" for a field of the fixed part, else the name of its presence rule: `arp_ipv4`,
    `icmp_echo`, `icmp6_echo`, `gre_key` (docs/headers.md). `structural`: a write to it may change
    which headers are present or where they stand.
    """

    header: Header
    name: str
    bit: int
    width: int
    summary: str
    optional: str = ""
    structural: bool = False

    @property
    def type(self) -> Type:
        if self.width == 128:
            return IPV6
        return IntType(next(b for b in (8, 16, 32, 64) if self.width <= b), False)

    @property
    def path(self) -> str:
        return f"{self.header.name}.{self.name}"


# header | fixed part in bytes | layer | what it is; then its fields:
# name[=alias...] | bit offset | width | what it is | optional rule | "!" if structural
_TABLE = """
ETH | 14 | link | Ethernet header (Ethernet captures)
  DST=DEST=DEST_ADDR 0 48 destination address
  SRC=SRC_ADDR 48 48 source address
  TYPE 96 16 EtherType as it stands behind the addresses (of a tag, if there is one) !
VLAN | 4 | link | first (outermost) VLAN tag
  PCP=PRIO 0 3 priority
  DEI=CFI 3 1 drop eligible
  ID=VID 4 12 VLAN number
  TCI 0 16 the three fields above as one number
  TYPE 16 16 EtherType behind the tag !
VLAN2 | 4 | link | second VLAN tag
  PCP=PRIO 0 3 priority
  DEI=CFI 3 1 drop eligible
  ID=VID 4 12 VLAN number
  TCI 0 16 the three fields above as one number
  TYPE 16 16 EtherType behind the tag !
MPLS | 4 | link | top MPLS label
  LABEL 0 20 label
  TC=EXP 20 3 traffic class
  BOTTOM=S 23 1 bottom of stack !
  TTL 24 8 time to live
PPPOE | 6 | link | PPPoE header, session or discovery
  VERSION 0 4 version !
  TYPE 4 4 type !
  CODE 8 8 code
  SESSION=SID 16 16 session number
  LEN=LENGTH 32 16 length of what follows
ARP | 8 | network | ARP
  HTYPE 0 16 hardware type
  PTYPE 16 16 protocol type
  HLEN 32 8 length of hardware addresses !
  PLEN 40 8 length of protocol addresses !
  OP=OPCODE 48 16 operation: 1 request, 2 reply
  SHA 64 48 sender hardware address | arp_ipv4
  SPA 112 32 sender protocol address | arp_ipv4
  THA 144 48 target hardware address | arp_ipv4
  TPA 192 32 target protocol address | arp_ipv4
IP | 20 | network | IPv4, the outermost
  VERSION 0 4 version !
  IHL 4 4 header length in 32-bit words !
  TOS 8 8 type of service
  DSCP 8 6 differentiated services
  ECN 14 2 congestion notification
  LEN=LENGTH=TOTAL_LENGTH 16 16 total length in bytes !
  ID 32 16 identification
  FLAGS 48 3 flags !
  DF=FLAGS_DF 49 1 don't fragment
  MF=FLAGS_MF 50 1 more fragments !
  FRAG=FRAG_OFFSET=OFFSET 51 13 fragment offset in 8-byte units !
  TTL 64 8 time to live
  PROTO=PROTOCOL 72 8 protocol of the payload !
  CHECKSUM=SUM 80 16 header checksum
  SRC=SRC_ADDR 96 32 source address
  DST=DEST=DEST_ADDR 128 32 destination address
IP6 | 40 | network | IPv6, the outermost
  VERSION 0 4 version !
  CLASS=TC 4 8 traffic class
  DSCP 4 6 differentiated services
  ECN 10 2 congestion notification
  FLOW=FLOW_LABEL 12 20 flow label
  LEN=LENGTH=PAYLOAD_LENGTH 32 16 payload length in bytes !
  NEXT=NEXT_HEADER 48 8 next header !
  HLIM=HOP_LIMIT 56 8 hop limit
  SRC=SRC_ADDR 64 128 source address
  DST=DEST=DEST_ADDR 192 128 destination address
HOPOPTS | 8 | network | IPv6 hop-by-hop options
  NEXT 0 8 next header !
  LEN=LENGTH 8 8 length in 8-byte units without the first !
ROUTING | 8 | network | IPv6 routing header
  NEXT 0 8 next header !
  LEN=LENGTH 8 8 length in 8-byte units without the first !
  TYPE 16 8 routing type
  LEFT=SEGMENTS_LEFT 24 8 segments left
FRAG6 | 8 | network | IPv6 fragment header
  NEXT 0 8 next header !
  OFFSET 16 13 fragment offset in 8-byte units !
  MF=MORE 31 1 more fragments
  ID 32 32 identification
AH | 8 | network | authentication header (over IPv6 an extension header)
  NEXT 0 8 next header !
  LEN=LENGTH 8 8 length in 4-byte units minus 2 !
  SPI 32 32 security parameters index
DSTOPTS | 8 | network | IPv6 destination options
  NEXT 0 8 next header !
  LEN=LENGTH 8 8 length in 8-byte units without the first !
TCP | 20 | transport | TCP
  SPORT=SRC_PORT 0 16 source port
  DPORT=DST_PORT=DEST_PORT 16 16 destination port
  SEQ 32 32 sequence number
  ACK=ACK_NUMBER 64 32 acknowledgement number
  OFFSET=DOFF 96 4 header length in 32-bit words !
  FLAGS 104 8 the eight flags, CWR first
  FLAGS_CWR=CWR 104 1 congestion window reduced
  FLAGS_ECE=ECE 105 1 ECN echo
  FLAGS_URG=URG 106 1 urgent pointer is valid
  FLAGS_ACK 107 1 acknowledgement is valid
  FLAGS_PSH=PSH 108 1 push
  FLAGS_RST=RST 109 1 reset
  FLAGS_SYN=SYN 110 1 synchronise
  FLAGS_FIN=FIN 111 1 finished
  WINDOW=WIN 112 16 window
  CHECKSUM=SUM 128 16 checksum
  URGENT=URGENT_POINTER 144 16 urgent pointer
UDP | 8 | transport | UDP
  SPORT=SRC_PORT 0 16 source port !
  DPORT=DST_PORT=DEST_PORT 16 16 destination port !
  LEN=LENGTH 32 16 length with the header !
  CHECKSUM=SUM 48 16 checksum
SCTP | 12 | transport | SCTP
  SPORT=SRC_PORT 0 16 source port
  DPORT=DST_PORT=DEST_PORT 16 16 destination port
  VTAG=TAG 32 32 verification tag
  CHECKSUM=SUM 64 32 checksum (CRC-32C)
PORTS | 4 | transport | the ports of TCP, UDP or SCTP
  SPORT=SRC_PORT 0 16 source port !
  DPORT=DST_PORT=DEST_PORT 16 16 destination port !
ICMP | 4 | transport | ICMP
  TYPE 0 8 type !
  CODE 8 8 code
  CHECKSUM=SUM 16 16 checksum
  ID 32 16 identifier (echo, timestamp, information, mask) | icmp_echo
  SEQ 48 16 sequence number (as ID) | icmp_echo
ICMP6 | 4 | transport | ICMPv6
  TYPE 0 8 type !
  CODE 8 8 code
  CHECKSUM=SUM 16 16 checksum
  ID 32 16 identifier (echo) | icmp6_echo
  SEQ 48 16 sequence number (echo) | icmp6_echo
IGMP | 8 | transport | IGMP
  TYPE 0 8 type
  MAXRESP=MAX_RESPONSE 8 8 maximum response time
  CHECKSUM=SUM 16 16 checksum
  GROUP 32 32 group address
GRE | 4 | transport | GRE
  FLAGS 0 13 flags !
  VERSION 13 3 version
  PROTO=PROTOCOL 16 16 EtherType of the payload
  KEY 0 32 key, where the header has one | gre_key
ESP | 8 | transport | encapsulating security payload
  SPI 0 32 security parameters index
  SEQ 32 32 sequence number
VXLAN | 8 | tunnel | VXLAN over UDP port 4789
  FLAGS 0 8 flags
  VNI 32 24 network identifier
GENEVE | 8 | tunnel | Geneve over UDP port 6081
  VERSION 0 2 version
  OPTLEN=OPT_LEN 2 6 length of options in 4-byte units
  OAM 8 1 control packet
  CRITICAL 9 1 critical options present
  PROTO=PROTOCOL 16 16 EtherType of the payload
  VNI 32 24 network identifier
DNS | 12 | application | DNS over UDP port 53
  ID 0 16 query identifier
  FLAGS 16 16 the flags below as one number
  QR 16 1 0 query, 1 response
  OPCODE 17 4 operation
  AA 21 1 authoritative answer
  TC 22 1 truncated
  RD 23 1 recursion desired
  RA 24 1 recursion available
  AD 26 1 authentic data
  CD 27 1 checking disabled
  RCODE 28 4 response code
  QDCOUNT=QUESTIONS 32 16 questions
  ANCOUNT=ANSWERS 48 16 answers
  NSCOUNT=AUTHORITIES 64 16 authority records
  ARCOUNT=ADDITIONALS 80 16 additional records
"""


def _headers() -> Iterator[tuple[Header, list[str]]]:
    rows: list[str] = []
    header: Header | None = None
    for line in _TABLE.strip().splitlines():
        if line.startswith(" "):
            rows.append(line.strip())
            continue
        if header is not None:
            yield header, rows
        name, fixed, layer, summary = (part.strip() for part in line.split("|"))
        header, rows = Header(name, int(fixed), layer, summary), []
    assert header is not None
    yield header, rows


def _field(header: Header, row: str) -> tuple[list[str], Field]:
    """The names of one row (the first is the field's own) and its field."""
    structural = row.endswith("!")
    body, _, optional = row.removesuffix("!").partition("|")
    names, bit, width, summary = body.split(None, 3)
    own, *aliases = names.split("=")
    field = Field(header, own, int(bit), int(width), summary.strip(), optional.strip(), structural)
    return [own, *aliases], field


HEADERS: dict[str, Header] = {}
FIELDS: dict[tuple[str, str], Field] = {}  # by header and name or alias, in capitals
for _header, _rows in _headers():
    HEADERS[_header.name] = _header
    for _row in _rows:
        _names, _made = _field(_header, _row)
        FIELDS.update({(_header.name, _name): _made for _name in _names})

# The paper writes IP_DEST_PORT for the port of whatever transport IP carries.
for _alias in ("SRC_PORT", "DEST_PORT", "DST_PORT"):
    FIELDS["IP", _alias] = FIELDS["PORTS", _alias]

_PROTOCOLS = {
    "ICMP": 1, "IGMP": 2, "IPIP": 4, "TCP": 6, "EGP": 8, "IGP": 9, "UDP": 17, "IPV6": 41, "RSVP": 46,
    "GRE": 47, "ESP": 50, "AH": 51, "ICMP6": 58, "EIGRP": 88, "OSPF": 89, "PIM": 103, "VRRP": 112,
    "L2TP": 115, "SCTP": 132, "UDPLITE": 136,
}  # fmt: skip
_ETHERTYPES = {
    "IP": 0x0800, "ARP": 0x0806, "RARP": 0x8035, "VLAN": 0x8100, "IP6": 0x86DD, "QINQ": 0x88A8,
    "MPLS": 0x8847, "MPLS_MULTICAST": 0x8848, "PPPOE_DISCOVERY": 0x8863, "PPPOE": 0x8864,
    "LLDP": 0x88CC, "EAPOL": 0x888E, "LOOPBACK": 0x9000,
}  # fmt: skip
_TCP_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
CONSTANTS: dict[str, int] = {
    **_PROTOCOLS,
    **{f"PROTO_{name}": number for name, number in _PROTOCOLS.items()},
    **{f"ETH_{name}": number for name, number in _ETHERTYPES.items()},
    **{f"TCP_{name}": 1 << bit for bit, name in enumerate(_TCP_FLAGS)},
}


def lookup_field(words: Sequence[str]) -> Field | None:
    """The field that the words after PKT name: IP.PROTO, IP_PROTO, TCP.FLAGS.SYN, in any case."""
    return _by_words("_".join(words).upper())


@lru_cache(maxsize=1024)
def _by_words(joined: str) -> Field | None:
    header, _, name = joined.partition("_")
    return FIELDS.get((header, name))


def lookup_bare(name: str) -> Field | int | None:
    """What a bare word in capitals means: a constant (TCP, ETH_IP) or a field (IP_PROTO)."""
    if name in CONSTANTS:
        return CONSTANTS[name]
    return _by_words(name) if name == name.upper() else None


def all_field_names() -> list[str]:
    """Every way to write a field after PKT., for lists and suggestions."""
    return [f"{header}.{name}" for header, name in FIELDS]
