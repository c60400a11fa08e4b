"""Where a statement writes: a place is found and checked before the value is evaluated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from fpl3.check import program as p
from fpl3.interpreter.expressions import Values
from fpl3.interpreter.outcome import in_range


@dataclass(frozen=True, slots=True)
class Place:
    """How to read and to write what a target names; neither can fail."""

    load: Callable[[], int]
    store: Callable[[int], None]


def locate(values: Values, target: p.Target) -> Place:
    """Evaluates and checks a target's offsets and indexes; raises Absent or Abort."""
    match target:
        case p.ToRegister():
            return _register(values, target.register)
        case p.ToMemory():
            row = values.loaded.memory[target.array.name]
            index = in_range(values.of(target.index), len(row), "memory_index")
            return Place(lambda: row[index], lambda value: row.__setitem__(index, value))
        case p.ToRaw():
            return _raw(values, target)
        case p.ToField():
            return _bits(values, values.frame.field_bit(target.field), target.field.width)
        case p.ToState():
            return _state(values, target.word)
    assert_never(target)


def _state(values: Values, word: int) -> Place:
    def store(value: int) -> None:
        words = values.state_words()
        values.state = (*words[:word], value, *words[word + 1 :])

    return Place(lambda: values.state_words()[word], store)


def _register(values: Values, register: p.Register) -> Place:
    registers = values.registers
    return Place(lambda: registers.get(register, 0), lambda value: registers.__setitem__(register, value))


def _raw(values: Values, target: p.ToRaw) -> Place:
    offset = values.of(target.offset)
    values.frame.check(offset, target.width)
    if target.part is None:
        return _bits(values, offset * 8, target.width * 8)
    bits, part = target.part
    index = in_range(values.of(part), target.width * 8 // bits, "out_of_bounds")
    return _bits(values, offset * 8 + index * bits, bits)


def _bits(values: Values, bit: int, width: int) -> Place:
    frame = values.frame
    return Place(lambda: frame.bits(bit, width), lambda value: frame.set_bits(bit, width, value))
