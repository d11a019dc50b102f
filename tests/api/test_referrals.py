"""Referrals: a code of a customer's own, named once by a new customer, and rewarded once their first bill has stood.

GET, POST /api/v1/me/referral (read_my_referral, name_my_referrer); POST /api/v1/merchant/coins/issue with
`referral_code`; GET /api/v1/rewards/programs/{id}/referrals (list_referrals); the job give_campaign_coins
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batua import clock
from batua.audit.verify import verify_scope
from batua.customers.referrals import referral_code
from batua.phone import masked
from batua.rewards import gifts, referral_rewards
from batua.store import keys, referral_keys
from batua.store.store import store
from batua.store.writes import Put, Update
from benchmarks.uses import Traffic, Watch
from tests.api.counter import ISSUE, data, refusal
from tests.api.gift_fixtures import DAY, GiftShop, gift_shop, settle_referrals  # noqa: F401
from tests.api.program_fixtures import (  # noqa: F401
    admin,
    newcomer,
    operator,
    sign_in,
)

REFERRAL = {
    "name": "Bring a friend",
    "type": "referral",
    "coins": 40,
    "referrer_coins": 60,
    "minimum_bill": 200,
    "wait_days": 7,
    "ends_at": "2090-01-01",
}


def others(count: int, phone: str) -> list[str]:
    return [f"{phone[:5]}{(int(phone[5:]) + 6_101 * (number + 1)) % 10**8:08d}" for number in range(count)]


@pytest.fixture
def shop(gift_shop: Callable[..., GiftShop]) -> GiftShop:
    return gift_shop()


@pytest.fixture
def code(shop: GiftShop, phone: str) -> str:
    """The code of a customer who has 50 coins from a first bill, while the referral campaign is running."""
    shop.campaign(REFERRAL)
    shop.issue(phone)
    return shop.code_of(phone)


def test_an_issue_that_named_a_code_is_answered_again_after_the_campaign_has_ended(
    shop: GiftShop, phone: str, code: str
) -> None:
    friend = others(1, phone)[0]
    body = {"phone": friend, "bill_amount": 500, "referral_code": code, "idempotency_key": "first"}
    first = shop.till.post(ISSUE, body)
    (campaign,) = data(shop.admin.get(shop.url))
    assert shop.admin.call("DELETE", f"{shop.url}/{campaign['id']}").status_code == 200
    again = shop.till.post(ISSUE, body)
    assert data(again) == data(first)
    assert again.headers["idempotency-replayed"] == "true"
    refusal(shop.till.post(ISSUE, {**body, "bill_amount": 600}), 422, "idempotency_key_reused")
    late = {**body, "phone": others(2, phone)[1], "idempotency_key": "second"}
    refusal(shop.till.post(ISSUE, late), 409, "referral_not_offered")


def test_both_are_rewarded_once_when_the_first_bill_has_stood(shop: GiftShop, phone: str, code: str) -> None:
    friend = others(1, phone)[0]
    typed = f"{code[:4].lower()} {code[4:]}"
    body = {"phone": friend, "bill_amount": 500, "referral_code": typed, "idempotency_key": "first"}
    first, again = shop.till.post(ISSUE, body), shop.till.post(ISSUE, body)
    assert (data(first)["coins_issued"], data(again)) == (25, data(first))
    assert again.headers["idempotency-replayed"] == "true"
    (waiting,) = shop.referrals(status="waiting")
    assert waiting["friend"] == {
        "customer_id": shop.customer(friend),
        "customer_phone": masked(friend),
        "customer_name": None,
        "coins": 40,
        "outcome": None,
    }
    assert waiting["referrer"]["customer_phone"] == masked(phone)
    assert [settle_referrals(days) for days in (1.5, 5)] == [0, 0]
    assert (shop.balance(phone), shop.balance(friend)) == (50, 25)
    assert settle_referrals(8.5) == 1
    assert settle_referrals(9) == 0
    (done,) = shop.referrals(status="rewarded")
    assert (done["friend"]["outcome"], done["referrer"]["outcome"]) == ("given", "given")
    assert done["transaction_id"] == data(first)["transaction_id"]
    assert (shop.balance(phone), shop.balance(friend)) == (110, 65)
    (line,) = [row for row in data(shop.till.get("/api/v1/merchant/ledger")) if row["coins"] == 60]
    assert (line["type"], line["note"]) == ("issue", "referred a new customer")
    mine = shop.page(phone)("ReadMyReferral").data
    assert [(row["status"], row["coins"]) for row in mine["friends"]] == [("rewarded", 60)]
    theirs = shop.page(friend)("ReadMyReferral").data
    assert (theirs["named"]["status"], theirs["named"]["coins"], theirs["may_name"]) == ("rewarded", 40, False)
    assert verify_scope(store(), shop.scope).findings == []


def test_a_bill_that_is_taken_back_in_its_days_gives_nothing(shop: GiftShop, phone: str, code: str) -> None:
    friend = others(1, phone)[0]
    bill = shop.issue(friend, 500, referral_code=code)
    data(shop.till.post(f"/api/v1/merchant/coins/{bill['transaction_id']}/reverse", {}))
    assert settle_referrals(9) == 0
    assert shop.referrals()[0]["status"] == "waiting", "another bill may come"
    assert settle_referrals(120) == 1
    (void,) = shop.referrals()
    assert (void["status"], void["reason"]) == ("void", "no_bill")
    assert (shop.balance(phone), shop.balance(friend)) == (50, 0)


def test_the_first_bill_that_stands_counts_and_a_part_taken_back_lowers_it(
    shop: GiftShop, phone: str, code: str
) -> None:
    small, halved = others(2, phone)
    shop.issue(small, 100, referral_code=code)
    bill = shop.issue(halved, 300, referral_code=code)
    back = {"coins": 6}
    data(shop.till.post(f"/api/v1/merchant/coins/{bill['transaction_id']}/reverse", back))
    assert settle_referrals(9) == 0
    assert {row["status"] for row in shop.referrals()} == {"waiting"}
    assert shop.balance(phone) == 50


def test_a_customer_names_a_code_on_their_page_in_the_days_after_the_first_bill(
    shop: GiftShop, phone: str, code: str
) -> None:
    friend = others(1, phone)[0]
    shop.issue(friend, 300)
    page = shop.page(friend)
    assert page("ReadMyReferral").data["may_name"] is True
    named = page("NameMyReferrer", {"referral_code": code})
    assert (named.status, named.data["status"]) == (201, "waiting"), named.body
    assert page("NameMyReferrer", {"referral_code": code}).data == named.data, "said again"
    assert page("ReadMyReferral").data["may_name"] is False
    third = others(2, phone)[1]
    shop.issue(third)
    refused = page("NameMyReferrer", {"referral_code": shop.code_of(third)})
    assert (refused.status, refused.body["code"]) == (409, "referral_named")
    assert settle_referrals(9) == 1
    assert (shop.balance(phone), shop.balance(friend)) == (110, 55)


def test_there_are_no_circles_and_nobody_refers_themselves(shop: GiftShop, phone: str, code: str) -> None:
    friend, stranger = others(2, phone)
    shop.issue(friend, 300, referral_code=code)
    owner = shop.page(phone)
    for other, reason in ((shop.code_of(friend), "referral_not_new"), (code, "referral_not_new")):
        refused = owner("NameMyReferrer", {"referral_code": other})
        assert (refused.status, refused.body["code"]) == (409, reason)
    body = {"phone": friend, "bill_amount": 300, "referral_code": code}
    refusal(shop.till.post(ISSUE, body), 409, "referral_not_new")
    refusal(shop.till.post(ISSUE, {**body, "phone": phone}), 409, "referral_not_new")
    refusal(
        shop.till.post(ISSUE, {**body, "phone": stranger, "referral_code": "ZZZZZZZZ"}), 404, "referral_code_not_found"
    )
    answer = refusal(shop.till.post(ISSUE, {**body, "referral_code": "????????"}), 400, "validation_error")
    assert "referral_code" in answer["errors"]
    old = others(3, phone)[2]
    place = keys.wallet_key(shop.scope, shop.issue(old)["wallet_id"])
    store().write(Update(place, set={"open": clock.system() - 8 * DAY}))
    late = shop.page(old)("NameMyReferrer", {"referral_code": code})
    assert (late.status, late.body["code"]) == (409, "referral_not_new")


def test_two_numbers_of_one_person_are_one_customer(shop: GiftShop, phone: str, code: str) -> None:
    second = others(1, phone)[0]
    shop.issue(second, 500, referral_code=code)
    merge = f"/api/v1/merchant/customers/{shop.customer(second)}/merge"
    data(shop.admin.post(merge, {"phone": phone, "reason": "One person"}))
    assert settle_referrals(9) == 1
    (void,) = shop.referrals()
    assert (void["status"], void["reason"]) == ("void", "same_customer")
    assert shop.balance(phone) == 75


def test_a_bill_to_a_wrong_number_counts_for_the_right_one(shop: GiftShop, phone: str, code: str) -> None:
    wrong, right = others(2, phone)
    bill = shop.issue(wrong, 500, referral_code=code)
    moved = {"phone": right, "reason": "Wrong number"}
    data(shop.admin.post(f"/api/v1/merchant/coins/{bill['transaction_id']}/reassign", moved))
    assert settle_referrals(9) == 1
    assert (shop.balance(phone), shop.balance(wrong), shop.balance(right)) == (110, 0, 65)


def test_a_referrer_is_rewarded_so_often_a_year_and_friends_all_the_same(shop: GiftShop, phone: str) -> None:
    shop.campaign(REFERRAL, per_referrer=2)
    shop.issue(phone)
    code, friends = shop.code_of(phone), others(4, phone)
    for friend in friends:
        shop.issue(friend, 500, referral_code=code)
    assert settle_referrals(9) == 4
    outcomes = sorted(row["referrer"]["outcome"] for row in shop.referrals())
    assert outcomes == ["given", "given", "limit_reached", "limit_reached"]
    assert [shop.balance(friend) for friend in friends] == [65] * 4
    assert shop.balance(phone) == 50 + 120


def test_the_budget_is_never_overspent_by_jobs_side_by_side(shop: GiftShop, phone: str) -> None:
    campaign = shop.campaign(REFERRAL, budget=230)
    shop.issue(phone)
    code, friends = shop.code_of(phone), others(4, phone)
    for friend in friends:
        shop.issue(friend, 500, referral_code=code)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(settle_referrals, [9, 9, 9]))
    settle_referrals(9)
    given = shop.balance(phone) - 50 + sum(shop.balance(friend) - 25 for friend in friends)
    rows = shop.referrals(status="rewarded")
    sides = [row[side] for row in rows for side in ("friend", "referrer")]
    assert given == sum(side["coins"] for side in sides if side["outcome"] == "given")
    assert {side["outcome"] for side in sides} == {"given", "budget_spent"}
    assert shop.left(campaign["id"]) == 230 - given >= 0


def test_a_run_that_dies_after_the_first_side_goes_on_with_the_second(
    shop: GiftShop, phone: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    friend = others(1, phone)[0]
    bill = shop.issue(friend, 500, referral_code=code)
    give, calls = gifts.give, []

    def dying(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("the lights go out")
        return give(*args)

    monkeypatch.setattr(referral_rewards, "give", dying)
    assert settle_referrals(9) == 0
    assert (shop.balance(phone), shop.balance(friend)) == (110, 25)
    data(shop.till.post(f"/api/v1/merchant/coins/{bill['transaction_id']}/reverse", {}))
    assert settle_referrals(9) == 1
    assert (shop.balance(phone), shop.balance(friend)) == (110, 40), "it was decided before the bill was taken back"


def test_without_a_campaign_no_code_is_shown_or_taken(shop: GiftShop, phone: str) -> None:
    shop.issue(phone)
    mine = shop.page(phone)("ReadMyReferral").data
    assert (mine["offer"], mine["code"], mine["may_name"]) == (None, None, False)
    code = referral_code(shop.scope, shop.tenant, shop.program, shop.customer(phone))
    store().write(Put(referral_keys.referral_code_key(shop.scope, shop.program, code), {"cust": shop.customer(phone)}))
    friend = others(1, phone)[0]
    body = {"phone": friend, "bill_amount": 300, "referral_code": code}
    refusal(shop.till.post(ISSUE, body), 409, "referral_not_offered")
    shop.issue(friend)
    refused = shop.page(friend)("NameMyReferrer", {"referral_code": code})
    assert (refused.status, refused.body["code"]) == (409, "referral_not_offered")
    unknown = shop.page(friend)("NameMyReferrer", {"referral_code": "QQQQQQQQ"})
    assert unknown.status == 409


def test_another_shops_code_is_nobodys_and_its_referrals_are_not_shown(
    shop: GiftShop, phone: str, code: str, gift_shop: Callable[..., GiftShop]
) -> None:
    other, friend = gift_shop(), others(1, phone)[0]
    other.campaign(REFERRAL)
    body = {"phone": friend, "bill_amount": 300, "referral_code": code}
    refusal(other.till.post(ISSUE, body), 404, "referral_code_not_found")
    refusal(other.admin.get(f"/api/v1/rewards/programs/{shop.program}/referrals"), 404, "program_not_found")
    assert other.referrals() == []


def test_a_list_of_referrals_is_filtered_and_paged(shop: GiftShop, phone: str, code: str) -> None:
    friends = others(3, phone)
    for friend in friends:
        shop.issue(friend, 500, referral_code=code)
    url = f"/api/v1/rewards/programs/{shop.program}/referrals"
    first = shop.admin.get(url, params={"limit": 2}).json()
    rest = shop.admin.get(url, params={"limit": 2, "cursor": first["meta"]["next_cursor"]}).json()
    assert {row["friend"]["customer_id"] for row in first["data"] + rest["data"]} == set(map(shop.customer, friends))
    assert rest["meta"]["next_cursor"] is None
    assert shop.referrals(status="void") == []
    assert len(shop.referrals(referrer_id=shop.customer(phone))) == 3
    assert shop.referrals(referrer_id=shop.customer(friends[0])) == []
    refusal(shop.admin.get(url, params={"cursor": "x"}), 400, "invalid_cursor")


def test_an_ordinary_issue_costs_no_more_while_a_referral_is_running(
    shop: GiftShop, phone: str, code: str, platform: Any
) -> None:
    watch, friends = Watch(), iter(others(4, phone))
    watch.platform = platform

    def use(customer: str, **more: Any) -> Any:
        def once() -> Traffic:
            shop.issue(customer, 500, **more)
            return Traffic(1, 0, 0)

        (run,) = watch.use("issue", once).answered
        return run

    known = next(friends)
    shop.issue(known)
    ordinary, named = use(known), use(next(friends), referral_code=code)
    assert (ordinary.write_units, ordinary.read_units) == (8, 2)
    assert named.write_units <= 8 + 2 + 8, "the new customer, and the referral with its three indexes"
