"""Files that a program names: only below its own folder, read by the environment, UTF-8."""

from __future__ import annotations

from fpl3 import kinds
from fpl3.check.context import Context
from fpl3.source import NotUtf8, Source, decoded
from fpl3.syntax import tree


def path_of(ctx: Context, file: tree.String) -> str:
    """The path as text, refused if it leaves the folder of the text that names it."""
    try:
        path = file.value.decode()
    except UnicodeDecodeError:
        raise ctx.rejected(
            kinds.CANNOT_READ, file.span, "the file name is not UTF-8", help="write it in UTF-8"
        ) from None
    if not path or "\0" in path:
        raise ctx.rejected(
            kinds.CANNOT_READ,
            file.span,
            "this is not the name of a file",
            help='write "name" or "folder/name"',
        )
    if path.startswith(("/", "~")) or "\\" in path or ".." in path.split("/"):
        raise ctx.rejected(
            kinds.INCLUDE_OUTSIDE,
            file.span,
            f"'{path}' is not below the folder of {file.span.source.name}",
            help="move the file into that folder, or a folder in it",
        )
    return path


def read(ctx: Context, file: tree.String) -> Source:
    """The text of the file that `file` names; remembered among the sources of the program."""
    path = path_of(ctx, file)
    including = file.span.source.name
    try:
        content = ctx.environment.read(including, path)
    except OSError as error:
        raise ctx.rejected(
            kinds.CANNOT_READ,
            file.span,
            f"'{path}' cannot be read: {error.strerror or error}",
            help=f"the name is taken from the folder of {including}",
        ) from None
    name = ctx.environment.resolve(including, path)
    try:
        source = decoded(name, content)
    except NotUtf8 as error:
        raise ctx.rejected(
            kinds.NOT_UTF8,
            file.span,
            f"'{path}' is not UTF-8: byte {error.offset} is 0x{error.byte:02x}",
            help="save the file as UTF-8",
        ) from None
    ctx.sources.append(source)
    return source
