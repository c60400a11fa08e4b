"""Declarations of external functions that contradict themselves, and twins that fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fpl3.extern_flaws import flaws
from fpl3.externs import Extern, Function, Parameter, Range, State, Texts
from fpl3.interpreter import Interpreter, Packet, TwinFailed
from fpl3.types import U8, U32
from tests.unit.checked_text import ADD, accepted

LOOK = Function(
    "look", (Parameter("start", U32, 0), Parameter("length", U32, 1)), "look", packet="read",
    range=Range("start", "length"),
)  # fmt: skip


def changed(**fields: Any) -> Extern:
    """A declaration whose only function differs from a right one."""
    return replace(ADD, functions=(replace(LOOK, **fields),))


WRONG = {
    "it has no functions": replace(ADD, functions=()),
    "it has 2 functions 'look'": replace(ADD, functions=(LOOK, LOOK)),
    "it has several functions without a name": replace(ADD, functions=(*ADD.functions, *ADD.functions)),
    "'lo ok' is no name of a function": changed(name="lo ok"),
    "'9' is no name of an option": replace(ADD, options=(Texts("9"),)),
    "no resource that would load them": replace(ADD, options=(Texts("texts"),)),
    'reference="add" is not "module:name"': replace(ADD, reference="add"),
    "'a-b' is no name of a C function": changed(c_function="a-b"),
    "'merge it' is no name of a C function": replace(ADD, state=State(lambda options: 1, "merge it")),
    'packet="red" is none of none, read, write': changed(packet="red"),
    'it has a range of the packet and packet="none"': changed(packet="none"),
    "its range names 'len', which is no parameter": changed(range=Range("start", "len")),
    "it writes the packet and is said to be pure": changed(packet="write", pure=True),
    "'b' needs a default": changed(range=None, parameters=(Parameter("a", U32, 1), Parameter("b", U32))),
    "the default of 'a' is 256, which is no UINT8": changed(
        range=None, parameters=(Parameter("a", U8, 256),)
    ),
    "it has 2 parameters 'a'": changed(range=None, parameters=(Parameter("a", U32), Parameter("a", U32))),
}


@pytest.mark.parametrize(("message", "extern"), WRONG.items(), ids=WRONG)
def test_contradictions_are_found(message: str, extern: Extern) -> None:
    assert any(message in flaw for flaw in flaws(extern))


def test_right_declarations_have_no_flaws() -> None:
    assert list(flaws(ADD)) == list(flaws(changed())) == []


def _raises(*given: object) -> int:
    raise ZeroDivisionError("by zero")


@pytest.mark.parametrize(
    ("twin", "message"),
    [
        (_raises, "external function 'add' fails: ZeroDivisionError: by zero"),
        (lambda *given: None, "it gave None, which is no number"),
        (lambda frame, link, length: 1, "TypeError"),
    ],
)
def test_a_twin_that_fails_is_named(twin: Callable[..., Any], message: str) -> None:
    interpreter = Interpreter(accepted("RETURN(EXTERN(add, 1, 2));"), {"add": twin})
    with pytest.raises(TwinFailed, match=message):
        interpreter.run(Packet(b"", 0, 0, 0, 1))
