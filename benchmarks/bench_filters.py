"""The eight filters: our objects against hand-written C, libpcap's bytecode as C, and libpcap.

All variants run in one process, in turn, pinned, on thread CPU time. Every variant must accept exactly
the packets that libpcap accepts, on all traces, odd packets included.

Two measurements: in the first every variant takes part, and the fastest peers of each filter are
chosen. In the second only those, libpcap and our object take turns, and every ratio is the median of the
rounds' ratios. What was fast in the first one by luck has no luck left in the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks import cases, compiling, traces
from benchmarks.tables import column, median, target

PEERS = ("hand", "branchless", "mixed", "cbpf2c")
CACHED = 8192  # packets
SELECTION = 5  # rounds of the first measurement
FINALISTS = 2  # peers of each filter in the second
BEST_EACH, BEST_MEDIAN = 1.15, 1.05
STREAMING_EACH, STREAMING_MEDIAN, LIST, CACHED_MEDIAN = 1.7, 2.0, 8.0, 8.0
Variants = dict[str, tuple[int, list[float]]]  # by label: packets accepted, nanoseconds of each round
Setting = tuple[Path, int, int]  # capture, packets (0: all), passes a round


@dataclass(frozen=True, slots=True)
class Row:
    """Nanoseconds a packet in each round of the second measurement; peers by label."""

    filter: str
    matches: int
    ours: list[float]
    pcap: list[float]
    peers: dict[str, list[float]]

    @property
    def best(self) -> str:
        """The peer against which we look worst."""
        return max(self.peers, key=lambda label: ratio(self.ours, self.peers[label]))

    @property
    def to_best(self) -> float:
        return ratio(self.ours, self.peers[self.best])

    @property
    def to_pcap(self) -> float:
        return ratio(self.pcap, self.ours)


def ratio(over: list[float], under: list[float]) -> float:
    """The median of the rounds' ratios: what drifts on the machine drifts for both."""
    return median(a / b for a, b in zip(over, under, strict=True))


class Disagreement(Exception):
    """A variant accepts other packets than libpcap."""


@dataclass(frozen=True, slots=True)
class Bench:
    work: Path
    packets: int
    rounds: int

    def run(self) -> tuple[str, dict[str, object], bool]:
        """The tables, the same as JSON-ready data, and whether all targets were met."""
        program, work = self._built()
        streams = traces.standard(self.packets)
        for trace in streams:
            self._timed(program, work, (traces.make(trace, self.work), 0, 1), 0)
        shown: list[str] = []
        data: dict[str, object] = {}
        good = True
        for name, setting in self._settings(streams).items():
            rows = self._measured(program, work, setting)
            lines, met = _verdicts(rows, cached=setting[1] != 0)
            shown += [f"Filters, {name}, ns a packet (medians)", column(_cells(rows)), *lines, ""]
            data[name] = [_json(row) for row in rows]
            good &= met
        return "\n".join(shown), data, good

    def _settings(self, streams: tuple[traces.Trace, ...]) -> dict[str, Setting]:
        t64, imix, _ = (trace.file(self.work) for trace in streams)
        return {
            "64 bytes, streaming": (t64, 0, 1),
            "IMIX, streaming": (imix, 0, 1),
            "64 bytes, in cache": (t64, CACHED, max(self.packets // CACHED, 1)),
        }

    def _built(self) -> tuple[compiling.Program, str]:
        lines = [f"pcap {name} {expression}" for name, expression in cases.EXPRESSIONS.items()]
        lines += [f"peers {path}" for path in compiling.peers(self.work)]
        for name in cases.EXPRESSIONS:
            text = (cases.FILTERS / f"{name}.fpl").read_text("utf-8")
            lines.append(f"object {name} ours {compiling.our_object(name, text, self.work)}")
        return compiling.harness(self.work), "\n".join(lines)

    def _measured(self, program: compiling.Program, work: str, setting: Setting) -> list[Row]:
        first = self._timed(program, work, setting, SELECTION)
        chosen = {name: _fastest(variants) for name, variants in first.items()}
        only = "".join(
            f"\nonly {name} {label}"
            for name, labels in chosen.items()
            for label in (*labels, "ours", "pcap")
        )
        second = self._timed(program, work + only, setting, self.rounds)
        return [_row(name, variants) for name, variants in second.items()]

    def _timed(
        self, program: compiling.Program, work: str, setting: Setting, rounds: int
    ) -> dict[str, Variants]:
        """Every variant of every filter; without rounds, only the check of the accepted packets."""
        file, packets, passes = setting
        out = program.run(str(file), str(packets), str(passes), str(rounds), text=work)
        found: dict[str, Variants] = {}
        for line in out.splitlines():
            name, label, matches, disagreements, *nanoseconds = line.split()
            if int(disagreements):
                raise Disagreement(f"{file.name}: {label} and libpcap on {name}: {disagreements} packets")
            found.setdefault(name, {})[label] = int(matches), [float(ns) for ns in nanoseconds]
        return found


def _fastest(variants: Variants) -> list[str]:
    peers = [label for label in variants if label.partition("+")[0] in PEERS]
    return sorted(peers, key=lambda label: median(variants[label][1]))[:FINALISTS]


def _row(name: str, variants: Variants) -> Row:
    counts = {label: matches for label, (matches, _) in variants.items()}
    if len(set(counts.values())) != 1:
        raise Disagreement(f"{name}: {counts}")
    peers = {label: ns for label, (_, ns) in variants.items() if label not in ("ours", "pcap")}
    return Row(name, counts["ours"], variants["ours"][1], variants["pcap"][1], peers)


def _cells(rows: list[Row]) -> list[list[str]]:
    head = ["filter", "matches", "ours", "best C", "", "libpcap", "ours/best", "libpcap/ours"]
    return [head] + [
        [row.filter, str(row.matches), f"{median(row.ours):.2f}", f"{median(row.peers[row.best]):.2f}",
         row.best, f"{median(row.pcap):.1f}", f"{row.to_best:.2f}", f"{row.to_pcap:.1f}"]
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
        "filter": row.filter, "matches": row.matches, "ours": median(row.ours),
        "libpcap": median(row.pcap), "peers": {label: median(ns) for label, ns in row.peers.items()},
        "ours_to_best": row.to_best, "libpcap_to_ours": row.to_pcap,
    }  # fmt: skip
