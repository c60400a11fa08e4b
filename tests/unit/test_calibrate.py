"""Calibration: what is measured, what is kept, and what is not believed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from ffpf import calibrate as measuring
from ffpf import calibrate_programs as made
from ffpf.calibrate import HOP, calibrate, clock_rate, made_capture, table
from ffpf.calibrate_programs import MEASUREMENTS, programs, read_all
from ffpf.calibration import Calibration, calibration_file, cost_tables, remember
from ffpf.errors import MachineError
from fpl3.compiler import front
from fpl3.diagnostics import Sink
from fpl3.interpreter import Interpreter, Packet
from fpl3.source import Source
from fpl3.split.cost_table import KINDS, PC
from tests.differential.agreement import environment

OURS = Calibration(replace(PC, clock=3e9, simple=0.5), ("clock", "simple"))


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path)}


def test_what_was_kept_is_found(home: dict[str, str]) -> None:
    said: list[str] = []
    assert cost_tables(said.append, home) == {}
    path = remember(OURS, home)
    assert path == calibration_file(home) and path.name.startswith("calibration-")
    assert path.parent.stat().st_mode & 0o077 == 0
    assert cost_tables(said.append, home) == {"pc": OURS.table}
    assert not said and [p.name for p in path.parent.iterdir()] == [path.name]


BROKEN = {
    "{": "it is not JSON",
    "\xff": "it is not JSON",
    "[]": "it is not what `ffpf calibrate` writes",
    "7": "it is not what `ffpf calibrate` writes",
    '{"format": 2}': "another version made it",
    '{"format": 1, "cpu": ["z80"]}': "it was made for another processor",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_is_ignored_with_a_word(text: str, home: dict[str, str]) -> None:
    path = remember(OURS, home)
    path.write_text(text, encoding="latin-1")
    said: list[str] = []
    assert cost_tables(said.append, home) == {}
    reason = f"{path} cannot be used: {BROKEN[text]}"
    assert said == [f"{reason}; costs are defaults, `ffpf calibrate` makes a new one"]


@pytest.mark.parametrize(
    "change",
    [
        {"simple": "1"}, {"simple": -1}, {"simple": 1e300}, {"simple": None}, {"simple": True},
        {"clock": 0}, {"simple": float("nan")}, {"simple": float("inf")}, {"other": 1}, {"clock": 1e30},
    ],
)  # fmt: skip
def test_numbers_that_cannot_be_are_not_believed(change: dict[str, object], home: dict[str, str]) -> None:
    path = remember(OURS, home)
    value = json.loads(path.read_text())
    value["costs"] |= change
    path.write_text(json.dumps(value))
    said: list[str] = []
    assert cost_tables(said.append, home) == {} and "cannot be used" in said[0]


def test_a_folder_that_is_open_to_others_is_not_believed(home: dict[str, str]) -> None:
    path = remember(OURS, home)
    path.parent.chmod(0o777)
    said: list[str] = []
    assert cost_tables(said.append, home) == {} and "is open to others" in said[0]
    with pytest.raises(MachineError, match="is open to others"):
        remember(OURS, home)


def test_without_a_folder_there_is_nothing_to_keep() -> None:
    assert cost_tables(print, {}) == {}
    with pytest.raises(MachineError, match="neither XDG_CACHE_HOME nor HOME"):
        remember(OURS, {})


def test_the_table_is_read_from_times() -> None:
    """Times as they are where everything costs what it does by default, at one cycle a nanosecond."""
    costs = asdict(PC)

    def took(name: str) -> float:
        if name == "base":
            return PC.packet
        copies = {
            "busy": {}, "simple": {"simple": 4 * made._BUSY}, "multiply": {"simple": 128, "multiply": 128},
            "divide": {"divide": 64, "simple": 128}, "load": {"load": 220, "simple": 220},
            "field": {"field": 8, "simple": 8}, "memory": {"memory": 64, "simple": 128, "multiply": 64},
            "update": {"update": 64, "simple": 192, "multiply": 64}, "hash": {"hash": 16, "simple": 16,
            "hash_byte": 256}, "hash_byte": {"hash": 16, "simple": 16, "hash_byte": 16 * 448},
            "flow_hash": {"flow_hash": 1}, "consistent": {"consistent": 16, "simple": 16, "multiply": 16},
            "iteration": {"iteration": 400, "simple": 1600, "load": 400}, "transmit": {"transmit": 4},
        }[name]  # fmt: skip
        return 500 + sum(costs[kind] * count for kind, count in copies.items())

    times = {name: took(name) for name in programs()}
    measured = read_all(times)
    # Of a round the loop itself is less than the half that is the least that is read.
    for kind in set(measured) - {"iteration"}:
        assert measured[kind] == pytest.approx(costs[kind]), kind
    assert 0 < measured["iteration"] < 2 * PC.simple * 4
    found = table(measured, 1e9)
    assert found.clock == 1e9 and found.alert == PC.alert and found.divide == pytest.approx(PC.divide)


def test_noise_makes_no_cost_below_nothing() -> None:
    measured = read_all(dict.fromkeys(programs(), 40.0))
    assert measured.pop("packet") == 40 and set(measured.values()) == {0.0}
    assert {one.kind for one in MEASUREMENTS} < set(KINDS)


@pytest.mark.parametrize("name", programs())
def test_the_programs_read_every_packet_without_an_abort(name: str) -> None:
    program = front(Source(name, programs()[name]), environment(), Sink())
    assert program is not None
    packet = made_capture(1)[24 + 16 :]
    outcome = Interpreter(program).run(Packet(packet, len(packet), 0, 0, 1))
    assert [run.ending for run in outcome.runs] == ["dropped"]


def test_the_clock_is_what_the_kernel_says(tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text("cpu MHz\t\t: 1200.5\nflags: x\ncpu MHz : 2445.4\ncpu MHz : odd\n")
    assert clock_rate(file) == pytest.approx(2445.4e6)
    file.write_text("model name: x\n")
    assert clock_rate(file) == clock_rate(tmp_path / "none") == PC.clock


def test_a_small_calibration_from_end_to_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(made, "MEASUREMENTS", [MEASUREMENTS[0], MEASUREMENTS[1], MEASUREMENTS[-1]])
    monkeypatch.setattr(measuring, "PACKETS", 2_000)
    monkeypatch.setattr(measuring, "HOP_PACKETS", 1_000)
    said: list[str] = []
    found, nanoseconds = calibrate(said.append)
    assert HOP.is_file() and said[0] == "building base"
    assert set(nanoseconds) == {"packet", "simple", "transmit", "handover", "send", "arrival"}
    assert set(found.measured) == set(nanoseconds)
    assert nanoseconds["packet"] > 1 and nanoseconds["send"] > 50
    remember(found)
    assert cost_tables(said.append) == {"pc": found.table}
