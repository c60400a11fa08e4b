"""Case files (tests/cases/*.case): a program, packets, and what must come of them.

Sections start with `-- NAME`; lines of `-- packets` and `-- expect` may end in `// remark`.
  -- source           the program
  -- file NAME        what INCLUDE or SET FROM finds under that name
  -- packets          one packet a line (case_packets.py)
  -- expect           lines of the forms below; whatever is not named must not happen
     1: 5             the main run on packet 1 gives verdict 5 (0: dropped; a word: aborts for it)
     1: 5 {22=3f}     ... and delivers the packet with bytes 3f from offset 22 on
     1: 5; part 1: 0  ... and part 1 is run too and is dropped
     sent 1: 0=0a0b   packet 1 with these bytes from offset 0 on is transmitted
     alert 1: NAME    rule NAME is raised; `alert 1 part 2: NAME` by part 2
     M[3] = 5         a word of memory; those that are not named are 0
  -- errors           the codes of all errors, in order: the program is rejected
  -- warnings         the codes of all warnings, in order, of an accepted one (unchecked without)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.differential.packets import TestPacket
from tests.unit.case_packets import packet

Overlay = tuple[tuple[int, bytes], ...]


@dataclass(frozen=True)
class ExpectedRun:
    """How a run ends: a verdict, or the reason of its abort; and how a delivery differs."""

    packet: int
    part: int
    ending: int | str
    changed: Overlay = ()


@dataclass
class Case:
    """One case file."""

    name: str
    source: str
    files: dict[str, bytes] = field(default_factory=dict)
    packets: list[TestPacket] = field(default_factory=list)
    runs: list[ExpectedRun] = field(default_factory=list)
    sent: list[tuple[int, Overlay]] = field(default_factory=list)
    alerts: list[tuple[int, int, str]] = field(default_factory=list)
    memory: dict[tuple[str, int], int] = field(default_factory=dict)
    errors: list[str] | None = None
    warnings: list[str] | None = None

    def changed(self, number: int, overlay: Overlay) -> bytes:
        """The bytes of packet `number` (from 0) under an overlay."""
        data = bytearray(self.packets[number].data)
        for at, new in overlay:
            assert at + len(new) <= len(data), f"{self.name}: {at} is behind packet {number + 1}"
            data[at : at + len(new)] = new
        return bytes(data)


def load(path: Path) -> Case:
    """The case in a file; AssertionError names what is wrong with it."""
    parts = re.split(r"^-- (\w+) ?(\S*)\n", path.read_text(), flags=re.MULTILINE)
    case = Case(path.stem, "")
    for word, name, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        _section(case, word, name, text)
    assert case.source, f"{path.name}: no source"
    assert case.errors or (case.packets and case.runs), f"{path.name}: expects nothing"
    return case


def _section(case: Case, word: str, name: str, text: str) -> None:
    lines = [stripped for line in text.splitlines() if (stripped := line.split("//")[0].strip())]
    match word:
        case "source":
            case.source = text
        case "file":
            case.files[name] = text.encode()
        case "packets":
            case.packets = [packet(line) for line in lines]
        case "expect":
            for line in lines:
                _expect(case, line)
        case "errors":
            case.errors = lines
        case "warnings":
            case.warnings = lines
        case _:
            raise AssertionError(f"{case.name}: no section is called {word}")


def _expect(case: Case, line: str) -> None:
    if m := re.fullmatch(r"(\w+)\[(\d+)\] = (\w+)", line):
        case.memory[m[1], int(m[2])] = int(m[3], 0)
    elif m := re.fullmatch(r"alert (\d+)(?: part (\d+))?: (\w+)", line):
        case.alerts.append((int(m[1]) - 1, int(m[2] or 0), m[3]))
    elif m := re.fullmatch(r"sent (\d+):(.*)", line):
        case.sent.append((int(m[1]) - 1, _overlay(m[2])))
    elif m := re.fullmatch(r"(\d+): (.*)", line):
        for number, run in enumerate(m[2].split(";")):
            case.runs.append(_run(int(m[1]) - 1, f"part 0: {run.strip()}" if number == 0 else run.strip()))
    else:
        raise AssertionError(f"{case.name}: what is '{line}'?")


def _run(number: int, text: str) -> ExpectedRun:
    m = re.fullmatch(r"part (\d+): (\w+)(?: \{(.*)\})?", text)
    assert m, f"what is '{text}'?"
    ending = m[2] if m[2][0].isalpha() else int(m[2], 0)
    return ExpectedRun(number, int(m[1]), ending, _overlay(m[3] or ""))


def _overlay(text: str) -> Overlay:
    pairs = [word.split("=") for word in text.split()]
    return tuple((int(at), bytes.fromhex(new)) for at, new in pairs)
