"""Campaigns through the gateway: coins on top of the rule, and budgets that are never overspent.

GET, POST /api/v1/rewards/programs/{id}/campaigns; DELETE …/campaigns/{campaign_id}; POST …/campaigns/dry-run
(list_campaigns, create_campaign, end_campaign, simulate_campaign)
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batua import clock
from batua.audit.verify import verify_wallet
from batua.store import keys
from batua.store.store import Store, store
from batua.store.writes import Update
from benchmarks.uses import Traffic, Watch
from tests.api.conftest import Client
from tests.api.counter import ISSUE, data, refusal
from tests.api.program_fixtures import (  # noqa: F401
    DOUBLE,
    THREE_FIELDS,
    URL,
    ProgramShop,
    SignIn,
    admin,
    change,
    made,
    newcomer,
    open_program,
    operator,
    sign_in,
    tenant,
    till,
)

GIFT = {"name": "Gift", "type": "bonus", "coins": 30, "ends_at": "2090-01-01"}


@pytest.fixture
def shop(newcomer: Any, sign_in: SignIn) -> ProgramShop:
    """5 % of each bill comes back: 50 coins of 1,000 rupees."""
    return open_program(newcomer(), sign_in, THREE_FIELDS)


def phones(count: int, phone: str) -> list[str]:
    return [f"{phone[:5]}{(int(phone[5:]) + 7919 * number) % 10**8:08d}" for number in range(count)]


def test_a_campaign_multiplies_what_the_rule_gives_and_the_answers_say_why(shop: ProgramShop, phone: str) -> None:
    campaign = shop.campaign(DOUBLE)
    assert campaign["status"] == "running"
    why = data(shop.till.post(f"{ISSUE}/calculate", {"phone": phone, "bill_amount": 1000}))
    assert (why["coins"], why["rule"]["how"]) == (100, "5.00% of the bill")
    assert why["campaign"] == {"id": campaign["id"], "version": 1, "coins": 50, "how": "2.00 times the rule"}
    body = {"phone": phone, "bill_amount": 1000, "idempotency_key": "bill-1"}
    issued = shop.till.post(ISSUE, body)
    assert (data(issued)["coins_issued"], data(issued)["campaign"]) == (100, why["campaign"])
    again = shop.till.post(ISSUE, body)
    assert (data(again), again.headers["idempotency-replayed"]) == (data(issued), "true")
    assert shop.issue(phone, coins=7)["campaign"] is None, "who says how many coins gets that many"


def test_the_campaign_that_gives_most_counts_alone(shop: ProgramShop, phone: str) -> None:
    shop.campaign(DOUBLE)
    gift = shop.campaign(GIFT)
    small = shop.issue(phone, 100)
    assert (small["coins_issued"], small["campaign"]["id"]) == (35, gift["id"])
    assert shop.issue(phone, 1000)["coins_issued"] == 100


def test_the_first_purchase_gets_its_bonus_once(shop: ProgramShop, phone: str) -> None:
    shop.campaign(GIFT, first_purchase=True)
    assert shop.issue(phone)["coins_issued"] == 80
    assert shop.issue(phone)["coins_issued"] == 50


def test_who_was_here_lately_is_not_won_back(shop: ProgramShop, phone: str) -> None:
    campaign = shop.campaign(GIFT, win_back_days=30)
    assert (campaign["win_back_days"], campaign["first_purchase"]) == (30, False)
    assert [shop.issue(phone)["coins_issued"] for _ in range(2)] == [50, 50]
    other, wallet = phones(2, phone)[1], shop.issue(phones(2, phone)[1])["wallet_id"]
    place = keys.wallet_key(keys.scope("live", data(shop.admin.get(f"{URL}/{shop.program}"))["owner_id"]), wallet)
    store().write(Update(place, set={"day": clock.add_days(clock.local_day(clock.system(), "Asia/Kolkata"), -30)}))
    dry = data(shop.admin.post(f"{shop.url}/dry-run", {"name": "G", "type": "bonus", "coins": 30, "win_back_days": 30}))
    assert (dry["sales"], dry["matched"]) == (3, 0)
    assert [shop.issue(other)["coins_issued"] for _ in range(2)] == [80, 50]


def test_a_budget_is_spent_to_the_coin_and_then_the_rule_gives_alone(shop: ProgramShop, phone: str) -> None:
    campaign = shop.campaign(GIFT, budget=70)
    customers = phones(4, phone)
    assert [shop.issue(customer)["coins_issued"] for customer in customers] == [80, 80, 50, 50]
    assert shop.left(campaign["id"]) == 10, "what does not cover a whole bonus stays"


def test_a_budget_is_never_overspent_by_many_at_once(shop: ProgramShop, phone: str) -> None:
    campaign = shop.campaign(GIFT, budget=150)
    with ThreadPoolExecutor(8) as pool:
        issued = list(pool.map(shop.issue, phones(16, phone)))
    gifts = [one["campaign"]["coins"] for one in issued if one["campaign"]]
    assert (len(gifts), sum(gifts), shop.left(campaign["id"])) == (5, 150, 0)
    assert sum(one["coins_issued"] for one in issued) == 16 * 50 + 150


def test_a_rival_who_takes_the_rest_of_the_budget_is_found_whenever_it_comes(
    shop: ProgramShop, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, commit = shop.campaign(GIFT, budget=30), Store.commit
    rival, came = phones(2, phone)[1], []

    def overtaken(self: Store, writes: Any, **more: Any) -> None:
        if not came and any(write.key.sk == campaign["id"] for write in writes):
            came.append(True)
            assert shop.issue(rival)["coins_issued"] == 80
        commit(self, writes, **more)

    monkeypatch.setattr(Store, "commit", overtaken)
    late = shop.issue(phone)
    assert came
    assert (late["coins_issued"], late["campaign"], shop.left(campaign["id"])) == (50, None, 0)


def test_a_dry_run_of_a_season_equals_the_same_sales_really_issued(shop: ProgramShop, phone: str) -> None:
    customers = phones(6, phone)
    season = {"name": "Season", "type": "bonus", "coins": 30, "minimum_bill": 300, "budget": 100}
    for number, customer in enumerate(customers):
        shop.issue(customer, 200 * (number + 1))
    dry = data(shop.admin.post(f"{shop.url}/dry-run", season))
    assert (dry["sales"], dry["matched"], dry["coins"], dry["value"], dry["complete"]) == (6, 3, 90, 90, True)
    assert dry["budget_spent_at"]
    assert data(shop.admin.get(shop.url)) == []
    shop.campaign(season, ends_at="2090-01-01")
    really = [shop.issue(customer, 200 * (number + 1)) for number, customer in enumerate(customers)]
    given = [one["campaign"]["coins"] for one in really if one["campaign"]]
    assert (len(given), sum(given)) == (dry["matched"], dry["coins"])


def test_a_campaign_ends_by_its_date_or_at_once(shop: ProgramShop, phone: str) -> None:
    later = shop.campaign(GIFT, starts_at="2089-01-01")
    assert (later["status"], shop.issue(phone)["coins_issued"]) == ("scheduled", 50)
    running = shop.campaign(GIFT)
    assert shop.issue(phone)["coins_issued"] == 80
    ended = data(shop.admin.call("DELETE", f"{shop.url}/{running['id']}"))
    assert ended["status"] == "ended"
    assert data(shop.admin.call("DELETE", f"{shop.url}/{running['id']}")) == ended
    assert shop.issue(phone)["coins_issued"] == 50
    assert [row["status"] for row in data(shop.admin.get(shop.url))] == ["scheduled", "ended"]


def test_a_change_of_the_program_leaves_its_campaigns(shop: ProgramShop, phone: str) -> None:
    shop.campaign(DOUBLE)
    data(change(shop.admin, shop.program, {"name": "Petals II", "earn_percent": 10}))
    assert shop.issue(phone)["coins_issued"] == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"multiplier": 1}, "multiplier"),
        ({"multiplier": 101}, "multiplier"),
        ({"multiplier": None}, "multiplier"),
        ({"coins": 5}, "coins"),
        ({"ends_at": "2020-01-01"}, "ends_at"),
        ({"starts_at": "2091-01-01"}, "ends_at"),
        ({"hours": {"from": "25:00", "until": "26:00"}}, "hours.from"),
        ({"hours": {"from": "10:00", "until": "10:00"}}, "hours"),
        ({"weekdays": ["someday"]}, "weekdays.0"),
        ({"merchants": ["shop"]}, "merchants.0"),
        ({"minimum_bill": 100, "maximum_bill": 50}, "maximum_bill"),
        ({"budget": "1.5"}, "budget"),
        ({"win_back_days": 6}, "win_back_days"),
        ({"win_back_days": 60, "first_purchase": True}, "win_back_days"),
    ],
)
def test_bad_input_names_the_field(shop: ProgramShop, wrong: dict[str, Any], field: str) -> None:
    body = refusal(shop.admin.post(shop.url, {**DOUBLE, **wrong}), 400, "validation_error")
    assert field in body["errors"]
    assert data(shop.admin.get(shop.url)) == []


def test_a_creation_sent_twice_makes_one_campaign(shop: ProgramShop) -> None:
    body = {**DOUBLE, "idempotency_key": "double-day"}
    first, again = shop.admin.post(shop.url, body), shop.admin.post(shop.url, body)
    assert made(first)["id"] == again.json()["data"]["id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert len(data(shop.admin.get(shop.url))) == 1
    refusal(shop.admin.post(shop.url, {**body, "multiplier": 3}), 422, "idempotency_key_reused")


def test_a_program_has_ten_campaigns_at_most(shop: ProgramShop) -> None:
    for _ in range(10):
        last = shop.campaign(GIFT)
    refusal(shop.admin.post(shop.url, GIFT), 409, "campaign_limit_reached")
    data(shop.admin.call("DELETE", f"{shop.url}/{last['id']}"))
    shop.campaign(GIFT)


def test_only_the_programs_owner_makes_and_ends_campaigns(
    shop: ProgramShop, admin: Client, newcomer: Any, sign_in: SignIn
) -> None:
    id = shop.campaign(DOUBLE)["id"]
    for answer in (
        admin.post(shop.url, DOUBLE),
        admin.get(shop.url),
        admin.call("DELETE", f"{shop.url}/{id}"),
        admin.post(f"{shop.url}/dry-run", {"name": "X", "type": "bonus", "coins": 1}),
    ):
        refusal(answer, 404, "program_not_found")
    refusal(shop.admin.call("DELETE", f"{shop.url}/cmp_1"), 404, "campaign_not_found")
    stolen = Client(shop.admin.url, {"Authorization": shop.admin.headers["Authorization"]})
    refusal(stolen.post(shop.url, DOUBLE), 403, "reauthentication_required")
    data(shop.admin.call("DELETE", f"{URL}/{shop.program}"))
    refusal(shop.admin.post(shop.url, DOUBLE), 409, "program_retired")
    application = sign_in(newcomer("application"))
    points = made(application.post(URL, {"name": "Miles", "kind": "application"}))["id"]
    refusal(application.post(f"{URL}/{points}/campaigns", DOUBLE), 404, "program_not_found")


def test_tier_campaign_remainder_and_pending_coins_cost_an_issue_nothing_and_a_budget_two_write_units(
    shop: ProgramShop, phone: str, platform: Any
) -> None:
    watch, customers = Watch(), iter(phones(9, phone))
    watch.platform = platform

    def units(bill: int = 1000) -> float:
        customer = next(customers)
        shop.issue(customer, bill)

        def once() -> Traffic:
            shop.issue(customer, bill)
            return Traffic(1, 0, 0)

        use = watch.use("issue", once)
        return sum(run.write_units for run in use.answered)

    plain = units()
    campaign = shop.campaign(DOUBLE)
    assert units() == plain
    data(shop.admin.call("DELETE", f"{shop.url}/{campaign['id']}"))
    tier = {"name": "Silver", "earned": 10, "multiplier": 2}
    data(change(shop.admin, shop.program, {"tiers": {"levels": [tier]}}))
    assert units() == plain, "a tier"
    shop.campaign(DOUBLE, budget=1000)
    assert units() == plain + 2, "a tier and a campaign with a budget"
    data(change(shop.admin, shop.program, {"pending_days": 14, "carry_remainders": True}))
    assert units(1010) == plain + 2, "and pending coins, and a remainder"


def test_a_campaign_on_items_counts_those_lines_and_no_others(shop: ProgramShop, phone: str) -> None:
    items = {"categories": ["Kitchen"], "brands": ["Kaveri", "Prestige"]}
    campaign = shop.campaign(DOUBLE, multiplier=3, items=items)
    assert campaign["items"] == {"skus": [], "categories": ["kitchen"], "brands": ["kaveri", "prestige"]}
    mug = {"sku": "MUG-350", "category": "KITCHEN", "brand": "kaveri", "amount": 400}
    pan = {"category": "kitchen", "brand": "Hawkins", "amount": 500}
    why = data(shop.till.post(f"{ISSUE}/calculate", {"phone": phone, "bill_amount": 1000, "items": [mug, pan]}))
    assert why["campaign"] == {
        "id": campaign["id"], "version": 1, "coins": 40, "how": "3.00 times the rule on items of 400.00",
    }  # fmt: skip
    issued = shop.issue(phone, items=[mug, pan], idempotency_key="items-1")
    assert (issued["coins_issued"], issued["campaign"]) == (90, why["campaign"])
    assert shop.issue(phone, items=[mug, pan], idempotency_key="items-1") == issued
    other = shop.till.post(
        ISSUE, {"phone": phone, "bill_amount": 1000, "items": [mug, mug], "idempotency_key": "items-1"}
    )
    refusal(other, 422, "idempotency_key_reused")
    assert shop.issue(phone, items=[pan])["coins_issued"] == 50
    assert shop.issue(phone)["coins_issued"] == 50, "nothing is known of what was sold"


def test_items_may_not_come_to_more_than_the_bill(shop: ProgramShop, phone: str) -> None:
    body = {"phone": phone, "bill_amount": 100, "items": [{"sku": "A", "amount": 60}, {"sku": "B", "amount": "40.01"}]}
    for url in (ISSUE, f"{ISSUE}/calculate"):
        assert "items" in refusal(shop.till.post(url, body), 400, "validation_error")["errors"]
    wrong = {**body, "items": [{"sku": "A", "amount": 0}]}
    assert "items.0.amount" in refusal(shop.till.post(ISSUE, wrong), 400, "validation_error")["errors"]


def test_a_bonus_for_items_is_given_once_for_a_bill(shop: ProgramShop, phone: str) -> None:
    shop.campaign(GIFT, items={"skus": ["mug-350"]})
    mug = {"sku": "MUG-350", "amount": 100}
    issued = shop.issue(phone, items=[mug, mug])
    assert (issued["coins_issued"], issued["campaign"]["how"]) == (80, "bonus for items")


def test_the_first_bill_after_the_anniversary_of_joining_gets_its_bonus(shop: ProgramShop, phone: str) -> None:
    shop.campaign(GIFT, anniversary_days=7)
    joined = shop.issue(phone)
    assert joined["coins_issued"] == 50
    today = clock.local_day(clock.system(), "Asia/Kolkata")
    owner = data(shop.admin.get(f"{URL}/{shop.program}"))["owner_id"]
    place = keys.wallet_key(keys.scope("live", owner), joined["wallet_id"])
    a_year_ago = clock.day_start(clock.day_of_year(today // 10_000 - 1, today % 10_000), "Asia/Kolkata")
    opened = {"open": a_year_ago, "day": clock.add_days(today, -40)}
    store().write(Update(place, set=opened))
    dry = {"name": "G", "type": "bonus", "coins": 30, "anniversary_days": 7}
    assert data(shop.admin.post(f"{shop.url}/dry-run", dry))["sales"] == 1
    assert [shop.issue(phone)["coins_issued"] for _ in range(2)] == [80, 50]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"items": {}}, "items"),
        ({"items": {"skus": ["x" * 49]}}, "items.skus.0"),
        ({"items": {"skus": [f"sku-{number}" for number in range(21)]}}, "items.skus"),
        ({"anniversary_days": 61}, "anniversary_days"),
        ({"anniversary_days": 7, "first_purchase": True}, "anniversary_days"),
        ({"wait_days": 3}, "wait_days"),
        ({"type": "birthday", "multiplier": None}, "coins"),
        ({"type": "birthday", "multiplier": None, "coins": 5, "weekdays": ["mon"]}, "weekdays"),
        ({"type": "birthday", "multiplier": None, "coins": 5, "minimum_bill": 5}, "minimum_bill"),
        ({"type": "referral", "multiplier": None}, "referrer_coins"),
        ({"type": "referral", "multiplier": None, "coins": 5, "items": {"skus": ["a"]}}, "items"),
        ({"type": "referral", "multiplier": None, "coins": 5, "per_referrer": 0}, "per_referrer"),
    ],
)
def test_terms_that_do_not_go_together_name_the_field(shop: ProgramShop, wrong: dict[str, Any], field: str) -> None:
    assert field in refusal(shop.admin.post(shop.url, {**DOUBLE, **wrong}), 400, "validation_error")["errors"]


@pytest.mark.parametrize("wrong", [{"type": "birthday"}, {"items": {"skus": ["a"]}}])
def test_what_the_ledger_cannot_tell_is_not_tried_out(shop: ProgramShop, wrong: dict[str, Any]) -> None:
    body = {"name": "X", "type": "bonus", "coins": 5, **wrong}
    answer = refusal(shop.admin.post(f"{shop.url}/dry-run", body), 400, "validation_error")
    assert next(iter(wrong)) in answer["errors"]


def test_a_first_bill_that_was_undone_leaves_the_next_one_the_first(shop: ProgramShop, phone: str) -> None:
    """A cashier types a wrong bill and takes it back: the customer does not lose the bonus of the first purchase."""
    shop.campaign(GIFT, first_purchase=True)
    wrong = shop.issue(phone, 9000)
    undo = f"/api/v1/merchant/coins/{wrong['transaction_id']}/reverse"
    assert data(shop.till.post(undo, {"reason": "Wrong bill"}))["balance"] == 0
    assert shop.issue(phone)["campaign"] == wrong["campaign"]
    assert shop.issue(phone)["campaign"] is None
    scope = keys.scope("live", data(shop.admin.get(f"{URL}/{shop.program}"))["owner_id"])
    assert verify_wallet(store(), scope, wrong["wallet_id"]).findings == []


def test_a_return_is_no_visit_to_who_stayed_away(shop: ProgramShop, phone: str) -> None:
    """A bill is returned long after: whoever is won back by the next one has stayed away all the same."""
    shop.campaign(GIFT, win_back_days=30)
    sandbox = till(shop.admin, "test")
    first = data(sandbox.at("2027-01-05T06:30:00Z").post(ISSUE, {"phone": phone, "bill_amount": 1000}))
    reverse = f"/api/v1/merchant/coins/{first['transaction_id']}/reverse"
    data(sandbox.at("2027-03-01T06:30:00Z").post(reverse, {"coins": 10}))
    again = data(sandbox.at("2027-03-02T06:30:00Z").post(ISSUE, {"phone": phone, "bill_amount": 1000}))
    assert again["campaign"] is not None
