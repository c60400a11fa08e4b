"""EXTERN name = count_distinct(precision = 12, groups = 1): how many different keys there were, about.

`EXTERN(name, key, group = 0)` notes a key (and says 0); `EXTERN(name.estimate, group = 0)` says how many
different keys the group has seen. A group is a number below `groups`; others are taken modulo `groups`.

It is a HyperLogLog: 2^precision bytes a group hold the greatest number of leading zeros that the mixed
keys had. The standard error is 1.04 / sqrt(2^precision): 1.6 % at 12, 26 % at 4, 0.4 % at 16, for few
keys less. There are no more than 2^28 bytes in all. A note takes one step; an estimate reads all bytes of
its group, which at 12 is about two microseconds.

Shown are the groups that have seen a key, those with the most first, at most 20, with the standard error.
A merge takes the greater of each two bytes, which gives exactly what one that had seen all keys would
hold. The mixing function is public, and the same everywhere so that nodes can be merged: who chooses the
keys can choose them so that they count as many or as few.

Sources: P. Flajolet et al., HyperLogLog, 2007; S. Heule et al., HyperLogLog in Practice, 2013 (64 bits);
the estimator, which needs no correction for few keys, is that of O. Ertl, New Cardinality Estimation
Algorithms for HyperLogLog Sketches, 2017 (algorithm 6, without its correction for keys near 2^64),
computed in integers, the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from fpl3.externs import Extern, Fault, Function, Number, Options, Parameter, State
from fpl3.types import U32, U64

MOST = 1 << 28


def _size(options: Options) -> int:
    """The bytes behind the registers make sizes of different precision differ, so that a program that
    replaces another does not take over registers that mean something else."""
    precision, groups = options
    assert isinstance(precision, int) and isinstance(groups, int)
    return (groups << precision) + precision


def _check(options: Options) -> Iterator[Fault]:
    precision, groups = options
    assert isinstance(precision, int) and isinstance(groups, int)
    if groups << precision > MOST:
        message = f"{groups} groups of 2^{precision} bytes are more than 2^28 bytes"
        yield Fault(1, message, f"with precision {precision}, at most {MOST >> precision} groups")


EXTERN = Extern(
    name="count_distinct",
    summary="Estimate how many different keys there were, in one or many groups (HyperLogLog)",
    functions=(
        Function(
            "",
            (Parameter("key", U64), Parameter("group", U32, 0)),
            "count_distinct_note",
            commutative=True,
            cost=15,
            result=lambda options: (0, 0),
            summary="notes a key; 0",
        ),
        Function(
            "estimate",
            (Parameter("group", U32, 0),),
            "count_distinct_estimate",
            returns=U64,
            cost=2000,
            summary="about how many different keys there were",
        ),
    ),
    c_file="ffpf_plugins/externs/count_distinct/count_distinct.c",
    reference="ffpf_plugins.externs.count_distinct.reference:CountDistinct",
    options=(Number("precision", 4, 16, 12, type=U32), Number("groups", 1, 65536, 1, type=U32)),
    state=State(_size, "count_distinct_merge", show="count_distinct_show"),
    check=_check,
)
