"""A database that several processes read and write: turns to write, whole moments to read, one order of records."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from local.aws.database import Database, DatabaseInUse
from local.aws.streams import SequenceNumbers
from tests.waiting import until

from .conftest import REPOSITORY, subprocess_environment

ADD = """
import sys
from pathlib import Path
from local.aws.database import Database
database = Database.joined(Path(sys.argv[1]))
print("joined", flush=True)
sys.stdin.readline()
for _ in range(200):
    with database.transaction():
        (number,) = database.row("SELECT value FROM numbers")
        database.execute("UPDATE numbers SET value = ?", (number + 1,))
if len(sys.argv) > 2:
    with database.transaction():
        database.execute("UPDATE numbers SET value = 0")
        print("inside", flush=True)
        sys.stdin.read()
"""


def joined(database: Database, *more: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", ADD, str(database.path), *more],
        env=subprocess_environment(),
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "joined\n"
    return process


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def shared() -> Database:
    database = Database(shared=True)
    database.execute("CREATE TABLE numbers (value INTEGER)")
    database.execute("INSERT INTO numbers VALUES (0)")
    return database


def test_writers_of_all_processes_take_turns() -> None:
    database = shared()
    others = [joined(database) for _ in range(2)]
    for each in others:
        begin(each)
    for _ in range(200):
        with database.transaction():
            (number,) = database.row("SELECT value FROM numbers")
            database.execute("UPDATE numbers SET value = ?", (number + 1,))
    for each in others:
        each.communicate(timeout=60)
    assert database.row("SELECT value FROM numbers") == (600,)
    database.close()


def test_who_is_killed_while_it_writes_leaves_nothing_behind_and_holds_nobody_up() -> None:
    database = shared()
    other = joined(database, "stay")
    begin(other)
    assert other.stdout
    assert other.stdout.readline() == "inside\n"
    other.kill()
    other.communicate(timeout=60)
    database.execute("UPDATE numbers SET value = value + 1")
    assert database.row("SELECT value FROM numbers") == (201,)
    database.close()


def test_what_is_read_together_is_of_one_moment() -> None:
    database = shared()
    assert database.path
    other = Database.joined(database.path)
    with database.snapshot():
        before = database.row("SELECT value FROM numbers")
        other.execute("UPDATE numbers SET value = 5")
        assert database.row("SELECT value FROM numbers") == before == (0,)
    assert database.row("SELECT value FROM numbers") == (5,)
    other.close()
    database.close()


def test_a_shared_database_in_memory_ends_with_its_process() -> None:
    database = shared()
    assert database.path
    folder = database.path.parent
    assert folder.stat().st_mode & 0o077 == 0
    database.close()
    assert not folder.exists()


def test_a_file_is_claimed_until_its_last_holder_has_ended(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.sqlite", shared=True)
    assert database.claim is not None
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=(database.claim,)
    )
    database.close()
    try:
        Database(tmp_path / "store.sqlite")
    except DatabaseInUse as error:
        refused = str(error)
    holder.communicate(timeout=60)
    assert "is in use by process" in refused
    Database(tmp_path / "store.sqlite").close()


def test_records_of_several_processes_are_in_the_order_of_their_transactions() -> None:
    first = SequenceNumbers()
    second = SequenceNumbers(first.offset)
    taken = [sequence.next() for sequence in (first, second, second, first, second, first)]
    assert taken == sorted(set(taken))


def test_who_waits_for_its_turn_does_not_fail_of_it() -> None:
    """SQLite's own patience ends after five seconds; turns are waited for as long as they take."""
    database = shared()
    assert database.path
    other = Database.joined(database.path)
    other.execute("PRAGMA busy_timeout = 0")
    with database.transaction():
        database.execute("UPDATE numbers SET value = 1")
        process = joined(database)
        begin(process)
        assert process.poll() is None
        try:
            other._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            locked = str(error)
    assert locked == "database is locked"
    process.communicate(timeout=60)
    until(lambda: database.row("SELECT value FROM numbers") == (201,))
    other.close()
    database.close()
