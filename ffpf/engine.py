"""Starts the node engine on an object and a capture, listens to it, and says how it ended.

The engine is a process of its own. It writes its results as lines of text to a pipe (the format is
described in node/report.c) and alerts as records to another (node/events.h). Ctrl-C is the engine's
to handle: it completes its results, so this process only passes the signal on and goes on listening.
"""

from __future__ import annotations

import os
import selectors
import signal
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import FrameType

from ffpf.results import ABORTS, ExternDump, MemoryDump, NodeResults, Results, Row

EVENT = struct.Struct("=QQIIIIII")  # struct event_record of node/events.h
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STATUSES = (0, 1, 2, 3, 130, 141)
MACHINE, INTERRUPTED = 3, 130
COUNTS = ("packets", "bytes", "runs", "delivered", "packets_delivered", "dropped", "transmitted")


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One alert as the engine reports it.

    `packet` counts from 1; `timestamp` is in nanoseconds since 1970; `rule` indexes the object's rule
    table; `data` is the packet's first bytes as captured, at most 128 of `caplen`.
    """

    packet: int
    timestamp: int
    rule: int
    part: int
    link: int
    caplen: int
    length: int
    data: bytes


class AlertFailed(Exception):
    """`on_alert` cannot take alerts any more: the run ends, its results are complete. Status, kind and
    message as EngineOutcome has them."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind, self.message = status, kind, message


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """What to run, and where packets come from and go to ("-": standard input, output).

    `object` is the compiled program (the interpreter needs none); for a program over several nodes it is
    None, and `plan` says which nodes there are (ffpf/plan.py), run by `threads` threads. `live`: it is that
    of a node on its interfaces (ffpf/live.py), and `read` means nothing; `quiet`: it is not said when it is
    ready.

    `write` takes deliveries, `tx` transmitted frames; a name that ends in .pcapng makes a pcapng file.
    `count`: stop after the packet with that delivery. `snaplen`: keep at most so many bytes of a packet
    (0 or None: all). `on_progress(bytes read, size or None)` is called about twice a second.
    """

    object: Path | None
    read: str
    write: str | None = None
    tx: str | None = None
    count: int | None = None
    snaplen: int | None = None
    on_alert: Callable[[AlertEvent], None] | None = None
    on_progress: Callable[[int, int | None], None] | None = None
    plan: Path | None = None
    threads: int = 1
    live: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class EngineOutcome:
    """How a run ended. `status` is the command's exit code; `error` is None with status 0, else a
    whole message to be printed as it is ("FILE: packet N: error: WHAT"; not with 130 and 141).

    `kind` says what failed: usage, object, input, output, memory, interrupted, closed, crash.
    `complete` is False where the engine died: then the results are lost and all counts are 0.
    """

    results: Results
    status: int = 0
    error: str | None = None
    kind: str | None = None
    complete: bool = True


def engine_sources(tree: bool) -> list[Path]:
    """The C files of the engine of one node, or of that of a tree of nodes, which is compiled with
    -DFFPF_TREE besides; both with -ldl and the folders of the files on the include path."""
    folder = Path(str(resources.files("ffpf") / "node"))
    return sorted(folder.glob("*.c")) + (sorted((folder / "tree").glob("*.c")) if tree else [])


def run_engine(engine: Path, request: EngineRequest) -> EngineOutcome:
    """Runs the engine to its end. OSError if it cannot be started; AlertFailed of a callback ends the
    run, anything else that a callback raises kills the engine."""
    with _Pipe() as results, _Pipe() as events, _passing_signals() as passed:
        command = [str(engine), *_arguments(request, results.writer, events.writer)]
        with _blocked_signals():
            child = subprocess.Popen(command, pass_fds=(results.writer, events.writer))
            passed.child = child
        passed.catch_up()
        results.close_writer()
        events.close_writer()
        report = _Report()
        try:
            _listen(results.reader, events.reader, report, request, passed)
        except BaseException:
            child.kill()
            child.wait()
            raise
        return _outcome(report, child.wait())


def _arguments(request: EngineRequest, results: int, events: int) -> Iterator[str]:
    if request.plan is not None:
        yield from ("--plan", str(request.plan), "--threads", str(request.threads))
    else:
        yield from ("--object", str(request.object))
    yield from ("--results", str(results))
    if not request.live:
        yield from ("--read", request.read)
    if request.write is not None:
        yield from ("--write", request.write)
    if request.tx is not None:
        yield from ("--tx", request.tx)
    if request.count is not None:
        yield from ("--count", str(request.count))
    if request.snaplen is not None:
        yield from ("--snaplen", str(request.snaplen))
    if request.on_alert is not None:
        yield from ("--events", str(events))
    if request.on_progress is not None:
        yield from ("--progress", "1")
    if request.quiet:
        yield from ("--quiet", "1")


class _Pipe:
    """A pipe to a child: the writer's end is closed here once the child has it."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self._open = {self.reader, self.writer}

    def __enter__(self) -> _Pipe:
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._open:
            os.close(end)

    def close_writer(self) -> None:
        os.close(self.writer)
        self._open.remove(self.writer)


class _Passing:
    """Signals on their way to the child; one that comes before it exists waits. The second one also
    breaks off what this process waits for, if it is `busy` for somebody else."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.busy = False
        self._seen = 0
        self._waiting: list[int] = []

    def handle(self, number: int, _frame: FrameType | None) -> None:
        self._seen += 1
        if self.child is None:
            self._waiting.append(number)
        else:
            self.child.send_signal(number)
        if self.busy and self._seen > 1:
            raise KeyboardInterrupt

    def catch_up(self) -> None:
        for number in self._waiting:
            self.handle(number, None)


@contextmanager
def _passing_signals() -> Iterator[_Passing]:
    """What stops a run goes to the child; only the main thread can see to that. A hang-up that is
    ignored (nohup) stays ignored."""
    passing = _Passing()
    old = []
    try:
        for number in STOP_SIGNALS:
            if signal.getsignal(number) == signal.SIG_IGN:
                continue
            old.append((number, signal.signal(number, passing.handle)))
    except ValueError:
        old = []
    try:
        yield passing
    finally:
        for number, handler in old:
            signal.signal(number, handler)


@contextmanager
def _blocked_signals() -> Iterator[None]:
    """The child inherits the mask and opens it when its own handlers stand: no Ctrl-C kills it before."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@dataclass(slots=True)
class _Report:
    """The engine's lines, collected."""

    counts: dict[str, int] = field(default_factory=dict)
    aborted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ABORTS, 0))
    verdicts: dict[int, int] = field(default_factory=dict)
    memory: dict[str, MemoryDump] = field(default_factory=dict)
    words: dict[int, int] = field(default_factory=dict)
    externs: dict[str, ExternDump] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    alerts: dict[str, int] = field(default_factory=dict)
    nodes: dict[str, NodeResults] = field(default_factory=dict)
    seconds: float = 0.0
    status: int = 0
    kind: str | None = None
    error: str | None = None
    ended: bool = False
    failed: AlertFailed | None = None

    def take(self, line: str, on_progress: Callable[[int, int | None], None] | None) -> None:
        word, _, rest = line.partition(" ")
        if word == "word":  # first: there may be millions
            index, value = rest.split(" ")
            self.words[int(index)] = int(value)
        elif word in COUNTS:
            self.counts[word] = int(rest)
        elif word == "error":
            self.error = rest
        elif word == "progress" and on_progress is not None:
            taken, total = map(int, rest.split(" "))
            on_progress(taken, total or None)
        else:
            self._take_rest(word, rest.split(" "))

    def _take_rest(self, word: str, values: list[str]) -> None:
        match word:
            case "abort":
                self.aborted[values[0]] = int(values[1])
            case "verdict":
                self.verdicts[int(values[0])] = int(values[1])
            case "array":
                self.words = {}
                name, kind, size, merge = values
                self.memory[name] = MemoryDump(kind, int(size), merge, self.words)
            case "extern":
                self.rows = []
                self.externs[values[0]] = ExternDump(values[1], self.rows)
            case "row":
                self.rows.append({})
            case "number":
                self.rows[-1][values[0]] = int(values[1])
            case "real":
                self.rows[-1][values[0]] = float(values[1])
            case "text":
                self.rows[-1][values[0]] = " ".join(values[1:])
            case "alert":
                key = f"{values[0]}:{values[1]}"
                self.alerts[key] = self.alerts.get(key, 0) + int(values[2])
            case "node":
                packets, runs, delivered = map(int, values[1:4])
                done = NodeResults("pc", packets, runs, delivered, {}, {}, float(values[4]))
                self.nodes[values[0]] = done
            case "sent":
                list(self.nodes.values())[int(values[0])].sent[values[1]] = int(values[2])
            case "lost":
                lost = list(self.nodes.values())[int(values[0])].lost.setdefault(values[1], {})
                lost[values[2]] = int(values[3])
            case "seconds":
                self.seconds = float(values[0])
            case "status":
                self.status, self.kind = int(values[0]), None if values[1] == "-" else values[1]
            case "end":
                self.ended = True

    def results(self) -> Results:
        counts = {name: self.counts.get(name, 0) for name in COUNTS}
        verdicts = dict(sorted(self.verdicts.items()))
        return Results(
            counts["packets"], counts["bytes"], counts["runs"], counts["delivered"],
            counts["packets_delivered"], counts["dropped"], counts["transmitted"],
            aborted=self.aborted, verdicts=verdicts, memory=self.memory, externs=self.externs,
            alerts=self.alerts, seconds_run=self.seconds, nodes=self.nodes,
        )  # fmt: skip


def _listen(results: int, events: int, report: _Report, request: EngineRequest, passed: _Passing) -> None:
    """Reads both pipes until the engine has closed them: whichever is full must not stop it."""
    lines, alerts = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(results, selectors.EVENT_READ, lines)
        selector.register(events, selectors.EVENT_READ, alerts)
        while selector.get_map():
            for key, _ in selector.select():
                chunk = os.read(key.fd, 1 << 18)
                if not chunk:
                    selector.unregister(key.fd)
                key.data.extend(chunk)
            _give_alerts(alerts, report, request, passed)
            _take_lines(lines, report, request.on_progress)


def _give_alerts(alerts: bytearray, report: _Report, request: EngineRequest, passed: _Passing) -> None:
    """Hands alerts on until that fails; then the engine is stopped, and what it still says is dropped."""
    if report.failed is None:
        try:
            passed.busy = True
            _take_alerts(alerts, request.on_alert)
            return
        except AlertFailed as failure:
            report.failed = failure
        except KeyboardInterrupt:
            report.failed = AlertFailed(INTERRUPTED, "interrupted", "interrupted")
        finally:
            passed.busy = False
        assert passed.child is not None
        passed.child.send_signal(signal.SIGTERM)
    alerts.clear()


def _take_lines(
    lines: bytearray, report: _Report, on_progress: Callable[[int, int | None], None] | None
) -> None:
    whole, newline, rest = lines.rpartition(b"\n")
    if newline:
        for line in whole.decode("utf-8", "replace").split("\n"):
            report.take(line, on_progress)
        lines[:] = rest


def _take_alerts(alerts: bytearray, on_alert: Callable[[AlertEvent], None] | None) -> None:
    at = 0
    while len(alerts) - at >= EVENT.size:
        packet, timestamp, rule, part, link, caplen, length, size = EVENT.unpack_from(alerts, at)
        end = at + EVENT.size + size
        if end > len(alerts):
            break
        if on_alert is not None:
            data = bytes(alerts[at + EVENT.size : end])
            on_alert(AlertEvent(packet, timestamp, rule, part, link, caplen, length, data))
        at = end
    del alerts[:at]


def _outcome(report: _Report, code: int) -> EngineOutcome:
    if report.ended:
        status, error, kind = report.status, report.error, report.kind
        if report.failed is not None:
            status, error, kind = report.failed.status, report.failed.message, report.failed.kind
        return EngineOutcome(report.results(), status, error, kind)
    empty = _Report(kind="crash").results()
    if code == INTERRUPTED:  # before the first packet
        return EngineOutcome(empty, code, None, "interrupted", False)
    if code in STATUSES and code not in (0, MACHINE):
        return EngineOutcome(empty, code, "the engine did not understand its options", "usage", False)
    return EngineOutcome(empty, MACHINE, f"error: {_death(code)}; the results are lost", "crash", False)


def _death(code: int) -> str:
    if code >= 0:
        return f"the engine ended with code {code} before it reported"
    name = signal.Signals(-code).name if -code in list(signal.Signals) else f"signal {-code}"
    if -code == signal.SIGKILL:
        return f"the engine was killed ({name}), as the kernel does when memory runs out"
    return f"the engine died of {name}, which is a bug of FFPF or of an external function"
