"""What tenants have proved about themselves, and the gate in front of what takes a proof.

A check of a tenant's own identifier that has been verified leaves a proof here, one for each kind, the newest one. The
operator's requirements say which kinds an action needs; without requirements, nothing is gated. The sandbox never is.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from .. import clock, errors
from ..identity import secrets
from ..identity.tenant import Tenant
from ..ids import injective
from ..store import verification_keys as keys
from ..store.keys import Mode
from ..store.store import Record, Store

ProofKind = Literal["pan", "gstin", "bank", "upi", "cin"]
PROOF_KINDS: Final[tuple[ProofKind, ...]] = get_args(ProofKind)
ProofLevel = Literal["format", "provider"]
GatedAction = Literal["live_keys", "prefund", "gstin_invoices", "payouts"]

LEVELS: Final[Mapping[str, int]] = {"format": 0, "directory": 1, "provider": 2}
"""What an outcome rests on, the weakest first."""

_ACTIONS: Final[Mapping[GatedAction, str]] = {
    "live_keys": "Creating a live API key",
    "prefund": "A prefund request above the limit",
    "gstin_invoices": "Issuing an invoice under your GSTIN",
    "payouts": "Naming where customers pay to",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A verified check of the tenant itself."""

    kind: ProofKind
    verification: str
    level: str
    at: int
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class ProofRequirements:
    """Kinds for each action; a limit in paise up to which prefunds need none, over 30 days."""

    kinds: Mapping[str, tuple[ProofKind, ...]] = field(default_factory=dict)
    prefund_limit: int = 0
    level: ProofLevel = "provider"
    days: int | None = None
    version: int = 0

    def accepts(self, proof: Proof, now: int) -> bool:
        fresh = self.days is None or now - proof.at <= self.days * clock.DAY_MS
        return fresh and LEVELS.get(proof.level, -1) >= LEVELS[self.level]


@dataclass(frozen=True, slots=True)
class ProofState:
    """The operator's requirements, and what one tenant has proved."""

    requirements: ProofRequirements
    proofs: Mapping[ProofKind, Proof]

    def missing(self, action: GatedAction, now: int) -> list[ProofKind]:
        wanted = self.requirements.kinds.get(action, ())
        return [kind for kind in wanted if not self.accepted(kind, now)]

    def accepted(self, kind: ProofKind, now: int) -> bool:
        proof = self.proofs.get(kind)
        return proof is not None and self.requirements.accepts(proof, now)


def verification_required(action: GatedAction, missing: list[ProofKind], **figures: Any) -> errors.Problem:
    message = (
        f"{_ACTIONS[action]} takes verifications that your tenant lacks: {', '.join(missing)}. Submit them with "
        "subject `tenant` to POST /api/v1/tenant/cashfree, then try again."
    )
    return errors.VERIFICATION_REQUIRED(message, figures={"action": action, "missing": missing, **figures})


def load_proof_state(store: Store, tenant_id: str) -> ProofState:
    """In one read."""
    settings = keys.proof_requirements_key()
    places = {kind: keys.proof_key(tenant_id, kind) for kind in PROOF_KINDS}
    found = store.read([settings, *places.values()])
    records = {kind: found[key] for kind, key in places.items()}
    return ProofState(read_proof_requirements(found[settings]), _read_proofs(records))


def require_proofs(store: Store, tenant: Tenant, mode: Mode, action: GatedAction, now: int) -> None:
    """Raises VERIFICATION_REQUIRED where a live action lacks a proof that the operator requires of its tenants."""
    if is_gated(tenant, mode):
        _require_proof(load_proof_state(store, tenant.id), action, now)


def require_gstin_proof(store: Store, tenant: Tenant, mode: Mode, gstin: str | None, now: int) -> None:
    """Raises VERIFICATION_REQUIRED where documents take a proved GSTIN, and this very one has not been proved."""
    if gstin is None or not is_gated(tenant, mode):
        return
    state = load_proof_state(store, tenant.id)
    _require_proof(state, "gstin_invoices", now)
    proof = state.proofs.get("gstin")
    if state.requirements.kinds.get("gstin_invoices") and (
        proof is None or proof.digest != identifier_digest(tenant.id, "gstin", gstin)
    ):
        raise verification_required("gstin_invoices", ["gstin"], gstin=gstin)


def _require_proof(state: ProofState, action: GatedAction, now: int) -> None:
    if missing := state.missing(action, now):
        raise verification_required(action, missing)


def is_gated(tenant: Tenant, mode: Mode) -> bool:
    """The sandbox proves nothing and moves nothing, and the operator asks nothing of itself."""
    return mode == "live" and tenant.kind != "operator"


def identifier_digest(tenant_id: str, *parts: str) -> bytes:
    """What finds the same identifier again within a tenant. Without the pepper, nobody can try numbers against it."""
    return hmac.digest(secrets.pepper(tenant_id), b"verification:" + injective(*parts), "sha256")


def proof_item(proof: Proof) -> dict[str, Any]:
    item = {"vrf": proof.verification, "lvl": proof.level, "at": proof.at, "dig": proof.digest}
    return {name: value for name, value in item.items() if value is not None}


def _read_proofs(records: Mapping[ProofKind, Record | None]) -> dict[ProofKind, Proof]:
    return {
        kind: Proof(kind, record["vrf"], record["lvl"], record["at"], record.get("dig"))
        for kind, record in records.items()
        if record is not None and "vrf" in record
    }


def proof_requirements_item(requirements: ProofRequirements) -> dict[str, Any]:
    item = {
        "kinds": {action: list(kinds) for action, kinds in requirements.kinds.items()},
        "limit": requirements.prefund_limit,
        "lvl": requirements.level,
        "days": requirements.days,
        "version": requirements.version,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_proof_requirements(record: Record | None) -> ProofRequirements:
    if record is None:
        return ProofRequirements()
    kinds = {action: tuple(kinds) for action, kinds in record["kinds"].items()}
    return ProofRequirements(kinds, record["limit"], record["lvl"], record.get("days"), record["version"])
