"""What placement goes by on this machine: measured costs, a profile of the traffic, the solver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from ffpf.calibration import cost_tables
from ffpf.solver import solver

if TYPE_CHECKING:
    from fpl3.check.program import Checked
    from fpl3.split.cost import Profile
    from fpl3.split.model import Planning

MOST_PACKETS = 5_000  # of a profile: the interpreter runs them


def planning(program: Checked, capture: str | None, detail: Callable[[str], None], alike: bool) -> Planning:
    """`capture` is the traffic to go by, if it is known; `alike`: nothing that another machine may have
    otherwise. Raises Stop of interp_run.py if the capture cannot be read."""
    from fpl3.split.cost import Profile
    from fpl3.split.model import Planning

    profile = Profile() if capture is None else measured(program, capture, detail)
    if alike:
        return Planning(profile=profile)
    return Planning(cost_tables(detail), profile, solver(detail))


def measured(program: Checked, capture: str, detail: Callable[[str], None]) -> Profile:
    """How often each part runs for a packet of the capture's first ones, and how long packets are."""
    from ffpf.engine import EngineRequest
    from ffpf.interp_run import open_source
    from ffpf.registry import twins
    from fpl3.interpreter import Interpreter, Packet
    from fpl3.split.cost import Profile

    machine = Interpreter(program, twins(program.externs))
    runs: Counter[int] = Counter()
    packets = octets = 0
    with open_source(EngineRequest(None, capture)) as reader:
        for p in reader:
            done = machine.run(Packet(p.data, p.length, p.timestamp, p.port, p.link))
            runs.update(run.part for run in done.runs)
            packets, octets = packets + 1, octets + p.length
            if packets == MOST_PACKETS:
                break
    if not packets:
        return Profile()
    detail(f"profile of {packets:,} packets of {capture}, {octets / packets:.0f} bytes on average")
    parts = range(1, len(program.parts))
    return Profile({part: runs[part] / packets for part in parts}, octets / packets)
