"""The cache never loads what is not ours or not whole, and never makes a command fail."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from ffpf import cache as caches
from ffpf.cache import Cache, digest, open_cache, why_not_trusted


def stored(cache: Cache, key: str, data: bytes = b"object") -> caches.Entry:
    with cache.building() as folder:
        (folder / "program.so").write_bytes(data)
        return cache.put(key, folder, {"name": key})


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path)


def test_what_was_put_is_found(cache: Cache) -> None:
    stored(cache, "k1")
    found = cache.find("k1")
    assert found is not None
    assert found.file("program.so").read_bytes() == b"object"
    assert found.metadata == {"name": "k1"}
    assert cache.find("k2") is None


def test_nothing_is_left_of_building(cache: Cache) -> None:
    stored(cache, "k1")
    with pytest.raises(ZeroDivisionError), cache.building():
        raise ZeroDivisionError
    assert not list(cache.root.glob(".*"))


@pytest.mark.parametrize(
    "damage", ["truncated", "replaced", "removed", "record", "record list", "no files"]
)
def test_a_broken_entry_counts_as_absent_and_is_replaced(cache: Cache, damage: str) -> None:
    entry = stored(cache, "k1")
    record = entry.folder / caches.RECORD
    match damage:
        case "truncated":
            entry.file("program.so").write_bytes(b"obj")
        case "replaced":
            entry.file("program.so").write_bytes(b"evil!!")
        case "removed":
            entry.file("program.so").unlink()
        case "record":
            record.write_bytes(b"\xff{")
        case "record list":
            record.write_text("[1]")
        case "no files":
            record.write_text(json.dumps({"metadata": {}}))
    assert cache.find("k1") is None
    stored(cache, "k1", b"again")
    found = cache.find("k1")
    assert found is not None and found.file("program.so").read_bytes() == b"again"


def test_the_first_of_two_builders_wins(cache: Cache) -> None:
    first = stored(cache, "k1", b"one")
    second = stored(cache, "k1", b"two")
    assert second.folder == first.folder
    assert second.file("program.so").read_bytes() == b"one"


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=110_000)  # room for four
    for number in range(4):
        entry = stored(cache, f"k{number}", bytes(20_000))
        used = time.time() - 10_000 + number
        os.utime(entry.folder, (used, used))
    assert cache.find("k0") is not None  # used now
    stored(cache, "k4", bytes(20_000))
    left = {key for key in ("k0", "k1", "k2", "k3", "k4") if cache.find(key)}
    assert left == {"k0", "k2", "k3", "k4"}


def test_what_was_used_just_now_is_never_removed(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=10)
    stored(cache, "k1")
    stored(cache, "k2")
    assert cache.find("k1") and cache.find("k2")


def test_notes(cache: Cache) -> None:
    assert cache.recall("n") is None
    cache.remember("n", {"object": "k1"})
    assert cache.recall("n") == {"object": "k1"}
    (cache.root / "index" / "n.json").write_text("[]")
    assert cache.recall("n") is None
    (cache.root / "index" / "n.json").write_text("{")
    assert cache.recall("n") is None


def put_many(root: str) -> None:
    cache = Cache(Path(root))
    for number in range(30):
        stored(cache, f"k{number % 5}", b"x" * 1000)
        found = cache.find(f"k{number % 5}")
        assert found is not None and found.file("program.so").read_bytes() == b"x" * 1000


def test_processes_share_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=put_many, args=(str(tmp_path),)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert not list(tmp_path.glob(".*"))


def test_the_users_cache_is_made_closed_to_others(tmp_path: Path) -> None:
    with open_cache({"XDG_CACHE_HOME": str(tmp_path / "new")}) as cache:
        assert cache.root == tmp_path / "new" / "ffpf"
        assert cache.note is None
        assert cache.root.stat().st_mode & 0o777 == 0o700


def test_home_is_the_default_and_a_relative_setting_is_ignored(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    for environment in (home, home | {"XDG_CACHE_HOME": "relative"}, home | {"XDG_CACHE_HOME": ""}):
        with open_cache(environment) as cache:
            assert cache.root == tmp_path / ".cache" / "ffpf"


def temporary_with(environment: dict[str, str], words: str) -> None:
    with open_cache(environment) as cache:
        assert cache.note is not None and words in cache.note
        assert cache.root.stat().st_mode & 0o077 == 0
        stored(cache, "k1")
        assert cache.find("k1") is not None
    assert not cache.root.exists()


def test_an_open_cache_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "ffpf").mkdir(mode=0o755)
    (tmp_path / "ffpf").chmod(0o755)
    temporary_with({"XDG_CACHE_HOME": str(tmp_path)}, "chmod 700")


def test_a_link_or_a_file_in_its_place_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "ffpf").symlink_to(tmp_path / "elsewhere")
    temporary_with({"XDG_CACHE_HOME": str(tmp_path / "a")}, "is not a folder")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "ffpf").write_text("a file")
    temporary_with({"XDG_CACHE_HOME": str(tmp_path / "b")}, "cannot be used")


def test_a_place_that_cannot_be_made_is_no_failure() -> None:
    temporary_with({"XDG_CACHE_HOME": "/proc/nowhere"}, "cannot be used")
    temporary_with({}, "neither XDG_CACHE_HOME nor HOME")


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_foreign_cache_is_not_trusted(tmp_path: Path) -> None:
    folder = tmp_path / "ffpf"
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    assert why_not_trusted(folder) == f"the cache {folder} belongs to user 12345, not to 0"
    temporary_with({"XDG_CACHE_HOME": str(tmp_path)}, "belongs to user 12345")


def test_keys_differ_where_anything_differs() -> None:
    assert digest("a", "b") != digest("ab", "")
    assert digest(["a"], "b") != digest(["a", "b"])
    assert digest("\udcff") == digest("\udcff")
