"""Alert lines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

import pytest

from ffpf.alerts import Endpoints, Raised, eve, fast

TCP = Endpoints(ip_address("192.0.2.1").packed, ip_address("192.0.2.2").packed, 6, (1234, 80))
ALERT = Raised(7, 1_700_000_000_123_456_789, 1, 2000001, 3, 2, "Misc activity", "hello", TCP)


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "XYZ-5:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_fast() -> None:
    rest = '[**] [1:2000001:3] "hello" [**] [Classification: Misc activity] [Priority: 2] {TCP} '
    ends = "192.0.2.1:1234 -> 192.0.2.2:80\n"
    assert fast(ALERT, utc=True) == f"11/14-22:13:20.123456 {rest}{ends}"
    assert fast(ALERT, utc=False) == f"11/15-03:43:20.123456 {rest}{ends}"


def test_fast_without_ports_without_class_without_ip() -> None:
    echo = Endpoints(ip_address("fe80::1").packed, ip_address("2001:db8::2").packed, 58)
    assert fast(replace(ALERT, endpoints=echo), True).endswith("{IPv6-ICMP} fe80::1 -> 2001:db8::2\n")
    unnamed = replace(ALERT, endpoints=replace(TCP, protocol=9, ports=None))
    assert "{PROTO:009} 192.0.2.1 -> 192.0.2.2" in fast(unnamed, True)
    bare = replace(ALERT, endpoints=None, classification="")
    assert fast(bare, True).endswith('"hello" [**] [Priority: 2]\n')


def test_a_message_cannot_forge_a_line() -> None:
    forged = fast(replace(ALERT, message="a\nb\x1b[0m"), True)
    assert forged.count("\n") == 1 and "\\x0a" in forged and "\x1b" not in forged
    assert eve(replace(ALERT, message="a\nb"), True).count("\n") == 1


def test_eve() -> None:
    event = json.loads(eve(ALERT, utc=False))
    assert event["timestamp"] == "2023-11-15T03:43:20.123456+0530"
    assert (event["src_ip"], event["src_port"], event["dest_ip"], event["dest_port"]) == (
        "192.0.2.1", 1234, "192.0.2.2", 80,
    )  # fmt: skip
    assert (event["proto"], event["pcap_cnt"], event["event_type"]) == ("TCP", 7, "alert")
    assert event["alert"]["signature_id"] == 2000001 and event["alert"]["severity"] == 2
    assert "src_ip" not in json.loads(eve(replace(ALERT, endpoints=None), True))


def test_times_at_the_edges() -> None:
    assert fast(replace(ALERT, timestamp=0), True).startswith("01/01-00:00:00.000000 ")
    assert fast(replace(ALERT, timestamp=(1 << 64) - 1), True).startswith("07/21-23:34:33.709551 ")
