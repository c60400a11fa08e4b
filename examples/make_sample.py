"""Makes examples/sample.pcap: real programs talking in network namespaces, and crafted packets.

    sudo .venv/bin/python examples/make_sample.py [FILE]

Two namespaces, `ffpf-sample-a` (192.0.2.1, 2001:db8::1) and `ffpf-sample-b` (192.0.2.2,
2001:db8::2), are joined by one Ethernet link, with VLAN 10 on it (198.51.100.1 and .2; tagged by a
switch port of ours, so that the kernel needs no VLAN module). In b run a web server, a mail server
and a name server; in a their clients, a ping, a port scan, and a sender of datagrams that must be
fragmented. tcpdump records the link. Behind that come packets that no kernel would send, made with
scapy: a worm, an amplification attack, stacked tags, headers that lie.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import http.client
import http.server
import os
import select
import smtplib
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

A, B = "ffpf-sample-a", "ffpf-sample-b"
LINK_A, LINK_B = "ffa0", "ffb0"
# The VLAN's untagged end of each namespace, and the switch port that it is plugged into.
ACCESS, PORT = "ffv0", "ffv1"
VLAN_TAG = b"\x81\x00\x00\x0a"
CLIENT4, SERVER4 = "192.0.2.1", "192.0.2.2"
CLIENT6, SERVER6 = "2001:db8::1", "2001:db8::2"
VLAN4 = "198.51.100.2"
READY = b"ready\n"

# What runs in b: servers --------------------------------------------------------------------------


class Pages(http.server.BaseHTTPRequestHandler):
    """Answers GET /N with N bytes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = (b"the quick brown fox jumps over the lazy dog\n" * 3000)[: int(self.path.strip("/") or 100)]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged: the capture is the log."""


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a client needs to deliver one mail."""

    def handle(self) -> None:
        self.say("220 mail.example.net ESMTP")
        while line := self.rfile.readline(1000).strip().upper():
            if line.startswith(b"QUIT"):
                return self.say("221 bye")
            if line.startswith(b"DATA"):
                self.say("354 go on, end with a dot")
                while self.rfile.readline(2000).strip() != b".":
                    continue
            self.say("250 ok")
        return None

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class Names(socketserver.BaseRequestHandler):
    """Answers every question for an address (RFC 1035) with 192.0.2.2, and TXT with 400 bytes."""

    def handle(self) -> None:
        query, sock = self.request
        end = query.index(b"\0", 12) + 5
        question, kind = query[12:end], struct.unpack_from("!H", query, end - 4)[0]
        data = socket.inet_aton(SERVER4) if kind == 1 else b"\xc7" + b"x" * 199 + b"\xc7" + b"y" * 199
        answer = struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(data)) + data
        header = query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0)
        sock.sendto(header + question + answer, self.client_address)


class Names6(socketserver.ThreadingUDPServer):
    address_family = socket.AF_INET6


class Pages6(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


def serve() -> None:
    """All servers, until standard input is closed."""
    servers: list[socketserver.BaseServer] = [
        http.server.ThreadingHTTPServer(("0.0.0.0", 80), Pages),
        Pages6((SERVER6, 80), Pages),
        socketserver.ThreadingTCPServer(("0.0.0.0", 25), Mail),
        socketserver.ThreadingUDPServer(("0.0.0.0", 53), Names),
        Names6((SERVER6, 53), Names),
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    sys.stdin.read()


# What runs in a: clients --------------------------------------------------------------------------


def talk() -> None:
    """Every conversation of the sample, one after the other."""
    for host, sizes in ((SERVER4, (200, 6000, 90_000)), (SERVER6, (1200,)), (VLAN4, (3000,))):
        for size in sizes:
            fetch(host, size)
    for host in (SERVER4, VLAN4):
        send_mail(host)
    for number in range(12):
        ask(socket.AF_INET, SERVER4, f"host{number}.example.net", 1)
    for number in range(5):
        ask(socket.AF_INET6, SERVER6, f"host{number}.example.org", 1)
    ask(socket.AF_INET, SERVER4, "long.example.net", 16)
    for number in range(5):
        ping(number)
    scan(range(1000, 1060))
    send_datagrams()


def fetch(host: str, size: int) -> None:
    connection = http.client.HTTPConnection(host, 80, timeout=10)
    connection.request("GET", f"/{size}")
    body = connection.getresponse().read()
    assert len(body) == size
    connection.close()


def send_mail(host: str) -> None:
    with smtplib.SMTP(host, 25, local_hostname="client.example.net", timeout=10) as mail:
        mail.sendmail("a@example.net", ["b@example.net"], "Subject: sample\r\n\r\n" + "hello\r\n" * 300)


def ask(family: socket.AddressFamily, host: str, name: str, kind: int) -> None:
    labels = b"".join(bytes((len(part),)) + part.encode() for part in name.split("."))
    query = struct.pack("!HHHHHH", os.getpid() & 0xFFFF, 0x0100, 1, 0, 0, 0)
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.sendto(query + labels + b"\0" + struct.pack("!HH", kind, 1), (host, 53))
        sock.recv(2000)


def ping(sequence: int) -> None:
    """An echo request by a raw socket (RFC 792); the kernel of the other side answers."""
    head = struct.pack("!BBHHH", 8, 0, 0, 0x4650, sequence)
    data = bytes(range(56))
    total = sum(struct.unpack(f"!{(len(head) + len(data)) // 2}H", head + data))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    packet = struct.pack("!BBHHH", 8, 0, ~total & 0xFFFF, 0x4650, sequence) + data
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
        sock.settimeout(10)
        sock.sendto(packet, (SERVER4, 0))
        sock.recv(2000)


def scan(ports: range) -> None:
    """One connection attempt a port; nobody listens."""
    for port in ports:
        with socket.socket() as sock:
            sock.connect_ex((SERVER4, port))


def send_datagrams() -> None:
    """Datagrams of 4,000 bytes over a link of 1,500: three fragments each, IPv4 and IPv6."""
    for family, host in ((socket.AF_INET, SERVER4), (socket.AF_INET6, SERVER6)):
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            for _ in range(3):
                sock.sendto(b"0123456789abcdef" * 250, (host, 9))


# The VLAN -----------------------------------------------------------------------------------------


def trunk(device: str) -> None:
    """A switch port: frames from PORT leave by `device` with a tag, tagged ones from there without."""
    sockets = {name: socket.socket(socket.AF_PACKET, socket.SOCK_RAW) for name in (PORT, device)}
    for name, sock in sockets.items():
        sock.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA
        sock.bind((name, 3))  # ETH_P_ALL
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    waiting = select.poll()
    names = {sock.fileno(): name for name, sock in sockets.items()}
    for number in (*names, 0):
        waiting.register(number, select.POLLIN | select.POLLHUP)
    while True:
        for number, _ in waiting.poll():
            if number == 0:
                return  # whoever started this has closed its end
            forward(sockets[names[number]], names[number] == PORT, sockets[device], sockets[PORT])


def forward(sock: socket.socket, from_port: bool, line: socket.socket, port: socket.socket) -> None:
    frame, extra, _, address = sock.recvmsg(65536, 64)
    if address[2] == socket.PACKET_OUTGOING:
        return
    if from_port:
        line.send(frame[:12] + VLAN_TAG + frame[12:])
    elif frame[12:16] == VLAN_TAG:
        port.send(frame[:12] + frame[16:])
    elif any(struct.unpack_from("=IIIHHHH", data)[5] == 10 for _, _, data in extra):
        port.send(frame)  # the kernel took the tag out (struct tpacket_auxdata, tp_vlan_tci)


# The link between them ----------------------------------------------------------------------------


def run(command: str) -> None:
    subprocess.run(command.split(), check=True)


@contextmanager
def link() -> Iterator[None]:
    """Both namespaces, joined; gone afterwards."""
    try:
        run(f"ip netns add {A}")
        run(f"ip netns add {B}")
        run(f"ip link add {LINK_A} netns {A} type veth peer name {LINK_B} netns {B}")
        for name, device, last in ((A, LINK_A, 1), (B, LINK_B, 2)):
            inside(name, f"ip link set {device} address 02:00:00:00:00:0{last}")
            inside(name, f"ip link add {ACCESS} type veth peer name {PORT}")
            inside(name, f"ip link set {ACCESS} address 02:00:00:00:0a:0{last}")
            inside(name, f"ip addr add 192.0.2.{last}/24 dev {device}")
            inside(name, f"ip addr add 198.51.100.{last}/24 dev {ACCESS}")
            inside(name, f"ip addr add 2001:db8::{last}/64 dev {device} nodad")
            for interface in (device, ACCESS):
                inside(name, sys.executable, __file__, "--plain-frames", interface)
            for interface in ("lo", device, ACCESS, PORT):
                inside(name, f"ip link set {interface} up")
        yield
    finally:
        for name in (A, B):
            subprocess.run(["ip", "netns", "del", name], check=False, stderr=subprocess.DEVNULL)


def inside(name: str, *command: str) -> None:
    words = command[0].split() if len(command) == 1 else list(command)
    subprocess.run(["ip", "netns", "exec", name, *words], check=True)


def plain_frames(device: str) -> None:
    """Turns off what would give the capture unfinished checksums and frames longer than the link's
    MTU: SIOCETHTOOL with ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO of 0."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for setting in (0x1F, 0x24, 0x2C, 0x17):
            value = ctypes.create_string_buffer(struct.pack("II", setting, 0), 8)
            fcntl.ioctl(sock, 0x8946, struct.pack("16sP16x", device.encode(), ctypes.addressof(value)))


@contextmanager
def recording(path: Path) -> Iterator[None]:
    """tcpdump on the client's end of the link."""
    command = ["ip", "netns", "exec", A, "tcpdump", "-i", LINK_A, "-U", "-s", "0", "-w", str(path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while b"listening" not in process.stderr.readline():
            if process.poll() is not None:
                raise SystemExit("tcpdump did not start")
        yield
        time.sleep(1)
        process.terminate()


def record(path: Path) -> None:
    with ExitStack() as stack:
        stack.enter_context(link())
        stack.enter_context(background(A, "--trunk", LINK_A))
        stack.enter_context(background(B, "--trunk", LINK_B))
        stack.enter_context(background(B, "--serve"))
        with recording(path):
            inside(A, sys.executable, __file__, "--talk")


@contextmanager
def background(name: str, *arguments: str) -> Iterator[None]:
    """This script in a namespace, until the end of the block; it ends when its input is closed."""
    command = ["ip", "netns", "exec", name, sys.executable, __file__, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        if process.stdout.readline() != READY:
            raise SystemExit(f"{arguments[0]} did not start in {name}")
        yield
        process.stdin.close()


# Packets that no kernel would send ----------------------------------------------------------------


def crafted() -> Iterator[bytes]:
    """Frames made with scapy."""
    from scapy.contrib.mpls import MPLS
    from scapy.layers.inet import GRE, ICMP, IP, TCP, UDP, IPOption
    from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop
    from scapy.layers.l2 import Dot1AD, Dot1Q, Ether
    from scapy.layers.sctp import SCTP
    from scapy.layers.vxlan import VXLAN
    from scapy.packet import Raw

    ether = Ether(src="02:00:00:00:00:03", dst="02:00:00:00:00:04")
    ip = IP(src="203.0.113.5", dst="192.0.2.9")
    worm = UDP(sport=1100, dport=1434) / Raw(b"\x04" + b"\x01" * 95 + b"\x04" * 30 + b"\x90" * 250)
    for last in range(1, 21):  # the worm, from twenty hosts
        yield bytes(ether / IP(src=f"203.0.113.{last}", dst="192.0.2.9") / worm)
    yield bytes(ether / ip / UDP(sport=1100, dport=1434) / Raw(b"\x02harmless"))
    for number in range(40):  # answers that nobody asked for, to one victim
        answer = Raw(bytes((number, 1, 0x81, 0x80)) + b"\0\1\0\x14\0\0\0\0" + b"amplified" * 130)
        source = IP(src=f"198.18.0.{number % 8 + 1}", dst="192.0.2.77")
        yield bytes(ether / source / UDP(sport=53, dport=4444) / answer)
    for port in range(30):  # a flood of connection requests
        yield bytes(ether / ip / TCP(sport=2000 + port, dport=80, flags="S", options=[("MSS", 1460)]))
    options = IP(src="203.0.113.5", dst="192.0.2.9", options=[IPOption(b"\x94\x04\0\0")])
    yield bytes(ether / options / TCP(sport=7, dport=80, flags="PA") / Raw(b"GET / HTTP/1.0\r\n\r\n"))
    yield bytes(ether / Dot1AD(vlan=7) / Dot1Q(vlan=20) / ip / TCP(sport=8, dport=25, flags="S"))
    yield bytes(ether / MPLS(label=16, s=0) / MPLS(label=17, s=1) / ip / UDP(sport=9, dport=53))
    hops = IPv6(src="2001:db8::5", dst="2001:db8::9") / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt()
    yield bytes(ether / hops / TCP(sport=10, dport=443, flags="S"))
    yield bytes(ether / ip / GRE() / IP(src="10.0.0.1", dst="10.0.0.2") / ICMP())
    yield bytes(ether / ip / SCTP(sport=11, dport=12))
    yield bytes(ether / ip / UDP(sport=13, dport=4789) / VXLAN(vni=5) / ether / ip / UDP(dport=53))
    yield bytes(ether / IP(src="203.0.113.5", dst="192.0.2.9", ihl=4) / Raw(b"lies about its header"))
    yield bytes(ether / IP(src="203.0.113.5", dst="192.0.2.9", len=9000, proto=6) / Raw(b"short"))
    yield bytes(ether / ip / TCP(sport=14, dport=80, dataofs=3))
    yield bytes(ether / IP(src="192.0.2.9", dst="192.0.2.9") / TCP(sport=80, dport=80, flags="S"))
    yield bytes(ether)[:10]


def append_crafted(recorded: Path, output: Path) -> None:
    """The recorded packets, then the crafted ones a millisecond apart; two of them cut short."""
    from scapy.utils import RawPcapReader, RawPcapWriter

    frames = [(frame, meta.sec, meta.usec, meta.wirelen) for frame, meta in RawPcapReader(str(recorded))]
    writer = RawPcapWriter(str(output), linktype=1, snaplen=262144)
    at = frames[-1][1] * 1_000_000 + frames[-1][2]
    extra = list(crafted())
    for frame, cut in [(frame, len(frame)) for frame in extra] + [(extra[0], 60), (extra[21], 38)]:
        at += 1000
        frames.append((frame[:cut], at // 1_000_000, at % 1_000_000, len(frame)))
    writer.write_header(None)
    for frame, seconds, micros, length in frames:
        writer.write_packet(frame, sec=seconds, usec=micros, caplen=len(frame), wirelen=length)
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the sample capture; needs root.")
    parser.add_argument("output", nargs="?", type=Path, default=Path(__file__).with_name("sample.pcap"))
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--talk", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--trunk", metavar="DEVICE", help=argparse.SUPPRESS)
    parser.add_argument("--plain-frames", metavar="DEVICE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve()
    if options.talk:
        return talk()
    if options.trunk:
        return trunk(options.trunk)
    if options.plain_frames:
        return plain_frames(options.plain_frames)
    if os.geteuid() != 0:
        raise SystemExit("network namespaces need root: sudo .venv/bin/python examples/make_sample.py")
    with tempfile.TemporaryDirectory() as folder:
        recorded = Path(folder) / "link.pcap"
        Path(folder).chmod(0o755)
        record(recorded)
        append_crafted(recorded, options.output)
    return None


if __name__ == "__main__":
    main()
