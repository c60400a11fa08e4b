"""Whether the links of a hardware description make a tree below the root."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fpl3 import kinds
from fpl3.diagnostics import Note
from fpl3.split.description_table import Report
from fpl3.split.topology import Link, Node

_MOST_NAMED = 8  # nodes of a circle in a message
_MOST_CIRCLES = 20  # looked for behind refused links: each may take a walk over all nodes


def check_links(report: Report, root: str | None, links: Sequence[Link]) -> dict[str, Link]:
    """Refuses links that no tree has; gives the one link to each node. `root` is None if unknown."""
    parents: dict[str, Link] = {}
    late: list[Link] = []
    for link in _joining(report, links):
        if link.receiver == root or link.receiver in parents:
            late.append(link)
        else:
            parents[link.receiver] = link
    for number, link in enumerate(late):
        circle = _circle(link, parents) if number < _MOST_CIRCLES else None
        _refuse(report, link, parents.get(link.receiver), circle)
    for circle in _circles(parents):
        _refuse_circle(report, circle)
    return parents


def check_reached(report: Report, root: str, nodes: Sequence[Node], parents: dict[str, Link]) -> None:
    """Refuses nodes that no link leads to; those below them have a link."""
    for node in nodes:
        if node.name != root and node.name not in parents:
            help = f'add a link with to = "{node.name}" or "{node.name}.INTERFACE", or remove the node'
            message = f"no link leads to the node '{node.name}'"
            report.error(kinds.UNREACHABLE_NODE, node.span, message, help)


def _joining(report: Report, links: Sequence[Link]) -> Iterator[Link]:
    """The links that join two nodes, the first of each pair of nodes."""
    pairs: dict[frozenset[str], Link] = {}
    for link in links:
        pair = frozenset((link.sender, link.receiver))
        if link.sender == link.receiver:
            message = f"this link leads from '{link.sender}' to itself"
            report.error(kinds.NOT_A_TREE, link.span, message, "a link joins two nodes; remove it")
        elif pair in pairs:
            message = f"a second link joins '{link.sender}' and '{link.receiver}'"
            notes = [Note("the first is here", pairs[pair].span)]
            report.error(kinds.NOT_A_TREE, link.span, message, "remove one of the two", notes)
        else:
            pairs[pair] = link
            yield link


def _refuse(report: Report, link: Link, other: Link | None, circle: list[Link] | None) -> None:
    """A link to the root, or (`other`: the first one) a second link to a node."""
    if circle is not None:
        _refuse_circle(report, circle)
    elif other is None:
        message = f"this link leads to the root '{link.receiver}'"
        help = "the root is the node that the traffic comes in at; name it with root, or remove the link"
        report.error(kinds.NOT_A_TREE, link.span, message, help)
    else:
        message = f"a second link leads to the node '{link.receiver}'"
        notes = [Note("the first is here", other.span)]
        help = "the nodes must be a tree: one link to each node but the root"
        report.error(kinds.NOT_A_TREE, link.span, message, help, notes)


def _circle(link: Link, parents: dict[str, Link]) -> list[Link] | None:
    """The circle that a refused link would close, or None if it closes none."""
    links = [link]
    seen = {link.sender}
    at = link.sender
    while at != link.receiver:
        if at not in parents:
            return None
        links.append(parents[at])
        at = parents[at].sender
        if at in seen:  # a circle above, which is none of this link's
            return None
        seen.add(at)
    return links[::-1]


def _circles(parents: dict[str, Link]) -> Iterator[list[Link]]:
    """The circles among links of which one leads to each node; every link is walked once."""
    walked: set[str] = set()
    for start in parents:
        trail: dict[str, Link] = {}
        at = start
        while at in parents and at not in walked:
            walked.add(at)
            trail[at] = parents[at]
            at = parents[at].sender
        if at in trail:
            links = list(trail.values())
            yield links[list(trail).index(at) :][::-1]


def _refuse_circle(report: Report, circle: list[Link]) -> None:
    """One error at the last of the links in the text, which are in the order that packets take."""
    last = max(range(len(circle)), key=lambda index: circle[index].span.start)
    links = circle[last + 1 :] + circle[: last + 1]
    names = [links[0].sender, *(link.receiver for link in links)]
    if len(names) > _MOST_NAMED:
        names[_MOST_NAMED - 2 : -1] = ["..."]
    message = f"the links run in a circle: {' -> '.join(names)}"
    report.error(kinds.CIRCLE_OF_LINKS, links[-1].span, message, "remove one link of the circle")
