"""Checks of a tenant's own identifiers, and the proofs that they leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .. import errors
from ..api.endpoint import Call
from ..store import verification_keys
from ..store.store import Store
from ..store.writes import Put, Write
from ..tenants.profile import load_profile
from ..tenants.proofs import PROOF_KINDS, Proof, proof_item
from .providers import Details
from .record import Verification

LEAST_NAME_SCORE: Final = 70
"""A moderate match: words are missing or abbreviated, and none contradicts."""

_NAME_FIELDS: Final[Mapping[str, str]] = {
    "pan": "name",
    "gstin": "business_name",
    "bank": "name",
    "upi": "name",
    "cin": "company_name",
}


def details_of_subject(call: Call[Any], kind: str, details: Details) -> dict[str, str]:
    """The details to check. For a check of the tenant itself, with the tenant's own name and no other."""
    if getattr(call.input, "subject", "other") != "tenant":
        return dict(details)
    if kind not in PROOF_KINDS:
        raise errors.invalid("subject", f"can only be `tenant` for {', '.join(PROOF_KINDS)}")
    return with_tenants_name(call, kind, details)


def with_tenants_name(call: Call[Any], kind: str, details: Details) -> dict[str, str]:
    """Raises a 400 for a name that is not the tenant's: a proof of somebody else's identifier proves nothing."""
    field, tenant = _NAME_FIELDS[kind], call.caller.tenant
    profile = load_profile(call.store, tenant.id)
    name = (profile.legal_name if profile else None) or tenant.name
    if details.get(field) not in (None, name):
        raise errors.invalid(field, f"is your tenant's legal name, {name!r}, for a check of your tenant; leave it out")
    return {**details, field: name}


def proof_writes(store: Store, scope: str, each: Verification) -> list[Write]:
    """What a decided check of the tenant itself does to its proofs: verified, it is one; rejected, it is none."""
    outcome = each.outcome
    if each.subject != "tenant" or outcome is None or each.checked_at is None or not scope.startswith("L#"):
        return []
    kind = next((kind for kind in PROOF_KINDS if kind == each.kind), None)
    if kind is None:
        return []
    key = verification_keys.proof_key(each.tenant, kind)
    match = outcome.name_match
    # Locally no name is known to compare with, and the level says so.
    named = match.score >= LEAST_NAME_SCORE if match else outcome.level != "provider"
    if each.status == "verified" and named:
        return [Put(key, proof_item(Proof(kind, each.id, outcome.level, each.checked_at, each.digest)))]
    if each.status in ("verified", "rejected"):
        record = store.read([key])[key]
        if record is not None and record.get("dig") == each.digest and "vrf" in record:
            return [Put(key, {"ended": each.checked_at, "by": each.id})]
    return []
