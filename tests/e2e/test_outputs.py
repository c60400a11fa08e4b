"""Results go where they are wanted, whole, and over nothing that is read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from ffpf.captures import open_capture
from tests.e2e.command import EXAMPLES, FFPF, SAMPLE, ffpf, results, unread, until, until_taken

FIGURE4 = EXAMPLES / "figure4.fpl"
ALERTING = ("--fpl", "RULE r = {SID 1}; ALERT(r); RETURN(1);")
ALL = ("--fpl", "RETURN(1);")
root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small file system")
both = pytest.mark.parametrize("target", ["pc", "interp"])


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode()


def many(tmp_path: Path, times: int) -> Path:
    """The sample's packets, again and again."""
    large, data = tmp_path / "large.pcap", SAMPLE.read_bytes()
    large.write_bytes(data[:24] + data[24:] * times)
    return large


# Nothing that is read is overwritten ----------------------------------------------------------------


@both
@pytest.mark.parametrize("option", ["-w", "--tx", "--json", "--alert-file"])
def test_the_program_and_what_it_includes_are_not_overwritten(
    option: str, target: str, tmp_path: Path
) -> None:
    program, part, hosts = (tmp_path / name for name in ("main.fpl", "part.fpl", "hosts.txt"))
    program.write_text('INCLUDE "part.fpl";\nSET h FROM "hosts.txt";\nRETURN(PKT.IP.SRC IN h);\n')
    part.write_text("CONST V = 1;\n")
    hosts.write_text("10.0.0.1\n")
    (tmp_path / "link").symlink_to(part)
    alerts = ("--alerts", "fast") if option == "--alert-file" else ()
    for file in (program, part, hosts, tmp_path / "link"):
        before = file.read_text()
        done = ffpf("run", program, "-r", SAMPLE, option, file, *alerts, "--target", target)
        assert done.returncode == 2 and f"{option} would overwrite the file of " in said(done)
        assert file.read_text() == before


def test_a_capture_on_standard_input_is_not_overwritten(tmp_path: Path) -> None:
    capture = tmp_path / "in.pcap"
    capture.write_bytes(SAMPLE.read_bytes())
    for option in ("-w", "--json"):
        with capture.open("rb") as stdin:
            command = [FFPF, "run", *ALL, "-r", "-", option, capture]
            done = subprocess.run(list(map(str, command)), stdin=stdin, capture_output=True)
        assert done.returncode == 2 and b"would overwrite the file of -r" in done.stderr
        assert capture.read_bytes() == SAMPLE.read_bytes()


def test_a_compiled_package_does_not_replace_its_program(tmp_path: Path) -> None:
    program = tmp_path / "N0.fpl"
    program.write_text("# mine\nRETURN(1);\n")
    done = ffpf("compile", program, "-o", tmp_path)
    assert done.returncode == 2 and "would overwrite the file of" in said(done)
    assert program.read_text() == "# mine\nRETURN(1);\n"
    assert [path.name for path in tmp_path.iterdir()] == ["N0.fpl"]


def test_a_rejected_program_leaves_old_results_alone(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text("old")
    assert ffpf("run", "--fpl", "x = 1;", "-r", SAMPLE, "--json", out).returncode == 1
    assert out.read_text() == "old"


def test_formatting_in_place(tmp_path: Path) -> None:
    program = tmp_path / "a.fpl"
    program.write_text("RETURN(  1 );")
    program.chmod(0o640)
    (tmp_path / "link.fpl").symlink_to(program)
    assert ffpf("translate", program, "-o", tmp_path / "link.fpl").returncode == 0
    assert program.read_text() == "RETURN (1);\n" and program.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link.fpl").is_symlink()


@root
@pytest.mark.root
def test_formatting_in_place_on_a_full_disk_keeps_the_program(tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12k", "ffpf-test", tmp_path], check=True)
    try:
        program = tmp_path / "a.fpl"
        program.write_text("R[0]=1;" * 600)
        before = program.read_text()
        done = ffpf("translate", program, "-o", program)
        assert done.returncode == 3 and "what was there is unchanged" in said(done)
        assert program.read_text() == before
        assert [path.name for path in tmp_path.iterdir()] == ["a.fpl"]
    finally:
        subprocess.run(["umount", tmp_path], check=True)


# Standard output ------------------------------------------------------------------------------------


def test_one_thing_to_standard_output_under_any_name() -> None:
    for options in (("-w", "/dev/stdout", "--json", "-"), ("-w", "-", "--json", "/dev/stdout")):
        done = ffpf("run", *ALL, "-r", SAMPLE, *options)
        assert done.returncode == 2 and "both want standard output" in said(done)
        assert done.stdout == b""


@pytest.mark.parametrize(
    "arguments",
    ["run --fpl 'RETURN(1);' -r {sample}", "run --fpl 'RETURN(1);' -r {sample} -w -",
     "run --fpl 'RETURN(1);' -r {sample} --json -", "fields", "translate --fpl 'RETURN(1);'"],
)  # fmt: skip
def test_a_closed_standard_output_ends_silently(arguments: str) -> None:
    shell = f'"{FFPF}" {arguments.format(sample=SAMPLE)} >&-'
    done = subprocess.run(["bash", "-c", shell], stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_terminal_without_our_characters(tmp_path: Path) -> None:
    environment = {"PYTHONIOENCODING": "latin-1"}
    done = ffpf("graph", FIGURE4, **environment)
    assert done.returncode == 0 and b"`- " in done.stdout
    text = 'RULE r = {SID 1, MSG "日"}; ALERT(r);'
    done = ffpf("run", "--fpl", text, "-r", SAMPLE, "--alerts", "fast", **environment)
    assert done.returncode == 0 and b'"\\u65e5"' in done.stdout
    done = ffpf("translate", "--fpl", text, **environment)
    assert done.returncode == 0 and text.encode()[:-12] in done.stdout.replace(b" = { ", b" = {")[:99]


def test_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    program = os.fsencode(tmp_path) + b"/b\xff\xfe.fpl"
    Path(os.fsdecode(program)).write_bytes(FIGURE4.read_bytes())
    for extra in ((), ("-o", str(tmp_path / "b.svg")), ("-o", str(tmp_path / "b.dot"))):
        done = subprocess.run([str(FFPF), "graph", program, *extra], capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
    assert b"<svg" in (tmp_path / "b.svg").read_bytes()


# What cannot be written loses nothing else -----------------------------------------------------------


@both
def test_alerts_that_cannot_be_written(target: str, tmp_path: Path) -> None:
    done = ffpf(
        "run", *ALERTING, "-r", SAMPLE, "--alerts", "fast", "--alert-file", "/dev/full",
        "-w", tmp_path / "w.pcap", "--json", tmp_path / "w.json", "--target", target,
    )  # fmt: skip
    assert done.returncode == 3
    assert said(done) == (
        "/dev/full: error: cannot write the alerts: No space left on device; results so far are kept\n"
    )
    value = json.loads((tmp_path / "w.json").read_text())
    assert 0 < value["packets"] == value["alerts"]["1:1"]
    assert (tmp_path / "w.pcap").stat().st_size > 24


@both
def test_a_reader_of_alerts_that_leaves(target: str, tmp_path: Path) -> None:
    large = many(tmp_path, 40 if target == "pc" else 3)
    arguments = (
        f'{ALERTING[0]} "{ALERTING[1]}" -r {large} --alerts fast --json {tmp_path}/out --target {target}'
    )
    shell = f'"{FFPF}" run {arguments} | head -2 >/dev/null; echo ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", shell], capture_output=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == (b"141", b"")
    assert json.loads((tmp_path / "out").read_text())["packets"] > 0


@both
def test_a_file_that_may_not_grow(target: str, tmp_path: Path) -> None:
    large = many(tmp_path, 10)
    shell = (
        f'ulimit -f 100; "{FFPF}" run --fpl "RETURN(1);" -r {large} -w {tmp_path}/w.pcap '
        f"--json {tmp_path}/out --target {target}"
    )
    results(*ALL, "-r", SAMPLE)  # in the cache, which may not grow either
    done = subprocess.run(["bash", "-c", shell], capture_output=True)
    assert done.returncode == 3 and b"cannot write: File too large" in done.stderr
    assert json.loads((tmp_path / "out").read_text())["packets"] > 0


@root
@pytest.mark.root
def test_how_many_packets_a_full_disk_holds(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "ffpf-test", disk], check=True)
    try:
        for name in ("w.pcap", "w.pcapng"):
            done = ffpf("run", *ALL, "-r", many(tmp_path, 4), "-w", disk / name)
            assert done.returncode == 3
            with open_capture(disk / name) as packets:
                held = len(list(packets))
            assert f"it holds the first {held} packets" in said(done)
            (disk / name).unlink()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_one_cause_one_exit_code(tmp_path: Path) -> None:
    """A name that cannot be a file is wrong use, for whatever is to be written."""
    for name in (tmp_path / "no" / "x", tmp_path):
        for options in (("-w", name), ("--json", name), ("--alerts", "fast", "--alert-file", name)):
            done = ffpf("run", *ALL, "-r", SAMPLE, *options)
            assert done.returncode == 2, options
            assert f"{name}: error: cannot open it for writing" in said(done)
    for command in (["graph", FIGURE4], ["translate", FIGURE4]):
        done = ffpf(*command, "-o", tmp_path / "no" / "x.svg")
        assert done.returncode == 2 and "cannot open it for writing" in said(done)


# Interrupts -----------------------------------------------------------------------------------------


@pytest.fixture
def stalled(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A named pipe that somebody has opened and does not read."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    yield pipe, reader
    os.close(reader)


@both
def test_insisting_ends_a_run_whose_alerts_nobody_reads(
    target: str, tmp_path: Path, stalled: tuple[Path, int]
) -> None:
    results(*ALERTING, "-r", SAMPLE)
    command = [FFPF, "run", *ALERTING, "-r", many(tmp_path, 20), "--alerts", "fast", "--alert-file"]
    command += [stalled[0], "--json", tmp_path / "out", "--target", target]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE) as process:
        until(lambda: unread(stalled[1]) >= 60_000)  # it is full: 64 KiB
        for _ in range(4):
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
        assert process.wait(20) == 130
        assert process.stderr is not None and process.stderr.read() == b""
    assert json.loads((tmp_path / "out").read_text())["packets"] > 0


def test_an_interrupt_while_the_command_line_is_loaded_is_silent() -> None:
    script = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from ffpf.start import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script, "fields"], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_hang_up_completes_the_results(tmp_path: Path) -> None:
    results(*ALL, "-r", SAMPLE)
    command = [FFPF, "run", *ALL, "-r", "-", "--json", tmp_path / "out"]
    with subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(SAMPLE.read_bytes())
        process.stdin.flush()
        until_taken(process)
        process.send_signal(signal.SIGHUP)
        assert process.wait(20) == 130
    assert json.loads((tmp_path / "out").read_text())["packets"] > 0


def children(pid: int) -> str:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return done.stdout


def test_a_killed_command_leaves_no_engine_behind(tmp_path: Path) -> None:
    results(*ALL, "-r", SAMPLE)
    command = [FFPF, "run", *ALL, "-r", "-", "-w", tmp_path / "w.pcap"]
    with subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE) as process:
        engine = int(until(lambda: children(process.pid)))
        process.kill()
        process.wait()
        deadline = time.monotonic() + 20
        while Path(f"/proc/{engine}/stat").exists() and time.monotonic() < deadline:
            if Path(f"/proc/{engine}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                break
            time.sleep(0.05)
        else:
            assert not Path(f"/proc/{engine}").exists()


# Progress -------------------------------------------------------------------------------------------


def shown_on_a_terminal(
    *arguments: object, feed: Iterable[bytes] = (), environment: Mapping[str, str] | None = None
) -> bytes:
    """Standard error of a command that has a terminal there; `feed` comes from a pipe, piece by piece."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        list(map(str, [FFPF, *arguments])),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, **(environment or {})},
    ) as process:
        os.close(theirs)
        assert process.stdin is not None
        for piece in feed:
            process.stdin.write(piece)
            process.stdin.flush()
        process.stdin.close()
        text = until_closed(ours)
        assert process.wait() == 0
    return text


def until_closed(terminal: int) -> bytes:
    text = b""
    while True:
        try:
            text += os.read(terminal, 4096)
        except OSError:  # the last one has closed the other side
            os.close(terminal)
            return text


def test_a_long_compilation_is_said_on_a_terminal(tmp_path: Path) -> None:
    compiler = tmp_path / "slow-gcc"
    compiler.write_text('#!/bin/sh\ncase "$*" in *-shared*) sleep 3;; esac\nexec gcc "$@"\n')
    compiler.chmod(0o755)
    environment = {"CC": str(compiler), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    text = shown_on_a_terminal("run", *ALL, "-r", SAMPLE, environment=environment)
    assert text == b"\r\x1b[Kcompiling ...\r\x1b[K"
    assert shown_on_a_terminal("run", *ALL, "-r", SAMPLE, environment=environment) == b""


def test_long_reading_is_said_on_a_terminal() -> None:
    def slowly() -> Iterator[bytes]:
        data = SAMPLE.read_bytes()
        yield data[:24]
        time.sleep(3.5)  # longer than starting takes and the two seconds together
        yield data[24:] * 20

    text = shown_on_a_terminal("run", *ALL, "-r", "-", "--target", "interp", feed=slowly())
    assert text.startswith(b"\r\x1b[K0 MB read") and text.endswith(b"\r\x1b[K")
