"""Sets: literals and files become sorted, disjoint, closed ranges of exact integers."""

from __future__ import annotations

from collections.abc import Iterable

from fpl3 import kinds
from fpl3.check import convert, files, lookup, macros
from fpl3.check import program as p
from fpl3.check.constants import Exact, fits_64, shown
from fpl3.check.context import Context, Rejected
from fpl3.check.names import NamedSet, Scope, kind_of
from fpl3.check.setfile import Ranges, parse_lines
from fpl3.source import Span
from fpl3.syntax import tree

SMALL = 1024


def normalised(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Sorted, with overlapping and adjacent ranges joined."""
    joined: list[tuple[int, int]] = []
    last = None
    for low, high in sorted(ranges):
        if last is not None and low <= last + 1:
            if high > last:
                joined[-1] = (joined[-1][0], high)
                last = high
        else:
            joined.append((low, high))
            last = high
    return tuple(joined)


def collection(ctx: Context, node: tree.Expression, scope: Scope) -> p.NumberSet:
    """What stands behind IN: a set literal, the name of a set, a prefix, or one constant."""
    node, scope = macros.seen_through(ctx, node, scope)
    if isinstance(node, tree.Name):
        found = ctx.names.find(node.name, scope)
        if isinstance(found, NamedSet):
            return found.set
        if found is not None and not macros.is_constant(found):
            raise _not_a_set(ctx, node, kind_of(found))
        if found is None and not lookup.is_built_in(node.name):
            raise lookup.unknown(ctx, node, scope, "SET {} = {{80, 443}};")
    if isinstance(node, tree.SetLiteral):
        return _anonymous(ctx, elements(ctx, node.items, scope))
    if not isinstance(
        node, tree.Prefix | tree.Name | tree.Ipv4Address | tree.Ipv6Address | tree.MacAddress
    ):
        raise _not_a_set(ctx, node, "an expression")
    return _anonymous(ctx, elements(ctx, (node,), scope))


def _not_a_set(ctx: Context, node: tree.Expression, what: str) -> Rejected:
    return ctx.rejected(
        kinds.NOT_A_SET,
        node.span,
        f"'{node.span.text}' is {what}, not a set",
        help="write IN {a, b, c-d}, IN name_of_a_set, or IN 10.0.0.0/8",
    )


def _anonymous(ctx: Context, found: Ranges) -> p.NumberSet:
    """A set without a name; equal literals share one set."""
    ranges = normalised(found.ranges)
    key = (ranges, found.ipv6)
    if len(ranges) <= SMALL and key in ctx.literal_sets:
        return ctx.literal_sets[key]
    made = p.NumberSet(_free_name(ctx), ranges, found.ipv6)
    ctx.literal_set_count += 1
    if len(ranges) <= SMALL:
        ctx.literal_sets[key] = made
    return made


def _free_name(ctx: Context) -> str:
    name = f"set_{ctx.literal_set_count}"
    while name in ctx.names.coming:
        ctx.literal_set_count += 1
        name = f"set_{ctx.literal_set_count}"
    return name


def declared(ctx: Context, node: tree.SetDeclaration, scope: Scope) -> p.NumberSet:
    """The set of a SET declaration."""
    if node.file is not None:
        found = _from_file(ctx, node.file)
    else:
        found = elements(ctx, node.items.items if node.items else (), scope)
    if not found.ranges:
        ctx.warn(
            kinds.EMPTY_SET,
            node.name.span,
            f"the set '{node.name.name}' is empty",
            help="nothing is IN it",
        )
    return p.NumberSet(node.name.name, normalised(found.ranges), found.ipv6)


def _from_file(ctx: Context, file: tree.String) -> Ranges:
    source = files.read(ctx, file)
    return parse_lines(ctx, source)


def elements(ctx: Context, items: tuple[tree.Expression, ...], scope: Scope) -> Ranges:
    found = Ranges()
    for item in items:
        ranges, ipv6 = _element(ctx, item, scope)
        if not ranges:
            continue
        if found.ranges and ipv6 != found.ipv6:
            raise ctx.rejected(
                kinds.SET_FAMILIES,
                item.span,
                "IPv6 addresses and other elements are mixed in one set",
                help="make two sets, and test each family with its own",
            )
        found.ipv6 = ipv6
        found.ranges.extend(ranges)
    return found


def _element(ctx: Context, node: tree.Expression, scope: Scope) -> tuple[tuple[tuple[int, int], ...], bool]:
    """The ranges of one element, and whether they are IPv6 addresses."""
    node, scope = macros.seen_through(ctx, node, scope)
    if isinstance(node, tree.Name):
        found = ctx.names.find(node.name, scope)
        if isinstance(found, NamedSet):
            return found.set.ranges, found.set.ipv6
    if isinstance(node, tree.Prefix):
        return (prefix_range(node),), isinstance(node.address, tree.Ipv6Address)
    if isinstance(node, tree.SetRange):
        return _range(ctx, node, scope)
    value, ipv6 = _number(ctx, node, scope)
    return ((value, value),), ipv6


def prefix_range(node: tree.Prefix) -> tuple[int, int]:
    match node.address:
        case tree.Ipv4Address():
            width = 32
        case tree.Ipv6Address():
            width = 128
        case tree.MacAddress():
            width = 48
    return node.address.value, node.address.value + (1 << (width - node.length)) - 1


def _range(ctx: Context, node: tree.SetRange, scope: Scope) -> tuple[tuple[tuple[int, int], ...], bool]:
    low, low_ipv6 = _number(ctx, node.low, scope)
    high, high_ipv6 = _number(ctx, node.high, scope)
    if low_ipv6 != high_ipv6:
        raise ctx.rejected(
            kinds.SET_FAMILIES,
            node.span,
            "the ends of this range belong to two address families",
            help="both ends are IPv6 addresses, or neither is",
        )
    if low > high:
        raise ctx.rejected(
            kinds.SET_RANGE,
            node.span,
            "the range ends before it begins",
            help=f"write {node.high.span.text}-{node.low.span.text}",
        )
    return ((low, high),), low_ipv6


def _number(ctx: Context, node: tree.Expression, scope: Scope) -> tuple[int, bool]:
    if isinstance(node, tree.String | tree.SetLiteral | tree.SetRange | tree.Prefix):
        raise _bad_element(ctx, node.span, f"'{node.span.text}' is not an element of a set")
    value = ctx.value(node, scope)
    if isinstance(value, p.Constant) and convert.is_ipv6(value):
        return value.value, True
    if not isinstance(value, Exact):
        raise _bad_element(ctx, node.span, "an element of a set must be a constant")
    if not fits_64(value.value):
        raise _bad_element(ctx, node.span, f"{shown(value.value)} does not fit 64 bits")
    return value.value, False


def _bad_element(ctx: Context, span: Span, message: str) -> Rejected:
    return ctx.rejected(
        kinds.SET_ELEMENT,
        span,
        message,
        help="numbers, addresses, prefixes, MACs, CONST names, ranges a-b, names of sets",
    )
