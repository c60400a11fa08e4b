"""Sphinx: HTML and man pages from one source; the error catalogue and command pages from the code."""

from __future__ import annotations

import sys
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from fpl_lexer import FplLexer  # noqa: E402
from pygments.lexers.special import TextLexer  # noqa: E402

from ffpf import __version__  # noqa: E402
from ffpf.cli.main import COMMANDS  # noqa: E402
from fpl3.kinds import CATALOGUE  # noqa: E402

project = "net-ffpf"
author = "the net-ffpf authors"
copyright = "the net-ffpf authors"
version = release = __version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"net-ffpf {__version__}"
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
highlight_language = "text"
man_pages = [
    ("commands/index", "ffpf", "runs FPL-3 programs on packets", author, 1),
    *((f"commands/{name}", f"ffpf-{name}", summary, author, 1) for name, summary in COMMANDS.items()),
]


def command_page(name: str) -> str:
    """The page of a sub-command: what its --help says, section by section."""
    command: click.Command = import_module(f"ffpf.cli.{name}").command
    context = click.Context(command, info_name=f"ffpf {name}")
    lines = [f"# ffpf {name}", "", cleandoc(command.help or ""), "", "## Synopsis", ""]
    lines += ["```", command.get_usage(context).removeprefix("Usage: "), "```", "", "## Options", ""]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and isinstance(parameter, click.Option):
            lines += [f"`{record[0]}`", f": {record[1]}", ""]
    examples = (command.epilog or "").replace("\b\n", "").partition("\n")[2]
    return "\n".join([*lines, "## Examples", "", "```", examples, "```", ""])


def errors_page() -> str:
    """Every kind of message about a program, by number."""
    lines = ["# Messages about programs", ""]
    lines += ["Every message has a number that never changes; 5xxx are warnings.", ""]
    for kind in sorted(CATALOGUE.values(), key=lambda kind: kind.code):
        lines += [f"## {kind.code}: {kind.title}", "", kind.explanation, ""]
    return "\n".join(lines)


def write_if_changed(path: Path, text: str) -> None:
    """Leaves an unchanged page alone, so that Sphinx does not build it again."""
    path.parent.mkdir(exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def generate(app: Sphinx) -> None:
    for name in COMMANDS:
        write_if_changed(HERE / "commands" / f"{name}.md", command_page(name))
    write_if_changed(HERE / "errors.md", errors_page())


def setup(app: Sphinx) -> None:
    app.add_lexer("fpl", FplLexer)
    app.add_lexer("packet", TextLexer)
    app.connect("builder-inited", generate)
