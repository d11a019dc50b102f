"""Checks are made, drafted, submitted, changed, read and withdrawn. Identifiers live in the request's memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import BaseModel

from .. import audit_trail, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import validated
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..canonical import canonical_json
from ..identity.credentials import Claims
from ..store import verification_keys
from ..store.keys import Key
from ..store.store import commit_creation, commit_unless_changed
from ..store.writes import ABSENT, Condition, Put
from ..tenants.proofs import identifier_digest
from . import asking, models
from .asking import VERIFICATION_ASK_ERRORS
from .models import ConsentIn, SubmitVerification, UpdateVerification, VerificationOut, VerificationsQuery
from .providers import Details, IdentifierCheck, Outcome, canonical_details, check_in_sandbox, check_locally
from .proving import details_of_subject, proof_writes, with_tenants_name
from .record import (
    ALLOWED_STEPS,
    DRAFT_LIFE,
    OTP_LIFE,
    PENDING_LIFE,
    Verification,
    masked_from,
    open_details,
    read_verification_record,
    seal_details,
    verification_item,
    verification_out,
)

VERIFICATION_CREATE_ERRORS: Final = (errors.IDEMPOTENCY_KEY_REUSED, *VERIFICATION_ASK_ERRORS)
VERIFICATION_FOUND_ERRORS: Final = (errors.VERIFICATION_NOT_FOUND,)
VERIFICATION_CHANGE_ERRORS: Final = (
    *VERIFICATION_FOUND_ERRORS,
    errors.VERIFICATION_STATE,
    errors.VERSION_CONFLICT,
)
_NOT_DETAILS: Final = frozenset({"consent", "idempotency_key", "subject"})
_MAX_SCANNED: Final = 1_000
"""Checks that one page may look at for what the filters want; the cursor goes on from there."""

_CONTENT: Final[Mapping[str, type[BaseModel]]] = {
    "pan": models.VerifyPan,
    "gstin": models.VerifyGstin,
    "bank": models.VerifyBank,
    "upi": models.VerifyUpi,
    "cin": models.VerifyCin,
    "dl": models.VerifyDrivingLicence,
    "passport": models.VerifyPassport,
    "voter_id": models.VerifyVoterId,
}


@dataclass(frozen=True, slots=True)
class VerificationLookup:
    scope: str
    verification: str

    @property
    def keys(self) -> list[Key]:
        return [verification_keys.verification_key(self.scope, self.verification)]


def prefetch_verification(claims: Claims, content: object, request: Request) -> VerificationLookup:
    return VerificationLookup(claims.scope, valid_verification_id(request.path["id"]))


def valid_verification_id(id: str) -> str:
    if not ids.is_id(id, "vrf"):
        raise errors.VERIFICATION_NOT_FOUND()
    return id


def verify_identifier(call: Call[Any], kind: str, check: IdentifierCheck = check_locally) -> Reply:
    """Checks an identifier at once and keeps the outcome, not the identifier. `check`: for live sessions."""
    body = call.input.model_dump(mode="json", exclude=set(_NOT_DETAILS), exclude_none=True)
    details = details_of_subject(call, kind, body)
    return _create(call, kind, details, call.input.consent, submit=True, check=check)


def submit_verification(call: Call[SubmitVerification]) -> Reply:
    """Checks what the details name, or keeps them sealed as a draft."""
    body = call.input
    details = details_of_subject(call, body.kind, _valid_details(body.kind, body.details))
    return _create(call, body.kind, details, body.consent, submit=body.submit)


def replace_verification(call: Call[SubmitVerification]) -> VerificationOut:
    """Puts other content in the place of a draft's."""
    before, body = _requested_draft(call), call.input
    if body.kind != before.kind:
        raise errors.invalid("kind", f"must stay {before.kind}; withdraw the draft and create another")
    details = details_of_subject(call, body.kind, _valid_details(body.kind, body.details))
    after = replace(before, consent=_consent(call, body.consent), subject=body.subject)
    return _resubmitted(call, after, details, body.submit)


def update_verification(call: Call[UpdateVerification]) -> VerificationOut:
    """Changes parts of a draft, or submits it."""
    before, body = _requested_draft(call), call.input
    details = _valid_details(before.kind, {**open_details(before), **(body.details or {})})
    if before.subject == "tenant":
        details = with_tenants_name(call, before.kind, details)
    after = replace(before, consent=_consent(call, body.consent) if body.consent else before.consent)
    return _resubmitted(call, after, details, body.submit)


def withdraw_verification(call: Call[None]) -> VerificationOut:
    """Ends a draft or a pending check, and erases a draft's details. Done again, it changes nothing."""
    before = found_verification(call)
    if before.status == "withdrawn":
        return verification_out(before, call.now)
    if before.status_at(call.now) not in ALLOWED_STEPS:
        raise _wrong_state(before, call.now)
    after = replace(before, status="withdrawn", version=before.version + 1, sealed=None)
    commit_change(call, before, after, "verification withdrawn")
    return verification_out(after, call.now)


def read_verification(call: Call[None]) -> VerificationOut:
    """One check. That it was read is recorded on the audit trail."""
    found = found_verification(call)
    audit_trail.record_act(call.store, verification_audit(call, "verification read", found))
    return verification_out(found, call.now)


def list_verifications(call: Call[VerificationsQuery]) -> Reply:
    """The tenant's checks, the newest first."""
    query, caller = call.input, call.caller
    filters = {
        "list": "verifications",
        "scope": caller.scope,
        **query.model_dump(exclude={"cursor", "limit"}),
    }
    before = cursor.open_cursor(caller.tenant.id, filters, query.cursor) if query.cursor else None
    partition = verification_keys.verifications_partition(caller.scope, caller.tenant.id)
    rows = call.store.query_all(
        "directory", partition, index="by_parent", descending=True, until=before, limit=query.limit + 1
    )
    outs = ((row["g1s"], verification_out(read_verification_record(row), call.now)) for row in rows)
    fitting = (
        (place, out if query.kind in (None, out.kind) and query.status in (None, out.status) else None)
        for place, out in outs
        if place != before
    )
    shown, following = cursor.take_page(fitting, query.limit, _MAX_SCANNED)
    sealed = cursor.seal_cursor(caller.tenant.id, filters, following) if following else None
    return Reply(shown, meta={"next_cursor": sealed, "limit": query.limit})


def found_verification(call: Call[Any]) -> Verification:
    """The check that was looked up, where it is this tenant's. Any other looks as if it were not there."""
    record = call.loaded[call.lookup.keys[0]]
    if record is None or record["ten"] != call.caller.tenant.id:
        raise errors.VERIFICATION_NOT_FOUND()
    return read_verification_record(record)


def run_check(call: Call[Any], kind: str, details: Details, check: IdentifierCheck = check_locally) -> Outcome:
    """Sessions of mode `test` get the sandbox; live ones what this deployment can check."""
    return (check_in_sandbox if call.caller.mode == "test" else check)(kind, details)


def checked_verification(call: Call[Any], each: Verification, outcome: Outcome) -> Verification:
    """The check with its outcome; what was sealed goes."""
    life = OTP_LIFE if each.kind == "aadhaar" else PENDING_LIFE
    return replace(
        each,
        status=outcome.status,
        outcome=outcome,
        checked_at=None if outcome.status == "pending" else call.now,
        expires_at=call.now + life if outcome.status == "pending" else None,
        sealed=None,
    )


def new_verification(call: Call[Any], kind: str, consent: ConsentIn, content: Mapping[str, Any]) -> Verification:
    """A check that is not stored yet, with the id that its idempotency key gives it."""
    caller, key = call.caller, call.idempotency_key
    parts = (caller.scope, caller.tenant.id, "verification", key or "")
    id = ids.new_id("vrf", call.now) if key is None else ids.derived_id("vrf", *parts)
    return Verification(
        id=id,
        tenant=caller.tenant.id,
        kind=kind,
        status="draft",
        consent=_consent(call, consent),
        created_at=call.now,
        created_by=caller.id,
        made_from=identifier_digest(caller.tenant.id, kind, consent.text_version, canonical_json(content)),
        subject=getattr(call.input, "subject", "other"),
    )


def create_verification(call: Call[Any], made: Verification, what: str) -> Reply:
    """Stores a new check, or answers with the one that this key has made before."""
    key = verification_keys.verification_key(call.caller.scope, made.id)
    put = Put(key, verification_item(call.caller.scope, made), when=ABSENT)
    scope = call.caller.scope
    opened = [*asking.open_writes(scope, made, call.now), *proof_writes(call.store, scope, made)]
    writes = [put, verification_audit(call, what, made), *opened]
    stored = commit_creation(call.store, writes, caller=call.request.id)
    if stored is not None:
        if stored.get("fp") != made.made_from:
            raise errors.IDEMPOTENCY_KEY_REUSED()
        made = read_verification_record(stored)
    elif made.status == "submitted":
        made = asking.ask_about(call.store, call.caller.scope, made, call.now)
    return Reply(verification_out(made, call.now), "Verification saved", headers=replay_headers(stored is not None))


def commit_change(call: Call[Any], before: Verification, after: Verification, what: str) -> None:
    key = verification_keys.verification_key(call.caller.scope, after.id)
    put = Put(key, verification_item(call.caller.scope, after), when=Condition(equal={"ver": before.version}))
    audit = verification_audit(call, what, after)
    opened = asking.open_writes(call.caller.scope, after, call.now, before=before)
    proved = proof_writes(call.store, call.caller.scope, after)
    commit_unless_changed(call.store, [put, audit, *opened, *proved], caller=call.request.id)


def verification_audit(call: Call[Any], what: str, each: Verification) -> Put:
    """Never with an identifier: the trail is kept longer than the check."""
    return call.act(what, each.id, kind=each.kind, status=each.status, version=each.version)


def _create(
    call: Call[Any],
    kind: str,
    details: Mapping[str, str],
    consent: ConsentIn,
    *,
    submit: bool,
    check: IdentifierCheck = check_locally,
) -> Reply:
    about = {"subject": "tenant"} if getattr(call.input, "subject", "other") == "tenant" else {}
    made = new_verification(call, kind, consent, {"submit": submit, **details, **about})
    made = _with_details(call, made, details, submit, check)
    return create_verification(call, made, "verification submitted" if submit else "verification drafted")


def _resubmitted(call: Call[Any], each: Verification, details: Mapping[str, str], submit: bool) -> VerificationOut:
    after = replace(_with_details(call, each, details, submit), version=each.version + 1)
    commit_change(call, each, after, "verification submitted" if submit else "verification changed")
    if after.status == "submitted":
        after = asking.ask_about(call.store, call.caller.scope, after, call.now)
    return verification_out(after, call.now)


def _with_details(
    call: Call[Any], each: Verification, details: Details, submit: bool, check: IdentifierCheck = check_locally
) -> Verification:
    canonical, _, _ = canonical_details(each.kind, details)
    last_four, digest = masked_from(each.kind, each.tenant, canonical)
    each = replace(each, last_four=last_four, digest=digest)
    if submit:
        outcome = run_check(call, each.kind, details, check)
        if outcome.status == "verified" and asking.is_asked(call):
            return asking.submitted(each, details, call.now)
        return checked_verification(call, each, outcome)
    sealed = seal_details(each.tenant, each.id, details)
    return replace(each, sealed=sealed, expires_at=each.created_at + DRAFT_LIFE)


def _valid_details(kind: str, details: Mapping[str, str]) -> dict[str, str]:
    """The details as the route of their kind takes them. Raises a 400 that names each field as `details.…`."""
    model = _CONTENT[kind]
    known = set(model.model_fields) - _NOT_DETAILS
    if unknown := sorted(set(details) - known):
        fields = {f"details.{name}": [f"is no field of {kind}: {', '.join(sorted(known))}"] for name in unknown}
        raise errors.VALIDATION_ERROR(fields=fields)
    consent = {"accepted": True, "text_version": "-"}
    try:
        content = validated(model, {**details, "consent": consent})
        read: dict[str, str] = content.model_dump(mode="json", exclude=set(_NOT_DETAILS), exclude_none=True)
        canonical_details(kind, read)
    except errors.Problem as problem:
        fields = {f"details.{name}": list(expected) for name, expected in problem.fields.items()}
        raise errors.VALIDATION_ERROR(fields=fields) from problem
    return read


def _requested_draft(call: Call[Any]) -> Verification:
    found = found_verification(call)
    if found.status_at(call.now) != "draft":
        raise _wrong_state(found, call.now)
    return found


def _wrong_state(each: Verification, now: int) -> errors.Problem:
    status = each.status_at(now)
    message = errors.VERIFICATION_STATE.describe({"status": status})
    return errors.VERIFICATION_STATE(message, figures={"status": status})


def _consent(call: Call[Any], consent: ConsentIn) -> dict[str, Any]:
    return {"text": consent.text_version, "at": call.now, "ip": call.caller.address}
