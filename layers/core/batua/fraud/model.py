"""Flags, and what was seen, as values and as items of the directory table."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from ..store import fraud_keys as keys
from ..store.codec import Item
from ..store.keys import Key, Mode
from ..store.store import Record
from ..store.writes import Condition, Update
from .rules import Baseline, WatchedMovement

SIGHTING_SECONDS: Final = 30 * 86_400
"""How long it is known what was seen: longer than a message can wait in a queue and in its dead letters."""

FLAG_SECONDS: Final = 2 * 365 * 86_400
"""How long flags are kept."""

MAX_ENTRIES: Final = 90
"""Movements that a flag names; a transaction of DynamoDB writes a hundred items."""

MAX_NAMES: Final = 100
"""Movements that the record of what is usual names: it stays below one write unit."""

_NAME_BYTES: Final = 8

FraudVerdict = Literal["fraud", "harmless", "unclear"]


@dataclass(frozen=True, slots=True)
class FlagReview:
    """What somebody has made of a flag."""

    verdict: FraudVerdict
    note: str | None
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class FraudFlag:
    """What a rule has found. Its movements are those of one tenant."""

    id: str
    tenant: str
    mode: Mode
    parent: str | None
    rule: str
    rule_version: int
    says: str
    figures: Mapping[str, Any]
    movements: tuple[WatchedMovement, ...]
    raised_at: int
    review: FlagReview | None = None
    version: int = 1

    @property
    def key(self) -> Key:
        return keys.flag_key(self.mode, self.tenant, self.id)

    @property
    def status(self) -> Literal["open", "closed"]:
        return "closed" if self.review else "open"

    @property
    def takes_more(self) -> bool:
        return self.review is None and len(self.movements) < MAX_ENTRIES


def flag_item(flag: FraudFlag) -> Item:
    item = {
        "mode": flag.mode,
        "parent": flag.parent,
        "rule": flag.rule,
        "rule_version": flag.rule_version,
        "says": flag.says,
        "figures": dict(flag.figures),
        "movements": [_movement_item(each) for each in flag.movements],
        "at": flag.raised_at,
        "review": asdict(flag.review) if flag.review else None,
        "version": flag.version,
        "ttl": flag.raised_at // 1000 + FLAG_SECONDS,
        "g1p": keys.child_flags_partition(flag.mode, flag.parent) if flag.parent else None,
        "g1s": flag.id if flag.parent else None,
        "g2p": keys.all_flags_partition(flag.mode),
        "g2s": flag.id,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_flag(record: Record) -> FraudFlag:
    return FraudFlag(
        id=record["sk"],
        tenant=record["pk"].split("#")[2],
        mode=record["mode"],
        parent=record.get("parent"),
        rule=record["rule"],
        rule_version=record["rule_version"],
        says=record["says"],
        figures=record["figures"],
        movements=tuple(_read_movement(each) for each in record["movements"]),
        raised_at=record["at"],
        review=_read_review(record.get("review")),
        version=record["version"],
    )


def sighting_item(movement: WatchedMovement, now: int) -> Item:
    return {**_movement_item(movement), "ttl": now // 1000 + SIGHTING_SECONDS}


def read_sighting(record: Record) -> tuple[WatchedMovement, str | None]:
    """What was seen, and the flag that names it."""
    return _read_movement(record), record.get("flag")


def read_baseline(record: Record | None) -> Baseline:
    return Baseline(record["n"], record["sum"], record["dist"]) if record else Baseline()


@dataclass(frozen=True, slots=True)
class UsualRecord:
    """What is usual at a merchant as it is stored, with the names of the movements that were counted last."""

    baseline: Baseline
    names: tuple[bytes, ...] = ()

    def counted(self, event: str) -> bool:
        return name_of(event) in self.names

    def adding(self, place: Key, names: Collection[bytes], more: Baseline) -> Update:
        """Counts movements, on the condition that nobody else has counted any since this was read."""
        last = (*self.names, *names)[-MAX_NAMES:]
        return Update(
            place,
            add={"n": more.count, "sum": more.sum, "dist": more.distance},
            set={"last": b"".join(last)},
            when=Condition(equal={"n": self.baseline.count}) if self.baseline.count else Condition(missing=("n",)),
        )


def read_usual(record: Record | None) -> UsualRecord:
    names = bytes(record.get("last", b"")) if record else b""
    parts = (names[start : start + _NAME_BYTES] for start in range(0, len(names), _NAME_BYTES))
    return UsualRecord(read_baseline(record), tuple(parts))


def name_of(event: str) -> bytes:
    """A movement among those of one merchant."""
    return hashlib.sha256(event.encode()).digest()[:_NAME_BYTES]


def _movement_item(movement: WatchedMovement) -> Item:
    return {name: value for name, value in asdict(movement).items() if value is not None}


def _read_movement(record: Mapping[str, Any]) -> WatchedMovement:
    fields: dict[str, Any] = {name: record.get(name) for name in WatchedMovement.__dataclass_fields__}
    return WatchedMovement(**fields)


def _read_review(record: Mapping[str, Any] | None) -> FlagReview | None:
    return FlagReview(record["verdict"], record.get("note"), record["by"], record["at"]) if record else None
