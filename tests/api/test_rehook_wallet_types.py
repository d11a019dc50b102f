"""Wallet types of an application, and a customer's history in one of them."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from typing import Any

import pytest

from batua.customers.points import MAX_WALLET_TYPES
from tests.api.conftest import Client
from tests.api.counter import ISSUE, data
from tests.api.rehook_fixtures import UNKNOWN, app, created, customer, moved, post, wallet  # noqa: F401 - fixtures
from tests.api.shops import Shop, open_shop  # noqa: F401 - a fixture

# -- Wallet types ----------------------------------------------------------------------------------------------------


def test_a_wallet_type_is_created_and_listed(open_shop: Any) -> None:
    client = open_shop().application
    assert client.get("/wallets").json() == []  # the merchant's own coin program is not one of them
    plain = client.post("/wallets", {"wallet_name": "Points"})
    assert plain.status_code == 201
    assert plain.json() == {
        "wallet_id": plain.json()["wallet_id"],
        "wallet_name": "Points",
        "currency": "INR",
        "singular_unit_name": "point",
        "plural_unit_name": "points",
        "decimals": 0,
        "expiry_months": None,
    }
    units = {"singular_unit_name": "star", "plural_unit_name": "stars", "currency": "USD"}
    other = client.post("/wallets", {"wallet_name": "Stars", **units, "decimals": 2, "expiry_months": 6}).json()
    assert client.get("/wallets").json() == [plain.json(), other]
    assert client.put("/wallets/customer/someone").status_code == 200
    shown = client.get("/wallets/customer/someone").json()
    assert [each["wallet_name"] for each in shown] == ["Points", "Stars"]
    assert list(shown[1]) == [
        *("wallet_id", "wallet_name", "currency", "singular_unit_name", "plural_unit_name"),
        *("loyalty_points", "held_points", "expiry_months"),
    ]
    assert (shown[1]["loyalty_points"], shown[1]["held_points"]) == (0, 0)


def test_a_wallet_type_is_created_once_under_a_key(open_shop: Any) -> None:
    client, headers = open_shop().application, {"Idempotency-Key": "my-wallet"}
    first, again = (client.post("/wallets", {"wallet_name": "Points"}, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post("/wallets", {"wallet_name": "Stars"}, headers=headers)
    assert (other.status_code, other.json()["details"]) == (422, "idempotency key reused")
    assert len(client.get("/wallets").json()) == 1


def test_an_application_has_no_more_wallet_types_than_it_may_but_keeps_those_it_has(open_shop: Any) -> None:
    client, headers = open_shop().application, {"Idempotency-Key": "the-first"}
    client.post("/wallets", {"wallet_name": "Points"}, headers=headers)
    for number in range(1, MAX_WALLET_TYPES):
        created(client, wallet_name=f"Points {number}")
    over = client.post("/wallets", {"wallet_name": "One more"})
    assert (over.status_code, over.json()["details"]) == (409, "too many wallet types")
    assert client.post("/wallets", {"wallet_name": "Points"}, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        *({"wallet_name": value} for value in (None, "", "x" * 129, "a\nb", 5)),
        *({"currency": value} for value in ("inr", "RUPEE", "")),
        *({"decimals": value} for value in (-1, 3, "many")),
        *({"expiry_months": value} for value in (0, 121, "never")),
        {"singular_unit_name": ""},
        {"plural_unit_name": []},
    ],
)
def test_a_bad_wallet_type_names_its_key(app: Shop, change: dict[str, Any]) -> None:
    answer = app.application.post("/wallets", {"wallet_name": "Points", **change})
    assert (answer.status_code, answer.json()["key"]) == (400, next(iter(change)))


def test_points_of_the_tenants_customers_do_not_show_at_its_counter(app: Shop, wallet: str, phone: str) -> None:
    """A tenant may have both: coins at its counter, and points of wallet types, in the same books."""
    coins = data(app.live.post(ISSUE, {"phone": phone, "coins": 10}))
    points = moved(post(app.application, coins["customer_id"], wallet, 500))
    assert points["loyalty_points"] == 500
    assert data(app.live.get("/api/v1/merchant/customers/balance", params={"phone": phone}))["balance"] == 10
    ledger = data(app.live.get("/api/v1/merchant/ledger", params={"limit": 100}))
    assert points["txn_id"] not in {row["transaction_id"] for row in ledger}
    assert data(app.live.get("/api/v1/merchant/customers/recent"))[0]["last_coins"] == 10
    undo = app.live.post(f"/api/v1/merchant/coins/{points['txn_id']}/reverse", {})
    assert (undo.status_code, undo.json()["code"]) == (404, "transaction_not_found")
    trail = data(app.live.get("/api/v1/merchant/audit"))
    assert [line["coins"] for line in trail if line["id"] == points["txn_id"]] == [None]


def history(client: Client, customer: str, wallet: str, **query: Any) -> Any:
    return client.get(f"/wallets/customer/{customer}/transactions/{wallet}", params=query)


def test_a_customers_history_shows_what_moved_the_newest_first(app: Shop, wallet: str, customer: str) -> None:
    assert history(app.application, customer, wallet).json() == {
        "wallet_id": wallet,
        "transactions": [],
        "next_cursor": None,
    }
    for points, type in ((40, "credit"), (15, "debit"), (5, "credit")):
        moved(post(app.application, customer, wallet, points, type, description=f"{type} {points}"))
    shown = moved(history(app.application, customer, wallet))
    rows = [
        (each["type"], each["points"], each["loyalty_points"], each["description"]) for each in shown["transactions"]
    ]
    assert rows == [("credit", 5, 30, "credit 5"), ("debit", 15, 25, "debit 15"), ("credit", 40, 40, "credit 40")]
    first = moved(history(app.application, customer, wallet, limit=2))
    second = moved(history(app.application, customer, wallet, limit=2, cursor=first["next_cursor"]))
    paged = [each["txn_id"] for page in (first, second) for each in page["transactions"]]
    assert paged == [each["txn_id"] for each in shown["transactions"]]


def test_a_history_is_of_the_applications_own_customers_and_wallets(
    app: Shop,
    wallet: str,
    customer: str,
    open_shop: Any,
) -> None:
    assert history(app.application, "nobody", wallet).status_code == 404
    assert history(app.application, customer, UNKNOWN).json()["details"] == "wallet not found"
    assert history(open_shop().application, customer, wallet).status_code == 404
    assert history(app.application, customer, wallet, cursor="AAAA").status_code == 400
    assert history(app.application, customer, wallet, sort="old").status_code == 400
