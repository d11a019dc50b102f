"""A check as it is stored: no identifier in the clear, and of an Aadhaar number nothing but its last four digits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .. import clock
from ..identity import sealing
from ..store import verification_keys
from ..store.store import Record
from ..tenants.proofs import identifier_digest
from .models import ConsentOut, NameMatchOut, VerificationOut, VerificationSubject
from .names import NameMatch
from .providers import IDENTIFIERS, Details, Outcome, OutcomeStatus

_DAY: Final = 86_400_000
DRAFT_LIFE: Final = 30 * _DAY
PENDING_LIFE: Final = _DAY
OTP_LIFE: Final = 10 * 60_000
KEPT: Final = 366 * _DAY
"""At least a year, as the DPDP Rules 2025 ask of logs; then the item deletes itself."""
MAX_OTP_ATTEMPTS: Final = 3
ALLOWED_STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "draft": ("submitted", "pending", "verified", "rejected", "withdrawn", "expired"),
    "submitted": ("pending", "verified", "rejected", "failed", "withdrawn", "expired"),
    "pending": ("verified", "rejected", "failed", "withdrawn", "expired"),
}


@dataclass(frozen=True, slots=True)
class Verification:
    id: str
    tenant: str
    kind: str
    status: str
    consent: Mapping[str, Any]
    created_at: int
    created_by: str
    version: int = 1
    outcome: Outcome | None = None
    checked_at: int | None = None
    expires_at: int | None = None
    last_four: str | None = None
    digest: bytes | None = None
    sealed: bytes | None = None
    """The details of a draft, or of a check that a provider has not decided, encrypted; they go when it is decided."""
    attempts: int = 0
    tries: int = 0
    """How often a provider was asked."""
    reference: str | None = None
    """The provider's name of the check."""
    made_from: bytes = b""
    subject: VerificationSubject = "other"

    def status_at(self, now: int) -> str:
        over = self.status in ALLOWED_STEPS and self.expires_at is not None and now >= self.expires_at
        return "expired" if over else self.status


def seal_details(tenant: str, id: str, details: Details) -> bytes:
    return sealing.seal_tenant_secret(tenant, id, json.dumps(dict(details)))


def open_details(verification: Verification) -> dict[str, str]:
    if verification.sealed is None:
        return {}
    plain = sealing.open_tenant_secret(verification.tenant, verification.id, verification.sealed)
    found: dict[str, str] = json.loads(plain)
    return found


def masked_from(kind: str, tenant: str, details: Details) -> tuple[str, bytes | None]:
    """Last four characters, and the digest; an Aadhaar number has none: one could be found by trying."""
    values = ["".join(details[name].split()).upper() for name in IDENTIFIERS[kind]]
    return values[0][-4:], None if kind == "aadhaar" else identifier_digest(tenant, kind, *values)


def verification_item(scope: str, each: Verification) -> dict[str, Any]:
    outcome = each.outcome
    item = {
        "g1p": verification_keys.verifications_partition(scope, each.tenant),
        "g1s": each.id,
        "ten": each.tenant,
        "kind": each.kind,
        "state": each.status,
        "cons": dict(each.consent),
        "at": each.created_at,
        "by": each.created_by,
        "ver": each.version,
        "chk": each.checked_at,
        "exp": each.expires_at,
        "last": each.last_four,
        "dig": each.digest,
        "seal": each.sealed,
        "tries": each.attempts,
        "asked": each.tries or None,
        "ref": each.reference,
        "fp": each.made_from,
        "subj": each.subject if each.subject == "tenant" else None,
        "ttl": (each.created_at + KEPT) // 1000,
        "lvl": outcome.level if outcome else None,
        "why": outcome.reason if outcome else None,
        "facts": dict(outcome.facts) if outcome else None,
        "match": [outcome.name_match.score, outcome.name_match.grade] if outcome and outcome.name_match else None,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_verification_record(record: Record) -> Verification:
    outcome = None
    if "lvl" in record:
        match = NameMatch(int(record["match"][0]), record["match"][1]) if "match" in record else None
        stored = record["state"]
        status: OutcomeStatus = stored if stored in ("verified", "rejected", "failed") else "pending"
        outcome = Outcome(status, record["lvl"], record.get("why"), record.get("facts", {}), match)
    return Verification(
        id=record["g1s"],
        tenant=record["ten"],
        kind=record["kind"],
        status=record["state"],
        consent=record["cons"],
        created_at=record["at"],
        created_by=record["by"],
        version=record["ver"],
        outcome=outcome,
        checked_at=record.get("chk"),
        expires_at=record.get("exp"),
        last_four=record.get("last"),
        digest=record.get("dig"),
        sealed=record.get("seal"),
        attempts=record.get("tries", 0),
        tries=record.get("asked", 0),
        reference=record.get("ref"),
        made_from=record.get("fp", b""),
        subject=record.get("subj", "other"),
    )


def verification_out(each: Verification, now: int) -> VerificationOut:
    outcome, status = each.outcome, each.status_at(now)
    match = outcome.name_match if outcome else None
    return VerificationOut(
        id=each.id,
        kind=each.kind,
        subject=each.subject,
        status=status,
        level=outcome.level if outcome else None,
        reason=outcome.reason if outcome else None,
        identifier=f"••••{each.last_four}" if each.last_four else None,
        reference=each.reference,
        continue_url=open_details(each).get("continue_url") if status == "pending" else None,
        facts=dict(outcome.facts) if outcome else {},
        name_match=NameMatchOut(score=match.score, result=match.grade) if match else None,
        consent=ConsentOut(
            text_version=each.consent["text"], at=clock.iso(each.consent["at"]), address=each.consent["ip"]
        ),
        version=each.version,
        created_by=each.created_by,
        created_at=clock.iso(each.created_at),
        checked_at=clock.iso(each.checked_at) if each.checked_at else None,
        expires_at=clock.iso(each.expires_at) if each.expires_at and status in ALLOWED_STEPS else None,
        erased_at=clock.iso(each.created_at + KEPT),
    )
