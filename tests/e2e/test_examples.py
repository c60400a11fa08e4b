"""Every example runs on the sample capture, on both targets, and counts what is really there.

The expected numbers come from tests/e2e/packets.py, which reads the capture on its own.
"""

from __future__ import annotations

import struct
from collections import Counter
from fractions import Fraction
from ipaddress import IPv4Address
from math import log2
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import packets
from tests.e2e.command import EXAMPLES, SAMPLE, ffpf, results, words

TARGETS = ("pc", "interp")
target = pytest.fixture(params=TARGETS)(lambda request: request.param)


@pytest.fixture(scope="module")
def sample() -> list[packets.Packet]:
    return packets.read(SAMPLE)


def run(name: str, target: str, *more: object) -> dict[str, Any]:
    return results(EXAMPLES / name, "-r", SAMPLE, "--target", target, *more)


def has_tcp_to(packet: packets.Packet, port: int) -> bool:
    ports = packet.tcp()
    return bool(packet.ip and ports and ports[1] == port)


def test_figure4(sample: list[packets.Packet], target: str) -> None:
    web = sum(has_tcp_to(p, 80) for p in sample)
    mail = sum(has_tcp_to(p, 25) for p in sample)
    udp = sum(p.ip > 0 and p.protocol == 17 for p in sample)
    assert web > 50 and mail > 10 and udp > 50
    found = run("figure4.fpl", target)
    assert words(found, "M") == {0: web, 1: mail, 2: udp}
    assert found["verdicts"] == {"1": web, "2": mail, "3": udp}
    assert found["packets"] == len(sample)
    assert found["bytes"] == sum(len(p.data) for p in sample)


def test_figure5(sample: list[packets.Packet], target: str) -> None:
    """On one node; over several: tests/e2e/test_nodes.py."""
    requests = [p for p in sample if has_tcp_to(p, 80) and p.data[p.transport + 20 :].find(b"GET ") >= 0]
    mail = sum(has_tcp_to(p, 25) for p in sample)
    udp = [p.udp() for p in sample if p.udp()]
    found = run("figure5.fpl", target)
    counts = words(found, "count")
    assert counts[0] == len(sample)
    assert counts[1] == len(requests)
    assert counts[2] == mail
    assert counts[3] == sum(ports is not None and ports[1] == 53 for ports in udp)
    assert found["verdicts"] == {str(n): counts[n] for n in range(1, 5)}


def test_filter_a(sample: list[packets.Packet], target: str) -> None:
    found = run("filter_a.fpl", target)
    assert words(found, "A_count") == {0: len(sample)}
    assert found["dropped"] == len(sample)


def test_filter_b(sample: list[packets.Packet], target: str) -> None:
    to_port = [p for p in sample if p.ip and p.udp() and p.udp()[1] == 1434]  # type: ignore[index]
    worms = [p for p in to_port if p.data[p.transport + 8 :].count(4) > 8]
    assert 0 < len(worms) < len(to_port)
    hits = Counter(packets.crc32c(packets.flow_bytes(p)) & 1023 for p in worms)
    found = run("filter_b.fpl", target)
    assert words(found, "B_hits") == dict(hits)
    assert found["delivered"] == len(worms)


def test_filter_c(sample: list[packets.Packet], target: str) -> None:
    tcp = [p for p in sample if p.ip and p.protocol == 6]
    flows = Counter(packets.crc32c(p.data[26:38]) & 0xFFFF for p in tcp if len(p.data) >= 38)
    found = run("filter_c.fpl", target)
    assert len(flows) > 60
    assert words(found, "C_flows") == dict(flows)


def test_tx(sample: list[packets.Packet], target: str, tmp_path: Path) -> None:
    def expected() -> list[bytes]:
        macs = [bytes.fromhex(m) for m in ("0000E28D6CF9", "000203040506", "0002B3501D7A")]
        frames = []
        for p in sample:
            ports = p.tcp()
            hops = {80: (0, 2), 25: (1, 2)}.get(ports[1] if ports else 0, ())
            frames += [macs[hop] + p.data[6:] for hop in hops]
        return frames

    sent = tmp_path / "sent.pcap"
    found = run("tx.fpl", target, "--tx", sent)
    assert [p.data for p in packets.read(sent)] == expected()
    assert found["transmitted"] == len(expected()) > 100


def test_load_balancer(sample: list[packets.Packet], target: str, tmp_path: Path) -> None:
    def server(p: packets.Packet) -> int:
        plain = packets.flow_bytes(p)
        half = (len(plain) - 5) // 2
        one, other, protocol = plain[:half], plain[half:-5], plain[-5:-4]
        ends = sorted(((one, plain[-4:-2]), (other, plain[-2:])))
        (a, a_port), (b, b_port) = ends
        return packets.consistent(packets.crc32c(a + b + protocol + a_port + b_port), 4)

    load: Counter[int] = Counter()
    for p in sample:
        if p.ip or p.ip6:
            load[server(p)] += p.length
    found = run("load_balancer.fpl", target)
    assert words(found, "Load") == dict(load)
    assert len(load) == 4


def test_port_scan(sample: list[packets.Packet], target: str) -> None:
    refused = Counter(
        packets.address(p, "destination") & 0xFFFF
        for p in sample
        if p.ip and p.tcp() and p.data[p.transport + 13] & 0x14 == 0x14
    )
    found = run("port_scan.fpl", target)
    assert words(found, "Refused") == dict(refused)
    assert found["alerts"] == {"1:1000001": sum(count >= 20 for count in refused.values())}
    assert found["alerts"] == {"1:1000001": 1}


def test_dns_amplification(sample: list[packets.Packet], target: str) -> None:
    def is_attack(p: packets.Packet) -> bool:
        ports = p.udp()
        answer = bool(ports and ports[0] == 53 and p.ip and p.data[p.transport + 10] & 0x80)
        own = p.ip and packets.address(p, "destination") >> 4 == 0xC0000200 >> 4
        return answer and p.length > 512 and not own

    attack = [p for p in sample if is_attack(p)]
    victims: Counter[int] = Counter()
    for p in attack:
        victims[packets.address(p, "destination") & 0xFFFF] += p.length
    found = run("dns_amplification.fpl", target)
    assert len(attack) == 40
    assert words(found, "Victim_bytes") == dict(victims)
    assert words(found, "Largest") == {0: max(p.length for p in attack)}


def test_bytes_per_protocol(sample: list[packets.Packet], target: str) -> None:
    ip: Counter[int] = Counter()
    rest: Counter[str] = Counter()
    for p in sample:
        if p.ip:
            ip[p.protocol] += p.length
        elif p.ip6:
            next = p.data[p.ip6 + 6]
            ip[0 if next in packets.EXTENSIONS else next] += p.length
        else:
            rest["Arp_bytes" if p.type == 0x0806 else "Other_bytes"] += p.length
    found = run("bytes_per_protocol.fpl", target)
    assert words(found, "Ip_bytes") == dict(ip)
    assert words(found, "Arp_bytes") == {0: rest["Arp_bytes"]}
    assert words(found, "Other_bytes") == {0: rest["Other_bytes"]}


def test_worms(sample: list[packets.Packet], target: str) -> None:
    signatures = {5: b"\x04" + b"\x01" * 7, 32: b"GET /90000 ", 33: b"EHLO "}
    hits = Counter(
        id
        for p in sample
        if p.tcp() or p.udp()
        for id, text in signatures.items()
        if text in p.data[p.transport :].upper()
    )
    found = run("worms.fpl", target)
    assert words(found, "FOUND") == dict(hits) == {5: 21, 32: 1, 33: 2}


def shown(value: dict[str, Any], instance: str) -> list[dict[str, Any]]:
    """The rows of an instance of an external function."""
    rows: list[dict[str, Any]] = value["externs"][instance]["rows"]
    return rows


def test_heavy_hitters(sample: list[packets.Packet], target: str) -> None:
    sent: Counter[str] = Counter()
    for p in sample:
        if p.ip:
            sent[str(IPv4Address(packets.address(p, "source")))] += p.length
    found = run("heavy_hitters.fpl", target)
    total, *hosts = shown(found, "talkers")
    assert total["total"] == words(found, "Bytes")[0] == sent.total()
    assert 20 < len(sent) < 64
    assert {row["key"]: row["count"] for row in hosts} == sent
    assert [row["count"] for row in hosts] == sorted(sent.values(), reverse=True)


def test_distinct_sources(sample: list[packets.Packet], target: str) -> None:
    sources: dict[int, set[int]] = {}
    for p in sample:
        if p.ip:
            group = packets.address(p, "destination") & 0xFFF
            sources.setdefault(group, set()).add(packets.address(p, "source"))
    rows = shown(run("distinct_sources.fpl", target), "sources")
    assert {row["group"] for row in rows} == set(sources)
    for row in rows:
        assert abs(row["distinct"] - len(sources[row["group"]])) <= 0.2 * len(sources[row["group"]])
    assert rows[0]["distinct"] > 15


def both_ways(p: packets.Packet) -> bytes:
    """The flow of a packet, the lower end first."""
    plain = packets.flow_bytes(p)
    half = (len(plain) - 5) // 2
    ends = sorted(((plain[:half], plain[-4:-2]), (plain[half:-5], plain[-2:])))
    return b"".join(a for a, _ in ends) + plain[-5:-4] + b"".join(b for _, b in ends)


def test_flow_bytes(sample: list[packets.Packet], target: str) -> None:
    lengths: Counter[bytes] = Counter()
    counts: Counter[bytes] = Counter()
    large = 0
    for p in sample:
        if p.ip or p.ip6:
            flow = both_ways(p)
            lengths[flow] += p.length
            counts[flow] += 1
            large += lengths[flow] > 50000
    found = run("flow_bytes.fpl", target)
    held, made = words(found, "Bytes"), words(found, "Packets")
    expected = Counter((lengths[flow], counts[flow]) for flow in lengths)
    assert Counter((held[slot], made[slot]) for slot in held) == expected
    assert found["delivered"] == large > 10
    assert shown(found, "flows") == [
        {"held": len(lengths), "lookups": counts.total(), "new": len(lengths), "expired": 0, "evicted": 0}
    ]


def test_rate_limit(sample: list[packets.Packet], target: str) -> None:
    held: dict[int, tuple[Fraction, int]] = {}
    passed = 0
    for p in sample:
        if not p.ip:
            continue
        source = packets.address(p, "source")
        tokens, last = held.get(source, (Fraction(20), p.time))
        now = max(p.time, last)
        tokens = min(Fraction(20), tokens + Fraction((now - last) * 100, 10**9))
        passed += tokens >= 1
        held[source] = tokens - (tokens >= 1), now
    of_ip = sum(p.ip > 0 for p in sample)
    found = run("rate_limit.fpl", target)
    assert 0 < passed < of_ip
    assert found["delivered"] == passed + len(sample) - of_ip
    assert shown(found, "limit") == [
        {"passed": passed, "refused": of_ip - passed, "keys": len(held), "evicted": 0}
    ]


def test_dns_entropy(sample: list[packets.Packet], target: str) -> None:
    def bits(name: bytes) -> float:
        shares = [count / len(name) for count in Counter(name).values()]
        return -sum(share * log2(share) for share in shares)

    names: Counter[int] = Counter()
    for p in sample:
        ports = p.udp()
        message = p.data[p.transport + 8 :]
        if ports and ports[1] == 53 and len(message) > 17 and not message[2] & 0x80:
            names[int(bits(message[12:-5]) * 4)] += 1
    found = run("dns_entropy.fpl", target)
    assert names.total() == 18
    assert words(found, "Names") == dict(names)
    assert found["delivered"] == 0


def test_dns_entropy_of_a_tunnel(target: str, tmp_path: Path) -> None:
    """A name as tunnels make them: base 32 of what they carry, in labels."""
    label = b"\x28mfzwizltoq2tgnbvgy3tqojqhbtgg2tjn5zxi5lw"
    message = b"\0\1\1\0\0\1" + bytes(6) + label + label[::-1] + b"\0\0\x10\0\1"
    udp = struct.pack("!HHHH", 5000, 53, 8 + len(message), 0) + message
    ip = struct.pack("!BBHIBBHII", 0x45, 0, 20 + len(udp), 0, 64, 17, 0, 0x0A000001, 0x0A000002)
    frame = bytes(12) + b"\x08\0" + ip + udp
    capture = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    capture += struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame
    (tmp_path / "tunnel.pcap").write_bytes(capture)
    found = results(EXAMPLES / "dns_entropy.fpl", "-r", tmp_path / "tunnel.pcap", "--target", target)
    assert found["delivered"] == 1


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.fpl")), ids=lambda path: path.stem)
def test_every_example_says_what_it_shows_and_is_tested_here(example: Path) -> None:
    assert example.read_text(encoding="utf-8").startswith("// ")
    assert f'run("{example.name}", target' in Path(__file__).read_text(encoding="utf-8")
    assert ffpf("graph", example).returncode == 0


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.fpl")), ids=lambda path: path.stem)
def test_examples_are_formatted(example: Path) -> None:
    assert ffpf("translate", example).stdout == example.read_bytes()
