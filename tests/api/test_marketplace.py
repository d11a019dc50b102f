"""The marketplace through the gateway, with the house as vendor.

GET  /api/v1/marketplace/entry, /balance, /products, /products/{id}, /orders, /orders/{id}
POST /api/v1/marketplace/checkout
(enter_marketplace, read_marketplace_balance, list_products, read_product, checkout, list_orders, read_order,
advance_order, settle_order, resume_orders)
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batua.marketplace import balance, checkout, execution
from batua.marketplace.balance import redemption_room
from batua.phone import masked
from batua.store import market_keys
from batua.store.store import store
from local.host import LocalPlatform
from tests.api.conftest import Client
from tests.api.marketplace_fixtures import URL, order, placed, settled
from tests.api.rewarding import URL as REWARDS
from tests.api.rewarding import code, coins, customer, left, redeemed, reward
from tests.api.signed_in import SignedIn, SignIn, name, signed_in  # noqa: F401


@pytest.fixture(scope="module")
def owner(signed_in: SignIn) -> SignedIn:
    return signed_in("merchant_tenant_admin")


@pytest.fixture(scope="module")
def cashier(signed_in: SignIn) -> SignedIn:
    return signed_in("cashier")


def gift_card(owner: SignedIn, codes: int = 3, **fields: Any) -> str:
    secrets = [name("CARD") for _ in range(codes)]
    body = {"type": "gift_card", "points": 10, "benefit": {"amount": 10, "provider": "BookBarn"}, **fields}
    return reward(owner, code={"source": "pool"}, codes=secrets, **body)


def test_an_order_is_held_placed_captured_and_shown_to_who_ordered(
    owner: SignedIn, cashier: SignedIn, live: Client, phone: str
) -> None:
    id = gift_card(owner)
    first = placed(cashier, id, customer(live, phone), 20, quantity=2, reference=name("basket"))
    assert (first["state"], first["points"], first["points_captured"], first["delivered"]) == ("processing", 20, 0, 0)
    done = settled(cashier, first["id"])
    assert (done["state"], done["delivered"], done["points_captured"], done["cards"]) == ("completed", 2, 20, None)
    waiting = market_keys.open_order_key(first["id"])
    assert store().read([waiting])[waiting] is None, "a settled order waits for nobody"
    assert coins(live, phone)[:2] == (80, 0)
    assert left(owner, id) == 1
    assert code(owner.get(f"{URL}/orders/{first['id']}?reveal=true")) == (403, "forbidden")
    shown = cashier.get(f"{URL}/orders/{first['id']}?reveal=true").json()["data"]
    codes = [card["code"] for card in shown["cards"]]
    assert len(set(codes)) == 2
    (listed,) = [each for each in cashier.get(f"{URL}/orders?limit=100").json()["data"] if each["id"] == first["id"]]
    assert {each["customer_phone"] for each in (listed, shown)} == {masked(phone)}
    said = [cashier.get(f"{URL}/orders?limit=100").text, owner.get(f"{URL}/orders?all=true&limit=100").text]
    audited = live.get("/api/v1/merchant/audit?limit=100")
    assert audited.status_code == 200, audited.text
    assert "marketplace cards shown" in audited.text
    for table, beginning in (("directory", "MARKET"), ("ledger", "L#")):
        said += [repr(item) for item in store().scan_all(table, beginning=beginning)]  # type: ignore[arg-type]
    assert not [text[:200] for text in (*said, audited.text) if any(secret in text for secret in codes)]
    ledger = live.get("/api/v1/merchant/ledger", params={"customer": phone}).json()["data"]
    assert [entry["type"] for entry in ledger] == ["capture", "hold", "issue"]
    assert ledger[0]["transaction_id"] == done["settlement_transaction_id"]


def test_a_replay_gives_the_first_answer_and_orders_nothing(owner: SignedIn, live: Client, phone: str) -> None:
    id, key = gift_card(owner), name("key")
    customer(live, phone)
    first = order(owner, id, phone, key=key)
    settled(owner, first.json()["data"]["id"])
    again = order(owner, id, phone, key=key)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (202, "true")
    assert again.json()["data"] == first.json()["data"]
    assert code(order(owner, id, phone, 20, quantity=2, key=key)) == (422, "idempotency_key_reused")
    assert coins(live, phone)[:2] == (90, 0)


def test_what_cannot_be_ordered_is_refused_with_its_figures(owner: SignedIn, live: Client, phone: str) -> None:
    id = gift_card(owner, codes=2)
    assert code(order(owner, id, phone)) == (404, "customer_not_found")
    customer(live, phone, 15)
    changed = order(owner, id, phone, 9)
    assert code(changed) == (409, "product_price_changed")
    assert "costs 10 now, not 9" in changed.json()["message"]
    assert code(order(owner, id, phone, 30, quantity=3)) == (409, "product_sold_out")
    assert code(order(owner, id, phone, 20, quantity=2)) == (409, "insufficient_balance")
    for body, field in (
        ({"denomination": 11}, "denomination"),
        ({"quantity": 11}, "quantity"),
        ({"quantity": "2"}, "quantity"),
        ({"expected_points": None}, "expected_points"),
    ):
        answer = owner.post(f"{URL}/checkout", {"phone": phone, "product_id": id, "expected_points": 10, **body})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field]), answer.text
    for other in ("nothing", "rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "prd_01KDC0V6M8W3T4Q9X2Z7N5B1FA"):
        assert code(order(owner, other, phone)) == (404, "product_not_found")
    assert coins(live, phone)[:2] == (15, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"limits": {"ever": 1}},
        {"approval_required": True, "delivery": "manual"},
        {"status": "paused"},
        {"visible_until": "2026-01-01T00:00:00Z"},
        {"type": "voucher"},
    ],
)
def test_the_house_sells_no_reward_that_people_decide_on_or_that_is_limited(
    owner: SignedIn, fields: dict[str, Any]
) -> None:
    id = gift_card(owner, **fields)
    assert code(owner.get(f"{URL}/products/{id}")) == (404, "product_not_found")
    listed = owner.get(f"{URL}/products?limit=100").json()["data"]
    assert id not in [product["id"] for product in listed]


def test_products_are_searched_filtered_and_paged(owner: SignedIn) -> None:
    word = name("Quill")
    ids = [gift_card(owner, title=f"{word} {number}", categories=["books"]) for number in range(3)]
    empty = gift_card(owner, codes=0, title=f"{word} empty")
    found: list[str] = []
    query: dict[str, Any] = {"search": word.upper(), "limit": 2}
    while True:
        answer = owner.get(f"{URL}/products", params=query).json()
        found += [product["id"] for product in answer["data"]]
        if not (cursor := answer["meta"]["next_cursor"]):
            break
        query["cursor"] = cursor
    assert found == [empty, *reversed(ids)]

    def listed(**more: Any) -> list[str]:
        answer = owner.get(f"{URL}/products", params={"search": word, **more})
        return [product["id"] for product in answer.json()["data"]]

    assert listed(available="true") == listed(category="books") == list(reversed(ids))
    assert listed(max_points=9) == listed(vendor="runa") == []
    assert code(owner.get(f"{URL}/products?serach=x"))[0] == 400
    one = owner.get(f"{URL}/products/{ids[0]}?denomination=10").json()["data"]
    assert (one["quote"], one["left"]) == ({"denomination": 10, "points": 10}, 3)
    assert one["denominations"]["fixed"] == [{"denomination": 10, "points": 10}]
    wrong = owner.get(f"{URL}/products/{ids[0]}?denomination=12")
    assert (wrong.status_code, wrong.json()["errors"]["denomination"]) == (400, ["must be one of 10.00"])


def test_a_price_that_changes_between_quote_and_checkout_is_not_charged(
    owner: SignedIn, live: Client, phone: str
) -> None:
    id = gift_card(owner)
    customer(live, phone)
    changed = owner.call("PATCH", f"{REWARDS}/{id}", json={"points": 12})
    assert changed.status_code == 200, changed.text
    assert code(order(owner, id, phone, 10)) == (409, "product_price_changed")
    assert placed(owner, id, phone, 12)["points"] == 12


def test_a_price_that_changes_while_it_is_checked_out_is_not_charged(
    owner: SignedIn, live: Client, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = gift_card(owner)
    customer(live, phone)
    look = redemption_room

    def overtaken(call: Any) -> Any:
        """The reward has been read and its price compared; the coins are not held yet."""
        monkeypatch.setattr(checkout, "redemption_room", look)
        assert owner.call("PATCH", f"{REWARDS}/{id}", json={"points": 12}).status_code == 200
        return look(call)

    monkeypatch.setattr(checkout, "redemption_room", overtaken)
    assert code(order(owner, id, phone, 10)) == (409, "product_price_changed")
    assert coins(live, phone)[:2] == (100, 0)


def test_at_stock_1_one_of_many_gets_the_card_and_the_others_their_coins(owner: SignedIn, live: Client) -> None:
    id = gift_card(owner, codes=1)
    phones = [customer(live, f"+91990188{number:04d}", 50) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda phone: order(owner, id, phone), phones))
    made = [answer.json()["data"]["id"] for answer in answers if answer.status_code == 202]
    assert {code(answer) for answer in answers if answer.status_code != 202} <= {(409, "product_sold_out")}
    ends = [settled(owner, one) for one in made]
    states = Counter((one["state"], one["reason"]) for one in ends)
    assert states == Counter({("completed", None): 1, ("failed", "sold_out"): len(made) - 1}) - Counter()
    assert sorted(coins(live, phone)[:2] for phone in phones) == [(40, 0), *[(50, 0)] * 7]


def test_a_double_checkout_of_one_basket_is_one_order(owner: SignedIn, live: Client, phone: str) -> None:
    id, reference = gift_card(owner), name("basket")
    customer(live, phone)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: order(owner, id, phone, reference=reference), range(6)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    settled(owner, answers[0].json()["data"]["id"])
    assert coins(live, phone)[:2] == (90, 0)


def test_fewer_cards_than_ordered_are_paid_in_part(
    platform: LocalPlatform, owner: SignedIn, live: Client, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool shrinks between checkout and placing: somebody redeems codes as rewards."""
    id = gift_card(owner, codes=3)
    with monkeypatch.context() as lost:
        lost.setattr(execution, "start_order", lambda *_: False)
        made = placed(owner, id, customer(live, phone), 30, quantity=3)
    other = customer(live, "+919901770001", 100)
    for _ in range(2):
        redeemed(owner, id, other)
    monkeypatch.setattr(execution, "_GRACE_MS", -1000)
    platform.embedded_aws.run_schedule("ResumeOrders")
    done = settled(owner, made["id"])
    assert (done["state"], done["delivered"], done["reason"]) == ("partially_completed", 1, "sold_out")
    assert (done["points"], done["points_captured"]) == (30, 10)
    assert coins(live, phone)[:2] == (90, 0)


def test_an_order_whose_execution_was_never_started_is_resumed(
    platform: LocalPlatform, owner: SignedIn, live: Client, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = gift_card(owner)
    customer(live, phone)
    with monkeypatch.context() as lost:
        lost.setattr(execution, "start_order", lambda *_: False)
        made = placed(owner, id, phone)
    assert platform.embedded_aws.run_schedule("ResumeOrders") is not None
    assert owner.get(f"{URL}/orders/{made['id']}").json()["data"]["state"] == "processing"
    monkeypatch.setattr(execution, "_GRACE_MS", -1000)
    assert platform.embedded_aws.run_schedule("ResumeOrders")["resumed"] >= 1
    assert settled(owner, made["id"])["state"] == "completed"
    assert coins(live, phone)[:2] == (90, 0)


def test_orders_and_products_of_others_do_not_exist(
    owner: SignedIn, cashier: SignedIn, signed_in: SignIn, live: Client, phone: str
) -> None:
    id = gift_card(owner)
    made = placed(owner, id, customer(live, phone))
    settled(owner, made["id"])
    stranger = signed_in("other_tenant_admin")
    assert code(stranger.get(f"{URL}/orders/{made['id']}")) == (404, "market_order_not_found")
    assert code(stranger.get(f"{URL}/products/{id}")) == (404, "product_not_found")
    assert code(order(stranger, id, phone)) == (404, "customer_not_found")
    assert made["id"] not in stranger.get(f"{URL}/orders?all=true&limit=100").text
    assert code(cashier.get(f"{URL}/orders/{made['id']}")) == (404, "market_order_not_found")
    assert code(cashier.get(f"{URL}/orders?all=true")) == (403, "forbidden")
    assert code(owner.get(f"{URL}/orders/nothing")) == (404, "market_order_not_found")
    assert code(signed_in("viewer").post(f"{URL}/checkout", {}))[0] == 403
    assert owner.get(f"{URL}/orders?state=completed&limit=100").text.count(made["id"]) == 1
    assert made["id"] not in cashier.get(f"{URL}/orders?limit=100").text


def test_entry_names_the_targets_and_balance_what_can_be_spent(owner: SignedIn, live: Client, phone: str) -> None:
    entry = owner.get(f"{URL}/entry", params={"product_id": "rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"}).json()["data"]
    assert entry["web_url"].endswith("/marketplace?product=rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA")
    assert (entry["api"]["checkout"][-len(URL) - 9 :], entry["vendors"]) == (f"{URL}/checkout", ["house"])
    assert code(owner.get(f"{URL}/entry?product_id=x"))[0] == 400
    assert code(owner.get(f"{URL}/balance", params={"phone": phone})) == (404, "customer_not_found")
    customer(live, phone, 25)
    found = owner.get(f"{URL}/balance", params={"phone": phone}).json()["data"]
    assert (found["available"], found["held"], found["spendable"], found["worth"], found["can_spend"]) == (
        25,
        0,
        25,
        25,
        True,
    )
    assert code(owner.get(f"{URL}/balance"))[0] == 400


def test_an_order_over_the_merchants_ceiling_is_refused_before_the_vendor_is_asked(
    owner: SignedIn, live: Client, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = gift_card(owner)
    customer(live, phone)
    monkeypatch.setattr(checkout, "redemption_room", lambda _: balance.RedemptionRoom(3, 5, 9))
    answer = order(owner, id, phone)
    assert code(answer) == (409, "mir_limit_reached")
    assert "9" in answer.json()["message"]
    assert coins(live, phone)[:2] == (100, 0)
