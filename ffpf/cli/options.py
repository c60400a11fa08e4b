"""What every sub-command has: an example in its help, --version, -v, -q; and the program argument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import click

from ffpf import __version__
from ffpf.cli.terminal import say
from ffpf.errors import InputError, WrongUse
from ffpf.programs import ProgramText, read_program
from ffpf.remarks import Rejected, Remark

SUFFIXES = (".fpl",)


@dataclass(frozen=True, slots=True)
class Messages:
    """Standard error, as loud as -v and -q ask for. Errors are always said."""

    verbose: int
    quiet: bool
    diagnostics: str = "text"

    def warn(self, remark: Remark) -> None:
        if not self.quiet:
            say(remark.rendered(self.diagnostics))

    def detail(self, text: str) -> None:
        if self.verbose and not self.quiet:
            say(f"ffpf: {text}")


def subcommand(summary: str, *examples: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Makes a function a sub-command; its first parameter becomes the Messages of -v and -q."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        def callback(verbose: int, quiet: bool, diagnostics: str = "text", **values: Any) -> Any:
            try:
                return function(Messages(verbose, quiet, diagnostics), **values)
            except Rejected as rejected:
                raise InputError(rejected.rendered(diagnostics)) from rejected

        callback.__doc__ = function.__doc__ or summary
        for option in getattr(function, "__click_params__", []):
            callback.__dict__.setdefault("__click_params__", []).append(option)
        for decorator in _EVERYWHERE:
            callback = decorator(callback)
        epilog = "\b\n" + "\n".join(["Examples:", *(f"  {example}" for example in examples)])
        return click.command(
            help=function.__doc__ or summary,
            short_help=summary,
            epilog=epilog,
            context_settings={"help_option_names": ["-h", "--help"]},
        )(callback)

    return decorate


_EVERYWHERE = (
    click.version_option(__version__, prog_name="ffpf", message="%(prog)s %(version)s"),
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    click.option("-v", "--verbose", count=True, help="Say what is being done."),
)


def program_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """PROGRAM or --fpl TEXT; `chosen_program` turns the two into one text."""
    function = click.option(
        "--diagnostics", type=click.Choice(["text", "json"]), default="text",
        help="Messages about the program for people, or as JSON, one on a line.",
    )(function)  # fmt: skip
    function = click.option(
        "--fpl", metavar="TEXT", help="The program itself, as text, in the place of PROGRAM."
    )(function)
    return click.argument("program", required=False, metavar="[PROGRAM]")(function)


def chosen_program(program: str | None, fpl: str | None) -> ProgramText:
    """The one program that was given. WrongUse for none, two, or one of a kind that is not known."""
    if program is not None and fpl is not None:
        raise WrongUse(f"ffpf: error: both a program file ({program}) and --fpl; give one of them")
    if fpl is not None:
        return ProgramText("<fpl>", fpl.encode("utf-8", "surrogateescape"))
    if program is None:
        raise WrongUse("ffpf: error: no program; give a file *.fpl, or a text with --fpl TEXT")
    if PurePath(program).suffix.lower() not in SUFFIXES:
        raise WrongUse(f"ffpf: error: '{program}' is not a program: its name must end in .fpl")
    return read_program(program)
