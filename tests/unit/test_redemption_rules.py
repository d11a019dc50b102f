"""The pure rules of redemptions, and the records that they are stored in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batua import clock
from batua.rewards.redemption import (
    as_opened,
    fulfilled,
    fulfilled_at_once,
    read_redemption_record,
    redemption_id,
    redemption_item,
)
from batua.rewards.redemption_rules import limit_periods, reward_obstacle
from batua.rewards.redemption_writes import returning_writes, taking_writes
from batua.rewards.reward import (
    CustomerLimits,
    Reward,
    RewardCodes,
    RewardWindow,
    read_reward_record,
    reward_item,
    stock_item,
)
from batua.store.codec import decode, encode
from tests.unit.redemption_fixtures import NOW, SCOPE, TENANT, ULID, made, opened

ZONE = "Asia/Kolkata"


def test_days_and_months_of_a_limit_are_those_of_the_programs_time_zone() -> None:
    limits = CustomerLimits(ever=5, month=3, day=1)
    assert limit_periods(made(limits=limits), NOW, ZONE) == {"E": 5, "M202612": 3, "D20261201": 1}
    assert limit_periods(made(limits=CustomerLimits(day=1)), NOW, "UTC") == {"D20261130": 1}


@pytest.mark.parametrize(
    ("reward", "left", "used", "obstacle"),
    [
        (made(), None, {}, None),
        (made(), 1, {}, None),
        (made(), 0, {}, "reward_sold_out"),
        (made(status="paused"), None, {}, "reward_not_active"),
        (made(active=RewardWindow(NOW + 1, None)), None, {}, "reward_not_active"),
        (made(active=RewardWindow(NOW, NOW)), None, {}, None),
        (made(active=RewardWindow(None, NOW - 1)), None, {}, "reward_not_active"),
        (made(limits=CustomerLimits(ever=2)), None, {"E": 1}, None),
        (made(limits=CustomerLimits(ever=2)), None, {"E": 2}, "reward_limit_reached"),
        (made(minimum_tier="tier_gold"), None, {}, "reward_tier_required"),
        (made(minimum_tier="tier_silver"), None, {}, None),
        (made(limits=CustomerLimits(day=1)), None, {"D20261130": 1}, None),
        (made(limits=CustomerLimits(day=1)), None, {"D20261201": 1}, "reward_limit_reached"),
    ],
)
def test_what_keeps_a_customer_from_a_reward(
    reward: Reward, left: int | None, used: dict[str, int], obstacle: str | None
) -> None:
    found = reward_obstacle(reward, left, used, NOW, ZONE, {"tier_member", "tier_silver"})
    assert (found.code if found else None) == obstacle


def test_a_reward_is_read_as_it_was_stored() -> None:
    reward = made(
        description="Hot",
        images=("https://a.example/b.png",),
        categories=("home",),
        featured=True,
        worth=399_00,
        benefit={"percent": 1250, "product": "SKU"},
        visible=RewardWindow(NOW, None),
        active=RewardWindow(None, NOW),
        stock=5,
        limits=CustomerLimits(month=2),
        merchants=(TENANT,),
        approval=True,
        delivery="instant",
        codes=RewardCodes("static", 30, "A-", 12, 0, b"sealed"),
        made_from=b"fp",
    )
    for one in (reward, made()):
        stored = decode(encode({"pk": f"REWARD#{SCOPE}#{one.id}", "sk": "REWARD", **reward_item(SCOPE, one)}))
        assert read_reward_record(stored) == one


def test_a_redemption_is_read_as_it_was_stored() -> None:
    done = replace(
        fulfilled(opened(made(codes=RewardCodes("pool", 30))), NOW),
        code=b"sealed",
        pool_code=f"rcd_{ULID}",
        pool_seal=b"pool",
        shown_at=NOW,
        address=b"address",
        shipment={"carrier": "India Post"},
        periods=("E",),
    )
    assert done.valid_until == NOW + 30 * clock.DAY_MS
    for one in (done, opened(made())):
        stored = decode(encode({"pk": f"REDEMPTION#{SCOPE}#{one.id}", **redemption_item(SCOPE, one)}))
        assert read_redemption_record(stored) == one


def test_a_redemption_its_hold_and_its_transaction_are_found_from_each_other() -> None:
    done = opened(made())
    assert redemption_id(done.hold) == redemption_id(done.transaction) == done.id


def test_a_redemption_is_rebuilt_as_it_was_made() -> None:
    held = opened(made())
    later = replace(fulfilled(held, NOW + 9), version=4, updated_at=NOW + 9, code=b"x", reason="r", settlement="txn")
    assert as_opened(later) == held
    at_once = fulfilled_at_once(opened(made(codes=RewardCodes("generated", 3))))
    assert as_opened(replace(at_once, state="reversed", shown_at=NOW, version=3, settlement="txn")) == at_once


def test_everything_that_is_taken_is_given_back_except_a_code_that_was_shown() -> None:
    reward = made(codes=RewardCodes("pool"), limits=CustomerLimits(ever=1))
    done = replace(opened(reward), pool_code=f"rcd_{ULID}", pool_seal=b"pool", periods=("E",))
    taken = {write.key for write in taking_writes(SCOPE, reward, done, {})[2:]}
    assert {extra.write.key for extra in returning_writes(SCOPE, done)} == taken
    assert len(taken) == 3
    (counter,) = returning_writes(SCOPE, replace(done, shown_at=NOW))
    assert counter.write.key.sk.startswith("USED#")


def test_the_stock_item_tells_its_event_when_the_codes_run_low() -> None:
    item = stock_item(made(codes=RewardCodes("pool", low_at=5)), 9)
    assert item == {"left": 9, "epoch": 1, "ten": TENANT, "low": 5, "seq": 0, "at": NOW}
    assert "low" not in stock_item(made(stock=9), 9)
