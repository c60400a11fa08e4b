"""EXTERN: which instance of which external function a call means, and its arguments."""

from __future__ import annotations

from fpl3 import kinds
from fpl3.check import convert, lookup, operands
from fpl3.check import program as p
from fpl3.check.constants import Exact, shown
from fpl3.check.context import Context, Rejected
from fpl3.check.names import EVERYTHING, Argument, Entity, NamedExtern, Scope, kind_of
from fpl3.check.options import options
from fpl3.diagnostics import Note
from fpl3.externs import Extern, Function, Instance, Options, Parameter
from fpl3.source import Span
from fpl3.syntax import tree
from fpl3.types import U32, U64


def declared(ctx: Context, node: tree.ExternDeclaration) -> NamedExtern:
    """`EXTERN name = extern(options);`"""
    extern = _extern(ctx, node.extern, [])
    given = options(ctx, extern, extern.options, node.options, node.span)
    name = node.name.name
    return NamedExtern(name, Instance(name, name, extern, given, node.span), node.name.span)


def call(ctx: Context, node: tree.ExternCall, scope: Scope) -> p.CallExtern:
    instance, arguments = _instance(ctx, node, scope)
    function = _function(ctx, node, instance.extern)
    array = None
    if function.array:
        array = _array(ctx, node, instance, function, arguments[-1:], scope)
        arguments = arguments[:-1]
    values = _values(ctx, node, instance.extern, function, arguments, scope)
    ctx.externs.setdefault(instance.name, instance)
    return p.CallExtern(node.span, function.returns, instance, function, values, array)


def takes(ctx: Context, node: tree.ExternCall) -> int | None:
    """How many arguments the call may have at most; None if that cannot be told."""
    found = ctx.names.find(node.name.name, EVERYTHING)
    extern = found.instance.extern if isinstance(found, NamedExtern) else None
    inline = 0
    if extern is None:
        extern = ctx.environment.externs.get(node.name.name)
        inline = len(extern.required) if extern is not None else 0
    name = node.function.name if node.function else ""
    for function in extern.functions if extern is not None else ():
        if function.name == name:
            return inline + len(function.parameters) + (function.array is not None)
    return None


def _extern(ctx: Context, name: tree.Name, instances: list[str]) -> Extern:
    found = ctx.environment.externs.get(name.name)
    if found is not None:
        return found
    known = sorted(ctx.environment.externs)
    near = lookup.suggestion(ctx, name.name, [*instances, *known])
    raise ctx.rejected(
        kinds.UNKNOWN_EXTERN,
        name.span,
        f"there is no external function '{name.name}'",
        notes=[Note(f"there are: {', '.join(known)}" if known else "there are none here")],
        help=near or "`ffpf externs` says what each does and takes",
    )


def _instance(
    ctx: Context, node: tree.ExternCall, scope: Scope
) -> tuple[Instance, tuple[tree.Argument, ...]]:
    """What a call names: a declared instance, or a function with its options in front."""
    found = ctx.names.find(node.name.name, scope)
    if isinstance(found, NamedExtern):
        return found.instance, node.arguments
    if node.name.name in ctx.names.broken:
        raise Rejected
    if found is None and node.name.name in ctx.names.coming:
        raise lookup.unknown(ctx, node.name, scope)
    if found is not None and node.name.name not in ctx.environment.externs:
        raise _no_instance(ctx, node.name, found)
    names = [n for n in ctx.names.visible(scope) if isinstance(ctx.names.declared(n), NamedExtern)]
    extern = _extern(ctx, node.name, names)
    count = len(extern.required)
    if len(node.arguments) < count:
        raise _wrong(ctx, node, extern, _function(ctx, node, extern), "takes its options first")
    given = options(ctx, extern, extern.required, node.arguments[:count], node.span)
    return _unnamed(ctx, extern, given, node.span), node.arguments[count:]


def _no_instance(ctx: Context, name: tree.Name, found: Argument | Entity) -> Rejected:
    return ctx.rejected(
        kinds.UNKNOWN_EXTERN,
        name.span,
        f"'{name.name}' is {kind_of(found)}, not an external function",
        help="EXTERN names an external function, or an instance of one: EXTERN name = function(options);",
    )


def _unnamed(ctx: Context, extern: Extern, given: Options, span: Span) -> Instance:
    """Equal calls share an instance."""
    key = extern.name, given
    found = ctx.unnamed_externs.get(key)
    if found is None:
        number = 1 + sum(name == extern.name for name, _ in ctx.unnamed_externs)
        shown = f"{extern.name}#{number}" if extern.options else extern.name
        # A name of the program does not begin with a digit.
        name = extern.name if extern.simple else f"{len(ctx.unnamed_externs)}_{extern.name}"
        found = ctx.unnamed_externs[key] = Instance(name, shown, extern, given, span)
    return found


def _function(ctx: Context, node: tree.ExternCall, extern: Extern) -> Function:
    wanted = node.function.name if node.function else ""
    for function in extern.functions:
        if function.name == wanted:
            return function
    names = [f"{node.name.name}.{f.name}" if f.name else node.name.name for f in extern.functions]
    what = f"no function '{wanted}'" if wanted else "nothing to call without a name"
    raise ctx.rejected(
        kinds.UNKNOWN_EXTERN,
        (node.function or node.name).span,
        f"'{extern.name}' has {what}",
        help=f"it has {', '.join(names)}",
    )


def _wrong(
    ctx: Context,
    node: tree.ExternCall,
    extern: Extern,
    function: Function,
    what: str,
    span: Span | None = None,
) -> Rejected:
    ending = f".{function.name}" if function.name else ""
    form = [node.name.name + ending]
    if not isinstance(ctx.names.find(node.name.name, EVERYTHING), NamedExtern):
        form += [option.name for option in extern.required]
    form += [f"{q.type} {q.name}" if q.default is None else f"[{q.name}]" for q in function.parameters]
    if function.array:
        form.append("array")
    message = f"'{extern.name}{ending}' {what}"
    help = f"EXTERN({', '.join(form)})"
    return ctx.rejected(kinds.EXTERN_ARGUMENTS, span or node.span, message, help=help)


def _values(
    ctx: Context,
    node: tree.ExternCall,
    extern: Extern,
    function: Function,
    given: tuple[tree.Argument, ...],
    scope: Scope,
) -> tuple[p.Expr, ...]:
    least = sum(parameter.default is None for parameter in function.parameters)
    most = len(function.parameters)
    if not least <= len(given) <= most:
        wants = str(most) if least == most else f"{least} to {most}"
        raise _wrong(ctx, node, extern, function, f"takes {wants} argument(s), not {len(given)}")
    found = []
    for parameter, argument in zip(function.parameters, given, strict=False):
        if isinstance(argument, tree.String | tree.TextList | tree.TextFile):
            what = f"wants '{parameter.name}' as {parameter.type}, not as a string"
            raise _wrong(ctx, node, extern, function, what, argument.span)
        found.append(_value(ctx, parameter, argument, scope))
    return (*found, *[_default(node.span, q) for q in function.parameters[len(given) :]])


def _value(ctx: Context, parameter: Parameter, argument: tree.Expression, scope: Scope) -> p.Expr:
    what = f"the argument '{parameter.name}'"
    value = convert.integer(ctx, ctx.value(argument, scope), what)
    if isinstance(value, Exact):
        convert.fitting(ctx, value, parameter.type, argument.span, what)
    return convert.assigned(ctx, value, parameter.type, what)


def _default(span: Span, parameter: Parameter) -> p.Expr:
    match parameter.default:
        case int() as number:
            return p.Constant(span, parameter.type, number)
        case "TS":
            return p.ReadMeta(span, U64, "TS")
        case "LEN" | "CAPLEN" as which:
            return p.ReadMeta(span, U32, which)
    raise AssertionError(f"'{parameter.name}' has no default")


def _array(
    ctx: Context,
    node: tree.ExternCall,
    instance: Instance,
    function: Function,
    named: tuple[tree.Argument, ...],
    scope: Scope,
) -> p.Array:
    """The array that a function fills, named last."""
    last = named[0] if named else None
    if not isinstance(last, tree.Name):
        raise _wrong(ctx, node, instance.extern, function, "fills an array, which is named last")
    array = operands.array(ctx, last, scope)
    assert function.array is not None
    highest = function.array(instance.options)
    if array.size == 0:
        raise ctx.rejected(
            kinds.SIZE_UNKNOWN,
            last.span,
            f"the size of '{array.name}' is not declared, and an external function fills it",
            help=f"declare it: {array.type} {array.name}[64];",
        )
    if highest > array.type.high:
        raise ctx.rejected(
            kinds.EXTERN_ARGUMENTS,
            last.span,
            f"'{array.name}' is of {array.type}, and the values are as large as {shown(highest)}",
            help=f"declare it as {U32 if highest <= U32.high else U64} {array.name}[{array.size}];",
        )
    return array
