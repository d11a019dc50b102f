"""When a month is closed, and how long its entries stay in the table. Months are those of UTC, as yyyymm."""

from __future__ import annotations

from typing import Final

from .. import clock
from ..settings import settings
from ..store.keys import Mode
from ..store.store import Record

GRACE_MS: Final = 3 * clock.DAY_MS
"""A month is sealed this long after its end at the earliest: no clock is so wrong, no stream so far behind."""

MIN_KEPT_MONTHS: Final = 13
"""Months that stay in the table whatever is asked: the current one beside a year."""


def closed_before(now: int) -> str:
    """The instant (ISO) before which every entry is of a closed month."""
    return clock.iso(clock.month_start(clock.local_month(now - GRACE_MS, "UTC"), "UTC"))


def purged_to(now: int, kept_months: int) -> int | None:
    """The last month whose entries may leave the table; None where all are kept."""
    if not kept_months:
        return None
    return clock.add_months(clock.local_month(now, "UTC"), -max(kept_months, MIN_KEPT_MONTHS) - 1)


def kept_from(now: int, kept_months: int) -> int | None:
    """The instant from which on lists show what there was, however far the purge has come; None where all is kept."""
    last = purged_to(now, kept_months)
    return None if last is None else clock.month_start(clock.add_months(last, 1), "UTC")


def lists_from(mode: Mode, since: int | None, now: int) -> tuple[int | None, str | None]:
    """Where a list from `since` on begins, and what it says of that: the instant (ISO) from which on
    the deployment keeps entries; None where it keeps all, as it does in every sandbox."""
    kept = kept_from(now, settings().kept_months) if mode == "live" else None
    if kept is None:
        return since, None
    return max(since or 0, kept), clock.iso(kept)


def entry_time(record: Record) -> str:
    """When an entry was made (ISO), of a customer's wallet or a tenant's, tombstones too."""
    place: str = record["g2s"] if record["sk"] == "TX" else record["g1s"]
    return place.partition("#")[0]


def entry_month(record: Record) -> int:
    """The month that an entry belongs to."""
    at = entry_time(record)
    return int(at[:4] + at[5:7])


def is_entry(record: Record) -> bool:
    """Whether an item is an entry, or the tombstone of one. Refusals move nothing and stay where they are."""
    if "#K#" not in record["pk"] or record.get("kind", "refused") == "refused":
        return False
    kind: str = record["sk"].partition("#")[0]
    return kind in ("TX", "FUNDS") and record["sk"] != "FUNDS#REVERSED"


def entry_wallet(record: Record) -> str:
    """The wallet of an entry."""
    wallet: str = record["wal"] if "g1p" not in record else record["g1p"].rpartition("#")[2]
    return wallet
