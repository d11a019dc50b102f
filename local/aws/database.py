"""The SQLite database behind the embedded AWS: in memory, or a file that survives the process.

One connection and one lock a process: SQLite serializes writers anyway. `transaction` is atomic over everything that
is kept here - items, stream records, queued messages - so a process that is killed leaves all of a change behind or
nothing of it. A shared database is read and written by the workers too; then writers of all processes take turns.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock
from typing import Any

VERSION = 1
"""Of the layout of the file. A file of another layout is refused, not converted."""

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory, where there is one; ours in it is private
_ROOM = 1 << 30
"""Bytes that must be free there: containers often have little of it."""
_WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP")
_CLAIM_SECONDS = 1.0
"""How long the workers of a killed process may take to end and let go of the file."""


class DatabaseInUse(RuntimeError):
    """Another process serves this file."""


class DatabaseUnreadable(RuntimeError):
    """The file is no database, or one of another layout."""


class Database:
    """`file` None keeps everything in memory. Raises `DatabaseInUse` where another process has the file open.

    A commit is in the operating system's hands: it survives the end of the process, however that ends. With
    `flush` it is on the disk too before it is acknowledged, and survives a power failure. With `shared` other processes
    may join (`path` tells where); what needs no file is then in a folder that ends with this process.
    """

    def __init__(self, file: Path | None = None, *, flush: bool = False, shared: bool = False) -> None:
        self._folder = TemporaryDirectory(dir=_in_memory()) if shared and not file else None
        self.file = file
        path = file or (Path(self._folder.name) / "store.sqlite" if self._folder else None)
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
        self.claim = _claim(file) if file else None
        """Descriptor of the lock that says that the file is in use."""
        self._open(path, shared)
        try:
            self._prepare(("FULL" if flush else "NORMAL") if file else "OFF", 65_536)
        except sqlite3.DatabaseError as error:
            self.close()
            raise DatabaseUnreadable(f"{file} can't be read as a store: {error}") from error

    @classmethod
    def joined(cls, path: Path) -> Database:
        """The shared database of another process, which outlives this one."""
        database = cls.__new__(cls)
        database._folder, database.file, database.claim = None, None, None
        database._open(path, shared=True)
        database._prepare("NORMAL", 16_384)
        return database

    def _open(self, path: Path | None, shared: bool) -> None:
        self.lock = RLock()
        self.path = path
        self._depth = 0
        self._turn = os.open(f"{path}.turn", os.O_RDWR | os.O_CREAT, 0o600) if shared else None
        self._connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512
        )
        if path:
            path.chmod(0o600)

    def _prepare(self, synchronous: str, cache: int) -> None:
        """`cache` in KB."""
        if self.path:
            self.execute("PRAGMA journal_mode = WAL")
            self.execute(f"PRAGMA synchronous = {synchronous}")
            self.execute("PRAGMA wal_autocheckpoint = 4000")
        self.execute(f"PRAGMA cache_size = -{cache}")
        self.execute("PRAGMA temp_store = MEMORY")
        (found,) = self.rows("PRAGMA user_version")[0]
        if found not in (0, VERSION):
            raise sqlite3.DatabaseError(f"its layout has version {found}, this release reads version {VERSION}")
        if not found:
            self.execute(f"PRAGMA user_version = {VERSION}")

    def execute(self, statement: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        with self.lock:
            if self._turn is None or self._depth or not statement.startswith(_WRITES):
                return self._connection.execute(statement, tuple(values))
            with self.transaction():
                return self._connection.execute(statement, tuple(values))

    def rows(self, statement: str, values: Iterable[Any] = ()) -> list[Any]:
        with self.lock:
            return self._connection.execute(statement, tuple(values)).fetchall()

    def row(self, statement: str, values: Iterable[Any] = ()) -> Any:
        with self.lock:
            cursor = self._connection.execute(statement, tuple(values))
            found = cursor.fetchone()
            cursor.close()
            return found

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Inside another transaction it is part of that one."""
        with self.lock:
            if self._depth:
                yield
                return
            if self._turn is not None:
                # SQLite would sleep and try again; the kernel wakes the next in line, and lets go of who was killed.
                fcntl.flock(self._turn, fcntl.LOCK_EX)
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._depth += 1
                try:
                    yield
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                else:
                    self._connection.execute("COMMIT")
                finally:
                    self._depth -= 1
            finally:
                if self._turn is not None:
                    fcntl.flock(self._turn, fcntl.LOCK_UN)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside is of one moment. Nothing is written inside."""
        with self.lock:
            if self._turn is None or self._depth:
                yield  # whoever writes here needs the lock
                return
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("COMMIT")

    def backup(self, target: Path) -> None:
        """A consistent copy of everything, made while the store is in use."""
        with self.lock, sqlite3.connect(target) as copy:
            self._connection.backup(copy)
        copy.close()

    def close(self) -> None:
        with self.lock:
            self._connection.close()
        for descriptor in (self.claim, self._turn):
            if descriptor is not None:
                os.close(descriptor)
        self.claim = self._turn = None
        if self._folder:
            self._folder.cleanup()


def _in_memory() -> Path | None:
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else None


def _claim(file: Path) -> int:
    """A lock that the kernel releases when this process and its workers end, however they end."""
    descriptor = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + _CLAIM_SECONDS
    while not _locked(descriptor):
        if time.monotonic() > until:
            holder = os.pread(descriptor, 20, 0).decode().strip() or "unknown"
            os.close(descriptor)
            raise DatabaseInUse(f"{file} is in use by process {holder}. Stop that process first.")
        time.sleep(0.02)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
