"""A tenant's account with a vendor: sealed credentials, what it asks for the products, and how the catalogue is.

Credentials are kept by generation. An order goes on with those it was placed with: another account of the same vendor
knows nothing of it, and its "no such order" would give coins back for a card that was delivered.
"""

from __future__ import annotations

import json
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
    generation: int
    """Of the credentials in use."""
    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Credentials by generation, sealed with the tenant's key for this very account."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings that are not secret: the vendor's host, and the buyer that it requires."""
    rate: int = FACE_VALUE_RATE
    fee: int = 0
    for_members: bool = False
    """Of a network's owner: its merchants sell from this account as well."""
    for_customers: bool = False
    """Customers can order on their own page, and so spend the tenant's money at the vendor without its staff."""
    refreshed_at: int | None = None
    products: int = 0
    fault: str | None = None
    """Why the last refresh of the catalogue failed."""

    @property
    def tariff(self) -> Tariff:
        return Tariff(self.rate, self.fee)

    def credentials(self, generation: int | None = None) -> Mapping[str, str]:
        sealed = self.secrets[str(generation or self.generation)]
        from ..identity import sealing  # most requests read the catalogue alone

        opened: dict[str, str] = json.loads(sealing.open_tenant_secret(self.tenant, self.context, sealed))
        return opened

    @property
    def context(self) -> str:
        """What its secrets are sealed for."""
        return f"{self.vendor}/{self.scope}"

    def sealed(self, credentials: Mapping[str, str]) -> bytes:
        from ..identity import sealing

        return sealing.seal_tenant_secret(self.tenant, self.context, json.dumps(dict(credentials)))


def vendor_account_item(account: VendorAccount) -> dict[str, Any]:
    return {
        "st": account.status,
        "version": account.version,
        "gen": account.generation,
        "seal": dict(account.secrets),
        "set": dict(account.settings),
        "rate": account.rate,
        "fee": account.fee,
        "mem": account.for_members,
        "cust": account.for_customers or None,
        "g1p": market_keys.VENDOR_ACCOUNTS_PARTITION,
        "g1s": f"{account.scope}#{account.tenant}#{account.vendor}",
    }


def read_account_record(record: Record, catalogue: Record | None = None) -> VendorAccount:
    """`catalogue`: the outcome of its last refresh, from a separate item."""
    scope, _, tenant = str(record["pk"]).partition("#")[2].rpartition("#")
    vendor: ExternalVendor = "runa" if record["sk"] == "RUNA" else "woohoo"
    known = catalogue or {}
    return VendorAccount(
        scope=scope,
        tenant=tenant,
        vendor=vendor,
        status=record["st"],
        version=record["version"],
        generation=record["gen"],
        secrets=record["seal"],
        settings=record["set"],
        rate=record["rate"],
        fee=record["fee"],
        for_members=record["mem"],
        for_customers=record.get("cust", False),
        refreshed_at=known.get("at"),
        products=known.get("count", 0),
        fault=known.get("fault"),
    )
