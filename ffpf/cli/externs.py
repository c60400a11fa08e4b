"""`ffpf externs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ffpf.cli.listing import print_rows
from ffpf.cli.options import Messages, subcommand

if TYPE_CHECKING:
    from fpl3.check.program import Extern


@subcommand("List the external functions.", "ffpf externs")
def command(messages: Messages) -> None:
    """List the external functions that EXTERN can call: call, result, targets, meaning. A package that
    is broken does not hide the others; the command ends with 3 then."""
    from ffpf.errors import MachineError
    from ffpf.registry import externs

    rows, broken = [], []
    known = externs()
    for name in known:
        try:
            extern = known[name]
        except MachineError as error:
            broken.append(str(error))
        else:
            rows.append((call(extern), extern.returns.name, " ".join(extern.targets), extern.summary))
    print_rows(rows)
    if broken:
        raise MachineError("\n".join(broken))


def call(extern: Extern) -> str:
    """How the function is written in a program."""
    arguments = "".join(f", {type.name} {name}" for name, type in extern.parameters)
    return f"EXTERN({extern.name}{arguments})"
