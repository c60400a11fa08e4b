"""The links of a hardware description."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from fpl3 import kinds
from fpl3.diagnostics import Note
from fpl3.split.description_table import EXAMPLES, THOUSANDS, Report, Table, listed, shown
from fpl3.split.topology import ETHERNET, GENEVE, KINDS, MEMORY, Interface, Link, Node

FULL_TRAILER = 32  # bytes of a frame behind the packet
_LINK_KEYS = ("from", "to", "kind", "trailer", "switched", "learning", "tagged", "mtu", "bandwidth")
_LEAST_MTU = {ETHERNET: 46, GENEVE: 68}  # the least payload of a frame; of a network, RFC 791
_MOST_MTU = 65535
_KINDS_WITH = {"trailer": (ETHERNET,), "switched": (ETHERNET,), "mtu": (ETHERNET, GENEVE)}
_KINDS_WITH |= {"learning": (ETHERNET,), "tagged": (ETHERNET,)}
_OF_SWITCHED = ("learning", "tagged")
# What an interface must have where a link of a kind ends.
_END_NEEDS = {ETHERNET: ("mac", "MAC address"), GENEVE: ("address", "IP address")}
_A_LINK = {ETHERNET: "an ethernet link", GENEVE: "a geneve link", MEMORY: "a memory link"}

Nodes = Mapping[str, Node]
End = tuple[Node, Interface | None]


def read_links(report: Report, description: Table, nodes: Nodes) -> tuple[tuple[Link, ...], bool]:
    """The links in the order of the file, and whether these are all: a wrong one may be left out."""
    found = [_link(report, table, nodes) for table in description.tables("links", "this link")]
    links = tuple(link for link in found if link is not None)
    written = description.values.get("links", [])
    return links, isinstance(written, list) and len(links) == len(written)


def known_node(table: Table, key: str, name: str, nodes: Nodes) -> Node | None:
    """The node that the value of a key names; an error there if there is none."""
    if name in nodes:
        return nodes[name]
    help = table.report.near(name, nodes) or f"nodes: {listed(nodes)}"
    table.refuse(kinds.NO_SUCH_NODE, key, f"there is no node '{shown(name)}'", help)
    return None


def known_interface(table: Table, key: str, node: Node, name: str) -> Interface | None:
    """The interface of a node that the value of a key names; an error there if there is none."""
    for interface in node.interfaces:
        if interface.name == name:
            return interface
    names = [interface.name for interface in node.interfaces]
    help = f"interfaces: {listed(names)}" if names else f"[nodes.{shown(node.name)}.interfaces.NAME]"
    help = table.report.near(name, names) or help
    message = f"the node '{shown(node.name)}' has no interface '{shown(name)}'"
    table.refuse(kinds.NO_SUCH_NODE, key, message, help)
    return None


def _link(report: Report, table: Table, nodes: Nodes) -> Link | None:
    table.only(*_LINK_KEYS)
    kind = table.word("kind", KINDS) if table.needs("kind") else None
    sender = _end(table, "from", kind, nodes)
    receiver = _end(table, "to", kind, nodes)
    _check_keys(table, kind)
    full = table.word("trailer", ("short", "full")) == "full"
    switched = table.flag("switched") or False
    learning = table.word("learning", ("on", "off")) != "off"
    tagged = table.word("tagged", ("drop", "pass")) == "pass"
    mtu = _mtu(table, kind, full)
    bandwidth = table.amount("bandwidth", THOUSANDS)
    if kind is None or sender is None or receiver is None:
        return None
    if kind == GENEVE:
        _check_families(table, sender[1], receiver[1])
    return Link(
        sender[0].name,
        sender[1].name if sender[1] else None,
        receiver[0].name,
        receiver[1].name if receiver[1] else None,
        kind,
        full,
        switched,
        switched and learning,
        switched and tagged,
        mtu,
        bandwidth,
        report.value(table.path),
    )


def _end(table: Table, key: str, kind: str | None, nodes: Nodes) -> End | None:
    """The node and the interface that `from` or `to` names; None if there is no such thing."""
    text = table.text(key) if table.needs(key) else None
    if text is None:
        return None
    name, dot, interface_name = text.partition(".")
    node = known_node(table, key, name, nodes)
    if node is None or kind is None:
        return None
    if kind == MEMORY:
        if dot:
            message = f"a memory link joins nodes, not interfaces such as '{shown(text)}'"
            table.refuse(kinds.LINK_END, key, message, f'{key} = "{shown(name)}"')
        return node, None
    if not dot:
        message = f"{_A_LINK[kind]} ends at an interface, and '{shown(name)}' is a node"
        table.refuse(kinds.LINK_END, key, message, f'NODE.INTERFACE: {key} = "{shown(name)}.eth0"')
        return node, None
    interface = known_interface(table, key, node, interface_name)
    if interface is None:
        return None
    _check_end(table, key, kind, node, interface)
    return node, interface


def _check_end(table: Table, key: str, kind: str, node: Node, interface: Interface) -> None:
    """Refuses an interface that lacks the address that the kind of link needs."""
    needed, noun = _END_NEEDS[kind]
    path = ("nodes", node.name, "interfaces", interface.name)
    if table.report.has((*path, needed)):  # if it is a wrong one, that is told already
        return
    end = f"{shown(node.name)}.{shown(interface.name)}"
    message = f"{_A_LINK[kind]} ends at '{end}', which has no {noun}"
    notes = [Note("the interface is here", table.report.key(path))]
    table.refuse(kinds.LINK_END, key, message, f"give it one: {EXAMPLES[needed]}", notes)


def _check_families(table: Table, sender: Interface | None, receiver: Interface | None) -> None:
    if sender is None or receiver is None or sender.address is None or receiver.address is None:
        return
    first, second = ipaddress.ip_address(sender.address), ipaddress.ip_address(receiver.address)
    if first.version != second.version:
        message = f"a geneve link cannot lead from IPv{first.version} to IPv{second.version}"
        help = f"both ends have addresses of one family: {sender.address}, {receiver.address}"
        table.refuse(kinds.LINK_END, "to", message, help)


def _check_keys(table: Table, kind: str | None) -> None:
    """Refuses keys that links of this kind do not have."""
    for key, those in _KINDS_WITH.items():
        if kind is not None and table.has(key) and kind not in those:
            message = f"{_A_LINK[kind]} has no '{key}'"
            help = f"remove it; {' and '.join(those)} links have '{key}'"
            table.report.error(kinds.KEY_OF_OTHER_LINKS, table.key(key), message, help)
    for key in _OF_SWITCHED:
        if kind == ETHERNET and table.has(key) and table.values.get("switched", False) is False:
            message = f"only a switched link has '{key}'"
            help = f"add switched = true, or remove '{key}'"
            table.report.error(kinds.KEY_OF_OTHER_LINKS, table.key(key), message, help)


def _mtu(table: Table, kind: str | None, full: bool) -> int | None:
    if kind is None or kind == MEMORY:
        return None
    if not table.has("mtu"):
        return 1500 + (FULL_TRAILER if full else 0)
    mtu = table.integer("mtu")
    if mtu is not None and not _LEAST_MTU[kind] <= mtu <= _MOST_MTU:
        message = f"the MTU of {_A_LINK[kind]} is {_LEAST_MTU[kind]} to {_MOST_MTU}, not {shown(str(mtu))}"
        table.refuse(kinds.AMOUNT, "mtu", message, EXAMPLES["mtu"])
    return mtu
