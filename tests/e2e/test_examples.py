"""Every example runs on the sample capture, on both targets, and counts what is really there.

The expected numbers come from tests/e2e/packets.py, which reads the capture on its own.
"""

from __future__ import annotations

from collections import Counter
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


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.fpl")), ids=lambda path: path.stem)
def test_every_example_says_what_it_shows_and_is_tested_here(example: Path) -> None:
    assert example.read_text(encoding="utf-8").startswith("// ")
    assert f'run("{example.name}", target' in Path(__file__).read_text(encoding="utf-8")
    assert ffpf("graph", example).returncode == 0


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.fpl")), ids=lambda path: path.stem)
def test_examples_are_formatted(example: Path) -> None:
    assert ffpf("translate", example).stdout == example.read_bytes()
