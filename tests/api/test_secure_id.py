"""Live identity checks by Cashfree Secure ID over HTTP.

The routes: ReadVerificationProvider, SaveVerificationProvider, ListOpenVerifications, ReceiveVerificationEvent, and
those of checks; the function FollowUpVerifications.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from batua import clock, settings
from batua.identity import throttle
from batua.store import verification_keys
from batua.store.store import store
from batua.verification import asking
from local.host import LocalPlatform
from tests.api.verification_fixtures import CHECKS, CONSENT, IDENTIFIERS, SECRETS, everything_stored
from tests.fakes.secure_id import CLIENT, SECRET, SecureId, secure_id
from tests.prefunds import Actor, actor
from tests.support_desk import data, refused

PROVIDER = f"{CHECKS}/provider"
WEBHOOK = f"{CHECKS}/webhook"
ACCOUNT = {"provider": "cashfree", "client_id": CLIENT, "client_secret": SECRET}


@pytest.fixture(scope="module")
def boss(platform: LocalPlatform) -> Actor:
    return actor(platform, "Batua", "super_admin")


@pytest.fixture(scope="module")
def owner(platform: LocalPlatform) -> Actor:
    return actor(platform, "Sitara Network", "tenant_admin")


@pytest.fixture
def vendor(platform: LocalPlatform, boss: Actor, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecureId]:
    """Cashfree, with the operator's account there; afterwards checks are local again."""
    with secure_id() as running:
        monkeypatch.setenv("CASHFREE_URL", running.url)
        settings.reset_settings()
        monkeypatch.setattr(asking, "_BUDGET", type(asking._BUDGET)(allowance=1_000_000))
        data(boss.put(PROVIDER, ACCOUNT))
        yield running
        data(boss.put(PROVIDER, {"provider": "local"}))
    monkeypatch.undo()
    settings.reset_settings()


def verify(who: Actor, kind: str, **more: Any) -> dict[str, Any]:
    content = {} if kind == "aadhaar" else IDENTIFIERS[kind]
    found: dict[str, Any] = data(who.post(f"{CHECKS}/verify-{kind}", {"consent": CONSENT, **content, **more}))
    return found


def later(minutes: int) -> int:
    """What the schedule does so many minutes from now."""
    return asking.follow_up_verifications(store(), clock.system() + minutes * throttle.MINUTE)


def announce(platform: LocalPlatform, event: str, secret: str = SECRET, **about: str) -> requests.Response:
    body = json.dumps({"event_type": event, "event_time": "2026-11-21 15:00:00", "version": "v2", "data": about})
    stamp = "1746427759733"
    shown = base64.b64encode(hmac.digest(secret.encode(), (stamp + body).encode(), "sha256")).decode()
    headers = {"x-webhook-timestamp": stamp, "x-webhook-signature": shown, "content-type": "application/json"}
    return requests.post(platform.url + WEBHOOK, data=body, headers=headers, timeout=30)


@pytest.mark.parametrize("kind", [kind for kind in IDENTIFIERS if kind != "aadhaar"])
def test_a_live_check_is_decided_by_the_provider(vendor: SecureId, owner: Actor, kind: str) -> None:
    found = verify(owner, kind)
    assert (found["status"], found["level"]) == ("verified", "provider")
    assert found["reference"]
    assert data(owner.get(f"{CHECKS}/{found['id']}"))["status"] == "verified"


def test_what_is_wrong_on_the_face_of_it_is_not_paid_for(vendor: SecureId, owner: Actor) -> None:
    assert verify(owner, "gstin", gstin="29AAICP2912R1ZS")["reason"] == "check_digit"
    assert verify(owner, "bank", ifsc="YESB0ZZZZZZ")["reason"] == "unknown_branch"
    sandbox = owner.post(f"{CHECKS}/verify-bank", {"account_number": "1", "ifsc": "X", "consent": CONSENT})
    assert refused(sandbox) == (400, "validation_error")
    assert vendor.seen == []


def test_the_sandbox_asks_nobody(vendor: SecureId, platform: LocalPlatform) -> None:
    tester = actor(platform, "Sitara Network", "tenant_admin", mode="test")
    assert verify(tester, "pan")["level"] == "sandbox"
    assert vendor.seen == []


@pytest.mark.parametrize("kind", ["pan", "bank", "cin"])
def test_a_lost_reply_is_made_up_for_by_the_schedule(vendor: SecureId, owner: Actor, kind: str) -> None:
    vendor.loses_replies = True
    found = verify(owner, kind)
    assert (found["status"], found["level"]) == ("submitted", None)
    vendor.loses_replies = False
    later(0)
    assert data(owner.get(f"{CHECKS}/{found['id']}"))["status"] == "submitted", "it is asked too soon"
    assert later(3) >= 1
    assert data(owner.get(f"{CHECKS}/{found['id']}"))["status"] == "verified"
    assert vendor.penny_drops == (kind == "bank")
    assert later(60) == 0


def test_the_operator_sees_what_waits_for_the_provider_and_no_identifier(
    vendor: SecureId, boss: Actor, owner: Actor, platform: LocalPlatform
) -> None:
    vendor.loses_replies = True
    found = verify(owner, "pan")
    vendor.loses_replies = False
    answer = boss.get(f"{CHECKS}/open")
    (row,) = [row for row in data(answer) if row["id"] == found["id"]]
    assert (row["tenant_id"], row["kind"], row["status"]) == (owner.tenant, "pan", "submitted")
    assert row["submitted_at"] <= row["next_at"] <= row["expires_at"]
    assert [secret for secret in SECRETS if secret.lower() in answer.text.lower()] == []
    assert refused(owner.get(f"{CHECKS}/open")) == (403, "forbidden")
    assert data(actor(platform, "Batua", "staff").get(f"{CHECKS}/open"))
    later(3)
    assert found["id"] not in {row["id"] for row in data(boss.get(f"{CHECKS}/open"))}


def test_the_operators_troubles_are_not_the_tenants(vendor: SecureId, owner: Actor) -> None:
    vendor.status = 422  # the operator's balance at Cashfree is used up
    found = verify(owner, "pan")
    assert found["status"] == "submitted"
    vendor.status = 0
    later(3)
    assert data(owner.get(f"{CHECKS}/{found['id']}"))["status"] == "verified"


def test_a_check_that_nobody_answers_for_a_day_ends(vendor: SecureId, owner: Actor) -> None:
    vendor.status = 500
    found = verify(owner, "pan")
    later(24 * 60 + 1)
    ended = data(owner.get(f"{CHECKS}/{found['id']}"))
    assert ended["status"] == "expired"
    assert later(48 * 60) == 0


def test_a_withdrawn_check_stays_withdrawn_whatever_comes(vendor: SecureId, owner: Actor) -> None:
    vendor.status = 500
    found = verify(owner, "bank")
    assert data(owner.call("DELETE", f"{CHECKS}/{found['id']}"))["status"] == "withdrawn"
    vendor.status = 0
    later(60)
    assert data(owner.get(f"{CHECKS}/{found['id']}"))["status"] == "withdrawn"
    assert vendor.penny_drops == 0


def test_a_webhook_has_a_bank_account_looked_up_once(vendor: SecureId, owner: Actor, platform: LocalPlatform) -> None:
    vendor.settles_at_once = False
    id = verify(owner, "bank")["id"]
    assert data(owner.get(f"{CHECKS}/{id}"))["status"] == "pending"
    vendor.accounts[id] |= vendor.account_outcome
    event = "BANK_ACCOUNT_VERIFICATION_SUCCESS"
    assert announce(platform, event, "another secret", user_id=id).status_code == 401
    assert data(owner.get(f"{CHECKS}/{id}"))["status"] == "pending"
    assert announce(platform, event, user_id=id).json() == {"status": "looked_up"}
    assert data(owner.get(f"{CHECKS}/{id}"))["status"] == "verified"
    asked = len(vendor.seen)
    assert announce(platform, event, user_id=id).json() == {"status": "ignored"}
    for nothing in ({}, {"user_id": "x"}, {"user_id": "vrf_01KDC0V6M8W3T4Q9X2Z7N5B1FA"}):
        assert announce(platform, event, **nothing).json() == {"status": "ignored"}
    assert len(vendor.seen) == asked


def test_a_webhook_does_not_decide_by_what_it_says(vendor: SecureId, owner: Actor, platform: LocalPlatform) -> None:
    vendor.settles_at_once = False
    id = verify(owner, "bank")["id"]
    answer = announce(platform, "BANK_ACCOUNT_VERIFICATION_SUCCESS", user_id=id, account_status="VALID")
    assert answer.json() == {"status": "looked_up"}
    assert data(owner.get(f"{CHECKS}/{id}"))["status"] == "pending"


def test_aadhaar_details_are_shared_at_digilocker(vendor: SecureId, owner: Actor, platform: LocalPlatform) -> None:
    found = verify(owner, "aadhaar", name="Asha Rao")
    assert (found["status"], found["identifier"]) == ("pending", None)
    assert found["continue_url"].startswith("https://verification.cashfree.com/dgl?")
    path = f"{CHECKS}/{found['id']}"
    assert data(owner.get(path))["continue_url"] == found["continue_url"]
    vendor.sessions[found["id"]] |= {"status": "AUTHENTICATED", "document_consent": ["AADHAAR"]}
    announce(platform, "DIGILOCKER_VERIFICATION_SUCCESS", verification_id=found["id"])
    done = data(owner.get(path))
    assert (done["status"], done["identifier"], done["facts"]) == ("verified", "••••7058", {})
    assert (done["name_match"]["result"], done["continue_url"]) == ("DIRECT_MATCH", None)


def test_without_digilocker_the_number_is_needed(owner: Actor) -> None:
    answer = owner.post(f"{CHECKS}/verify-aadhaar", {"consent": CONSENT})
    assert refused(answer) == (400, "validation_error")
    assert list(answer.json()["errors"]) == ["aadhaar_number"]


def test_a_draft_is_asked_about_when_it_is_submitted(vendor: SecureId, owner: Actor) -> None:
    body = {"kind": "pan", "details": {"pan": "AQWPZ7391K"}, "consent": CONSENT, "submit": False}
    made = data(owner.post(CHECKS, body), 201)
    assert vendor.seen == []
    done = data(owner.call("PATCH", f"{CHECKS}/{made['id']}", json={"submit": True}))
    assert (done["status"], done["level"]) == ("verified", "provider")


def test_one_key_asks_the_provider_once_however_many_come(vendor: SecureId, owner: Actor) -> None:
    body = {**IDENTIFIERS["bank"], "consent": CONSENT, "idempotency_key": f"bank-{owner.id}"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: owner.post(f"{CHECKS}/verify-bank", body), range(8)))
    assert len({data(answer)["id"] for answer in answers}) == 1
    assert vendor.penny_drops == 1


def test_the_minutes_questions_are_shared_by_all_tenants(
    vendor: SecureId, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_BUDGET", type(asking._BUDGET)(allowance=0))
    monkeypatch.setattr(asking, "PROVIDER_PER_MINUTE", 0)
    answer = owner.post(f"{CHECKS}/verify-pan", {**IDENTIFIERS["pan"], "consent": CONSENT})
    assert refused(answer) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) <= 60
    assert vendor.seen == []


def test_open_and_decided_checks_leave_no_identifier_anywhere(
    vendor: SecureId, owner: Actor, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    for kind in IDENTIFIERS:
        verify(owner, kind)
    vendor.status = 500
    for kind in IDENTIFIERS:
        verify(owner, kind)
    everything = everything_stored() + capfd.readouterr().out
    for secret in (*SECRETS, SECRET, "7739154", "ASHA RAO"):
        assert secret not in everything
    vendor.status = 0
    later(10)


def test_the_account_is_saved_shown_without_its_secret_and_erased(boss: Actor) -> None:
    saved = data(boss.put(PROVIDER, {**ACCOUNT, "environment": "sandbox"}))
    assert (saved["provider"], saved["environment"], saved["client_id"]) == ("cashfree", "sandbox", CLIENT)
    assert saved["webhook_url"].endswith(WEBHOOK)
    shown = boss.get(PROVIDER)
    assert data(shown) == saved
    assert SECRET not in shown.text
    assert SECRET not in everything_stored()
    old = boss.put(PROVIDER, {**ACCOUNT, "version": saved["version"] - 1})
    assert refused(old) == (409, "version_conflict")
    gone = data(boss.put(PROVIDER, {"provider": "local", "version": saved["version"]}))
    assert (gone["provider"], gone["client_id"], gone["webhook_url"]) == ("local", None, None)
    record = store().read([verification_keys.verification_provider_key()]).popitem()[1]
    assert record is not None
    assert "secret" not in record


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"client_secret": None}, "client_secret"),
        ({"client_id": None}, "client_id"),
        ({"public_key": "nonsense"}, "public_key"),
        ({"provider": "other"}, "provider"),
    ],
)
def test_an_account_that_cannot_work_is_refused_by_field(boss: Actor, changed: dict[str, Any], field: str) -> None:
    answer = boss.put(PROVIDER, {**ACCOUNT, **changed})
    assert refused(answer) == (400, "validation_error")
    assert list(answer.json()["errors"]) == [field]


def test_only_the_operators_super_admin_reaches_the_account(platform: LocalPlatform, owner: Actor) -> None:
    for who in (owner, actor(platform, "Batua", "staff")):
        assert refused(who.get(PROVIDER)) == (403, "forbidden")
        assert refused(who.put(PROVIDER, ACCOUNT)) == (403, "forbidden")
    unproved = actor(platform, "Batua", "super_admin")
    del unproved.headers["X-Reauthentication"]
    assert unproved.put(PROVIDER, ACCOUNT).status_code == 403


def test_a_webhook_without_an_account_finds_nothing(platform: LocalPlatform) -> None:
    assert announce(platform, "BANK_ACCOUNT_VERIFICATION_SUCCESS", user_id="x").status_code == 404


def test_the_schedule_runs_under_its_own_role(vendor: SecureId, owner: Actor, platform: LocalPlatform) -> None:
    vendor.status = 500
    id = verify(owner, "pan")["id"]
    vendor.status = 0
    key = verification_keys.open_verification_key(id)
    record = store().read([key])[key]
    assert record is not None
    from batua.store.writes import Put

    item = {name: value for name, value in record.items() if name not in ("pk", "sk")}
    store().write(Put(key, {**item, "g2s": f"2026-01-01T00:00:00.000Z#{id}"}))
    assert platform.embedded_aws.run_schedule("FollowUpVerifications")["checks"] >= 1
    assert data(owner.get(f"{CHECKS}/{id}"))["status"] == "verified"
