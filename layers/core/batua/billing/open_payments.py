"""Payment links and orders that wait to be paid: each has an item of its own, for the schedule to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from ..store import billing_keys
from ..store.store import Record
from ..store.writes import Put
from . import records

Payable = Literal["link", "order"]
FIRST_LOOK_MS: Final = 3_600_000


def receipt_item(account: str, scope: str, invoice: str, payment: str, now: int) -> Put:
    """The write that has the receipt of a payment mailed by the schedule."""
    item = {"account": account, "scope": scope, "invoice": invoice, "link": payment, "kind": "receipt"}
    return Put(billing_keys.open_payment_key(account, payment), {**item, "next": now, "looks": 0})


def watch_item(account: str, subject: str, link: Mapping[str, Any], reference: str, now: int) -> Put:
    """The write that has a link looked at from an hour on. `subject` is the invoice or the top-up."""
    key = billing_keys.open_payment_key(account, str(link["id"]))
    item = {
        "account": account,
        "invoice": subject,
        "link": link["id"],
        "amt": link["amt"],
        "ref": reference,
        "until": link["until"],
        "next": now + FIRST_LOOK_MS,
        "looks": 0,
    }
    if link.get("kind") == "order":
        item["kind"] = "order"
    return Put(key, item)


def usable_payable(record: Record, kind: Payable, provider: str, now: int) -> Record | None:
    """The link or order that an invoice has, where what is outstanding can be paid by it now."""
    link: Record | None = record.get(kind)
    fits = link and link["provider"] == provider and link["amt"] == records.outstanding(record) and link["until"] > now
    return link if fits else None
