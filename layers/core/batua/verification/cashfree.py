"""Cashfree Secure ID: what is sent for each kind of check, and what its answers mean.

Shapes after its public documentation (cashfree.com/docs/api-reference/vrs, version 2023-12-18).

PAN and GSTIN are plain look-ups without a reference of ours. A bank account is paid one rupee: `user_id` is our
reference, by which the outcome is looked up before anything is sent again. Aadhaar goes by DigiLocker, where people
share it themselves: the number never reaches us. The other kinds take a `verification_id` once; a further try has a
new one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import quote

from .names import NameMatch, grade_score, match_names
from .providers import Details, Outcome, canonical_details

SECURE_ID_VERSION: Final = "2023-12-18"
_TIMEOUT_SECONDS: Final = 8

Trouble = Literal["no_answer", "provider_busy", "provider_balance", "provider_credentials", "unreadable_answer"]


@dataclass(frozen=True, slots=True)
class CashfreeAccount:
    """The operator's account. `public_key` (PEM): Cashfree wants requests from unknown addresses signed with it."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    public_key: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What Cashfree says. Without an outcome, `trouble` is why there is none yet; None where it is at work."""

    outcome: Outcome | None = None
    trouble: Trouble | None = None
    reference: str | None = None
    continue_url: str | None = None
    """Where the person goes on: DigiLocker's page."""


@dataclass(frozen=True, slots=True)
class ProviderQuestion:
    """A check that Cashfree is asked about. `tries`: how often it was sent before."""

    id: str
    kind: str
    details: Details
    tries: int
    return_url: str


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    content: Mapping[str, Any]


class _NoOutcome(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble: Trouble = trouble


class _Refused(Exception):
    """Cashfree finds fault with the request itself: asking again would say the same."""


def ask_cashfree(account: CashfreeAccount, question: ProviderQuestion, now: int) -> ProviderAnswer:
    """Sends the check, or looks up what became of it. Never raises for what Cashfree does."""
    try:
        if question.kind == "bank":
            return _ask_bank(account, question, now)
        if question.kind == "aadhaar":
            return _ask_digilocker(account, question, now)
        return _ask_once(account, question, now)
    except _NoOutcome as none:
        return ProviderAnswer(trouble=none.trouble)
    except _Refused:
        return ProviderAnswer(Outcome("failed", "provider", "refused_by_provider"))
    except (KeyError, TypeError, ValueError, AttributeError):
        return ProviderAnswer(trouble="unreadable_answer")


# --- Kinds that are asked once --------------------------------------------------------------------------------------


def _ask_once(account: CashfreeAccount, question: ProviderQuestion, now: int) -> ProviderAnswer:
    path, request, read = _KINDS[question.kind]
    canonical, facts, _ = canonical_details(question.kind, question.details)
    # Cashfree takes a verification id once. It has no look-up by it for these kinds, so a further try has a new one.
    for tries in (question.tries, question.tries + 100):
        reference = question.id if tries == 0 else f"{question.id}.{tries}"
        content = {name: value for name, value in request(canonical, reference).items() if value is not None}
        reply = _exchange(account, "POST", path, now, content)
        if reply.status != 409:
            outcome = read(reply.content, question.details, facts)
            return ProviderAnswer(outcome, reference=_reference(reply.content))
    raise _NoOutcome("no_answer")


def _pan(answer: Mapping[str, Any], details: Details, facts: Details) -> Outcome:
    known = {**facts, **_texts(answer, status="pan_status", aadhaar_seeding="aadhaar_seeding_status")}
    return _outcome_of(_truth(answer["valid"]), known, _scored(answer))


def _gstin(answer: Mapping[str, Any], details: Details, facts: Details) -> Outcome:
    known = {
        **facts,
        **_texts(
            answer,
            legal_name="legal_name_of_business",
            status="gst_in_status",
            taxpayer_type="taxpayer_type",
            constitution="constitution_of_business",
            registered_on="date_of_registration",
        ),
    }
    valid = _truth(answer["valid"])
    if valid and known.get("status", "Active").casefold() != "active":
        return Outcome("rejected", "provider", "not_active", known)
    return _outcome_of(valid, known, _compared(details.get("business_name"), known.get("legal_name")))


def _upi(answer: Mapping[str, Any], details: Details, facts: Details) -> Outcome:
    match = _scored(answer) or _compared(details.get("name"), answer.get("name_at_bank"))
    return _outcome_of(_is_valid(answer["status"]), dict(facts), match)


def _cin(answer: Mapping[str, Any], details: Details, facts: Details) -> Outcome:
    known = _texts(answer, company_name="company_name", status="cin_status", incorporated_on="incorporation_date")
    match = _compared(details.get("company_name"), known.get("company_name"))
    return _outcome_of(_is_valid(answer["status"]), {**facts, **known}, match)


def _licence(answer: Mapping[str, Any], details: Details, facts: Details) -> Outcome:
    validity = answer.get("dl_validity") or {}
    ends = {f"{name}_until": (validity.get(name) or {}).get("to") for name in ("non_transport", "transport")}
    known = {**facts, **{name: str(value) for name, value in ends.items() if value}}
    return _outcome_of(_is_valid(answer["status"]), known, None)


def _passport(answer: Mapping[str, Any], details: Details, facts: Details) -> Outcome:
    match = _compared(details.get("name"), answer.get("name"))
    return _outcome_of(_is_valid(answer["status"]), {**facts, **_texts(answer, type="application_type")}, match)


def _voter(answer: Mapping[str, Any], details: Details, facts: Details) -> Outcome:
    match = _compared(details.get("name"), answer.get("name"))
    return _outcome_of(_is_valid(answer["status"]), {**facts, **_texts(answer, state="state")}, match)


_Request = Callable[[Mapping[str, str], str], dict[str, str | None]]
_Read = Callable[[Mapping[str, Any], Details, Details], Outcome]

_KINDS: Final[Mapping[str, tuple[str, _Request, _Read]]] = {
    "pan": ("/pan", lambda d, _: {"pan": d["pan"], "name": d.get("name")}, _pan),
    "gstin": ("/gstin", lambda d, _: {"GSTIN": d["gstin"], "businessName": d.get("business_name")}, _gstin),
    "upi": ("/upi/advance", lambda d, id: {"verification_id": id, "vpa": d["upi_id"], "name": d.get("name")}, _upi),
    "cin": ("/cin", lambda d, id: {"verification_id": id, "cin": d["cin"]}, _cin),
    "dl": (
        "/driving-license",
        lambda d, id: {"verification_id": id, "dl_number": d["dl_number"], "dob": d["date_of_birth"]},
        _licence,
    ),
    "passport": (
        "/passport",
        lambda d, id: {
            "verification_id": id,
            "file_number": d["file_number"],
            "dob": d["date_of_birth"],
            "name": d.get("name"),
        },
        _passport,
    ),
    "voter_id": (
        "/voter-id",
        lambda d, id: {"verification_id": id, "epic_number": d["epic_number"], "name": d.get("name")},
        _voter,
    ),
}


# --- Bank accounts --------------------------------------------------------------------------------------------------

_AT_WORK: Final = frozenset({"RECEIVED", "APPROVAL_PENDING", "PARTIALLY_APPROVED", "IN_PROCESS", "PROCESSING"})
_NOT_CHECKED: Final = frozenset({"FAILED", "REJECTED", "CANCELLED", "MANUALLY_REJECTED"})


def _ask_bank(account: CashfreeAccount, question: ProviderQuestion, now: int) -> ProviderAnswer:
    """A rupee is paid once: what was sent before is looked up, and only what Cashfree has never seen is sent again."""
    lookup = f"/bank-account?user_id={quote(question.id, safe='')}"
    if question.tries:
        found = _exchange(account, "GET", lookup, now, missing_is_fine=True)
        if found.status != 404:
            return _bank_answer(found.content, question)
    canonical, _, _ = canonical_details("bank", question.details)
    content = {
        "bank_account": canonical["account_number"],
        "ifsc": canonical["ifsc"],
        "user_id": question.id,
        "name": canonical.get("name"),
    }
    sent = {name: value for name, value in content.items() if value is not None}
    reply = _exchange(account, "POST", "/bank-account/async", now, sent)
    if reply.status == 409 or reply.content.get("account_status") in _AT_WORK:
        found = _exchange(account, "GET", lookup, now, missing_is_fine=True)
        reply = reply if found.status == 404 else found
    if reply.status == 409:
        raise _NoOutcome("no_answer")
    return _bank_answer(reply.content, question)


def _bank_answer(answer: Mapping[str, Any], question: ProviderQuestion) -> ProviderAnswer:
    _, facts, _ = canonical_details("bank", question.details)
    status, reference = answer["account_status"], _reference(answer)
    code = str(answer.get("account_status_code") or "").casefold()
    if status in _AT_WORK:
        return ProviderAnswer(reference=reference)
    if status in _NOT_CHECKED:
        return ProviderAnswer(Outcome("failed", "provider", code or "not_checked"), reference=reference)
    known = {**facts, **_texts(answer, bank="bank_name", branch="branch")}
    match = _scored(answer) or _compared(question.details.get("name"), answer.get("name_at_bank"))
    if _is_valid(status):
        return ProviderAnswer(Outcome("verified", "provider", None, known, match), reference=reference)
    return ProviderAnswer(Outcome("rejected", "provider", code or "not_found"), reference=reference)


# --- Aadhaar by DigiLocker ------------------------------------------------------------------------------------------


def _ask_digilocker(account: CashfreeAccount, question: ProviderQuestion, now: int) -> ProviderAnswer:
    named = f"verification_id={quote(question.id, safe='')}"
    if question.tries == 0:
        content = {
            "verification_id": question.id,
            "document_requested": ["AADHAAR"],
            "redirect_url": question.return_url,
            "user_flow": "signin",
        }
        reply = _exchange(account, "POST", "/digilocker", now, content)
        if reply.status != 409:
            url = str(reply.content["url"])
            if not url.startswith(("https://", "http://127.0.0.1:")):
                raise _NoOutcome("unreadable_answer")
            return ProviderAnswer(reference=_reference(reply.content), continue_url=url)
    found = _exchange(account, "GET", f"/digilocker?{named}", now, missing_is_fine=True)
    if found.status == 404:
        return ProviderAnswer(Outcome("failed", "provider", "not_started"))
    status, reference = found.content["status"], _reference(found.content)
    if status == "PENDING":
        return ProviderAnswer(reference=reference)
    if status != "AUTHENTICATED":
        reasons = {"CONSENT_DENIED": "consent_denied", "EXPIRED": "link_expired"}
        return ProviderAnswer(Outcome("failed", "provider", reasons.get(status, "not_shared")), reference=reference)
    if "AADHAAR" not in (found.content.get("document_consent") or ("AADHAAR",)):
        return ProviderAnswer(Outcome("failed", "provider", "consent_denied"), reference=reference)
    shared = _exchange(account, "GET", f"/digilocker/document/AADHAAR?{named}", now).content
    if shared.get("status") == "AADHAAR_NOT_LINKED":
        return ProviderAnswer(Outcome("rejected", "provider", "aadhaar_not_linked"), reference=reference)
    if shared.get("status") == "PENDING":
        return ProviderAnswer(reference=reference)
    last_four = str(shared["uid"])[-4:]
    if len(last_four) != 4 or not last_four.isdigit():
        raise _NoOutcome("unreadable_answer")
    match = _compared(question.details.get("name"), shared.get("name"))
    return ProviderAnswer(Outcome("verified", "provider", None, {"last_four": last_four}, match), reference=reference)


# --- Reading and sending --------------------------------------------------------------------------------------------


def _outcome_of(valid: bool, facts: Mapping[str, str], match: NameMatch | None) -> Outcome:
    if not valid:
        return Outcome("rejected", "provider", "not_found")
    return Outcome("verified", "provider", None, facts, match)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not a truth value")
    return value


def _is_valid(status: Any) -> bool:
    if status not in ("VALID", "INVALID"):
        raise ValueError("not a status that is documented")
    return bool(status == "VALID")


def _texts(answer: Mapping[str, Any], **names: str) -> dict[str, str]:
    found = {ours: answer.get(theirs) for ours, theirs in names.items()}
    return {name: str(value)[:200] for name, value in found.items() if value not in (None, "")}


def _scored(answer: Mapping[str, Any]) -> NameMatch | None:
    """Cashfree's own score; its grade follows from it."""
    score = answer.get("name_match_score")
    if score in (None, ""):
        return None
    return grade_score(max(0, min(100, round(float(str(score))))))


def _compared(given: str | None, registered: Any) -> NameMatch | None:
    return match_names(given, str(registered)) if given and registered else None


def _reference(answer: Mapping[str, Any]) -> str | None:
    found = answer.get("reference_id", answer.get("ref_id"))
    return str(found)[:40] if found is not None else None


_TROUBLES: Final[Mapping[int, Trouble]] = {
    401: "provider_credentials",
    403: "provider_credentials",
    422: "provider_balance",
    429: "provider_busy",
}


def _exchange(
    account: CashfreeAccount,
    method: str,
    path: str,
    now: int,
    content: Mapping[str, Any] | None = None,
    *,
    missing_is_fine: bool = False,
) -> _Reply:
    import urllib3

    body = json.dumps(content) if content is not None else None
    try:
        # Not sent again by itself: whether it arrived is looked up first.
        answer = urllib3.PoolManager().request(
            method,
            account.url + path,
            body=body,
            headers=_headers(account, now),
            timeout=_TIMEOUT_SECONDS,
            retries=False,
        )
    except urllib3.exceptions.HTTPError as fault:
        raise _NoOutcome("no_answer") from fault
    if answer.status in _TROUBLES:
        raise _NoOutcome(_TROUBLES[answer.status])
    if answer.status >= 500 or (answer.status == 404 and not missing_is_fine):
        raise _NoOutcome("no_answer")
    if answer.status in (404, 409):
        return _Reply(answer.status, {})
    if answer.status >= 400:
        raise _Refused
    found = json.loads(answer.data)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return _Reply(answer.status, found)


def _headers(account: CashfreeAccount, now: int) -> dict[str, str]:
    headers = {
        "accept": "application/json",
        "content-type": "application/json",
        "x-api-version": SECURE_ID_VERSION,
        "x-client-id": account.client_id,
        "x-client-secret": account.client_secret,
    }
    if account.public_key:
        headers["x-cf-signature"] = _request_signature(account.client_id, account.public_key, now)
    return headers


def _request_signature(client_id: str, public_key: str, now: int) -> str:
    """`clientId.seconds`, encrypted with the key that Cashfree's dashboard gives out."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(public_key.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA key")
    # SHA-1 is what Cashfree's servers decrypt with; OAEP does not rest on its collision resistance.
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303
    return base64.b64encode(key.encrypt(f"{client_id}.{now // 1000}".encode(), oaep)).decode()
