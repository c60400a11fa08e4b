"""What external functions show in the results, and what is said when their libraries are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import SAMPLE, ffpf, results

PROGRAM = (
    "EXTERN t = top_k(2, ipv4); EXTERN b = token_bucket(1, 2); EXTERN(t, PKT.IP.SRC); EXTERN(b, 0, 1, 5);"
)


@pytest.mark.parametrize("target", ["pc", "interp"])
def test_the_table_shows_rows_under_the_name_of_the_instance(target: str) -> None:
    lines = ffpf("run", "--fpl", PROGRAM, "-r", SAMPLE, "--target", target).stdout.decode().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("t "))
    assert lines[at].split(None, 1)[1].startswith("total ")
    assert [line[:1] for line in lines[at + 1 : at + 3]] == [" ", " "]
    assert all("key " in line and "count " in line for line in lines[at + 1 : at + 3])
    (bucket,) = [line for line in lines if line.startswith("b ")]
    assert "passed 2, refused " in bucket


@pytest.mark.parametrize("target", ["pc", "interp"])
def test_json_has_rows_under_externs(target: str) -> None:
    value = results("--fpl", PROGRAM, "-r", SAMPLE, "--target", target)["externs"]
    assert list(value) == ["t", "b"] and value["t"]["function"] == "top_k"
    assert value["b"]["rows"][0]["passed"] == 2


def test_calls_without_a_declaration_share_an_instance_if_they_are_equal() -> None:
    text = "M[0] += EXTERN(sample, 2); M[1] += EXTERN(sample, 2); M[2] += EXTERN(sample, 3);"
    value = results("--fpl", text, "-r", SAMPLE)
    assert list(value["externs"]) == ["sample#1", "sample#2"]
    packets = value["packets"]
    assert value["externs"]["sample#1"]["rows"][0] == {
        "by": "packets",
        "seen": 2 * packets,
        "taken": packets,
    }


def test_a_library_that_is_missing_is_named(tmp_path: Path) -> None:
    compiler = tmp_path / "gcc-without-hs"
    missing = "echo 'program.c:1: fatal error: hs/hs.h: No such file or directory' >&2; exit 1"
    compiler.write_text(f'#!/bin/sh\ncase "$*" in *-lhs*) {missing};; esac\nexec gcc "$@"\n')
    compiler.chmod(0o755)
    text = 'RETURN(EXTERN(search, "abc"));'
    done = ffpf("run", "--fpl", text, "-r", SAMPLE, CC=str(compiler))
    assert done.returncode == 3
    assert b"error: the program needs the library hs (hs/hs.h)" in done.stderr
    assert b"sudo apt-get install libvectorscan-dev" in done.stderr
    found = ffpf("doctor", CC=str(compiler)).stdout.decode()
    (line,) = [line for line in found.splitlines() if "libhs" in line]
    assert "not there" in line and "libvectorscan-dev" in found
