"""Whatever is wrong, a command says what, and what would be right, and ends with the right code."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import EXAMPLES, FFPF, SAMPLE, ffpf, results, until_taken
from tests.unit.node_captures import enhanced, interface, section

FIGURE4 = EXAMPLES / "figure4.fpl"
ALL = ("--fpl", "RETURN(1);")
root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small file system")
ordinary = pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not stop root")
both = pytest.mark.parametrize("target", ["pc", "interp"])


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode()


# Wrong use -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "nothing to read; give a capture with -r FILE"),
        (["run", "-r", SAMPLE], "no program; give a file *.fpl"),
        (["run", FIGURE4, *ALL, "-r", SAMPLE], "both a program file"),
        (["run", "program.txt", "-r", SAMPLE], "its name must end in .fpl"),
        (["run", *ALL, "-r", SAMPLE, "-c", "0"], "0 is not in the range"),
        (["run", *ALL, "-r", SAMPLE, "-s", "4294967296"], "4294967296 is not in the range"),
        (["run", *ALL, "-r", SAMPLE, "--utc"], "--utc needs --alerts"),
        (["run", *ALL, "-r", SAMPLE, "--alert-file", "x"], "--alert-file needs --alerts"),
        (["run", *ALL, "-r", SAMPLE, "--nonesuch"], "--nonesuch"),
        (["compile", FIGURE4], "give one of -o DIR, --emit FORM"),
        (["graph", FIGURE4, "-o", "x.png"], "must end in .svg or .dot"),
    ],
)
def test_wrong_use(arguments: list[object], message: str) -> None:
    done = ffpf(*arguments)
    assert done.returncode == 2
    assert message in said(done)
    assert done.stdout == b""


@both
def test_the_capture_that_is_read_is_not_overwritten(target: str, tmp_path: Path) -> None:
    capture = tmp_path / "in.pcap"
    capture.write_bytes(SAMPLE.read_bytes())
    (tmp_path / "link.pcap").symlink_to(capture)
    for option in ("-w", "--tx", "--json"):
        done = ffpf("run", *ALL, "-r", capture, option, tmp_path / "link.pcap", "--target", target)
        assert done.returncode == 2 and f"{option} would overwrite the file of -r" in said(done)
    done = ffpf("run", *ALL, "-r", SAMPLE, "-w", tmp_path / "a", "--tx", tmp_path / "a", "--target", target)
    assert done.returncode == 2
    assert capture.read_bytes() == SAMPLE.read_bytes()


# Wrong programs ------------------------------------------------------------------------------------


def test_a_missing_program_and_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder.fpl").mkdir()
    for name, reason in (("absent.fpl", "No such file"), ("folder.fpl", "a folder, not a file")):
        done = ffpf("run", tmp_path / name, "-r", SAMPLE)
        assert done.returncode == 1
        assert said(done).startswith(f"{tmp_path / name}: error:") and reason in said(done)


def test_a_pipe_as_program_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.fpl")
    done = ffpf("run", tmp_path / "pipe.fpl", "-r", SAMPLE)
    assert done.returncode == 1 and "not a regular file" in said(done)


def test_a_program_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "latin.fpl").write_bytes(b"// caf\xe9\nRETURN(1);\n")
    done = ffpf("run", tmp_path / "latin.fpl", "-r", SAMPLE)
    assert done.returncode == 1
    assert f"{tmp_path / 'latin.fpl'}:1:7: error[FPL0001]" in said(done)


@both
@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("IF (PKT.TCP.DPRT == 80) THEN RETURN(1); FI", "1:5", "DPORT"),
        ("IF (a = 1) THEN RETURN(1); FI", "1:", "=="),
        ("CONST A = 1 / 0;", "1:", "constant 0"),
        ("UINT32 M[4]; M[4]++;", "1:", "4"),
        ("RETURN(1", "1:", ")"),
    ],
)
def test_rejected_programs(target: str, text: str, position: str, words: str) -> None:
    done = ffpf("run", "--fpl", text, "-r", SAMPLE, "--target", target)
    assert (done.returncode, done.stdout) == (1, b"")
    first, line, caret, *_ = said(done).splitlines()
    assert first.startswith(f"<fpl>:{position}") and " error[FPL" in first
    assert line == f"  {text}" and set(caret.strip()) == {"^"}
    assert words in said(done)


def test_several_errors_are_said_in_one_run() -> None:
    done = ffpf("run", "--fpl", "x = 1;\ny = 2;", "-r", SAMPLE)
    assert "<fpl>:1:1: error" in said(done) and "<fpl>:2:1: error" in said(done)


def test_messages_as_json() -> None:
    done = ffpf("run", "--fpl", "x = 1;\ny = 2;", "-r", SAMPLE, "--diagnostics", "json")
    assert done.returncode == 1
    first, second = map(json.loads, said(done).splitlines())
    assert (first["file"], first["line"], first["column"], first["severity"]) == ("<fpl>", 1, 1, "error")
    assert second["line"] == 2 and second["code"].startswith("FPL")


def test_terminal_control_characters_of_a_program_are_not_repeated() -> None:
    done = ffpf("run", "--fpl", "\x1b[31m = 1;", "-r", SAMPLE)
    assert done.returncode == 1 and b"\x1b" not in done.stderr


@both
def test_aborts_are_counted_not_fatal(target: str) -> None:
    total = results(*ALL, "-r", SAMPLE)["packets"]
    for text, reason in (
        ("IF (PKT.B[PKT.CAPLEN] == 1) THEN RETURN(1); FI", "out_of_bounds"),
        ("RETURN(1 / (PKT.LEN - PKT.LEN));", "division"),
        ("UINT32 M[4]; M[PKT.CAPLEN + 4]++;", "memory_index"),
        ("USE LOOPBUDGET 50; FOR (;;) R[0]++; ROF", "loop_budget"),
    ):
        found = results("--fpl", text, "-r", SAMPLE, "-s", 64, "--target", target)
        assert found["aborted"][reason] == found["runs"] == total, reason


# Wrong captures ------------------------------------------------------------------------------------


@both
def test_captures_that_are_none(target: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_bytes(b"this is no capture, it is a text file" * 9)
    for name in ("absent", ".", "empty", "text"):
        done = ffpf("run", *ALL, "-r", tmp_path / name, "--target", target)
        assert done.returncode == 1, name
        assert said(done).startswith(f"{tmp_path / name}: "), name
        assert "error: " in said(done)


@both
def test_a_capture_cut_in_a_packet_yields_what_is_before(target: str, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(SAMPLE.read_bytes()[:5000])
    done = ffpf("run", *ALL, "-r", cut, "--json", "-", "-w", tmp_path / "w.pcap", "--target", target)
    assert done.returncode == 1
    value = json.loads(done.stdout)
    number = value["packets"] + 1
    assert value["delivered"] == value["packets"] > 10
    assert said(done).startswith(f"{cut}: packet {number}: error: ")
    assert len(said(done).splitlines()) == 1
    read = subprocess.run(["tcpdump", "-nn", "-r", tmp_path / "w.pcap"], capture_output=True, check=True)
    assert len(read.stdout.splitlines()) >= value["packets"]


@both
def test_compressed_captures(target: str, tmp_path: Path) -> None:
    (tmp_path / "in.pcap.gz").write_bytes(gzip.compress(SAMPLE.read_bytes()))
    done = ffpf("run", *ALL, "-r", tmp_path / "in.pcap.gz", "--target", target)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "this capture is compressed; `gunzip -c FILE | ffpf run ... -r -` reads it" in said(done)


@both
def test_an_interface_without_packets_may_be_of_any_type(target: str, tmp_path: Path) -> None:
    """Refused is the link type of a packet, or, of a capture without any, the first interface's."""
    named = ("--fpl", "IF (PKT.HAS.IP) THEN RETURN(1); FI", "--target", target)
    start = section() + interface(127) + interface(1)
    (tmp_path / "one").write_bytes(start + enhanced(b"x" * 60, number=1))
    (tmp_path / "none").write_bytes(start)
    assert ffpf("run", *named, "-r", tmp_path / "one").returncode == 0
    done = ffpf("run", *named, "-r", tmp_path / "none")
    assert done.returncode == 1 and "its link type is" in said(done)


def test_both_targets_say_the_same_of_damage(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    for size in (3, 20, 30, 45, 5000):
        cut.write_bytes(SAMPLE.read_bytes()[:size])
        pc, interp = (ffpf("run", *ALL, "-r", cut, "--target", t, "-q") for t in ("pc", "interp"))
        assert (pc.returncode, pc.stderr) == (interp.returncode, interp.stderr)


# The machine refuses -------------------------------------------------------------------------------


def test_no_compiler(tmp_path: Path) -> None:
    done = ffpf("run", *ALL, "-r", SAMPLE, PATH=str(tmp_path), CC="", XDG_CACHE_HOME=str(tmp_path / "c"))
    assert done.returncode == 3
    assert "sudo apt-get install gcc libc6-dev" in said(done) and "--target interp" in said(done)


def test_a_compiler_that_does_not_work(tmp_path: Path) -> None:
    done = ffpf("run", *ALL, "-r", SAMPLE, CC="false", XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 3
    assert "does not work" in said(done) and "ffpf doctor" in said(done)


@both
def test_a_full_disk(target: str) -> None:
    for option in ("-w", "--tx", "--json"):
        program = EXAMPLES / "tx.fpl" if option == "--tx" else FIGURE4
        done = ffpf("run", program, "-r", SAMPLE, option, "/dev/full", "--target", target)
        assert done.returncode == 3, option
        assert "No space left on device" in said(done) and len(said(done).splitlines()) == 1, option


def test_a_full_standard_output() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([FFPF, "fields"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 3 and b"No space left on device" in done.stderr


@both
def test_an_output_that_cannot_be_made(target: str, tmp_path: Path) -> None:
    done = ffpf("run", *ALL, "-r", SAMPLE, "-w", tmp_path / "no" / "w.pcap", "--target", target)
    assert done.returncode == 2
    assert str(tmp_path / "no" / "w.pcap") in said(done)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 64 kB."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "ffpf-test", tmp_path], check=True)
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


@root
@pytest.mark.root
def test_a_cache_on_a_full_disk_is_no_failure(small_disk: Path) -> None:
    done = ffpf("run", *ALL, "-r", SAMPLE, "-v", XDG_CACHE_HOME=str(small_disk))
    assert done.returncode == 0
    assert "compiling into a temporary folder" in said(done)


# The cache -----------------------------------------------------------------------------------------


def test_caches_that_are_not_ours_alone_are_not_used(tmp_path: Path) -> None:
    (tmp_path / "open" / "ffpf").mkdir(parents=True)
    (tmp_path / "open" / "ffpf").chmod(0o777)
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "ffpf").write_text("in the way")
    for home in ("open", "file"):
        done = ffpf("run", *ALL, "-r", SAMPLE, "-v", XDG_CACHE_HOME=str(tmp_path / home))
        assert done.returncode == 0
        assert "compiling into a temporary folder" in said(done)
        quiet = ffpf("run", *ALL, "-r", SAMPLE, XDG_CACHE_HOME=str(tmp_path / home))
        assert quiet.stderr == b""


def test_a_broken_object_is_made_again(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    first = results(*ALL, "-r", SAMPLE, **environment)
    files = [*tmp_path.glob("ffpf/objects/*/program.so"), *tmp_path.glob("ffpf/objects/*/ffpf-node")]
    assert len(files) == 2
    for file in files:
        file.write_bytes(b"\x7fELF broken")
    again = results(*ALL, "-r", SAMPLE, **environment)
    assert again["verdicts"] == first["verdicts"]
    assert again["seconds"]["compile"] > 0
    assert results(*ALL, "-r", SAMPLE, **environment)["seconds"]["compile"] == 0


def test_a_changed_include_is_noticed(tmp_path: Path) -> None:
    part, program = tmp_path / "part.fpl", tmp_path / "main.fpl"
    program.write_text('INCLUDE "part.fpl";\nRETURN(V);\n')
    for verdict in (1, 2, 2, 3):
        part.write_text(f"CONST V = {verdict};\n")
        assert results(program, "-r", SAMPLE)["verdicts"].keys() == {str(verdict)}
    part.unlink()
    done = ffpf("run", program, "-r", SAMPLE)
    assert done.returncode == 1 and "error[FPL0002]" in said(done)


def test_warnings_are_said_by_cached_programs_too() -> None:
    text = "UINT8 x; RETURN(1); RETURN(2);"
    first, second = (ffpf("run", "--fpl", text, "-r", SAMPLE) for _ in range(2))
    assert first.returncode == second.returncode == 0
    assert "warning[FPL5" in said(first)
    assert first.stderr == second.stderr
    assert ffpf("run", "--fpl", text, "-r", SAMPLE, "-q").stderr == b""


# The end that comes from outside -------------------------------------------------------------------


@both
def test_interrupted_runs_complete_their_results(target: str, tmp_path: Path) -> None:
    results(*ALL, "-r", SAMPLE)  # in the cache
    command = [FFPF, "run", *ALL, "-r", "-", "--json", tmp_path / "out", "-w", tmp_path / "w.pcap"]
    with subprocess.Popen(
        [*map(str, command), "--target", target],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(SAMPLE.read_bytes())
        process.stdin.flush()
        until_taken(process)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == b""
    value = json.loads((tmp_path / "out").read_text())
    assert value["delivered"] == value["packets"] > 0
    read = subprocess.run(["tcpdump", "-r", tmp_path / "w.pcap"], capture_output=True, check=True)
    assert len(read.stdout.splitlines()) >= value["packets"]


@both
def test_a_reader_that_leaves_ends_the_run_silently(target: str, tmp_path: Path) -> None:
    large = tmp_path / "large.pcap"
    data = SAMPLE.read_bytes()
    large.write_bytes(data[:24] + data[24:] * (40 if target == "pc" else 3))
    script = f'"{FFPF}" run --fpl "RETURN(1);" -r "{large}" -w - --target {target} | head -c 100 >/dev/null'
    shell = ["bash", "-c", f"{script}; echo ${{PIPESTATUS[0]}}"]
    done = subprocess.run(shell, capture_output=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == (b"141", b"")


def test_closed_standard_files_are_no_trap(tmp_path: Path) -> None:
    shell = f'"{FFPF}" run --fpl "RETURN(1);" -r "{SAMPLE}" -w "{tmp_path}/w.pcap" <&- >&- 2>&-'
    assert subprocess.run(["bash", "-c", shell]).returncode == 0
    assert (tmp_path / "w.pcap").read_bytes()[:4] == SAMPLE.read_bytes()[:4]


@ordinary
def test_no_permission(tmp_path: Path) -> None:
    (tmp_path / "w.pcap").touch(mode=0o400)
    done = ffpf("run", *ALL, "-r", SAMPLE, "-w", tmp_path / "w.pcap")
    assert done.returncode == 3 and "Permission denied" in said(done)
