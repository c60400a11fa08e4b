"""Runs `ffpf` as a user does: a process of its own."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
SAMPLE = EXAMPLES / "sample.pcap"
FFPF = Path(sys.executable).with_name("ffpf")


def ffpf(*arguments: object, input: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`ffpf ARGUMENTS`; an environment variable with the value "" is removed."""
    merged = {k: v for k, v in {**os.environ, **environment}.items() if v or k not in environment}
    done = subprocess.run(
        [str(FFPF), *map(str, arguments)],
        input=input,
        capture_output=True,
        env=merged,
        cwd=ROOT,
        timeout=120,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def results(*arguments: object, **environment: str) -> dict[str, Any]:
    """What `ffpf run ... --json -` prints; the run must succeed."""
    done = ffpf("run", *arguments, "--json", "-", **environment)
    assert done.returncode == 0, done.stderr.decode()
    value: dict[str, Any] = json.loads(done.stdout)
    ended = value["delivered"] + value["dropped"] + sum(value["aborted"].values())
    assert value["runs"] == ended, "the ledger does not add up"
    return value


def words(value: dict[str, Any], array: str) -> dict[int, int]:
    """The words of an array that differ from their start value."""
    return {int(index): word for index, word in value["memory"][array]["nonzero"].items()}


def unread(pipe: int) -> int:
    """Bytes that nobody has taken out of a pipe yet."""
    size = bytearray(4)
    fcntl.ioctl(pipe, termios.FIONREAD, size)
    return int.from_bytes(size, sys.byteorder)


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """What `condition` returns as soon as that is true: how long that takes depends on the machine."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return value


def until_taken(process: subprocess.Popen[bytes]) -> None:
    """Waits until the process has read what was written to it, and a little, for what it does with it."""
    assert process.stdin is not None
    pipe = process.stdin.fileno()
    until(lambda: unread(pipe) == 0)
    time.sleep(0.5)
