"""Looks at payment links and orders that stayed open, at the provider: a webhook may be lost, a payment may come late.

Each link waits in an item of its own, written with the link. It is looked at hourly for six hours, then twice a day,
and for the last time two days after it has ended: what a provider takes at the last moment is not missed. A top-up that
was returned is looked at until the wallet has given the amount back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from .. import clock, ids, observe
from ..errors import Problem
from ..store import billing_keys
from ..store.store import ConditionFailed, Record, Store
from ..store.writes import Condition, Delete, Update
from .payment_accounts import account_of
from .payment_port import LinkState, ProviderFault
from .payment_receipts import mail_payment_receipt
from .payment_recording import record_event
from .payment_source import RecordingSource
from .providers import PROVIDERS
from .top_up_posting import collect_returns

MAX_LOOKS: Final = 300
"""Links of one run; the next takes the rest."""

_OFTEN: Final = 6
_HOUR_MS: Final = 3_600_000
_AFTER_MS: Final = 2 * clock.DAY_MS


def reconcile_open_payments(store: Store, now: int) -> dict[str, int]:
    """Looks at what is due. Returns how many links were looked at, payments recorded, and looks that failed."""
    done = {"looked": 0, "recorded": 0, "failed": 0}
    for number in range(billing_keys.REMINDER_PARTITIONS):
        for row in store.query_all("directory", billing_keys.open_payments_partition(number), consistent=True):
            if row["next"] > now:
                continue
            if done["looked"] >= MAX_LOOKS:
                return done
            done["looked"] += 1
            try:
                done["recorded"] += _reconcile_row(store, row, now)
            except (ProviderFault, Problem) as fault:
                # The provider's words may hold a customer's name.
                done["failed"] += 1
                observe.log().warning("an open payment could not be looked at", extra={"fault": type(fault).__name__})
                _later(store, row, now)
    return done


def _reconcile_row(store: Store, row: Record, now: int) -> int:
    if row.get("kind") == "receipt":
        mail_payment_receipt(store, row)
        return 0
    key = billing_keys.payment_account_key(row["account"])
    stored = store.read([key])[key]
    if stored is None:
        store.commit([Delete(_open_payment_key(row))])
        return 0
    account, source = account_of(stored), RecordingSource("-", ids.new_id("req"), asked=True)
    owing = _collected(store, row, now, source)
    provider = PROVIDERS[account.provider]
    if row.get("kind") == "order":
        state = provider.order_state(account.access, row["link"], row["ref"])
    else:
        state = provider.link_state(account.access, row["link"])
    # Under the reference that we gave the link, whatever the answer calls it.
    events = [replace(event, reference=row["ref"]) for event in state.payments]
    recorded = sum(record_event(store, account, event, now, source) == "recorded" for event in events)
    if _is_over(state, row, now) and not owing:
        store.commit([Delete(_open_payment_key(row))])
    else:
        _later(store, row, now)
    return recorded


def _collected(store: Store, row: Record, now: int, source: RecordingSource) -> bool:
    """Takes from the wallet what was returned of a top-up; whether some of it is still missing there."""
    if not ids.is_id(row["invoice"], "tup"):
        return False
    top_up = collect_returns(store, row["invoice"], now, source)
    return top_up is not None and top_up.shortfall > 0


def _is_over(state: LinkState, row: Record, now: int) -> bool:
    return state.status == "paid" or now > row["until"] + _AFTER_MS or (state.status == "ended" and now > row["until"])


def _later(store: Store, row: Record, now: int) -> None:
    pause = _HOUR_MS if row["looks"] < _OFTEN else clock.DAY_MS // 2
    when = Condition(equal={"looks": row["looks"]})
    try:
        store.write(Update(_open_payment_key(row), set={"next": now + pause}, add={"looks": 1}, when=when))
    except ConditionFailed:
        return  # another run has looked at it


def _open_payment_key(row: Record) -> Any:
    return billing_keys.open_payment_key(row["account"], str(row["link"]))
