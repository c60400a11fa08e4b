"""Built-in names, and what to say about a name that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from fpl3 import fields, kinds
from fpl3.check.context import Context, Rejected
from fpl3.check.names import BUILT_IN_STORES, Scope
from fpl3.diagnostics import Note, did_you_mean
from fpl3.syntax import tree

FUNCTIONS = ("HASH", "CONSISTENT", "MAX", "MIN")
FLOW_WORDS = ("flowFields", "biflowFields", "hostFields", "bihostFields")
TRUTHS = {"true": 1, "false": 0, "null": 0}
# Comparing a word with every known name is slow; a program with more faults than this has others.
MAX_SUGGESTIONS = 50


def built_in_field(name: str) -> fields.Field | None:
    """The field that a bare word in capitals names: `IP_PROTO`, `IP_DEST_PORT`."""
    found = fields.lookup_bare(name)
    return found if isinstance(found, fields.Field) else None


def is_built_in(name: str) -> bool:
    return (
        name in BUILT_IN_STORES
        or name in FUNCTIONS
        or name in FLOW_WORDS
        or fields.lookup_bare(name) is not None
    )


def built_in_names() -> Iterable[str]:
    return chain(fields.CONSTANTS, (name.replace(".", "_") for name in fields.all_field_names()))


def suggestion(ctx: Context, word: str, known: Iterable[str]) -> str | None:
    """`did you mean ...?`, for the first faults only."""
    ctx.suggestions += 1
    return did_you_mean(word, known) if ctx.suggestions <= MAX_SUGGESTIONS else None


def unknown(ctx: Context, node: tree.Name, scope: Scope, declaration: str = "UINT32 {};") -> Rejected:
    """Reject a name that means nothing here; `declaration` is what would give it a meaning."""
    if node.name in ctx.names.broken:
        return Rejected()
    below = ctx.names.coming.get(node.name)
    if below is not None:
        return ctx.rejected(
            kinds.DECLARED_BELOW,
            node.span,
            f"'{node.name}' is used above its declaration",
            notes=[Note("it is declared here", below)],
            help="move the declaration up",
        )
    if node.name.lower() in TRUTHS:
        help: str | None = f"truth is a number: {TRUTHS[node.name.lower()]}"
    else:
        help = suggestion(ctx, node.name, chain(ctx.names.visible(scope), built_in_names()))
    return ctx.rejected(
        kinds.UNKNOWN_NAME,
        node.span,
        f"'{node.name}' is not declared",
        help=help or f"declare it first, for example: {declaration.format(node.name)}",
    )
