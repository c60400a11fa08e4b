"""Prints the five longest functions of the Python code: a long one is a question, not an error."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("fpl3", "ffpf", "ffpf_plugins", "snort_frontend", "ixp")


def functions(path: Path) -> Iterator[tuple[int, str]]:
    """(lines, place) of every function of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield lines, f"{path}:{node.lineno} {node.name}"


def main() -> None:
    found = [f for package in PACKAGES for path in Path(package).rglob("*.py") for f in functions(path)]
    print("longest functions:")
    for lines, place in sorted(found, reverse=True)[:5]:
        print(f"  {lines:4d} lines  {place}")


if __name__ == "__main__":
    main()
