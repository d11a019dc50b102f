"""A program's tiers through the gateway: set, earned by what was issued, shown at the counter, taken by a reversal."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from typing import Any

import pytest

from batua.audit import verify
from batua.store import keys
from batua.store.store import store
from tests.api.counter import ISSUE, data, refusal
from tests.api.program_fixtures import (  # noqa: F401
    THREE_FIELDS,
    URL,
    ProgramShop,
    SignIn,
    admin,
    change,
    made,
    newcomer,
    open_program,
    sign_in,
    tenant_id,
    till,
)

LEVELS = [
    {"name": "Silver", "earned": 50, "multiplier": 1.5, "benefits": ["Free delivery"]},
    {"name": "Gold", "earned": 200, "multiplier": 2},
]
TIERS: dict[str, Any] = {"grace_months": 3, "levels": LEVELS}
REWARDS = "/api/v1/rewards"
LOOKUP, BALANCE = "/api/v1/merchant/customers/lookup", "/api/v1/merchant/customers/balance"


@pytest.fixture
def shop(tenant_id: str, sign_in: SignIn) -> ProgramShop:
    """5 % of each bill comes back: 50 coins of 1,000 rupees, which make a customer Silver."""
    return open_program(tenant_id, sign_in, {**THREE_FIELDS, "tiers": TIERS})


def test_a_customer_rises_by_what_they_earned_and_the_answers_say_so(
    shop: ProgramShop, phone: str, tenant_id: str
) -> None:
    assert shop.issue(phone)["tier"] is None, "the bill that reaches a tier is not of it yet"
    shop.till.post("/api/v1/merchant/coins/redeem", {"phone": phone, "coins": 50})
    found = data(shop.till.get(LOOKUP, params={"phone": phone}))["wallets"][0]["tier"]
    assert (found["name"], found["multiplier"], found["benefits"]) == ("Silver", 1.5, ["Free delivery"])
    assert (found["earned"], found["by_grace"], found["next"]) == (
        50, False, {"name": "Gold", "earned": 200, "missing": 150},
    )  # fmt: skip
    assert data(shop.till.get(BALANCE, params={"phone": phone}))["tier"] == found
    body = {"phone": phone, "bill_amount": 1000, "idempotency_key": "second"}
    why = data(shop.till.post(f"{ISSUE}/calculate", {"phone": phone, "bill_amount": 1000}))
    issued = shop.till.post(ISSUE, body)
    assert data(issued)["tier"] == why["tier"]
    assert (data(issued)["coins_issued"], why["tier"]["coins"]) == (75, 25)
    assert (why["tier"]["id"], why["tier"]["how"]) == (found["id"], "Silver: 1.50 times the rule")
    again = shop.till.post(ISSUE, body)
    assert (data(again), again.headers["idempotency-replayed"]) == (data(issued), "true")
    report = verify.verify_scope(store(), keys.scope("live", tenant_id))
    assert report.findings == []


def test_a_reversed_issue_counts_no_more(shop: ProgramShop, phone: str) -> None:
    issued = shop.issue(phone)
    data(shop.admin.post(f"/api/v1/merchant/coins/{issued['transaction_id']}/reverse", {}))
    tier = data(shop.till.get(BALANCE, params={"phone": phone}))["tier"]
    assert (tier["name"], tier["earned"], tier["next"]["missing"]) == (None, 0, 50)


def test_tiers_are_read_changed_and_removed_and_keep_their_ids(shop: ProgramShop) -> None:
    read = data(shop.admin.get(f"{URL}/{shop.program}"))["tiers"]
    assert (read["version"], read["grace_months"], read["period"]) == (
        1, 3, {"type": "rolling", "months": 12, "starts_in": None},
    )  # fmt: skip
    assert [level["benefits"] for level in read["levels"]] == [["Free delivery"], []]
    renamed = data(change(shop.admin, shop.program, {"name": "Lotus Leaves"}))["tiers"]
    assert renamed == read, "a change of something else keeps them"
    silver = {**LEVELS[0], "id": read["levels"][0]["id"], "earned": 80}
    year = {"period": {"type": "calendar_year", "starts_in": 4}, "levels": [silver]}
    after = data(change(shop.admin, shop.program, {"tiers": year}))["tiers"]
    assert (after["version"], after["levels"][0]["id"], after["levels"][0]["earned"]) == (2, silver["id"], 80)
    assert data(change(shop.admin, shop.program, {"tiers": None}))["tiers"] is None


@pytest.mark.parametrize(
    ("tiers", "field"),
    [
        ({"levels": []}, "tiers.levels"),
        ({"levels": LEVELS[::-1]}, "tiers.levels.1.earned"),
        ({"levels": [{**LEVELS[0], "multiplier": 0.5}]}, "tiers.levels.0.multiplier"),
        ({"levels": [{**LEVELS[0], "id": "tier_of_another"}]}, "tiers.levels.0.id"),
        ({"levels": [{**LEVELS[0], "earned": 0.5}]}, "tiers.levels.0.earned"),
        ({"levels": [{**LEVELS[0], "benefits": ["<b>all</b>"]}]}, "tiers.levels.0.benefits.0"),
        ({"levels": LEVELS, "grace_months": 13}, "tiers.grace_months"),
        ({"levels": LEVELS, "period": {"type": "rolling", "starts_in": 4}}, "tiers.period"),
    ],
)
def test_tiers_that_make_no_sense_are_refused_by_the_field(
    shop: ProgramShop, tiers: dict[str, Any], field: str
) -> None:
    body = refusal(change(shop.admin, shop.program, {"tiers": tiers}), 400, "validation_error")
    assert list(body["errors"]) == [field]


def test_a_reward_for_a_tier_is_offered_and_given_from_that_tier_on(shop: ProgramShop, phone: str) -> None:
    silver = data(shop.admin.get(f"{URL}/{shop.program}"))["tiers"]["levels"][0]["id"]
    body = {"title": "Members' mug", "type": "voucher", "points": 10, "minimum_tier": silver}
    mug = made(shop.admin.post(REWARDS, body))
    assert mug["minimum_tier"] == silver
    shop.issue(phone, 500)

    def redeem() -> Any:
        return shop.admin.post(f"{REWARDS}/{mug['id']}/redeem", {"phone": phone})

    def offered() -> list[Any]:
        rows: list[Any] = data(shop.till.get(LOOKUP, params={"phone": phone}))["redeemable"]
        return [row["id"] for row in rows]

    refusal(redeem(), 409, "reward_tier_required")
    assert offered() == []
    shop.issue(phone, 500)
    assert offered() == [mug["id"]]
    assert redeem().status_code == 201
    changed = shop.admin.call("PATCH", f"{REWARDS}/{mug['id']}", json={"title": "Silver mug"})
    assert data(changed)["minimum_tier"] == silver
    wrong = shop.admin.post(REWARDS, {**body, "minimum_tier": "tier_of_another"})
    assert list(refusal(wrong, 400, "validation_error")["errors"]) == ["minimum_tier"]
