"""Tables and their indexes as they are kept in SQLite: rows of JSON text, found and ordered by their keys.

A table is `items<n>` and each of its indexes `items<n>_index<m>`, which names the rows that it holds (an index is
sparse: an item without the index's keys is not in it). SQLite orders text by its UTF-8 bytes, as DynamoDB does.
"""

# Names of tables and columns in statements are of our own making; what requests bring is always bound.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import Any

import msgspec

from local.aws.database import Database

from .errors import ItemRefused, ValidationError
from .values import ITEM_LIMIT, Item, Value, kind_of, measure, measure_item

READ_UNIT, WRITE_UNIT = 4096, 1024
_KEY_LIMITS = {"HASH": 2048, "RANGE": 1024}
NO_SORT_KEY = ""

_compact = msgspec.json.Encoder().encode
_parse = msgspec.json.Decoder().decode


def to_text(item: Any) -> str:
    return _compact(item).decode()


@dataclass
class Row:
    """A stored item. `id` is 0 for one that is not stored yet."""

    id: int
    text: str
    size: int
    parsed: Item | None = None

    @property
    def item(self) -> Item:
        if self.parsed is None:
            self.parsed = _parse(self.text)
        return self.parsed

    @classmethod
    def of(cls, item: Item) -> Row:
        return cls(0, to_text(item), measure_item(item), item)

    @property
    def binaries(self) -> int:
        """How many binary values and sets of them it holds, at most."""
        return self.text.count('"B":') + self.text.count('"BS":')


@dataclass(frozen=True)
class Index:
    name: str
    hash: str
    range: str | None
    projected: frozenset[str] | None
    """The attributes that an entry holds; None for all."""
    storage: str
    is_global: bool

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return (self.hash, self.range) if self.range else (self.hash,)

    def key_of(self, item: Item | None) -> tuple[str, str] | None:
        """None for an item that is not in the index."""
        if item is None or self.hash not in item or (self.range and self.range not in item):
            return None
        return item[self.hash]["S"], item[self.range]["S"] if self.range else NO_SORT_KEY

    def project(self, item: Item) -> Item:
        if self.projected is None:
            return item
        return {name: value for name, value in item.items() if name in self.projected}

    def write_units(self, before: Row | None, after: Row | None) -> int:
        """A changed key is a delete and a put, an unchanged projection costs nothing."""
        old, new = self.key_of(before.item if before else None), self.key_of(after.item if after else None)
        if before is after or (old is None and new is None):
            return 0
        sizes = [self._size(row) for row, key in ((before, old), (after, new)) if row and key]
        if old and new and old != new:
            return sum(write_units(size) for size in sizes)
        if old and new and before and after and self.project(before.item) == self.project(after.item):
            return 0
        return write_units(*sizes)

    def _size(self, row: Row) -> int:
        return row.size if self.projected is None else sum(map(_attribute_size, self.project(row.item).items()))


def _attribute_size(attribute: tuple[str, Value]) -> int:
    return len(attribute[0].encode()) + measure(attribute[1])


def read_units(size: int) -> int:
    """Of one strong read; what is not there costs as much as the smallest item."""
    return max(1, ceil(size / READ_UNIT))


def write_units(*sizes: int) -> int:
    """Of one write: the larger of the item before and after counts, and never less than one unit."""
    return max(1, ceil(max(sizes, default=0) / WRITE_UNIT))


@dataclass
class Table:
    """`definition` is what CreateTable was given."""

    name: str
    number: int
    definition: dict[str, Any]
    database: Database
    created: float
    ttl: str | None = None
    statements: dict[Any, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = _schema(self.definition["KeySchema"])
        self.hash, self.range = keys["HASH"], keys.get("RANGE")
        self.keys: tuple[str, ...] = (self.hash, self.range) if self.range else (self.hash,)
        self.types = {each["AttributeName"]: each["AttributeType"] for each in self.definition["AttributeDefinitions"]}
        if odd := [name for name, kind in self.types.items() if kind != "S"]:
            raise NotImplementedError(f"table {self.name}: key attribute {odd[0]} is no string; add that to tables.py")
        self.storage = f"items{self.number}"
        self.indexes: dict[str, Index] = {}
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            for each in self.definition.get(kind) or ():
                self.indexes[each["IndexName"]] = self._index(each, kind.startswith("Global"))
        self._key_kinds = {self.hash: "HASH", **({self.range: "RANGE"} if self.range else {})}
        s = self.storage
        self._select = f"SELECT id, body, size FROM {s} WHERE pk = ? AND sk = ?"
        self._insert = f"INSERT INTO {s} (pk, sk, body, size, expires) VALUES (?, ?, ?, ?, ?)"
        self._update = f"UPDATE {s} SET body = ?, size = ?, expires = ? WHERE id = ?"
        self._delete = f"DELETE FROM {s} WHERE id = ?"

    def _index(self, declared: dict[str, Any], is_global: bool) -> Index:
        keys = _schema(declared["KeySchema"])
        projection = declared.get("Projection") or {}
        projected = None
        if projection.get("ProjectionType", "ALL") != "ALL":
            projected = frozenset({*self.keys, *keys.values(), *projection.get("NonKeyAttributes", ())})
        storage = f"{self.storage}_index{len(self.indexes)}"
        return Index(declared["IndexName"], keys["HASH"], keys.get("RANGE"), projected, storage, is_global)

    def create(self) -> None:
        s = self.storage
        self.database.execute(
            f"CREATE TABLE IF NOT EXISTS {s} (id INTEGER PRIMARY KEY, pk TEXT NOT NULL, sk TEXT NOT NULL, "
            "body TEXT NOT NULL, size INTEGER NOT NULL, expires INTEGER, UNIQUE (pk, sk))"
        )
        self.database.execute(f"CREATE INDEX IF NOT EXISTS {s}_ttl ON {s} (expires) WHERE expires IS NOT NULL")
        for index in self.indexes.values():
            self.database.execute(
                f"CREATE TABLE IF NOT EXISTS {index.storage} (hash TEXT NOT NULL, range TEXT NOT NULL, "
                "pk TEXT NOT NULL, sk TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (hash, range, pk, sk)) "
                "WITHOUT ROWID"
            )

    def drop(self) -> None:
        for storage in (self.storage, *(index.storage for index in self.indexes.values())):
            self.database.execute(f"DROP TABLE {storage}")

    def index(self, name: str | None) -> Index | None:
        if name is None:
            return None
        if name not in self.indexes:
            raise ValidationError(f"The table does not have the specified index: {name}")
        return self.indexes[name]

    # Keys

    def key_of(self, attributes: Item, *, exactly: bool = True) -> tuple[str, str]:
        """The key of an item, or (`exactly`) of a request's Key, which names nothing else."""
        values = []
        for name in self.keys:
            value = attributes.get(name)
            if not isinstance(value, dict) or (exactly and len(attributes) != len(self.keys)):
                raise ValidationError("The provided key element does not match the schema")
            if kind_of(value) != self.types[name]:
                if exactly:
                    raise ValidationError("The provided key element does not match the schema")
                raise ValidationError(
                    "One or more parameter values were invalid: Type mismatch for key "
                    f"{name} expected: {self.types[name]} actual: {kind_of(value)}"
                )
            values.append(value["S"])
            self._check_key(name, value["S"], self._key_kinds[name], "")
        return values[0], values[1] if self.range else NO_SORT_KEY

    def _check_key(self, name: str, text: str, kind: str, index: str) -> None:
        if not text:
            raise ValidationError(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                f"empty string value. {'IndexKey' if index else 'Key'}: {name}{index and f' IndexName: {index}'}"
            )
        if len(text) > _KEY_LIMITS[kind] // 4 and len(text.encode()) > _KEY_LIMITS[kind]:
            what = "hashkey" if kind == "HASH" else "rangekey"
            raise ValidationError(
                f"One or more parameter values were invalid: Size of {what} has exceeded the maximum size limit of "
                f"{_KEY_LIMITS[kind]} bytes"
            )

    def check(self, row: Row, *, updated: bool = False) -> None:
        """The rules that an item must keep to be stored: types and sizes of index keys, its own size."""
        item = row.item
        for index in self.indexes.values():
            for name in index.keys:
                value = item.get(name)
                if value is None:
                    continue
                if kind_of(value) != self.types[name]:
                    raise ValidationError(
                        f"One or more parameter values were invalid: Type mismatch for Index Key {name} expected: "
                        f"{self.types[name]} actual: {kind_of(value)} IndexName: {index.name}"
                    )
                self._check_key(name, value["S"], "HASH" if name == index.hash else "RANGE", index.name)
        if row.size > ITEM_LIMIT:
            if updated:
                raise ItemRefused("Item size to update has exceeded the maximum allowed size")
            raise ItemRefused("Item size has exceeded the maximum allowed size")

    # Reading

    def read(self, key: tuple[str, str]) -> Row | None:
        found = self.database.row(self._select, key)
        return Row(*found) if found else None

    def scan_rows(
        self, index: Index | None, where: str, values: list[Any], *, forward: bool
    ) -> Iterator[tuple[Row, tuple[Any, ...]]]:
        """Rows in the order of the keys, with where they stand: (range, pk, sk) of an index, (pk, sk) of the table."""
        way = "" if forward else " DESC"
        if index is None:
            statement = f"SELECT id, body, size, pk, sk FROM {self.storage} WHERE {where} ORDER BY pk{way}, sk{way}"
        else:
            statement = (
                f"SELECT i.id, i.body, i.size, k.hash, k.range, k.pk, k.sk FROM {index.storage} k "
                f"JOIN {self.storage} i ON i.id = k.id WHERE {where} "
                f"ORDER BY k.hash{way}, k.range{way}, k.pk{way}, k.sk{way}"
            )
        cursor = self.database.execute(statement, values)
        try:
            for found in cursor:
                yield Row(found[0], found[1], found[2]), found[3:]
        finally:
            cursor.close()

    # Writing

    def store(self, key: tuple[str, str], before: Row | None, after: Row | None) -> None:
        """Replaces an item. Nothing here can refuse: that is what `check` is for."""
        execute = self.database.execute
        if after is None:
            if before is None:
                return
            execute(self._delete, (before.id,))
        elif before is None:
            after.id = execute(self._insert, (*key, after.text, after.size, self._expiry(after))).lastrowid or 0
        else:
            after.id = before.id
            execute(self._update, (after.text, after.size, self._expiry(after), before.id))
        for index in self.indexes.values():
            old, new = index.key_of(before.item if before else None), index.key_of(after.item if after else None)
            if old == new:
                continue
            if old:
                execute(f"DELETE FROM {index.storage} WHERE hash = ? AND range = ? AND pk = ? AND sk = ?", (*old, *key))
            if new and after:
                execute(f"INSERT INTO {index.storage} VALUES (?, ?, ?, ?, ?)", (*new, *key, after.id))

    def _expiry(self, row: Row) -> int | None:
        value = row.item.get(self.ttl, {}).get("N") if self.ttl else None
        return int(value) if value and value.isdigit() else None

    def expired(self, before: int, limit: int = 500) -> list[tuple[str, str]]:
        """Keys of items whose time to live ended before that time."""
        return self.database.rows(
            f"SELECT pk, sk FROM {self.storage} WHERE expires IS NOT NULL AND expires < ? LIMIT ?", (before, limit)
        )

    def roughly(self) -> int:
        """How many items there are, or were at most: DynamoDB's own number is hours old. To count a million takes
        seconds, and a start asks four times."""
        return int(self.database.rows(f"SELECT max(id) FROM {self.storage}")[0][0] or 0)


def _schema(declared: list[dict[str, str]]) -> dict[str, str]:
    return {each["KeyType"]: each["AttributeName"] for each in declared}
