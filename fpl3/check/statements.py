"""Statements of the checked program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fpl3 import kinds
from fpl3.check import convert, expressions, externs, operators, targets, transmit
from fpl3.check import program as p
from fpl3.check.constants import Exact, shown
from fpl3.check.context import MAX_DEPTH, Context, Rejected
from fpl3.check.lookup import is_built_in, unknown
from fpl3.check.names import EVERYTHING, kind_of
from fpl3.diagnostics import Note
from fpl3.source import Span
from fpl3.syntax import tree
from fpl3.types import I32, U32, IntType, combined, widened

SHIFTS = ("<<", ">>")
# Updates by a value that the target cannot hold lose bits of it; `&`, `/` and `%` never do.
LOSING = ("+", "-", "*", "|", "^")


def block(ctx: Context, nodes: tree.Block) -> p.Block:
    """All statements of a block; a refused one is left out, the others are still checked."""
    ctx.flow.depth += 1
    checked: list[p.Statement] = []
    for node in nodes:
        if ctx.flow.depth > MAX_DEPTH:
            _too_deep(ctx, node)
            break
        try:
            checked.append(statement(ctx, node))
        except Rejected:
            continue
    ctx.flow.depth -= 1
    return tuple(checked)


def _too_deep(ctx: Context, node: tree.Statement) -> None:
    ctx.sink.error(
        kinds.TOO_DEEP,
        node.span,
        f"statements are nested deeper than {MAX_DEPTH} levels",
        help="SWITCH and ELSIF say the same with fewer levels",
    )


def statement(ctx: Context, node: tree.Statement) -> p.Statement:
    match node:
        case tree.Assign() | tree.Step():
            return assignment(ctx, node)
        case tree.If():
            return _if(ctx, node)
        case tree.For():
            return _for(ctx, node)
        case tree.Break():
            return _break(ctx, node)
        case tree.Switch():
            return _switch(ctx, node)
        case tree.Return():
            return _return(ctx, node)
        case tree.Evaluate():
            return _evaluate(ctx, node)
        case tree.Transmit():
            return transmit.transmit(ctx, node)
        case tree.Split():
            return _split(ctx, node)
        case tree.Alert():
            return _alert(ctx, node)
        case tree.Remark():
            raise AssertionError("remarks are printed, never parsed")


def assignment(ctx: Context, node: tree.Assign | tree.Step) -> p.Assign | p.Update:
    found = targets.target(ctx, node.target, EVERYTHING)
    if isinstance(node, tree.Step):
        type = widened(found.type)
        return p.Update(node.span, found, node.op[0], type, p.Constant(node.span, type, 1))
    value = ctx.value(node.value, EVERYTHING)
    convert.integer(ctx, value, "assigned")
    if node.op == "=":
        bits = targets.kept_bits(found)
        stored = convert.assigned(ctx, value, found.type, targets.described(found), bits)
        return p.Assign(node.span, found, stored)
    return _update(ctx, node, found, value)


def _update(ctx: Context, node: tree.Assign, found: p.Target, value: Exact | p.Expr) -> p.Update:
    """`target op= value`: both meet in a type, as the operands of `op` do."""
    op = node.op[:-1]
    if op in SHIFTS:
        return p.Update(node.span, found, op, widened(found.type), _count(ctx, op, found, value))
    operators.refuse_zero(ctx, op, value)
    if op in LOSING:
        convert.note_narrowing(ctx, value, _kept(found), targets.described(found))
    operand = convert.typed(ctx, value, found.type)
    type = combined(found.type, convert.int_type(operand))
    return p.Update(node.span, found, op, type, convert.convert(operand, type))


def _kept(found: p.Target) -> IntType:
    """What a target keeps, as a type: fields and parts have widths of their own."""
    assert isinstance(found.type, IntType)
    return IntType(targets.kept_bits(found), found.type.signed)


def _count(ctx: Context, op: str, found: p.Target, value: Exact | p.Expr) -> p.Expr:
    if isinstance(value, Exact):
        return operators.shift_count(ctx, op, value, widened(found.type))
    return value


def _condition(ctx: Context, node: tree.Expression) -> p.Expr:
    return convert.truth(ctx, ctx.value(node, EVERYTHING))


def _attempt(ctx: Context, check: Callable[[], p.Expr], span: Span) -> p.Expr:
    """A condition; where it is refused the statements below it are checked all the same."""
    try:
        return check()
    except Rejected:
        return p.Truth(span, p.Constant(span, I32, 1))


def _if(ctx: Context, node: tree.If) -> p.If:
    branches = tuple(
        [
            (
                _attempt(ctx, lambda b=branch: _condition(ctx, b.condition), branch.span),  # type: ignore[misc]
                block(ctx, branch.body),
            )
            for branch in node.branches
        ]
    )
    return p.If(node.span, branches, block(ctx, node.otherwise or ()))


def _for(ctx: Context, node: tree.For) -> p.For:
    init = _optional_assignment(ctx, node.init)
    test = None
    if node.test is not None:
        condition = node.test
        test = _attempt(ctx, lambda: _condition(ctx, condition), node.span)
    ctx.flow.loops += 1
    body = block(ctx, node.body)
    ctx.flow.loops -= 1
    update = _optional_assignment(ctx, node.update)
    return p.For(node.span, init, test, update, body)


def _optional_assignment(ctx: Context, node: tree.Assign | tree.Step | None) -> p.Assign | p.Update | None:
    if node is None:
        return None
    try:
        return assignment(ctx, node)
    except Rejected:
        return None


def _break(ctx: Context, node: tree.Break) -> p.Break:
    flow = ctx.flow
    if flow.loops:
        return p.Break(node.span)
    if flow.splits and flow.loops_outside_split:
        raise ctx.rejected(
            kinds.BREAK_ACROSS_SPLIT,
            node.span,
            "BREAK cannot leave a loop from inside a SPLIT body",
            help="the body is a run of its own; RETURN; ends it",
        )
    raise ctx.rejected(
        kinds.BREAK_OUTSIDE,
        node.span,
        "BREAK stands outside any FOR",
        help="BREAK leaves the innermost FOR; RETURN; ends the run",
    )


def _switch(ctx: Context, node: tree.Switch) -> p.Switch:
    value = convert.typed(
        ctx, convert.integer(ctx, ctx.value(node.value, EVERYTHING), "the value of a SWITCH")
    )
    seen: dict[int, Span] = {}
    cases = []
    for case in node.cases:
        values = _case_values(ctx, case, convert.int_type(value), seen)
        cases.append((values, block(ctx, case.body)))
    return p.Switch(node.span, value, tuple(cases), block(ctx, node.default or ()))


def _case_values(ctx: Context, case: tree.Case, type: IntType, seen: dict[int, Span]) -> tuple[int, ...]:
    values = []
    for node in case.values:
        try:
            value = _case_value(ctx, node, type)
            _refuse_duplicate(ctx, value, node.span, seen)
        except Rejected:
            continue
        seen[value] = node.span
        values.append(value)
    return tuple(values)


def _case_value(ctx: Context, node: tree.Expression, type: IntType) -> int:
    if isinstance(node, tree.Binary) and node.op == "-" and isinstance(node.left, tree.Number):
        ctx.sink.warning(
            kinds.CASE_DIFFERENCE,
            node.span,
            f"{node.span.text} is one value here, a difference, and no range",
            help=f"write the values with commas, or IF (... IN {{{node.span.text}}})",
        )
    exact = expressions.constant(ctx, node, EVERYTHING, "a CASE value")
    is_pattern = type.bits >= 32 and not type.signed and -(1 << (type.bits - 1)) <= exact.value < 0
    if not type.holds(exact.value) and not is_pattern:
        raise ctx.rejected(
            kinds.CASE_OUTSIDE,
            node.span,
            f"the value of this SWITCH is {type} and can never be {shown(exact.value)}",
            help=f"{type} holds {type.low} to {type.high}",
        )
    return type.wrap(exact.value)


def _refuse_duplicate(ctx: Context, value: int, span: Span, seen: dict[int, Span]) -> None:
    if value in seen:
        raise ctx.rejected(
            kinds.CASE_DUPLICATE,
            span,
            f"{value} already has a CASE",
            notes=[Note("here", seen[value])],
            help="each value belongs to one CASE",
        )


def _return(ctx: Context, node: tree.Return) -> p.Return:
    if node.value is None:
        return p.Return(node.span, p.Constant(node.span, U32, 0))
    value = convert.integer(ctx, ctx.value(node.value, EVERYTHING), "a verdict")
    return p.Return(node.span, convert.assigned(ctx, value, U32, "the verdict (UINT32)"))


def _evaluate(ctx: Context, node: tree.Evaluate) -> p.Evaluate | p.Assign:
    output = _output(ctx, node.call)
    if output is not None:
        return _with_output(ctx, node, output)
    value = ctx.value(node.call, EVERYTHING)
    if not isinstance(value, p.CallExtern):
        raise ctx.rejected(
            kinds.NOT_A_STATEMENT,
            node.span,
            "this expression is computed for nothing",
            help="assign it, or test it with IF; only EXTERN(...) stands alone",
        )
    return p.Evaluate(node.span, value)


def _output(ctx: Context, node: tree.Expression) -> tree.Index | None:
    """The memory that the paper's EXTERN(filter, input, output) names behind all parameters."""
    if not isinstance(node, tree.ExternCall) or not node.arguments:
        return None
    last, most = node.arguments[-1], externs.takes(ctx, node)
    if most is None or len(node.arguments) != most + 1:
        return None
    return last if isinstance(last, tree.Index) else None


def _with_output(ctx: Context, node: tree.Evaluate, output: tree.Index) -> p.Assign:
    """EXTERN(f, input, A[i]); is A[i] = EXTERN(f, input);"""
    assert isinstance(node.call, tree.ExternCall)
    call = replace(node.call, arguments=node.call.arguments[:-1])
    assigned = assignment(ctx, tree.Assign(node.span, output, "=", call))
    assert isinstance(assigned, p.Assign)
    return assigned


def _split(ctx: Context, node: tree.Split) -> p.Split:
    where, name = _where(ctx, node.where)
    part = len(ctx.parts)
    ctx.parts.append(node.span)
    flow = ctx.flow
    saved = (flow.loops, flow.splits, flow.loops_outside_split)
    flow.loops_outside_split += flow.loops
    flow.loops, flow.splits = 0, flow.splits + 1
    body = block(ctx, node.body)
    flow.loops, flow.splits, flow.loops_outside_split = saved
    return p.Split(node.span, part, where, name, body)


def _where(ctx: Context, node: tree.Expression | None) -> tuple[p.Expr | None, str | None]:
    """An index expression, or the name of a node: a bare word that means nothing else."""
    if node is None:
        return None, None
    if isinstance(node, tree.Name) and _is_node_name(ctx, node):
        return None, node.name
    value = convert.integer(ctx, ctx.value(node, EVERYTHING), "the place of a SPLIT")
    if isinstance(value, Exact) and value.value < 0:
        raise ctx.rejected(
            kinds.SPLIT_INDEX,
            node.span,
            f"there is no next hop {shown(value.value)}",
            help="next hops are numbered from 0",
        )
    return convert.typed(ctx, value), None


def _is_node_name(ctx: Context, node: tree.Name) -> bool:
    if ctx.names.declared(node.name) is not None or is_built_in(node.name):
        return False
    if node.name in ctx.names.coming:
        raise unknown(ctx, node, EVERYTHING)
    return True


def _alert(ctx: Context, node: tree.Alert) -> p.Alert:
    found = ctx.names.find(node.rule.name, EVERYTHING)
    if found is None and not is_built_in(node.rule.name):
        raise unknown(ctx, node.rule, EVERYTHING, 'RULE {} = {{ SID 1000001, MSG "..." }};')
    if not isinstance(found, p.Rule):
        what = kind_of(found) if found is not None else "a field or constant"
        raise ctx.rejected(
            kinds.NOT_A_RULE,
            node.rule.span,
            f"'{node.rule.name}' is {what}, not a rule",
            help='declare it: RULE name = { SID 1000001, MSG "..." };',
        )
    return p.Alert(node.span, found)
