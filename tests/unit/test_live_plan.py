"""The engine, with sanitizers, on plans of a node that runs on its interfaces: what it refuses."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.node_build import Objects, engine, objects

__all__ = ["engine", "objects"]

# No machine has interfaces of these names: the kernel takes 15 characters.
GOOD = """ffpf-plan 1
words 2
node N0 - 0,1,2,3
object {object}
origins 1,2
relays 3
node N1 - 0
node N2 - 0
link 0 1 ethernet 0 0 0 1500 020000000110 0
link 0 2 geneve 0 0 0 1500 000000000000 0
arrive no-such-interface 10.0.0.1 geneve 0 0 0 1500 000000000000 0
cut 01234567
leave no-such-interface - -
leave no-such-interface 10.0.1.1 10.0.2.2
exit no-such-interface 020000000110,020000000111
exit no-such-interface any
end
"""


def run(engine: Path, folder: Path, text: str, *more: str) -> tuple[int, str]:
    """Exit code and the report."""
    (folder / "plan").write_text(text)
    reader, writer = os.pipe()
    with os.fdopen(reader) as report:
        command = [engine, "--plan", folder / "plan", "--results", str(writer), *more]
        done = subprocess.run(command, pass_fds=[writer], capture_output=True, timeout=60)
        os.close(writer)
        said = report.read()
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode()
    return done.returncode, said + done.stderr.decode()


def test_a_good_plan_wants_its_interface(engine: Path, objects: Objects, tmp_path: Path) -> None:
    code, said = run(engine, tmp_path, GOOD.format(object=objects["keep"]))
    assert (
        code == 3 and "error ffpf: error: there is no interface no-such-interface on this machine" in said
    )
    assert "\nnode N0 0 0 0 " in said and "\nnode N1" not in said, "a node reports itself only"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("arrive no-such-interface 10.0.0.1 geneve", "arrive"),
        ("arrive no-such-interface 10.0.0.1 geneve", "arrive x"),
        ("arrive no-such-interface 10.0.0.1 geneve", "arrive x - geneve"),
        ("arrive no-such-interface 10.0.0.1 geneve", "arrive x 10.0.0.1 ethernet"),
        ("arrive no-such-interface 10.0.0.1 geneve", "arrive x - memory"),
        ("arrive no-such-interface 10.0.0.1 geneve", "arrive x input geneve"),
        ("cut 01234567\n", ""),
        ("cut 01234567", "cut"),
        ("leave no-such-interface - -\n", ""),
        ("leave no-such-interface - -\n", "leave a - -\nleave b - -\n"),
        ("leave no-such-interface - -", "leave"),
        ("leave no-such-interface - -", "leave a 10.0.1.1 10.0.2.2"),
        ("10.0.1.1 10.0.2.2", "10.0.1.1 -"),
        ("10.0.1.1 10.0.2.2", "10.0.1.1 10.0.2.2 1"),
        ("link 0 1 ethernet", "link 0 1 memory"),
        ("link 0 2 geneve", "link 1 2 geneve"),
        ("020000000110,020000000111", ""),
        ("020000000110,020000000111", ",,"),
        ("020000000110,020000000111", "020000000110,"),
        ("020000000110,020000000111", "02000000011g"),
        ("interface any", "interface any any"),
        ("exit no-such-interface any", "exit"),
        ("end\n", "leave a - -\nend\n"),
        ("\nend\n", "\n"),
    ],
)
def test_damage(engine: Path, objects: Objects, tmp_path: Path, old: str, new: str) -> None:
    assert GOOD.count(old) == 1
    code, said = run(engine, tmp_path, GOOD.replace(old, new).format(object=objects["keep"]))
    assert code == 3 and ": error: the plan of the nodes is damaged: " in said


def test_captures_are_for_plans_of_all_nodes(engine: Path, objects: Objects, tmp_path: Path) -> None:
    text = GOOD.format(object=objects["keep"])
    code, said = run(engine, tmp_path, text, "--read", "-")
    assert code == 2 and "--read FILE with a plan of all nodes only" in said
    head, _, rest = text.partition("arrive ")
    code, said = run(engine, tmp_path, head + rest[rest.index("end\n") :])
    assert code == 2 and "--read FILE with a plan of all nodes only" in said
