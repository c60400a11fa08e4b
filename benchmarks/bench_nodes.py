"""Programs over nodes of one process: what a hop costs, and what a second core gives.

A hop: every packet of a capture of 64-byte frames goes from N0 to N1, where it is counted, against the
same program on one node; on one thread, so that everything adds up. Two cores: filter B of the paper's
Figure 10 (a loop over the payload), its flows shared by two nodes behind N0, against one node. What is
shared is the loop: of short packets there is little of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import traces
from benchmarks.tables import column, median, target
from ffpf.build import build
from ffpf.distribute import distribute
from ffpf.engine import EngineRequest, run_engine
from ffpf.plan import build_plan, compile_nodes
from ffpf.programs import FileReader, ProgramText

HOP, GAIN, COMPILE = 60.0, 1.5, 5.0
MANY_NODES, MANY_SPLITS, FAN = 50, 200, 7
COUNT = "UINT64 c[2]; c[0]++; SPLIT(N1); c[1] += PKT.LEN; TILPS"
SCAN = """
UINT32 B_hits[1024];
R[2] = HASH(flowFields) & 1023;
SPLIT(R[2] & 1);
    IF (PKT.HAS.UDP || PKT.HAS.TCP) THEN
        FOR (R[0] = PKT.L7; R[0] < PKT.CAPLEN; R[0]++)
            IF (PKT.B[R[0]] == 0x04) THEN R[1]++; FI
        ROF
        IF (R[1] > 8) THEN B_hits[R[2]]++; RETURN (1); FI
    FI
TILPS
"""
ENDS = {
    "memory": ('from = "N0"', 'to = "N{n}"', 'kind = "memory"'),
    "ethernet": ('from = "N0.e{n}"', 'to = "N{n}.e0"', 'kind = "ethernet"'),
    "full trailer": ('from = "N0.e{n}"', 'to = "N{n}.e0"', 'kind = "ethernet"', 'trailer = "full"'),
    "geneve": ('from = "N0.e{n}"', 'to = "N{n}.e0"', 'kind = "geneve"', "mtu = 9000"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run a program; `seconds` runs it on a capture."""

    name: str
    seconds: Callable[[Path], float]


def description(kind: str, leaves: int) -> str:
    lines = ['root = "N0"']
    for n in range(leaves + 1):
        lines.append(f"[nodes.N{n}]")
        lines += [
            f'interfaces.e{m} = {{ mac = "02:00:00:00:{n:02x}:{m:02x}", address = "10.0.{n}.{m + 1}" }}'
            for m in range(leaves + 1)
        ]
    for n in range(1, leaves + 1):
        lines += ["[[links]]", *(line.format(n=n) for line in ENDS[kind])]
    return "\n".join(lines) + "\n"


def run(work: Path, packets: int, rounds: int) -> tuple[str, dict[str, object], bool]:
    with ExitStack() as stack:
        hops, hop_rows, hop_lines, hops_met = _hops(work, packets, rounds, stack)
        cores, core_rows, core_lines, cores_met = _cores(work, packets, rounds, stack)
    seconds, line, compile_met = _compile(work)
    text = [f"{MANY_SPLITS} SPLITs on {MANY_NODES} nodes, to C: {seconds:.2f} s", line, ""]
    text += ["A hop between nodes of one process, 64-byte frames", column(hop_rows), *hop_lines, ""]
    text += ["Filter B on one node and over two, ns a packet", column(core_rows), *core_lines, ""]
    return (
        "\n".join(text),
        {"hops": hops, "cores": cores, "compile": seconds},
        (hops_met and cores_met and compile_met),
    )


def _compile(work: Path) -> tuple[float, str, bool]:
    """Seconds from the text to the C of every node, the best of three; nothing is cached."""
    lines = ['root = "N0"']
    for n in range(MANY_NODES):
        lines.append(f"[nodes.N{n}]")
        lines += [f'interfaces.e{m} = {{ mac = "02:00:00:00:{n:02x}:{m:02x}" }}' for m in range(FAN + 1)]
    for n in range(1, MANY_NODES):
        ends = [f'from = "N{(n - 1) // FAN}.e{1 + (n - 1) % FAN}"', f'to = "N{n}.e0"', 'kind = "ethernet"']
        lines += ["[[links]]", *ends]
    nodes = work / "many.toml"
    nodes.write_text("\n".join(lines) + "\n")
    body = "c[{n}]++; IF (R[0] > {n}) THEN RETURN ({n}); FI"
    split = "IF (PKT.TCP.DPORT == {n}) THEN SPLIT(N{to}); " + body + " TILPS FI"
    statements = [split.format(n=n, to=1 + n % (MANY_NODES - 1)) for n in range(MANY_SPLITS)]
    text = "UINT32 c[256]; R[0] = PKT.LEN & 255;\n" + "\n".join(statements)
    best = min(_compiled(text, nodes) for _ in range(3))
    return best, *target("compile, s", best, COMPILE, True)


def _compiled(text: str, nodes: Path) -> float:
    started = time.perf_counter()
    compile_nodes(distribute(ProgramText("<bench>", text.encode()), str(nodes), FileReader()), None)
    return time.perf_counter() - started


def _hops(
    work: Path, packets: int, rounds: int, stack: ExitStack
) -> tuple[dict[str, float], list[list[str]], list[str], bool]:
    capture = traces.make(traces.standard(packets)[0], work)
    one = _one(work, COUNT.replace("(N1)", ""), stack)
    ways = [one, *(_nodes(work, COUNT, kind, 1, 1, stack) for kind in ENDS)]
    nanoseconds = {
        name: seconds / packets * 1e9 for name, seconds in _medians(ways, capture, rounds).items()
    }
    rows = [["", "ns a packet", "more than one node"]]
    found, lines, good = {}, [], True
    for name, value in nanoseconds.items():
        found[name] = value - nanoseconds[one.name]
        rows.append([name, f"{value:.1f}", f"{found[name]:.1f}"])
        if name != one.name:
            line, met = target(f"a hop, {name}, ns", found[name], HOP, True)
            lines.append(line)
            good &= met
    return found, rows, lines, good


def _cores(
    work: Path, packets: int, rounds: int, stack: ExitStack
) -> tuple[dict[str, float], list[list[str]], list[str], bool]:
    one = _one(work, SCAN, stack)
    two = _nodes(work, SCAN, "memory", 2, 2, stack)
    rows, found, lines, good = [["", one.name, two.name, "gain"]], {}, [], True
    for kind, count in (("1518", packets // 8), ("imix", packets // 4)):
        capture = traces.make(traces.Trace(f"t{kind}", kind, count, 2), work)
        seconds = _medians([one, two], capture, rounds)
        gain = found[kind] = seconds[one.name] / seconds[two.name]
        rows.append([kind, *(f"{s / count * 1e9:.0f}" for s in seconds.values()), f"{gain:.2f}"])
        if kind == "1518":
            line, met = target("one node/two nodes on two threads, 1518 bytes", gain, GAIN, False)
            lines.append(line)
            good &= met
    return found, rows, lines, good


def _medians(ways: list[Way], capture: Path, rounds: int) -> dict[str, float]:
    """Seconds of each way, one after the other in every round; the first round warms up."""
    found: dict[str, list[float]] = {way.name: [] for way in ways}
    for number in range(rounds + 1):
        for way in ways:
            seconds = way.seconds(capture)
            if number:
                found[way.name].append(seconds)
    return {name: median(values) for name, values in found.items()}


def _one(work: Path, text: str, stack: ExitStack) -> Way:
    built = build(ProgramText("<bench>", text.encode()), "pc", stack, lambda text: None)

    def seconds(capture: Path) -> float:
        return run_engine(built.engine, EngineRequest(built.object, str(capture))).results.seconds_run

    return Way("one node", seconds)


def _nodes(work: Path, text: str, kind: str, leaves: int, threads: int, stack: ExitStack) -> Way:
    nodes = work / f"nodes-{kind}-{leaves}.toml"
    nodes.write_text(description(kind, leaves))
    network = distribute(ProgramText("<bench>", text.encode()), str(nodes), FileReader())
    engine, plan = build_plan(network, stack, lambda text: None)

    def seconds(capture: Path) -> float:
        request = EngineRequest(None, str(capture), plan=plan, threads=threads)
        outcome = run_engine(engine, request)
        assert outcome.status == 0, outcome.error
        return outcome.results.seconds_run

    return Way(f"{kind} links" if leaves == 1 else f"{leaves} nodes, {threads} threads", seconds)
