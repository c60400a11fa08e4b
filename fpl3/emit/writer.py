"""Lines of C with their indentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fpl3.source import Span


class Writer:
    """Collects lines; `block` writes braces and indents what is inside."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0

    def line(self, text: str) -> None:
        self._lines.append(f"{'  ' * self._depth}{text}" if text else "")

    def label(self, name: str) -> None:
        self._lines.append(f"{'  ' * max(0, self._depth - 1)}{name}:;")

    def directive(self, text: str) -> None:
        """A preprocessor line, at the left margin."""
        self._lines.append(text)

    def at(self, span: Span) -> None:
        """Makes compilers name the user's line for what follows."""
        # "??/" is a backslash in C11 without GNU extensions.
        # The last part: the text must not depend on where the compiler was started.
        base = span.source.name.rpartition("/")[2]
        name = "".join(c if c.isprintable() else "." for c in base).replace("??", "?.")
        name = name.replace("\\", "\\\\").replace('"', '\\"')
        self.directive(f'#line {span.line} "{name}"')

    def comment(self, text: str) -> None:
        self.line(f"/* {text.replace('*/', '* /')} */")

    @contextmanager
    def block(self, head: str, tail: str = "}") -> Iterator[None]:
        self.line(f"{head} {{")
        self._depth += 1
        yield
        self._depth -= 1
        self.line(tail)

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"
