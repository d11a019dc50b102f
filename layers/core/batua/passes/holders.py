"""Whose coins a pass shows, at which merchant, and what it shows of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .. import clock, ids
from ..customers import model as customers
from ..customers.model import Customer
from ..identity.link_signatures import is_link_signature, link_signature
from ..identity.tenant import Tenant, read_tenant
from ..ledger.model import Program, Wallet
from ..settings import settings
from ..store import keys
from ..store.keys import Mode, Scope
from ..store.store import Record, Store
from .card import PassCard

_MODES: Final[dict[str, Mode]] = {"L": "live", "T": "test"}
_LETTERS: Final = {mode: letter for letter, mode in _MODES.items()}
_PURPOSE: Final = "pass token"


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer at a merchant, for as long as both are there: one pass."""

    tenant: Tenant
    program: Program
    mode: Mode
    customer: Customer

    @property
    def scope(self) -> Scope:
        return keys.scope(self.mode, self.program.owner)

    @property
    def serial(self) -> str:
        return pass_serial(self.customer.id, self.tenant.id, self.mode)

    @property
    def token(self) -> str:
        """What a phone shows that has the pass (`authenticationToken`).

        It follows from the pass, so nothing is kept of it. It ends with the pass's QR code: after "Replace my codes" a
        lost phone must not fetch the new one.
        """
        return link_signature(self.program.owner, _PURPOSE, *self._signed)

    def is_token(self, shown: str) -> bool:
        return is_link_signature(shown, self.program.owner, _PURPOSE, *self._signed)

    @property
    def _signed(self) -> tuple[str, ...]:
        return self.scope, self.tenant.id, self.customer.id, str(self.customer.qr_version)


def pass_serial(customer: str, tenant: str, mode: Mode) -> str:
    """The number of a customer's pass at a merchant: the same as long as they are one there."""
    return f"{customer.removeprefix('cust_')}.{tenant.removeprefix('ten_')}.{_LETTERS[mode]}"


def read_serial(serial: str) -> tuple[str, str, Mode] | None:
    """Customer, merchant and mode; None for what is no number of a pass."""
    parts = serial.split(".")
    if len(parts) != 3 or parts[2] not in _MODES:
        return None
    customer, tenant = f"cust_{parts[0]}", f"ten_{parts[1]}"
    return (customer, tenant, _MODES[parts[2]]) if ids.is_id(customer, "cust") and ids.is_id(tenant, "ten") else None


def load_holder(store: Store, customer: str, tenant_id: str, mode: Mode) -> Holder | None:
    """None where the merchant has no coins any more, or the customer has had their data deleted."""
    tenant_key = keys.tenant_key(tenant_id)
    record = store.read([tenant_key])[tenant_key]
    tenant = read_tenant(record) if record else None
    if tenant is None or not tenant.active or tenant.program is None:
        return None
    about = keys.customer_key(keys.scope(mode, tenant.program.owner), customer)
    found = store.read([about])[about]
    known = customers.read_customer(found) if found else None
    return None if known is None or known.erased_at else Holder(tenant, tenant.program, mode, known)


@dataclass(frozen=True, slots=True)
class HeldCoins:
    """What a pass is made of, as it was read."""

    wallet: Wallet
    profile: Record
    branding: Record


def load_coins(store: Store, holder: Holder) -> HeldCoins:
    from ..ledger.records.customer_coins import read_wallet

    wallet_id = customers.customer_wallet_id(holder.scope, holder.program.id, holder.customer.id)
    wanted = (
        keys.wallet_key(holder.scope, wallet_id),
        keys.profile_key(holder.tenant.id),
        keys.branding_key(holder.tenant.id),
    )
    found = store.read(wanted)
    record, profile, branding = (found[key] for key in wanted)
    wallet = read_wallet(record) if record else Wallet(wallet_id, holder.customer.id)
    return HeldCoins(wallet, profile or {}, branding or {})


def has_changed(holder: Holder, coins: HeldCoins, since: int, now: int) -> bool:
    """Whether the pass shows other coins now than at an instant: some have moved, or are past their month."""
    from ..ledger.decisions.customer_coins import wallet_as_of

    if coins.wallet.last_at > since:
        return True
    then, today = (wallet_as_of(coins.wallet, holder.program, at) for at in (since, now))
    return (then.available, then.expired) != (today.available, today.expired)


def pass_card(holder: Holder, coins: HeldCoins, now: int) -> PassCard:
    from ..coins import counter
    from ..ledger import lots
    from ..ledger.decisions.customer_coins import wallet_as_of
    from ..tenants.brand_colors import PRIMARY

    program, tenant, customer = holder.program, holder.tenant, holder.customer
    at = wallet_as_of(coins.wallet, program, now)
    expiring = counter.lot_coins(lots.subtract_lots(coins.wallet.lots, at.expired), program)
    return PassCard(
        id=holder.serial,
        merchant=tenant.id,
        name=str(coins.branding.get("name") or tenant.name),
        program=program.name,
        unit=program.plural,
        color=str(coins.branding.get("primary", PRIMARY)),
        balance=str(counter.coins_wire(at.available, program)),
        worth=f"₹{counter.rupees_wire(program.value_of(max(0, at.available)))}",
        first_expiry=next((lot.expires_at for lot in expiring if lot.expires_at), None),
        as_of=clock.iso(now),
        phone=customer.masked_phone or "",
        qr=customers.qr_token(holder.scope, program.owner, customer.id, customer.qr_version),
        version=customer.qr_version,
        page=f"{settings().public_url}/my/{coins.profile.get('slug', '')}",
        icon=f"{settings().public_url}/icon-512.png",
        language=str(customer.preferences.get("language", "en")),
        service=f"{settings().public_url}/api/v1/me/passes/apple",
        token=holder.token,
    )
