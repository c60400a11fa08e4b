"""The C names of one frame: the main program (part 0) or the body of a SPLIT."""

from __future__ import annotations

from dataclasses import dataclass

STAGES = {"LINK": "link", "IP": "ip", "IP6": "ip6", "L4": "l4"}


@dataclass(frozen=True, slots=True)
class Frame:
    """`part` numbers the frame; `prefix` goes before every name at file level, so that many programs
    can be compiled in one translation unit. `copy` tells copies of one part apart in labels."""

    part: int
    prefix: str
    copy: int = 0

    @property
    def data(self) -> str:
        return f"data{self.part}"

    @property
    def own(self) -> str:
        """The private copy of the packet, NULL before the first write."""
        return f"own{self.part}"

    @property
    def budget(self) -> str:
        return f"budget{self.part}"

    def stage(self, name: str) -> str:
        # Without the line, ip60 were IPv6 of part 0 and IPv4 of part 60.
        return f"{STAGES[name]}_{self.part}"

    def end(self, why: str) -> str:
        """The label at which a run ends: `done`, or the name of an abort."""
        return f"{why}_{self.part}_{self.copy}"
