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


def open_verification_key(verification_id: str) -> Key:
    """Which tenant a check is of that a provider was asked about: a provider names the check alone.

    As long as there is no outcome, it also says when the provider is asked next, in index `by_name`.
    """
    require_id(verification_id, "vrf")
    return Key("directory", f"VERIFICATION#OPEN#{verification_id}", "OPEN")


def open_verifications_partition() -> str:
    return "VERIFICATIONS_OPEN"


def verification_provider_key() -> Key:
    """The operator's account with a provider of checks."""
    return Key("directory", "VERIFICATION#PROVIDER", "ACCOUNT")


def proof_key(tenant_id: str, kind: str) -> Key:
    """The newest check of a kind that a tenant has passed about itself."""
    require_id(tenant_id, "ten")
    return Key("directory", f"VERIFICATION#PROVED#{tenant_id}", kind)


def proof_requirements_key() -> Key:
    """What tenants must have proved before they may do this or that, as the operator has set it."""
    return Key("directory", "VERIFICATION#REQUIREMENTS", "SETTINGS")
