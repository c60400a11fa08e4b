"""The executable meaning of FPL-3: runs the checked tree itself, slow and obvious.

Every target is tested against it. Nothing is shared with the passes: values are exact Python integers
and the order of evaluation is the order of the text.
"""

from fpl3.interpreter.expressions import TwinFailed
from fpl3.interpreter.machine import Interpreter
from fpl3.interpreter.outcome import Outcome, Packet, Run

__all__ = ["Interpreter", "Outcome", "Packet", "Run", "TwinFailed"]
