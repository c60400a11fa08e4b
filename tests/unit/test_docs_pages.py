"""The pages of the docs that are made from the code are those of this code."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

FILE = Path(__file__).parents[2] / "docs" / "pages.py"


def test_generated_pages_are_current() -> None:
    """Where this fails: python docs/pages.py"""
    spec = spec_from_file_location("pages", FILE)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    for path, text in module.pages().items():
        assert path.read_text(encoding="utf-8") == text, path
