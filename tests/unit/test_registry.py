"""Finding external functions by entry point, and packages that are broken or not there."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from ffpf.cli.main import main
from ffpf.errors import MachineError
from ffpf.plugins import TARGETS, entry_points, target
from ffpf.registry import GROUP, Externs, externs, twin
from tests.unit.checked_text import ADD, alone
from tests.unit.extern_counting import EXTERN


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module `strange` that can be imported in this test."""
    module = ModuleType("strange")
    monkeypatch.setitem(sys.modules, "strange", module)
    return module


def test_what_comes_with_the_framework() -> None:
    known = externs()
    assert {"ip_checksum", "l4_checksum"} <= set(known) and list(known) == sorted(known)
    assert known["ip_checksum"].name == "ip_checksum" and len(known) == len(list(known))
    for name in known:
        assert known[name].functions
    assert {"pc", "interp"} <= set(entry_points(TARGETS))


def test_unknown_names_are_missing() -> None:
    assert "nosuch" not in externs() and externs().get("nosuch") is None
    with pytest.raises(KeyError):
        externs()["nosuch"]


def test_a_function_of_another_package(package: ModuleType) -> None:
    package.EXTERN = ADD  # type: ignore[attr-defined]
    assert Externs({"add": "strange:EXTERN"})["add"] is ADD


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    known = Externs({"bad": "no_such_package.module:EXTERN", "add": "strange:EXTERN"})
    assert list(known) == ["add", "bad"] and "bad" in known and len(known) == 2


def test_a_package_that_cannot_be_imported() -> None:
    with pytest.raises(MachineError, match="'bad' cannot be used") as caught:
        Externs({"bad": "no_such_package.module:EXTERN"})["bad"]
    message = str(caught.value)
    assert "no_such_package.module:EXTERN is broken: ModuleNotFoundError" in message
    assert "help: mend or reinstall the package that brings the Python module no_such_package" in message


def test_a_package_that_fails_while_it_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "failing_extern.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MachineError, match="ZeroDivisionError: division by zero"):
        Externs({"bad": "failing_extern:EXTERN"})["bad"]


def test_declarations_that_are_none(package: ModuleType) -> None:
    package.EXTERN = 5  # type: ignore[attr-defined]
    with pytest.raises(MachineError, match="it is no Extern but of type int"):
        Externs({"add": "strange:EXTERN"})["add"]
    with pytest.raises(MachineError, match="has no attribute 'MISSING'"):
        Externs({"add": "strange:MISSING"})["add"]


def test_a_declaration_under_another_name(package: ModuleType) -> None:
    package.EXTERN = ADD  # type: ignore[attr-defined]
    with pytest.raises(MachineError, match="it declares a function 'add'"):
        Externs({"sum": "strange:EXTERN"})["sum"]


def test_a_twin_that_is_missing_or_no_function(package: ModuleType) -> None:
    package.add = 7  # type: ignore[attr-defined]
    with pytest.raises(MachineError, match=r"add:add is broken: ModuleNotFoundError"):
        twin(alone(ADD))
    with pytest.raises(MachineError, match="it cannot be called"):
        twin(alone(replace(ADD, reference="strange:add")))


def test_the_twin_of_a_function_with_state_is_a_class(package: ModuleType) -> None:
    class Count:
        def __init__(self) -> None:
            self.calls = 0

        def __call__(self, frame: bytearray, link: int, length: int) -> int:
            self.calls += 1
            return self.calls

    package.Count, package.plain = Count, len  # type: ignore[attr-defined]
    counting = replace(EXTERN, reference="strange:Count")
    first, second = twin(alone(counting)), twin(alone(counting))
    assert [first(bytearray(), 1, 0), first(bytearray(), 1, 0), second(bytearray(), 1, 0)] == [1, 2, 1]
    with pytest.raises(MachineError, match="not a class, but there are options, state"):
        twin(alone(replace(EXTERN, reference="strange:plain")))


@pytest.mark.parametrize("group", [GROUP, TARGETS])
def test_a_framework_that_is_not_installed(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "entry_points", lambda group: ())
    with pytest.raises(MachineError, match=f"no entry point of the group {group} is installed"):
        externs() if group == GROUP else target("pc")


def test_a_broken_package_does_not_hide_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"bad": "no_such_package:EXTERN", "ip_checksum": "ffpf_plugins.externs.ip_checksum:EXTERN"}
    monkeypatch.setattr("ffpf.registry.entry_points", lambda group: known)
    monkeypatch.setattr("sys.argv", ["ffpf", "externs"])
    assert main() == 3
    out, err = capsys.readouterr()
    assert out.startswith("EXTERN(ip_checksum)\t")
    assert "the external function 'bad' cannot be used" in err
