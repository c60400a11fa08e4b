"""search against a bare loop of hs_scan, and together with a filter against both alone.

The bare loop has the same strings, flags and payloads and a callback that notes that there was a match.
"""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from benchmarks.compiling import HERE, Program, compile_c, our_object
from benchmarks.tables import column, median, target

COUNTS, SIZES = (10, 500, 3000), (256, 1500)
PAYLOADS = 4000
PLANTED = 20  # one payload in so many holds a string
WORDS = [
    "GET",
    "POST",
    "HTTP/1.1",
    "Host",
    "User-Agent",
    "Accept",
    "text/html",
    "application/xhtml",
    "image/webp",
    "gzip",
    "deflate",
    "keep-alive",
    "Connection",
    "Content-Length",
    "Content-Type",
    "Cache-Control",
    "no-cache",
    "Cookie",
    "session",
    "token",
    "index",
    "static",
    "style",
    "script",
    "favicon",
    "example",
    "com",
    "org",
    "net",
    "www",
    "mozilla",
    "windows",
    "linux",
    "applewebkit",
    "gecko",
    "chrome",
    "safari",
    "charset",
    "utf-8",
    "referer",
]
SCAN = 'EXTERN s = search(FROM "strings.txt");\nIF (EXTERN(s{where})) THEN M[0]++; FI\n'


@dataclass(frozen=True, slots=True)
class Corpus:
    """Strings (with a flag: no case) and payloads, and the files that hold them."""

    strings: list[tuple[bytes, bool]]
    payloads: list[bytes]
    folder: Path

    def write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        listed = [f'"{s.decode()}"{" NOCASE" if nocase else ""}\n' for s, nocase in self.strings]
        (self.folder / "strings.txt").write_text("".join(listed), "ascii")
        packed = [struct.pack("=II", len(s), nocase) + s for s, nocase in self.strings]
        (self.folder / "strings").write_bytes(b"".join(packed))
        (self.folder / "payloads").write_bytes(
            b"".join(struct.pack("=I", len(p)) + p for p in self.payloads)
        )


def _strings(source: random.Random, count: int) -> list[tuple[bytes, bool]]:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789/._-"
    return [
        ("".join(source.choices(letters, k=source.randint(6, 20))).encode(), number % 2 == 0)
        for number in range(count)
    ]


def _payload(source: random.Random, kind: str, size: int) -> bytes:
    if kind == "random":
        return source.randbytes(size)
    words: list[str] = []
    while sum(map(len, words)) + len(words) < size:
        words += source.choices(WORDS, k=20)
    return " ".join(words).encode()[:size]


def corpus(kind: str, size: int, count: int, folder: Path) -> Corpus:
    source = random.Random(f"{kind} {size} {count}")
    strings = _strings(source, count)
    payloads = []
    for number in range(PAYLOADS):
        data = bytearray(_payload(source, kind, size))
        if number % PLANTED == 0:
            planted = source.choice(strings)[0]
            at = source.randrange(size - len(planted))
            data[at : at + len(planted)] = planted
        payloads.append(bytes(data))
    return Corpus(strings, payloads, folder)


def _measured(
    runner: Program, rounds: int, folder: Path, objects: list[Path], bare: bool
) -> dict[str, list[float]]:
    """Nanoseconds a payload in each round, by label; search must have found what hs_scan finds."""
    strings = str(folder / "strings") if bare else "-"
    found, hits = {}, {}
    payloads = str(folder / "payloads")
    for line in runner.run(str(rounds), payloads, strings, *map(str, objects)).splitlines():
        label, count, *nanoseconds = line.split()
        found[label], hits[label] = [float(ns) for ns in nanoseconds], int(count)
    if bare and len(set(hits.values())) != 1:
        raise RuntimeError(f"not the same payloads are found: {hits}")
    return found


def run(work: Path, packets: int, rounds: int) -> tuple[str, dict[str, object], bool]:
    """`packets` is not used: 4,000 payloads are scanned again and again."""
    runner = compile_c([HERE / "search_run.c"], work / "search_run", work, link=("-lhs", "-ldl"))
    rows = [["payloads", "bytes", "strings", "ours ns", "hs_scan ns", "Gbit/s", "hs_scan/ours"]]
    checks, numbers = [], []
    for kind, size, count in product(("random", "http"), SIZES, COUNTS):
        mine, bare, ratio = _scanned(runner, work, rounds, kind, size, count)
        rate = 8 * size / mine
        rows.append(
            [kind, *map(str, (size, count)), f"{mine:.0f}", f"{bare:.0f}", f"{rate:.1f}", f"{ratio:.3f}"]
        )
        numbers.append({"payloads": kind, "bytes": size, "strings": count, "ours": mine, "hs_scan": bare})
        what = f"hs_scan/ours, {kind}, {size} bytes, {count} strings"
        checks.append(target(what, ratio, 0.9, False))
    text, combined, check = _combined(runner, work, rounds)
    lines = [line for line, _ in (*checks, check)]
    shown = ["search, against a bare loop of hs_scan (medians)", column(rows), text, *lines, ""]
    good = all(met for _, met in (*checks, check))
    return "\n".join(shown), {"scans": numbers, "combined": combined}, good


def _scanned(
    runner: Program, work: Path, rounds: int, kind: str, size: int, count: int
) -> tuple[float, float, float]:
    """Our nanoseconds a payload, those of hs_scan, and the median of the ratios."""
    name = f"search_{kind}_{size}_{count}"
    data = corpus(kind, size, count, work / name)
    data.write()
    ours = our_object(name, SCAN.format(where=""), work, data.folder)
    found = _measured(runner, rounds, data.folder, [ours], bare=True)
    ratio = median(b / a for a, b in zip(found["0"], found["bare"], strict=True))
    return median(found["0"]), median(found["bare"]), ratio


FILTER = "IF (PKT.TCP.DPORT == 80) THEN {} FI\n"


def _frame(payload: bytes, port: int) -> bytes:
    ethernet = bytes(12) + b"\x08\x00"
    ip = struct.pack("!BBHHHBBHII", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0, 0x0A000001, 0x0A000002)
    tcp = struct.pack("!HHIIBBHHH", 40000, port, 1, 1, 0x50, 0x18, 1000, 0, 0)
    return ethernet + ip + tcp + payload


def _combined(runner: Program, work: Path, rounds: int) -> tuple[str, dict[str, float], tuple[str, bool]]:
    """A filter, a search, and a search behind the filter, over packets of which half pass the filter."""
    folder = work / "search_combined"
    plain = corpus("http", 1000, 500, folder)
    frames = [_frame(p, 80 if n % 2 else 443) for n, p in enumerate(plain.payloads)]
    Corpus(plain.strings, frames, folder).write()
    declared, scanning = SCAN.format(where=", 54").split("\n", 1)
    texts = {
        "filter": FILTER.format("M[0]++;"),
        "search": f"{declared}\n{scanning}",
        "both": f"{declared}\n" + FILTER.format(scanning.strip()),
    }
    objects = [our_object(f"search_{name}", text, work, folder) for name, text in texts.items()]
    measured = _measured(runner, rounds, folder, objects, bare=False)
    by_name = dict(zip(texts, measured.values(), strict=True))
    ratio = median(b / (f + s) for f, s, b in zip(*by_name.values(), strict=True))
    found = {name: median(values) for name, values in by_name.items()}
    text = ", ".join(f"{name} {value:.1f} ns" for name, value in found.items())
    check = target("filter and search together / sum of both", ratio, 1.0, True)
    return f"\na filter of half of the packets, and a search: {text}", {**found, "ratio": ratio}, check
