"""Sphinx: HTML and man pages from one source; the error catalogue and command pages from the code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import pages  # noqa: E402
from fpl_lexer import FplLexer  # noqa: E402
from pygments.lexers.special import TextLexer  # noqa: E402

from ffpf import __version__  # noqa: E402
from ffpf.cli.main import COMMANDS  # noqa: E402

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


def setup(app: Sphinx) -> None:
    app.add_lexer("fpl", FplLexer)
    app.add_lexer("packet", TextLexer)
    app.connect("builder-inited", lambda app: pages.write())
