"""Words that are built in above the place where the program declares them as its own.

Programs of nodes have all declarations first, so there such a word is written as what it means.
"""

from __future__ import annotations

from collections.abc import Sequence

from fpl3 import fields
from fpl3.source import Span
from fpl3.split import state_text as made
from fpl3.split.rewrite import nodes, parameters_of
from fpl3.syntax import tree


def built_in_words(items: Sequence[tree.Declaration | tree.Statement]) -> dict[Span, tree.Expression]:
    """What each means, by its place."""
    found: dict[Span, tree.Expression] = {}
    below: set[str] = set()
    for item in reversed(items):
        own = getattr(item, "name", None)
        if isinstance(own, tree.Name):
            below.add(own.name)
        hidden = below - parameters_of(item) if isinstance(item, tree.MacroDeclaration) else below
        for node in nodes(item):
            if isinstance(node, tree.Name) and node.name in hidden and node is not own:
                meaning = _meaning(node.name)
                if meaning is not None:
                    found[node.span] = meaning
    return found


def _meaning(word: str) -> tree.Expression | None:
    meant = fields.lookup_bare(word)
    if isinstance(meant, fields.Field):
        return tree.PacketName(made.MADE, tuple(meant.path.split(".")))
    return None if meant is None else made.number(meant)
