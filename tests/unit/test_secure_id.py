"""Cashfree Secure ID, held to its documented shapes: what is sent, what answers and webhooks mean."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from batua.verification.cashfree import (
    CashfreeAccount,
    ProviderAnswer,
    ProviderQuestion,
    ask_cashfree,
)
from batua.verification.cashfree_webhook import webhook_is_signed, webhook_subject
from tests.fakes.secure_id import CLIENT, SECRET, SecureId, secure_id

ID = "vrf_01KDC0V6M8W3T4Q9X2Z7N5B1FA"
NOW = 1_795_253_400_000
DETAILS: dict[str, dict[str, str]] = {
    "pan": {"pan": "AQWPZ7391K", "name": "Asha Rao"},
    "gstin": {"gstin": "38AAPFU0939F1ZS", "business_name": "Kaveri Stores Pvt Ltd"},
    "bank": {"account_number": "918273645546372", "ifsc": "YESB0000262", "name": "Asha Rao"},
    "upi": {"upi_id": "asha@okaxis", "name": "Asha Rao"},
    "cin": {"cin": "U72900KA2015PTC082988"},
    "dl": {"dl_number": "KA0120117391546", "date_of_birth": "1990-04-21"},
    "passport": {"file_number": "BN1067391546372", "date_of_birth": "1990-04-21", "name": "Asha Rao"},
    "voter_id": {"epic_number": "QZX7391546", "name": "Asha Rao"},
    "aadhaar": {"name": "Asha Rao"},
}


@pytest.fixture
def vendor() -> Iterator[SecureId]:
    with secure_id() as running:
        yield running


def account_at(vendor: SecureId) -> CashfreeAccount:
    return CashfreeAccount(f"{vendor.url}/verification", CLIENT, SECRET)


def ask(vendor: SecureId, kind: str, tries: int = 0, **details: str) -> ProviderAnswer:
    question = ProviderQuestion(ID, kind, {**DETAILS[kind], **details}, tries, "https://wallet.example.com/")
    return ask_cashfree(account_at(vendor), question, NOW)


@pytest.mark.parametrize(
    ("kind", "path", "sent"),
    [
        ("pan", "/pan", {"pan": "AQWPZ7391K", "name": "Asha Rao"}),
        ("gstin", "/gstin", {"GSTIN": "38AAPFU0939F1ZS", "businessName": "Kaveri Stores Pvt Ltd"}),
        ("upi", "/upi/advance", {"verification_id": ID, "vpa": "asha@okaxis", "name": "Asha Rao"}),
        ("cin", "/cin", {"verification_id": ID, "cin": "U72900KA2015PTC082988"}),
        ("dl", "/driving-license", {"verification_id": ID, "dl_number": "KA0120117391546", "dob": "1990-04-21"}),
        (
            "passport",
            "/passport",
            {"verification_id": ID, "file_number": "BN1067391546372", "dob": "1990-04-21", "name": "Asha Rao"},
        ),
        ("voter_id", "/voter-id", {"verification_id": ID, "epic_number": "QZX7391546", "name": "Asha Rao"}),
    ],
)
def test_each_kind_is_sent_as_documented_and_verified(
    vendor: SecureId, kind: str, path: str, sent: dict[str, str]
) -> None:
    answer = ask(vendor, kind)
    ((method, asked, headers, body),) = vendor.seen
    assert (method, asked, body) == ("POST", f"/verification{path}", sent)
    assert (headers["x-client-id"], headers["x-client-secret"]) == (CLIENT, SECRET)
    assert headers["x-api-version"] == "2023-12-18"
    assert "x-cf-signature" not in headers
    assert answer.outcome is not None
    assert (answer.outcome.status, answer.outcome.level, answer.trouble) == ("verified", "provider", None)
    assert answer.reference


def test_facts_are_few_and_none_is_of_a_persons_private_life(vendor: SecureId) -> None:
    told = json.dumps([dict(outcome.facts) for kind in DETAILS if (outcome := ask(vendor, kind).outcome)])
    for private in ("1990", "1985", "Residency", "DIRECTOR", "36", "404223241811", "ASHA"):
        assert private not in told
    assert "KAVERI STORES PRIVATE LIMITED" in told
    assert "2031-08-11" in told


def test_names_are_scored_by_cashfree_or_by_us_where_it_gives_the_name_alone(vendor: SecureId) -> None:
    for kind, grade in (("pan", "DIRECT_MATCH"), ("bank", "GOOD_PARTIAL_MATCH"), ("passport", "DIRECT_MATCH")):
        outcome = ask(vendor, kind).outcome
        assert outcome is not None
        assert outcome.name_match is not None
        assert outcome.name_match.grade == grade
    other = ask(vendor, "voter_id", name="Vikram Singh").outcome
    assert other is not None
    assert other.name_match is not None
    assert other.name_match.grade == "NO_MATCH"


@pytest.mark.parametrize(
    ("kind", "path", "changed", "reason"),
    [
        ("pan", "/pan", {"valid": False}, "not_found"),
        ("gstin", "/gstin", {"valid": False}, "not_found"),
        ("gstin", "/gstin", {"gst_in_status": "Cancelled"}, "not_active"),
        ("cin", "/cin", {"status": "INVALID"}, "not_found"),
        ("upi", "/upi/advance", {"status": "INVALID"}, "not_found"),
    ],
)
def test_what_the_issuer_does_not_know_is_rejected(
    vendor: SecureId, kind: str, path: str, changed: dict[str, Any], reason: str
) -> None:
    vendor.answers[path] |= changed
    outcome = ask(vendor, kind).outcome
    assert outcome is not None
    assert (outcome.status, outcome.reason) == ("rejected", reason)


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (401, "provider_credentials"),
        (403, "provider_credentials"),
        (422, "provider_balance"),
        (429, "provider_busy"),
        (500, "no_answer"),
        (502, "no_answer"),
    ],
)
@pytest.mark.parametrize("kind", DETAILS)
def test_what_is_wrong_at_cashfree_decides_nothing(vendor: SecureId, kind: str, status: int, trouble: str) -> None:
    vendor.status = status
    assert ask(vendor, kind) == ProviderAnswer(trouble=trouble)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", DETAILS)
def test_silence_and_nonsense_decide_nothing(vendor: SecureId, kind: str) -> None:
    vendor.garbled = True
    assert ask(vendor, kind).trouble == "unreadable_answer"
    vendor.garbled, vendor.loses_replies = False, True
    assert ask(vendor, kind, 1).trouble == "no_answer"
    for answer in vendor.answers.values():
        answer.pop("valid", None)
        answer["status"] = "SOMETHING_NEW"
    vendor.loses_replies = False
    if kind not in ("bank", "aadhaar"):
        assert ask(vendor, kind, 2).trouble == "unreadable_answer"


def test_a_request_that_cashfree_finds_fault_with_has_failed(vendor: SecureId) -> None:
    vendor.status = 400
    outcome = ask(vendor, "pan").outcome
    assert outcome is not None
    assert (outcome.status, outcome.reason) == ("failed", "refused_by_provider")


def test_a_used_verification_id_is_not_the_end(vendor: SecureId) -> None:
    vendor.loses_replies = True
    assert ask(vendor, "cin").trouble == "no_answer"
    vendor.loses_replies = False
    again = ask(vendor, "cin", tries=0)  # the run that was told nothing died before it could count
    assert again.outcome is not None
    assert [body["verification_id"] for _, _, _, body in vendor.seen] == [ID, ID, f"{ID}.100"]
    assert all(len(body["verification_id"]) <= 50 for _, _, _, body in vendor.seen)


def test_a_bank_account_is_paid_one_rupee_however_often_it_is_asked_about(vendor: SecureId) -> None:
    vendor.loses_replies = True
    assert ask(vendor, "bank").trouble == "no_answer"
    vendor.loses_replies = False
    for tries in (0, 1, 2):
        answer = ask(vendor, "bank", tries)
        assert answer.outcome is not None
        assert answer.outcome.status == "verified"
    assert vendor.penny_drops == 1


@pytest.mark.parametrize(
    ("status", "code", "found"),
    [
        ("INVALID", "INVALID_ACCOUNT_FAIL", ("rejected", "invalid_account_fail")),
        ("FAILED", "BENEFICIARY_BANK_OFFLINE", ("failed", "beneficiary_bank_offline")),
        ("REJECTED", "INSUFFICIENT_BALANCE", ("failed", "insufficient_balance")),
        ("MANUALLY_REJECTED", None, ("failed", "not_checked")),
    ],
)
def test_a_bank_account_that_is_wrong_differs_from_one_that_was_not_checked(
    vendor: SecureId, status: str, code: str | None, found: tuple[str, str]
) -> None:
    vendor.account_outcome = {"reference_id": 34, "account_status": status, "account_status_code": code}
    outcome = ask(vendor, "bank").outcome
    assert outcome is not None
    assert (outcome.status, outcome.reason) == found


def test_a_bank_account_that_takes_its_time_is_pending(vendor: SecureId) -> None:
    vendor.settles_at_once = False
    assert ask(vendor, "bank") == ProviderAnswer(reference="34")


def test_aadhaar_goes_by_digilocker_without_its_number(vendor: SecureId) -> None:
    begun = ask(vendor, "aadhaar")
    assert begun.continue_url is not None
    (_, path, _, body) = vendor.seen[0]
    assert (path, body["document_requested"]) == ("/verification/digilocker", ["AADHAAR"])
    assert ask(vendor, "aadhaar", 1) == ProviderAnswer(reference="12345")
    vendor.sessions[ID] |= {"status": "AUTHENTICATED", "document_consent": ["AADHAAR"]}
    shared = ask(vendor, "aadhaar", 2).outcome
    assert shared is not None
    assert (shared.status, dict(shared.facts)) == ("verified", {"last_four": "7058"})
    for status, reason in (("CONSENT_DENIED", "consent_denied"), ("EXPIRED", "link_expired")):
        vendor.sessions[ID]["status"] = status
        ended = ask(vendor, "aadhaar", 2).outcome
        assert ended is not None
        assert (ended.status, ended.reason) == ("failed", reason)


def test_requests_are_signed_with_cashfrees_key(vendor: SecureId) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    question = ProviderQuestion(ID, "pan", DETAILS["pan"], 0, "https://wallet.example.com/")
    ask_cashfree(replace(account_at(vendor), public_key=pem), question, NOW)
    sent = base64.b64decode(vendor.seen[0][2]["x-cf-signature"])
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303
    assert key.decrypt(sent, oaep) == f"{CLIENT}.1795253400".encode()


def test_webhooks_are_verified_in_both_of_their_forms() -> None:
    body = json.dumps({"event_type": "BANK_ACCOUNT_VERIFICATION_SUCCESS", "data": {"user_id": ID}}).encode()
    stamp = "1746427759733"
    shown = base64.b64encode(hmac.digest(SECRET.encode(), stamp.encode() + body, "sha256")).decode()
    headers = {"x-webhook-timestamp": stamp, "x-webhook-signature": shown}
    assert webhook_is_signed(headers, body, SECRET)
    assert not webhook_is_signed(headers, body + b" ", SECRET)
    assert not webhook_is_signed({**headers, "x-webhook-timestamp": "1746427759734"}, body, SECRET)
    assert not webhook_is_signed({"x-webhook-signature": shown}, body, SECRET)
    assert not webhook_is_signed({}, body, SECRET)

    data = {"user_id": ID, "reference_id": 34, "account_status": "VALID"}
    older = base64.b64encode(hmac.digest(SECRET.encode(), f"VALID34{ID}".encode(), "sha256")).decode()
    assert webhook_is_signed({}, json.dumps({"signature": older, "data": data}).encode(), SECRET)
    forged = {"signature": older, "data": {**data, "account_status": "INVALID"}}
    assert not webhook_is_signed({}, json.dumps(forged).encode(), SECRET)
    for nonsense in (b"", b"[]", b"{}", b'{"signature": 1, "data": {}}', b'{"signature": "x", "data": 1}'):
        assert not webhook_is_signed({}, nonsense, SECRET)


def test_a_webhook_names_the_check_that_it_is_about() -> None:
    assert webhook_subject(json.dumps({"data": {"user_id": ID}}).encode()) == ID
    assert webhook_subject(json.dumps({"data": {"verification_id": ID}}).encode()) == ID
    for nonsense in (b"", b"[]", b"{}", b'{"data": 1}', b'{"data": {"user_id": 1}}'):
        assert webhook_subject(nonsense) is None
