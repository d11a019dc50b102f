"""What Cashfree says of checks, in webhooks that it signs: no more than that it is time to look one up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import Field

from .. import errors, ids
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import Reply
from ..identity.caller import SignedRequest, signature_caller
from ..identity.webhook_signatures import SIGNATURE_WRONG
from ..store import verification_keys
from ..store.keys import Key, Mode
from ..store.store import Found
from .asking import follow_up_verification
from .cashfree_webhook import webhook_is_signed, webhook_subject
from .provider_account import read_provider_account


class ProviderEventReceived(Model):
    status: Literal["looked_up", "ignored"] = Field(
        description="`ignored`: it names no check of ours, or one that is decided."
    )


@dataclass(frozen=True, slots=True)
class ProviderSender:
    """The operator's provider: not one tenant's, and always live."""

    id: str
    tenant: str
    mode: Mode = "live"


@dataclass(frozen=True, slots=True)
class ProviderSignature:
    def records(self, request: SignedRequest) -> Iterable[Key]:
        return [verification_keys.verification_provider_key()]

    def admit(self, request: SignedRequest, found: Found, now: int) -> ProviderSender:
        record = found[verification_keys.verification_provider_key()]
        if record is None or record["provider"] != "cashfree":
            raise errors.NOT_FOUND()
        account = read_provider_account(record)
        if not webhook_is_signed(request.headers, request.raw_body, account.client_secret):
            raise errors.UNAUTHENTICATED(SIGNATURE_WRONG)
        return ProviderSender(account.client_id, record["tenant"])


def receive_provider_event(call: Call[None]) -> Reply:
    """Looks up the check that a webhook names. A repetition finds it decided, and asks nobody."""
    id = webhook_subject(call.request.raw_body)
    id = id.partition(".")[0] if id else None
    if id is None or not ids.is_id(id, "vrf"):
        return Reply(ProviderEventReceived(status="ignored"))
    key = verification_keys.open_verification_key(id)
    opened = call.store.read([key])[key]
    after = follow_up_verification(call.store, opened, call.now) if opened and "g2p" in opened else None
    return Reply(ProviderEventReceived(status="ignored" if after is None else "looked_up"))


PROVIDER_EVENTS: Final = signature_caller(ProviderSignature())
