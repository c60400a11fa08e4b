"""Split over nodes, random programs do what they do on one node: every node interpreted."""

from __future__ import annotations

import pytest

from tests.differential.split_agreement import Tried, compare


@pytest.mark.parametrize("first", range(0, 2000, 200))
def test_split_equals_unsplit(first: int) -> None:
    tried = Tried()
    for seed in range(first, first + 200):
        compare(seed, 10, tried)
    # Most programs can be split; what is compared is worth comparing.
    assert tried.split > 90
    assert tried.links > 300
