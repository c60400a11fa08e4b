"""C expressions as text with their precedence, so that parentheses stand only where C needs them."""

from __future__ import annotations

from dataclasses import dataclass

from fpl3.types import IntType

# C11 6.5: the higher, the tighter.
PRIMARY, UNARY, PRODUCT, SUM, SHIFT, ORDER, EQUALITY, BITAND, BITXOR, BITOR, AND, OR, CHOICE = range(
    13, 0, -1
)
BINARY = {
    "*": PRODUCT, "/": PRODUCT, "%": PRODUCT, "+": SUM, "-": SUM, "<<": SHIFT, ">>": SHIFT,
    "<": ORDER, "<=": ORDER, ">": ORDER, ">=": ORDER, "==": EQUALITY, "!=": EQUALITY,
    "&": BITAND, "^": BITXOR, "|": BITOR, "&&": AND, "||": OR,
}  # fmt: skip
# Mixing these without parentheses is right C, and a warning of gcc and clang.
_WARNED = {SHIFT, BITAND, BITXOR, BITOR, AND, OR}


@dataclass(frozen=True, slots=True)
class C:
    """A C expression and the precedence of its outermost operator."""

    text: str
    precedence: int = PRIMARY

    def within(self, precedence: int) -> str:
        """The text as an operand of an operator: in parentheses if it binds less tightly."""
        return self.text if self.precedence >= precedence else f"({self.text})"


def binary(op: str, left: C, right: C) -> C:
    """`left op right`, grouping to the left."""
    level = BINARY[op]
    return C(f"{_side(left, level, level)} {op} {_side(right, level, level + 1)}", level)


def _side(operand: C, level: int, needed: int) -> str:
    if operand.text.startswith("!") and level in (BITAND, BITXOR, BITOR):
        return f"({operand.text})"  # right C, and a warning of gcc
    mixed = operand.precedence != level and operand.precedence < PRODUCT
    if {operand.precedence, level} <= {ORDER, EQUALITY}:
        needed = UNARY  # a comparison of a comparison
    if mixed and (level in _WARNED or operand.precedence in _WARNED or level <= EQUALITY):
        needed = UNARY
    return operand.within(needed)


def unary(op: str, operand: C) -> C:
    return C(f"{op}{operand.within(PRIMARY)}", UNARY)


def cast(of: IntType, operand: C) -> C:
    return C(f"({ctype(of)}){operand.within(UNARY)}", UNARY)


def call(function: str, *arguments: C) -> C:
    return C(f"{function}({', '.join(a.text for a in arguments)})")


def element(array: str, index: C) -> C:
    return C(f"{array}[{index.text}]")


def ctype(of: IntType) -> str:
    return f"{'int' if of.signed else 'uint'}{of.bits}_t"


def constant(of: IntType, value: int) -> C:
    """A constant whose C type is at least as wide as `of`, and of its signedness from 32 bits up."""
    if of.bits < 32:
        return C(str(value)) if value >= 0 else C(f"({value})")
    suffix = ("" if of.signed else "u") + ("ll" if of.bits == 64 else "")
    if value == of.low and of.signed:
        return C(f"(-{-value - 1}{suffix} - 1)")
    text = f"{value}{suffix}" if abs(value) < 65536 else f"{value:#x}{suffix}"
    return C(text) if value >= 0 else C(f"({text})")
