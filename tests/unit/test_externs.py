"""ip_checksum and l4_checksum: the C against its Python twin, both against scapy and the RFCs' sums."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from ffpf.registry import externs, twin
from fpl3.headers import walk
from tests.differential.header_stacks import Stacks
from tests.unit.checked_text import alone
from tests.unit.extern_packets import right_frames

ROOT = Path(__file__).parents[2]
FIXTURES = Path(__file__).parent / "extern_fixtures"
PLUGINS = ROOT / "ffpf_plugins"
# Not optimised: a read that nobody needs in the end is sunk before the sanitizer can see it.
FLAGS = [
    "-std=c11", "-O0", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all", f"-I{PLUGINS / 'externs'}", f"-I{PLUGINS / 'pc'}",
    f"-I{ROOT / 'ffpf' / 'node'}",
]  # fmt: skip
NAMES = ("ip_checksum", "l4_checksum")
TWINS = {name: twin(alone(externs()[name])) for name in NAMES}
RIGHT = right_frames()
# Where the transport checksum stands, from the start of the transport header.
FIELDS = {"TCP": (16, 2), "UDP": (6, 2), "ICMP": (2, 2), "ICMP6": (2, 2), "IGMP": (2, 2), "SCTP": (8, 4)}

Packet = tuple[int, bytes]
Answer = tuple[int, bytes]
InC = Callable[[str, Iterable[Packet]], list[Answer]]


@pytest.fixture(scope="module", params=["gcc", "clang"])
def in_c(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> InC:
    folder = tmp_path_factory.mktemp("externs")
    command = [request.param, *FLAGS, "-o", str(folder / "calls"), str(FIXTURES / "calls.c")]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr

    def call(name: str, packets: Iterable[Packet]) -> list[Answer]:
        records = (struct.pack("=III", len(d), len(d), link) + d for link, d in packets)
        (folder / "packets").write_bytes(b"".join(records))
        ran = subprocess.run(
            [folder / "calls", name, folder / "packets"], capture_output=True, text=True, timeout=60
        )
        assert ran.returncode == 0, ran.stderr
        lines = (line.split(" ") for line in ran.stdout.splitlines())
        return [(int(value), bytes.fromhex(left)) for value, left in lines]

    return call


def in_python(name: str, link: int, data: bytes) -> Answer:
    frame = bytearray(data)
    value = TWINS[name](frame, link, len(data))
    return value, bytes(frame)


def spoilt(name: str, frame: bytes) -> bytes:
    """The frame with another checksum where the function should repair it."""
    headers = walk(frame, 1)
    if name == "ip_checksum":
        at, size = headers.offsets["IP"] + 10, 2
    else:
        header = next(h for h in FIELDS if h in headers.offsets)
        offset, size = FIELDS[header]
        at = headers.offsets[header] + offset
    return frame[:at] + b"\x5a" * size + frame[at + size :]


@pytest.mark.parametrize("name", NAMES)
def test_checksums_become_what_scapy_wrote(name: str) -> None:
    having = [f for f in RIGHT.values() if name == "l4_checksum" or "IP" in walk(f, 1).offsets]
    assert len(having) >= 15
    for frame in having:
        assert in_python(name, 1, spoilt(name, frame)) == (1, frame)


@pytest.mark.parametrize("name", NAMES)
def test_c_and_python_agree_on_whole_and_cut_packets(name: str, in_c: InC) -> None:
    packets = [(1, frame[:cut]) for frame in RIGHT.values() for cut in {*range(140), len(frame) - 1, 5000}]
    assert in_c(name, packets) == [in_python(name, *packet) for packet in packets]


@pytest.mark.parametrize("name", NAMES)
def test_c_and_python_agree_on_random_packets(name: str, in_c: InC) -> None:
    stacks = Stacks(7)
    packets = [stacks.one() for _ in range(20_000)]
    expected = [in_python(name, *packet) for packet in packets]
    assert sum(value for value, _ in expected) > 200
    assert in_c(name, packets) == expected


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_is_written(name: str) -> None:
    stacks = Stacks(8)
    for _ in range(2000):
        link, data = stacks.one()
        value, left = in_python(name, link, data)
        changed = [n for n in range(len(data)) if left[n] != data[n]]
        assert len(left) == len(data) and (value == 1 or not changed)
        assert len(changed) <= 4 and (not changed or changed[-1] - changed[0] < 4)
        assert in_python(name, link, left) == (value, left)


def fragment(frame: bytes, word: int) -> bytes:
    return frame[:20] + word.to_bytes(2, "big") + frame[22:]


@pytest.mark.parametrize("word", [0x2000, 0x0001])
def test_fragments_keep_their_transport_checksum(word: int) -> None:
    data = fragment(RIGHT["tcp4-0"], word)
    assert data[12:14] == b"\x08\0"
    assert in_python("l4_checksum", 1, data) == (0, data)
    assert in_python("ip_checksum", 1, data)[0] == 1


def test_a_packet_that_was_not_wholly_captured_is_left_alone() -> None:
    frame = RIGHT["tcp4-1400"]
    assert in_python("l4_checksum", 1, frame[:-1]) == (0, frame[:-1])
    assert in_python("ip_checksum", 1, spoilt("ip_checksum", frame)[:60]) == (1, frame[:60])


def test_padding_behind_the_packet_is_not_summed() -> None:
    frame = RIGHT["udp4-1"] + b"\xff" * 17
    assert in_python("l4_checksum", 1, spoilt("l4_checksum", frame)) == (1, frame)


def with_udp_checksum(frame: bytes, checksum: int) -> bytes:
    at = walk(frame, 1).offsets["UDP"] + 6
    return frame[:at] + checksum.to_bytes(2, "big") + frame[at + 2 :]


def test_udp_without_a_checksum_stays_so_over_ipv4_only() -> None:
    data = with_udp_checksum(RIGHT["udp4-7"], 0)
    assert in_python("l4_checksum", 1, data) == (0, data)
    assert in_python("l4_checksum", 1, with_udp_checksum(RIGHT["udp6-7"], 0)) == (1, RIGHT["udp6-7"])


def test_a_udp_checksum_that_comes_out_as_zero_is_sent_as_all_ones(in_c: InC) -> None:
    frame = with_udp_checksum(RIGHT["udp4-2"], 1)
    right = RIGHT["udp4-2"]
    at = walk(right, 1).offsets["UDP"] + 6
    # Adding the checksum to the payload's only word makes the sum all ones, its complement zero.
    word = int.from_bytes(frame[-2:], "big") + int.from_bytes(right[at : at + 2], "big")
    data = frame[:-2] + ((word & 0xFFFF) + (word >> 16)).to_bytes(2, "big")
    for value, left in (in_python("l4_checksum", 1, data), *in_c("l4_checksum", [(1, data)])):
        assert value == 1 and left[at : at + 2] == b"\xff\xff"


def test_lengths_that_lie() -> None:
    frame = RIGHT["udp4-7"]
    at = walk(frame, 1).offsets["UDP"] + 4
    for length in (7, 16, 0xFFFF):
        data = frame[:at] + length.to_bytes(2, "big") + frame[at + 2 :]
        assert in_python("l4_checksum", 1, data) == (0, data)


@pytest.mark.parametrize("size", range(9))
def test_an_ip_packet_that_ends_inside_its_transport_header(size: int, in_c: InC) -> None:
    frame = RIGHT["udp4-0"]
    ip = frame[:16] + (20 + size).to_bytes(2, "big") + frame[18 : 34 + size]
    for proto in (6, 17, 1, 2, 132):
        data = ip[:23] + bytes([proto]) + ip[24:]
        assert in_c("l4_checksum", [(1, data)]) == [in_python("l4_checksum", 1, data)]


def test_declarations() -> None:
    for name in NAMES:
        declared = externs()[name]
        (function,) = declared.functions
        assert (declared.name, function.packet, function.pure) == (name, "write", False)
        assert declared.c_file == f"ffpf_plugins/externs/{name}/{name}.c"
        assert function.c_function in (ROOT / declared.c_file).read_text("utf-8")
