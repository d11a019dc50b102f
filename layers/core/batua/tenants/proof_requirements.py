"""The operator's requirements: what tenants must have proved before they may do this or that."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Amount, Instant, Model, Number, minor_units
from ..money import INR_SCALE, to_wire
from ..store import verification_keys as keys
from ..store.store import commit_unless_changed
from ..store.versions import load_versioned, require_version
from .audit_entries import tenant_audit_entry
from .proofs import (
    PROOF_KINDS,
    GatedAction,
    ProofKind,
    ProofLevel,
    ProofRequirements,
    ProofState,
    load_proof_state,
    proof_requirements_item,
)

_ACTIONS: tuple[GatedAction, ...] = ("live_keys", "prefund", "gstin_invoices", "payouts")

ProofKinds = Annotated[list[ProofKind], Field(max_length=len(PROOF_KINDS), examples=[["pan", "bank"]])]


class SaveProofRequirements(Model):
    """What is left out takes no verification."""

    live_keys: ProofKinds = Field(default=[], description="To create a live API key.", examples=[["pan"]])
    prefund: ProofKinds = Field(
        default=[],
        description="For prefund requests that come to more than `prefund_limit` in 30 days.",
        examples=[["pan", "bank"]],
    )
    prefund_limit: Amount | None = Field(
        None,
        description="Rupees that a tenant may request in 30 days without them; none when left out.",
        examples=[50000],
    )
    gstin_invoices: StrictBool = Field(
        False, description="To issue documents under a GSTIN, that very GSTIN must have been verified.", examples=[True]
    )
    payouts: ProofKinds = Field(
        default=[],
        description="To name where customers pay to: bank and UPI details of the tax profile, and accounts with a "
        "payment provider.",
        examples=[["bank"]],
    )
    level: ProofLevel = Field(
        "provider",
        description="`provider`: only what Cashfree Secure ID has confirmed counts. `format`: form and check digits "
        "are enough, which prove neither that an identifier exists nor whose it is.",
    )
    max_age_days: int | None = Field(
        None, ge=30, le=3650, strict=True, description="How old a verification may be; any age when left out."
    )
    version: int | None = Field(None, ge=0, description="As read; refuses the change where it is no longer that.")


class ProvedOut(Model):
    kind: ProofKind
    level: str = Field(examples=["provider"])
    verification_id: str = Field(examples=["vrf_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    verified_at: Instant
    accepted: bool = Field(description="Whether it meets the operator's level and age.")


class GateOut(Model):
    action: GatedAction
    required: list[ProofKind] = Field(examples=[["pan"]])
    missing: list[ProofKind] = Field(description="What your tenant still has to verify.", examples=[[]])


class ProofRequirementsOut(Model):
    gates: list[GateOut]
    prefund_limit: Number = Field(description="Rupees in 30 days without the verifications.", examples=[50000])
    level: ProofLevel
    max_age_days: int | None
    proved: list[ProvedOut] = Field(description="The newest verification of each kind that your tenant has passed.")
    version: int


def read_proof_gates(call: Call[None]) -> ProofRequirementsOut:
    """The requirements, what the caller's tenant has proved, and what is missing."""
    return _gates_out(load_proof_state(call.store, call.caller.tenant.id), call.now)


def save_proof_requirements(call: Call[SaveProofRequirements]) -> ProofRequirementsOut:
    """Replaces the requirements, for every tenant from its next request on."""
    given, key = call.input, keys.proof_requirements_key()
    if call.caller.tenant.kind != "operator":
        raise errors.FORBIDDEN("Only the operator can set what tenants have to prove.")
    stored = load_versioned(call.store, key)
    require_version(stored, given.version)
    wanted: dict[str, list[ProofKind]] = {
        "live_keys": given.live_keys,
        "prefund": given.prefund,
        "gstin_invoices": ["gstin"] if given.gstin_invoices else [],
        "payouts": given.payouts,
    }
    after = ProofRequirements(
        {action: tuple(dict.fromkeys(kinds)) for action, kinds in wanted.items()},
        minor_units(given.prefund_limit, INR_SCALE, "prefund_limit") if given.prefund_limit is not None else 0,
        given.level,
        given.max_age_days,
        stored.version + 1,
    )
    act = tenant_audit_entry(
        call,
        "verification requirements saved",
        "requirements",
        proof_requirements_item(after),
        announce="The verifications that tenants need were changed.",
    )
    put = stored.replacement(proof_requirements_item(after))
    commit_unless_changed(call.store, [put, act], caller=call.request.id)
    return _gates_out(load_proof_state(call.store, call.caller.tenant.id), call.now)


def _gates_out(state: ProofState, now: int) -> ProofRequirementsOut:
    known = state.requirements
    return ProofRequirementsOut(
        gates=[
            GateOut(action=action, required=list(known.kinds.get(action, ())), missing=state.missing(action, now))
            for action in _ACTIONS
        ],
        prefund_limit=to_wire(known.prefund_limit, INR_SCALE),
        level=known.level,
        max_age_days=known.days,
        proved=[
            ProvedOut(
                kind=proof.kind,
                level=proof.level,
                verification_id=proof.verification,
                verified_at=clock.iso(proof.at),
                accepted=known.accepts(proof, now),
            )
            for proof in state.proofs.values()
        ],
        version=known.version,
    )
