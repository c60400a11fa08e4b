"""`ffpf run`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import click

from ffpf.cli.options import Messages, chosen_program, program_argument, subcommand
from ffpf.cli.terminal import say
from ffpf.errors import WrongUse
from ffpf.outputs import (
    is_standard_output,
    open_text,
    refuse_overwriting,
    standard_output_is_closed,
)

if TYPE_CHECKING:
    from ffpf.engine import EngineOutcome
    from ffpf.execute import Prepared
    from ffpf.programs import ProgramText

INTERRUPTED, PIPE_CLOSED = 130, 141
DELIVERIES, LENGTH = click.IntRange(1, (1 << 64) - 1), click.IntRange(1, (1 << 32) - 1)


@dataclass(frozen=True, slots=True)
class Options:
    """What is read and where results go, as the options of `run` and `node` say; "-" is a standard file."""

    read: str | None  # None: a node on its interfaces
    write: str | None
    transmit: str | None
    count: int | None
    snaplen: int | None
    target: str | None
    nodes: str | None
    threads: int | None
    profile: str | None
    json: str | None
    alerts: str | None
    alert_file: str | None
    utc: bool

    @property
    def shown_target(self) -> str:
        """What the table says that ran the program."""
        if self.nodes is None or self.target is not None:
            return self.target or "pc"
        return "the nodes"

    @property
    def wants_table(self) -> bool:
        quiet = self.write is None and self.json is None and self.alerts is None
        return quiet and self.transmit != "-"

    def files(self) -> dict[str, str | None]:
        """The outputs by the options that name them; None: not wanted."""
        alerts = None if self.alerts is None else self.alert_file or "-"
        name = "--alerts" if self.alert_file is None else "--alert-file"
        return {"-w": self.write, "--tx": self.transmit, "--json": self.json, name: alerts}

    def claims(self) -> list[str]:
        """The options that want standard output, under whatever name."""
        return [
            option if option == "--alerts" else f"{option} {file}"
            for option, file in self.files().items()
            if is_standard_output(file)
        ]


@subcommand(
    "Run a program on a capture.",
    "ffpf run examples/figure4.fpl -r examples/sample.pcap",
    "ffpf run --fpl 'IF (PKT.TCP.DPORT == 80) THEN RETURN(1); FI' -r in.pcap -w web.pcap",
    "ffpf run program.fpl -r in.pcapng --json - | jq .verdicts",
    "ffpf run examples/figure5.fpl --nodes examples/nodes/figure2.toml -r examples/sample.pcap",
)
@program_argument
@click.option("-r", "read", metavar="FILE", help="The capture, pcap or pcapng; - is standard input.")
@click.option("-w", "write", metavar="FILE", help="Write delivered packets; .pcapng by suffix, else pcap.")
@click.option("-c", "count", metavar="N", type=DELIVERIES, help="Stop after N deliveries.")
@click.option("-s", "snaplen", metavar="LEN", type=LENGTH, help="Use at most LEN bytes a packet.")
@click.option("--tx", "transmit", metavar="FILE", help="Write the frames that TX sends.")
@click.option("--nodes", metavar="NODES.toml", help="Run it over the nodes of a hardware description.")
@click.option("--profile", metavar="CAPTURE", help="With --nodes: place by this traffic.")
@click.option("--threads", type=click.IntRange(1, 256), help="With --nodes: as many at once [cores].")
@click.option("--target", metavar="NAME", help="See `ffpf targets`; pc if it is left out.")
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
    if options.claims() and standard_output_is_closed():
        return PIPE_CLOSED
    text = chosen_program(program, fpl)
    if options.nodes is None:
        check_target(options.target or "pc")
    with ExitStack() as stack:
        return run(text, options, messages, stack)


def check_target(name: str) -> None:
    """WrongUse for a target that is not there; the two of this package need no look-up."""
    if name not in ("pc", "interp"):
        from ffpf.plugins import target

        target(name)


def run(text: ProgramText, options: Options, messages: Messages, stack: ExitStack) -> int:
    """Runs, says what is to be said, and returns the exit code. Outputs are opened, and their old
    content is lost, when nothing is wrong with the program and nothing that it reads is among them."""
    from ffpf.execute import prepare, prepare_nodes

    if options.nodes is None:
        prepared = prepare(text, options.target or "pc", messages, stack)
    else:
        where = options.nodes, options.profile
        prepared = prepare_nodes(text, where, options.target, options.threads, messages, stack)
    return run_prepared(prepared, text, options, messages, stack)


def run_prepared(
    prepared: Prepared, text: ProgramText, options: Options, messages: Messages, stack: ExitStack
) -> int:
    """The same of what is ready to run."""
    from ffpf.engine import EngineRequest
    from ffpf.execute import AlertWriter, execute

    refuse_overwriting(options.files(), {name: name for name in (text.name, *prepared.files)})
    writer = None
    if options.alerts is not None:
        name = options.alert_file or "-"
        writer = AlertWriter(open_text(name, stack), name, options.alerts, options.utc)
    json_file = open_text(options.json, stack) if options.json else None
    request = EngineRequest(
        object=None,  # what was prepared knows it
        read=options.read or "", write=options.write, tx=options.transmit,
        count=options.count, snaplen=options.snaplen,
    )  # fmt: skip
    outcome = execute(prepared, request, writer, messages)
    if outcome.complete:
        report(outcome, options, json_file)
    if outcome.error and outcome.status not in (INTERRUPTED, PIPE_CLOSED):
        say(outcome.error)
    return outcome.status


def report(outcome: EngineOutcome, options: Options, json_file: TextIO | None) -> None:
    """The results where the options want them. An account that does not add up is a bug of ours."""
    from ffpf.summary import as_json, print_table

    results = outcome.results
    if json_file is not None:
        json_file.write(as_json(results, options.shown_target))
        json_file.flush()
    nothing_read = outcome.kind == "input" and results.packets == 0
    if options.wants_table and not nothing_read:
        print_table(results, options.shown_target, sys.stdout)
        sys.stdout.flush()
    difference = results.unbalanced()
    if difference is not None:
        raise AssertionError(f"the ledger does not add up: {difference}")


def refuse_contradictions(options: Options) -> None:
    """WrongUse for options that cannot all be done."""
    claims = options.claims()
    if len(claims) > 1:
        raise WrongUse(
            f"ffpf: error: {' and '.join(claims)} both want standard output; write one to a file"
        )
    if options.nodes is not None and options.target not in (None, "interp"):
        raise WrongUse(
            "ffpf: error: --target with --nodes; the description says each node's target, and "
            "--target interp replaces all of them"
        )
    for option, value in (("--threads", options.threads), ("--profile", options.profile)):
        if value is not None and options.nodes is None:
            raise WrongUse(f"ffpf: error: {option} needs --nodes NODES.toml")
    for name, given in (("--alert-file", options.alert_file is not None), ("--utc", options.utc)):
        if given and options.alerts is None:
            raise WrongUse(f"ffpf: error: {name} needs --alerts fast or --alerts json")
    if "-" in (options.write, options.transmit) and sys.stdout.isatty():
        raise WrongUse("ffpf: error: packets are not for a terminal; write to a file or into a pipe")
    refuse_overwriting(options.files(), {} if options.read is None else {"-r": options.read})
