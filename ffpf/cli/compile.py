"""`ffpf compile`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ffpf.cli.listing import print_rows
from ffpf.cli.options import Messages, chosen_program, program_argument, subcommand
from ffpf.cli.terminal import say
from ffpf.errors import WrongUse

if TYPE_CHECKING:
    from ffpf.distribute import Network
    from ffpf.programs import ProgramText
    from fpl3.check.program import Checked


@subcommand(
    "Compile a program and keep its texts and its object.",
    "ffpf compile examples/figure4.fpl -o figure4",
    "ffpf compile examples/figure5.fpl --nodes examples/nodes/figure2.toml -o figure5",
    "ffpf compile examples/figure4.fpl --emit c",
    "ffpf compile --list-passes",
)
@program_argument
@click.option("-o", "output", metavar="DIR", help="Write the program, its C text, its object, a manifest.")
@click.option("--nodes", metavar="NODES.toml", help="Split it over the nodes of a hardware description.")
@click.option("--profile", metavar="CAPTURE", help="With --nodes: place by this traffic.")
@click.option("--verify", "capture", metavar="CAPTURE", help="With --nodes: compare it with the unsplit.")
@click.option("--emit", type=click.Choice(["ast", "ir", "c"]), help="Print one form of the program.")
@click.option("--dump-after", metavar="PASS", help="Print the program as it is after a pass.")
@click.option("--list-passes", is_flag=True, help="List the passes in the order in which they run.")
def command(
    messages: Messages,
    program: str | None,
    fpl: str | None,
    output: str | None,
    nodes: str | None,
    profile: str | None,
    capture: str | None,
    emit: str | None,
    dump_after: str | None,
    list_passes: bool,
) -> int:
    """Compile a program.

    With -o DIR, writes for the node N0 the program (N0.fpl), the target's text (N0.c) and the object
    (N0.so), and manifest.json. With --nodes, the same for every node of the description that has
    something to do; --verify CAPTURE runs the split program and the unsplit one over a capture, and says
    where they first differ. --emit and --dump-after print instead of that.
    """
    if list_passes:
        show_passes()
        return 0
    wanted = [
        name for name, value in (("-o", output), ("--emit", emit), ("--dump-after", dump_after)) if value
    ]
    for option, given in (("--verify", capture), ("--profile", profile)):
        if given is not None and nodes is None:
            raise WrongUse(f"ffpf: error: {option} needs --nodes NODES.toml")
    if len(wanted) != 1 and not (capture is not None and not wanted):
        raise WrongUse("ffpf: error: give one of -o DIR, --emit FORM, --dump-after PASS, --list-passes")
    text = chosen_program(program, fpl)
    if nodes is not None:
        if emit or dump_after:
            raise WrongUse("ffpf: error: --nodes goes with -o DIR or --verify CAPTURE")
        return split_package(text, (nodes, profile), output, capture, messages)
    if output is not None:
        from ffpf.package import write_package

        write_package(text, Path(output), messages)
        return 0
    sys.stdout.write(
        dump_text(text, dump_after, messages) if dump_after else emit_text(text, emit, messages)
    )
    return 0


def split_package(
    text: ProgramText,
    where: tuple[str, str | None],
    output: str | None,
    capture: str | None,
    messages: Messages,
) -> int:
    """The package of a program over nodes, and its comparison with the unsplit program: the exit code.
    `where` are the description and the capture to place by."""
    from ffpf.distribute import distribute
    from ffpf.network_package import write_network
    from ffpf.programs import FileReader

    nodes, profile = where
    network = distribute(text, nodes, FileReader(), profile, messages.detail)
    for warning in network.warnings:
        messages.warn(warning)
    if output is not None:
        write_network(text, nodes, network, Path(output), messages)
    return 0 if capture is None else compared(network, capture, messages)


def compared(network: Network, capture: str, messages: Messages) -> int:
    """Says whether the split program does what the unsplit one does."""
    from ffpf.verify import verify

    outcome, difference = verify(network, capture, messages)
    if outcome.status:
        say(outcome.error or "ffpf: error: the run was interrupted")
        return outcome.status
    if difference is not None:
        say(f"{capture}: error: the split program differs from the unsplit one: {difference}")
        return 1
    sys.stdout.write(f"equal on {outcome.results.packets:,} packets\n")
    return 0


def show_passes() -> None:
    from fpl3.passes.pipeline import LOWER, PASSES

    print_rows((step.name, step.summary) for step in (LOWER, *PASSES))


def emit_text(text: ProgramText, form: str | None, messages: Messages) -> str:
    """One form of the program: its syntax tree, the IR after all passes, or the C text."""
    if form == "ast":
        from ffpf.front import parse_program
        from ffpf.tree_text import tree_text

        return tree_text(parse_program(text))
    if form == "ir":
        from fpl3.ir.text import text as program_text
        from fpl3.passes.pipeline import run_passes

        return program_text(run_passes(checked_program(text, messages)))
    from ffpf.plugins import target

    made = target("pc").compile_text(checked_program(text, messages))
    source: bytes = made.files[made.main_file]
    return source.decode("utf-8")


def dump_text(text: ProgramText, name: str, messages: Messages) -> str:
    """The IR as it is after the named pass."""
    from fpl3.diagnostics import did_you_mean
    from fpl3.ir.text import text as program_text
    from fpl3.passes.pipeline import LOWER, PASSES, run_passes

    names = [step.name for step in (LOWER, *PASSES)]
    if name not in names:
        hint = did_you_mean(name, names) or f"the passes are {', '.join(names)}"
        raise WrongUse(f"ffpf: error: there is no pass '{name}'; {hint}")
    dumps: dict[str, str] = {}
    run_passes(
        checked_program(text, messages),
        observe=lambda step, ir: dumps.update({step: program_text(ir)} if step == name else {}),
    )
    return dumps[name]


def checked_program(text: ProgramText, messages: Messages) -> Checked:
    from ffpf.front import check_program
    from ffpf.programs import FileReader

    checked, warnings = check_program(text, FileReader())
    for warning in warnings:
        messages.warn(warning)
    return checked
