"""The eight filters: our objects against hand-written C, libpcap's bytecode as C, and libpcap.

All variants run in one process, in turn, pinned, on thread CPU time; medians over rounds. Every
variant must accept exactly the packets that libpcap accepts, on all traces, odd packets included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import cases, compiling, traces
from benchmarks.tables import column, median, target

PEERS = ("hand", "branchless", "mixed", "cbpf2c")
CACHED = 8192
BEST_EACH, BEST_MEDIAN = 1.15, 1.05
STREAMING_EACH, STREAMING_MEDIAN, LIST, CACHED_MEDIAN = 1.7, 2.0, 8.0, 8.0


@dataclass(frozen=True, slots=True)
class Row:
    """Nanoseconds a packet; of a peer, its best way of prefetching."""

    filter: str
    matches: int
    ours: float
    pcap: float
    peers: dict[str, float]

    @property
    def to_best(self) -> float:
        return self.ours / min(self.peers.values())

    @property
    def to_pcap(self) -> float:
        return self.pcap / self.ours


class Disagreement(Exception):
    """A variant accepts other packets than libpcap."""


@dataclass(frozen=True, slots=True)
class Bench:
    work: Path
    packets: int
    rounds: int

    def run(self) -> tuple[str, dict[str, object], bool]:
        """The tables, the same as JSON-ready data, and whether all targets were met."""
        program, instructions = self._built()
        streams = traces.standard(self.packets)
        for trace in streams:
            self._measured(program, instructions, traces.make(trace, self.work), 0, 1, 0)
        shown: list[str] = []
        data: dict[str, object] = {}
        good = True
        for name, file, packets, passes in self._settings(streams):
            rows = self._measured(program, instructions, file, packets, passes, self.rounds)
            lines, met = _verdicts(rows, cached=packets != 0)
            shown += [f"Filters, {name}, ns a packet", column(_cells(rows)), *lines, ""]
            data[name] = [_json(row) for row in rows]
            good &= met
        return "\n".join(shown), data, good

    def _settings(self, streams: tuple[traces.Trace, ...]) -> Iterator[tuple[str, Path, int, int]]:
        t64, imix, _ = streams
        yield "64 bytes, streaming", t64.file(self.work), 0, 1
        yield "IMIX, streaming", imix.file(self.work), 0, 1
        yield "64 bytes, in cache", t64.file(self.work), CACHED, max(self.packets // CACHED, 1)

    def _built(self) -> tuple[compiling.Program, str]:
        lines = [f"pcap {name} {expression}" for name, expression in cases.EXPRESSIONS.items()]
        lines += [f"peers {path}" for path in compiling.peers(self.work)]
        for name in cases.EXPRESSIONS:
            text = (cases.FILTERS / f"{name}.fpl").read_text("utf-8")
            lines.append(f"object {name} ours {compiling.our_object(name, text, self.work)}")
        return compiling.harness(self.work), "\n".join(lines)

    def _measured(
        self, program: compiling.Program, work: str, file: Path, packets: int, passes: int, rounds: int
    ) -> list[Row]:
        """With no rounds, only the check of the accepted packets."""
        out = program.run(str(file), str(packets), str(passes), str(rounds), text=work)
        found: dict[str, dict[str, tuple[float, int]]] = {}
        for line in out.splitlines():
            name, label, nanoseconds, matches, disagreements = line.split()
            if int(disagreements):
                raise Disagreement(f"{file.name}: {label} and libpcap on {name}: {disagreements} packets")
            found.setdefault(name, {})[label] = float(nanoseconds), int(matches)
        return [_row(name, variants) for name, variants in found.items()] if rounds else []


def _row(name: str, variants: dict[str, tuple[float, int]]) -> Row:
    counts = {label: matches for label, (_, matches) in variants.items()}
    if len(set(counts.values())) != 1:
        raise Disagreement(f"{name}: {counts}")
    peers = {
        kind: min(ns for label, (ns, _) in variants.items() if label.partition("+")[0] == kind)
        for kind in PEERS
    }
    return Row(name, counts["ours"], variants["ours"][0], variants["pcap"][0], peers)


def _cells(rows: list[Row]) -> list[list[str]]:
    head = ["filter", "matches", "ours", *PEERS, "libpcap", "ours/best", "libpcap/ours"]
    return [head] + [
        [row.filter, str(row.matches), f"{row.ours:.2f}", *(f"{row.peers[p]:.2f}" for p in PEERS),
         f"{row.pcap:.1f}", f"{row.to_best:.2f}", f"{row.to_pcap:.1f}"]
        for row in rows
    ]  # fmt: skip


def _verdicts(rows: list[Row], cached: bool) -> tuple[list[str], bool]:
    gain = median(row.to_pcap for row in rows)
    if cached:
        checks = [target("libpcap/ours, median", gain, CACHED_MEDIAN, False)]
    else:
        listed = next(row.to_pcap for row in rows if row.filter == "list")
        checks = [
            target("ours/best, worst", max(row.to_best for row in rows), BEST_EACH, True),
            target("ours/best, median", median(row.to_best for row in rows), BEST_MEDIAN, True),
            target("libpcap/ours, worst", min(row.to_pcap for row in rows), STREAMING_EACH, False),
            target("libpcap/ours, median", gain, STREAMING_MEDIAN, False),
            target("libpcap/ours, 30 hosts", listed, LIST, False),
        ]
    return [line for line, _ in checks], all(met for _, met in checks)


def _json(row: Row) -> dict[str, object]:
    return {
        "filter": row.filter, "matches": row.matches, "ours": row.ours, "libpcap": row.pcap,
        "peers": row.peers, "ours_to_best": row.to_best, "libpcap_to_ours": row.to_pcap,
    }  # fmt: skip
