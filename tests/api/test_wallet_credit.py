"""Rewards in wallet credit: coins of a shop's program buy points of a wallet type of the same tenant.

POST /api/v1/rewards, /api/v1/rewards/{id}/redeem, /api/v1/rewards/redemptions/{id}/approve, …/reject, …/cancel
POST /api/v1/merchant/coins/{id}/reverse
(create_reward, redeem_reward, approve_redemption, reject_redemption, cancel_redemption, reverse_coins)
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from batua.audit.verify import verify_wallet
from batua.customers.model import customer_wallet_id
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Update
from tests.api.conftest import Client
from tests.api.counter import ISSUE, data
from tests.api.rewarding import REDEMPTIONS, URL, code, coins, decide, left, redemption
from tests.api.shops import Open, Shop, open_shop  # noqa: F401
from tests.api.signed_in import name

REVERSE = "/api/v1/merchant/coins/{}/reverse"


class CreditShop:
    """A shop with coins, and with store credit in rupees and paise, which its own application spends."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.live = shop, shop.live
        self.admin: Any = shop.user("tenant_admin")
        body = {"wallet_name": "Store credit", "decimals": 2, "currency": "INR"}
        self.credit: str = shop.application.post("/wallets", body).json()["wallet_id"]
        self.scope = keys.scope("live", shop.tenant.id)

    def reward(self, **fields: Any) -> Any:
        benefit = {"wallet_type": self.credit, "credit": "50.50"}
        body = {"title": name("Credit"), "type": "wallet_credit", "points": 10, "benefit": benefit, **fields}
        return self.admin.post(URL, body)

    def offer(self, **fields: Any) -> str:
        answer = self.reward(**fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def customer(self, phone: str, coins: int = 100) -> str:
        issued = data(self.live.post(ISSUE, {"phone": phone, "coins": coins}))
        return str(issued["customer_id"])

    def redeem(self, reward: str, phone: str, key: str | None = None) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.admin.post(f"{URL}/{reward}/redeem", {"phone": phone}, headers=headers)

    def redeemed(self, reward: str, phone: str) -> dict[str, Any]:
        answer = self.redeem(reward, phone)
        assert answer.status_code == 201, answer.text
        content: dict[str, Any] = answer.json()["data"]
        return content

    def spend(self, customer: str, points: str) -> Any:
        body = {"points": points, "type": "debit", "description": "Order 7"}
        return self.shop.application.put(f"/wallets/customer/{customer}/transactions/{self.credit}", body)

    def held(self, customer: str) -> Decimal:
        """What the shop's application sees of the customer's store credit."""
        rows = self.shop.application.get(f"/wallets/customer/{customer}").json()
        return Decimal(str(next(row["loyalty_points"] for row in rows if row["wallet_id"] == self.credit)))

    def sound(self, customer: str, program: str) -> bool:
        wallets = [customer_wallet_id(self.scope, each, customer) for each in (self.credit, program)]
        return all(verify_wallet(store(), self.scope, wallet).findings == [] for wallet in wallets)


@pytest.fixture(scope="module")
def shop(open_shop: Open) -> CreditShop:
    return CreditShop(open_shop())


@pytest.fixture
def program(shop: CreditShop) -> str:
    assert shop.shop.tenant.program
    return shop.shop.tenant.program.id


def test_coins_buy_credit_that_the_shops_application_spends(shop: CreditShop, program: str, phone: str) -> None:
    id, customer = shop.offer(), shop.customer(phone)
    benefit = shop.admin.get(f"{URL}/{id}").json()["data"]["benefit"]
    assert (benefit["wallet_type"], benefit["wallet_name"], benefit["credit"]) == (shop.credit, "Store credit", 50.5)
    done = shop.redeemed(id, phone)
    assert (done["state"], done["type"], done["has_code"]) == ("fulfilled", "wallet_credit", False)
    credit = done["credit"]
    assert (credit["wallet_type"], credit["wallet_name"], credit["amount"]) == (shop.credit, "Store credit", 50.5)
    assert (coins(shop.live, phone)[:2], shop.held(customer)) == ((90, 0), Decimal("50.5"))
    entry = store().read([keys.transaction_key(shop.scope, credit["transaction_id"])])
    assert [(row["kind"], row["ref"]) for row in entry.values() if row] == [("issue", done["id"])]
    assert redemption(shop.admin, done["id"])["credit"] == credit
    assert shop.spend(customer, "20.25").status_code == 200
    assert shop.held(customer) == Decimal("30.25")
    assert shop.sound(customer, program)


def test_a_replay_credits_nothing_more(shop: CreditShop, program: str, phone: str) -> None:
    id, customer, key = shop.offer(), shop.customer(phone), name("key")
    first, again = shop.redeem(id, phone, key), shop.redeem(id, phone, key)
    assert (first.status_code, again.headers.get("Idempotency-Replayed")) == (201, "true")
    assert again.json()["data"] == first.json()["data"]
    assert (coins(shop.live, phone)[0], shop.held(customer)) == (90, Decimal("50.5"))
    # Nor does one whose first coming can't credit any more.
    shop.admin.call("PATCH", f"{URL}/programs/{shop.credit}", json={"status": "paused"})
    assert shop.redeem(id, phone, key).json()["data"] == first.json()["data"]
    shop.admin.call("PATCH", f"{URL}/programs/{shop.credit}", json={"status": "active"})
    assert shop.sound(customer, program)


def test_200_at_once_on_a_stock_of_50_credit_50(shop: CreditShop, program: str) -> None:
    phones = [f"+91990066{number:04d}" for number in range(20)]
    customers = [shop.customer(phone) for phone in phones]
    id = shop.offer(stock=50)
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda phone: shop.redeem(id, phone), phones * 10))
    assert Counter(code(answer) for answer in answers) == {(201, "success"): 50, (409, "reward_sold_out"): 150}
    assert left(shop.admin, id) == 0
    assert sum(coins(shop.live, phone)[0] for phone in phones) == 20 * 100 - 50 * 10
    assert sum(shop.held(customer) for customer in customers) == 50 * Decimal("50.5")
    assert all(shop.sound(customer, program) for customer in customers)


def test_credit_that_is_to_be_approved_comes_with_the_approval_alone(
    shop: CreditShop, program: str, phone: str
) -> None:
    id, customer = shop.offer(approval_required=True, stock=3), shop.customer(phone)
    asked = [shop.redeemed(id, phone) for _ in range(3)]
    assert [(one["state"], one["credit"]["transaction_id"]) for one in asked] == [("pending", None)] * 3
    assert (coins(shop.live, phone)[:2], shop.held(customer)) == ((70, 30), 0)
    assert decide(shop.admin, asked[0]["id"], "reject").status_code == 200
    assert decide(shop.admin, asked[1]["id"], "cancel").status_code == 200
    assert (coins(shop.live, phone)[:2], shop.held(customer)) == ((90, 10), 0)
    done = data(decide(shop.admin, asked[2]["id"], "approve", key="once"))
    assert (done["state"], done["credit"]["transaction_id"] is not None) == ("fulfilled", True)
    again = decide(shop.admin, asked[2]["id"], "approve", key="once")
    assert again.headers.get("Idempotency-Replayed") == "true"
    assert (coins(shop.live, phone)[:2], shop.held(customer)) == ((90, 0), Decimal("50.5"))
    assert left(shop.admin, id) == 2
    assert shop.sound(customer, program)


def test_coins_come_back_with_as_much_of_the_credit_and_not_without_it(
    shop: CreditShop, program: str, phone: str
) -> None:
    id, customer = shop.offer(stock=5), shop.customer(phone)
    done = shop.redeemed(id, phone)
    reverse = REVERSE.format(done["transaction_id"])
    assert data(shop.live.post(reverse, {"coins": 4}))["coins_reversed"] == 4
    assert (coins(shop.live, phone)[0], shop.held(customer)) == (94, Decimal("30.30"))
    assert shop.spend(customer, "10.00").status_code == 200
    refused = shop.live.post(reverse, {}, headers={"Idempotency-Key": name("key")})
    assert code(refused) == (409, "reward_credit_spent")
    assert (coins(shop.live, phone)[0], shop.held(customer), left(shop.admin, id)) == (94, Decimal("20.30"), 4)
    shop.redeemed(id, phone)
    assert data(shop.live.post(reverse, {}))["coins_reversed"] == 6
    assert (coins(shop.live, phone)[0], shop.held(customer)) == (90, Decimal("40.50"))
    assert redemption(shop.admin, done["id"])["state"] == "reversed"
    assert left(shop.admin, id) == 4
    assert code(shop.live.post(reverse, {})) == (409, "nothing_to_reverse")
    assert shop.sound(customer, program)


def test_a_wallet_that_takes_no_credit_refuses_and_nothing_is_taken(open_shop: Open, phone: str) -> None:
    shop = CreditShop(open_shop())
    at_once, asked = shop.offer(stock=2), shop.offer(approval_required=True)
    customer = shop.customer(phone)
    waiting = shop.redeemed(asked, phone)
    paused = shop.admin.call("PATCH", f"{URL}/programs/{shop.credit}", json={"status": "paused"})
    assert paused.status_code == 200, paused.text
    for id in (at_once, asked):
        refused = shop.redeem(id, phone)
        assert code(refused) == (409, "reward_credit_refused")
        assert refused.json()["message"] == (
            "Store credit cannot be credited now (it is paused). No coins were taken; try again later."
        )
    assert code(decide(shop.admin, waiting["id"], "approve")) == (409, "reward_credit_refused")
    assert (coins(shop.live, phone)[:2], left(shop.admin, at_once)) == ((90, 10), 2)
    assert data(decide(shop.admin, waiting["id"], "reject"))["state"] == "rejected"
    assert shop.held(customer) == 0


def test_credit_that_does_not_fit_the_wallets_decimals_any_more_is_refused_and_never_rounded(
    open_shop: Open, phone: str
) -> None:
    shop = CreditShop(open_shop())
    id, customer = shop.offer(stock=3), shop.customer(phone)

    def decimals(count: int) -> None:
        """As a wallet type's that has been paused for long enough, and of which nothing was credited."""
        store().write(Update(keys.program_key(shop.shop.tenant.id, shop.credit), set={"scale": count}))

    decimals(0)
    refused = shop.redeem(id, phone)
    assert code(refused) == (409, "reward_credit_refused")
    assert "its decimals have changed" in refused.json()["message"]
    assert (coins(shop.live, phone)[:2], left(shop.admin, id)) == ((100, 0), 3)
    decimals(1)
    done = shop.redeemed(id, phone)
    assert (done["state"], shop.held(customer), left(shop.admin, id)) == ("fulfilled", Decimal("50.5"), 2)


def test_a_frozen_wallet_takes_no_credit_until_it_is_active_again(open_shop: Open, phone: str) -> None:
    shop = CreditShop(open_shop())
    id, customer = shop.offer(stock=3), shop.customer(phone)
    shop.redeemed(id, phone)
    wallet = keys.wallet_key(shop.scope, customer_wallet_id(shop.scope, shop.credit, customer))
    store().write(Update(wallet, set={"st": "frozen"}))
    key = name("key")
    refused = shop.redeem(id, phone, key)
    assert code(refused) == (409, "reward_credit_refused")
    assert "the customer's wallet is frozen" in refused.json()["message"]
    assert (coins(shop.live, phone)[:2], left(shop.admin, id)) == ((90, 0), 2)
    store().write(Update(wallet, set={"st": "active"}))
    assert shop.redeem(id, phone, key).status_code == 201, "a refusal is not kept under its key"
    assert (coins(shop.live, phone)[:2], shop.held(customer)) == ((80, 0), Decimal("101"))


def test_only_a_wallet_type_of_ones_own_is_credited(shop: CreditShop, open_shop: Open, phone: str) -> None:
    other = CreditShop(open_shop())
    benefit = {"wallet_type": shop.credit, "credit": 10}
    for fields, field in (
        ({"benefit": None}, "benefit.wallet_type"),
        ({"benefit": {"wallet_type": shop.credit}}, "benefit.credit"),
        ({"benefit": {**benefit, "credit": "1.005"}}, "benefit.credit"),
        ({"benefit": {**benefit, "credit": 0}}, "benefit.credit"),
        ({"benefit": {**benefit, "wallet_type": other.credit}}, "benefit.wallet_type"),
        ({"benefit": {**benefit, "wallet_type": "waty_none"}}, "benefit.wallet_type"),
        ({"benefit": {**benefit, "wallet_type": shop.shop.tenant.program.id}}, "benefit.wallet_type"),  # type: ignore[union-attr]
        ({"code": {"source": "generated"}}, "code.source"),
        ({"type": "voucher", "benefit": benefit}, "benefit.wallet_type"),
    ):
        answer = shop.reward(**fields)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field]), answer.text
    mine = shop.offer()
    assert code(other.admin.get(f"{URL}/{mine}")) == (404, "reward_not_found")
    other.customer(phone)
    assert code(other.redeem(mine, phone)) == (404, "reward_not_found")
    assert other.admin.get(REDEMPTIONS).json()["data"] == []


def test_a_member_of_a_network_offers_no_wallet_credit(live: Client, shop: CreditShop, credentials: Any) -> None:
    person = credentials["merchant_tenant_admin"]
    member = Client(live.url, {"Authorization": f"Bearer {person['token']}", "X-Reauthentication": person["proof"]})
    body = {"title": "Credit", "type": "wallet_credit", "points": 10, "benefit": {"wallet_type": shop.credit}}
    answer = member.post(URL, body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["type"]), answer.text
