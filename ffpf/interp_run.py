"""Any machine: the interpreter runs the program itself; slow, and what the language means.

The driver does for the interpreter what the node engine does for an object: it reads the capture,
keeps the ledger, writes deliveries and transmitted frames, and ends with the same words and codes.
"""

from __future__ import annotations

import errno
import itertools
import os
import signal
import stat
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO, Protocol

from ffpf.captures import (
    NAMED_LINK_TYPES,
    CapturedPacket,
    CaptureError,
    CaptureReader,
    CaptureWriter,
    link_name,
    open_capture,
)
from ffpf.engine import STOP_SIGNALS, AlertEvent, AlertFailed, EngineOutcome, EngineRequest
from ffpf.outputs import NO_FILE
from ffpf.registry import twins
from ffpf.results import ABORTS, ExternDump, MemoryDump, NodeResults, Results
from fpl3.check import program as p
from fpl3.interpreter import Interpreter, Outcome, Packet, TwinFailed

ETHERNET = 1
EVENT_BYTES = 128
INPUT, USAGE, MACHINE, INTERRUPTED, CLOSED = 1, 2, 3, 130, 141
PROGRESS_EVERY = 1024  # packets
WANTS_ETHERNET = "ethernet links between nodes overwrite the addresses of Ethernet, EN10MB (1)"
NAMED = (p.ReadField, p.Has, p.ReadLayer, p.FlowHash, p.ToField)


class Stop(Exception):
    """The run ends before its time; status, kind and message as EngineOutcome has them."""

    def __init__(self, status: int, kind: str, message: str | None = None) -> None:
        super().__init__(message or kind)
        self.status, self.kind, self.message = status, kind, message


@dataclass(slots=True)
class Ledger:
    """What has happened so far."""

    packets: int = 0
    bytes: int = 0
    runs: int = 0
    delivered: int = 0
    packets_delivered: int = 0
    transmitted: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[int] = field(default_factory=Counter)
    alerts: Counter[int] = field(default_factory=Counter)


class Machine(Protocol):
    """What runs a program on one packet: one interpreter, or one for each node of a tree."""

    @property
    def twins(self) -> Mapping[str, Any]: ...

    @property
    def wants_ethernet(self) -> bool: ...

    def run(self, packet: Packet) -> Outcome: ...

    def memory(self) -> dict[str, list[int]]: ...

    def nodes(self) -> dict[str, NodeResults]: ...


class OneNode:
    """A program that is not split."""

    wants_ethernet = False

    def __init__(self, checked: p.Checked) -> None:
        self.interpreter = Interpreter(checked, twins(checked.externs))
        self.twins = self.interpreter.twins
        self.run = self.interpreter.run

    def memory(self) -> dict[str, list[int]]:
        return self.interpreter.memory

    def nodes(self) -> dict[str, NodeResults]:
        return {}


def run_interpreter(
    checked: p.Checked, request: EngineRequest, machine: Machine | None = None
) -> EngineOutcome:
    """Runs a checked program over a capture. What a callback of `request` raises ends the run."""
    run = _Run(checked, request, machine or OneNode(checked))
    started = time.perf_counter()
    status, kind, error = 0, None, None
    try:
        with _interrupts(run):
            run.to_the_end()
    except Stop as stop:
        status, kind, error = stop.status, stop.kind, stop.message
    except AlertFailed as failure:
        status, kind, error = failure.status, failure.kind, failure.message
    except TwinFailed as failed:
        status, kind, error = MACHINE, "object", f"error: {failed}"
    except KeyboardInterrupt:
        status, kind = INTERRUPTED, "interrupted"
    results = run.results(time.perf_counter() - started)
    return EngineOutcome(results, status, error, kind)


def _opened(name: str) -> BinaryIO:
    return sys.stdout.buffer if name == "-" else Path(name).open("wb")


class _Output:
    """A capture that is written: opened before the first packet, completed at the end."""

    def __init__(self, name: str, reader: CaptureReader) -> None:
        self.name = "<stdout>" if name == "-" else name
        try:
            self.stream = _opened(name)
        except OSError as error:
            status = USAGE if error.errno in NO_FILE else MACHINE
            reason = f"{self.name}: error: cannot open it for writing: {error.strerror}"
            raise Stop(status, "output", reason) from error
        self.writer = CaptureWriter(self.stream, reader.format, name.endswith(".pcapng"))

    def write(self, packet: CapturedPacket, number: int) -> None:
        try:
            self.writer.write(packet, number)
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        try:
            self.writer.close()
            if self.stream is not sys.stdout.buffer:
                self.stream.close()
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> Stop:
        if error.errno == errno.EPIPE and self.stream is sys.stdout.buffer:
            return Stop(CLOSED, "closed")
        reason = f"{self.name}: error: cannot write: {error.strerror}; results so far are kept"
        return Stop(MACHINE, "output", reason)


class _Run:
    """One run of the interpreter over one capture."""

    def __init__(self, checked: p.Checked, request: EngineRequest, machine: Machine) -> None:
        self.checked = checked
        self.request = request
        self.machine = machine
        self.ledger = Ledger()
        self.named, self.ethernet = needs(checked)
        self.busy = False
        self.interrupted = False
        self.output: _Output | None = None
        self.transmitted: _Output | None = None

    def to_the_end(self) -> None:
        """Raises Stop for whatever ends the run early, after the outputs were completed."""
        reader = open_source(self.request)
        with reader:
            packets, link = _looked_at(reader)
            try:
                self._check_link(link)
                self._open_outputs(reader)
                self._packets(packets, reader)
            finally:
                self._close_outputs()

    def _open_outputs(self, reader: CaptureReader) -> None:
        if self.request.write is not None:
            self.output = _Output(self.request.write, reader)
        if self.request.tx is not None:
            self.transmitted = _Output(self.request.tx, reader)

    def _close_outputs(self) -> None:
        with ExitStack() as stack:
            for output in (self.output, self.transmitted):
                if output is not None:
                    stack.callback(output.close)

    def _packets(self, packets: Iterator[CapturedPacket], reader: CaptureReader) -> None:
        name = "<stdin>" if self.request.read == "-" else self.request.read
        size = reader.size()
        try:
            for packet in packets:
                self._check_link(packet.link)
                self._whole_packet(packet)
                if self.request.on_progress and self.ledger.packets % PROGRESS_EVERY == 0:
                    self.request.on_progress(reader.taken, size)
                if self.request.count and self.ledger.delivered >= self.request.count:
                    return
        except CaptureError as error:
            raise Stop(INPUT, "input", f"{name}: {error}") from error

    def _whole_packet(self, packet: CapturedPacket) -> None:
        """A packet's effects and its place in the ledger belong together: an interrupt waits."""
        self.busy = True
        self._packet(packet)
        self.busy = False
        if self.interrupted:
            raise KeyboardInterrupt

    def _packet(self, packet: CapturedPacket) -> None:
        done = self.machine.run(
            Packet(packet.data, packet.length, packet.timestamp, packet.port, packet.link)
        )
        self.ledger.packets += 1
        self.ledger.bytes += len(packet.data)
        number = self.ledger.packets
        delivered = self._count(done)
        if self.output is not None:
            for data in delivered:
                self.output.write(replace(packet, data=data), number)
        if self.transmitted is not None:
            for frame in done.transmitted:
                self.transmitted.write(replace(packet, data=frame), number)
        for part, rule in done.alerts:
            self._alert(packet, number, rule, part)

    def _count(self, done: Outcome) -> list[bytes]:
        """Enters a packet's runs into the ledger; the bytes of its deliveries, by part."""
        ledger = self.ledger
        delivered = sorted(
            (run for run in done.runs if run.ending == "delivered"), key=lambda run: run.part
        )
        ledger.runs += len(done.runs)
        ledger.delivered += len(delivered)
        ledger.packets_delivered += bool(delivered)
        ledger.transmitted += len(done.transmitted)
        ledger.verdicts.update(run.verdict for run in delivered)
        ledger.endings.update(run.ending for run in done.runs)
        return [run.data for run in delivered]

    def _alert(self, packet: CapturedPacket, number: int, rule: p.Rule, part: int) -> None:
        index = self.checked.rules.index(rule)
        self.ledger.alerts[index] += 1
        if self.request.on_alert is not None:
            first = packet.data[:EVENT_BYTES]
            self.request.on_alert(
                AlertEvent(
                    number,
                    packet.timestamp,
                    index,
                    part,
                    packet.link,
                    len(packet.data),
                    packet.length,
                    first,
                )
            )

    def results(self, seconds: float) -> Results:
        ledger = self.ledger
        return Results(
            packets=ledger.packets,
            bytes=ledger.bytes,
            runs=ledger.runs,
            delivered=ledger.delivered,
            packets_delivered=ledger.packets_delivered,
            dropped=ledger.endings["dropped"],
            transmitted=ledger.transmitted,
            aborted={reason: ledger.endings[reason] for reason in ABORTS},
            verdicts=dict(sorted(ledger.verdicts.items())),
            memory=self._memory(),
            externs=self._externs(),
            alerts=self._alerts(),
            seconds_run=seconds,
            nodes=self.machine.nodes(),
        )

    def _externs(self) -> dict[str, ExternDump]:
        twins = self.machine.twins
        shown = [i for i in self.checked.externs if hasattr(twins[i.name], "show")]
        return {i.shown: ExternDump(i.extern.name, twins[i.name].show()) for i in shown}

    def _alerts(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        for index, count in sorted(self.ledger.alerts.items()):
            rule = self.checked.rules[index]
            found[f"{rule.gid}:{rule.sid}"] += count
        return dict(found)

    def _memory(self) -> dict[str, MemoryDump]:
        found, memory = {}, self.machine.memory()
        for array in self.checked.arrays:
            words = memory[array.name]
            nonzero = {index: word for index, word in enumerate(words) if word != array.initial}
            found[array.name] = MemoryDump(array.type.name, array.size, array.merge, nonzero)
        return found

    def _check_link(self, link: int) -> None:
        if self.ethernet and link != ETHERNET:
            raise self._refused(link, "TX(Mac) needs Ethernet, EN10MB (1)")
        if self.machine.wants_ethernet and link != ETHERNET:
            raise self._refused(link, WANTS_ETHERNET)
        if self.named and link not in NAMED_LINK_TYPES:
            raise self._refused(
                link,
                "named fields know EN10MB, RAW, IPV4, IPV6, LINUX_SLL, LINUX_SLL2, NULL, LOOP and PPP; "
                "use PKT.B, PKT.W and PKT.DW",
            )

    def _refused(self, link: int, why: str) -> Stop:
        name = "<stdin>" if self.request.read == "-" else self.request.read
        packets = self.ledger.packets
        place = f"packet {packets + 1}: " if packets else ""
        return Stop(INPUT, "input", f"{name}: {place}error: its link type is {link_name(link)}; {why}")


@contextmanager
def _interrupts(run: _Run) -> Iterator[None]:
    """SIGINT and SIGTERM end the run between two packets, or at once if they come again."""

    def handle(number: int, frame: FrameType | None) -> None:
        if not run.busy or run.interrupted:
            raise KeyboardInterrupt
        run.interrupted = True

    try:
        old = [(number, signal.signal(number, handle)) for number in STOP_SIGNALS]
    except ValueError:
        old = []  # not the main thread: signals are somebody else's
    try:
        yield
    finally:
        for number, handler in old:
            signal.signal(number, handler)


def open_source(request: EngineRequest) -> CaptureReader:
    """Opens the capture; Stop in the engine's words if it cannot be read."""
    name = "<stdin>" if request.read == "-" else request.read
    try:
        if request.read != "-" and stat.S_ISDIR(os.stat(request.read).st_mode):  # noqa: PTH116
            reason = f"{name}: error: this is a directory; a capture file is expected"
            raise Stop(INPUT, "input", reason)
        return open_capture(request.read, request.snaplen)
    except OSError as error:
        status = INPUT if error.errno in NO_FILE else MACHINE
        reason = f"{name}: error: cannot open the capture: {error.strerror}"
        raise Stop(status, "input", reason) from error
    except CaptureError as error:
        raise Stop(INPUT, "input", f"{name}: {error}") from error


def _looked_at(reader: CaptureReader) -> tuple[Iterator[CapturedPacket], int]:
    """The packets, and the link type of the first one, or of the first interface if there is none."""
    try:
        first = next(reader)
    except (StopIteration, CaptureError):
        # Damage is met again where packets are read.
        return reader, reader.format.interfaces[0].link
    return itertools.chain((first,), reader), first.link


def needs(checked: p.Checked) -> tuple[bool, bool]:
    """Whether a program uses named fields, and whether it needs Ethernet (TX(Mac))."""
    found = list(_nodes(checked.body))
    tables = {node.table for node in found if isinstance(node, p.Transmit)}
    return any(isinstance(node, NAMED) for node in found) or "Ip" in tables, "Mac" in tables


def _nodes(value: object) -> list[object]:
    """All statements and expressions below a value."""
    found: list[object] = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting += node
        elif is_dataclass(node) and type(node).__module__ == p.__name__:
            found.append(node)
            waiting += [getattr(node, entry.name) for entry in fields(node)]
    return found
