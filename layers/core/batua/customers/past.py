"""What customers did in another system before the merchant moved here: records to read, which never move value.

They stand beside the customer's record, not in the ledger: nothing here was posted, and no balance, tier, issuance
ratio or liability counts them. A line is known by what it says, so the same purchase in two files is kept once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from .. import clock, ids
from ..store import import_keys
from ..store.codec import Item
from ..store.keys import Key
from ..store.store import Record, Store
from ..store.writes import Condition, Delete

PastType = Literal["purchase", "earned", "redeemed", "expired", "adjusted"]
PAST_TYPES: Final[tuple[PastType, ...]] = get_args(PastType)
_BATCH_SIZE: Final = 90


@dataclass(frozen=True, slots=True)
class PastTransaction:
    """`coins` (minor units of the program's coin) are below zero where they were taken; `bill` is in paise.

    `ordinal` tells apart lines of one file that say the same and are both kept.
    """

    at: int
    type: PastType
    coins: int | None = None
    bill: int | None = None
    reference: str | None = None
    place: str | None = None
    note: str | None = None
    ordinal: int = 0
    source: str = ""
    """The import that brought it in."""

    @property
    def digest(self) -> str:
        said = (self.type, self.coins, self.bill, self.reference or "", self.place or "", self.ordinal)
        return hashlib.sha256(ids.injective("past", *map(str, said))).hexdigest()[:24]

    def key(self, scope: str, customer: str) -> Key:
        return import_keys.past_key(scope, customer, clock.iso(self.at), self.digest)


def past_item(past: PastTransaction) -> Item:
    item: dict[str, Any] = {
        "at": past.at,
        "kind": past.type,
        "coins": past.coins,
        "bill": past.bill,
        "ref": past.reference,
        "place": past.place,
        "note": past.note,
        "n": past.ordinal or None,
        "import": past.source,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_past_transaction(record: Record | Mapping[str, Any]) -> PastTransaction:
    return PastTransaction(
        at=record["at"],
        type=record["kind"],
        coins=record.get("coins"),
        bill=record.get("bill"),
        reference=record.get("ref"),
        place=record.get("place"),
        note=record.get("note"),
        ordinal=record.get("n", 0),
        source=record["import"],
    )


def past_of(
    store: Store, scope: str, customer: str, *, before: str | None = None, size: int | None = None
) -> Iterator[tuple[str, PastTransaction]]:
    """The newest first, each with its place in the list; those after the place `before`."""
    rows = store.query_all(
        "directory",
        import_keys.past_partition(scope, customer),
        since=import_keys.PAST,
        until=before or f"{import_keys.PAST}~",
        descending=True,
        limit=size,
    )
    for row in rows:
        if row["sk"] != before:
            yield str(row["sk"]), read_past_transaction(row)


def past_deletion(key: Key, source: str) -> Delete:
    """Takes a line out that this import brought in; another one's stays."""
    return Delete(key, when=Condition(equal={"import": source}))


def forget_past(store: Store, scope: str, customer: str) -> int:
    """Deletes all of it for a customer who has their data deleted. Returns the number of lines."""
    partition = import_keys.past_partition(scope, customer)
    rows = store.query_all("directory", partition, beginning=import_keys.PAST, consistent=True)
    found = [Key("directory", row["pk"], row["sk"]) for row in rows]
    for start in range(0, len(found), _BATCH_SIZE):
        store.commit([Delete(key) for key in found[start : start + _BATCH_SIZE]])
    return len(found)
