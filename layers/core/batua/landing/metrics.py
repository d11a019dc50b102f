"""Public figures: rounded down, and withheld where one tenant's could be read off them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .. import clock
from ..api.endpoint import Call
from ..api.styles import Raw, Reply
from ..ledger import totals
from ..store import keys
from ..store.store import Store
from ..tenants import tree
from .documents import public_reply, publish_document, published_document
from .models import PlatformMetrics

DAYS: Final = 30
LEAST_TENANTS: Final = 5
"""A sum over fewer tenants would tell too much about each."""

MOST_SHARE: Final = 50
"""Percent of a sum that one tenant may have made: with more, the sum says what that tenant does."""

EVERY_MS: Final = 20 * 60 * 60_000
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "issues": ("issue",),
    "redemptions": ("redeem",),
    "transactions": ("issue", "redeem"),
}


def list_platform_metrics(call: Call[Any]) -> Reply | Raw:
    found = published_document("metrics")
    return public_reply(call.request, PlatformMetrics.model_validate(found or {**NOTHING_YET, "as_of": None}))


def round_down(count: int) -> int:
    """To the two leading digits; what is below ten is nothing."""
    if count < 10:
        return 0
    step = int(10 ** max(len(str(count)) - 2, 1))
    return count // step * step


def disclosed(contributions: Iterable[int]) -> int | None:
    """The rounded sum of what each tenant contributed; None where it would tell about one of them. Zero is zero."""
    counts = [count for count in contributions if count > 0]
    total = sum(counts)
    if total and (len(counts) < LEAST_TENANTS or max(counts) * 100 > total * MOST_SHARE):
        return None
    return round_down(total)


def metrics_from(merchants: int, counts: Mapping[str, Mapping[str, int]], now: int | None) -> dict[str, Any]:
    """`counts`: tenant -> kind of transaction -> how many."""
    figures = {
        name: disclosed(sum(each.get(kind, 0) for kind in kinds) for each in counts.values())
        for name, kinds in _KINDS.items()
    }
    # With two of them, the third is known.
    if None in (figures["issues"], figures["redemptions"]):
        figures["transactions"] = None
    return {
        "merchants": round_down(merchants),
        **figures,
        "withheld": [name for name, figure in figures.items() if figure is None],
        "days": DAYS,
        "as_of": clock.iso(now) if now else None,
    }


NOTHING_YET: Final = metrics_from(0, {}, None)


def publish_metrics(store: Store, now: int) -> bool:
    """Counts and publishes, once a day. Returns whether it was time."""
    before = published_document("metrics").get("as_of")
    if before and now - clock.parse_iso(before) < EVERY_MS:
        return False
    until = clock.local_day(now, "UTC")
    since = clock.local_day(now - (DAYS - 1) * clock.DAY_MS, "UTC")
    merchants, counts = 0, {}
    for _, tenant in tree.subtree(store, _operator(store)):
        if not tenant.active:
            continue
        merchants += tenant.kind == "merchant"
        counts[tenant.id] = _counts(store, keys.scope("live", tenant.id), since, until)
    publish_document("metrics", metrics_from(merchants, counts, now))
    return True


def _operator(store: Store) -> str:
    key = keys.platform_key()
    record = store.read([key])[key] or {}
    return str(record["operator"])


def _counts(store: Store, scope: str, since: int, until: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for total in totals.daily_totals(store, scope, since, until):
        if total.status in totals.CARRIED_OUT:
            counts[total.kind] = counts.get(total.kind, 0) + total.count
    return counts
