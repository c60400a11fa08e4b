"""Captures as tcpdump reads them: the same packets, whole files and damaged ones."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pcapy
import pytest

from ffpf.captures import open_capture
from ffpf.engine import EngineRequest, run_engine
from tests.unit.node_build import Objects, dump, engine, objects
from tests.unit.node_captures import crafted, damaged, pcap, read_all
from tests.unit.test_captures import by_c, by_python, mutated

__all__ = ["dump", "engine", "objects"]
CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus" / "bpf"
FILES = sorted(CORPUS.glob("pcaps*/*"))
Seen = tuple[bytes, int, int, int]

pytestmark = pytest.mark.skipif(shutil.which("tcpdump") is None, reason="tcpdump is not installed")


def tcpdump(source: Path, output: Path) -> bool:
    """Rewrites with nanoseconds; whether tcpdump was content."""
    command: list[str | Path] = ["tcpdump", "--time-stamp-precision=nano", "-r", source, "-w", output]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode == 0


def by_our_reader(path: Path) -> list[Seen]:
    packets, error = read_all(path)
    assert error is None
    return [(p.data, p.length, p.timestamp, p.link) for p in packets]


def by_pcapy(path: Path) -> tuple[list[tuple[bytes, int]], bool]:
    """What libpcap reads of a file, and whether it came to damage."""
    packets: list[tuple[bytes, int]] = []
    try:
        reader = pcapy.open_offline(str(path))
        header, data = reader.next()
        while header is not None:
            packets.append((data, header.getlen()))
            header, data = reader.next()
    except pcapy.PcapError:
        return packets, True
    return packets, False


def assert_same(engine: Path, keep: Path, source: Path, folder: Path) -> None:
    """The engine's output and tcpdump's are the same packets; so are their complaints."""
    ours, normal, theirs = folder / "ours.pcap", folder / "normal.pcap", folder / "theirs.pcap"
    outcome = run_engine(engine, EngineRequest(keep, str(source), write=str(ours)))
    assert (outcome.status == 0) == tcpdump(source, theirs), outcome.error
    assert ours.exists() == theirs.exists()
    if not ours.exists():
        assert outcome.results.packets == 0
        return
    # The same pair of eyes for both: libpcap turns a fraction of more than a second into another time.
    assert tcpdump(ours, normal)
    assert by_our_reader(normal) == by_our_reader(theirs)
    assert by_pcapy(ours) == by_pcapy(theirs)


@pytest.mark.skipif(not FILES, reason=f"no corpus in {CORPUS}")
@pytest.mark.parametrize("part", range(8))
def test_corpus(engine: Path, objects: Objects, tmp_path: Path, part: int) -> None:
    for source in FILES[part::8]:
        assert_same(engine, objects["keep"], source, tmp_path)


@pytest.mark.skipif(not FILES, reason=f"no corpus in {CORPUS}")
def test_corpus_cut_short(engine: Path, objects: Objects, tmp_path: Path) -> None:
    chance = random.Random(7)
    for source in FILES[::6]:
        data = source.read_bytes()
        cut = tmp_path / "cut"
        cut.write_bytes(data[: chance.randrange(len(data))])
        for made in tmp_path.glob("*.pcap"):
            made.unlink()
        assert_same(engine, objects["keep"], cut, tmp_path)


@pytest.mark.skipif(not FILES, reason=f"no corpus in {CORPUS}")
def test_corpus_through_the_python_reader(dump: Path) -> None:
    """The C readers' account of every file, line by line."""
    assert by_c(dump, FILES) == [line for path in FILES for line in by_python(path)]


@pytest.mark.skipif(not FILES, reason=f"no corpus in {CORPUS}")
@pytest.mark.parametrize("part", range(4))
def test_corpus_into_pcapng(engine: Path, objects: Objects, tmp_path: Path, part: int) -> None:
    for source in FILES[part::4]:
        ours = tmp_path / "ours.pcapng"
        outcome = run_engine(engine, EngineRequest(objects["keep"], str(source), write=str(ours)))
        assert outcome.status == 0
        assert by_our_reader(ours) == by_our_reader(source)


def beyond_libpcap(name: str) -> bool:
    """Sections and interfaces of several kinds, which libpcap refuses; and times that overflow there:
    seconds of more than 32 bits, fine binary resolutions."""
    return "pcapng" in name or "resolution" in name


@pytest.mark.parametrize("name", [name for name in crafted() if not beyond_libpcap(name)])
def test_crafted(engine: Path, objects: Objects, tmp_path: Path, name: str) -> None:
    (tmp_path / "input").write_bytes(crafted()[name])
    assert_same(engine, objects["keep"], tmp_path / "input", tmp_path)


@pytest.mark.parametrize("name", damaged())
def test_damaged(engine: Path, objects: Objects, tmp_path: Path, name: str) -> None:
    (tmp_path / "input").write_bytes(damaged()[name][0])
    assert_same(engine, objects["keep"], tmp_path / "input", tmp_path)


def several_kinds(path: Path) -> bool:
    """Whether a file has interfaces that differ: libpcap refuses it there."""
    if not path.exists():
        return False
    with open_capture(path) as reader:
        list(reader)
        return len({(i.link, i.longest) for i in reader.format.interfaces}) > 1


@pytest.mark.parametrize("seed", range(3))
def test_mutated(engine: Path, objects: Objects, tmp_path: Path, seed: int) -> None:
    """Damage at random, in files whose packets are small enough for it to hit the headers."""
    chance = random.Random(100 + seed)
    whole = [pcap(order=order, version=version) for order in "<>" for version in ((2, 4), (2, 3))]
    whole += [data for name, data in crafted().items() if "resolution" in name]
    source, ours = tmp_path / "input", tmp_path / "ours.pcapng"
    for _ in range(60):
        source.write_bytes(mutated(chance, chance.choice(whole)))
        ours.unlink(missing_ok=True)
        outcome = run_engine(engine, EngineRequest(objects["keep"], str(source), write=str(ours)))
        if outcome.kind == "output" or several_kinds(ours):  # a link type of more than 16 bits
            continue
        packets = by_our_reader(ours) if ours.exists() else []
        theirs, damage = by_pcapy(source)
        assert ([(data, length) for data, length, _, _ in packets], outcome.status == 1) == (theirs, damage)
