"""Programs with their expected messages beside them: `name.fpl` and `name.stderr`.

`pytest --update-golden` writes the messages anew; read the difference before committing it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fpl3.diagnostics import Sink, render_text

GOLDEN = Path(__file__).parent.parent / "golden"


def compare(program: Path, sink: Sink, request: pytest.FixtureRequest) -> None:
    """The messages in `sink` are exactly those beside `program`, and each says what would be right."""
    text = "".join(render_text(d) + "\n" for d in sink.diagnostics)
    expected = program.with_suffix(".stderr")
    if request.config.getoption("--update-golden"):
        expected.write_text(text)
    assert text == expected.read_text()
    assert sink.diagnostics, "nothing is wrong with this program"
    assert all(d.help for d in sink.diagnostics), "a message without what would be right"
