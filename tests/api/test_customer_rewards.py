"""A customer redeems rewards with their own coins, and sees the codes; a session alone is not enough."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.host import LocalPlatform
from tests.api.auth_fixtures import Answer, Device
from tests.api.conftest import Client
from tests.api.customers import SLUG, Phone
from tests.api.rewarding import coins, customer, redeemed, reward
from tests.api.signed_in import SignedIn, signed_in  # noqa: F401


@pytest.fixture
def shop(signed_in: Any) -> SignedIn:  # noqa: F811
    found: SignedIn = signed_in("merchant_tenant_admin")
    return found


@pytest.fixture
def holder(platform: LocalPlatform, live: Client, phone: str) -> Phone:
    """Somebody with 100 coins, signed in."""
    made = Phone(Device(platform), customer(live, phone))
    made.sign_in()
    return made


def redeem(holder: Phone, reward: str, points: int = 10, *, key: str | None = None, proven: bool = True) -> Answer:
    body = {"expected_points": points, **({"idempotency_key": key} if key else {})}
    return holder("RedeemMyReward", body, proven=proven, path={"id": reward})


def test_a_customer_redeems_and_sees_the_code(holder: Phone, shop: SignedIn, live: Client) -> None:
    id = reward(shop, delivery="instant", code={"source": "generated", "prefix": "TEA"})
    (offered,) = [one for one in holder("ListMyRewards").data if one["id"] == id]
    assert offered["obstacle"] is None
    answer = redeem(holder, id, key="first")
    assert answer.status == 201, answer.body
    assert coins(live, holder.number)[0] == 90
    again = redeem(holder, id, key="first")
    assert (again.status, again.data["id"]) == (201, answer.data["id"])
    assert coins(live, holder.number)[0] == 90
    (mine,) = holder("ListOwnRedemptions").data
    assert mine["id"] == answer.data["id"]
    assert "code" not in mine
    line, issue = holder("ListMyHistory").data
    assert (line["reward"], issue["reward"]) == (mine["title"], None)
    path = {"id": mine["id"]}
    assert holder("ReadOwnRedemption", path=path, query="reveal=true").code == "reauthentication_required"
    shown = holder("ReadOwnRedemption", path=path, query="reveal=true", proven=True)
    assert shown.data["code"].startswith("TEA")


def test_a_session_alone_redeems_nothing(holder: Phone, shop: SignedIn, live: Client) -> None:
    assert redeem(holder, reward(shop), proven=False).code == "reauthentication_required"
    assert coins(live, holder.number)[:2] == (100, 0)


def test_two_tabs_redeem_once_where_there_is_one(holder: Phone, shop: SignedIn, live: Client) -> None:
    id = reward(shop, points=60, delivery="instant")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda tab: redeem(holder, id, 60, key=f"tab-{tab}"), range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert coins(live, holder.number)[:2] == (40, 0)


def test_a_changed_price_is_refused_before_anything_is_taken(holder: Phone, shop: SignedIn, live: Client) -> None:
    assert redeem(holder, reward(shop, points=20), 10).code == "reward_price_changed"
    assert coins(live, holder.number)[0] == 100


def test_too_few_coins_and_a_strangers_reward(holder: Phone, shop: SignedIn, signed_in: Any) -> None:  # noqa: F811
    id = reward(shop, points=500)
    (offered,) = [one for one in holder("ListMyRewards").data if one["id"] == id]
    assert offered["obstacle"] == "insufficient_balance"
    assert redeem(holder, id, 500).code == "insufficient_balance"
    assert redeem(holder, "rew_" + "0" * 26).code == "reward_not_found"


def test_a_customers_key_is_not_another_customers(
    platform: LocalPlatform, holder: Phone, shop: SignedIn, live: Client
) -> None:
    id = reward(shop)
    other = Phone(Device(platform), customer(live, holder.number.replace("+9199", "+9188")))
    other.sign_in()
    first, second = redeem(holder, id, key="same"), redeem(other, id, key="same")
    assert (first.status, second.status) == (201, 201)
    assert first.data["id"] != second.data["id"]
    path = {"id": first.data["id"]}
    assert other("ReadOwnRedemption", path=path, proven=True).code == "redemption_not_found"


def test_what_the_counter_redeemed_for_them_is_in_the_list(holder: Phone, shop: SignedIn) -> None:
    id = redeemed(shop, reward(shop), holder.number)["id"]
    (mine,) = holder("ListOwnRedemptions").data
    assert mine["id"] == id
    assert holder("ListOwnRedemptions", query="state=fulfilled").data == []
    assert holder.slug == SLUG
