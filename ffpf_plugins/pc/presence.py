"""Which C tells whether a header is present, and where it is, from the located stages."""

from __future__ import annotations

from ffpf_plugins.pc.names import Frame
from fpl3.emit.cexpr import SUM, UNARY, C

# {link} {ip} {ip6} {l4} are the stages' variables, {data} the packet.
_PRESENT = {
    "ETH": "ffpf_has_eth(cap, link)",
    "VLAN": "({link}.vlan != 0)",
    "VLAN2": "({link}.vlan2 != 0)",
    "PPPOE": "({link}.pppoe != 0)",
    "MPLS": "({link}.mpls != 0)",
    "L3": "ffpf_has_l3(&{link}, cap)",
    "ARP": "ffpf_has_arp(&{link}, cap)",
    "arp_ipv4": "ffpf_has_arp_ipv4(&{link}, {data}, cap)",
    "IP": "{ip}.present",
    "IP6": "{ip6}.ip.present",
    "HOPOPTS": "({ip6}.hopopts != 0)",
    "ROUTING": "({ip6}.routing != 0)",
    "FRAG6": "({ip6}.frag6 != 0)",
    "DSTOPTS": "({ip6}.dstopts != 0)",
    "AH": "ffpf_has_ah(&{ip6}, &{l4})",
    "L4": "{l4}.present",
    "TCP": "ffpf_has_tcp(&{l4}, {data})",
    "UDP": "ffpf_has_udp(&{l4}, {data})",
    "SCTP": "ffpf_has_sctp(&{l4})",
    "PORTS": "ffpf_has_ports(&{l4}, {data})",
    "ICMP": "ffpf_has_icmp(&{l4})",
    "icmp_echo": "ffpf_has_icmp_echo(&{l4}, {data})",
    "ICMP6": "ffpf_has_icmp6(&{l4})",
    "icmp6_echo": "ffpf_has_icmp6_echo(&{l4}, {data})",
    "IGMP": "ffpf_has_igmp(&{l4})",
    "GRE": "ffpf_has_gre(&{l4})",
    "gre_key": "ffpf_has_gre_key(&{l4}, {data})",
    "ESP": "ffpf_has_esp(&{l4})",
    "VXLAN": "ffpf_has_vxlan(&{l4}, {data})",
    "GENEVE": "ffpf_has_geneve(&{l4}, {data})",
    "DNS": "ffpf_has_dns(&{l4}, {data})",
    "L7": "ffpf_has_l7(&{l4}, {data})",
}

_OFFSET = {
    "ETH": "0u",
    "VLAN": "{link}.vlan",
    "VLAN2": "{link}.vlan2",
    "PPPOE": "{link}.pppoe",
    "MPLS": "{link}.mpls",
    **dict.fromkeys(("L3", "ARP", "IP", "IP6"), "{link}.net"),
    "HOPOPTS": "{ip6}.hopopts",
    "ROUTING": "{ip6}.routing",
    "FRAG6": "{ip6}.frag6",
    "DSTOPTS": "{ip6}.dstopts",
    "AH": "ffpf_ah(&{ip6}, &{l4})",
    **dict.fromkeys(
        ("L4", "TCP", "UDP", "SCTP", "PORTS", "ICMP", "ICMP6", "IGMP", "GRE", "ESP"), "{l4}.at"
    ),
    "gre_key": "ffpf_gre_key(&{l4}, {data})",
    **dict.fromkeys(("VXLAN", "GENEVE", "DNS"), "{l4}.at + 8"),
    "L7": "ffpf_l7(&{l4}, {data})",
}


def present(header: str, frame: Frame) -> C:
    return C(_filled(_PRESENT[header], frame))


def offset_of(header: str, frame: Frame) -> C:
    text = _filled(_OFFSET[header], frame)
    return C(text, SUM if " + " in text else UNARY)


def _filled(text: str, frame: Frame) -> str:
    stages = {name.lower(): frame.stage(name) for name in ("LINK", "IP", "IP6", "L4")}
    return text.format(data=frame.data, **stages)
