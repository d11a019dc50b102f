"""Identity checks over HTTP, and where the identifiers do not go.

The routes: ListVerifications, SubmitVerification, ReadVerification, ReplaceVerification, UpdateVerification,
DeleteVerification, VerifyAadhaar, VerifyBank, VerifyCin, VerifyDrivingLicence, VerifyDocument, VerifyGstin, VerifyPan,
VerifyPassport, VerifyUpi, VerifyVoterId.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from local.host import LocalPlatform
from tests.api.verification_fixtures import CHECKS, CONSENT, IDENTIFIERS, SECRETS, _text, everything_stored
from tests.prefunds import Actor, actor, upload
from tests.support_desk import data, refused

NOBODY = "vrf_01KDC0V6M8W3T4Q9X2Z7N5B1FA"
SECRETS += ["KA0120117391546", "BN1067391546372", "QZX7391546", "999941057058", "655675523712"]


@dataclass(frozen=True)
class Actors:
    live: Actor
    test: Actor
    stranger: Actor
    viewer: Actor


@pytest.fixture(scope="module")
def actors(platform: LocalPlatform) -> Actors:
    return Actors(
        live=actor(platform, "Sitara Network", "tenant_admin"),
        test=actor(platform, "Sitara Network", "tenant_admin", mode="test"),
        stranger=actor(platform, "Himal Network", "tenant_admin"),
        viewer=actor(platform, "Sitara Network", "viewer"),
    )


def verify(who: Actor, kind: str, **content: Any) -> Any:
    return data(who.post(f"{CHECKS}/verify-{kind}", {"consent": CONSENT, **content}))


def draft(who: Actor, **more: Any) -> dict[str, Any]:
    body = {"kind": "pan", "details": {"pan": "AQWPZ7391K"}, "consent": CONSENT, "submit": False, **more}
    found: dict[str, Any] = data(who.post(CHECKS, body), 201)
    return found


@pytest.mark.parametrize("kind", IDENTIFIERS)
def test_a_live_check_says_that_it_is_one_of_form_alone(actors: Actors, kind: str) -> None:
    found = verify(actors.live, kind, **IDENTIFIERS[kind])
    assert (found["status"], found["level"], found["name_match"]) == (
        "verified",
        "directory" if kind == "bank" else "format",
        None,
    )
    first = next(iter(IDENTIFIERS[kind].values()))
    assert found["identifier"].lower() == f"••••{first[-4:]}".lower()
    assert found["consent"]["text_version"] == "kyc-2026-11"
    assert found["consent"]["address"]
    assert found["erased_at"] > found["consent"]["at"]


def test_the_sandbox_answers_the_published_values_always_the_same(actors: Actors) -> None:
    pan = verify(actors.test, "pan", pan="ABCPV1234D", name="Mr John Doe")
    assert (pan["status"], pan["level"]) == ("verified", "sandbox")
    assert pan["name_match"] == {"score": 100, "result": "DIRECT_MATCH"}
    assert verify(actors.test, "pan", pan="ABCPV1234D", name="Asha Rao")["name_match"]["result"] == "NO_MATCH"
    assert verify(actors.test, "gstin", gstin="29AAICP2912R1ZR")["status"] == "verified"
    for account, ifsc, status in (
        ("026291800001191", "YESB0000262", "verified"),
        ("026291800001190", "YESB0000262", "rejected"),
        ("007711000031", "HDFC0000077", "pending"),
    ):
        assert verify(actors.test, "bank", account_number=account, ifsc=ifsc)["status"] == status
    assert verify(actors.test, "voter-id", epic_number="ABC1230000")["reason"] == "not_found"


def test_a_wrong_check_digit_is_a_finding_and_a_wrong_form_is_a_refusal(actors: Actors) -> None:
    mistyped = verify(actors.live, "gstin", gstin="29AAICP2912R1ZS")
    assert (mistyped["status"], mistyped["reason"]) == ("rejected", "check_digit")
    answer = actors.live.post(f"{CHECKS}/verify-bank", {"account_number": "12", "ifsc": "YES", "consent": CONSENT})
    assert refused(answer) == (400, "validation_error")
    assert set(answer.json()["errors"]) == {"account_number", "ifsc"}


@pytest.mark.parametrize("consent", [None, {"accepted": False, "text_version": "1"}, {"accepted": True}])
def test_nobody_is_checked_without_consent(actors: Actors, consent: Any) -> None:
    for kind, content in IDENTIFIERS.items():
        body = {**content, **({"consent": consent} if consent else {})}
        assert refused(actors.live.post(f"{CHECKS}/verify-{kind}", body)) == (400, "validation_error")


def test_an_aadhaar_number_is_verified_with_a_code_in_the_sandbox(actors: Actors) -> None:
    begun = verify(actors.test, "aadhaar", aadhaar_number="6556 7552 3712")
    assert (begun["status"], begun["identifier"]) == ("pending", "••••3712")
    path, id = f"{CHECKS}/verify-aadhaar", begun["id"]
    assert refused(actors.test.post(path, {"verification_id": id, "otp": "000000"})) == (422, "verification_otp_wrong")
    done = data(actors.test.post(path, {"verification_id": id, "otp": "111000"}))
    assert (done["status"], done["level"]) == ("verified", "sandbox")
    assert refused(actors.test.post(path, {"verification_id": id, "otp": "111000"})) == (409, "verification_state")
    assert refused(actors.test.post(path, {"verification_id": NOBODY, "otp": "111000"})) == (
        404,
        "verification_not_found",
    )
    assert refused(actors.test.post(path, {"verification_id": id})) == (400, "validation_error")


def test_the_third_wrong_code_rejects_an_aadhaar_check(actors: Actors) -> None:
    id = verify(actors.test, "aadhaar", aadhaar_number="655675523712")["id"]
    answers = [actors.test.post(f"{CHECKS}/verify-aadhaar", {"verification_id": id, "otp": "123456"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 200]
    assert (data(answers[2])["status"], data(answers[2])["reason"]) == ("rejected", "otp_attempts")


def test_a_code_that_comes_after_ten_minutes_is_too_late(actors: Actors) -> None:
    early = actors.test.at("2026-11-21T09:00:00Z")
    body = {"aadhaar_number": "655675523712", "consent": CONSENT}
    id = data(early.post(f"{CHECKS}/verify-aadhaar", body))["id"]
    late = actors.test.at("2026-11-21T09:10:00Z")
    assert data(late.get(f"{CHECKS}/{id}"))["status"] == "expired"
    answer = late.post(f"{CHECKS}/verify-aadhaar", {"verification_id": id, "otp": "111000"})
    assert refused(answer) == (409, "verification_state")


def test_a_document_is_verified_once_its_content_is_checked(actors: Actors) -> None:
    document = upload(actors.live)
    path, body = f"{CHECKS}/verify-document", {"document_id": document, "consent": CONSENT}
    assert refused(actors.live.post(path, body)) == (422, "document_unfit")
    data(actors.live.get(f"/api/v1/tenant/documents/{document}"))
    found = data(actors.live.post(path, body))
    assert (found["status"], found["facts"]["media_type"]) == ("verified", "application/pdf")
    assert refused(actors.stranger.post(path, body)) == (404, "not_found")
    assert refused(actors.live.post(path, {**body, "document_id": "nonsense"})) == (404, "not_found")


def test_only_a_draft_changes_and_submitting_it_ends_that(actors: Actors) -> None:
    made = draft(actors.live)
    path = f"{CHECKS}/{made['id']}"
    assert (made["status"], made["level"], made["identifier"]) == ("draft", None, "••••391K")
    body = {"kind": "pan", "details": {"pan": "ABCPV1234D"}, "consent": CONSENT, "submit": False}
    assert data(actors.live.put(path, body))["identifier"] == "••••234D"
    changed = data(actors.live.call("PATCH", path, json={"details": {"name": "Asha Rao"}, "submit": True}))
    assert (changed["status"], changed["identifier"], changed["version"]) == ("verified", "••••234D", 3)
    for answer in (actors.live.put(path, body), actors.live.call("PATCH", path, json={"submit": True})):
        assert refused(answer) == (409, "verification_state")
    assert refused(actors.live.call("DELETE", path)) == (409, "verification_state")
    other = actors.live.put(f"{CHECKS}/{draft(actors.live)['id']}", {**body, "kind": "cin"})
    assert refused(other) == (400, "validation_error")


def test_details_that_the_kind_does_not_take_are_refused_by_name(actors: Actors) -> None:
    for details, field in (
        ({"pam": "ABCPV1234D"}, "details.pam"),
        ({"pan": "1"}, "details.pan"),
        ({}, "details.pan"),
    ):
        answer = actors.live.post(CHECKS, {"kind": "pan", "details": details, "consent": CONSENT, "submit": False})
        assert refused(answer) == (400, "validation_error")
        assert list(answer.json()["errors"]) == [field]
    aadhaar = {"kind": "aadhaar", "details": {"aadhaar_number": "999941057058"}, "consent": CONSENT}
    assert refused(actors.live.post(CHECKS, aadhaar)) == (400, "validation_error")
    assert refused(actors.live.call("PATCH", f"{CHECKS}/{draft(actors.live)['id']}", json={})) == (
        400,
        "validation_error",
    )


def test_a_draft_is_withdrawn_once_and_its_details_go(actors: Actors) -> None:
    path = f"{CHECKS}/{draft(actors.live)['id']}"
    assert data(actors.live.call("DELETE", path))["status"] == "withdrawn"
    again = data(actors.live.call("DELETE", path))
    assert (again["status"], again["version"]) == ("withdrawn", 2)


def test_the_same_idempotency_key_makes_one_check(actors: Actors) -> None:
    body = {"pan": "ABCPV1234D", "consent": CONSENT, "idempotency_key": f"once-{actors.live.id}"}
    first, second = (actors.live.post(f"{CHECKS}/verify-pan", body) for _ in range(2))
    assert data(first)["id"] == data(second)["id"]
    assert second.headers["Idempotency-Replayed"] == "true"
    other = actors.live.post(f"{CHECKS}/verify-pan", {**body, "pan": "AQWPZ7391K"})
    assert refused(other) == (422, "idempotency_key_reused")


def test_checks_are_listed_newest_first_by_kind_and_status_page_by_page(actors: Actors) -> None:
    for _ in range(3):
        draft(actors.live)
    page = actors.live.get(CHECKS, params={"status": "draft", "kind": "pan", "limit": 2}).json()
    more = actors.live.get(
        CHECKS, params={"status": "draft", "kind": "pan", "limit": 2, "cursor": page["meta"]["next_cursor"]}
    ).json()
    listed = [each["id"] for each in (*page["data"], *more["data"])]
    assert len(listed) >= 3
    assert listed == sorted(set(listed), reverse=True)
    assert refused(actors.live.get(CHECKS, params={"cursor": "nonsense"})) == (400, "invalid_cursor")
    assert all(each["id"] not in listed for each in data(actors.test.get(CHECKS)))


def test_another_tenant_and_a_viewer_reach_no_check(actors: Actors) -> None:
    id = draft(actors.live)["id"]
    body = {"kind": "pan", "details": {"pan": "ABCPV1234D"}, "consent": CONSENT}
    for who, refusal in (
        (actors.stranger, (404, "verification_not_found")),
        (actors.test, (404, "verification_not_found")),
        (actors.viewer, (403, "forbidden")),
    ):
        path = f"{CHECKS}/{id}"
        assert refused(who.get(path)) == refusal
        assert refused(who.put(path, body)) == refusal
        assert refused(who.call("PATCH", path, json={"submit": True})) == refusal
        assert refused(who.call("DELETE", path)) == refusal
    assert id not in actors.stranger.get(CHECKS).text
    assert refused(actors.live.get(f"{CHECKS}/{NOBODY}")) == (404, "verification_not_found")
    assert refused(actors.live.get(f"{CHECKS}/nonsense")) == (404, "verification_not_found")


def test_no_identifier_is_left_in_tables_buckets_events_queues_messages_or_logs(
    actors: Actors, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.events.models import EventsBackend

    events: list[str] = []
    put_events = EventsBackend.put_events

    def noted(self: Any, entries: list[Any]) -> Any:
        events.append(json.dumps(entries, default=_text))
        return put_events(self, entries)

    monkeypatch.setattr(EventsBackend, "put_events", noted)
    for who in (actors.live, actors.test):
        for kind, content in IDENTIFIERS.items():
            verify(who, kind, **content)
            if kind in ("pan", "gstin", "bank", "upi", "cin"):
                own = {name: value for name, value in content.items() if name not in ("name", "business_name")}
                assert verify(who, kind, subject="tenant", **own)["subject"] == "tenant"
            body = {"kind": kind.replace("-", "_"), "details": content, "consent": CONSENT}
            if kind != "aadhaar":
                id = data(who.post(CHECKS, {**body, "submit": False}), 201)["id"]
                data(who.get(f"{CHECKS}/{id}"))
                data(who.put(f"{CHECKS}/{id}", {**body, "submit": False}))
                data(who.call("PATCH", f"{CHECKS}/{id}", json={"details": content}))
            who.post(f"{CHECKS}/verify-{kind}", {**content, "consent": {}})
    verify(actors.test, "aadhaar", aadhaar_number="655675523712")
    shown = actors.live.get(CHECKS, params={"limit": 100}).text + actors.live.get("/local/outbox").text
    logged = "".join(capfd.readouterr())
    found = everything_stored()
    assert "VERIFICATION#" in found, "the scan sees the checks"
    for place, text in (("stored", found), ("answered", shown), ("announced", str(events)), ("logged", logged)):
        assert [secret for secret in SECRETS if secret.lower() in text.lower()] == [], place
