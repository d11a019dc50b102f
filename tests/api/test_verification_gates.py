"""What tenants have to verify before they may do this or that, over HTTP.

The routes: ReadVerificationRequirements, SaveVerificationRequirements, and those that are gated: CreateApiKey,
CreatePrefundRequest, FinalizeInvoice, GenerateInvoice, SaveTaxProfile, SavePaymentAccount.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from batua import settings
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Update
from batua.verification import asking
from local.host import LocalPlatform
from tests import prefunds
from tests.api.billing_fixtures import BUYER, PROFILE, SUPPLIER
from tests.api.verification_fixtures import CHECKS, CONSENT
from tests.fakes.secure_id import CLIENT, SECRET, SecureId, secure_id
from tests.prefunds import PREFUNDS, Actor, actor, actor_in
from tests.support_desk import data, refused

REQUIREMENTS = f"{CHECKS}/requirements"
KEY = {"name": "Till 1", "mode": "live", "scopes": ["ledger:read"]}
GSTIN = SUPPLIER["gstin"]


@pytest.fixture(scope="module")
def boss(platform: LocalPlatform) -> Actor:
    return actor(platform, "Batua", "super_admin")


@pytest.fixture(scope="module")
def owner(platform: LocalPlatform, boss: Actor) -> Actor:
    found = newcomer(platform, boss, "Nila Network")
    store().write(Update(keys.tenant_key(found.tenant), set={"nets": ["127.0.0.1/32"]}))
    return found


@pytest.fixture(autouse=True)
def _no_requirements_afterwards(boss: Actor) -> Iterator[None]:
    yield
    data(boss.put(REQUIREMENTS, {}))


def newcomer(platform: LocalPlatform, boss: Actor, name: str) -> Actor:
    """The administrator of a new tenant."""
    body = {"kind": "parent", "name": name, "slug": f"{name.split()[0].lower()}-{os.getpid()}"}
    made = data(boss.post("/api/v1/tenant/tree", body), 201)
    return actor_in(platform, made["id"], "tenant_admin", "finance")


def gate(who: Actor, action: str) -> dict[str, Any]:
    (found,) = [each for each in data(who.get(REQUIREMENTS))["gates"] if each["action"] == action]
    return dict(found)


def prove(who: Actor, kind: str, **content: Any) -> dict[str, Any]:
    body = {"consent": CONSENT, "subject": "tenant", **content}
    found: dict[str, Any] = data(who.post(f"{CHECKS}/verify-{kind}", body))
    return found


def test_nothing_is_gated_until_the_operator_says_so(owner: Actor) -> None:
    found = data(owner.get(REQUIREMENTS))
    assert [each["required"] for each in found["gates"]] == [[], [], [], []]
    data(owner.post("/api/v1/tenant/self-api-keys", KEY), 201)


def test_a_live_key_takes_the_verification_that_the_operator_names(boss: Actor, owner: Actor) -> None:
    data(boss.put(REQUIREMENTS, {"live_keys": ["cin"], "level": "format"}))
    answer = owner.post("/api/v1/tenant/self-api-keys", KEY)
    assert refused(answer) == (409, "verification_required")
    assert answer.json()["meta"]["missing"] == ["cin"]
    assert "cin" in answer.json()["message"]
    assert gate(owner, "live_keys")["missing"] == ["cin"]
    data(owner.post("/api/v1/tenant/self-api-keys", {**KEY, "mode": "test"}), 201)
    proof = prove(owner, "cin", cin="U72900KA2015PTC082988")
    assert (proof["status"], proof["subject"]) == ("verified", "tenant")
    assert gate(owner, "live_keys")["missing"] == []
    data(owner.post("/api/v1/tenant/self-api-keys", KEY), 201)
    (proved,) = data(owner.get(REQUIREMENTS))["proved"]
    assert (proved["kind"], proved["verification_id"], proved["accepted"]) == ("cin", proof["id"], True)


def test_a_check_of_form_is_no_proof_where_a_providers_is_required(boss: Actor, owner: Actor) -> None:
    data(boss.put(REQUIREMENTS, {"live_keys": ["pan"]}))
    prove(owner, "pan", pan="AQWPZ7391K")
    assert gate(owner, "live_keys")["missing"] == ["pan"]
    assert refused(owner.post("/api/v1/tenant/self-api-keys", KEY)) == (409, "verification_required")


def test_somebody_elses_identifier_and_the_sandbox_prove_nothing(
    platform: LocalPlatform, boss: Actor, owner: Actor
) -> None:
    data(boss.put(REQUIREMENTS, {"live_keys": ["upi"], "level": "format"}))
    data(owner.post(f"{CHECKS}/verify-upi", {"consent": CONSENT, "upi_id": "customer@okaxis"}))
    tester = actor_in(platform, owner.tenant, "tenant_admin", mode="test")
    prove(tester, "upi", upi_id="nila@okaxis")
    assert gate(owner, "live_keys")["missing"] == ["upi"]
    stranger = newcomer(platform, boss, "Tapti Stores")
    prove(stranger, "upi", upi_id="tapti@okaxis")
    assert gate(owner, "live_keys")["missing"] == ["upi"]


def test_a_check_of_the_tenant_takes_its_own_name_and_no_other(owner: Actor) -> None:
    body = {"consent": CONSENT, "subject": "tenant", "pan": "AQWPZ7391K", "name": "Somebody Else"}
    answer = owner.post(f"{CHECKS}/verify-pan", body)
    assert refused(answer) == (400, "validation_error")
    assert "Nila Network" in answer.json()["errors"]["name"][0]
    person = {"kind": "voter_id", "details": {"epic_number": "QZX7391546"}, "consent": CONSENT, "subject": "tenant"}
    assert set(owner.post(CHECKS, person).json()["errors"]) == {"subject"}


def test_a_key_of_somebody_elses_check_is_not_good_for_ones_own(owner: Actor) -> None:
    body = {"consent": CONSENT, "cin": "U72900KA2015PTC082988", "idempotency_key": f"once-{owner.id}"}
    data(owner.post(f"{CHECKS}/verify-cin", body))
    answer = owner.post(f"{CHECKS}/verify-cin", {**body, "subject": "tenant"})
    assert refused(answer) == (422, "idempotency_key_reused")


def test_a_draft_proves_when_it_is_submitted_and_keeps_the_tenants_name(boss: Actor, owner: Actor) -> None:
    data(boss.put(REQUIREMENTS, {"payouts": ["bank"], "level": "format"}))
    details = {"account_number": "918273645546372", "ifsc": "YESB0000262"}
    body = {"kind": "bank", "details": details, "consent": CONSENT, "subject": "tenant", "submit": False}
    made = data(owner.post(CHECKS, body), 201)
    assert gate(owner, "payouts")["missing"] == ["bank"]
    other = owner.call("PATCH", f"{CHECKS}/{made['id']}", json={"details": {"name": "Somebody Else"}})
    assert refused(other) == (400, "validation_error")
    data(owner.call("PATCH", f"{CHECKS}/{made['id']}", json={"submit": True}))
    assert gate(owner, "payouts")["missing"] == []


def test_a_prefund_above_the_limit_takes_the_verifications(boss: Actor, platform: LocalPlatform) -> None:
    teller = newcomer(platform, boss, "Mandovi Sweets")
    document = prefunds.upload(teller)
    data(boss.put(REQUIREMENTS, {"prefund": ["gstin"], "prefund_limit": "700", "level": "format"}))
    data(teller.post(PREFUNDS, prefunds.content(document)), 201)
    answer = teller.post(PREFUNDS, prefunds.content(document))
    assert refused(answer) == (409, "verification_required")
    assert (answer.json()["meta"]["limit"], answer.json()["meta"]["missing"]) == (700, ["gstin"])
    assert answer.json()["meta"]["requested_in_30_days"] >= 1000
    prove(teller, "gstin", gstin=GSTIN)
    data(teller.post(PREFUNDS, prefunds.content(document)), 201)


def test_an_invoice_under_a_gstin_takes_that_very_gstin(boss: Actor, owner: Actor) -> None:
    data(boss.put(REQUIREMENTS, {"gstin_invoices": True, "level": "format"}))
    data(owner.put(PROFILE, SUPPLIER))
    line = {"description": "Support", "unit_price": "100", "gst_rate": 18}
    made = data(owner.post("/api/v1/invoices", {"customer": BUYER, "lines": [line]}), 201)
    path = f"/api/v1/invoices/{made['id']}/finalize"
    assert refused(owner.post(path, {})) == (409, "verification_required")
    prove(owner, "gstin", gstin="29AAICP2912R1ZR")
    answer = owner.post(path, {})
    assert refused(answer) == (409, "verification_required")
    assert answer.json()["meta"]["gstin"] == GSTIN
    assert data(owner.get(f"/api/v1/invoices/{made['id']}"))["status"] == "draft"
    prove(owner, "gstin", gstin=GSTIN)
    assert data(owner.post(path, {}))["status"] == "open"


def test_where_customers_pay_to_takes_a_verification(boss: Actor, platform: LocalPlatform) -> None:
    owner = newcomer(platform, boss, "Zuari Stores")
    data(boss.put(REQUIREMENTS, {"payouts": ["cin"], "level": "format"}))
    assert refused(owner.put(PROFILE, SUPPLIER)) == (409, "verification_required")
    data(owner.put(PROFILE, {"legal_name": "Zuari Stores"}))
    account = {"provider": "cashfree", "key_id": "CF1046", "key_secret": "b3Jt0kq7ZpX2"}
    assert refused(owner.put("/api/v1/billing/payment-account", account)) == (409, "verification_required")
    assert data(owner.get("/api/v1/billing/payment-account"))["key_id"] is None


def test_who_may_say_what_is_required(boss: Actor, owner: Actor, platform: LocalPlatform) -> None:
    assert refused(owner.put(REQUIREMENTS, {"live_keys": []})) == (403, "forbidden")
    assert refused(actor(platform, "Sitara Network", "viewer").get(REQUIREMENTS)) == (403, "forbidden")
    assert refused(boss.put(REQUIREMENTS, {"live_keys": ["horoscope"]})) == (400, "validation_error")
    version = data(boss.get(REQUIREMENTS))["version"]
    data(boss.put(REQUIREMENTS, {"live_keys": ["pan", "pan"], "version": version}))
    assert gate(boss, "live_keys")["required"] == ["pan"]
    assert refused(boss.put(REQUIREMENTS, {"version": version})) == (409, "version_conflict")


@pytest.fixture
def vendor(boss: Actor, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecureId]:
    with secure_id() as running:
        monkeypatch.setenv("CASHFREE_URL", running.url)
        settings.reset_settings()
        monkeypatch.setattr(asking, "_BUDGET", type(asking._BUDGET)(allowance=1_000_000))
        data(boss.put(f"{CHECKS}/provider", {"provider": "cashfree", "client_id": CLIENT, "client_secret": SECRET}))
        yield running
        data(boss.put(f"{CHECKS}/provider", {"provider": "local"}))
    monkeypatch.undo()
    settings.reset_settings()


def test_what_the_provider_finds_under_another_name_is_no_proof(vendor: SecureId, boss: Actor, owner: Actor) -> None:
    data(boss.put(REQUIREMENTS, {"live_keys": ["pan"]}))
    found = prove(owner, "pan", pan="AQWPZ7391K")
    sent = vendor.seen[-1]
    assert (found["status"], found["level"]) == ("verified", "provider")
    assert "Nila Network" in str(sent)
    assert gate(owner, "live_keys")["missing"] == [], "Cashfree's own score counts"
    vendor.answers["/pan"] |= {"name_match_score": "38.00", "name_match_result": "POOR_PARTIAL_MATCH"}
    assert prove(owner, "pan", pan="AQWPZ7391K")["status"] == "verified"
    assert gate(owner, "live_keys")["missing"] == ["pan"], "the proof of this PAN has ended"
