"""The console scripts: what must stand before anything is imported.

Loading the command line takes a tenth of a second; a Ctrl-C in it must not end in a traceback.
"""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130


def main() -> None:
    """The console script `ffpf`."""
    _leave_when_interrupted()
    from ffpf.cli import main as command_line

    sys.exit(command_line.main())


def translate() -> None:
    """The console script `ffpf-translate`."""
    _leave_when_interrupted()
    from ffpf.cli import main as command_line

    sys.exit(command_line.translate_main())


def _leave_when_interrupted() -> None:
    """Until ffpf.cli.main can handle it. Nothing has been done yet that could be left half-done."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda number, frame: os._exit(INTERRUPTED))
