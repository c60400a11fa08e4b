"""The cut on the wire: fpl3/split/wire.py and node/tree/wire.c give the same bytes and packets."""

from __future__ import annotations

import random
import struct
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from scapy.contrib.geneve import GENEVE
from scapy.layers.l2 import Ether

from fpl3.split.wire import MAX_CAPLEN, Crossing, Lost, Wire, decode, encode
from tests.unit.node_build import NODE, SANITIZED, compile_c

HARNESS = Path(__file__).parent / "wire_harness.c"
REQUEST = struct.Struct("=QIIIIIHH6B6s4x")
ANSWER = struct.Struct("=QIIIIHH4x")
KINDS = ("ethernet", "geneve", "memory")
LOSSES = (None, "too_big", "tagged", "foreign")
MAC = 0x02005E000007
TS = 0x0102030405060708

PLAIN = Wire("ethernet", full=False, switched=False, tagged=False, mtu=None, mac=MAC)
FULL = replace(PLAIN, full=True)
SWITCHED = replace(PLAIN, switched=True)
GENEVE_1 = Wire("geneve", full=False, switched=False, tagged=False, mtu=None, mac=0)

Encoding = tuple[Wire, Crossing]
Decoding = tuple[Wire, bytes, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class InC:
    """wire.c under the sanitizers; an outcome is what the reference returns, or the loss's name."""

    program: Path

    def encode(self, cases: Sequence[Encoding]) -> list[bytes | str]:
        answers = self._run(_encoding(wire, crossing) for wire, crossing in cases)
        return [LOSSES[values[1]] or data for values, _, data in answers]

    def decode(self, cases: Sequence[Decoding]) -> list[Crossing | str]:
        answers = self._run(_decoding(*case) for case in cases)
        return [
            LOSSES[result] or Crossing(data, length, origin, state, timestamp, port)
            for (timestamp, result, length, _, _, origin, port), state, data in answers
        ]

    def _run(self, requests: Iterator[bytes]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], bytes]]:
        done = subprocess.run([self.program], input=b"".join(requests), capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        at = 0
        while at < len(done.stdout):
            values = ANSWER.unpack_from(done.stdout, at)
            words, size = values[3:5]
            state = struct.unpack_from(f"={words}I", done.stdout, at + ANSWER.size)
            at += ANSWER.size + 4 * words + size
            yield values, state, done.stdout[at - size : at]


def _request(decodes: bool, wire: Wire, crossing: Crossing) -> bytes:
    numbers = (wire.mtu or 0, wire.words, crossing.length, len(crossing.state), len(crossing.data))
    flags = (decodes, KINDS.index(wire.kind), wire.full, wire.switched, wire.tagged, wire.ipv6)
    mac = wire.mac.to_bytes(6, "big")
    head = REQUEST.pack(crossing.timestamp, *numbers, crossing.origin, crossing.port, *flags, mac)
    return head + struct.pack(f"={len(crossing.state)}I", *crossing.state) + crossing.data


def _encoding(wire: Wire, crossing: Crossing) -> bytes:
    return _request(False, wire, crossing)


def _decoding(wire: Wire, frame: bytes, arrived: tuple[int, int]) -> bytes:
    return _request(True, wire, Crossing(frame, 0, 0, (), *arrived))


def encoded(wire: Wire, crossing: Crossing) -> bytes | str:
    try:
        return encode(wire, crossing)
    except Lost as lost:
        return lost.name


def decoded(wire: Wire, frame: bytes, arrived: tuple[int, int] = (0, 0)) -> Crossing | str:
    try:
        return decode(wire, frame, arrived)
    except Lost as lost:
        return lost.name


@pytest.fixture(scope="module")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> InC:
    output = tmp_path_factory.mktemp("wire") / "harness"
    return InC(compile_c(output, [HARNESS, NODE / "tree/wire.c"], "-Wconversion", *SANITIZED))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_no_warnings_when_optimised(compiler: str, tmp_path: Path) -> None:
    sources = [HARNESS, NODE / "tree/wire.c"]
    compile_c(tmp_path / "harness", sources, "-O2", "-Wconversion", compiler=compiler)


# -- golden frames, written out from section 7 of the language and RFC 8926 -------------------------------

COUNTING = bytes(range(64))
BODY = "0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b"
GOLDEN = {
    "ethernet, no trailer": (
        PLAIN,
        Crossing(COUNTING[:60], 60, 0x1234, (0xDEADBEEF,), TS, 0x0A0B),
        "02005e000007 deadbeef 1234" + BODY,
    ),
    "ethernet, a short packet": (
        PLAIN,
        Crossing(COUNTING[:14], 14, 0x1234, (0xDEADBEEF,), TS, 0x0A0B),
        "02005e000007 deadbeef 9234 0c0d" + 38 * "00" + "0000000e 0000000e",
    ),
    "ethernet, a cut packet": (
        PLAIN,
        Crossing(COUNTING[:60], 1500, 0x7FFF, (1,), TS, 0x0A0B),
        "02005e000007 00000001 ffff" + BODY + "0000003c 000005dc",
    ),
    "ethernet, less than the header": (
        PLAIN,
        Crossing(COUNTING[:5], 5, 1, (0,), TS, 0x0A0B),
        "02005e000007 00000000 8001" + 40 * "00" + "00000005 00000005",
    ),
    "ethernet, the full trailer": (
        FULL,
        Crossing(COUNTING[:60], 61, 0x1234, (0xDEADBEEF,), TS, 0x0A0B),
        "02005e000007 deadbeef 9234" + BODY + "000102030405060708090a0b"
        "0102030405060708 0000003c 0000003d 0a0b 0000",
    ),
    "ethernet, the full trailer of a short packet": (
        FULL,
        Crossing(COUNTING[:5], 5, 0x1234, (0xDEADBEEF,), TS, 0x0A0B),
        "02005e000007 deadbeef 9234" + 16 * "00" + "0001020304 00000000000000"
        "0102030405060708 00000005 00000005 0a0b 0000",
    ),
    "switched": (
        SWITCHED,
        Crossing(COUNTING[:60], 60, 0x1234, (0x3FABCDEF,), TS, 0x0A0B),
        "02005e000007 feabcdef 1234" + BODY,
    ),
    "switched, a small state": (
        SWITCHED,
        Crossing(COUNTING[:60], 60, 0x1234, (0x01020304,), TS, 0x0A0B),
        "02005e000007 06020304 1234" + BODY,
    ),
    "geneve, two words": (
        replace(GENEVE_1, words=2),
        Crossing(b"\xaa\xbb\xcc", 1500, 0x1234, (0xDEADBEEF, 0xCAFEF00D), TS, 0x0A0B),
        "07 40 6558 000000 00 fff0 81 06 1234 0a0b 000005dc 0102030405060708 deadbeef cafef00d aabbcc",
    ),
    "geneve, no state": (
        replace(GENEVE_1, words=0),
        Crossing(b"", 0, 1, (), TS, 0),
        "05 40 6558 000000 00 fff0 81 04 0001 0000 00000000 0102030405060708",
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(in_c: InC, name: str) -> None:
    wire, crossing, written = GOLDEN[name]
    frame = bytes.fromhex(written)
    assert encode(wire, crossing) == frame
    assert in_c.encode([(wire, crossing)]) == [frame]
    arrived = crossing if wire.full or wire.kind == "geneve" else _overwritten(crossing, frame, (7, 8))
    assert decode(wire, frame, (7, 8)) == arrived
    assert in_c.decode([(wire, frame, (7, 8))]) == [arrived]


def _overwritten(crossing: Crossing, frame: bytes, arrived: tuple[int, int]) -> Crossing:
    """What reaches the other side of an ethernet link without a full trailer."""
    data = (frame[:12] + crossing.data[12:])[: len(crossing.data)]
    return Crossing(data, crossing.length, crossing.origin, crossing.state, *arrived)


# -- losses ----------------------------------------------------------------------------------------------


def _packet(size: int, *, type: bytes = b"\x08\x00", length: int | None = None) -> Crossing:
    data = (bytes(12) + type).ljust(size, b"\x55")[:size]
    return Crossing(data, size if length is None else length, 9, (5,), 0, 0)


MTU = replace(PLAIN, mtu=1500)
IN_GENEVE = 8 + 4 + 16 + 4  # Geneve's header, the option's, the fixed values, one word of state
LOST_AT_THE_SENDER: list[tuple[Wire, Crossing, str | None]] = [
    (MTU, _packet(1514), None),
    (MTU, _packet(1515), "too_big"),
    (MTU, _packet(1506, length=9000), None),
    (MTU, _packet(1507, length=9000), "too_big"),
    *((MTU, _packet(1518, type=tpid), None) for tpid in (b"\x81\x00", b"\x88\xa8", b"\x91\x00")),
    (MTU, _packet(1519, type=b"\x81\x00"), "too_big"),
    (MTU, _packet(1515, type=b"\x81\x01"), "too_big"),
    (replace(MTU, full=True), _packet(1482), None),
    (replace(MTU, full=True), _packet(1483), "too_big"),
    (replace(SWITCHED, mtu=1500), _packet(1515), "too_big"),
    (SWITCHED, _packet(100, type=b"\x88\xa8"), "tagged"),
    (SWITCHED, _packet(14, type=b"\x91\x00"), "tagged"),
    (SWITCHED, _packet(13, type=b"\x81\x00"), None),
    (replace(SWITCHED, mtu=1500), _packet(2000, type=b"\x81\x00"), "tagged"),
    (replace(SWITCHED, tagged=True), _packet(100, type=b"\x81\x00"), None),
    (replace(GENEVE_1, mtu=1500), _packet(1500 - 28 - IN_GENEVE), None),
    (replace(GENEVE_1, mtu=1500), _packet(1501 - 28 - IN_GENEVE), "too_big"),
    (replace(GENEVE_1, mtu=1500, ipv6=True), _packet(1500 - 48 - IN_GENEVE), None),
    (replace(GENEVE_1, mtu=1500, ipv6=True), _packet(1501 - 48 - IN_GENEVE), "too_big"),
    (GENEVE_1, _packet(0xFFFF - 28 - IN_GENEVE), None),
    (GENEVE_1, _packet(0x10000 - 28 - IN_GENEVE), "too_big"),
    (replace(GENEVE_1, ipv6=True), _packet(0xFFFF - 8 - IN_GENEVE), None),
    (replace(GENEVE_1, ipv6=True), _packet(0x10000 - 8 - IN_GENEVE), "too_big"),
    (replace(GENEVE_1, mtu=1 << 20), _packet(0x10000), "too_big"),
    (PLAIN, _packet(MAX_CAPLEN), None),
    (FULL, _packet(MAX_CAPLEN), None),
]


def test_losses_at_the_sender(in_c: InC) -> None:
    outcomes = in_c.encode([(wire, crossing) for wire, crossing, _ in LOST_AT_THE_SENDER])
    for (wire, crossing, lost), in_c_too in zip(LOST_AT_THE_SENDER, outcomes, strict=True):
        outcome = encoded(wire, crossing)
        assert outcome == lost if lost else isinstance(outcome, bytes), (wire, len(crossing.data))
        assert outcome == in_c_too, (wire, len(crossing.data))


def _changed(name: str, at: int, bytes_: str) -> tuple[Wire, bytes]:
    """A golden frame with other bytes at a place, from the end if it is negative."""
    wire, _, written = GOLDEN[name]
    frame, new = bytearray.fromhex(written), bytes.fromhex(bytes_)
    at %= len(frame)
    frame[at : at + len(new)] = new
    return wire, bytes(frame)


SHORT, CUT, LONG = "ethernet, a short packet", "ethernet, a cut packet", "ethernet, the full trailer"
PLAIN_60, GENEVE_2 = "ethernet, no trailer", "geneve, two words"
FOREIGN = {
    "nothing": (PLAIN, b""),
    "another node's": _changed(PLAIN_60, 5, "08"),
    "broadcast": _changed(PLAIN_60, 0, "ffffffffffff"),
    "origin 0": _changed(PLAIN_60, 10, "0000"),
    "origin 0 and a trailer": _changed(SHORT, 10, "8000"),
    "no frame of a real link": (PLAIN, bytes.fromhex(GOLDEN[PLAIN_60][2])[:59]),
    "a switched one without the local bit": _changed("switched", 6, "fc"),
    "a switched one with the multicast bit": _changed("switched", 6, "ff"),
    "CAPLEN beyond the trailer": _changed(SHORT, -8, "00000035"),
    "CAPLEN beyond the frame": _changed(CUT, -8, "00000045"),
    "CAPLEN of 4 GB": _changed(CUT, -8, "ffffffff"),
    "CAPLEN less than what is there": _changed(CUT, -8, "0000003b"),
    "zeros behind the trailer": (PLAIN, bytes.fromhex(GOLDEN[CUT][2]) + bytes(4)),
    "a short trailer where there are full ones": _changed(LONG, 10, "1234"),
    "full: the two zero bytes are not": _changed(LONG, -1, "01"),
    "full: CAPLEN": _changed(LONG, -12, "0000003d"),
    "full: CAPLEN of 4 GB": _changed(LONG, -12, "ffffffe0"),
    "geneve: version 1": _changed(GENEVE_2, 0, "47"),
    "geneve: two options": _changed(GENEVE_2, 0, "08"),
    "geneve: control": _changed(GENEVE_2, 1, "c0"),
    "geneve: not critical": _changed(GENEVE_2, 1, "00"),
    "geneve: not Ethernet": _changed(GENEVE_2, 2, "0800"),
    "geneve: another network": _changed(GENEVE_2, 6, "01"),
    "geneve: another class": _changed(GENEVE_2, 9, "f1"),
    "geneve: another type": _changed(GENEVE_2, 10, "01"),
    "geneve: the option is longer": _changed(GENEVE_2, 11, "07"),
    "geneve: the option lacks fixed values": _changed(GENEVE_2, 11, "03"),
    "geneve: both too short": (GENEVE_1, _changed(GENEVE_2, 11, "03")[1].replace(b"\x07", b"\x04", 1)),
    "geneve: cut in the state": (GENEVE_1, bytes.fromhex(GOLDEN[GENEVE_2][2])[:35]),
    "geneve: origin 0": _changed(GENEVE_2, 12, "0000"),
    "geneve: origin 32768": _changed(GENEVE_2, 12, "8000"),
    "too long": (PLAIN, bytes.fromhex(GOLDEN[PLAIN_60][2]).ljust(MAX_CAPLEN + 1, b"\0")),
    "full: too long": (
        FULL,
        encode(FULL, replace(_packet(60), data=bytes(MAX_CAPLEN)))[:-32]
        + b"\0"
        + struct.pack("!12xQIIHH", 0, MAX_CAPLEN + 1, 0, 0, 0),
    ),
    "geneve: too long": (GENEVE_1, bytes.fromhex(GOLDEN["geneve, no state"][2]) + bytes(MAX_CAPLEN + 1)),
}


def test_foreign(in_c: InC) -> None:
    outcomes = in_c.decode([(wire, frame, (0, 0)) for wire, frame in FOREIGN.values()])
    for (name, (wire, frame)), in_c_too in zip(FOREIGN.items(), outcomes, strict=True):
        assert decoded(wire, frame) == "foreign", name
        assert in_c_too == "foreign", name


def test_reserved_bits_of_geneve_are_ignored() -> None:
    wire, crossing, _ = GOLDEN[GENEVE_2]
    for at, bits in (1, "7f"), (7, "ff"), (11, "e6"):
        assert decode(wire, _changed(GENEVE_2, at, bits)[1]) == crossing


def test_what_cannot_be_encoded_is_an_error() -> None:
    for origin in 0, 0x8000:
        with pytest.raises(ValueError, match="an origin is"):
            encode(PLAIN, replace(_packet(60), origin=origin))
    with pytest.raises(ValueError, match="at most"):
        encode(PLAIN, replace(_packet(60), data=bytes(MAX_CAPLEN + 1)))
    for use in (lambda wire: encode(wire, _packet(60)), lambda wire: decode(wire, bytes(60))):
        with pytest.raises(ValueError, match="memory"):
            use(replace(PLAIN, kind="memory"))


# -- random packets and frames ---------------------------------------------------------------------------


class Links:
    """Random links and packets, with the sizes and types at which something changes."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def wire(self) -> Wire:
        pick = self.random
        full, switched, tagged, ipv6 = (pick.random() < 0.5 for _ in range(4))
        mtu = pick.choice([None, None, 68, 1500, 9000, 0xFFFFFFFF])
        kind = pick.choice(["ethernet", "ethernet", "geneve"])
        return Wire(kind, full, switched, tagged, mtu, pick.getrandbits(48), ipv6, pick.randint(0, 27))

    def crossing(self) -> Crossing:
        pick = self.random
        size = pick.choice([pick.randint(0, 16), pick.randint(45, 65), pick.randint(0, 2000), 60])
        data = bytearray(pick.randbytes(size))
        if size >= 14 and pick.random() < 0.3:
            data[12:14] = pick.choice([b"\x81\x00", b"\x88\xa8", b"\x91\x00"])
        length = pick.choice([size, size, size + 1, pick.getrandbits(32), 0])
        origin = pick.choice([1, 0x7FFF, pick.randint(1, 0x7FFF)])
        state = tuple(pick.getrandbits(32) for _ in range(pick.choice([0, 1, 1, pick.randint(0, 27)])))
        return Crossing(bytes(data), length, origin, state, pick.getrandbits(64), pick.getrandbits(16))

    def mutated(self, frame: bytes) -> bytes:
        """Cut, longer, or with other bytes where headers, options and trailers are."""
        pick, changed = self.random, bytearray(frame)
        for _ in range(pick.randint(1, 3)):
            match pick.randint(0, 4):
                case 0:
                    del changed[pick.randint(0, len(changed)) :]
                case 1:
                    changed += pick.randbytes(pick.randint(1, 40))
                case 2 if changed:
                    changed[pick.randrange(min(len(changed), 40))] ^= 1 << pick.randint(0, 7)
                case 3 if changed:
                    changed[-pick.randint(1, min(len(changed), 34))] = pick.choice([0, 1, 60, 128, 255])
                case 4 if len(changed) >= 12:
                    lengths = pick.choice([0, 5, 12, 59, len(changed) - 8, len(changed) - 32, len(changed)])
                    at = len(changed) - pick.choice([8, 12])
                    changed[at : at + 4] = (lengths & 0xFFFFFFFF).to_bytes(4, "big")
        return bytes(changed)


def _expected(wire: Wire, crossing: Crossing, frame: bytes, arrived: tuple[int, int]) -> Crossing:
    words = crossing.state + 27 * (0,)
    if wire.kind == "geneve":
        return replace(crossing, state=words[: wire.words])
    crossing = replace(crossing, state=(words[0] & 0x3FFFFFFF if wire.switched else words[0],))
    return crossing if wire.full else _overwritten(crossing, frame, arrived)


def test_random_packets_cross(in_c: InC) -> None:
    links = Links(1)
    cases = [(links.wire(), links.crossing()) for _ in range(6000)]
    seen: Counter[str] = Counter()
    back: list[tuple[Decoding, Crossing]] = []
    for (wire, crossing), in_c_too in zip(cases, in_c.encode(cases), strict=True):
        frame = encoded(wire, crossing)
        assert frame == in_c_too, (wire, crossing)
        seen[frame if isinstance(frame, str) else wire.kind] += 1
        if isinstance(frame, bytes):
            assert wire.kind == "geneve" or len(frame) >= 60
            expected = _expected(wire, crossing, frame, (3, 4))
            assert decoded(wire, frame, (3, 4)) == expected, (wire, crossing)
            back.append(((wire, frame, (3, 4)), expected))
    assert in_c.decode([case for case, _ in back]) == [expected for _, expected in back]
    assert min(seen[name] for name in ("ethernet", "geneve", "too_big", "tagged")) > 100, seen


def test_hostile_frames_mean_the_same_in_both(in_c: InC) -> None:
    links = Links(2)
    cases: list[Decoding] = []
    while len(cases) < 12_000:
        wire = replace(links.wire(), mtu=None, tagged=True)
        other = replace(links.wire(), mac=wire.mac) if links.random.random() < 0.2 else wire
        frame = encoded(wire, links.crossing())
        assert isinstance(frame, bytes)
        cases.append((other, links.mutated(frame), (links.random.getrandbits(64), 5)))
    seen: Counter[str] = Counter()
    for case, in_c_too in zip(cases, in_c.decode(cases), strict=True):
        outcome = decoded(*case)
        assert outcome == in_c_too, case
        seen["foreign" if outcome == "foreign" else case[0].kind] += 1
    assert min(seen[name] for name in ("foreign", "ethernet", "geneve")) > 500, seen


def test_a_fuzzer_finds_nothing(tmp_path: Path) -> None:
    flags = ["-DWIRE_FUZZ", "-O1", "-g", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]
    target = compile_c(tmp_path / "fuzz", [HARNESS, NODE / "tree/wire.c"], *flags, compiler="clang")
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for number, (wire, crossing, _) in enumerate(GOLDEN.values()):
        bits = (wire.kind == "geneve") | wire.full << 1 | wire.switched << 2
        (seeds / str(number)).write_bytes(bytes([bits]) + encode(replace(wire, mac=0), crossing))
    command = [target, "-seed=1", "-runs=100000", "-max_len=200", f"-artifact_prefix={tmp_path}/", seeds]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]


# -- another reader --------------------------------------------------------------------------------------


def test_scapy_reads_ethernet() -> None:
    crossing = Crossing(bytes(12) + b"\x08\x00" + bytes(50), 64, 0x1234, (0xDEADBEEF,), 0, 0)
    frame = Ether(encode(PLAIN, crossing))
    assert (frame.dst, frame.src, frame.type) == ("02:00:5e:00:00:07", "de:ad:be:ef:12:34", 0x0800)
    cut = Ether(encode(PLAIN, replace(crossing, length=65)))
    assert cut.src == "de:ad:be:ef:92:34"
    assert bytes(cut)[-8:] == struct.pack("!II", 64, 65)
    source = bytes.fromhex(Ether(encode(SWITCHED, crossing)).src.replace(":", ""))
    assert source[0] & 3 == 2


def test_scapy_reads_geneve() -> None:
    inner = Ether(dst="02:00:00:00:00:01", src="02:00:00:00:00:02", type=0x0800) / (b"E" * 50)
    crossing = Crossing(bytes(inner), 64, 0x1234, (1, 2, 3), TS, 0x0A0B)
    packet = GENEVE(encode(replace(GENEVE_1, words=3), crossing))
    assert (packet.version, packet.oam, packet.critical, packet.proto, packet.vni) == (0, 0, 1, 0x6558, 0)
    (option,) = packet.options
    assert (option.classid, option.type, option.length) == (0xFFF0, 0x81, 7)
    assert option.data == struct.pack("!HHIQ3I", 0x1234, 0x0A0B, 64, TS, 1, 2, 3)
    assert packet[Ether].dst == "02:00:00:00:00:01"
    assert bytes(packet[Ether]) == bytes(inner)
