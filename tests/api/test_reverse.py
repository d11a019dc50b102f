"""POST /api/v1/merchant/coins/{id}/reverse: an issue or a redemption undone, wholly or in parts, never twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import jwt
import pytest

from batua import ids
from batua.audit.verify import verify_wallet
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Update
from tests.api.counter import BALANCE, ISSUE, REDEEM, STATS, data, refusal


def reverse(client: Any, transaction: str, body: dict[str, Any] | None = None, **more: Any) -> Any:
    return client.post(f"/api/v1/merchant/coins/{transaction}/reverse", body or {}, **more)


def balance(client: Any, phone: str) -> Any:
    return data(client.get(BALANCE, params={"phone": phone}))["balance"]


def issued(client: Any, phone: str, coins: Any) -> str:
    return str(data(client.post(ISSUE, {"phone": phone, "coins": coins}))["transaction_id"])


def redeemed(client: Any, phone: str, coins: Any) -> str:
    return str(data(client.post(REDEEM, {"phone": phone, "coins": coins}))["transaction_id"])


def test_a_whole_issue_is_undone(live: Any, scope: str, phone: str) -> None:
    original = data(live.post(ISSUE, {"phone": phone, "coins": 30}))
    undone = data(reverse(live, original["transaction_id"], {"reason": "wrong customer", "reference": f"R-{phone}"}))
    assert undone["type"] == "reverse_issue"
    assert undone["reversed_transaction_id"] == original["transaction_id"]
    assert undone["transaction_id"] != original["transaction_id"]
    assert (undone["coins_reversed"], undone["previous_balance"], undone["balance"]) == (30, 30, 0)
    assert (undone["shortfall"], undone["expired"]) == (0, 0)
    assert (undone["reason"], undone["reference"]) == ("wrong customer", f"R-{phone}")
    assert (undone["customer_id"], undone["wallet_id"]) == (original["customer_id"], original["wallet_id"])
    assert balance(live, phone) == 0
    assert verify_wallet(store(), scope, original["wallet_id"]).findings == []


def test_a_redemption_comes_back_into_the_lots_that_it_came_from(sandbox: Any, phone: str) -> None:
    data(sandbox.at("2027-01-10T06:00:00Z").post(ISSUE, {"phone": phone, "coins": 10}))
    shop = sandbox.at("2027-02-10T06:00:00Z")
    data(shop.post(ISSUE, {"phone": phone, "coins": 10}))
    taken = data(shop.post(REDEEM, {"phone": phone, "coins": 15}))
    assert [(lot["month"], lot["coins"]) for lot in taken["lots"]] == [("2028-01", 10), ("2028-02", 5)]
    undone = data(reverse(shop, taken["transaction_id"]))
    assert (undone["type"], undone["coins_reversed"]) == ("reverse_redeem", 15)
    held = data(shop.get(BALANCE, params={"phone": phone}))
    assert [(lot["month"], lot["coins"]) for lot in held["expiring"]] == [("2028-01", 10), ("2028-02", 10)]


def test_coins_of_a_redemption_whose_lots_are_past_come_back_as_breakage(sandbox: Any, phone: str) -> None:
    shop = sandbox.at("2030-01-10T06:00:00Z")
    data(shop.post(ISSUE, {"phone": phone, "coins": 10}))
    taken = redeemed(shop, phone, 4)
    late = sandbox.at("2031-02-01T06:00:00Z")
    undone = data(reverse(late, taken))
    assert (undone["coins_reversed"], undone["expired"], undone["balance"]) == (4, 10, 0)
    assert balance(late, phone) == 0


def test_a_transaction_is_undone_in_parts_that_end_exactly_at_the_whole(live: Any, scope: str, phone: str) -> None:
    original = data(live.post(ISSUE, {"phone": phone, "coins": 10}))
    for coins, left in ((4, 6), ("5", 1)):
        assert data(reverse(live, original["transaction_id"], {"coins": coins}))["balance"] == left
    over = refusal(reverse(live, original["transaction_id"], {"coins": 2}), 409, "reversal_exceeds_original")
    assert over["meta"] == {"original": 10, "left": 1}
    rest = data(reverse(live, original["transaction_id"]))
    assert (rest["coins_reversed"], rest["balance"]) == (1, 0)
    none = refusal(reverse(live, original["transaction_id"]), 409, "nothing_to_reverse")
    assert none["meta"] == {"original": 10, "reversed": 10}
    assert verify_wallet(store(), scope, original["wallet_id"]).findings == []


def test_more_than_the_original_is_refused_at_once(live: Any, phone: str) -> None:
    original = issued(live, phone, 10)
    refusal(reverse(live, original, {"coins": 11}), 409, "reversal_exceeds_original")
    assert balance(live, phone) == 10


@pytest.mark.parametrize("by", ["key", "reference"])
def test_the_same_reversal_again_gives_the_first_answer(live: Any, phone: str, by: str) -> None:
    original = issued(live, phone, 10)
    headers = {"Idempotency-Key": f"undo-{phone}"} if by == "key" else {}
    body: dict[str, Any] = {"coins": 6, **({"reference": f"undo-{phone}"} if by == "reference" else {})}
    first, again = (reverse(live, original, body, headers=headers) for _ in range(2))
    assert data(first) == data(again)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert balance(live, phone) == 4
    refusal(reverse(live, original, {**body, "coins": 4}, headers=headers), 422, "idempotency_key_reused")


def test_the_reversal_that_undid_the_whole_is_replayed_as_the_success_it_was(live: Any, phone: str) -> None:
    original, headers = issued(live, phone, 10), {"Idempotency-Key": f"whole-{phone}"}
    first, again = (reverse(live, original, headers=headers) for _ in range(2))
    assert data(first) == data(again)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_one_key_does_not_undo_two_transactions(live: Any, phone: str) -> None:
    one, other, headers = issued(live, phone, 10), issued(live, phone, 10), {"Idempotency-Key": f"two-{phone}"}
    data(reverse(live, one, headers=headers))
    refusal(reverse(live, other, headers=headers), 422, "idempotency_key_reused")
    assert balance(live, phone) == 10


def test_reversals_at_once_never_exceed_the_original(live: Any, scope: str, phone: str) -> None:
    original = data(live.post(ISSUE, {"phone": phone, "coins": 10}))
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: reverse(live, original["transaction_id"], {"coins": 1}), range(24)))
    codes = Counter(answer.json()["code"] for answer in answers)
    assert codes == {"success": 10, "nothing_to_reverse": 14}
    assert balance(live, phone) == 0
    assert verify_wallet(store(), scope, original["wallet_id"]).findings == []


def test_another_merchant_of_the_network_does_not_see_the_transaction(live: Any, keyed: Any, phone: str) -> None:
    original = issued(live, phone, 10)
    for stranger in ("second_merchant_live_key", "other_tenant_key", "closed_loop_live_key", "merchant_test_key"):
        refusal(reverse(keyed(stranger), original), 404, "transaction_not_found")
    assert balance(live, phone) == 10


def test_a_reversal_cannot_be_reversed(live: Any, phone: str) -> None:
    issue = issued(live, phone, 10)
    for original in (redeemed(live, phone, 5), issue):
        undone = data(reverse(live, original))["transaction_id"]
        refusal(reverse(live, undone), 409, "not_reversible")


def test_a_refused_request_is_nothing_that_could_be_undone(live: Any, scope: str, phone: str) -> None:
    issued(live, phone, 1)
    headers = {"Idempotency-Key": f"refused-{phone}"}
    refusal(live.post(REDEEM, {"phone": phone, "coins": 2}, headers=headers), 409, "insufficient_balance")
    never = ids.derived_id("txn", scope, _merchant(live), "redeem", f"key:refused-{phone}")
    assert store().read([keys.transaction_key(scope, never)])[keys.transaction_key(scope, never)] is not None
    refusal(reverse(live, never), 404, "transaction_not_found")


@pytest.mark.parametrize(
    "id",
    [
        *(
            "txn_00000000000000000000000000",
            "txn_1",
            "TXN_00000000000000000000000000",
            "wal_00000000000000000000000000",
        ),
        *("a%23b", "%00", "%2e%2e", "txn_0000000000000000000000000%23", "%F0%9F%98%80", "x" * 2000),
        *("txn_00000000000000000000000000%0A", "txn_8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "txn_%D9%A10000000000000000000000000"),
    ],
)
def test_an_id_of_no_transaction_is_not_found_whatever_its_form(live: Any, id: str) -> None:
    refusal(reverse(live, id), 404, "transaction_not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"coins": 0}, "coins"),
        ({"coins": -1}, "coins"),
        ({"coins": "1.5"}, "coins"),
        ({"coins": []}, "coins"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 257}, "reason"),
        ({"reference": "a\x00b"}, "reference"),
        ({"idempotency_key": "a b"}, "idempotency_key"),
    ],
)
def test_bad_input_names_the_field_and_undoes_nothing(live: Any, phone: str, body: dict[str, Any], field: str) -> None:
    original = issued(live, phone, 10)
    assert field in refusal(reverse(live, original, body), 400, "validation_error")["errors"]
    assert balance(live, phone) == 10


def test_undoing_an_issue_whose_coins_are_spent_takes_what_is_left_and_records_the_shortfall(
    live: Any, scope: str, phone: str
) -> None:
    original = data(live.post(ISSUE, {"phone": phone, "coins": 10}))
    redeemed(live, phone, 7)
    undone = data(reverse(live, original["transaction_id"]))
    assert (undone["coins_reversed"], undone["shortfall"], undone["balance"]) == (3, 7, 0)
    refusal(reverse(live, original["transaction_id"]), 409, "nothing_to_reverse")
    assert verify_wallet(store(), scope, original["wallet_id"]).findings == []


def test_undoing_an_issue_of_which_nothing_is_left_only_records_the_shortfall(live: Any, phone: str) -> None:
    original = issued(live, phone, 5)
    redeemed(live, phone, 5)
    undone = data(reverse(live, original))
    assert (undone["coins_reversed"], undone["shortfall"], undone["balance"]) == (0, 5, 0)


def test_under_the_policy_negative_the_customer_owes_the_coins_and_the_next_issue_pays_them(
    live: Any, scope: str, phone: str
) -> None:
    original = data(live.post(ISSUE, {"phone": phone, "coins": 10}))
    redeemed(live, phone, 7)
    with policy(live, "negative"):
        undone = data(reverse(live, original["transaction_id"]))
    assert (undone["coins_reversed"], undone["shortfall"]) == (10, 0)
    assert (undone["previous_balance"], undone["balance"]) == (3, -7)
    shown = data(live.get(BALANCE, params={"phone": phone}))
    assert (shown["balance"], shown["available"], shown["value"], shown["expiring"]) == (-7, -7, 0, [])
    refused = refusal(live.post(REDEEM, {"phone": phone, "coins": 1}), 409, "insufficient_balance")
    assert refused["meta"] == {"balance": -7, "available": 0, "requested": 1}
    paid = data(live.post(ISSUE, {"phone": phone, "coins": 10}))
    assert (paid["previous_balance"], paid["balance"]) == (-7, 3)
    assert verify_wallet(store(), scope, original["wallet_id"]).findings == []


def test_under_the_policy_reject_spent_coins_keep_the_issue_from_being_undone(live: Any, phone: str) -> None:
    original = issued(live, phone, 10)
    redeemed(live, phone, 7)
    with policy(live, "reject"):
        refused = refusal(reverse(live, original), 409, "coins_already_spent")
        assert refused["meta"] == {"available": 3}
        assert data(reverse(live, original, {"coins": 3}))["balance"] == 0


def test_undoing_an_issue_takes_its_room_from_the_month(sandbox: Any, phone: str) -> None:
    shop = sandbox.at("2029-03-03T06:00:00Z")
    original = issued(shop, phone, 10)
    issued(shop, phone, 10)
    assert data(shop.get(STATS))["ceiling"] == 60
    data(reverse(shop, original))
    stats = data(shop.get(STATS))
    assert (stats["issued"], stats["ceiling"]) == (10, 30)


def test_a_transaction_of_last_month_is_undone_in_the_month_that_it_counted_in(sandbox: Any, phone: str) -> None:
    march, april = sandbox.at("2029-05-31T18:29:59Z"), sandbox.at("2029-05-31T18:30:00Z")
    original = issued(march, phone, 10)
    data(reverse(april, original))
    months = {row["month"]: row["issued"] for row in data(april.get(STATS))["months"]}
    assert (months["2029-05"], months["2029-06"]) == (0, 0)


def test_what_an_undone_issue_gave_may_be_earned_again_on_the_same_day(sandbox: Any, phone: str) -> None:
    """The rule `festival` gives 350 coins from a bill of 5,000 on, and no more than 1,000 a day."""
    shop = sandbox.at("2029-07-03T06:00:00Z")
    bills = [data(shop.post(ISSUE, {"phone": phone, "bill_amount": 5000})) for _ in range(3)]
    assert [bill["coins_issued"] for bill in bills] == [350, 350, 300]
    data(reverse(shop, bills[0]["transaction_id"]))
    assert data(shop.post(ISSUE, {"phone": phone, "bill_amount": 5000}))["coins_issued"] == 350


def test_points_of_a_wallet_type_are_not_undone_at_the_counter_of_the_same_tenant(keyed: Any, phone: str) -> None:
    """A tenant may have both, in the same books: a coin program of its own, and wallet types."""
    bakery = keyed("closed_loop_live_key")
    original = data(bakery.post(ISSUE, {"phone": phone, "coins": 10}))
    owner = _merchant(bakery)
    key = keys.transaction_key(f"L#{owner}", original["transaction_id"])
    record = store().read([key])[key]
    assert record is not None
    store().write(Update(key, set={"asset": "waty_00000000000000000000000000"}))
    refusal(reverse(bakery, original["transaction_id"]), 404, "transaction_not_found")
    store().write(Update(key, set={"asset": record["asset"]}))
    assert data(reverse(bakery, original["transaction_id"]))["balance"] == 0


def _merchant(client: Any) -> str:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    return str(jwt.decode(token, options={"verify_signature": False})["tid"])


@contextmanager
def policy(client: Any, name: str) -> Iterator[None]:
    """The merchant's program under another policy for reversals."""
    key = keys.tenant_key(_merchant(client))
    record = store().read([key])[key]
    assert record is not None
    program = record["program"]
    store().write(Update(key, set={"program": {**program, "reversal": name}}))
    try:
        yield
    finally:
        store().write(Update(key, set={"program": program}))
