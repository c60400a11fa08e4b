"""RULE declarations."""

from __future__ import annotations

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.check.constants import shown
from fpl3.check.context import Context
from fpl3.check.expressions import constant
from fpl3.check.names import EVERYTHING
from fpl3.diagnostics import Note
from fpl3.syntax import tree
from fpl3.types import U32

# The least value and the default of each number; SID has no default.
NUMBERS = {"GID": (1, 1), "SID": (1, 0), "REV": (0, 0), "PRIORITY": (0, 3)}
TEXTS = ("CLASS", "MSG")


def rule(ctx: Context, node: tree.RuleDeclaration) -> p.Rule:
    """The rule of a declaration; fields that are left out have their defaults."""
    written: dict[str, tree.RuleField] = {}
    for field in node.fields:
        _check_field(ctx, field, written)
        written[field.key] = field
    if "SID" not in written:
        raise ctx.rejected(
            kinds.RULE_FIELD,
            node.name.span,
            f"the rule '{node.name.name}' has no SID",
            help="give it a number of its own: SID 1000001",
        )
    numbers = {key: _number(ctx, key, written.get(key)) for key in NUMBERS}
    texts = {key: _text(ctx, written.get(key)) for key in TEXTS}
    found = p.Rule(
        node.name.name,
        numbers["GID"],
        numbers["SID"],
        numbers["REV"],
        numbers["PRIORITY"],
        texts["CLASS"],
        texts["MSG"],
        node.name.span,
    )
    _warn_duplicate(ctx, found)
    ctx.rules.append(found)
    return found


def _check_field(ctx: Context, field: tree.RuleField, written: dict[str, tree.RuleField]) -> None:
    if field.key not in NUMBERS and field.key not in TEXTS:
        raise ctx.rejected(
            kinds.RULE_FIELD,
            field.span,
            f"a rule has no field '{field.key}'",
            help=f"fields: {', '.join((*NUMBERS, *TEXTS))}",
        )
    if field.key in written:
        raise ctx.rejected(
            kinds.RULE_FIELD,
            field.span,
            f"{field.key} stands twice in this rule",
            notes=[Note("first here", written[field.key].span)],
            help="remove one of the two",
        )


def _number(ctx: Context, key: str, field: tree.RuleField | None) -> int:
    least, default = NUMBERS[key]
    if field is None:
        return default
    value = constant(ctx, field.value, EVERYTHING, f"{key} of a rule")
    if not least <= value.value <= U32.high:
        raise ctx.rejected(
            kinds.RULE_FIELD,
            field.value.span,
            f"{key} is {shown(value.value)}",
            help=f"{least} to {U32.high}",
        )
    return value.value


def _text(ctx: Context, field: tree.RuleField | None) -> str:
    if field is None:
        return ""
    if not isinstance(field.value, tree.String):
        raise ctx.rejected(
            kinds.RULE_FIELD,
            field.value.span,
            f"{field.key} must be a string",
            help=f'{field.key} "text"',
        )
    # Rule texts of the field are not always UTF-8; what is not stays readable.
    return field.value.value.decode("utf-8", "backslashreplace")


def _warn_duplicate(ctx: Context, found: p.Rule) -> None:
    key = (found.gid, found.sid)
    earlier = ctx.rule_ids.get(key)
    if earlier is None:
        ctx.rule_ids[key] = found
        return
    ctx.warn(
        kinds.DUPLICATE_RULE,
        found.span,
        f"two rules are {found.gid}:{found.sid}",
        notes=[Note("the first", earlier.span)],
        help="give one of them a SID of its own",
    )
