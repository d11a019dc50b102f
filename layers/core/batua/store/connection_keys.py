"""Keys of what belongs to a tenant's connections together."""

from __future__ import annotations

from .keys import Key
from .scope import require_id


def open_connections_key(tenant_id: str) -> Key:
    """What a tenant has connected, in one record."""
    require_id(tenant_id, "ten")
    return Key("directory", f"CONNECTION#{tenant_id}", "OPEN")
