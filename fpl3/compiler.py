"""The front half of the compiler on one page: text in, checked program out."""

from __future__ import annotations

from fpl3.check.environment import Environment
from fpl3.check.program import Checked
from fpl3.diagnostics import Sink
from fpl3.source import Source

__all__ = ["Environment", "front"]


def front(source: Source, environment: Environment, sink: Sink) -> Checked | None:
    """Parse and check one text. None if there are errors; they are in the sink, warnings too."""
    # Here, not above: who needs an Environment only should not wait for pyparsing.
    from fpl3.check.check import check
    from fpl3.syntax.grammar import parse

    program = parse(source, sink)
    if program is None or sink.has_errors:
        # What the parser had to skip would be missed by the checker in every use.
        return None
    return check(program, environment, sink)
