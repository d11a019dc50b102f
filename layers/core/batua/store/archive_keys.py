"""The archive's keys: how far a tenant's books are sealed, in the directory. The rule of `keys` holds here too."""

from __future__ import annotations

from .keys import Key, scope


def sealed_month_key(tenant: str) -> Key:
    """The last month of a tenant's live books that is sealed, the hash of its manifest, and how far they are purged."""
    return Key("directory", f"ARCHIVE#{scope('live', tenant)}", "SEALED")
