"""The SQLite database behind the embedded AWS: in memory, or a file that survives the process.

One connection, one lock: SQLite serializes writers anyway. `transaction` is atomic over everything that is kept here -
items, stream records, queued messages - so a process that is killed leaves all of a change behind or nothing of it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

VERSION = 1
"""Of the layout of the file. A file of another layout is refused, not converted."""


class DatabaseInUse(RuntimeError):
    """Another process serves this file."""


class DatabaseUnreadable(RuntimeError):
    """The file is no database, or one of another layout."""


class Database:
    """`file` None keeps everything in memory. Raises `DatabaseInUse` where another process has the file open.

    A commit is in the operating system's hands: it survives the end of the process, however that ends. With
    `flush` it is on the disk too before it is acknowledged, and survives a power failure.
    """

    def __init__(self, file: Path | None = None, *, flush: bool = False) -> None:
        self.lock = RLock()
        self.file = file
        self._depth = 0
        self._claim: int | None = None
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._claim = _claim(file)
        self._connection = sqlite3.connect(
            file or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512
        )
        if file:
            file.chmod(0o600)
        try:
            self._prepare(flush)
        except sqlite3.DatabaseError as error:
            self.close()
            raise DatabaseUnreadable(f"{file} can't be read as a store: {error}") from error

    def _prepare(self, flush: bool) -> None:
        if self.file:
            self.execute("PRAGMA journal_mode = WAL")
            self.execute(f"PRAGMA synchronous = {'FULL' if flush else 'NORMAL'}")
            self.execute("PRAGMA wal_autocheckpoint = 4000")
        self.execute("PRAGMA cache_size = -65536")
        self.execute("PRAGMA temp_store = MEMORY")
        (found,) = self.rows("PRAGMA user_version")[0]
        if found not in (0, VERSION):
            raise sqlite3.DatabaseError(f"its layout has version {found}, this release reads version {VERSION}")
        self.execute(f"PRAGMA user_version = {VERSION}")

    def execute(self, statement: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        with self.lock:
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

    def backup(self, target: Path) -> None:
        """A consistent copy of everything, made while the store is in use."""
        with self.lock, sqlite3.connect(target) as copy:
            self._connection.backup(copy)
        copy.close()

    def close(self) -> None:
        with self.lock:
            self._connection.close()
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None


def _claim(file: Path) -> int:
    """A lock that the kernel releases when this process ends, however it ends."""
    descriptor = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(descriptor, 20, 0).decode().strip() or "unknown"
        os.close(descriptor)
        raise DatabaseInUse(f"{file} is in use by process {holder}. Stop that process first.") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor
