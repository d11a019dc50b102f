"""GET and PUT /api/v1/merchant/earning-rules, and what an issue makes of the rules."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batua.ledger.earning import EarningRule
from tests.api.counter import ISSUE, data, refusal
from tests.api.shops import Shop, open_shop  # noqa: F401 - a fixture

RULES = "/api/v1/merchant/earning-rules"
PERCENT: dict[str, Any] = {"type": "percentage", "percent": 5}
FLAT: dict[str, Any] = {"type": "flat", "coins": 10}
SLAB: dict[str, Any] = {"type": "slab", "slabs": [{"from_bill": 100, "coins": 1}, {"from_bill": 500, "coins": 7}]}


@pytest.fixture
def shop(open_shop: Any) -> Shop:  # noqa: F811
    """A merchant whose program gives two coins a bill."""
    made: Shop = open_shop(rules=(EarningRule("rule_00000000000000000000000000", "flat", coins=2, name="Two"),))
    return made


def put(shop: Shop, *rules: dict[str, Any], **more: Any) -> Any:
    return shop.admin.put(RULES, {"rules": list(rules), **more})


def earned(client: Any, phone: str, bill: Any) -> int:
    return int(data(client.post(ISSUE, {"phone": phone, "bill_amount": bill}))["coins_issued"])


def calculated(client: Any, phone: str, bill: Any) -> Any:
    return data(client.post(f"{ISSUE}/calculate", {"phone": phone, "bill_amount": bill}))


def test_a_merchant_without_rules_of_its_own_has_its_programs(shop: Shop, phone: str) -> None:
    rules = data(shop.live.get(RULES))
    assert (rules["source"], rules["version"]) == ("program", 0)
    assert rules["rules"] == [
        {
            "id": "rule_00000000000000000000000000",
            "version": 1,
            "type": "flat",
            "name": "Two",
            "percent": None,
            "coins": 2,
            "slabs": None,
            "minimum_bill": None,
            "cap_per_bill": None,
            "cap_per_customer_per_day": None,
            "rounding": "down",
        }
    ]
    assert earned(shop.live, phone, 1) == 2


def test_rules_are_put_in_place_read_back_used_and_taken_away_again(shop: Shop, phone: str) -> None:
    full = {
        "type": "percentage",
        "name": "Diwali",
        "percent": "7.25",
        "minimum_bill": "99.50",
        "cap_per_bill": 40,
        "cap_per_customer_per_day": "60",
        "rounding": "half_up",
    }
    put_back = data(put(shop, full))
    assert put_back == data(shop.live.get(RULES)) == data(shop.admin.get(RULES))
    (rule,) = put_back["rules"]
    assert rule["id"].startswith("rule_")
    assert rule == {
        **full,
        "id": rule["id"],
        "version": 1,
        "percent": 7.25,
        "minimum_bill": 99.5,
        "coins": None,
        "slabs": None,
    } | {"cap_per_customer_per_day": 60}
    issued = data(shop.live.post(ISSUE, {"phone": phone, "bill_amount": 200}))
    assert issued["coins_issued"] == 15  # 14.5 up
    assert issued["rule"] == {"id": rule["id"], "version": 1, "how": "7.25% of the bill"}
    back = data(put(shop))
    assert (back["source"], back["version"], back["rules"][0]["name"]) == ("program", 2, "Two")
    assert earned(shop.live, phone, 1000) == 2


def test_a_rule_that_changes_takes_the_next_version_and_one_that_does_not_keeps_its_own(shop: Shop, phone: str) -> None:
    one, two = data(put(shop, PERCENT, FLAT))["rules"]
    changed = data(put(shop, {**PERCENT, "id": one["id"], "percent": 6}, {**FLAT, "id": two["id"]}))
    assert [rule["version"] for rule in changed["rules"]] == [2, 1]
    assert [rule["id"] for rule in changed["rules"]] == [one["id"], two["id"]]
    assert changed["version"] == 2
    issued = data(shop.live.post(ISSUE, {"phone": phone, "bill_amount": 1000}))
    assert issued["rule"]["version"] == 2
    assert issued["coins_issued"] == 60


def test_an_entry_keeps_the_rule_that_it_was_made_by(shop: Shop, phone: str) -> None:
    first = data(put(shop, PERCENT))["rules"][0]
    headers = {"Idempotency-Key": f"sale-{phone}"}
    issued = data(shop.live.post(ISSUE, {"phone": phone, "bill_amount": 1000}, headers=headers))
    data(put(shop, {**PERCENT, "id": first["id"], "percent": 50}))
    again = shop.live.post(ISSUE, {"phone": phone, "bill_amount": 1000}, headers=headers)
    assert data(again) == issued
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_version_that_was_overtaken_refuses_the_change(shop: Shop) -> None:
    data(put(shop, PERCENT, version=0))
    refusal(put(shop, FLAT, version=0), 409, "version_conflict")
    data(put(shop, FLAT, version=1))
    assert data(shop.live.get(RULES))["rules"][0]["type"] == "flat"


def test_of_changes_at_once_from_one_version_one_is_made(shop: Shop) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda percent: put(shop, {**PERCENT, "percent": percent}, version=0), range(1, 9)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert data(shop.live.get(RULES))["version"] == 1


# -- What the rules give ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "bill", "coins"),
    [
        ({**PERCENT, "rounding": "down"}, "30.00", 1),
        ({**PERCENT, "rounding": "down"}, "39.99", 1),
        ({**PERCENT, "rounding": "half_up"}, "29.99", 1),
        ({**PERCENT, "rounding": "half_up"}, "30.00", 2),
        ({**PERCENT, "rounding": "up"}, "20.01", 2),
        ({**PERCENT, "rounding": "up"}, "20.00", 1),
        ({**PERCENT, "percent": "0.01"}, "9999.99", 0),
        ({**PERCENT, "percent": "0.01"}, "10000", 1),
        ({**PERCENT, "percent": 100}, "1.99", 1),
        (SLAB, "99.99", 0),
        (SLAB, "100", 1),
        (SLAB, "499.99", 1),
        (SLAB, "500.00", 7),
        (FLAT, "0.01", 10),
        ({**FLAT, "minimum_bill": "50"}, "49.99", 0),
        ({**FLAT, "minimum_bill": "50"}, "50", 10),
        ({**PERCENT, "cap_per_bill": 3}, "60", 3),
        ({**PERCENT, "cap_per_bill": 3}, "6000", 3),
    ],
)
def test_a_rule_gives_coins_to_the_paisa(shop: Shop, phone: str, rule: dict[str, Any], bill: str, coins: int) -> None:
    data(put(shop, rule))
    answer = shop.live.post(f"{ISSUE}/calculate", {"phone": phone, "bill_amount": bill})
    if coins:
        assert data(answer)["coins"] == coins
    else:
        refusal(answer, 422, "no_rule_matches")


def test_coins_with_decimals_are_counted_in_their_smallest_unit(open_shop: Any, phone: str) -> None:  # noqa: F811
    shop = open_shop(scale=2)
    data(put(shop, {"type": "percentage", "percent": "1.5", "cap_per_bill": "2.25"}))
    assert calculated(shop.live, phone, "99.99")["coins"] == 1.49
    assert calculated(shop.live, phone, "1000")["coins"] == 2.25
    assert (
        "rules.0.cap_per_bill"
        in refusal(put(shop, {**PERCENT, "cap_per_bill": "1.001"}), 400, "validation_error")["errors"]
    )


def test_the_rule_that_gives_most_wins_and_the_first_of_equals(shop: Shop, phone: str) -> None:
    rules = data(put(shop, FLAT, {**FLAT, "name": "the same"}, PERCENT, SLAB))["rules"]
    for bill, winner, coins in ((150, 0, 10), (200, 0, 10), (220, 2, 11), (500, 2, 25)):
        answer = calculated(shop.live, phone, bill)
        assert (answer["rule"]["id"], answer["coins"]) == (rules[winner]["id"], coins)


def test_a_rule_that_is_capped_may_lose_to_one_that_is_not(shop: Shop, phone: str) -> None:
    rules = data(put(shop, {**PERCENT, "percent": 50, "cap_per_bill": 5}, FLAT))["rules"]
    assert calculated(shop.live, phone, 1000)["rule"]["id"] == rules[1]["id"]


def test_the_days_cap_counts_over_requests_and_begins_again_at_the_tenants_midnight(shop: Shop, phone: str) -> None:
    data(put(shop, {**FLAT, "cap_per_customer_per_day": 25}))
    evening = shop.test.at("2027-03-10T18:29:59.999Z")
    assert [earned(evening, phone, 100) for _ in range(3)] == [10, 10, 5]
    full = refusal(evening.post(ISSUE, {"phone": phone, "bill_amount": 100}), 422, "daily_cap_reached")
    assert full["meta"] == {"earned_today": 25}
    refusal(evening.post(f"{ISSUE}/calculate", {"phone": phone, "bill_amount": 100}), 422, "daily_cap_reached")
    assert earned(evening, phone[:-1] + str((int(phone[-1]) + 1) % 10), 100) == 10
    midnight = shop.test.at("2027-03-10T18:30:00Z")
    assert earned(midnight, phone, 100) == 10
    # Time does not run backwards for a wallet: a till that is behind is on the new day as well.
    assert earned(evening, phone, 100) == 10


def test_coins_that_were_given_by_hand_count_for_the_day_but_are_not_capped(shop: Shop, phone: str) -> None:
    data(put(shop, {**FLAT, "cap_per_customer_per_day": 15}))
    data(shop.live.post(ISSUE, {"phone": phone, "coins": 12}))
    assert earned(shop.live, phone, 100) == 3
    assert data(shop.live.post(ISSUE, {"phone": phone, "coins": 100}))["coins_issued"] == 100


def test_bills_at_once_never_pass_the_days_cap(shop: Shop, phone: str) -> None:
    data(put(shop, {**FLAT, "cap_per_customer_per_day": 35}))
    at_noon = shop.test.at("2027-03-10T06:30:00Z")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: at_noon.post(ISSUE, {"phone": phone, "bill_amount": 100}), range(12)))
    given = [answer.json()["data"]["coins_issued"] for answer in answers if answer.status_code == 200]
    assert sorted(given) == [5, 10, 10, 10]


def test_an_empty_bill_earns_nothing_and_given_coins_ask_no_rule(shop: Shop, phone: str) -> None:
    data(put(shop, {**FLAT, "minimum_bill": 100}))
    issued = data(shop.live.post(ISSUE, {"phone": phone, "bill_amount": 50, "coins": 3}))
    assert (issued["coins_issued"], issued["rule"]) == (3, None)


# -- Refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"type": "cashback"}, "type"),
        ({}, "type"),
        ({"type": "percentage"}, "percent"),
        ({"type": "flat", "percent": 5}, "coins"),
        ({"type": "slab"}, "slabs"),
        ({"type": "slab", "slabs": []}, "slabs"),
        ({"type": "slab", "slabs": [{"coins": 5}]}, "slabs.0.from_bill"),
        ({"type": "slab", "slabs": [{"from_bill": "1.001", "coins": 5}]}, "slabs.0.from_bill"),
        ({"type": "slab", "slabs": [{"from_bill": 1, "coins": "0.5"}]}, "slabs.0.coins"),
        ({"type": "slab", "slabs": [{"from_bill": 1, "coins": 1}] * 21}, "slabs"),
        ({**PERCENT, "percent": 0}, "percent"),
        ({**PERCENT, "percent": "100.01"}, "percent"),
        ({**PERCENT, "percent": "0.001"}, "percent"),
        ({**PERCENT, "percent": "five"}, "percent"),
        ({**FLAT, "coins": "1.5"}, "coins"),
        ({**FLAT, "coins": 10**16}, "coins"),
        ({**FLAT, "minimum_bill": "0.001"}, "minimum_bill"),
        ({**FLAT, "cap_per_bill": -1}, "cap_per_bill"),
        ({**FLAT, "cap_per_bill": "0.5"}, "cap_per_bill"),
        ({**FLAT, "cap_per_customer_per_day": 0}, "cap_per_customer_per_day"),
        ({**FLAT, "cap_per_customer_per_day": "1.5"}, "cap_per_customer_per_day"),
        ({**FLAT, "rounding": "bankers"}, "rounding"),
        ({**FLAT, "name": ""}, "name"),
        ({**FLAT, "name": "a\nb"}, "name"),
        ({**FLAT, "id": "rule_00000000000000000000000000"}, "id"),
        ({**FLAT, "id": "#"}, "id"),
    ],
)
def test_bad_input_names_the_field_of_the_rule_and_changes_nothing(
    shop: Shop, rule: dict[str, Any], field: str
) -> None:
    assert f"rules.1.{field}" in refusal(put(shop, FLAT, rule), 400, "validation_error")["errors"]
    assert data(shop.live.get(RULES))["version"] == 0


def test_a_rule_stands_once_and_there_are_at_most_twenty(shop: Shop) -> None:
    assert "rules" in refusal(put(shop, *[FLAT] * 21), 400, "validation_error")["errors"]
    assert "rules" in refusal(shop.admin.put(RULES, {}), 400, "validation_error")["errors"]
    (rule,) = data(put(shop, FLAT))["rules"]
    twice = put(shop, {**FLAT, "id": rule["id"]}, {**PERCENT, "id": rule["id"]})
    assert "rules" in refusal(twice, 400, "validation_error")["errors"]
    assert len(data(put(shop, *[FLAT] * 20))["rules"]) == 20


def test_only_a_signed_in_administrator_replaces_rules(shop: Shop, keyed: Any, anyone: Any) -> None:
    body = {"rules": [FLAT]}
    refusal(anyone.put(RULES, body), 401, "unauthenticated")
    for client in (shop.live, shop.test, shop.user("cashier"), shop.user("viewer"), keyed("other_tenant_key")):
        refusal(client.put(RULES, body), 403, "forbidden")
    assert data(shop.user("cashier").get(RULES))["version"] == 0


def test_the_rules_are_those_of_live_and_of_the_sandbox_so_a_sandbox_session_may_not_replace_them(shop: Shop) -> None:
    refusal(shop.user("merchant_admin", "test").put(RULES, {"rules": [FLAT]}), 403, "forbidden")
    assert data(shop.test.get(RULES)) == data(shop.live.get(RULES))
    assert data(shop.live.get(RULES))["version"] == 0
