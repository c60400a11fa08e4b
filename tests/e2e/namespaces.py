"""Machines and cables for a test: network namespaces joined by veth pairs, and nodes that run in them."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.e2e.command import FFPF, ROOT, until

TOOLS = ("ip", "tcpdump", "setpriv")
SHORTEST = 60  # what a real link pads to
COUNTER = itertools.count()
# Nobody listens at the discard port, and the other end says so.
REACHED = """
import socket, sys, time
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as probe:
    probe.connect((sys.argv[1], 9))
    for _ in range(300):
        try:
            probe.send(b"?")
        except ConnectionRefusedError:
            sys.exit(0)
        time.sleep(0.1)
sys.exit("no way to " + sys.argv[1])
"""
REPLAY = """
import socket, struct, sys
data = sys.stdin.buffer.read()
at = 0
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
    out.bind((sys.argv[1], 0))
    while at < len(data):
        size = struct.unpack_from("<I", data, at)[0]
        out.send(data[at + 4 : at + 4 + size])
        at += 4 + size
"""


def why_not() -> str | None:
    """Why this machine cannot have namespaces; None: it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} is not there"
    name = f"ffpf{secrets.token_hex(4)}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True)
    if made.returncode != 0:
        return "the kernel makes no network namespace"
    link = ["ip", "-n", name, "link", "add", "left", "type", "veth", "peer", "name", "right"]
    joined = subprocess.run(link, capture_output=True)
    subprocess.run(["ip", "netns", "delete", name], check=True)
    return None if joined.returncode == 0 else "the kernel makes no veth pair"


class Net:
    """Namespaces under names of their own: nothing else is touched, and close() removes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = f"ffpf{secrets.token_hex(3)}{next(COUNTER)}"
        self.made: list[str] = []
        self.running: list[subprocess.Popen[bytes]] = []

    def close(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait()
        for name in self.made:
            subprocess.run(["ip", "netns", "delete", self.mark + name], check=True)

    def add(self, *names: str) -> None:
        """Namespaces whose kernel says nothing by itself (IPv6 looks for neighbours)."""
        for name in names:
            subprocess.run(["ip", "netns", "add", self.mark + name], check=True)
            self.made.append(name)
            self.quiet(name, "default", True)

    def quiet(self, name: str, interface: str, silent: bool) -> None:
        file = f"/proc/sys/net/ipv6/conf/{interface}/disable_ipv6"
        self.run(name, "sh", "-c", f"test ! -e {file} || echo {int(silent)} >{file}")

    def cable(self, one: tuple[str, str, str], other: tuple[str, str, str], mtu: int = 1500) -> None:
        """A cable between two interfaces: namespace, name, MAC of each."""
        (a, name, mac), (b, its_name, its_mac) = one, other
        left = ["ip", "link", "add", name, "netns", self.mark + a, "address", mac, "mtu", str(mtu)]
        right = ["peer", "name", its_name, "netns", self.mark + b, "address", its_mac, "mtu", str(mtu)]
        subprocess.run([*left, "type", "veth", *right], check=True)
        self.run(a, "ip", "link", "set", name, "up")
        self.run(b, "ip", "link", "set", its_name, "up")

    def inside(self, name: str, *arguments: object) -> list[str]:
        return ["ip", "netns", "exec", self.mark + name, *map(str, arguments)]

    def run(self, name: str, *arguments: object, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(self.inside(name, *arguments), input=input, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done

    def start(self, name: str, *arguments: object, said: Path, out: Path) -> subprocess.Popen[bytes]:
        with said.open("wb") as errors, out.open("wb") as output:
            process = subprocess.Popen(
                self.inside(name, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                cwd=ROOT,
            )
        self.running.append(process)
        return process

    def replay(self, name: str, interface: str, frames: Iterable[bytes]) -> None:
        """Sends frames as they are."""
        data = b"".join(struct.pack("<I", len(frame)) + frame for frame in frames)
        self.run(name, sys.executable, "-c", REPLAY, interface, input=data)

    def until_reached(self, name: str, address: str) -> None:
        """Waits until packets get to an address and back: neighbours are looked for once a second."""
        self.run(name, sys.executable, "-c", REACHED, address)

    def watch(self, name: str, interface: str) -> Watch:
        return Watch(self, name, interface)

    def node(self, place: str, name: str, *arguments: object) -> LiveNode:
        return LiveNode(self, place, name, arguments)


class Watch:
    """What arrives at an interface, taken by tcpdump: it puts back VLAN tags."""

    def __init__(self, net: Net, name: str, interface: str) -> None:
        stem = net.folder / f"{name}-{interface}"
        self.file, said = stem.with_suffix(".pcap"), stem.with_suffix(".said")
        options = ("-i", interface, "-Q", "in", "-U", "--immediate-mode", "-s", "2000", "-B", "16384")
        # As itself: it would give up root, and could not write then.
        self.process = net.start(
            name, "tcpdump", "-Z", "root", *options, "-w", self.file, said=said, out=stem
        )
        until(lambda: b"listening on" in said.read_bytes())

    def frames(self) -> list[bytes]:
        """Ends it; everything that it saw."""
        self.process.terminate()
        self.process.wait(timeout=30)
        data, at, found = self.file.read_bytes(), 24, []
        while at < len(data):
            size = struct.unpack_from("<I", data, at + 8)[0]
            found.append(data[at + 16 : at + 16 + size])
            at += 16 + size
        return found


class LiveNode:
    """`ffpf node --name NAME` in a namespace; what it prints is read when it has ended."""

    def __init__(self, net: Net, place: str, name: str, arguments: Sequence[object]) -> None:
        stem = net.folder / f"node-{name}-{next(COUNTER)}"
        self.name, self.said_file, self.out = name, stem.with_suffix(".said"), stem.with_suffix(".json")
        command = (FFPF, "node", "--name", name, "--json", "-", *arguments)
        self.process = net.start(place, *command, said=self.said_file, out=self.out)

    def said(self) -> str:
        return self.said_file.read_text()

    def wait_ready(self) -> None:
        until(lambda: " is ready on " in self.said() or self.process.poll() is not None, 60)
        assert f"ffpf: {self.name} is ready on " in self.said(), self.said()

    def results(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.out.read_bytes())
        ended = value["delivered"] + value["dropped"] + sum(value["aborted"].values())
        assert value["runs"] == ended and list(value["nodes"]) == [self.name]
        return value

    def stop(self, number: int = signal.SIGTERM) -> dict[str, Any]:
        """Asks for the right end; the results."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self, code: int = 0) -> dict[str, Any]:
        assert self.process.wait(timeout=30) == code, self.said()
        assert "Traceback" not in self.said()
        return self.results()
