"""The store in a file is copied while it is in use, and put back when it is not."""

from __future__ import annotations

import stat
from pathlib import Path

from local.aws.database import Database
from local.backup import backup, reset, restore


def put(database: Database, value: str) -> None:
    database.execute("CREATE TABLE IF NOT EXISTS notes (value TEXT)")
    database.execute("INSERT INTO notes VALUES (?)", (value,))


def notes(file: Path) -> list[str]:
    database = Database(file)
    found = [value for (value,) in database.rows("SELECT value FROM notes")]
    database.close()
    return found


def test_a_copy_is_of_the_moment_it_was_made(tmp_path: Path) -> None:
    store, copy = tmp_path / "store.sqlite", tmp_path / "monday.sqlite"
    database = Database(store)
    put(database, "before")
    assert backup(store, copy) is None
    put(database, "after")
    assert "is in use by process" in str(restore(store, copy))
    database.close()
    assert notes(copy) == ["before"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert restore(store, copy) is None
    assert notes(store) == ["before"]
    assert notes(tmp_path / "store.sqlite.before") == ["before", "after"]


def test_what_cannot_be_done_is_said_and_changes_nothing(tmp_path: Path) -> None:
    store, copy = tmp_path / "store.sqlite", tmp_path / "monday.sqlite"
    assert "does not exist" in str(backup(store, copy))
    assert "does not exist" in str(restore(store, copy))
    database = Database(store)
    put(database, "one")
    database.close()
    copy.write_text("no database, whatever its name says, and long enough to be looked at")
    assert "exists already" in str(backup(store, copy))
    assert "can't be read as a store" in str(restore(store, copy))
    assert notes(store) == ["one"]


def test_a_store_is_removed_unless_it_is_in_use(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    assert reset(store) is None
    database = Database(store)
    put(database, "one")
    assert "is in use by process" in str(reset(store))
    database.close()
    assert reset(store) is None
    assert [file.name for file in tmp_path.iterdir()] == ["store.sqlite.lock"]
