"""`ffpf node`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from ffpf.cli.options import Messages, chosen_program, program_argument, subcommand
from ffpf.cli.run import DELIVERIES, LENGTH, PIPE_CLOSED, Options, refuse_contradictions, run_prepared
from ffpf.outputs import standard_output_is_closed


@subcommand(
    "Run one node of a split program on its interfaces.",
    "ffpf node examples/figure5.fpl --name N1 --nodes examples/nodes/figure2.toml",
    "ffpf node program.fpl --name N0 --nodes nodes.toml -w - | tcpdump -nn -r -",
    "ffpf node program.fpl --name N0 --nodes nodes.toml --json - | jq .nodes",
)
@program_argument
@click.option("--name", metavar="NAME", required=True, help="The node of the description that this is.")
@click.option("--nodes", metavar="NODES.toml", required=True, help="The hardware description.")
@click.option("--profile", metavar="CAPTURE", help="Place by this traffic, as on all other machines.")
@click.option("-w", "write", metavar="FILE", help="Write delivered packets; .pcapng by suffix, else pcap.")
@click.option("-c", "count", metavar="N", type=DELIVERIES, help="Stop after N deliveries.")
@click.option("-s", "snaplen", metavar="LEN", type=LENGTH, help="Use at most LEN bytes a packet.")
@click.option("--json", "json", metavar="FILE", help="Write the results as JSON; - is standard output.")
@click.option("--alerts", type=click.Choice(["fast", "json"]), help="Write a line for each alert.")
@click.option("--alert-file", metavar="FILE", help="Where --alerts go, not to standard output.")
@click.option("--utc", is_flag=True, help="Times of --alerts in UTC, not in local time.")
def command(messages: Messages, program: str | None, fpl: str | None, name: str, **values: Any) -> int:
    """Run one node of a program that is split over machines, on the interfaces of this machine.

    Start it on every machine with the same program and the same description; the cut that they name when
    they are ready is the same then. It runs until Ctrl-C (or SIGTERM), which is its right end, and then
    prints what happened here.
    """
    where = values.pop("nodes"), values.pop("profile")
    options = Options(
        read=None, transmit=None, target=None, nodes=None, profile=None, threads=None, **values
    )  # fmt: skip
    refuse_contradictions(options)
    if options.claims() and standard_output_is_closed():
        return PIPE_CLOSED
    text = chosen_program(program, fpl)
    with ExitStack() as stack:
        from ffpf.live import prepare_node

        prepared = prepare_node(text, where, name, messages, stack)
        return run_prepared(prepared, text, options, messages, stack)
