"""What is known of a tenant besides what every request needs: slug, legal name, products, features."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from ..identity.tenant import Tenant, TenantKind
from ..store import keys
from ..store.store import Record, Store

Product = Literal[
    "coins", "points", "prefund", "gateway", "rewards", "marketplace", "verification", "billing", "support"
]
PRODUCTS: Final[tuple[str, ...]] = get_args(Product)

BY_KIND: Final[Mapping[TenantKind, tuple[Product, ...]]] = {
    "operator": ("billing", "support", "verification"),
    "parent": ("coins", "prefund", "gateway", "billing", "support", "verification"),
    "merchant": ("coins", "prefund", "verification", "support"),
    "application": ("points", "support"),
}
"""What a tenant has that nobody said more of."""

MAX_KEYS: Final = 20
MAX_TEAM: Final = 500
MAX_DOCUMENTS: Final = 500


@dataclass(frozen=True, slots=True)
class Profile:
    slug: str
    """Names the tenant in addresses; unique in the deployment."""
    legal_name: str | None = None
    products: tuple[str, ...] = ()
    features: Mapping[str, bool] = field(default_factory=dict)
    version: int = 1


def default_profile(tenant: Tenant) -> Profile:
    """The profile of a tenant about which nothing was said: what its kind has, and a slug out of its name and id."""
    words = re.sub(r"[^a-z0-9]+", "-", tenant.name.lower()).strip("-")[:30].strip("-")
    return Profile(f"{words or tenant.kind}-{tenant.id[-8:].lower()}", products=BY_KIND[tenant.kind])


def load_profile(store: Store, tenant_id: str) -> Profile | None:
    key = keys.profile_key(tenant_id)
    record = store.read([key])[key]
    return read_profile(record) if record else None


def profile_item(profile: Profile) -> dict[str, Any]:
    return {
        "slug": profile.slug,
        "legal": profile.legal_name,
        "products": list(profile.products),
        "features": dict(profile.features),
        "version": profile.version,
    }


def read_profile(record: Record) -> Profile:
    return Profile(
        slug=record["slug"],
        legal_name=record.get("legal"),
        products=tuple(record["products"]),
        features=dict(record["features"]),
        version=record["version"],
    )
