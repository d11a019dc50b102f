"""Reminders of overdue invoices, by schedule: 1, 7, 14 and 30 days after the due day, in the supplier's time zone.

An open invoice waits in index `by_name` under the day of its next reminder, so that one schedule finds all. A reminder
is noted before it is handed in: a run that dies leaves at most one unsent, and none is sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .. import clock, observe
from ..messages import outbound
from ..messages.model import ADDRESSEE, Message
from ..money import grouped
from ..store import billing_keys, keys
from ..store.keys import Scope
from ..store.store import ConditionFailed, Record, Store
from ..store.writes import Condition, Put
from . import records
from .return_models import dashed_day

REMINDER_DAYS: Final = (1, 7, 14, 30)
MORNING_MS: Final = 9 * 3_600_000
"""Reminders go out from nine in the morning of the supplier's day on."""

MAX_REMINDED: Final = 500
"""Invoices of one run; the next takes the rest."""


def indexed(record: Mapping[str, Any], scope: str) -> Record:
    """The record with its place in the index; without one where nobody is to be reminded, as in the sandbox."""
    item = {name: value for name, value in record.items() if name not in ("pk", "sk", "g2p", "g2s")}
    day = next_reminder(record)
    if day is not None and scope.startswith("L#"):
        item["g2p"] = billing_keys.reminders_partition_of(record["sk"])
        item["g2s"] = f"{day}#{scope}#{record['sk']}"
    return item


def next_reminder(record: Mapping[str, Any]) -> int | None:
    """The day of the next reminder (yyyymmdd), as long as something is to be paid and not all have been sent."""
    count = record.get("reminded", 0)
    if "due" not in record or record["st"] != "open" or not records.outstanding(record) or count >= len(REMINDER_DAYS):
        return None
    later = clock.day_start(record["due"], "UTC") + REMINDER_DAYS[count] * clock.DAY_MS
    return clock.local_day(later, "UTC")


def remind_overdue_invoices(store: Store, now: int) -> int:
    """Sends what is due. Returns how many mails were handed in."""
    # Nowhere is it later than a day after UTC's.
    until = f"{clock.local_day(now + clock.DAY_MS, 'UTC')}~"
    sent = 0
    for number in range(billing_keys.REMINDER_PARTITIONS):
        partition = billing_keys.reminders_partition(number)
        for row in store.query_all("directory", partition, index="by_name", until=until):
            if sent >= MAX_REMINDED:
                return sent
            sent += _remind_invoice(store, row["pk"].removesuffix("#BILLING"), row["sk"], now)
    return sent


def _remind_invoice(store: Store, scope: str, invoice: str, now: int) -> bool:
    key, tenant_key = billing_keys.billing_invoice_key(scope, invoice), keys.tenant_key(Scope.of(scope).tenant)
    found = store.read([key, tenant_key])
    record, tenant = found[key], found[tenant_key]
    day = next_reminder(record) if record else None
    if record is None or tenant is None or day is None or day > clock.local_day(now - MORNING_MS, tenant["zone"]):
        return False
    to = record["to"].get("mail")
    reminded = {**record, "reminded": record.get("reminded", 0) + 1, "version": record["version"] + 1}
    if to:
        reminded["sent"] = [*record.get("sent", []), {"to": to, "at": now, "by": "schedule"}]
    try:
        store.write(Put(key, indexed(reminded, scope), when=Condition(equal={"version": record["version"]})))
    except ConditionFailed:
        return False  # paid or changed at this moment: the next run looks again
    if not to:
        return False
    link: Record = record.get("link") or {}
    usable = bool(link) and link["until"] > now and link["amt"] == records.outstanding(record)
    values = {
        "name": record["to"]["name"],
        "title": records.billed_title(record),
        "number": record["no"],
        "amount": grouped(records.outstanding(record)),
        "due": dashed_day(record["due"]),
        **({"link": link["url"]} if usable else {}),
    }
    kind = "invoice_overdue_online" if usable else "invoice_overdue"
    outbound.enqueue(Message(kind, to, "email", Scope.of(scope).tenant, values, readers=(ADDRESSEE,)))
    observe.log().info("reminded of an invoice", extra={"invoice": invoice})
    return True
