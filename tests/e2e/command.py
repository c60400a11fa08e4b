"""Runs `ffpf` as a user does: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
