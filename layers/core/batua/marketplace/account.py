"""A tenant's account with a vendor: sealed credentials, what it asks for the products, and how the catalogue is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ..store import market_keys
from ..store.store import Record
from .pricing import FACE_VALUE_RATE, Tariff

ExternalVendor = Literal["runa", "woohoo"]
EXTERNAL_VENDORS: Final[tuple[ExternalVendor, ...]] = ("runa", "woohoo")


@dataclass(frozen=True, slots=True)
class VendorAccount:
    scope: str
    tenant: str
    vendor: ExternalVendor
    status: Literal["active", "paused"]
    version: int
    updated_at: int
    updated_by: str
    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Sealed with the tenant's key for this very account."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What is no secret: the address of the API, the buyer's contact that the vendor asks for."""
    rate: int = FACE_VALUE_RATE
    fee: int = 0
    for_members: bool = False
    """Of a network's owner: its merchants sell from this account as well."""
    refreshed_at: int | None = None
    products: int = 0

    @property
    def tariff(self) -> Tariff:
        return Tariff(self.rate, self.fee)

    @property
    def context(self) -> str:
        """What its secrets are sealed for."""
        return account_context(self.scope, self.vendor)


def account_context(scope: str, vendor: str) -> str:
    return f"{vendor}/{scope}"


def vendor_account_item(account: VendorAccount) -> dict[str, Any]:
    return {
        "st": account.status,
        "ver": account.version,
        "at": account.updated_at,
        "by": account.updated_by,
        "seal": dict(account.secrets),
        "set": dict(account.settings),
        "rate": account.rate,
        "fee": account.fee,
        "mem": account.for_members,
        "fresh": account.refreshed_at,
        "count": account.products,
        "g1p": market_keys.VENDOR_ACCOUNTS_PARTITION,
        "g1s": f"{account.scope}#{account.tenant}#{account.vendor}",
    }


def read_account_record(record: Record) -> VendorAccount:
    scope, _, tenant = str(record["pk"]).partition("#")[2].rpartition("#")
    vendor: ExternalVendor = "runa" if record["sk"] == "RUNA" else "woohoo"
    return VendorAccount(
        scope=scope,
        tenant=tenant,
        vendor=vendor,
        status=record["st"],
        version=record["ver"],
        updated_at=record["at"],
        updated_by=record["by"],
        secrets=record["seal"],
        settings=record["set"],
        rate=record["rate"],
        fee=record["fee"],
        for_members=record["mem"],
        refreshed_at=record.get("fresh"),
        products=record["count"],
    )
