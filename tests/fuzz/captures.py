"""Runs the libFuzzer targets of the capture readers: `python -m tests.fuzz.captures --seconds 60`.

Needs clang. `capture_libpcap` needs libpcap's headers and library too and is left out without them. A
finding is left in the folder that is printed; `TARGET FILE` runs it again.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ffpf.engine import engine_sources
from tests.unit.node_captures import crafted, damaged

HERE = Path(__file__).parent
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O1", "-g", "-fsanitize=fuzzer,address,undefined"]
FLAGS += ["-fno-sanitize-recover=all", "-Wall", "-Wextra", "-Werror"]
TARGETS = {"capture_reader": [], "capture_libpcap": ["-lpcap"]}


def build(target: str, folder: Path) -> Path:
    """Compiles a target with the readers. CalledProcessError where clang or a library is missing."""
    sources = [path for path in engine_sources(tree=False) if path.name != "main.c"]
    output = folder / target
    command = ["clang", *FLAGS, f"-I{sources[0].parent}", "-o", str(output), str(HERE / f"{target}.c")]
    command += [*map(str, sources), "-ldl", *TARGETS[target]]
    subprocess.run(command, check=True)
    return output


def write_seeds(folder: Path, prefix: bytes) -> None:
    """Small sound and damaged captures to start from."""
    folder.mkdir(exist_ok=True)
    files = crafted() | {name: data for name, (data, _, _) in damaged().items()}
    for number, data in enumerate(files.values()):
        if len(data) < 5000:
            (folder / f"{number}").write_bytes(prefix + data)


def fuzz(target: str, seconds: int, folder: Path) -> int:
    """Runs a target; its exit code, 0 where nothing was found."""
    program = build(target, folder)
    corpus = folder / f"{target}.corpus"
    write_seeds(corpus, b"\3" if target == "capture_reader" else b"")
    command: list[str | Path] = [
        program,
        corpus,
        f"-max_total_time={seconds}",
        "-max_len=8192",
        "-timeout=10",
    ]
    command += ["-print_final_stats=1", f"-artifact_prefix={folder}/{target}-"]
    return subprocess.run(command).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    seconds = parser.parse_args().seconds
    if shutil.which("clang") is None:
        print("clang is not installed: apt install clang", file=sys.stderr)
        return 3
    folder = Path(tempfile.mkdtemp(prefix="ffpf-fuzz-"))
    found = 0
    for target in TARGETS:
        if "-lpcap" in TARGETS[target] and not Path("/usr/include/pcap/pcap.h").exists():
            print(f"{target}: left out, apt install libpcap-dev would bring what it needs")
            continue
        found |= fuzz(target, max(1, seconds // len(TARGETS)), folder)
    print(f"findings, if any, are in {folder}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
