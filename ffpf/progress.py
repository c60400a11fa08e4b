"""What a terminal shows while something takes long: nothing for two seconds, then how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

AFTER_SECONDS = 2.0
ERASE = "\r\033[K"


class Progress:
    """Says how far a run is, once it has taken two seconds."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.started = time.monotonic()
        self.shown = False

    def __call__(self, taken: int, total: int | None) -> None:
        """`taken` bytes of `total` have been read."""
        if time.monotonic() - self.started < AFTER_SECONDS:
            return
        share = f" of {total / 1e6:,.0f} MB, {min(100, taken * 100 // total)} %" if total else " MB"
        self.file.write(f"{ERASE}{taken / 1e6:,.0f}{share} read")
        self.file.flush()
        self.shown = True

    def finish(self) -> None:
        if self.shown:
            self.file.write(ERASE)
            self.file.flush()


@contextmanager
def waiting(what: str, file: TextIO | None) -> Iterator[None]:
    """Says what is being done while the body runs longer than two seconds; file None: nothing is said."""
    if file is None:
        yield
        return
    shown = threading.Event()

    def show() -> None:
        file.write(f"{ERASE}{what} ...")
        file.flush()
        shown.set()

    timer = threading.Timer(AFTER_SECONDS, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if shown.is_set():
            file.write(ERASE)
            file.flush()
