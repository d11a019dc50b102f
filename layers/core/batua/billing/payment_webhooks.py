"""What payment providers say of payments, in webhooks that they sign.

Each is verified by the account's own secret over the raw body; see `payment_recording` for what becomes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .. import errors, ids, observe
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import WEBHOOKS, Reply
from ..identity import sealing
from ..identity.caller import SignedRequest, signature_caller
from ..identity.webhook_signatures import SIGNATURE_WRONG
from ..store import billing_keys
from ..store.keys import Key
from ..store.store import Found
from .payment_accounts import PaymentAccount, account_of
from .payment_port import ProviderName
from .payment_recording import record_event
from .payment_source import RecordingSource, RecordingStatus
from .providers import PROVIDERS

_MAX_ATTEMPTS: Final = 40


class PaymentReceived(Model):
    status: RecordingStatus


@dataclass(frozen=True, slots=True)
class PaymentVerifier:
    provider: ProviderName

    def records(self, request: SignedRequest) -> Iterable[Key]:
        account = request.path["account_id"]
        if not ids.is_id(account, "pac"):
            raise errors.NOT_FOUND()
        return [billing_keys.payment_account_key(account)]

    def admit(self, request: SignedRequest, found: Found, now: int) -> PaymentAccount:
        record = found[billing_keys.payment_account_key(request.path["account_id"])]
        if record is None or record["provider"] != self.provider:
            raise errors.NOT_FOUND()
        account = account_of(record)
        secret = sealing.open_tenant_secret(account.tenant, account.id, account.webhook_secret)
        if not PROVIDERS[self.provider].signed(request.headers, request.raw_body, secret):
            raise errors.UNAUTHENTICATED(SIGNATURE_WRONG)
        return account


def receive_payment(call: Call[None]) -> Reply:
    """Records what a provider's webhook says."""
    account: PaymentAccount = call.sender
    try:
        event = PROVIDERS[account.provider].event(call.request.raw_body)
    except (ValueError, KeyError, AttributeError, TypeError):
        observe.log().warning("a payment webhook could not be read", extra={"account": account.id})
        return Reply(PaymentReceived(status="ignored"))
    source = RecordingSource(call.request.address, call.request.id)
    return Reply(PaymentReceived(status=record_event(call.store, account, event, call.now, source)))


WEBHOOK_OPTIONS: Final[Mapping[str, Any]] = {
    "response": PaymentReceived,
    "style": WEBHOOKS,
    "parameters": {"account_id": "The payment account, `pac_…`."},
}
"""What the endpoints of all providers declare alike."""

RAZORPAY_PAYMENTS: Final = signature_caller(PaymentVerifier("razorpay"))
CASHFREE_PAYMENTS: Final = signature_caller(PaymentVerifier("cashfree"))
