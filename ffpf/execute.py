"""Prepares a program's text for a target and runs it on a capture; writes alerts, reports progress."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TextIO

from ffpf.engine import AlertEvent, AlertFailed, EngineOutcome, EngineRequest, run_engine
from ffpf.outputs import silence
from ffpf.progress import Progress, waiting

if TYPE_CHECKING:
    from ffpf.distribute import Network
    from ffpf.programs import ProgramText
    from ffpf.results import Results

INTERPRETED = "interp"
MACHINE, INTERRUPTED, CLOSED = 3, 130, 141


class AlertWriter:
    """Writes a line for each alert; `rules` is the program's rule table. AlertFailed where it cannot."""

    def __init__(self, file: TextIO, name: str, format: str, utc: bool) -> None:
        from ffpf import alerts

        self.file = file
        self.name = name
        self.line = alerts.FORMATS[format]
        self.utc = utc
        self.rules: list[dict[str, Any]] = []

    def __call__(self, event: AlertEvent) -> None:
        from ffpf.alerts import Raised
        from ffpf.endpoints import endpoints

        rule = self.rules[event.rule]
        raised = Raised(
            packet=event.packet,
            timestamp=event.timestamp,
            endpoints=endpoints(event.data, event.link),
            **rule,
        )
        try:
            self.file.write(self.line(raised, self.utc))
            # Whoever follows the file wants the line now; alerts are rare.
            self.file.flush()
        except OSError as error:
            raise self._failed(error) from error
        except KeyboardInterrupt as error:
            silence(self.file)
            raise AlertFailed(INTERRUPTED, "interrupted", "interrupted") from error

    def _failed(self, error: OSError) -> AlertFailed:
        silence(self.file)
        if isinstance(error, BrokenPipeError) and self.file is sys.stdout:
            return AlertFailed(CLOSED, "closed", "the reader of the alerts is gone")
        return AlertFailed(
            MACHINE,
            "output",
            f"{self.name}: error: cannot write the alerts: {error.strerror}; results so far are kept",
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A program ready to run: its rule table, the files that it was made from, and how to run it.

    `start` takes the request without its object; `seconds` is the time that preparing took.
    """

    rules: list[dict[str, Any]]
    files: tuple[str, ...]
    start: Callable[[EngineRequest], EngineOutcome]
    seconds: float


def prepare(text: ProgramText, target: str, messages: Any, stack: ExitStack) -> Prepared:
    """Checks and builds a program; `messages` takes warnings and details, `stack` what must live on."""
    with waiting("compiling", terminal(messages)):
        if target == INTERPRETED:
            return _interpreted(text, messages)
        return _compiled(text, target, messages, stack)


def _compiled(text: ProgramText, target: str, messages: Any, stack: ExitStack) -> Prepared:
    from ffpf.build import build

    built = build(text, target, stack, messages.detail)
    for warning in built.warnings:
        messages.warn(warning)
    messages.detail(f"compiled in {built.seconds:.2f} s" if built.seconds else f"cached: {built.object}")

    def start(request: EngineRequest) -> EngineOutcome:
        return run_engine(built.engine, replace(request, object=built.object))

    return Prepared(built.metadata["rules"], built.files, start, built.seconds)


def _interpreted(text: ProgramText, messages: Any) -> Prepared:
    from ffpf.build import rule_record
    from ffpf.front import check_program
    from ffpf.interp_run import run_interpreter
    from ffpf.programs import FileReader

    started = time.perf_counter()
    reader = FileReader()
    checked, warnings = check_program(text, reader)
    for warning in warnings:
        messages.warn(warning)
    rules = list(map(rule_record, checked.rules))

    def start(request: EngineRequest) -> EngineOutcome:
        return run_interpreter(checked, request)

    return Prepared(rules, tuple(reader.read_files), start, time.perf_counter() - started)


def prepare_nodes(
    text: ProgramText,
    where: tuple[str, str | None],
    target: str | None,
    threads: int | None,
    messages: Any,
    stack: ExitStack,
) -> Prepared:
    """Splits a program over the nodes of a description, and builds the program of each. `where` are the
    description and the capture to place by, if any; `target` "interp" interprets all nodes."""
    from ffpf.build import rule_record
    from ffpf.distribute import distribute
    from ffpf.programs import FileReader

    started = time.perf_counter()
    with waiting("compiling", terminal(messages)):
        reader = FileReader()
        nodes, profile = where
        network = distribute(text, nodes, reader, profile, messages.detail)
        for warning in network.warnings:
            messages.warn(warning)
        start = _nodes_starter(network, target, threads, messages, stack)
    # The engine numbers the rules of all nodes one behind the other; the interpreter those of the whole.
    order = [node.name for node in network.topology.depth_first() if node.name in network.programs]
    tables = [network.programs[name].rules for name in order]
    if target == INTERPRETED:
        tables = [network.distributed.program.rules]
    rules = [rule_record(rule) for table in tables for rule in table]
    return Prepared(rules, (nodes, *reader.read_files), start, time.perf_counter() - started)


def _nodes_starter(
    network: Network, target: str | None, threads: int | None, messages: Any, stack: ExitStack
) -> Callable[[EngineRequest], EngineOutcome]:
    if target == INTERPRETED:
        from ffpf.interp_run import run_interpreter
        from ffpf.tree_machine import TreeMachine

        machine = TreeMachine(network)
        return lambda request: run_interpreter(network.distributed.program, request, machine)
    from ffpf.plan import build_plan

    engine, plan = build_plan(network, stack, messages.detail)
    used = threads or min(len(os.sched_getaffinity(0)), len(network.programs))

    def start(request: EngineRequest) -> EngineOutcome:
        outcome = run_engine(engine, replace(request, plan=plan, threads=used))
        return replace(outcome, results=_with_all_arrays(outcome.results, network))

    return start


def _with_all_arrays(results: Results, network: Network) -> Results:
    """Arrays that no node touches are on none; to their users they are there all the same."""
    from ffpf.results import MemoryDump

    arrays = network.distributed.program.arrays
    empty = {a.name: MemoryDump(a.type.name, a.size, a.merge, {}) for a in arrays}
    return replace(results, memory={name: results.memory.get(name, dump) for name, dump in empty.items()})


def execute(
    prepared: Prepared, request: EngineRequest, writer: AlertWriter | None, messages: Any
) -> EngineOutcome:
    """Runs a prepared program on one node."""
    if writer is not None:
        writer.rules = prepared.rules
    file = terminal(messages)
    progress = Progress(file) if file is not None else None
    try:
        outcome = prepared.start(replace(request, on_alert=writer, on_progress=progress))
    finally:
        if progress is not None:
            progress.finish()
    return replace(outcome, results=replace(outcome.results, seconds_compile=prepared.seconds))


def terminal(messages: Any) -> TextIO | None:
    """Where progress is shown, if anywhere."""
    return sys.stderr if sys.stderr.isatty() and not messages.quiet else None
