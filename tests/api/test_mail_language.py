"""Mails and text messages to users come in the language of their preferences."""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock, settings
from batua.messages import outbound
from batua.messages.model import ADDRESSEE, Message
from batua.prefund.notifications import notify_requester
from batua.prefund.record import Prefund
from batua.store.store import store
from batua.tenants import bootstrap
from local.host import LocalPlatform
from tests.api.auth_fixtures import PASSWORD, Device, Mailbox, Person, proof_of
from tests.api.conftest import Client

PREFERENCES = "/api/v1/notifications/preferences"


def client(platform: LocalPlatform, person: Person) -> Client:
    token = person.token()
    return Client(platform.url, {"Authorization": f"Bearer {token}", "X-Reauthentication": proof_of(token)})


@pytest.fixture
def hindi_reader(platform: LocalPlatform, new_person: Any) -> Person:
    made: Person = new_person(roles=("tenant_admin",), phone="+919812345678")
    assert client(platform, made).call("PATCH", PREFERENCES, json={"language": "hi"}).status_code == 200
    return made


def test_a_changed_password_is_told_in_hindi_with_the_time_of_the_tenant(hindi_reader: Person) -> None:
    changed = {"current_password": PASSWORD, "new_password": "tuberose-5-steps"}
    assert hindi_reader.device("ChangePassword", changed, token=hindi_reader.token()).status == 200
    told = hindi_reader.mailbox.wait("पासवर्ड बदल गया है")
    assert "नमस्ते Asha Rao," in told
    assert " IST को बदला गया" in told


def test_a_reset_is_mailed_in_hindi(hindi_reader: Person) -> None:
    assert hindi_reader.device("RequestPasswordReset", {"email": hindi_reader.email}).status == 200
    assert hindi_reader.mailbox.token("पासवर्ड बदलें")


def test_a_code_says_in_hindi_what_it_confirms(hindi_reader: Person) -> None:
    asked = hindi_reader.device("RequestOtp", {"purpose": "account_deletion"}, token=hindi_reader.token())
    assert asked.status in (200, 202), asked.body
    assert "इस काम की पुष्टि के लिए यह कोड डालें: मेरा खाता हटाएँ।" in hindi_reader.mailbox.wait("आपका Lotus Sweets कोड है")


def test_an_invitation_is_in_the_language_of_who_sent_it(platform: LocalPlatform, hindi_reader: Person) -> None:
    email = f"invited.{hindi_reader.email}"
    invited = {"email": email, "name": "Ravi Iyer", "roles": ["cashier"]}
    assert client(platform, hindi_reader).post("/api/v1/tenant/users", invited).status_code == 201
    assert "Asha Rao ने आपको Lotus Sweets से जुड़ने के लिए बुलाया है" in Mailbox(email).wait("निमंत्रण मिला है")
    told = hindi_reader.mailbox.wait("सुरक्षा सूचना")
    assert "Ravi Iyer को इस भूमिका में बुलाया गया: कैशियर।" in told


def test_a_prefund_is_told_in_hindi_with_its_amount(hindi_reader: Person) -> None:
    prefund = Prefund(
        id="pfr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
        tenant=hindi_reader.tenant,
        mode="live",
        state="clarification",
        amount=125_000_00,
        utr="HDFC0000123",
        account="rca_1",
        paid_on="2026-11-30",
        proof={},
        by=hindi_reader.id,
        created_at=0,
        since=0,
        execution="",
        fingerprint="",
    )
    notify_requester(store(), prefund, "prefund_question", "Which account did it come from?")
    told = hindi_reader.mailbox.wait("आपके ₹1,25,000.00 के प्रीफ़ंड के बारे में एक सवाल")
    assert "Which account did it come from?" in told


def test_a_mail_to_an_address_is_in_the_language_of_the_user_who_has_it(hindi_reader: Person, person: Person) -> None:
    values = {"name": "Asha", "title": "Tax Invoice", "number": "INV/7", "amount": "1,180.00", "due": "2026-12-05"}
    for to in (hindi_reader.email.upper(), person.email, "nobody@example.com"):
        outbound.enqueue(Message("invoice_to_pay", to, "email", person.tenant, values, readers=(ADDRESSEE,)))
    assert "5 दिसंबर 2026 तक" in Mailbox(hindi_reader.email.upper()).wait("Lotus Sweets से टैक्स इनवॉइस INV/7")
    assert "It is due on 5 Dec 2026." in person.mailbox.wait("Tax Invoice INV/7 from Lotus Sweets")
    assert "It is due on 5 Dec 2026." in Mailbox("nobody@example.com").wait("Tax Invoice INV/7 from Lotus Sweets")


def test_whoever_registers_in_hindi_is_written_to_in_hindi(
    monkeypatch: pytest.MonkeyPatch, device: Device, person: Person
) -> None:
    bootstrap.ensure_operator(store(), "Operator", clock.system())
    monkeypatch.setenv("REGISTRATION", "open")
    settings.reset_settings()
    newcomer = {"password": PASSWORD, "name": "Ravi Rao", "organisation": "Rao Sweets", "language": "hi"}
    free = f"hindi.{person.email}"
    for email in (free, person.email):
        assert device("Register", {"email": email, **newcomer}).status == 202
    assert Mailbox(free).token("ईमेल पते की पुष्टि करें")
    assert person.mailbox.wait("You already have a"), "who has the address is written to as they chose"
    monkeypatch.undo()
    settings.reset_settings()
