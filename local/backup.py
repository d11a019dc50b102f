"""Copies the store of `make run` while it is in use, puts a copy back, removes it: `make backup`, `restore`, `reset`.

A copy is of one moment: tables, undelivered changes, messages, files, secrets and workflows belong together.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

from local.aws.database import Database, DatabaseInUse, DatabaseUnreadable

ROOT: Final = Path(__file__).resolve().parents[1]
STORE: Final = Path(os.environ.get("DATA") or ROOT / ".local") / "store.sqlite"


def backup(store: Path, target: Path) -> str | None:
    """Why there is no copy; None once there is."""
    if not store.is_file():
        return f"{store} does not exist. make run makes it."
    if target.exists():
        return f"{target} exists already. Choose another name."
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as there,
        closing(sqlite3.connect(partial)) as copy,
    ):
        partial.chmod(0o600)
        there.backup(copy)
    partial.rename(target)
    return None


def restore(store: Path, source: Path) -> str | None:
    """Why nothing was restored; None once it was. The store that was there is kept beside it."""
    if not source.is_file():
        return f"{source} does not exist."
    try:
        Database(source).close()
        Database(store).close()
    except (DatabaseInUse, DatabaseUnreadable) as error:
        return str(error)
    for suffix in ("", "-wal", "-shm"):
        there = store.with_name(f"{store.name}{suffix}")
        if there.exists():
            there.replace(store.with_name(f"{store.name}.before{suffix}"))
    return backup(source, store)


def reset(store: Path) -> str | None:
    """Removes the store, so that the next start seeds it anew. Why it was not; None once it is gone, or never was."""
    if store.is_file():
        try:
            Database(store).close()
        except DatabaseInUse as error:
            return str(error)
        except DatabaseUnreadable:
            pass  # the more reason to remove it
    for suffix in ("", "-wal", "-shm"):
        store.with_name(f"{store.name}{suffix}").unlink(missing_ok=True)
    return None


def main(arguments: list[str]) -> int:
    if arguments == ["reset"]:
        why = reset(STORE)
        sys.stderr.write(f"{why}\n" if why else "The next make run begins with the seed.\n")
        return 1 if why else 0
    if len(arguments) != 2 or arguments[0] not in ("backup", "restore") or not arguments[1]:
        sys.stderr.write("Name the file: make backup FILE=monday.sqlite, make restore FILE=monday.sqlite\n")
        return 2
    act = backup if arguments[0] == "backup" else restore
    why = act(STORE, Path(arguments[1]))
    if why:
        sys.stderr.write(f"{why}\n")
        return 1
    sys.stdout.write(f"{arguments[0]}: done\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
