"""`ffpf translate` and `ffpf-translate`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ffpf.cli.options import Messages, chosen_program, program_argument, subcommand
from ffpf.outputs import write_whole


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
    # Programs are UTF-8, whatever the terminal's encoding is.
    if output is None:
        sys.stdout.buffer.write(text.encode())
    else:
        write_whole(Path(output), text.encode())
