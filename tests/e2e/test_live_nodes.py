"""`ffpf node`: split programs on real interfaces, which are veth pairs between network namespaces."""

from __future__ import annotations

import json
import signal
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import namespaces, packets
from tests.e2e.command import EXAMPLES, FFPF, ROOT, SAMPLE, ffpf, results, until
from tests.e2e.namespaces import LiveNode, Net

WHY_NOT = namespaces.why_not()
pytestmark = [pytest.mark.root, pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))]

FIGURE5, FIGURE2 = EXAMPLES / "figure5.fpl", EXAMPLES / "nodes/figure2.toml"
SUMS = ("runs", "delivered", "dropped", "transmitted")
MAC = "02:00:00:00:{:02x}:{:02x}".format

# Registers carried in the state, a body inside a body, and a relay: N0's frames for N3 pass N1.
TREE = """
UINT32 count[64];
UINT64 total[8];
RULE web = { GID 1, SID 1000001, REV 1, PRIORITY 2, CLASS "web", MSG "web" };

count[0]++;
R[0] = PKT.LEN & 255;
R[1] = HASH(flowFields) & 4095;
IF (PKT.IP.PROTO == PROTO_TCP) THEN
    SPLIT(N1);
        count[1 + R[0] % 8]++;
        total[0] += R[1];
        IF (PKT.TCP.DPORT == 80) THEN
            R[2] = R[0] * 3;
            SPLIT(N3);
                count[16]++;
                total[1] += R[2] + R[1];
                ALERT(web);
                RETURN (R[0] + 1);
            TILPS
        FI
        RETURN (2);
    TILPS
ELSIF (PKT.HAS.UDP) THEN
    SPLIT(N3);
        count[20]++;
        total[2] += R[0] + R[1];
        RETURN (3);
    TILPS
ELSE
    SPLIT(N2);
        count[32 + (PKT.B[5] & 15)]++;
        total[3] += PKT.B[PKT.LEN & 127];
        total[4] += R[0] + PKT.B[700];
        RETURN (4);
    TILPS
FI
"""
TREE_NODES = """
root = "N0"
input = "eth0"
[nodes.N0.interfaces]
eth0 = {}
eth1 = { mac = "02:00:00:00:00:01" }
eth2 = { mac = "02:00:00:00:00:02" }
[nodes.N1.interfaces]
eth0 = { mac = "02:00:00:00:01:00" }
eth1 = { mac = "02:00:00:00:01:01" }
[nodes.N2.interfaces]
eth0 = { mac = "02:00:00:00:02:00" }
[nodes.N3.interfaces]
eth0 = { mac = "02:00:00:00:03:00" }
[[links]]
from = "N0.eth1"
to = "N1.eth0"
kind = "ethernet"
[[links]]
from = "N0.eth2"
to = "N2.eth0"
kind = "ethernet"
trailer = "full"
[[links]]
from = "N1.eth1"
to = "N3.eth0"
kind = "ethernet"
"""


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    made = Net(tmp_path)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def frames() -> list[bytes]:
    """The sample as a real link carries it."""
    return [packet.data.ljust(namespaces.SHORTEST, b"\0") for packet in packets.read(SAMPLE)]


@pytest.fixture(scope="module")
def padded(frames: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a capture."""
    file = tmp_path_factory.mktemp("padded") / "padded.pcap"
    records = (struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame for frame in frames)
    file.write_bytes(SAMPLE.read_bytes()[:24] + b"".join(records))
    return file


def star(net: Net) -> None:
    """The machines and cables of examples/nodes/figure2.toml."""
    net.add("source", "N0", "N1", "N2", "N3")
    net.cable(("source", "out", MAC(255, 0)), ("N0", "eth0", MAC(0, 0x10)))
    for number in (1, 2, 3):
        ends = ("N0", f"eth{number}", MAC(0, 0x10 + number)), (f"N{number}", "eth0", MAC(number, 0x10))
        net.cable(*ends)


def start_all(
    net: Net, names: Sequence[str], *arguments: object, root: Sequence[object] = ()
) -> list[LiveNode]:
    """Starts the nodes, the first of which is the root, and waits until all are ready."""
    nodes = [net.node(name, name, *arguments, *(root if name == names[0] else ())) for name in names]
    for node in nodes:
        node.wait_ready()
    cuts = {node.said().rpartition("(cut ")[2] for node in nodes}
    assert len(cuts) == 1, "the nodes have split the program differently"
    return nodes


def finish(nodes: Sequence[LiveNode]) -> dict[str, dict[str, Any]]:
    """Stops the nodes from the root on, when what was sent has arrived; their results by name."""
    time.sleep(0.3)
    return {node.name: node.stop() for node in nodes}


def assert_same(live: dict[str, dict[str, Any]], whole: dict[str, Any], root: str = "N0") -> None:
    """All nodes together did what one does, and nothing got lost between them."""
    assert live[root]["packets"] == whole["packets"] and live[root]["bytes"] == whole["bytes"]
    for key in SUMS:
        assert sum(value[key] for value in live.values()) == whole[key], key
    for key in ("verdicts", "aborted", "alerts"):
        assert added(value[key] for value in live.values()) == +Counter(whole[key]), key
    for name in whole["memory"]:
        words = added(
            value["memory"][name]["nonzero"] for value in live.values() if name in value["memory"]
        )
        assert words == Counter(whole["memory"][name]["nonzero"]), name
    for name, value in live.items():
        node = value["nodes"][name]
        assert node["lost"] == {}
        for receiver, count in node["sent"].items():
            assert live[receiver]["packets"] == count


def added(counts: Iterator[dict[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return +total


def test_figure5(net: Net, frames: list[bytes], padded: Path) -> None:
    whole = results(FIGURE5, "-r", padded)
    star(net)
    nodes = start_all(net, ("N0", "N1", "N2", "N3"), FIGURE5, "--nodes", FIGURE2)
    net.replay("source", "out", frames)
    live = finish(nodes)
    assert_same(live, whole)
    assert live["N0"]["nodes"]["N0"]["sent"].keys() == {"N1", "N2", "N3"}


@dataclass(frozen=True, slots=True)
class Split:
    """A program, a description, and what the manifest says of the origins."""

    program: Path
    nodes: Path
    origins: dict[str, Any]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Split:
    folder = tmp_path_factory.mktemp("tree")
    program, nodes, compiled = folder / "tree.fpl", folder / "tree.toml", folder / "compiled"
    program.write_text(TREE)
    nodes.write_text(TREE_NODES)
    assert ffpf("compile", program, "--nodes", nodes, "-o", compiled).returncode == 0
    return Split(program, nodes, json.loads((compiled / "manifest.json").read_text())["origins"])


def join_tree(net: Net) -> None:
    """The machines and cables of TREE_NODES."""
    net.add("source", "N0", "N1", "N2", "N3")
    net.cable(("source", "out", MAC(255, 0)), ("N0", "eth0", MAC(0, 0)))
    net.cable(("N0", "eth1", MAC(0, 1)), ("N1", "eth0", MAC(1, 0)))
    net.cable(("N0", "eth2", MAC(0, 2)), ("N2", "eth0", MAC(2, 0)), mtu=1532)
    # The description's MAC of N3 need not be the interface's own.
    net.cable(("N1", "eth1", MAC(1, 1)), ("N3", "eth0", MAC(9, 9)))


@pytest.mark.parametrize("cut", [None, 96], ids=["whole", "short"])
def test_a_tree_and_its_wires(
    net: Net, tree: Split, frames: list[bytes], padded: Path, cut: int | None
) -> None:
    join_tree(net)
    snaplen = () if cut is None else ("-s", cut)
    whole = results(tree.program, "-r", padded, *snaplen)
    watches = {name: net.watch(name, "eth0") for name in ("N1", "N2", "N3")}
    running = start_all(net, ("N0", "N1", "N2", "N3"), tree.program, "--nodes", tree.nodes, root=snaplen)
    net.replay("source", "out", frames)
    live = finish(running)
    assert_same(live, whole)
    assert sum(live["N3"]["alerts"].values()) > 0 and sum(whole["aborted"].values()) > 0
    for name, watch in watches.items():
        found = watch.frames()
        assert len(found) == live[name]["packets"] > 0
        for frame in found:
            check_frame(frame, name, tree.origins, cut)
    assert {first.hex() for first, *_ in map(full_trailer, watches["N2"].frames())} == {
        frame[:12].hex()
        for frame in frames
        if not is_tcp(frame) and packets.dissect(frame, 0).udp() is None
    }


def is_tcp(frame: bytes) -> bool:
    packet = packets.dissect(frame, len(frame))
    return packet.ip != 0 and packet.protocol == 6


def check_frame(frame: bytes, name: str, origins: dict[str, Any], cut: int | None) -> None:
    """Addresses, state and trailer of a frame on the way to a node (language.md section 7)."""
    assert frame[:6] == bytes((2, 0, 0, 0, int(name[1]), 0)) and len(frame) >= namespaces.SHORTEST
    mark = int.from_bytes(frame[10:12], "big")
    origin = origins[str(mark & 0x7FFF)]
    caplen = length = len(frame)
    if name == "N2":
        assert mark & 0x8000
        _, time_, caplen, length = full_trailer(frame)
        assert abs(time_ / 1e9 - time.time()) < 100 and len(frame) == max(caplen + 32, 60)
    elif mark & 0x8000:
        caplen, length = struct.unpack("!II", frame[-8:])
        assert caplen != length and len(frame) == max(caplen + 8, 60)
    assert caplen == (length if cut is None else min(length, cut))
    state = int.from_bytes(frame[6:10], "big")
    registers = {
        piece["register"]: state >> piece["shift"] & (1 << piece["bits"]) - 1 for piece in origin["state"]
    }
    assert all(piece["word"] == 0 and piece["from_bit"] == 0 == piece["least"] for piece in origin["state"])
    assert registers["R[0]"] == length & 255
    if "R[1]" in registers:
        packet = packets.dissect(frame[:caplen], length)
        assert registers["R[1]"] == packets.crc32c(packets.flow_bytes(packet)) & 4095
    if "R[2]" in registers:
        assert registers["R[2]"] == registers["R[0]"] * 3


def full_trailer(frame: bytes) -> tuple[bytes, int, int, int]:
    first, time_, caplen, length, port, zero = struct.unpack("!12sQIIHH", frame[-32:])
    assert port == zero == 0
    return first, time_, caplen, length


# Routed networks -----------------------------------------------------------------------------------

ROUTED = """
UINT32 count[64];
UINT64 total[4];
R[0] = PKT.LEN;
R[1] = HASH(flowFields);
R[2] = PKT.DW[0];
SPLIT(N1);
    count[PKT.B[5] & 63]++;
    total[0] += R[0];
    total[1] += R[1];
    total[2] += R[2];
    RETURN (1 + (PKT.B[0] & 3));
TILPS
"""
ROUTED_NODES = """
root = "N0"
input = "eth0"
[nodes.N0.interfaces]
eth0 = {{}}
eth1 = {{ address = "{0}2" }}
[nodes.N1.interfaces]
eth0 = {{ address = "{1}2" }}
[[links]]
from = "N0.eth1"
to = "N1.eth0"
kind = "geneve"
mtu = {2}
"""


@pytest.mark.parametrize(
    ("ours", "theirs", "prefix", "described", "real"),
    [
        ("10.77.0.", "10.78.0.", 24, 1300, 1300),
        ("10.77.0.", "10.78.0.", 24, 1500, 1300),
        ("fd77:1::", "fd77:2::", 64, 1500, 1300),
    ],
    ids=["described", "found", "ipv6"],
)
def test_geneve_through_a_router(
    net: Net, frames: list[bytes], ours: str, theirs: str, prefix: int, described: int, real: int
) -> None:
    net.add("source", "N0", "router", "N1")
    net.cable(("source", "out", MAC(255, 0)), ("N0", "eth0", MAC(0, 0)))
    net.cable(("N0", "eth1", MAC(0, 1)), ("router", "left", MAC(8, 0)))
    net.cable(("router", "right", MAC(8, 1)), ("N1", "eth0", MAC(1, 0)), mtu=real)
    for place, interface, address in (
        ("N0", "eth1", f"{ours}2"), ("router", "left", f"{ours}1"),
        ("router", "right", f"{theirs}1"), ("N1", "eth0", f"{theirs}2"),
    ):  # fmt: skip
        net.quiet(place, interface, ":" not in ours)
        nodad = ("nodad",) if ":" in ours else ()
        net.run(place, "ip", "address", "add", f"{address}/{prefix}", "dev", interface, *nodad)
    for place, to, via in (("N0", theirs, ours), ("N1", ours, theirs)):
        network = to if ":" in to else f"{to}0"
        net.run(place, "ip", "route", "add", f"{network}/{prefix}", "via", f"{via}1")
    forwarding = "ipv6/conf/all/forwarding" if ":" in ours else "ipv4/ip_forward"
    net.run("router", "sh", "-c", f"echo 1 >/proc/sys/net/{forwarding}")

    net.until_reached("N0", f"{theirs}2")

    # Geneve with three state words, UDP and IP before the packet.
    before = 28 + 3 * 4 + 8 + (40 if ":" in ours else 20)
    fitting = [frame for frame in frames if before + len(frame) <= real]
    assert 0 < len(fitting) < len(frames)
    program, nodes, kept = net.folder / "routed.fpl", net.folder / "routed.toml", net.folder / "kept.pcap"
    program.write_text(ROUTED)
    nodes.write_text(ROUTED_NODES.format(ours, theirs, described))
    whole = results(program, "-r", capture_of(fitting, net.folder))
    leaf = net.node("N1", "N1", program, "--nodes", nodes, "-w", kept)
    root = net.node("N0", "N0", program, "--nodes", nodes)
    leaf.wait_ready()
    root.wait_ready()
    net.replay("source", "out", frames)
    live = finish([root, leaf])
    sender = live["N0"]["nodes"]["N0"]
    assert sender["sent"] == {"N1": len(frames)}
    assert sender["lost"] == {"N1": {"too_big": len(frames) - len(fitting)}}
    assert live["N1"]["packets"] == len(fitting) and live["N1"]["nodes"]["N1"]["lost"] == {}
    for key in ("verdicts", "memory", "delivered", "aborted"):
        assert live["N1"][key] == whole[key]
    written = kept.read_bytes()
    assert written[:4] == struct.pack("<I", 0xA1B23C4D), "nanoseconds"
    assert abs(struct.unpack_from("<I", written, 24)[0] - time.time()) < 100
    assert [packet.data for packet in read_any(kept)] == fitting


def capture_of(frames: Sequence[bytes], folder: Path) -> Path:
    file = folder / "fitting.pcap"
    records = (struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame for frame in frames)
    file.write_bytes(SAMPLE.read_bytes()[:24] + b"".join(records))
    return file


def read_any(file: Path) -> list[packets.Packet]:
    """As packets.read, whatever the resolution."""
    data, at, found = file.read_bytes(), 24, []
    while at < len(data):
        captured, length = struct.unpack_from("<II", data, at + 8)
        found.append(packets.dissect(data[at + 16 : at + 16 + captured], length))
        at += 16 + captured
    return found


# One node ------------------------------------------------------------------------------------------


def test_frames_of_tx_leave_where_they_are_reached(net: Net, frames: list[bytes]) -> None:
    """The root's own frames do not come back to it."""
    program = net.folder / "tx.fpl"
    program.write_text(
        f"TX_MAC[2] = {{ {MAC(1, 0x10)}, 00:11:22:33:44:55 }};\n"
        "IF (PKT.HAS.TCP) THEN TX(Mac, 0); ELSE TX(Mac, 1); FI\nRETURN (1);"
    )
    star(net)
    beyond, back = net.watch("N1", "eth0"), net.watch("source", "out")
    root = net.node("N0", "N0", program, "--nodes", FIGURE2)
    root.wait_ready()
    net.replay("source", "out", frames)
    found = finish([root])["N0"]
    assert (found["packets"], found["transmitted"]) == (len(frames), len(frames))
    assert found["nodes"]["N0"]["lost"] == {}
    whole = net.folder / "tx.pcap"
    assert ffpf("run", program, "-r", capture_of(frames, net.folder), "--tx", whole).returncode == 0
    sent = [packet.data for packet in packets.read(whole)]
    first = bytes.fromhex(MAC(1, 0x10).replace(":", ""))
    assert beyond.frames() == [frame for frame in sent if frame[:6] == first]
    assert back.frames() == [frame for frame in sent if frame[:6] != first]


def test_a_root_counts_deliveries_and_writes_them(net: Net, frames: list[bytes]) -> None:
    net.add("source", "N0")
    net.cable(("source", "out", MAC(255, 0)), ("N0", "eth0", MAC(0, 0x10)))
    nodes, kept = net.folder / "one.toml", net.folder / "kept.pcapng"
    nodes.write_text('root = "N0"\ninput = "eth0"\n[nodes.N0.interfaces.eth0]\n')
    options = ("--fpl", "RETURN (1);", "--nodes", nodes, "-w", kept)
    root = net.node("N0", "N0", *options, "-c", 3)
    root.wait_ready()
    net.replay("source", "out", frames)
    value = root.wait()
    assert (value["packets"], value["delivered"]) == (3, 3)
    back = ffpf("run", "--fpl", "RETURN (1);", "-r", kept, "-w", net.folder / "back.pcap")
    assert back.returncode == 0
    assert [packet.data for packet in read_any(net.folder / "back.pcap")] == frames[:3]
    again = net.node("N0", "N0", *options, "-q")
    # It says nothing, but its socket is there: the first line is the heading.
    until(lambda: len(net.run("N0", "cat", "/proc/net/packet").stdout.splitlines()) > 1)
    assert again.stop(signal.SIGINT)["delivered"] == 0 and again.said() == ""


def test_a_leaf_counts_what_is_not_its_own_and_outlives_its_interface(net: Net) -> None:
    net.add("N0", "N1")
    net.cable(("N0", "eth1", MAC(0, 0x11)), ("N1", "eth0", MAC(1, 0x10)))
    leaf = net.node("N1", "N1", FIGURE5, "--nodes", FIGURE2)
    leaf.wait_ready()
    own = bytes.fromhex(MAC(1, 0x10).replace(":", ""))
    good = own + bytes(4) + b"\0\1" + b"\x08\0" + bytes(50)
    foreign = [
        bytes.fromhex("020000000999") + good[6:],  # for somebody else
        good[:10] + b"\0\0" + good[12:],  # origin 0
        good[:10] + b"\0\2" + good[12:],  # an origin of another node
        good[:10] + b"\x80\1" + good[12:],  # a trailer that is none
        good[:59],
    ]
    net.replay("N0", "eth1", [good, *foreign, good])
    net.run("N1", "ip", "link", "set", "eth0", "down")
    until(lambda: "eth0 is down; N1 waits" in leaf.said())
    net.run("N1", "ip", "link", "set", "eth0", "up")
    until(lambda: "eth0 is up\n" in leaf.said())
    net.replay("N0", "eth1", [good])
    time.sleep(0.2)
    net.run("N1", "ip", "link", "delete", "eth0")
    value = leaf.wait(3)
    assert "ffpf: error: N1: the interface eth0 is gone; the results are those before" in leaf.said()
    assert value["packets"] == 3
    assert value["nodes"]["N1"]["lost"] == {"N1": {"foreign": len(foreign)}}


# Wrong use -----------------------------------------------------------------------------------------


def node(*arguments: object, text: str = "RETURN (1);") -> subprocess.CompletedProcess[bytes]:
    return ffpf("node", "--fpl", text, *arguments)


def test_nodes_that_cannot_be(tmp_path: Path) -> None:
    unknown = node("--name", "N7", "--nodes", FIGURE2)
    assert unknown.returncode == 2 and b"describes no node 'N7'" in unknown.stderr
    nothing = node("--name", "N3", "--nodes", FIGURE2)
    assert nothing.returncode == 2 and b"nothing of <fpl> runs on N3" in nothing.stderr
    without = tmp_path / "without.toml"
    without.write_text('root = "N0"\n[nodes.N0.interfaces.eth0]\n')
    no_input = node("--name", "N0", "--nodes", without)
    assert no_input.returncode == 1
    assert no_input.stderr.startswith(f"{without}:2:".encode()) and b"has no input" in no_input.stderr
    memory = EXAMPLES / "nodes/one_host.toml"
    name = memory.read_text().partition('root = "')[2].partition('"')[0]
    joined = node("--name", name, "--nodes", memory)
    assert joined.returncode == 1 and b"inside one process" in joined.stderr
    other = tmp_path / "other.toml"
    other.write_text('root = "N0"\ninput = "eth0"\n[nodes.N0]\ntarget = "interp"\ninterfaces.eth0 = {}\n')
    interpreted = node("--name", "N0", "--nodes", other)
    assert interpreted.returncode == 2 and b"has the target interp" in interpreted.stderr


def test_machines_that_refuse(net: Net) -> None:
    net.add("N0")
    nodes = net.folder / "one.toml"
    nodes.write_text('root = "N0"\ninput = "eth0"\n[nodes.N0.interfaces.eth0]\n')
    command = [str(FFPF), "node", "--fpl", "RETURN (1);", "--name", "N0", "--nodes", str(nodes)]
    gone = subprocess.run(net.inside("N0", *command), capture_output=True, timeout=60, cwd=ROOT)
    assert gone.returncode == 3 and b"there is no interface eth0 on this machine" in gone.stderr
    assert gone.stdout == b""
    net.cable(("N0", "eth0", MAC(0, 0)), ("N0", "peer", MAC(8, 0)))
    weak = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw", *command]
    refused = subprocess.run(net.inside("N0", *weak), capture_output=True, timeout=60, cwd=ROOT)
    assert refused.returncode == 3
    assert b"eth0: no permission to open the interface; run it as root" in refused.stderr
    assert b"setcap cap_net_raw+ep" in refused.stderr


def test_addresses_that_are_not_there(net: Net, tmp_path: Path) -> None:
    net.add("N0")
    net.cable(("N0", "eth0", MAC(0, 0)), ("N0", "eth1", MAC(0, 1)))
    nodes, program = tmp_path / "routed.toml", tmp_path / "routed.fpl"
    nodes.write_text(ROUTED_NODES.format("10.77.0.", "10.78.0.", 1500))
    program.write_text(ROUTED)
    lacking = net.node("N0", "N0", program, "--nodes", nodes)
    lacking.wait(3)
    assert "eth1: this machine has not the address 10.77.0.2" in lacking.said()
    net.run("N0", "ip", "address", "add", "10.77.0.2/24", "dev", "eth1")
    lost = net.node("N0", "N0", program, "--nodes", nodes)
    lost.wait(3)
    assert "eth1: there is no route to 10.78.0.2" in lost.said()
