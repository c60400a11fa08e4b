"""The table and the JSON layout of results."""

from __future__ import annotations

import io
import json
from dataclasses import replace

from ffpf.results import ABORTS, MemoryDump, Results
from ffpf.summary import as_json, print_table, table

EMPTY = Results(
    packets=4, bytes=512, runs=6, delivered=2, packets_delivered=2, dropped=3, transmitted=0,
    aborted={**dict.fromkeys(ABORTS, 0), "division": 1}, verdicts={1: 2},
    memory={"M": MemoryDump("UINT32", 1024, "SUM", {80: 2})},
)  # fmt: skip


def rows(results: Results) -> dict[str, str]:
    return dict(table(results, "pc"))


def test_json() -> None:
    value = json.loads(as_json(EMPTY, "pc"))
    assert value["memory"] == {"M": {"type": "UINT32", "size": 1024, "merge": "SUM", "nonzero": {"80": 2}}}
    assert value["verdicts"] == {"1": 2}
    assert value["nodes"]["N0"]["runs"] == 6
    assert as_json(EMPTY, "pc").endswith("}\n")


def test_what_did_not_happen_is_not_in_the_table() -> None:
    found = rows(EMPTY)
    assert found["packets"] == "4 (512 bytes)"
    assert found["aborted: division"] == "1"
    assert "aborted: out_of_bounds" not in found and "transmitted" not in found
    assert found["M[80]"] == "2"
    assert "compiled before" in found["time"]


def test_several_verdicts_and_deliveries_are_told_apart() -> None:
    several = replace(EMPTY, delivered=3, verdicts={1: 2, 7: 1})
    assert rows(several)["delivered"] == "3 of 2 packets (verdict 1: 2, verdict 7: 1)"


def test_a_large_array_shows_its_largest_words() -> None:
    words = {index: index * 10 for index in range(1, 40)}
    found = rows(replace(EMPTY, memory={"A": MemoryDump("UINT64", 4096, "SUM", words)}))
    assert found["A[39]"] == "390" and "A[29]" not in found
    assert found["A"].startswith("... 29 more words")


def test_plain_columns() -> None:
    file = io.StringIO()
    print_table(EMPTY, "pc", file)
    first, *_ = file.getvalue().splitlines()
    assert first == "packets            4 (512 bytes)"
    assert "\x1b" not in file.getvalue()
