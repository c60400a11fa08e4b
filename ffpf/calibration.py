"""The measured cost table of this machine: where it is kept, and how it is read with suspicion.

It lies beside the cache of compiled objects, in a folder that is ours and closed to others, one file for
each kind of processor: `calibration-CPU.json`. What is broken, was made for another processor or by
another version is ignored with a word; the default table takes its place.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from ffpf import toolchain
from ffpf.cache import cache_root, digest, why_not_trusted
from ffpf.errors import MachineError
from ffpf.programs import read_regular
from fpl3.split.cost_table import KINDS, CostTable

FORMAT = 1
AGAIN = "`ffpf calibrate` makes a new one"
MOST_CYCLES = 1e9
SLOWEST, FASTEST = 1e6, 1e12  # cycles a second


@dataclass(frozen=True, slots=True)
class Calibration:
    """A table for the target pc, and which of its kinds were measured; the others are defaults."""

    table: CostTable
    measured: tuple[str, ...]


def calibration_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where the table of this machine's processor belongs; None where there is no place for a cache."""
    root = cache_root(environment)
    return None if root is None else root / f"calibration-{digest(*toolchain.cpu_identity())[:16]}.json"


def cost_tables(
    detail: Callable[[str], None], environment: Mapping[str, str] = os.environ
) -> dict[str, CostTable]:
    """The measured tables by target, for fpl3's Planning; without them the defaults hold. `detail` is
    told why a file that is there is not used."""
    path = calibration_file(environment)
    if path is None or not path.exists():
        return {}
    try:
        reason = why_not_trusted(path.parent)
        found = None if reason else recalled(read_regular(path))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found, reason = None, f"{path} cannot be used: {_said(error)}"
    if found is None:
        detail(f"{reason}; costs are defaults, {AGAIN}")
        return {}
    return {"pc": found.table}


def recalled(data: bytes) -> Calibration:
    """The calibration in a file's bytes. ValueError, KeyError or TypeError if it is none for here."""
    value: Any = json.loads(data)
    if value["format"] != FORMAT:
        raise ValueError("another version made it")
    if value["cpu"] != list(toolchain.cpu_identity()):
        raise ValueError("it was made for another processor")
    costs = value["costs"]
    if set(costs) != set(KINDS):
        raise ValueError("its kinds of costs are others")
    for kind, cycles in costs.items():
        _check(kind, cycles)
    measured = tuple(kind for kind in KINDS if kind in value["measured"])
    return Calibration(CostTable(**{kind: float(cycles) for kind, cycles in costs.items()}), measured)


def _check(kind: str, cycles: object) -> None:
    low, high = (SLOWEST, FASTEST) if kind == "clock" else (0, MOST_CYCLES)
    number = isinstance(cycles, int | float) and not isinstance(cycles, bool)
    if not number or not isfinite(float(str(cycles))) or not low <= float(str(cycles)) <= high:
        raise ValueError(f"'{kind}' is no number of cycles")


def _said(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return "it is not JSON"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) if type(error) is ValueError else "it is not what `ffpf calibrate` writes"


def remember(calibration: Calibration, environment: Mapping[str, str] = os.environ) -> Path:
    """Writes the file, by one rename. MachineError where it cannot be kept."""
    path = calibration_file(environment)
    if path is None:
        raise MachineError("ffpf: error: neither XDG_CACHE_HOME nor HOME names a folder for the table")
    value = {
        "format": FORMAT, "cpu": toolchain.cpu_identity(), "measured": calibration.measured,
        "costs": asdict(calibration.table),
    }  # fmt: skip
    try:
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        reason = why_not_trusted(path.parent)
        if reason is None:
            handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file, indent=1)
            Path(temporary).rename(path)
    except OSError as error:
        reason = f"{path} cannot be written: {error.strerror}"
    if reason is not None:
        raise MachineError(f"ffpf: error: the table is not kept: {reason}")
    return path
