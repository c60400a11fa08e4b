"""`ffpf calibrate`."""

from __future__ import annotations

from ffpf.cli.listing import print_rows
from ffpf.cli.options import Messages, subcommand


@subcommand("Measure what statements cost on this machine.", "ffpf calibrate", "ffpf calibrate -v")
def command(messages: Messages) -> None:
    """Measure what statements and hops cost on this machine, print a table (kind, nanoseconds, cycles) and
    keep it for placing the parts of programs on nodes.

    Takes some ten seconds. A machine that does other work meanwhile measures that too: the best of several
    runs counts. Kinds that are not in the table keep their defaults.
    """
    from ffpf.calibrate import calibrate
    from ffpf.calibration import remember
    from ffpf.execute import terminal
    from ffpf.progress import waiting

    with waiting("measuring", terminal(messages)):
        found, nanoseconds = calibrate(messages.detail)
    cycles = {kind: getattr(found.table, kind) for kind in found.measured}
    head = ("kind", "ns", "cycles")
    print_rows([head, *((kind, f"{nanoseconds[kind]:.2f}", f"{cycles[kind]:.1f}") for kind in cycles)])
    path = remember(found)
    if not messages.quiet:
        messages.detail(f"kept in {path}, {found.table.clock / 1e9:.2f} GHz")
