"""Set membership compiled to what is fastest for the set's size and kind, for any target.

`plan(ranges, bits)` chooses a representation; `evaluate.member` is its meaning in plain Python, and
a target prints the same look-up in its own language. Whatever the set, planning works, in time and
memory proportional to it, and gives the same tables every time.
"""

from fpl3.setplan.choice import plan
from fpl3.setplan.plans import Kind, SetPlan, Table

__all__ = ["Kind", "SetPlan", "Table", "plan"]
