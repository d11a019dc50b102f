"""What Runa says of orders, in webhooks that it signs: no more than that it is time to look one up."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field

from .. import errors, ids
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import Reply
from ..identity import sealing, webhook_signatures
from ..identity.caller import SignedRequest, signature_caller
from ..store import market_keys
from ..store.keys import Key, Mode, Scope
from ..store.store import Found
from .execution import start_order


class VendorEventReceived(Model):
    status: Literal["looked_up", "ignored"] = Field(description="`ignored`: it names no order of ours.")


@dataclass(frozen=True, slots=True)
class VendorSender:
    """The vendor's account that a webhook's address is of."""

    id: str
    tenant: str
    mode: Mode
    scope: str


@dataclass(frozen=True, slots=True)
class RunaSignature:
    """Svix, whose headers are those of Standard Webhooks by another name."""

    def records(self, request: SignedRequest) -> Iterable[Key]:
        return [market_keys.vendor_hook_key(_hook_named(request))]

    def admit(self, request: SignedRequest, found: Found, now: int) -> VendorSender:
        id = _hook_named(request)
        record = found[market_keys.vendor_hook_key(id)]
        if record is None:
            raise errors.NOT_FOUND()
        secret = sealing.open_tenant_secret(record["tenant"], id, record["seal"])
        headers = {
            name.replace("svix-", "webhook-"): value
            for name, value in request.headers.items()
            if name.startswith("svix-")
        }
        if not webhook_signatures.signature_fits(headers, request.raw_body, secret):
            raise errors.UNAUTHENTICATED(webhook_signatures.SIGNATURE_WRONG)
        if abs(now - webhook_signatures.signed_at(headers)) > webhook_signatures.TIMESTAMP_TOLERANCE_MS:
            raise errors.UNAUTHENTICATED("`svix-timestamp` is over five minutes off. Sign each attempt anew.")
        scope = record["scope"]
        return VendorSender(id, record["tenant"], Scope.of(scope).mode, scope)


def receive_vendor_event(call: Call[None]) -> Reply:
    """Has the order looked up that a webhook names by our reference. One that names none is found by the schedule.

    A webhook that is late, or comes twice, finds the order settled: what a denied order brings then calls people.
    """
    order = _order_named(call.request.raw_body)
    sender: VendorSender = call.sender
    started = order is not None and start_order(sender.scope, order, f"-{secrets.token_hex(4)}", recheck=True)
    return Reply(VendorEventReceived(status="looked_up" if started else "ignored"))


def _hook_named(request: SignedRequest) -> str:
    id = request.path["hook_id"]
    if not ids.is_id(id, "vhk"):
        raise errors.NOT_FOUND()
    return id


def _order_named(body: bytes) -> str | None:
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, Mapping):
        return None
    data = content.get("data")
    for part in (data, content):
        named = part.get("description") if isinstance(part, Mapping) else None
        if isinstance(named, str) and ids.is_id(named, "mor"):
            return named
    return None


VENDOR_EVENTS: Final = signature_caller(RunaSignature())
