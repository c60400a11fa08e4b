"""The pages that are made from the code: one a command, the messages, the external functions.

`python docs/pages.py` writes them anew; a test says when that was forgotten.
"""

from __future__ import annotations

from importlib import import_module
from inspect import cleandoc
from pathlib import Path

import click

from ffpf.cli.externs import described
from ffpf.cli.main import COMMANDS
from ffpf.registry import externs
from fpl3.externs import Extern
from fpl3.kinds import CATALOGUE

HERE = Path(__file__).parent


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


def functions_page() -> str:
    """Every external function that comes with the framework, by name."""
    lines = ["# External functions, one by one", ""]
    lines += ["[](externs.md) says how they are used, and how to add one.", ""]
    for name, extern in externs().items():
        module = import_module(f"ffpf_plugins.externs.{name}")
        lines += [
            f"## {name}",
            "",
            cleandoc(module.__doc__ or ""),
            "",
            "```",
            *_synopsis(extern),
            "```",
            "",
        ]
    return "\n".join(lines)


def _synopsis(extern: Extern) -> list[str]:
    rows = [(call, result, summary) for call, result, _, summary in described(extern)]
    width = max(len(call) for call, _, _ in rows)
    return [f"{call:<{width}}  {result:<6}  {summary}".rstrip() for call, result, summary in rows]


def pages() -> dict[Path, str]:
    """Every page by its file."""
    found = {HERE / "commands" / f"{name}.md": command_page(name) for name in COMMANDS}
    return {**found, HERE / "errors.md": errors_page(), HERE / "functions.md": functions_page()}


def write() -> None:
    """Writes the pages that have changed; Sphinx need not build the others again."""
    for path, text in pages().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
