"""`ffpf fields`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ffpf.cli.listing import print_rows
from ffpf.cli.options import Messages, subcommand
from ffpf.errors import WrongUse


@subcommand("List the packet fields.", "ffpf fields", "ffpf fields TCP")
@click.argument("header", required=False)
def command(messages: Messages, header: str | None) -> None:
    """List the packet fields, or those of one HEADER: name, type, meaning."""
    from fpl3.diagnostics import did_you_mean
    from fpl3.fields import HEADERS

    if header is not None and header.upper() not in HEADERS:
        hint = did_you_mean(header, HEADERS) or f"the headers are {', '.join(HEADERS)}"
        raise WrongUse(f"ffpf: error: there is no header '{header}'; {hint}")
    print_rows(rows(header.upper() if header else None))


def rows(header: str | None) -> Iterator[tuple[str, str, str]]:
    """Name, type and meaning of each field, once; its other names stand behind the meaning."""
    from fpl3.fields import FIELDS

    names: dict[str, list[str]] = {}
    for (owner, name), field in FIELDS.items():
        full = f"{owner}.{name}"
        if full != field.path and (header is None or field.header.name == header):
            names.setdefault(field.path, []).append(full)
    for field in dict.fromkeys(FIELDS.values()):
        if header is None or field.header.name == header:
            also = f" (also {', '.join(names[field.path])})" if field.path in names else ""
            yield f"PKT.{field.path}", field.type.name, field.summary + also
