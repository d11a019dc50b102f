"""Whose a provider's payment is, and the refunds of it that came before it.

Providers send webhooks in any order, and of payments that are none of ours: an account may take others as well. A
refund of a payment that is not known yet is kept beside it, and whatever records the payment later takes the refund
with it, in the same transaction. So no payment is credited whose refund was forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .. import clock, errors
from ..store import billing_keys, keys
from ..store.keys import Key
from ..store.store import ConditionFailed, Store
from ..store.writes import ABSENT, EXISTS, Condition, Put
from .payment_accounts import PaymentAccount
from .payment_port import ProviderEvent

EARLY_DAYS: Final = 180
"""How long a refund waits for its payment. Most that wait are of payments that are none of ours."""

_MAX_ATTEMPTS: Final = 40
_MAX_EARLY: Final = 50


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """`subject` is the invoice or top-up that the payment is of, None before it has been recorded."""

    key: Key
    subject: str | None = None
    early: tuple[Mapping[str, Any], ...] = ()
    """Refunds that came before the payment: the provider's name (`id`), paise (`amt`) and when (`at`)."""
    stored: bool = False

    def recorded_put(self, subject: str) -> Put:
        """The write that names the subject; it fails where another refund has come since this was read."""
        when = ABSENT
        if self.stored:
            when = EXISTS if self.subject else Condition(equal={"count": len(self.early)})
        return Put(self.key, {"id": subject}, when=when)


def load_provider_payment(store: Store, account: PaymentAccount, payment: str) -> ProviderPayment:
    key = billing_keys.provider_payment_key(keys.scope(account.mode, account.tenant), account.provider, payment)
    record = store.read([key])[key]
    if record is None:
        return ProviderPayment(key)
    return ProviderPayment(key, record.get("id"), tuple(record.get("early", ())), stored=True)


def keep_early_refund(
    store: Store, account: PaymentAccount, event: ProviderEvent, now: int
) -> tuple[ProviderPayment, bool]:
    """Keeps a refund whose payment is not known. Returns the payment, and whether the refund is new.

    Where the payment has been recorded meanwhile it has a subject, and nothing is kept. Raises BUSY.
    """
    for _ in range(_MAX_ATTEMPTS):
        payment = load_provider_payment(store, account, event.payment)
        kept = any(each["id"] == event.refund for each in payment.early)
        if payment.subject or kept or len(payment.early) >= _MAX_EARLY:
            return payment, False
        early = [*payment.early, {"id": event.refund, "amt": event.amount, "at": now}]
        item = {"early": early, "count": len(early), "ttl": (now + EARLY_DAYS * clock.DAY_MS) // 1000}
        when = Condition(equal={"count": len(payment.early)}) if payment.stored else ABSENT
        try:
            store.write(Put(payment.key, item, when=when))
            return payment, True
        except ConditionFailed:
            continue
    raise errors.BUSY(headers={"Retry-After": "5"})
