"""The cache of compiled objects: `$XDG_CACHE_HOME/ffpf`, shared by all processes of one user.

Two levels. `objects/KEY/` holds what a compiler made, with the digest of every file beside it;
`index/KEY.json` remembers for a program's text which object it became and which other files it
read, so that a program that did not change is neither parsed nor checked again.

What lies in the cache is loaded and run, so the folder must be ours and closed to everybody else;
where it is not, or cannot be written, a private temporary folder takes its place for this process.
Every entry appears by one rename and is never changed afterwards; whatever cannot be read, or does
not match its digests, counts as absent. Only `building` and `put` raise OSError, where the folder has
no room or went away: the caller goes on with a temporary cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

LIMIT_BYTES = 512 << 20
# An entry that was used this recently may be in use by another process: it is not removed.
IN_USE_SECONDS = 600
RECORD = "entry.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """A verified entry of the cache: its folder and what was recorded with it."""

    folder: Path
    metadata: dict[str, object]

    def file(self, name: str) -> Path:
        return self.folder / name


class Cache:
    """The cache below `root`, which exists and is ours alone. `note` says why it is a temporary one."""

    def __init__(self, root: Path, note: str | None = None, limit: int = LIMIT_BYTES) -> None:
        self.root = root
        self.note = note
        self.limit = limit
        for name in ("objects", "index"):
            (root / name).mkdir(mode=0o700, exist_ok=True)

    def find(self, key: str) -> Entry | None:
        """The entry `key` if it is there and every file of it is what was put there."""
        folder = self.root / "objects" / key
        try:
            record = json.loads((folder / RECORD).read_bytes())
            for name, digest in record["files"].items():
                if file_digest(folder / name) != digest:
                    return None
            metadata = dict(record["metadata"])
            os.utime(folder)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return Entry(folder, metadata)

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A private folder to build an entry in; gone afterwards unless `put` has taken it."""
        folder = Path(tempfile.mkdtemp(prefix=".building-", dir=self.root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def put(self, key: str, folder: Path, metadata: Mapping[str, object]) -> Entry:
        """Makes a folder from `building` the entry `key`, with one rename."""
        files = {p.name: file_digest(p) for p in sorted(folder.iterdir()) if p.is_file()}
        record = {"files": files, "metadata": dict(metadata)}
        (folder / RECORD).write_text(json.dumps(record, sort_keys=True), encoding="utf-8")
        final = self.root / "objects" / key
        for _ in range(3):
            try:
                folder.rename(final)
                break
            except OSError:
                # Another process was first, or what lies there is broken.
                there = self.find(key)
                if there is not None:
                    return there
                self._discard(final)
        else:
            raise OSError(f"{final} cannot be replaced")
        with suppress(OSError):  # too large a cache is no reason to fail
            self._prune()
        return Entry(final, dict(metadata))

    def recall(self, key: str) -> dict[str, object] | None:
        """What `remember` noted under `key`."""
        try:
            found = json.loads((self.root / "index" / f"{key}.json").read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def remember(self, key: str, value: Mapping[str, object]) -> None:
        """Notes a JSON value under `key`; a note that cannot be written is only slower next time."""
        path = self.root / "index" / f"{key}.json"
        try:
            handle, temporary = tempfile.mkstemp(prefix=".new-", dir=self.root)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file, sort_keys=True)
            Path(temporary).rename(path)
        except OSError as error:
            self.note = self.note or f"the cache {self.root} cannot be written: {error.strerror}"

    def _discard(self, path: Path) -> None:
        """Takes an entry out of the way with a rename first: no reader sees half of it."""
        grave = Path(tempfile.mkdtemp(prefix=".removed-", dir=self.root))
        with suppress(FileNotFoundError):  # another process removed it: what we wanted
            path.rename(grave / "entry")
        shutil.rmtree(grave, ignore_errors=True)

    def _prune(self) -> None:
        """Removes what was used least recently until at most `limit` bytes are left."""
        now = time.time()
        entries = sorted(usage(self.root), key=lambda use: use[0])
        total = sum(size for _, size, _ in entries)
        for used, size, path in entries:
            if total <= self.limit or now - used < IN_USE_SECONDS:
                return
            self._discard(path)
            total -= size


def usage(root: Path) -> Iterator[tuple[float, int, Path]]:
    """(last use, bytes, path) of every entry, note and abandoned building site."""
    for path in [*root.glob("objects/*"), *root.glob("index/*"), *root.glob(".*-*")]:
        try:
            status = path.lstat()
            size = status.st_size
            if stat.S_ISDIR(status.st_mode):
                size += sum(p.lstat().st_size for p in path.rglob("*"))
        except FileNotFoundError:
            continue  # another process removed it meanwhile
        yield status.st_mtime, size, path


@contextmanager
def open_cache(environment: Mapping[str, str] = os.environ) -> Iterator[Cache]:
    """The user's cache, or a temporary one that is removed at the end and says why in `note`."""
    root, reason = _usable(environment)
    if root is not None:
        yield Cache(root)
        return
    with temporary_cache(reason) as cache:
        yield cache


@contextmanager
def temporary_cache(reason: str) -> Iterator[Cache]:
    """A private cache in the folder for temporary files, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="ffpf-") as temporary:
        yield Cache(Path(temporary), f"{reason}; compiling into a temporary folder")


def cache_root(environment: Mapping[str, str]) -> Path | None:
    """Where the cache belongs; a relative XDG_CACHE_HOME is ignored, as its specification wants."""
    base = environment.get("XDG_CACHE_HOME", "")
    if base.startswith("/"):
        return Path(base) / "ffpf"
    home = environment.get("HOME", "")
    return Path(home) / ".cache" / "ffpf" if home.startswith("/") else None


def _usable(environment: Mapping[str, str]) -> tuple[Path | None, str]:
    root = cache_root(environment)
    if root is None:
        return None, "neither XDG_CACHE_HOME nor HOME names a folder for the cache"
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        root.mkdir(mode=0o700, exist_ok=True)
        reason = why_not_trusted(root)
        if reason is None and not os.access(root, os.R_OK | os.W_OK | os.X_OK):
            reason = f"the cache {root} cannot be written"
        if reason is None:
            Cache(root)
    except OSError as error:
        return None, f"the cache {root} cannot be used: {error.strerror}"
    return (root, "") if reason is None else (None, reason)


def why_not_trusted(root: Path) -> str | None:
    """Why nothing below `root` may be loaded, or None: it must be a folder, ours, closed to others."""
    status = root.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return f"the cache {root} is not a folder"
    if status.st_uid != os.geteuid():
        return f"the cache {root} belongs to user {status.st_uid}, not to {os.geteuid()}"
    if stat.S_IMODE(status.st_mode) & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        return f"the cache {root} is open to others (mode {mode:04o}); `chmod 700 {root}` closes it"
    return None


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(*parts: object) -> str:
    """A key of everything given, by the JSON text of the parts (order kept)."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
