"""Hypothesis strategies for syntax trees: every node of fpl3.syntax.tree, as the parser makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from fpl3.fields import HEADERS
from fpl3.source import Source, Span
from fpl3.syntax import lexemes, tree
from fpl3.syntax.precedence import PRECEDENCE

AT = Span(Source("<made>", ""), 0, 0)
_TYPES = st.sampled_from(sorted(lexemes.TYPE_WORDS))
_MERGES = st.sampled_from((None, "SUM", "MAX", "MIN", "OR"))
_STORAGE = st.sampled_from((None, "SCRATCH", "SRAM", "SDRAM"))
_RULE_KEYS = st.sampled_from(("GID", "SID", "REV", "PRIORITY", "CLASS", "MSG"))
_ASSIGNMENTS = st.sampled_from(("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="))
_BUILTINS = st.sampled_from(("HASH", "MAX", "MIN", "CONSISTENT"))

_words = st.from_regex(r"[A-Za-z_][A-Za-z_0-9]{0,5}", fullmatch=True) | st.sampled_from(
    # Words only in their place, words of other languages, and names that look like literals.
    ("FROM", "WHEN", "MERGE", "SUM", "OR", "Mac", "Ip", "SRAM", "pass", "END", "x0", "fe80", "R", "M")
)
_field_words = st.sampled_from(sorted(HEADERS)) | _words.filter(lambda w: w.upper() not in ("B", "W", "DW"))


def _node(kind: Any) -> Callable[..., st.SearchStrategy[Any]]:
    return lambda *parts: st.builds(lambda *values: kind(AT, *values), *parts)


names = _node(tree.Name)(_words.filter(lambda w: w.upper() not in lexemes.RESERVED))


@st.composite
def numbers(draw: st.DrawFn) -> tree.Number:
    value = draw(st.integers(0, 300) | st.integers(0, 1 << 70))
    return tree.Number(AT, value, draw(st.sampled_from((str(value), hex(value), bin(value)))))


characters = st.sampled_from(
    ("'a'", "' '", "'\"'", r"'\''", r"'\\'", r"'\x41'", r"'\n'", "'#'", "'/'")
).map(lambda text: tree.Number(AT, lexemes.unescaped(text)[0][0], text))
strings = _node(tree.String)(st.binary(max_size=6) | st.text(max_size=6).map(str.encode))
macs = _node(tree.MacAddress)(st.integers(0, (1 << 48) - 1))
ipv4 = _node(tree.Ipv4Address)(st.integers(0, (1 << 32) - 1))
ipv6 = _node(tree.Ipv6Address)(st.integers(0, (1 << 128) - 1) | st.integers(0, 1 << 20))


@st.composite
def prefixes(draw: st.DrawFn) -> tree.Prefix:
    address, bits = draw(
        st.one_of(st.tuples(macs, st.just(48)), st.tuples(ipv4, st.just(32)), st.tuples(ipv6, st.just(128)))
    )
    length = draw(st.integers(0, bits))
    host = bits - length
    return tree.Prefix(AT, type(address)(AT, address.value >> host << host), length)


def _packet_name(path: tuple[str, ...]) -> bool:
    """Not what the parser takes for an access by offset or for the state."""
    return path[0].upper() not in ("B", "W", "DW", "STATE")


packet_names = _node(tree.PacketName)(
    st.lists(_field_words, min_size=1, max_size=3).map(tuple).filter(_packet_name) | st.just(("STATE",))
)


def _compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Expressions made of others."""
    packet_reads = _node(tree.PacketRead)(st.sampled_from(("B", "W", "DW")), inner)
    parts = _node(tree.PartOf)(
        packet_reads | packet_names | names, st.sampled_from(("U1", "U4", "U8", "U16", "DW")), inner
    )
    arguments = st.lists(inner, max_size=3).map(tuple)
    binary = st.sampled_from([op for op in PRECEDENCE if not op.endswith("IN")])
    return st.one_of(
        packet_reads,
        parts,
        _node(tree.Index)(names, inner),
        _node(tree.StateIndex)(inner),
        _node(tree.Unary)(st.sampled_from("-+~!"), inner),
        _node(tree.Binary)(binary, inner, inner),
        _node(tree.Binary)(binary, inner, inner),
        _node(tree.Membership)(inner, _collections(inner), st.booleans()),
        st.builds(lambda n, a: tree.Call(AT, n, a, AT), names.map(lambda n: n.name) | _BUILTINS, arguments),
        _extern_calls(inner),
    )


def _extern_calls(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return _node(tree.ExternCall)(
        names, st.none() | names, st.lists(_extern_arguments(inner), max_size=3).map(tuple)
    )


def _extern_arguments(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    ids = st.none() | inner.filter(lambda node: not isinstance(node, tree.String))
    texts = st.lists(_node(tree.Text)(ids, strings, st.booleans()), max_size=3).map(tuple)
    return inner | _node(tree.TextList)(texts) | _node(tree.TextFile)(strings)


def _collections(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return _set_literals(inner) | names | prefixes() | ipv4 | ipv6


def _set_literals(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    # `a - b` in braces is a range there, so a bare difference comes out of parentheses only.
    items = inner | _node(tree.SetRange)(inner, inner)
    return _node(tree.SetLiteral)(st.lists(items, max_size=4).map(tuple))


_leaves = st.one_of(numbers(), characters, names, packet_names, ipv4, ipv6, macs, prefixes(), strings)
expressions = st.recursive(_leaves, _compound, max_leaves=8)
targets = st.one_of(
    names,
    packet_names,
    _node(tree.Index)(names, expressions),
    _node(tree.PacketRead)(st.sampled_from(("B", "W", "DW")), expressions),
    _node(tree.StateIndex)(expressions),
)
_assignments = _node(tree.Assign)(targets, _ASSIGNMENTS, expressions) | _node(tree.Step)(
    targets, st.sampled_from(("++", "--"))
)
_optional = st.none() | expressions
_simple_statements = st.one_of(
    _assignments,
    _assignments,
    st.just(tree.Break(AT)),
    _node(tree.Return)(_optional),
    _node(tree.Evaluate)(_extern_calls(expressions)),
    _node(tree.Transmit)(st.just("Mac"), st.lists(expressions, min_size=1, max_size=2).map(tuple)),
    _node(tree.Transmit)(st.just("Ip"), st.tuples(expressions)),
    _node(tree.Alert)(names),
)


def _blocks(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Statements made of others."""
    block = st.lists(inner, max_size=3).map(tuple)
    branches = st.lists(_node(tree.Branch)(expressions, block), min_size=1, max_size=3).map(tuple)
    values = st.lists(expressions, min_size=1, max_size=2).map(tuple)
    cases = st.lists(_node(tree.Case)(values, block), max_size=3).map(tuple)
    step = st.none() | _assignments
    return st.one_of(
        _node(tree.If)(branches, st.none() | block),
        _node(tree.For)(step, _optional, step, block),
        _node(tree.Switch)(expressions, cases, st.none() | block),
        _node(tree.Split)(_optional, block),
    )


statements = st.recursive(_simple_statements, _blocks, max_leaves=6)


def _of_size(size: tree.Expression | None) -> st.SearchStrategy[Any]:
    return _node(tree.ArrayDeclaration)(_STORAGE, _TYPES, names, st.just(size), _MERGES)


_values = st.lists(expressions, max_size=3).map(tuple)
declarations = st.one_of(
    _node(tree.RegisterDeclaration)(_TYPES, names),
    _optional.flatmap(_of_size),
    _node(tree.ConstDeclaration)(st.none() | _TYPES, names, expressions),
    _node(tree.TableDeclaration)(_TYPES, names, _optional, _values),
    _node(tree.MacroDeclaration)(names, st.lists(names, max_size=2).map(tuple), expressions, st.none()),
    _node(tree.MacroDeclaration)(names, st.none(), expressions, _optional),
    _node(tree.ExternDeclaration)(
        names, names, st.lists(_extern_arguments(expressions), max_size=3).map(tuple)
    ),
    _node(tree.SetDeclaration)(names, _set_literals(expressions), st.none()),
    _node(tree.SetDeclaration)(names, st.none(), strings),
    _node(tree.NextHopDeclaration)(st.sampled_from(("Mac", "Ip")), _optional, _values),
    _node(tree.RuleDeclaration)(
        names, st.lists(_node(tree.RuleField)(_RULE_KEYS, expressions), max_size=3).map(tuple)
    ),
    _node(tree.Include)(strings),
    _node(tree.Use)(st.sampled_from(("LOOPBUDGET", "HASH")), expressions),
)
programs = _node(tree.Program)(st.lists(declarations | statements, max_size=5).map(tuple))
