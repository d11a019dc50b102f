"""What a referral comes to where something stands in the way of its coins: for a time, or for good.

The job give_campaign_coins; GET /api/v1/rewards/programs/{id}/referrals (list_referrals)
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from batua.customers.referrals import OPEN_DAYS
from batua.identity.tenant import read_tenant, tenant_item
from batua.rewards import gifts, referral_rewards
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Put
from tests.api.counter import data
from tests.api.gift_fixtures import GiftShop, gift_shop, settle_referrals  # noqa: F401
from tests.api.program_fixtures import change, newcomer, sign_in  # noqa: F401

REFERRAL = {
    "name": "Bring a friend",
    "type": "referral",
    "coins": 40,
    "referrer_coins": 60,
    "minimum_bill": 200,
    "wait_days": 7,
    "ends_at": "2090-01-01",
}


@pytest.fixture
def shop(gift_shop: Callable[..., GiftShop]) -> GiftShop:
    return gift_shop()


@pytest.fixture
def friend(shop: GiftShop, phone: str) -> str:
    """A new customer with a bill of 500, who has named the code of `phone`, a customer with 50 coins."""
    shop.campaign(REFERRAL)
    shop.issue(phone)
    number = f"{phone[:5]}{(int(phone[5:]) + 6_101) % 10**8:08d}"
    shop.issue(number, 500, referral_code=shop.code_of(phone))
    return number


def status(shop: GiftShop, to: str) -> None:
    assert change(shop.admin, shop.program, {"status": to}).status_code == 200


def tenant_changed(shop: GiftShop, **changes: Any) -> Callable[[], None]:
    """The shop as it is said to be from now on; what it gives puts it back."""
    key = keys.tenant_key(shop.tenant)
    record = store().read([key])[key]
    assert record is not None
    before = read_tenant(record)
    store().write(Put(key, tenant_item(replace(before, **changes))))
    return lambda: store().write(Put(key, tenant_item(before)))


def outcomes(shop: GiftShop) -> tuple[str, str | None, str | None]:
    (row,) = shop.referrals()
    return row["status"], row["referrer"]["outcome"], row["friend"]["outcome"]


def test_coins_that_a_paused_program_cannot_give_come_once_it_goes_on(shop: GiftShop, phone: str, friend: str) -> None:
    status(shop, "paused")
    assert [settle_referrals(days) for days in (9, 9, 10.5)] == [0, 0, 0]
    (row,) = shop.referrals()
    assert (row["referrer"]["outcome"], row["friend"]["outcome"]) == (None, None)
    status(shop, "active")
    assert (shop.balance(phone), shop.balance(friend)) == (50, 25)
    assert settle_referrals(12) == 1
    assert settle_referrals(13) == 0
    assert outcomes(shop) == ("rewarded", "given", "given")
    assert (shop.balance(phone), shop.balance(friend)) == (110, 65)


def test_what_stands_in_the_way_for_half_a_year_stays_in_the_way(shop: GiftShop, phone: str, friend: str) -> None:
    status(shop, "paused")
    assert settle_referrals(2 * OPEN_DAYS - 1) == 0
    assert settle_referrals(2 * OPEN_DAYS + 1) == 1
    assert outcomes(shop) == ("rewarded", "program_paused", "program_paused")
    status(shop, "active")
    assert settle_referrals(2 * OPEN_DAYS + 2) == 0
    assert (shop.balance(phone), shop.balance(friend)) == (50, 25)


def test_one_side_whose_wallet_is_frozen_waits_and_is_given_alone(
    shop: GiftShop, phone: str, friend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The referrer's coins come first; the friend's wait for their wallet, and the referrer's are not given again."""
    give, theirs, refused = gifts.give, shop.customer(friend), []

    def frozen(given_store: Any, gift: Any, *more: Any) -> Any:
        if gift.wallet.customer == theirs and not refused:
            refused.append(gift)
            return give(given_store, replace(gift, wallet=replace(gift.wallet, status="frozen")), *more)
        return give(given_store, gift, *more)

    monkeypatch.setattr(referral_rewards, "give", frozen)
    assert settle_referrals(9) == 0
    assert refused
    assert outcomes(shop) == ("decided", "given", None)
    assert (shop.balance(phone), shop.balance(friend)) == (110, 25)
    assert settle_referrals(9.5) == 0, "tomorrow is another day"
    assert settle_referrals(10.5) == 1
    assert outcomes(shop) == ("rewarded", "given", "given")
    assert (shop.balance(phone), shop.balance(friend)) == (110, 65)


def test_the_coins_of_a_merchant_that_has_left_are_nobodys_to_give(shop: GiftShop, phone: str, friend: str) -> None:
    back = tenant_changed(shop, program=None)
    try:
        assert settle_referrals(9) == 1
    finally:
        back()
    assert outcomes(shop) == ("rewarded", "merchant_left", "merchant_left")
    assert settle_referrals(10) == 0
    assert (shop.balance(phone), shop.balance(friend)) == (50, 25)


@pytest.mark.parametrize("why", [{"status": "suspended"}, {"stopped_by": "ten_parent"}])
def test_coins_of_a_suspended_merchant_come_once_it_goes_on(
    shop: GiftShop, phone: str, friend: str, why: dict[str, str]
) -> None:
    back = tenant_changed(shop, **why)
    try:
        assert [settle_referrals(days) for days in (9, 9, 10.5)] == [0, 0, 0]
    finally:
        back()
    assert outcomes(shop) == ("decided", None, None)
    assert (shop.balance(phone), shop.balance(friend)) == (50, 25)
    assert settle_referrals(12) == 1
    assert outcomes(shop) == ("rewarded", "given", "given")
    assert (shop.balance(phone), shop.balance(friend)) == (110, 65)


def test_a_merchant_suspended_for_half_a_year_gives_nothing(shop: GiftShop, phone: str, friend: str) -> None:
    back = tenant_changed(shop, status="suspended")
    try:
        assert settle_referrals(2 * OPEN_DAYS - 1) == 0
        assert settle_referrals(2 * OPEN_DAYS + 1) == 1
    finally:
        back()
    assert outcomes(shop) == ("rewarded", "merchant_suspended", "merchant_suspended")
    assert (shop.balance(phone), shop.balance(friend)) == (50, 25)


def test_a_side_that_gets_no_coins_says_so(shop: GiftShop, phone: str) -> None:
    shop.campaign({name: value for name, value in REFERRAL.items() if name != "referrer_coins"})
    shop.issue(phone)
    number = f"{phone[:5]}{(int(phone[5:]) + 7_207) % 10**8:08d}"
    shop.issue(number, 500, referral_code=shop.code_of(phone))
    assert settle_referrals(9) == 1
    assert outcomes(shop) == ("rewarded", "no_coins", "given")
    assert (shop.balance(phone), shop.balance(number)) == (50, 65)


def test_a_referral_that_fails_does_so_alone(
    shop: GiftShop, phone: str, friend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = f"{phone[:5]}{(int(phone[5:]) + 8_311) % 10**8:08d}"
    shop.issue(other, 500, referral_code=shop.code_of(phone))
    settle, theirs = referral_rewards.settle_referral, shop.customer(friend)

    def faulty(given_store: Any, referral: Any, now: int) -> bool:
        if referral.friend == theirs:
            raise RuntimeError("the lights go out")
        return settle(given_store, referral, now)

    with monkeypatch.context() as patched:
        patched.setattr(referral_rewards, "settle_referral", faulty)
        assert settle_referrals(9) == 1
    assert (shop.balance(phone), shop.balance(friend), shop.balance(other)) == (110, 25, 65)
    assert settle_referrals(9) == 1
    assert (shop.balance(phone), shop.balance(friend)) == (170, 65)
    assert {row["status"] for row in data(shop.admin.get(f"/api/v1/rewards/programs/{shop.program}/referrals"))} == {
        "rewarded"
    }
