"""Tenants' own wallets through the gateway: list, read, transfer, credit, debit, holds."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.api.auth_fixtures import Mailbox
from tests.api.conftest import Client
from tests.api.shops import open_shop  # noqa: F401 - a fixture
from tests.api.signed_in import SignedIn, SignIn, admin, name, signed_in  # noqa: F401


def test_a_tenant_has_a_wallet_in_rupees_before_its_first_use(open_shop: Any) -> None:
    (wallet,) = open_shop().admin.get("/api/v1/wallets").json()["data"]
    assert wallet["balance"] == wallet["held"] == wallet["available"] == 0
    assert wallet["type"] == "funds"


def test_a_credit_adds_to_the_balance_and_names_its_entry(admin: SignedIn, signed_in: SignIn) -> None:
    before = admin.rupees()
    body = {
        "amount": "250.50",
        "reason": "Cash box",
        "source": "adjustment",
        "reference": name("cash"),
        "tenant_id": admin.tenant,
    }
    answer = signed_in("operator").post(f"/api/v1/wallets/{before['wallet_id']}/credit", body)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data["type"] == "credit"
    assert data["status"] == "posted"
    assert data["amount"] == 250.5
    assert data["note"] == "Cash box"
    assert admin.rupees()["available"] == before["available"] + 250.5
    read = admin.get(f"/api/v1/transactions/{data['transaction_id']}").json()["data"]
    assert read["entries"][0]["legs"] == [
        {"account": "wallet", "amount": 250.5},
        {"account": "adjustment", "amount": -250.5},
    ]


def test_the_same_credit_again_is_a_replay_and_another_under_its_key_is_refused(
    admin: SignedIn, signed_in: SignIn
) -> None:
    id, key = admin.rupees()["wallet_id"], name("key")
    operator = signed_in("operator")
    body = {"amount": 10, "reason": "Once", "tenant_id": admin.tenant}
    first = operator.post(f"/api/v1/wallets/{id}/credit", body, headers={"Idempotency-Key": key})
    before = admin.rupees()["balance"]
    again = operator.post(f"/api/v1/wallets/{id}/credit", body, headers={"Idempotency-Key": key})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["data"] == first.json()["data"]
    assert admin.rupees()["balance"] == before
    other = operator.post(f"/api/v1/wallets/{id}/credit", {**body, "amount": 11}, headers={"Idempotency-Key": key})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_credit_needs_a_reason(admin: SignedIn) -> None:
    answer = admin.post(f"/api/v1/wallets/{admin.rupees()['wallet_id']}/credit", {"amount": 1})
    assert answer.status_code == 400
    assert "reason" in answer.json()["errors"]


@pytest.mark.parametrize("who", ["merchant_tenant_admin", "tenant_admin"])
def test_no_tenant_puts_live_money_into_its_own_wallet(signed_in: SignIn, who: str) -> None:
    merchant = signed_in(who)
    id = merchant.rupees()["wallet_id"]
    answer = merchant.post(f"/api/v1/wallets/{id}/credit", {"amount": 1, "reason": "Please"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_the_platforms_administrator_credits_another_tenants_wallet(signed_in: SignIn) -> None:
    merchant, operator = signed_in("merchant_tenant_admin"), signed_in("operator")
    wallet = merchant.rupees()
    body = {"amount": "75.25", "reason": "Money came", "tenant_id": merchant.tenant, "reference": name("neft")}
    answer = operator.post(f"/api/v1/wallets/{wallet['wallet_id']}/credit", body)
    assert answer.status_code == 200, answer.text
    assert merchant.rupees()["available"] == wallet["available"] + 75.25
    refused = signed_in("tenant_admin").post(f"/api/v1/wallets/{wallet['wallet_id']}/credit", body)
    assert refused.status_code == 403


@pytest.fixture
def left_today(platform: Any) -> Any:
    """`left_today(30)`: that much of the day's limit for direct credits is left, in rupees; afterwards all of it."""
    from batua import clock
    from batua.store.store import store
    from batua.store.wallet_keys import direct_credits_key
    from batua.store.writes import Put

    today = clock.local_day(clock.system(), "Asia/Kolkata")

    def set_rest(rupees: int) -> None:
        for day in (today, clock.add_days(today, 1)):  # a test may go on after midnight
            store().write(Put(direct_credits_key(day), {"taken": 100 * (rupees - 100_000)}))

    yield set_rest
    set_rest(100_000)


def direct_credit(operator: SignedIn, to: SignedIn, amount: Any, **more: Any) -> Any:
    body = {"amount": amount, "reason": "Correction", "tenant_id": to.tenant, **more}
    return operator.post(f"/api/v1/wallets/{to.rupees()['wallet_id']}/credit", body)


def test_the_operators_direct_credits_have_a_limit_a_day(signed_in: SignIn, left_today: Any) -> None:
    merchant, operator = signed_in("merchant_tenant_admin"), signed_in("operator")
    left_today(50)
    before, key = merchant.rupees()["balance"], name("key")
    refused = direct_credit(operator, merchant, "50.01", idempotency_key=key)
    assert (refused.status_code, refused.json()["code"]) == (409, "direct_credit_limit_reached")
    assert refused.json()["meta"] == {"left": 50, "limit": 100_000}
    assert "two people decide" in refused.json()["message"]
    assert merchant.rupees()["balance"] == before
    both: list[Any] = []
    at_once = [threading.Thread(target=lambda: both.append(direct_credit(operator, merchant, 30))) for _ in range(2)]
    for each in at_once:
        each.start()
    for each in at_once:
        each.join()
    assert sorted(answer.status_code for answer in both) == [200, 409], "never more than the day allows"
    done = direct_credit(operator, merchant, 20, idempotency_key=key)
    assert (done.status_code, merchant.rupees()["balance"]) == (200, before + 50)
    again = direct_credit(operator, merchant, 20, idempotency_key=key)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true"), "a replay takes nothing"
    acts = operator.get("/api/v1/merchant/audit?what=wallets.direct_credit&limit=4").json()["data"]
    assert sorted(each["outcome"] for each in acts) == ["done", "done", "limit_reached", "limit_reached"]


def test_a_direct_credit_is_mailed_to_all_super_admins(signed_in: SignIn, left_today: Any) -> None:
    merchant, operator = signed_in("merchant_tenant_admin"), signed_in("operator")
    left_today(50)
    staff, shop = (Mailbox(each.get("/api/v1/auth/me").json()["data"]["email"]) for each in (operator, merchant))
    reason = name("Correction")
    assert direct_credit(operator, merchant, 12, reason=reason).status_code == 200
    assert direct_credit(operator, merchant, 120, reason=reason).status_code == 409
    for words in ("12.00 INR were credited", "120.00 INR were to be credited"):
        assert staff.wait_for(f"{words} directly to a wallet of Kaveri Stores: {reason}")
    assert shop.wait_for("12.00 INR were credited to your wallet")


def test_a_debit_takes_at_once_and_never_more_than_there_is(admin: SignedIn) -> None:
    id = admin.funded()
    before = admin.rupees()["available"]
    answer = admin.post(f"/api/v1/wallets/{id}/debit", {"amount": "0.01"})
    assert answer.status_code == 200, answer.text
    assert admin.rupees()["available"] == pytest.approx(before - 0.01)
    key = {"Idempotency-Key": name("much")}
    much = admin.post(f"/api/v1/wallets/{id}/debit", {"amount": "900000000"}, headers=key)
    assert (much.status_code, much.json()["code"]) == (409, "insufficient_balance")
    assert "available" in much.json()["meta"]
    again = admin.post(f"/api/v1/wallets/{id}/debit", {"amount": "900000000"}, headers=key)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (409, "true")


def test_a_debit_as_a_hold_sets_aside_until_it_ends(admin: SignedIn) -> None:
    id = admin.funded()
    before = admin.rupees()
    answer = admin.post(f"/api/v1/wallets/{id}/debit", {"amount": 100, "hold": True, "expires_in_minutes": 5})
    data = answer.json()["data"]
    assert (data["type"], data["status"]) == ("hold", "pending")
    assert data["expires_at"] > data["created_at"]
    after = admin.get(f"/api/v1/wallets/{id}").json()["data"]
    assert after["held"] == before["held"] + 100
    assert after["available"] == before["available"] - 100
    assert after["balance"] == before["balance"]
    admin.post(f"/api/v1/transactions/{data['transaction_id']}/void", {})
    assert admin.get(f"/api/v1/wallets/{id}").json()["data"]["held"] == before["held"]


def test_a_hold_that_would_end_before_now_is_refused(admin: SignedIn) -> None:
    body = {"amount": 1, "hold": True, "expires_at": "2020-01-01T00:00:00Z"}
    answer = admin.post(f"/api/v1/wallets/{admin.funded()}/debit", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "hold_expiry_invalid")


def test_a_transfer_moves_between_two_wallets_of_the_tenant(admin: SignedIn) -> None:
    source, branch = admin.funded(), name("branch")
    body = {"from_wallet_id": source, "to_customer": branch, "amount": 40, "note": "Branch", "reference": name("t")}
    body["create_wallet"] = True
    answer = admin.post("/api/v1/wallets/transfer", body)
    assert answer.status_code == 200, answer.text
    target = answer.json()["data"]["other_wallet_id"]
    made = admin.get(f"/api/v1/wallets/{target}").json()["data"]
    assert (made["customer"], made["available"], made["asset"]) == (branch, 40, "INR")
    assert target in [wallet["wallet_id"] for wallet in admin.get("/api/v1/wallets?limit=100").json()["data"]]
    assert admin.post("/api/v1/wallets/transfer", body).headers["Idempotency-Replayed"] == "true"
    back = {"from_wallet_id": target, "to_wallet_id": source, "amount": "15.50", "reference": name("t")}
    assert admin.post("/api/v1/wallets/transfer", back).status_code == 200
    assert admin.get(f"/api/v1/wallets/{target}").json()["data"]["available"] == 24.5
    same = admin.post("/api/v1/wallets/transfer", {**back, "to_wallet_id": target, "reference": name("t")})
    assert (same.status_code, same.json()["code"]) == (422, "same_wallet")


@pytest.mark.parametrize(
    "targets", [{}, {"to_wallet_id": "wal_0", "to_customer": "Pune branch"}, {"to_wallet_id": None}]
)
def test_a_transfer_has_one_target(admin: SignedIn, targets: Any) -> None:
    body = {"from_wallet_id": admin.rupees()["wallet_id"], "amount": 1, **targets}
    answer = admin.post("/api/v1/wallets/transfer", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["to_wallet_id"])


def test_a_name_is_another_wallet_for_another_tenant(admin: SignedIn, signed_in: SignIn) -> None:
    branch, stranger = name("branch"), signed_in("other_tenant_admin")
    moved = [
        who.post(
            "/api/v1/wallets/transfer",
            {"from_wallet_id": who.funded(), "to_customer": branch, "create_wallet": True, "amount": 1},
        )
        for who in (admin, stranger)
    ]
    assert len({answer.json()["data"]["other_wallet_id"] for answer in moved}) == 2


def test_another_tenants_wallet_looks_as_if_it_were_not_there(admin: SignedIn, signed_in: SignIn) -> None:
    stranger = signed_in("other_tenant_admin")
    id = admin.funded()
    answers = [
        stranger.get(f"/api/v1/wallets/{id}"),
        stranger.post(f"/api/v1/wallets/{id}/debit", {"amount": 1}),
        stranger.post(
            "/api/v1/wallets/transfer",
            {"from_wallet_id": id, "to_wallet_id": stranger.rupees()["wallet_id"], "amount": 1},
        ),
        admin.post("/api/v1/wallets/transfer", {"from_wallet_id": id, "to_wallet_id": "", "amount": 1}),
    ]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "wallet_not_found")}


def test_a_customers_wallet_shows_the_lots_that_expire(live: Client, signed_in: SignIn, phone: str) -> None:
    issued = live.post("/api/v1/merchant/coins/issue", {"phone": phone, "coins": 30, "reference": name("sale")})
    wallet = issued.json()["data"]["wallet_id"]
    shown = signed_in("merchant_admin").get(f"/api/v1/wallets/{wallet}").json()["data"]
    assert (shown["type"], shown["available"]) == ("coins", 30)
    assert [lot["coins"] for lot in shown["expiring"]] == [30]


def test_who_may_not_is_refused(signed_in: SignIn, live: Client) -> None:
    cashier, viewer = signed_in("cashier"), signed_in("viewer")
    id = viewer.rupees()["wallet_id"]
    assert cashier.get("/api/v1/wallets").status_code == 403
    assert viewer.post(f"/api/v1/wallets/{id}/debit", {"amount": 1}).status_code == 403
    assert viewer.post(f"/api/v1/wallets/{id}/credit", {"amount": 1, "reason": "x"}).status_code == 403
    body = {"from_wallet_id": id, "to_wallet_id": id, "amount": 1}
    assert viewer.post("/api/v1/wallets/transfer", body).status_code == 403
    assert live.get("/api/v1/wallets").status_code == 403  # an API key is no user


def test_the_list_goes_on_from_its_cursor(admin: SignedIn) -> None:
    admin.funded()
    first = admin.get("/api/v1/wallets?limit=1").json()
    cursor = first["meta"]["next_cursor"]
    if cursor:
        second = admin.get(f"/api/v1/wallets?limit=1&cursor={cursor}").json()["data"]
        assert second[0]["wallet_id"] > first["data"][0]["wallet_id"]
    assert admin.get("/api/v1/wallets?cursor=AAAA").json()["code"] == "invalid_cursor"
