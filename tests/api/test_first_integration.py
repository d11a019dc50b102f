"""What a developer needs from an answer on the first day: what it belongs to, what is left, and what was wrong."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.api.counter import BALANCE
from tests.api.gateway_parties import Party, charge, parent, transaction  # noqa: F401 - a fixture
from tests.api.signed_in import SignedIn, SignIn, signed_in  # noqa: F401 - a fixture

TRANSACTIONS = "/api/v1/transactions"


@pytest.fixture
def admin(signed_in: SignIn) -> SignedIn:  # noqa: F811
    return signed_in("tenant_admin")


def done(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def debited(admin: SignedIn, **more: Any) -> dict[str, Any]:
    return done(admin.post(f"/api/v1/wallets/{admin.funded()}/debit", {"amount": 30, **more}))


@pytest.mark.parametrize(("end", "status"), [("capture", "captured"), ("void", "voided")])
def test_what_ends_a_hold_names_it(admin: SignedIn, end: str, status: str) -> None:
    hold = debited(admin, hold=True)
    ended = done(admin.post(f"{TRANSACTIONS}/{hold['transaction_id']}/{end}", {}))
    assert ended["original_transaction_id"] == hold["transaction_id"]
    assert hold["original_transaction_id"] is None
    read = done(admin.get(f"{TRANSACTIONS}/{ended['transaction_id']}"))
    assert read["original_transaction_id"] == hold["transaction_id"]
    assert done(admin.get(f"{TRANSACTIONS}/{hold['transaction_id']}"))["status"] == status


def left(answer: Any) -> Any:
    done(answer)
    return answer.json()["meta"]["wallet"]


def test_a_movement_says_what_its_wallet_holds_now(admin: SignedIn) -> None:
    wallet = admin.funded()
    before = done(admin.get(f"/api/v1/wallets/{wallet}"))
    hold = admin.post(f"/api/v1/wallets/{wallet}/debit", {"amount": 30, "hold": True})
    assert left(hold) == {
        "balance": before["balance"],
        "held": before["held"] + 30,
        "available": before["available"] - 30,
    }
    taken = admin.post(f"{TRANSACTIONS}/{done(hold)['transaction_id']}/capture", {"amount": 10})
    assert left(taken)["available"] == before["available"] - 10
    moved = admin.post(
        "/api/v1/wallets/transfer",
        {"from_wallet_id": wallet, "to_customer": "Pune branch", "create_wallet": True, "amount": 5},
    )
    assert (done(moved)["wallet_id"], left(moved)["available"]) == (wallet, before["available"] - 15)


def test_a_replay_repeats_the_movement_and_has_the_wallet_as_it_is(admin: SignedIn) -> None:
    key, body = uuid.uuid4().hex, {"amount": 30}
    path = f"/api/v1/wallets/{admin.funded()}/debit"
    first = admin.post(path, body, headers={"Idempotency-Key": key})
    done(admin.post(path, {"amount": 1}))
    again = admin.post(path, body, headers={"Idempotency-Key": key})
    assert done(again) == done(first)
    assert left(again)["available"] == left(first)["available"] - 1


def test_a_gateway_transaction_says_what_is_left(parent: Party) -> None:  # noqa: F811
    before = parent.balance()
    answer = parent.post("/create-transaction", transaction(charge(10)))
    assert answer.status_code == 200, answer.text
    assert answer.json()["wallet"]["balance"] == before - 10 == parent.balance()


def test_a_missing_parameter_is_named(live: Any) -> None:
    answer = live.get(BALANCE)
    wrong = answer.json()["errors"]
    assert (answer.status_code, sorted(wrong)) == (400, ["phone", "qr", "wallet_id"])
    assert wrong["phone"] == ["give exactly one of phone, wallet_id and qr"]


@pytest.mark.parametrize("body", [{}, {"email": 1}, {"anything": "else"}])
def test_closed_registration_is_the_answer_whatever_is_sent(anyone: Any, body: dict[str, Any]) -> None:
    answer = anyone.post("/api/v1/auth/register", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "registration_disabled")
