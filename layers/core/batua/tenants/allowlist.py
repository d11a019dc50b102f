"""From where a tenant's live keys may be used: the tenant proposes networks, a super admin approves them."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import Instant, Model, Note
from ..store import keys
from ..store.store import Record, commit_unless_changed
from ..store.versions import VersionedRecord, load_versioned, require_version
from ..store.writes import Condition, Update, Write
from .audit_entries import tenant_audit_entry

MAX_NETWORKS: Final = 32
WIDEST: Final = {4: 8, 6: 20}
"""The shortest prefixes: what is wider than a provider's whole range keeps nobody out."""


def network(text: str) -> str:
    """A network in its one spelling. Raises ValueError; an address means itself alone."""
    from ipaddress import ip_network

    try:
        parsed = ip_network(text.strip())
    except ValueError as fault:
        raise ValueError("must be networks such as 203.0.113.0/24 or 2001:db8::/48, without host bits") from fault
    if parsed.prefixlen < WIDEST[parsed.version]:
        raise ValueError(f"must not be wider than /{WIDEST[4]} (IPv4) or /{WIDEST[6]} (IPv6)")
    return str(parsed)


Network = Annotated[str, AfterValidator(network), Field(max_length=64, examples=["203.0.113.0/24"])]


class ProposeNetworks(Model):
    networks: list[Network] = Field(min_length=1, max_length=MAX_NETWORKS)
    note: Note | None = Field(None, description="For the super admin who decides.")
    version: int | None = Field(None, ge=0, description="As read; refuses the change where it is no longer that.")


class ApproveNetworks(Model):
    tenant_id: str
    version: int = Field(ge=1, description="Of the proposal, so that nothing else is approved than what was looked at.")


class Proposed(Model):
    networks: list[str]
    note: str | None
    version: int
    by: str
    at: Instant


class Approved(Model):
    networks: list[str]
    version: int
    by: str
    at: Instant


class Allowlist(Model):
    tenant_id: str
    approved: Approved | None = Field(description="In force: live keys are taken from these networks alone.")
    proposed: Proposed | None = Field(description="Waits for a super admin.")
    version: int
    your_address: str


def read_allowlist(call: Call[None]) -> Allowlist:
    tenant = call.caller.tenant.id
    return _allowlist_response(
        tenant, load_versioned(call.store, keys.allowlist_key(tenant)).stored, call.caller.address
    )


def propose_networks(call: Call[ProposeNetworks]) -> Allowlist:
    """Puts a proposal in the place of the one that waits, if any. What is approved stays in force."""
    given, tenant = call.input, call.caller.tenant.id
    before = load_versioned(call.store, keys.allowlist_key(tenant))
    require_version(before, given.version)
    proposal = {
        "nets": list(dict.fromkeys(given.networks)),
        "note": given.note,
        "version": before.version + 1,
        "by": call.caller.id,
        "at": clock.system(),
    }
    act = tenant_audit_entry(
        call,
        "networks proposed",
        tenant,
        {"networks": proposal["nets"], "version": before.version + 1},
        announce=f"New networks for live API keys were proposed: {', '.join(call.input.networks)}.",
    )
    change = before.change({"proposed": proposal})
    commit_unless_changed(call.store, [change, act], caller=call.request.id)
    return _allowlist_response(tenant, {**(before.stored or {}), **change.set}, call.caller.address)


def approve_networks(call: Call[ApproveNetworks]) -> Allowlist:
    """Puts a tenant's proposal in force, from its next request on. Nobody approves what they proposed themselves."""
    tenant, version = call.input.tenant_id, call.input.version
    if not ids.is_id(tenant, "ten"):
        raise errors.invalid("tenant_id", "must be a tenant's id")
    key, tenant_key = keys.allowlist_key(tenant), keys.tenant_key(tenant)
    found = call.store.read([key, tenant_key])
    before = VersionedRecord(key, found[key])
    if found[tenant_key] is None:
        raise errors.NOT_FOUND()
    proposed = (before.stored or {}).get("proposed")
    if proposed is None or proposed["version"] != version:
        raise errors.NOTHING_PROPOSED()
    if proposed["by"] == call.caller.id:
        raise errors.FORBIDDEN("You proposed these networks, so someone else must approve them.")
    networks = proposed["nets"]
    approved = {"nets": networks, "version": version, "by": call.caller.id, "at": clock.system()}
    details = {"networks": networks, "version": version, "tenant": tenant}
    change = before.change({"approved": approved, "proposed": None})
    writes: list[Write] = [
        Update(tenant_key, add={"version": 1}, set={"nets": networks}, when=Condition(present=("pk",))),
        change,
        tenant_audit_entry(
            call,
            "networks approved",
            tenant,
            details,
            tenant=tenant,
            announce=f"New networks for live API keys were approved: {', '.join(networks)}.",
        ),
    ]
    if tenant != call.caller.tenant.id:
        writes.append(tenant_audit_entry(call, "networks approved", tenant, details))
    commit_unless_changed(call.store, writes, caller=call.request.id)
    return _allowlist_response(tenant, dict(change.set), call.caller.address)


def proposed_networks(record: Record) -> Proposed | None:
    """What an allow-list's record says is waiting for approval."""
    proposed = record.get("proposed")
    if not proposed:
        return None
    return Proposed(
        networks=proposed["nets"],
        note=proposed.get("note"),
        version=proposed["version"],
        by=proposed["by"],
        at=clock.iso(proposed["at"]),
    )


def _allowlist_response(tenant: str, record: Record | None, address: str) -> Allowlist:
    record = record or {}
    approved = record.get("approved")
    return Allowlist(
        tenant_id=tenant,
        approved=Approved(
            networks=approved["nets"], version=approved["version"], by=approved["by"], at=clock.iso(approved["at"])
        )
        if approved
        else None,
        proposed=proposed_networks(record),
        version=record.get("version", 0),
        your_address=address,
    )
