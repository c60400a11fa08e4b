"""The capture readers and writers: Python against the files' meaning, C against Python."""

from __future__ import annotations

import io
import random
import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from ffpf.captures import CapturedPacket, CaptureError, CaptureWriter, open_capture
from tests.unit.node_build import dump
from tests.unit.node_captures import (
    NANO,
    PATCHED,
    RECORDS,
    crafted,
    damaged,
    enhanced,
    interface,
    option,
    pcap,
    read_all,
    resolution,
    rich_pcapng,
    section,
    simple,
)  # fmt: skip

__all__ = ["dump"]
CRAFTED, DAMAGED = crafted(), damaged()


def packets_of(data: bytes, snaplen: int | None = None) -> list[CapturedPacket]:
    return list(open_capture(io.BytesIO(data), snaplen))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("magic, unit", [(0xA1B2C3D4, 1000), (NANO, 1), (PATCHED, 1000)])
def test_pcap_records(order: str, magic: int, unit: int) -> None:
    packets = packets_of(pcap(order=order, magic=magic))
    expected = [(d, n, s * 10**9 + f * unit, 1, 0) for s, f, d, n in RECORDS]
    assert [(p.data, p.length, p.timestamp, p.link, p.port) for p in packets] == expected


@pytest.mark.parametrize("version, exchanged", [((2, 2), True), ((543, 0), True), ((2, 3), False)])
def test_old_versions_have_their_lengths_exchanged(version: tuple[int, int], exchanged: bool) -> None:
    records = [(1, 0, b"abc", 100)]
    (packet,) = packets_of(pcap(records, version=version, exchanged=exchanged))
    assert (packet.data, packet.length) == (b"abc", 100)


def test_version_2_3_is_doubted_where_more_was_captured_than_was_sent() -> None:
    (packet,) = packets_of(pcap([(1, 0, b"abc", 100)], version=(2, 3), exchanged=True))
    assert (packet.data, packet.length) == (b"abc", 100)


def test_more_than_the_snapshot_length_is_cut_and_the_rest_skipped() -> None:
    packets = packets_of(pcap(snaplen=10))
    assert [(len(p.data), p.length) for p in packets] == [(10, 14), (0, 0), (10, 1500), (3, 2)]


@pytest.mark.parametrize("link, longest", [(1, 262144), (249, 1 << 20), (279, 8 << 20), (231, 16 << 20)])
def test_longest_packet_of_a_link_type(link: int, longest: int) -> None:
    (packet,) = packets_of(pcap([(0, 0, bytes(longest), longest)], link=link, snaplen=0))
    assert len(packet.data) == longest
    with pytest.raises(CaptureError, match=f"more than the maximum of {longest}"):
        packets_of(pcap([(0, 0, bytes(longest + 1), 1)], link=link, snaplen=0))


@pytest.mark.parametrize("value", [0, 3, 6, 9, 12, 19, 0x80, 0x8A, 0x94, 0xBF])
@pytest.mark.parametrize("order", "<>")
def test_timestamps_of_every_resolution(value: int, order: str) -> None:
    ticks = [0, 1, 1_700_000_000_123_456_789, (1 << 64) - 1]
    data = section(order) + interface(1, 0, resolution(value, order), order)
    data += b"".join(enhanced(b"", tick, order=order) for tick in ticks)
    unit = Fraction(1, 2 ** (value & 0x7F) if value & 0x80 else 10**value)
    expected = [int(tick * unit * 10**9) % (1 << 64) for tick in ticks]
    assert [packet.timestamp for packet in packets_of(data)] == expected


def test_offset_is_added_in_seconds() -> None:
    options = option(14, struct.pack("<q", -3600)) + resolution(9)
    data = section() + interface(options=options) + enhanced(b"", 7_200_000_000_005)
    assert packets_of(data)[0].timestamp == 3_600_000_000_005


def test_simple_packets_take_the_interface_snapshot_length() -> None:
    data = section() + interface(snaplen=8) + simple(b"12345678", 1000) + simple(b"123")
    packets = packets_of(data)
    assert [(p.data, p.length, p.timestamp) for p in packets] == [(b"12345678", 1000, 0), (b"123", 3, 0)]


def test_sections_and_interfaces_are_kept_apart() -> None:
    packets = packets_of(rich_pcapng())
    assert [(p.link, p.interface) for p in packets] == [
        (1, 0), (101, 1), (1, 0), (1, 0), (113, 2), (1, 3), (1, 3),
    ]  # fmt: skip
    assert packets == packets_of(rich_pcapng(">"))


def test_snaplen_option_shortens_what_is_kept() -> None:
    whole, cut = packets_of(pcap()), packets_of(pcap(), snaplen=5)
    assert [p.data[:5] for p in whole] == [p.data for p in cut]
    assert [p.length for p in whole] == [p.length for p in cut]


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_described(name: str) -> None:
    data, number, message = DAMAGED[name]
    with pytest.raises(CaptureError) as raised:
        packets_of(data)
    assert (raised.value.packet_number, raised.value.message) == (number, message)
    assert str(raised.value) == f"packet {number}: error: {message}"


def test_everything_before_a_cut_is_read(tmp_path: Path) -> None:
    whole, boundaries = packets_of(pcap()), [24]
    for _, _, data, _ in RECORDS:
        boundaries.append(boundaries[-1] + 16 + len(data))
    for size in range(24, len(pcap()) + 1):
        (tmp_path / "cut").write_bytes(pcap()[:size])
        packets, error = read_all(tmp_path / "cut")
        complete = sum(size >= end for end in boundaries[1:])
        assert packets == whole[:complete]
        assert (error is None) == (size in boundaries)
        assert error is None or error.startswith(f"packet {complete + 1}: error: the file ends inside")


def test_missing_file_and_directory_are_errors_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_capture(tmp_path / "absent")
    with pytest.raises(IsADirectoryError):
        open_capture(tmp_path)


def rewritten(data: bytes, pcapng: bool) -> bytes:
    output = io.BytesIO()
    with open_capture(io.BytesIO(data)) as reader, CaptureWriter(output, reader.format, pcapng) as writer:
        for number, packet in enumerate(reader, 1):
            writer.write(packet, number)
    return output.getvalue()


@pytest.mark.parametrize("name", CRAFTED)
def test_pcapng_output_keeps_everything(name: str) -> None:
    before, after = packets_of(CRAFTED[name]), packets_of(rewritten(CRAFTED[name], True))
    plain = [(p.data, p.length, p.timestamp, p.link, p.interface) for p in before]
    assert plain == [(p.data, p.length, p.timestamp, p.link, p.interface) for p in after]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("magic", [0xA1B2C3D4, NANO])
def test_pcap_output_of_pcap_input_is_the_same_file(order: str, magic: int) -> None:
    data = pcap(order=order, magic=magic)
    assert rewritten(data, False) == data


@pytest.mark.parametrize(
    "value, magic", [(6, 0xA1B2C3D4), (3, 0xA1B2C3D4), (7, NANO), (12, NANO), (0x94, NANO)]
)
def test_magic_of_pcap_output_follows_the_resolution(value: int, magic: int) -> None:
    data = section(">") + interface(1, 0, resolution(value, ">"), ">")
    assert rewritten(data + enhanced(b"x", order=">"), False)[:4] == struct.pack(">I", magic)


@pytest.mark.parametrize("link, value, what", [(101, 6, "link type is RAW"), (1, 9, "is finer")])
def test_what_a_pcap_file_cannot_hold_names_pcapng(link: int, value: int, what: str) -> None:
    data = section() + interface() + enhanced(b"a") + interface(link, options=resolution(value))
    data += enhanced(b"b", number=1)
    with pytest.raises(CaptureError, match=rf"packet 2: error: its .*{what}.*\.pcapng"):
        rewritten(data, False)


# The C readers, under the sanitizers, against the Python readers.


def fnv(data: bytes) -> str:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & (1 << 64) - 1
    return f"{value:x}"


def by_python(path: Path) -> list[str]:
    packets, error = read_all(path)
    lines = [
        f"packet {len(p.data)} {p.length} {p.timestamp} {p.link} {p.interface} {p.stamp} {fnv(p.data)}"
        for p in packets
    ]
    return [f"file {path}", *lines, f"end {path}: {error}" if error else "end "]


def by_c(dump: Path, files: list[Path]) -> list[str]:
    done = subprocess.run([dump, *files], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def assert_agreement(dump: Path, folder: Path, captures: dict[str, bytes]) -> None:
    files = []
    for name, data in captures.items():
        files.append(folder / name.replace(" ", "_"))
        files[-1].write_bytes(data)
    assert by_c(dump, files) == [line for file in files for line in by_python(file)]


def test_readers_agree_on_crafted_files(dump: Path, tmp_path: Path) -> None:
    assert_agreement(dump, tmp_path, CRAFTED)


def test_readers_agree_on_damaged_files(dump: Path, tmp_path: Path) -> None:
    assert_agreement(dump, tmp_path, {name: data for name, (data, _, _) in DAMAGED.items()})


@pytest.mark.parametrize("name", ["little-micro", "big-patched", "little-2.3", "big-pcapng"])
def test_readers_agree_on_a_file_cut_at_every_byte(dump: Path, tmp_path: Path, name: str) -> None:
    whole = CRAFTED[name]
    assert_agreement(dump, tmp_path, {f"{size}": whole[:size] for size in range(len(whole))})


@pytest.mark.parametrize("seed", range(4))
def test_readers_agree_on_mutated_files(dump: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    small = [data for data in CRAFTED.values() if len(data) < 5000]
    assert_agreement(dump, tmp_path, {f"{i}": mutated(chance, chance.choice(small)) for i in range(150)})


def mutated(chance: random.Random, data: bytes) -> bytes:
    """A few bytes changed, preferably into values that lengths lie with."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        changed[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, changed[at] ^ 1 << chance.randrange(8)])
    if chance.random() < 0.2:
        at = chance.randrange(len(changed))
        changed[at:at] = changed[at // 2 : at]
    return bytes(changed)


def test_records_that_cross_the_buffer(dump: Path, tmp_path: Path) -> None:
    """Sizes that put record borders at every place of the 256 KB buffer's end."""
    chance = random.Random(5)
    sizes = [chance.choice([0, 1, 47, 1500, 65535, 262144]) for _ in range(40)]
    records = [(i, i, bytes([i]) * size, size) for i, size in enumerate(sizes)]
    blocks = b"".join(enhanced(data, i) for i, (_, _, data, _) in enumerate(records))
    files = {"pcap": pcap(records, snaplen=262144), "pcapng": section() + interface() + blocks}
    assert_agreement(dump, tmp_path, files)
