"""`ffpf translate` and `ffpf-translate`."""

from __future__ import annotations

from pathlib import Path

import click

from ffpf.cli.options import Messages, chosen_program, program_argument, subcommand


@subcommand(
    "Print a program as formatted FPL-3.",
    "ffpf translate program.fpl",
    "ffpf-translate program.fpl -o formatted.fpl",
)
@program_argument
@click.option("-o", "output", metavar="FILE", help="Write it here, not to standard output.")
def command(messages: Messages, program: str | None, fpl: str | None, output: str | None) -> None:
    """Print a program as FPL-3, formatted; its comments stay where they are."""
    from ffpf.front import format_program

    text = format_program(chosen_program(program, fpl))
    if output is None:
        click.echo(text, nl=False)
    else:
        Path(output).write_text(text, encoding="utf-8")
