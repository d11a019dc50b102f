"""A stolen session: what it can't do without the owner's password or second factor, and who hears of what it does."""

from __future__ import annotations

import re
from typing import Any

import pytest

from batua.openapi.inventory import EndpointSource, endpoint_inventory
from local.host import ROOT, LocalPlatform
from tests.api.auth_fixtures import Mailbox, Person
from tests.api.security_mails import mails
from tests.api.signed_in import SignedIn, SignIn, signed_in  # noqa: F401 - a fixture

GUARDED = [
    endpoint
    for endpoint in endpoint_inventory(ROOT)
    # Customers prove themselves by a code to their phone, which tests/api/test_customer_rewards.py holds.
    if endpoint.declaration.caller.step_up and endpoint.declaration.caller.kind != "customer"
]
STEPPED_UP = {
    "POST /api/v1/tenant/self-api-keys",
    "DELETE /api/v1/tenant/self-api-keys/{id}",
    "POST /api/v1/tenant/users",
    "PATCH /api/v1/tenant/users/{id}",
    "POST /api/v1/webhook-endpoints",
    "DELETE /api/v1/webhook-endpoints/{id}",
    "POST /api/v1/prefund/requests/{id}/decision/otp/request",
    "POST /api/v1/wallets/{id}/credit",
    "PUT /api/v1/merchant/earning-rules",
}
"""Some of the routes that need a proof, so that the list of declarations can't become empty unnoticed."""


def thief_of(owner: SignedIn) -> SignedIn:
    """Whoever has the access token of a session that has just begun, and nothing else."""
    headers = {name: value for name, value in owner.headers.items() if name != "X-Reauthentication"}
    return SignedIn(owner.url, headers, tenant=owner.tenant)


def test_routes_that_decide_who_gets_in_or_where_value_goes_ask_for_a_proof() -> None:
    assert {endpoint.declaration.route for endpoint in GUARDED} >= {
        route for route in STEPPED_UP if "webhook" not in route
    }
    assert len(GUARDED) >= 17


@pytest.mark.parametrize("endpoint", GUARDED, ids=lambda endpoint: endpoint.declaration.route)
def test_a_young_session_alone_is_refused_and_the_refusal_is_audited(
    endpoint: EndpointSource, platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    from batua.identity.roles import KEY_SCOPES
    from tests.api.matrix import build, knock

    house = build("Step-up Stores", None, KEY_SCOPES)
    permission = str(endpoint.declaration.caller.permission)
    from batua.identity.roles import ROLES

    badge = house.user(next(role for role in ROLES if permission in ROLES[role]))
    proof = badge.headers.pop("x-reauthentication")
    other = house.user("viewer").headers["x-reauthentication"]
    for case in (None, "nonsense", other, badge.headers["authorization"].removeprefix("Bearer ")):
        badge.headers.pop("x-reauthentication", None)
        if case is not None:
            badge.headers["x-reauthentication"] = case
        answer = knock(platform, credentials, endpoint, badge)
        assert (answer.status, answer.code) == (403, "reauthentication_required"), answer.body
        assert [partition for partition in answer.touched.written if partition.startswith("AUDIT#")]
    badge.headers["x-reauthentication"] = proof
    assert knock(platform, credentials, endpoint, badge).code != "reauthentication_required"


def test_the_password_or_a_code_gives_a_proof_and_a_wrong_one_does_not(person: Person) -> None:
    token = person.token()
    wrong = person.device("Reauthenticate", {"password": "not-the-password"}, token=token)
    assert (wrong.status, wrong.code) == (403, "wrong_password")
    assert person.device("Reauthenticate", {}, token=token).status == 400
    assert person.device("Reauthenticate", {"password": "x", "code": "123456"}, token=token).status == 400
    assert person.device("Reauthenticate", {"code": "123456"}, token=token).code == "mfa_not_on"
    proven = person.device("Reauthenticate", {"password": person.password}, token=token)
    assert proven.status == 200, proven.body
    headers = {"x-reauthentication": proven.data["proof"]}
    phone = {"phone": "+919876500077"}
    assert person.device("UpdateProfile", phone, token=token).code == "reauthentication_required"
    assert person.device("UpdateProfile", phone, token=token, headers=headers).status == 200
    another = person.token()
    assert person.device("UpdateProfile", phone, token=another, headers=headers).code == "reauthentication_required"


def test_a_proof_ends_after_five_minutes(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    import jwt

    from batua.identity import step_up

    token = person.token()
    said = jwt.decode(token, options={"verify_signature": False})
    assert step_up.PROOF_SECONDS == 300
    stale = step_up.issue_proof(said["sub"], said["sid"], seconds=-1)
    refused = person.device("UpdateProfile", {"phone": ""}, token=token, headers={"x-reauthentication": stale})
    assert refused.status == 200, "there was no number, so nothing changes"
    refused = person.device(
        "UpdateProfile", {"phone": "+919876500078"}, token=token, headers={"x-reauthentication": stale}
    )
    assert refused.code == "reauthentication_required"


def test_a_new_phone_number_is_verified_before_use_and_announced_to_the_owner(person: Person) -> None:
    token, number = person.token(), "+919876511111"
    asked = person.device("UpdateProfile", {"phone": number, "password": person.password}, token=token)
    assert asked.status == 200, asked.body
    assert asked.data["phone"] is None
    sent = asked.data["phone_verification"]
    assert "98765" not in sent["sent_to"]
    code = re.findall(r"\b[0-9]{6}\b", Mailbox(number).wait(channel="sms"))[0]
    confirm = {"phone": number, "otp_id": sent["otp_id"], "otp_code": code}
    other = person.device("UpdateProfile", {**confirm, "phone": "+919876522222"}, token=token)
    assert other.code == "otp_invalid", "the code is for the number that received it"
    saved = person.device("UpdateProfile", confirm, token=token)
    assert (saved.status, saved.data["phone"]) == (200, number), saved.body
    assert "1111" in person.mailbox.wait("phone number was changed")
    again = person.device("UpdateProfile", {"phone": ""}, token=token)
    assert again.code == "reauthentication_required"


def test_a_stolen_session_gets_no_code_for_a_decision(signed_in: SignIn) -> None:  # noqa: F811
    thief = thief_of(signed_in("operator"))
    for purpose in ("prefund_decision", "phone_verification", "payout", "api_key", "team_change"):
        body = {"purpose": purpose, "channel": "sms", "reference": "x"}
        answer = thief.post("/api/v1/auth/otp/request", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_the_channel_and_the_reference_of_a_code_are_not_the_callers_choice(new_person: Any) -> None:
    person = new_person(phone="+919876500001")
    body = {"purpose": "account_deletion", "channel": "sms", "reference": "another account"}
    sent = person.device("RequestOtp", body, token=person.token())
    assert (sent.status, sent.data["channel"]) == (200, "email")
    assert "@" in sent.data["sent_to"]


def test_guesses_at_a_code_are_slowed_down_whatever_else_succeeds_between_them(person: Person) -> None:
    """The password's success between the guesses clears the password's count, and no other."""
    import pyotp

    token = person.token()
    setup = person.device("StartMfaSetup", token=token).data
    code = pyotp.TOTP(setup["secret"]).now()
    assert person.device("FinishMfaSetup", {"code": code, "password": person.password}, token=token).status == 200
    answers = []
    for _ in range(8):
        answers.append(person.device("DisableMfa", {"password": person.password, "code": "000000"}, token=token).code)
        assert person.device("Reauthenticate", {"password": person.password}, token=token).status == 200
    assert answers[:5] == ["wrong_code"] * 5
    assert set(answers[6:]) == {"too_many_attempts"}


def test_security_changes_are_mailed_to_the_tenants_administrators(new_person: Any, platform: LocalPlatform) -> None:
    owner: Person = new_person(roles=("tenant_admin",))
    token = owner.token()
    body = {"name": "Till 7", "mode": "test", "scopes": ["coins:issue"]}
    assert owner.device("CreateApiKey", body, token=token).code == "reauthentication_required"
    assert mails(platform, owner.email, "Security notice") == []
    made = owner.device("CreateApiKey", body, token=token, proven=True)
    assert made.status == 201, made.body
    (mail,) = mails(platform, owner.email, "Security notice")
    assert "Till 7" in mail
    assert owner.id in mail
    assert made.data["id"] in mail
    guest = f"guest.{owner.id.lower()}@example.com"
    invited = owner.device(
        "InviteUser", {"email": guest, "name": "Ravi", "roles": ["cashier"]}, token=token, proven=True
    )
    assert invited.status == 201, invited.body
    assert any("Ravi was invited as cashier" in text for text in mails(platform, owner.email, "Security notice"))


def test_a_session_of_the_sandbox_changes_nothing_live(new_person: Any) -> None:
    owner: Person = new_person(roles=("tenant_admin",))
    token = owner.sign_in(mode="test").data["access_token"]
    live_key = {"name": "Till", "mode": "live", "scopes": ["coins:issue"]}
    answers = [
        owner.device("CreateApiKey", live_key, token=token, proven=True),
        owner.device("CreateConnection", {"system": "pos", "name": "Till", "mode": "live"}, token=token, proven=True),
        owner.device(
            "CreateWebhookEndpoint",
            {"url": "https://example.com/x", "events": ["coins.issued"], "mode": "live"},
            token=token,
            proven=True,
        ),
        owner.device(
            "InviteUser", {"email": "x@example.com", "name": "X", "roles": ["cashier"]}, token=token, proven=True
        ),
        owner.device("SaveBranding", {"display_name": "X"}, token=token, proven=True),
        owner.device("ReplaceNetworkAllowlist", {"networks": ["203.0.113.0/24"]}, token=token, proven=True),
    ]
    assert [(answer.status, answer.code) for answer in answers] == [(403, "live_session_required")] * len(answers)
    assert owner.device("CreateApiKey", {**live_key, "mode": "test"}, token=token, proven=True).status == 201
