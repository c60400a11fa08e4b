"""The visible list of passes, and its page in the docs."""

from __future__ import annotations

import re
from pathlib import Path

from fpl3.passes.pipeline import PASSES

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_docs_list_every_pass_in_order() -> None:
    """Each pass once, in the order in which it first runs."""
    first = dict.fromkeys(re.sub(r"-\d+$", "", p.name) for p in PASSES)
    rows = re.findall(r"^   \| (\w+) \| ", PAGE.read_text(), re.MULTILINE)
    assert rows[1:] == list(first)


def test_every_pass_has_a_summary_and_a_name_of_its_own() -> None:
    """`ffpf compile --list-passes` shows a sentence for each."""
    assert all(p.summary.endswith(".") for p in PASSES)
    assert len({p.name for p in PASSES}) == len(PASSES)
