"""`ffpf externs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ffpf.cli.listing import print_rows
from ffpf.cli.options import Messages, subcommand

if TYPE_CHECKING:
    from fpl3.externs import Extern, Function


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
            rows += described(extern)
    print_rows(rows)
    if broken:
        raise MachineError("\n".join(broken))


def described(extern: Extern) -> list[tuple[str, str, str, str]]:
    """One row for each way to call it, and one for the declaration if it has options."""
    targets = " ".join(extern.targets)
    rows = [
        (call(extern, f), f.returns.name, targets, f.summary or extern.summary) for f in extern.functions
    ]
    if extern.options:
        names = ", ".join(o.name if o.default is None else f"[{o.name}]" for o in extern.options)
        rows.insert(0, (f"EXTERN name = {extern.name}({names});", "", targets, extern.summary))
    return rows


def call(extern: Extern, function: Function) -> str:
    """How the function is written in a program."""
    name = "name" if extern.options else extern.name
    called = f"{name}.{function.name}" if function.name else name
    values = [
        f"{p.type.name} {p.name}" if p.default is None else f"[{p.name}]" for p in function.parameters
    ]
    return f"EXTERN({', '.join([called, *values, *(['array'] if function.array else [])])})"
