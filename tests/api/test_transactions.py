"""Transactions through the gateway: lists, totals, refunds, captures, voids, expiry, disputes.

GET  /api/v1/transactions, /api/v1/transactions/analytics, /api/v1/transactions/{id}
POST /api/v1/transactions/{id}/refund, /api/v1/transactions/{id}/capture, /api/v1/transactions/{id}/void
GET  /api/v1/transactions/{id}/disputes, /api/v1/transactions/disputes
POST /api/v1/transactions/{id}/raise-dispute, /api/v1/transactions/{id}/disputes/{dispute_id}/decide
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.host import LocalPlatform
from tests.api.conftest import Client
from tests.api.counter import refusal
from tests.api.signed_in import SignedIn, SignIn, admin, name, signed_in  # noqa: F401
from tests.waiting import until

URL = "/api/v1/transactions"


def debited(client: SignedIn, amount: str = "100.00", **more: Any) -> str:
    body = {"amount": amount, "reference": name("debit"), **more}
    answer = client.post(f"/api/v1/wallets/{client.funded()}/debit", body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["transaction_id"])


def read(client: Client, id: str) -> dict[str, Any]:
    answer = client.get(f"{URL}/{id}")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_refund_gives_back_a_part_then_the_rest_and_never_more(admin: SignedIn) -> None:
    id = debited(admin)
    before = admin.rupees()["available"]
    first = admin.post(f"{URL}/{id}/refund", {"amount": "30.00", "reason": "Late"})
    assert first.status_code == 200, first.text
    assert first.json()["data"]["original_transaction_id"] == id
    assert read(admin, id)["status"] == "partially_refunded"
    assert code(admin.post(f"{URL}/{id}/refund", {"amount": "70.01"})) == (409, "reversal_exceeds_original")
    assert admin.post(f"{URL}/{id}/refund", {}).json()["data"]["amount"] == 70
    assert read(admin, id)["status"] == "refunded"
    assert code(admin.post(f"{URL}/{id}/refund", {})) == (409, "nothing_to_reverse")
    assert admin.rupees()["available"] == before + 100


def test_a_refund_under_one_key_is_made_once(admin: SignedIn) -> None:
    id, key = debited(admin), {"Idempotency-Key": name("refund")}
    first = admin.post(f"{URL}/{id}/refund", {"amount": 10}, headers=key)
    again = admin.post(f"{URL}/{id}/refund", {"amount": 10}, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["data"] == first.json()["data"]
    assert read(admin, id)["refunded"] == 10


def test_a_coin_transaction_is_refunded_in_its_own_way(live: Client, signed_in: SignIn, phone: str) -> None:
    owner = signed_in("merchant_tenant_admin")
    issued = live.post("/api/v1/merchant/coins/issue", {"phone": phone, "coins": 30, "reference": name("sale")})
    id = issued.json()["data"]["transaction_id"]
    assert read(owner, id)["type"] == "issue"
    refunded = owner.post(f"{URL}/{id}/refund", {"amount": 10}).json()["data"]
    assert (refunded["type"], refunded["amount"]) == ("reverse_issue", 10)
    assert read(owner, id)["status"] == "partially_refunded"
    assert code(signed_in("tenant_admin").post(f"{URL}/{id}/refund", {})) == (404, "transaction_not_found")


def test_a_capture_takes_a_part_and_gives_back_the_rest(admin: SignedIn) -> None:
    id = debited(admin, hold=True)
    before = admin.rupees()
    captured = admin.post(f"{URL}/{id}/capture", {"amount": "60.00"})
    assert captured.status_code == 200, captured.text
    after = admin.rupees()
    assert after["held"] == before["held"] - 100
    assert after["available"] == before["available"] + 40
    shown = read(admin, id)
    assert (shown["status"], shown["captured"]) == ("captured", 60)
    assert code(admin.post(f"{URL}/{id}/capture", {})) == (409, "hold_not_open")
    assert code(admin.post(f"{URL}/{id}/void", {})) == (409, "hold_not_open")
    back = admin.post(f"{URL}/{captured.json()['data']['transaction_id']}/refund", {})
    assert back.json()["data"]["amount"] == 60


def test_a_capture_takes_no_more_than_is_held(admin: SignedIn) -> None:
    id = debited(admin, hold=True)
    assert code(admin.post(f"{URL}/{id}/capture", {"amount": "100.01"})) == (409, "capture_exceeds_hold")
    assert admin.post(f"{URL}/{id}/void", {"reason": "Cancelled"}).json()["data"]["status"] == "voided"
    assert read(admin, id)["status"] == "voided"


def test_only_a_pending_transaction_is_captured_or_voided(admin: SignedIn) -> None:
    id = debited(admin)
    assert code(admin.post(f"{URL}/{id}/capture", {})) == (409, "not_pending")
    assert code(admin.post(f"{URL}/{id}/void", {})) == (409, "not_pending")
    pending = debited(admin, hold=True)
    assert code(admin.post(f"{URL}/{pending}/refund", {})) == (409, "not_reversible")


def test_a_hold_whose_time_is_over_expires_once(admin: SignedIn, platform: LocalPlatform) -> None:
    from batua import clock, ids
    from batua.ledger.decisions import tenant_money
    from batua.ledger.model import Origin
    from batua.ledger.posting.tenant_money import TenantLedger, funds_request
    from batua.store.store import store

    admin.funded()
    then = clock.system() - 3_600_000
    order = funds_request("test", "live", admin.tenant, Origin("t", "", admin.tenant), ids.new_id("txn"), {})
    wallet, hold = tenant_money.tenant_wallet("live", admin.tenant), tenant_money.hold_id(order.id)
    posted = TenantLedger(store(), "Asia/Kolkata", then).post(
        order, lambda known: tenant_money.decide_funds_hold(known, wallet, 500, then, id=hold, expires_at=then + 1000)
    )
    held = admin.rupees()["held"]
    assert code(admin.post(f"{URL}/{posted.id}/capture", {})) == (409, "hold_not_open")
    done = platform.runner.invoke("ExpireHolds", {})
    assert done["expired"] >= 1
    assert done["failed"] == 0
    assert admin.rupees()["held"] == held - 5
    assert read(admin, posted.id)["status"] == "expired"
    assert platform.runner.invoke("ExpireHolds", {})["expired"] == 0


def test_the_list_filters_and_goes_on_from_its_cursor(admin: SignedIn) -> None:
    references = [name("listed") for _ in range(3)]
    wallet = admin.funded()
    for number, reference in enumerate(references):
        admin.post(f"/api/v1/wallets/{wallet}/debit", {"amount": number + 1, "reference": reference})
    first = admin.get(f"{URL}?limit=2&type=debit&wallet_id={wallet}").json()
    second = admin.get(f"{URL}?limit=2&type=debit&wallet_id={wallet}&cursor={first['meta']['next_cursor']}").json()
    seen = [one["reference"] for one in first["data"] + second["data"]]
    assert seen[:3] == references[::-1]
    (found,) = admin.get(f"{URL}?reference={references[1]}").json()["data"]
    assert (found["amount"], found["status"], found["asset"]) == (2, "posted", "INR")
    amounts = [one["amount"] for one in admin.get(f"{URL}?min_amount=2&max_amount=3&type=debit").json()["data"]]
    assert amounts
    assert all(2 <= amount <= 3 for amount in amounts)
    assert code(admin.get(f"{URL}?type=debit&cursor={first['meta']['next_cursor']}")) == (400, "invalid_cursor")


def test_the_list_holds_coins_and_money_of_a_merchant(live: Client, signed_in: SignIn, phone: str) -> None:
    live.post("/api/v1/merchant/coins/issue", {"phone": phone, "coins": 5, "reference": name("sale")})
    owner = signed_in("merchant_admin")
    assert any(one["type"] == "issue" for one in owner.get(f"{URL}?limit=5").json()["data"])
    pending = owner.get(f"{URL}?status=pending").json()["data"]
    assert all(one["status"] == "pending" for one in pending)


def test_the_totals_by_day_come_to_hold_every_transaction(admin: SignedIn, platform: LocalPlatform) -> None:
    from batua import clock

    def figures() -> dict[tuple[str, str], tuple[int, float]]:
        data = admin.get(f"{URL}/analytics?asset=INR").json()["data"]
        return {(one["type"], one["status"]): (one["count"], one["amount"]) for one in data["totals"]}

    def settled() -> None:
        asked = clock.iso(clock.system())  # to the millisecond: an entry of this very second may still be missing
        until(lambda: admin.get(f"{URL}/analytics").json()["data"]["complete_to"] >= asked)

    settled()
    before = figures()
    debited(admin, "12.34")
    debited(admin, "1.00", hold=True)
    captured, voided = debited(admin, "2.00", hold=True), debited(admin, "3.00", hold=True)
    refunded, partly = debited(admin, "4.00"), debited(admin, "5.00")
    assert admin.post(f"{URL}/{captured}/capture", {"amount": "1.50"}).status_code == 200
    assert admin.post(f"{URL}/{voided}/void", {}).status_code == 200
    assert admin.post(f"{URL}/{refunded}/refund", {}).status_code == 200
    assert admin.post(f"{URL}/{partly}/refund", {"amount": "2.00"}).status_code == 200
    refused = {"amount": "900000000.00", "reference": name("too much"), "idempotency_key": name("key")}
    assert code(admin.post(f"/api/v1/wallets/{admin.funded()}/debit", refused)) == (409, "insufficient_balance")
    refused = {**refused, "hold": True, "idempotency_key": name("key")}
    assert code(admin.post(f"/api/v1/wallets/{admin.funded()}/debit", refused)) == (409, "insufficient_balance")
    settled()

    def more(kind: str, status: str) -> tuple[int, float]:
        (now, amount), (then, was) = (sums.get((kind, status), (0, 0)) for sums in (figures(), before))
        return now - then, round(amount - was, 2)

    wanted = {  # by its state, and with what was held
        ("hold", "captured"): (1, 2.0),
        ("hold", "voided"): (1, 3.0),
        ("hold", "pending"): (1, 1.0),
        ("debit", "refunded"): (1, 4.0),
        ("debit", "partially_refunded"): (1, 5.0),
        ("debit", "posted"): (1, 12.34),
    }
    until(lambda: {kind: more(*kind) for kind in wanted} == wanted, otherwise=lambda: {k: more(*k) for k in wanted})
    assert (more("debit", "refused"), more("hold", "refused")) == ((1, 0), (1, 0))
    assert not [kind for kind, status in figures() if status == "refused" and "." in kind]
    listed = {one["transaction_id"]: one["status"] for one in admin.get(f"{URL}?limit=20").json()["data"]}
    assert [listed[id] for id in (captured, voided, refunded, partly)] == [
        *("captured", "voided", "refunded", "partially_refunded")
    ]
    assert code(admin.get(f"{URL}/analytics?from=2026-13-01")) == (400, "validation_error")
    assert code(admin.get(f"{URL}/analytics?from=2020-01-01&to=2026-01-01")) == (400, "validation_error")


def test_a_batch_of_the_stream_that_comes_again_adds_nothing(platform: LocalPlatform) -> None:
    import json
    from pathlib import Path

    from batua.ledger import totals
    from batua.store.store import store

    event = json.loads(Path("events/transactions/aggregate_entries.json").read_text())
    scope = "L#ten_21CBYXTED3WGH5X3H3JBPET8VZ"
    for _ in range(3):
        assert platform.runner.invoke("AggregateEntries", event) == {"batchItemFailures": []}
    (total,) = totals.daily_totals(store(), scope, 20261121, 20261121)
    assert (total.count, total.amount) == (1, 1_000_000)


DISPUTE = {"reason": "duplicate", "description": "Charged twice.", "evidence": ["Order 1001"]}


def test_a_dispute_is_raised_decided_and_paid_back_once(admin: SignedIn, signed_in: SignIn) -> None:
    id, staff = debited(admin), signed_in("staff")
    raised = admin.post(f"{URL}/{id}/raise-dispute", {**DISPUTE, "amount": "40.00"})
    assert raised.status_code == 201, raised.text
    dispute = raised.json()["data"]
    seen = tuple(dispute[each] for each in ("status", "asset", "amount", "overdue"))
    assert seen == ("open", "INR", 40, False)
    assert code(admin.post(f"{URL}/{id}/raise-dispute", DISPUTE)) == (409, "dispute_open")
    decide = f"{URL}/{id}/disputes/{dispute['dispute_id']}/decide"
    accept = {"decision": "accept", "reason": "Agreed", "amount": "25.00"}
    assert code(admin.post(decide, accept)) == (403, "forbidden")
    assert code(staff.post(decide, {**accept, "amount": 41})) == (409, "reversal_exceeds_original")
    unreadable = staff.post(decide, accept, headers={"Idempotency-Key": "two words"})
    assert "Idempotency-Key" in refusal(unreadable, 400, "validation_error")["errors"]
    before = admin.rupees()["available"]
    decided = staff.post(decide, accept)
    assert decided.status_code == 200, decided.text
    kept = decided.json()["data"]
    assert (kept["status"], kept["amount"], kept["accepted_amount"]) == ("accepted", 40, 25), "what was disputed stays"
    assert admin.get(f"{URL}/{id}/disputes").json()["data"][0]["amount"] == 40
    assert admin.rupees()["available"] == before + 25
    again = staff.post(decide, accept)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert admin.rupees()["available"] == before + 25
    assert code(staff.post(decide, {"decision": "reject", "reason": "No"})) == (409, "dispute_decided")
    for other in ({**accept, "amount": "24.00"}, {"decision": "accept", "reason": "Agreed"}):
        assert code(staff.post(decide, other)) == (409, "dispute_decided"), "another amount is another decision"
    assert read(admin, id)["refunded"] == 25
    refund = read(admin, decided.json()["data"]["refund_transaction_id"])
    assert (refund["type"], refund["original_transaction_id"]) == ("refund", id)


def test_of_decisions_at_once_one_is_taken(admin: SignedIn, signed_in: SignIn) -> None:
    staff = signed_in("staff")
    for _ in range(3):
        id = debited(admin)
        dispute = admin.post(f"{URL}/{id}/raise-dispute", DISPUTE).json()["data"]["dispute_id"]
        before = admin.rupees()["balance"]
        bodies = [{"decision": what, "reason": f"{what} {n}"} for n in range(4) for what in ("accept", "reject")]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda body: staff.post(f"{URL}/{id}/disputes/{dispute}/decide", body), bodies))  # noqa: B023
        (decided,) = [answer.json()["data"] for answer in answers if answer.ok]
        assert {answer.status_code for answer in answers} == {200, 409}
        assert admin.rupees()["balance"] == before + (
            read(admin, id)["amount"] if decided["status"] == "accepted" else 0
        )


def test_a_rejected_dispute_moves_nothing_and_another_can_be_raised(admin: SignedIn, signed_in: SignIn) -> None:
    id = debited(admin)
    key = {"Idempotency-Key": name("dispute")}
    first = admin.post(f"{URL}/{id}/raise-dispute", DISPUTE, headers=key).json()["data"]
    again = admin.post(f"{URL}/{id}/raise-dispute", DISPUTE, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["data"]["dispute_id"] == first["dispute_id"]
    before = admin.rupees()["balance"]
    decide = f"{URL}/{id}/disputes/{first['dispute_id']}/decide"
    rejected = signed_in("staff").post(decide, {"decision": "reject", "reason": "Another order"})
    assert rejected.json()["data"]["status"] == "rejected"
    assert admin.rupees()["balance"] == before
    admin.post(f"{URL}/{id}/raise-dispute", DISPUTE)
    listed = admin.get(f"{URL}/{id}/disputes").json()["data"]
    assert [one["status"] for one in listed] == ["rejected", "open"]


def test_staff_see_the_open_disputes_of_all_tenants_until_they_are_decided(admin: SignedIn, signed_in: SignIn) -> None:
    staff = signed_in("staff")

    def pages() -> list[dict[str, Any]]:
        found, link = [], f"{URL}/disputes?limit=1"
        while True:
            body = staff.get(link).json()
            found += body["data"]
            if body["meta"]["next_cursor"] is None:
                return found
            link = f"{URL}/disputes?limit=1&cursor={body['meta']['next_cursor']}"

    raised = [
        who.post(f"{URL}/{debited(who)}/raise-dispute", DISPUTE).json()["data"]
        for who in (admin, signed_in("other_tenant_admin"))
    ]
    found = pages()
    assert [one["due_at"] for one in found] == sorted(one["due_at"] for one in found)
    ours = [one for one in found if one["dispute_id"] in {dispute["dispute_id"] for dispute in raised}]
    names = [one.pop("tenant_name") for one in ours]
    assert ours == [{name: value for name, value in dispute.items() if name != "tenant_name"} for dispute in raised]
    assert len({one["tenant_id"] for one in ours}) == len({*names, None} - {None}) == 2
    decide = f"{URL}/{raised[0]['transaction_id']}/disputes/{raised[0]['dispute_id']}/decide"
    assert staff.post(decide, {"decision": "reject", "reason": "One order, one charge."}).status_code == 200
    assert raised[0]["dispute_id"] not in {one["dispute_id"] for one in pages()}
    assert code(admin.get(f"{URL}/disputes")) == (403, "forbidden")
    assert code(staff.get(f"{URL}/disputes?cursor=x")) == (400, "invalid_cursor")


def test_a_dispute_needs_a_transaction_that_moved_the_tenants_money(admin: SignedIn, signed_in: SignIn) -> None:
    pending = debited(admin, hold=True)
    assert code(admin.post(f"{URL}/{pending}/raise-dispute", DISPUTE)) == (409, "not_disputable")
    stranger = signed_in("other_tenant_admin")
    assert code(stranger.post(f"{URL}/{pending}/raise-dispute", DISPUTE)) == (404, "transaction_not_found")
    assert code(stranger.get(f"{URL}/{pending}/disputes")) == (404, "transaction_not_found")
    decide = f"{URL}/{pending}/disputes/dsp_21CBYXTED3WGH5X3H3JBPET8VZ/decide"
    rejected = signed_in("staff").post(decide, {"decision": "reject", "reason": "None"})
    assert code(rejected) == (404, "dispute_not_found")


def test_another_tenants_transaction_looks_as_if_it_were_not_there(admin: SignedIn, signed_in: SignIn) -> None:
    id, stranger = debited(admin, hold=True), signed_in("other_tenant_admin")
    answers = [stranger.get(f"{URL}/{id}")]
    answers += [stranger.post(f"{URL}/{id}/{what}", {}) for what in ("refund", "void", "capture")]
    assert {code(one) for one in answers} == {(404, "transaction_not_found")}
    assert code(admin.get(f"{URL}/nonsense")) == (404, "transaction_not_found")
