"""The engine on plans of several nodes, with sanitizers: what the interpreted tree does, and no crash."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
from itertools import count
from pathlib import Path

import pytest

from ffpf.registry import twins
from fpl3.interpreter import Interpreter, Packet
from tests.differential.packets import Packets, TestPacket
from tests.differential.split_agreement import Tried, make_case
from tests.unit.node_build import Objects, engine, objects
from tests.unit.node_captures import NANO, enhanced, interface, pcap, rich_pcapng, section
from tests.unit.tree_hostile_plans import GOOD, HOSTILE
from tests.unit.tree_plan import Tree, compile_trees, distributed, plan
from tests.unit.tree_running import SECOND, Ended, capture, differences, reference, run

__all__ = ["engine", "objects"]
PROGRAMS = 25
THREADS = pytest.mark.parametrize("threads", ["1", "3"])
ADDRESSES = bytes.fromhex("0000e28d6cf9" + "000203040503")


def packets(rng: random.Random, count: int) -> list[TestPacket]:
    """As a capture file holds them: no input port, seconds of 32 bits."""
    made = [Packets(rng).one(1) for _ in range(count)]
    return [TestPacket(p.data, p.length, p.timestamp % (SECOND << 32), 0, 1) for p in made]


def frames(count: int, size: int = 64, tag: str = "") -> list[TestPacket]:
    """UDP, every one with another source port."""
    made = []
    for n in range(count):
        ip = bytes.fromhex("4500") + (size - 14).to_bytes(2, "big") + bytes.fromhex("0000000040110000")
        ip += bytes([10, 0, 0, 1, 10, 0, 0, 2]) + (n & 0xFFFF).to_bytes(2, "big") + b"\0\x35\0\x08\0\0"
        data = ADDRESSES + bytes.fromhex(tag) + b"\x08\0" + ip
        made.append(TestPacket(data[:size].ljust(size, b"\x5a"), size, 7 * SECOND + n, 0, 1))
    return made


def description(*links: str) -> str:
    """Nodes N0, N1, ... of which the n-th link leads to the n-th node, as "FROM KIND [more]"."""
    lines = ['root = "N0"']
    for n in range(len(links) + 1):
        lines.append(f"[nodes.N{n}]")
        for m in range(len(links) + 1):
            place = f'mac = "02:00:00:00:{n:02x}:{m:02x}"\naddress = "10.{n}.{m}.1"\nreaches = "any"'
            lines.append(f"[nodes.N{n}.interfaces.e{m}]\n{place}")
    for n, link in enumerate(links, 1):
        parent, kind, *more = link.split(" ", 2)
        ends = f'from = "N{parent}.e{n}"\nto = "N{n}.e0"'
        if kind == "memory":
            ends = f'from = "N{parent}"\nto = "N{n}"'
        lines.append(
            "\n".join(["[[links]]", ends, f'kind = "{kind}"', *(m.replace("; ", "\n") for m in more)])
        )
    return "\n".join(lines) + "\n"


class Bench:
    """An engine and a folder."""

    def __init__(self, engine: Path, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        self.tree: Tree | None = None

    def run(
        self, text: str, nodes: str, made: list[TestPacket], *more: str, edit: tuple[str, str] = ("", "")
    ) -> Ended:
        """A program over nodes; without an edit of its plan it has to do what the interpreted tree does."""
        self.tree = distributed(text, nodes)
        found = compile_trees([self.tree], self.folder, "-fsanitize=address,undefined")[0]
        self.plan = plan(self.tree, found)
        assert edit[0] in self.plan
        ended = run(self.engine, self.folder, self.plan.replace(*edit), capture(made), *more)
        if edit == ("", "") and not more:
            assert ended.error == ""
            assert not differences(reference(self.tree, made), ended, self.tree, self.folder)
        return ended

    def again(self, made: list[TestPacket], *more: str) -> Ended:
        return run(self.engine, self.folder, self.plan, capture(made), *more)


@pytest.fixture
def bench(engine: Path, tmp_path: Path) -> Bench:
    return Bench(engine, tmp_path)


# Random programs ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, Tree, dict[str, Path]]]:
    """Programs whose parts are on several nodes, with their seeds and objects."""
    seeds, made = [], []
    for seed in count():
        case = make_case(seed, Tried())
        if case is not None and case.distributed.cuts:
            seeds.append(seed)
            made.append(Tree(case.program, case.distributed, case.programs))
        if len(made) == PROGRAMS:
            break
    return list(zip(seeds, made, compile_trees(made, tmp_path_factory.mktemp("trees")), strict=True))


def test_random_programs_do_what_the_interpreted_tree_does(
    engine: Path, tmp_path: Path, trees: list[tuple[int, Tree, dict[str, Path]]]
) -> None:
    crossed = transmitted = alerts = 0
    for seed, tree, found in trees:
        made = packets(random.Random(seed ^ 0x5EED), 130)
        expected, whole = reference(tree, made), unsplit(tree, made)
        for threads in ("1", "3"):
            ended = run(engine, tmp_path, plan(tree, found), capture(made), "--threads", threads)
            assert ended.error == ""
            wrong = differences(expected, ended, tree, tmp_path)
            assert not wrong, f"seed {seed}, {threads} threads: " + "\n".join(wrong)
            assert whole == summary(ended), f"seed {seed}"
        crossed += sum(expected.sent.values())
        transmitted += len(expected.frames)
        alerts += len(expected.alerts)
    assert min(crossed, transmitted, alerts) > 100


def unsplit(tree: Tree, made: list[TestPacket]) -> tuple[object, ...]:
    """What the program does on one node."""
    interpreter = Interpreter(tree.program, twins(tree.program.externs))
    endings: dict[str, int] = {}
    verdicts: dict[int, int] = {}
    for p in made:
        for ended in interpreter.run(Packet(p.data, p.length, p.timestamp, p.port, p.link)).runs:
            endings[ended.ending] = endings.get(ended.ending, 0) + 1
            if ended.verdict:
                verdicts[ended.verdict] = verdicts.get(ended.verdict, 0) + 1
    memory = {
        (a.name, i): v
        for a in tree.program.arrays
        for i, v in enumerate(interpreter.memory[a.name])
        if v != a.initial
    }
    return endings, verdicts, memory


def summary(ended: Ended) -> tuple[object, ...]:
    counted = {name: ended.counts[name] for name in ("delivered", "dropped")}
    endings = {name: count for name, count in {**ended.aborts, **counted}.items() if count}
    memory = {(name, i): v for name, words in ended.memory.items() for i, v in words.items()}
    return endings, ended.verdicts, memory


def test_threads_change_nothing(
    engine: Path, tmp_path: Path, trees: list[tuple[int, Tree, dict[str, Path]]]
) -> None:
    """Many flights at once: every file is the same, byte for byte."""
    made = packets(random.Random(1), 700) * 4
    compared = 0
    for _, tree, found in trees[:10]:
        few = run(engine, tmp_path, plan(tree, found), capture(made[:300]))
        if few.counts["runs"] > 10 * 300:
            continue
        results = {}
        for threads in ("1", "2", "5"):
            ended = run(engine, tmp_path, plan(tree, found), capture(made), "--threads", threads)
            results[threads] = (untimed(ended.text), *outputs(tmp_path))
        assert results["1"] == results["2"] == results["5"]
        compared += 1
    assert compared > 5


def untimed(text: str) -> list[str]:
    """The lines of a report without times; verdicts come in the order of a hash table."""
    return sorted(
        re.sub(r"^(node .*) \S+$", r"\1", line) for line in text.splitlines() if line[:8] != "seconds "
    )


def outputs(folder: Path, suffix: str = "pcap") -> list[bytes]:
    names = (f"written.{suffix}", f"frames.{suffix}", "events")
    return [(folder / name).read_bytes() for name in names]


# One node ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["keep", "odd", "wide", "verdicts"])
@THREADS
def test_a_plan_of_one_node_is_that_object(
    engine: Path, objects: Objects, tmp_path: Path, name: str, threads: str
) -> None:
    sizes = [60, 61, 0, 1514, 64, 63] if name != "wide" else [60, 61, 1, 1514, 64, 63]
    many = [(1000 + i, i, bytes([i & 0xFF]) * sizes[i % 6], sizes[i % 6]) for i in range(3000)]
    text = f"ffpf-plan 1\nwords 1\nnode a - 0,1,2\nobject {objects[name]}\nend\n"
    for data in (pcap(many), pcap(many, ">", NANO), rich_pcapng(), rich_pcapng(">")):
        reports, files = [], []
        (tmp_path / "plan").write_text(text)
        (tmp_path / "input").write_bytes(data)
        for how in (("--object", str(objects[name])), ("--plan", "plan", "--threads", threads)):
            command = [str(engine), *how, "--read", "input", "--results", "1"]
            command += ["--write", "written.pcapng", "--tx", "frames.pcapng"]
            with (tmp_path / "events").open("wb") as events:
                command += ["--events", str(events.fileno())]
                done = subprocess.run(
                    command, cwd=tmp_path, capture_output=True, text=True, pass_fds=[events.fileno()]
                )
            assert (done.returncode, done.stderr) == (0, "")
            reports.append([line for line in untimed(done.stdout) if not line.startswith("node ")])
            files.append(outputs(tmp_path, "pcapng"))
        assert reports[0] == reports[1]
        assert files[0] == files[1]


# Links -------------------------------------------------------------------------------------------


@THREADS
def test_frames_that_are_too_big(bench: Bench, threads: str) -> None:
    made = [p for small, big in zip(frames(100), frames(100, 1200), strict=True) for p in (small, big)]
    nodes = description("0 ethernet mtu = 1000", "0 geneve mtu = 1000")
    ended = bench.run("M[0]++; SPLIT(N1); M[1]++; TILPS SPLIT(N2); M[2]++; TILPS", nodes, made)
    ended = bench.again(made, "--threads", threads)
    assert ended.lost == {("N0", "N1", "too_big"): 100, ("N0", "N2", "too_big"): 100}
    assert ended.sent == {("N0", "N1"): 200, ("N0", "N2"): 200}
    assert ended.memory["M"] == {0: 200, 1: 100, 2: 100}


def test_tagged_packets_on_a_switched_link(bench: Bench) -> None:
    made = [*frames(30), *frames(20, tag="81000007"), *frames(10, tag="88a80007")]
    ended = bench.run(
        "SPLIT(N1); M[0]++; RETURN (1); TILPS", description("0 ethernet switched = true"), made
    )
    assert ended.lost == {("N0", "N1", "tagged"): 30}
    assert ended.memory["M"] == {0: 30}
    ended = bench.run(
        "SPLIT(N1); M[0]++; RETURN (1); TILPS",
        description('0 ethernet switched = true; tagged = "pass"'),
        made,
    )
    assert (+ended.lost, ended.memory["M"]) == ({}, {0: 60})


@pytest.mark.parametrize("kind", ["memory", "ethernet", "geneve"])
def test_origins_that_are_not_expected_never_run(bench: Bench, kind: str) -> None:
    text = "SPLIT(N1); M[0]++; RETURN (1); TILPS SPLIT(N1); M[1]++; TILPS"
    ended = bench.run(text, description(f"0 {kind}"), frames(70), edit=("origins 1,2", "origins 2"))
    assert ended.lost == {("N0", "N1", "foreign"): 70}
    assert ended.memory["M"] == {1: 70}
    ended = bench.run(text, description(f"0 {kind}"), frames(70), edit=("origins 1,2", "origins -"))
    assert ended.lost == {("N0", "N1", "foreign"): 140}
    assert ended.nodes["N1"] == (0, 0, 0)


def test_a_node_without_an_object_takes_nothing(bench: Bench) -> None:
    text = "SPLIT(N1); M[0]++; RETURN (1); TILPS"
    nodes = description("0 memory", "1 memory")
    ended = bench.run(text, nodes, frames(70))
    assert ended.nodes == {"N0": (70, 70, 0), "N1": (70, 70, 70), "N2": (0, 0, 0)}
    edit = f"object {bench.folder / 'p0 N1.so'}\norigins 1\n", ""
    ended = bench.run(text, nodes, frames(70), edit=edit)
    assert ended.lost == {("N0", "N1", "foreign"): 70}


@THREADS
def test_relays_only_pass_on(bench: Bench, threads: str) -> None:
    nodes = description(
        "0 ethernet", "1 memory", '2 ethernet switched = true; learning = "off"', "3 geneve"
    )
    text = "R[1] = PKT.LEN & 255; SPLIT(N4); M[R[1]] += 2; RETURN (R[1]); TILPS SPLIT(N2); M[0]++; TILPS"
    bench.run(text, nodes, frames(300))
    ended = bench.again(frames(2000), "--threads", threads)
    assert ended.nodes == {
        "N0": (2000, 2000, 0), "N1": (4000, 0, 0), "N2": (4000, 2000, 0), "N3": (2000, 0, 0),
        "N4": (2000, 2000, 2000),
    }  # fmt: skip
    assert ended.sent == {("N0", "N1"): 4000, ("N1", "N2"): 4000, ("N2", "N3"): 2000, ("N3", "N4"): 2000}
    assert [data for _, _, data in ended.written] == [p.data for p in frames(2000)]
    assert ended.memory["M"] == {0: 2000, 64: 4000}


@THREADS
def test_many_copies_of_few_packets(bench: Bench, threads: str) -> None:
    """Inboxes grow, deliveries stay in order."""
    text = (
        "FOR (R[0] = 0; R[0] < 3000; R[0]++) SPLIT(N1);"
        "  IF (PKT.B[35] == (R[0] & 255)) THEN RETURN (1 + R[0]); FI M[R[0] & 15]++; TILPS ROF"
    )
    for kind in ("memory", "ethernet"):
        bench.run(text, description(f"0 {kind}"), frames(4))
        ended = bench.again(frames(80), "--threads", threads)
        assert ended.counts["runs"] == 80 + 80 * 3000
        assert ended.counts["packets_delivered"] == 80
        assert ended.written == sorted(ended.written)


# Frames, external functions ----------------------------------------------------------------------


def test_transmitted_frames_leave_from_their_node(bench: Bench) -> None:
    text = (
        "TX_MAC[2] = { 02:aa:00:00:00:01, 02:aa:00:00:00:02 }; TX_IP[1] = { 192.0.2.1 };"
        "SPLIT(N1); TX(Mac, 0); TX(Mac, 300, 1); PKT.B[20] = 1; TX(Mac, 1); TILPS "
        "SPLIT(N2); TX(Ip, 0); TX(Mac, 0); TILPS"
    )
    ended = bench.run(text, description("0 ethernet", '0 ethernet trailer = "full"'), frames(3))
    own, data = bytes.fromhex("020000000100"), frames(3)[0].data
    sent = [frame for _, _, frame in ended.frames]
    assert len(sent) == 15
    assert sent[0] == bytes.fromhex("02aa00000001") + own + data[12:]
    assert sent[1] == bytes.fromhex("02aa00000002") + own[:4] + (300).to_bytes(2, "big") + data[12:]
    assert (sent[2][6:12], sent[2][20]) == (own, 1)
    assert sent[3][:12] == data[:12] and sent[3][30:34] == bytes([192, 0, 2, 1])
    assert sent[4] == bytes.fromhex("02aa00000001") + data[6:]


def test_states_of_external_functions_are_merged(bench: Bench) -> None:
    """The numbers of instances without a name are each node's own: options tell which are the same."""
    text = (
        "EXTERN flows = count_distinct(12); SPLIT(N1); M[0] += EXTERN(sample.key, 5, PKT.LEN); TILPS "
        "SPLIT(PKT.B[35] % 2); EXTERN(flows, HASH(biflowFields)); M[1] += EXTERN(sample.key, 3, PKT.LEN);"
        "M[2] += EXTERN(sample.key, 4, PKT.LEN); TILPS"
    )
    ended = bench.run(text, description("0 memory", "0 memory"), frames(200))
    counts = {name: rows[0] for name, rows in ended.externs.items()}
    assert sorted(counts) == ["flows", "sample#1@N1", "sample#2@N1", "sample#3"]
    assert 195 <= int(counts["flows"]["distinct"]) <= 205
    assert [counts[name]["seen"] for name in sorted(counts)[1:]] == ["200", "200", "200"]


def test_resources_are_shown_for_each_node(bench: Bench) -> None:
    text = (
        'EXTERN words = regex("ab+");'
        "R[1] = PKT.B[35]; SPLIT(R[1] % 2); IF (EXTERN(words) != 0) THEN RETURN (1); FI TILPS"
    )
    ended = bench.run(text, description("0 memory", "0 geneve"), frames(100))
    assert list(ended.externs) == ["words@N1", "words@N2"]


# Ends --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2, 65, 1000])
@THREADS
def test_count_stops_with_the_packet_that_reaches_it(bench: Bench, most: int, threads: str) -> None:
    text = "M[0]++; SPLIT(N1); IF (PKT.B[35] % 2 == 0) THEN RETURN (1); FI TILPS RETURN (PKT.B[35] == 9);"
    ended = bench.run(
        text, description("0 memory"), frames(300), "--count", str(most), "--threads", threads
    )
    delivered, number = 0, 0
    for p in frames(300):
        number += 1
        delivered += (p.data[35] % 2 == 0) + (p.data[35] == 9)
        if delivered >= most:
            break
    assert (ended.counts["packets"], ended.counts["delivered"]) == (number, delivered)
    assert ended.memory["M"] == {0: number}
    assert len(ended.written) == delivered


@THREADS
def test_no_memory_ends_the_run(engine: Path, objects: Objects, tmp_path: Path, threads: str) -> None:
    text = f"ffpf-plan 1\nwords 1\nnode root - 0,1,2\nobject {objects['hungry']}\nend\n"
    ended = run(engine, tmp_path, text, capture(frames(500)), "--threads", threads)
    assert ended.status == (3, "memory")
    assert "error: out of memory: the copies that node root makes of packets 1 to 64 need" in ended.error
    assert ended.counts["packets"] == 0


@THREADS
def test_damage_and_other_link_types_come_after_what_is_before(bench: Bench, threads: str) -> None:
    text = "SPLIT(N1); M[0]++; RETURN (PKT.IP.TTL != 0); TILPS"
    bench.run(text, description("0 ethernet"), frames(70))
    data = capture(frames(1000))
    ended = run(bench.engine, bench.folder, bench.plan, data[:-1], "--threads", threads)
    assert ended.status == (1, "input")
    assert "packet 1000: error: the file ends inside a record" in ended.error
    assert (ended.counts["packets"], ended.memory["M"]) == (999, {0: 999})
    mixed = section() + interface(1) + interface(101)
    mixed += b"".join(enhanced(p.data) for p in frames(777)) + enhanced(b"\x45" * 40, number=1)
    ended = run(bench.engine, bench.folder, bench.plan, mixed, "--threads", threads)
    assert "packet 778: error: its link type is RAW (101); ethernet links between nodes" in ended.error
    assert (ended.counts["packets"], ended.memory["M"]) == (777, {0: 777})


@THREADS
def test_link_types_change_on_the_way(bench: Bench, threads: str) -> None:
    """A batch is of one link type at every node."""
    text = "SPLIT(N1); IF (PKT.HAS.ETH) THEN M[0]++; ELSE M[1]++; FI M[2 + PKT.HAS.IP]++; RETURN (1); TILPS"
    bench.run(text, description("0 memory"), frames(70))
    rng, mixed, expected = random.Random(3), section() + interface(1) + interface(101), [0, 0]
    for p in frames(1500):
        number = rng.random() < 0.02
        expected[number] += 1
        mixed += enhanced(p.data[14:] if number else p.data, number=int(number))
    (bench.folder / "frames.pcap").unlink()
    ended = run(
        bench.engine,
        bench.folder,
        bench.plan,
        mixed,
        "--threads",
        threads,
        "--write",
        "out.pcapng",
        files=False,
    )
    assert ended.error == ""
    assert ended.memory["M"] == {0: expected[0], 1: expected[1], 3: 1500}


def start(bench: Bench, *more: str) -> subprocess.Popen[bytes]:
    command = [str(bench.engine), "--plan", "plan", "--read", "-", "--results", "2", "--write", "-", *more]
    return subprocess.Popen(
        command, cwd=bench.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@THREADS
def test_a_pipe_gets_packets_before_the_input_ends(bench: Bench, threads: str) -> None:
    text = "SPLIT(N1); M[0]++; RETURN (1); TILPS"
    bench.run(text, description("0 ethernet"), frames(70))
    data = capture(frames(150))
    with start(bench, "--threads", threads) as child:
        assert child.stdin is not None and child.stdout is not None and child.stderr is not None
        child.stdin.write(data)
        child.stdin.flush()
        seen = b""
        while len(seen) < len(data):
            seen += os.read(child.stdout.fileno(), 1 << 16)
        assert seen == data
        child.send_signal(signal.SIGINT)
        report = child.stderr.read()
    assert child.returncode == 130
    assert b"packets 150\n" in report and b"status 130 interrupted" in report and report.endswith(b"end\n")


@THREADS
def test_a_reader_that_goes_away(bench: Bench, threads: str) -> None:
    bench.run("SPLIT(N1); M[0]++; RETURN (1); TILPS", description("0 memory"), frames(70))
    data = capture(frames(40_000))
    with start(bench, "--threads", threads) as child:
        assert child.stdin is not None and child.stdout is not None and child.stderr is not None
        child.stdout.close()
        try:
            child.stdin.write(data)
            child.stdin.close()
        except BrokenPipeError:
            child.stdin = None
        report = child.stderr.read().decode()
    assert child.returncode == 141
    assert "status 141 closed" in report and report.endswith("end\n")


# Plans -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_plans_are_refused(engine: Path, objects: Objects, tmp_path: Path, name: str) -> None:
    text, said = HOSTILE[name]
    ended = run(engine, tmp_path, text.replace("OBJECT", str(objects["odd"])), pcap())
    assert ended.status == (3, "object")
    assert said in ended.error and "again" in ended.error


def test_plans_that_are_right(engine: Path, objects: Objects, tmp_path: Path) -> None:
    """What the edits above begin with; nodes may share a library."""
    ended = run(engine, tmp_path, GOOD.replace("OBJECT", str(objects["odd"])), pcap())
    assert ended.error == ""
    assert ended.nodes == {"a": (4, 4, 2), "b": (0, 0, 0)}


def test_mangled_plans_never_crash(engine: Path, objects: Objects, tmp_path: Path) -> None:
    rng, good = random.Random(11), GOOD.replace("OBJECT", str(objects["odd"]))
    for _ in range(60):
        text = bytearray(good.encode())
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(text))
            text[at : at + rng.randrange(3)] = bytes(
                rng.choices(b"0123456789,- \nabn\xff", k=rng.randrange(3))
            )
        (tmp_path / "plan").write_bytes(text)
        (tmp_path / "input").write_bytes(pcap())
        command = [str(engine), "--plan", "plan", "--read", "input", "--results", "1"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True)
        assert done.returncode in (0, 3) and done.stderr == b"" and done.stdout.endswith(b"end\n")


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--plan", "absent"], "cannot open the plan: No such file"),
        (["--plan", "."], "cannot read the plan: Is a directory"),
        (["--plan", "plan", "--object", "x"], "needs --object FILE or --plan FILE"),
        (["--plan", "plan", "--threads", "0"], "--threads takes a number from 1 to 256"),
        (["--plan", "plan", "--threads", "257"], "--threads takes a number from 1 to 256"),
    ],
)
def test_wrong_command_line(engine: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "input").write_bytes(pcap())
    command = [str(engine), *arguments, "--read", "input", "--results", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode in (2, 3)
    assert said in done.stdout + done.stderr


def test_arrays_of_one_name_and_two_shapes(
    engine: Path, objects: Objects, bench: Bench, tmp_path: Path
) -> None:
    """Whoever mixes the objects of two programs is told."""
    bench.run("UINT64 count[8]; SPLIT(N1); count[1]++; TILPS", description("0 memory"), frames(3))
    text = bench.plan.replace(str(bench.folder / "p0 N0.so"), str(objects["odd"])).replace(
        "- 0\n", "- 0,1,2\n", 1
    )
    ended = run(engine, tmp_path, text, pcap())
    assert "the object of node N1 has an array that differs elsewhere" in ended.error
