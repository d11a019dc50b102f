"""Looking customers up: balance, profile, the ones last served, and their QR codes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from pydantic import Field

from .. import errors, ids
from ..api.endpoint import Call
from ..api.models import Model
from ..api.request import Request
from ..api.styles import Raw
from ..customers import model as customers
from ..identity.credentials import Claims
from ..ledger import lots
from ..ledger.decisions import customer_coins
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import Entry
from ..store import keys
from ..store.keys import Key
from ..store.store import Cancelled, Contended
from ..store.writes import EXISTS, Update
from . import counter
from .models import (
    CustomerBalance,
    CustomerReference,
    RecentCustomer,
    RecentCustomers,
)
from .tiers import customer_tier, load_tier_benefits

_SCAN: Final = 200
"""Entries looked at for the customers last served: a day of a busy shop."""


def read_customer_balance(call: Call[CustomerReference]) -> CustomerBalance:
    """A customer's balance as it is now: coins that are past are not in it."""
    program = counter.program_of(call.caller)
    wallet = counter.existing_wallet(call, call.lookup)
    now = customer_coins.wallet_as_of(wallet, program, call.now)
    live = lots.subtract_lots(wallet.lots, now.expired)
    amount = partial(counter.coins_wire, program=program)
    return CustomerBalance(
        customer_id=wallet.customer,
        wallet_id=wallet.id,
        balance=amount(now.balance),
        held=amount(wallet.held),
        available=amount(now.available),
        pending=counter.pending_amounts(now.pending, program),
        value=counter.rupees_wire(program.value_of(max(0, now.available))) or 0,
        expiring=counter.lot_coins(live, program),
        remainder=counter.remainder_wire(wallet.carried if program.carry_remainders else None, program),
        tier=customer_tier(program, wallet, call.now, load_tier_benefits(call.store, program)),
        mode=call.caller.mode,
    )


def recent_customers(call: Call[RecentCustomers]) -> list[RecentCustomer]:
    """The customers that this merchant served last, each once."""
    caller, program = call.caller, counter.program_of(call.caller)
    page = coin_entries.merchant_activity(call.store, caller.scope, caller.tenant.id, limit=_SCAN)
    last: dict[str, Entry] = {}
    for entry in coin_entries.read_entries(page):
        if len(last) < call.input.limit and entry.asset == program.asset:
            last.setdefault(entry.customer, entry)
    profiles = {id: keys.customer_key(caller.scope, id) for id in last}
    found = call.store.read(profiles.values(), consistent=False) if profiles else {}
    rows = []
    for id, entry in last.items():
        record = found[profiles[id]]
        customer = customers.read_customer(record) if record else None
        rows.append(
            RecentCustomer(
                customer_id=id,
                wallet_id=entry.wallet,
                phone=customer.masked_phone if customer else None,
                name=customer.name if customer and knows_customer(call, customer) else None,
                last_visit=entry.created_at,
                last_type=entry.kind,
                last_coins=counter.coins_wire(entry.amount, program),
            )
        )
    return rows


class QrOptions(Model):
    format: Literal["svg", "png"] | None = Field(
        None, description="As the Accept header says, when left out; else SVG."
    )
    size: int = Field(8, ge=1, le=40, description="Pixels per module.")


def knows_customer(call: Call[Any], customer: customers.Customer) -> bool:
    """Whether the caller's tenant may see who a customer is: it owns the program, or has registered the customer."""
    return call.caller.tenant.id in (customer.registered_by, call.caller.claims.owner)


@dataclass(frozen=True, slots=True)
class CustomerByIdLookup:
    """The customer whose id is in the path."""

    id: str
    scope: str

    @property
    def keys(self) -> list[Key]:
        return [keys.customer_key(self.scope, self.id)]


def prefetch_customer_by_id(claims: Claims, query: object, request: Request) -> CustomerByIdLookup:
    id = request.path["id"]
    if not ids.is_id(id, "cust"):
        raise errors.CUSTOMER_NOT_FOUND()
    return CustomerByIdLookup(id, claims.scope)


def render_qr(call: Call[QrOptions]) -> Raw:
    """The customer's QR code: a signed token that this program's merchants can read, until it is renewed."""
    customer = _named_customer(call)
    token = customers.qr_token(call.caller.scope, call.caller.claims.owner, customer.id, customer.qr_version)
    png_alone = call.request.accepts("image/png") and not call.request.accepts("image/svg+xml")
    kind = call.input.format or ("png" if png_alone else "svg")

    import segno

    code = segno.make_qr(token, error="m")
    out = io.BytesIO()
    if kind == "png":
        code.save(out, kind="png", scale=call.input.size, border=4)
        return Raw(out.getvalue(), "image/png")
    code.save(out, kind="svg", scale=call.input.size, border=4, light="#fff", xmldecl=False, title="Customer QR code")
    return Raw(out.getvalue().decode(), "image/svg+xml")


class QrCodesRevoked(Model):
    customer_id: str
    version: int


def revoke_qr_codes(call: Call[None]) -> QrCodesRevoked:
    """Revokes every QR code of the customer that was printed so far; the next one that is rendered is good.

    For the merchant who registered the customer, and the owner of the program: another merchant of the network could
    otherwise make a competitor's customers unreadable.
    """
    customer = _named_customer(call)
    if not knows_customer(call, customer):
        raise errors.FORBIDDEN("Only the merchant who registered this customer, or the program's owner, can do this.")
    return revoke_codes_of(call, customer)


def revoke_codes_of(call: Call[Any], customer: customers.Customer) -> QrCodesRevoked:
    """Revokes every QR code of a customer. Whether the caller may is decided before."""
    revoked = Update(keys.customer_key(call.caller.scope, customer.id), add={"qr": 1}, when=EXISTS)
    try:
        call.store.commit([revoked, call.act("qr codes revoked", customer.id)])
    except Cancelled:
        raise errors.CUSTOMER_NOT_FOUND() from None
    except Contended:
        raise errors.BUSY(headers={"Retry-After": "1"}) from None
    return QrCodesRevoked(customer_id=customer.id, version=customer.qr_version + 1)


def _named_customer(call: Call[QrOptions] | Call[None]) -> customers.Customer:
    named: CustomerByIdLookup = call.lookup
    customer = customers.loaded_customer(call.loaded, named.scope, named.id)
    if customer is None:
        raise errors.CUSTOMER_NOT_FOUND()
    return customer
