"""Memory of compiled programs through the object's interface: init, merge, carry, states of externs."""

from __future__ import annotations

import ctypes
import subprocess

import pytest

from ffpf.registry import twins
from ffpf_plugins.pc import target
from fpl3.check.program import Checked
from fpl3.compiler import Environment, front
from fpl3.diagnostics import Sink, render_text
from fpl3.interpreter import Interpreter, Packet
from fpl3.source import Source
from tests.unit.extern_counting import EXTERN

TEXT = """\
UINT32 sums[4]; UINT16 most[4] MERGE MAX; INT8 least[2] MERGE MIN; UINT64 bits[2] MERGE OR;
UINT32 %s[8];
sums[1] += 3; most[2] = MAX(most[2], 7); least[0] = MIN(least[0], -5); bits[1] |= 6;
RETURN (EXTERN(counting, 5));
"""
HARNESS = """\
#include "program.c"
#include <stdlib.h>
static struct ffpf_context context;
uint32_t do_run(void *state, uint32_t count) {
  struct ffpf_packet packets[128] = {{0}};
  ffpf_object.process(&context, state, packets, count, 1);
  return context.verdicts[count - 1];
}
void *fresh(void) {
  void *state = aligned_alloc(64, (ffpf_object.state_size + 63) / 64 * 64);
  memset(state, 0, ffpf_object.state_size);
  ffpf_object.init(state);
  return state;
}
void do_merge(void *into, const void *from) { ffpf_object.merge(into, from); }
void do_carry(void *into, const void *from, const void *old) { ffpf_object.carry(into, from, old); }
const void *object(void) { return &ffpf_object; }
int64_t element(const void *state, const char *name, uint32_t index) {
  for (uint32_t i = 0; i < ffpf_object.array_count; i++) {
    const struct ffpf_array *a = ffpf_object.arrays + i;
    if (strcmp(a->name, name) == 0) {
      int64_t value = 0;
      memcpy(&value, (const uint8_t *)state + a->offset + index * (a->bits / 8), a->bits / 8);
      return a->is_signed && value >> (a->bits - 1) ? value - (1ll << a->bits) : value;
    }
  }
  return -1;
}
"""


def _environment() -> Environment:
    def read(source: str, path: str) -> bytes:
        raise OSError(path)

    return Environment(read=read, resolve=lambda source, path: path, externs={"counting": EXTERN})


def _checked(name: str) -> Checked:
    sink = Sink()
    checked = front(Source("memory.fpl", TEXT % name), _environment(), sink)
    assert checked is not None, "\n".join(map(render_text, sink.diagnostics))
    return checked


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> list[ctypes.CDLL]:
    """Two generations of one program; an array has another name in the second."""
    found = []
    for name in ("first", "second"):
        folder = tmp_path_factory.mktemp(name)
        made = target.compile_text(_checked(name))
        for path, content in made.files.items():
            (folder / path).write_bytes(content)
        (folder / "harness.c").write_text(HARNESS)
        command = ["gcc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-I.", "-shared", "-fPIC"]
        subprocess.run([*command, "-o", "harness.so", "harness.c"], cwd=folder, check=True)
        library = ctypes.CDLL(str(folder / "harness.so"))
        library.fresh.restype = library.object.restype = ctypes.c_void_p
        library.do_run.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        library.do_merge.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        library.do_carry.argtypes = [ctypes.c_void_p] * 3
        library.element.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32]
        library.element.restype = ctypes.c_int64
        found.append(library)
    return found


def _elements(library: ctypes.CDLL, state: int) -> list[int]:
    wanted = [(b"sums", 1), (b"most", 2), (b"most", 0), (b"least", 0), (b"least", 1), (b"bits", 1)]
    return [library.element(state, name, index) for name, index in wanted]


def test_initial_values_follow_merge(libraries: list[ctypes.CDLL]) -> None:
    """SUM, OR and unsigned MAX begin at 0, MIN at the type's greatest value."""
    assert _elements(libraries[0], libraries[0].fresh()) == [0, 0, 0, 127, 127, 0]


def test_merge_adds_copies(libraries: list[ctypes.CDLL]) -> None:
    """Each array by its own function, the extern's state by its."""
    first = libraries[0]
    a, b = first.fresh(), first.fresh()
    assert first.do_run(a, 2) == 102
    assert first.do_run(b, 3) == 103
    first.do_merge(a, b)
    assert _elements(first, a) == [15, 7, 0, -5, 127, 6]
    assert first.do_run(a, 1) == 106


def test_carry_takes_over_what_has_the_same_shape(libraries: list[ctypes.CDLL]) -> None:
    """Arrays by name and type, the extern's state by its function; what is new starts afresh."""
    first, second = libraries
    old, new = first.fresh(), second.fresh()
    first.do_run(old, 4)
    second.do_carry(new, old, first.object())
    assert _elements(second, new) == [12, 7, 0, -5, 127, 6]
    assert second.do_run(new, 1) == 105


def test_interpreter_keeps_a_state_of_its_own() -> None:
    """The twin of a function with state is made anew for every interpreter."""
    checked = _checked("first")
    for _ in range(2):
        machine = Interpreter(checked, twins(checked.externs))
        packet = Packet(b"", 0, 0, 0, 1)
        assert [machine.run(packet).runs[0].verdict for _ in range(3)] == [101, 102, 103]
