"""`ffpf graph`."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ffpf.cli.options import Messages, chosen_program, program_argument, subcommand
from ffpf.outputs import write_whole

if TYPE_CHECKING:
    from ffpf.programs import ProgramText


@subcommand(
    "Show a program as a tree of tests and actions.",
    "ffpf graph examples/figure4.fpl",
    "ffpf graph examples/figure4.fpl -o figure4.svg",
    "ffpf graph examples/figure5.fpl --nodes examples/nodes/figure2.toml",
)
@program_argument
@click.option("--nodes", metavar="NODES.toml", help="Show it over the nodes of a hardware description.")
@click.option("--profile", metavar="CAPTURE", help="With --nodes: place by this traffic.")
@click.option("-o", "output", metavar="FILE.svg", help="Draw it with graphviz (.svg, .dot for its text).")
def command(
    messages: Messages,
    program: str | None,
    fpl: str | None,
    nodes: str | None,
    profile: str | None,
    output: str | None,
) -> None:
    """Show a program's processing tree: as text for the terminal, or with -o as a drawing.

    With --nodes, the tree of every node, what crosses between them, and what each is estimated to do.
    """
    if output is not None and Path(output).suffix not in (".svg", ".dot"):
        raise click.UsageError(f"'{output}': the name must end in .svg or .dot")
    if profile is not None and nodes is None:
        raise click.UsageError("--profile needs --nodes")
    show = whole if nodes is None else functools.partial(distributed, nodes, profile)
    text, dot = show(chosen_program(program, fpl), messages)
    if output is None:
        sys.stdout.write(drawable(text(), sys.stdout.encoding))
    else:
        write(Path(output), dot())


Shown = tuple[Callable[[], str], Callable[[], str]]


def whole(program: ProgramText, messages: Messages) -> Shown:
    """What gives the tree of a program as text, and in graphviz's language."""
    from ffpf.front import check_program
    from ffpf.graph import as_dot, as_text, processing_tree
    from ffpf.programs import FileReader

    checked, warnings = check_program(program, FileReader())
    for warning in warnings:
        messages.warn(warning)
    tree = processing_tree(checked)
    return lambda: as_text(tree), lambda: as_dot(tree)


def distributed(nodes: str, profile: str | None, program: ProgramText, messages: Messages) -> Shown:
    """The same of a program over nodes."""
    from ffpf.dapt import Tree
    from ffpf.distribute import distribute
    from ffpf.estimate_text import lines
    from ffpf.programs import FileReader
    from fpl3.split.estimate import estimate

    network = distribute(program, nodes, FileReader(), profile, messages.detail)
    for warning in network.warnings:
        messages.warn(warning)
    made = network.distributed
    tree = Tree(made)
    found = estimate(made.program, made.parts, made.topology, made.placement, network.planning)
    return lambda: tree.text() + "\n".join(lines(found)) + "\n", lambda: tree.dot(found)


def drawable(text: str, encoding: str) -> str:
    """The lines of the tree in plain ASCII where the terminal has no others."""
    try:
        "├└│─".encode(encoding)
    except UnicodeEncodeError:
        return text.translate(str.maketrans("├└│─", "|`|-"))
    return text


def write(output: Path, dot: str) -> None:
    """The drawing, or graphviz's text of it."""
    from ffpf.toolchain import draw

    text = dot.encode("utf-8", "replace")  # a file's name may be no text
    write_whole(output, text if output.suffix == ".dot" else draw(text))
