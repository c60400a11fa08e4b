"""The types of FPL-3 values: integers of 8 to 64 bits, and IPv6 addresses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IntType:
    """An integer type; arithmetic is modulo 2**bits, signed values are two's complement."""

    bits: int
    signed: bool

    @property
    def name(self) -> str:
        return f"{'INT' if self.signed else 'UINT'}{self.bits}"

    @property
    def low(self) -> int:
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        return (1 << (self.bits - 1)) - 1 if self.signed else (1 << self.bits) - 1

    def holds(self, value: int) -> bool:
        return self.low <= value <= self.high

    def wrap(self, value: int) -> int:
        """The value of this type that is congruent to `value` modulo 2**bits."""
        value &= (1 << self.bits) - 1
        return value - (1 << self.bits) if self.signed and value >> (self.bits - 1) else value

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Ipv6Type:
    """The type of IPv6 addresses (128 bits; compared, tested for membership, hashed, taken apart)."""

    name: str = "IPv6 address"
    bits: int = 128

    def __str__(self) -> str:
        return self.name


Type = IntType | Ipv6Type

U8, U16, U32, U64 = (IntType(bits, False) for bits in (8, 16, 32, 64))
I8, I16, I32, I64 = (IntType(bits, True) for bits in (8, 16, 32, 64))
IPV6 = Ipv6Type()

BY_NAME: dict[str, IntType] = {t.name: t for t in (U8, U16, U32, U64, I8, I16, I32, I64)} | {"INT": I32}


def widened(operand: IntType) -> IntType:
    """An operand narrower than 32 bits is widened to 32 first, its signedness kept."""
    return operand if operand.bits >= 32 else IntType(32, operand.signed)


def combined(left: IntType, right: IntType) -> IntType:
    """The type in which two operands meet: the wider one; of equal widths, signed only if both are."""
    left, right = widened(left), widened(right)
    if left.bits != right.bits:
        return left if left.bits > right.bits else right
    return IntType(left.bits, left.signed and right.signed)


def constant_meets(value: int, operand: IntType) -> IntType | None:
    """The type that an exact constant takes when it meets a variable of type `operand`.

    The operand's own (widened) type if the value fits, as a bit pattern for a negative value and an
    unsigned type; else the smallest 32- or 64-bit type that holds it; None if there is none.
    """
    own = widened(operand)
    if own.holds(value) or (not own.signed and -(1 << (own.bits - 1)) <= value < 0):
        return own
    return smallest(value)


def smallest(value: int) -> IntType | None:
    """The first of INT32, UINT32, INT64, UINT64 that holds an exact constant."""
    return next((t for t in (I32, U32, I64, U64) if t.holds(value)), None)
