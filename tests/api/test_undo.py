"""A cashier takes a slip back: POST /api/v1/merchant/coins/{id}/undo."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from batua.audit.verify import verify_wallet
from batua.store.store import store
from local.host import LocalPlatform
from tests.api.conftest import Client
from tests.api.counter import BALANCE, ISSUE, REDEEM, data, refusal
from tests.api.signed_in import SignedIn, SignIn, signed_in  # noqa: F401 - a fixture


@pytest.fixture
def cashier(signed_in: SignIn) -> SignedIn:  # noqa: F811
    return signed_in("cashier")


def undo(client: Any, transaction: str, **more: Any) -> Any:
    return client.post(f"/api/v1/merchant/coins/{transaction}/undo", {"reason": "Wrong bill", **more})


def balance(client: Any, phone: str) -> Any:
    return data(client.get(BALANCE, params={"phone": phone}))["balance"]


def test_a_cashier_undoes_an_issue_of_their_own_once(cashier: SignedIn, scope: str, phone: str) -> None:
    kept = data(cashier.post(ISSUE, {"phone": phone, "coins": 7}))
    slip = data(cashier.post(ISSUE, {"phone": phone, "coins": 30}))
    undone = data(undo(cashier, slip["transaction_id"], idempotency_key=f"slip-{phone}"))
    assert undone["type"] == "reverse_issue"
    assert (undone["coins_reversed"], undone["balance"], undone["reason"]) == (30, 7, "Wrong bill")
    again = undo(cashier, slip["transaction_id"], idempotency_key=f"slip-{phone}")
    assert data(again)["transaction_id"] == undone["transaction_id"]
    assert again.headers["idempotency-replayed"] == "true"
    refusal(undo(cashier, slip["transaction_id"]), 409, "nothing_to_reverse")
    refusal(undo(cashier, kept["transaction_id"]), 403, "undo_not_allowed")
    assert balance(cashier, phone) == 7
    assert verify_wallet(store(), scope, slip["wallet_id"]).findings == []


def test_an_undo_pressed_by_several_at_once_counts_once(cashier: SignedIn, phone: str) -> None:
    slip = data(cashier.post(ISSUE, {"phone": phone, "coins": 5}))
    with ThreadPoolExecutor(4) as pool:
        codes = sorted(each.status_code for each in pool.map(lambda _: undo(cashier, slip["transaction_id"]), range(4)))
    assert codes == [200, 409, 409, 409]
    assert balance(cashier, phone) == 0


def test_an_undo_is_refused_once_coins_have_been_spent(cashier: SignedIn, phone: str) -> None:
    slip = data(cashier.post(ISSUE, {"phone": phone, "coins": 20}))
    spent = data(cashier.post(REDEEM, {"phone": phone, "coins": 1}))
    refusal(undo(cashier, slip["transaction_id"]), 403, "undo_not_allowed")
    refusal(undo(cashier, spent["transaction_id"]), 403, "undo_not_allowed")
    assert balance(cashier, phone) == 19


def test_an_undo_is_refused_after_five_minutes(platform: LocalPlatform, phone: str) -> None:
    person = json.loads(Path(platform.credentials).read_text())["cashier"]
    body = {"username": person["username"], "password": person["password"], "mode": "test"}
    token = data(Client(platform.url, {}).post("/api/v1/auth/token", body))["access_token"]
    till = Client(platform.url, {"Authorization": f"Bearer {token}"})
    now, last, late = (till.at(f"2027-01-10T10:{moment}Z") for moment in ("00:00", "05:00", "05:01"))
    slip = data(now.post(ISSUE, {"phone": phone, "coins": 5}))["transaction_id"]
    refusal(undo(late, slip), 403, "undo_not_allowed")
    assert data(undo(last, slip))["balance"] == 0


def test_nobody_undoes_what_another_issued(
    live: Any,
    cashier: SignedIn,
    signed_in: SignIn,  # noqa: F811
    phone: str,
) -> None:
    of_a_key = data(live.post(ISSUE, {"phone": phone, "coins": 5}))
    refusal(undo(cashier, of_a_key["transaction_id"]), 403, "undo_not_allowed")
    own = data(cashier.post(ISSUE, {"phone": phone, "coins": 6}))
    refusal(undo(signed_in("merchant_admin"), own["transaction_id"]), 403, "undo_not_allowed")
    refusal(undo(signed_in("other_tenant_admin"), own["transaction_id"]), 404, "transaction_not_found")
    refusal(undo(signed_in("viewer"), own["transaction_id"]), 403, "forbidden")
    assert undo(live, own["transaction_id"]).status_code in (401, 403)
    refusal(undo(cashier, "txn_none"), 404, "transaction_not_found")
    assert balance(cashier, phone) == 11
