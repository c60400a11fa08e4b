"""The made-up captures, built once in a work directory: 64-byte frames, IMIX, and odd packets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.compiling import HERE, compile_c


@dataclass(frozen=True, slots=True)
class Trace:
    name: str
    kind: str
    packets: int
    seed: int

    def file(self, work: Path) -> Path:
        return work / f"{self.name}-{self.packets}.pcap"


def standard(packets: int) -> tuple[Trace, Trace, Trace]:
    """64-byte frames, IMIX (64, 594, 1518 bytes as 7:4:1), and a tenth of odd packets: cut at any
    length, fragments, IP options, wrong lengths."""
    return (
        Trace("t64", "64", packets, 1),
        Trace("imix", "imix", packets, 2),
        Trace("edge", "edge", max(packets // 10, 1), 3),
    )


def make(trace: Trace, work: Path) -> Path:
    """The capture of a trace; made if it is not there."""
    file = trace.file(work)
    if not file.exists():
        maker = compile_c([HERE / "traces.c"], work / "traces", work)
        part = file.with_suffix(".part")
        maker.run(str(part), str(trace.packets), trace.kind, str(trace.seed))
        part.rename(file)
    return file
