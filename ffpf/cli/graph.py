"""`ffpf graph`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ffpf.cli.options import Messages, chosen_program, program_argument, subcommand
from ffpf.outputs import write_whole


@subcommand(
    "Show a program as a tree of tests and actions.",
    "ffpf graph examples/figure4.fpl",
    "ffpf graph examples/figure4.fpl -o figure4.svg",
)
@program_argument
@click.option("-o", "output", metavar="FILE.svg", help="Draw it with graphviz (.svg, .dot for its text).")
def command(messages: Messages, program: str | None, fpl: str | None, output: str | None) -> None:
    """Show a program's processing tree: as text for the terminal, or with -o as a drawing."""
    from ffpf.front import check_program
    from ffpf.graph import as_dot, as_text, processing_tree
    from ffpf.programs import FileReader

    if output is not None and Path(output).suffix not in (".svg", ".dot"):
        raise click.UsageError(f"'{output}': the name must end in .svg or .dot")
    checked, warnings = check_program(chosen_program(program, fpl), FileReader())
    for warning in warnings:
        messages.warn(warning)
    tree = processing_tree(checked)
    if output is None:
        sys.stdout.write(drawable(as_text(tree), sys.stdout.encoding))
    else:
        write(Path(output), as_dot(tree))


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
