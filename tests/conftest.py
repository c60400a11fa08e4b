"""Options of the whole test suite."""

from __future__ import annotations

import pytest

from fpl3.syntax.depth import allow_recursion

# Hypothesis dislikes it if this happens during a test.
allow_recursion()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the expected messages of rejected programs anew instead of comparing them",
    )
