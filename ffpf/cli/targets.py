"""`ffpf targets`."""

from __future__ import annotations

from ffpf.cli.listing import print_rows
from ffpf.cli.options import Messages, subcommand


@subcommand("List the targets.", "ffpf targets")
def command(messages: Messages) -> None:
    """List the targets that --target takes, one line each."""
    from ffpf.plugins import TARGETS, entry_points, target

    print_rows((name, summary(target(name).__doc__)) for name in entry_points(TARGETS))


def summary(text: str | None) -> str:
    """The first line of a docstring."""
    return (text or "").strip().partition("\n")[0]
