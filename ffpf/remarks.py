"""What the compiler remarks on a program, ready to be printed or kept in the cache."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ffpf.errors import InputError


@dataclass(frozen=True, slots=True)
class Remark:
    """An error or a warning: for people (`text`, several lines) and for programs (`record`)."""

    text: str
    record: dict[str, Any]

    def rendered(self, form: str) -> str:
        """`form` is "text", or "json": one object on one line."""
        return json.dumps(self.record) if form == "json" else self.text


class Rejected(InputError):
    """The program has errors; `remarks` are all that was said of it, warnings too."""

    def __init__(self, remarks: Sequence[Remark]) -> None:
        super().__init__("\n".join(remark.text for remark in remarks))
        self.remarks = tuple(remarks)

    def rendered(self, form: str) -> str:
        return "\n".join(remark.rendered(form) for remark in self.remarks)
