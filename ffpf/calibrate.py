"""Measures the cost table of the target pc on this machine: small programs, built and run as all are."""

from __future__ import annotations

import random
import struct
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from ffpf import toolchain
from ffpf.build import Built, build
from ffpf.calibrate_programs import PACKET_BYTES, programs, read_all
from ffpf.calibration import Calibration
from ffpf.engine import EngineRequest, run_engine
from ffpf.errors import MachineError
from ffpf.programs import ProgramText
from fpl3.split.cost_table import KINDS, PC, CostTable

PACKETS = 20_000
ROUNDS = 5  # of all programs, in turn: the best of each counts
HOP_PACKETS, HOP_BYTES = 50_000, 500
HOP = Path(__file__).parent / "hop.c"
CPUINFO = Path("/proc/cpuinfo")
Say = Callable[[str], None]


def calibrate(detail: Say) -> tuple[Calibration, dict[str, float]]:
    """The table, and the nanoseconds that were measured, by kind. MachineError where no program runs."""
    clock = clock_rate(CPUINFO)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ffpf-")))
        capture = folder / "calibrate.pcap"
        capture.write_bytes(made_capture(PACKETS))
        built = {name: _built(name, text, stack, detail) for name, text in programs().items()}
        measured = read_all(_times(built, capture))
        measured |= _hop(folder, detail)
    # What TX costs is a frame made and queued, which is what a memory link asks of a sender.
    measured["handover"] = measured["transmit"]
    return Calibration(table(measured, clock), tuple(k for k in KINDS if k in measured)), measured


def table(measured: dict[str, float], clock: float) -> CostTable:
    """Measured nanoseconds as cycles; what was not measured stays what it is by default."""
    cycles = {kind: nanoseconds * 1e-9 * clock for kind, nanoseconds in measured.items()}
    return CostTable(**{**asdict(PC), **cycles, "clock": clock})


def _built(name: str, text: str, stack: ExitStack, detail: Say) -> Built:
    detail(f"building {name}")
    return build(ProgramText(f"<calibrate {name}>", text.encode()), "pc", stack, lambda _: None)


def _times(built: dict[str, Built], capture: Path) -> dict[str, float]:
    """Nanoseconds a packet of every program."""
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, program in built.items():
            found = _run(name, program, capture)
            best[name] = min(found, best.get(name, found))
    return best


def _run(name: str, program: Built, capture: Path) -> float:
    outcome = run_engine(program.engine, EngineRequest(program.object, str(capture)))
    if outcome.status or outcome.results.packets != PACKETS:
        raise MachineError(f"ffpf: error: the program '{name}' did not run to its end: {outcome.error}")
    return outcome.results.seconds_run / PACKETS * 1e9


def _hop(folder: Path, detail: Say) -> dict[str, float]:
    """Nanoseconds at either end of a network link: half of what a datagram over the loopback interface
    costs, which does the receiver's work at the sender. Nothing where there is no such interface."""
    toolchain.find().compile(("-std=c11", "-O3"), [str(HOP)], "hop", folder)
    done = subprocess.run(
        [folder / "hop", str(HOP_PACKETS), str(HOP_BYTES)], capture_output=True, text=True, timeout=60
    )
    if done.returncode:
        detail(f"hops are not measured: {done.stderr.strip()}")
        return {}
    half = sum(map(float, done.stdout.split())) / 2
    return {"arrival": half, "send": half}


def clock_rate(cpuinfo: Path) -> float:
    """Cycles a second of the fastest processor, as the kernel tells; else the default."""
    try:
        lines = cpuinfo.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return PC.clock
    rates = [line.partition(":")[2].strip() for line in lines if line.startswith("cpu MHz")]
    found = [float(rate) for rate in rates if rate.replace(".", "", 1).isdigit()]
    return max(found, default=0) * 1e6 or PC.clock


def made_capture(packets: int) -> bytes:
    """TCP packets over IPv4 between random ends, as a pcap file in this machine's byte order."""
    rng = random.Random(1)
    payload = rng.randbytes(PACKET_BYTES)
    chunks = [struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16, 1)]
    for number in range(packets):
        seconds, micros = divmod(number, 1_000_000)
        chunks.append(struct.pack("=IIII", seconds, micros, PACKET_BYTES, PACKET_BYTES))
        chunks.append((_headers(rng) + payload)[:PACKET_BYTES])
    return b"".join(chunks)


def _headers(rng: random.Random) -> bytes:
    ethernet = bytes.fromhex("0200000000010200000000020800")
    addresses = rng.randbytes(8)
    ip = struct.pack("!BBHHHBBH8s", 0x45, 0, PACKET_BYTES - 14, 0, 0, 64, 6, 0, addresses)
    sport, dport = rng.randrange(1024, 65536), rng.choice((80, 443, 25))
    tcp = struct.pack("!HHIIBBHHH", sport, dport, rng.getrandbits(32), 0, 0x50, 0x10, 1024, 0, 0)
    return ethernet + ip + tcp
