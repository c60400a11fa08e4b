"""Hardware descriptions: what the examples mean, and every refusal by message, line and column."""

from __future__ import annotations

import tomllib
from ast import literal_eval
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpl3.diagnostics import Sink, render_json, render_text
from fpl3.kinds import CATALOGUE
from fpl3.source import Source
from fpl3.split.description import read_description
from fpl3.split.description_table import EXAMPLES as EXAMPLE_VALUES
from fpl3.split.toml_places import find_places
from fpl3.split.topology import CAPABILITIES, Interface, Link, Topology
from tests.unit.test_split_toml_places import PLACES, paths
from tests.unit.topology_refusals import CHANGES, SHAPES, TEXTS, cases

FOLDER = Path(__file__).parents[2] / "examples" / "nodes"
PAGE = Path(__file__).parents[2] / "docs" / "nodes.md"
EXAMPLES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.toml"))}

# Lines matter: the expected places count them.
BASE = """\
root = "N0"
input = "eth0"
[nodes.N0]
capacity = "2.4G"
memory = 1048576
[nodes.N0.interfaces.eth0]
reaches = "any"
[nodes.N0.interfaces.eth1]
mac = "02:00:00:00:00:11"
address = "10.0.1.1"
[nodes.N1.interfaces.eth0]
mac = "02:00:00:00:00:21"
address = "10.0.1.2"
[nodes.N2]
[[links]]
from = "N0.eth1"
to = "N1.eth0"
kind = "ethernet"
[[links]]
from = "N1"
to = "N2"
kind = "memory"
"""
LINK0 = 'from = "N0.eth1"\nto = "N1.eth0"\nkind = "ethernet"\n'


def read(text: str) -> tuple[Topology | None, Sink]:
    sink = Sink()
    return read_description(Source("n", text), sink), sink


def topology(text: str) -> Topology:
    found, sink = read(text)
    assert found is not None, "\n".join(map(render_text, sink.diagnostics))
    assert not sink.diagnostics
    return found


def faults(text: str) -> list[str]:
    """LINE:COLUMN CODE MESSAGE; NOTE LINE:COLUMN of each error, all of which have a help."""
    found, sink = read(text)
    assert found is None and sink.errors
    for diagnostic in sink.errors:
        assert diagnostic.help, diagnostic.message
        assert render_text(diagnostic) and render_json(diagnostic)
    return [
        f"{d.span.line}:{d.span.column} {d.kind.code[3:]} {d.message}"
        + "".join(f"; {n.message} {n.span.line}:{n.span.column}" for n in d.notes if n.span)
        for d in sink.errors
    ]


def changed(old: str, new: str) -> str:
    assert BASE.count(old) == 1
    return BASE.replace(old, new)


# -- what is right


def test_the_examples_are_in_order() -> None:
    assert {name: len(topology(text).nodes) for name, text in EXAMPLES.items()} == {
        "figure2": 4, "one_host": 3, "routed": 5, "three_pcs": 4, "tree7": 7,
    }  # fmt: skip


def test_everything_of_a_description_is_read() -> None:
    found = topology(changed("[nodes.N2]\n", '[nodes.N2]\ntarget = "ixp"\nlacks = ["loops", "deliver"]\n'))
    n0, n1, n2 = found.nodes
    assert (found.root, found.input, found.names) == ("N0", "eth0", ("N0", "N1", "N2"))
    assert (n0.target, n0.capacity, n0.memory, n0.lacks) == ("pc", 2_400_000_000, 1 << 20, frozenset())
    assert (n2.target, n2.capacity, n2.memory, n2.lacks) == (
        "ixp",
        None,
        None,
        frozenset(["loops", "deliver"]),
    )
    assert n0.interface("eth0") == Interface("eth0", None, None, None)
    assert n1.interface("eth0") == Interface("eth0", 0x020000000021, "10.0.1.2", frozenset())
    assert (n0.span.line, n0.span.text, n1.span.text) == (3, "N0", "N1")
    ethernet, memory = found.links
    assert (ethernet.span.line, ethernet.span.text) == (17, "[[links]]")
    span = memory.span
    assert memory == Link("N1", None, "N2", None, "memory", False, False, False, False, None, None, span)
    with pytest.raises(KeyError):
        n2.interface("eth0")


@pytest.mark.parametrize(
    ("keys", "full", "switched", "learning", "tagged", "mtu", "bits", "loses"),
    [
        ("", False, False, False, False, 1500, 32, True),
        ('trailer = "full"\n', True, False, False, False, 1532, 32, False),
        ('trailer = "short"\nmtu = 9000\n', False, False, False, False, 9000, 32, True),
        ("switched = true\n", False, True, True, False, 1500, 30, True),
        ('switched = true\nlearning = "off"\ntagged = "pass"\n', False, True, False, True, 1500, 30, True),
        ('switched = true\ntrailer = "full"\nmtu = 65535\n', True, True, True, False, 65535, 30, False),
    ],
)
def test_options_of_ethernet_links(
    keys: str, full: bool, switched: bool, learning: bool, tagged: bool, mtu: int, bits: int, loses: bool
) -> None:
    link = topology(changed(LINK0, LINK0 + keys)).links[0]
    assert (link.full, link.switched, link.learning, link.tagged) == (full, switched, learning, tagged)
    assert (link.mtu, link.state_bits, link.loses_addresses) == (mtu, bits, loses)


def test_geneve_and_memory_links_carry_everything() -> None:
    found = topology(changed('kind = "ethernet"', 'kind = "geneve"\nbandwidth = "1.5M"'))
    assert [link.state_bits for link in found.links] == [864, 864]
    assert [link.loses_addresses for link in found.links] == [False, False]
    assert [link.mtu for link in found.links] == [1500, None]
    assert found.links[0].bandwidth == 1_500_000


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1),
        ('"1K"', 1024),
        ('"0.5G"', 1 << 29),
        ('"1.1K"', 1126),
        ("9223372036854775807", (1 << 63) - 1),
    ],
)
def test_amounts_of_memory(written: str, value: int) -> None:
    assert topology(changed("1048576", written)).node("N0").memory == value


def test_addresses_are_as_they_are_usually_written() -> None:
    text = changed('"10.0.1.1"', '"2001:DB8:0::1"')
    assert topology(text).node("N0").interface("eth1").address == "2001:db8::1"


def test_what_an_interface_reaches() -> None:
    text = changed('reaches = "any"', 'reaches = ["00:00:e2:8d:6c:f9", "FF:FF:FF:FF:FF:FF"]')
    assert topology(text).node("N0").interface("eth0").reaches == frozenset(
        [0x0000E28D6CF9, 0xFFFFFFFFFFFF]
    )
    assert topology(BASE).node("N0").interface("eth0").reaches is None


def test_the_queries_of_a_topology() -> None:
    found = topology(EXAMPLES["tree7"])
    hops = [[link.receiver for link in found.next_hops(name)] for name in ("N0", "N2", "N6")]
    assert hops == [["N1", "N2"], ["N5", "N6"], []]
    down = found.path("N0", "N5")
    assert down is not None and [link.receiver for link in down] == ["N2", "N5"]
    assert found.path("N2", "N2") == ()
    assert found.path("N1", "N5") is None and found.path("N5", "N0") is None
    link = found.in_link("N4")
    assert link is not None and link.sender == "N1"
    assert found.in_link("N0") is None
    assert [node.name for node in found.depth_first()] == ["N0", "N1", "N3", "N4", "N2", "N5", "N6"]
    assert found == found and len({found.links[0], found.links[1]}) == 2


def test_one_node_needs_no_link() -> None:
    assert topology('root = "A"\n[nodes.A]\n').links == ()


def test_a_long_chain_is_quick() -> None:
    nodes = "".join(f"[nodes.N{i}]\n" for i in range(5000))
    links = "".join(f'[[links]]\nfrom = "N{i}"\nto = "N{i + 1}"\nkind = "memory"\n' for i in range(4999))
    path = topology(f'root = "N0"\n{nodes}{links}').path("N0", "N4999")
    assert path is not None and len(path) == 4999


def test_the_page_shows_a_description_that_is_in_order() -> None:
    example = PAGE.read_text().split("```toml\n")[1].split("```")[0]
    assert topology(example).root == "N0"
    for key in EXAMPLE_VALUES:
        assert f"| `{key}` |" in PAGE.read_text()
    for word in CAPABILITIES:
        assert f"`{word}`" in PAGE.read_text()


# -- what is refused


def first(value: object) -> str:
    return value[:70] if isinstance(value, str) else ""


@pytest.mark.parametrize(("text", "expected"), cases(TEXTS), ids=first)
def test_texts_that_are_refused(text: str, expected: list[str]) -> None:
    assert faults(literal_eval(text)) == expected


@pytest.mark.parametrize(("change", "expected"), cases(CHANGES), ids=first)
def test_changes_that_are_refused(change: str, expected: list[str]) -> None:
    assert faults(changed(*literal_eval(change))) == expected


@pytest.mark.parametrize(("shape", "expected"), cases(SHAPES), ids=first)
def test_links_that_are_no_tree(shape: str, expected: list[str]) -> None:
    names, _, pairs = shape.partition(" |")
    nodes = "".join(f"[nodes.{name}]\n" for name in names)
    links = (
        f'[[links]]\nfrom = "{a}"\nto = "{b}"\nkind = "memory"\n' for a, b in map(tuple, pairs.split())
    )
    assert faults(f'root = "A"\n{nodes}{"".join(links)}') == expected


def test_geneve_links_need_addresses_of_one_family() -> None:
    text = changed('kind = "ethernet"', 'kind = "geneve"')
    assert faults(text.replace('address = "10.0.1.1"\n', "")) == [
        "15:8 1114 a geneve link ends at 'N0.eth1', which has no IP address; the interface is here 8:22"
    ]
    assert faults(text.replace("10.0.1.2", "::1")) == [
        "17:6 1114 a geneve link cannot lead from IPv4 to IPv6"
    ]


def test_too_many_nodes() -> None:
    nodes = "".join(f"[nodes.N{i}]\n" for i in range(10_001))
    assert faults(f'root = "N0"\n{nodes}') == ["10002:8 1116 the description has 10,001 nodes"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = " + "[" * 100_000, "1:37"),
        ("a = " + "{a=" * 100_000, "1:101"),
        ("a." * 100_000 + "a = 1", "1:65"),
        ("[" + "a." * 100_000 + "a]", "1:66"),
        ("[[" + "a . " * 100_000 + "a]]", "1:131"),
    ],
)
def test_nesting_has_a_limit(text: str, place: str) -> None:
    assert faults(text) == [f"{place} 1101 keys and values nest at most 32 deep"]


def test_numbers_have_a_limit() -> None:
    assert faults("a = " + "9" * 5000) == ["1:5 1101 a value without quotes has at most 200 characters"]


def test_many_misspelt_names_take_no_long_time() -> None:
    nodes = "".join(f"[nodes.N{i}]\n" for i in range(1000))
    links = "".join(f'[[links]]\nfrom = "M{i}"\nto = "N{i}"\nkind = "memory"\n' for i in range(5000))
    assert len(faults(f'root = "N0"\n{nodes}{links}')) == 9000


def test_help_says_what_would_be_right() -> None:
    text = changed('kind = "ethernet"', 'kind = "ethernt"\nmtuu = 1\ntagged = 1').replace('"N2"', '"n2"')
    _, sink = read(text.replace('input = "eth0"', 'input = "wlan"').replace('"2.4G"', '"2.4T"'))
    assert [d.help for d in sink.errors] == [
        'an integer, or a number with K, M or G behind it: capacity = "2.4G"',
        "interfaces: eth0, eth1",
        "did you mean 'mtu'?",
        "did you mean 'ethernet'?",
        'tagged = "pass"',
        "did you mean 'N2'?",
    ]


def test_errors_of_one_text_are_errors_the_second_time() -> None:
    source, sink = Source("n", "root = 1"), Sink()
    assert read_description(source, sink) is None
    assert read_description(source, sink) is None


def test_every_kind_is_tested() -> None:
    tested = TEXTS + CHANGES + SHAPES
    codes = {code[3:] for code in CATALOGUE if code.startswith("FPL11")}
    assert {code for code in codes if f" {code} " not in tested} == set()


NASTY = [
    "\0",
    "\n",
    "\r\n",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    '"""',
    "'''",
    "\\",
    "=",
    ".",
    ",",
    "#",
    ' = "',
    "[" * 40,
]
NASTY += ["é", "\u202e", "\ud800", "\U0001f600", "-1", "9" * 300, "true", "[[links]]\n", "[nodes.N0]\n"]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from([BASE, PLACES, *EXAMPLES.values()]))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 10, 60])))
        piece = draw(st.sampled_from([*NASTY, "", text[start:end] * 2]) | st.text(max_size=3))
        text = text[:start] + piece + text[end:]
    return text


@settings(max_examples=200, deadline=None)
@given(mutated())
def test_no_text_gives_a_traceback(text: str) -> None:
    found, sink = read(text)
    assert (found is None) == bool(sink.errors)
    for diagnostic in sink.errors:
        assert diagnostic.help and render_text(diagnostic) and render_json(diagnostic)
    places = find_places(text)
    try:
        values = tomllib.loads(text)
    except ValueError:
        return
    # What tomllib takes is scanned to its end, but for the limits.
    assert places.flaw is None or places.flaw.first is None
    assert places.flaw is not None or set(places.known) == set(paths(values))
