"""`ffpf fields`."""

from __future__ import annotations

import click

from ffpf.cli.listing import print_rows
from ffpf.cli.options import Messages, subcommand
from ffpf.errors import WrongUse


@subcommand("List the packet fields.", "ffpf fields", "ffpf fields TCP")
@click.argument("header", required=False)
def command(messages: Messages, header: str | None) -> None:
    """List the packet fields, or those of one HEADER: name, type, meaning."""
    from fpl3.diagnostics import did_you_mean
    from fpl3.fields import FIELDS, HEADERS

    if header is not None and header.upper() not in HEADERS:
        hint = did_you_mean(header, HEADERS) or f"the headers are {', '.join(HEADERS)}"
        raise WrongUse(f"ffpf: error: there is no header '{header}'; {hint}")
    print_rows(
        (f"PKT.{field.path}", field.type.name, field.summary)
        for field in FIELDS.values()
        if header is None or field.header.name == header.upper()
    )
