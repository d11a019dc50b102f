"""The monthly run that invoices the use of all subscribed tenants: the step of `usage_run.asl.json`.

A run may be started for the same month any number of times: each tenant's month is invoiced once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .. import clock, observe
from ..store import billing_keys
from ..store.store import Contended, Store
from ..tenants import bootstrap
from .tenant_books import Issuer
from .usage_invoices import UsageBusy, issue_usage_invoice

_MAX_ATTEMPTS: Final = 5
_PAGE_SIZE: Final = 50


def usage_run_step(store: Store, event: Mapping[str, Any], now: int, more: Callable[[], bool]) -> dict[str, Any]:
    """Invoices tenant after tenant from the cursor on, as far as the time goes.

    A tenant that fails is logged and counted, and the others go on; the run then ends in an alarm.
    """
    operator = bootstrap.operator(store)
    faults = int(event.get("faults") or 0)
    if operator is None:
        return {"state": "done", "cursor": None, "faults": faults}
    started = clock.parse_iso(event["started"])
    month = event.get("month") or clock.add_months(clock.local_month(started, operator.time_zone), -1)
    issuer = Issuer(store, operator, "live", now)
    partition = billing_keys.subscriptions_partition(issuer.scope)
    cursor = event.get("cursor")
    while True:
        after = {"pk": partition, "sk": cursor} if cursor else None
        page = store.query("directory", partition, limit=_PAGE_SIZE, after=after, consistent=True)
        for row in page.items:
            if not more():
                return {"state": "more", "cursor": cursor, "faults": faults}
            faults += not _invoiced(issuer, row["sk"], month)
            cursor = row["sk"]
        if page.last is None:
            return {"state": "faulty" if faults else "done", "cursor": None, "faults": faults}


def _invoiced(issuer: Issuer, tenant: str, month: int) -> bool:
    for attempt in range(_MAX_ATTEMPTS):
        try:
            outcome = issue_usage_invoice(issuer, tenant, month)
        except (UsageBusy, Contended):
            issuer.store.sleep(0.05 * 2**attempt)
            continue
        except Exception as fault:
            observe.log().exception(
                "a tenant's use could not be invoiced", extra={"tenant": tenant, "fault": type(fault).__name__}
            )
            return False
        observe.log().info("use invoiced", extra={"tenant": tenant, "month": month, "outcome": outcome})
        return outcome != "draft"
    return False
