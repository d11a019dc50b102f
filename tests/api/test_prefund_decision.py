"""Decisions on prefunds: what a code is good for, two deciders at once, and what survives a killed process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from local.host import LocalPlatform
from tests.prefunds import Actor, Office, actor, office, rupees, upload, utr


@pytest.fixture
def at(platform: LocalPlatform) -> Office:
    return office(platform)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


INVALID = (400, "otp_invalid")


def test_a_wrong_code_five_times_spends_the_right_one(at: Office) -> None:
    request = at.reviewed()
    sent = at.boss.code(request)
    wrong = f"{(int(sent['otp_code']) + 1) % 10**6:06d}"
    for _ in range(5):
        assert code_of(at.boss.decide(request, otp_id=sent["otp_id"], otp_code=wrong)) == INVALID
    assert code_of(at.boss.decide(request, **sent)) == INVALID
    assert at.boss.read(request)["status"] == "under_review"


def test_an_expired_code_is_refused(at: Office) -> None:
    from batua import clock
    from batua.store import keys
    from batua.store.store import store
    from batua.store.writes import EXISTS, Update

    request = at.reviewed()
    sent = at.boss.code(request)
    store().write(Update(keys.otp_key(sent["otp_id"]), set={"until": clock.system() - 1}, when=EXISTS))
    assert code_of(at.boss.decide(request, **sent)) == INVALID


def test_a_code_is_good_for_its_request_amount_decision_and_decider_alone(at: Office, platform: LocalPlatform) -> None:
    one, other = at.reviewed(), at.reviewed()
    sent = at.boss.code(one, amount="400")
    assert code_of(at.boss.decide(other, amount="400", **sent)) == INVALID, "of another request"
    assert code_of(at.boss.decide(one, amount="400.01", **sent)) == INVALID, "of another amount"
    assert code_of(at.boss.decide(one, **sent)) == INVALID, "of another amount, which is left out"
    assert code_of(at.boss.decide(one, "reject", amount="400", **sent)) == INVALID, "of another decision"
    second = actor(platform, "Batua", "super_admin")
    assert code_of(second.decide(one, amount="400", **sent)) == INVALID, "of another person"
    assert at.boss.decide(one, amount="400", **sent).status_code == 200


def test_a_code_is_no_longer_good_once_the_request_has_changed(at: Office) -> None:
    request = at.reviewed()
    sent = at.boss.code(request)
    at.staff.step(request, "request-clarification", note="Which account?")
    at.maker.step(request, "clarify", note="This one")
    assert code_of(at.boss.decide(request, **sent)) == INVALID


def test_a_code_for_something_else_decides_nothing(at: Office) -> None:
    request = at.reviewed()
    read = len(at.boss.codes())
    other = at.boss.post("/api/v1/auth/otp/request", {"purpose": "account_deletion"}).json()["data"]["otp_id"]
    assert code_of(at.boss.decide(request, otp_id=other, otp_code=at.boss.next_code(read))) == INVALID


def test_wrong_codes_and_decisions_that_are_not_ones_own_are_in_the_deciders_trail(at: Office) -> None:
    request = at.reviewed()
    sent = at.boss.code(request)
    assert code_of(at.boss.decide(request, otp_id=sent["otp_id"], otp_code="000000")) == INVALID
    assert code_of(at.boss.decide(request, "reject", **sent)) == INVALID
    trail = at.boss.get("/api/v1/merchant/audit", params={"reference": request, "who": at.boss.id}).json()["data"]
    assert [line["outcome"] for line in trail if line["what"].endswith("/decision/otp/confirm")] == ["otp_invalid"] * 2
    own = at.maker.get("/api/v1/merchant/audit", params={"reference": request, "what": "prefund.decision_code"})
    assert [line["who"] for line in own.json()["data"]] == [at.boss.id]


def test_a_replayed_confirmation_gets_the_same_answer_and_decides_nothing_else(at: Office) -> None:
    before, request, other = rupees(at.maker.tenant), at.reviewed(), at.reviewed()
    sent = at.boss.code(request)
    first = at.boss.decide(request, **sent)
    at.maker.until(request, "credited")
    again = at.boss.decide(request, **sent)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert code_of(at.boss.decide(other, **sent)) == INVALID
    assert code_of(at.boss.decide(request, "reject", **sent)) == (409, "prefund_decided")
    assert code_of(at.boss.decide(request, amount="1", **sent)) == (409, "prefund_decided")
    assert code_of(at.boss.step(request, "decision/otp/request", decision="approve")) == (409, "prefund_decided")
    assert rupees(at.maker.tenant) == before + 500_00


@pytest.mark.parametrize("other", ["approve", "reject"])
def test_of_two_deciders_at_once_one_decides(at: Office, platform: LocalPlatform, other: str) -> None:
    before, request = rupees(at.maker.tenant), at.reviewed()
    second = actor(platform, "Batua", "super_admin")
    deciders: list[tuple[Actor, str, dict[str, str]]] = [
        (at.boss, "approve", at.boss.code(request)),
        (second, other, second.code(request, other)),
    ]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: one[0].decide(request, one[1], **one[2]), deciders))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won = deciders[[answer.status_code for answer in answers].index(200)]
    found = at.maker.until(request, "credited", "rejected")
    assert (found["decided_by"], found["decision"]) == (won[0].id, won[1])
    assert rupees(at.maker.tenant) == before + (500_00 if won[1] == "approve" else 0)


# WithdrawPrefundRequest


def test_a_tenant_withdraws_its_request_and_names_the_transfer_again(at: Office, platform: LocalPlatform) -> None:
    named = utr()
    request = at.reviewed(utr=named)
    sent = at.boss.code(request)
    stranger = actor(platform, "Himal Network", "tenant_admin")
    assert code_of(stranger.step(request, "withdraw")) == (404, "prefund_request_not_found")
    assert code_of(at.staff.step(request, "withdraw"))[0] == 403
    done = at.maker.step(request, "withdraw", note="Wrong amount")
    assert (done.status_code, done.json()["data"]["status"]) == (200, "withdrawn")
    assert at.maker.step(request, "withdraw").headers["Idempotency-Replayed"] == "true"
    assert code_of(at.boss.decide(request, **sent)) == (409, "prefund_decided")
    mail = at.staff.mail("has withdrawn a prefund", holding="Wrong amount")
    assert at.maker.tenant not in mail["subject"]
    again = at.ask(utr=named)
    assert at.maker.read(again)["utr"] == named


def test_of_a_decision_and_a_withdrawal_at_once_one_counts(at: Office) -> None:
    before, request = rupees(at.maker.tenant), at.reviewed()
    sent = at.boss.code(request)
    with ThreadPoolExecutor(2) as pool:
        decided = pool.submit(at.boss.decide, request, "approve", **sent)
        withdrawn = pool.submit(at.maker.step, request, "withdraw")
    codes = (decided.result().status_code, withdrawn.result().status_code)
    assert sorted(codes) == [200, 409]
    found = at.maker.until(request, "credited", "withdrawn")
    assert found["status"] == ("credited" if codes[0] == 200 else "withdrawn")
    assert rupees(at.maker.tenant) == before + (500_00 if codes[0] == 200 else 0)
    assert at.maker.step(request, "withdraw").status_code == (409 if codes[0] == 200 else 200)


def test_staff_and_the_tenant_read_who_and_how_much_was_credited(at: Office) -> None:
    request = at.reviewed()
    sent = at.boss.code(request, amount="499.00")
    assert at.boss.decide(request, amount="499.00", note="One rupee of fees", **sent).status_code == 200
    at.maker.until(request, "credited")
    mail = at.maker.mail("of your prefund of ₹500.00", holding="One rupee of fees")
    assert "₹1.00 less" in mail["body"]
    assert '/prefund"' in mail["body"]  # the page of its own requests
    listed = at.staff.get("/api/v1/prefund/requests", params={"limit": 100}).json()["data"]
    (row,) = [each for each in listed if each["id"] == request]
    assert row["tenant_name"] == at.staff.read(request)["tenant_name"] != at.maker.tenant
    assert row["tenant_name"] in at.staff.mail("Review a prefund")["body"]
    assert at.maker.read(request)["tenant_name"] is None


class Killed(BaseException):
    """The process ends here."""


def _before(service: Any) -> str:
    return f"before-call.{service.meta.service_model.service_id.hyphenize()}"


@contextmanager
def killed(number: int, when: str) -> Iterator[list[str]]:
    """Ends this thread's work before or after its call of AWS of this number. Tells the calls that were made."""
    from batua.aws import client

    calls: list[str] = []
    here = threading.get_ident()

    def note(model: Any, **_: Any) -> None:
        if threading.get_ident() != here or model.name == "GetSecretValue":
            return
        calls.append(model.name)
        if when == "before" and len(calls) == number:
            raise Killed

    def after(model: Any, **_: Any) -> None:
        if threading.get_ident() == here and when == "after" and len(calls) == number:
            raise Killed

    services = [client(name) for name in ("dynamodb", "stepfunctions", "sqs")]
    for service in services:
        # As specific as what answers the embedded services, and before it.
        service.meta.events.register_first(_before(service), note, unique_id="killed")
        service.meta.events.register("after-call", after, unique_id="killed-after")
    try:
        yield calls
    finally:
        for service in services:
            service.meta.events.unregister(_before(service), note, unique_id="killed")
            service.meta.events.unregister("after-call", after, unique_id="killed-after")


def approved(at: Office) -> str:
    """An approved request that no execution carries."""
    from batua import clock, ids
    from batua.prefund import record
    from batua.prefund.record import Prefund, PrefundVerdict
    from batua.store.store import store
    from batua.store.writes import Put

    now = clock.system()
    prefund = Prefund(
        id=ids.new_id("pfr"),
        tenant=at.maker.tenant,
        mode="live",
        state="draft",
        amount=500_00,
        utr=utr(),
        account="rcv_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
        paid_on="2026-11-20",
        proof={"doc": "doc_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "name": "p", "media": "application/pdf", "sha": "", "file": ""},
        by=at.maker.id,
        created_at=now,
        since=now,
        execution="none",
        fingerprint="",
    )
    store().commit(record.prefund_creation(prefund, now))
    verdict = PrefundVerdict("approve", at.boss.id, now, 500_00, "otp", "127.0.0.1")
    item = record.prefund_item(replace(prefund, state="approved", version=2))
    store().write(Put(prefund.key, {**item, "verdict": record.verdict_item(verdict)}))
    return prefund.id


@pytest.mark.parametrize("when", ["before", "after"])
def test_settling_killed_at_any_call_and_run_again_credits_once(at: Office, when: str) -> None:
    from batua import clock
    from batua.prefund import workflow as carrying
    from batua.store.store import store

    for number in range(1, 20):
        before, request = rupees(at.maker.tenant), approved(at)
        event = {"request": request, "execution": "none"}
        with killed(number, when) as calls, suppress(Killed):
            carrying.prefund_settle_step(store(), event, clock.system())
        found = at.boss.read(request)
        moved = rupees(at.maker.tenant) - before
        assert (found["status"], moved) in (("approved", 0), ("credited", 500_00)), f"half done at {calls}"
        for _ in range(2):
            assert carrying.prefund_settle_step(store(), event, clock.system()) == {"state": "credited"}
        assert rupees(at.maker.tenant) == before + 500_00
        if len(calls) < number:
            assert "TransactWriteItems" in calls
            return
    raise AssertionError("settling never came to its end")


@pytest.mark.parametrize("when", ["before", "after"])
def test_deciding_killed_at_any_call_and_sent_again_credits_once(
    at: Office, platform: LocalPlatform, when: str
) -> None:
    from local.runner import FunctionError

    for number in range(1, 20):
        before, request, boss = rupees(at.maker.tenant), at.reviewed(), actor(platform, "Batua", "super_admin")
        body = {"decision": "approve", **boss.code(request)}
        event = {
            "version": "2.0",
            "rawQueryString": "",
            "headers": {"content-type": "application/json", "authorization": boss.headers["Authorization"]},
            "requestContext": {"http": {"method": "POST", "sourceIp": "127.0.0.1"}},
            "pathParameters": {"id": request},
            "body": json.dumps(body),
        }
        with killed(number, when) as calls, suppress(FunctionError):
            platform.runner.invoke("ConfirmPrefundDecision", event)
        assert boss.decide(request, **body).status_code == 200
        at.maker.until(request, "credited")
        assert rupees(at.maker.tenant) == before + 500_00
        if len(calls) < number:
            assert "SendTaskSuccess" in calls
            return
    raise AssertionError("deciding never came to its end")


def test_a_lost_signal_heals_by_itself(at: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from batua import settings
    from batua.prefund import execution

    monkeypatch.setenv("PREFUND_WAIT_SECONDS", "1")
    settings.reset_settings()
    try:
        request = at.reviewed()
        monkeypatch.setattr(execution, "wake_prefund", lambda *_: None)
        at.boss.decide(request, **at.boss.code(request))
        assert at.boss.read(request)["status"] == "approved"
        at.maker.until(request, "credited")
    finally:
        monkeypatch.undo()
        settings.reset_settings()


def test_what_could_not_be_credited_says_so_and_is_decided_anew(at: Office, platform: LocalPlatform) -> None:
    from batua.ledger.decisions.tenant_money import tenant_wallet
    from batua.store.store import store
    from batua.store.writes import Update

    tenant = "Anand Bakery"
    shop = replace(at, maker=actor(platform, tenant, "tenant_admin"))
    shop = replace(shop, document=upload(shop.maker))
    key, before = tenant_wallet("live", shop.maker.tenant).key, rupees(shop.maker.tenant)
    store().write(Update(key, set={"frozen": 1}))
    request = shop.reviewed()
    shop.boss.decide(request, **shop.boss.code(request))
    found = shop.boss.until(request, "settlement_failed")
    assert found["history"][-1]["note"] == "PrefundSettlementRefused"
    shop.boss.mail("could not be credited")
    assert rupees(shop.maker.tenant) == before
    first = found["workflow"]["execution"]
    store().write(Update(key, remove=("frozen",)))
    shop.boss.decide(request, **shop.boss.code(request))
    found = shop.boss.until(request, "credited")
    assert rupees(shop.maker.tenant) == before + 500_00
    assert found["workflow"]["execution"] != first


def test_the_tenant_is_told_of_a_rejection_after_the_credit_failed(at: Office, platform: LocalPlatform) -> None:
    from batua.ledger.decisions.tenant_money import tenant_wallet
    from batua.store.store import store
    from batua.store.writes import Update

    key = tenant_wallet("live", at.maker.tenant).key
    store().write(Update(key, set={"frozen": 1}))
    try:
        request = at.reviewed()
        at.boss.decide(request, **at.boss.code(request))
        at.boss.until(request, "settlement_failed")
    finally:
        store().write(Update(key, remove=("frozen",)))
    answer = at.boss.decide(request, "reject", note="Sent back by the bank", **at.boss.code(request, "reject"))
    assert answer.json()["data"]["status"] == "rejected"
    assert at.maker.mail("was rejected", holding="Sent back by the bank")
