"""`interp` and `pc` agree on random programs and packets, plain and under the sanitizers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.differential.agreement import CLANG_SANITIZED, OPTIMISED, SANITIZED, Tried, compare


@pytest.mark.parametrize("seed", range(6))
def test_optimised(seed: int, tmp_path: Path) -> None:
    """A few hundred programs, compiled many to a translation unit."""
    compare(seed, 50, tmp_path, OPTIMISED, Tried())


@pytest.mark.parametrize("seed", [100, 101])
def test_sanitized(seed: int, tmp_path: Path) -> None:
    """The generated C oversteps no buffer and has no undefined behaviour."""
    compare(seed, 25, tmp_path, SANITIZED, Tried())


def test_clang_warns_of_nothing(tmp_path: Path) -> None:
    """clang compiles the same text with -Wall -Wextra -Werror, and agrees too."""
    if shutil.which("clang") is None:
        pytest.skip("no clang on this machine")
    compare(200, 25, tmp_path, CLANG_SANITIZED, Tried())


def test_every_production_is_hit() -> None:
    """The generator leaves no production of the grammar out."""
    from tests.differential.agreement import make_programs
    from tests.differential.programs import PRODUCTIONS

    tried = Tried()
    make_programs(7, 400, tried)
    assert not PRODUCTIONS - set(tried.hits)
