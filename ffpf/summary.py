"""The results of a run for people (a table) and for programs (the layout of `--json`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TextIO

from ffpf.results import ExternDump, Results

NODE = "N0"
# An array of 65,536 flows is not for reading: the table shows its largest words.
WORDS_SHOWN = 10
Row = tuple[str, str]


def as_json(results: Results, target: str) -> str:
    """One JSON object on one line, with the one node of a program that is not split."""
    return json.dumps(layout(results, target)) + "\n"


def layout(results: Results, target: str) -> dict[str, object]:
    """The layout that `--json` promises; numbers of memory words are JSON keys, so text."""
    return {
        "packets": results.packets,
        "bytes": results.bytes,
        "runs": results.runs,
        "delivered": results.delivered,
        "packets_delivered": results.packets_delivered,
        "dropped": results.dropped,
        "transmitted": results.transmitted,
        "aborted": dict(results.aborted),
        "verdicts": {str(verdict): count for verdict, count in sorted(results.verdicts.items())},
        "memory": {name: _memory(results, name) for name in results.memory},
        **_externs(results),
        "alerts": dict(results.alerts),
        "nodes": {name: asdict(node) for name, node in results.nodes.items()}
        or {NODE: _node(results, target)},
        "seconds": {"compile": round(results.seconds_compile, 6), "run": round(results.seconds_run, 6)},
    }


def _memory(results: Results, name: str) -> dict[str, object]:
    dump = results.memory[name]
    words = {str(index): value for index, value in sorted(dump.nonzero.items())}
    return {"type": dump.type, "size": dump.size, "merge": dump.merge, "nonzero": words}


def _externs(results: Results) -> dict[str, object]:
    """Of programs whose external functions show something."""
    shown = {name: {"function": e.function, "rows": e.rows} for name, e in results.externs.items()}
    return {"externs": shown} if shown else {}


def _node(results: Results, target: str) -> dict[str, object]:
    return {
        "target": target,
        "packets": results.packets,
        "runs": results.runs,
        "delivered": results.delivered,
        "sent": {},
        "lost": {},
        "seconds": round(results.seconds_run, 6),
    }


def print_table(results: Results, target: str, file: TextIO) -> None:
    """The table: drawn by rich on a terminal, in plain columns anywhere else."""
    rows = list(table(results, target))
    if file.isatty():
        _print_rich(rows, file)
    else:
        width = max(len(name) for name, _ in rows)
        file.writelines(f"{name:<{width}}  {value}".rstrip() + "\n" for name, value in rows)


def _print_rich(rows: Sequence[Row], file: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(show_header=False, box=None, pad_edge=False)
    for name, value in rows:
        drawn.add_row(Text(name, style="bold"), Text(value))
    Console(file=file).print(drawn)


def table(results: Results, target: str) -> Iterator[Row]:
    """Name and value of everything that happened; what did not happen is left out."""
    yield "packets", f"{results.packets:,} ({results.bytes:,} bytes)"
    yield "delivered", _delivered(results)
    yield "dropped", f"{results.dropped:,}"
    for reason, count in results.aborted.items():
        if count:
            yield f"aborted: {reason}", f"{count:,}"
    if results.transmitted:
        yield "transmitted", f"{results.transmitted:,}"
    for rule, count in results.alerts.items():
        yield f"alert {rule}", f"{count:,}"
    for name in results.memory:
        yield from _words(results, name)
    for name, shown in results.externs.items():
        yield from _rows(name, shown)
    yield from _nodes(results)
    yield "time", f"{_duration(results.seconds_run)} on {target} ({_compiled(results.seconds_compile)})"


def _delivered(results: Results) -> str:
    several = results.delivered != results.packets_delivered
    packets = f" of {results.packets_delivered:,} packets" if several else ""
    if len(results.verdicts) < 2 and not several:
        return f"{results.delivered:,}"
    verdicts = ", ".join(f"verdict {v}: {n:,}" for v, n in sorted(results.verdicts.items())[:WORDS_SHOWN])
    more = ", ..." if len(results.verdicts) > WORDS_SHOWN else ""
    return f"{results.delivered:,}{packets} ({verdicts}{more})"


def _words(results: Results, name: str) -> Iterator[Row]:
    words = results.memory[name].nonzero
    shown = sorted(words, key=lambda index: (-words[index], index))[:WORDS_SHOWN]
    for index in sorted(shown):
        yield f"{name}[{index}]", f"{words[index]:,}"
    if len(words) > len(shown):
        yield f"{name}", f"... {len(words) - len(shown):,} more words differ from their start value"


def _rows(name: str, shown: ExternDump) -> Iterator[Row]:
    for number, row in enumerate(shown.rows[:WORDS_SHOWN]):
        yield name if number == 0 else "", ", ".join(f"{key} {_value(value)}" for key, value in row.items())
    if len(shown.rows) > WORDS_SHOWN:
        yield "", f"... {len(shown.rows) - WORDS_SHOWN:,} more"


def _nodes(results: Results) -> Iterator[Row]:
    """What each node did, and what got lost on the way from it."""
    for name, node in results.nodes.items():
        sent = "".join(f", {to}: {count:,}" for to, count in node.sent.items() if count)
        to = f", sent{sent[1:]}" if sent else ""
        yield name, f"{node.packets:,} packets, {node.runs:,} runs, {node.delivered:,} delivered{to}"
        for receiver, losses in node.lost.items():
            what = ", ".join(f"{reason} {count:,}" for reason, count in losses.items())
            yield f"to {name}" if receiver == name else f"{name} to {receiver}", f"lost: {what}"


def _value(value: float | str) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}"
    return f"{value:,}" if isinstance(value, int) else value


def _duration(seconds: float) -> str:
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} us"
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _compiled(seconds: float) -> str:
    return f"compiled in {_duration(seconds)}" if seconds else "compiled before"
