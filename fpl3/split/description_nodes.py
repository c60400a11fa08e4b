"""The nodes of a hardware description and their interfaces."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from fpl3 import kinds
from fpl3.check.lookup import is_built_in
from fpl3.diagnostics import Note
from fpl3.source import Span
from fpl3.split.description_table import BINARY, EXAMPLES, THOUSANDS, Report, Table, shown
from fpl3.split.topology import CAPABILITIES, Interface, Node
from fpl3.syntax.lexemes import RESERVED

MOST_NODES = 10_000
_NODE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_TARGET = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}", re.ASCII)
_NODE, _INTERFACE = "[nodes.N0]", "[nodes.N0.interfaces.eth1]"
_NODE_KEYS = ("target", "capacity", "memory", "lacks", "interfaces")
_INTERFACE_KEYS = ("mac", "address", "reaches")


def read_nodes(report: Report, description: Table) -> dict[str, Node] | None:
    """All nodes by name in the order of the file; None if links would make no sense without them."""
    table = description.table("nodes", "nodes", _NODE) if description.needs("nodes") else None
    if table is None or not _count_is_fine(report, table):
        return None
    reader = _Reader(report)
    return {name: reader.node(name, table) for name in table.values}


def _count_is_fine(report: Report, table: Table) -> bool:
    names = list(table.values)
    if not names:
        report.error(kinds.NODE_COUNT, report.value(table.path), "the description has no nodes", _NODE)
    elif len(names) > MOST_NODES:
        message = f"the description has {len(names):,} nodes"
        help = f"a description has at most {MOST_NODES:,}; this is the first beyond"
        report.error(kinds.NODE_COUNT, table.key(names[MOST_NODES]), message, help)
    return 0 < len(names) <= MOST_NODES


def _address(text: str) -> str:
    """An address as it is usually written. Raises ValueError, which says what else it is."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("no address") from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise ValueError("an address with a zone, which one machine only knows")
        if address.ipv4_mapped is not None:
            raise ValueError("an IPv4 address in the form of IPv6")
    if address.is_unspecified:
        raise ValueError("the address that stands for none")
    if address.is_multicast or address == ipaddress.IPv4Address("255.255.255.255"):
        raise ValueError("the address of many interfaces")
    return str(address)


class _Reader:
    """Reads nodes one by one, and remembers the addresses that are taken."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._macs: dict[int, tuple[str, Span]] = {}
        self._addresses: dict[str, tuple[str, Span]] = {}

    def node(self, name: str, nodes: Table) -> Node:
        """The node of a table; a wrong one too, so that links can name it."""
        self._check_node_name(name, nodes.key(name))
        table = nodes.table(name, f"the node '{shown(name)}'", _NODE)
        span = self.report.key((*nodes.path, name))
        if table is None:
            return Node(name, "pc", None, None, frozenset(), (), span)
        table.only(*_NODE_KEYS)
        return Node(
            name,
            self._target(table),
            table.amount("capacity", THOUSANDS),
            table.amount("memory", BINARY),
            table.words("lacks", CAPABILITIES),
            tuple(self._interfaces(name, table)),
            span,
        )

    def _target(self, table: Table) -> str:
        target = table.text("target")
        if target is not None and not _TARGET.fullmatch(target):
            message = f"'{shown(target)}' is no name of a target"
            table.refuse(kinds.UNKNOWN_WORD, "target", message, f"a word: {EXAMPLES['target']}")
        return target or "pc"

    def _check_node_name(self, name: str, span: Span) -> None:
        if name.upper() in RESERVED:
            message = f"'{shown(name)}' is a reserved word of programs"
            self.report.error(kinds.NODE_NAME, span, message, "choose another name, for example N0")
        elif is_built_in(name):
            message = f"'{shown(name)}' means something else in programs"
            self.report.error(kinds.NODE_NAME, span, message, "choose another name, for example N0")
        elif not _NODE_NAME.fullmatch(name):
            message = f"'{shown(name)}' is no name of a node"
            help = "letters, digits and underscores, a letter first: N0"
            self.report.error(kinds.NODE_NAME, span, message, help)

    def _interfaces(self, node: str, table: Table) -> Iterator[Interface]:
        tables = table.table("interfaces", "interfaces", _INTERFACE)
        for name in tables.values if tables else ():
            assert tables is not None
            self._check_interface_name(name, tables.key(name))
            one = tables.table(name, f"the interface '{shown(node)}.{shown(name)}'", _INTERFACE)
            if one is None:
                yield Interface(name, None, None, frozenset())
            else:
                one.only(*_INTERFACE_KEYS)
                yield Interface(name, self._mac(node, one), self._address(node, one), self._reaches(one))

    def _check_interface_name(self, name: str, span: Span) -> None:
        # What Linux takes (dev_valid_name), without what would garble messages.
        fine = (
            name.isascii() and name.isprintable() and not set(name) & set(" /:") and name not in (".", "..")
        )
        if not (fine and 1 <= len(name) <= 15):
            message = f"'{shown(name)}' is no name of an interface"
            help = "1 to 15 characters without blanks, '/' and ':'"
            self.report.error(kinds.NODE_NAME, span, message, help)

    def _mac(self, node: str, table: Table) -> int | None:
        text = table.text("mac")
        mac = None if text is None else self._mac_value("mac", text, table.value("mac"))
        if mac is None:
            return None
        if mac >> 40 & 1:
            message = f"'{text}' is a multicast address"
            help = f"the second digit of an interface's MAC address is even: {EXAMPLES['mac']}"
            table.refuse(kinds.HARDWARE_ADDRESS, "mac", message, help)
            return None
        first, span = self._macs.setdefault(mac, (node, table.value("mac")))
        if first != node:
            message = f"the nodes '{shown(first)}' and '{shown(node)}' have the same MAC address"
            help = "give each node an address of its own"
            table.refuse(kinds.ADDRESS_TWICE, "mac", message, help, [Note("first here", span)])
        return mac

    def _mac_value(self, key: str, text: str, span: Span) -> int | None:
        if not _MAC.fullmatch(text):
            message = f"'{shown(text)}' is no MAC address"
            help = f"six pairs of hexadecimal digits with colons: {EXAMPLES[key]}"
            self.report.error(kinds.HARDWARE_ADDRESS, span, message, help)
            return None
        mac = int(text.replace(":", ""), 16)
        if mac == 0:
            help = f"no interface has it, and bridges drop it: {EXAMPLES[key]}"
            self.report.error(kinds.HARDWARE_ADDRESS, span, "a MAC address is all zero", help)
            return None
        return mac

    def _reaches(self, table: Table) -> frozenset[int] | None:
        if isinstance(table.values.get("reaches"), str):
            table.word("reaches", ("any",))
            return None
        macs = (self._mac_value("reaches", text, span) for text, span in table.texts("reaches"))
        return frozenset(mac for mac in macs if mac is not None)

    def _address(self, node: str, table: Table) -> str | None:
        text = table.text("address")
        if text is None:
            return None
        try:
            address = _address(text)
        except ValueError as error:
            message = f"'{shown(text)}' is {error}"
            table.refuse(
                kinds.HARDWARE_ADDRESS,
                "address",
                message,
                f"one IPv4 or IPv6 address: {EXAMPLES['address']}",
            )
            return None
        owner = f"{shown(node)}.{shown(str(table.path[-1]))}"
        first, span = self._addresses.setdefault(address, (owner, table.value("address")))
        if first != owner:
            message = f"the interfaces '{first}' and '{owner}' have the same address"
            help = "give each interface an address of its own"
            table.refuse(kinds.ADDRESS_TWICE, "address", message, help, [Note("first here", span)])
        return address
