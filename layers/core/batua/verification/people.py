"""Checks with a step or a source of their own: Aadhaar numbers, and documents."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import Final

from .. import errors, ids
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply
from ..identity.credentials import Claims
from ..store import keys, verification_keys
from ..store.keys import Key
from ..tenants import uploads
from . import asking
from .checks import (
    VERIFICATION_CHANGE_ERRORS,
    VERIFICATION_CREATE_ERRORS,
    checked_verification,
    commit_change,
    create_verification,
    found_verification,
    new_verification,
    run_check,
    valid_verification_id,
)
from .models import ConsentIn, VerificationLevel, VerifyAadhaar, VerifyDocument
from .providers import SANDBOX_OTP, Outcome
from .record import MAX_OTP_ATTEMPTS, masked_from, verification_out

AADHAAR_ERRORS: Final = (
    *VERIFICATION_CREATE_ERRORS,
    *VERIFICATION_CHANGE_ERRORS,
    errors.VERIFICATION_OTP_WRONG,
)
DOCUMENT_CHECK_ERRORS: Final = (*VERIFICATION_CREATE_ERRORS, errors.NOT_FOUND, errors.DOCUMENT_UNFIT)


@dataclass(frozen=True, slots=True)
class AadhaarLookup:
    """The check that a code belongs to; nothing in the first step."""

    scope: str
    verification: str | None

    @property
    def keys(self) -> list[Key]:
        return [verification_keys.verification_key(self.scope, self.verification)] if self.verification else []


def prefetch_aadhaar(claims: Claims, content: VerifyAadhaar, request: Request) -> AadhaarLookup:
    id = content.verification_id
    return AadhaarLookup(claims.scope, None if id is None else valid_verification_id(id))


def verify_aadhaar(call: Call[VerifyAadhaar]) -> Reply:
    """Begins a check of an Aadhaar number, or ends it with the code. The number is never stored, nor a digest of it."""
    body = call.input
    if body.consent is None:
        return _with_code(call, body.otp or "")
    if asking.is_asked(call):
        return _by_digilocker(call, body.consent, {"name": body.name} if body.name else {})
    if body.aadhaar_number is None:
        raise errors.invalid("aadhaar_number", "is required: this deployment does not offer DigiLocker")
    details = {"aadhaar_number": body.aadhaar_number}
    outcome = run_check(call, "aadhaar", details)
    last_four, _ = masked_from("aadhaar", call.caller.tenant.id, details)
    made = new_verification(call, "aadhaar", body.consent, {"last_four": last_four})
    made = checked_verification(call, replace(made, last_four=last_four), outcome)
    return create_verification(call, made, "verification submitted")


def _by_digilocker(call: Call[VerifyAadhaar], consent: ConsentIn, details: dict[str, str]) -> Reply:
    """The person shares what their card says, at DigiLocker: the number is neither sent nor kept."""
    made = new_verification(call, "aadhaar", consent, details)
    return create_verification(call, asking.submitted(made, details, call.now), "verification submitted")


def _with_code(call: Call[VerifyAadhaar], otp: str) -> Reply:
    before = found_verification(call)
    status = before.status_at(call.now)
    if before.kind != "aadhaar" or status != "pending":
        message = errors.VERIFICATION_STATE.describe({"status": status})
        raise errors.VERIFICATION_STATE(message, figures={"status": status})
    right = hmac.compare_digest(otp, SANDBOX_OTP)
    attempts = before.attempts + (not right)
    after = replace(before, attempts=attempts, version=before.version + 1)
    if right:
        after = checked_verification(call, after, Outcome("verified", "sandbox"))
    elif attempts >= MAX_OTP_ATTEMPTS:
        after = checked_verification(call, after, Outcome("rejected", "sandbox", "otp_attempts"))
    commit_change(call, before, after, "verification code entered")
    if not right and after.status == "pending":
        left = MAX_OTP_ATTEMPTS - attempts
        raise errors.VERIFICATION_OTP_WRONG(
            errors.VERIFICATION_OTP_WRONG.describe({"left": str(left)}), figures={"left": left}
        )
    return Reply(verification_out(after, call.now))


@dataclass(frozen=True, slots=True)
class DocumentLookup:
    key: Key

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_checked_document(claims: Claims, content: VerifyDocument, request: Request) -> DocumentLookup:
    if not ids.is_id(content.document_id, "doc"):
        raise errors.NOT_FOUND()
    return DocumentLookup(keys.document_key(claims.tenant, content.document_id))


def verify_document(call: Call[VerifyDocument]) -> Reply:
    """Checks an uploaded document: its content is of the announced type, and no malware was found in it."""
    body, record = call.input, call.loaded[call.lookup.key]
    if record is None:
        raise errors.NOT_FOUND()
    content = uploads.current_content(record)
    if content is None:
        raise errors.DOCUMENT_UNFIT(
            "The document has no checked content yet. Upload it and read it once, then try again."
        )
    infected = content.scan == "infected"
    level: VerificationLevel = "sandbox" if call.caller.mode == "test" else "format"
    facts = {"media_type": content.media, "malware_scan": content.scan, "document_id": body.document_id}
    outcome = Outcome("rejected" if infected else "verified", level, "infected" if infected else None, facts)
    made = new_verification(call, "document", body.consent, {"document": body.document_id, "sha256": content.sha256})
    return create_verification(call, checked_verification(call, made, outcome), "verification submitted")
