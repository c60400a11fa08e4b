"""Balance without programs: bounds, gaps, solvers that say nothing, hints that are wrong."""

from __future__ import annotations

import random
from math import inf

import pytest

from ffpf import solver as solvers
from ffpf.solver import solve
from fpl3.split.balance import Balanced, Stuck, balance
from fpl3.split.domains import Domains
from fpl3.split.integer import IntegerProgram, Solution, formulate
from fpl3.split.problem import Job, Problem, Spot, Tree, members


def star(count: int, memory: float = inf) -> tuple[Spot, ...]:
    """A root and `count` spots below it."""
    return (Spot(-1, tuple(range(1, count + 1)), memory), *(Spot(0, (), memory) for _ in range(count)))


def job(
    spots: int, work: float, holds: tuple[int, ...] = (), inside: int = 0, able: int | None = None
) -> Job:
    """A job that costs `work` everywhere; a hop costs a tenth of a second at the sender."""
    every, nothing, hop = (1 << spots) - 1, (0.0,) * spots, (0.1,) * spots
    able = every if able is None else able
    return Job(inside, able, None, (work,) * spots, hop, nothing, nothing, 1.0, holds)


def problem(spots: tuple[Spot, ...], works: list[float], **others: object) -> Problem:
    main = job(len(spots), 0.0, inside=-1, able=1)
    return Problem(spots, (main, *(job(len(spots), work) for work in works)), **others)  # type: ignore[arg-type]


def found(one: Problem) -> Balanced:
    result = balance(one)
    assert isinstance(result, Balanced)
    return result


def test_a_solver_improves_what_the_search_found_and_proves_it() -> None:
    one = problem(star(3), [9, 8, 7, 6, 5, 5, 4, 4])
    alone, solved = found(one), balance(one, solve)
    assert isinstance(solved, Balanced) and solved.bound is not None
    assert alone.bound is None
    assert solved.bound <= solved.highest <= alone.highest
    assert solved.bound == pytest.approx(solved.highest, rel=0.02)


@pytest.mark.parametrize("answer", [None, Solution(None, 0.0), Solution(None, -5.0)])
def test_a_solver_that_finds_nothing_changes_nothing(answer: Solution | None) -> None:
    one = problem(star(3), [3, 2, 2, 1])
    result = balance(one, lambda program: answer)
    assert isinstance(result, Balanced)
    assert result.routes == found(one).routes
    assert result.bound == (None if answer is None else 0.0)


def test_a_solver_is_not_asked_where_there_is_nothing_to_choose() -> None:
    asked: list[IntegerProgram] = []

    def noting(program: IntegerProgram) -> None:
        asked.append(program)

    balance(problem(star(3), [1]), noting)
    balance(problem(star(300), [1] * 20), noting)
    assert not asked
    balance(problem(star(3), [1, 1]), noting)
    assert len(asked) == 1


def test_packing_that_needs_more_than_luck() -> None:
    """Things of 6, 5, 4, 3, 2 and 4 bytes fit three spots of 8 in few ways only."""
    spots = (Spot(-1, (1, 2, 3), 0.0), *(Spot(0, (), 8.0) for _ in range(3)))
    main = job(4, 0.0, inside=-1, able=1)
    jobs = [job(4, 1.0, (n,)) for n in range(6)]
    result = balance(Problem(spots, (main, *jobs), (6.0, 5.0, 4.0, 3.0, 2.0, 4.0)))
    assert isinstance(result, Balanced)
    tight = Problem(spots, (main, *jobs), (6.0, 5.0, 5.0, 3.0, 2.0, 4.0))
    assert balance(tight) == Stuck(None, True) == balance(tight, solve)


def test_a_thing_that_several_jobs_hold_counts_once_on_a_spot() -> None:
    spots = (Spot(-1, (1,), 0.0), Spot(0, (), 8.0))
    main = job(2, 0.0, inside=-1, able=1)
    assert isinstance(balance(Problem(spots, (main, *[job(2, 1.0, (0,))] * 5), (8.0,))), Balanced)


def test_the_integer_program_has_the_loads_of_the_assignment() -> None:
    """For random homes every load of the assignment is a row's value, and the order rows hold."""
    rng, works = random.Random(5), [3, 2, 1]
    one = problem(star(3), works)
    domains = Domains(one)
    program = formulate(domains, 1.0)
    for _ in range(20):
        homes = [rng.randrange(4) for _ in range(3)]
        values = [float(homes[unit - 1] == spot) for unit, spot in program.choices]
        result = [
            sum(c * (home == spot) for c, home in zip(works, homes, strict=True)) for spot in range(4)
        ]
        result[0] += sum(0.1 for home in homes if home)
        highest = max(result)
        whole = (*values, highest, *[0.0] * (len(program.costs) - len(values) - 1))
        for row in program.rows:
            value = sum(whole[column] * factor for column, factor in row.terms)
            assert row.low - 1e-9 <= value <= row.high + 1e-9
        short = (*values, highest - 0.01)
        assert any(sum(short[c] * f for c, f in row.terms) > row.high + 1e-9 for row in program.rows)
        assert program.homes(Solution(whole, 0.0)) == [0, *homes]


def test_what_is_below_what() -> None:
    tree = Tree((Spot(-1, (1, 2)), Spot(0, (3,)), Spot(0, ()), Spot(1, ())))
    assert [list(members(mask)) for mask in tree.below] == [[0, 1, 2, 3], [1, 3], [2], [3]]
    assert tree.way(0, 3) == (3, 1) and tree.way(3, 3) == ()
    assert tree.meeting(3, 2) == 0 and tree.meeting(1, 3) == 1
    assert list(members(tree.reach(0, 1 << 1))) == [0, 2]


def test_without_scipy_a_word_and_no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    assert solvers.solver(said.append) is solve and not said
    monkeypatch.setattr(solvers, "find_spec", lambda name: None)
    assert solvers.solver(said.append) is None
    assert said == [
        "without SciPy the compiler places parts by its own search alone; pip install 'net-ffpf[solver]'"
    ]
