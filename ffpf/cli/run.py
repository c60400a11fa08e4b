"""`ffpf run`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from ffpf.cli.options import Messages, chosen_program, program_argument, subcommand
from ffpf.cli.terminal import say
from ffpf.errors import WrongUse

if TYPE_CHECKING:
    from ffpf.programs import ProgramText
    from ffpf.results import Results

INTERRUPTED, PIPE_CLOSED = 130, 141


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `ffpf run` that say what is read and where results go; "-" is a standard file."""

    read: str
    write: str | None
    transmit: str | None
    count: int | None
    snaplen: int | None
    target: str
    json: str | None
    alerts: str | None
    alert_file: str | None
    utc: bool

    @property
    def wants_table(self) -> bool:
        quiet = self.write is None and self.json is None and self.alerts is None
        return quiet and self.transmit != "-"

    def claims(self) -> list[str]:
        """The options that want standard output."""
        wanted = {
            "-w -": self.write == "-",
            "--tx -": self.transmit == "-",
            "--json -": self.json == "-",
            "--alerts": self.alerts is not None and self.alert_file in (None, "-"),
        }
        return [name for name, claims in wanted.items() if claims]


@subcommand(
    "Run a program on a capture.",
    "ffpf run examples/figure4.fpl -r examples/sample.pcap",
    "ffpf run --fpl 'IF (PKT.TCP.DPORT == 80) THEN RETURN(1); FI' -r in.pcap -w web.pcap",
    "ffpf run program.fpl -r in.pcapng --json - | jq .verdicts",
)
@program_argument
@click.option("-r", "read", metavar="FILE", help="The capture, pcap or pcapng; - is standard input.")
@click.option("-w", "write", metavar="FILE", help="Write delivered packets; .pcapng by suffix, else pcap.")
@click.option("-c", "count", metavar="N", type=click.IntRange(1), help="Stop after N deliveries.")
@click.option(
    "-s", "snaplen", metavar="LEN", type=click.IntRange(1), help="Use at most LEN bytes a packet."
)
@click.option("--tx", "transmit", metavar="FILE", help="Write the frames that TX sends.")
@click.option("--target", default="pc", show_default=True, metavar="NAME", help="See `ffpf targets`.")
@click.option("--json", "json", metavar="FILE", help="Write the results as JSON; - is standard output.")
@click.option("--alerts", type=click.Choice(["fast", "json"]), help="Write a line for each alert.")
@click.option("--alert-file", metavar="FILE", help="Where --alerts go, not to standard output.")
@click.option("--utc", is_flag=True, help="Times of --alerts in UTC, not in local time.")
def command(messages: Messages, program: str | None, fpl: str | None, **values: Any) -> int:
    """Run a program on the packets of a capture.

    Prints a table of what happened, unless -w, --json or --alerts say where results go.
    """
    if values["read"] is None:
        raise WrongUse("ffpf: error: nothing to read; give a capture with -r FILE (- is standard input)")
    options = Options(**values)
    refuse_contradictions(options)
    text = chosen_program(program, fpl)
    check_target(options.target)
    with ExitStack() as stack:
        return run(text, options, messages, stack)


def check_target(name: str) -> None:
    """WrongUse for a target that is not there; the two of this package need no look-up."""
    if name not in ("pc", "interp"):
        from ffpf.plugins import target

        target(name)


def run(text: ProgramText, options: Options, messages: Messages, stack: ExitStack) -> int:
    """Runs, says what is to be said, and returns the exit code."""
    from ffpf.engine import EngineRequest
    from ffpf.execute import AlertWriter, execute

    alert_file = open_output(options.alert_file or "-", stack) if options.alerts else None
    json_file = open_output(options.json, stack) if options.json else None
    writer = AlertWriter(alert_file, options.alerts or "", options.utc) if alert_file else None
    request = partial(
        EngineRequest, read=options.read, write=options.write, tx=options.transmit,
        count=options.count, snaplen=options.snaplen,
    )  # fmt: skip
    outcome = execute(text, options.target, request, writer, messages)
    if outcome.complete:
        report(outcome.results, options, json_file)
    if outcome.error and outcome.status not in (INTERRUPTED, PIPE_CLOSED):
        say(outcome.error)
    return outcome.status


def report(results: Results, options: Options, json_file: TextIO | None) -> None:
    """The results where the options want them. An account that does not add up is a bug of ours."""
    from ffpf.summary import as_json, print_table

    if json_file is not None:
        json_file.write(as_json(results, options.target))
        json_file.flush()
    if options.wants_table:
        print_table(results, options.target, sys.stdout)
        sys.stdout.flush()
    difference = results.unbalanced()
    if difference is not None:
        raise AssertionError(f"the ledger does not add up: {difference}")


def open_output(name: str, stack: ExitStack) -> TextIO:
    """A text file for results, or standard output."""
    if name == "-":
        return sys.stdout
    return stack.enter_context(Path(name).open("w", encoding="utf-8", errors="backslashreplace"))


def refuse_contradictions(options: Options) -> None:
    """WrongUse for options that cannot all be done."""
    claims = options.claims()
    if len(claims) > 1:
        raise WrongUse(
            f"ffpf: error: {' and '.join(claims)} both want standard output; write one to a file"
        )
    if options.alert_file is not None and options.alerts is None:
        raise WrongUse("ffpf: error: --alert-file needs --alerts fast or --alerts json")
    if "-" in (options.write, options.transmit) and sys.stdout.isatty():
        raise WrongUse("ffpf: error: packets are not for a terminal; write to a file or into a pipe")
    refuse_overwriting(options)


def refuse_overwriting(options: Options) -> None:
    """A run must not destroy what it reads, nor write two things into one file."""
    named = {"-w": options.write, "--tx": options.transmit, "--json": options.json}
    named["--alert-file"] = options.alert_file
    files = {name: Path(file) for name, file in named.items() if file not in (None, "-")}
    for number, (name, file) in enumerate(files.items()):
        others = {"-r": Path(options.read), **dict(list(files.items())[:number])}
        for other, its_file in others.items():
            if same_file(file, its_file):
                raise WrongUse(f"ffpf: error: {name} would overwrite the file of {other}, {its_file}")


def same_file(one: Path, other: Path) -> bool:
    """Whether two names mean one regular file (/dev/null may be written twice)."""
    try:
        if one.exists() and other.exists():
            return one.is_file() and one.samefile(other)
        return one.resolve() == other.resolve()
    except OSError:
        return False
