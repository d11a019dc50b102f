"""The keys of identity checks, all in the directory."""

from __future__ import annotations

from .keys import Key
from .scope import Scope, require_id


def verification_key(scope: str, verification_id: str) -> Key:
    require_id(verification_id, "vrf")
    return Key("directory", f"VERIFICATION#{Scope.of(scope)}#{verification_id}", "REQUEST")


def verifications_partition(scope: str, tenant_id: str) -> str:
    """A tenant's checks in index `by_parent`, by their ids, which sort by time."""
    require_id(tenant_id, "ten")
    return f"VERIFICATIONS#{Scope.of(scope)}#{tenant_id}"
