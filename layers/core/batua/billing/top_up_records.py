"""Top-ups as items of the directory table, and how they change.

A tenant pays the operator through the operator's account with a payment provider, and the amount is credited to the
tenant's wallet. The record says what is wanted, what came, and what the provider has taken back since.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from .. import clock, errors
from ..store import billing_keys, keys
from ..store.keys import Key, Mode
from ..store.store import Cancelled, Contended, Record, Store
from ..store.writes import ABSENT, Condition, Put, Write

TopUpStatus = Literal["open", "expired", "credited", "returned"]
_CHANGE_TRIES: Final = 40


@dataclass(frozen=True, slots=True)
class TopUp:
    """Amounts in paise. `wallet_credit` is the ledger's transaction, `payment` the provider's name of what paid it."""

    id: str
    mode: Mode
    tenant: str
    amount: int
    at: int
    fingerprint: str
    account: str
    """The payment account of the operator that takes the money. Only its webhooks count."""
    by: str = "-"
    attempts: int = 0
    """Requested links. Each has a reference of its own at the provider."""
    link: Mapping[str, Any] | None = None
    payment: str | None = None
    wallet_credit: str | None = None
    credited_at: int | None = None
    returns: tuple[Mapping[str, Any], ...] = ()
    """Refunds and lost disputes of the payment, by the provider's names of them."""
    taken: int = 0
    """How much of the returns has been taken from the wallet."""
    unmatched: tuple[Mapping[str, Any], ...] = ()
    """Payments that do not fit and were not credited: another amount or currency, or a second one."""
    version: int = 1

    @property
    def scope(self) -> str:
        return keys.scope(self.mode, self.tenant)

    @property
    def key(self) -> Key:
        return billing_keys.top_up_key(self.id)

    @property
    def returned(self) -> int:
        """What the provider has taken back: never more than was paid."""
        claimed: int = sum(each["amt"] for each in self.returns)
        return min(self.amount, claimed)

    @property
    def shortfall(self) -> int:
        """What of that the wallet could not give yet."""
        return self.returned - self.taken

    def status(self, now: int) -> TopUpStatus:
        if self.wallet_credit is not None:
            return "returned" if self.returned == self.amount else "credited"
        return "expired" if self.link is not None and self.link["until"] <= now else "open"


_NAMES: Final = {
    "mode": "mode",
    "tenant": "tenant",
    "amount": "amt",
    "at": "at",
    "fingerprint": "fp",
    "account": "account",
    "by": "by",
    "attempts": "tries",
    "link": "link",
    "payment": "pay",
    "wallet_credit": "txn",
    "credited_at": "cred",
    "returns": "backs",
    "taken": "taken",
    "unmatched": "odd",
    "version": "version",
}


def top_up_item(top_up: TopUp) -> dict[str, Any]:
    item = {short: getattr(top_up, name) for name, short in _NAMES.items()}
    item |= {short: list(item[short]) for short in ("backs", "odd")}
    item |= {"g1p": billing_keys.top_ups_partition(top_up.scope), "g1s": f"{clock.iso(top_up.at)}#{top_up.id}"}
    return {name: value for name, value in item.items() if value is not None}


def read_top_up(record: Record) -> TopUp:
    found = {name: record[short] for name, short in _NAMES.items() if short in record}
    found |= {name: tuple(found.get(name, ())) for name in ("returns", "unmatched")}
    return TopUp(id=record["pk"].partition("#")[2], **found)


def load_top_up(store: Store, id: str) -> TopUp | None:
    key = billing_keys.top_up_key(id)
    record = store.read([key])[key]
    return read_top_up(record) if record else None


def new_top_up_put(top_up: TopUp) -> Put:
    return Put(top_up.key, top_up_item(top_up), when=ABSENT)


def changed_top_up_put(before: TopUp, after: TopUp) -> Put:
    """The write that changes a top-up, on the condition that it is as it was read."""
    item = top_up_item(replace(after, version=before.version + 1))
    return Put(before.key, item, when=Condition(equal={"version": before.version}))


@dataclass(frozen=True, slots=True)
class TopUpChange:
    """A top-up as it is to be, and what is written with it."""

    after: TopUp
    writes: Iterable[Write] = field(default_factory=tuple)


def change_top_up(
    store: Store, id: str, caller: str, decide: Callable[[TopUp], TopUpChange | None]
) -> tuple[TopUp | None, bool]:
    """Changes a top-up, and decides anew where it has changed meanwhile. `decide` returns None to leave it as it is.

    Returns the top-up as it is then, None where there is none, and whether it was changed. Raises BUSY.
    """
    for attempt in range(_CHANGE_TRIES):
        before = load_top_up(store, id)
        change = decide(before) if before else None
        if before is None or change is None:
            return before, False
        try:
            put = changed_top_up_put(before, change.after)
            store.commit([put, *change.writes], caller=f"{caller}#{attempt}")
            return replace(change.after, version=before.version + 1), True
        except (Cancelled, Contended):
            store.sleep(random.uniform(0, min(0.5, 0.02 * 2**attempt)))  # noqa: S311 - the spread of retries
    raise errors.BUSY(headers={"Retry-After": "5"})
