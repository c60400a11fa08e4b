"""`ffpf externs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ffpf.cli.listing import print_rows
from ffpf.cli.options import Messages, subcommand

if TYPE_CHECKING:
    from fpl3.check.program import Extern


@subcommand("List the external functions.", "ffpf externs")
def command(messages: Messages) -> None:
    """List the external functions that EXTERN can call: call, result, targets, meaning."""
    from ffpf.registry import externs

    print_rows(
        (call(extern), extern.returns.name, " ".join(extern.targets), extern.summary)
        for _, extern in sorted(externs().items())
    )


def call(extern: Extern) -> str:
    """How the function is written in a program."""
    arguments = "".join(f", {type.name} {name}" for name, type in extern.parameters)
    return f"EXTERN({extern.name}{arguments})"
