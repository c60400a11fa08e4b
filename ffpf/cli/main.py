"""`ffpf`: finds the sub-command, and turns whatever happens in it into a message and an exit code."""

from __future__ import annotations

import errno
import gc
import io
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from ffpf import __version__
from ffpf.cli.terminal import say
from ffpf.errors import CommandError
from ffpf.outputs import standard_output_is_closed

# name: one line for `ffpf --help`, so that no command's module is imported for the list.
COMMANDS = {
    "run": "Run a program on a capture.",
    "node": "Run one node of a split program on its interfaces.",
    "compile": "Compile a program and keep its texts and its object.",
    "graph": "Show a program as a tree of tests and actions.",
    "translate": "Print a program as formatted FPL-3.",
    "fields": "List the packet fields.",
    "externs": "List the external functions.",
    "targets": "List the targets.",
    "doctor": "Say what this machine has and lacks.",
    "calibrate": "Measure what statements cost on this machine.",
}
INTERRUPTED = 130
PIPE_CLOSED = 141


class LazyGroup(click.Group):
    """Imports a sub-command's module, `ffpf.cli.NAME`, only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"ffpf.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from fpl3.diagnostics import did_you_mean

            hint = did_you_mean(args[0], COMMANDS) or f"the commands are {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command '{args[0]}'; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: ffpf run --fpl 'IF (PKT.TCP.DPORT == 80) THEN RETURN(1); FI' -r trace.pcap",
)
@click.version_option(__version__, prog_name="ffpf", message="%(prog)s %(version)s")
def cli() -> None:
    """Runs FPL-3 programs on packets."""


def main() -> int:
    """The command `ffpf`; its exit code."""
    return guarded(cli, "ffpf", sys.argv[1:])


def translate_main() -> int:
    """The command `ffpf-translate`; its exit code."""
    from ffpf.cli.translate import command

    return guarded(command, "ffpf-translate", sys.argv[1:])


def guarded(command: click.Command, name: str, arguments: Sequence[str]) -> int:
    """Runs a command; its exit code. Nothing escapes: a traceback would be a bug of ours."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _prepare_standard_files()
    # A compiler makes many objects that all live on: looking for garbage among them is in vain.
    gc.set_threshold(500_000)
    if f"_{name.upper().replace('-', '_')}_COMPLETE" in os.environ:
        command.main(list(arguments), prog_name=name)
    try:
        code = _invoke(command, name, arguments)
        sys.stdout.flush()
        return code
    except click.ClickException as error:
        return _complain(_usage(error, name), 2)
    except KeyboardInterrupt:
        return INTERRUPTED
    except CommandError as error:
        return _complain(str(error), error.exit_code)
    except BrokenPipeError:
        return _closed()
    except OSError as error:
        return _machine_refuses(error)
    except MemoryError:
        return _complain("ffpf: error: this machine has not enough memory for that", 3)
    except Exception as error:
        return _internal(error)


def _invoke(command: click.Command, name: str, arguments: Sequence[str]) -> int:
    # Not command.main(): it turns a closed pipe into exit code 1.
    try:
        with command.make_context(name, list(arguments)) as context:
            result = command.invoke(context)
    except click.exceptions.Exit as end:
        return int(end.exit_code)
    return result if isinstance(result, int) else 0


def _usage(error: click.ClickException, name: str) -> str:
    """What click says, as every other message begins."""
    text = error.format_message()
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else name
    what = f"{text[:1].lower()}{text[1:].rstrip('.')}"
    return f"ffpf: error: {what}\nhelp: `{command} --help` says what there is"


def _prepare_standard_files() -> None:
    """A program started without standard files would open its captures as standard output. What is
    missing is opened so that using it fails (standard error: goes nowhere)."""
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may be no text


def _complain(message: str, code: int) -> int:
    say(message)
    return code


def _closed() -> int:
    """Nobody reads any more: nothing to say, and nothing left to flush when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return PIPE_CLOSED


def _machine_refuses(error: OSError) -> int:
    if error.errno == errno.EBADF and standard_output_is_closed():
        return _closed()
    where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason += "; make room or write somewhere else"
    if sys.stdout is not None and error.errno in (errno.ENOSPC, errno.EIO):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return _complain(f"ffpf: error: {where}{reason}", 3)


def _internal(error: Exception) -> int:
    """One line for the user, the rest into a file for whoever mends it."""
    import tempfile
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
    details = f"ffpf {__version__}, Python {sys.version}\n{sys.argv}\n" + "".join(
        traceback.format_exception(error)
    )
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="ffpf-error-", suffix=".txt", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write(details)
        saved = f"details are in {file.name}, please report them"
    except OSError:
        saved = "please report it"
    what = " ".join(str(error).split())[:200]
    return _complain(
        f"ffpf: internal error: {type(error).__name__} at {place}: {what}; this is a bug of ours, {saved}",
        1,
    )
