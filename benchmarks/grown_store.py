"""A store of many customers and entries, made from one of few: their rows again under other names.

Posting a million entries would take an hour. Here a small store is served once, some customers get some entries each,
and SQLite copies the rows of those customers: wallets, entries with their places in the indexes, customers' records.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_CHUNK: Final = 2_000
_ID: Final = re.compile(r"(?:wal|cust|txn)_[0-9A-Z]{20,}")
_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class StoredRow:
    """An item as SQLite keeps it: its table, its columns, and its place in each index."""

    table: str
    values: tuple[Any, ...]
    places: tuple[tuple[str, tuple[str, str]], ...]


def grow(connection: sqlite3.Connection, customers: int) -> dict[str, int]:
    """Adds customers until there are so many, while nothing else writes. Returns counts of customers and entries."""
    templates = _templates(connection)
    number, there = 0, len(templates)
    with_id = {row.table: _next_id(connection, row.table) for rows in templates.values() for row in rows}
    while there + number < customers:
        connection.execute("BEGIN")
        for _ in range(_CHUNK):
            if there + number >= customers:
                break
            number += 1
            name = list(templates)[number % there]
            for row in templates[name]:
                with_id[row.table] += 1
                _insert(connection, _renamed(row, number), with_id[row.table])
        connection.execute("COMMIT")
    return {"customers": there + number, "entries": _entries(connection)}


def _templates(connection: sqlite3.Connection) -> dict[str, list[StoredRow]]:
    """The rows of each customer who has a wallet, by the wallet's id."""
    found: dict[str, list[StoredRow]] = {}
    customer_of: dict[str, str] = {}
    for row in _rows(connection):
        pk, sk, body = row.values[0], row.values[1], row.values[2]
        if "#W#" in pk and sk == "BAL":
            wallet = pk.rpartition("#")[2]
            found.setdefault(wallet, []).append(row)
            if match := re.search(r"cust_[0-9A-Z]+", body):
                customer_of[match[0]] = wallet
    for row in _rows(connection):
        pk, sk, body = row.values[0], row.values[1], row.values[2]
        if "#K#" in pk and sk == "TX" and (match := re.search(r"wal_[0-9A-Z]+", body)) and match[0] in found:
            found[match[0]].append(row)
        elif sk == "CUSTOMER" and pk.rpartition("#")[2] in customer_of:
            found[customer_of[pk.rpartition("#")[2]]].append(row)
    # Of those with as many entries as most have: the sample tenants' own customers are left alone.
    usual = max(len(rows) for rows in found.values())
    return {wallet: rows for wallet, rows in found.items() if len(rows) == usual}


def _rows(connection: sqlite3.Connection) -> Iterator[StoredRow]:
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in (name for name in names if re.fullmatch(r"items\d+", name)):
        indexes = [name for name in names if re.fullmatch(rf"{table}_index\d+", name)]
        places: dict[int, list[tuple[str, tuple[str, str]]]] = {}
        for index in indexes:
            for id, hash, range in connection.execute(f"SELECT id, hash, range FROM {index}"):  # noqa: S608
                places.setdefault(id, []).append((index, (hash, range)))
        columns = "id, pk, sk, body, size, expires"
        for id, *values in connection.execute(f"SELECT {columns} FROM {table}").fetchall():  # noqa: S608
            yield StoredRow(table, tuple(values), tuple(places.get(id, ())))


def _renamed(row: StoredRow, number: int) -> StoredRow:
    def text(value: Any) -> Any:
        return _ID.sub(lambda id: _other(id[0], number), value) if isinstance(value, str) else value

    places = tuple((index, (text(hash), text(range))) for index, (hash, range) in row.places)
    return StoredRow(row.table, tuple(map(text, row.values)), places)


def _other(id: str, number: int) -> str:
    """Another id of the same kind and length: the middle of it says which copy it is."""
    letters = ""
    while number:
        number, digit = divmod(number, 32)
        letters = _DIGITS[digit] + letters
    return f"{id[:8]}{letters.rjust(6, '0')}{id[14:]}"


def _insert(connection: sqlite3.Connection, row: StoredRow, id: int) -> None:
    pk, sk = row.values[0], row.values[1]
    statement = f"INSERT INTO {row.table} (id, pk, sk, body, size, expires) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608
    connection.execute(statement, (id, *row.values))
    for index, (hash, range) in row.places:
        connection.execute(f"INSERT INTO {index} VALUES (?, ?, ?, ?, ?)", (hash, range, pk, sk, id))  # noqa: S608


def _next_id(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0])  # noqa: S608


def _entries(connection: sqlite3.Connection) -> int:
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'items_'")]
    return sum(connection.execute(f"SELECT count(*) FROM {n} WHERE sk = 'TX'").fetchone()[0] for n in names)  # noqa: S608
