"""The keys of allowed origins, by origin: a browser asks for one before anybody is known."""

from __future__ import annotations

from .keys import Key
from .scope import require_id


def origin_partition(origin: str) -> str:
    """The tenants that have listed an origin."""
    return f"ORIGIN#{origin}"


def origin_key(origin: str, tenant_id: str) -> Key:
    require_id(tenant_id, "ten")
    return Key("directory", origin_partition(origin), tenant_id)
