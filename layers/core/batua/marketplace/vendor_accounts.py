"""A tenant's accounts with vendors: saved by its administrators, shown without their credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StrictBool, StringConstraints, WithJsonSchema

from .. import errors, ids, money
from ..api.endpoint import Call
from ..api.models import Amount, Instant, Model, Number, Text, minor_units
from ..clock import iso
from ..identity import sealing
from ..money import INR_SCALE, to_wire
from ..settings import settings
from ..store import market_keys
from ..store.store import commit_unless_changed
from ..store.versions import load_versioned, require_version
from ..store.writes import Put, Write
from ..tenants.audit_entries import tenant_audit_entry
from .account import EXTERNAL_VENDORS, ExternalVendor, VendorAccount, read_account_record, vendor_account_item
from .pricing import FACE_VALUE_RATE

_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.)+(?:woohoo\.in|qwikcilver\.com)")
HOOK_PATH: Final = "/api/v1/marketplace/webhooks/runa/"
_RATE_SCALE: Final = 4
_GENERATIONS: Final = 5
"""So many credentials are kept, for orders that are open still."""
_CREDENTIALS: Final[dict[str, tuple[str, ...]]] = {
    "runa": ("api_key",),
    "woohoo": ("client_id", "client_secret", "username", "password"),
}
_BUYER: Final = ("firstname", "lastname", "email", "telephone", "line1", "city", "region", "postcode")

VendorSecret = Annotated[str, StringConstraints(min_length=1, max_length=512)]


def _fee(value: object) -> Decimal:
    """An amount, or nothing at all: a fee that was saved may be taken back."""
    nothing = not isinstance(value, bool) and value in (0, "0", "0.00")
    return Decimal(0) if nothing else money.parse(value)


VendorFee = Annotated[Decimal, BeforeValidator(_fee), WithJsonSchema({"type": "number", "minimum": 0, "examples": [5]})]


class VendorBuyer(Model):
    """Your business, as the buyer of each order. Customers are never named to a vendor."""

    firstname: Text = Field(examples=["Kaveri"])
    lastname: Text = Field(examples=["Stores"])
    email: Text = Field(examples=["rewards@kaveri.example"])
    telephone: Text = Field(examples=["+919876543210"])
    line1: Text = Field(examples=["12 Residency Road"])
    city: Text = Field(examples=["Bengaluru"])
    region: Text = Field(examples=["Karnataka"])
    postcode: Text = Field(examples=["560025"])


class SaveVendorAccount(Model):
    status: Literal["active", "paused"] = Field("active", description="Paused: nothing is sold, open orders go on.")
    rate: Amount = Field(
        Decimal(1), description="What a rupee of face value is sold for: 1.02 adds two percent.", examples=[1.02]
    )
    fee: VendorFee = Field(Decimal(0), description="INR for each card.", examples=[5], json_schema_extra={"default": 0})
    for_members: StrictBool = Field(
        False, description="Of a network's owner: its merchants sell from this account as well."
    )
    for_customers: StrictBool = Field(
        False, description="Customers can order on their own page. Otherwise only staff can order for them."
    )
    api_key: VendorSecret | None = Field(None, description="Runa's. Sealed, never shown again.", examples=["rk_7f3a"])
    webhook_secret: VendorSecret | None = Field(
        None,
        description="From Runa, for the webhook at the response's `webhook_url`. Without it, orders are polled.",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    )
    client_id: VendorSecret | None = Field(None, description="Woohoo's.", examples=["5f2b8c"])
    client_secret: VendorSecret | None = Field(None, description="Woohoo's; signs requests. Sealed.", examples=["9c1d"])
    username: VendorSecret | None = Field(None, description="Woohoo's.", examples=["kaveri.api"])
    password: VendorSecret | None = Field(None, description="Woohoo's. Sealed.", examples=["correct horse"])
    host: Text | None = Field(
        None, description="Woohoo's host for you; each client has a different one.", examples=["extapi12.woohoo.in"]
    )
    buyer: VendorBuyer | None = Field(None, description="Woohoo's.")
    version: int | None = Field(None, ge=0, description="The version that was read; another one is a conflict.")


class VendorAccountOut(Model):
    vendor: ExternalVendor
    status: Literal["active", "paused"]
    rate: Number = Field(examples=[1.02])
    fee: Number = Field(examples=[5])
    for_members: bool
    for_customers: bool
    host: str | None = Field(examples=["extapi12.woohoo.in"])
    buyer: VendorBuyer | None
    products: int = Field(description="Products of the vendor that are cached.", examples=[240])
    refreshed_at: Instant | None = Field(description="When the catalogue was last read as a whole.")
    fault: str | None = Field(
        description="Why the last attempt to read it failed: `vendor_credentials`, `no_answer`, `vendor_busy`, "
        "`vendor_fault` or `unreadable_answer`.",
        examples=[None],
    )
    webhook_url: str | None = Field(
        description="What to enter at Runa for `order.completion`.",
        examples=["https://wallet.example.com/api/v1/marketplace/webhooks/runa/vhk_01KDC0V6M8W3T4Q9X2Z7N5B1FA"],
    )
    version: int = Field(examples=[1])


def list_vendor_accounts(call: Call[None]) -> list[VendorAccountOut]:
    scope, tenant = call.caller.scope, call.caller.tenant.id
    keys = {each: market_keys.vendor_account_key(scope, tenant, each) for each in EXTERNAL_VENDORS}
    catalogues = {each: market_keys.vendor_catalogue_key(scope, tenant, each) for each in EXTERNAL_VENDORS}
    found = call.store.read([*keys.values(), *catalogues.values()])
    accounts = (
        read_account_record(record, found[catalogues[each]])
        for each in EXTERNAL_VENDORS
        if (record := found[keys[each]])
    )
    return [_vendor_account_response(each) for each in accounts]


def save_vendor_account(call: Call[SaveVendorAccount]) -> VendorAccountOut:
    """Saves the account. Credentials that are left out stay; new ones are of a new generation, and open orders go on
    with theirs."""
    given, scope, tenant = call.input, call.caller.scope, call.caller.tenant.id
    vendor = vendor_named(call.request.path["vendor"])
    key = market_keys.vendor_account_key(scope, tenant, vendor)
    saved = load_versioned(call.store, key)
    require_version(saved, given.version)
    before = read_account_record(saved.stored) if saved.stored else None
    _require_fields(vendor, given, before)
    account = VendorAccount(
        scope=scope,
        tenant=tenant,
        vendor=vendor,
        status=given.status,
        version=saved.version + 1,
        generation=before.generation if before else 0,
        secrets=before.secrets if before else {},
        settings=_settings(vendor, given, before),
        rate=minor_units(given.rate, _RATE_SCALE, "rate"),
        fee=minor_units(given.fee, INR_SCALE, "fee"),
        for_members=given.for_members,
        for_customers=given.for_customers,
    )
    account = _with_credentials(account, given)
    if not FACE_VALUE_RATE // 100 <= account.rate <= FACE_VALUE_RATE * 10:
        raise errors.invalid("rate", "must be from 0.01 to 10")
    announce = f"Gift cards of {vendor.capitalize()} are now bought with the account that was saved: {given.status}."
    act = tenant_audit_entry(call, "vendor account saved", vendor, announce=announce)
    writes: list[Write] = [saved.replacement(vendor_account_item(account)), act]
    if given.webhook_secret is not None:
        writes.append(_hook(account, given.webhook_secret))
    commit_unless_changed(call.store, writes, caller=call.request.id)
    return _vendor_account_response(account)


def vendor_named(name: str) -> ExternalVendor:
    if name == "runa":
        return "runa"
    if name == "woohoo":
        return "woohoo"
    raise errors.NOT_FOUND()


def _require_fields(vendor: ExternalVendor, given: SaveVendorAccount, before: VendorAccount | None) -> None:
    names = _CREDENTIALS[vendor]
    supplied = [name for name in names if getattr(given, name) is not None]
    lacking = [name for name in names if getattr(given, name) is None]
    wrong = {name: ["is required: credentials are saved together"] for name in lacking if supplied or before is None}
    others = [name for each, listed in _CREDENTIALS.items() if each != vendor for name in listed]
    wrong |= {name: [f"is not a credential of {vendor}"] for name in others if getattr(given, name) is not None}
    if vendor == "runa":
        wrong |= {name: ["is Woohoo's alone"] for name in ("host", "buyer") if getattr(given, name) is not None}
    elif given.webhook_secret is not None:
        wrong["webhook_secret"] = ["is Runa's alone"]
    elif given.host is not None and not _HOST.fullmatch(given.host):
        wrong["host"] = ["must be a host of Woohoo, such as extapi12.woohoo.in"]
    elif before is None:
        wrong |= {name: ["is required for Woohoo"] for name in ("host", "buyer") if getattr(given, name) is None}
    if wrong:
        raise errors.VALIDATION_ERROR(fields=wrong)


def _settings(vendor: ExternalVendor, given: SaveVendorAccount, before: VendorAccount | None) -> dict[str, str]:
    kept = dict(before.settings) if before else {}
    if vendor == "runa":
        return kept
    host = {"host": given.host} if given.host else {}
    return {**kept, **host, **(given.buyer.model_dump() if given.buyer else {})}


def _with_credentials(account: VendorAccount, given: SaveVendorAccount) -> VendorAccount:
    supplied = {name: getattr(given, name) for name in _CREDENTIALS[account.vendor]}
    if any(value is None for value in supplied.values()):
        return account
    if account.secrets and _are_in_use(account, supplied):
        return account
    generation = account.generation + 1
    kept = sorted(account.secrets, key=int)[-(_GENERATIONS - 1) :]
    secrets = {each: account.secrets[each] for each in kept} | {str(generation): account.sealed(supplied)}
    return replace(account, generation=generation, secrets=secrets)


def _are_in_use(account: VendorAccount, supplied: Mapping[str, str]) -> bool:
    try:
        return account.credentials() == supplied
    except sealing.SecretUnreadable:
        return False  # what is entered now takes their place


def hook_id(account: VendorAccount) -> str:
    return ids.derived_id("vhk", account.scope, account.tenant, account.vendor)


def _hook(account: VendorAccount, secret: str) -> Put:
    id = hook_id(account)
    sealed = sealing.seal_tenant_secret(account.tenant, id, secret)
    return Put(market_keys.vendor_hook_key(id), {"scope": account.scope, "tenant": account.tenant, "seal": sealed})


def _vendor_account_response(account: VendorAccount) -> VendorAccountOut:
    known = account.settings
    return VendorAccountOut(
        vendor=account.vendor,
        status=account.status,
        rate=to_wire(account.rate, _RATE_SCALE),
        fee=to_wire(account.fee, INR_SCALE),
        for_members=account.for_members,
        for_customers=account.for_customers,
        host=known.get("host") or settings().woohoo_url or None if account.vendor == "woohoo" else None,
        buyer=VendorBuyer(**{name: known[name] for name in _BUYER}) if "firstname" in known else None,
        products=account.products,
        refreshed_at=iso(account.refreshed_at) if account.refreshed_at else None,
        fault=account.fault,
        webhook_url=f"{settings().public_url}{HOOK_PATH}{hook_id(account)}" if account.vendor == "runa" else None,
        version=account.version,
    )
