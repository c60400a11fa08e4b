"""Options of the whole test suite."""

from __future__ import annotations

import signal

import pytest

from fpl3.syntax.depth import allow_recursion

# Hypothesis dislikes it if this happens during a test.
allow_recursion()

# A shell starts what it puts into the background with the interrupt ignored, nohup with the hang-up;
# so would be all programs that the tests interrupt.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the expected messages of rejected programs anew instead of comparing them",
    )
