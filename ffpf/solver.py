"""The solver of placement problems: SciPy's HiGHS. SciPy is an optional dependency (`net-ffpf[solver]`).

It is imported only where a program is placed; without it the compiler's own search stands alone.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fpl3.split.integer import IntegerProgram, Solution, Solver

SECONDS = 2.0  # at most; a machine that is slow must not keep its user waiting
NODES = 2_000  # of the search tree: what is found within them is the same on every machine
GAP = 1e-5  # relative: below that an assignment counts as the best
MISSING = "without SciPy the compiler places parts by its own search alone; pip install 'net-ffpf[solver]'"


def solver(detail: Callable[[str], None]) -> Solver | None:
    """HiGHS, to be handed to fpl3; None, with a word to `detail`, where SciPy is not installed."""
    if find_spec("scipy") is None:
        detail(MISSING)
        return None
    return solve


def solve(program: IntegerProgram) -> Solution | None:
    """The best assignment found in time and the proven bound; None where not even a bound was found."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    from fpl3.split.integer import Solution

    found = milp(
        list(program.costs),
        integrality=[int(whole) for whole in program.whole],
        bounds=Bounds(0, list(program.most)),
        constraints=LinearConstraint(
            _matrix(program), [row.low for row in program.rows], [row.high for row in program.rows]
        ),
        options={"time_limit": SECONDS, "node_limit": NODES, "mip_rel_gap": GAP},
    )
    if found.mip_dual_bound is None:
        return None
    values = None if found.x is None else tuple(map(float, found.x))
    return Solution(values, float(found.mip_dual_bound))


def _matrix(program: IntegerProgram) -> Any:
    """The coefficients of all rows, as a sparse matrix."""
    from scipy.sparse import csr_array

    starts, columns, values = [0], [], []
    for row in program.rows:
        columns += [column for column, _ in row.terms]
        values += [value for _, value in row.terms]
        starts.append(len(columns))
    return csr_array((values, columns, starts), shape=(len(program.rows), len(program.costs)))
