"""`--nodes` of run, compile and graph: one program over several nodes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.command import EXAMPLES, SAMPLE, ffpf, results

FIGURE5, FIGURE2 = EXAMPLES / "figure5.fpl", EXAMPLES / "nodes/figure2.toml"
SAME = (
    "packets",
    "bytes",
    "runs",
    "delivered",
    "packets_delivered",
    "dropped",
    "aborted",
    "verdicts",
    "memory",
)


@pytest.mark.parametrize("name", ["figure2", "three_pcs", "tree7", "routed", "one_host"])
def test_every_description_changes_nothing(name: str) -> None:
    """Programs without SPLIT run at the root."""
    file = EXAMPLES / "bytes_per_protocol.fpl"
    split = results(file, "--nodes", EXAMPLES / f"nodes/{name}.toml", "-r", SAMPLE)
    whole = results(file, "-r", SAMPLE)
    assert {key: split[key] for key in SAME} == {key: whole[key] for key in SAME}


@pytest.mark.parametrize("options", [(), ("--threads", "3"), ("--target", "interp")], ids=" ".join)
def test_figure5(options: tuple[str, ...], tmp_path: Path) -> None:
    split = results(FIGURE5, "--nodes", FIGURE2, "-r", SAMPLE, "-w", tmp_path / "split.pcap", *options)
    whole = results(FIGURE5, "-r", SAMPLE, "-w", tmp_path / "whole.pcap")
    assert {key: split[key] for key in SAME} == {key: whole[key] for key in SAME}
    assert (tmp_path / "split.pcap").read_bytes() == (tmp_path / "whole.pcap").read_bytes()
    counted = {"0": 519, "1": 5, "2": 24, "3": 19, "4": 87}
    assert split["memory"]["count"]["nonzero"] == counted
    nodes = split["nodes"]
    assert list(nodes) == ["N0", "N1", "N2", "N3"]
    assert nodes["N0"]["sent"] == {name: nodes[name]["packets"] for name in ("N1", "N2", "N3")}
    assert all(node["lost"] == {} for node in nodes.values())
    assert sum(node["runs"] for node in nodes.values()) == split["runs"]


def test_the_table_shows_the_nodes() -> None:
    lines = ffpf("run", FIGURE5, "--nodes", FIGURE2, "-r", SAMPLE).stdout.decode().splitlines()
    assert "N0          519 packets, 519 runs, 0 delivered, sent N1: 86, N2: 43, N3: 87" in lines
    assert "N2          43 packets, 43 runs, 43 delivered" in lines


def test_losses_are_named(tmp_path: Path) -> None:
    text = FIGURE2.read_text()
    nodes = tmp_path / "small.toml"
    nodes.write_text(text.replace('to = "N3.eth0"\n', 'to = "N3.eth0"\nmtu = 600\n', 1))
    found = results("--fpl", "SPLIT(N3); RETURN (1); TILPS", "--nodes", nodes, "-r", SAMPLE)
    assert found["nodes"]["N0"]["lost"]["N3"]["too_big"] > 0
    lost = found["nodes"]["N0"]["lost"]["N3"]["too_big"]
    assert found["nodes"]["N3"]["packets"] == found["packets"] - lost


def test_compile_writes_programs_that_compile_on_their_own(tmp_path: Path) -> None:
    done = ffpf("compile", FIGURE5, "--nodes", FIGURE2, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    again = ffpf("compile", FIGURE5, "--nodes", FIGURE2, "-o", tmp_path / "again")
    assert again.returncode == 0
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}
    for name in ("N0", "N1", "N2", "N3"):
        assert {f"{name}.fpl", f"{name}.c", f"{name}.so"} <= set(files)
        alone = ffpf("compile", tmp_path / "out" / f"{name}.fpl", "-o", tmp_path / f"alone-{name}")
        assert alone.returncode == 0 and alone.stderr == b""
    manifest = json.loads(files["manifest.json"])
    assert set(manifest["nodes"]) == {"N0", "N1", "N2", "N3"}
    assert manifest["nodes"]["N2"]["runs"] == [2, 3]
    assert manifest["origins"]["1"]["routes"] == {"N0": ["N1"]}


def test_the_c_of_a_package_compiles(tmp_path: Path) -> None:
    """Large sets are files beside the C; two nodes may have different ones."""
    for name, first in (("a", 10), ("b", 11)):
        lines = "\n".join(f"{first}.{n >> 8}.{n & 255}.{n % 251}" for n in range(3000))
        (tmp_path / f"{name}.txt").write_text(lines)
    program = tmp_path / "sets.fpl"
    program.write_text(
        'SET a FROM "a.txt"; SET b FROM "b.txt";\n'
        "SPLIT(N1); IF (PKT.IP.SRC IN a) THEN RETURN (1); FI TILPS\n"
        "SPLIT(N2); IF (PKT.IP.SRC IN b) THEN RETURN (2); FI TILPS\n"
    )
    out = tmp_path / "out"
    assert ffpf("compile", program, "--nodes", FIGURE2, "-o", out).returncode == 0
    assert len(list((out / "sets").iterdir())) == 2
    for name in ("N1", "N2"):
        command = ["gcc", "-O1", "-march=native", "-shared", "-fPIC", "-I.", f"{name}.c", "-o", f"{name}.o"]
        subprocess.run(command, cwd=out, check=True)
    assert (out / "N1.o").read_bytes() != (out / "N2.o").read_bytes()


def test_verify() -> None:
    done = ffpf("compile", FIGURE5, "--nodes", FIGURE2, "--verify", SAMPLE)
    assert (done.returncode, done.stdout) == (0, b"equal on 519 packets\n")


def test_verify_says_what_was_lost(tmp_path: Path) -> None:
    nodes = tmp_path / "small.toml"
    nodes.write_text(FIGURE2.read_text().replace('to = "N3.eth0"\n', 'to = "N3.eth0"\nmtu = 600\n', 1))
    done = ffpf("compile", "--fpl", "SPLIT(N3); TILPS", "--nodes", nodes, "--verify", SAMPLE)
    assert done.returncode == 1
    assert b"N0 to N3: too_big" in done.stderr


def test_graph(tmp_path: Path) -> None:
    text = ffpf("graph", FIGURE5, "--nodes", FIGURE2).stdout.decode()
    assert "N2 (pc)\n" in text
    assert "SPLIT(N2): part 3 to N2 (origin 3)" in text
    assert "  part 3: origin 3 from N0\n" in text
    assert ffpf("graph", FIGURE5, "--nodes", FIGURE2, "-o", tmp_path / "d.svg").returncode == 0
    assert b"cluster_N2" in (tmp_path / "d.svg").read_bytes()


def test_a_program_of_a_node_runs_alone() -> None:
    """Nothing has come from another node then: its state is 0, and so is its origin."""
    for target in ("pc", "interp"):
        text = "USE NODE N1; RETURN (PKT.STATE + PKT.ORIGIN + 1);"
        assert results("--fpl", text, "-r", SAMPLE, "--target", target)["verdicts"] == {"1": 519}


def test_a_program_of_a_node_is_not_split_again() -> None:
    done = ffpf("run", "--fpl", "USE STATE 2;", "--nodes", FIGURE2, "-r", SAMPLE)
    assert done.returncode == 1
    assert b"<fpl>:1:1: error[FPL1211]" in done.stderr


def test_memory_that_no_node_touches_is_shown() -> None:
    found = results("--fpl", "UINT8 b[4] MERGE MIN;", "--nodes", FIGURE2, "-r", SAMPLE)
    assert found["memory"]["b"] == {"type": "UINT8", "size": 4, "merge": "MIN", "nonzero": {}}


def test_a_profile_moves_the_estimate() -> None:
    guessed = ffpf("graph", FIGURE5, "--nodes", FIGURE2).stdout.decode().splitlines()
    known = ffpf("graph", FIGURE5, "--nodes", FIGURE2, "--profile", SAMPLE).stdout.decode().splitlines()
    (limit,) = [line for line in known if line.startswith("Estimated: ")]
    assert limit.endswith("is saturated")
    frames = {line.split("  ")[1]: line for line in known if " frames, " in line}
    assert "0.17 frames" in frames["N0 -> N1"]  # 86 of 519 packets
    assert known != guessed


def test_a_profile_that_cannot_be_read() -> None:
    done = ffpf("graph", FIGURE5, "--nodes", FIGURE2, "--profile", "nowhere.pcap")
    assert done.returncode == 1
    assert b"nowhere.pcap: error: cannot open the capture" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", FIGURE5, "--nodes", FIGURE2, "--target", "pc", "-r", SAMPLE], 2, "--target with --nodes"),
        (["run", FIGURE5, "--threads", "2", "-r", SAMPLE], 2, "--threads needs --nodes"),
        (["run", FIGURE5, "--nodes", "nowhere.toml", "-r", SAMPLE], 1, "nowhere.toml: error: the hardware"),
        (["run", FIGURE5, "--nodes", EXAMPLES, "-r", SAMPLE], 1, "it is a folder"),
        (["run", FIGURE5, "--nodes", FIGURE5, "-r", SAMPLE], 1, "figure5.fpl:1:1: error[FPL1101]"),
        (["compile", FIGURE5, "--verify", SAMPLE], 2, "--verify needs --nodes"),
        (["compile", FIGURE5, "--nodes", FIGURE2, "--emit", "c"], 2, "--nodes goes with"),
        (
            ["run", "--fpl", "SPLIT(N9); TILPS", "--nodes", FIGURE2, "-r", SAMPLE],
            1,
            "there is no node 'N9'",
        ),
    ],
)
def test_wrong_use(arguments: list[object], code: int, said: str) -> None:
    done = ffpf(*arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr.decode()


def test_an_unknown_target_is_named(tmp_path: Path) -> None:
    nodes = tmp_path / "nodes.toml"
    nodes.write_text('root = "N0"\n[nodes.N0]\ntarget = "pcc"\n')
    done = ffpf("run", FIGURE5, "--nodes", nodes, "-r", SAMPLE)
    assert done.returncode == 1
    assert "N0 has the target 'pcc', which is not installed" in done.stderr.decode()
    assert "did you mean 'pc'?" in done.stderr.decode()


def test_an_ethernet_cut_needs_ethernet(tmp_path: Path) -> None:
    capture = tmp_path / "raw.pcap"
    header = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000065000000")
    capture.write_bytes(
        header + bytes.fromhex("0100000000000000") + bytes.fromhex("1400000014000000") + bytes(20)
    )
    for options in ((), ("--target", "interp")):
        done = ffpf("run", FIGURE5, "--nodes", FIGURE2, "-r", capture, *options)
        assert done.returncode == 1
        assert b"its link type is RAW (101); ethernet links between nodes" in done.stderr
