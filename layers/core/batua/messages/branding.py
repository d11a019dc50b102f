"""Whose name a message bears: the tenant's, with the colour and the footer of its branding.

Its logo stays out: links to files work for an hour, and mail is read for years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..store import keys
from ..store.store import Record, Store

PRODUCT: Final = "Batua"
COLOUR: Final = "#0a6847"
TIME_ZONE: Final = "Asia/Kolkata"


@dataclass(frozen=True, slots=True)
class Branding:
    name: str = PRODUCT
    colour: str = COLOUR
    support: str | None = None
    """Where people can ask: an address or a page."""
    footer: str | None = None
    time_zone: str = TIME_ZONE
    """Of the tenant, in which a message gives the time."""


def branding_of(store: Store, tenant: str | None) -> Branding:
    if tenant is None:
        return Branding()
    tenant_key, style = keys.tenant_key(tenant), keys.branding_key(tenant)
    found = store.read([tenant_key, style])
    return branding_from(found[tenant_key], found[style])


def branding_from(tenant: Record | None, style: Record | None) -> Branding:
    """From the tenant's item and its branding's, as far as they are there."""
    tenant, style = tenant or {}, style or {}
    return Branding(
        name=style.get("name") or tenant.get("name") or PRODUCT,
        colour=style.get("primary", COLOUR),
        support=style.get("support") or style.get("page"),
        footer=style.get("footer"),
        time_zone=tenant.get("zone") or TIME_ZONE,
    )
