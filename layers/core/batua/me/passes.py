"""The customer's pass for the wallet of their phone.

Apple's is a file that Safari opens from an address, without the page's headers: the address holds a token that is good
for some minutes. Google's is a link to Google, which holds the pass itself. Both show the balance of the moment, and a
QR code that is good until it is replaced, as on a printed card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import Field

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import Instant, Model
from ..api.styles import Raw
from ..customers import model as customers
from ..customers.model import Customer
from ..identity.link_signatures import is_link_signature, link_signature
from ..identity.tenant import Tenant, read_tenant
from ..ledger.model import Program
from ..settings import settings
from ..store import keys
from ..store.keys import Mode, Scope
from ..store.store import Store
from .signed_in import signed_in_customer

if TYPE_CHECKING:
    from ..passes.card import PassCard

_PURPOSE: Final = "pass link"
_LINK_MS: Final = 10 * 60_000
_MODES: Final[dict[str, Mode]] = {"L": "live", "T": "test"}


class PassLink(Model):
    url: str = Field(examples=["https://wallet.example.com/api/v1/me/passes/01KDC0V6M8W3T4Q9X2Z7N5B1FA.L.1795254000.x"])
    expires_at: Instant | None = Field(description="Get another link after that; null where it has no end.")


class MyPasses(Model):
    """A link for each wallet that this deployment has an account for."""

    apple: PassLink | None = Field(description="A pass file. Opens Apple Wallet on an iPhone.")
    google: PassLink | None = Field(description="Opens Google Wallet.")


@dataclass(frozen=True, slots=True)
class _Holder:
    """Whose coins, at which merchant."""

    tenant: Tenant
    program: Program
    mode: Mode
    customer: Customer

    @property
    def scope(self) -> Scope:
        return keys.scope(self.mode, self.program.owner)


def list_my_passes(call: Call[None]) -> MyPasses:
    from ..passes.accounts import load_issuers
    from ..passes.google import google_save_link

    caller, customer = call.caller, signed_in_customer(call)
    assert caller.tenant.program is not None  # or the session would not have been admitted
    holder = _Holder(caller.tenant, caller.tenant.program, caller.mode, customer)
    issuers = load_issuers(call.store)
    apple = google = None
    if issuers.apple:
        until = (clock.system() + _LINK_MS) // 1000
        url = f"{settings().public_url}/api/v1/me/passes/{_link_token(holder, until)}"
        apple = PassLink(url=url, expires_at=clock.iso(until * 1000))
    if issuers.google:
        google = PassLink(url=google_save_link(_card(call.store, holder, call.now), issuers.google), expires_at=None)
    return MyPasses(apple=apple, google=google)


def download_pass(call: Call[None]) -> Raw:
    """Raises LINK_INVALID for whatever is no link of ours, or is too old."""
    from ..passes.accounts import load_issuers
    from ..passes.apple import APPLE_MEDIA, apple_pass

    issuer = load_issuers(call.store).apple
    holder = _read_link(call.store, call.path["token"])
    if issuer is None or holder is None:
        raise errors.LINK_INVALID()
    headers = {"Content-Disposition": 'attachment; filename="coins.pkpass"'}
    return Raw(apple_pass(_card(call.store, holder, call.now), issuer), APPLE_MEDIA, headers)


def _link_token(holder: _Holder, until: int) -> str:
    mode = "L" if holder.mode == "live" else "T"
    customer, tenant = holder.customer.id.removeprefix("cust_"), holder.tenant.id.removeprefix("ten_")
    scope, parts = holder.scope, (holder.tenant.id, holder.customer.id, str(until))
    return f"{customer}.{tenant}.{mode}.{until}.{link_signature(scope.tenant, _PURPOSE, scope, *parts)}"


def _read_link(store: Store, token: str) -> _Holder | None:
    parts = token.split(".")
    if len(parts) != 5 or parts[2] not in _MODES or not (parts[3].isascii() and parts[3].isdigit()):
        return None
    customer, tenant_id, until = f"cust_{parts[0]}", f"ten_{parts[1]}", int(parts[3][:12])
    if not ids.is_id(customer, "cust") or not ids.is_id(tenant_id, "ten") or clock.system() >= until * 1000:
        return None
    tenant_key = keys.tenant_key(tenant_id)
    record = store.read([tenant_key])[tenant_key]
    tenant = read_tenant(record) if record else None
    if tenant is None or not tenant.active or tenant.program is None:
        return None
    mode = _MODES[parts[2]]
    scope = keys.scope(mode, tenant.program.owner)
    if not is_link_signature(parts[4], scope.tenant, _PURPOSE, scope, tenant_id, customer, str(until)):
        return None
    about = keys.customer_key(scope, customer)
    found = store.read([about])[about]
    known = customers.read_customer(found) if found else None
    return None if known is None or known.erased_at else _Holder(tenant, tenant.program, mode, known)


def _card(store: Store, holder: _Holder, now: int) -> PassCard:
    from ..coins import counter
    from ..ledger import lots
    from ..ledger.decisions import customer_coins
    from ..ledger.model import Wallet
    from ..ledger.records.customer_coins import read_wallet
    from ..passes.card import PassCard
    from ..tenants.brand_colors import PRIMARY

    program, tenant, customer = holder.program, holder.tenant, holder.customer
    wallet_id = customers.customer_wallet_id(holder.scope, program.id, customer.id)
    wallet_key, profile, style = (
        keys.wallet_key(holder.scope, wallet_id),
        keys.profile_key(tenant.id),
        keys.branding_key(tenant.id),
    )
    found = store.read([wallet_key, profile, style])
    record, branding = found[wallet_key], found[style] or {}
    wallet = read_wallet(record) if record else Wallet(wallet_id, customer.id)
    at = customer_coins.wallet_as_of(wallet, program, now)
    expiring = counter.lot_coins(lots.subtract_lots(wallet.lots, at.expired), program)
    first_expiry = next((lot.expires_at for lot in expiring if lot.expires_at), None)
    slug = (found[profile] or {}).get("slug", "")
    return PassCard(
        id=f"{wallet_id}.{tenant.id}",
        merchant=tenant.id,
        name=str(branding.get("name") or tenant.name),
        program=program.name,
        unit=program.plural,
        color=str(branding.get("primary", PRIMARY)),
        balance=str(counter.coins_wire(at.available, program)),
        worth=f"₹{counter.rupees_wire(program.value_of(max(0, at.available)))}",
        first_expiry=first_expiry,
        as_of=clock.iso(now),
        phone=customer.masked_phone or "",
        qr=customers.qr_token(holder.scope, program.owner, customer.id, customer.qr_version),
        page=f"{settings().public_url}/my/{slug}",
        icon=f"{settings().public_url}/icon-512.png",
        language=str(customer.preferences.get("language", "en")),
    )
