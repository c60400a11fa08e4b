"""Hardware descriptions: the text of a NODES.toml to a Topology. docs/nodes.md is their reference."""

from __future__ import annotations

import re
import tomllib

from fpl3 import kinds
from fpl3.diagnostics import Note, Sink
from fpl3.source import Source, Span
from fpl3.split.description_links import known_interface, known_node, read_links
from fpl3.split.description_nodes import read_nodes
from fpl3.split.description_table import Report, Table, shown
from fpl3.split.toml_places import Flaw, Places, find_places
from fpl3.split.topology import Node, Topology
from fpl3.split.tree_shape import check_links, check_reached

_PLACE_IN_MESSAGE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

_ENDS = "texts end with the quote that they begin with"
# What tomllib says, by its beginning, in words for someone who has not read the TOML specification.
_TOML_MESSAGES = (
    ("Cannot", "this key or table has a value already", "give every key and every table once"),
    ("Invalid value", "no value that TOML knows stands here", 'texts are in double quotes: root = "N0"'),
    ("Invalid statement", "no key or table begins here", 'a line is KEY = VALUE or [TABLE]: root = "N0"'),
    ("Expected '='", "a key has no '=' behind it", 'a line is KEY = VALUE: root = "N0"'),
    ("Expected newline", "the line must end here", "write one KEY = VALUE on a line"),
    ("Illegal character '\\n'", "a text has no end on its line", _ENDS),
    ("Illegal character", "a control character stands in a text", "write it as an escape, such as \\u0000"),
    ("Found invalid character", "a control character stands here", "remove it"),
    ("Unescaped", "'\\' begins no escape here", "write '\\\\' for one, or the text in single quotes"),
    ("Unclosed inline table", "an inline table has no '}'", 'eth0 = { mac = "02:00:00:00:00:11" }'),
    ("Expected ']", "the name of a table has no end", "[nodes.N0], [[links]]"),
    ("Unterminated string", "a text has no end", _ENDS),
    ('Expected "\'"', "a text has no end", _ENDS),
    ("Unclosed array", "an array has no ']'", 'lacks = ["externs", "alerts"]'),
)


def read_description(source: Source, sink: Sink) -> Topology | None:
    """The topology that a hardware description describes; None if there are errors, all in the sink."""
    places = find_places(source.text)
    report = Report(source, places, sink)
    values = _values(report, places)
    return None if values is None else _topology(report, Table(report, (), values, "the description"))


def _topology(report: Report, table: Table) -> Topology | None:
    table.only("root", "input", "nodes", "links")
    nodes = read_nodes(report, table)
    if nodes is None:
        table.needs("root")
        return None
    root = _root(table, nodes)
    input = table.text("input")
    if root is not None and input is not None:
        known_interface(table, "input", nodes[root], input)
    links, complete = read_links(report, table, nodes)
    parents = check_links(report, root, links)
    # A link that could not be read, or that no tree has, may have been meant as the one that is missing.
    if root is not None and complete and len(parents) == len(links):
        check_reached(report, root, tuple(nodes.values()), parents)
    if root is None or report.failed:
        return None
    return Topology(report.source, root, input, tuple(nodes.values()), links)


def _root(table: Table, nodes: dict[str, Node]) -> str | None:
    root = table.text("root") if table.needs("root") else None
    return root if root is not None and known_node(table, "root", root, nodes) else None


def _values(report: Report, places: Places) -> dict[str, object] | None:
    """What tomllib reads. It is not asked about a text beyond the limits, which would hurt it."""
    flaw = places.flaw
    if flaw is not None and flaw.first is None:
        _refuse_flaw(report, flaw)
        return None
    try:
        return tomllib.loads(report.source.text)
    except ValueError as error:
        message, at = _toml_place(report.source, str(error))
        if flaw is not None and flaw.at[0] <= at:
            _refuse_flaw(report, flaw)
        else:
            _refuse_toml(report, message, at)
        return None


def _refuse_flaw(report: Report, flaw: Flaw) -> None:
    span = Span(report.source, *flaw.at)
    if flaw.first is None:
        report.error(kinds.NOT_TOML, span, flaw.message, "no hardware description needs more")
    else:
        notes = [Note("first here", Span(report.source, *flaw.first))]
        report.error(kinds.NOT_TOML, span, flaw.message, "rename or remove one of the two", notes)


def _refuse_toml(report: Report, message: str, at: int) -> None:
    words, help = f"{message[:1].lower()}{shown(message[1:])}", "hardware descriptions are TOML 1.0"
    for beginning, better, better_help in _TOML_MESSAGES:
        if message.startswith(beginning):
            words, help = better, better_help
            break
    report.error(kinds.NOT_TOML, Span(report.source, at, at + 1), words, help)


def _toml_place(source: Source, message: str) -> tuple[str, int]:
    """A message of tomllib without the place in it, and the place."""
    found = _PLACE_IN_MESSAGE.search(message)
    if found is None:
        return message, 0
    if found.group(1) is None:
        # Not behind the last newline, where there is no line to show.
        return message[: found.start()], len(source.text.rstrip())
    line, column = int(found.group(1)), int(found.group(2))
    return message[: found.start()], source.line_starts[line - 1] + column - 1
