"""What a tenant used in days of a month: from the daily totals, and for active customers from its activity.

The sandbox costs nothing. An issue or redemption that was reversed later was carried out, so it counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from .. import clock
from ..identity.tenant import Tenant
from ..ledger.queries.coin_entries import lower_bound, upper_bound
from ..ledger.totals import CARRIED_OUT, daily_totals
from ..store import billing_keys, keys
from ..store.store import Store
from .plans import Meter

_KINDS: dict[str, Meter] = {"issue": "issue", "redeem": "redemption", "capture": "redemption"}


def metered_use(store: Store, tenant: Tenant, first: int, last: int, meters: Iterable[Meter]) -> dict[Meter, int]:
    """The units of these meters between two days of the tenant's zone, both inclusive (yyyymmdd)."""
    wanted, scope = set(meters), keys.scope("live", tenant.id)
    used: dict[Meter, int] = dict.fromkeys(wanted, 0)
    if wanted & {"issue", "redemption"}:
        for total in daily_totals(store, scope, first, last):
            meter = _KINDS.get(total.kind)
            if meter in wanted and total.status in CARRIED_OUT and total.asset != "INR":
                used[meter] += total.count
    if "message" in wanted:
        rows = store.query_all(
            "directory", billing_keys.messages_sent_partition(scope), since=f"{first:08d}", until=f"{last:08d}~"
        )
        used["message"] = sum(row.get("count", 0) for row in rows)
    if "active_customer" in wanted:
        used["active_customer"] = len(_active(store, tenant, first, last))
    return used


def _active(store: Store, tenant: Tenant, first: int, last: int) -> set[str]:
    """The customers with an issue or redemption. Read off the activity: a total cannot say who was counted before."""
    owners = {tenant.id, *([tenant.program.owner] if tenant.program else [])}
    since = clock.day_start(first, tenant.time_zone)
    until = clock.day_start(last, tenant.time_zone) + 2 * clock.DAY_MS
    found: set[str] = set()
    for owner in owners:
        partition = keys.activity_partition(keys.scope("live", owner), tenant.id)
        rows = store.query_all(
            "ledger", partition, index="activity", since=lower_bound(since), until=upper_bound(until)
        )
        found.update(row["cust"] for row in rows if row["kind"] in _KINDS and first <= row["day"] <= last)
    return found
