"""Every example of docs/language.md, on the interpreter and on the PC target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from fpl3.check.program import Checked
from fpl3.compiler import front
from fpl3.diagnostics import Sink, render_text
from fpl3.source import Source
from tests.differential.agreement import environment
from tests.differential.batch import ABORTS, Outcome, compile_batch
from tests.differential.oracle import interpret
from tests.differential.packets import TestPacket

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A program of the page and what the page says of it: gives, aborts, rejected."""

    line: int
    says: str
    what: str
    text: str

    @property
    def name(self) -> str:
        return f"line {self.line}"


def _blocks(kind: str) -> list[tuple[int, str, str]]:
    page = PAGE.read_text()
    return [
        (page.count("\n", 0, m.start()) + 1, m.group(2).strip(), m.group(3))
        for m in BLOCK.finditer(page)
        if m.group(1) == kind
    ]


def _examples() -> list[Example]:
    found = []
    for line, info, text in _blocks("fpl"):
        says, _, what = info.partition(" ")
        assert says in ("gives", "aborts", "rejected"), f"docs/language.md:{line}: {info!r}"
        found.append(Example(line, says, what, text))
    return found


EXAMPLES = _examples()
RUN = [e for e in EXAMPLES if e.says != "rejected"]


def _packet() -> TestPacket:
    ((_, _, text),) = _blocks("packet")
    data = bytes.fromhex(text)
    return TestPacket(data, len(data), 0, 0, 1)


def _checked(example: Example) -> Checked:
    sink = Sink()
    checked = front(Source("language.md", example.text), environment(), sink)
    assert checked is not None, "\n".join(map(render_text, sink.diagnostics))
    return checked


def _matches(example: Example, outcome: Outcome) -> bool:
    if example.says == "aborts":
        return outcome.aborts == {**dict.fromkeys(ABORTS, 0), example.what: 1}
    main = [verdict for _, part, verdict, _ in outcome.deliveries if part == 0]
    return main == ([int(example.what)] if example.what != "0" else []) and not any(outcome.aborts.values())


def test_the_page_has_examples_of_every_kind() -> None:
    """A page whose blocks were renamed must not pass for want of examples."""
    assert len(RUN) >= 20 and {e.says for e in EXAMPLES} == {"gives", "aborts", "rejected"}


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.says == "rejected"], ids=lambda e: e.name)
def test_rejected(example: Example) -> None:
    """The example is refused with the code that the page names, and with no other error."""
    sink = Sink()
    assert front(Source("language.md", example.text), environment(), sink) is None
    assert [d.kind.code for d in sink.errors] == [example.what]


@pytest.mark.parametrize("example", RUN, ids=lambda e: e.name)
def test_interpreted(example: Example) -> None:
    """The interpreter gives what the page says."""
    outcome = interpret(_checked(example), [_packet()])
    assert _matches(example, outcome), outcome


def test_compiled(tmp_path: Path) -> None:
    """The PC target gives what the page says."""
    compiled = compile_batch([_checked(e) for e in RUN], tmp_path, ["gcc", "-O1"])
    for example, outcome in zip(RUN, compiled.run([_packet()], tmp_path), strict=True):
        assert _matches(example, outcome), f"docs/language.md:{example.line}: {outcome}"
