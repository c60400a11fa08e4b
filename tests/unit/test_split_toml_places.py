"""The places of keys and values in a TOML text."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from fpl3.split.toml_places import Flaw, find_places

FOLDER = Path(__file__).parents[2] / "examples" / "nodes"
EXAMPLES = [path.read_text() for path in sorted(FOLDER.glob("*.toml"))]


def paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """All paths of keys and indexes below a value of tomllib."""
    items: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


PLACES = (
    r'''# a comment with = and [brackets]
a . "b.c" . 'd' = 1 # behind
"k\u0041" = {x.y = [1, "],", {z = 2}], w = "}"}
"" = """
x = 1 ""\""""""
l = [ # one
  1979-05-27 07:32:00 , [ ],
  '#', # two
]
[t . u]
v=+1_000e3
[[s]]
p = 1
[s.q]
r = true
[[s]]
[[s.i]]
[s.i.j]
p.q = inf
'''
    + "m = '''\n  [a] '' '''''\n"
)


@pytest.mark.parametrize("text", [PLACES, PLACES.replace("\n", "\r\n"), *EXAMPLES])
def test_every_key_and_value_has_its_place(text: str) -> None:
    values = tomllib.loads(text)
    places = find_places(text)
    assert places.flaw is None
    assert set(places.known) == set(paths(values))


def test_places_are_those_of_keys_and_values() -> None:
    known = find_places(PLACES).known

    def written(*path: str | int) -> tuple[str, str]:
        place = known[path]
        return PLACES[slice(*place.key)], PLACES[slice(*place.value)]

    assert written("a", "b.c", "d") == ("'d'", "1")
    assert written("a", "b.c") == ('"b.c"', '"b.c"')
    assert written("kA", "x", "y", 2, "z") == ("z", "2")
    assert written("kA", "x", "y", 1) == ('"],"', '"],"')
    assert written("kA", "w") == ("w", '"}"')
    assert written("") == ('""', '"""\nx = 1 ""\\""""""')
    assert written("l", 0)[1] == "1979-05-27 07:32:00"
    assert written("t", "u") == ("u", "[t . u]")
    assert written("t", "u", "v") == ("v", "+1_000e3")
    assert written("s", 0, "q", "r") == ("r", "true")
    assert written("s", 1) == ("s", "[[s]]")
    assert written("s", 1, "i", 0, "j", "p", "q") == ("q", "inf")


def test_a_key_that_is_given_twice() -> None:
    assert find_places("a = 1\n[b]\na = 2\na = 3\n").flaw == Flaw("'a' is given twice", (16, 17), (10, 11))


def test_what_is_no_toml_ends_the_scan_without_a_flaw() -> None:
    places = find_places('a = 1\n"\\q" = 2\nb = 3\n')
    assert (list(places.known), places.flaw) == ([("a",)], None)
    assert places.near(("a", 3, "x")).value == (4, 5)
    assert places.near(("b",)).value == (0, 0)
