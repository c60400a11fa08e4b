"""The node engine, built with sanitizers, on hand-written objects: what it keeps, counts and refuses."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from ffpf.captures import NAMED_LINK_TYPES, CaptureError, CaptureWriter, link_name, open_capture
from ffpf.captures.link_types import NAMES
from ffpf.engine import AlertEvent, EngineOutcome, EngineRequest, run_engine
from tests.unit.node_build import Objects, engine, objects
from tests.unit.node_captures import (
    NANO,
    RECORDS,
    crafted,
    damaged,
    enhanced,
    interface,
    pcap,
    read_all,
    resolution,
    section,
)  # fmt: skip

__all__ = ["engine", "objects"]
CRAFTED, DAMAGED = crafted(), damaged()
SIZES = [60, 61, 0, 1514, 64, 63]
MANY = [(1000 + i, i, bytes([i & 0xFF]) * SIZES[i % 6], SIZES[i % 6]) for i in range(300)]


class Bench:
    """An engine, its objects and a folder; runs and hands back the outcome."""

    def __init__(self, engine: Path, objects: Objects, folder: Path) -> None:
        self.engine, self.objects, self.folder = engine, objects, folder

    def file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def request(self, name: str, data: bytes, **more: object) -> EngineRequest:
        capture = self.file("input", data)
        return EngineRequest(self.objects[name], str(capture), **more)  # type: ignore[arg-type]

    def run(self, name: str, data: bytes, **more: object) -> EngineOutcome:
        outcome = run_engine(self.engine, self.request(name, data, **more))
        assert outcome.results.unbalanced() is None
        return outcome

    def out(self, suffix: str = "pcap") -> str:
        return str(self.folder / f"output.{suffix}")


@pytest.fixture
def bench(engine: Path, objects: Objects, tmp_path: Path) -> Bench:
    return Bench(engine, objects, tmp_path)


def test_ledger_memory_and_alert_counts(bench: Bench) -> None:
    results = bench.run("odd", pcap(MANY)).results
    odd = [size for *_, size in MANY if size % 2]
    assert (results.packets, results.bytes, results.runs) == (300, sum(r[3] for r in MANY), 300)
    assert (results.delivered, results.packets_delivered) == (len(odd), len(odd))
    assert results.verdicts == {61: 50, 63: 50}
    assert results.aborted["out_of_bounds"] == 50
    assert results.dropped == 300 - len(odd) - 50
    assert results.memory["count"].nonzero == {0: 150, 1: 50, 2: 50, 3: 50}
    assert results.memory["lowest"].nonzero == {2: -5}
    assert (results.memory["lowest"].type, results.memory["lowest"].merge) == ("INT16", "MIN")
    assert results.memory["flags"].nonzero == {3: 1}
    assert results.alerts == {"1:100": 150, "1:200": 100}


def test_every_verdict_is_counted(bench: Bench) -> None:
    records = [(0, 0, struct.pack("=I", 1 + i % 1000), 4) for i in range(5000)]
    results = bench.run("verdicts", pcap(records)).results
    assert results.verdicts == {1 + i: 5 for i in range(1000)}


def test_alert_events(bench: Bench) -> None:
    events: list[AlertEvent] = []
    bench.run("odd", pcap(MANY, magic=NANO), on_alert=events.append)
    expected = [
        AlertEvent(number, s * 10**9 + f, len(data) & 1, 0, 1, len(data), length, data[:128])
        for number, (s, f, data, length) in enumerate(MANY, 1)
        if data
    ]
    assert events == expected


@pytest.mark.parametrize("name", CRAFTED)
@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_writer_keeps_every_packet(bench: Bench, name: str, suffix: str) -> None:
    outcome = bench.run("keep", CRAFTED[name], write=bench.out(suffix))
    before, after = read_all(bench.folder / "input")[0], read_all(Path(bench.out(suffix)))[0]
    if suffix == "pcap" and len({p.link for p in before}) > 1:
        assert outcome.status == 1 and ".pcapng" in str(outcome.error)
        before = before[:1]
    elif suffix == "pcap" and outcome.status:
        # A time beyond 2106: what comes before it is written.
        place = f"packet {len(after) + 1}: error: its time is not between 1970 and 2106"
        assert place in str(outcome.error)
        before = before[: len(after)]
    else:
        assert (outcome.status, outcome.error) == (0, None)
    times = suffix == "pcapng" or "resolution" not in name
    assert [comparable(p, times) for p in after] == [comparable(p, times) for p in before]


def comparable(packet: object, times: bool) -> tuple[object, ...]:
    """What output must keep; pcap has 32-bit seconds, so made-up times of other centuries wrap."""
    return tuple(getattr(packet, n) for n in ("data", "length", "link", *(("timestamp",) if times else ())))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("magic", [0xA1B2C3D4, NANO])
def test_pcap_comes_out_as_it_went_in(bench: Bench, order: str, magic: int) -> None:
    data = pcap(MANY, order=order, magic=magic)
    bench.run("keep", data, write=bench.out())
    assert Path(bench.out()).read_bytes() == data


@pytest.mark.parametrize(
    "value, magic", [(6, 0xA1B2C3D4), (3, 0xA1B2C3D4), (7, NANO), (12, NANO), (0x94, NANO)]
)
def test_magic_of_pcap_output_follows_the_resolution(bench: Bench, value: int, magic: int) -> None:
    data = section(">") + interface(1, 0, resolution(value, ">"), ">") + enhanced(b"x", order=">")
    bench.run("keep", data, write=bench.out())
    assert Path(bench.out()).read_bytes()[:4] == struct.pack(">I", magic)


def test_a_finer_interface_that_comes_later(bench: Bench) -> None:
    data = section() + interface() + enhanced(b"a") + interface(options=resolution(9))
    outcome = bench.run("keep", data + enhanced(b"b", number=1), write=bench.out())
    assert outcome.status == 1
    assert "input: packet 2: error: its timestamp is finer" in str(outcome.error)
    assert ".pcapng" in str(outcome.error)
    assert [p.data for p in read_all(Path(bench.out()))[0]] == [b"a"]


def test_a_link_type_that_pcapng_cannot_hold(bench: Bench) -> None:
    outcome = bench.run("keep", pcap(link=70000), write=bench.out("pcapng"))
    assert (outcome.status, Path(bench.out("pcapng")).exists()) == (1, False)
    with open_capture(bench.folder / "input") as reader, pytest.raises(CaptureError) as raised:
        CaptureWriter(io.BytesIO(), reader.format, True)
    assert outcome.error == f"{bench.folder}/input: {raised.value}"


def test_pcapng_output_has_every_interface(bench: Bench) -> None:
    data = section() + b"".join(interface(1, 9 + n, resolution(n)) for n in (6, 9, 3))
    bench.run("keep", data + enhanced(b"x", number=1), write=bench.out("pcapng"))
    assert Path(bench.out("pcapng")).read_bytes().count(struct.pack("<II", 1, 32)) == 3


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_ends_with_the_packet_before(bench: Bench, name: str) -> None:
    data, number, message = DAMAGED[name]
    outcome = bench.run("keep", data, write=bench.out("pcapng"))
    path = bench.folder / "input"
    assert (outcome.status, outcome.kind) == (1, "input")
    assert outcome.error == f"{path}: packet {number}: error: {message}"
    assert outcome.results.packets == number - 1
    if Path(bench.out("pcapng")).exists():
        packets, error = read_all(Path(bench.out("pcapng")))
        assert error is None
        assert [p.data for p in packets] == [p.data for p in read_all(path)[0]]


def test_wide_deliveries_are_written_in_the_order_of_parts(bench: Bench) -> None:
    tx = str(bench.folder / "tx.pcap")
    outcome = bench.run("wide", pcap([r for r in MANY if r[2]]), write=bench.out(), tx=tx)
    packets = [r for r in MANY if r[2]]
    firsts = [p.data[:1] for p in read_all(Path(bench.out()))[0]]
    assert firsts == [b for _, _, data, _ in packets for b in (data[:1], b"\xa1", b"\xa2", b"\xa3")]
    assert {p.data[:1] for p in read_all(Path(tx))[0]} == {b"\xee"}
    assert outcome.results.transmitted == len(packets)
    assert outcome.results.packets_delivered == len(packets)
    assert outcome.results.verdicts == {n: len(packets) * (2 if n == 3 else 1) for n in (1, 2, 3)}


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 129, 250])
def test_count_stops_with_the_packet_that_reaches_it(bench: Bench, count: int) -> None:
    results = bench.run("keep", pcap(MANY), count=count, write=bench.out()).results
    assert (results.packets, results.delivered) == (count, count)
    assert len(read_all(Path(bench.out()))[0]) == count


def test_count_of_a_selective_and_of_a_wide_program(bench: Bench) -> None:
    results = bench.run("odd", pcap(MANY), count=3).results
    assert (results.packets, results.delivered) == (8, 3)  # the 2nd, 6th and 8th are odd
    results = bench.run("wide", pcap([r for r in MANY if r[2]]), count=5).results
    assert (results.packets, results.delivered, results.packets_delivered) == (2, 8, 2)


def test_snaplen_shortens_what_programs_see(bench: Bench) -> None:
    results = bench.run("keep", pcap(MANY), snaplen=10, write=bench.out()).results
    assert results.bytes == sum(min(10, r[3]) for r in MANY)
    expected = [(data[:10], length) for _, _, data, length in MANY]
    assert [(p.data, p.length) for p in read_all(Path(bench.out()))[0]] == expected


@pytest.mark.parametrize("link", sorted(NAMES))
def test_link_types_for_named_fields(bench: Bench, link: int) -> None:
    outcome = bench.run("named", pcap(link=link))
    assert outcome.status == (0 if link in NAMED_LINK_TYPES else 1)
    if outcome.status:
        assert f"input: error: its link type is {link_name(link)}; named fields" in str(outcome.error)
        assert outcome.results.packets == 0


def test_a_later_link_type_is_refused_where_it_comes(bench: Bench) -> None:
    data = section() + interface(1) + interface(147) + enhanced(b"a") + enhanced(b"b", number=1)
    outcome = bench.run("named", data)
    assert "input: packet 2: error: its link type is USER0 (147)" in str(outcome.error)
    assert outcome.results.packets == 1
    assert "TX(Mac) needs Ethernet" in str(bench.run("ethernet", pcap(link=113)).error)


def test_what_cannot_be_opened(bench: Bench) -> None:
    keep = bench.objects["keep"]
    for path, status, text in (
        (bench.folder / "absent", 1, "No such file"),
        (bench.folder, 1, "directory; a capture file is expected"),
    ):
        outcome = run_engine(bench.engine, EngineRequest(keep, str(path)))
        assert outcome.status == status and text in str(outcome.error)
    outcome = bench.run("keep", pcap(), write=str(bench.folder / "no" / "such.pcap"))
    assert (outcome.status, outcome.kind) == (2, "output")


def test_input_is_never_overwritten(bench: Bench) -> None:
    same = bench.folder / "input"
    for more in ({"write": str(same)}, {"tx": str(same)}):
        outcome = bench.run("keep", pcap(), **more)
        assert outcome.status == 2 and "the capture that is read" in str(outcome.error)
        assert same.read_bytes() == pcap()
    outcome = bench.run("keep", pcap(), write=bench.out(), tx=bench.out())
    assert outcome.status == 2 and "need two files" in str(outcome.error)


@pytest.mark.parametrize("content", [b"", b"not an object", b"\x7fELF" + b"\0" * 60])
def test_broken_object(bench: Bench, content: bytes) -> None:
    broken = bench.file("broken.so", content)
    outcome = run_engine(bench.engine, EngineRequest(broken, str(bench.file("input", pcap()))))
    assert (outcome.status, outcome.kind) == (3, "object")
    assert "cannot load the compiled program" in str(outcome.error)


def test_object_of_another_version(bench: Bench) -> None:
    outcome = bench.run("abi", pcap())
    assert (outcome.status, outcome.kind) == (3, "object")
    assert "interface version 5 and this engine version 4" in str(outcome.error)


@pytest.mark.parametrize(
    "arguments, text",
    [(["--colour", "1"], "no option"), (["--count"], "lacks its value"), ([], "needs --object"),
     (["--count", "-1"], "takes a number"), (["--snaplen", "5000000000"], "takes a number up to")],
)  # fmt: skip
def test_wrong_command_line(bench: Bench, arguments: list[str], text: str) -> None:
    done = subprocess.run([bench.engine, *arguments], capture_output=True, text=True)
    assert done.returncode == 2 and text in done.stderr


def test_out_of_memory_and_death_are_reported(bench: Bench) -> None:
    outcome = bench.run("hungry", pcap())
    assert (outcome.status, outcome.kind, outcome.complete) == (3, "memory", True)
    assert "out of memory" in str(outcome.error)
    outcome = bench.run("crash", pcap())
    assert (outcome.status, outcome.kind, outcome.complete) == (3, "crash", False)
    assert "SIGABRT" in str(outcome.error) and "results are lost" in str(outcome.error)


def test_nothing_leaks(bench: Bench) -> None:
    """The sanitizer's leak check speaks at the engine's exit, after its report."""
    for name in ("keep", "wide", "hungry", "odd"):
        command: list[str | Path] = [
            bench.engine, "--object", bench.objects[name], "--read", bench.file("input", pcap(MANY[:2])),
            "--results", "1", "--write", bench.out("pcapng"), "--tx", str(bench.folder / "tx.pcap"),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.stderr == ""
        assert done.stdout.endswith("end\n")


def test_full_disk(bench: Bench) -> None:
    outcome = bench.run("keep", pcap(MANY), write="/dev/full")
    assert (outcome.status, outcome.kind) == (3, "output")
    assert "/dev/full: error: cannot write: No space left on device" in str(outcome.error)
    assert outcome.results.packets == 300


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
@pytest.mark.parametrize("limit", [0, 10, 24, 1000, 5000, 300_001])
def test_file_size_limit_leaves_whole_records(bench: Bench, suffix: str, limit: int) -> None:
    """RLIMIT_FSIZE stands for a disk that fills up in the middle of a record."""
    data = pcap(MANY * 20)
    bench.file("input", data)
    script = (
        "import os, resource, signal, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    command = [
        sys.executable, "-c", script, bench.engine, "--object", bench.objects["keep"], "--read",
        bench.folder / "input", "--results", "1", "--write", bench.out(suffix),
    ]  # fmt: skip
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (3, "")
    assert "File too large" in done.stdout
    written = Path(bench.out(suffix)).read_bytes()
    if len(written) >= 100:
        packets, error = read_all(Path(bench.out(suffix)))
        assert error is None and len(packets) > 0
        assert [p.data for p in packets] == [r[2] for r in (MANY * 20)[: len(packets)]]
    assert len(written) > limit - 1600 - 64


def raw_command(bench: Bench, *more: object, name: str = "keep") -> list[str]:
    return [str(w) for w in (bench.engine, "--object", bench.objects[name], "--results", "2", *more)]


def test_closed_pipe(bench: Bench) -> None:
    bench.file("input", pcap(MANY * 100))
    command = raw_command(bench, "--read", bench.folder / "input", "--write", "-")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stderr is not None
        child.stdout.read(100)
        child.stdout.close()
        report = child.stderr.read()
    assert child.returncode == 141
    assert b"status 141 closed" in report and report.endswith(b"end\n")


def test_standard_input_and_output(bench: Bench) -> None:
    """A pipe that delivers a byte here and a byte there is read as well as a file."""
    data = pcap(MANY)
    with subprocess.Popen(
        raw_command(bench, "--read", "-", "--write", "-"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
    ) as child:  # fmt: skip
        assert child.stdin is not None and child.stdout is not None
        cuts = [*range(0, 100, 7), *range(100, len(data), 9973), len(data)]
        for at, end in pairwise(cuts):
            child.stdin.write(data[at:end])
        child.stdin.close()
        assert child.stdout.read() == data
    assert child.returncode == 0


def test_a_pipe_gets_packets_before_the_input_ends(bench: Bench) -> None:
    data = pcap(RECORDS)
    with subprocess.Popen(
        raw_command(bench, "--read", "-", "--write", "-"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
    ) as child:  # fmt: skip
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(data)
        assert os.read(child.stdout.fileno(), 1 << 16) == data
        child.stdin.close()
        assert child.stdout.read() == b""


def test_interrupt_while_a_named_pipe_is_opened(bench: Bench) -> None:
    os.mkfifo(bench.folder / "fifo")
    request = EngineRequest(bench.objects["keep"], str(bench.folder / "fifo"))
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    outcome = run_engine(bench.engine, request)
    timer.join()
    assert (outcome.status, outcome.kind, outcome.complete) == (130, "interrupted", True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_completes_the_results(bench: Bench, number: signal.Signals) -> None:
    """Signals to this process alone reach the engine, which waits for more input on a pipe."""
    fifo = bench.folder / "fifo"
    os.mkfifo(fifo)

    def feed() -> None:
        with fifo.open("wb") as writer:
            writer.write(pcap(MANY))
            writer.flush()
            time.sleep(1.5)
            os.kill(os.getpid(), number)
            time.sleep(1)

    feeder = threading.Thread(target=feed)
    feeder.start()
    request = EngineRequest(bench.objects["keep"], str(fifo), write=bench.out())
    outcome = run_engine(bench.engine, request)
    feeder.join()
    assert (outcome.status, outcome.kind, outcome.complete) == (130, "interrupted", True)
    assert outcome.results.packets == 300
    assert Path(bench.out()).read_bytes() == pcap(MANY)


def test_interrupt_before_the_engine_has_begun(bench: Bench) -> None:
    """The mask that it inherits holds the signal back until its handlers stand."""
    bench.file("input", pcap(MANY))
    command = raw_command(bench, "--read", bench.folder / "input")
    script = (
        "import os, signal, sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True)
    assert done.returncode == 130
    assert done.stderr.endswith("end\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_what_external_functions_load(bench: Bench, number: signal.Signals) -> None:
    """There is no batch between which the engine could look at it, and no result to lose."""
    bench.file("input", pcap(MANY))
    request = EngineRequest(bench.objects["slow"], str(bench.folder / "input"))
    timer = threading.Timer(1, os.kill, (os.getpid(), number))
    timer.start()
    outcome = run_engine(bench.engine, request)
    timer.join()
    assert (outcome.status, outcome.kind, outcome.error) == (130, "interrupted", None)


def test_progress_and_callbacks_that_fail(bench: Bench) -> None:
    fifo = bench.folder / "fifo"
    os.mkfifo(fifo)

    def feed() -> None:
        with fifo.open("wb", buffering=0) as writer:
            writer.write(pcap(RECORDS))
            for _ in range(3):
                time.sleep(0.4)
                writer.write(pcap(RECORDS)[24:])

    said: list[tuple[int, int | None]] = []
    feeder = threading.Thread(target=feed)
    feeder.start()
    request = EngineRequest(
        bench.objects["keep"], str(fifo), on_progress=lambda taken, size: said.append((taken, size))
    )
    outcome = run_engine(bench.engine, request)
    feeder.join()
    assert outcome.results.packets == 16
    assert said and all(size is None and taken > 0 for taken, size in said)

    def refuse(_event: AlertEvent) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        bench.run("odd", pcap(MANY), on_alert=refuse)


def test_engine_that_is_no_engine(bench: Bench) -> None:
    outcome = run_engine(Path("/bin/true"), bench.request("keep", pcap()))
    assert (outcome.status, outcome.complete) == (3, False)
    with pytest.raises(FileNotFoundError):
        run_engine(bench.folder / "absent", bench.request("keep", pcap()))
