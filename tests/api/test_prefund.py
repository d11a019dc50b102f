"""Prefund requests over HTTP, from the transfer that was told to the credit, with the code out of the mail.

The routes: ReadPrefundRequest, StartPrefundReview, AssignPrefundRequest, RequestPrefundClarification,
ClarifyPrefundRequest, RequestPrefundDecisionOtp, ConfirmPrefundDecision; the lists and the accounts by their paths.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.host import LocalPlatform
from tests.prefunds import ACCOUNT, PREFUNDS, Actor, Office, actor, content, office, rupees, upload, utr


@pytest.fixture
def at(platform: LocalPlatform) -> Office:
    return office(platform)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_transfer_is_told_reviewed_approved_and_credited_once(at: Office) -> None:
    before = rupees(at.maker.tenant)
    request = at.reviewed(note="For November")
    sent = at.boss.code(request, amount="500.00")
    answer = at.boss.decide(request, amount="500.00", note="Seen at the bank", **sent)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["status"] in ("approved", "credited")
    found = at.maker.until(request, "credited")
    assert rupees(at.maker.tenant) == before + 500_00
    assert (found["credited_amount"], found["decided_by"], found["decision"]) == (500, at.boss.id, "approve")
    assert [(step["what"], step["by"]) for step in found["history"]] == [
        ("create", at.maker.id),
        ("submit", "workflow"),
        ("review", at.staff.id),
        ("approve", at.boss.id),
        ("credit", "workflow"),
    ]
    assert [bool(step["by_name"]) for step in found["history"]] == [True, False, False, False, False], "its own people"
    seen = at.staff.read(request)
    assert [bool(step["by_name"]) for step in seen["history"]] == [True, False, True, True, False]
    assert seen["assigned_to_name"]
    assert found["assigned_to_name"] is None
    assert found["workflow"] is None, "the tenant is not told how the execution stands"
    assert seen["workflow"]["execution"].startswith(request)
    assert found["transaction_id"] in at.maker.get(f"/api/v1/transactions/{found['transaction_id']}").text
    at.maker.mail("has been credited")
    at.staff.mail("Review a prefund")


def test_requests_whose_execution_is_at_work_are_left_alone(at: Office, platform: LocalPlatform) -> None:
    assert platform.embedded_aws.run_schedule("ResumePrefundRequests") == {"resumed": 0}


def test_what_was_credited_stands_against_the_receivers_account(at: Office) -> None:
    from batua.ledger.posting.tenant_money import TenantLedger
    from batua.store import keys
    from batua.store.store import store

    request = at.reviewed()
    at.boss.decide(request, **at.boss.code(request))
    found = at.maker.until(request, "credited")
    scope = keys.scope("live", at.maker.tenant)
    transaction = TenantLedger(store(), "UTC", 0).transaction(scope, found["transaction_id"])
    assert transaction
    (entry,) = transaction.entries
    assert (entry.line.amount_on("wallet"), entry.line.amount_on("bank")) == (500_00, -500_00)
    assert (entry.reference, entry.line.details["receiver"]) == (found["utr"], ACCOUNT)


def test_less_than_was_told_can_be_credited_and_never_more(at: Office) -> None:
    before = rupees(at.maker.tenant)
    request = at.reviewed()
    more = at.boss.step(request, "decision/otp/request", decision="approve", amount="500.01")
    assert code_of(more) == (422, "prefund_amount_exceeded")
    at.boss.decide(request, amount="480.00", **at.boss.code(request, amount="480.00"))
    assert at.maker.until(request, "credited")["credited_amount"] == 480
    assert rupees(at.maker.tenant) == before + 480_00


def test_a_rejected_request_credits_nothing_and_sets_the_transfer_free(at: Office) -> None:
    before, transfer = rupees(at.maker.tenant), utr()
    request = at.reviewed(utr=transfer)
    answer = at.boss.decide(request, "reject", note="No such transfer", **at.boss.code(request, "reject"))
    assert answer.json()["data"]["status"] == "rejected"
    assert "No such transfer" in at.maker.mail("was rejected")["body"]
    assert rupees(at.maker.tenant) == before
    again = at.maker.post(PREFUNDS, content(at.document, utr=transfer))
    assert (again.status_code, again.json()["data"]["id"] != request) == (201, True)


def test_a_question_is_answered_and_review_goes_on(at: Office) -> None:
    request = at.reviewed()
    asked = at.staff.step(request, "request-clarification", note="Sent from which account?")
    assert asked.json()["data"]["status"] == "clarification"
    assert "Sent from which account?" in at.maker.mail("A question")["body"]
    assert code_of(at.boss.step(request, "decision/otp/request", decision="approve")) == (409, "prefund_not_in_state")
    other = upload(at.maker)
    answered = at.maker.step(request, "clarify", note="From HDFC", document_id=other)
    assert answered.json()["data"]["status"] == "under_review"
    assert answered.json()["data"]["proof"]["document_id"] == other
    assert code_of(at.maker.step(request, "clarify", note="Once more")) == (409, "prefund_not_in_state")
    notes = [step["note"] for step in at.maker.read(request)["history"]]
    assert notes[-2:] == ["Sent from which account?", "From HDFC"]


def test_a_request_is_assigned_to_staff_alone(at: Office, platform: LocalPlatform) -> None:
    request = at.ask()
    other = actor(platform, "Batua", "staff")
    answer = at.staff.step(request, "assign", user_id=other.id)
    assert answer.json()["data"]["assigned_to"] == other.id
    other.mail("is assigned to you")
    for unfit in (at.maker.id, "usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "nobody"):
        assert code_of(at.staff.step(request, "assign", user_id=unfit)) == (422, "assignee_unfit")
    mine = other.get(PREFUNDS, params={"assigned_to": other.id}).json()["data"]
    assert [one["id"] for one in mine] == [request]


def test_who_reviewed_can_not_decide(at: Office, platform: LocalPlatform) -> None:
    request = at.ask()
    assert code_of(at.boss.step(request, "decision/otp/request", decision="approve")) == (409, "prefund_not_in_state")
    assert at.boss.step(request, "review").status_code == 200
    assert code_of(at.boss.step(request, "decision/otp/request", decision="approve")) == (403, "four_eyes")
    body = {"otp_id": "otp_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "otp_code": "123456"}
    assert code_of(at.boss.decide(request, **body)) == (403, "four_eyes")
    other = actor(platform, "Batua", "super_admin")
    assert other.decide(request, **other.code(request)).status_code == 200


def test_who_asked_the_tenant_can_not_decide_either(at: Office) -> None:
    request = at.reviewed()
    at.boss.step(request, "request-clarification", note="Which account?")
    at.maker.step(request, "clarify", note="This one")
    assert code_of(at.boss.step(request, "decision/otp/request", decision="approve")) == (403, "four_eyes")


def test_who_made_a_request_can_neither_review_nor_decide(platform: LocalPlatform) -> None:
    both = actor(platform, "Batua", "tenant_admin", "super_admin")
    request = both.post(PREFUNDS, content(upload(both))).json()["data"]["id"]
    both.until(request, "submitted")
    assert code_of(both.step(request, "review")) == (403, "four_eyes")
    assert code_of(both.step(request, "decision/otp/request", decision="approve")) == (403, "four_eyes")


@pytest.mark.parametrize(
    ("who", "what", "body"),
    [
        ("maker", "review", {}),
        ("maker", "assign", {"user_id": "x"}),
        ("maker", "request-clarification", {"note": "?"}),
        ("maker", "decision/otp/request", {"decision": "approve"}),
        ("staff", "decision/otp/request", {"decision": "approve"}),
        ("staff", "decision/otp/confirm", {"decision": "approve", "otp_id": "x", "otp_code": "123456"}),
        ("staff", "clarify", {"note": "!"}),
        ("boss", "clarify", {"note": "!"}),
    ],
)
def test_another_role_is_refused(at: Office, who: str, what: str, body: dict[str, Any]) -> None:
    asker: Actor = getattr(at, who)
    assert code_of(asker.step(at.ask(), what, **body)) == (403, "forbidden")


def test_only_a_tenants_administrator_makes_requests(at: Office, platform: LocalPlatform) -> None:
    for role in ("merchant_admin", "viewer", "cashier"):
        assert actor(platform, "Kaveri Stores", role).post(PREFUNDS, content(at.document)).status_code == 403
    assert at.staff.post(PREFUNDS, content(at.document)).status_code == 403


def test_another_tenants_request_is_as_none(at: Office, platform: LocalPlatform) -> None:
    request = at.reviewed()
    at.staff.step(request, "request-clarification", note="Which account?")
    other = actor(platform, "Himal Network", "tenant_admin")
    assert code_of(other.get(f"{PREFUNDS}/{request}")) == (404, "prefund_request_not_found")
    assert code_of(other.step(request, "clarify", note="Mine")) == (404, "prefund_request_not_found")
    assert other.get(PREFUNDS).json()["data"] == []
    assert other.get(PREFUNDS, params={"tenant_id": at.maker.tenant}).status_code == 403
    assert code_of(other.post(PREFUNDS, content(at.document)))[0] == 400, "another tenant's document is no proof"
    assert at.boss.step("pfr_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "review").status_code == 404
    assert at.boss.step("anything", "review").status_code == 404


def test_a_transfer_stands_for_one_request(at: Office, platform: LocalPlatform) -> None:
    body = content(at.document)
    first = at.maker.post(PREFUNDS, body)
    again = at.maker.post(PREFUNDS, {**body, "utr": body["utr"].lower()})
    assert again.json()["data"]["id"] == first.json()["data"]["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert code_of(at.maker.post(PREFUNDS, {**body, "amount": "501"})) == (409, "utr_used")
    assert code_of(at.maker.post(PREFUNDS, {**body, "idempotency_key": utr()})) == (409, "utr_used")
    other = actor(platform, "Himal Network", "tenant_admin")
    theirs = content(upload(other), utr=body["utr"])
    assert code_of(other.post(PREFUNDS, theirs)) == (409, "utr_used")


def test_a_key_stands_for_one_content(at: Office) -> None:
    key = {"headers": {"Idempotency-Key": utr()}}
    body = content(at.document)
    first, again = at.maker.post(PREFUNDS, body, **key), at.maker.post(PREFUNDS, body, **key)
    assert first.json()["data"]["id"] == again.json()["data"]["id"]
    assert code_of(at.maker.post(PREFUNDS, content(at.document), **key)) == (422, "idempotency_key_reused")


def test_one_transfer_told_many_times_at_once_makes_one_request(at: Office) -> None:
    transfer = utr()
    bodies = [content(at.document, utr=transfer, amount=str(100 + number)) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda body: at.maker.post(PREFUNDS, body), bodies))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    same = content(at.document)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: at.maker.post(PREFUNDS, same), range(6)))
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("utr", "short"),
        ("utr", "HDFC#20261121001"),
        ("amount", "1.001"),
        ("amount", "-1"),
        ("paid_on", "2099-01-01"),
        ("paid_on", "2020-01-01"),
        ("paid_on", "2026-02-30"),
        ("document_id", "doc_01KDC0V6M8W3T4Q9X2Z7N5B1FA"),
        ("document_id", "nothing"),
    ],
)
def test_what_is_told_must_make_sense(at: Office, field: str, value: str) -> None:
    answer = at.maker.post(PREFUNDS, content(at.document, **{field: value}))
    assert code_of(answer) == (400, "validation_error")
    assert field in answer.json()["errors"]


def test_a_proof_must_have_been_uploaded(at: Office) -> None:
    body = {"name": "later.pdf", "media_type": "application/pdf", "size": 100}
    document = at.maker.post("/api/v1/tenant/documents", body).json()["data"]["id"]
    assert code_of(at.maker.post(PREFUNDS, content(document))) == (422, "document_unfit")


def test_staff_can_open_the_proof(at: Office) -> None:
    import requests

    from tests.prefunds import PDF

    found = at.staff.read(at.ask())
    assert requests.get(found["proof"]["url"], timeout=30).content == PDF


def test_receiver_accounts_are_listed_while_they_take_money(at: Office) -> None:
    from batua import clock, ids
    from batua.prefund import receivers
    from batua.prefund.models import ReceiverAccount
    from batua.store.store import ConditionFailed, store

    now, account = clock.system(), ids.new_id("rcv")
    known = {"operator": at.boss.tenant, "by": at.boss.id, "now": now}
    details = {"bank": "SBI", "name": "Batua", "number": "30001234567", "ifsc": "SBIN0000300", "branch": None}
    one = ReceiverAccount(id=account, active=True, **details)
    receivers.add_receiver_account(store(), one, **known)
    with pytest.raises(ConditionFailed):
        receivers.add_receiver_account(store(), one, **known)
    with pytest.raises(ValueError, match="IFSC"):
        receivers.add_receiver_account(
            store(), ReceiverAccount(id=account, active=True, **{**details, "ifsc": "SBI300"}), **known
        )
    listed = [each["id"] for each in at.maker.get("/api/v1/prefund/accounts").json()["data"]]
    assert {account, ACCOUNT} <= set(listed)
    receivers.retire_receiver_account(store(), account, **known)
    assert account not in at.maker.get("/api/v1/prefund/accounts").text
    assert at.maker.get(f"/api/v1/prefund/accounts/{account}").json()["data"]["active"] is False
    answer = at.maker.post(PREFUNDS, content(at.document, receiver_account_id=account))
    assert code_of(answer) == (409, "receiver_account_inactive")
    for nothing in ("rcv_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "x"):
        assert code_of(at.maker.get(f"/api/v1/prefund/accounts/{nothing}")) == (404, "receiver_account_not_found")
        none = at.maker.post(PREFUNDS, content(at.document, receiver_account_id=nothing))
        assert code_of(none) == (404, "receiver_account_not_found")


def test_a_list_leads_on_page_by_page(at: Office, platform: LocalPlatform) -> None:
    maker = actor(platform, "Meera Textiles", "tenant_admin")
    document = upload(maker)
    made = [maker.post(PREFUNDS, content(document)).json()["data"]["id"] for _ in range(5)]
    for who, filters in ((maker, {}), (at.staff, {"tenant_id": maker.tenant})):
        seen: list[str] = []
        cursor = None
        while True:
            answer = who.get(PREFUNDS, params={"limit": 2, **filters, **({"cursor": cursor} if cursor else {})}).json()
            seen += [one["id"] for one in answer["data"]]
            cursor = answer["meta"]["next_cursor"]
            if cursor is None:
                break
        assert seen == made[::-1]
    page = at.staff.get(PREFUNDS, params={"limit": 1}).json()
    assert page["data"][0]["tenant_id"] == maker.tenant, "staff see all tenants, the newest first"
    assert maker.get(PREFUNDS, params={"limit": 2, "status": "credited"}).json()["data"] == []
    foreign = at.maker.get(PREFUNDS, params={"limit": 1, "cursor": page["meta"]["next_cursor"]})
    assert code_of(foreign) == (400, "invalid_cursor")


def test_the_sandbox_knows_nothing_of_live_requests(at: Office, platform: LocalPlatform) -> None:
    request = at.ask()
    tester = actor(platform, "Kaveri Stores", "tenant_admin", mode="test")
    assert tester.get(f"{PREFUNDS}/{request}").status_code == 404
