"""flow_table: C against twin, both against exact tables of flows; options, time, merge."""

from __future__ import annotations

import random
from collections import OrderedDict
from pathlib import Path

import pytest

from ffpf.registry import externs
from ffpf_plugins.externs.flow_table import EXTERN, slot_count
from ffpf_plugins.externs.flow_table.reference import FlowTable
from fpl3.hashes import flow_key
from fpl3.headers import walk
from tests.differential.agreement import CLANG_SANITIZED, OPTIMISED, SANITIZED
from tests.differential.packets import Packets, TestPacket
from tests.unit.extern_halves import halves, refused
from tests.unit.pc_agreement import agree, checked

SECOND = 1_000_000_000
PORTABLE = (*SANITIZED, "-DFLOW_TABLE_PORTABLE")  # as on processors without SSE2
KINDS = ("flowFields", "biflowFields", "hostFields", "bihostFields")
EVERYTHING = """\
EXTERN flows = flow_table(8, 1, %s);
UINT32 count[]; UINT32 r;
r = EXTERN(flows.find);
IF ((PKT.LEN & 7) == 3) THEN r = r * 2 + EXTERN(flows.remove); FI
count[EXTERN(flows)] += 1;
r = r * 2 + EXTERN(flows.new);
IF ((PKT.LEN & 3) == 1) THEN
    count[EXTERN(flows.of, PKT.LEN & 63)] += 100;
    count[EXTERN(flows.of2, PKT.LEN & 31, PKT.LEN & 7, PKT.TS / 2)] += 10000;
    r = r * 2 + EXTERN(flows.new);
FI
RETURN (r + 1);
"""
MADE = """\
EXTERN flows = flow_table(%d, 2);
UINT32 slot; UINT64 key;
key = PKT.DW[0]; key = key << 32 | PKT.DW[4];
slot = EXTERN(flows.of, key);
RETURN (slot * 2 + EXTERN(flows.new) + 1);
"""
FRAME = bytearray(b"\0" * 14)


def near_in_time(rng: random.Random, packets: list[TestPacket]) -> list[TestPacket]:
    """The packets with times that mostly go on, sometimes back, seldom far away, on Ethernet."""
    now, found = 10**18, []
    for p in packets:
        now += rng.choice((0, 1000, SECOND // 50, SECOND // 3, -SECOND // 4))
        stamp = rng.choice((0, (1 << 64) - 1, now + 90 * SECOND)) if rng.random() < 0.03 else now
        found.append(TestPacket(p.data, p.length, stamp, 0, 1))
    return found


def keyed(keys: list[tuple[int, int]]) -> list[TestPacket]:
    """Packets that begin with a key of 64 bits, at a time."""
    return [TestPacket(key.to_bytes(8, "big"), 8, now, 0, 1) for key, now in keys]


@pytest.mark.parametrize(
    ("flags", "kinds"),
    [(SANITIZED, KINDS), (CLANG_SANITIZED, KINDS[1:2]), (PORTABLE, KINDS[:1])],
    ids=["gcc", "clang", "portable"],
)
def test_c_is_twin(flags: tuple[str, ...], kinds: tuple[str, ...], tmp_path: Path) -> None:
    rng = random.Random(4)
    batch = near_in_time(rng, [Packets(rng).one(1) for _ in range(64)])
    agree([EVERYTHING % kind for kind in kinds], tmp_path, flags, batch)


@pytest.mark.parametrize("kind", KINDS)
def test_c_is_twin_for_long(kind: str, tmp_path: Path) -> None:
    rng = random.Random(kind)
    few = [Packets(rng).one(1) for _ in range(150)]
    packets = near_in_time(rng, [rng.choice(few) for _ in range(3000)])
    found = halves(EVERYTHING % kind, packets, tmp_path, OPTIMISED)
    row = found.second.externs["flows"][0]
    assert min(int(row[name]) for name in ("held", "new", "expired", "evicted")) > 5


def test_other_link_types_and_keys_of_any_bits(tmp_path: Path) -> None:
    rng = random.Random(6)
    raw = [TestPacket(p.data, p.length, 7, 0, 101) for p in (Packets(rng).one(101) for _ in range(64))]
    agree([EVERYTHING % "flowFields"], tmp_path, OPTIMISED, raw)
    keys = [(rng.getrandbits(64) >> rng.randrange(64), rng.getrandbits(64)) for _ in range(1000)]
    halves(MADE % 64, keyed(keys), tmp_path)


def test_a_table_that_no_run_gets_to_is_shown(tmp_path: Path) -> None:
    """Whatever the compiler leaves out: results name every instance that the program calls."""
    texts = [f"EXTERN a = flow_table(8); {end} EXTERN(a.remove);" for end in ("RETURN (1);", "IF (0) THEN")]
    texts[1] += " FI EXTERN b = flow_table(9); RETURN (EXTERN(b));"
    agree(texts, tmp_path, OPTIMISED)


def look_ups(table: FlowTable, keys: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(slot, new) of each key at its time."""
    return [(table.of(FRAME, 1, 14, key, now), table.new(FRAME, 1, 14)) for key, now in keys]


@pytest.mark.parametrize("kind", KINDS)
def test_flows_are_told_apart_exactly(kind: str) -> None:
    """With room enough, a slot is a flow's alone, and a packet is new exactly if its flow is."""
    rng = random.Random(9)
    table, slots = FlowTable(1 << 16, 60, kind), dict[bytes, int]()
    for _ in range(1500):
        data = Packets(rng).one(1).data
        key = flow_key(data, walk(data, 1), kind)
        slot = table(bytearray(data), 1, len(data), SECOND)
        assert table.new(bytearray(data), 1, len(data)) == (key not in slots)
        assert slots.setdefault(key, slot) == slot
    assert len(set(slots.values())) == len(slots) > 100
    assert table.show()[0] == {
        "held": len(slots), "lookups": 1500, "new": len(slots), "expired": 0, "evicted": 0
    }  # fmt: skip


def test_one_set_is_a_list_of_the_least_recently_used() -> None:
    """Eight slots are one set: an OrderedDict does the same as long as time goes on."""
    rng = random.Random(11)
    table, model, now = FlowTable(8, 1, "flowFields"), OrderedDict[int, tuple[int, int]](), 0
    for _ in range(5000):
        now += rng.choice((1, 2, 3, 30)) * SECOND // 20 + 65536
        key = rng.randrange(10)
        slot = table.of(FRAME, 1, 14, key, now)
        fresh = key not in model or now // 65536 - model[key][1] > SECOND // 65536
        assert table.new(FRAME, 1, 14) == fresh
        if key not in model and len(model) == 8:
            _, (freed, _) = model.popitem(last=False)
            assert slot == freed
        assert model.get(key, (slot, 0))[0] == slot
        model[key] = slot, now // 65536
        model.move_to_end(key)
    row = table.show()[0]
    assert row["new"] == int(row["expired"]) + int(row["evicted"]) + 8


def test_kinds_of_keys_are_kept_apart() -> None:
    """Equal bytes from a packet, of and of2 are three flows; leading zeros of of2 count."""
    table = FlowTable(256, 60, "bihostFields")
    data = bytearray(b"\0" * 12 + b"\x08\0\x45\0\0\x14" + bytes(5) + b"\0\x11" + bytes(12))
    slots = {table(data, 1, len(data), 1), table.of(FRAME, 1, 14, 0, 1), table.of2(FRAME, 1, 14, 0, 0, 1)}
    slots |= {
        table(bytearray(3), 1, 3, 1),
        table.of2(FRAME, 1, 14, 0, 1, 1),
        table.of2(FRAME, 1, 14, 1, 0, 1),
    }
    assert len(slots) == 6


def test_idle_is_how_far_away_the_last_look_up_lies() -> None:
    limit = 2 * SECOND // 65536 * 65536
    for now, fresh in ((limit, 0), (limit + 65536, 1)):
        table = FlowTable(8, 2, "flowFields")
        assert look_ups(table, [(1, 0), (1, now)]) == [(0, 1), (0, fresh)]
        assert table.show()[0]["expired"] == fresh
        assert look_ups(FlowTable(8, 2, "flowFields"), [(1, now), (1, 0)]) == [(0, 1), (0, fresh)]


def test_a_wrong_time_does_no_lasting_harm() -> None:
    """Entries from the far future are the first to be replaced."""
    table = FlowTable(8, 2, "flowFields")
    far = [(key, (1 << 64) - 1) for key in range(4)]
    assert [new for _, new in look_ups(table, far)] == [1] * 4
    now = [(key, 5 * SECOND) for key in range(10, 18)]
    look_ups(table, now)
    assert [new for _, new in look_ups(table, now)] == [0] * 8
    assert (table.show()[0]["expired"], table.show()[0]["evicted"]) == (4, 0)


def test_find_and_remove() -> None:
    data = bytearray(Packets(random.Random(1)).one(1).data)
    arguments = (data, 1, len(data))
    table = FlowTable(8, 2, "flowFields")
    assert (table.new(*arguments), table.find(*arguments, 0), table.remove(*arguments)) == (0, 0, 0)
    table(*arguments, SECOND)
    assert (table.find(*arguments, 2 * SECOND), table.find(*arguments, 9 * SECOND)) == (1, 0)
    assert (table.remove(*arguments), table.remove(*arguments), table.new(*arguments)) == (1, 0, 1)
    assert table.show() == [{"held": 0, "lookups": 1, "new": 1, "expired": 0, "evicted": 0}]


def test_merge_adds_counters_and_keeps_slots(tmp_path: Path) -> None:
    rng = random.Random(12)
    keys = [(rng.randrange(50), n * SECOND // 9) for n in range(600)]
    found = halves(MADE % 16, keyed(keys), tmp_path)
    rows = [outcome.externs["flows"][0] for outcome in found]
    assert rows[2] == {name: int(rows[0][name]) + int(rows[1][name]) for name in rows[0]}
    assert rows[3] == rows[2]


@pytest.mark.parametrize(("slots", "count"), [(8, 8), (9, 16), (1000, 1024), (16_777_216, 16_777_216)])
def test_slots_are_a_power_of_two_and_an_array_needs_no_test(slots: int, count: int) -> None:
    program = checked(f"EXTERN f = flow_table({slots}); UINT8 a[]; a[EXTERN(f)] += 1;")
    assert program.arrays[0].size == slot_count((slots,)) == count
    assert program.externs[0].state_size == 64 + max(64, count * 2) + count * 48


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "takes 1 to 3 option(s), not 0"),
        ("7", "the option 'slots' of 'flow_table' is 7"),
        ("16777217", "the option 'slots' of 'flow_table' is 16777217"),
        ("8, 0", "the option 'idle_seconds' of 'flow_table' is 0"),
        ("8, 86401", "the option 'idle_seconds' of 'flow_table' is 86401"),
        ("8, 60, flowfields", "the option 'key' of 'flow_table' is one of flowFields"),
    ],
)
def test_wrong_options(options: str, message: str) -> None:
    assert message in refused(f"EXTERN f = flow_table({options}); EXTERN(f);")


def test_spread_over_sets() -> None:
    """Keys of every kind and shape fill the table evenly: half full, few sets overflow."""
    shapes = (lambda n: n, lambda n: n << 48, lambda n: n * 0x0101010101010101 & (1 << 64) - 1)
    for shape in shapes:
        table = FlowTable(4096, 60, "flowFields")
        for n in range(2048):
            table.of(FRAME, 1, 14, shape(n), 1)
        assert int(table.show()[0]["evicted"]) < 60
        table = FlowTable(4096, 60, "flowFields")
        for n in range(2048):
            table.of2(FRAME, 1, 14, shape(n), n & 3, 1)
        assert int(table.show()[0]["evicted"]) < 60


def test_declaration() -> None:
    assert externs()["flow_table"] is EXTERN
    assert [f.name for f in EXTERN.functions] == ["", "of", "of2", "new", "find", "remove"]
    assert not any(f.pure or f.commutative for f in EXTERN.functions)
