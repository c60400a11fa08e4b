"""Names as expressions, and macros: expanded as trees, hygienic, without recursion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields as dataclass_fields

from fpl3 import kinds
from fpl3.check import operands
from fpl3.check import program as p
from fpl3.check.constants import Exact
from fpl3.check.context import Context, Rejected, Value
from fpl3.check.convert import truth, typed
from fpl3.check.lookup import is_built_in, unknown
from fpl3.check.names import Argument, Entity, Macro, NamedConstant, NamedSet, Scope, kind_of
from fpl3.diagnostics import Note
from fpl3.source import Span
from fpl3.syntax import tree


def name(ctx: Context, node: tree.Name, scope: Scope) -> Value:
    """A bare word as an expression: a program name first, else one of the built-in table."""
    found = ctx.names.find(node.name, scope)
    match found:
        case None:
            return operands.built_in(ctx, node, scope)
        case Argument():
            return argument(ctx, found)
        case p.Register():
            return p.ReadRegister(node.span, found)
        case NamedConstant(value=Exact() as value):
            return Exact(node.span, value.value)
        case NamedConstant(value=p.Constant() as value):
            return p.Constant(node.span, value.type, value.value)
        case Macro():
            return expanded(ctx, found, (), node.span, called=False)
    raise _no_value(ctx, node, found)


def argument(ctx: Context, found: Argument) -> Value:
    note = Note(f"it stands for the parameter '{found.parameter.name}'", found.parameter.span)
    with ctx.via(note):
        return ctx.value(found.value, found.scope)


def _no_value(ctx: Context, node: tree.Name, found: Argument | Entity) -> Rejected:
    helps: dict[type[Argument | Entity], str] = {
        p.Array: f"give an index: {node.name}[...]",
        p.Table: f"give an index: {node.name}[...]",
        NamedSet: f"test membership: x IN {node.name}",
        p.Rule: f"raise it: ALERT({node.name});",
    }
    return ctx.rejected(
        kinds.NOT_A_VALUE,
        node.span,
        f"'{node.name}' is {kind_of(found)} and has no value of its own",
        help=helps.get(type(found)),
    )


def expanded(
    ctx: Context,
    macro: Macro,
    arguments: tuple[Argument, ...],
    use: Span,
    *,
    called: bool,
) -> Value:
    """The value of one use of a macro. The body sees what was declared above the macro, only."""
    declaration = macro.declaration
    _check_arguments(ctx, macro, len(arguments), use, called=called)
    scope = Scope(macro.serial, {a.parameter.name: a for a in arguments}, in_macro=True)
    with ctx.via(Note(f"in the macro '{macro.name}', used here", use)):
        value = ctx.value(declaration.body, scope)
        if declaration.guard is not None:
            guard = truth(ctx, ctx.value(declaration.guard, scope))
            return p.Guarded(use, guard, typed(ctx, value))
    return Exact(use, value.value) if isinstance(value, Exact) else value


def _check_arguments(ctx: Context, macro: Macro, count: int, use: Span, *, called: bool) -> None:
    parameters = macro.declaration.parameters
    wants = None if parameters is None else len(parameters)
    if (wants is not None) == called and count == (wants or 0):
        return
    if wants is None:
        message = f"the macro '{macro.name}' has no parameters"
        correction = f"write '{macro.name}' without parentheses"
    else:
        message = f"the macro '{macro.name}' takes {wants} argument(s), not {count if called else 'none'}"
        names = ", ".join(parameter.name for parameter in parameters or ())
        correction = f"write {macro.name}({names})"
    raise ctx.rejected(
        kinds.MACRO_ARGUMENTS,
        use,
        message,
        notes=[Note("it is declared here", macro.span)],
        help=correction,
    )


def bound(ctx: Context, macro: Macro, node: tree.Call, scope: Scope) -> tuple[Argument, ...]:
    """The arguments of a call, each with its parameter and the scope of the call."""
    parameters = macro.declaration.parameters or ()
    if len(parameters) != len(node.arguments):
        _check_arguments(ctx, macro, len(node.arguments), node.span, called=True)
    return tuple(
        Argument(parameter, value, scope)
        for parameter, value in zip(parameters, node.arguments, strict=False)
    )


def seen_through(ctx: Context, node: tree.Expression, scope: Scope) -> tuple[tree.Expression, Scope]:
    """`node` with macro parameters and plain macros at its root replaced by what they stand for.

    For places that want a set or something to assign to, not a value.
    """
    while isinstance(node, tree.Name):
        found = ctx.names.find(node.name, scope)
        if isinstance(found, Argument):
            node, scope = found.value, found.scope
        elif isinstance(found, Macro) and _is_plain(found):
            node, scope = found.declaration.body, Scope(found.serial, {}, in_macro=True)
        else:
            break
    return node, scope


def _is_plain(macro: Macro) -> bool:
    return macro.declaration.parameters is None and macro.declaration.guard is None


def check_body(ctx: Context, declaration: tree.MacroDeclaration, scope: Scope) -> None:
    """Every name of a macro's body means something where the macro is declared."""
    known = {parameter.name for parameter in declaration.parameters or ()}
    parts = (declaration.body,) if declaration.guard is None else (declaration.body, declaration.guard)
    for part in parts:
        for word in _names_in(part):
            if word.name == declaration.name.name and word.name not in known:
                raise ctx.rejected(
                    kinds.MACRO_RECURSION,
                    word.span,
                    f"the macro '{word.name}' uses itself",
                    help="macros are expanded when the program is compiled; a loop is written with FOR",
                )
            if word.name in known or is_built_in(word.name):
                continue
            if ctx.names.find(word.name, scope) is None:
                raise unknown(ctx, word, scope)


def _names_in(node: tree.Node) -> Iterator[tree.Name]:
    """The names that an expression mentions, called macros included; without recursion."""
    pending: list[object] = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, tree.Name):
            yield item
        elif isinstance(item, tuple):
            pending.extend(reversed(item))
        elif isinstance(item, tree.ExternCall):
            pending.extend(reversed(item.arguments))
        elif isinstance(item, tree.Text):
            pending.append(item.id)
        elif isinstance(item, tree.Call):
            yield tree.Name(item.name_span, item.name)
            pending.extend(reversed(item.arguments))
        elif isinstance(item, tree.Node):
            pending.extend(getattr(item, f.name) for f in reversed(dataclass_fields(item)))


def is_constant(found: Argument | Entity) -> bool:
    return isinstance(found, NamedConstant)
