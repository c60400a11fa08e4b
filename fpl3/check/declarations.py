"""Declarations: each gives a name its meaning, or sets an option."""

from __future__ import annotations

from fpl3 import fields, kinds
from fpl3.check import convert, externs, macros, operands, rules, sets
from fpl3.check import program as p
from fpl3.check.constants import Exact, pattern, shown
from fpl3.check.context import Context, Rejected
from fpl3.check.expressions import constant
from fpl3.check.names import (
    BUILT_IN_STORES,
    EVERYTHING,
    RESERVED,
    Entity,
    Macro,
    NamedConstant,
    NamedSet,
)
from fpl3.diagnostics import Note
from fpl3.syntax import tree
from fpl3.types import BY_NAME, U32, IntType

MAX_MEMORY = 1 << 30
MAX_TABLE = 1 << 20
MERGES = ("SUM", "OR", "MAX", "MIN")
STORAGE = ("SCRATCH", "SRAM", "SDRAM")
Named = (
    tree.RegisterDeclaration | tree.ArrayDeclaration | tree.ConstDeclaration
    | tree.TableDeclaration | tree.MacroDeclaration | tree.SetDeclaration | tree.RuleDeclaration
    | tree.ExternDeclaration
)  # fmt: skip


def declare(ctx: Context, node: tree.Declaration) -> None:
    match node:
        case tree.Use():
            _use(ctx, node)
        case tree.NextHopDeclaration():
            _next_hops(ctx, node)
        case tree.Include():
            raise AssertionError("INCLUDEs have been replaced before")
        case _:
            _check_name(ctx, node)
            ctx.names.declare(node.name.name, _entity(ctx, node))


def _check_name(ctx: Context, node: Named) -> None:
    name = node.name.name
    is_memory = name == "M" and isinstance(node, tree.ArrayDeclaration)
    if name.upper() in RESERVED or (name in BUILT_IN_STORES and not is_memory):
        raise ctx.rejected(
            kinds.RESERVED_NAME,
            node.name.span,
            f"'{name}' is a word of the language",
            help=f"choose another name, for example my_{name.lower()}",
        )
    earlier = ctx.names.declared(name)
    if earlier is not None:
        place = node.name.span if isinstance(earlier, p.NumberSet) else earlier.span
        raise ctx.rejected(
            kinds.NAME_TAKEN,
            node.name.span,
            f"'{name}' is declared twice",
            notes=[Note("first here", place)],
            help="choose another name; all kinds of names share one namespace",
        )


def _entity(ctx: Context, node: Named) -> Entity:
    match node:
        case tree.RegisterDeclaration():
            register = p.Register(node.name.name, BY_NAME[node.type], node.name.span)
            ctx.named_registers.append(register)
            return register
        case tree.ArrayDeclaration():
            return _array(ctx, node)
        case tree.ConstDeclaration():
            return _constant(ctx, node)
        case tree.TableDeclaration():
            return _table(ctx, node)
        case tree.MacroDeclaration():
            return _macro(ctx, node)
        case tree.SetDeclaration():
            found = sets.declared(ctx, node, EVERYTHING)
            return NamedSet(node.name.name, found, node.name.span)
        case tree.RuleDeclaration():
            return rules.rule(ctx, node)
        case tree.ExternDeclaration():
            return externs.declared(ctx, node)


def _size(ctx: Context, node: tree.Expression, limit: int, what: str) -> int:
    size = constant(ctx, node, EVERYTHING, f"the size of {what}")
    if not 1 <= size.value <= limit:
        raise ctx.rejected(
            kinds.ARRAY_SIZE,
            node.span,
            f"{what} cannot have {shown(size.value)} elements",
            help=f"1 to {limit:,} elements",
        )
    return size.value


def _array(ctx: Context, node: tree.ArrayDeclaration) -> p.Array:
    name, type = node.name.name, BY_NAME[node.type]
    merge = node.merge or "SUM"
    _check_words(ctx, node, merge)
    size = 0 if node.size is None else _size(ctx, node.size, MAX_MEMORY, f"'{name}'")
    found = p.Array(name, type, size, merge, node.storage, node.name.span)
    if node.size is None:
        ctx.deduced[found] = node.name.span
    ctx.arrays.append(found)
    return found


def _check_words(ctx: Context, node: tree.ArrayDeclaration, merge: str) -> None:
    word: str
    known: tuple[str, ...]
    if merge not in MERGES:
        word, known = merge, MERGES
    elif node.storage is not None and node.storage not in STORAGE:
        word, known = node.storage, STORAGE
    else:
        return
    raise ctx.rejected(
        kinds.MERGE_WORD,
        node.span,
        f"'{word}' is not known here",
        help=f"one of {', '.join(known)}",
    )


def _constant(ctx: Context, node: tree.ConstDeclaration) -> NamedConstant:
    name = node.name.name
    value = ctx.value(node.value, EVERYTHING)
    if isinstance(value, p.Constant) and convert.is_ipv6(value) and node.type is None:
        return NamedConstant(name, value, node.name.span)
    exact = constant_of(ctx, value, node.value, f"the value of '{name}'")
    if node.type is not None:
        type = BY_NAME[node.type]
        exact = Exact(exact.span, convert.fitting(ctx, exact, type, node.value.span, f"'{name}'"))
    return NamedConstant(name, exact, node.name.span)


def constant_of(ctx: Context, value: Exact | p.Expr, node: tree.Expression, what: str) -> Exact:
    if not isinstance(value, Exact):
        raise ctx.rejected(
            kinds.NOT_CONSTANT,
            node.span,
            f"{what} must be a constant integer",
            help="use numbers, CONST names and operators on them; what reads the packet is a MACRO",
        )
    return value


def _table(ctx: Context, node: tree.TableDeclaration) -> p.Table:
    name, type = node.name.name, BY_NAME[node.type]
    size = len(node.values)
    if node.size is not None:
        size = _size(ctx, node.size, MAX_TABLE, f"the table '{name}'")
    elif not node.values:
        raise ctx.rejected(
            kinds.ARRAY_SIZE,
            node.name.span,
            f"the table '{name}' has no values and no size",
            help=f"write {name}[4] = {{1, 2, 3, 4}}",
        )
    if len(node.values) > size:
        raise ctx.rejected(
            kinds.TABLE_VALUES,
            node.values[size].span,
            f"'{name}' has {size} element(s), and here are {len(node.values)} values",
            help=f"make the table larger: {name}[{len(node.values)}]",
        )
    values = [_table_value(ctx, value, type, name) for value in node.values]
    table = p.Table(name, type, (*values, *[0] * (size - len(values))), node.name.span)
    ctx.tables.append(table)
    return table


def _table_value(ctx: Context, node: tree.Expression, type: IntType, name: str) -> int:
    if isinstance(node, tree.Number) and (found := pattern(node.value, type)) is not None:
        return found
    exact = constant(ctx, node, EVERYTHING, f"a value of the table '{name}'")
    return convert.fitting(ctx, exact, type, node.span, f"an element of '{name}'")


def _macro(ctx: Context, node: tree.MacroDeclaration) -> Macro:
    name = node.name.name
    if node.guard is not None and _is_field(name):
        raise ctx.rejected(
            kinds.FIELD_NAME_TAKEN,
            node.name.span,
            f"PKT.{name} is a built-in field already",
            help="a macro with WHEN makes a new field: choose a new name",
        )
    _check_parameters(ctx, node)
    macros.check_body(ctx, node, EVERYTHING)
    return Macro(name, node, ctx.names.serial, node.name.span)


def _is_field(name: str) -> bool:
    folded = name.upper()
    return (
        folded in operands.META
        or folded in operands.LAYERS
        or folded in ("HAS", "B", "W", "DW")
        or folded in fields.HEADERS
        or fields.lookup_field((name,)) is not None
    )


def _check_parameters(ctx: Context, node: tree.MacroDeclaration) -> None:
    seen: dict[str, tree.Name] = {}
    for parameter in node.parameters or ():
        if parameter.name.upper() in RESERVED or parameter.name in BUILT_IN_STORES:
            raise ctx.rejected(
                kinds.RESERVED_NAME,
                parameter.span,
                f"'{parameter.name}' is a word of the language",
                help="choose another name for the parameter",
            )
        if parameter.name in seen:
            raise ctx.rejected(
                kinds.NAME_TAKEN,
                parameter.span,
                f"two parameters are named '{parameter.name}'",
                notes=[Note("first here", seen[parameter.name].span)],
                help="choose another name for one of them",
            )
        seen[parameter.name] = parameter


def _next_hops(ctx: Context, node: tree.NextHopDeclaration) -> None:
    name = f"TX_{node.table.upper()}"
    places = ctx.settings.places
    if name in places:
        raise ctx.rejected(
            kinds.NEXT_HOPS_TWICE,
            node.span,
            f"{name} is declared twice",
            notes=[Note("first here", places[name])],
            help="put all next hops into one table",
        )
    places[name] = node.span
    count = len(node.entries)
    if node.size is not None:
        count = _size(ctx, node.size, 65_536, name)
    if count != len(node.entries) or not count:
        raise ctx.rejected(
            kinds.TABLE_VALUES,
            node.span,
            f"{name} has {count} element(s), and here are {len(node.entries)} entries",
            help=f"write {name}[{max(1, len(node.entries))}]; no next hop may be missing",
        )
    if node.table == "Node":
        ctx.settings.tx_node = tuple([_node_name(ctx, entry) for entry in node.entries])
    elif node.table == "Mac":
        entries = tuple([_mac_entry(ctx, entry) for entry in node.entries])
        ctx.settings.tx_mac = p.NextHops(entries)
    else:
        ctx.settings.tx_ip = _ip_entries(ctx, node)


def _bad_entry(ctx: Context, node: tree.Expression, wants: str) -> Rejected:
    return ctx.rejected(
        kinds.NEXT_HOP_ENTRY,
        node.span,
        f"'{node.span.text}' is not {wants}",
        help="TX_MAC[1] = { 02:00:00:00:00:01 }; TX_IP[1] = { 192.0.2.1 };",
    )


def _node_name(ctx: Context, node: tree.Expression) -> str:
    if not isinstance(node, tree.Name):
        raise ctx.rejected(
            kinds.NEXT_HOP_ENTRY,
            node.span,
            f"'{node.span.text}' is not the name of a node",
            help="TX_NODE[2] = { N1, N2 };",
        )
    return node.name


def _mac_entry(ctx: Context, node: tree.Expression) -> int:
    value = ctx.value(node, EVERYTHING)
    is_address = not isinstance(node, tree.Number | tree.Ipv4Address)
    if not isinstance(value, Exact) or not is_address or not 0 <= value.value < 1 << 48:
        raise _bad_entry(ctx, node, "a MAC address")
    return value.value


def _ip_entries(ctx: Context, node: tree.NextHopDeclaration) -> p.NextHops:
    values = [(entry, ctx.value(entry, EVERYTHING)) for entry in node.entries]
    ipv6 = convert.is_ipv6(values[0][1])
    wants = "an IPv6 address, as the first entry is" if ipv6 else "an IPv4 address"
    found: list[int] = []
    for entry, value in values:
        fits = isinstance(value, p.Constant) if ipv6 else _is_ipv4(entry, value)
        if not fits or not isinstance(value, p.Constant | Exact):
            raise _bad_entry(ctx, entry, wants)
        found.append(value.value)
    return p.NextHops(tuple(found), ipv6)


def _is_ipv4(node: tree.Expression, value: Exact | p.Expr) -> bool:
    is_address = not isinstance(node, tree.Number | tree.MacAddress)
    return is_address and isinstance(value, Exact) and U32.holds(value.value)


def _use(ctx: Context, node: tree.Use) -> None:
    if node.option not in _USES:
        raise ctx.rejected(
            kinds.USE_OPTION,
            node.span,
            f"there is no option '{node.option}'",
            help="USE LOOPBUDGET n; or USE HASH IXP48;",
        )
    places = ctx.settings.places
    if node.option in places:
        raise ctx.rejected(
            kinds.USE_TWICE,
            node.span,
            f"USE {node.option} is said twice",
            notes=[Note("first here", places[node.option])],
            help="remove one of the two",
        )
    places[node.option] = node.span
    _USES[node.option](ctx, node)


def _use_budget(ctx: Context, node: tree.Use) -> None:
    budget = constant(ctx, node.value, EVERYTHING, "the loop budget")
    if not 1 <= budget.value <= U32.high:
        raise ctx.rejected(
            kinds.USE_VALUE,
            node.value.span,
            f"the loop budget is {shown(budget.value)}",
            help=f"1 to {U32.high} iterations",
        )
    ctx.settings.loop_budget = budget.value


def _use_hash(ctx: Context, node: tree.Use) -> None:
    word = node.value.name.upper() if isinstance(node.value, tree.Name) else ""
    if word not in ("IXP48", "CRC32C"):
        raise ctx.rejected(
            kinds.USE_VALUE,
            node.value.span,
            f"there is no hash function '{node.value.span.text}'",
            help="USE HASH CRC32C; (the default) or USE HASH IXP48;",
        )
    ctx.settings.hash_ixp48 = word == "IXP48"


def _use_node(ctx: Context, node: tree.Use) -> None:
    if not isinstance(node.value, tree.Name):
        raise ctx.rejected(
            kinds.USE_VALUE,
            node.value.span,
            f"'{node.value.span.text}' is not the name of a node",
            help="USE NODE N1; stands in the program of the node N1, which the compiler makes",
        )
    ctx.settings.node = node.value.name


MOST_STATE_WORDS = 27  # 108 bytes: what one geneve option holds beside its fixed part


def _use_state(ctx: Context, node: tree.Use) -> None:
    words = constant(ctx, node.value, EVERYTHING, "the number of state words")
    if not 1 <= words.value <= MOST_STATE_WORDS:
        raise ctx.rejected(
            kinds.USE_VALUE,
            node.value.span,
            f"a run cannot have {shown(words.value)} state words",
            help=f"1 to {MOST_STATE_WORDS} words of 32 bits; they cross geneve links, ethernet has one",
        )
    ctx.settings.state_words = words.value


_USES = {"LOOPBUDGET": _use_budget, "HASH": _use_hash, "NODE": _use_node, "STATE": _use_state}
