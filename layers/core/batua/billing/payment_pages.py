"""The page on which anyone with its address pays the order of an invoice, by the provider's own checkout.

Card and bank details go to the provider alone: the page loads its script, and holds the order's id and the amount. When
the payer comes back the provider is asked, so the page says at once what its webhook will say as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from .. import errors, ids, observe
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import Raw
from ..identity.link_signatures import is_link_signature, link_signature
from ..settings import settings
from ..store import billing_keys, keys
from ..store.keys import Mode
from ..store.store import Record, Store
from . import records
from .payment_port import ProviderFault

if TYPE_CHECKING:
    from .payment_accounts import PaymentAccount

_PURPOSE: Final = "payment page"
_MODES: Final[dict[str, Mode]] = {"L": "live", "T": "test"}


class PaymentPageQuery(Model):
    returned: Literal["1"] | None = Field(None, description="The payer comes back from the provider's checkout.")


@dataclass(frozen=True, slots=True)
class _Named:
    """What an address names."""

    mode: Mode
    tenant: str
    invoice: str


def payment_page_url(mode: Mode, tenant: str, invoice: str) -> str:
    """The address of an invoice's page, for as long as there is the invoice."""
    letter = "L" if mode == "live" else "T"
    parts = (invoice.removeprefix("inv_"), tenant.removeprefix("ten_"), letter)
    signature = link_signature(tenant, _PURPOSE, *parts)
    return f"{settings().public_url}/api/v1/billing/pay/{'.'.join(parts)}.{signature}"


def show_payment_page(call: Call[PaymentPageQuery]) -> Raw:
    """Raises LINK_INVALID for whatever is no address of ours."""
    from .payment_accounts import load_account
    from .payment_html import payment_page, policy

    named = _read_token(call.path["token"])
    record = _open_invoice(call.store, named) if named else None
    if named is None or record is None:
        raise errors.LINK_INVALID()
    account = load_account(call.store, keys.scope(named.mode, named.tenant))
    returned = call.input.returned is not None
    if returned and account is not None and _record_order_state(call, record, account):
        record = _open_invoice(call.store, named) or record
    page = payment_page(record, account, call.now, returned=returned)
    headers = {
        "Content-Security-Policy": policy(account),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Raw(page, "text/html; charset=utf-8", headers)


def _record_order_state(call: Call[PaymentPageQuery], record: Record, account: PaymentAccount) -> bool:
    """Records what the provider says of the order now; whether it was anything."""
    from .payment_recording import record_event
    from .payment_source import RecordingSource
    from .providers import PROVIDERS

    order = record.get("order")
    if order is None or order["provider"] != account.provider or not records.outstanding(record):
        return False
    source = RecordingSource(call.request.address, call.request.id, asked=True)
    try:
        state = PROVIDERS[account.provider].order_state(account.access, order["id"], order["ref"])
        return any(record_event(call.store, account, each, call.now, source) != "ignored" for each in state.payments)
    except (ProviderFault, errors.Problem) as fault:
        # The webhook or the schedule records it: the page says that it is waited for.
        observe.log().warning("an order could not be looked at", extra={"fault": type(fault).__name__})
        return False


def _open_invoice(store: Store, named: _Named) -> Record | None:
    key = billing_keys.billing_invoice_key(keys.scope(named.mode, named.tenant), named.invoice)
    record = store.read([key])[key]
    return record if record and "no" in record else None


def _read_token(token: str) -> _Named | None:
    parts = token.split(".")
    if len(parts) != 4 or parts[2] not in _MODES:
        return None
    invoice, tenant = f"inv_{parts[0]}", f"ten_{parts[1]}"
    if not ids.is_id(invoice, "inv") or not ids.is_id(tenant, "ten"):
        return None
    if not is_link_signature(parts[3], tenant, _PURPOSE, *parts[:3]):
        return None
    return _Named(_MODES[parts[2]], tenant, invoice)
