"""The commands: what they print, what they claim, how they end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from ffpf import __version__
from ffpf.cli.main import COMMANDS
from tests.e2e import packets
from tests.e2e.command import EXAMPLES, FFPF, SAMPLE, ffpf, results

FIGURE4 = EXAMPLES / "figure4.fpl"
WEB = "IF (PKT.TCP.DPORT == 80) THEN RETURN(1); FI"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_a_version(name: str) -> None:
    done = ffpf(name, "--help")
    assert done.returncode == 0
    assert b"Examples:\n    ffpf" in done.stdout
    assert ffpf(name, "--version").stdout.decode().split()[-1] == __version__


def test_the_list_of_commands_needs_none_of_them() -> None:
    done = ffpf("--help")
    assert done.returncode == 0
    for name, summary in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(summary)}$", done.stdout.decode(), re.MULTILINE)


def test_an_unknown_command_gets_a_suggestion() -> None:
    done = ffpf("rum")
    assert done.returncode == 2
    assert b"there is no command 'rum'; did you mean 'run'?" in done.stderr


def test_a_table_is_printed_where_nothing_else_is_asked_for() -> None:
    done = ffpf("run", FIGURE4, "-r", SAMPLE)
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    total = len(packets.read(SAMPLE))
    assert lines[0].startswith(f"packets    {total} (")
    assert any(re.match(r"M\[0\] +\d+$", line) for line in lines)
    assert done.stderr == b""


def test_json_has_the_promised_layout(tmp_path: Path) -> None:
    value = results(FIGURE4, "-r", SAMPLE)
    assert list(value) == [
        "packets", "bytes", "runs", "delivered", "packets_delivered", "dropped", "transmitted", "aborted",
        "verdicts", "memory", "alerts", "nodes", "seconds",
    ]  # fmt: skip
    assert list(value["aborted"]) == [
        "out_of_bounds", "absent_field", "memory_index", "division", "loop_budget",
    ]  # fmt: skip
    assert value["memory"]["M"].keys() == {"type", "size", "merge", "nonzero"}
    node = value["nodes"]["N0"]
    assert node["target"] == "pc" and node["runs"] == value["runs"] and node["lost"] == {}
    done = ffpf("run", FIGURE4, "-r", SAMPLE, "--json", tmp_path / "out.json")
    assert done.stdout == b""
    assert json.loads((tmp_path / "out.json").read_text())["verdicts"] == value["verdicts"]


@pytest.mark.parametrize("target", ["pc", "interp"])
def test_delivered_packets_are_written_as_captured(target: str, tmp_path: Path) -> None:
    kept = tmp_path / "web.pcap"
    done = ffpf("run", "--fpl", WEB, "-r", SAMPLE, "-w", kept, "--target", target)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    to_web = [p for p in packets.read(SAMPLE) if (p.tcp() or (0, 0))[1] == 80]
    assert packets.read(kept) == to_web
    piped = ffpf("run", "--fpl", WEB, "-r", SAMPLE, "-w", "-", "--target", target)
    assert piped.stdout == kept.read_bytes()
    stdin = ffpf("run", "--fpl", WEB, "-r", "-", "-w", "-", "--target", target, input=SAMPLE.read_bytes())
    assert stdin.stdout == kept.read_bytes()


@pytest.mark.parametrize("target", ["pc", "interp"])
def test_the_suffix_chooses_pcapng_and_tcpdump_reads_it(target: str, tmp_path: Path) -> None:
    kept = tmp_path / "web.pcapng"
    assert ffpf("run", "--fpl", WEB, "-r", SAMPLE, "-w", kept, "--target", target).returncode == 0
    assert kept.read_bytes()[:4] == b"\n\r\r\n"
    read = subprocess.run(["tcpdump", "-nn", "-r", kept], capture_output=True, check=True)
    expected = [p for p in packets.read(SAMPLE) if (p.tcp() or (0, 0))[1] == 80]
    assert len(read.stdout.splitlines()) == len(expected)


@pytest.mark.parametrize("target", ["pc", "interp"])
def test_counting_stops_after_the_packet_with_the_last_delivery(target: str) -> None:
    value = results("--fpl", WEB, "-r", SAMPLE, "-c", 5, "--target", target)
    web = [n for n, p in enumerate(packets.read(SAMPLE), 1) if (p.tcp() or (0, 0))[1] == 80]
    assert value["delivered"] == 5
    assert value["packets"] == web[4]


@pytest.mark.parametrize("target", ["pc", "interp"])
def test_snaplen_cuts_packets(target: str, tmp_path: Path) -> None:
    kept = tmp_path / "short.pcap"
    value = results("--fpl", "RETURN(1);", "-r", SAMPLE, "-s", 60, "-w", kept, "--target", target)
    whole = packets.read(SAMPLE)
    assert [p.data for p in packets.read(kept)] == [p.data[:60] for p in whole]
    assert [p.length for p in packets.read(kept)] == [p.length for p in whole]
    assert value["bytes"] == sum(min(60, len(p.data)) for p in whole)


def test_bodies_of_splits_deliver_after_the_main_program(tmp_path: Path) -> None:
    text = "SPLIT; RETURN(2); TILPS RETURN(1);"
    for target in ("pc", "interp"):
        value = results("--fpl", text, "-r", SAMPLE, "--target", target, "-w", tmp_path / "w.pcap")
        total = value["packets"]
        assert value["verdicts"] == {"1": total, "2": total}
        assert (value["runs"], value["packets_delivered"]) == (2 * total, total)
        assert len(packets.read(tmp_path / "w.pcap")) == 2 * total


FAST = re.compile(
    r"^(\d\d)/(\d\d)-(\d\d):(\d\d):(\d\d)\.(\d{6}) \[\*\*\] \[1:1000001:1\] "
    r'"port scan: 20 refused connections" \[\*\*\] \[Classification: Attempted Information Leak\] '
    r"\[Priority: 2\] \{TCP\} 192\.0\.2\.2:\d+ -> 192\.0\.2\.1:\d+$"
)


@pytest.mark.parametrize("target", ["pc", "interp"])
def test_fast_alerts(target: str, tmp_path: Path) -> None:
    arguments = ("run", EXAMPLES / "port_scan.fpl", "-r", SAMPLE, "--target", target, "--alerts", "fast")
    local = ffpf(*arguments, TZ="XYZ-3").stdout.decode().splitlines()
    utc = ffpf(*arguments, "--utc", TZ="XYZ-3").stdout.decode().splitlines()
    assert len(local) == len(utc) == 1
    here, there = FAST.match(local[0]), FAST.match(utc[0])
    assert here and there
    assert (int(here[3]) - int(there[3])) % 24 == 3
    assert here.groups()[3:] == there.groups()[3:]
    ffpf(*arguments, "--utc", "--alert-file", tmp_path / "alert")
    assert (tmp_path / "alert").read_text().splitlines() == utc


@pytest.mark.parametrize("target", ["pc", "interp"])
def test_eve_alerts(target: str) -> None:
    done = ffpf(
        "run", EXAMPLES / "port_scan.fpl", "-r", SAMPLE, "--target", target, "--alerts", "json", "--utc"
    )  # fmt: skip
    (line,) = done.stdout.splitlines()
    event = json.loads(line)
    packet = packets.read(SAMPLE)[event["pcap_cnt"] - 1]
    assert packet.tcp() == (event["src_port"], event["dest_port"])
    assert (event["src_ip"], event["dest_ip"], event["proto"]) == ("192.0.2.2", "192.0.2.1", "TCP")
    assert event["event_type"] == "alert"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000", event["timestamp"])
    assert event["alert"] == {
        "action": "allowed", "gid": 1, "signature_id": 1000001, "rev": 1,
        "signature": "port scan: 20 refused connections", "category": "Attempted Information Leak",
        "severity": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "claims", [("-w", "-", "--json", "-"), ("--json", "-", "--alerts", "fast"), ("-w", "-", "--tx", "-")]
)
def test_only_one_may_claim_standard_output(claims: tuple[str, ...]) -> None:
    done = ffpf("run", FIGURE4, "-r", SAMPLE, *claims)
    assert done.returncode == 2
    assert b"both want standard output" in done.stderr and done.stdout == b""


def test_the_tree_as_text_and_as_a_drawing(tmp_path: Path) -> None:
    text = ffpf("graph", FIGURE4).stdout.decode()
    assert "PKT.IP.PROTO == TCP?" in text
    assert "yes: M[0]++" in text
    drawing = tmp_path / "figure4.svg"
    assert ffpf("graph", FIGURE4, "-o", drawing).returncode == 0
    assert ET.parse(drawing).getroot().tag.endswith("svg")
    assert ffpf("graph", FIGURE4, "-o", tmp_path / "a.dot").returncode == 0
    assert "digraph" in (tmp_path / "a.dot").read_text()


def test_compile_writes_a_package_and_the_same_one_again(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        done = ffpf("compile", FIGURE4, "-o", tmp_path / folder)
        assert (done.returncode, done.stdout) == (0, b""), done.stderr
    names = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert {"N0.fpl", "N0.c", "N0.so", "manifest.json"} <= set(names)
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text())
    assert manifest["nodes"]["N0"]["memory"]["M"]["size"] == 8
    again = results(tmp_path / "one" / "N0.fpl", "-r", SAMPLE)
    assert again["verdicts"] == results(FIGURE4, "-r", SAMPLE)["verdicts"]


def test_a_package_holds_what_was_included(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "hosts").write_text("192.0.2.1\n")
    (tmp_path / "lib" / "part.fpl").write_text('SET hosts FROM "hosts";\nUINT32 Seen[1];\n')
    program = tmp_path / "main.fpl"
    program.write_text('INCLUDE "lib/part.fpl";\nIF (PKT.IP.SRC IN hosts) THEN Seen[0]++; RETURN(1); FI\n')
    expected = results(program, "-r", SAMPLE)
    assert expected["delivered"] > 0
    assert ffpf("compile", program, "-o", tmp_path / "out").returncode == 0
    (tmp_path / "lib" / "part.fpl").unlink()
    found = results(tmp_path / "out" / "N0.fpl", "-r", SAMPLE)
    assert found["verdicts"] == expected["verdicts"]


@pytest.mark.parametrize(("form", "words"), [("ast", "Program"), ("ir", "M"), ("c", "#include")])
def test_forms_of_a_program(form: str, words: str) -> None:
    done = ffpf("compile", FIGURE4, "--emit", form)
    assert done.returncode == 0, done.stderr
    assert words in done.stdout.decode()


def test_passes_are_listed_and_dumped() -> None:
    listed = ffpf("compile", "--list-passes").stdout.decode().splitlines()
    names = [line.split("\t")[0] for line in listed]
    assert len(names) >= 5
    assert all(line.split("\t")[1] for line in listed)
    dumps = {ffpf("compile", FIGURE4, "--dump-after", name).stdout for name in (names[0], names[-1])}
    assert len(dumps) == 2 and b"" not in dumps
    wrong = ffpf("compile", FIGURE4, "--dump-after", "nonesuch")
    assert wrong.returncode == 2 and names[0].encode() in wrong.stderr


def test_formatting_keeps_comments_and_is_stable(tmp_path: Path) -> None:
    ugly = tmp_path / "ugly.fpl"
    ugly.write_text(
        "// head\n\nUINT32 M[8]; # memory\nIF (PKT.IP.PROTO==TCP) THEN // test\n"
        "M[0]++; /* inner */\n// last\nELSE M[1]++ FI\n/* tail\n   end */\n"
    )
    once = ffpf("translate", ugly)
    assert once.returncode == 0, once.stderr
    for comment in (b"// head", b"# memory", b"// test", b"/* inner */", b"// last", b"/* tail\n   end */"):
        assert once.stdout.count(comment) == 1
    formatted = tmp_path / "formatted.fpl"
    assert ffpf("translate", ugly, "-o", formatted).stdout == b""
    assert formatted.read_bytes() == once.stdout == ffpf("translate", formatted).stdout
    also = subprocess.run([FFPF.with_name("ffpf-translate"), ugly], capture_output=True)
    assert also.stdout == once.stdout


def test_what_there_is() -> None:
    fields = ffpf("fields", "tcp").stdout.decode()
    assert "PKT.TCP.DPORT\tUINT16\t" in fields and "PKT.UDP" not in fields
    assert b"did you mean 'TCP'?" in ffpf("fields", "TPC").stderr
    externs = ffpf("externs").stdout.decode()
    assert "EXTERN(ip_checksum" in externs and "EXTERN(l4_checksum" in externs
    targets = ffpf("targets").stdout.decode().splitlines()
    assert [line.split("\t")[0] for line in targets] == ["interp", "pc"]
    unknown = ffpf("run", FIGURE4, "-r", SAMPLE, "--target", "ixp9000")
    assert unknown.returncode == 2 and b"there are interp, pc" in unknown.stderr


def test_doctor_finds_this_machine_well_and_a_bare_one_not(tmp_path: Path) -> None:
    assert ffpf("doctor").returncode == 0
    done = ffpf("doctor", PATH=str(tmp_path), CC="")
    assert done.returncode == 3
    assert (
        b"MISSING  C compiler: 'gcc' is not there\n         mend: sudo apt-get install gcc" in done.stdout
    )


def test_closed_output_ends_silently() -> None:
    for command in (["fields"], ["run", "--fpl", "RETURN(1);", "-r", str(SAMPLE), "-w", "-"]):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([FFPF, *command], stdout=write, stderr=subprocess.PIPE)
        os.close(write)
        assert (done.returncode, done.stderr) == (141, b""), command
