"""`ffpf compile --verify`: the split program against the unsplit one on a capture.

Both run natively, over the same packets. What distribution preserves must be equal (language.md section
6): memory, deliveries, transmitted frames, alerts, aborts. Order between nodes may differ, so the
deliveries of one packet are compared as a multiset; behind links that lose them, addresses are not.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ffpf import toolchain
from ffpf.build import ENGINE, OBJECT, build_engine, build_object, compiled_text
from ffpf.cache import open_cache
from ffpf.engine import EngineOutcome, EngineRequest, run_engine
from ffpf.plan import build_plan
from ffpf.plugins import target

if TYPE_CHECKING:
    from ffpf.captures import CapturedPacket
    from ffpf.distribute import Network
    from ffpf.results import Results

TOTALS = ("packets", "runs", "delivered", "packets_delivered", "dropped", "transmitted", "aborted")
Key = tuple[bytes, int]


def verify(network: Network, capture: str, messages: Any) -> tuple[EngineOutcome, str | None]:
    """How the split run ended, and the first difference between the two in words, None if there is none."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ffpf-verify-")))
        whole = _whole(network, capture, folder, stack, messages)
        split = _split(network, capture, folder, stack, messages)
        if whole.status or split.status:
            return (split if split.status else whole), None
        lossy = any(link.loses_addresses for link in network.topology.links)
        return split, _difference(whole.results, split.results, folder, lossy)


def _request(capture: str, folder: Path, name: str) -> dict[str, Any]:
    files = {"write": str(folder / f"{name}.pcapng"), "tx": str(folder / f"{name}-tx.pcapng")}
    return {"read": capture, **files}


def _whole(network: Network, capture: str, folder: Path, stack: ExitStack, messages: Any) -> EngineOutcome:
    cache = stack.enter_context(open_cache())
    compiler = toolchain.find()
    compiled = compiled_text(network.distributed.program, target("pc", cache))
    made = build_object(cache, compiler, compiled)[1].file(OBJECT)
    engine = build_engine(cache, compiler)[1].file(ENGINE)
    messages.detail("running the program on one node")
    return run_engine(engine, EngineRequest(made, **_request(capture, folder, "whole")))


def _split(network: Network, capture: str, folder: Path, stack: ExitStack, messages: Any) -> EngineOutcome:
    engine, plan = build_plan(network, stack, messages.detail)
    messages.detail("running it over the nodes")
    return run_engine(engine, EngineRequest(None, plan=plan, **_request(capture, folder, "split")))


def _difference(whole: Results, split: Results, folder: Path, lossy: bool) -> str | None:
    lost = [
        f"{name} to {to}: {reason}"
        for name, node in split.nodes.items()
        for to, losses in node.lost.items()
        for reason in losses
    ]
    if lost:
        return f"packets were lost between nodes ({', '.join(lost)}), so that the results cannot be equal"
    return (
        _different_records(folder, "", lossy)
        or _different_records(folder, "-tx", lossy)
        or _different_results(whole, split)
    )


def _different_results(whole: Results, split: Results) -> str | None:
    for name in TOTALS:
        if getattr(whole, name) != getattr(split, name):
            return f"{name}: {getattr(whole, name)} on one node, {getattr(split, name)} over the nodes"
    for name in ("verdicts", "alerts"):
        a, b = getattr(whole, name), getattr(split, name)
        for key in sorted({*a, *b}):
            if a.get(key, 0) != b.get(key, 0):
                return f"{name} {key}: {a.get(key, 0)} on one node, {b.get(key, 0)} over the nodes"
    return _different_memory(whole, split)


def _different_memory(whole: Results, split: Results) -> str | None:
    for name, dump in whole.memory.items():
        there = split.memory[name].nonzero if name in split.memory else {}
        for index in sorted({*dump.nonzero, *there}):
            if dump.nonzero.get(index) != there.get(index):
                a, b = (words.get(index, "its start value") for words in (dump.nonzero, there))
                return f"{name}[{index}]: {a} on one node, {b} over the nodes"
    return None


def _different_records(folder: Path, suffix: str, lossy: bool) -> str | None:
    from ffpf.captures import open_capture

    what = "transmitted frame" if suffix else "delivery"
    with (
        open_capture(str(folder / f"whole{suffix}.pcapng"), None) as whole,
        open_capture(str(folder / f"split{suffix}.pcapng"), None) as split,
    ):
        pairs = itertools.zip_longest(_groups(whole, suffix, lossy), _groups(split, suffix, lossy))
        for count, (a, b) in enumerate(pairs):
            if a != b:
                return f"{what} {count + 1} by packets: {_shown(a)} on one node, {_shown(b)} over the nodes"
    return None


def _groups(packets: Iterator[CapturedPacket], suffix: str, lossy: bool) -> Iterator[tuple[int, list[Key]]]:
    """What one packet led to, in an order of its own: its time, and the records of that time."""
    for stamp, group in itertools.groupby(packets, key=lambda packet: packet.timestamp):
        yield stamp, sorted(_key(packet, suffix, lossy) for packet in group)


def _key(packet: CapturedPacket, suffix: str, lossy: bool) -> Key:
    data = packet.data
    if lossy:
        data = (data[:6] if suffix else b"") + data[12:]
    return data, packet.length


def _shown(group: tuple[int, list[Key]] | None) -> str:
    if group is None:
        return "none"
    stamp, records = group
    return f"{len(records)} at {stamp // 10**9}.{stamp % 10**9:09}, {records[0][0][:32].hex()}..."
