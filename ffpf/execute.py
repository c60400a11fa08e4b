"""Runs a program's text on a capture: builds and starts it, writes alerts, reports progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

from ffpf.engine import AlertEvent, EngineOutcome, EngineRequest, run_engine

if TYPE_CHECKING:
    from ffpf.programs import ProgramText

INTERPRETED = "interp"
PROGRESS_AFTER_SECONDS = 2.0


class AlertWriter:
    """Writes a line for each alert; `rules` is the program's rule table."""

    def __init__(self, file: TextIO, format: str, utc: bool) -> None:
        from ffpf import alerts

        self.file = file
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
        self.file.write(self.line(raised, self.utc))
        # Whoever follows the file wants the line now; alerts are rare.
        self.file.flush()


class Progress:
    """Says on a terminal how far a run is, once it has taken two seconds."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.started = time.monotonic()
        self.shown = False

    def __call__(self, taken: int, total: int | None) -> None:
        if time.monotonic() - self.started < PROGRESS_AFTER_SECONDS:
            return
        share = f" of {total / 1e6:,.0f} MB, {min(100, taken * 100 // total)} %" if total else " MB"
        self.file.write(f"\r{taken / 1e6:,.0f}{share} read\033[K")
        self.file.flush()
        self.shown = True

    def finish(self) -> None:
        if self.shown:
            self.file.write("\r\033[K")
            self.file.flush()


def execute(
    text: ProgramText,
    target: str,
    request: Callable[..., EngineRequest],
    writer: AlertWriter | None,
    messages: Any,
) -> EngineOutcome:
    """Runs a program on one node. `request` makes the engine's request from what is known here:
    `object`, `on_alert`, `on_progress`. `messages` takes warnings and details."""
    progress = Progress(sys.stderr) if sys.stderr.isatty() and not messages.quiet else None
    callbacks = {"on_alert": writer, "on_progress": progress}
    try:
        if target == INTERPRETED:
            return _interpret(text, request, callbacks, messages)
        with ExitStack() as stack:
            return _run_object(text, target, request, callbacks, messages, stack)
    finally:
        if progress is not None:
            progress.finish()


def _run_object(
    text: ProgramText,
    target: str,
    request: Callable[..., EngineRequest],
    callbacks: dict[str, Any],
    messages: Any,
    stack: ExitStack,
) -> EngineOutcome:
    from ffpf.build import build

    built = build(text, target, stack, messages.detail)
    for warning in built.warnings:
        messages.warn(warning)
    messages.detail(f"compiled in {built.seconds:.2f} s" if built.seconds else f"cached: {built.object}")
    if callbacks["on_alert"] is not None:
        callbacks["on_alert"].rules = built.metadata["rules"]
    outcome = run_engine(built.engine, request(object=built.object, **callbacks))
    return replace(outcome, results=replace(outcome.results, seconds_compile=built.seconds))


def _interpret(
    text: ProgramText, request: Callable[..., EngineRequest], callbacks: dict[str, Any], messages: Any
) -> EngineOutcome:
    from pathlib import Path

    from ffpf.build import rule_record
    from ffpf.front import check_program
    from ffpf.interp_run import run_interpreter
    from ffpf.programs import FileReader

    started = time.perf_counter()
    checked, warnings = check_program(text, FileReader())
    seconds = time.perf_counter() - started
    for warning in warnings:
        messages.warn(warning)
    if callbacks["on_alert"] is not None:
        callbacks["on_alert"].rules = list(map(rule_record, checked.rules))
    outcome = run_interpreter(checked, request(object=Path(), **callbacks))
    return replace(outcome, results=replace(outcome.results, seconds_compile=seconds))
